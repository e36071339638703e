//! People as the API writes them: the contract's `User`, `AuthResponse` and what belongs to them.

use domain::account::User;
use domain::money::Cents;
use domain::staff::StaffRole;
use serde::Serialize;
use services::accounts::{SignedIn, Tokens};
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::Money;
use super::lists::MigrationBody;

/// Somebody with an account.
#[derive(Serialize, ToSchema)]
#[schema(as = User)]
#[serde(rename_all = "camelCase")]
pub(crate) struct UserBody {
    id: Uuid,
    email: String,
    nickname: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    first_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    last_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    avatar: Option<String>,
    /// `USER` or `ADMIN`: any of the staff.
    #[schema(example = "USER")]
    role: &'static str,
    /// Of staff: `owner`, `finance`, `catalogue`, `support` or `read-only`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    staff_role: Option<&'static str>,
    /// Of staff: what they may do, such as `games.edit`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    permissions: Option<Vec<String>>,
}

impl From<&User> for UserBody {
    fn from(user: &User) -> Self {
        Self {
            id: user.id.0,
            email: user.email.to_string(),
            nickname: user.nickname.clone(),
            first_name: user.first_name.clone(),
            last_name: user.last_name.clone(),
            avatar: user.avatar.clone(),
            role: user.role().as_str(),
            staff_role: user.staff.map(StaffRole::as_str),
            permissions: user
                .staff
                .map(|role| role.permissions().map(|one| one.to_string()).collect()),
        }
    }
}

/// An account as its owner sees it.
#[derive(Serialize, ToSchema)]
#[schema(as = Profile)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProfileBody {
    #[serde(flatten)]
    user: UserBody,
    /// Of the wallet, in EUR.
    #[schema(value_type = f64, example = 19.38)]
    balance: Money,
    email_verified: bool,
    /// Whether signing in takes a second factor.
    second_factor: bool,
    created_at: String,
}

impl ProfileBody {
    /// An account with the balance of its wallet.
    pub(crate) fn of(user: &User, balance: Cents) -> Self {
        Self {
            user: user.into(),
            balance: Money(balance),
            email_verified: user.email_verified_at.is_some(),
            second_factor: user.second_factor,
            created_at: user.created_at.to_string(),
        }
    }
}

/// What a client gets at a sign-in.
#[derive(Serialize, ToSchema)]
#[schema(as = AuthResponse)]
#[serde(rename_all = "camelCase")]
pub(crate) struct AuthBody {
    user: UserBody,
    #[serde(flatten)]
    #[schema(inline)]
    tokens: TokensBody,
    /// Makes the client a known device of the account: sent with the next sign-in, its attempts are counted by
    /// themselves, and strangers who guess cannot use them up. For clients without cookies; a browser keeps it in one.
    device_token: String,
    /// What became of what was collected as a guest, if anything was.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    migration: Option<MigrationBody>,
}

impl From<&SignedIn> for AuthBody {
    fn from(signed_in: &SignedIn) -> Self {
        Self {
            user: (&signed_in.user).into(),
            tokens: (&signed_in.tokens).into(),
            device_token: signed_in.device_secret.clone(),
            migration: signed_in.migration.as_ref().map(MigrationBody::from),
        }
    }
}

/// An access token, and what brings the next one.
#[derive(Serialize, ToSchema)]
#[schema(as = Tokens)]
#[serde(rename_all = "camelCase")]
pub(crate) struct TokensBody {
    /// Goes into `Authorization: Bearer …`.
    token: String,
    /// Brings a new pair at `/api/auth/refresh`, once.
    refresh_token: String,
    /// Seconds that `token` lives.
    #[schema(example = 900)]
    expires_in: u64,
}

impl From<&Tokens> for TokensBody {
    fn from(tokens: &Tokens) -> Self {
        Self {
            token: tokens.access.clone(),
            refresh_token: tokens.refresh.clone(),
            expires_in: tokens.expires_in,
        }
    }
}
