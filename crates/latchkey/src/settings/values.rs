//! Parsing of values: each kind of setting names the valid values.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;
use jiff::civil::Time;
use jiff::tz::TimeZone;
use tracing_subscriber::EnvFilter;
use url::Url;

use super::secret::{Secret, SecretUrl};
use super::source::{Layers, Shown};
use super::{MailSettings, SettingsError, SupplierAccount, demo};

/// The fewest characters of a secret that cannot be guessed.
pub(crate) const SECRET_LENGTH_MIN: usize = 32;

impl Layers {
    pub(super) fn optional(&self, name: &str) -> Option<String> {
        self.value_shown(name, Shown::Whole)
    }

    /// A secret from elsewhere, of any length.
    pub(super) fn foreign_secret(&self, name: &str) -> Option<Secret<String>> {
        self.value_shown(name, Shown::Masked).map(Secret::new)
    }

    pub(super) fn required(&self, name: &str, expected: &str) -> Result<String, SettingsError> {
        self.parsed(name, expected, |text| (!text.is_empty()).then(|| text.to_owned()))
    }

    /// A secret that is long enough not to be guessed.
    pub(super) fn secret(&self, name: &str) -> Result<Option<Secret<String>>, SettingsError> {
        let expected = format!("at least {SECRET_LENGTH_MIN} characters");
        self.optional_shown(name, Shown::Masked, &expected, |text| {
            (text.chars().count() >= SECRET_LENGTH_MIN).then(|| Secret::new(text.to_owned()))
        })
    }

    pub(super) fn address(&self, name: &str) -> Result<SocketAddr, SettingsError> {
        self.parsed(name, "an IP address and a port such as 127.0.0.1:8080", |text| {
            text.parse().ok()
        })
    }

    pub(super) fn optional_address(&self, name: &str) -> Result<Option<SocketAddr>, SettingsError> {
        self.optional(name).map(|_| self.address(name)).transpose()
    }

    /// A Bearer token.
    pub(super) fn token(&self, name: &str) -> Result<Option<Secret<String>>, SettingsError> {
        let expected = "up to 256 letters, digits and signs of -._~+/=";
        self.optional_shown(name, Shown::Masked, expected, |text| {
            let signs = |sign: u8| sign.is_ascii_alphanumeric() || b"-._~+/=".contains(&sign);
            (text.len() <= 256 && text.bytes().all(signs)).then(|| Secret::new(text.to_owned()))
        })
    }

    pub(super) fn number(&self, name: &str, least: u32, most: u32) -> Result<u32, SettingsError> {
        self.parsed(name, &format!("a whole number from {least} to {most}"), |text| {
            text.parse().ok().filter(|number| (least..=most).contains(number))
        })
    }

    pub(super) fn optional_number(&self, name: &str, least: u32, most: u32) -> Result<Option<u32>, SettingsError> {
        self.optional(name).map(|_| self.number(name, least, most)).transpose()
    }

    pub(super) fn choice<T: Copy>(&self, name: &str, choices: &[(&str, T)]) -> Result<T, SettingsError> {
        let expected = choices.iter().map(|(word, _)| *word).collect::<Vec<_>>().join(", ");
        self.parsed(name, &format!("one of {expected}"), |text| {
            choices
                .iter()
                .find(|(word, _)| *word == text)
                .map(|(_, choice)| *choice)
        })
    }

    /// A web address that secrets may be sent to, without a trailing slash: encrypted, unless it is on this machine.
    pub(super) fn encrypted_url(&self, name: &str) -> Result<Option<String>, SettingsError> {
        let expected = "an https:// address, or http:// on this machine itself (127.0.0.1, [::1], localhost)";
        self.optional_shown(name, Shown::Address, expected, |text| {
            let url = web_url(text)?;
            (url.scheme() == "https" || demo::is_here(&url)).then(|| written(&url))
        })
    }

    /// The address of a site without a path: scheme, host and, if it is not the scheme's default, port.
    pub(super) fn origin(&self, name: &str) -> Result<Option<String>, SettingsError> {
        let expected = "an address such as https://shop.example, without a path";
        self.optional_shown(name, Shown::Address, expected, origin)
    }

    /// All origins of the two settings that hold some.
    pub(super) fn allowed_origins(&self) -> Result<Vec<String>, SettingsError> {
        let expected = "origins such as https://front.example, with commas between them and without paths";
        let listed = self.optional_parsed("server.allowed_origins", expected, |text| {
            text.split(',').map(|item| origin(item.trim())).collect()
        })?;
        let mut origins: Vec<String> = listed.unwrap_or_default();
        origins.extend(self.origin("server.frontend_url")?);
        Ok(origins)
    }

    pub(super) fn database_url(&self, name: &str) -> Result<Option<SecretUrl>, SettingsError> {
        let expected = "sqlite://PATH or postgres://USER:PASSWORD@HOST/NAME";
        self.optional_shown(name, Shown::Address, expected, |text| {
            let is_file = text
                .strip_prefix("sqlite://")
                .is_some_and(|path| !path.is_empty() && !path.starts_with('?'));
            let is_server = Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "postgres" | "postgresql"))
                && text.contains("://");
            (is_file || is_server).then(|| SecretUrl::new(text.to_owned()))
        })
    }

    pub(super) fn redis_url(&self, name: &str) -> Result<Option<SecretUrl>, SettingsError> {
        let expected = "redis://USER:PASSWORD@HOST:PORT/NUMBER";
        self.optional_shown(name, Shown::Address, expected, |text| {
            let url = Url::parse(text).ok()?;
            let number = url.path().trim_start_matches('/');
            let is_number = number.is_empty() || number.parse::<u16>().is_ok();
            (url.scheme() == "redis" && url.has_host() && is_number).then(|| SecretUrl::new(text.to_owned()))
        })
    }

    /// A prefix for names: empty, or printable characters.
    pub(super) fn prefix(&self, name: &str) -> Result<String, SettingsError> {
        self.parsed(name, "up to 64 letters, digits and signs, without spaces", |text| {
            (text.len() <= 64 && text.bytes().all(|b| b.is_ascii_graphic())).then(|| text.to_owned())
        })
    }

    /// Times of day, `HH:MM`, separated by commas.
    pub(super) fn times(&self, name: &str) -> Result<Vec<String>, SettingsError> {
        let times = self.optional_parsed(name, "times of day such as 02:00,14:00", |text| {
            text.split(',')
                .map(|time| is_time(time.trim()).then(|| time.trim().to_owned()))
                .collect()
        })?;
        Ok(times.unwrap_or_default())
    }

    /// Networks, and addresses as networks of one.
    pub(super) fn networks(&self, name: &str) -> Result<Vec<IpNet>, SettingsError> {
        let expected = "IP addresses and networks such as 127.0.0.1,10.0.0.0/8,fd00::/8";
        let network = |text: &str| {
            let one = || text.parse::<IpAddr>().ok().map(|address| address.to_canonical().into());
            text.parse().ok().or_else(one)
        };
        let networks = self.optional_parsed(name, expected, |text| {
            text.split(',').map(|item| network(item.trim())).collect()
        })?;
        Ok(networks.unwrap_or_default())
    }

    pub(super) fn zone(&self, name: &str) -> Result<String, SettingsError> {
        self.parsed(name, "an IANA time zone such as Europe/Vilnius", |text| {
            TimeZone::get(text).is_ok().then(|| text.to_owned())
        })
    }

    pub(super) fn filter(&self, name: &str) -> Result<String, SettingsError> {
        self.parsed(name, "a level or levels such as info,storage=debug", |text| {
            (!text.is_empty() && EnvFilter::try_new(text).is_ok()).then(|| text.to_owned())
        })
    }

    /// All four of the supplier's settings, or none.
    pub(super) fn supplier_account(&self) -> Result<Option<SupplierAccount>, SettingsError> {
        let names = [
            "supplier.api_url",
            "supplier.client_id",
            "supplier.email",
            "supplier.client_secret",
        ];
        let api_url = self.encrypted_url(names[0])?;
        match (
            api_url,
            self.optional(names[1]),
            self.optional(names[2]),
            self.foreign_secret(names[3]),
        ) {
            (Some(api_url), Some(client_id), Some(email), Some(client_secret)) => Ok(Some(SupplierAccount {
                api_url,
                client_id,
                email,
                client_secret,
            })),
            (None, None, None, None) => Ok(None),
            _ => {
                let missing = names.into_iter().filter(|name| !self.is_set(name));
                Err(SettingsError::IncompleteSupplier {
                    missing: missing.map(str::to_owned).collect(),
                })
            }
        }
    }

    /// Both settings of mail, or neither.
    pub(super) fn mail(&self) -> Result<Option<MailSettings>, SettingsError> {
        let server = self.optional_shown(
            "mail.smtp_url",
            Shown::Address,
            "smtp://USER:PASSWORD@HOST:PORT or smtps://…, with ?tls=none or ?tls=opportunistic only where HOST is this machine \
             itself (127.0.0.1, [::1], localhost)",
            gateways::mail::MailServer::parse,
        )?;
        let from = self.optional_parsed(
            "mail.from",
            "an address such as Shop <shop@example.org>",
            gateways::mail::MailSender::parse,
        )?;
        match (server, from) {
            (Some(server), Some(from)) => Ok(Some(MailSettings { server, from })),
            (None, None) => Ok(None),
            (Some(_), None) => Err(SettingsError::IncompleteMail { missing: "mail.from" }),
            (None, Some(_)) => Err(SettingsError::IncompleteMail {
                missing: "mail.smtp_url",
            }),
        }
    }

    fn is_set(&self, name: &str) -> bool {
        self.entry(name).is_ok_and(|entry| !entry.value.is_empty())
    }

    fn value_shown(&self, name: &str, shown: Shown) -> Option<String> {
        let entry = self.entry(name).ok()?;
        entry.is(shown);
        (!entry.value.is_empty()).then(|| entry.value.clone())
    }

    pub(super) fn optional_parsed<T>(
        &self,
        name: &str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, SettingsError> {
        self.optional_shown(name, Shown::Whole, expected, parse)
    }

    pub(super) fn optional_shown<T>(
        &self,
        name: &str,
        shown: Shown,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, SettingsError> {
        self.value_shown(name, shown)
            .map(|_| self.read(name, expected, parse))
            .transpose()
    }

    pub(super) fn parsed<T>(
        &self,
        name: &str,
        expected: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<T, SettingsError> {
        self.entry(name)?.is(Shown::Whole);
        self.read(name, expected, parse)
    }

    fn read<T>(&self, name: &str, expected: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T, SettingsError> {
        let entry = self.entry(name)?;
        parse(&entry.value).ok_or_else(|| SettingsError::Invalid {
            name: name.to_owned(),
            shown_value: entry.shown_value(),
            expected: expected.to_owned(),
            source: entry.source.clone(),
        })
    }
}

/// An origin in browsers' format.
fn origin(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let plain = url.username().is_empty() && url.password().is_none();
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    (matches!(url.scheme(), "http" | "https") && plain && bare).then(|| url.origin().ascii_serialization())
}

/// A web address without user and query.
fn web_url(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let plain = url.username().is_empty() && url.password().is_none();
    let bare = url.query().is_none() && url.fragment().is_none();
    (matches!(url.scheme(), "http" | "https") && url.has_host() && plain && bare).then_some(url)
}

fn written(url: &Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}

fn is_time(text: &str) -> bool {
    text.len() == 5 && Time::strptime("%H:%M", text).is_ok()
}
