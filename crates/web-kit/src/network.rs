//! Where a request comes from: the peer of the connection, or the address that trusted proxies report.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::extract::ConnectInfo;
use axum::http::{Extensions, HeaderMap, HeaderName};
use ipnet::IpNet;

/// The header in which a proxy reports the client's address.
pub const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The origin of a request for counting. For IPv6 it is the /64, which usually belongs to one customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Network {
    /// Not known.
    Unknown,
    /// The address.
    V4(Ipv4Addr),
    /// The first 64 bits.
    V6([u16; 4]),
}

impl From<IpAddr> for Network {
    fn from(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Self::V6([a, b, c, d])
            }
        }
    }
}

impl fmt::Display for Network {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => Ok(()),
            Self::V4(address) => write!(out, "{address}"),
            Self::V6([a, b, c, d]) => write!(out, "{a:x}:{b:x}:{c:x}:{d:x}::/64"),
        }
    }
}

/// The network that a request comes from, by the connection and the headers.
pub fn network_of(extensions: &Extensions, headers: &HeaderMap, trusted: &[IpNet]) -> Network {
    network(peer(extensions), headers, trusted)
}

/// The address of the connection's peer.
pub fn peer(extensions: &Extensions) -> Option<IpAddr> {
    let peer = extensions.get::<ConnectInfo<SocketAddr>>();
    peer.map(|ConnectInfo(peer)| peer.ip().to_canonical())
}

/// Only proxies in the settings are trusted: the last address in their list that is not itself a trusted proxy counts.
/// An entry that cannot be parsed ends the search, since everything before it may be forged by the client.
fn network(peer: Option<IpAddr>, headers: &HeaderMap, trusted: &[IpNet]) -> Network {
    let Some(mut address) = peer else {
        return Network::Unknown;
    };
    let hops = headers
        .get_all(FORWARDED_FOR)
        .iter()
        .rev()
        .flat_map(|list| list.as_bytes().rsplit(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|hop| !hop.is_empty());
    for hop in hops {
        if !trusted.iter().any(|network| network.contains(&address)) {
            break;
        }
        let Some(hop) = read_hop(hop) else { break };
        address = hop.to_canonical();
    }
    address.into()
}

/// An address in the formats of proxies: bare, in brackets, with a port.
fn read_hop(hop: &[u8]) -> Option<IpAddr> {
    let hop = std::str::from_utf8(hop).ok()?;
    let bare = || hop.parse().ok();
    let with_port = || hop.parse::<SocketAddr>().ok().map(|address| address.ip());
    let in_brackets = || {
        let address = hop.strip_prefix('[')?.strip_suffix(']')?;
        address.parse::<Ipv6Addr>().ok().map(IpAddr::V6)
    };
    bare().or_else(with_port).or_else(in_brackets)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    /// The network of a request from `peer`, where all of 127.0.0.0/8, 10.0.0.0/8 and fd00::/8 are proxies.
    fn from(peer: &str, forwarded: &[&[u8]]) -> String {
        let trusted = ["127.0.0.0/8", "10.0.0.0/8", "fd00::/8"].map(|network| network.parse().unwrap());
        let mut headers = HeaderMap::new();
        for forwarded in forwarded {
            headers.append(FORWARDED_FOR, HeaderValue::from_bytes(forwarded).unwrap());
        }
        let peer: IpAddr = peer.parse().unwrap();
        network(Some(peer.to_canonical()), &headers, &trusted).to_string()
    }

    #[test]
    fn only_named_proxies_are_believed() {
        let forwarded: &[&[u8]] = &[b"198.51.100.1, 192.0.2.7, 127.0.0.1"];
        assert_eq!(from("127.0.0.1", forwarded), "192.0.2.7");
        assert_eq!(from("10.9.8.7", forwarded), "192.0.2.7");
        assert_eq!(from("fd12::1", forwarded), "192.0.2.7");
        assert_eq!(from("203.0.113.9", forwarded), "203.0.113.9");
        assert_eq!(from("11.0.0.1", forwarded), "11.0.0.1");
        assert_eq!(
            from("127.0.0.1", &[b"192.0.2.7", b"10.0.0.3"]),
            "192.0.2.7",
            "two lines are one list"
        );
        assert_eq!(from("2001:db8:1:2:3:4:5:6", &[]), "2001:db8:1:2::/64");
        assert_eq!(from("::ffff:192.0.2.1", &[]), "192.0.2.1");
        assert_eq!(network(None, &HeaderMap::new(), &[]), Network::Unknown);
    }

    #[test]
    fn an_address_is_read_however_proxies_write_it() {
        for (forwarded, network) in [
            (b"192.0.2.7:5678".as_slice(), "192.0.2.7"),
            (b"[2001:db8:1:2::9]:443", "2001:db8:1:2::/64"),
            (b"[2001:db8:1:2::9]", "2001:db8:1:2::/64"),
            (b"2001:db8:1:2::9", "2001:db8:1:2::/64"),
            (b"::ffff:192.0.2.7", "192.0.2.7"),
            (b",, 192.0.2.7 ,\t, ", "192.0.2.7"),
            (b"\xff\xfe, 192.0.2.7, 10.0.0.1:99", "192.0.2.7"),
            (b"198.51.100.1, \xff", "127.0.0.1"),
            (b"198.51.100.1, unknown", "127.0.0.1"),
            (b"nonsense", "127.0.0.1"),
            (b"", "127.0.0.1"),
        ] {
            assert_eq!(from("127.0.0.1", &[forwarded]), network, "{}", forwarded.escape_ascii());
        }
    }
}
