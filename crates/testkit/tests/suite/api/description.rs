//! `/api/openapi.json` against the shop: each answer that follows from what an operation has comes, and no other does.

use std::num::NonZeroU32;

use reqwest::{Method, RequestBuilder};
use serde_json::Value;
use testkit::{Kind, TestShop, on_both_databases};

/// An operation as the description has it.
#[derive(Clone)]
struct Operation {
    method: Method,
    /// Its address, with something in the place of each parameter.
    path: String,
    value: Value,
}

impl Operation {
    /// All of them.
    async fn all(shop: &TestShop) -> Vec<Self> {
        let description = shop.json("/api/openapi.json").await;
        let paths = description["paths"].as_object().unwrap().iter();
        let operations = paths.flat_map(|(path, methods)| {
            let path = path.replace("{slug}", "none").replace("{genre}", "rpg");
            let filled = path.split('{').map(|part| match part.split_once('}') {
                Some((_, rest)) => format!("019e0000-0000-7000-8000-00000000abcd{rest}"),
                None => part.to_owned(),
            });
            let path: String = filled.collect();
            methods.as_object().unwrap().iter().map(move |(method, value)| Self {
                method: method.to_ascii_uppercase().parse().unwrap(),
                path: path.clone(),
                value: value.clone(),
            })
        });
        operations.collect()
    }

    /// Asks for it at a shop, with what `with` adds; the answer has to be one of those that are promised.
    async fn ask(&self, url: &str, with: impl FnOnce(RequestBuilder) -> RequestBuilder) -> u16 {
        let request = testkit::program::http().request(self.method.clone(), format!("{url}{}", self.path));
        let answer = with(request).send().await.unwrap();
        let status = answer.status().as_u16();
        assert!(
            self.value["responses"][status.to_string()].is_object(),
            "{self}: {status} is not promised: {}",
            answer.text().await.unwrap()
        );
        status
    }

    /// Whether it promises the answer of this status and name, which follows from what it has.
    fn promises(&self, status: u16, names: &[&str]) -> bool {
        let reference = &self.value["responses"][status.to_string()]["$ref"];
        let name = reference
            .as_str()
            .and_then(|at| at.strip_prefix("#/components/responses/"));
        name.is_some_and(|name| names.contains(&name))
    }

    fn takes_body(&self) -> bool {
        self.value["requestBody"].is_object()
    }

    /// The same with a parameter that is not acceptable, if it takes one.
    fn asked_badly(&self) -> Option<Self> {
        let mut parameters = self.value["parameters"].as_array().into_iter().flatten();
        let parameter = parameters.find(|parameter| parameter["in"] == "query")?;
        Some(Self {
            path: format!("{}?{}={}", self.path, parameter["name"].as_str()?, "x".repeat(201)),
            ..self.clone()
        })
    }
}

impl std::fmt::Display for Operation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

const PLAIN: fn(RequestBuilder) -> RequestBuilder = |request| request;

fn json(request: RequestBuilder, body: &str) -> RequestBuilder {
    request.header("content-type", "application/json").body(body.to_owned())
}

#[on_both_databases]
async fn who_may_call_an_operation_is_what_the_description_says(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let ada = shop.customer("ada@example.org").await.token.unwrap();
    for operation in Operation::all(&shop).await {
        let body = if operation.takes_body() { "{}" } else { "" };
        let ask = async |with: fn(RequestBuilder) -> RequestBuilder| {
            operation.ask(&shop.url, |request| with(json(request, body))).await
        };
        assert_eq!(
            ask(PLAIN).await == 401,
            operation.promises(401, &["NotSignedIn"]),
            "{operation}, by a guest"
        );
        assert_eq!(
            ask(|request| request.bearer_auth("none")).await == 401,
            operation.promises(401, &["NotSignedIn", "BadToken"]),
            "{operation}, with a bad token"
        );
        assert_eq!(
            ask(|request| request.header("sec-fetch-site", "cross-site")).await == 403,
            operation.promises(403, &["OtherSite", "NotStaffOrOtherSite"]),
            "{operation}, from another site"
        );
        let token = match operation.path.strip_suffix("/logout") {
            Some(_) => shop.customer("eve@example.org").await.token.unwrap(),
            None => ada.clone(),
        };
        let status = operation
            .ask(&shop.url, |request| json(request.bearer_auth(token), body))
            .await;
        assert_eq!(
            status == 403,
            operation.promises(403, &["NotStaff", "NotStaffOrOtherSite"]),
            "{operation}, by a customer"
        );
    }
}

#[on_both_databases]
async fn what_an_operation_does_not_take_it_says_beforehand(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let token = shop.staff().await.token.unwrap();
    let long = format!("{{\"a\":\"{}\"}}", "a".repeat(70 * 1_024));
    for operation in Operation::all(&shop).await {
        if let Some(bad) = operation.asked_badly() {
            let ask = |request: RequestBuilder| request.bearer_auth(&token);
            assert_eq!(bad.ask(&shop.url, ask).await, 400, "{bad}");
            assert!(operation.promises(400, &["InvalidParameter"]), "{operation}");
        }
        if operation.takes_body() {
            let send = async |media: &'static str, body: &str| {
                let sent = |request: RequestBuilder| {
                    let request = request.bearer_auth(&token).header("content-type", media);
                    request.body(body.to_owned())
                };
                operation.ask(&shop.url, sent).await
            };
            let seen = [
                send("application/json", "[]").await,
                send("application/json", &long).await,
                send("text/plain", "{}").await,
            ];
            assert_eq!(seen, [400, 413, 415], "{operation}");
        } else {
            let promised = [413, 415].map(|status: u16| &operation.value["responses"][status.to_string()]);
            assert_eq!(promised, [&Value::Null; 2], "{operation}");
        }
    }
}

#[on_both_databases]
async fn a_shop_that_cannot_answer_says_what_is_promised(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let full = |site| web_kit::Site {
        requests_in_flight_max: 0,
        ..site
    };
    let spent = |site| web_kit::Site {
        reads_per_minute: NonZeroU32::new(1),
        changes_per_minute: NonZeroU32::new(1),
        ..site
    };
    let ((full, _stop_full), (spent, _stop_spent)) = (shop.also_at(full).await, shop.also_at(spent).await);
    let operations = Operation::all(&shop).await;
    for operation in &operations {
        let is_probe = operation.path == "/api/health";
        assert_eq!(operation.ask(&full, PLAIN).await == 503, !is_probe, "{operation}");
        assert_eq!(operation.promises(503, &["Unavailable"]), !is_probe, "{operation}");
        let mut seen = Vec::new();
        // With a minute comes one more.
        while seen.len() < 4 && seen.last() != Some(&429) {
            seen.push(operation.ask(&spent, PLAIN).await);
        }
        assert_eq!(seen.last() == Some(&429), !is_probe, "{operation}: {seen:?}");
        assert_eq!(operation.promises(429, &["TooMany"]), !is_probe, "{operation}");
        assert!(operation.promises(500, &["Internal"]), "{operation}");
    }
    let game = shop.games_for_sale(1).await.remove(0);
    let path = format!("/api/games/{game}");
    shop.change_game(&game, "requirements = 'no JSON'").await;
    let mut operations = operations.into_iter();
    let of_a_game = operations.find(|operation| operation.value["operationId"] == "getGame");
    let broken = Operation {
        path,
        ..of_a_game.unwrap()
    };
    assert_eq!(broken.ask(&shop.url, PLAIN).await, 500);
}
