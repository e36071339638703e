//! `/api/auth`: what mailed links do, a new password and a known device.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web_kit::App;
use web_kit::caller::{DeviceSecrets, Sender};
use web_kit::fields::Fields;
use web_kit::problem::{ErrorEnvelope, Problem};

use super::{Done, Success, done, personal};

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ForgotBody {
    email: String,
    /// The `deviceToken` of an earlier sign-in, from a client without cookies.
    device_token: Option<String>,
}

/// Ask for a link under which a new password can be set
///
/// The answer is the same whether there is an account or not.
#[utoipa::path(
    post, path = "/api/auth/forgot-password", tag = "Auth", operation_id = "forgotPassword", request_body = ForgotBody,
    responses(
        (status = 200, description = "If there is an account, a mail is on its way", body = Done),
        (status = 400, description = "`VAL002`, `VAL007`: not an address", body = ErrorEnvelope),
    )
)]
pub(crate) async fn forgot_password(
    State(app): State<App>,
    Sender(device): Sender,
    known: DeviceSecrets,
    Fields(asked): Fields<ForgotBody>,
) -> Result<Response, Problem> {
    let known = known.preceded_by(asked.device_token.as_deref());
    let carried = known.carried(None);
    app.shop
        .accounts()
        .forgot_password(&asked.email, &device, carried)
        .await?;
    Ok(done(
        "If there is an account with this address, a mail with a link is on its way",
    ))
}

#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ResetBody {
    /// Of the link; good once, for an hour.
    token: String,
    new_password: String,
}

/// Set a new password by a mailed link
///
/// Ends every sign-in of the account. If its address was not verified before, the names and the second factor that were
/// set until then are removed: somebody else may have registered it.
#[utoipa::path(
    post, path = "/api/auth/reset-password", tag = "Auth", operation_id = "resetPassword", request_body = ResetBody,
    responses(
        (status = 200, description = "The password is set", body = Done),
        (status = 400, description = "`VAL003`: too weak; `VAL001`: the token is wrong, used or too old", body = ErrorEnvelope),
    )
)]
pub(crate) async fn reset_password(
    State(app): State<App>,
    Sender(device): Sender,
    known: DeviceSecrets,
    Fields(asked): Fields<ResetBody>,
) -> Result<Response, Problem> {
    let secret = app
        .shop
        .accounts()
        .reset_password(&asked.token, &asked.new_password, &device)
        .await?;
    let mut response = done("Your new password is set; please sign in");
    known.keep(&app.site, &mut response, &secret);
    Ok(response)
}

#[derive(Deserialize, ToSchema)]
pub(crate) struct KnownDeviceFields {
    /// Of the link; good once, for a day.
    token: String,
}

/// What makes a client a known device.
#[derive(Serialize, ToSchema)]
#[schema(as = KnownDevice)]
#[serde(rename_all = "camelCase")]
pub(crate) struct KnownDeviceBody {
    /// For the next sign-in, from a client without cookies; a browser keeps it in one.
    device_token: String,
}

/// Make a client a known device by a mailed link
///
/// When strangers have used up their attempts at an account, its owner is mailed a link to the page `/known-device` with
/// this token. A known device may try at once; the password is still needed.
#[utoipa::path(
    post, path = "/api/auth/known-device", tag = "Auth", operation_id = "makeDeviceKnown", request_body = KnownDeviceFields,
    responses(
        (status = 200, description = "The client is known", body = Success<KnownDeviceBody>),
        (status = 400, description = "`VAL001`: the token is wrong, used or too old", body = ErrorEnvelope),
    )
)]
pub(crate) async fn known_device(
    State(app): State<App>,
    Sender(device): Sender,
    known: DeviceSecrets,
    Fields(asked): Fields<KnownDeviceFields>,
) -> Result<Response, Problem> {
    let device_token = app.shop.accounts().make_device_known(&asked.token, &device).await?;
    let mut response = personal(
        StatusCode::OK,
        KnownDeviceBody {
            device_token: device_token.clone(),
        },
    );
    known.keep(&app.site, &mut response, &device_token);
    Ok(response)
}
