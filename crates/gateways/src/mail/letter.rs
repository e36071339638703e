//! The text of a mail: its subject, and the same content as plain text and as HTML.

use askama::Template;
use domain::mail::{MailContent, OrderReceipt};

/// A rendered mail. Without `Debug`: codes and links give access.
pub struct Letter {
    /// A constant: it never contains user input, so no header can be injected.
    pub subject: &'static str,
    /// The plain text.
    pub text: String,
    /// The HTML; user input is escaped.
    pub html: String,
}

/// The content of both forms.
struct Content<'a> {
    subject: &'static str,
    paragraphs: &'static [&'static str],
    code: Option<&'a str>,
    /// Lines of a list, each with its value at the end.
    rows: Vec<(&'a str, &'a str)>,
    /// The link's text and address.
    link: Option<(&'static str, String)>,
    /// The last paragraph, in small print.
    note: &'static str,
    shop: &'a str,
}

#[derive(Template)]
#[template(path = "mail/letter.txt")]
struct Text<'a> {
    content: &'a Content<'a>,
}

#[derive(Template)]
#[template(path = "mail/letter.html")]
struct Html<'a> {
    content: &'a Content<'a>,
}

impl Letter {
    /// Renders `content` for a shop at `public_url`.
    ///
    /// # Errors
    /// A template's, which cannot happen: writing to a string does not fail.
    pub fn of(content: &MailContent, public_url: &str) -> Result<Self, askama::Error> {
        let content = Content::of(content, public_url);
        Ok(Self {
            subject: content.subject,
            text: Text { content: &content }.render()?,
            html: Html { content: &content }.render()?,
        })
    }
}

const NOT_ME: &str = "If this was not you, set a new password at once: whoever did it may know the old one.";

impl<'a> Content<'a> {
    const fn plain(
        shop: &'a str,
        subject: &'static str,
        paragraphs: &'static [&'static str],
        note: &'static str,
    ) -> Self {
        Self {
            subject,
            paragraphs,
            code: None,
            rows: Vec::new(),
            link: None,
            note,
            shop,
        }
    }

    fn of(content: &'a MailContent, shop: &'a str) -> Self {
        let plain = |subject, paragraphs, note| Self::plain(shop, subject, paragraphs, note);
        let to = |path: &str| format!("{shop}{path}");
        match content {
            MailContent::Welcome => Self {
                link: Some(("Look around", to("/catalogue"))),
                ..plain(
                    "Welcome to Latchkey",
                    &[
                        "Your account is ready. What you put into your cart and on your wishlist waits for you wherever you sign in.",
                    ],
                    "If you did not make this account, somebody typed your address by mistake: you need not do anything.",
                )
            },
            MailContent::VerifyEmail { code } => Self {
                code: Some(code),
                link: Some(("Enter the code", to("/verify-email"))),
                ..plain(
                    "Your code for Latchkey",
                    &["With this code you show that this address is yours. It is good for half an hour, and once."],
                    "If you did not ask for a code, you need not do anything. Give it to nobody.",
                )
            },
            MailContent::ResetPassword { token } => Self {
                link: Some(("Set a new password", to(&format!("/reset-password?token={token}")))),
                ..plain(
                    "Set a new password for Latchkey",
                    &["Somebody, most likely you, asked for a new password. The link is good for one hour, and once."],
                    "If it was not you, you need not do anything: your password stays as it is. Give the link to nobody.",
                )
            },
            MailContent::KnownDevice { token } => Self {
                link: Some(("Make this browser known", to(&format!("/known-device?token={token}")))),
                ..plain(
                    "Signing in to Latchkey while others try",
                    &[
                        "Many wrong passwords or codes were tried for your account, so browsers that the shop does not know have to wait there.",
                        "Open this link on the device on which you want to sign in: it need not wait any longer. The link is good for one day, and once; you still need your password.",
                    ],
                    "If you do not want to sign in now, you need not do anything. Give the link to nobody.",
                )
            },
            MailContent::PasswordChanged => Self {
                link: Some(("Set a new password", to("/forgot-password"))),
                ..plain(
                    "Your password was changed",
                    &["The password of your account is another one now. Other devices were signed out."],
                    NOT_ME,
                )
            },
            MailContent::SecondFactorOn => plain(
                "Signing in takes a second factor now",
                &[
                    "From now on your account asks for a code besides the password. Keep your recovery codes where you find them.",
                ],
                NOT_ME,
            ),
            MailContent::Receipt(receipt) => Self::of_receipt(receipt, shop),
            MailContent::SecondFactorOff => plain(
                "Signing in takes no second factor any more",
                &["From now on your password alone opens your account."],
                NOT_ME,
            ),
        }
    }

    /// What was ordered, and where its keys are: none stands in the mail.
    fn of_receipt(receipt: &'a OrderReceipt, shop: &'a str) -> Self {
        let lines = receipt.lines.iter().map(|(what, sum)| (what.as_str(), sum.as_str()));
        let address = format!("{shop}/account/orders/{}", receipt.order);
        Self {
            code: Some(&receipt.number),
            rows: lines.chain([("Total", receipt.total.as_str())]).collect(),
            link: Some(("See your order and its keys", address)),
            ..Self::plain(
                shop,
                "Your order at Latchkey",
                &[
                    "Thank you for your order. It was paid from your wallet; its keys are in your account, not in this mail.",
                ],
                "If you did not order this, set a new password at once, and write to the shop.",
            )
        }
    }
}

#[cfg(test)]
pub(crate) fn samples() -> Vec<template_checks::Sample> {
    let word = || "AbC-123".to_owned();
    let contents = [
        MailContent::Welcome,
        MailContent::KnownDevice { token: word() },
        MailContent::VerifyEmail { code: word() },
        MailContent::ResetPassword { token: word() },
        MailContent::PasswordChanged,
        MailContent::SecondFactorOn,
        MailContent::SecondFactorOff,
        MailContent::Receipt(OrderReceipt {
            order: word(),
            number: word(),
            lines: vec![("2 × A <game>".to_owned(), "€3.00".to_owned())],
            total: "€3.00".to_owned(),
        }),
    ];
    let both = contents.iter().flat_map(|content| {
        let content = Content::of(content, "https://shop.example");
        let (text, html) = (Text { content: &content }, Html { content: &content });
        [template_checks::Sample::of(&text), template_checks::Sample::of(&html)]
    });
    both.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letter(content: &MailContent) -> Letter {
        Letter::of(content, "https://shop.example").unwrap()
    }

    #[test]
    fn text_and_html_say_the_same() {
        let code = letter(&MailContent::VerifyEmail {
            code: "012345".to_owned(),
        });
        let link = letter(&MailContent::ResetPassword {
            token: "AbC_-9".to_owned(),
        });
        for form in [&code.text, &code.html] {
            assert!(
                form.contains("012345") && form.contains("https://shop.example/verify-email"),
                "{form}"
            );
        }
        for form in [&link.text, &link.html] {
            assert!(
                form.contains("https://shop.example/reset-password?token=AbC_-9"),
                "{form}"
            );
        }
        let known = letter(&MailContent::KnownDevice {
            token: "AbC_-9".to_owned(),
        });
        for form in [&known.text, &known.html] {
            assert!(
                form.contains("https://shop.example/known-device?token=AbC_-9"),
                "{form}"
            );
        }
    }

    #[test]
    fn what_is_typed_is_escaped_in_html() {
        let hostile = letter(&MailContent::VerifyEmail {
            code: "<script>\"&".to_owned(),
        });
        assert!(!hostile.html.contains("<script>"), "{}", hostile.html);
        assert!(hostile.text.contains("<script>\"&"), "text is text: {}", hostile.text);
    }

    #[test]
    fn nothing_secret_is_left_of_masked_words() {
        let code = letter(
            &MailContent::VerifyEmail {
                code: "012345".to_owned(),
            }
            .masked(),
        );
        let link = letter(
            &MailContent::ResetPassword {
                token: "AbC_-9".to_owned(),
            }
            .masked(),
        );
        assert!(!code.text.contains("012345") && !code.html.contains("012345"));
        assert!(!link.text.contains("AbC_-9") && !link.html.contains("AbC_-9"));
    }
}
