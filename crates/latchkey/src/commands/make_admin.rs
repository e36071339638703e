//! `latchkey make-admin`: creates an owner or another member of staff, or makes one of an existing account.

use std::io::Read;

use anyhow::{Context, bail};
use console::Term;
use domain::account::Registration;
use domain::refusal::Refusal;
use domain::staff::StaffRole;
use services::staff::PromotionOutcome;
use services::trail::Actor;
use services::{Error, Shop};

use super::Ended;
use super::staff::{explained, in_shop};
use crate::cli::MakeAdminArgs;
use crate::settings::Loaded;

#[expect(clippy::print_stdout, reason = "the command's answer")]
pub(super) async fn run(loaded: &Loaded, args: &MakeAdminArgs) -> anyhow::Result<Ended> {
    let outcome = in_shop(loaded, async |shop| appointed(shop, args).await).await;
    let (email, role) = (&args.email, args.role);
    let role = match role {
        StaffRole::Owner => "an administrator".to_owned(),
        other => format!("staff, as {}", other.as_str()),
    };
    match outcome.map_err(explained)? {
        PromotionOutcome::Made => println!("{email} is {role}: the account was made"),
        PromotionOutcome::Promoted => println!("{email} is {role} now: the account keeps its password"),
        PromotionOutcome::Was => println!("{email} was {role} already: nothing was changed"),
    }
    Ok(Ended::Done)
}

async fn appointed(shop: &Shop, args: &MakeAdminArgs) -> anyhow::Result<PromotionOutcome> {
    let by = Actor::command("latchkey make-admin");
    if let Some(appointed) = shop.staff().promote(&args.email, args.role, &by).await? {
        return Ok(appointed);
    }
    let asked = Registration {
        email: args.email.clone(),
        password: password(args)?,
        ..Registration::default()
    };
    match shop.staff().make(&asked, Some(args.role), &by).await {
        Ok(_) => Ok(PromotionOutcome::Made),
        // The address was registered while the password was typed.
        Err(Error::Refused(Refusal::EmailTaken)) => {
            let promoted = shop.staff().promote(&args.email, args.role, &by).await?;
            promoted.context("the account came and went")
        }
        Err(error) => Err(error.into()),
    }
}

fn password(args: &MakeAdminArgs) -> anyhow::Result<String> {
    if args.password_stdin {
        let mut text = String::new();
        std::io::stdin()
            .read_to_string(&mut text)
            .context("standard input holds no password")?;
        return Ok(text.trim_end_matches(['\r', '\n']).to_owned());
    }
    let terminal = Term::stderr();
    if !terminal.is_term() {
        bail!("nobody can be asked for a password here: use --password-stdin");
    }
    terminal.write_str(&format!("Password of {}: ", args.email))?;
    let password = terminal.read_secure_line()?;
    terminal.write_str("The same again: ")?;
    if terminal.read_secure_line()? != password {
        bail!("these were two different passwords");
    }
    Ok(password)
}
