//! Hostile queries: each is answered, none breaks anything.

use futures::stream::{self, StreamExt as _};
use testkit::{Kind, TestShop, on_both_databases};

use super::fixtures::{self, Dice};

const QUESTIONS: usize = 10_000;
const NAMES: [&str; 22] = [
    "search",
    "minPrice",
    "maxPrice",
    "pricePreset",
    "inStockOnly",
    "platforms",
    "platforms[]",
    "activationServices",
    "regions",
    "multiplayer",
    "publishers",
    "genres",
    "languages",
    "ratingMin",
    "releaseDateFrom",
    "releaseDateTo",
    "sort",
    "page",
    "pageSize",
    "q",
    "limit",
    "count",
];
const VALUES: [&str; 36] = [
    "",
    "a",
    "1",
    "0",
    "-1",
    "+1",
    "99999999999999999999",
    "1e9",
    "NaN",
    "true",
    "Steam",
    "Steam,GOG",
    ",,,",
    "%00",
    "%",
    "%zz",
    "%FF%FE",
    "%F0%9F%8E%AE",
    "';DROP TABLE games;--",
    "%25%25%25",
    "_",
    "<script>alert(1)</script>",
    "..%2F..%2Fetc",
    "%E2%80%AE",
    "newest",
    "price-asc",
    "under-10",
    "2020",
    "1000000",
    "100",
    "a%20b%20c%20d",
    "falout",
    "wticher%203",
    "&=&=",
    "%0d%0aset-cookie:%20a=b",
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
];
const PLACES: [&str; 10] = [
    "/api/games",
    "/catalogue",
    "/api/games/autocomplete",
    "/api/games/search",
    "/api/games/best-sellers",
    "/api/games/random",
    "/api/games/by-genre/%00",
    "/api/games/by-genre/rpg",
    "/api/games/slug/%00",
    "/game/%FF",
];

fn question(dice: &mut Dice) -> String {
    let mut path = format!("{}?", dice.pick(&PLACES));
    for _ in 0..dice.roll(6) {
        path += dice.pick(&NAMES);
        path.push('=');
        for _ in 0..1 + dice.roll(2) {
            path += dice.pick(&VALUES);
        }
        path.push('&');
    }
    path.replace(' ', "+")
}

#[on_both_databases]
async fn ten_thousand_odd_questions_break_nothing(kind: Kind) {
    let shop = TestShop::filled(kind).await;
    let mut dice = Dice::new(11);
    let questions: Vec<String> = (0..QUESTIONS).map(|_| question(&mut dice)).collect();
    let shop = &shop;
    let answers = stream::iter(questions).map(|path| async move {
        let status = shop.get(&path).await.status().as_u16();
        (path, status)
    });
    let answers: Vec<(String, u16)> = answers.buffer_unordered(16).collect().await;
    let broken: Vec<_> = answers.iter().filter(|(_, status)| *status >= 500).collect();
    assert!(broken.is_empty(), "{broken:?}");
    let fine = answers.iter().filter(|(_, status)| *status == 200).count();
    assert!(
        fine > QUESTIONS / 10 && fine < QUESTIONS,
        "{fine} of them were in order"
    );
    assert_eq!(shop.json("/api/games?pageSize=1").await["success"], true);
}

#[on_both_databases]
async fn a_script_in_any_text_of_a_game_is_text(kind: Kind) {
    const SCRIPT: &str = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(1)>";
    let shop = TestShop::open(kind).await;
    let mut game = fixtures::game(1, &mut Dice::new(5));
    (game.hidden, game.facts.copies) = (false, 9);
    let text = || SCRIPT.to_owned();
    game.facts.title = text();
    game.facts.image = text();
    game.facts.images = vec![text(), format!("https://pictures.example/{SCRIPT}")];
    (game.facts.region, game.facts.activation_service) = (Some(text()), Some(text()));
    (game.facts.publisher, game.facts.developer) = (Some(text()), Some(text()));
    game.facts.requirements.minimal.system = text();
    game.facts.requirements.recommended.other = text();
    fixtures::write(&shop.db, &[game.clone()]).await;
    shop.shop.catalog().fill_search_index().await.unwrap();
    for path in ["/".to_owned(), "/catalogue".to_owned(), format!("/game/{}", game.slug)] {
        let page = shop.page(&path).await;
        assert!(page.contains("alert(1)"), "{path} shows it");
        assert!(
            !page.contains("<script>alert") && !page.contains("<img src=x"),
            "{path} runs it"
        );
    }
    let answer = shop.get("/api/games").await;
    assert_eq!(answer.headers()["content-type"], "application/json");
    assert_eq!(answer.headers()["x-content-type-options"], "nosniff");
}
