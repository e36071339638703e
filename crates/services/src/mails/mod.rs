//! Mails: a row in the transaction that causes them, sent later by jobs, never by a request; and shown to staff.

mod jobs;

use std::time::Duration;

use domain::clock::Timestamp;
use domain::email::EmailAddress;
use domain::id::UserId;
use domain::listing::{ListPage, ListQuery};
use domain::mail::{Mail, MailContent, MailState};
use domain::message::Message;
use domain::refusal::Refusal;
use domain::staff::{Noun, Permission};
use domain::trail::TrailAction;
use futures::future::BoxFuture;
use gateways::mail::{Letter, MailError, Mailer, OutgoingMail};
use storage::Tx;
use storage::mails::{ListedMail, NewMail, StoredMail};
use uuid::Uuid;

use crate::jobs::{JobError, message};
use crate::trail::{Actor, Deed};
use crate::{Error, MailService, Shop, failpoints};

pub use self::jobs::SendMail;

/// Settings of mails; by default none are sent.
#[derive(Debug, Default)]
pub struct MailRules {
    /// Sends mails; without one they are stored, to be read in the shop.
    pub mailer: Option<Mailer>,
    /// Whether staff see codes and links when they read a mail: only in a demo, where no real account is at risk.
    pub secrets_shown: bool,
}

/// A mail in the list for staff. The address is personal data: it is shown to staff and never logged.
#[derive(Clone, Debug)]
pub struct MailLine {
    /// Its id.
    pub id: Uuid,
    /// The recipient.
    pub to: String,
    /// Such as `welcome`.
    pub kind: String,
    /// When it was created.
    pub created_at: Timestamp,
    /// Its state.
    pub state: MailState,
    /// When a mail server accepted it.
    pub sent_at: Option<Timestamp>,
    /// How often sending it failed.
    pub failures: u32,
    /// Why it failed last.
    pub last_error: Option<String>,
}

/// A page of mails, newest first.
#[derive(Clone, Debug)]
pub struct MailPage {
    /// The page, from 1.
    pub page: u32,
    /// How many pages there are, at least 1.
    pub pages: u64,
    /// How many mails there are on all pages.
    pub total: u64,
    /// At most [`MailPage::SIZE`].
    pub mails: Vec<MailLine>,
}

impl MailPage {
    /// Mails on a page.
    pub const SIZE: u32 = 50;
}

/// A mail with its content, for staff.
pub struct MailView {
    /// Its line in the list.
    pub line: MailLine,
    /// Its content; codes and links are masked except in a demo.
    pub letter: Letter,
}

impl From<StoredMail> for MailLine {
    fn from(kept: StoredMail) -> Self {
        Self {
            id: kept.id,
            to: kept.to.to_string(),
            kind: kept.kind,
            created_at: kept.created_at,
            state: kept.state,
            sent_at: kept.sent_at,
            failures: kept.failures,
            last_error: kept.last_error,
        }
    }
}

impl From<ListedMail> for MailLine {
    fn from(listed: ListedMail) -> Self {
        Self {
            id: listed.id,
            to: listed.to,
            kind: listed.kind,
            created_at: listed.created_at,
            state: listed.state,
            sent_at: listed.sent_at,
            failures: listed.failures,
            last_error: listed.last_error,
        }
    }
}

/// A mail created before its transaction, which may run more than once.
#[derive(Clone)]
pub(crate) struct Prepared {
    mail: NewMail,
    message_id: Uuid,
    message: Message,
    now: Timestamp,
}

impl Prepared {
    pub(crate) const fn mail(&self) -> &NewMail {
        &self.mail
    }

    /// The message that sends it, and its id.
    pub(crate) const fn message(&self) -> (Uuid, &Message) {
        (self.message_id, &self.message)
    }
}

/// Prepares a mail for [`post`]: its content is sealed.
pub(crate) fn prepare(shop: &Shop, user: Option<UserId>, mail: &Mail) -> Result<Prepared, Error> {
    let (id, now) = (shop.parts.ids.fresh(), shop.now());
    let content = serde_json::to_vec(&mail.content).map_err(|error| Error::Internal(Box::new(error)))?;
    Ok(Prepared {
        mail: NewMail {
            id,
            user,
            to: mail.to.clone(),
            kind: mail.content.kind(),
            words: shop.seal().seal(vault::SealPurpose::Mail, id, &content),
            created_at: now,
        },
        message_id: shop.parts.ids.fresh(),
        message: message(&SendMail { mail: id })?,
        now,
    })
}

/// Inserts a mail in the transaction that causes it: it is sent if and only if that commits.
pub(crate) async fn post(tx: &Tx, prepared: &Prepared) -> Result<(), storage::Error> {
    tx.mails().add(&prepared.mail).await?;
    tx.outbox()
        .push(
            prepared.message_id,
            &prepared.message,
            Duration::ZERO,
            None,
            prepared.now,
        )
        .await?;
    Ok(())
}

impl<'a> MailService<'a> {
    /// Sends a waiting mail, or marks it as stored where there is no mail server. A mail in another state is left
    /// alone.
    ///
    /// A process that dies between the mail server's reply and the commit leaves the mail waiting: it is sent again,
    /// with the same Message-ID.
    ///
    /// # Errors
    ///
    /// Why it was not sent, and whether a retry is useful.
    pub fn send(self, id: Uuid) -> BoxFuture<'a, Result<(), JobError>> {
        Box::pin(async move {
            let Some(kept) = self.shop.db().mails().by_id(id).await.map_err(Error::from)? else {
                return Ok(());
            };
            if kept.state != MailState::Waiting {
                return Ok(());
            }
            let Some(mailer) = &self.shop.parts.mail.mailer else {
                self.shop
                    .write(id, |tx, id| Box::pin(async move { Ok(tx.mails().kept(*id).await?) }))
                    .await?;
                tracing::info!(%id, kind = kept.kind, "[Mail] stored: no mail server is set up");
                return Ok(());
            };
            let letter = self.letter(&self.opened(&kept)?)?;
            let mail = OutgoingMail {
                id,
                to: &kept.to,
                written_at: kept.created_at,
                letter: &letter,
            };
            mailer.send(mail).await.map_err(|error| job_error(&error, &kept.to))?;
            failpoints::pass("mail:sent").await;
            let at = self.shop.now();
            self.shop
                .write((id, at), |tx, &(id, at)| {
                    Box::pin(async move { Ok(tx.mails().sent(id, at).await?) })
                })
                .await?;
            tracing::info!(%id, kind = kept.kind, "[Mail] sent");
            Ok(())
        })
    }

    /// A page of the mails, for staff; see the repository for orders and filters.
    pub fn managed_list(self, query: &'a ListQuery) -> BoxFuture<'a, Result<ListPage<MailLine>, Error>> {
        Box::pin(async move {
            let found = self.shop.db().mails().managed_list(query).await?;
            Ok(found.map(MailLine::from))
        })
    }

    /// A page of the mails by its number, for staff.
    pub fn list(self, page: u32) -> BoxFuture<'a, Result<MailPage, Error>> {
        Box::pin(async move {
            let mails = self.shop.db().mails();
            let skipped = u64::from(page.saturating_sub(1)) * u64::from(MailPage::SIZE);
            let (total, kept) = (mails.count().await?, mails.list(MailPage::SIZE, skipped).await?);
            Ok(MailPage {
                page,
                pages: total.div_ceil(u64::from(MailPage::SIZE)).max(1),
                total,
                mails: kept.into_iter().map(MailLine::from).collect(),
            })
        })
    }

    /// What a mail says, for staff: that it was read is recorded in the trail.
    ///
    /// # Errors
    /// [`Refusal::MailNotFound`], [`Refusal::NotAllowed`].
    pub fn read(self, id: Uuid, actor: &'a Actor) -> BoxFuture<'a, Result<MailView, Error>> {
        Box::pin(async move {
            let input = (self.shop.clone(), id, actor.clone());
            let kept = self.shop.write(input, |tx, &(ref shop, id, ref actor)| {
                Box::pin(async move {
                    shop.admit(tx, actor, Permission::read(Noun::MailBodies)).await?;
                    let kept = tx.mails().by_id(id).await?.ok_or(Refusal::MailNotFound)?;
                    shop.record(tx, actor, Deed::new(TrailAction::ReadMail, "mail", &id))
                        .await?;
                    Ok(kept)
                })
            });
            let kept = kept.await?;
            let content = self.opened(&kept)?;
            let content = if self.shop.parts.mail.secrets_shown {
                content
            } else {
                content.masked()
            };
            Ok(MailView {
                letter: self.letter(&content)?,
                line: kept.into(),
            })
        })
    }

    fn opened(&self, kept: &StoredMail) -> Result<MailContent, Error> {
        let content = self.shop.seal().open(vault::SealPurpose::Mail, kept.id, &kept.words)?;
        serde_json::from_slice(&content).map_err(|error| Error::Internal(Box::new(error)))
    }

    fn letter(&self, content: &MailContent) -> Result<Letter, Error> {
        Letter::of(content, &self.shop.parts.public_url).map_err(|error| Error::Internal(Box::new(error)))
    }
}

/// Mail servers often name the recipient when they refuse; the reason is logged, and the address is personal data.
fn job_error(error: &MailError, to: &EmailAddress) -> JobError {
    JobError {
        reason: [to.as_str(), &to.for_servers()]
            .into_iter()
            .fold(error.to_string(), |reason, spelling| {
                reason.replace(spelling, &format!("{to:?}"))
            }),
        permanent: matches!(error, MailError::Refused(_)),
    }
}
