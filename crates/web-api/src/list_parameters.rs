//! The parameters of a list of games, as the description tells them.

use utoipa::IntoParams;

/// The parameters of a list of games, for the description alone: [`web_kit::query`] reads them.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
#[expect(dead_code, reason = "its fields are read by the macro that describes them")]
pub(crate) struct ListParameters {
    /// Words to find in the title; case and accents do not matter, and typing errors are forgiven in a word that no title has.
    /// At most 200 characters.
    #[param(required = false, max_length = 200)]
    search: String,
    /// At least this price in EUR.
    #[param(required = false, minimum = 0)]
    min_price: f64,
    /// At most this price in EUR.
    #[param(required = false, minimum = 0)]
    max_price: f64,
    /// Bounds by name: `under-10`, `10-25`, `25-50`, `50-100` or `over-100`. An explicit bound goes before it.
    #[param(required = false, pattern = "^(under-10|10-25|25-50|50-100|over-100)$")]
    price_preset: String,
    /// Only what can be bought now.
    #[param(required = false, default = true)]
    in_stock_only: bool,
    /// Names of platforms; like every list repeated (`platforms=A&platforms=B`) or joined (`platforms=A,B`).
    #[param(required = false)]
    platforms: Vec<String>,
    /// Names of activation services, such as `Steam`.
    #[param(required = false)]
    activation_services: Vec<String>,
    /// Names of regions, such as `Global`.
    #[param(required = false)]
    regions: Vec<String>,
    /// Played online, or not.
    #[param(required = false)]
    multiplayer: bool,
    /// Names of publishers.
    #[param(required = false)]
    publishers: Vec<String>,
    /// Names of genres.
    #[param(required = false)]
    genres: Vec<String>,
    /// Names of languages. The shop knows none yet: nothing matches when any is given.
    #[param(required = false)]
    languages: Vec<String>,
    /// At least this rating, 0 to 100. The shop knows none yet: nothing matches when it is above 0.
    #[param(required = false, minimum = 0, maximum = 100)]
    rating_min: f64,
    /// Released in this year or later.
    #[param(required = false, minimum = 1900, maximum = 2199)]
    release_date_from: u16,
    /// Released in this year or earlier.
    #[param(required = false, minimum = 1900, maximum = 2199)]
    release_date_to: u16,
    /// `popular`, `newest`, `price-asc` or `price-desc`.
    #[param(
        required = false,
        default = "popular",
        pattern = "^(popular|newest|price-asc|price-desc)$"
    )]
    sort: String,
    /// The page, from 1.
    #[param(required = false, minimum = 1, maximum = 1_000_000, default = 1)]
    page: u32,
    /// Games on a page.
    #[param(required = false, minimum = 1, maximum = 100, default = 36)]
    page_size: u32,
}
