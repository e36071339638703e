//! Mails: a row in the transaction that causes them, sent later by the jobs, never by a request.

use std::time::Duration;

use domain::clock::Timestamp;
use domain::id::UserId;
use domain::mail::Mail;
use domain::message::Message;
use storage::Tx;
use storage::mails::NewMail;
use uuid::Uuid;

use crate::{Error, Shop, seal};

/// A mail made before its transaction, which may run more than once.
#[derive(Clone)]
pub(crate) struct Prepared {
    mail: NewMail,
    message_id: Uuid,
    now: Timestamp,
}

/// Makes a mail ready to be posted: its words are sealed from here on.
pub(crate) fn prepare(shop: &Shop, user: Option<UserId>, mail: &Mail) -> Result<Prepared, Error> {
    let (id, now) = (shop.parts.ids.fresh(), shop.now());
    let words = serde_json::to_vec(&mail.words).map_err(|error| Error::Internal(Box::new(error)))?;
    Ok(Prepared {
        mail: NewMail {
            id,
            user,
            to: mail.to.clone(),
            kind: mail.words.kind(),
            words: shop.seal().seal(seal::Purpose::Mail, id, &words),
            created_at: now,
        },
        message_id: shop.parts.ids.fresh(),
        now,
    })
}

/// Posts a mail in the transaction that causes it: it is sent if and only if that commits.
pub(crate) async fn post(tx: &Tx, prepared: &Prepared) -> Result<(), storage::Error> {
    tx.mails().add(&prepared.mail).await?;
    let message = Message::SendMail { mail: prepared.mail.id };
    tx.outbox()
        .push(prepared.message_id, &message, Duration::ZERO, None, prepared.now)
        .await?;
    Ok(())
}
