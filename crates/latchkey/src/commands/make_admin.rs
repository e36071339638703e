//! `latchkey make-admin`: creates or promotes an administrator.

use std::io::Read;

use anyhow::{Context, bail};
use console::Term;
use domain::account::{Registration, Role};
use domain::refusal::Refusal;
use domain::security::Device;
use services::accounts::PromotionOutcome;
use services::{Error, Shop};

use super::Ended;
use crate::cli::MakeAdminArgs;
use crate::settings::Loaded;
use crate::wire::{self, RunningShop};

#[expect(clippy::print_stdout, reason = "the command's answer")]
pub(super) async fn run(loaded: &Loaded, args: &MakeAdminArgs) -> anyhow::Result<Ended> {
    let public_url = wire::public_url(&loaded.settings, loaded.settings.server.listen);
    let RunningShop { shop, db, demo, .. } = wire::build_shop(loaded, public_url).await?;
    let appointed = appointed(&shop, args).await;
    if let Some(demo) = demo {
        demo.stop().await;
    }
    db.close().await?;
    let email = &args.email;
    match appointed.map_err(named)? {
        PromotionOutcome::Made => println!("{email} is an administrator: the account was made"),
        PromotionOutcome::Promoted => println!("{email} is an administrator now: the account keeps its password"),
        PromotionOutcome::Was => println!("{email} was an administrator already: nothing was changed"),
    }
    Ok(Ended::Done)
}

async fn appointed(shop: &Shop, args: &MakeAdminArgs) -> anyhow::Result<PromotionOutcome> {
    let device = Device {
        address: String::new(),
        name: "latchkey make-admin".to_owned(),
    };
    if let Some(appointed) = shop.accounts().promote(&args.email, &device).await? {
        return Ok(appointed);
    }
    let asked = Registration {
        email: args.email.clone(),
        password: password(args)?,
        ..Registration::default()
    };
    match shop.accounts().make(&asked, Role::Admin, &device).await {
        Ok(_) => Ok(PromotionOutcome::Made),
        // The address was registered while the password was typed.
        Err(Error::Refused(Refusal::EmailTaken)) => shop
            .accounts()
            .promote(&args.email, &device)
            .await?
            .context("the account came and went"),
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

/// Names the refused field and the reason.
fn named(error: anyhow::Error) -> anyhow::Error {
    match error.downcast_ref() {
        Some(Error::Refused(Refusal::Invalid(wrong))) => {
            let wrong: Vec<String> = wrong
                .iter()
                .map(|wrong| format!("{} {}", wrong.field, wrong.message))
                .collect();
            anyhow::anyhow!("{}", wrong.join("; "))
        }
        _ => error,
    }
}
