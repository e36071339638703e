//! `latchkey staff`: who may do what; roles given and taken by whoever runs the program.

use anyhow::bail;
use domain::refusal::Refusal;
use services::staff::PromotionOutcome;
use services::trail::Actor;
use services::{Error, Shop};

use super::Ended;
use crate::cli::{StaffArgs, StaffCommand};
use crate::settings::Loaded;
use crate::trail_head;
use crate::wire::{self, RunningShop};

#[expect(clippy::print_stdout, reason = "the command's answer")]
pub(super) async fn run(loaded: &Loaded, args: &StaffArgs) -> anyhow::Result<Ended> {
    let said = in_shop(loaded, async |shop| match &args.command {
        None => listed(shop).await,
        Some(StaffCommand::Grant { email, role }) => {
            let by = Actor::command("latchkey staff grant");
            match shop.staff().promote(email, *role, &by).await? {
                Some(PromotionOutcome::Was) => Ok(format!("{email} has the role {} already", role.as_str())),
                Some(_) => Ok(format!("{email} has the role {} now", role.as_str())),
                None => bail!("{email} has no account: `latchkey make-admin` makes one, or its owner registers"),
            }
        }
        Some(StaffCommand::Revoke { email }) => {
            let by = Actor::command("latchkey staff revoke");
            shop.staff().revoke(email, &by).await?;
            Ok(format!("{email} is no member of staff any more"))
        }
    });
    println!("{}", said.await.map_err(explained)?);
    Ok(Ended::Done)
}

/// A line for each member of staff: address, role, and whether it is blocked.
async fn listed(shop: &Shop) -> anyhow::Result<String> {
    let staff = shop.staff().list().await?;
    if staff.is_empty() {
        return Ok("nobody has a role: `latchkey make-admin EMAIL` makes an owner".to_owned());
    }
    let widest = staff.iter().map(|user| user.email.as_str().chars().count()).max();
    let line = |user: &domain::account::User| {
        let (email, width) = (user.email.as_str(), widest.unwrap_or(0));
        let role = user.staff.map_or("", domain::staff::StaffRole::as_str);
        let blocked = if user.blocked_at.is_some() { "  (blocked)" } else { "" };
        format!("{email:width$}  {role}{blocked}")
    };
    Ok(staff.iter().map(line).collect::<Vec<_>>().join("\n"))
}

/// Runs `work` in the shop, then writes the head of the trail down and closes everything.
pub(super) async fn in_shop<T>(
    loaded: &Loaded,
    work: impl AsyncFnOnce(&Shop) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let public_url = wire::public_url(&loaded.settings, loaded.settings.server.listen);
    let RunningShop { shop, db, demo, .. } = wire::build_shop(loaded, public_url).await?;
    let outcome = work(&shop).await;
    trail_head::write_down(&shop, &loaded.settings.data_dir).await;
    // The processes that serve hear of it at once; without it at their next pulse.
    shop.caches().wake_others_once().await;
    if let Some(demo) = demo {
        demo.stop().await;
    }
    db.close().await?;
    outcome
}

/// Names the refused field and the reason.
pub(super) fn explained(error: anyhow::Error) -> anyhow::Error {
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
