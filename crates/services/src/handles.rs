//! Handles: each noun of the shop has one with its use cases.
//!
//! Their methods return boxed futures, so their bodies are compiled here, once, and not in every crate that awaits
//! them.

use crate::Shop;

/// Each line is a noun: its documentation, the method of the shop, the type of its handle.
macro_rules! handles {
    ($($(#[doc = $doc:literal])+ $noun:ident: $Handle:ident;)+) => {$(
        $(#[doc = $doc])+
        #[derive(Clone, Copy, Debug)]
        pub struct $Handle<'a> {
            pub(crate) shop: &'a Shop,
        }

        impl Shop {
            $(#[doc = $doc])+
            #[must_use]
            pub const fn $noun(&self) -> $Handle<'_> {
                $Handle { shop: self }
            }
        }
    )+};
}

handles! {
    /// Accounts: registration, sign-in, changes.
    accounts: AccountService;
    /// The caches of this process, kept in step with the database.
    caches: CacheService;
    /// Carts.
    carts: CartService;
    /// What the shop cannot settle by itself.
    cases: CaseService;
    /// The games, and the lists of them.
    catalog: CatalogService;
    /// Visitors who have not signed in.
    guests: GuestService;
    /// The ledger, as staff read it.
    ledger: LedgerService;
    /// Mails: sent, and read by staff.
    mails: MailService;
    /// Messages for the jobs.
    messages: MessageService;
    /// Health and maintenance of the shop.
    operations: OperationService;
    /// The offers of the games.
    offers: OfferService;
    /// Keys that the shop holds.
    own_keys: OwnKeyService;
    /// Orders.
    orders: OrderService;
    /// The pictures of games.
    pictures: PictureService;
    /// Members of staff, and what they do to accounts.
    staff: StaffService;
    /// Syncs with the supplier's catalogue.
    sync: SyncService;
    /// The names that games are grouped by.
    terms: TermService;
    /// The record of what staff did.
    trail: TrailService;
    /// The customers' money at the shop.
    wallets: WalletService;
    /// Wishlists.
    wishlists: WishlistService;
}
