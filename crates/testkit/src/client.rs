//! A client of a shop, with what it keeps between requests.

use domain::id::UserId;
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::PASSWORD;

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
            token: None,
            refresh: None,
            guest: None,
            id: None,
            device: None,
            address: None,
        }
    }

    /// Sends a request with the client's credentials, and stores the guest's secret of the response.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn ask(&mut self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let answer = self.try_ask(method, path, body).await;
        answer.unwrap_or_else(|error| panic!("no answer to {path}: {error:?}"))
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
        let body = body.map(|body| ("application/json", body.to_string().into_bytes()));
        self.try_send(method, path, body).await
    }

    /// Sends a form as a page does.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let form = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        self.send_body(path, "application/x-www-form-urlencoded", form.into_bytes())
            .await
    }

    /// Sends these bytes as a body of this media type.
    ///
    /// # Panics
    /// When there is no answer.
    pub async fn send_body(&mut self, path: &str, media: &str, body: Vec<u8>) -> Answer {
        let answer = self.try_send(Method::POST, path, Some((media, body))).await;
        answer.unwrap_or_else(|error| panic!("no answer to {path}: {error:?}"))
    }

    async fn try_send(
        &mut self,
        method: Method,
        path: &str,
        body: Option<(&str, Vec<u8>)>,
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
        if let Some((media, body)) = body {
            request = request.header("content-type", media).body(body);
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
