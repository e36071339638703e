//! `/api/auth`: making an account, signing in and out, and showing who one is.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::account::Registration;
use serde::Deserialize;
use services::accounts::SignedIn;
use utoipa::ToSchema;
use web_kit::App;
use web_kit::caller::{Customer, DeviceSecrets, GuestSecret, Sender};
use web_kit::cookies::Cookie;
use web_kit::fields::Fields;
use web_kit::problem::{ErrorEnvelope, Problem};

use super::people::{AuthBody, ProfileBody, TokensBody};
use super::{Done, Success, done, personal};

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RegisterBody {
    email: String,
    /// At least 8 characters, among them an upper-case letter, a lower-case letter and a digit.
    password: String,
    /// 2 to 50 characters; `Newbie Guy` without one.
    nickname: Option<String>,
    first_name: Option<String>,
    last_name: Option<String>,
}

/// Make an account
///
/// What the caller had collected as a guest migrates to the account.
#[utoipa::path(
    post, path = "/api/auth/register", tag = "Auth", operation_id = "register", request_body = RegisterBody,
    security((), ("guest" = [])),
    responses(
        (status = 201, description = "The account, signed in", body = Success<AuthBody>),
        (status = 400, description = "`VAL001`, `VAL002`, `VAL003`, `VAL007`: a field is not acceptable; `details` names each", body = ErrorEnvelope),
        (status = 409, description = "`CONFLICT002`: the address has an account", body = ErrorEnvelope),
    )
)]
pub(crate) async fn register(
    State(app): State<App>,
    Sender(device): Sender,
    GuestSecret(guest): GuestSecret,
    known: DeviceSecrets,
    Fields(asked): Fields<RegisterBody>,
) -> Result<Response, Problem> {
    let asked = Registration {
        email: asked.email,
        password: asked.password,
        nickname: asked.nickname,
        first_name: asked.first_name,
        last_name: asked.last_name,
    };
    let signed_in = app.shop.accounts().register(&asked, &device, guest.as_deref()).await?;
    Ok(entered(&app, StatusCode::CREATED, &known, &signed_in))
}

/// The answer to a completed sign-in, whose client is a known device from now on.
fn entered(app: &App, status: StatusCode, known: &DeviceSecrets, signed_in: &SignedIn) -> Response {
    let mut response = personal(status, AuthBody::from(signed_in));
    known.keep(&app.site, &mut response, &signed_in.device_secret);
    response
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SignInBody {
    email: String,
    password: String,
    /// The `deviceToken` of an earlier sign-in, from a client without cookies.
    device_token: Option<String>,
}

/// Sign in
///
/// What the caller had collected as a guest migrates to the account. With a second factor the answer is `AUTH005` and holds a
/// `challenge` for `/api/auth/second-factor`.
#[utoipa::path(
    post, path = "/api/auth/login", tag = "Auth", operation_id = "login", request_body = SignInBody,
    security((), ("guest" = [])),
    responses(
        (status = 200, description = "Signed in", body = Success<AuthBody>),
        (status = 401, description = "`AUTH004`: wrong address or password; `AUTH005`: a second factor is needed", body = ErrorEnvelope),
    )
)]
pub(crate) async fn login(
    State(app): State<App>,
    Sender(device): Sender,
    GuestSecret(guest): GuestSecret,
    known: DeviceSecrets,
    Fields(asked): Fields<SignInBody>,
) -> Result<Response, Problem> {
    let known = known.preceded_by(asked.device_token.as_deref());
    let carried = known.carried(guest.as_deref());
    let signed_in = app
        .shop
        .accounts()
        .sign_in(&asked.email, &asked.password, &device, carried);
    Ok(entered(&app, StatusCode::OK, &known, &signed_in.await?))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ChallengeBody {
    /// The `challenge` of the answer `AUTH005`, at most five minutes old.
    challenge: String,
    /// Six digits of the authenticator app, or a recovery code.
    code: String,
    /// The `deviceToken` of an earlier sign-in, from a client without cookies.
    device_token: Option<String>,
}

/// Show the second factor
#[utoipa::path(
    post, path = "/api/auth/second-factor", tag = "Auth", operation_id = "showSecondFactor", request_body = ChallengeBody,
    security((), ("guest" = [])),
    responses(
        (status = 200, description = "Signed in", body = Success<AuthBody>),
        (status = 401, description = "`AUTH004`: wrong, used or late; after five tries sign in anew", body = ErrorEnvelope),
    )
)]
pub(crate) async fn second_factor(
    State(app): State<App>,
    Sender(device): Sender,
    GuestSecret(guest): GuestSecret,
    known: DeviceSecrets,
    Fields(asked): Fields<ChallengeBody>,
) -> Result<Response, Problem> {
    let known = known.preceded_by(asked.device_token.as_deref());
    let carried = known.carried(guest.as_deref());
    let signed_in = app
        .shop
        .accounts()
        .sign_in_with_second_factor(&asked.challenge, &asked.code, &device, carried);
    Ok(entered(&app, StatusCode::OK, &known, &signed_in.await?))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RefreshBody {
    refresh_token: String,
}

/// Get a new pair of tokens
///
/// A refresh token is used once. Used again within 10 seconds it brings one more pair; used again later it ends the
/// sign-in.
#[utoipa::path(
    post, path = "/api/auth/refresh", tag = "Auth", operation_id = "refresh", request_body = RefreshBody,
    responses(
        (status = 200, description = "A new pair", body = Success<TokensBody>),
        (status = 401, description = "`AUTH001`: not a token of a sign-in that goes on", body = ErrorEnvelope),
    )
)]
pub(crate) async fn refresh(
    State(app): State<App>,
    Sender(device): Sender,
    Fields(asked): Fields<RefreshBody>,
) -> Result<Response, Problem> {
    let tokens = app.shop.accounts().refresh(&asked.refresh_token, &device).await?;
    Ok(personal(StatusCode::OK, TokensBody::from(&tokens)))
}

/// Who is signed in
#[utoipa::path(
    get, path = "/api/auth/me", tag = "Auth", operation_id = "getMe",
    security(("token" = [])),
    responses((status = 200, description = "The profile", body = Success<ProfileBody>))
)]
pub(crate) async fn me(State(app): State<App>, Customer(caller): Customer) -> Result<Response, Problem> {
    let balance = app.shop.wallets().balance(caller.user.id).await?;
    Ok(personal(StatusCode::OK, ProfileBody::of(&caller.user, balance)))
}

/// Sign out
///
/// Ends the sign-in: its tokens open nothing from now on, anywhere.
#[utoipa::path(
    post, path = "/api/auth/logout", tag = "Auth", operation_id = "logout",
    security(("token" = [])),
    responses((status = 200, description = "Signed out", body = Done))
)]
pub(crate) async fn logout(
    State(app): State<App>,
    Customer(caller): Customer,
    Sender(device): Sender,
) -> Result<Response, Problem> {
    app.shop.accounts().sign_out(&caller, &device).await?;
    let mut response = done("You are signed out");
    Cookie::Token.clear(&app.site, &mut response);
    Ok(response)
}

/// Ask for a code that shows that the e-mail address is one's own
#[utoipa::path(
    post, path = "/api/auth/send-verification-code", tag = "Auth", operation_id = "sendVerificationCode",
    security(("token" = [])),
    responses((status = 200, description = "A mail is on its way, unless the address is verified already", body = Done))
)]
pub(crate) async fn send_verification_code(
    State(app): State<App>,
    Customer(caller): Customer,
) -> Result<Response, Problem> {
    app.shop.accounts().send_verification_code(&caller).await?;
    Ok(done("A mail with a code is on its way"))
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct CodeBody {
    /// Six digits of the mail.
    pub(crate) code: String,
}

/// Verify the e-mail address by a mailed code
#[utoipa::path(
    post, path = "/api/auth/verify-email", tag = "Auth", operation_id = "verifyEmail", request_body = CodeBody,
    security(("token" = [])),
    responses(
        (status = 200, description = "The address is verified", body = Done),
        (status = 400, description = "`VAL001`: wrong, used or too old; each try counts", body = ErrorEnvelope),
    )
)]
pub(crate) async fn verify_email(
    State(app): State<App>,
    Customer(caller): Customer,
    Sender(device): Sender,
    Fields(asked): Fields<CodeBody>,
) -> Result<Response, Problem> {
    app.shop.accounts().verify_email(&caller, &asked.code, &device).await?;
    Ok(done("Your e-mail address is verified"))
}
