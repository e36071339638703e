//! Tests that secrets are never shown.

use super::{SUPPLIER, Secret, SecretUrl, environment, environment_refusal, shown};

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

#[test]
fn whoever_is_called_a_secret_is_one_by_its_type() {
    let words = ["key", "secret", "token", "password", "authorization"];
    let names = environment(&[]).provenance.into_iter().map(|entry| entry.name);
    let secrets: Vec<String> = names
        .filter(|name| words.iter().any(|word| name.ends_with(word)))
        .collect();
    assert!(secrets.len() >= 4, "{secrets:?}");
    let variables: Vec<String> = secrets
        .iter()
        .map(|name| format!("LATCHKEY__{}", name.replace('.', "__").to_uppercase()))
        .collect();
    let mut values = SUPPLIER.to_vec();
    values.extend(
        variables
            .iter()
            .map(|variable| (variable.as_str(), "hush-hush-in-forty-characters-or-so-it-is")),
    );
    values.extend([
        ("DATABASE_URL", "postgres://shop:hush-hush@db/shop?password=hush-hush"),
        ("REDIS_URL", "redis://:hush-hush@cache:6379/1"),
        ("SMTP_URL", "smtps://shop:hush-hush@mail.example.org"),
        ("MAIL_FROM", "shop@example.org"),
    ]);
    let loaded = environment(&values);
    for name in &secrets {
        assert_eq!(shown(&loaded, name).0, "********", "{name} is not read as a Secret");
    }
    for entry in &loaded.provenance {
        assert!(!entry.shown_value.contains("hush"), "{} is shown", entry.name);
    }
    let printed = format!("{loaded:?} {loaded:#?}");
    assert!(
        printed.contains("api.example") && !printed.contains("hush"),
        "{printed}"
    );
}

#[test]
fn no_format_prints_a_secret() {
    let (secret, url) = (Secret::new("hush"), SecretUrl::new("redis://:hush@cache".to_owned()));
    assert_eq!((*secret.reveal(), url.reveal()), ("hush", "redis://:hush@cache"));
    assert_eq!(
        format!("{secret} {secret:?} {:?}", Some(&secret)),
        "******** ******** Some(********)"
    );
    assert_eq!(
        format!("{url} {url:?}"),
        "redis://:********@cache redis://:********@cache"
    );
}
