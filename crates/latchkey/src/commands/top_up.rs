//! `latchkey top-up`: the operator's cash desk.

use domain::trail;
use domain::wallet::{WalletChange, WalletOrder};
use services::Error;
use services::trail::Actor;

use super::Ended;
use super::staff::{explained, in_shop};
use crate::cli::TopUpArgs;
use crate::settings::Loaded;

#[expect(clippy::print_stdout, reason = "the command's answer")]
pub(super) async fn run(loaded: &Loaded, args: &TopUpArgs) -> anyhow::Result<Ended> {
    let change = WalletChange {
        order: WalletOrder::TopUp,
        amount: args.amount,
        reference: args.reference.clone(),
    };
    let booked = in_shop(loaded, async |shop| {
        let why = trail::reason(args.reason.as_deref().unwrap_or_default(), false).map_err(Error::from)?;
        let by = Actor::command("latchkey top-up").because(why.as_deref());
        Ok(shop.wallets().change_of(&args.email, &change, &by).await?)
    });
    let booked = booked.await.map_err(explained)?;
    let (email, amount, reference) = (&args.email, args.amount, &booked.reference);
    if booked.was_made {
        println!("{amount} EUR were booked for {email} under the reference {reference} before: nothing was booked now");
    } else {
        println!("{amount} EUR are booked for {email} under the reference {reference}");
    }
    println!("balance: {} EUR", booked.balance);
    Ok(Ended::Done)
}
