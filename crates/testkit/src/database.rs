//! A database of a test's own: a SQLite file in a folder of its own, or a database of the run's PostgreSQL.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use storage::{Db, Options};
use tokio::sync::OnceCell;

use crate::postgres::Postgres;
use crate::{folder, soon};

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The embedded one.
    Sqlite,
    /// The server.
    Postgres,
}

/// The name of SQLite's file in its folder.
const FILE: &str = "shop.db";

/// A database that is only copied.
#[derive(Debug)]
pub(crate) enum Template {
    /// SQLite's.
    File(PathBuf),
    /// One of the run's PostgreSQL, by its name.
    Database(String),
}

/// A database that only this test uses, deleted with the test.
#[derive(Debug)]
pub struct TestDatabase {
    /// Its address, for the setting.
    pub url: String,
    folder: Option<PathBuf>,
    /// The run's server, if the database is on it.
    server: Option<&'static Postgres>,
}

/// A folder of a test's own.
///
/// # Panics
///
/// When it cannot be created.
#[must_use]
pub fn own_folder() -> PathBuf {
    static NUMBER: AtomicU64 = AtomicU64::new(0);
    let number = NUMBER.fetch_add(1, Ordering::SeqCst);
    let folder = std::env::temp_dir().join(format!("latchkey-test-{}-{number}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the test");
    folder
}

/// The folder of SQLite's templates.
fn templates() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| folder::of_this_process("latchkey-templates-").expect("a folder for templates"))
}

impl TestDatabase {
    /// An empty database, without a schema.
    ///
    /// # Panics
    ///
    /// When it cannot be created: then no test can run.
    pub async fn empty(kind: Kind) -> Self {
        match kind {
            Kind::Sqlite => {
                let folder = own_folder();
                Self {
                    url: format!("sqlite://{}", folder.join(FILE).display()),
                    folder: Some(folder),
                    server: None,
                }
            }
            Kind::Postgres => {
                let postgres = Postgres::shared().await.expect("a PostgreSQL");
                Self {
                    url: postgres.database().await.expect("a database"),
                    folder: None,
                    server: Some(postgres),
                }
            }
        }
    }

    /// A database with the schema: a copy of one that was migrated once.
    ///
    /// # Panics
    ///
    /// When it cannot be created: then no test can run.
    pub async fn migrated(kind: Kind) -> Self {
        static TEMPLATES: [OnceCell<Template>; 2] = [OnceCell::const_new(), OnceCell::const_new()];
        let template = TEMPLATES[kind as usize].get_or_init(|| {
            Box::pin(async {
                let made = Self::empty(kind).await;
                let db = made.open().await;
                db.migrate().await.expect("migrations");
                made.into_template(db).await
            })
        });
        Self::copy_of(template.await).await
    }

    /// Turns it into a template, which exists as long as the process; `db` is closed for all its holders.
    pub(crate) async fn into_template(mut self, db: Db) -> Template {
        db.close().await.expect("a template that nobody uses");
        match self.folder.take() {
            Some(folder) => {
                let log = folder.join(format!("{FILE}-wal"));
                soon("the log is folded into the file", async || !log.exists()).await;
                let kept = templates().join(folder.file_name().expect("a name"));
                std::fs::rename(folder.join(FILE), &kept).expect("a template");
                std::fs::remove_dir_all(folder).expect("an empty folder");
                Template::File(kept)
            }
            None => {
                let postgres = self.server.take().expect("the run's PostgreSQL");
                let name = self.url.rsplit('/').next().unwrap_or_default().to_owned();
                postgres.leave_alone(&name).await.expect("a template that nobody uses");
                Template::Database(name)
            }
        }
    }

    /// A copy of a template.
    pub(crate) async fn copy_of(template: &Template) -> Self {
        match template {
            Template::File(file) => {
                let made = Self::empty(Kind::Sqlite).await;
                let folder = made.folder.as_ref().expect("a folder");
                std::fs::copy(file, folder.join(FILE)).expect("a copy of the template");
                made
            }
            Template::Database(name) => {
                let postgres = Postgres::shared().await.expect("a PostgreSQL");
                let url = postgres.copy(name).await.expect("a copy of the template");
                let made = Self {
                    url,
                    folder: None,
                    server: Some(postgres),
                };
                // The copy is another database than the template, which its first process would find out.
                let db = made.open().await;
                db.migrate().await.expect("a count of its own");
                db.close().await.expect("a database that nobody uses yet");
                made
            }
        }
    }

    /// The same on a server of the test's own.
    ///
    /// # Panics
    ///
    /// When it cannot be created: then no test can run.
    pub async fn migrated_on(postgres: &Postgres) -> Self {
        let url = postgres.database().await.expect("a database");
        let made = Self {
            url,
            folder: None,
            server: None,
        };
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
            // Leftovers are in the system's folder for temporary files.
            let _ignored = std::fs::remove_dir_all(folder);
        }
        if let Some(server) = self.server {
            server.forget(&self.url);
        }
    }
}
