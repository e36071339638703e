//! The administration: its lists, its files, its actions, and how little a new page takes.

mod actions;
mod duplicates;
mod files;
mod lists;
mod new_page;
mod people;
mod people_plans;
mod people_records;
mod plans;
mod reasons;
mod statements;

use testkit::{Answer, Client, TestShop};

/// Sends a form as a page does.
async fn send(shop: &TestShop, person: &Client, path: &str, fields: &[(&str, &str)]) -> Answer {
    let mut body = url::form_urlencoded::Serializer::new(String::new());
    body.extend_pairs(fields);
    let request = testkit::program::http()
        .post(format!("{}{path}", shop.url))
        .bearer_auth(person.token.as_ref().unwrap())
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body.finish());
    let answer = request.send().await.unwrap();
    Answer {
        status: answer.status().as_u16(),
        headers: answer.headers().clone(),
        body: serde_json::Value::Null,
        text: answer.text().await.unwrap(),
    }
}

/// The address without `{id}`.
fn filled_in(path: &str, id: &str) -> String {
    path.replace("{id}", id)
}
