//! Tests of the settings for addresses, origins, proxies and limits: parsed values, and the messages for mistakes.

use super::{environment, environment_refusal};

#[test]
fn what_is_wrong_is_named() {
    for (variable, value, setting) in [
        (
            "LATCHKEY__SERVER__PUBLIC_URL",
            "https://example.com/shop",
            "server.public_url",
        ),
        (
            "LATCHKEY__SERVER__PUBLIC_URL",
            "https://shop.example?a",
            "server.public_url",
        ),
        ("ALLOWED_ORIGINS", "*", "server.allowed_origins"),
        (
            "ALLOWED_ORIGINS",
            "https://a.example,https://b.example/shop",
            "server.allowed_origins",
        ),
        ("FRONTEND_URL", "front.example", "server.frontend_url"),
        (
            "LATCHKEY__SERVER__TRUSTED_PROXIES",
            "10.0.0.0/33",
            "server.trusted_proxies",
        ),
        (
            "LATCHKEY__SERVER__TRUSTED_PROXIES",
            "10.0.0.1,,::1",
            "server.trusted_proxies",
        ),
        ("LATCHKEY__METRICS__LISTEN", "9100", "metrics.listen"),
        ("LATCHKEY__LIMITS__READS_PER_MINUTE", "0", "limits.reads_per_minute"),
        (
            "LATCHKEY__LIMITS__COSTLY_READS_PER_MINUTE",
            "many",
            "limits.costly_reads_per_minute",
        ),
    ] {
        let message = environment_refusal(&[(variable, value)]);
        let (begin, end) = (
            format!("setting `{setting}`: expected "),
            format!("not `{value}` (environment {variable})"),
        );
        assert!(message.starts_with(&begin) && message.ends_with(&end), "{message}");
    }
}

#[test]
fn the_public_url_is_an_origin_as_browsers_write_it() {
    for (set, kept) in [
        ("https://shop.example", "https://shop.example"),
        ("https://SHOP.example:443/", "https://shop.example"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
    ] {
        let settings = environment(&[("LATCHKEY__SERVER__PUBLIC_URL", set)]).settings;
        assert_eq!(settings.server.public_url.as_deref(), Some(kept));
    }
    let refused = environment_refusal(&[("LATCHKEY__SERVER__PUBLIC_URL", "https://example.com/shop")]);
    assert!(refused.contains("without a path"), "{refused}");
}

#[test]
fn other_origins_are_named_by_either_of_two_settings() {
    assert!(environment(&[]).settings.server.allowed_origins.is_empty());
    let both = environment(&[
        ("ALLOWED_ORIGINS", "https://a.example:443, http://LOCALHOST:3000/"),
        ("FRONTEND_URL", "https://front.example/"),
    ]);
    let expected = ["https://a.example", "http://localhost:3000", "https://front.example"];
    assert_eq!(both.settings.server.allowed_origins, expected);
}

#[test]
fn proxies_are_addresses_and_networks() {
    let set = [(
        "LATCHKEY__SERVER__TRUSTED_PROXIES",
        "192.0.2.1, 10.0.0.0/8,fd00::/8,::ffff:192.0.2.2",
    )];
    let proxies = environment(&set).settings.server.trusted_proxies;
    let proxies: Vec<String> = proxies.iter().map(ToString::to_string).collect();
    assert_eq!(proxies, ["192.0.2.1/32", "10.0.0.0/8", "fd00::/8", "192.0.2.2/32"]);
}
