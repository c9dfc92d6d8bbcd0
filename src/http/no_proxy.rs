//! `NO_PROXY`: the hosts to connect to directly although a proxy is set.
//!
//! The variable has no standard. It is read as curl reads it (`CURLOPT_NOPROXY`), with the networks and the leading
//! `*.` of Go's `httpproxy`. reqwest never matches `host:port`, and ignores `*` for addresses.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;
use url::Host;

/// The entries of one `NO_PROXY`.
#[derive(Debug)]
pub(super) struct NoProxy(Vec<Entry>);

#[derive(Debug)]
struct Entry {
    hosts: Hosts,
    /// `None` means every port.
    port: Option<u16>,
}

#[derive(Debug)]
enum Hosts {
    /// `*`
    All,
    /// `example.com` or `.example.com`: the domain and all below it. Lower case, without outer dots.
    Domain(String),
    /// `192.0.2.0/24`; `192.0.2.1` is a network of one address.
    Network(IpNet),
}

impl NoProxy {
    /// Reads entries separated by commas or white space.
    ///
    /// # Errors
    /// The problem of the first malformed entry, as the rest of a sentence that begins with the variable's name. The
    /// entry is not shown.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        text.split(|c: char| c == ',' || c.is_ascii_whitespace())
            .filter(|entry| !entry.is_empty())
            .map(Entry::parse)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether this host is exempt at this port.
    pub(super) fn exempts(&self, host: &Host<&str>, port: u16) -> bool {
        self.0
            .iter()
            .any(|entry| entry.port.is_none_or(|only| only == port) && entry.hosts.contain(host))
    }
}

impl Entry {
    fn parse(entry: &str) -> Result<Self, &'static str> {
        if entry == "*" {
            return Ok(Hosts::All.at(None));
        }
        if let Ok(network) = entry.parse() {
            return Ok(Hosts::Network(network).at(None));
        }
        let bracketed = entry.strip_prefix('[');
        let bracketed = bracketed.and_then(|rest| rest.strip_suffix(']'));
        if let Ok(address) = bracketed.unwrap_or(entry).parse() {
            return Ok(Hosts::address(address).at(None));
        }
        if let Ok(address) = entry.parse::<SocketAddr>() {
            return Ok(Hosts::address(address.ip()).at(Some(address.port())));
        }
        if entry.contains(['/', '[']) {
            return Err(
                "has an entry that is not an address or network such as `[::1]:443` or `10.0.0.0/8`",
            );
        }
        let (name, port) = match entry.rsplit_once(':') {
            Some((name, port)) => (name, Some(port.parse())),
            None => (entry, None),
        };
        let port = port.transpose();
        let port = port.map_err(|_| "has an entry whose port is not a number")?;
        let name = name.strip_prefix("*.").unwrap_or(name);
        let name = name.trim_matches('.').to_ascii_lowercase();
        if name.is_empty() || name.contains(':') {
            return Err("has an entry that does not name a host");
        }
        Ok(Hosts::Domain(name).at(port))
    }
}

impl Hosts {
    fn address(address: IpAddr) -> Self {
        Self::Network(address.to_canonical().into())
    }

    fn at(self, port: Option<u16>) -> Entry {
        Entry { hosts: self, port }
    }

    /// An IPv4 address inside an IPv6 one counts as itself.
    fn contain(&self, host: &Host<&str>) -> bool {
        match (self, host) {
            (Self::All, _) => true,
            (Self::Domain(name), Host::Domain(host)) => is_within(host, name),
            (Self::Network(network), Host::Ipv4(address)) => {
                network.contains(&IpAddr::V4(*address))
            }
            (Self::Network(network), Host::Ipv6(address)) => {
                network.contains(&IpAddr::V6(*address).to_canonical())
            }
            _ => false,
        }
    }
}

/// Whether `host` is the domain `name` or lies below it; `notexample.com` is not below `example.com`.
fn is_within(host: &str, name: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    host.strip_suffix(name)
        .is_some_and(|above| above.is_empty() || above.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use url::Url;

    use super::*;

    #[test]
    fn hosts_are_exempt_as_with_curl() {
        // The value, a URL, whether it is exempt.
        let cases = [
            ("", "https://example.com", false),
            ("*", "https://example.com", true),
            ("*", "https://192.0.2.1", true),
            ("*", "https://[2001:db8::1]", true),
            ("example.com", "https://example.com", true),
            ("example.com", "https://api.example.com", true),
            ("example.com", "https://notexample.com", false),
            ("example.com", "https://example.com.evil.net", false),
            (".example.com", "https://example.com", true),
            (".example.com", "https://api.example.com", true),
            ("*.example.com", "https://api.example.com", true),
            ("EXAMPLE.com.", "https://Api.Example.COM.", true),
            ("other.net, example.com", "https://example.com", true),
            ("other.net example.com", "https://example.com", true),
            ("other.net,,example.com,", "https://example.com", true),
            ("example.com:443", "https://example.com", true),
            ("example.com:8443", "https://example.com", false),
            ("example.com:8443", "https://example.com:8443", true),
            ("192.0.2.1", "https://192.0.2.1", true),
            ("192.0.2.1", "https://192.0.2.10", false),
            ("192.0.2.1:8443", "https://192.0.2.1", false),
            ("192.0.2.1:8443", "https://192.0.2.1:8443", true),
            ("0.2.1", "https://192.0.2.1", false),
            ("10.0.0.0/8", "https://10.200.3.4", true),
            ("10.0.0.0/8", "https://11.0.0.1", false),
            ("10.0.0.0/8", "https://ten.example.com", false),
            ("0.0.0.0/0", "https://203.0.113.9", true),
            ("192.0.2.7/32", "https://192.0.2.7", true),
            ("192.0.2.7/32", "https://192.0.2.6", false),
            ("2001:db8::1", "https://[2001:db8:0::1]", true),
            ("[2001:db8::1]", "https://[2001:db8::1]", true),
            ("[2001:db8::1]:443", "https://[2001:db8::1]", true),
            ("[2001:db8::1]:444", "https://[2001:db8::1]", false),
            ("2001:db8::/32", "https://[2001:db8:9::1]", true),
            ("2001:db8::/32", "https://[2001:db9::1]", false),
            ("::/0", "https://[2001:db9::1]", true),
            ("192.0.2.1", "https://[::ffff:192.0.2.1]", true),
            ("192.168.*", "https://192.168.0.1", false),
        ];
        for (value, url, exempt) in cases {
            let rules = NoProxy::parse(value).unwrap();
            let url = Url::parse(url).unwrap();
            let port = url.port_or_known_default().unwrap();
            assert_eq!(
                rules.exempts(&url.host().unwrap(), port),
                exempt,
                "{value:?} {url}"
            );
        }
    }

    #[test]
    fn a_malformed_entry_is_an_error() {
        let cases = [
            "10.0.0.0/33",
            "10.0.0/8",
            "10.0.0.0/",
            "2001:db8::/129",
            "[::1",
            "[::1]x",
            "[::1]:port",
            "example.com:port",
            "example.com:65536",
            "https://example.com",
            "example.com,10.0.0.0/99",
            ".",
            ":443",
            "2001:db8:::1",
        ];
        for value in cases {
            assert!(NoProxy::parse(value).is_err(), "{value:?}");
        }
    }

    proptest::proptest! {
        #![proptest_config(crate::property::config())]

        #[test]
        fn any_text_is_read_or_refused(text in crate::property::text(), port: u16, address: u32) {
            if let Ok(rules) = NoProxy::parse(&text) {
                rules.exempts(&Host::Ipv4(Ipv4Addr::from_bits(address)), port);
                rules.exempts(&Host::Domain("api.example.com"), port);
            }
        }

        #[test]
        fn a_network_contains_the_addresses_that_share_its_bits(address: u32, network: u32, bits in 0_u32..=32) {
            let rules = NoProxy::parse(&format!("{}/{bits}", Ipv4Addr::from_bits(network))).unwrap();
            let shared = (address ^ network).leading_zeros() >= bits;
            proptest::prop_assert_eq!(rules.exempts(&Host::Ipv4(Ipv4Addr::from_bits(address)), 443), shared);
        }

        #[test]
        fn a_domain_contains_itself_and_its_subdomains(name in "[a-z]{1,9}(\\.[a-z]{1,9}){0,2}", below in "[a-z]{1,5}") {
            let rules = NoProxy::parse(&name).unwrap();
            let exempts = |host: &str| rules.exempts(&Host::Domain(host), 443);
            let (inside, beside, above) =
                (format!("{below}.{name}"), format!("{below}{name}"), format!("{name}.{below}0"));
            proptest::prop_assert!(exempts(&name) && exempts(&inside));
            proptest::prop_assert!(!exempts(&beside) && !exempts(&above));
        }
    }
}
