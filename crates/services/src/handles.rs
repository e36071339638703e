//! Handles: each noun of the shop has one, which holds its use cases.
//!
//! Their methods return boxed futures: what they do is compiled here, once, and not wherever it is awaited.

use crate::Shop;

/// Each line is a noun: what it is about, how the shop leads to it, the type of its handle.
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
    /// Accounts: made, signed in to, changed.
    accounts: AccountService;
    /// The caches of this process, kept in step with the database.
    caches: CacheService;
    /// What is in the carts.
    carts: CartService;
    /// The games, and the lists of them.
    catalog: CatalogService;
    /// People who have not signed in.
    guests: GuestService;
    /// Mails: sent, and read by staff.
    mails: MailService;
    /// Messages for the jobs.
    messages: MessageService;
    /// How the shop is, and what keeps it so.
    operations: OperationService;
    /// The pictures of games.
    pictures: PictureService;
    /// The supplier's catalogue, followed.
    sync: SyncService;
    /// What is on the wishlists.
    wishlists: WishlistService;
}
