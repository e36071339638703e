//! A demo's accounts: a customer and an administrator, created once, their passwords stored in the data folder.

use std::fs;
use std::path::Path;

use anyhow::Context;
use domain::account::Registration;
use domain::chance::Chance;
use domain::refusal::Refusal;
use domain::staff::StaffRole;
use services::trail::Actor;
use services::{Error, Shop};

use crate::secrets::make_once;
use crate::world::SystemChance;

/// In the data folder; one line for each account with its address and password.
const FILE: &str = "demo-accounts";

/// The address of the customer.
pub(crate) const CUSTOMER: &str = "customer@example.org";

/// An account of the demo.
struct DemoAccount {
    called: &'static str,
    email: &'static str,
    nickname: &'static str,
    role: Option<StaffRole>,
}

const ACCOUNTS: [DemoAccount; 2] = [
    DemoAccount {
        called: "demo customer",
        email: CUSTOMER,
        nickname: "Demo Customer",
        role: None,
    },
    DemoAccount {
        called: "demo administrator",
        email: "admin@example.org",
        nickname: "Demo Administrator",
        role: Some(StaffRole::Owner),
    },
];

/// Creates the accounts if they do not exist, and returns one line for each with how to sign in.
pub(crate) async fn find_or_make(shop: &Shop, folder: &Path) -> anyhow::Result<String> {
    let chance = SystemChance;
    let drawn = ACCOUNTS.map(|account| format!("{} {}\n", account.email, password(&chance)));
    let path = folder.join(FILE);
    make_once(folder, FILE, &drawn.concat(), &chance).with_context(|| format!("cannot make {}", path.display()))?;
    // Whichever process created it: its current content counts.
    let kept = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut lines = String::new();
    for account in &ACCOUNTS {
        let DemoAccount { called, email, .. } = account;
        let password = kept
            .lines()
            .find_map(|line| line.strip_prefix(email)?.strip_prefix(' '))
            .with_context(|| format!("{} names no password of {email}", path.display()))?;
        lines += &if is_theirs(shop, account, password).await? {
            format!("{called}: {email}, password {password}\n")
        } else {
            format!("{called}: {email}, with a password that was changed\n")
        };
    }
    Ok(lines)
}

/// Creates the account if it does not exist, and returns whether the password is correct.
async fn is_theirs(shop: &Shop, account: &DemoAccount, password: &str) -> anyhow::Result<bool> {
    let asked = Registration {
        email: account.email.to_owned(),
        password: password.to_owned(),
        nickname: Some(account.nickname.to_owned()),
        ..Registration::default()
    };
    if shop.accounts().password_is(account.email, password).await? {
        return Ok(true);
    }
    let by = Actor::command("latchkey serve");
    match shop.staff().make(&asked, account.role, &by).await {
        Ok(_) => Ok(true),
        // Another process may have created it since the check above.
        Err(Error::Refused(Refusal::EmailTaken)) => Ok(shop.accounts().password_is(account.email, password).await?),
        Err(error) => Err(error.into()),
    }
}

/// Eighty random bits, and one character of each kind that a password needs.
fn password(chance: &dyn Chance) -> String {
    let mut bytes = [0; 10];
    chance.fill(&mut bytes);
    format!("Demo1-{}", hex::encode(bytes))
}
