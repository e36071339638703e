//! Refresh tokens: each is exchanged once for a new pair of tokens.

use std::time::Duration;

use domain::refusal::Refusal;
use domain::security::{Device, SecurityEvent};
use futures::future::BoxFuture;
use storage::security_events::SecurityRecord;

use super::presence::is_staff;
use super::{Tokens, tokens};
use crate::{AccountService, Error};

/// How long a used refresh token still gives a new pair.
const GRACE: Duration = Duration::from_secs(10);

impl<'a> AccountService<'a> {
    /// Exchanges a refresh token for a new pair, which uses it up. Used again within [`GRACE`] (two tabs, a lost
    /// response) it gives one more pair; used again later it ends the sign-in, since it may have been stolen.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotSignedIn`].
    pub fn refresh(self, token: &'a str, device: &'a Device) -> BoxFuture<'a, Result<Tokens, Error>> {
        Box::pin(async move {
            let (hash, now) = (tokens::hash(token), self.shop.now());
            let fresh = tokens::random(self.shop.chance());
            let events = (self.shop.parts.ids.fresh(), device.clone());
            let input = (hash, tokens::hash(&fresh), events, self.shop.parts.accounts);
            let refreshed = self.shop.write((now, input), |tx, &(now, ref input)| {
                Box::pin(async move {
                    let (hash, fresh_hash, (event_id, device), rules) = input;
                    let Some(known) = tx.sessions().refresh(hash, now).await? else {
                        return Ok(None);
                    };
                    let Some(user) = tx.accounts().by_id(known.user).await? else {
                        return Ok(None);
                    };
                    if rules.is_over(&user, known.created_at, now) {
                        return Ok(None);
                    }
                    if known.used_at.is_some_and(|used_at| now.since(used_at) > GRACE) {
                        tx.sessions().end(known.session, known.user).await?;
                        let record = SecurityRecord {
                            at: now,
                            user: Some(known.user),
                            event: SecurityEvent::RefreshReused,
                            device: device.clone(),
                        };
                        tx.security_events().record(*event_id, &record).await?;
                        return Ok(None);
                    }
                    tx.sessions().use_refresh(hash, now).await?;
                    tx.sessions().add_refresh(known.session, fresh_hash, now).await?;
                    let until = rules.expiry(is_staff(&user), known.created_at, now);
                    tx.sessions().seen(known.session, now, until).await?;
                    Ok(Some(known))
                })
            });
            let known = refreshed.await?.ok_or(Refusal::NotSignedIn)?;
            Ok(self.tokens(known.user, known.session, fresh))
        })
    }
}
