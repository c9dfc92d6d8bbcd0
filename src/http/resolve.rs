//! Finds the addresses of a host name, by the system's own resolver.
//!
//! A look-up cannot be called off, so it has a thread of its own, and nobody waits for that one to end: a name server
//! that does not answer must not keep a process beyond its `timeout`. The client's own resolver would wait for its
//! threads, and panics where none can be made.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs as _};
use std::thread;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::oneshot;
use url::Host;

use crate::profile::endpoint::is_loopback;

/// The resolver of a client.
#[derive(Debug)]
pub(super) struct LookUp;

/// Why a name has no address.
#[derive(Debug)]
pub(super) enum LookUpError {
    /// Nobody could ask.
    NoThread,
    /// What the system's resolver says.
    Failed(io::Error),
}

impl fmt::Display for LookUpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoThread => f.write_str("no thread to spare"),
            Self::Failed(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for LookUpError {}

impl Resolve for LookUp {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            // As curl has it, and RFC 6761 §6.3: no resolver is asked. What is sent over plain HTTP to this name
            // cannot go elsewhere, and no thread is started for it.
            if is_loopback(&Host::Domain(name.as_str())) {
                let both = [
                    IpAddr::V6(Ipv6Addr::LOCALHOST),
                    IpAddr::V4(Ipv4Addr::LOCALHOST),
                ];
                return Ok(Box::new(both.map(at_any_port).into_iter()) as Addrs);
            }
            let (sender, found) = oneshot::channel();
            let look_up = move || {
                // Nobody may be waiting for it any more.
                let _ = sender.send((name.as_str(), 0).to_socket_addrs());
            };
            thread::Builder::new()
                .spawn(look_up)
                .map_err(|_| LookUpError::NoThread)?;
            // The thread always sends.
            let addresses = found
                .await
                .map_err(|_| LookUpError::NoThread)?
                .map_err(LookUpError::Failed)?;
            Ok(Box::new(addresses) as Addrs)
        })
    }
}

/// Port 0 stands for the one of the URL.
fn at_any_port(address: IpAddr) -> SocketAddr {
    SocketAddr::new(address, 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look_up(name: &str) -> Result<Vec<IpAddr>, String> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let found = runtime.block_on(LookUp.resolve(name.parse().unwrap()));
        found
            .map(|found| found.map(|address| address.ip()).collect())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn localhost_is_this_machine_whatever_a_resolver_says() {
        let both = ["::1", "127.0.0.1"].map(|address| address.parse::<IpAddr>().unwrap());
        for name in ["localhost", "LocalHost", "localhost."] {
            assert_eq!(look_up(name).unwrap(), both, "{name}");
        }
    }

    /// No name server is asked: one is an address, the other is none.
    #[test]
    fn other_names_are_the_systems() {
        assert_eq!(
            look_up("127.1.2.3").unwrap(),
            ["127.1.2.3".parse::<IpAddr>().unwrap()]
        );
        let words = look_up("no name").unwrap_err();
        assert!(
            words.starts_with("failed to lookup address information: "),
            "{words}"
        );
    }
}
