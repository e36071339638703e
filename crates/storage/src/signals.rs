//! Wakes other processes after a commit, on PostgreSQL: by notifications without content, on connections of their own.
//!
//! A notification may be lost, late or unnecessary; the touches are in the database, and the pulse reads them. SQLite
//! has no notifications: its pulse runs so often that they would gain nothing.

use std::str::FromStr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use sea_orm::{DbErr, RuntimeErr};
use sqlx::ConnectOptions;
use sqlx::postgres::{PgConnectOptions, PgListener, PgPool, PgPoolOptions};

use crate::{Db, Error};

/// PostgreSQL keeps the channels of different databases apart.
const CHANNEL: &str = "latchkey_touched";
/// How long a connection may take to come about.
const CONNECT_WITHIN: Duration = Duration::from_secs(3);
/// A slower notification is too late: the pulses have found the touches by then.
const SAID_WITHIN: Duration = Duration::from_secs(1);
/// A notification that takes longer counts as lost.
const HEARD_WITHIN: Duration = Duration::from_secs(1);

/// The connections for notifications.
#[derive(Clone, Debug)]
pub(crate) struct Signals {
    options: PgConnectOptions,
    speaker: Arc<RwLock<PgPool>>,
    /// The server process of the sending connection: its notifications are our own.
    own: Arc<AtomicU32>,
}

/// A received notification.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notification {
    /// Another process committed something.
    Others,
    /// This process's own notification: notifications arrive.
    Own,
    /// The connection was lost and is back: notifications may have been missed.
    Gap,
}

/// A listener for notifications.
#[derive(Debug)]
pub struct NotificationListener {
    listener: PgListener,
    own: Arc<AtomicU32>,
}

impl Signals {
    /// Connects when it is first used.
    pub(crate) fn new(url: &str) -> Result<Self, Error> {
        let options = PgConnectOptions::from_str(url).map_err(|_| Error::Address)?;
        let options = options
            .application_name("latchkey signals")
            // A notification that a crash loses is not missed, and need not wait for the disk.
            .options([("synchronous_commit", "off")])
            .disable_statement_logging();
        let own = Arc::new(AtomicU32::new(0));
        Ok(Self {
            speaker: Arc::new(RwLock::new(speaker(&options, &own))),
            options,
            own,
        })
    }

    fn speaker(&self) -> PgPool {
        self.speaker.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Drops a connection that failed or hangs.
    fn renew(&self) {
        let fresh = speaker(&self.options, &self.own);
        *self.speaker.write().unwrap_or_else(PoisonError::into_inner) = fresh;
    }

    pub(crate) async fn close(self) {
        self.speaker().close().await;
    }
}

/// A pool of one connection, opened when it is needed.
fn one() -> PgPoolOptions {
    PgPoolOptions::new().max_connections(1).acquire_timeout(CONNECT_WITHIN)
}

/// The sending connection; it records the id of its server process.
fn speaker(options: &PgConnectOptions, own: &Arc<AtomicU32>) -> PgPool {
    let noted = Arc::clone(own);
    let speaker = one().after_connect(move |connection, _| {
        let own = Arc::clone(&noted);
        Box::pin(async move {
            let id: i32 = sqlx::query_scalar("SELECT pg_backend_pid()")
                .fetch_one(connection)
                .await?;
            own.store(id.unsigned_abs(), Ordering::SeqCst);
            Ok(())
        })
    });
    speaker.connect_lazy_with(options.clone())
}

impl Db {
    /// Wakes the other processes. A statement of its own: inside the transaction `NOTIFY` would serialise all commits.
    ///
    /// # Errors
    ///
    /// When it cannot be sent; the others' pulses find the touches all the same.
    pub async fn wake_others(&self) -> Result<(), Error> {
        let Some(signals) = &self.signals else { return Ok(()) };
        let notify = sqlx::AssertSqlSafe(format!("NOTIFY {CHANNEL}"));
        let (speaker, notify) = (signals.speaker(), sqlx::raw_sql(notify));
        match tokio::time::timeout(SAID_WITHIN, notify.execute(&speaker)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => {
                signals.renew();
                Err(away(error))
            }
            Err(_) => {
                signals.renew();
                Err(away(sqlx::Error::PoolTimedOut))
            }
        }
    }

    /// Listens for other processes' notifications; `None` on SQLite.
    ///
    /// # Errors
    ///
    /// When the database cannot be reached, or refuses.
    pub async fn listen(&self) -> Result<Option<NotificationListener>, Error> {
        let Some(signals) = &self.signals else { return Ok(None) };
        // A new pool each time: a connection that hangs would keep its place in a reused pool.
        let own_pool = one()
            .max_lifetime(None)
            .idle_timeout(None)
            .connect_lazy_with(signals.options.clone());
        let mut listener = PgListener::connect_with(&own_pool).await.map_err(away)?;
        listener.listen(CHANNEL).await.map_err(away)?;
        Ok(Some(NotificationListener {
            listener,
            own: Arc::clone(&signals.own),
        }))
    }
}

impl Db {
    /// Whether this process receives its own notifications; `None` on SQLite. Through a pooler that lends connections
    /// for one transaction it does not: then processes see each other's changes at their next pulse.
    pub async fn receives_own_notifications(&self) -> Result<Option<bool>, Error> {
        let Some(mut listener) = self.listen().await? else {
            return Ok(None);
        };
        self.wake_others().await?;
        let own = async {
            while listener.next().await? != Notification::Own {}
            Ok(())
        };
        match tokio::time::timeout(HEARD_WITHIN, own).await {
            Ok(heard) => heard.map(|()| Some(true)),
            Err(_) => Ok(Some(false)),
        }
    }
}

impl NotificationListener {
    /// Waits for the next notification.
    ///
    /// # Errors
    ///
    /// When the connection is lost and does not come back.
    pub async fn next(&mut self) -> Result<Notification, Error> {
        let word = self.listener.try_recv().await.map_err(away)?;
        Ok(match word {
            Some(word) if word.process_id() == self.own.load(Ordering::SeqCst) => Notification::Own,
            Some(_) => Notification::Others,
            None => Notification::Gap,
        })
    }
}

fn away(error: sqlx::Error) -> Error {
    Error::Away(DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error))))
}
