//! Signed status notifications, sent to a shop on this machine.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::clock;
use crate::dice::mix;
use crate::state::Shop;

/// The most deliveries that are stored.
const MOST_DELIVERIES: usize = 10_000;
const MOST_REPEATS: u32 = 1_000;
const LONGEST_DELAY: u64 = 600_000;
const PATIENCE: Duration = Duration::from_secs(10);

/// The body of `POST /_sandbox/notify`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Order {
    order_id: String,
    status: String,
    repeat: Option<u32>,
    delay_ms: Option<u64>,
    target: String,
    secret: String,
}

/// The result of one delivery, as the ledger shows it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Delivery {
    event_id: String,
    order_id: String,
    #[serde(rename = "type")]
    kind: &'static str,
    /// The HTTP status of the answer; `None` without one.
    answer: Option<u16>,
    /// Why there was no answer.
    error: Option<String>,
}

/// The last deliveries, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Notifications {
    deliveries: VecDeque<Delivery>,
    sent: u64,
}

impl Notifications {
    pub(crate) fn deliveries(&self) -> Vec<Delivery> {
        self.deliveries.iter().cloned().collect()
    }

    fn keep(&mut self, delivery: Delivery) {
        if self.deliveries.len() == MOST_DELIVERIES {
            self.deliveries.pop_front();
        }
        self.deliveries.push_back(delivery);
    }
}

/// The notification itself, in the shop's format.
#[derive(Serialize)]
struct Event<'a> {
    event_id: &'a str,
    order_id: &'a str,
    #[serde(rename = "type")]
    kind: &'static str,
    payload: &'a RawValue,
    nonce: String,
    timestamp: i64,
    signature: String,
}

/// Checks an order and sends in the background; returns the event's id.
///
/// # Errors
///
/// What is wrong with the order.
pub(crate) fn send(shop: &Arc<Shop>, order: Order) -> Result<String, String> {
    let target = target(&order.target)?;
    let repeat = order.repeat.unwrap_or(1);
    if !(1..=MOST_REPEATS).contains(&repeat) {
        return Err(format!("repeat: 1 to {MOST_REPEATS}"));
    }
    let delay = order.delay_ms.unwrap_or(0);
    if delay > LONGEST_DELAY {
        return Err(format!("delayMs: at most {LONGEST_DELAY}"));
    }
    let client = client().map_err(|error| error.to_string())?;
    let mut memory = shop.memory();
    memory.notifications.sent += 1;
    // Not only by the seed: a shop accepts an event only once, and may have outlived an earlier run of the sandbox.
    let salt = mix(
        shop.settings.seed ^ clock::millis().unsigned_abs(),
        memory.notifications.sent,
    );
    drop(memory);
    let event_id = format!("{:016x}{:016x}", mix(salt, 1), mix(salt, 2));
    let nonce = format!("{:016x}{:016x}", mix(salt, 3), mix(salt, 4));
    let (task, id) = (Arc::clone(shop), event_id.clone());
    tokio::spawn(async move {
        let work = async {
            tokio::time::sleep(Duration::from_millis(delay)).await;
            // One body for all: a repeated event has the same bytes.
            let Ok(body) = event(&order, &id, nonce) else { return };
            for _ in 0..repeat {
                let delivery = deliver(&client, &target, &order, &id, body.clone()).await;
                task.memory().notifications.keep(delivery);
            }
        };
        tokio::select! {
            () = work => {}
            () = task.stop.cancelled() => {}
        }
    });
    Ok(event_id)
}

/// The address of a shop on this machine, by plain HTTP: a test's supplier must not call any other host.
fn target(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|error| format!("target: {error}"))?;
    let host = url.host_str().unwrap_or_default();
    let local = host == "localhost"
        || host
            .trim_matches(['[', ']'])
            .parse::<IpAddr>()
            .is_ok_and(|address| address.to_canonical().is_loopback());
    if url.scheme() != "http" || !local {
        return Err("target: http on this machine only".into());
    }
    Ok(url)
}

fn client() -> reqwest::Result<Client> {
    // A client cannot be built without a provider, although only plain HTTP is used here. It may be installed already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .timeout(PATIENCE)
        .build()
}

fn kind(status: &str) -> &'static str {
    match status {
        "complete" | "completed" => "order.completed",
        "failed" | "canceled" | "cancelled" => "order.failed",
        _ => "order.status_changed",
    }
}

fn event(order: &Order, event_id: &str, nonce: String) -> serde_json::Result<Vec<u8>> {
    let payload = serde_json::value::to_raw_value(&serde_json::json!({"status": order.status}))?;
    let (kind, timestamp) = (kind(&order.status), clock::millis());
    let signature = signature(
        &order.secret,
        [event_id, &order.order_id, kind, &timestamp.to_string(), &nonce],
        payload.get().as_bytes(),
    );
    serde_json::to_vec(&Event {
        event_id,
        order_id: &order.order_id,
        kind,
        payload: &payload,
        nonce,
        timestamp,
        signature,
    })
}

/// Lower-case hex HMAC-SHA256 over the five fields and the hash of the payload's bytes, one per line.
fn signature(secret: &str, fields: [&str; 5], payload: &[u8]) -> String {
    let text = format!("{}\n{}", fields.join("\n"), hex::encode(Sha256::digest(payload)));
    Hmac::<Sha256>::new_from_slice(secret.as_bytes()).map_or_else(
        // HMAC accepts a key of any length.
        |_| String::new(),
        |mac| hex::encode(mac.chain_update(text).finalize().into_bytes()),
    )
}

async fn deliver(client: &Client, target: &Url, order: &Order, event_id: &str, body: Vec<u8>) -> Delivery {
    let sent = client
        .post(target.clone())
        .header("content-type", "application/json")
        .body(body)
        .send()
        .await;
    let (answer, error) = match sent {
        Ok(response) => (Some(response.status().as_u16()), None),
        Err(error) => (None, Some(error.without_url().to_string())),
    };
    Delivery {
        event_id: event_id.to_owned(),
        order_id: order.order_id.clone(),
        kind: kind(&order.status),
        answer,
        error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_the_one_that_other_programs_compute() {
        // printf 'e\no\nt\n1\nn\n%s' "$(printf '{}' | sha256sum | cut -d' ' -f1)" | openssl dgst -sha256 -hmac secret
        assert_eq!(
            signature("secret", ["e", "o", "t", "1", "n"], b"{}"),
            "c71c6575034fd9cd985685938eea3e947c436b0b01a6ab40fed274ce0fb35613"
        );
    }

    #[test]
    fn targets_are_on_this_machine() {
        for good in [
            "http://127.0.0.1:8080/api/g2a/webhook",
            "http://localhost:1/",
            "http://[::1]:8080/",
        ] {
            assert!(target(good).is_ok(), "{good}");
        }
        for bad in [
            "https://127.0.0.1/",
            "http://192.0.2.1/",
            "http://example.org/",
            "http://127.0.0.1.example.org/",
            "x",
        ] {
            assert!(target(bad).is_err(), "{bad}");
        }
    }
}
