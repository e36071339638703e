//! An operator who invalidates patterns at one node or another.

use std::process::Stdio;
use std::time::Duration;

use reqwest::Method;
use serde_json::json;
use tokio::io::AsyncWriteExt as _;

use super::Stage;
use super::readers::{Seen, chosen};
use crate::program::latchkey;
use crate::{Client, PASSWORD};

const EMAIL: &str = "operator@example.org";
const PATTERNS: [&str; 5] = ["game:*", "home:*", "catalog:*", "user:*", "*"];
/// Longer than any node may need.
const PATIENCE: Duration = Duration::from_secs(5);

/// Creates the account, without using any node.
pub(super) async fn make_operator(stage: &Stage) {
    let mut command = latchkey(&stage.folder, &["--no-demo", "make-admin", EMAIL, "--password-stdin"]);
    let mut child = command
        .envs(stage.environment(&stage.database.url, &stage.redis.url()))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .expect("latchkey runs");
    let mut typed = child.stdin.take().expect("its input");
    let line = format!("{PASSWORD}\n");
    typed.write_all(line.as_bytes()).await.expect("a password");
    drop(typed);
    assert!(child.wait().await.expect("an end").success(), "an operator");
}

/// A signed-in staff member.
pub(super) struct Operator {
    token: Option<String>,
}

impl Operator {
    /// Signs in, before any disturbance.
    pub(super) async fn of(stage: &Stage) -> Self {
        let url = stage.nodes[0].url.lock().expect("no panic").clone();
        let mut client = Client::at(&url);
        let answer = client.sign_in(EMAIL, PASSWORD).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        Self { token: client.token }
    }

    /// Invalidates the pattern for `number` at this node, which may be down or cut off.
    pub(super) async fn invalidate(&self, url: &str, number: u64, seen: &mut Seen) {
        let pattern = *chosen(&PATTERNS, number);
        let mut client = Client::at(url);
        client.token.clone_from(&self.token);
        let body = json!({"pattern": pattern});
        let asked = client.try_ask(Method::POST, "/api/admin/cache/invalidate", Some(&body));
        match tokio::time::timeout(PATIENCE, asked).await {
            Ok(Ok(answer)) if answer.status == 200 => seen.operations += 1,
            Ok(Ok(answer)) if answer.status != 503 => {
                seen.wrong
                    .push(format!("{} {} for the pattern {pattern}", answer.status, answer.body));
            }
            _away => {}
        }
    }
}
