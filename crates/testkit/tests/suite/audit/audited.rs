//! A shop in a process of its own, and its audit beside it.

use std::path::PathBuf;
use std::time::Duration;

use domain::touch::Touch;
use serde_json::Value;
use testkit::database::own_folder;
use testkit::program::{self, http};
use testkit::world::{self, MASTER_KEY};
use testkit::{Caching, Kind, Program, Redis, TestShop};

use crate::redis::forged::authenticated;

/// A shop of 93 games in a process of its own, and the settings that its audit shares with it.
pub(super) struct Audited {
    /// The database and what fills it.
    pub(super) rows: TestShop,
    pub(super) shop: Program,
    pub(super) folder: PathBuf,
    pub(super) settings: Vec<(&'static str, String)>,
}

/// How an audit ended: its exit code and what it said.
pub(super) type Told = (Option<i32>, String);

impl Audited {
    pub(super) async fn on(kind: Kind, redis: Option<&str>) -> Self {
        let rows = TestShop::with(kind, Caching::None, g2a_sandbox::Settings::default()).await;
        rows.sync().await;
        let mut settings = vec![
            ("DATABASE_URL", rows.database.url.clone()),
            ("LATCHKEY__SERVER__PUBLIC_URL", "https://shop.example".to_owned()),
        ];
        settings.extend(redis.map(|url| ("REDIS_URL", url.to_owned())));
        settings.push(("LATCHKEY__KEYS__MASTER_KEY", MASTER_KEY.to_owned()));
        // A busy machine must not make the shop do without it.
        settings.push(("LATCHKEY__REDIS__ANSWER_MS", "5000".to_owned()));
        let folder = own_folder();
        let environment: Vec<(&str, &str)> = settings.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let shop = Program::serve_with(&folder, &["--no-demo"], &environment).await;
        Self {
            rows,
            shop,
            folder,
            settings,
        }
    }

    pub(super) async fn audit(&self, arguments: &[&str]) -> Told {
        let mut command = program::latchkey(&self.folder, &[&["audit", "--no-demo"], arguments].concat());
        let ended = command.envs(self.settings.iter().cloned()).output().await.unwrap();
        let said = String::from_utf8(ended.stdout).unwrap();
        let log = String::from_utf8_lossy(&ended.stderr);
        assert!(!said.is_empty(), "{log}");
        (ended.status.code(), said)
    }

    pub(super) async fn json(&self) -> (Option<i32>, Value) {
        let (code, said) = self.audit(&["--json"]).await;
        (code, serde_json::from_str(&said).unwrap())
    }

    /// Asks until a value of each of these addresses lies in Redis. One that Redis took too long to take is not put again:
    /// after a while all are made anew.
    pub(super) async fn warm(&self, redis: &Redis, addresses: &[String]) {
        let kept = async || {
            let names = redis.keys("latchkey:").await;
            names.iter().filter(|name| !name.contains("lease:")).count()
        };
        let warmed = async {
            for round in 1_u32.. {
                for address in addresses {
                    let answer = http().get(format!("{}{address}", self.shop.url)).send().await.unwrap();
                    assert_eq!(answer.status(), 200, "{address}");
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
                if kept().await >= addresses.len() {
                    return;
                }
                if round.is_multiple_of(20) {
                    redis.ask::<()>(&::redis::cmd("FLUSHALL")).await;
                    let mut tx = self.rows.db.begin().await.unwrap();
                    tx.touch(Touch::Everything);
                    tx.commit().await.unwrap();
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(60), warmed).await.unwrap();
    }

    /// Changes rows past the shop, and touches nothing.
    pub(super) async fn change(&self, sql: &str) {
        let tx = self.rows.db.begin().await.unwrap();
        assert!(tx.execute_for_test(sql).await.unwrap() > 0, "{sql}");
        tx.commit().await.unwrap();
    }
}

/// Writes another price into a cached value and authenticates it as the shop does.
pub(super) async fn falsify(redis: &Redis, key: &str, right: &str, wrong: &str) {
    let mut get = ::redis::cmd("GET");
    let mut bytes: Vec<u8> = redis.ask(get.arg(key)).await;
    let at = bytes
        .windows(right.len())
        .position(|part| part == right.as_bytes())
        .unwrap();
    bytes[at..at + wrong.len()].copy_from_slice(wrong.as_bytes());
    let bytes = authenticated(bytes, &world::secrets().cache_key);
    let mut set = ::redis::cmd("SET");
    redis.ask::<()>(set.arg(key).arg(bytes).arg("KEEPTTL")).await;
}
