//! What is never shown.

use super::{SUPPLIER, environment, environment_refusal, shown};

#[test]
fn secrets_are_never_shown() {
    let mut values = SUPPLIER.to_vec();
    values.extend([(
        "DATABASE_URL",
        "postgres://shop:hush-hush@db/shop?password=hush-hush&sslmode=require",
    )]);
    values.extend([
        ("G2A_WEBHOOK_SECRET", "hush-hush"),
        ("JWT_SECRET", "hush, thirty-two characters of it"),
        ("LATCHKEY__KEYS__MASTER_KEY", "hush, thirty-two characters more"),
        ("LATCHKEY__METRICS__TOKEN", "hush-hush"),
        ("REDIS_URL", "redis://:hush-hush@cache:6379/1"),
    ]);
    let loaded = environment(&values);
    assert!(
        loaded
            .provenance
            .iter()
            .all(|entry| !entry.shown_value.contains("hush"))
    );
    assert_eq!(shown(&loaded, "redis.url").0, "redis://:********@cache:6379/1");
    assert_eq!(shown(&loaded, "supplier.client_secret").0, "********");
    let message = environment_refusal(&[("LATCHKEY__METRICS__TOKEN", "hush hush")]);
    assert!(message.starts_with("setting `metrics.token`: expected "), "{message}");
    assert!(!message.contains("hush"), "{message}");
    for url in [
        "postgres//shop:hush@db",
        "mysql://shop:hush@db",
        "postgres://shop:hu/sh@db/x",
        "mysql://a/b?password=hush",
    ] {
        let message = environment_refusal(&[("DATABASE_URL", url)]);
        assert!(!message.contains("hush") && !message.contains("sh@"), "{message}");
    }
}
