//! The personal pages, as a browser without scripts requests them: one file for each address.

mod account;
mod cart;
mod checkout;
mod checkout_refused;
mod error_pages;
mod game;
mod keys;
mod known_device;
mod recovery;
mod register;
mod response_cache;
mod second_factor;
mod sign_in;
mod wishlist;

use std::collections::BTreeMap;

use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Client, RequestBuilder};
use testkit::program::plain_http;
use testkit::{PASSWORD, TestShop};

/// Somebody with cookies, who sees each answer and goes on by hand.
struct Visitor {
    url: String,
    client: Client,
    cookies: BTreeMap<String, String>,
}

/// An answer.
struct Page {
    status: u16,
    headers: HeaderMap,
    html: String,
}

impl Page {
    /// Where it sends its reader; empty when it does not.
    fn location(&self) -> &str {
        self.headers.get("location").map_or("", |to| to.to_str().unwrap())
    }

    fn has(&self, part: &str) -> bool {
        self.html.contains(part)
    }

    /// What stands in the first field of this name.
    fn value(&self, name: &str) -> String {
        let field = self
            .html
            .split("<input")
            .find(|field| field.contains(&format!("name=\"{name}\"")));
        let field = field.unwrap_or_else(|| panic!("no field {name} in {}", self.html));
        let value = field.split("value=\"").nth(1).unwrap_or_default();
        value
            .split('"')
            .next()
            .unwrap_or_default()
            .replace("&#38;", "&")
            .replace("&amp;", "&")
    }

    /// Nobody but its reader may keep it.
    fn is_private(&self) -> bool {
        self.headers["cache-control"] == "private, no-store"
    }
}

impl Visitor {
    fn of(shop: &TestShop) -> Self {
        Self {
            url: shop.url.clone(),
            client: plain_http().redirect(Policy::none()).build().unwrap(),
            cookies: BTreeMap::new(),
        }
    }

    /// Somebody who has just registered.
    async fn registered(shop: &TestShop, email: &str) -> Self {
        let mut person = Self::of(shop);
        let page = person
            .post("/register", &[("email", email), ("password", PASSWORD)])
            .await;
        assert_eq!(page.status, 303, "{}", page.html);
        person
    }

    async fn get(&mut self, path: &str) -> Page {
        self.send(self.client.get(format!("{}{path}", self.url))).await
    }

    async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let mut body = url::form_urlencoded::Serializer::new(String::new());
        for (name, value) in fields {
            body.append_pair(name, value);
        }
        let request = self.client.post(format!("{}{path}", self.url));
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        self.send(request.header("origin", &self.url).body(body.finish())).await
    }

    /// Sends a form that succeeds, and opens the page that it leads to.
    async fn done(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let page = self.post(path, fields).await;
        assert_eq!(page.status, 303, "{path}: {}", page.html);
        self.get(page.location()).await
    }

    async fn send(&mut self, request: RequestBuilder) -> Page {
        let cookies: Vec<String> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = match cookies.is_empty() {
            true => request,
            false => request.header("cookie", cookies.join("; ")),
        };
        let answer = request.send().await.unwrap();
        for set in answer.headers().get_all("set-cookie") {
            let set = set.to_str().unwrap();
            let (name, rest) = set.split_once('=').unwrap();
            let value = rest.split(';').next().unwrap();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        Page {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            html: answer.text().await.unwrap(),
        }
    }
}
