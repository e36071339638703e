//! Browsing: from the home page to the catalogue to a game, wide and narrow, with scripts and without.

use testkit::{Kind, Look, Person, TestShop, on_both_databases};

const LOOKS: [Look; 4] = [
    Look::WIDE,
    Look::NARROW,
    Look::WIDE.without_scripts(),
    Look::NARROW.dark().without_scripts(),
];

#[on_both_databases]
async fn a_guest_finds_a_game_from_the_home_page(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let guest = Person::visiting(&shop.url).await;
    for look in LOOKS {
        let window = guest.window(look).await;
        assert_eq!(window.go("/").await, 200);
        assert!(window.count(".rail .card").await > 0, "the home page shows games");
        assert_eq!(window.sticks_out().await, 0, "the home page at {look:?}");

        assert_eq!(window.follow("header a[href='/catalogue']").await, 200);
        assert_eq!(window.address().await, "/catalogue");
        assert_eq!(window.count(".grid .card").await, 36);
        assert_eq!(window.sticks_out().await, 0, "the catalogue at {look:?}");

        let name = window.text(".grid .card:nth-child(5) .card-name").await;
        assert_eq!(window.follow(".grid .card:nth-child(5) a").await, 200);
        assert_eq!(window.text("h1").await, name);
        assert!(window.text(".tag-price").await.starts_with('€'));
        assert_eq!(window.sticks_out().await, 0, "the game at {look:?}");
        window.quiet().await;
    }
}
