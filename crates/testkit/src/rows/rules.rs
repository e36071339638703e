//! What a changed row makes stale: one rule for each table, written by hand.
//!
//! The database itself lists the tables. A table without a rule, or a column that is missing in its rule, is an error
//! before the recording begins.

use super::change::Change;
use super::needs::{
    ALIASES, CART_LINES, GAMES_LISTED, GAMES_OFFERED, GAMES_UNLISTED, GUESTS_TAKEN, GUESTS_UNSEEN,
    LEDGER_ACCOUNTS_UNSEEN, LINKS, Need, TERMS, TERMS_UNSEEN, USERS_SHOWN, USERS_UNSEEN, WALLETS_SHOWN, WISHES,
    of_alias, of_cart_line, of_game, of_guest_session, of_ledger_account, of_link, of_term, of_user, of_wish,
};
use super::transaction::Context;

/// The rule of a table.
enum Rule {
    /// No cached view shows anything of it, and why.
    Unseen(#[expect(dead_code, reason = "said to whoever reads the rules")] &'static str),
    /// Views show some of it: all its columns, in any number of groups, and the needs of a change.
    Seen(
        &'static [&'static [&'static str]],
        fn(&Change, &Context<'_>) -> Vec<Need>,
    ),
}

const RULES: [(&str, Rule); 52] = [
    (
        "games",
        Rule::Seen(&[&GAMES_OFFERED, &GAMES_LISTED, &GAMES_UNLISTED], of_game),
    ),
    (
        "offers",
        Rule::Unseen("what is shown of them stands in their games' rows"),
    ),
    (
        "game_overrides",
        Rule::Unseen("what is shown of them stands in their games' rows"),
    ),
    ("game_categories", Rule::Seen(&[&LINKS], of_link)),
    ("game_genres", Rule::Seen(&[&LINKS], of_link)),
    ("game_platforms", Rule::Seen(&[&LINKS], of_link)),
    ("game_tags", Rule::Seen(&[&LINKS], of_link)),
    ("categories", Rule::Seen(&[&TERMS, &TERMS_UNSEEN], of_term)),
    ("genres", Rule::Seen(&[&TERMS, &TERMS_UNSEEN], of_term)),
    ("platforms", Rule::Seen(&[&TERMS, &TERMS_UNSEEN], of_term)),
    ("tags", Rule::Seen(&[&TERMS, &TERMS_UNSEEN], of_term)),
    ("category_aliases", Rule::Seen(&[&ALIASES], of_alias)),
    ("genre_aliases", Rule::Seen(&[&ALIASES], of_alias)),
    ("platform_aliases", Rule::Seen(&[&ALIASES], of_alias)),
    ("tag_aliases", Rule::Seen(&[&ALIASES], of_alias)),
    ("cart_lines", Rule::Seen(&[&CART_LINES], of_cart_line)),
    ("wishes", Rule::Seen(&[&WISHES], of_wish)),
    (
        "guest_sessions",
        Rule::Seen(&[&GUESTS_TAKEN, &GUESTS_UNSEEN], of_guest_session),
    ),
    ("users", Rule::Seen(&[&USERS_SHOWN, &USERS_UNSEEN], of_user)),
    (
        "ledger_accounts",
        Rule::Seen(&[&WALLETS_SHOWN, &LEDGER_ACCOUNTS_UNSEEN], of_ledger_account),
    ),
    (
        "transfers",
        Rule::Unseen("those that a customer sees move the balance of their wallet"),
    ),
    ("key_imports", Rule::Unseen("staff read them from the database")),
    ("key_import_rows", Rule::Unseen("staff read them from the database")),
    (
        "own_keys",
        Rule::Unseen("what is for sale of them stands in their games' rows"),
    ),
    ("key_owners", Rule::Unseen("they are shown to nobody")),
    ("key_hashing", Rule::Unseen("it is shown to nobody")),
    (
        "orders",
        Rule::Unseen("they are read from the database at each request"),
    ),
    ("order_items", Rule::Unseen("likewise")),
    ("units", Rule::Unseen("likewise")),
    ("refunds", Rule::Unseen("likewise")),
    ("order_events", Rule::Unseen("likewise")),
    ("cases", Rule::Unseen("staff read them from the database")),
    ("idempotency_keys", Rule::Unseen("they are shown to nobody")),
    (
        "sessions",
        Rule::Unseen("who is signed in is asked of the database at each request"),
    ),
    ("refresh_tokens", Rule::Unseen("they are shown to nobody")),
    ("tickets", Rule::Unseen("they are shown to nobody")),
    ("known_devices", Rule::Unseen("they are shown to nobody")),
    (
        "recovery_codes",
        Rule::Unseen("how many are left is asked of the database each time"),
    ),
    (
        "security_events",
        Rule::Unseen("they are read from the database each time"),
    ),
    ("trail_head", Rule::Unseen("staff read the trail from the database")),
    ("trail_entries", Rule::Unseen("staff read the trail from the database")),
    ("trail_values", Rule::Unseen("staff read the trail from the database")),
    ("throttles", Rule::Unseen("they are shown to nobody")),
    ("mails", Rule::Unseen("staff read them from the database")),
    ("mail_outcomes", Rule::Unseen("metrics read them from the database")),
    ("outbox", Rule::Unseen("messages are shown to nobody")),
    ("job_leases", Rule::Unseen("whoever wants a job asks the database")),
    (
        "sync_runs",
        Rule::Unseen("the progress of syncs is read from the database each time"),
    ),
    ("sync_positions", Rule::Unseen("they are shown to nobody")),
    (
        "parked_changes",
        Rule::Unseen(
            "what waits for a decision is shown nowhere; what is not for sale meanwhile stands in the games' rows",
        ),
    ),
    ("supplier_pace", Rule::Unseen("it is shown to nobody")),
    (
        "shop_marks",
        Rule::Unseen("what is said of the database itself is shown to nobody"),
    ),
];

/// Recorded too, and used differently: its rows are the touches.
pub(super) const TOUCHES: &str = "touches";

/// Reports tables and columns without a rule.
pub(super) fn speak_of_all(schema: &[(String, Vec<String>)]) -> Result<(), String> {
    for (table, columns) in schema.iter().filter(|(table, _)| table != TOUCHES) {
        match rule(table) {
            None => return Err(format!("no rule says which cached views show the table {table}")),
            Some(Rule::Unseen(_)) => {}
            Some(Rule::Seen(known, _)) => {
                if let Some(column) = columns.iter().find(|column| !known.concat().contains(&column.as_str())) {
                    return Err(format!(
                        "no rule says which cached views show the column {table}.{column}"
                    ));
                }
            }
        }
    }
    Ok(())
}

/// The views that show something of a changed row.
pub(super) fn needs(change: &Change, context: &Context<'_>) -> Vec<Need> {
    match rule(&change.table) {
        Some(Rule::Seen(_, needs)) => needs(change, context),
        Some(Rule::Unseen(_)) | None => Vec::new(),
    }
}

fn rule(table: &str) -> Option<&'static Rule> {
    RULES.iter().find(|(name, _)| *name == table).map(|(_, rule)| rule)
}
