//! How far a sync is, as operators ask over HTTP.

use serde_json::json;
use testkit::{Kind, TestShop, on_both_databases, soon};

const PATH: &str = "/api/admin/g2a/sync-progress";

#[on_both_databases]
async fn staff_see_how_far_it_is_and_nobody_else_does(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let (mut guest, mut customer) = (shop.guest(), shop.customer("ada@example.org").await);
    let mut staff = shop.staff().await;
    let mut forged = shop.guest();
    forged.token = Some("eyJhbGciOiJub25lIn0.e30.".to_owned());
    for (person, status, code) in [
        (&mut guest, 401, "AUTH001"),
        (&mut forged, 401, "AUTH001"),
        (&mut customer, 403, "AUTH003"),
    ] {
        let answer = person.get(PATH).await;
        assert_eq!((answer.status, answer.code()), (status, code));
    }
    let answer = staff.get(PATH).await;
    assert_eq!(
        (answer.status, answer.body),
        (200, json!({"success": true, "data": {"status": "idle"}}))
    );
    // In the middle of it.
    shop.set_faults(&json!({"latencyMs": {"ms": 3_000, "count": 5}})).await;
    let running = shop.shop.clone();
    let running = tokio::spawn(async move { running.sync().catalogue("a test", &|_| true).await });
    let mut body = json!(null);
    soon("it runs", async || {
        body = staff.get(PATH).await.body;
        body["data"]["status"] == "running"
    })
    .await;
    assert_eq!(
        (&body["data"]["kind"], &body["data"]["holder"]),
        (&json!("full"), &json!("a test"))
    );
    running.await.unwrap().unwrap();
    let body = staff.get(PATH).await.body;
    let data = &body["data"];
    for (field, value) in [
        ("status", json!("complete")),
        ("phase", json!("asking")),
        ("read", json!(93)),
        ("total", json!(93)),
        ("percent", json!(100)),
        ("added", json!(93)),
        ("errorCount", json!(0)),
        ("startedAt", json!("2026-11-23T04:00:00.000Z")),
    ] {
        assert_eq!(data[field], value, "{field}: {data}");
    }
    assert!(data["finishedAt"].is_string() && data.get("secondsLeft").is_none());
}
