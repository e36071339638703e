//! `/api/user`: the account of whoever is signed in.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::id::SessionId;
use domain::refusal::Refusal;
use serde::{Deserialize, Serialize};
use services::accounts::{ProfileChange, SignIn};
use utoipa::ToSchema;
use uuid::Uuid;
use web_kit::App;
use web_kit::caller::{Customer, Sender};
use web_kit::fields::Fields;
use web_kit::parameters::PathId;
use web_kit::problem::{ErrorEnvelope, Problem};

use super::auth::CodeBody;
use super::people::ProfileBody;
use super::{Done, Success, done, personal};

/// The profile
#[utoipa::path(
    get, path = "/api/user/profile", tag = "User", operation_id = "getProfile",
    security(("token" = [])),
    responses((status = 200, description = "The profile", body = Success<ProfileBody>))
)]
pub(crate) async fn profile(State(app): State<App>, Customer(caller): Customer) -> Result<Response, Problem> {
    let balance = app.shop.wallets().balance(caller.user.id).await?;
    Ok(personal(StatusCode::OK, ProfileBody::of(&caller.user, balance)))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProfileFields {
    nickname: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
    /// Begins with `https://`.
    avatar: Option<String>,
}

/// Change the profile
///
/// A field that is left out stays; an empty one is taken away.
#[utoipa::path(
    put, path = "/api/user/profile", tag = "User", operation_id = "changeProfile", request_body = ProfileFields,
    security(("token" = [])),
    responses((status = 200, description = "The profile", body = Success<ProfileBody>))
)]
pub(crate) async fn change_profile(
    State(app): State<App>,
    Customer(caller): Customer,
    Fields(asked): Fields<ProfileFields>,
) -> Result<Response, Problem> {
    let change = ProfileChange {
        nickname: asked.nickname,
        first_name: asked.first_name,
        last_name: asked.last_name,
        avatar: asked.avatar,
    };
    let user = app.shop.accounts().change_profile(&caller, &change).await?;
    let balance = app.shop.wallets().balance(user.id).await?;
    Ok(personal(StatusCode::OK, ProfileBody::of(&user, balance)))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct PasswordFields {
    current_password: String,
    new_password: String,
}

/// Change the password
///
/// Ends every other sign-in. Mailed links and codes, and sign-ins that wait for their second step, are void.
#[utoipa::path(
    put, path = "/api/user/password", tag = "User", operation_id = "changePassword", request_body = PasswordFields,
    security(("token" = [])),
    responses(
        (status = 200, description = "The password is changed", body = Done),
        (status = 400, description = "`VAL001`: not the present password; `VAL003`: the new one is too weak", body = ErrorEnvelope),
    )
)]
pub(crate) async fn change_password(
    State(app): State<App>,
    Customer(caller): Customer,
    Sender(device): Sender,
    Fields(asked): Fields<PasswordFields>,
) -> Result<Response, Problem> {
    app.shop
        .accounts()
        .change_password(&caller, &asked.current_password, &asked.new_password, &device)
        .await?;
    Ok(done("Your password is changed"))
}

/// A sign-in that goes on.
#[derive(Serialize, ToSchema)]
#[schema(as = SignIn)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SignInBody {
    id: Uuid,
    created_at: String,
    /// To five minutes.
    last_used_at: String,
    /// The network address from which it began.
    address: String,
    /// What the browser or program said it is.
    device: String,
    /// Whether it is the one that asks.
    current: bool,
}

impl From<SignIn> for SignInBody {
    fn from(sign_in: SignIn) -> Self {
        Self {
            id: sign_in.id.0,
            created_at: sign_in.created_at.to_string(),
            last_used_at: sign_in.seen_at.to_string(),
            address: sign_in.device.address,
            device: sign_in.device.name,
            current: sign_in.current,
        }
    }
}

/// The sign-ins that go on
#[utoipa::path(
    get, path = "/api/user/sessions", tag = "User", operation_id = "listSignIns",
    security(("token" = [])),
    responses((status = 200, description = "The last used first", body = Success<Vec<SignInBody>>))
)]
pub(crate) async fn sessions(State(app): State<App>, Customer(caller): Customer) -> Result<Response, Problem> {
    let sign_ins = app.shop.accounts().sign_ins(&caller).await?;
    let body: Vec<SignInBody> = sign_ins.into_iter().map(SignInBody::from).collect();
    Ok(personal(StatusCode::OK, body))
}

/// End one sign-in
#[utoipa::path(
    delete, path = "/api/user/sessions/{id}", tag = "User", operation_id = "endSignIn",
    params(("id" = Uuid, Path, description = "The sign-in's `id`")),
    security(("token" = [])),
    responses(
        (status = 200, description = "It has ended", body = Done),
        (status = 404, description = "`NOTFOUND001`: no such sign-in of this account", body = ErrorEnvelope),
    )
)]
pub(crate) async fn end_session(
    State(app): State<App>,
    Customer(caller): Customer,
    Sender(device): Sender,
    PathId(id): PathId,
) -> Result<Response, Problem> {
    let id = id.map(SessionId).ok_or(Refusal::SignInNotFound)?;
    app.shop.accounts().sign_out_of(&caller, id, &device).await?;
    Ok(done("The sign-in has ended"))
}

/// End every other sign-in, and forget the account's known devices
#[utoipa::path(
    delete, path = "/api/user/sessions", tag = "User", operation_id = "signOutEverywhere",
    security(("token" = [])),
    responses((status = 200, description = "All others have ended", body = Done))
)]
pub(crate) async fn end_sessions(
    State(app): State<App>,
    Customer(caller): Customer,
    Sender(device): Sender,
) -> Result<Response, Problem> {
    app.shop.accounts().sign_out_everywhere(&caller, &device).await?;
    Ok(done("You are signed out everywhere else"))
}

/// What an authenticator app is given, once.
#[derive(Serialize, ToSchema)]
#[schema(as = SecondFactorSecret)]
pub(crate) struct SecretBody {
    /// For typing.
    secret: String,
    /// For the app: `otpauth://…`, often shown as a QR code.
    address: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct EnrolFields {
    current_password: String,
}

/// Draw a secret for an authenticator app
///
/// The second factor is on once `/api/user/second-factor/confirm` has seen a code of it. It requires a verified e-mail
/// address; without one the answer is 403 `AUTH003`.
#[utoipa::path(
    post, path = "/api/user/second-factor", tag = "User", operation_id = "enrolSecondFactor", request_body = EnrolFields,
    security(("token" = [])),
    responses(
        (status = 200, description = "The secret, this once", body = Success<SecretBody>),
        (status = 400, description = "`VAL001`: not the present password, or a second factor is on already; `VAL007`: no password", body = ErrorEnvelope),
    )
)]
pub(crate) async fn enrol(
    State(app): State<App>,
    Customer(caller): Customer,
    Sender(device): Sender,
    Fields(asked): Fields<EnrolFields>,
) -> Result<Response, Problem> {
    let enrolment = app
        .shop
        .accounts()
        .enrol_second_factor(&caller, &asked.current_password, &device)
        .await?;
    let body = SecretBody {
        secret: enrolment.secret,
        address: enrolment.address,
    };
    Ok(personal(StatusCode::OK, body))
}

/// Recovery codes, each good once.
#[derive(Serialize, ToSchema)]
#[schema(as = RecoveryCodes)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RecoveryCodesBody {
    recovery_codes: Vec<String>,
}

/// Turn the second factor on
#[utoipa::path(
    post, path = "/api/user/second-factor/confirm", tag = "User", operation_id = "confirmSecondFactor", request_body = CodeBody,
    security(("token" = [])),
    responses(
        (status = 200, description = "It is on; the recovery codes, this once", body = Success<RecoveryCodesBody>),
        (status = 400, description = "`VAL001`: the code is wrong", body = ErrorEnvelope),
    )
)]
pub(crate) async fn confirm(
    State(app): State<App>,
    Customer(caller): Customer,
    Sender(device): Sender,
    Fields(asked): Fields<CodeBody>,
) -> Result<Response, Problem> {
    let recovery_codes = app
        .shop
        .accounts()
        .confirm_second_factor(&caller, &asked.code, &device)
        .await?;
    Ok(personal(StatusCode::OK, RecoveryCodesBody { recovery_codes }))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RemoveFields {
    current_password: String,
    /// Six digits of the authenticator app, or a recovery code.
    code: String,
}

/// Turn the second factor off
///
/// It requires a verified e-mail address; without one the answer is 403 `AUTH003`.
#[utoipa::path(
    delete, path = "/api/user/second-factor", tag = "User", operation_id = "removeSecondFactor", request_body = RemoveFields,
    security(("token" = [])),
    responses(
        (status = 200, description = "It is off", body = Done),
        (status = 400, description = "`VAL001`: the password or the code is wrong", body = ErrorEnvelope),
    )
)]
pub(crate) async fn remove_second_factor(
    State(app): State<App>,
    Customer(caller): Customer,
    Sender(device): Sender,
    Fields(asked): Fields<RemoveFields>,
) -> Result<Response, Problem> {
    app.shop
        .accounts()
        .remove_second_factor(&caller, &asked.current_password, &asked.code, &device)
        .await?;
    Ok(done("The second factor is off"))
}
