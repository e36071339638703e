//! The hosts that pictures may be downloaded from: public ones, checked by the address that is connected to.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Origin, Url};

/// Public addresses, and one more origin.
#[derive(Debug)]
pub(super) struct Reachable {
    supplier: Option<Origin>,
}

impl Reachable {
    pub(super) fn besides(supplier: Option<&Url>) -> Self {
        Self {
            supplier: supplier.map(Url::origin),
        }
    }

    /// Whether a URL is allowed. For a name that is not sufficient: [`PublicMachines`] checks its addresses.
    pub(super) fn may_be_asked(&self, url: &Url) -> bool {
        if self.supplier.as_ref() == Some(&url.origin()) {
            return true;
        }
        matches!(url.scheme(), "http" | "https")
            && match url.host() {
                // The supplier's own name may resolve to a private address, whose other ports are not allowed.
                Some(Host::Domain(name)) => !self.is_suppliers(name),
                Some(Host::Ipv4(address)) => is_public(address.into()),
                Some(Host::Ipv6(address)) => is_public(address.into()),
                None => false,
            }
    }

    /// Whether it is the host of the additional origin.
    fn is_suppliers(&self, name: &str) -> bool {
        matches!(&self.supplier, Some(Origin::Tuple(_, Host::Domain(host), _)) if host == name)
    }
}

/// Resolves names to public addresses only. The connection uses one of these addresses, so a name that resolves to
/// another address a moment later is no way around the check.
pub(super) struct PublicMachines(Arc<Reachable>);

impl PublicMachines {
    pub(super) const fn new(reachable: Arc<Reachable>) -> Self {
        Self(reachable)
    }
}

impl Resolve for PublicMachines {
    fn resolve(&self, name: Name) -> Resolving {
        let reachable = Arc::clone(&self.0);
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let trusted = reachable.is_suppliers(name.as_str());
            let public: Vec<SocketAddr> = found.filter(|found| trusted || is_public(found.ip())).collect();
            if public.is_empty() {
                return Err(format!("{} is no public machine", name.as_str()).into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// Whether the address can be reached from the whole internet.
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// Not in IANA's registry of special IPv4 addresses, and not multicast.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let special = match address.octets() {
        [0 | 10 | 127, ..] | [224..=255, ..] => true,
        [100, second, ..] => second & 0xc0 == 64,
        [169, 254, ..] | [192, 168, ..] | [192, 0, 0 | 2, _] | [192, 88, 99, _] => true,
        [172, second, ..] => second & 0xf0 == 16,
        [198, 18 | 19, ..] | [198, 51, 100, _] | [203, 0, 113, _] => true,
        _ => false,
    };
    !special
}

/// Global unicast, without the ranges for documentation and for tunnels to IPv4.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    let [.., high, low] = segments;
    let [a, b] = high.to_be_bytes();
    let [c, d] = low.to_be_bytes();
    match segments {
        // IPv4 addresses mapped into IPv6, and those of NAT64.
        [0, 0, 0, 0, 0, 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => is_public_v4(Ipv4Addr::new(a, b, c, d)),
        [0x2001, second, ..] => second >= 0x200 && second != 0xdb8,
        [0x2002, ..] => false,
        [0x3fff, second, ..] => second > 0xfff,
        [first, ..] => first & 0xe000 == 0x2000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_machines_are_asked() {
        let reachable = Reachable::besides(None);
        let asked = |url: &str| reachable.may_be_asked(&Url::parse(url).unwrap());
        for url in [
            "https://images.g2a.com/1.jpg",
            "http://8.8.8.8/1.jpg",
            "https://[2606:4700::1]/1.jpg",
            "https://[::ffff:8.8.8.8]/1.jpg",
            "https://100.128.0.1/",
            "https://172.32.0.1/",
        ] {
            assert!(asked(url), "{url}");
        }
        for url in [
            "http://127.0.0.1/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://0/",
            "http://10.1.2.3/",
            "http://100.64.0.1/",
            "http://169.254.169.254/latest/meta-data",
            "http://172.16.0.1/",
            "http://172.31.255.255/",
            "http://192.168.1.1/",
            "http://192.0.2.1/",
            "http://198.18.0.1/",
            "http://224.0.0.1/",
            "http://255.255.255.255/",
            "http://[::]/",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://[::127.0.0.1]/",
            "http://[64:ff9b::a00:1]/",
            "http://[fe80::1]/",
            "http://[fd00::1]/",
            "http://[ff02::1]/",
            "http://[2001:db8::1]/",
            "http://[2001::1]/",
            "http://[2002:7f00:1::]/",
            "ftp://8.8.8.8/",
            "file:///etc/passwd",
            "data:image/png,x",
        ] {
            assert!(!asked(url), "{url}");
        }
    }

    #[test]
    fn the_suppliers_origin_may_be_anywhere_and_its_other_doors_not() {
        let supplier = Url::parse("http://127.0.0.1:4000/v1").unwrap();
        let reachable = Reachable::besides(Some(&supplier));
        let asked = |url: &str| reachable.may_be_asked(&Url::parse(url).unwrap());
        assert!(asked("http://127.0.0.1:4000/images/1/0.svg"));
        assert!(
            !asked("http://127.0.0.1:4001/") && !asked("https://127.0.0.1:4000/") && !asked("http://127.0.0.2:4000/")
        );

        let named = Url::parse("http://supplier:4000/v1").unwrap();
        let reachable = Reachable::besides(Some(&named));
        let asked = |url: &str| reachable.may_be_asked(&Url::parse(url).unwrap());
        assert!(asked("http://supplier:4000/x") && !asked("http://supplier:5432/x") && asked("http://other:5432/x"));
    }
}
