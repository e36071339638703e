//! The search index follows what is written elsewhere: what a list shows is never older than the database.

use domain::money::Cents;
use serde_json::Value;
use testkit::{Caching, Kind, TestShop, on_both_databases, soon};

use super::fixtures::{self, Dice};

/// The prices of the games that a list shows.
fn prices(answer: &Value) -> Vec<f64> {
    let games = answer["data"]["data"].as_array().unwrap();
    games.iter().map(|game| game["price"].as_f64().unwrap()).collect()
}

#[on_both_databases]
async fn another_process_s_change_is_found_in_time_and_its_price_shown_at_once(kind: Kind) {
    for caching in Caching::each() {
        let shop = TestShop::with(kind, caching, g2a_sandbox::Settings::default()).await;
        let mut dice = Dice::new(3);
        let mut game = fixtures::game(1, &mut dice);
        (game.hidden, game.facts.copies) = (false, 5);
        game.facts.price = Cents::new(900);
        fixtures::write(&shop.db, std::slice::from_ref(&game)).await;
        let cheap = "/api/games?maxPrice=10";
        soon("the new game comes", async || prices(&shop.json(cheap).await) == [9.0]).await;
        // Written by somebody else, so that only the pulse can tell; the old price is never shown again.
        game.facts.price = Cents::new(1_900);
        fixtures::write(&shop.db, std::slice::from_ref(&game)).await;
        shop.caught_up().await;
        assert_eq!(prices(&shop.json("/api/games").await), [19.0]);
        assert_eq!(prices(&shop.json(cheap).await), [0.0; 0]);
        game.hidden = true;
        fixtures::write(&shop.db, std::slice::from_ref(&game)).await;
        shop.caught_up().await;
        assert_eq!(shop.json("/api/games").await["data"]["total"], 0);
        assert_eq!(
            shop.json("/api/games/filter-options").await["data"]["genres"],
            serde_json::json!([])
        );
    }
}
