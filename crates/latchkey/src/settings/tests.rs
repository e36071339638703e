//! Tests of precedence, of what is shown, and of the messages for mistakes.

mod accounts;
mod demo;
mod mail;
mod reach;
mod secrets;
mod suppliers;

use std::path::PathBuf;

use super::{DemoMode, Inputs, Loaded, LogFormat, Secret, SecretUrl, Settings, Source};

const SUPPLIER: [(&str, &str); 4] = [
    ("G2A_API_URL", "https://api.example/"),
    ("G2A_CLIENT_ID", "id"),
    ("G2A_EMAIL", "shop@example.org"),
    ("G2A_CLIENT_SECRET", "hush-hush"),
];

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

/// A settings file for the test `name` alone.
fn file(name: &str, text: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("latchkey-settings-{name}-{}.toml", std::process::id()));
    std::fs::write(&path, text).unwrap();
    path
}

fn environment(values: &[(&str, &str)]) -> Loaded {
    Settings::load(&Inputs {
        environment: pairs(values),
        ..Inputs::default()
    })
    .unwrap_or_else(|e| panic!("{e}"))
}

fn refusal(inputs: &Inputs) -> String {
    Settings::load(inputs).err().unwrap().to_string()
}

fn environment_refusal(values: &[(&str, &str)]) -> String {
    refusal(&Inputs {
        environment: pairs(values),
        ..Inputs::default()
    })
}

fn file_refusal(name: &str, text: &str) -> String {
    let path = file(name, text);
    let message = refusal(&Inputs {
        file: Some(path.clone()),
        ..Inputs::default()
    });
    std::fs::remove_file(path).unwrap();
    message
}

fn shown(loaded: &Loaded, name: &str) -> (String, Source) {
    let entry = loaded.provenance.iter().find(|entry| entry.name == name).unwrap();
    (entry.shown_value.clone(), entry.source.clone())
}

#[test]
fn without_inputs_the_defaults_hold() {
    let loaded = environment(&[]);
    let settings = &loaded.settings;
    assert_eq!(settings.server.listen.to_string(), "127.0.0.1:8080");
    assert_eq!(settings.server.public_url, None);
    assert_eq!(settings.data_dir, PathBuf::from("./latchkey-data"));
    assert!(settings.database.url.is_none() && settings.redis.url.is_none() && settings.supplier.account.is_none());
    assert_eq!(
        (settings.sync.markup_basis_points, settings.sync.stock_every_minutes),
        (200, Some(15))
    );
    assert_eq!(settings.sync.full_at, ["02:00", "14:00"]);
    assert_eq!(
        (settings.log.format, settings.demo, settings.limits.enabled),
        (LogFormat::Auto, DemoMode::Auto, true)
    );
    assert!(loaded.provenance.iter().all(|entry| entry.source == Source::Default));
    // A setting that no code reads would be masked, too.
    assert!(loaded.provenance.iter().all(|entry| entry.shown_value != "********"));
}

#[test]
fn flag_over_environment_over_file_over_default() {
    let path = file(
        "layers",
        "[server]\nlisten = '127.0.0.1:1'\n[sync]\nmarkup_basis_points = 5\nfull_at = []\n",
    );
    let mut inputs = Inputs {
        file: Some(path.clone()),
        ..Inputs::default()
    };
    let listen = |inputs: &Inputs| {
        let loaded = Settings::load(inputs).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(loaded.settings.sync.markup_basis_points, 5);
        assert!(loaded.settings.sync.full_at.is_empty());
        shown(&loaded, "server.listen")
    };
    assert_eq!(listen(&inputs), ("127.0.0.1:1".to_owned(), Source::File(path.clone())));
    inputs.environment = pairs(&[("LATCHKEY__SERVER__LISTEN", "127.0.0.1:2")]);
    let variable = Source::Environment("LATCHKEY__SERVER__LISTEN".to_owned());
    assert_eq!(listen(&inputs), ("127.0.0.1:2".to_owned(), variable));
    inputs.flags = pairs(&[("server.listen", "127.0.0.1:3")]);
    assert_eq!(listen(&inputs), ("127.0.0.1:3".to_owned(), Source::CommandLine));
    std::fs::remove_file(path).unwrap();
}

#[test]
fn well_known_names_work_and_the_shops_own_win() {
    let mut values = SUPPLIER.to_vec();
    values.extend([
        ("LATCHKEY__REDIS__URL", "redis://own:1"),
        ("REDIS_URL", "redis://other:1"),
        ("JWT_SECRET", "another thirty-two characters long"),
    ]);
    values.extend([
        ("G2A_RATE_PER_MINUTE", "60"),
        ("LATCHKEY__KEYS__MASTER_KEY", "thirty-two characters long, it is"),
        ("PATH", "/bin"),
    ]);
    let settings = environment(&values).settings;
    let account = settings.supplier.account.unwrap();
    assert_eq!(
        (account.api_url.as_str(), account.client_secret.reveal().as_str()),
        ("https://api.example", "hush-hush")
    );
    assert_eq!(settings.supplier.rate_per_minute, Some(60));
    assert_eq!(
        settings.redis.url.as_ref().map(SecretUrl::reveal),
        Some("redis://own:1")
    );
    let revealed = |secret: &Option<Secret<String>>| secret.as_ref().map(|secret| secret.reveal().clone());
    assert_eq!(
        (
            revealed(&settings.keys.jwt_secret).as_deref(),
            revealed(&settings.keys.master_key).as_deref()
        ),
        (
            Some("another thirty-two characters long"),
            Some("thirty-two characters long, it is")
        )
    );
}

#[test]
fn an_empty_variable_takes_a_value_away() {
    let path = file("empty", "[redis]\nurl = 'redis://here:1'\n");
    let inputs = Inputs {
        file: Some(path.clone()),
        environment: pairs(&[("REDIS_URL", "")]),
        ..Inputs::default()
    };
    assert!(Settings::load(&inputs).is_ok_and(|loaded| loaded.settings.redis.url.is_none()));
    std::fs::remove_file(path).unwrap();
}

#[test]
fn a_bad_value_names_setting_value_expectation_and_source() {
    for (variable, value, setting) in [
        ("LATCHKEY__SERVER__LISTEN", "localhost", "server.listen"),
        ("LATCHKEY__SERVER__PUBLIC_URL", "shop.example", "server.public_url"),
        ("LATCHKEY__DATA_DIR", "", "data_dir"),
        ("DATABASE_URL", "mysql://x", "database.url"),
        ("DATABASE_URL", "sqlite://", "database.url"),
        ("LATCHKEY__DATABASE__CONNECTIONS", "0", "database.connections"),
        ("REDIS_URL", "http://x", "redis.url"),
        ("REDIS_URL", "redis://x/games", "redis.url"),
        ("LATCHKEY__REDIS__PREFIX", "my shop:", "redis.prefix"),
        ("LATCHKEY__REDIS__ANSWER_MS", "9", "redis.answer_ms"),
        ("G2A_API_URL", "http://api.example/v1", "supplier.api_url"),
        ("G2A_API_URL", "http://localhost.example/v1", "supplier.api_url"),
        ("G2A_RATE_PER_MINUTE", "fast", "supplier.rate_per_minute"),
        (
            "LATCHKEY__SUPPLIER__PRICE_FIELD",
            "retailMinPrice",
            "supplier.price_field",
        ),
        ("LATCHKEY__SYNC__MARKUP_BASIS_POINTS", "-1", "sync.markup_basis_points"),
        (
            "LATCHKEY__SYNC__HIDE_AT_MOST_PERCENT",
            "101",
            "sync.hide_at_most_percent",
        ),
        ("LATCHKEY__SYNC__FULL_AT", "02:00,24:30", "sync.full_at"),
        ("LATCHKEY__SYNC__ZONE", "Europe/Nowhere", "sync.zone"),
        ("LATCHKEY__SYNC__STOCK_EVERY_MINUTES", "0", "sync.stock_every_minutes"),
        ("LATCHKEY__SYNC__LEASE_MS", "99", "sync.lease_ms"),
        ("LATCHKEY__SYNC__BATCH_PAGES", "0", "sync.batch_pages"),
        ("LATCHKEY__TAX__RATE_BASIS_POINTS", "10001", "tax.rate_basis_points"),
        ("LATCHKEY__LIMITS__ENABLED", "maybe", "limits.enabled"),
        ("LATCHKEY__LOG__FORMAT", "xml", "log.format"),
        ("LATCHKEY__LOG__FILTER", "a=b=c", "log.filter"),
        ("LATCHKEY__DEMO", "perhaps", "demo"),
        ("LATCHKEY__SERVER__TRUSTED_PROXIES", "a proxy", "server.trusted_proxies"),
        ("LATCHKEY__SERVER__CONNECTIONS_MAX", "0", "server.connections_max"),
        (
            "LATCHKEY__SERVER__CONNECTIONS_PER_ADDRESS",
            "few",
            "server.connections_per_address",
        ),
        ("LATCHKEY__LIMITS__CHANGES_PER_MINUTE", "0", "limits.changes_per_minute"),
        ("LATCHKEY__CACHE__MEMORY_MEGABYTES", "15", "cache.memory_megabytes"),
        ("LATCHKEY__PICTURES__MEGABYTES", "15", "pictures.megabytes"),
        ("JWT_SECRET", "too short", "keys.jwt_secret"),
        ("LATCHKEY__KEYS__MASTER_KEY", "too short", "keys.master_key"),
    ] {
        let message = environment_refusal(&[(variable, value)]);
        assert!(
            message.starts_with(&format!("setting `{setting}`: expected ")),
            "{message}"
        );
        let shown = if value == "too short" { "********" } else { value };
        assert!(
            message.contains(&format!("not `{shown}` (environment {variable})")),
            "{message}"
        );
    }
}

#[test]
fn a_time_zone_is_known_without_the_systems_help() {
    assert_eq!(
        environment(&[("LATCHKEY__SYNC__ZONE", "Europe/Vilnius")])
            .settings
            .sync
            .zone,
        "Europe/Vilnius"
    );
}

#[test]
fn an_unknown_name_is_an_error_with_a_suggestion() {
    let message = environment_refusal(&[("LATCHKEY__SERVER__LISTNE", "x")]);
    let expected =
        "unknown setting `server.listne` (environment LATCHKEY__SERVER__LISTNE); did you mean `server.listen`?";
    assert_eq!(message, expected);
    assert!(file_refusal("unknown", "[redis]\nulr = 'x'\n").ends_with("did you mean `redis.url`?"));
    assert!(!file_refusal("strange", "[entirely]\nelsewhere_and_more = 1\n").contains("did you mean"));
}

#[test]
fn a_file_that_cannot_be_read_says_why_without_its_text() {
    let message = refusal(&Inputs {
        file: Some(PathBuf::from("no-such.toml")),
        ..Inputs::default()
    });
    assert!(message.starts_with("settings file no-such.toml: "), "{message}");
    let message = file_refusal("broken", "[supplier]\nclient_secret = hush-hush\n");
    assert!(message.contains("line 2") && !message.contains("hush"), "{message}");
}

#[test]
fn a_supplier_on_this_machine_needs_no_encryption() {
    for url in [
        "http://127.0.0.1:9393/v1",
        "http://[::1]/v1",
        "http://localhost:1",
        "https://api.example/v1",
    ] {
        let mut values = SUPPLIER.to_vec();
        values[0].1 = url;
        let account = environment(&values).settings.supplier.account;
        assert_eq!(account.map(|account| account.api_url).as_deref(), Some(url));
    }
}

#[test]
fn three_of_the_suppliers_four_are_an_error() {
    for left_out in 0..4 {
        let mut values = SUPPLIER.to_vec();
        let (variable, _) = values.remove(left_out);
        let setting = variable.replace("G2A_", "supplier.").to_lowercase();
        let message = environment_refusal(&values);
        assert!(
            message.starts_with(&format!("setting `{setting}`: missing;")),
            "{message}"
        );
    }
}
