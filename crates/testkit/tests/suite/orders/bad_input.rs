//! Whatever is sent to the routes of orders, keys and wallets: an error of whoever sent it, with its code, and no change.

use domain::staff::StaffRole;
use reqwest::Method;
use testkit::{Kind, TestShop, on_both_databases};

use super::{Buyer, all_is_well, balance, copies, games, order_id, stock};

const NOBODY: &str = "019e0000-0000-7000-8000-00000000abcd";

/// Bodies of an order, where `G` stands for a game's id: the status and the code.
const ORDERS: [(&str, u16, &str); 30] = [
    ("", 400, "VAL001"),
    ("{", 400, "VAL001"),
    ("null", 400, "VAL001"),
    ("[]", 400, "VAL001"),
    ("\"items\"", 400, "VAL001"),
    ("{}", 400, "VAL007"),
    ("{\"items\":null}", 400, "VAL001"),
    ("{\"items\":\"G\"}", 400, "VAL001"),
    ("{\"items\":{}}", 400, "VAL001"),
    ("{\"items\":[null]}", 400, "VAL001"),
    ("{\"items\":[{}]}", 400, "VAL007"),
    ("{\"items\":[{\"gameId\":\"G\"}]}", 400, "VAL007"),
    ("{\"items\":[{\"quantity\":1}]}", 400, "VAL007"),
    ("{\"items\":[{\"gameId\":5,\"quantity\":1}]}", 400, "VAL001"),
    ("{\"items\":[{\"gameId\":\"\",\"quantity\":1}]}", 400, "VAL008"),
    ("{\"items\":[{\"gameId\":\"G'--\",\"quantity\":1}]}", 400, "VAL008"),
    ("{\"items\":[{\"gameId\":\"G\",\"quantity\":\"1\"}]}", 400, "VAL001"),
    ("{\"items\":[{\"gameId\":\"G\",\"quantity\":1.5}]}", 400, "VAL001"),
    ("{\"items\":[{\"gameId\":\"G\",\"quantity\":null}]}", 400, "VAL001"),
    (
        "{\"items\":[{\"gameId\":\"G\",\"quantity\":9223372036854775807}]}",
        400,
        "VAL001",
    ),
    (
        "{\"items\":[{\"gameId\":\"G\",\"quantity\":9223372036854775808}]}",
        400,
        "VAL001",
    ),
    (
        "{\"items\":[{\"gameId\":\"G\",\"quantity\":1}],\"expectedTotal\":-5}",
        400,
        "VAL001",
    ),
    (
        "{\"items\":[{\"gameId\":\"G\",\"quantity\":1}],\"expectedTotal\":true}",
        400,
        "VAL001",
    ),
    (
        "{\"items\":[{\"gameId\":\"G\",\"quantity\":1}],\"expectedTotal\":5e0}",
        400,
        "VAL001",
    ),
    (
        "{\"items\":[{\"gameId\":\"G\",\"quantity\":1}],\"expectedTotal\":99999999999999999999}",
        400,
        "VAL001",
    ),
    (
        "{\"items\":[{\"gameId\":\"G\",\"quantity\":1}],\"consent\":true}",
        400,
        "VAL001",
    ),
    (
        "{\"items\":[{\"gameId\":\"G\",\"quantity\":1}],\"consent\":{}}",
        400,
        "VAL007",
    ),
    (
        "{\"items\":[{\"gameId\":\"G\",\"quantity\":1}],\"consent\":{\"textVersion\":1,\"accepted\":true}}",
        400,
        "VAL001",
    ),
    (
        "{\"items\":[{\"gameId\":\"G\",\"quantity\":1}],\"consent\":{\"textVersion\":\"1\",\"accepted\":\"yes\"}}",
        400,
        "VAL001",
    ),
    (
        "{\"items\":[{\"gameId\":\"G\",\"quantity\":1}]} and more",
        400,
        "VAL001",
    ),
];

/// Bodies of a correction of a balance.
const CORRECTIONS: [(&str, u16, &str); 12] = [
    ("", 400, "VAL001"),
    ("{", 400, "VAL001"),
    ("[]", 400, "VAL001"),
    ("{}", 400, "VAL007"),
    ("{\"amount\":null,\"reason\":\"x\"}", 400, "VAL001"),
    ("{\"amount\":\"5\",\"reason\":\"x\"}", 400, "VAL001"),
    ("{\"amount\":{},\"reason\":\"x\"}", 400, "VAL001"),
    ("{\"amount\":1e2,\"reason\":\"x\"}", 400, "VAL001"),
    ("{\"amount\":99999999999999999999,\"reason\":\"x\"}", 400, "VAL001"),
    ("{\"amount\":5,\"reason\":7}", 400, "VAL001"),
    ("{\"amount\":5,\"reason\":\"\\u0000\"}", 400, "VAL007"),
    ("{\"amount\":5,\"reason\":\"   \"}", 400, "VAL007"),
];

/// What is asked for, where `O` stands for an order's id: method, path, status, code.
const ADDRESSES: [(Method, &str, u16, &str); 26] = [
    (Method::GET, "/api/orders?page=0", 400, "VAL001"),
    (Method::GET, "/api/orders?page=x", 400, "VAL001"),
    (Method::GET, "/api/orders?page=-1", 400, "VAL001"),
    (Method::GET, "/api/orders?page=99999999999999999999", 400, "VAL001"),
    (Method::GET, "/api/orders?limit=0", 400, "VAL001"),
    (Method::GET, "/api/orders?limit=101", 400, "VAL001"),
    (Method::GET, "/api/orders?status=PAID", 400, "VAL001"),
    (Method::GET, "/api/orders?status=%00", 400, "VAL001"),
    (Method::GET, "/api/user/orders?limit=x", 400, "VAL001"),
    (Method::GET, "/api/user/keys?page=0", 400, "VAL001"),
    (Method::GET, "/api/user/keys?limit=1000", 400, "VAL001"),
    (Method::GET, "/api/user/transactions?page=0", 400, "VAL001"),
    (Method::GET, "/api/user/transactions?limit=x", 400, "VAL001"),
    (Method::GET, "/api/orders/x", 404, "NOTFOUND003"),
    (Method::GET, "/api/orders/%27%20OR%201=1", 404, "NOTFOUND003"),
    (
        Method::GET,
        "/api/orders/019e0000-0000-7000-8000-00000000abcd",
        404,
        "NOTFOUND003",
    ),
    (Method::POST, "/api/orders/x/cancel", 404, "NOTFOUND003"),
    (
        Method::POST,
        "/api/orders/019e0000-0000-7000-8000-00000000abcd/cancel",
        404,
        "NOTFOUND003",
    ),
    (Method::POST, "/api/orders/x/keys/x/reveal", 404, "NOTFOUND003"),
    (Method::POST, "/api/orders/O/keys/x/reveal", 404, "NOTFOUND001"),
    (Method::POST, "/api/orders/O/keys/%FF/reveal", 404, "NOTFOUND003"),
    (
        Method::POST,
        "/api/orders/O/keys/019e0000-0000-7000-8000-00000000abcd/reveal",
        404,
        "NOTFOUND001",
    ),
    (
        Method::POST,
        "/api/orders/019e0000-0000-7000-8000-00000000abcd/keys/O/reveal",
        404,
        "NOTFOUND003",
    ),
    (Method::DELETE, "/api/orders/O", 405, "VAL001"),
    (Method::PUT, "/api/orders", 405, "VAL001"),
    (Method::GET, "/api/orders/O/cancel", 405, "VAL001"),
];

/// Sends a body as it is; returns the status and the code.
async fn send(
    url: &str,
    token: &str,
    (method, path): (Method, &str),
    headers: &[(&str, &[u8])],
    body: &str,
) -> (u16, String) {
    let mut request = testkit::program::http()
        .request(method, format!("{url}{path}"))
        .bearer_auth(token)
        .body(body.to_owned());
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let answer = request.send().await.unwrap();
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    let body: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    assert_eq!(body["success"], false, "{path} {status}: {text}");
    (status, body["error"]["code"].as_str().unwrap().to_owned())
}

/// What was answered otherwise than it should be.
#[derive(Default)]
struct Wrong(Vec<String>);

impl Wrong {
    fn note(&mut self, asked: &str, got: &(u16, String), expected: (u16, &str)) {
        if (got.0, got.1.as_str()) != expected {
            self.0.push(format!("{asked}: {got:?} and not {expected:?}"));
        }
    }
}

const JSON: &[(&str, &[u8])] = &[("content-type", b"application/json")];

#[on_both_databases]
async fn whatever_is_sent_is_refused_with_a_code_and_changes_nothing(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let game = games(&shop, 1).await[0];
    stock(&shop, game, &["A-1", "A-2"], 500).await;
    let mut ada = Buyer::with(&shop, "ada@example.org", 1_000).await;
    let order = ada.order(&[game]).await;
    let (order, token) = (order_id(&order).to_string(), ada.client.token.clone().unwrap());
    let mut wrong = Wrong::default();
    for (body, status, code) in ORDERS {
        let sent = body.replace('G', &game.to_string());
        let got = send(&shop.url, &token, (Method::POST, "/api/orders"), JSON, &sent).await;
        wrong.note(body, &got, (status, code));
    }
    let right = format!("{{\"items\":[{{\"gameId\":\"{game}\",\"quantity\":1}}]}}");
    for (name, value, status) in [
        ("idempotency-key", b"".as_slice(), 400),
        ("idempotency-key", &[b'k'; 256], 400),
        ("idempotency-key", b"k\xC3\xA9y", 400),
        ("idempotency-key", b"k\ty", 400),
        ("content-type", b"text/plain", 415),
    ] {
        let headers = [JSON[0], (name, value)];
        let headers = if name == "content-type" {
            &headers[1..]
        } else {
            &headers[..]
        };
        let got = send(&shop.url, &token, (Method::POST, "/api/orders"), headers, &right).await;
        wrong.note(&format!("{name} {value:?}"), &got, (status, "VAL001"));
    }
    for (method, path, status, code) in ADDRESSES {
        let sent = path.replace('O', &order);
        let got = send(&shop.url, &token, (method.clone(), &sent), JSON, "{}").await;
        wrong.note(&format!("{method} {path}"), &got, (status, code));
    }
    let finance = shop
        .staff_as("fin@example.org", StaffRole::Finance)
        .await
        .token
        .unwrap();
    let path = format!("/api/admin/users/{}/balance", ada.id);
    for (body, status, code) in CORRECTIONS {
        let got = send(&shop.url, &finance, (Method::PUT, &path), JSON, body).await;
        wrong.note(body, &got, (status, code));
    }
    for user in ["x", NOBODY] {
        let path = format!("/api/admin/users/{user}/balance");
        let asked = "{\"amount\":5,\"reason\":\"x\"}";
        assert_eq!(
            send(&shop.url, &finance, (Method::PUT, &path), JSON, asked).await.0,
            404,
            "{user}"
        );
    }
    assert!(wrong.0.is_empty(), "{:#?}", wrong.0);
    assert_eq!((balance(&shop, ada.id).await, copies(&shop, game).await), (500, 1));
    assert_eq!(shop.shop.orders().list(ada.id, None, 1, 10).await.unwrap().len(), 1);
    all_is_well(&shop).await;
}
