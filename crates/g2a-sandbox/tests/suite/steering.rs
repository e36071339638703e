//! The control calls: malformed products, shifted pages, notifications, and callers without permission.

use std::collections::HashSet;
use std::net::{IpAddr, UdpSocket};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use g2a_sandbox::{Sandbox, Settings};
use hmac::{KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Digest as _;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::{ample, control, faults, hash_header, http, sandbox};

async fn ids(sandbox: &Sandbox, page: u32) -> Vec<String> {
    let url = format!("{}/v1/products?includeOutOfStock=true&page={page}", sandbox.url());
    let answer = http()
        .get(url)
        .header("authorization", hash_header())
        .send()
        .await
        .unwrap();
    let answer: Value = serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap();
    let docs = answer["docs"].as_array().unwrap();
    docs.iter().map(|doc| doc["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn pages_shift_and_repeat_while_they_are_read() {
    let sandbox = ample().await;
    let mut still = Vec::new();
    for page in 1..=5 {
        still.push(ids(&sandbox, page).await);
    }
    faults(&sandbox, json!({"shiftPages": true})).await;
    let mut moved = Vec::new();
    for page in 1..=5 {
        moved.extend(ids(&sandbox, page).await);
    }
    let seen: HashSet<_> = moved.iter().collect();
    assert!(seen.len() < moved.len(), "no duplicate");
    assert!(still.concat().iter().any(|id| !seen.contains(id)), "no gap");
    faults(&sandbox, json!({"repeatPage": 1})).await;
    assert_eq!(ids(&sandbox, 2).await, still[0]);
    assert_eq!(ids(&sandbox, 2).await, still[1]);
}

#[tokio::test]
async fn a_product_leaves_as_odd_as_it_was_made() {
    let sandbox = ample().await;
    let raw = json!({"minPrice": -1, "name": "<script>", "qty": "many", "description": null, "strange": [1]});
    let edit = json!({"raw": raw, "without": ["slug"]});
    let (status, _) = control(&sandbox, reqwest::Method::PATCH, "products/10000000024005", edit).await;
    assert_eq!(status, 200);
    let url = format!("{}/v1/products?id=10000000024005&includeOutOfStock=true", sandbox.url());
    let ask = async || {
        let answer = http()
            .get(&url)
            .header("authorization", hash_header())
            .send()
            .await
            .unwrap();
        answer.text().await.unwrap()
    };
    let product = serde_json::from_str::<Value>(&ask().await).unwrap()["docs"][0].clone();
    for (name, value) in raw.as_object().unwrap() {
        assert_eq!(&product[name], value, "{name}");
    }
    assert!(product.get("slug").is_none() && product.get("images").is_some());
    // What no float can hold leaves as it was written.
    let body = "{\"raw\": {\"minPrice\": 1e999, \"qty\": 12345678901234567890123}}";
    let patch = http()
        .patch(format!("{}/_sandbox/products/10000000024005", sandbox.url()))
        .body(body);
    assert_eq!(patch.send().await.unwrap().status(), 200);
    let text = ask().await;
    assert!(
        text.contains("\"minPrice\":1e999") && text.contains("\"qty\":12345678901234567890123"),
        "{text}"
    );
}

#[tokio::test]
async fn strangers_may_buy_but_not_steer() {
    let listener = TcpListener::bind("0.0.0.0:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let sandbox = g2a_sandbox::start(listener, Settings::default()).await.unwrap();
    let ask = async |host: &str, name: &str, path: &str| {
        let request = http().get(format!("http://{host}:{port}{path}"));
        request
            .header("host", name)
            .header("authorization", hash_header())
            .send()
            .await
            .unwrap()
            .status()
    };
    assert_eq!(ask("127.0.0.1", "localhost:1", "/_sandbox/ledger").await, 200);
    assert_eq!(ask("127.0.0.1", "[::1]:1", "/_sandbox/ledger").await, 200);
    // A page of another site, whose name suddenly leads to this machine.
    assert_eq!(ask("127.0.0.1", "evil.example.org", "/_sandbox/ledger").await, 403);
    assert_eq!(ask("127.0.0.1", "supplier.example.org", "/v1/products").await, 200);
    let reset = http().post(format!(
        "{}/_sandbox/reset",
        sandbox.url().replace("0.0.0.0", "127.0.0.1")
    ));
    let reset = reset.header("origin", "https://evil.example.org").send().await.unwrap();
    assert_eq!(reset.status(), 403);
    if let Some(outside) = address() {
        let outside = outside.to_string();
        assert_eq!(ask(&outside, &outside, "/_sandbox/ledger").await, 403);
        assert_eq!(ask(&outside, &outside, "/v1/products").await, 200);
    }
    sandbox.stop().await;
}

/// This machine's address in its network, if it is in one; nothing is sent.
fn address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").unwrap();
    socket.connect("192.0.2.1:9").ok()?;
    Some(socket.local_addr().unwrap().ip()).filter(|address| !address.is_loopback())
}

/// Takes what is sent to it, answers 200, and keeps the bodies.
async fn mailbox() -> (String, Arc<Mutex<Vec<Value>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/api/g2a/webhook", listener.local_addr().unwrap());
    let kept = Arc::new(Mutex::new(Vec::new()));
    let keeper = Arc::clone(&kept);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut text = String::new();
            let mut piece = [0; 4096];
            while !text.ends_with("}") {
                let length = stream.read(&mut piece).await.unwrap();
                text.push_str(std::str::from_utf8(&piece[..length]).unwrap());
            }
            let body = text.split_once("\r\n\r\n").unwrap().1;
            keeper.lock().unwrap().push(serde_json::from_str(body).unwrap());
            let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
            stream.write_all(answer).await.unwrap();
        }
    });
    (url, kept)
}

fn signature(event: &Value) -> String {
    let text = |name: &str| event[name].as_str().unwrap().to_owned();
    let payload = hex::encode(sha2::Sha256::digest(event["payload"].to_string()));
    let (time, kind) = (event["timestamp"].to_string(), text("type"));
    let signed = [text("event_id"), text("order_id"), kind, time, text("nonce"), payload].join("\n");
    let mac = hmac::Hmac::<sha2::Sha256>::new_from_slice(b"a secret of the shop").unwrap();
    hex::encode(mac.chain_update(signed).finalize().into_bytes())
}

#[tokio::test]
async fn notifications_are_signed_and_repeated_to_the_byte() {
    let sandbox = sandbox(Settings::default()).await;
    let (target, kept) = mailbox().await;
    let notify = async |edit: &[(&str, Value)]| {
        let mut body =
            json!({"orderId": "123", "status": "complete", "target": target, "secret": "a secret of the shop"});
        for (name, value) in edit {
            body[name] = value.clone();
        }
        control(&sandbox, reqwest::Method::POST, "notify", body).await
    };
    assert_eq!(notify(&[("repeat", json!(2))]).await.0, 202);
    assert_eq!(
        notify(&[("status", json!("processing")), ("delayMs", json!(50))])
            .await
            .0,
        202
    );
    for (name, value) in [
        ("target", json!("http://192.0.2.1/")),
        ("target", json!("https://127.0.0.1/")),
        ("repeat", json!(0)),
        ("unknown", json!(1)),
    ] {
        assert_eq!(notify(&[(name, value)]).await.0, 400, "{name}");
    }
    let delivered = async {
        loop {
            let (_, ledger) = control(&sandbox, reqwest::Method::GET, "ledger", json!({})).await;
            if ledger["notifications"].as_array().unwrap().len() == 3 {
                return ledger["notifications"].clone();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let delivered = tokio::time::timeout(Duration::from_secs(5), delivered).await.unwrap();
    assert!(
        delivered.as_array().unwrap().iter().all(|one| one["answer"] == 200),
        "{delivered}"
    );
    let kept = kept.lock().unwrap().clone();
    let of = |kind: &str| kept.iter().filter(|event| event["type"] == kind).collect::<Vec<_>>();
    let (completed, changed) = (of("order.completed"), of("order.status_changed"));
    assert_eq!((completed.len(), changed.len()), (2, 1));
    assert_eq!(completed[0], completed[1]);
    assert_ne!(completed[0]["event_id"], changed[0]["event_id"]);
    assert_ne!(completed[0]["nonce"], changed[0]["nonce"]);
    for event in &kept {
        assert_eq!(event["signature"], json!(signature(event)));
    }
    assert!(!format!("{delivered}").contains("secret"));
}
