//! The doors to the rooms: those of a [`Db`] can only be read in, those of a [`Tx`] can be written in.

use sea_orm::{DatabaseConnection, DatabaseTransaction};

use crate::{
    Db, Tx, accounts, audit, carts, catalog, guests, leases, mails, marks, outbox, pace, second_factors,
    security_events, sessions, sync_runs, throttles, tickets, touches, wishlists,
};

/// Each line is a door of both: what it leads to, its name, the room's type.
macro_rules! doors {
    ($($(#[doc = $doc:literal])+ $name:ident: $room:ident;)+) => {
        impl Db {$(
            $(#[doc = $doc])+
            ///
            /// Read only.
            #[must_use]
            pub const fn $name(&self) -> $name::$room<'_, DatabaseConnection> {
                $name::$room::new(&self.pool)
            }
        )+}

        impl Tx {$(
            $(#[doc = $doc])+
            #[must_use]
            pub const fn $name(&self) -> $name::$room<'_, DatabaseTransaction> {
                $name::$room::new(&self.inner)
            }
        )+}
    };
}

doors! {
    /// Who has an account.
    accounts: Accounts;
    /// What must be true.
    audit: Audit;
    /// What is in the carts.
    carts: Carts;
    /// The games.
    catalog: Catalog;
    /// People who have not signed in.
    guests: Guests;
    /// Who holds which job.
    leases: Leases;
    /// Mails.
    mails: Mails;
    /// Facts about this database itself.
    marks: Marks;
    /// The messages to be dealt with later.
    outbox: Outbox;
    /// The pace towards the supplier.
    pace: Pace;
    /// Second factors.
    second_factors: SecondFactors;
    /// What happened to accounts.
    security_events: SecurityEvents;
    /// Who is signed in.
    sessions: Sessions;
    /// The runs of syncs.
    sync_runs: SyncRuns;
    /// How often something may be tried.
    throttles: Throttles;
    /// One-use proofs.
    tickets: Tickets;
    /// What is on the wishlists.
    wishlists: Wishlists;
}

impl Tx {
    /// What went stale.
    #[must_use]
    pub const fn touches(&self) -> touches::Touches<'_, DatabaseTransaction> {
        touches::Touches::new(&self.inner)
    }
}
