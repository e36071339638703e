//! A shop whose checkouts run in processes that a test kills; its customers and its stock are made in the test's process.

use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use testkit::database::own_folder;
use testkit::program::{self, http};
use testkit::world::{JWT_SECRET, MASTER_KEY};
use testkit::{Kind, Program, TestShop};
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;

use super::{Buyer, GameId, items};

/// The file whose existence arms the fail point of a process.
const ARMED: &str = "armed";

/// A shop, and what processes on its database share.
pub(super) struct Processes {
    pub(super) shop: TestShop,
    folder: PathBuf,
    settings: Vec<(&'static str, String)>,
}

/// What a request for an order was answered.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct OrderAnswer {
    pub(super) status: u16,
    pub(super) text: String,
}

impl OrderAnswer {
    /// The order's id.
    pub(super) fn order(&self) -> String {
        let body: Value = serde_json::from_str(&self.text).unwrap();
        body["data"]["id"].as_str().unwrap().to_owned()
    }
}

/// What the clocks of processes show, since the epoch.
#[expect(
    clippy::disallowed_types,
    clippy::disallowed_methods,
    reason = "a process has the machine's clock, and what the test does beside it must not seem to be of another day"
)]
fn time_of_processes() -> Duration {
    let now = std::time::SystemTime::now();
    now.duration_since(std::time::UNIX_EPOCH).unwrap()
}

impl Processes {
    /// On a shop after its first sync, whose clock shows what the processes' clocks do.
    pub(super) async fn on(kind: Kind) -> Self {
        let shop = TestShop::filled(kind).await;
        let now = time_of_processes();
        let shown = Duration::from_micros(u64::try_from(shop.shop.now().as_micros()).unwrap());
        if now > shown {
            shop.clock.pass(now - shown);
        } else {
            shop.clock.back(shown - now);
        }
        let settings = vec![
            ("DATABASE_URL", shop.database.url.clone()),
            ("JWT_SECRET", JWT_SECRET.to_owned()),
            ("LATCHKEY__KEYS__MASTER_KEY", MASTER_KEY.to_owned()),
            ("LATCHKEY__LIMITS__ENABLED", "false".to_owned()),
            ("LATCHKEY__LOG__FILTER", "warn".to_owned()),
        ];
        Self {
            shop,
            folder: own_folder(),
            settings,
        }
    }

    /// Starts a process that serves.
    pub(super) async fn serve(&self) -> Program {
        self.serve_with(&[]).await
    }

    /// The same, which stops at this fail point once [`arm`](Self::arm) was called.
    pub(super) async fn serve_to_stop_at(&self, step: &str) -> Program {
        let armed = self.folder.join(ARMED);
        let file = armed.to_str().unwrap();
        self.serve_with(&[("LATCHKEY_STOP_AT", step), ("LATCHKEY_STOP_FROM", file)])
            .await
    }

    async fn serve_with(&self, besides: &[(&str, &str)]) -> Program {
        let mut settings: Vec<(&str, &str)> = self.settings.iter().map(|(name, value)| (*name, &**value)).collect();
        settings.extend(besides);
        Program::serve_with(&self.folder, &["--no-demo"], &settings).await
    }

    /// From now on the fail point of a process stops it.
    pub(super) fn arm(&self) {
        std::fs::write(self.folder.join(ARMED), "").unwrap();
    }

    /// Waits until the process stops at its fail point, and kills it there.
    pub(super) async fn kill_at(&self, mut program: Program, step: &str) {
        program.said(&format!("stopped at {step}")).await;
        kill(program).await;
        std::fs::remove_file(self.folder.join(ARMED)).unwrap();
    }

    /// `latchkey` with these words, on the shop's database.
    pub(super) fn command(&self, words: &[&str]) -> Command {
        let mut command = program::latchkey(&self.folder, &[words, &["--no-demo"]].concat());
        command.envs(self.settings.iter().cloned());
        command
    }

    /// Runs a command to its end; returns its exit code and what it said.
    pub(super) async fn run(&self, words: &[&str]) -> (Option<i32>, String) {
        let ended = self.command(words).output().await.unwrap();
        let said = String::from_utf8_lossy(&ended.stdout).into_owned() + &String::from_utf8_lossy(&ended.stderr);
        (ended.status.code(), said)
    }

    /// Runs an audit, which finds nothing wrong.
    pub(super) async fn audit(&self) {
        let (code, said) = self.run(&["audit"]).await;
        assert_eq!(code, Some(0), "{said}");
    }
}

/// Runs a command until it stops at this fail point, and kills it there.
pub(super) async fn run_and_kill_at(mut command: Command, step: &str) {
    command.env("LATCHKEY_STOP_AT", step).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let stopped = format!("stopped at {step}");
    while lines.next_line().await.unwrap().expect("it stops before it ends") != stopped {}
    child.kill().await.unwrap();
}

/// Kills a process.
pub(super) async fn kill(program: Program) {
    program.signal("KILL").await;
    assert!(!program.ended().await.success());
}

/// Sends an order of one copy of each game with this idempotency key.
pub(super) async fn order(
    url: &str,
    buyer: &Buyer,
    games: &[GameId],
    key: &str,
) -> Result<OrderAnswer, reqwest::Error> {
    let request = http()
        .post(format!("{url}/api/orders"))
        .bearer_auth(buyer.client.token.as_deref().unwrap())
        .header("idempotency-key", key)
        .header("content-type", "application/json")
        .timeout(Duration::from_secs(10))
        .body(items(games).to_string());
    let answer = request.send().await?;
    Ok(OrderAnswer {
        status: answer.status().as_u16(),
        text: answer.text().await?,
    })
}

/// Posts nothing to a path.
pub(super) async fn post(url: &str, buyer: &Buyer, path: &str) -> Result<(u16, Value), reqwest::Error> {
    let request = http()
        .post(format!("{url}{path}"))
        .bearer_auth(buyer.client.token.as_deref().unwrap())
        .header("content-type", "application/json")
        .timeout(Duration::from_secs(10))
        .body(json!({}).to_string());
    let answer = request.send().await?;
    let status = answer.status().as_u16();
    Ok((status, serde_json::from_str(&answer.text().await?).unwrap_or_default()))
}
