//! The sitemap: each game that is shown once, no other, in parts that a browser can read.

use std::collections::BTreeSet;

use domain::catalog::Game;
use domain::touch::Touch;
use testkit::{Caching, Kind, Look, Person, TestShop, on_both_databases};

use super::fixtures::{self, Dice, NOW};

/// What stands between these tags, in order.
fn between<'t>(text: &'t str, tag: &str) -> Vec<&'t str> {
    let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
    let parts = text.split(&open).skip(1);
    parts.map(|part| part.split(&close).next().unwrap()).collect()
}

/// The addresses of all games in all parts that the index names, after the shop's own.
async fn games(shop: &TestShop) -> Vec<String> {
    let mut found = Vec::new();
    for part in between(&shop.page("/sitemap.xml").await, "loc") {
        let answer = shop.get(part.strip_prefix(&shop.url).unwrap()).await;
        assert_eq!(answer.headers()["content-type"], "application/xml; charset=utf-8");
        let text = answer.text().await.unwrap();
        let entries = between(&text, "loc");
        assert!(entries.len() <= 50_000);
        let shop_url = shop.url.as_str();
        let paths = entries.into_iter().map(|entry| entry.strip_prefix(shop_url).unwrap());
        found.extend(paths.filter(|path| path.starts_with("/game/")).map(str::to_owned));
    }
    found
}

fn shown(games: &[Game]) -> BTreeSet<String> {
    let shown = games.iter().filter(|game| !game.hidden);
    shown.map(|game| format!("/game/{}", game.slug)).collect()
}

#[on_both_databases]
async fn each_game_that_is_shown_stands_in_it_once(kind: Kind) {
    for caching in [Caching::None, Caching::Memory] {
        let shop = TestShop::with(kind, caching, g2a_sandbox::Settings::default()).await;
        assert_eq!(games(&shop).await, Vec::<String>::new());
        let mut dice = Dice::new(3);
        // More than one part holds.
        let mut all: Vec<Game> = (1..=10_050).map(|number| fixtures::game(number, &mut dice)).collect();
        for some in all.chunks(2_000) {
            fixtures::write(&shop.db, some).await;
        }
        let found = games(&shop).await;
        assert_eq!(found.iter().cloned().collect::<BTreeSet<_>>(), shown(&all));
        assert_eq!(found.len(), shown(&all).len(), "none stands in it twice");

        for none in [
            "/sitemap/games-0.xml",
            "/sitemap/games-3.xml",
            "/sitemap/games-x.xml",
            "/sitemap/games-99999999999.xml",
            "/sitemap/other.xml",
        ] {
            assert_eq!(shop.get(none).await.status(), 404, "{none}");
        }

        // What leaves the shop leaves the list.
        let gone = all.iter_mut().find(|game| !game.hidden).unwrap();
        gone.hidden = true;
        let mut tx = shop.db.begin().await.unwrap();
        tx.catalog().put_offered(&[&*gone], NOW).await.unwrap();
        tx.touch(Touch::Catalog);
        tx.commit().await.unwrap();
        let left = shown(&all);
        let begun = std::time::Instant::now();
        while games(&shop).await.into_iter().collect::<BTreeSet<_>>() != left {
            assert!(
                begun.elapsed().as_secs() < 10,
                "it stands in the list long after it left"
            );
        }
    }
}

#[on_both_databases]
async fn it_is_xml_whatever_games_are_called(kind: Kind) {
    let shop = TestShop::open(kind).await;
    let mut game = fixtures::game(1, &mut Dice::new(5));
    (game.hidden, game.facts.copies) = (false, 9);
    game.slug = "</loc><script>&amp;\"'\u{1f3ae} ü?#%".to_owned();
    game.facts.publisher = Some("</loc>&<b>".to_owned());
    fixtures::write(&shop.db, &[game]).await;
    shop.shop.catalog().fill_search_index().await.unwrap();
    let robots = shop.page("/robots.txt").await;
    let index = robots.lines().find_map(|line| line.strip_prefix("Sitemap: ")).unwrap();
    assert_eq!(index, format!("{}/sitemap.xml", shop.url));
    let person = Person::visiting(&shop.url).await;
    let window = person.window(Look::WIDE).await;
    assert_eq!(window.go("/").await, 200);
    for (part, root) in [
        ("/sitemap.xml", "sitemapindex"),
        ("/sitemap/lists.xml", "urlset"),
        ("/sitemap/games-1.xml", "urlset"),
    ] {
        let read = window.ask(&format!(
                "fetch('{part}').then(it => it.text()).then(text => {{ \
                 const page = new DOMParser().parseFromString(text, 'application/xml'); \
                 const all = [...page.querySelectorAll('loc')].map(it => new URL(it.textContent)); \
                 return [page.documentElement.localName, page.querySelectorAll('parsererror, script, b').length, all.length, \
                 all.every(it => it.origin === location.origin)]; }})"
            )).await;
        assert_eq!(
            (&read[0], &read[1], &read[3]),
            (&root.into(), &0.into(), &true.into()),
            "{part}: {read}"
        );
        assert!(read[2].as_u64().unwrap() >= 1, "{part}");
    }
}
