//! A copy of the previous version's data folder and database, and a shop that starts on them.
//!
//! `fixtures/version-before/README.md` says how they were made.

use std::fs::{self, File, Permissions};
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cache::Cache;
use domain::clock::Clock;
use domain::money::BasisPoints;
use flate2::read::GzDecoder;
use g2a_sandbox::Sandbox;
use gateways::mail::{MailSender, Mailer};
use gateways::pictures::PictureStore;
use gateways::{G2aSupplier, Pictures};
use serde_json::Value;
use services::accounts::AccountRules;
use services::mails::MailRules;
use services::orders::OrderRules;
use services::pictures::PictureRules;
use services::sync::SyncRules;
use services::wallets::WalletRules;
use services::{Parts, Shop, ShopSupplier};
use storage::{Db, Options};
use tokio::net::TcpListener;
use tokio_util::sync::DropGuard;
use vault::Secrets;

use crate::database::own_folder;
use crate::postgres::Postgres;
use crate::shop::PUBLIC_URL;
use crate::{Client, CountedIds, Kind, MailServer, SeededChance, SetClock, mail_server, node};

/// A data folder and a database of the previous version, for one test.
#[derive(Debug)]
pub struct VersionBefore {
    /// The data folder.
    pub folder: PathBuf,
    /// The database's address; on SQLite it is in the folder.
    pub url: String,
    /// What the previous version answered.
    pub recorded: Value,
}

/// A shop of this version on the previous version's data, minutes after that stopped.
pub struct Taken {
    /// The shop.
    pub shop: Shop,
    /// Its database.
    pub db: Db,
    /// Its supplier, the same as the previous version's.
    pub sandbox: Sandbox,
    /// `http://127.0.0.1:PORT`.
    pub url: String,
    _stop: DropGuard,
}

impl VersionBefore {
    /// A copy for one test.
    ///
    /// # Panics
    /// When it cannot be made.
    pub async fn copy(kind: Kind) -> Self {
        let kept = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/version-before");
        let kept = kept.join(if kind == Kind::Sqlite { "sqlite" } else { "postgres" });
        let folder = own_folder().join("latchkey-data");
        fs::create_dir(&folder).expect("a data folder");
        for secret in ["master-key", "jwt-secret"] {
            let copy = folder.join(secret);
            fs::copy(kept.join("data").join(secret), &copy).expect("a secret");
            fs::set_permissions(copy, Permissions::from_mode(0o600)).expect("the owner's eyes alone");
        }
        let url = match kind {
            Kind::Sqlite => {
                let file = folder.join("latchkey.db");
                fs::write(&file, unpacked(&kept.join("data/latchkey.db.gz"))).expect("a database");
                format!("sqlite://{}", file.display())
            }
            Kind::Postgres => {
                let postgres = Postgres::shared().await.expect("a PostgreSQL");
                let dump = unpacked(&kept.join("database.sql.gz"));
                postgres.load(&dump).await.expect("a database")
            }
        };
        let recorded = fs::read(kept.join("recorded.json")).expect("what was recorded");
        Self {
            folder,
            url,
            recorded: serde_json::from_slice(&recorded).expect("JSON"),
        }
    }

    /// Opens only the database; its schema is not changed.
    ///
    /// # Panics
    /// When it cannot be opened.
    pub async fn open(&self) -> Db {
        let opened = Db::open(&self.url, Options::default()).await;
        opened.expect("the old database opens")
    }

    /// Starts a shop on it, as `serve` does.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn taken(&self, mail: Option<&MailServer>) -> Taken {
        let db = self.open().await;
        db.migrate().await.expect("migrations");
        let supplier = g2a_sandbox::Settings {
            rate_per_minute: 1_000_000,
            ..g2a_sandbox::Settings::default()
        };
        let credentials = g2a::Credentials {
            client_id: supplier.client_id.clone(),
            email: supplier.email.clone(),
            client_secret: supplier.client_secret.clone(),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let sandbox = g2a_sandbox::start(listener, supplier).await.expect("a supplier");
        let api = format!("{}/v1", sandbox.url()).parse().expect("a URL");
        let pace = Arc::new(g2a::LocalPace::per_minute(1_000_000));
        let clock = SetClock::at(self.recorded["recordedAtMicros"].as_i64().expect("a time"));
        let secret = |name: &str| fs::read_to_string(self.folder.join(name)).expect("a secret");
        let shop = Shop::new(Parts {
            db: db.clone(),
            cache: Cache::in_memory(64 * 1024 * 1024),
            suppliers: vec![ShopSupplier::g2a(
                Some(Arc::new(
                    G2aSupplier::new(g2a::Settings::new(api, credentials), pace).expect("a gateway"),
                )),
                BasisPoints::new(200),
            )],
            clock: Arc::new(clock) as Arc<dyn Clock>,
            ids: Arc::new(CountedIds::default()),
            chance: Arc::new(SeededChance::default()),
            secrets: Secrets::new(
                secret("master-key").trim(),
                secret("jwt-secret").trim(),
                Arc::new(SeededChance::default()),
            ),
            sync: SyncRules::default(),
            accounts: AccountRules::default(),
            wallets: WalletRules::default(),
            orders: OrderRules::default(),
            mail: MailRules {
                mailer: mail.map(|server| {
                    let server = gateways::mail::MailServer::parse(&server.url()).expect("a mail server's address");
                    let sender = MailSender::parse("Latchkey <shop@example.org>").expect("a sender");
                    Mailer::new(server, sender, PUBLIC_URL)
                }),
                secrets_shown: false,
            },
            pictures: PictureRules {
                source: Pictures::new(None).expect("a client"),
                store: PictureStore::in_folder(&self.folder.join("pictures"), 16 * 1024 * 1024),
            },
            public_url: PUBLIC_URL.to_owned(),
        });
        let (url, stop) = node::serve(&shop).await;
        Taken {
            shop,
            db,
            sandbox,
            url,
            _stop: stop,
        }
    }
}

impl Taken {
    /// A new visitor.
    #[must_use]
    pub fn guest(&self) -> Client {
        Client::at(&self.url)
    }

    /// Runs the shop's jobs as `serve` does, without a timetable, until the guard is dropped.
    #[must_use]
    pub fn at_work(&self) -> DropGuard {
        mail_server::at_work(&self.shop)
    }
}

impl Drop for VersionBefore {
    fn drop(&mut self) {
        if let Some(own) = self.folder.parent() {
            // Leftovers are in the system's folder for temporary files.
            let _ignored = fs::remove_dir_all(own);
        }
    }
}

fn unpacked(file: &Path) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut packed = GzDecoder::new(File::open(file).expect("a file of the fixture"));
    packed.read_to_end(&mut bytes).expect("a file that is whole");
    bytes
}
