//! Tests of the mail server and the sender: both or neither, and valid values of each.

use super::{environment, environment_refusal, shown};

const SENDER: (&str, &str) = ("MAIL_FROM", "The Shop <shop@example.org>");

#[test]
fn both_or_neither_is_set() {
    assert!(environment(&[]).settings.mail.is_none());
    let both = environment(&[("SMTP_URL", "smtp://user:hush-hush@mail.example.org:587"), SENDER]);
    assert!(both.settings.mail.is_some());
    assert_eq!(
        shown(&both, "mail.smtp_url").0,
        "smtp://user:********@mail.example.org:587"
    );
    for (set, missing) in [
        (("SMTP_URL", "smtp://localhost"), "mail.from"),
        (SENDER, "mail.smtp_url"),
    ] {
        let message = environment_refusal(&[set]);
        assert!(
            message.starts_with(&format!("setting `{missing}`: missing")),
            "{message}"
        );
    }
}

#[test]
fn what_no_mail_can_be_sent_by_is_named_and_not_shown_whole() {
    for url in [
        "mail.example.org",
        "http://mail.example.org",
        "smtp://user:hush@mail.example.org/?tls=no",
        "smtp://user:hush@mail.example.org/?tls=none",
        "smtp://user:hush@mail.example.org:587?tls=opportunistic",
    ] {
        let message = environment_refusal(&[("SMTP_URL", url), SENDER]);
        assert!(
            message.contains("setting `mail.smtp_url`: expected smtp://") && !message.contains("hush"),
            "{message}"
        );
    }
    let message = environment_refusal(&[("SMTP_URL", "smtp://localhost"), ("MAIL_FROM", "the shop")]);
    assert!(
        message.contains("setting `mail.from`: expected an address"),
        "{message}"
    );
}

#[test]
fn a_mail_server_on_this_machine_needs_no_encryption() {
    for url in [
        "smtp://localhost:25",
        "smtp://127.0.0.1:25?tls=none",
        "smtp://[::1]/?tls=opportunistic",
    ] {
        assert!(
            environment(&[("SMTP_URL", url), SENDER]).settings.mail.is_some(),
            "{url}"
        );
    }
}
