//! Games as the API writes them: the contract's `Game` and `Page`.

use domain::catalog::{Game, Page};
use domain::clock::Timestamp;
use domain::money::Cents;
use serde::ser::Error as _;
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;
use services::catalog::WrittenGame;
use utoipa::ToSchema;
use web_kit::json::json_text;

/// An amount as a JSON number in euros, made of its digits: it never is a binary float.
pub(crate) struct Money(pub(crate) Cents);

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let exact = self.0.to_string();
        let shortest = exact.trim_end_matches('0').trim_end_matches('.').to_owned();
        RawValue::from_string(shortest)
            .map_err(S::Error::custom)?
            .serialize(serializer)
    }
}

/// A game for sale. What is unknown is left out.
#[derive(Serialize, ToSchema)]
#[schema(as = Game)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GameBody<'a> {
    #[schema(value_type = String, format = Uuid)]
    id: uuid::Uuid,
    /// The full title, with service and region as the supplier writes them.
    #[schema(example = "Fallout 4 Steam Key GLOBAL")]
    title: &'a str,
    /// Its name in addresses; never changes.
    #[schema(example = "fallout-4-steam-key-global")]
    slug: &'a str,
    /// Sanitised HTML; empty when there is none.
    description: &'a str,
    /// EUR, at most two decimals.
    #[schema(value_type = f64, example = 19.38)]
    price: Money,
    /// Always `EUR`.
    currency: &'static str,
    /// The address of the portrait cover; empty when there is none.
    image: &'a str,
    /// The addresses of all pictures.
    #[schema(value_type = Vec<String>)]
    images: &'a [String],
    /// Whether a copy is for sale now.
    in_stock: bool,
    /// Copies for sale now.
    qty: i64,
    /// `yyyy-mm-dd`; empty when unknown, since the contract has this field in every game.
    #[schema(example = "2015-11-10")]
    release_date: &'a str,
    /// Whether it is played online.
    multiplayer: bool,
    /// Where the key is activated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false, example = "Steam")]
    activation_service: Option<&'a str>,
    /// Where in the world it may be activated.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false, example = "Global")]
    region: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    publisher: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, nullable = false)]
    developer: Option<&'a str>,
    /// `false` until the shop counts its orders.
    is_best_seller: bool,
    /// Whether it was released in the last 90 days.
    is_new: bool,
    /// Whether it is released after today.
    is_preorder: bool,
    #[schema(value_type = Vec<String>)]
    platforms: &'a [String],
    #[schema(value_type = Vec<String>)]
    genres: &'a [String],
    #[schema(value_type = Vec<String>)]
    tags: &'a [String],
    #[schema(value_type = Vec<String>)]
    categories: &'a [String],
    /// Empty until the supplier names languages.
    #[schema(value_type = Vec<String>)]
    languages: [&'static str; 0],
}

impl<'a> GameBody<'a> {
    pub(crate) fn of(game: &'a Game, now: Timestamp) -> Self {
        let facts = &game.facts;
        Self {
            id: game.id.0,
            title: &facts.title,
            slug: &game.slug,
            description: &facts.description_html,
            price: Money(facts.price),
            currency: "EUR",
            image: &facts.image,
            images: &facts.images,
            in_stock: game.in_stock(),
            qty: game.qty(),
            release_date: facts.release_date.as_deref().unwrap_or_default(),
            multiplayer: facts.multiplayer,
            activation_service: facts.activation_service.as_deref(),
            region: facts.region.as_deref(),
            publisher: facts.publisher.as_deref(),
            developer: facts.developer.as_deref(),
            is_best_seller: false,
            is_new: game.is_new(now),
            is_preorder: game.is_preorder(&now.iso_day()),
            platforms: &facts.platforms,
            genres: &facts.genres,
            tags: &game.tags,
            categories: &facts.categories,
            languages: [],
        }
    }
}

/// One page of a longer list of games.
#[derive(Serialize, ToSchema)]
#[schema(as = GamePage)]
#[serde(rename_all = "camelCase")]
pub(crate) struct GamePageBody<'a> {
    data: Vec<GameBody<'a>>,
    /// How many games there are on all pages.
    total: u64,
    /// The number of this page, from 1.
    page: u32,
    page_size: u32,
    total_pages: u64,
}

/// A game as pages of games contain it; it depends on the day of `now`.
pub(crate) fn listed(game: &Game, now: Timestamp) -> String {
    json_text(&GameBody::of(game, now))
}

/// A page of games that were written before, as [`GamePageBody`] in the envelope of a success.
pub(crate) fn page_text(page: &Page<WrittenGame>) -> String {
    let (number, size, total, pages) = (page.page, page.page_size, page.total, page.total_pages());
    let begin = r#"{"success":true,"data":{"data":["#;
    let end = format!(r#"],"total":{total},"page":{number},"pageSize":{size},"totalPages":{pages}}}}}"#);
    let games: usize = page.items.iter().map(|game| game.part.text.len()).sum();
    let commas = page.items.len().saturating_sub(1);
    // The exact size: a cached value is not copied again to fit.
    let mut text = String::with_capacity(begin.len() + games + commas + end.len());
    text.push_str(begin);
    for (at, game) in page.items.iter().enumerate() {
        if at > 0 {
            text.push(',');
        }
        text.push_str(&game.part.text);
    }
    text.push_str(&end);
    text
}

#[cfg(test)]
mod tests {
    use fixtures::{game, now};
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn money_is_the_shortest_exact_decimal() {
        for (cents, text) in [
            (1_938, "19.38"),
            (1_950, "19.5"),
            (1_900, "19"),
            (10, "0.1"),
            (1, "0.01"),
            (0, "0"),
            (100_000, "1000"),
            (-250, "-2.5"),
        ] {
            assert_eq!(serde_json::to_string(&Money(Cents::new(cents))).unwrap(), text);
        }
        assert_eq!(
            serde_json::to_string(&Money(Cents::new(9_007_199_254_740_993))).unwrap(),
            "90071992547409.93"
        );
    }

    #[test]
    fn a_game_is_written_as_the_contract_says() {
        let text = crate::success(GameBody::of(&game(), now()));
        assert!(text.contains(r#""price":19.38,"#), "{text}");
        let body: Value = serde_json::from_str(&text).unwrap();
        let data = &body["data"];
        assert_eq!(body["success"], true);
        assert_eq!(data["currency"], "EUR");
        assert_eq!(data["inStock"], true);
        assert_eq!(data["releaseDate"], "2022-02-25");
        assert_eq!(data["languages"], json!([]));
        assert_eq!(data["isBestSeller"], false);
        let keys: Vec<&String> = data.as_object().unwrap().keys().collect();
        assert_eq!(keys.len(), 24, "{keys:?}");
    }

    #[test]
    fn joined_games_are_the_page_that_would_be_written_at_once() {
        for count in [0, 1, 3] {
            let games: Vec<Game> = (0..count)
                .map(|number| {
                    let mut game = game();
                    game.id = domain::id::GameId(uuid::Uuid::from_u128(number));
                    game.facts.title = format!("\"{number}\" \u{0}");
                    game
                })
                .collect();
            let written = games.iter().map(|game| WrittenGame {
                id: game.id,
                part: listed(game, now()).into(),
            });
            let text = page_text(&Page {
                items: written.collect(),
                total: 77,
                page: 3,
                page_size: 36,
            });
            let body = GamePageBody {
                data: games.iter().map(|game| GameBody::of(game, now())).collect(),
                total: 77,
                page: 3,
                page_size: 36,
                total_pages: 3,
            };
            assert_eq!(text, crate::success(body));
            assert_eq!(text.len(), text.capacity());
        }
    }

    #[test]
    fn what_is_unknown_is_left_out() {
        let mut unknown = game();
        unknown.facts.region = None;
        unknown.facts.publisher = None;
        unknown.facts.release_date = None;
        let body = serde_json::to_value(GameBody::of(&unknown, now())).unwrap();
        assert!(body.get("region").is_none() && body.get("publisher").is_none());
        assert_eq!(body["releaseDate"], "");
    }
}
