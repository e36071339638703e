//! The repositories: those of a [`Db`] can only read, those of a [`Tx`] can also write.

use sea_orm::{DatabaseConnection, DatabaseTransaction};

use crate::{
    Db, Tx, accounts, audit, carts, cases, catalog, guests, known_devices, leases, ledger, mails, metadata, offers,
    orders, outbox, overrides, own_keys, pace, parked, second_factors, security_events, sessions, staff, sync_runs,
    terms, throttles, tickets, touches, trail, wishlists,
};

/// Each line is an accessor of both: its documentation, its name, the repository's type.
macro_rules! repositories {
    ($($(#[doc = $doc:literal])+ $name:ident: $repository:ident;)+) => {
        impl Db {$(
            $(#[doc = $doc])+
            ///
            /// Read only.
            #[must_use]
            pub const fn $name(&self) -> $name::$repository<'_, DatabaseConnection> {
                $name::$repository::new(&self.pool)
            }
        )+}

        impl Tx {$(
            $(#[doc = $doc])+
            #[must_use]
            pub const fn $name(&self) -> $name::$repository<'_, DatabaseTransaction> {
                $name::$repository::new(&self.inner)
            }
        )+}
    };
}

repositories! {
    /// Accounts.
    accounts: AccountRepository;
    /// Checks of consistency rules.
    audit: AuditRepository;
    /// Carts.
    carts: CartRepository;
    /// Cases for people.
    cases: CaseRepository;
    /// The games.
    catalog: CatalogRepository;
    /// Visitors who have not signed in.
    guests: GuestRepository;
    /// Browsers on which somebody signed in before.
    known_devices: KnownDeviceRepository;
    /// Holders of jobs.
    leases: LeaseRepository;
    /// The ledger.
    ledger: LedgerRepository;
    /// Mails.
    mails: MailRepository;
    /// Facts about this database itself.
    metadata: MetadataRepository;
    /// Offers.
    offers: OfferRepository;
    /// Orders.
    orders: OrderRepository;
    /// Messages for jobs.
    outbox: OutboxRepository;
    /// What staff set of games by hand.
    overrides: OverrideRepository;
    /// Own keys.
    own_keys: OwnKeyRepository;
    /// The rate limit towards the supplier.
    pace: PaceRepository;
    /// Changes that wait for a decision.
    parked: ParkedRepository;
    /// Second factors.
    second_factors: SecondFactorRepository;
    /// Security events of accounts.
    security_events: SecurityEventRepository;
    /// Sign-ins.
    sessions: SessionRepository;
    /// Members of staff.
    staff: StaffRepository;
    /// The runs of syncs.
    sync_runs: SyncRunRepository;
    /// The names that games are grouped by.
    terms: TermRepository;
    /// Limits on attempts.
    throttles: ThrottleRepository;
    /// Single-use tickets.
    tickets: TicketRepository;
    /// The record of what staff did.
    trail: TrailRepository;
    /// Wishlists.
    wishlists: WishlistRepository;
}

impl Tx {
    /// Touches.
    #[must_use]
    pub const fn touches(&self) -> touches::TouchRepository<'_, DatabaseTransaction> {
        touches::TouchRepository::new(&self.inner)
    }
}
