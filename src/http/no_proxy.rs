//! `NO_PROXY`: which hosts are asked directly although a proxy is set.
//!
//! The variable has no standard. This reads it as curl does (`CURLOPT_NOPROXY`), with the networks and the
//! leading `*.` of Go's `httpproxy`; reqwest's own reading never matches `host:port` and ignores `*` for
//! addresses. Leaves to [`super::proxy`] which proxy there is.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use url::Host;

/// The rules of one `NO_PROXY`; without any, no host is exempt.
#[derive(Debug, Default)]
pub(super) struct NoProxy(Vec<Rule>);

#[derive(Debug, PartialEq, Eq)]
enum Rule {
    /// `*`: every host.
    Everything,
    /// `example.com` or `.example.com`: the domain and all below it. Lower case, without outer dots.
    Domain { name: String, port: Option<u16> },
    /// `192.0.2.1`, `2001:db8::1` or `[2001:db8::1]:443`.
    Address { address: IpAddr, port: Option<u16> },
    /// `192.0.2.0/24`.
    Network { address: IpAddr, bits: u32 },
}

impl NoProxy {
    /// Reads entries separated by commas or white space.
    ///
    /// # Errors
    /// Says what is wrong with an entry that cannot have been meant as it stands, without showing it.
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        text.split(|c: char| c == ',' || c.is_ascii_whitespace())
            .filter(|entry| !entry.is_empty())
            .map(rule)
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whether this host, asked at this port, is exempt.
    pub(super) fn exempts(&self, host: &Host<&str>, port: u16) -> bool {
        let address = address(host);
        self.0.iter().any(|rule| match rule {
            Rule::Everything => true,
            Rule::Domain { name, port: only } => {
                only.is_none_or(|only| only == port)
                    && matches!(host, Host::Domain(host) if is_within(host, name))
            }
            Rule::Address {
                address: exempt,
                port: only,
            } => only.is_none_or(|only| only == port) && address == Some(*exempt),
            Rule::Network {
                address: network,
                bits,
            } => address.is_some_and(|address| is_in_network(address, *network, *bits)),
        })
    }
}

/// The host's address where it is written as one; an IPv4 address inside an IPv6 one counts as itself.
pub(super) fn address(host: &Host<&str>) -> Option<IpAddr> {
    match host {
        Host::Ipv4(address) => Some(IpAddr::V4(*address)),
        Host::Ipv6(address) => Some(IpAddr::V6(*address).to_canonical()),
        Host::Domain(_) => None,
    }
}

fn rule(entry: &str) -> Result<Rule, &'static str> {
    if entry == "*" {
        return Ok(Rule::Everything);
    }
    if let Some((address, bits)) = entry.split_once('/') {
        return network(address, bits)
            .ok_or("has an entry with `/` that is no network such as `10.0.0.0/8`");
    }
    if let Ok(address) = entry.parse::<IpAddr>() {
        return Ok(Rule::Address {
            address: address.to_canonical(),
            port: None,
        });
    }
    if let Some(rest) = entry.strip_prefix('[') {
        return bracketed(rest)
            .ok_or("has an entry with `[` that is no address such as `[::1]:443`");
    }
    let (name, port) = match entry.rsplit_once(':') {
        Some((name, port)) => (
            name,
            Some(
                port.parse()
                    .map_err(|_| "has an entry whose port is no number")?,
            ),
        ),
        None => (entry, None),
    };
    if let Ok(address) = name.parse::<Ipv4Addr>() {
        return Ok(Rule::Address {
            address: IpAddr::V4(address),
            port,
        });
    }
    let name = name
        .strip_prefix('*')
        .filter(|rest| rest.starts_with('.'))
        .unwrap_or(name);
    let name = name.trim_matches('.').to_lowercase();
    if name.is_empty() || name.contains(':') {
        return Err("has an entry that names no host");
    }
    // A URL's host is already in its ASCII form, so a name with other letters must be too.
    let name = if name.is_ascii() {
        name
    } else {
        Host::parse(&name).map_or(name, |host| host.to_string())
    };
    Ok(Rule::Domain { name, port })
}

fn network(address: &str, bits: &str) -> Option<Rule> {
    let address: IpAddr = address
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse()
        .ok()?;
    let bits: u32 = bits.parse().ok()?;
    let most = if address.is_ipv4() { 32 } else { 128 };
    (bits <= most).then_some(Rule::Network { address, bits })
}

fn bracketed(rest: &str) -> Option<Rule> {
    let (address, rest) = rest.split_once(']')?;
    let address = IpAddr::V6(address.parse::<Ipv6Addr>().ok()?).to_canonical();
    let port = match rest {
        "" => None,
        _ => Some(rest.strip_prefix(':')?.parse().ok()?),
    };
    Some(Rule::Address { address, port })
}

/// Whether `host` is the domain `name` or lies below it; `notexample.com` is not below `example.com`.
fn is_within(host: &str, name: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    host.strip_suffix(name)
        .is_some_and(|above| above.is_empty() || above.ends_with('.'))
}

fn is_in_network(address: IpAddr, network: IpAddr, bits: u32) -> bool {
    match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            // A shift by the whole width has no meaning to the processor, so `/0` is told apart.
            let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
            (address.to_bits() ^ network.to_bits()) & mask == 0
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => {
            let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
            (address.to_bits() ^ network.to_bits()) & mask == 0
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use url::Url;

    use super::*;

    #[test]
    fn what_is_exempt() {
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
            ("bücher.example", "https://shop.bücher.example", true),
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
    fn what_is_malformed() {
        let cases = [
            "10.0.0.0/33",
            "10.0.0/8",
            "10.0.0.0/",
            "2001:db8::/129",
            "[::1",
            "[::1]x",
            "[::1]:port",
            "[192.0.2.1]",
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
        fn any_text_is_a_list_or_none(text in crate::property::text(), port: u16, address: u32) {
            if let Ok(rules) = NoProxy::parse(&text) {
                rules.exempts(&Host::Ipv4(Ipv4Addr::from_bits(address)), port);
                rules.exempts(&Host::Domain("api.example.com"), port);
            }
        }

        #[test]
        fn a_network_holds_what_shares_its_bits(address: u32, network: u32, bits in 0_u32..=32) {
            let rules = NoProxy::parse(&format!("{}/{bits}", Ipv4Addr::from_bits(network))).unwrap();
            let shared = (address ^ network).leading_zeros() >= bits;
            proptest::prop_assert_eq!(rules.exempts(&Host::Ipv4(Ipv4Addr::from_bits(address)), 443), shared);
        }

        #[test]
        fn a_domain_holds_itself_and_what_is_below(name in "[a-z]{1,9}(\\.[a-z]{1,9}){0,2}", below in "[a-z]{1,5}") {
            let rules = NoProxy::parse(&name).unwrap();
            let exempts = |host: &str| rules.exempts(&Host::Domain(host), 443);
            let (inside, beside, above) =
                (format!("{below}.{name}"), format!("{below}{name}"), format!("{name}.{below}0"));
            proptest::prop_assert!(exempts(&name) && exempts(&inside));
            proptest::prop_assert!(!exempts(&beside) && !exempts(&above));
        }
    }
}
