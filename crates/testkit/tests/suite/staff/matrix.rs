//! Every role, a customer and a guest ask for every page and endpoint of the administration: exactly what the table says.

mod pages;

use std::collections::BTreeMap;

use domain::staff::{Noun, Permission, StaffRole};
use reqwest::Method;
use testkit::{Kind, TestShop, on_both_databases};

use pages::PAGES;

const fn read(noun: Noun) -> Permission {
    Permission::read(noun)
}

const fn edit(noun: Noun) -> Permission {
    Permission::edit(noun)
}

/// What each endpoint asks for, by hand: one that is missing here fails the test.
const ENDPOINTS: [(&str, &str, Permission); 47] = [
    ("GET", "/api/admin/g2a/sync-progress", read(Noun::Sync)),
    ("GET", "/api/admin/suppliers", read(Noun::Suppliers)),
    ("POST", "/api/admin/suppliers/{name}/sync", edit(Noun::Sync)),
    ("GET", "/api/admin/sync-runs", read(Noun::Sync)),
    ("POST", "/api/admin/sync-runs/{id}/accept", edit(Noun::Sync)),
    ("GET", "/api/admin/offers", read(Noun::Offers)),
    ("PUT", "/api/admin/offers/{id}/game", edit(Noun::Offers)),
    ("DELETE", "/api/admin/offers/{id}/game", edit(Noun::Offers)),
    ("GET", "/api/admin/games/{id}", read(Noun::Games)),
    ("PUT", "/api/admin/games/{id}", edit(Noun::Games)),
    ("DELETE", "/api/admin/games/{id}", edit(Noun::Games)),
    ("GET", "/api/admin/categories", read(Noun::Games)),
    ("POST", "/api/admin/categories", edit(Noun::Games)),
    ("GET", "/api/admin/categories/{id}", read(Noun::Games)),
    ("PUT", "/api/admin/categories/{id}", edit(Noun::Games)),
    ("DELETE", "/api/admin/categories/{id}", edit(Noun::Games)),
    ("GET", "/api/admin/genres", read(Noun::Games)),
    ("POST", "/api/admin/genres", edit(Noun::Games)),
    ("GET", "/api/admin/genres/{id}", read(Noun::Games)),
    ("PUT", "/api/admin/genres/{id}", edit(Noun::Games)),
    ("DELETE", "/api/admin/genres/{id}", edit(Noun::Games)),
    ("GET", "/api/admin/platforms", read(Noun::Games)),
    ("POST", "/api/admin/platforms", edit(Noun::Games)),
    ("GET", "/api/admin/platforms/{id}", read(Noun::Games)),
    ("PUT", "/api/admin/platforms/{id}", edit(Noun::Games)),
    ("DELETE", "/api/admin/platforms/{id}", edit(Noun::Games)),
    ("GET", "/api/admin/tags", read(Noun::Games)),
    ("POST", "/api/admin/tags", edit(Noun::Games)),
    ("GET", "/api/admin/tags/{id}", read(Noun::Games)),
    ("PUT", "/api/admin/tags/{id}", edit(Noun::Games)),
    ("DELETE", "/api/admin/tags/{id}", edit(Noun::Games)),
    ("GET", "/api/admin/cache/statistics", read(Noun::Caches)),
    ("POST", "/api/admin/cache/invalidate", edit(Noun::Caches)),
    ("POST", "/api/admin/cache/clear", edit(Noun::Caches)),
    ("GET", "/api/admin/mails", read(Noun::Mails)),
    ("GET", "/api/admin/mails/{id}", read(Noun::MailBodies)),
    ("GET", "/api/admin/users", read(Noun::Users)),
    ("GET", "/api/admin/users/{id}", read(Noun::Users)),
    ("GET", "/api/admin/users/{id}/activity", read(Noun::SecurityEvents)),
    ("PUT", "/api/admin/users/{id}/balance", edit(Noun::Wallets)),
    ("GET", "/api/admin/staff", read(Noun::Staff)),
    ("PUT", "/api/admin/users/{id}/staff-role", edit(Noun::Staff)),
    ("PUT", "/api/admin/users/{id}/role", edit(Noun::Staff)),
    ("POST", "/api/admin/users/{id}/block", edit(Noun::Users)),
    ("DELETE", "/api/admin/users/{id}/block", edit(Noun::Users)),
    ("DELETE", "/api/admin/users/{id}/sessions", edit(Noun::Users)),
    ("GET", "/api/admin/trail", read(Noun::Trail)),
];

/// An id that nothing has.
const NOBODY: &str = "019e0000-0000-7000-8000-00000000abcd";

/// Everybody who asks, each with a token if they are signed in.
async fn everybody(shop: &TestShop) -> Vec<(Option<StaffRole>, Option<String>)> {
    let mut people = vec![(None, None)];
    people.push((None, shop.customer("ada@example.org").await.token));
    for role in StaffRole::ALL {
        let email = format!("{}@example.org", role.as_str());
        people.push((Some(role), shop.staff_as(&email, role).await.token));
    }
    people
}

/// The status of an answer, asked as a program.
async fn status(shop: &TestShop, method: &str, path: &str, token: Option<&str>) -> (u16, String) {
    let method: Method = method.parse().unwrap();
    let mut request = testkit::program::http().request(method, format!("{}{path}", shop.url));
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let answer = request
        .header("content-type", "application/json")
        .body("{}")
        .send()
        .await
        .unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

fn filled(path: &str) -> String {
    let path = path.replace("{name}", "nobody");
    let parts = path.split('{').map(|part| match part.split_once('}') {
        Some((_, rest)) => format!("{NOBODY}{rest}"),
        None => part.to_owned(),
    });
    parts.collect()
}

#[on_both_databases]
async fn each_endpoint_admits_whom_the_table_says(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let description = shop.json("/api/openapi.json").await;
    let mut described = BTreeMap::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        for method in methods.as_object().unwrap().keys() {
            if path.starts_with("/api/admin/") {
                described.insert((path.clone(), method.to_ascii_uppercase()), ());
            }
        }
    }
    let told: BTreeMap<_, _> = ENDPOINTS
        .iter()
        .map(|(method, path, _)| (((*path).to_owned(), (*method).to_owned()), ()))
        .collect();
    assert_eq!(described, told, "left: the description; right: the table of this test");
    for (role, token) in everybody(&shop).await {
        for (method, path, permission) in ENDPOINTS {
            let (status, text) = status(&shop, method, &filled(path), token.as_deref()).await;
            let refused = match (&token, role) {
                (None, _) => Some((401, "AUTH001")),
                (Some(_), Some(role)) if role.may(permission) => None,
                _ => Some((403, "AUTH003")),
            };
            match refused {
                Some((expected, code)) => {
                    assert_eq!(status, expected, "{role:?} {method} {path}: {text}");
                    assert!(text.contains(code), "{role:?} {method} {path}: {text}");
                }
                None => assert!(
                    ![401, 403, 405, 500, 503].contains(&status),
                    "{role:?} {method} {path}: {status} {text}"
                ),
            }
        }
    }
}

#[test]
fn the_table_has_every_page() {
    let declared = web_admin::declared_routes().into_iter();
    let mut declared: Vec<_> = declared.map(|it| (it.path, it.method, it.permission)).collect();
    let mut written: Vec<_> = PAGES
        .map(|(method, path, permission)| (path.to_owned(), method, permission))
        .into();
    let place = |(path, method, _): &(String, &str, Option<Permission>)| (path.clone(), (*method).to_owned());
    declared.sort_by_key(place);
    written.sort_by_key(place);
    assert_eq!(declared, written);
}

#[on_both_databases]
async fn each_page_admits_whom_the_table_says(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    for (role, token) in everybody(&shop).await {
        for (method, path, permission) in PAGES {
            let (status, text) = status(&shop, method, &filled(path), token.as_deref()).await;
            let may = role.is_some_and(|role| permission.is_none_or(|permission| role.may(permission)));
            match token {
                None => assert!(
                    text.contains("name=\"password\"") || status == 401,
                    "a guest, {method} {path}: {status} {text}"
                ),
                Some(_) if may => assert!(
                    ![401, 403, 405, 500, 503].contains(&status),
                    "{role:?} {method} {path}: {status} {text}"
                ),
                Some(_) => assert_eq!(status, 403, "{role:?} {method} {path}: {text}"),
            }
        }
    }
}
