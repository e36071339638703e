//! The mail server and the sender of the settings.

use std::fmt;

use domain::email::EmailAddress;
use lettre::Address;
use lettre::message::Mailbox;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::transport::smtp::{AsyncSmtpTransportBuilder, SUBMISSION_PORT};
use lettre::{AsyncSmtpTransport, Tokio1Executor};
use url::Url;

/// A mail server, parsed from its address.
#[derive(Clone)]
pub struct MailServer(pub(super) AsyncSmtpTransportBuilder);

/// Shows that there is a server, without its password.
impl fmt::Debug for MailServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").finish_non_exhaustive()
    }
}

/// The sender of the shop's mails.
#[derive(Clone, Debug)]
pub struct MailSender(pub(super) Mailbox);

impl MailServer {
    /// Parses `smtp://USER:PASSWORD@HOST:PORT` or `smtps://…`; the default port is 587, with `smtps` 465.
    ///
    /// `smtp` uses STARTTLS and fails where the server does not support it. For a host on this machine TLS is optional,
    /// as with `?tls=opportunistic`, and off with `?tls=none`; neither parameter is accepted for other hosts.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let url = Url::parse(text).ok()?;
        let host = url.host_str().filter(|host| !host.is_empty())?;
        let signs_in_halfway = url.username().is_empty() != url.password().is_none_or(str::is_empty);
        if signs_in_halfway || !matches!(url.path(), "" | "/") || url.fragment().is_some() {
            return None;
        }
        let asked: Vec<_> = url.query_pairs().collect();
        let tls = match asked.as_slice() {
            [] if is_here(host) => "opportunistic",
            [] => "required",
            [(key, value)] if key == "tls" => value,
            _ => return None,
        };
        let parameters = || TlsParameters::new(host.to_owned()).ok();
        let tls = match (url.scheme(), tls) {
            ("smtps", _) if asked.is_empty() => None,
            ("smtp", "required") => Some(Tls::Required(parameters()?)),
            // Passwords, and links that give access to accounts, must not be sent over a network unencrypted.
            (_, "opportunistic" | "none") if !is_here(host) => return None,
            ("smtp", "opportunistic") => Some(Tls::Opportunistic(parameters()?)),
            ("smtp", "none") => Some(Tls::None),
            _ => return None,
        };
        let mut plain = url.clone();
        plain.set_query(None);
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(plain.as_str()).ok()?;
        if let Some(tls) = tls {
            builder = builder.tls(tls).port(url.port().unwrap_or(SUBMISSION_PORT));
        }
        Some(Self(builder))
    }
}

/// Whether a host is this machine, so that no network is used.
fn is_here(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

impl MailSender {
    /// Parses `shop@example.org` or `Name <shop@example.org>`. Like every domain in a mail, that of the sender is written in
    /// A-labels.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let Mailbox { name, email } = text.parse().ok()?;
        let for_servers = EmailAddress::parse(email.as_ref()).map(|email| email.for_servers());
        let domain = for_servers.as_deref().and_then(|written| written.rsplit_once('@'));
        let domain = domain.map_or(email.domain(), |(_, domain)| domain);
        let email = Address::new(email.user(), domain).ok()?;
        Some(Self(Mailbox { name, email }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_mail_servers_are_taken() {
        for good in [
            "smtp://localhost",
            "smtp://user:p%40ss@mail.example.org:2525",
            "smtps://user:pass@mail.example.org",
            "smtp://localhost?tls=opportunistic",
            "smtp://127.0.0.1:25/?tls=none",
            "smtp://user:pass@[::1]?tls=none",
        ] {
            assert!(MailServer::parse(good).is_some(), "{good}");
        }
        for bad in [
            "mail.example.org",
            "http://mail.example.org",
            "smtp://",
            "smtp://user@mail.example.org",
            "smtp://mail.example.org?tls=no",
            "smtp://mail.example.org?tsl=none",
            "smtps://mail.example.org?tls=none",
            "smtp://mail.example.org/path",
            "smtp://mail.example.org?tls=opportunistic",
            "smtp://user:pass@mail.example.org/?tls=none",
            "smtp://192.0.2.1?tls=none",
            "smtp://localhost.example.org?tls=none",
        ] {
            assert!(MailServer::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn a_sender_is_written_as_every_server_knows_it() {
        for (typed, written) in [
            ("Shop <Hello@пример.рф>", "Shop <Hello@xn--e1afmkfd.xn--p1ai>"),
            ("shop@localhost", "shop@localhost"),
            ("shop@example.org", "shop@example.org"),
        ] {
            assert_eq!(MailSender::parse(typed).unwrap().0.to_string(), written);
        }
    }

    #[test]
    fn no_encryption_is_enough_only_for_this_machine() {
        let asked = |url: &str| format!("{:?}", MailServer::parse(url).unwrap().0);
        assert!(asked("smtp://mail.example.org").contains("Required"));
        assert!(asked("smtps://mail.example.org").contains("Wrapper"));
        for loopback in ["smtp://localhost", "smtp://127.0.0.1:25", "smtp://[::1]:25"] {
            assert!(asked(loopback).contains("Opportunistic"), "{loopback}");
        }
        assert!(asked("smtp://127.0.0.1?tls=none").contains("tls: None"));
    }
}
