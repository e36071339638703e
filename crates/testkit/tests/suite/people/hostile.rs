//! Hostile input to the routes of this part: never an internal error, and never internal data in a response.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use reqwest::Method;
use testkit::{Kind, TestShop, on_both_databases};

/// Each address, with the methods that it takes.
const ROUTES: [(&str, &[&str]); 52] = [
    ("/api/auth/register", &["POST"]),
    ("/api/auth/login", &["POST"]),
    ("/api/auth/second-factor", &["POST"]),
    ("/api/auth/refresh", &["POST"]),
    ("/api/auth/me", &["GET"]),
    ("/api/auth/logout", &["POST"]),
    ("/api/auth/forgot-password", &["POST"]),
    ("/api/auth/reset-password", &["POST"]),
    ("/api/auth/known-device", &["POST"]),
    ("/api/auth/send-verification-code", &["POST"]),
    ("/api/auth/verify-email", &["POST"]),
    ("/api/user/profile", &["GET", "PUT"]),
    ("/api/user/password", &["PUT"]),
    ("/api/user/sessions", &["GET", "DELETE"]),
    ("/api/user/sessions/{}", &["DELETE"]),
    ("/api/user/second-factor", &["POST", "DELETE"]),
    ("/api/user/second-factor/confirm", &["POST"]),
    ("/api/user/wishlist", &["GET"]),
    ("/api/user/wishlist/{}", &["POST", "DELETE"]),
    ("/api/cart", &["GET", "POST", "DELETE"]),
    ("/api/cart/migrate", &["POST"]),
    ("/api/cart/kept/{}", &["DELETE"]),
    ("/api/cart/{}", &["PUT", "DELETE"]),
    ("/api/wishlist", &["GET", "POST"]),
    ("/api/wishlist/migrate", &["POST"]),
    ("/api/wishlist/{}", &["DELETE"]),
    ("/api/wishlist/{}/check", &["GET"]),
    ("/api/admin/g2a/sync-progress", &["GET"]),
    ("/api/admin/mails", &["GET"]),
    ("/api/admin/mails/{}", &["GET"]),
    ("/admin/mails/{}", &["GET"]),
    ("/register", &["GET", "POST"]),
    ("/sign-in", &["GET", "POST"]),
    ("/sign-out", &["POST"]),
    ("/forgot-password", &["GET", "POST"]),
    ("/reset-password?token={}", &["GET", "POST"]),
    ("/known-device?token={}", &["GET", "POST"]),
    ("/verify-email", &["GET", "POST"]),
    ("/account?done={}", &["GET", "POST"]),
    ("/account/password", &["GET", "POST"]),
    ("/account/sign-ins", &["GET", "POST"]),
    ("/account/second-factor", &["GET", "POST"]),
    ("/account/events", &["GET"]),
    ("/cart?moved={}&kept=1", &["GET"]),
    ("/cart/add", &["GET", "POST"]),
    ("/cart/set", &["POST"]),
    ("/cart/remove", &["POST"]),
    ("/cart/migrate", &["POST"]),
    ("/cart/give-up", &["POST"]),
    ("/wishlist", &["GET"]),
    ("/wishlist/add", &["POST"]),
    ("/wishlist/remove", &["POST"]),
];

const FIELDS: [&str; 18] = [
    "email",
    "password",
    "nickname",
    "firstName",
    "lastName",
    "avatar",
    "gameId",
    "quantity",
    "refreshToken",
    "token",
    "newPassword",
    "currentPassword",
    "code",
    "challenge",
    "deviceToken",
    "next",
    "which",
    "id",
];

/// Words that no answer may hold, wherever they come from.
const INSIDE: [&str; 9] = [
    "SELECT ",
    "INSERT",
    "sqlx",
    "sea_orm",
    "panicked",
    "argon2",
    ".rs:",
    "constraint",
    "password_hash",
];

#[derive(Debug)]
struct Sent {
    method: &'static str,
    path: String,
    body: Vec<u8>,
    media: &'static str,
    headers: Vec<(&'static str, String)>,
}

fn hostile_text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[a-zA-Z0-9._-]{0,40}",
        Just("' OR 1=1 --".to_owned()),
        Just("\u{0}".to_owned()),
        Just("<script>alert(1)</script>".to_owned()),
        Just("x".repeat(3_000)),
        Just("\u{202e}\u{feff}🗝".to_owned()),
        Just("00000000-0000-0000-0000-000000000000".to_owned()),
    ]
}

fn value() -> impl Strategy<Value = serde_json::Value> {
    prop_oneof![
        hostile_text().prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        any::<f64>().prop_map(serde_json::Value::from),
        any::<bool>().prop_map(serde_json::Value::from),
        Just(serde_json::Value::Null),
        Just(serde_json::json!([{"a": []}])),
    ]
}

/// What is sent: fields, written as the address takes them, or anything.
#[derive(Clone, Debug)]
enum Body {
    Fields(BTreeMap<&'static str, serde_json::Value>),
    Bytes(Vec<u8>),
}

impl Body {
    fn written(self, for_programs: bool) -> Vec<u8> {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Fields(fields) if for_programs => serde_json::to_vec(&fields).unwrap(),
            Self::Fields(fields) => {
                let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
                let mut form = url::form_urlencoded::Serializer::new(String::new());
                form.extend_pairs(fields.iter().map(|(name, value)| (name, text(value))));
                form.finish().into_bytes()
            }
        }
    }
}

fn sent() -> impl Strategy<Value = Sent> {
    let body = prop_oneof![
        4 => prop::collection::btree_map(prop::sample::select(FIELDS.to_vec()), value(), 0..6).prop_map(Body::Fields),
        1 => prop::collection::vec(any::<u8>(), 0..200).prop_map(Body::Bytes),
    ];
    let media = prop::sample::select(vec![
        "application/json",
        "application/json; charset=utf-8",
        "text/plain",
        "",
    ]);
    let header = (
        prop::sample::select(vec![
            "authorization",
            "x-session-id",
            "cookie",
            "x-forwarded-for",
            "user-agent",
            "x-request-id",
        ]),
        hostile_text(),
    );
    (
        prop::sample::select(ROUTES.to_vec()),
        any::<prop::sample::Index>(),
        hostile_text(),
        body,
        media,
        prop::collection::vec(header, 0..3),
    )
        .prop_map(|((path, methods), method, id, body, media, headers)| {
            let id: String = url::form_urlencoded::byte_serialize(id.as_bytes()).collect();
            let id = if id.is_empty() {
                "x".to_owned()
            } else {
                id.replace('+', "%20")
            };
            let for_programs = path.starts_with("/api/");
            Sent {
                method: methods[method.index(methods.len())],
                path: path.replace("{}", &id),
                body: body.written(for_programs),
                media: if for_programs {
                    media
                } else {
                    "application/x-www-form-urlencoded"
                },
                headers,
            }
        })
}

#[on_both_databases]
async fn nothing_that_is_sent_breaks_the_shop_or_makes_it_talk(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let mut ada = shop.customer("ada@example.org").await;
    let client = testkit::program::http();
    let mut runner = TestRunner::new(Config {
        rng_seed: RngSeed::Fixed(20_261_124),
        ..Config::default()
    });
    for at in 0..2_500 {
        if at % 50 == 0 {
            // Some of what is sent signs her out.
            assert_eq!(ada.sign_in("ada@example.org", testkit::PASSWORD).await.status, 200);
        }
        let token = ada.token.clone().unwrap();
        let sent = sent().new_tree(&mut runner).unwrap().current();
        let mut request = client.request(
            Method::from_bytes(sent.method.as_bytes()).unwrap(),
            format!("{}{}", shop.url, sent.path),
        );
        if at % 2 == 0 {
            request = if sent.path.starts_with("/api/") {
                request.bearer_auth(&token)
            } else {
                request.header("cookie", format!("token={token}"))
            };
        }
        if !sent.media.is_empty() {
            request = request.header("content-type", sent.media);
        }
        for (name, value) in &sent.headers {
            if let Ok(value) = reqwest::header::HeaderValue::from_bytes(value.as_bytes()) {
                request = request.header(*name, value);
            }
        }
        let answer = request
            .body(sent.body.clone())
            .send()
            .await
            .unwrap_or_else(|error| panic!("{sent:?}: {error}"));
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert!(!status.is_server_error(), "{status} to {sent:?}: {text}");
        for word in INSIDE {
            assert!(!text.contains(word), "{word} in the answer to {sent:?}: {text}");
        }
    }
}
