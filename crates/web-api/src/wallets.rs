//! Wallets: the caller's balance and what moved it, and corrections by staff.

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use domain::catalog::PAGE_MAX;
use domain::id::UserId;
use domain::money::Cents;
use domain::posting::{TransactionType, WalletTransaction};
use domain::refusal::{FieldError, Refusal};
use domain::trail;
use domain::wallet::{WalletChange, WalletOrder};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;
use web_kit::App;
use web_kit::caller::Customer;
use web_kit::fields::Fields;
use web_kit::parameters::PathId;
use web_kit::problem::{ErrorEnvelope, Problem};
use web_kit::query::Parameters;
use web_kit::staff::{Staff, WalletsEdit};

use super::body::Money;
use super::{Success, idempotency, personal};

/// Transactions on a page.
const PAGE_SIZE: (u32, u32) = (50, 100);

/// What is in a wallet.
#[derive(Serialize, ToSchema)]
#[schema(as = Balance)]
pub(crate) struct BalanceBody {
    /// EUR.
    #[schema(value_type = f64, example = 19.38)]
    balance: Money,
    #[schema(example = "EUR")]
    currency: &'static str,
}

/// What moved a balance.
#[derive(Serialize, ToSchema)]
#[schema(as = Transaction)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TransactionBody {
    id: Uuid,
    user_id: Uuid,
    /// The order that it paid, or of which it is a refund.
    #[serde(skip_serializing_if = "Option::is_none")]
    order_id: Option<Uuid>,
    /// `TOP_UP`, `PURCHASE` or `REFUND`.
    #[serde(rename = "type")]
    #[schema(example = "TOP_UP")]
    kind: &'static str,
    /// What it added to the balance, in EUR; below zero if it took something.
    #[schema(value_type = f64, example = 20)]
    amount: Money,
    #[schema(example = "EUR")]
    currency: &'static str,
    #[schema(example = "COMPLETED")]
    status: &'static str,
    #[schema(example = "Top-up")]
    description: &'static str,
    created_at: String,
}

/// A correction of a balance.
#[derive(Deserialize, ToSchema)]
pub(crate) struct AdjustmentFields {
    /// What is added, in EUR with at most two decimals; below zero to take something back.
    #[schema(value_type = f64, example = -5.5)]
    amount: Box<RawValue>,
    /// For the trail; at most 500 characters.
    reason: Option<String>,
}

/// A balance that was corrected.
#[derive(Serialize, ToSchema)]
#[schema(as = AdjustedBalance)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AdjustedBody {
    user_id: Uuid,
    #[schema(value_type = f64)]
    previous_balance: Money,
    #[schema(value_type = f64)]
    new_balance: Money,
    #[schema(value_type = f64)]
    amount: Money,
    reason: String,
}

impl TransactionBody {
    fn of(user: UserId, transaction: &WalletTransaction) -> Self {
        Self {
            id: transaction.id,
            user_id: user.0,
            order_id: transaction.order.map(|order| order.0),
            kind: transaction.kind.shown_as().map_or("TOP_UP", TransactionType::as_str),
            amount: Money(transaction.amount),
            currency: "EUR",
            status: "COMPLETED",
            description: transaction.kind.description(),
            created_at: transaction.at.to_string(),
        }
    }
}

/// The balance of the wallet
#[utoipa::path(
    get, path = "/api/user/balance", tag = "User", operation_id = "getBalance",
    security(("token" = [])),
    responses((status = 200, description = "The balance", body = Success<BalanceBody>))
)]
pub(crate) async fn balance(State(app): State<App>, Customer(caller): Customer) -> Result<Response, Problem> {
    let balance = app.shop.wallets().balance(caller.user.id).await?;
    let body = BalanceBody {
        balance: Money(balance),
        currency: "EUR",
    };
    Ok(personal(StatusCode::OK, body))
}

/// What moved the balance
#[utoipa::path(
    get, path = "/api/user/transactions", tag = "User", operation_id = "listTransactions",
    params(
        ("page" = Option<u32>, Query, description = "The page, from 1"),
        ("limit" = Option<u32>, Query, description = "Transactions on a page, 1 to 100; 50 when left out"),
    ),
    security(("token" = [])),
    responses((status = 200, description = "A page of them, the newest first", body = Success<Vec<TransactionBody>>))
)]
pub(crate) async fn transactions(
    State(app): State<App>,
    Customer(caller): Customer,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let asked = Parameters::of(query.as_deref());
    let (page, size) = (asked.count("page", (1, PAGE_MAX))?, asked.count("limit", PAGE_SIZE)?);
    let found = app.shop.wallets().transactions(caller.user.id, page, size).await?;
    let bodies: Vec<_> = found
        .iter()
        .map(|one| TransactionBody::of(caller.user.id, one))
        .collect();
    Ok(personal(StatusCode::OK, bodies))
}

/// Correct a balance
///
/// Posts the difference; nothing sets a balance. With an `Idempotency-Key` it is posted once: the same request again is
/// answered as the first time, with `Idempotent-Replayed: true`. It asks that the caller proved lately who they are.
#[utoipa::path(
    put, path = "/api/admin/users/{id}/balance", tag = "Operations", operation_id = "adjustBalance",
    request_body = AdjustmentFields,
    params(
        ("id" = Uuid, Path, description = "The account's `id`"),
        ("Idempotency-Key" = Option<String>, Header, description = "1 to 255 printable characters"),
    ),
    security(("token" = ["staff"])),
    responses(
        (status = 200, description = "The balance before and after", body = Success<AdjustedBody>),
        (status = 400, description = "`BIZ001`: the wallet holds less than is to be taken", body = ErrorEnvelope),
        (status = 404, description = "`NOTFOUND001`: there is no such account", body = ErrorEnvelope),
        (status = 422, description = "`IDEMPOTENCY001`: the key was used for another request", body = ErrorEnvelope),
    )
)]
pub(crate) async fn adjust(
    staff: Staff<WalletsEdit>,
    State(app): State<App>,
    PathId(id): PathId,
    headers: HeaderMap,
    Fields(asked): Fields<AdjustmentFields>,
) -> Result<Response, Problem> {
    let user = id.map(UserId).ok_or(Refusal::UserNotFound)?;
    let amount = Cents::parse_signed(asked.amount.get())
        .ok_or_else(|| invalid("amount", "is not an amount in EUR with at most two decimals"))?;
    let reason = trail::reason(asked.reason.as_deref().unwrap_or_default(), true)?.unwrap_or_default();
    // Keys belong to whoever sends them.
    let reference = idempotency::key(&headers)?.map(|key| format!("{} {key}", staff.actor.name()));
    let change = WalletChange {
        order: WalletOrder::Adjust,
        amount,
        reference,
    };
    let actor = staff.actor.because(Some(&reason));
    let changed = app.shop.wallets().change(user, &change, &actor).await?;
    let body = AdjustedBody {
        user_id: user.0,
        previous_balance: Money(changed.previous),
        new_balance: Money(changed.balance),
        amount: Money(amount),
        reason,
    };
    let response = personal(StatusCode::OK, body);
    Ok(if changed.was_made {
        idempotency::replayed(response)
    } else {
        response
    })
}

fn invalid(field: &str, message: &str) -> Refusal {
    Refusal::Invalid(vec![FieldError::new(field, message)])
}
