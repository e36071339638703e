//! Names, suggestions and collections as the API writes them.

use domain::catalog::{Facet, FilterOptions};
use domain::clock::Timestamp;
use domain::lists::{Collection, Shared, Suggested};
use domain::term::{Term, slug};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::{GameBody, Money};

/// A genre or a platform.
#[derive(Serialize, ToSchema)]
#[schema(as = Name)]
pub(crate) struct NameBody<'a> {
    /// As shown and as used in a filter.
    name: &'a str,
    /// As it stands in addresses.
    slug: String,
}

impl<'a> NameBody<'a> {
    /// The genres or the platforms of `options`.
    pub(crate) fn all(options: &'a FilterOptions, term: Term) -> Vec<Self> {
        let facets = match term {
            Term::Platform => &options.platforms,
            _ => &options.genres,
        };
        let body = |facet: &'a Facet| Self {
            name: &facet.name,
            slug: options.slugs.get(term, &facet.name),
        };
        facets.iter().map(body).collect()
    }
}

/// What the list of games can be filtered by.
#[derive(Serialize, ToSchema)]
#[schema(as = FilterOptions)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FilterOptionsBody<'a> {
    platforms: Vec<&'a str>,
    genres: Vec<&'a str>,
    /// The 100 commonest.
    publishers: Vec<&'a str>,
    activation_services: Vec<&'a str>,
    regions: Vec<&'a str>,
    /// Empty until the supplier names languages.
    #[schema(value_type = Vec<String>)]
    languages: [&'static str; 0],
    price_range: PriceRangeBody,
}

/// The cheapest and the dearest price for sale.
#[derive(Serialize, ToSchema)]
#[schema(as = PriceRange)]
struct PriceRangeBody {
    /// EUR.
    #[schema(value_type = f64)]
    min: Money,
    /// EUR.
    #[schema(value_type = f64)]
    max: Money,
}

impl<'a> From<&'a FilterOptions> for FilterOptionsBody<'a> {
    fn from(options: &'a FilterOptions) -> Self {
        let names = |facets: &'a [Facet]| facets.iter().map(|facet| facet.name.as_str()).collect();
        Self {
            platforms: names(&options.platforms),
            genres: names(&options.genres),
            publishers: names(&options.publishers),
            activation_services: names(&options.activation_services),
            regions: names(&options.regions),
            languages: [],
            price_range: PriceRangeBody {
                min: Money(options.price_range.0),
                max: Money(options.price_range.1),
            },
        }
    }
}

/// A game that fits what was typed.
#[derive(Serialize, ToSchema)]
#[schema(as = Suggestion)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SuggestionBody<'a> {
    id: Uuid,
    title: &'a str,
    /// The address of the portrait cover; empty when there is none.
    image: &'a str,
    slug: &'a str,
    /// 1 to 100.
    relevance_score: u32,
}

impl<'a> From<&'a Suggested> for SuggestionBody<'a> {
    fn from(suggested: &'a Suggested) -> Self {
        Self {
            id: suggested.id.0,
            title: &suggested.title,
            image: &suggested.image,
            slug: &suggested.slug,
            relevance_score: suggested.relevance,
        }
    }
}

/// Games that have a genre or a publisher in common.
#[derive(Serialize, ToSchema)]
#[schema(as = Collection)]
pub(crate) struct CollectionBody<'a> {
    /// Never changes for the same name.
    id: String,
    #[schema(example = "RPG games")]
    title: String,
    /// `genre` or `publisher`.
    r#type: &'static str,
    /// The name, as used in a filter.
    value: &'a str,
    games: Vec<GameBody<'a>>,
}

impl<'a> CollectionBody<'a> {
    pub(crate) fn all(collections: &'a [Collection], now: Timestamp) -> Vec<Self> {
        let body = |collection: &'a Collection| {
            let (kind, title) = match collection.shared {
                Shared::Genre => ("genre", format!("{} games", collection.name)),
                Shared::Publisher => ("publisher", format!("Games by {}", collection.name)),
            };
            Self {
                id: format!("{kind}-{}", slug(&collection.name)),
                title,
                r#type: kind,
                value: &collection.name,
                games: collection.games.iter().map(|game| GameBody::of(game, now)).collect(),
            }
        };
        collections.iter().map(body).collect()
    }
}
