//! Wakes other processes after a commit, on PostgreSQL: by a word without meaning, on connections of its own.
//!
//! A word may be lost, come late or come in vain; what was touched stands in the database, and the pulse reads it. On
//! SQLite nobody is woken: its pulse asks so often that nothing would be gained.

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
/// A word that takes longer to say is late, and the pulses have found what it is about.
const SAID_WITHIN: Duration = Duration::from_secs(1);
/// What is not heard after this time is not heard at all.
const HEARD_WITHIN: Duration = Duration::from_secs(1);

/// The way to the other processes.
#[derive(Clone, Debug)]
pub(crate) struct Signals {
    options: PgConnectOptions,
    speaker: Arc<RwLock<PgPool>>,
    /// The server's process that speaks for us: what it says we need not hear.
    own: Arc<AtomicU32>,
}

/// What was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notification {
    /// Another process has committed something.
    Others,
    /// This process was heard by itself: the way is open.
    Own,
    /// The connection was lost and is there again: nobody knows what was said meanwhile.
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
            // A word that a crash loses is missed by nobody, and need not wait for the disk.
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

    /// Gives up a connection that failed or hangs.
    fn renew(&self) {
        let fresh = speaker(&self.options, &self.own);
        *self.speaker.write().unwrap_or_else(PoisonError::into_inner) = fresh;
    }

    pub(crate) async fn close(self) {
        self.speaker().close().await;
    }
}

/// One connection, made when it is needed.
fn one() -> PgPoolOptions {
    PgPoolOptions::new().max_connections(1).acquire_timeout(CONNECT_WITHIN)
}

/// The connection that speaks; it notes which process of the server it is.
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
    /// Wakes the other processes. A statement of its own: inside the transaction it would make all commits wait for each
    /// other.
    ///
    /// # Errors
    /// When it cannot be said; the others' pulses find the touches all the same.
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

    /// Listens for the others; `None` on SQLite.
    ///
    /// # Errors
    /// When the database cannot be reached, or refuses.
    pub async fn listen(&self) -> Result<Option<NotificationListener>, Error> {
        let Some(signals) = &self.signals else { return Ok(None) };
        // A pool for each: a connection that hangs would keep its place in a pool that was used again.
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
    /// Whether what this process says reaches it; `None` on SQLite. Behind a pooler that lends connections for one
    /// transaction it does not: then processes see each other's changes at their next pulse.
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
    /// Waits for the next word.
    ///
    /// # Errors
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
