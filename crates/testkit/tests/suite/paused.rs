//! A process that was paused serves no outdated value when it resumes.

use std::time::Duration;

use domain::touch::Touch;
use testkit::database::own_folder;
use testkit::program::http;
use testkit::{Kind, Program, TestShop, on_both_databases};

#[on_both_databases]
async fn a_node_that_goes_on_after_a_pause_shows_what_was_committed_meanwhile(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let catalog = shop.db.catalog();
    let all = catalog.indexed_after(None, 100).await.unwrap();
    let game = all.iter().find(|game| !game.hidden && game.copies > 0).unwrap().id;
    let slug = catalog.by_id(game).await.unwrap().unwrap().slug;
    let node = Program::serve_with(&own_folder(), &["--no-demo"], &[("DATABASE_URL", &shop.database.url)]).await;
    let url = format!("{}/api/games/{game}", node.url);
    let client = http();
    let shown = async || client.get(&url).send().await.unwrap().text().await.unwrap();
    for cents in [1_111, 2_222, 3_333] {
        tokio::time::sleep(Duration::from_millis(500)).await;
        // Twice: the second comes from memory.
        shown().await;
        shown().await;
        node.signal("STOP").await;
        let mut tx = shop.db.begin().await.unwrap();
        let update = format!("UPDATE games SET price_cents = {cents} WHERE slug = '{slug}'");
        tx.execute_for_test(&update).await.unwrap();
        tx.touch(Touch::Game(game));
        tx.commit().await.unwrap();
        tokio::time::sleep(Duration::from_secs(2)).await;
        node.signal("CONT").await;
        let price = format!("\"price\":{}.{:02}", cents / 100, cents % 100);
        let first = shown().await;
        assert!(first.contains(&price), "{price} is not what it says first: {first}");
    }
    node.signal("TERM").await;
    assert_eq!(node.ended().await.code(), Some(0));
}
