//! `/checkout`: what the cart costs, what the wallet holds, and the button that buys it.

mod view;

use axum::extract::State;
use axum::response::Response;
use domain::id::GameId;
use domain::idempotency;
use domain::money::Cents;
use domain::order::{Consent, Order};
use domain::refusal::{FieldError, Refusal, Wrong};
use services::Error;
use services::accounts::Caller;
use services::guests::Visitor;
use services::orders::{CheckoutKey, CheckoutRequest};
use uuid::Uuid;
use web_kit::caller::{Anybody, Customer};
use web_kit::form_data::FormData;
use web_kit::problem::Problem;
use web_kit::{App, conditional};

use view::CheckoutPage;
#[cfg(test)]
pub(crate) use view::samples;

/// The version of the text that the form asks to agree to.
const CONSENT_VERSION: &str = "2026-11";
/// Where these forms are sent to, for their idempotency keys.
const ROUTE: &str = "POST /checkout";

pub(crate) async fn show(
    State(app): State<App>,
    Customer(caller): Customer,
    Anybody { visitor, .. }: Anybody,
) -> Result<Response, Problem> {
    Ok(page(&app, &caller, &visitor).await?.answer())
}

async fn page(app: &App, caller: &Caller, visitor: &Visitor) -> Result<CheckoutPage, Problem> {
    let cart = app.shop.carts().get(visitor).await?;
    let balance = app.shop.wallets().balance(caller.user.id).await?;
    let is_proven = caller.user.email_verified_at.is_some();
    let key = app.shop.orders().fresh_key();
    Ok(CheckoutPage::of(&app.site, &cart, (balance, is_proven), key))
}

/// Buys what the form showed, at the total that it showed.
pub(crate) async fn buy(
    State(app): State<App>,
    Customer(caller): Customer,
    Anybody { visitor, .. }: Anybody,
    data: FormData,
) -> Result<Response, Problem> {
    let placed = match request(&data) {
        Ok(request) => app.shop.orders().place(&caller, request).await,
        Err(refusal) => Err(refusal.into()),
    };
    match placed {
        Ok(order) => Ok(conditional::go_on(&format!("/account/orders/{}?done=bought", order.id))),
        Err(error) => refused(&app, &caller, &visitor, error).await,
    }
}

async fn refused(app: &App, caller: &Caller, visitor: &Visitor, error: Error) -> Result<Response, Problem> {
    let problem = Problem::from(error);
    if problem.status.is_server_error() || problem.asks_to_sign_in() {
        return Err(problem);
    }
    Ok(page(app, caller, visitor).await?.refused(problem).answer())
}

/// What the form asks for.
fn request(data: &FormData) -> Result<CheckoutRequest, Refusal> {
    let wrong = |field: &str, message: &str| Refusal::Invalid(vec![FieldError::of(Wrong::Value, field, message)]);
    if data.get("consent") != CONSENT_VERSION {
        return Err(wrong("consent", "has to be ticked before you can buy"));
    }
    let lines = data
        .get("items")
        .split(',')
        .filter(|line| !line.is_empty())
        .map(|line| {
            let (game, quantity) = line.split_once(':')?;
            Some((GameId(Uuid::try_parse(game).ok()?), quantity.parse().ok()?))
        });
    let lines: Option<Vec<(GameId, i64)>> = lines.collect();
    let total = Cents::parse(data.get("total"));
    let (Some(lines), Some(total)) = (lines, total) else {
        return Err(wrong("items", "what is to be bought cannot be read"));
    };
    Ok(CheckoutRequest {
        lines,
        expected_total: Some(total),
        consent: Some(Consent {
            text_version: CONSENT_VERSION.to_owned(),
            accepted: true,
        }),
        key: Some(CheckoutKey {
            route: ROUTE,
            key: idempotency::key("key", data.get("key"))?,
            render: |order: &Order| order.id.to_string(),
        }),
    })
}
