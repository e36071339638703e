//! Ranks and fulfilment of suppliers, changed in the settings: the games follow at the next start.

use domain::money::Cents;
use serde_json::Value;
use testkit::{Kind, on_both_databases};

use super::wholesaler::{Wholesaler, marked_up};

#[on_both_databases]
async fn games_follow_a_change_of_fulfilment_and_of_rank_at_the_next_start(kind: Kind) {
    let wholesaler = Wholesaler::open(kind).await;
    let game = wholesaler.game().await;
    let list = format!("sku;title;net;qty\nA-1;{};1.23;4\n", game.facts.title);
    let sync = async |others: &[(&str, &str)]| {
        let (code, report, log) = wholesaler.sync_with(&list, others).await;
        assert_eq!(code, Some(0), "{report} {log}");
        (report, log.contains("the suppliers' terms are new"))
    };
    let follows = async |price: Cents| wholesaler.shows(&game.slug, price, true).await;
    let (report, _) = sync(&[]).await;
    assert_eq!(report["added"], 1, "{report}");
    follows(marked_up(Cents::new(123))).await;
    assert!(!sync(&[]).await.1, "the same terms");
    // No longer for sale; the list itself says nothing new.
    let (report, is_new) = sync(&[("FULFILMENT", "none")]).await;
    assert_eq!((&report["updated"], is_new), (&Value::from(0), true), "{report}");
    follows(game.facts.price).await;
    assert!(!sync(&[("FULFILMENT", "none")]).await.1, "the same terms");
    let (_, is_new) = sync(&[]).await;
    assert!(is_new);
    follows(marked_up(Cents::new(123))).await;
    // Another rank: who leads may be another, so the offers of both are parsed again.
    let (_, is_new) = sync(&[("RANK", "9")]).await;
    assert!(is_new);
    follows(marked_up(Cents::new(123))).await;
}
