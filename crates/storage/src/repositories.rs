//! The repositories: those of a [`Db`] can only be read from, those of a [`Tx`] can be written to.

use sea_orm::{DatabaseConnection, DatabaseTransaction};

use crate::{
    Db, Tx, accounts, audit, carts, catalog, guests, leases, mails, metadata, outbox, pace, second_factors,
    security_events, sessions, sync_runs, throttles, tickets, touches, wishlists,
};

/// Each line is an accessor of both: what it leads to, its name, the repository's type.
macro_rules! repositories {
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

repositories! {
    /// Who has an account.
    accounts: AccountRepository;
    /// What must be true.
    audit: AuditRepository;
    /// What is in the carts.
    carts: CartRepository;
    /// The games.
    catalog: CatalogRepository;
    /// People who have not signed in.
    guests: GuestRepository;
    /// Who holds which job.
    leases: LeaseRepository;
    /// Mails.
    mails: MailRepository;
    /// Facts about this database itself.
    metadata: MetadataRepository;
    /// The messages to be dealt with later.
    outbox: OutboxRepository;
    /// The pace towards the supplier.
    pace: PaceRepository;
    /// Second factors.
    second_factors: SecondFactorRepository;
    /// What happened to accounts.
    security_events: SecurityEventRepository;
    /// Who is signed in.
    sessions: SessionRepository;
    /// The runs of syncs.
    sync_runs: SyncRunRepository;
    /// How often something may be tried.
    throttles: ThrottleRepository;
    /// One-use proofs.
    tickets: TicketRepository;
    /// What is on the wishlists.
    wishlists: WishlistRepository;
}

impl Tx {
    /// What went stale.
    #[must_use]
    pub const fn touches(&self) -> touches::TouchRepository<'_, DatabaseTransaction> {
        touches::TouchRepository::new(&self.inner)
    }
}
