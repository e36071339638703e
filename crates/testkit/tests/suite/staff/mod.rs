//! Staff: who may do what, how roles are given and taken, and the trail of what they did.

mod accounts;
pub(crate) mod commands;
mod matrix;
mod proof;
mod roles;
mod steps;
mod tampering;
mod trail;

use domain::id::UserId;
use domain::staff::StaffRole;
use serde_json::{Value, json};
use testkit::{Answer, Client};

/// Gives a role over the API.
async fn give(by: &mut Client, to: UserId, role: Option<StaffRole>) -> Answer {
    let role = role.map_or(Value::Null, |role| json!(role.as_str()));
    by.put(&format!("/api/admin/users/{to}/staff-role"), &json!({"role": role}))
        .await
}

/// Status and code.
fn refusal(answer: &Answer) -> (u16, &str) {
    (answer.status, answer.code())
}
