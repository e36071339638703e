//! Two thousand queries generated from a seed, while games change: the same games, order and counts as the reference
//! implementation.

use std::collections::BTreeMap;
use std::sync::Mutex;

use domain::catalog::{Facet, FilterOptions, Game, GameFilter, Sort};
use domain::id::GameId;
use domain::money::Cents;
use domain::search::fold;
use testkit::{Caching, Kind, TestShop, on_both_databases};

use super::by_the_book;
use super::fixtures::{self, Dice, GENRES, PLATFORMS, PUBLISHERS, REGIONS, WORDS};

const GAMES: u128 = 500;
const QUESTIONS: usize = 2_000;

/// Words of titles, some cut off, some with typing errors, some that nobody has.
fn search(dice: &mut Dice) -> String {
    let mut words = Vec::new();
    for _ in 0..1 + dice.roll(2) {
        let mut word: Vec<char> = fold(dice.pick(&WORDS)).chars().collect();
        match dice.roll(6) {
            0 => word.truncate(1 + dice.roll(4)),
            1 => drop(word.remove(dice.roll(word.len()))),
            2 => word.insert(dice.roll(word.len()), 'e'),
            3 if word.len() > 1 => {
                let at = dice.roll(word.len() - 1);
                word.swap(at, at + 1);
            }
            4 => {
                let at = dice.roll(word.len());
                word[at] = 'x';
            }
            _ => {}
        }
        words.push(word.into_iter().collect::<String>());
    }
    fold(&words.join(" "))
}

fn question(dice: &mut Dice) -> GameFilter {
    let mut names = |from: &[&str]| if dice.one_in(3) { dice.some(from, 3) } else { Vec::new() };
    let (platforms, genres) = (names(&PLATFORMS), names(&GENRES));
    let (publishers, regions, services) = (names(&PUBLISHERS), names(&REGIONS), names(&PLATFORMS[..4]));
    let price = |dice: &mut Dice| {
        dice.one_in(4)
            .then(|| Cents::new(i64::try_from(dice.roll(12_000)).unwrap()))
    };
    let year = |dice: &mut Dice| dice.one_in(5).then(|| u16::try_from(1995 + dice.roll(35)).unwrap());
    GameFilter {
        search: if dice.one_in(2) { search(dice) } else { String::new() },
        min_price: price(dice),
        max_price: price(dice),
        in_stock_only: dice.one_in(2),
        platforms,
        activation_services: services,
        regions,
        multiplayer: dice.one_in(4).then(|| dice.one_in(2)),
        publishers,
        genres,
        released_from: year(dice),
        released_to: year(dice),
        sort: [Sort::Popular, Sort::Newest, Sort::PriceAsc, Sort::PriceDesc][dice.roll(4)],
        page: 1 + u32::try_from(dice.roll(3)).unwrap(),
        page_size: 1 + u32::try_from(dice.roll(60)).unwrap(),
    }
}

/// What the shop answers: the page's games, the total, the counts of each list of names.
async fn asked(shop: &TestShop, filter: &GameFilter) -> (Vec<GameId>, u64, [BTreeMap<String, u64>; 5]) {
    let answer = Mutex::new(None);
    let note = |ids: Vec<GameId>, total, options: &FilterOptions| {
        let counts = |facets: &[Facet]| facets.iter().map(|facet| (facet.name.clone(), facet.games)).collect();
        let counts = [
            counts(&options.platforms),
            counts(&options.genres),
            counts(&options.publishers),
            counts(&options.activation_services),
            counts(&options.regions),
        ];
        *answer.lock().unwrap() = Some((ids, total, counts));
        String::new()
    };
    shop.shop
        .catalog()
        .listing(filter, &|listing, _| {
            let ids = listing.page.items.iter().map(|game| game.id).collect();
            note(ids, listing.page.total, &listing.options)
        })
        .await
        .unwrap();
    answer
        .into_inner()
        .unwrap()
        .expect("nothing is kept: each question is answered")
}

#[on_both_databases]
async fn two_thousand_questions_are_answered_as_by_the_book(kind: Kind) {
    let shop = TestShop::with(kind, Caching::None, g2a_sandbox::Settings::default()).await;
    let mut dice = Dice::new(7);
    let mut games: Vec<Game> = (1..=GAMES).map(|number| fixtures::game(number, &mut dice)).collect();
    fixtures::write(&shop.db, &games).await;
    shop.shop.catalog().fill_search_index().await.unwrap();
    let (mut found, mut forgiven) = (0, 0);
    for number in 0..QUESTIONS {
        if number % 100 == 99 {
            change_some(&shop, &mut games, &mut dice).await;
        }
        let filter = question(&mut dice);
        let all: Vec<&Game> = games.iter().collect();
        let due = by_the_book::Answer::of(&all, &filter);
        let list = due.list();
        let (page, size) = (filter.page as usize, filter.page_size as usize);
        let shown: Vec<GameId> = list.iter().skip((page - 1) * size).take(size).copied().collect();
        let answer = asked(&shop, &filter).await;
        assert_eq!((answer.0, answer.1), (shown, list.len() as u64), "{filter:?}");
        assert_eq!(answer.2, due.counts(), "{filter:?}");
        found += usize::from(!list.is_empty());
        let held = |word: &str| games.iter().any(|game| game.facts.search_text.contains(word));
        forgiven += usize::from(!list.is_empty() && filter.search.split(' ').any(|word| !held(word)));
    }
    assert!(found > QUESTIONS / 4, "{found} questions found something");
    assert!(
        forgiven > QUESTIONS / 50,
        "{forgiven} questions had a typing error and found something"
    );
}

/// Games change behind the shop's back, some are hidden or come back, some are new; then a pulse passes.
async fn change_some(shop: &TestShop, games: &mut Vec<Game>, dice: &mut Dice) {
    let mut changed = Vec::new();
    for _ in 0..20 {
        let at = dice.roll(games.len());
        let game = fixtures::game(u128::try_from(at).unwrap() + 1, dice);
        games[at] = game.clone();
        changed.retain(|other: &Game| other.id != game.id);
        changed.push(game);
    }
    let new = fixtures::game(u128::try_from(games.len()).unwrap() + 1, dice);
    games.push(new.clone());
    changed.push(new);
    fixtures::write(&shop.db, &changed).await;
    shop.caught_up().await;
}
