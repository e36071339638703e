//! What must be true of the rows of a shop, whatever happened to it: each promise as one statement that counts breaches.

use domain::cart::QUANTITY_MAX;
use domain::id::SupplierName;
use domain::money::BasisPoints;
use domain::suppliers::Suppliers;
use domain::term::Term;
use sea_orm::ConnectionTrait;

use crate::tables::TermTables as _;
use crate::{Error, dialect, ledger, offers, orders, own_keys, sql};

/// The repository of audits.
#[derive(Clone, Copy, Debug)]
pub struct AuditRepository<'a, C> {
    conn: &'a C,
}

/// A promise, and whether it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invariant {
    /// What is promised, in words.
    pub promise: &'static str,
    /// Rows that break it.
    pub breaches: u64,
    /// One of them, if there are any.
    pub example: Option<String>,
}

/// Columns that name rows of another table, with that table.
const REFERENCES: [(&str, &str, &str); 45] = [
    ("offers", "game_id", "games"),
    ("game_overrides", "game_id", "games"),
    ("game_categories", "game_id", "games"),
    ("game_categories", "term_id", "categories"),
    ("game_genres", "game_id", "games"),
    ("game_genres", "term_id", "genres"),
    ("game_platforms", "game_id", "games"),
    ("game_platforms", "term_id", "platforms"),
    ("game_tags", "game_id", "games"),
    ("game_tags", "term_id", "tags"),
    ("category_aliases", "term_id", "categories"),
    ("genre_aliases", "term_id", "genres"),
    ("platform_aliases", "term_id", "platforms"),
    ("tag_aliases", "term_id", "tags"),
    ("cart_lines", "user_id", "users"),
    ("cart_lines", "guest_id", "guest_sessions"),
    ("cart_lines", "game_id", "games"),
    ("wishes", "user_id", "users"),
    ("wishes", "guest_id", "guest_sessions"),
    ("wishes", "game_id", "games"),
    ("guest_sessions", "taken_by", "users"),
    ("sessions", "user_id", "users"),
    ("refresh_tokens", "session_id", "sessions"),
    ("tickets", "user_id", "users"),
    ("recovery_codes", "user_id", "users"),
    ("known_devices", "user_id", "users"),
    ("sync_positions", "run_id", "sync_runs"),
    ("parked_changes", "run_id", "sync_runs"),
    ("parked_changes", "offer_id", "offers"),
    ("own_keys", "game_id", "games"),
    ("own_keys", "import_id", "key_imports"),
    ("key_import_rows", "import_id", "key_imports"),
    ("key_owners", "own_key_id", "own_keys"),
    ("orders", "user_id", "users"),
    ("order_items", "order_id", "orders"),
    ("order_items", "game_id", "games"),
    ("units", "order_id", "orders"),
    ("units", "game_id", "games"),
    ("units", "own_key_id", "own_keys"),
    ("units", "reserved_offer_id", "offers"),
    ("refunds", "unit_id", "units"),
    ("order_events", "order_id", "orders"),
    ("transfers", "order_id", "orders"),
    ("transfers", "unit_id", "units"),
    ("cases", "unit_id", "units"),
];

impl<'a, C: ConnectionTrait> AuditRepository<'a, C> {
    pub(crate) const fn new(conn: &'a C) -> Self {
        Self { conn }
    }

    /// Every promise, each looked at by one statement, so at one moment. `markups` and `suppliers` are those in force.
    pub async fn invariants(
        &self,
        markups: &[(SupplierName, BasisPoints)],
        suppliers: &Suppliers,
    ) -> Result<Vec<Invariant>, Error> {
        let mut invariants = Vec::new();
        for (promise, breaking) in self.promises(markups, suppliers) {
            let text = format!("SELECT COUNT(*) AS breaches, MIN(example) AS example FROM ({breaking}) AS breaking");
            let row = sql::one(self.conn, &text, []).await?;
            let (breaches, example) = match row {
                Some(row) => (row.try_get::<i64>("", "breaches")?, row.try_get("", "example")?),
                None => (0, None),
            };
            invariants.push(Invariant {
                promise,
                breaches: u64::try_from(breaches).unwrap_or(0),
                example,
            });
        }
        Ok(invariants)
    }

    /// Each promise with the statement that finds what breaks it.
    fn promises(&self, markups: &[(SupplierName, BasisPoints)], suppliers: &Suppliers) -> Vec<(&'static str, String)> {
        let id = |column: &str| dialect::id_text(self.conn, column);
        let (line, wish, guest, user) = (id("l.id"), id("w.id"), id("s.id"), id("u.id"));
        let others = [
            (
                "a line of a cart holds as many copies as it may",
                format!("SELECT {line} AS example FROM cart_lines l WHERE l.quantity NOT BETWEEN 1 AND {QUANTITY_MAX}"),
            ),
            (
                "a line or a wish belongs to an account or to a guest, not to both",
                format!(
                    "SELECT {line} AS example FROM cart_lines l WHERE (l.user_id IS NULL) = (l.guest_id IS NULL) \
                     UNION ALL SELECT {wish} FROM wishes w WHERE (w.user_id IS NULL) = (w.guest_id IS NULL)"
                ),
            ),
            (
                "a guest's session that was migrated is known by whom and when",
                format!("SELECT {guest} AS example FROM guest_sessions s WHERE (s.taken_by IS NULL) <> (s.taken_at IS NULL)"),
            ),
            (
                "no wish is left in a session that was migrated",
                format!(
                    "SELECT {wish} AS example FROM wishes w JOIN guest_sessions s ON s.id = w.guest_id \
                     WHERE s.taken_by IS NOT NULL"
                ),
            ),
            (
                "a second factor in force has its secret",
                format!("SELECT {user} AS example FROM users u WHERE u.totp_since IS NOT NULL AND u.totp_secret IS NULL"),
            ),
            (
                "an account's address is written small, as it is looked for",
                format!("SELECT {user} AS example FROM users u WHERE u.email <> LOWER(u.email)"),
            ),
            ("nothing names what is not there", dangling()),
            ("no name of a game stands for another", misnamed()),
            (
                "no touch has a number that is still to be given",
                format!(
                    "SELECT CAST(number AS TEXT) AS example FROM touches WHERE number >= {}",
                    dialect::next_touch(self.conn)
                ),
            ),
            (
                "the database knows its name, and how far touches were forgotten",
                "SELECT name AS example FROM (SELECT 'incarnation' AS name UNION ALL SELECT 'touches forgotten') AS marks \
                 WHERE name NOT IN (SELECT name FROM shop_marks)"
                    .to_owned(),
            ),
        ];
        catalogue_promises(markups, suppliers)
            .into_iter()
            .chain(ledger::promises())
            .chain(own_keys::promises(self.conn))
            .chain(orders::promises().map(|(promise, text)| (promise, text.to_owned())))
            .chain(others)
            .collect()
    }
}

/// The promises about games and offers.
fn catalogue_promises(markups: &[(SupplierName, BasisPoints)], suppliers: &Suppliers) -> [(&'static str, String); 5] {
    // A supplier's name has no character that needs quoting.
    let prices = markups.iter().map(|(supplier, markup)| {
        let marked_up = 10_000 + i64::from(markup.get());
        format!("(o.supplier = '{supplier}' AND o.price_cents <> (o.cost_cents * {marked_up} + 5000) / 10000)")
    });
    let prices: Vec<String> = prices.chain(["FALSE".to_owned()]).collect();
    let prices = prices.join(" OR ");
    [
        (
            "the price of an offer is the supplier's with the markup in force",
            format!(
                "SELECT g.slug AS example FROM offers o JOIN games g ON g.id = o.game_id WHERE NOT o.hidden \
                     AND ({prices})"
            ),
        ),
        (
            "a game costs what its shown offer does, has its copies, and is shown while it has one, unless staff say otherwise",
            offers::unsettled_games("g.slug AS example", suppliers),
        ),
        (
            "neither stock nor reservations are below nothing",
            "SELECT slug AS example FROM games WHERE copies < 0 UNION ALL \
                 SELECT product_id FROM offers WHERE supplier_qty < 0 OR reserved < 0"
                .to_owned(),
        ),
        (
            "an offer that is not sold because of a lower price waits for a decision about that price",
            "SELECT o.product_id AS example FROM offers o WHERE o.parked AND NOT EXISTS \
                 (SELECT 1 FROM parked_changes p WHERE p.offer_id = o.id AND NOT p.hides)"
                .to_owned(),
        ),
        (
            "each game has a number of its own",
            "SELECT slug AS example FROM games WHERE number IS NULL UNION ALL \
                 SELECT MIN(slug) FROM games WHERE number IS NOT NULL GROUP BY number HAVING COUNT(*) > 1"
                .to_owned(),
        ),
    ]
}

fn misnamed() -> String {
    let selects = Term::ALL.map(|term| {
        let (names, aliases) = (term.table_name(), term.aliases_name());
        format!("SELECT n.name AS example FROM {names} n JOIN {aliases} a ON a.alias = n.name AND NOT a.is_slug")
    });
    selects.join(" UNION ALL ")
}

fn dangling() -> String {
    let selects = REFERENCES.map(|(table, column, other)| {
        format!(
            "SELECT '{table}.{column}' AS example FROM {table} t WHERE t.{column} IS NOT NULL \
             AND NOT EXISTS (SELECT 1 FROM {other} o WHERE o.id = t.{column})"
        )
    });
    selects.join(" UNION ALL ")
}
