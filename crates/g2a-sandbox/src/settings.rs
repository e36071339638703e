//! The settings of a sandbox: its catalogue, its buyer, and its behaviour where the real supplier's is not known.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use axum::http::StatusCode;

/// The settings of a sandbox.
#[derive(Clone)]
pub struct Settings {
    /// How many products, at most 1,000,000.
    pub products: u32,
    /// The same seed, the same catalogue, order ids, transaction ids and keys.
    pub seed: u64,
    /// The buyer's credentials.
    pub client_id: String,
    /// The buyer's credentials.
    pub email: String,
    /// The buyer's credentials.
    pub client_secret: String,
    /// Calls allowed in any 60 seconds.
    pub rate_per_minute: u32,
    /// The beginning of the pictures' addresses; `None`: the address it listens on.
    pub public_url: Option<String>,
    /// The buyer's wallet at the start, in cents of EUR.
    pub wallet_cents: u64,
    /// How long an order waits for its payment.
    pub reservation: Duration,
    /// How long a paid order is processed before its key can be read.
    pub processing: Duration,
    /// The number of the first order. Ids and keys depend on the number, so a sandbox that is restarted for a shop that
    /// stores the last one must begin above it; at most 1,000,000,000.
    pub first_order: u64,
    /// Answers about which the sources say nothing.
    pub unknowns: Unknowns,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            products: 93,
            seed: 1,
            client_id: "demo-client".into(),
            email: "demo@latchkey.invalid".into(),
            client_secret: "demo-secret".into(),
            rate_per_minute: 600,
            public_url: None,
            wallet_cents: 100_000_000,
            reservation: Duration::from_secs(30 * 60),
            processing: Duration::from_millis(500),
            first_order: 0,
            unknowns: Unknowns::default(),
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("products", &self.products)
            .field("seed", &self.seed)
            .field("rate_per_minute", &self.rate_per_minute)
            .field("public_url", &self.public_url)
            .field("unknowns", &self.unknowns)
            .finish_non_exhaustive()
    }
}

/// Unknown behaviour of the real supplier, each with a default and possible alternatives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknowns {
    /// How far an order's price may lie from the listed one, up or down, in percent and by the seed.
    pub reprice_percent: u32,
    /// What a second payment of a paid order does.
    pub second_pay: SecondPay,
    /// An order for a product without keys.
    pub sold_out: Answer,
    /// An order whose `max_price` is below the price.
    pub too_dear: Answer,
    /// An order for a product that does not exist.
    pub no_such_product: Answer,
    /// The key of a paid order that is still processed.
    pub processing: Answer,
    /// How the code of a second reading of a key is spelled, `ORD04` or `ORD004`.
    pub key_taken_code: String,
    /// Where sources disagree about an HTTP status: 0 the first they name, 1 the second, 2 the third (only for
    /// `AUTH01`).
    pub alternate_statuses: u8,
    /// A page after the last one.
    pub past_the_end: PastTheEnd,
    /// The `status` of an order that waits for its payment.
    pub status_new: String,
    /// The `status` of an order that is paid and processed.
    pub status_pending: String,
    /// The `status` of an order whose key can be read, or was.
    pub status_complete: String,
    /// The `status` of an order that was not paid in time.
    pub status_lapsed: String,
}

impl Default for Unknowns {
    fn default() -> Unknowns {
        let answer = |status, code: &str| Answer {
            status,
            code: code.into(),
        };
        Unknowns {
            reprice_percent: 0,
            second_pay: SecondPay::Ord110,
            sold_out: answer(StatusCode::CONFLICT, "ORD115"),
            too_dear: answer(StatusCode::CONFLICT, "ORD116"),
            no_such_product: answer(StatusCode::BAD_REQUEST, "BR04"),
            processing: answer(StatusCode::FORBIDDEN, "ORD06"),
            key_taken_code: "ORD04".into(),
            alternate_statuses: 0,
            past_the_end: PastTheEnd::Empty,
            status_new: "new".into(),
            status_pending: "pending".into(),
            status_complete: "complete".into(),
            status_lapsed: "new".into(),
        }
    }
}

/// An HTTP status with the supplier's code; written `409 ORD115`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// 400 to 599.
    pub status: StatusCode,
    /// The field `code`.
    pub code: String,
}

impl FromStr for Answer {
    type Err = String;

    fn from_str(text: &str) -> Result<Answer, String> {
        let refused = || format!("`{text}` is no answer such as `409 ORD115`");
        let (status, code) = text.split_once(' ').ok_or_else(refused)?;
        let status: StatusCode = status.parse().map_err(|_| refused())?;
        let named = !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !named || !(status.is_client_error() || status.is_server_error()) {
            return Err(refused());
        }
        Ok(Answer {
            status,
            code: code.into(),
        })
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status.as_u16(), self.code)
    }
}

/// What a second payment of a paid order does; written as the variant's name in camel case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondPay {
    /// 403 `ORD110`, and nothing is charged.
    Ord110,
    /// The wallet is charged once more, under a new transaction id.
    ChargeAgain,
    /// The answer to the first payment again, and nothing is charged.
    SameTransaction,
}

impl FromStr for SecondPay {
    type Err = String;

    fn from_str(text: &str) -> Result<SecondPay, String> {
        match text {
            "ord110" => Ok(SecondPay::Ord110),
            "chargeAgain" => Ok(SecondPay::ChargeAgain),
            "sameTransaction" => Ok(SecondPay::SameTransaction),
            _ => Err("one of ord110, chargeAgain, sameTransaction".into()),
        }
    }
}

/// The answer to a page after the last one; written as the variant's name in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PastTheEnd {
    /// A page without products.
    Empty,
    /// The last page's products again.
    Last,
    /// 400 `PR02`.
    Refused,
}

impl FromStr for PastTheEnd {
    type Err = String;

    fn from_str(text: &str) -> Result<PastTheEnd, String> {
        match text {
            "empty" => Ok(PastTheEnd::Empty),
            "last" => Ok(PastTheEnd::Last),
            "refused" => Ok(PastTheEnd::Refused),
            _ => Err("one of empty, last, refused".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read_as_they_are_written() {
        let answer: Answer = "409 ORD115".parse().unwrap();
        assert_eq!(answer.to_string(), "409 ORD115");
        for wrong in ["409", "ORD115 409", "200 ORD115", "409 ", "409 <b>"] {
            assert!(wrong.parse::<Answer>().is_err(), "{wrong}");
        }
    }
}
