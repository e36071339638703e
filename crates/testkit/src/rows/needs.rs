//! The cached views that show something of a changed row, by kind of row.

use std::collections::BTreeSet;

use cache::{Key, Representation};
use domain::cart::Owner;
use domain::clock::Timestamp;
use domain::id::{GameId, GuestId, UserId};
use domain::lists::{FilterNames, GameList, Sitemap};
use domain::touch::Touch;

use super::change::{Change, Operation, Row};
use super::transaction::Context;

/// A cached view that shows something of a changed row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Need {
    /// The view's name.
    pub view: String,
    /// Each of these makes it stale; one of them is needed.
    pub touches: Vec<Touch>,
}

/// A game's price and copies: shown wherever the game is, and used to select and sort lists.
pub(super) const GAMES_OFFERED: [&str; 2] = ["price_cents", "copies"];
/// What else a game's own views, the lists and the search index show.
pub(super) const GAMES_LISTED: [&str; 14] = [
    "slug",
    "title",
    "search_text",
    "description_html",
    "image",
    "images",
    "release_date",
    "region",
    "activation_service",
    "developer",
    "publisher",
    "multiplayer",
    "hidden",
    "number",
];
/// What only a game's page shows, what the sitemap shows by the day, and what nothing shows.
pub(super) const GAMES_UNLISTED: [&str; 5] = ["requirements", "updated_at", "id", "created_at", "match_key"];
pub(super) const LINKS: [&str; 2] = ["game_id", "term_id"];
pub(super) const TERMS: [&str; 3] = ["id", "name", "slug"];
/// What staff alone see of a name.
pub(super) const TERMS_UNSEEN: [&str; 3] = ["description", "created_at", "updated_at"];
pub(super) const ALIASES: [&str; 3] = ["alias", "is_slug", "term_id"];
pub(super) const CART_LINES: [&str; 6] = ["id", "user_id", "guest_id", "game_id", "quantity", "added_at"];
pub(super) const WISHES: [&str; 5] = ["id", "user_id", "guest_id", "game_id", "added_at"];
pub(super) const GUESTS_TAKEN: [&str; 2] = ["taken_by", "taken_at"];
pub(super) const GUESTS_UNSEEN: [&str; 4] = ["id", "secret_hash", "created_at", "used_at"];
/// What an account shows about its owner.
pub(super) const WALLETS_SHOWN: [&str; 2] = ["balance_cents", "last_transfer"];
pub(super) const LEDGER_ACCOUNTS_UNSEEN: [&str; 5] = ["id", "code", "kind", "user_id", "currency"];
pub(super) const USERS_SHOWN: [&str; 10] = [
    "email",
    "nickname",
    "first_name",
    "last_name",
    "avatar",
    "role",
    "staff_role",
    "blocked_at",
    "email_verified_at",
    "totp_since",
];
pub(super) const USERS_UNSEEN: [&str; 6] = [
    "id",
    "password_hash",
    "totp_secret",
    "totp_step",
    "created_at",
    "updated_at",
];

impl Need {
    fn of(key: &Key) -> Self {
        Self {
            view: key.to_string(),
            touches: key.touches().to_vec(),
        }
    }

    fn by(touch: Touch) -> Self {
        Self {
            view: touch.to_string(),
            touches: vec![touch],
        }
    }

    /// The same, if only a list's order or selection of games changed.
    fn or_its_order(mut self) -> Self {
        self.touches.push(Touch::Offers);
        self
    }

    /// Whether a transaction with these touches made the view stale.
    #[must_use]
    pub fn is_met_by(&self, touched: &BTreeSet<Touch>) -> bool {
        touched.contains(&Touch::Everything) || self.touches.iter().any(|touch| touched.contains(touch))
    }
}

/// The needs of a game's own views, and of the search index, which also holds hidden games.
fn own_views(game: GameId) -> [Need; 3] {
    let index = Need {
        view: format!("the search index, of game:{game}"),
        touches: vec![Touch::Game(game), Touch::Games],
    };
    let [json, page] = [Representation::Json, Representation::Page].map(|view| Need::of(&Key::Game(game, view)));
    [index, json, page]
}

/// One of each kind of view that selects the games that it shows. A game's page does too; its selection may be as old
/// as the page (decision 28).
fn lists() -> Vec<Need> {
    [
        Key::Catalog(Box::default(), Representation::Json),
        Key::Catalog(Box::default(), Representation::Page),
        Key::List(GameList::Search("a word".to_owned())),
        Key::Names(FilterNames::FilterOptions),
        Key::Collections,
        Key::Suggestions("a word".to_owned(), 5),
        Key::Sitemap(Sitemap::Index),
        Key::Sitemap(Sitemap::Lists),
    ]
    .iter()
    .map(Need::of)
    .collect()
}

/// The same for views that show only games for sale.
fn home() -> [Need; 2] {
    [Key::Home, Key::List(GameList::New)].map(|key| Need::of(&key))
}

fn is_shown(game: &Row) -> bool {
    !game.is("hidden")
}

fn is_for_sale(game: &Row) -> bool {
    is_shown(game) && game.number("copies") > 0
}

pub(super) fn of_game(change: &Change, _: &Context<'_>) -> Vec<Need> {
    let Some(game) = change.rows().find_map(|row| row.id("id")).map(GameId) else {
        return Vec::new();
    };
    let differs = |columns: &[&str]| columns.iter().any(|column| change.differs_in(column));
    let (is_listed, is_offered) = (differs(&GAMES_LISTED), differs(&GAMES_OFFERED));
    // How many copies are left is shown by the game's own views; whether there are any decides on lists.
    let has_copies = |row: &Row| row.number("copies") > 0;
    let is_offered_otherwise = is_offered
        && (change.operation != Operation::Update
            || change.differs_in("price_cents")
            || has_copies(&change.old) != has_copies(&change.new));
    let (mut needs, ever) = (Vec::new(), |is: fn(&Row) -> bool| change.rows().any(is));
    // Nothing is cached of a game that does not exist.
    if change.operation != Operation::Insert && (is_listed || is_offered || change.differs_in("requirements")) {
        needs.extend(own_views(game));
    }
    let mut of_lists = Vec::new();
    if (is_listed || is_offered_otherwise) && ever(is_shown) {
        of_lists.extend(lists());
    }
    if (is_listed || is_offered_otherwise) && ever(is_for_sale) {
        of_lists.extend(home());
    }
    let day = |row: &Row| Timestamp::from_micros(row.number("updated_at")).iso_day();
    if ever(is_shown) && (is_listed || is_offered_otherwise || day(&change.old) != day(&change.new)) {
        of_lists.push(Need::of(&Key::Sitemap(Sitemap::Games(1))));
    }
    // A list that shows the game names it (decision 29): the touch that its own views need invalidates that list too.
    let in_order = |need: Need| if is_listed { need } else { need.or_its_order() };
    needs.extend(of_lists.into_iter().map(in_order));
    needs
}

/// The names that a game is grouped by are shown wherever the game is.
pub(super) fn of_link(change: &Change, context: &Context<'_>) -> Vec<Need> {
    let games = change.rows().filter_map(|row| row.id("game_id"));
    let needs = games.flat_map(|id| {
        let mut needs = Vec::new();
        if !context.is_new(id) {
            needs.extend(own_views(GameId(id)));
        }
        if let Some(game) = context.game(id) {
            needs.extend(is_shown(game).then(lists).into_iter().flatten());
            needs.extend(is_for_sale(game).then(home).into_iter().flatten());
        }
        needs
    });
    needs.collect()
}

/// A new name is shown once a game has it; a renamed one is shown by every game that has it.
pub(super) fn of_term(change: &Change, context: &Context<'_>) -> Vec<Need> {
    let is_seen = TERMS.iter().any(|column| change.differs_in(column));
    if change.operation == Operation::Insert || !is_seen {
        return Vec::new();
    }
    of_alias(change, context)
}

/// Addresses lead where names and slugs led before: filters and lists by genre depend on it.
pub(super) fn of_alias(_: &Change, _: &Context<'_>) -> Vec<Need> {
    let mut needs = lists();
    needs.extend(home());
    needs.push(Need::by(Touch::Games));
    needs
}

/// Who sees the row: an account its own, a guest its own, and the account to which a guest's session migrated the lines
/// left in it. A session that is deleted with its rows expired long before, and the lines left in it are no longer
/// shown.
fn owners(change: &Change, context: &Context<'_>) -> BTreeSet<Owner> {
    let owner = |row: &Row| match (row.id("user_id"), row.id("guest_id")) {
        (Some(user), _) => Some(Owner::User(UserId(user))),
        (None, Some(guest)) if context.is_gone(guest) => None,
        (None, Some(guest)) => Some(context.seen_by(GuestId(guest))),
        (None, None) => None,
    };
    change.rows().filter_map(owner).collect()
}

pub(super) fn of_cart_line(change: &Change, context: &Context<'_>) -> Vec<Need> {
    let owners = owners(change, context).into_iter();
    owners.map(|owner| Need::of(&Key::Cart(owner))).collect()
}

pub(super) fn of_wish(change: &Change, context: &Context<'_>) -> Vec<Need> {
    let owners = owners(change, context).into_iter();
    owners.map(|owner| Need::of(&Key::Wishlist(owner))).collect()
}

/// When a session migrates, the guest sees none of it any more, and the account sees the lines left in it. A new
/// session is empty; for a deleted one see [`owners`].
pub(super) fn of_guest_session(change: &Change, _: &Context<'_>) -> Vec<Need> {
    let is_taken = GUESTS_TAKEN.iter().any(|column| change.differs_in(column));
    if change.operation != Operation::Update || !is_taken {
        return Vec::new();
    }
    let guest = change.new.id("id").map(|id| Owner::Guest(GuestId(id)));
    let users = change.rows().filter_map(|row| row.id("taken_by"));
    let users: BTreeSet<Owner> = users.map(|id| Owner::User(UserId(id))).collect();
    let carts = guest.into_iter().chain(users).map(Key::Cart);
    carts
        .chain(guest.map(Key::Wishlist))
        .map(|key| Need::of(&key))
        .collect()
}

/// Nothing is cached of an account that does not exist yet.
pub(super) fn of_user(change: &Change, _: &Context<'_>) -> Vec<Need> {
    let is_shown = USERS_SHOWN.iter().any(|column| change.differs_in(column));
    match change.old.id("id") {
        Some(id) if is_shown => vec![Need::by(Touch::Profile(UserId(id)))],
        _ => Vec::new(),
    }
}

/// A wallet that nobody moved yet holds what every new one does.
pub(super) fn of_ledger_account(change: &Change, _: &Context<'_>) -> Vec<Need> {
    let is_moved = WALLETS_SHOWN.iter().any(|column| change.differs_in(column));
    match change.old.id("user_id").filter(|_| is_moved) {
        Some(id) => [Touch::Profile(UserId(id)), Touch::Transactions(UserId(id))]
            .map(Need::by)
            .into(),
        None => Vec::new(),
    }
}
