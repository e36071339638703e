//! The steps that change carts and wishlists, of guests and of accounts.

use std::time::Duration;

use domain::id::{GameId, UserId};
use services::guests::Visitor;
use testkit::TestShop;

use super::walk::{Site, Walk};

const CART: Site = ("services/cart.rs::change", "cart_lines");
const ADD_WISH: Site = ("services/wishlist.rs::add", "wishes");
const REMOVE_WISH: Site = ("services/wishlist.rs::remove", "wishes");
const MIGRATE_GUEST: Site = ("services/guests/migration.rs::migrate_guest", "guest_sessions");

/// A guest who collects, and an account that takes it over, some of it later and some never.
pub(super) async fn walk(walk: &mut Walk, shop: &TestShop) {
    let games = shop.games_for_sale(4).await;
    let games: Vec<GameId> = games.iter().map(|id| GameId(id.parse().unwrap())).collect();
    let guest = guest(walk, shop, &games).await;
    let bob = walk.step(&[], shop.customer("bob@example.org")).await.id.unwrap();
    let account = account(walk, shop, bob, &games).await;
    // Two games cannot be had: they are kept.
    for game in &games[..2] {
        shop.set_stock(&game.to_string(), 0).await;
    }
    walk.leave_out().await;
    let guest_secret = guest.guest_secret.as_deref();
    let taken = walk
        .step(&[MIGRATE_GUEST], shop.shop.carts().migrate(bob, guest_secret))
        .await
        .unwrap();
    assert_eq!(taken.kept(), 4);
    let drop = [("services/cart.rs::drop_kept", "cart_lines")];
    walk.step(&drop, shop.shop.carts().drop_kept(bob, games[1]))
        .await
        .unwrap();
    shop.set_stock(&games[0].to_string(), 9).await;
    walk.leave_out().await;
    let again = [("services/guests/migration.rs::migrate_kept", "cart_lines")];
    let moved = walk.step(&again, shop.shop.carts().migrate(bob, None)).await.unwrap();
    assert_eq!(moved.moved(), 2);
    walk.step(&[CART], shop.shop.carts().clear(&account)).await.unwrap();
}

async fn guest(walk: &mut Walk, shop: &TestShop, games: &[GameId]) -> Visitor {
    let mut guest = Visitor::default();
    for game in &games[..3] {
        let added = walk
            .step(&[CART], shop.shop.carts().add(&guest, *game, 2))
            .await
            .unwrap();
        guest.guest_secret = added.new_secret.or(guest.guest_secret);
    }
    walk.step(&[CART], shop.shop.carts().set(&guest, games[2], 3))
        .await
        .unwrap();
    walk.step(&[CART], shop.shop.carts().remove(&guest, games[2]))
        .await
        .unwrap();
    for game in &games[..3] {
        walk.step(&[ADD_WISH], shop.shop.wishlists().add(&guest, *game))
            .await
            .unwrap();
    }
    walk.step(&[REMOVE_WISH], shop.shop.wishlists().remove(&guest, games[2]))
        .await
        .unwrap();
    shop.clock.pass(Duration::from_secs(120));
    let used = [("services/guests/mod.rs::guest", "guest_sessions")];
    walk.step(&used, shop.shop.carts().get(&guest)).await.unwrap();
    guest
}

/// What an account holds itself: one wish that the guest has too.
async fn account(walk: &mut Walk, shop: &TestShop, user: UserId, games: &[GameId]) -> Visitor {
    let account = Visitor {
        user: Some(user),
        guest_secret: None,
    };
    walk.step(&[CART], shop.shop.carts().add(&account, games[3], 1))
        .await
        .unwrap();
    walk.step(&[ADD_WISH], shop.shop.wishlists().add(&account, games[0]))
        .await
        .unwrap();
    account
}
