//! What staff do in the administration of one node is seen on the others, with Redis between them and without.

use testkit::{Client, Kind, Node, Redis, TestShop, on_both_databases};

use super::a_game;

/// What each of the pages shows that customers and staff open.
async fn titles(node: &Node, game: &str, slug: &str, staff: &mut Client) -> [bool; 3] {
    let title = node.json(&format!("/api/games/{game}")).await["data"]["title"].clone();
    let title = title.as_str().unwrap();
    let page = node.get(&format!("/game/{slug}")).await.text().await.unwrap();
    let desk = staff.get(&format!("/admin/games/{game}")).await;
    assert_eq!(desk.status, 200, "{}", desk.text);
    ["First title", "Second title", "Third title"].map(|wanted| {
        let shown = [
            title == wanted,
            page.contains(wanted),
            desk.text.contains(&format!("<h1>{wanted}")),
        ];
        assert!(
            shown == [shown[0]; 3],
            "{wanted}: JSON, page and administration differ: {shown:?}"
        );
        shown[0]
    })
}

#[on_both_databases]
async fn a_field_that_staff_set_on_one_node_is_shown_by_the_others(kind: Kind) {
    let mut redis = Redis::start().await;
    let shop = TestShop::before(kind, &redis).await;
    let other = shop.second_node().await;
    let game = a_game(&shop).await;
    let (id, slug) = (game.id.to_string(), game.slug.as_str());
    let mut here = shop.staff().await;
    let mut there = Client::at(&other.url);
    there.token = here.token.clone();
    let fields = format!("/admin/games/{id}/fields");
    let both_caught_up = async || {
        shop.caught_up().await;
        other.caught_up().await;
    };

    both_caught_up().await;
    assert_eq!(titles(&other, &id, slug, &mut there).await, [false; 3]);
    let saved = here.submit(&fields, &[("title", "First title")]).await;
    assert!(saved.status == 200 && saved.text.contains("Saved."), "{}", saved.text);
    both_caught_up().await;
    assert_eq!(titles(&other, &id, slug, &mut there).await, [true, false, false]);

    // The other way, and cleared by hand in between.
    let cleared = there.submit("/admin/cache/clear", &[]).await;
    assert_eq!(cleared.status, 200, "{}", cleared.text);
    assert_eq!(titles(&other, &id, slug, &mut there).await, [true, false, false]);
    let saved = there.submit(&fields, &[("title", "Second title")]).await;
    assert_eq!(saved.status, 200, "{}", saved.text);
    both_caught_up().await;
    let title = shop.json(&format!("/api/games/{id}")).await["data"]["title"].clone();
    assert_eq!(title, "Second title");

    redis.kill();
    let saved = here.submit(&fields, &[("title", "Third title")]).await;
    assert_eq!(saved.status, 200, "{}", saved.text);
    both_caught_up().await;
    assert_eq!(titles(&other, &id, slug, &mut there).await, [false, false, true]);
    let caches = there.get("/admin/cache").await;
    assert_eq!(caches.status, 200, "{}", caches.text);
}
