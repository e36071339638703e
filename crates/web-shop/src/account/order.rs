//! `/account/orders/…`: one order: its copies, their keys, and what happened to it.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use domain::activation;
use domain::id::OrderId;
use domain::money::Cents;
use domain::name;
use domain::order::{Order, OrderEvent, OrderUnit};
use domain::own_key::KeyText;
use domain::refusal::Refusal;
use domain::unit::UnitState;
use services::Error;
use services::accounts::Caller;
use uuid::Uuid;
use web_kit::caller::Customer;
use web_kit::form;
use web_kit::form_data::FormData;
use web_kit::format::{self, Price};
use web_kit::page::{Layout, render};
use web_kit::parameters::PathId;
use web_kit::problem::Problem;
use web_kit::{App, conditional};

use super::{AccountLayout, orders};
use crate::card::Card;

#[derive(Template)]
#[template(path = "account/order.html")]
struct OrderPage<'a> {
    layout: &'a Layout,
    account: &'a AccountLayout,
    id: OrderId,
    number: String,
    status: &'static str,
    at: String,
    total: Price,
    units: Vec<UnitRow>,
    events: Vec<EventRow>,
    /// Whether something can be cancelled.
    is_open: bool,
    /// Why what was asked for was not done.
    wrong: Option<String>,
    /// Whether signing in again helps.
    asks_to_prove: bool,
}

struct UnitRow {
    card: Card,
    paid: Price,
    state: &'static str,
    /// The key that can be shown.
    key: Option<Uuid>,
    was_seen: bool,
    /// The key in clear, in the answer to the form that asked for it.
    shown: Option<String>,
    how: &'static str,
    refunded: Option<Price>,
}

struct EventRow {
    what: String,
    at: String,
}

/// What a form of the page led to.
#[derive(Default)]
struct Outcome {
    shown: Option<(Uuid, KeyText)>,
    problem: Option<Problem>,
}

impl UnitRow {
    /// `None` for a unit of a game that the order does not list, which there is not.
    fn of(unit: &OrderUnit, order: &Order, shown: Option<&(Uuid, KeyText)>) -> Option<Self> {
        let item = order.items.iter().find(|item| item.game.id == unit.game)?;
        let key = unit.key.filter(|_| unit.state == UnitState::Delivered);
        let service = name::parse(&item.game.title).service;
        let shown = shown.filter(|(id, _)| Some(*id) == key);
        Some(Self {
            card: Card::listed(&item.game),
            paid: Price::of(unit.paid),
            state: match unit.state {
                UnitState::Delivered if unit.revealed_at.is_some() => "You have seen this key",
                UnitState::Delivered => "Your key is here",
                UnitState::Refunded => "Paid back to your wallet",
                _ => "Your key is on its way",
            },
            key,
            was_seen: unit.revealed_at.is_some(),
            shown: shown.map(|(_, key)| key.expose().to_owned()),
            how: activation::instructions(service),
            refunded: (unit.refunded > Cents::ZERO).then(|| Price::of(unit.refunded)),
        })
    }
}

impl EventRow {
    fn of(event: &OrderEvent, order: &Order) -> Self {
        let unit = order.units.iter().find(|unit| Some(unit.id) == event.unit);
        let item = unit.and_then(|unit| order.items.iter().find(|item| item.game.id == unit.game));
        let what = match event.event.as_str() {
            "ordered" => "You ordered and paid",
            "delivered" => "Key delivered",
            "revealed" => "Key shown",
            "shown again" => "Key shown again",
            "unreadable" => "We could not read this key, and are seeing to it",
            "refunded" => "Paid back to your wallet",
            "cancelled" => "Cancelled, and paid back to your wallet",
            "not delivered in time" => "Not delivered in time, and paid back to your wallet",
            other => other,
        };
        Self {
            what: item.map_or_else(|| what.to_owned(), |item| format!("{what}: {}", item.game.title)),
            at: format::date_time(event.at),
        }
    }
}

pub(crate) async fn show(
    State(app): State<App>,
    Customer(caller): Customer,
    PathId(id): PathId,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let id = id.map(OrderId).ok_or(Refusal::OrderNotFound)?;
    let notice = match FormData::from_query(query.as_deref()).get("done") {
        "bought" => Some("Thank you for your order."),
        "cancelled" => Some("Cancelled: the price of what you had not received is back in your wallet."),
        _ => None,
    };
    answer(&app, &caller, id, notice, Outcome::default()).await
}

/// Shows a key, in this answer alone.
pub(crate) async fn reveal(
    State(app): State<App>,
    Customer(caller): Customer,
    PathId(id): PathId,
    data: FormData,
) -> Result<Response, Problem> {
    let id = id.map(OrderId).ok_or(Refusal::OrderNotFound)?;
    let key = Uuid::try_parse(data.get("key")).map_err(|_| Refusal::KeyNotFound)?;
    let outcome = match app.shop.orders().reveal(&caller, id, key).await {
        Ok(text) => Outcome {
            shown: Some((key, text)),
            problem: None,
        },
        Err(error) => refused(error)?,
    };
    answer(&app, &caller, id, None, outcome).await
}

/// Cancels what nobody has begun to deliver.
pub(crate) async fn cancel(
    State(app): State<App>,
    Customer(caller): Customer,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let id = id.map(OrderId).ok_or(Refusal::OrderNotFound)?;
    match app.shop.orders().cancel(&caller, id).await {
        Ok(()) => Ok(conditional::go_on(&format!("/account/orders/{id}?done=cancelled"))),
        Err(error) => answer(&app, &caller, id, None, refused(error)?).await,
    }
}

/// A GET of an address that only takes forms leads back to the order.
pub(crate) async fn back(PathId(id): PathId) -> Result<Response, Problem> {
    let id = id.ok_or(Refusal::OrderNotFound)?;
    Ok(conditional::go_on(&format!("/account/orders/{id}")))
}

/// What the page of the order can tell; other problems have pages of their own.
fn refused(error: Error) -> Result<Outcome, Problem> {
    let problem = Problem::from(error);
    if problem.status.is_server_error() || problem.asks_to_sign_in() || problem.code == "NOTFOUND003" {
        return Err(problem);
    }
    Ok(Outcome {
        shown: None,
        problem: Some(problem),
    })
}

async fn answer(
    app: &App,
    caller: &Caller,
    id: OrderId,
    notice: Option<&'static str>,
    outcome: Outcome,
) -> Result<Response, Problem> {
    let order = app.shop.orders().of(caller.user.id, id).await?;
    let events = app.shop.orders().events(caller.user.id, id).await?;
    let account = AccountLayout::new(&app.site, "/account/orders", "Your order", notice);
    let account = account.refused(outcome.problem.is_some());
    let page = OrderPage::of(&account, &order, &events, &outcome);
    let problem = outcome.problem.as_ref();
    let status = problem.map_or(StatusCode::OK, |problem| problem.status);
    let waiting = problem.and_then(|problem| problem.retry_after);
    Ok(conditional::send_privately(
        status,
        render(&page),
        conditional::HTML,
        waiting,
    ))
}

impl<'a> OrderPage<'a> {
    fn of(account: &'a AccountLayout, order: &Order, events: &[OrderEvent], outcome: &Outcome) -> Self {
        let problem = outcome.problem.as_ref();
        let units = order.units.iter();
        Self {
            layout: &account.layout,
            account,
            id: order.id,
            number: order.number.to_string(),
            status: orders::status(order.status),
            at: format::date_time(order.created_at),
            total: Price::of(order.total),
            units: units
                .filter_map(|unit| UnitRow::of(unit, order, outcome.shown.as_ref()))
                .collect(),
            events: events.iter().map(|event| EventRow::of(event, order)).collect(),
            is_open: order.units.iter().any(|unit| unit.state.is_open()),
            wrong: problem.map(form::summary),
            asks_to_prove: problem.is_some_and(|problem| problem.code == "AUTH006"),
        }
    }
}

#[cfg(test)]
mod sample;
#[cfg(test)]
pub(super) use sample::sample_order;
#[cfg(test)]
pub(crate) use sample::samples;
