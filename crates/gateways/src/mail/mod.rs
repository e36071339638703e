//! Mail: rendered mails, and sending them through a mail server.

mod letter;
mod server;

use std::fmt;
use std::time::{Duration, UNIX_EPOCH};

use domain::clock::Timestamp;
use domain::email::EmailAddress;
use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, SinglePart};
use lettre::transport::smtp::extension::ClientId;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use thiserror::Error as ThisError;
use url::Url;
use uuid::Uuid;

pub use letter::Letter;
#[cfg(test)]
pub(crate) use letter::samples;
pub use server::{MailSender, MailServer};

/// The time limit for connecting.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);
/// The time limit for one mail, connecting included. Well below the duration of a claim.
const SEND_WITHIN: Duration = Duration::from_secs(30);
/// Permanent replies about this mail, which a retry cannot change (RFC 5321, section 4.2.2). Not 554, and not the codes
/// about authentication: those change with the settings.
const REFUSED_FOR_GOOD: [u16; 4] = [550, 551, 552, 553];

/// Sends mails through a mail server. Cheap to clone; each mail has a connection of its own.
#[derive(Clone)]
pub struct Mailer {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
    host: String,
}

/// A mail to be sent; the same values give the same bytes on each attempt.
#[derive(Clone, Copy)]
pub struct OutgoingMail<'a> {
    /// The base of its Message-ID.
    pub id: Uuid,
    /// The recipient.
    pub to: &'a EmailAddress,
    /// Its date.
    pub written_at: Timestamp,
    /// Its content.
    pub letter: &'a Letter,
}

/// Why a mail was not sent, for an operator. If the last reply was lost, it may have been sent.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
pub enum MailError {
    /// The mail server refuses this mail permanently.
    #[error("the mail server refuses this mail: {0}")]
    Refused(String),
    /// A later attempt may succeed.
    #[error("the mail server cannot be used: {0}")]
    Failed(String),
}

impl Mailer {
    /// Sends mails from `sender` through `server`. The host of the shop's address is its name in `EHLO`.
    #[must_use]
    pub fn new(server: MailServer, sender: MailSender, public_url: &str) -> Self {
        let url = Url::parse(public_url).ok();
        let host = url.as_ref().and_then(Url::host_str).unwrap_or("localhost").to_owned();
        let transport = server
            .0
            .timeout(Some(CONNECT_WITHIN))
            .hello_name(ClientId::Domain(host.clone()))
            .build();
        Self {
            transport,
            from: sender.0,
            host,
        }
    }

    /// Sends a mail. A repeated attempt sends the same bytes, so that a recipient can recognise a duplicate.
    ///
    /// # Errors
    /// [`MailError`], within 30 seconds.
    pub async fn send(&self, mail: OutgoingMail<'_>) -> Result<(), MailError> {
        let message = self.message(mail)?;
        in_time(self.transport.send(message)).await?;
        Ok(())
    }

    /// Checks whether the mail server would accept mails: connects, encrypts and signs in as for a mail.
    ///
    /// # Errors
    /// [`MailError`], within 30 seconds.
    pub async fn check(&self) -> Result<(), MailError> {
        if in_time(self.transport.test_connection()).await? {
            Ok(())
        } else {
            Err(MailError::Failed("it hung up".to_owned()))
        }
    }

    fn message(&self, mail: OutgoingMail<'_>) -> Result<Message, MailError> {
        // A mail that cannot be encoded now cannot be encoded later either.
        let unwritable = |error: &dyn fmt::Display| MailError::Refused(format!("it cannot be written: {error}"));
        let to = mail.to.for_servers().parse().map_err(|error| unwritable(&error))?;
        let parts = MultiPart::alternative()
            .boundary(mail.id.simple().to_string())
            .build()
            .singlepart(SinglePart::plain(mail.letter.text.clone()))
            .singlepart(SinglePart::html(mail.letter.html.clone()));
        let micros = u64::try_from(mail.written_at.as_micros()).unwrap_or(0);
        Message::builder()
            .message_id(Some(format!("<{}@{}>", mail.id, self.host)))
            .date(UNIX_EPOCH + Duration::from_micros(micros))
            .from(self.from.clone())
            .to(Mailbox::new(None, to))
            .subject(mail.letter.subject)
            .header(AutoSubmitted)
            .multipart(parts)
            .map_err(|error| unwritable(&error))
    }
}

/// Tells auto-responders not to answer (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_text: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

async fn in_time<T>(work: impl Future<Output = Result<T, lettre::transport::smtp::Error>>) -> Result<T, MailError> {
    match tokio::time::timeout(SEND_WITHIN, work).await {
        Ok(outcome) => outcome.map_err(MailError::from),
        Err(_) => Err(MailError::Failed(format!("no answer within {SEND_WITHIN:?}"))),
    }
}

impl From<lettre::transport::smtp::Error> for MailError {
    fn from(error: lettre::transport::smtp::Error) -> Self {
        let code = error.status().map(u16::from);
        if code.is_some_and(|code| REFUSED_FOR_GOOD.contains(&code)) {
            Self::Refused(error.to_string())
        } else {
            Self::Failed(error.to_string())
        }
    }
}

/// Shows that there is a mailer, without its password.
impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailer")
            .field("host", &self.host)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use domain::mail::MailContent;

    use super::*;

    fn mailer() -> Mailer {
        let server = MailServer::parse("smtp://localhost").unwrap();
        let sender = MailSender::parse("The Shop <shop@example.org>").unwrap();
        Mailer::new(server, sender, "https://shop.example")
    }

    fn written(content: &MailContent, to: &str) -> String {
        let letter = Letter::of(content, "https://shop.example").unwrap();
        let mail = OutgoingMail {
            id: Uuid::from_u128(7),
            to: &EmailAddress::parse(to).unwrap(),
            written_at: Timestamp::from_micros(1_795_406_400_000_000),
            letter: &letter,
        };
        String::from_utf8(mailer().message(mail).unwrap().formatted()).unwrap()
    }

    #[test]
    fn each_try_is_the_same_mail_to_the_last_byte() {
        let text = written(&MailContent::PasswordChanged, "ada@example.org");
        assert_eq!(text, written(&MailContent::PasswordChanged, "ada@example.org"));
        for header in [
            "Message-ID: <00000000-0000-0000-0000-000000000007@shop.example>\r\n",
            "Date: Mon, 23 Nov 2026 04:00:00 +0000\r\n",
            "From: \"The Shop\" <shop@example.org>\r\n",
            "To: ada@example.org\r\n",
            "Auto-Submitted: auto-generated\r\n",
            "Content-Type: text/plain; charset=utf-8\r\n",
            "Content-Type: text/html; charset=utf-8\r\n",
        ] {
            assert!(text.contains(header), "{header} is not in {text}");
        }
    }
}
