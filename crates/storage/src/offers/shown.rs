//! The shown offer of each game in SQL, by the rule of [`domain::offer::shown`].

use domain::suppliers::{Fulfilment, Suppliers};

/// A `SELECT` of `what` of the games, `g`, of which price, copies or visibility are not what their offers and overrides say.
pub(crate) fn unsettled_games(what: &str, suppliers: &Suppliers) -> String {
    let shown = shown_offers(suppliers, "");
    // The price of an override is stored as a whole number of cents.
    format!(
        "SELECT {what} FROM games g LEFT JOIN ({shown}) s ON s.game_id = g.id \
         LEFT JOIN game_overrides p ON p.game_id = g.id AND p.field = 'price' \
         LEFT JOIN game_overrides w ON w.game_id = g.id AND w.field = 'hidden' \
         WHERE g.hidden <> (s.game_id IS NULL OR w.game_id IS NOT NULL) OR (NOT g.hidden \
         AND (g.price_cents <> COALESCE(CAST(p.value AS BIGINT), s.price_cents) OR g.copies <> s.for_sale))"
    )
}

/// A `SELECT` with one row for each game that has an offer that is not hidden: `game_id`, and `offer_id`, `supplier`,
/// `price_cents` and copies `for_sale` of the shown offer. `only` is a condition about the offers, `o`, that begins with AND.
pub(crate) fn shown_offers(suppliers: &Suppliers, only: &str) -> String {
    // A supplier's name has no character that needs quoting.
    let (mut rank, mut sells) = ("CASE o.supplier WHEN 'own' THEN 0".to_owned(), "'own'".to_owned());
    for terms in suppliers.iter() {
        rank += &format!(" WHEN '{}' THEN {}", terms.name, terms.rank.max(1));
        if terms.fulfilment != Fulfilment::None {
            sells += &format!(", '{}'", terms.name);
        }
    }
    rank += &format!(" ELSE {} END", u32::MAX);
    let for_sale = format!(
        "CASE WHEN o.parked OR o.supplier NOT IN ({sells}) OR o.supplier_qty <= o.reserved THEN 0 \
         ELSE o.supplier_qty - o.reserved END"
    );
    format!(
        "SELECT game_id, offer_id, supplier, price_cents, for_sale FROM (SELECT o.game_id, o.id AS offer_id, o.supplier, \
         o.price_cents, {for_sale} AS for_sale, ROW_NUMBER() OVER (PARTITION BY o.game_id ORDER BY CASE WHEN {for_sale} > 0 THEN 0 ELSE 1 END, o.price_cents, \
         {rank}, o.id) AS place FROM offers o WHERE NOT o.hidden {only}) AS ranked WHERE place = 1"
    )
}
