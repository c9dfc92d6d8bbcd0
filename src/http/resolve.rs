//! Resolves host names with the system's resolver, each on a thread of its own.
//!
//! reqwest's resolver runs on tokio's blocking threads. The runtime waits for those when it is dropped, so a name
//! server that does not answer would keep the process beyond its `timeout`, and it panics if no thread can be made.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs as _};
use std::thread;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use thiserror::Error;
use tokio::sync::oneshot;
use url::Host;

use crate::profile::endpoint::is_loopback;

#[derive(Debug)]
pub(super) struct SystemResolver;

/// Why a host name has no address.
#[derive(Debug, Error)]
pub(super) enum ResolveError {
    #[error("no thread can be started")]
    NoThread,
    #[error("{error}")]
    Failed { host: String, error: io::Error },
}

impl Resolve for SystemResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            // RFC 6761 §6.3: `localhost` is this machine whatever a resolver says, and plain http is allowed to it.
            if is_loopback(&Host::Domain(name.as_str())) {
                // The client replaces port 0 by the URL's.
                let addresses: [SocketAddr; 2] = [
                    (Ipv6Addr::LOCALHOST, 0).into(),
                    (Ipv4Addr::LOCALHOST, 0).into(),
                ];
                return Ok(Box::new(addresses.into_iter()) as Addrs);
            }
            let host = name.as_str().to_owned();
            let (sender, receiver) = oneshot::channel();
            thread::Builder::new()
                .spawn(move || {
                    // The receiver is gone after a timeout.
                    let _ = sender.send((name.as_str(), 0).to_socket_addrs());
                })
                .map_err(|_| ResolveError::NoThread)?;
            let addresses = receiver
                .await
                .map_err(|_| ResolveError::NoThread)?
                .map_err(|error| ResolveError::Failed { host, error })?;
            Ok(Box::new(addresses) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn resolve(name: &str) -> Result<Vec<IpAddr>, String> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let found = runtime.block_on(SystemResolver.resolve(name.parse().unwrap()));
        found
            .map(|found| found.map(|address| address.ip()).collect())
            .map_err(|error| error.to_string())
    }

    /// No name server is asked for any of these.
    #[test]
    fn localhost_is_this_machine_and_the_system_resolves_the_rest() {
        let both = ["::1", "127.0.0.1"].map(|address| address.parse::<IpAddr>().unwrap());
        for name in ["localhost", "LocalHost", "localhost."] {
            assert_eq!(resolve(name).unwrap(), both, "{name}");
        }
        assert_eq!(
            resolve("127.1.2.3").unwrap(),
            ["127.1.2.3".parse::<IpAddr>().unwrap()]
        );
        assert!(resolve("no name").is_err());
    }
}
