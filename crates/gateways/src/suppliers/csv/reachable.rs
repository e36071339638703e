//! From which addresses a feed may be read, and the client that connects to no other.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, redirect};
use url::{Host, Url};

use super::source::failed;
use super::{SupplierError, unreachable};
use crate::pictures::is_public;

const CONNECT_MAX: Duration = Duration::from_secs(10);
/// How long a server may be silent.
pub(super) const IDLE_MAX: Duration = Duration::from_secs(60);

/// A client that connects only to where the feed may come from.
///
/// # Errors
/// When the address is not one of those.
pub(super) fn client(url: &Url, private_addresses: bool, idle_max: Duration) -> Result<Client, SupplierError> {
    let is_here = is_loopback(url);
    if url.scheme() != "https" && !(url.scheme() == "http" && is_here) {
        return Err(unreachable(
            "the address is neither https nor http on this machine itself",
        ));
    }
    let reachable = Reachable {
        only_here: url.scheme() == "http",
        private_addresses,
    };
    let address = match url.host() {
        Some(Host::Ipv4(address)) => Some(IpAddr::from(address)),
        Some(Host::Ipv6(address)) => Some(IpAddr::from(address)),
        _ => None,
    };
    if address.is_some_and(|address| !reachable.may_be_asked(address)) {
        return Err(unreachable("the address is in a private network (private_addresses)"));
    }
    // Whoever comes second finds it installed already, and that is as good.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .connect_timeout(CONNECT_MAX)
        .read_timeout(idle_max)
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        // A proxy would resolve the name itself.
        .no_proxy()
        .dns_resolver(reachable)
        .no_gzip()
        .no_brotli()
        .user_agent(concat!("latchkey/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(failed)
}

/// Whether the host of an address is this machine itself, by its name.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The addresses that a feed may be read from. A connection is made to an address that was checked here, whatever the name
/// resolves to a moment later.
#[derive(Clone, Copy, Debug)]
struct Reachable {
    only_here: bool,
    private_addresses: bool,
}

impl Reachable {
    fn may_be_asked(self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_loopback() || (!self.only_here && (self.private_addresses || is_public(address)))
    }
}

impl Resolve for Reachable {
    fn resolve(&self, name: Name) -> Resolving {
        let reachable = *self;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found.filter(|found| reachable.may_be_asked(found.ip())).collect();
            if allowed.is_empty() {
                return Err("the name leads to a private network only (private_addresses)".into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}
