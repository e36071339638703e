//! What staff do to an account: block it and let it in again, end its sign-ins, change its role.

use domain::account::User;
use domain::refusal::{FieldError, Refusal};
use domain::staff::{Noun, Permission, StaffRole};
use services::Error;
use services::staff::RoleOrder;
use web_kit::form::{Choice, Field};
use web_kit::form_data::FormData;

use super::one::user_id;
use super::{GIVE, capital, user_address};
use crate::kit::{Action, Question, Reason, Visit};
use crate::screens::staff;

const EDIT: Permission = Permission::edit(Noun::Users);

pub(super) const BLOCK: &str = "block-user";
pub(super) const UNBLOCK: &str = "unblock-user";
pub(super) const END_SESSIONS: &str = "end-sessions";
pub(super) const SET_ROLE: &str = "set-role";

/// The value that takes a role.
const NO_ROLE: &str = "none";

pub(super) fn all() -> Vec<Action> {
    vec![set_role(), block(), unblock(), end_sessions()]
}

/// What the form of an action says.
struct Words {
    title: &'static str,
    lead: &'static str,
    button: &'static str,
}

async fn about(visit: &Visit) -> Result<User, Error> {
    visit.app.shop.staff().account(user_id(visit)?).await
}

async fn question(visit: &Visit, words: Words) -> Result<Question, Error> {
    let user = about(visit).await?;
    Ok(Question {
        title: format!("{} {}?", words.title, user.email),
        lead: words.lead.to_owned(),
        back: (user_address(user.id), user.email.to_string()),
        blocks: Vec::new(),
        fields: Vec::new(),
        button: words.button,
    })
}

fn block() -> Action {
    Action {
        name: BLOCK,
        label: "Block…",
        path: "/admin/users/{id}/block",
        permission: EDIT,
        needs_proof: true,
        reason: Reason::Required,
        ask: |visit| {
            let words = Words {
                title: "Block",
                lead: "All sign-ins of the account end at once, and nobody can sign in to it until it is unblocked. Whoever has \
                       its password is told that it is blocked.",
                button: "Block the account",
            };
            Box::pin(question(visit, words))
        },
        run: |visit, _| {
            Box::pin(async move {
                let id = user_id(visit)?;
                visit.app.shop.staff().block(id, &visit.actor).await?;
                Ok(user_address(id))
            })
        },
        done: "Blocked: its sign-ins have ended, and none begins.",
    }
}

fn unblock() -> Action {
    Action {
        name: UNBLOCK,
        label: "Unblock…",
        path: "/admin/users/{id}/unblock",
        permission: EDIT,
        needs_proof: true,
        reason: Reason::Required,
        ask: |visit| {
            let words = Words {
                title: "Unblock",
                lead: "Its owner can sign in again, with the password that they had.",
                button: "Unblock the account",
            };
            Box::pin(question(visit, words))
        },
        run: |visit, _| {
            Box::pin(async move {
                let id = user_id(visit)?;
                visit.app.shop.staff().unblock(id, &visit.actor).await?;
                Ok(user_address(id))
            })
        },
        done: "No longer blocked: its owner can sign in again.",
    }
}

fn end_sessions() -> Action {
    Action {
        name: END_SESSIONS,
        label: "End all sign-ins…",
        path: "/admin/users/{id}/end-sessions",
        permission: EDIT,
        needs_proof: true,
        reason: Reason::Optional,
        ask: |visit| {
            let words = Words {
                title: "End all sign-ins of",
                lead: "Every device has to sign in again. Use it where somebody else may be signed in to the account.",
                button: "End all sign-ins",
            };
            Box::pin(question(visit, words))
        },
        run: |visit, _| {
            Box::pin(async move {
                let id = user_id(visit)?;
                visit.app.shop.staff().end_sessions(id, &visit.actor).await?;
                Ok(user_address(id))
            })
        },
        done: "All sign-ins of the account have ended.",
    }
}

fn set_role() -> Action {
    Action {
        name: SET_ROLE,
        label: "Change role…",
        path: "/admin/users/{id}/role",
        permission: GIVE,
        needs_proof: true,
        reason: Reason::Required,
        ask: |visit| Box::pin(async move { Ok(role_question(&about(visit).await?)) }),
        run: |visit, data| {
            Box::pin(async move {
                let (id, order) = (user_id(visit)?, order(data)?);
                visit.app.shop.staff().change_role(id, order, &visit.actor).await?;
                Ok(user_address(id))
            })
        },
        done: "Changed: the new role holds from the next request on.",
    }
}

fn order(data: &FormData) -> Result<RoleOrder, Refusal> {
    match data.get("role") {
        NO_ROLE => Ok(RoleOrder::Take),
        name => StaffRole::parse(name)
            .map(RoleOrder::Give)
            .ok_or_else(|| Refusal::Invalid(vec![FieldError::new("role", "is none of these")])),
    }
}

fn role_question(user: &User) -> Question {
    let mut choices = vec![Choice::new(NO_ROLE, "No role: a customer")];
    choices.extend(StaffRole::ALL.map(|role| Choice::new(role.as_str(), capital(role.as_str()))));
    Question {
        title: format!("Change the role of {}?", user.email),
        lead: "The new role holds from the next request on, and its owner finds it in their security log.".to_owned(),
        back: (user_address(user.id), user.email.to_string()),
        blocks: vec![staff::roles_block()],
        fields: vec![Field::one("role", "Role", choices).holding(user.staff.map_or(NO_ROLE, StaffRole::as_str))],
        button: "Change the role",
    }
}
