//! The metrics of orders, for whoever runs the shop; counted by the process that handles the request.

use std::time::Instant;

use domain::refusal::Refusal;

use super::PlacedOrder;
use crate::Error;

const ORDERS: &str = "orders_total";
const CHECKOUT: &str = "checkout_duration_seconds";
const REVEALS: &str = "reveals_total";

const ORDER_OUTCOMES: [&str; 8] = [
    "placed",
    "repeated",
    "out_of_stock",
    "price_changed",
    "balance",
    "limited",
    "refused",
    "failed",
];
const REVEAL_OUTCOMES: [&str; 4] = ["shown", "limited", "refused", "failed"];

/// Counts the outcome of a checkout, and how long it took.
pub(super) async fn checkout(work: impl Future<Output = Result<PlacedOrder, Error>>) -> Result<PlacedOrder, Error> {
    let begun = Instant::now();
    let done = work.await;
    let outcome = match &done {
        Ok(order) if order.is_repeated => "repeated",
        Ok(_) => "placed",
        Err(Error::Refused(refusal)) => match refusal {
            Refusal::TooFewCopies { .. } => "out_of_stock",
            Refusal::PriceChanged { .. } => "price_changed",
            Refusal::InsufficientBalance { .. } => "balance",
            Refusal::TooMany { .. } => "limited",
            _ => "refused",
        },
        Err(_) => "failed",
    };
    metrics::counter!(ORDERS, "outcome" => outcome).increment(1);
    metrics::histogram!(CHECKOUT).record(begun.elapsed());
    done
}

/// Counts the outcome of a request for a key.
pub(super) async fn reveal<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let done = work.await;
    let outcome = match &done {
        Ok(_) => "shown",
        Err(Error::Refused(Refusal::TooMany { .. })) => "limited",
        Err(Error::Refused(_)) => "refused",
        Err(_) => "failed",
    };
    metrics::counter!(REVEALS, "outcome" => outcome).increment(1);
    done
}

/// Every value of every label is there from the beginning.
pub(crate) fn begin_at_zero() {
    for outcome in ORDER_OUTCOMES {
        metrics::counter!(ORDERS, "outcome" => outcome).increment(0);
    }
    for outcome in REVEAL_OUTCOMES {
        metrics::counter!(REVEALS, "outcome" => outcome).increment(0);
    }
}

pub(crate) fn describe() {
    metrics::describe_counter!(
        ORDERS,
        "Checkouts, by outcome; `repeated` were answered with the order of an earlier one"
    );
    metrics::describe_histogram!(
        CHECKOUT,
        "Seconds that a checkout took, with the delivery of what the shop holds"
    );
    metrics::describe_counter!(REVEALS, "Requests to see a key, by outcome");
}
