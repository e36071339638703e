//! Whether demo mode is on, and where it is refused.

use url::{Host, Url};

use super::{DemoMode, Loaded, SecretUrl, ServerSettings, Settings, SettingsError, Source};

impl Loaded {
    /// Whether demo mode is on. The database's own demo mark is not checked here.
    ///
    /// # Errors
    ///
    /// Demo mode is set for what may be a real shop.
    pub fn resolve_demo(&self) -> Result<bool, SettingsError> {
        let settings = &self.settings;
        match settings.demo {
            DemoMode::Off => return Ok(false),
            DemoMode::Auto => return Ok(is_bare(settings) && settings.server.is_for_this_machine()),
            DemoMode::On => {}
        }
        if settings
            .server
            .public_url
            .as_deref()
            .is_some_and(|url| !leads_here(url))
        {
            return Err(SettingsError::DemoRefused(
                "because server.public_url is not an address of this machine alone",
            ));
        }
        let server = settings.database.url.as_ref().map(SecretUrl::reveal);
        let server = server.filter(|url| url.starts_with("postgres"));
        if server.is_some_and(|url| !leads_here(url)) {
            return Err(SettingsError::DemoRefused(
                "because database.url is a PostgreSQL on another machine",
            ));
        }
        // A variable may be left over from another shell; a typed `--demo` means this start.
        let typed = self
            .provenance
            .iter()
            .any(|entry| entry.name == "demo" && entry.source == Source::CommandLine);
        if !typed && server.is_some() {
            return Err(SettingsError::DemoRefused(
                "because database.url is PostgreSQL; say it with --demo",
            ));
        }
        if !typed && !settings.server.is_for_this_machine() {
            return Err(SettingsError::DemoRefused(
                "because server.listen is open to other machines; say it with --demo",
            ));
        }
        Ok(true)
    }

    /// Whether demo mode is off only because of the listening address: nothing else is set.
    #[must_use]
    pub fn listens_too_widely_for_a_demo(&self) -> bool {
        let settings = &self.settings;
        settings.demo == DemoMode::Auto && is_bare(settings) && !settings.server.is_for_this_machine()
    }
}

impl ServerSettings {
    /// Whether only this machine can reach the listening address.
    fn is_for_this_machine(&self) -> bool {
        self.listen.ip().to_canonical().is_loopback()
    }
}

/// Whether no setting of a real shop is set.
fn is_bare(settings: &Settings) -> bool {
    settings.database.url.is_none() && settings.supplier.account.is_none() && settings.server.public_url.is_none()
}

/// Whether a URL leads only to this machine.
fn leads_here(text: &str) -> bool {
    let Ok(url) = Url::parse(text) else { return false };
    // PostgreSQL prefers `?host=` to the host before it; a path is a local socket.
    let asked: Vec<_> = url
        .query_pairs()
        .filter(|(key, _)| key == "host" || key == "hostaddr")
        .collect();
    if !asked.is_empty() {
        return asked.iter().all(|(_, host)| host.starts_with('/') || is_loopback(host));
    }
    is_here(&url)
}

/// Whether the host of a URL is this machine.
pub(super) fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        Some(Host::Domain(name)) => is_loopback(name),
        None => false,
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}
