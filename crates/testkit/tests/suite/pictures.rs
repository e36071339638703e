//! Pictures from the shop's own address: downloaded once, limited in every way, and only from allowed hosts.

use std::time::Duration;

use domain::catalog::Game;
use domain::picture::Fingerprint;
use futures::future::join_all;
use reqwest::Response;
use testkit::{Kind, PictureFolder, PictureServer, TestShop, on_both_databases};
use tokio::time::Instant;

use crate::catalogue::fixtures::{self, Dice};

const PLENTY: u64 = 64 * 1024 * 1024;
const FOR_EVER: &str = "public, max-age=31536000, immutable";

/// A game that shows these pictures, the first as its cover.
async fn game_with(shop: &TestShop, number: u128, pictures: &[String]) -> Game {
    let mut game = fixtures::game(number, &mut Dice::new(5));
    (game.hidden, game.facts.copies) = (false, 9);
    game.facts.image = pictures.first().cloned().unwrap_or_default();
    game.facts.images = pictures.to_vec();
    fixtures::write(&shop.db, &[game.clone()]).await;
    game
}

/// Where the shop shows picture `number` of a game, which comes from `address`.
fn path(game: &Game, number: usize, address: &str) -> String {
    format!("/picture/{}/{number}/{}", game.id, Fingerprint::of(address))
}

/// Asks for the cover of a new game that comes from this address.
async fn cover(shop: &TestShop, number: u128, address: &str) -> Response {
    let game = game_with(shop, number, &[address.to_owned()]).await;
    shop.get(&path(&game, 0, address)).await
}

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

/// Nothing was there: a quiet picture stands in its place, and not for long.
fn is_placeholder(answer: &Response) -> bool {
    answer.status() == 200
        && header(answer, "content-type") == "image/svg+xml"
        && header(answer, "cache-control") == "public, max-age=60"
}

#[on_both_databases]
async fn a_picture_is_fetched_once_and_kept_for_ever(kind: Kind) {
    let (server, folder) = (PictureServer::start().await, PictureFolder::new());
    let shop = TestShop::showing(kind, &server, &folder, PLENTY).await;
    let [one, two] = ["/fine/1", "/fine/2"].map(|path| format!("{}{path}", server.url));
    let game = game_with(&shop, 1, &[one.clone(), two.clone()]).await;
    let html = shop.page(&format!("/game/{}", game.slug)).await;
    assert!(
        html.contains(&format!("src=\"{}\"", path(&game, 0, &one)))
            && html.contains(&format!("src=\"{}\"", path(&game, 2, &two)))
    );
    assert!(
        html.contains(&format!("content=\"{}{}\"", shop.url, path(&game, 0, &one))),
        "previews elsewhere need the whole address"
    );
    assert!(!html.contains(&server.url), "the page knows nobody else");
    assert_eq!(server.asked_at_all(), 0, "a page fetches nothing");

    let first = shop.get(&path(&game, 0, &one)).await;
    assert_eq!(
        (header(&first, "content-type"), header(&first, "cache-control")),
        ("image/png", FOR_EVER)
    );
    assert_eq!(
        (
            header(&first, "x-content-type-options"),
            header(&first, "content-length")
        ),
        ("nosniff", "10000")
    );
    assert!(
        header(&first, "content-security-policy").starts_with("default-src 'none'; style-src 'unsafe-inline'; sandbox")
    );
    let etag = header(&first, "etag").to_owned();
    assert_eq!(first.bytes().await.unwrap(), testkit::pictures::png(10_000));
    let again = reqwest::Client::new()
        .get(format!("{}{}", shop.url, path(&game, 0, &one)))
        .header("if-none-match", etag);
    assert_eq!(again.send().await.unwrap().status(), 304);
    // The cover stands in the list of all pictures too, and is the same one.
    assert_eq!(shop.get(&path(&game, 1, &one)).await.status(), 200);
    assert_eq!((server.asked("/fine/1"), server.asked("/fine/2")), (1, 0));

    // After a restart it is still there, also while the database is asked for nothing.
    let restarted = TestShop::showing(kind, &server, &folder, PLENTY).await;
    let kept = restarted.get(&path(&game, 0, &one)).await;
    assert_eq!(
        (kept.status().as_u16(), header(&kept, "cache-control")),
        (200, FOR_EVER)
    );
    assert_eq!(server.asked("/fine/1"), 1);
    assert_eq!(restarted.statements.load(std::sync::atomic::Ordering::SeqCst), 0);
}

#[on_both_databases]
async fn thirty_readers_at_once_make_one_fetch(kind: Kind) {
    let (server, folder) = (PictureServer::start().await, PictureFolder::new());
    let shop = TestShop::showing(kind, &server, &folder, PLENTY).await;
    let address = format!("{}/fine/1", server.url);
    let game = game_with(&shop, 1, std::slice::from_ref(&address)).await;
    let path = path(&game, 0, &address);
    let answers = join_all((0..30).map(|_| shop.get(&path))).await;
    for answer in answers {
        assert_eq!(
            (answer.status().as_u16(), header(&answer, "content-length")),
            (200, "10000")
        );
    }
    assert_eq!(server.asked("/fine/1"), 1);
}

#[on_both_databases]
async fn what_is_no_picture_is_not_shown_and_not_asked_for_again_for_a_while(kind: Kind) {
    let (server, folder) = (PictureServer::start().await, PictureFolder::new());
    let shop = TestShop::showing(kind, &server, &folder, PLENTY).await;
    for (number, path) in (1..).zip(["/page/1", "/large/said", "/large/unsaid", "/gone"]) {
        let address = format!("{}{path}", server.url);
        assert!(is_placeholder(&cover(&shop, number, &address).await), "{path}");
        assert!(is_placeholder(&cover(&shop, number, &address).await), "{path}");
        assert_eq!(server.asked(path), 1, "{path}");
        shop.clock.pass(Duration::from_secs(601));
        assert!(is_placeholder(&cover(&shop, number, &address).await), "{path}");
        assert_eq!(server.asked(path), 2, "{path}");
    }
    // One that breaks off says that the machine is in trouble: it is left alone as a whole, and for less long.
    let cut = format!("{}/cut", server.url);
    assert!(is_placeholder(&cover(&shop, 10, &cut).await));
    let fine = format!("{}/fine/1", server.url);
    assert!(is_placeholder(&cover(&shop, 11, &fine).await));
    shop.clock.pass(Duration::from_secs(61));
    assert_eq!(header(&cover(&shop, 11, &fine).await, "content-type"), "image/png");
}

#[on_both_databases]
async fn a_drawing_can_do_nothing(kind: Kind) {
    let (server, folder) = (PictureServer::start().await, PictureFolder::new());
    let shop = TestShop::showing(kind, &server, &folder, PLENTY).await;
    let answer = cover(&shop, 1, &format!("{}/drawing", server.url)).await;
    assert_eq!(
        (header(&answer, "content-type"), header(&answer, "cache-control")),
        ("image/svg+xml", FOR_EVER)
    );
    let policies: Vec<_> = answer.headers().get_all("content-security-policy").iter().collect();
    assert_eq!(policies, ["default-src 'none'; style-src 'unsafe-inline'; sandbox"]);
}

#[on_both_databases]
async fn only_whom_the_shop_may_ask_is_asked(kind: Kind) {
    let (server, private, folder) = (
        PictureServer::start().await,
        PictureServer::start().await,
        PictureFolder::new(),
    );
    let shop = TestShop::showing(kind, &server, &folder, PLENTY).await;
    let port = private.url.rsplit(':').next().unwrap();
    let straight = [
        format!("{}/fine/1", private.url),
        format!("http://localhost:{port}/fine/2"),
        format!("http://[::ffff:127.0.0.1]:{port}/fine/3"),
        format!("http://0x7f000001:{port}/fine/4"),
    ];
    let redirected = straight.clone().map(|address| format!("{}/to/{address}", server.url));
    for (number, address) in (1..).zip(straight.iter().chain(&redirected)) {
        assert!(is_placeholder(&cover(&shop, number, address).await), "{address}");
        // A name that stands for a private machine is one that cannot be reached.
        shop.clock.pass(Duration::from_secs(61));
    }
    assert_eq!(private.asked_at_all(), 0);
    assert_eq!(server.asked_at_all(), 4);
    // A redirect within the allowed is followed, and not for ever.
    let answer = cover(&shop, 20, &format!("{}/to//fine/5", server.url)).await;
    assert_eq!(header(&answer, "content-type"), "image/png");
    let round = format!("{}/to//to//to//to//to//fine/6", server.url);
    assert!(is_placeholder(&cover(&shop, 21, &round).await));
}

#[on_both_databases]
async fn a_slow_machine_holds_nobody_up_for_long(kind: Kind) {
    let (server, folder) = (PictureServer::start().await, PictureFolder::new());
    let shop = TestShop::showing(kind, &server, &folder, PLENTY).await;
    let slow = |number: u8| format!("{}/slow/{number}", server.url);
    let game = game_with(&shop, 1, &[slow(1), slow(2)]).await;
    let begun = Instant::now();
    assert!(is_placeholder(&shop.get(&path(&game, 0, &slow(1))).await));
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    // Given up, it is not asked for the next card.
    while is_waiting_for(&shop, &game, &slow(1)).await {
        assert!(begun.elapsed() < Duration::from_secs(60));
    }
    let begun = Instant::now();
    assert!(is_placeholder(&shop.get(&path(&game, 2, &slow(2))).await));
    assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    assert_eq!(server.asked("/slow/2"), 0);
}

#[on_both_databases]
async fn there_is_only_so_much_room(kind: Kind) {
    let (server, folder) = (PictureServer::start().await, PictureFolder::new());
    // Five of 10,000 bytes and their seals.
    let shop = TestShop::showing(kind, &server, &folder, 51_000).await;
    let addresses: Vec<String> = (0..12).map(|number| format!("{}/fine/{number}", server.url)).collect();
    let game = game_with(&shop, 1, &addresses).await;
    for (at, address) in addresses.iter().enumerate() {
        assert_eq!(
            header(&shop.get(&path(&game, at + 1, address)).await, "content-type"),
            "image/png"
        );
        // The first is looked at again and again.
        assert_eq!(shop.get(&path(&game, 1, &addresses[0])).await.status(), 200);
    }
    let files = || std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap());
    let bytes: u64 = files().map(|file| file.metadata().unwrap().len()).sum();
    assert!(bytes <= 51_000 && files().count() >= 3, "{bytes}");
    assert_eq!(server.asked("/fine/0"), 1);
    assert_eq!(
        header(&shop.get(&path(&game, 2, &addresses[1])).await, "content-type"),
        "image/png"
    );
    assert_eq!(server.asked("/fine/1"), 2, "it had left, and comes again");
}

#[on_both_databases]
async fn a_disk_that_takes_nothing_makes_no_storm(kind: Kind) {
    let (server, folder) = (PictureServer::start().await, PictureFolder::new());
    std::fs::write(folder.path(), b"a file where the folder should be").unwrap();
    let shop = TestShop::showing(kind, &server, &folder, PLENTY).await;
    let address = format!("{}/fine/1", server.url);
    for _ in 0..5 {
        assert!(is_placeholder(&cover(&shop, 1, &address).await));
    }
    assert_eq!(server.asked("/fine/1"), 1);
    std::fs::remove_file(folder.path()).unwrap();
    shop.clock.pass(Duration::from_secs(601));
    assert_eq!(header(&cover(&shop, 1, &address).await, "content-type"), "image/png");
}

#[on_both_databases]
async fn nobody_names_a_file_or_an_address(kind: Kind) {
    let (server, folder) = (PictureServer::start().await, PictureFolder::new());
    let shop = TestShop::showing(kind, &server, &folder, PLENTY).await;
    let [shown, other] = ["/fine/1", "/fine/2"].map(|path| format!("{}{path}", server.url));
    let game = game_with(&shop, 1, std::slice::from_ref(&shown)).await;
    let mut hidden = fixtures::game(2, &mut Dice::new(5));
    (hidden.hidden, hidden.facts.image) = (true, other.clone());
    fixtures::write(&shop.db, &[hidden.clone()]).await;
    std::fs::write(folder.path().parent().unwrap().join("secret"), b"\x89PNG\r\n\x1a\n").unwrap();
    for path in [
        format!("/picture/{}/0/..%2fsecret", game.id),
        format!("/picture/{}/0/%2e%2e%2fsecret", game.id),
        format!("/picture/{}/0/{}%00", game.id, Fingerprint::of(&shown)),
        "/picture/..%2f..%2fsecret/0/0000000000000000".to_owned(),
        format!("/picture/{}/../secret", game.id),
        format!("/picture/{}/0/http:%2f%2f127.0.0.1", game.id),
        path(&game, 2, &shown),
        path(&hidden, 0, &other),
    ] {
        assert_eq!(shop.get(&path).await.status(), 404, "{path}");
    }
    assert_eq!(server.asked_at_all(), 0);
    // An old page's picture leads to the one that stands in its place now.
    let moved = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap();
    let moved = moved
        .get(format!("{}{}", shop.url, path(&game, 0, &other)))
        .send()
        .await
        .unwrap();
    assert_eq!(
        (moved.status().as_u16(), header(&moved, "location")),
        (307, path(&game, 0, &shown).as_str())
    );
    assert_eq!(server.asked_at_all(), 0);
}

/// Whether the shop is still out for a picture: who asks for it then has to wait.
async fn is_waiting_for(shop: &TestShop, game: &Game, address: &str) -> bool {
    let begun = Instant::now();
    shop.get(&path(game, 0, address)).await;
    begun.elapsed() > Duration::from_millis(500)
}
