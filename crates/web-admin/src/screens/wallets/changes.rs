//! What staff change in a wallet by hand: each change is booked once for its reference.

use domain::id::UserId;
use domain::money::Cents;
use domain::refusal::{FieldError, Refusal, Wrong};
use domain::wallet::{PayoutWay, WalletChange, WalletOrder};
use services::Error;
use web_kit::form::{Choice, Field};
use web_kit::form_data::FormData;

use super::one::{of, user_id};
use super::{EDIT, LIST, wallet_address};
use crate::kit::cell::Cell;
use crate::kit::sheet::Block;
use crate::kit::{Action, Question, Reason, Visit};

pub(super) const TOP_UP: &str = "top-up-wallet";
pub(super) const ADJUST: &str = "adjust-wallet";
pub(super) const PAY_OUT: &str = "pay-out-wallet";

const BOOKED: &str = "Booked. The new balance stands below.";

/// The cash desk: a top-up of whoever stands there, by their address.
pub(super) fn cash_desk() -> Action {
    Action {
        name: "cash-desk",
        label: "Cash desk: top up…",
        path: "/admin/cash-desk",
        permission: EDIT,
        needs_proof: true,
        reason: Reason::Required,
        ask: |visit| {
            Box::pin(async move {
                let mut fields = vec![Field::text("email", "E-mail address of the customer")];
                fields.extend(top_up_fields(visit));
                Ok(Question {
                    title: "Top up a wallet".to_owned(),
                    lead: TOP_UP_LEAD.to_owned(),
                    back: (LIST.to_owned(), "Wallets".to_owned()),
                    blocks: Vec::new(),
                    fields,
                    button: "Book it",
                })
            })
        },
        run: |visit, data| {
            Box::pin(async move {
                let user = visit.app.shop.staff().known_account(data.get("email")).await?;
                change(visit, user, WalletOrder::TopUp, amount(data)?, data).await
            })
        },
        done: BOOKED,
    }
}

const TOP_UP_LEAD: &str = "A customer paid: the amount is theirs at once. It is booked once for its reference.";

pub(super) fn top_up() -> Action {
    Action {
        name: TOP_UP,
        label: "Top up…",
        path: "/admin/wallets/{id}/top-up",
        permission: EDIT,
        needs_proof: true,
        reason: Reason::Required,
        ask: |visit| {
            Box::pin(async move {
                let fields = top_up_fields(visit);
                question(visit, ("Top up the wallet of", TOP_UP_LEAD), fields).await
            })
        },
        run: |visit, data| {
            Box::pin(async move { change(visit, user_id(visit)?, WalletOrder::TopUp, amount(data)?, data).await })
        },
        done: BOOKED,
    }
}

pub(super) fn adjust() -> Action {
    Action {
        name: ADJUST,
        label: "Give or take back…",
        path: "/admin/wallets/{id}/adjust",
        permission: EDIT,
        needs_proof: true,
        reason: Reason::Required,
        ask: |visit| {
            Box::pin(async move {
                let lead = "What the shop gives is goodwill: it costs the shop. A balance never falls below 0.";
                let ways = vec![Choice::new("give", "Give"), Choice::new("take", "Take back")];
                let fields = vec![
                    Field::one("way", "What is done", ways),
                    Field::money("amount", "Amount"),
                    reference(&visit.app.shop.orders().fresh_key()),
                ];
                question(visit, ("Correct the wallet of", lead), fields).await
            })
        },
        run: |visit, data| {
            Box::pin(async move {
                let amount = amount(data)?;
                let signed = match data.get("way") {
                    "give" => amount,
                    "take" => Cents::new(-amount.get()),
                    _ => return Err(wrong("way", "is none of these").into()),
                };
                change(visit, user_id(visit)?, WalletOrder::Adjust, signed, data).await
            })
        },
        done: BOOKED,
    }
}

pub(super) fn pay_out() -> Action {
    Action {
        name: PAY_OUT,
        label: "Pay out…",
        path: "/admin/wallets/{id}/pay-out",
        permission: EDIT,
        needs_proof: true,
        reason: Reason::Required,
        ask: |visit| {
            Box::pin(async move {
                let lead = "The customer gets money for their balance. Pay it first: this books what was paid.";
                let ways = vec![Choice::new("bank", "By bank transfer"), Choice::new("cash", "In cash")];
                let fields = vec![
                    Field::one("way", "How it was paid", ways),
                    Field::money("amount", "Amount"),
                    reference("").hinted("Such as the bank's number of the transfer. It is booked once for it."),
                ];
                question(visit, ("Pay out the wallet of", lead), fields).await
            })
        },
        run: |visit, data| {
            Box::pin(async move {
                let way = match data.get("way") {
                    "bank" => PayoutWay::Bank,
                    "cash" => PayoutWay::Cash,
                    _ => return Err(wrong("way", "is none of these").into()),
                };
                change(visit, user_id(visit)?, WalletOrder::PayOut(way), amount(data)?, data).await
            })
        },
        done: BOOKED,
    }
}

async fn question(visit: &Visit, (title, lead): (&str, &str), fields: Vec<Field>) -> Result<Question, Error> {
    let (user, balance) = of(visit).await?;
    Ok(Question {
        title: format!("{title} {}", user.email),
        lead: lead.to_owned(),
        back: (wallet_address(user.id), format!("Wallet of {}", user.email)),
        blocks: vec![Block::Facts {
            heading: "",
            facts: vec![("Balance", Cell::Money(balance))],
        }],
        fields,
        button: "Book it",
    })
}

fn top_up_fields(visit: &Visit) -> Vec<Field> {
    let limits = visit.app.shop.wallets().top_up_limits();
    let allowed = format!("From {} to {} EUR.", limits.min, limits.max);
    let receipt = "Such as the number of the receipt. It is booked once for it.";
    vec![
        Field::money("amount", "Amount").hinted(allowed),
        reference("").hinted(receipt),
    ]
}

fn reference(value: &str) -> Field {
    Field::text("reference", "Reference").holding(value)
}

fn wrong(field: &str, why: &str) -> Refusal {
    Refusal::Invalid(vec![FieldError::new(field, why)])
}

/// The amount that was typed: above 0, whichever way it goes.
fn amount(data: &FormData) -> Result<Cents, Refusal> {
    let typed = data.cents("amount").map_err(|wrong| Refusal::Invalid(vec![wrong]))?;
    let missing = || Refusal::Invalid(vec![FieldError::of(Wrong::Missing, "amount", "is missing")]);
    let amount = typed.ok_or_else(missing)?;
    if amount > Cents::ZERO {
        Ok(amount)
    } else {
        Err(wrong("amount", "must be above 0"))
    }
}

async fn change(
    visit: &Visit,
    user: UserId,
    order: WalletOrder,
    amount: Cents,
    data: &FormData,
) -> Result<String, Error> {
    let change = WalletChange {
        order,
        amount,
        reference: Some(data.get("reference").trim().to_owned()),
    };
    let changed = visit.app.shop.wallets().change(user, &change, &visit.actor).await?;
    if changed.was_made {
        let why = "was used for this very change before: it is booked already, and was not booked again";
        return Err(wrong("reference", why).into());
    }
    Ok(wallet_address(user))
}
