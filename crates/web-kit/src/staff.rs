//! Staff as callers: the permission that a page or an endpoint asks for stands in its arguments, `Staff<GamesEdit>`.

use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use domain::refusal::Refusal;
use domain::security::Device;
use domain::staff::{Noun, Permission};
use services::accounts::Caller;
use services::trail::Actor;

use crate::App;
use crate::caller::{Sender, signed_in};
use crate::problem::Problem;

/// A signed-in member of staff who has the permission `P`.
pub struct Staff<P> {
    /// The sign-in.
    pub caller: Caller,
    /// The same for the use cases of staff, with the device.
    pub actor: Actor,
    permission: PhantomData<P>,
}

/// A permission as a type.
pub trait Granted: Send {
    /// Which one.
    const PERMISSION: Permission;
}

/// Each line makes the two permissions of a noun.
macro_rules! permissions {
    ($($Noun:ident: $Read:ident, $Edit:ident;)+) => {
        $(
            #[doc = concat!("To read what [`Noun::", stringify!($Noun), "`] stands for.")]
            #[derive(Debug)]
            pub struct $Read;

            #[doc = concat!("To change what [`Noun::", stringify!($Noun), "`] stands for.")]
            #[derive(Debug)]
            pub struct $Edit;

            impl Granted for $Read {
                const PERMISSION: Permission = Permission::read(Noun::$Noun);
            }

            impl Granted for $Edit {
                const PERMISSION: Permission = Permission::edit(Noun::$Noun);
            }
        )+

        /// Those that have a type.
        #[cfg(test)]
        const TYPED: &[Noun] = &[$(Noun::$Noun),+];
    };
}

permissions! {
    Users: UsersRead, UsersEdit;
    Staff: StaffRead, StaffEdit;
    Trail: TrailRead, TrailEdit;
    SecurityEvents: SecurityEventsRead, SecurityEventsEdit;
    Mails: MailsRead, MailsEdit;
    MailBodies: MailBodiesRead, MailBodiesEdit;
    PersonExports: PersonExportsRead, PersonExportsEdit;
    Jobs: JobsRead, JobsEdit;
    Caches: CachesRead, CachesEdit;
    Games: GamesRead, GamesEdit;
    Offers: OffersRead, OffersEdit;
    Suppliers: SuppliersRead, SuppliersEdit;
    Sync: SyncRead, SyncEdit;
    Content: ContentRead, ContentEdit;
    Baskets: BasketsRead, BasketsEdit;
    Keys: KeysRead, KeysEdit;
    Orders: OrdersRead, OrdersEdit;
    Payments: PaymentsRead, PaymentsEdit;
    Ledger: LedgerRead, LedgerEdit;
    Refunds: RefundsRead, RefundsEdit;
    Wallets: WalletsRead, WalletsEdit;
    Purse: PurseRead, PurseEdit;
    PromoCodes: PromoCodesRead, PromoCodesEdit;
    Review: ReviewRead, ReviewEdit;
    Cases: CasesRead, CasesEdit;
}

impl<P: Granted> FromRequestParts<App> for Staff<P> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let caller = signed_in(app, &parts.headers).await?;
        let caller = app.shop.accounts().staff(caller, P::PERMISSION)?;
        let Ok(Sender(device)) = Sender::from_request_parts(parts, app).await;
        Ok(Self {
            actor: Actor::of(&caller, device),
            caller,
            permission: PhantomData,
        })
    }
}

/// Lets a member of staff in who has a permission that is known only when the program runs; with `None` every member of staff.
///
/// # Errors
/// As of [`Staff`].
pub async fn let_in(
    parts: &mut Parts,
    app: &App,
    permission: Option<Permission>,
) -> Result<(Caller, Device, Actor), Problem> {
    let caller = signed_in(app, &parts.headers).await?;
    // Each role has one: what else is asked of staff holds here, too.
    let any = caller.user.staff.and_then(|role| role.permissions().next());
    let permission = permission.or(any).ok_or(Refusal::NotAllowed)?;
    let caller = app.shop.accounts().staff(caller, permission)?;
    let Ok(Sender(device)) = Sender::from_request_parts(parts, app).await;
    let actor = Actor::of(&caller, device.clone());
    Ok((caller, device, actor))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_permission_has_a_type() {
        assert_eq!(TYPED, Noun::ALL);
    }
}
