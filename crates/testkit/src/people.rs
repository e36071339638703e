//! People who use a shop: a guest, a customer, staff, each with the state of their client.

use std::sync::LazyLock;

use argon2::Argon2;
use argon2::password_hash::PasswordHasher as _;
use argon2::password_hash::phc::PasswordHash;
use domain::email::EmailAddress;
use domain::id::UserId;
use domain::staff::StaffRole;
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use services::trail::Actor;
use uuid::Uuid;

use crate::TestShop;

/// The password of every customer that a test creates.
pub const PASSWORD: &str = "Correct-Horse-1";

/// The hash of a password that was not normalised, as versions before step 9 stored it.
///
/// # Panics
/// Never: passwords of every length have a hash.
#[must_use]
pub fn hash_as_typed(password: &str) -> String {
    let hash = Argon2::default().hash_password_with_salt(password.as_bytes(), &[7; 16]);
    let hash: PasswordHash = hash.expect("a hash");
    hash.to_string()
}

/// Whoever runs the shop of a test.
#[must_use]
pub fn operator() -> &'static Actor {
    static OPERATOR: LazyLock<Actor> = LazyLock::new(|| Actor::command("a test"));
    &OPERATOR
}

/// A client that sends what it was given: a token, a guest's secret.
#[derive(Clone, Debug, Default)]
pub struct Client {
    url: String,
    client: reqwest::Client,
    /// The access token, if signed in.
    pub token: Option<String>,
    /// The refresh token.
    pub refresh: Option<String>,
    /// The guest's secret.
    pub guest: Option<String>,
    /// The account.
    pub id: Option<UserId>,
    /// What makes it a known device; sent with a sign-in.
    pub device: Option<String>,
    /// The network address that the proxy before the shop reports, if there is one.
    pub address: Option<String>,
}

/// A response of the shop.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body; null when it is not JSON.
    pub body: Value,
    /// The body as text.
    pub text: String,
}

impl Answer {
    /// The code of an error; empty for a success.
    #[must_use]
    pub fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    /// The `data` of a success.
    #[must_use]
    pub fn data(&self) -> &Value {
        &self.body["data"]
    }
}

impl Client {
    /// A new visitor of the shop at this address.
    #[must_use]
    pub fn at(url: &str) -> Self {
        Self {
            url: url.to_owned(),
            client: crate::program::http(),
            ..Self::default()
        }
    }

    /// Sends a request with the client's credentials, and stores the guest's secret of the response.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn ask(&mut self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let answer = self.try_ask(method, path, body).await;
        answer.unwrap_or_else(|error| panic!("no answer to {path}: {error}"))
    }

    /// The same, when the shop may be killed meanwhile.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn try_ask(
        &mut self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> Result<Answer, reqwest::Error> {
        let mut request = self.client.request(method, format!("{}{path}", self.url));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(guest) = &self.guest {
            request = request.header("x-session-id", guest);
        }
        if let Some(address) = &self.address {
            request = request.header("x-forwarded-for", address);
        }
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        let answer = request.send().await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let text = answer.text().await?;
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        if let Some(secret) = headers.get("x-session-id").and_then(|secret| secret.to_str().ok()) {
            self.guest = Some(secret.to_owned());
        }
        Ok(Answer {
            status,
            headers,
            body,
            text,
        })
    }

    /// Reads.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.ask(Method::GET, path, None).await
    }

    /// Sends.
    pub async fn post(&mut self, path: &str, body: &Value) -> Answer {
        self.ask(Method::POST, path, Some(body)).await
    }

    /// Puts.
    pub async fn put(&mut self, path: &str, body: &Value) -> Answer {
        self.ask(Method::PUT, path, Some(body)).await
    }

    /// Deletes.
    pub async fn delete(&mut self, path: &str) -> Answer {
        self.ask(Method::DELETE, path, None).await
    }

    /// Registers with [`PASSWORD`], and is signed in afterwards.
    pub async fn register(&mut self, email: &str) -> Answer {
        let answer = self
            .post("/api/auth/register", &json!({"email": email, "password": PASSWORD}))
            .await;
        self.keep(&answer);
        answer
    }

    /// Signs in, and stays signed in if it succeeds.
    pub async fn sign_in(&mut self, email: &str, password: &str) -> Answer {
        let answer = self
            .post(
                "/api/auth/login",
                &json!({"email": email, "password": password, "deviceToken": self.device}),
            )
            .await;
        self.keep(&answer);
        answer
    }

    /// Stores the tokens of a response, if it has some.
    pub fn keep(&mut self, answer: &Answer) {
        let text = |name: &str| answer.data()[name].as_str().map(str::to_owned);
        if let Some(token) = text("token") {
            self.token = Some(token);
            self.refresh = text("refreshToken");
        }
        self.device = text("deviceToken").or_else(|| self.device.clone());
        let id = answer.data()["user"]["id"]
            .as_str()
            .and_then(|id| Uuid::parse_str(id).ok());
        self.id = id.map(UserId).or(self.id);
    }

    /// Adds copies of a game to the cart.
    pub async fn add_to_cart(&mut self, game: &str, quantity: u32) -> Answer {
        self.post("/api/cart", &json!({"gameId": game, "quantity": quantity}))
            .await
    }

    /// Copies in the cart, and copies that were kept aside.
    pub async fn units(&mut self) -> (u64, u64) {
        let cart = self.get("/api/cart").await;
        let of = |list: &str| {
            let items = cart.data()[list].as_array().map(Vec::as_slice).unwrap_or_default();
            items.iter().map(|item| item["quantity"].as_u64().unwrap_or(0)).sum()
        };
        (of("items"), of("kept"))
    }
}

impl TestShop {
    /// A new visitor.
    #[must_use]
    pub fn guest(&self) -> Client {
        Client::at(&self.url)
    }

    /// A newly registered customer.
    ///
    /// # Panics
    /// When the shop refuses.
    pub async fn customer(&self, email: &str) -> Client {
        let mut person = self.guest();
        let answer = person.register(email).await;
        assert_eq!(answer.status, 201, "{}", answer.body);
        person
    }

    /// Records that a customer's address is verified.
    ///
    /// # Panics
    /// When the customer has no account.
    pub async fn prove_address(&self, email: &str) {
        let email = EmailAddress::parse(email).expect("an address");
        let tx = self.db.begin().await.expect("a transaction");
        let known = tx.accounts().credentials(&email).await.expect("the account");
        let id = known.expect("an account").user.id;
        tx.accounts().verify_email(id, self.shop.now()).await.expect("a change");
        tx.commit().await.expect("a commit");
    }

    /// An owner.
    ///
    /// # Panics
    /// When the shop refuses.
    pub async fn staff(&self) -> Client {
        self.staff_as("staff@example.org", StaffRole::Owner).await
    }

    /// A member of staff with this role.
    ///
    /// # Panics
    /// When the shop refuses.
    pub async fn staff_as(&self, email: &str, role: StaffRole) -> Client {
        let person = self.customer(email).await;
        let id = person.id.expect("an account");
        let tx = self.db.begin().await.expect("a transaction");
        let now = self.shop.now();
        tx.staff().set_role(id, Some(role), now).await.expect("a role");
        tx.commit().await.expect("a commit");
        person
    }

    /// Ids of games for sale, most expensive first.
    ///
    /// # Panics
    /// When there are fewer than `count`.
    pub async fn games_for_sale(&self, count: usize) -> Vec<String> {
        let list = self.json("/api/games?sort=price-desc&pageSize=100").await;
        let games = list["data"]["data"].as_array().expect("games");
        let ids: Vec<String> = games
            .iter()
            .take(count)
            .map(|game| game["id"].as_str().expect("an id").to_owned())
            .collect();
        assert_eq!(ids.len(), count, "too few games for sale");
        ids
    }
}
