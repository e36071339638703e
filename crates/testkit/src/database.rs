//! A database of a test's own: a SQLite file in a folder of its own, or a database of the run's PostgreSQL.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use storage::{Db, Options};
use tokio::sync::OnceCell;

use crate::postgres::Postgres;

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The embedded one.
    Sqlite,
    /// The server.
    Postgres,
}

/// A database that nobody else uses, gone with the test.
#[derive(Debug)]
pub struct TestDatabase {
    /// Its address, as a setting takes it.
    pub url: String,
    folder: Option<PathBuf>,
}

/// A folder of a test's own.
///
/// # Panics
/// When it cannot be made.
#[must_use]
pub fn own_folder() -> PathBuf {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::SeqCst);
    let folder = std::env::temp_dir().join(format!("latchkey-test-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    folder
}

impl TestDatabase {
    /// An empty database, without a schema.
    ///
    /// # Panics
    /// When it cannot be made: then no test can run.
    pub async fn empty(kind: Kind) -> Self {
        match kind {
            Kind::Sqlite => {
                let folder = own_folder();
                Self {
                    url: format!("sqlite://{}", folder.join("shop.db").display()),
                    folder: Some(folder),
                }
            }
            Kind::Postgres => {
                let postgres = Postgres::shared().await.expect("a PostgreSQL");
                Self {
                    url: postgres.database().await.expect("a database"),
                    folder: None,
                }
            }
        }
    }

    /// A database with the schema; on PostgreSQL a copy of one that was migrated once.
    ///
    /// # Panics
    /// When it cannot be made: then no test can run.
    pub async fn migrated(kind: Kind) -> Self {
        static TEMPLATE: OnceCell<String> = OnceCell::const_new();
        if kind == Kind::Sqlite {
            let made = Self::empty(kind).await;
            made.open().await.migrate().await.expect("migrations");
            return made;
        }
        let template = TEMPLATE.get_or_init(|| {
            Box::pin(async {
                let made = Self::empty(kind).await;
                let db = made.open().await;
                db.migrate().await.expect("migrations");
                db.close().await.expect("a template that nobody uses");
                made.url.rsplit('/').next().unwrap_or_default().to_owned()
            })
        });
        let postgres = Postgres::shared().await.expect("a PostgreSQL");
        let url = postgres.copy(template.await).await.expect("a copy of the template");
        let made = Self { url, folder: None };
        // It is another database than the template, which the first of its processes would find out.
        let db = made.open().await;
        db.migrate().await.expect("a count of its own");
        db.close().await.expect("a database that nobody uses yet");
        made
    }

    /// The same on a server of the test's own.
    ///
    /// # Panics
    /// When it cannot be made: then no test can run.
    pub async fn migrated_on(postgres: &Postgres) -> Self {
        let url = postgres.database().await.expect("a database");
        let made = Self { url, folder: None };
        made.open().await.migrate().await.expect("migrations");
        made
    }

    /// Opens it.
    ///
    /// # Panics
    /// When it cannot be opened.
    pub async fn open(&self) -> Db {
        Db::open(&self.url, Options::default())
            .await
            .expect("the test's database opens")
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            // Whatever is left behind lies in the system's folder for such things.
            let _ignored = std::fs::remove_dir_all(folder);
        }
    }
}
