//! `/api/auth/prove`: a sign-in's owner proves again who they are.

use axum::extract::State;
use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;
use web_kit::App;
use web_kit::caller::{Customer, Sender};
use web_kit::fields::Fields;
use web_kit::problem::Problem;

use super::{Done, done};

#[derive(Deserialize, ToSchema)]
pub(crate) struct ProofBody {
    /// Of an account without a second factor.
    password: Option<String>,
    /// Of an account with one: six digits of the authenticator app, or a recovery code.
    code: Option<String>,
}

/// Prove again who one is
///
/// What moves rights is refused with `AUTH006` if the sign-in's last proof is too old.
#[utoipa::path(
    post, path = "/api/auth/prove", tag = "Auth", operation_id = "prove", request_body = ProofBody,
    security(("token" = [])),
    responses((status = 200, description = "The proof of this sign-in is fresh", body = Done))
)]
pub(crate) async fn prove(
    State(app): State<App>,
    Customer(caller): Customer,
    Sender(device): Sender,
    Fields(asked): Fields<ProofBody>,
) -> Result<Response, Problem> {
    let (password, code) = (asked.password.unwrap_or_default(), asked.code.unwrap_or_default());
    app.shop.accounts().prove(&caller, &password, &code, &device).await?;
    Ok(done("Thank you; go on"))
}
