//! `/cart`: the cart, and the lines that were kept aside at a sign-in.

mod view;

use axum::extract::{RawQuery, State};
use axum::response::Response;
use domain::id::GameId;
use domain::refusal::{FieldError, Refusal, Wrong};
use services::Error;
use services::guests::Changed;
use uuid::Uuid;

use super::migration_notice::MigrationNotice;
#[cfg(test)]
pub(crate) use view::samples;
use view::{CartFormError, CartPage};
use web_kit::caller::{Anybody, Customer, GuestSecret};
use web_kit::cookies::Cookie;
use web_kit::form_data::FormData;
use web_kit::problem::Problem;
use web_kit::{App, conditional};

pub(crate) async fn show(
    State(app): State<App>,
    Anybody { visitor, caller }: Anybody,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let parameters = FormData::from_query(query.as_deref());
    let cart = app.shop.carts().get(&visitor).await?;
    let notice = match parameters.get("done") {
        "added" => Some("Added to your cart.".to_owned()),
        "removed" => Some("Removed from your cart.".to_owned()),
        "changed" => Some("Your cart was updated.".to_owned()),
        "given-up" => Some("Removed from the list.".to_owned()),
        _ => MigrationNotice::read(&parameters)
            .sentence()
            .filter(|_| caller.is_some()),
    };
    let page = CartPage::of(&app.site, &cart, caller.is_some(), None);
    Ok(page.saying(notice).answer())
}

/// A GET of an address that only takes forms, after a reload or a sign-in, leads back to the cart.
pub(crate) async fn back() -> Response {
    conditional::go_on("/cart")
}

pub(crate) async fn add(
    State(app): State<App>,
    Anybody { visitor, caller }: Anybody,
    data: FormData,
) -> Result<Response, Problem> {
    let change = async {
        let (game, copies) = (game(&data)?, copies(&data, "1")?);
        app.shop.carts().add(&visitor, game, copies).await
    };
    match change.await {
        Ok(changed) => Ok(changed_at(&app, &changed, "/cart?done=added")),
        Err(error) => again(&app, Anybody { visitor, caller }, &data, error).await,
    }
}

pub(crate) async fn set(
    State(app): State<App>,
    Anybody { visitor, caller }: Anybody,
    data: FormData,
) -> Result<Response, Problem> {
    let change = async {
        let (game, copies) = (game(&data)?, copies(&data, "")?);
        app.shop.carts().set(&visitor, game, copies).await
    };
    match change.await {
        Ok(changed) => Ok(changed_at(&app, &changed, "/cart?done=changed")),
        Err(error) => again(&app, Anybody { visitor, caller }, &data, error).await,
    }
}

/// Removing a line that is not there is not an error.
pub(crate) async fn remove(
    State(app): State<App>,
    Anybody { visitor, caller }: Anybody,
    data: FormData,
) -> Result<Response, Problem> {
    let change = async { app.shop.carts().remove(&visitor, game(&data)?).await };
    match change.await {
        Ok(changed) => Ok(changed_at(&app, &changed, "/cart?done=removed")),
        Err(Error::Refused(Refusal::NotInCart)) => Ok(conditional::go_on("/cart?done=removed")),
        Err(error) => again(&app, Anybody { visitor, caller }, &data, error).await,
    }
}

/// Tries again to move lines that were kept aside.
pub(crate) async fn migrate(
    State(app): State<App>,
    Customer(caller): Customer,
    GuestSecret(guest): GuestSecret,
) -> Result<Response, Problem> {
    let receipt = app.shop.carts().migrate(caller.user.id, guest.as_deref()).await?;
    let address = MigrationNotice::of_cart(&receipt).address();
    Ok(conditional::go_on(address.as_deref().unwrap_or("/cart")))
}

/// Discards the kept-aside lines of a game; if there are none, that is not an error.
pub(crate) async fn give_up(
    State(app): State<App>,
    Customer(caller): Customer,
    data: FormData,
) -> Result<Response, Problem> {
    match app.shop.carts().drop_kept(caller.user.id, game(&data)?).await {
        Ok(()) | Err(Error::Refused(Refusal::NotInCart)) => Ok(conditional::go_on("/cart?done=given-up")),
        Err(error) => Err(error.into()),
    }
}

/// The cart with the error beside the line of the form.
async fn again(app: &App, who: Anybody, data: &FormData, error: Error) -> Result<Response, Problem> {
    let form_error = CartFormError {
        game: game(data).ok(),
        quantity: data.get("quantity").to_owned(),
        problem: Problem::from(error),
    };
    // The cart cannot be rendered while the database is unavailable.
    if form_error.problem.status.is_server_error() {
        return Err(form_error.problem);
    }
    let cart = app.shop.carts().get(&who.visitor).await?;
    Ok(CartPage::of(&app.site, &cart, who.caller.is_some(), Some(form_error)).answer())
}

/// The game of a form.
pub(super) fn game(data: &FormData) -> Result<GameId, Refusal> {
    Uuid::parse_str(data.get("gameId"))
        .map(GameId)
        .map_err(|_| Refusal::GameNotFound)
}

/// The typed quantity; `unsaid` when the form has no such field.
fn copies(data: &FormData, unsaid: &str) -> Result<i64, Refusal> {
    let said = data.get("quantity").trim();
    let said = if said.is_empty() { unsaid } else { said };
    said.parse().map_err(|_| {
        let wrong = FieldError::of(Wrong::Value, "quantity", "must be a whole number, 0 to 99");
        Refusal::Invalid(vec![wrong])
    })
}

/// Redirects to `address`, and sets the guest's cookie if a session was created.
pub(super) fn changed_at<T>(app: &App, changed: &Changed<T>, address: &str) -> Response {
    let mut response = conditional::go_on(address);
    if let Some(secret) = &changed.new_secret {
        Cookie::Guest.set(&app.site, &mut response, secret);
    }
    response
}
