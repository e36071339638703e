//! Tests of when demo mode is on, and where it is refused.

use super::{Inputs, SUPPLIER, Settings, environment, pairs};

#[test]
fn demo_is_on_by_itself_only_when_nothing_is_set() {
    assert_eq!(environment(&[]).resolve_demo(), Ok(true));
    assert_eq!(environment(&[("REDIS_URL", "redis://x")]).resolve_demo(), Ok(true));
    assert_eq!(environment(&SUPPLIER).resolve_demo(), Ok(false));
    assert_eq!(
        environment(&[("DATABASE_URL", "sqlite://shop.db")]).resolve_demo(),
        Ok(false)
    );
    assert_eq!(
        environment(&[("LATCHKEY__SERVER__PUBLIC_URL", "https://shop.example")]).resolve_demo(),
        Ok(false)
    );
    assert_eq!(environment(&[("LATCHKEY__DEMO", "off")]).resolve_demo(), Ok(false));
    for (listen, demo) in [
        ("127.0.0.2:80", true),
        ("[::1]:0", true),
        ("[::ffff:127.0.0.1]:0", true),
        ("0.0.0.0:8080", false),
        ("[::]:8080", false),
        ("192.0.2.1:80", false),
    ] {
        let loaded = environment(&[("LATCHKEY__SERVER__LISTEN", listen)]);
        assert_eq!(loaded.resolve_demo(), Ok(demo), "{listen}");
        assert_eq!(loaded.listens_too_widely_for_a_demo(), !demo, "{listen}");
    }
}

#[test]
fn where_other_machines_listen_demo_is_typed() {
    let demo = |flags: &[(&str, &str)]| {
        let inputs = Inputs {
            flags: pairs(flags),
            environment: pairs(&[("LATCHKEY__SERVER__LISTEN", "0.0.0.0:8080"), ("LATCHKEY__DEMO", "on")]),
            file: None,
        };
        let loaded = Settings::load(&inputs).unwrap_or_else(|error| panic!("{error}"));
        loaded.resolve_demo().map_err(|error| error.to_string())
    };
    let refusal = "setting `demo`: refused, because server.listen is open to other machines; say it with --demo";
    assert_eq!(demo(&[]), Err(refusal.to_owned()));
    assert_eq!(demo(&[("demo", "on")]), Ok(true));
}

#[test]
fn demo_is_refused_where_a_real_shop_may_be() {
    let demo = |database: &str, public: &str, typed: bool| {
        let environment = [
            ("DATABASE_URL", database),
            ("LATCHKEY__SERVER__PUBLIC_URL", public),
            ("LATCHKEY__DEMO", "on"),
        ];
        let flags = if typed { pairs(&[("demo", "on")]) } else { Vec::new() };
        let inputs = Inputs {
            flags,
            environment: pairs(&environment),
            file: None,
        };
        Settings::load(&inputs)
            .unwrap_or_else(|error| panic!("{error}"))
            .resolve_demo()
    };
    assert_eq!(demo("sqlite://shop.db", "http://localhost:8080", false), Ok(true));
    assert!(demo("", "https://shop.example", true).is_err());
    assert!(demo("postgres://127.0.0.1/shop", "", false).is_err());
    assert_eq!(demo("postgres://127.0.0.1/shop", "", true), Ok(true));
    assert_eq!(demo("postgres://shop@[::1]/shop", "", true), Ok(true));
    assert_eq!(demo("postgres://x/shop?host=/run/postgresql", "", true), Ok(true));
    assert!(demo("postgres://db.example/shop", "", true).is_err());
    assert!(demo("postgres://127.0.0.1/shop?host=db.example", "", true).is_err());
    assert!(demo("postgres://127.0.0.1.example/shop", "", true).is_err());
}
