//! Faults on demand with the real client: temporary ones are retried, permanent ones are reported.

use g2a::{Error, Priority};
use serde_json::{Value, json};

use super::{ample, any, client, control, faults, settings_of};

#[tokio::test]
async fn passing_faults_are_retried() {
    let sandbox = ample().await;
    let client = client(settings_of(&sandbox));
    for fault in [
        json!({"status": {"status": 500, "code": "API00", "count": 2}}),
        json!({"rateLimit": {"retryAfter": 0, "count": 2}}),
        json!({"dropBefore": {"count": 2}}),
        json!({"truncate": {"count": 2}}),
        json!({"malformed": {"count": 2}}),
        json!({"outage": {"count": 2}, "latencyMs": {"ms": 5}}),
    ] {
        faults(&sandbox, fault.clone()).await;
        let page = client.products(&any(), Priority::Crawl).await;
        assert!(page.is_ok_and(|page| page.products.len() == 20), "{fault}");
    }
    let (status, answer) = control(
        &sandbox,
        reqwest::Method::PUT,
        "faults",
        json!({"latencyMs": {"millis": 1}}),
    )
    .await;
    assert_eq!(status, 400);
    assert!(answer["message"].as_str().unwrap().contains("millis"), "{answer}");
}

#[tokio::test]
async fn lasting_faults_are_reported() {
    let sandbox = ample().await;
    let patient = client(settings_of(&sandbox));
    let ask = async |fault: Value| {
        faults(&sandbox, fault).await;
        patient.products(&any(), Priority::Crawl).await.unwrap_err()
    };
    assert!(matches!(ask(json!({"dropBefore": {}})).await, Error::Connection(_)));
    assert!(matches!(ask(json!({"truncate": {}})).await, Error::Connection(_)));
    assert!(matches!(ask(json!({"malformed": {}})).await, Error::Malformed { .. }));
    assert!(matches!(
        ask(json!({"outage": {}})).await,
        Error::Status { status: 503, .. }
    ));
    let mut settings = settings_of(&sandbox);
    settings.total_timeout = std::time::Duration::from_millis(300);
    let in_haste = client(settings);
    faults(&sandbox, json!({"latencyMs": {"ms": 5000}})).await;
    let late = in_haste.products(&any(), Priority::Crawl).await;
    assert!(matches!(late, Err(Error::Timeout)));
    control(&sandbox, reqwest::Method::DELETE, "faults", json!({})).await;
    assert!(patient.products(&any(), Priority::Crawl).await.is_ok());
}

#[tokio::test]
async fn a_body_over_the_limit_is_not_read() {
    let sandbox = ample().await;
    let mut settings = settings_of(&sandbox);
    settings.max_body_bytes = 1000;
    assert_eq!(
        client(settings).products(&any(), Priority::Crawl).await.unwrap_err(),
        Error::TooLarge
    );
}
