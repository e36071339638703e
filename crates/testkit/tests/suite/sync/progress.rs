//! How far a sync is, as operators ask over HTTP.

use serde_json::{Value, json};
use testkit::shop::OPERATOR_TOKEN;
use testkit::{TestShop, on_both_databases, program};

const PATH: &str = "/api/admin/g2a/sync-progress";

async fn asked(shop: &TestShop, authorization: Option<&str>) -> (u16, Value) {
    let mut request = program::http().get(format!("{}{PATH}", shop.url));
    if let Some(value) = authorization {
        request = request.header("authorization", value);
    }
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap())
}

on_both_databases! {
    async fn operators_see_how_far_it_is_and_nobody_else_does(kind: Kind) {
        let shop = TestShop::open(kind).await;
        let token = format!("Bearer {OPERATOR_TOKEN}");
        for wrong in [None, Some("Bearer wrong"), Some(OPERATOR_TOKEN), Some("Basic eDp5")] {
            let (status, body) = asked(&shop, wrong).await;
            assert_eq!((status, &body["error"]["code"]), (401, &json!("AUTH001")), "{wrong:?}");
        }
        assert_eq!(asked(&shop, Some(&token)).await, (200, json!({"success": true, "data": {"status": "idle"}})));
        // In the middle of it.
        shop.set_faults(&json!({"latencyMs": {"ms": 700, "count": 5}})).await;
        let running = shop.shop.clone();
        let running = tokio::spawn(async move { running.sync_catalogue("a test", &|_| true).await });
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        let (_, body) = asked(&shop, Some(&token)).await;
        assert_eq!((&body["data"]["status"], &body["data"]["kind"], &body["data"]["holder"]), (&json!("running"), &json!("full"), &json!("a test")));
        running.await.unwrap().unwrap();
        let (_, body) = asked(&shop, Some(&token)).await;
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
}
