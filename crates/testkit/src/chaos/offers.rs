//! The supplier's offers: versions of games, and withdrawals.

use serde_json::json;

use super::history::{title, words};
use crate::program::http;

/// One in so many versions is sold out: it leaves the lists of games for sale, and comes back with the next version.
const SOLD_OUT: u32 = 8;

/// Makes the supplier offer a version of a game; `None` withdraws it until another version is offered.
pub(super) async fn offer(supplier: &str, product: &str, game: u32, version: Option<u32>) {
    let change = match version {
        Some(version) => json!({
            "name": format!("{} Steam Key GLOBAL", title(game, version)),
            // Price and stock repeat, versions do not: the history says which values belong to a version.
            "minPrice": 1 + version % 500,
            "qty": if version.is_multiple_of(SOLD_OUT) { 0 } else { 100 + version % 500 },
            "raw": {"description": words(game, version)},
            "gone": false,
        }),
        None => json!({"gone": true}),
    };
    let url = format!("{supplier}/_sandbox/products/{product}");
    let sent = http()
        .patch(url)
        .header("content-type", "application/json")
        .body(change.to_string())
        .send()
        .await;
    let answer = sent.expect("an answer");
    assert!(
        answer.status().is_success(),
        "{}",
        answer.text().await.unwrap_or_default()
    );
}
