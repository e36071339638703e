//! What a product says, read: the supplier's fields into the shop's, foreign text made safe.

use std::sync::LazyLock;

use domain::catalog::{Requirements, SystemRequirements};
use domain::fingerprint;
use domain::id::ProductId;
use domain::money::{BasisPoints, Cents};
use domain::supplier::{SupplierProduct, Unreadable};

use super::bounded::bounded;

/// The longest description, in bytes before sanitising.
const DESCRIPTION_BYTES_MAX: usize = 100_000;
/// The most pictures of one product.
const IMAGES_MAX: usize = 20;
/// The most categories kept of one product.
const CATEGORIES_MAX: usize = 100;
/// The longest text about a part of a computer that is kept, in characters.
const REQUIREMENT_CHARS_MAX: usize = 1_000;
/// The longest time of change that is kept, in characters; a whole one has 19.
const TIME_CHARS_MAX: usize = 40;

/// Which of the supplier's prices is the shop's cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PriceField {
    /// `minPrice`: the current lowest price.
    #[default]
    MinPrice,
    /// `retail_min_price`: what the supplier's own customers pay, with fees.
    RetailMinPrice,
}

impl PriceField {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::MinPrice, Self::RetailMinPrice];

    /// The field's name in the supplier's JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MinPrice => "minPrice",
            Self::RetailMinPrice => "retail_min_price",
        }
    }

    /// Its part of the fingerprint: empty for the default, so that fingerprints from before this setting stay valid.
    const fn reading(self) -> &'static str {
        match self {
            Self::MinPrice => "",
            Self::RetailMinPrice => self.as_str(),
        }
    }

    fn price_of(self, product: &g2a::Product) -> Result<Cents, Unreadable> {
        let price = match self {
            Self::MinPrice => product.min_price,
            Self::RetailMinPrice => product.retail_min_price,
        };
        price
            .map(|price| Cents::new(price.0))
            .map_err(|reason| Unreadable::new(format!("{}: {reason}", self.as_str())))
    }
}

/// A product in the supplier's own words.
#[derive(Clone, Debug)]
pub struct ListedProduct {
    product: g2a::ListedProduct,
    price_field: PriceField,
}

impl ListedProduct {
    pub(super) const fn new(product: g2a::ListedProduct, price_field: PriceField) -> Self {
        Self { product, price_field }
    }

    /// Its id, if at least that can be read.
    #[must_use]
    pub fn id(&self) -> Option<ProductId> {
        self.product.id().and_then(ProductId::parse)
    }

    /// The fingerprint of its words, for a shop with this markup ([`fingerprint::of`]).
    #[must_use]
    pub fn fingerprint(&self, markup: BasisPoints) -> i64 {
        fingerprint::of(self.product.text(), markup, self.price_field.reading())
    }

    /// Reads the words and makes them safe.
    ///
    /// # Errors
    /// The reason why it is no product, for an operator. A price or a stock that cannot be read is part of the result.
    pub fn read(&self) -> Result<SupplierProduct, String> {
        let product = self.product.read().map_err(|bad| bad.reason)?;
        let id = ProductId::parse(&product.id).ok_or("the id is not 1 to 32 digits")?;
        Ok(translated(id, product, self.price_field))
    }
}

fn translated(id: ProductId, product: g2a::Product, price_field: PriceField) -> SupplierProduct {
    let price = price_field.price_of(&product);
    let qty = product.qty.map_err(|reason| Unreadable::new(format!("qty: {reason}")));
    let image = [product.cover_image, product.small_image, product.thumbnail]
        .into_iter()
        .find(|url| is_picture(url));
    SupplierProduct {
        id,
        price,
        qty,
        description_html: product.description.map(sanitised).unwrap_or_default(),
        image: image.unwrap_or_default(),
        images: product
            .images
            .into_iter()
            .filter(|url| is_picture(url))
            .take(IMAGES_MAX)
            .collect(),
        release_date: product.release_date,
        online: product.restrictions.iter().any(|restriction| restriction == "online"),
        categories: product
            .categories
            .into_iter()
            .map(|category| without_nul(category.name))
            .take(CATEGORIES_MAX)
            .collect(),
        name: without_nul(product.name),
        platform: without_nul(product.platform),
        region: without_nul(product.region),
        developer: without_nul(product.developer),
        publisher: without_nul(product.publisher),
        requirements: Requirements {
            minimal: system(product.requirements.minimal),
            recommended: system(product.requirements.recommended),
        },
        updated_at: limited(product.updated_at.unwrap_or_default(), TIME_CHARS_MAX),
    }
}

fn system(wire: g2a::SystemRequirements) -> SystemRequirements {
    SystemRequirements {
        system: limited(wire.system, REQUIREMENT_CHARS_MAX),
        processor: limited(wire.processor, REQUIREMENT_CHARS_MAX),
        graphics: limited(wire.graphics, REQUIREMENT_CHARS_MAX),
        memory: limited(wire.memory, REQUIREMENT_CHARS_MAX),
        disk_space: limited(wire.disk_space, REQUIREMENT_CHARS_MAX),
        other: limited(wire.other, REQUIREMENT_CHARS_MAX),
    }
}

/// Whether a page may show a picture from this address.
pub(crate) fn is_picture(url: &str) -> bool {
    let shown = (url.starts_with("https://") || url.starts_with("http://")) && url.len() <= 2_000;
    shown && !url.contains(|c: char| c.is_control() || c.is_whitespace() || "\"'<>\\".contains(c))
}

/// PostgreSQL cannot keep U+0000 in a text; nobody can read it either.
fn without_nul(mut text: String) -> String {
    if text.contains('\0') {
        text.retain(|c| c != '\0');
    }
    text
}

/// The first `chars_max` characters that can be kept.
fn limited(text: String, chars_max: usize) -> String {
    let mut text = without_nul(text);
    if let Some((end, _)) = text.char_indices().nth(chars_max) {
        text.truncate(end);
    }
    text
}

/// The safe part of a description, at most [`OUTPUT_MAX`](super::bounded::OUTPUT_MAX) bytes of it.
fn sanitised(mut html: String) -> String {
    let mut end = html.len().min(DESCRIPTION_BYTES_MAX);
    while !html.is_char_boundary(end) {
        end -= 1;
    }
    html.truncate(end);
    cleaned(&bounded(&without_nul(html)))
}

/// Text, lists and emphasis. No links, pictures, styles or scripts of strangers. Builds a tree: a stranger's HTML has to
/// be [`bounded`] before.
pub(super) fn cleaned(html: &str) -> String {
    static CLEANER: LazyLock<ammonia::Builder<'static>> = LazyLock::new(|| {
        let tags = [
            "p",
            "br",
            "b",
            "strong",
            "i",
            "em",
            "u",
            "ul",
            "ol",
            "li",
            "h2",
            "h3",
            "h4",
            "blockquote",
        ];
        let mut cleaner = ammonia::Builder::empty();
        cleaner.tags(tags.into()).clean_content_tags(["script", "style"].into());
        cleaner
    });
    CLEANER.clean(html).to_string().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use domain::catalog::GameFacts;
    use domain::clock::Timestamp;
    use domain::supplier::ProductFacts;

    use super::*;

    #[test]
    fn a_description_keeps_its_words_and_loses_its_teeth() {
        let hostile = "<p onclick=\"x()\">Fast &amp; <b>loud</b></p><script>alert(1)</script><a href=\"javascript:x\">go</a><img src=x>";
        assert_eq!(sanitised(hostile.to_owned()), "<p>Fast &amp; <b>loud</b></p>go");
        assert_eq!(sanitised("a < b \0".to_owned()), "a &lt; b");
    }

    /// One product in which most of the rules take part. If this fails because a rule has changed, raise
    /// [`fingerprint::RULES`], or shops go on showing what the old rule made; then write the new facts down here.
    #[test]
    fn whoever_changes_what_becomes_of_the_same_words_raises_the_rules() {
        let text = r#"{"id":"10000000024005","name":"Ведьмак 3\u0000 Steam Key  GLOBAL","qty":3,"minPrice":4.99,
            "coverImage":"javascript:x","smallImage":"https://images.example/1.jpg",
            "images":["https://images.example/2.jpg","data:x"],"updated_at":"2026-01-02 03:04:05",
            "description":"<p class='x'>Fast</p><h1>Big</h1><a href='x'>go</a><script>x()</script>",
            "release_date":"2015-13-09","developer":" CDP ","categories":[{"id":1,"name":"RPG"},{"id":2,"name":"Games"}],
            "restrictions":{"pegi_online":true},"requirements":{"minimal":{"reqmemory":"8 GB"}}}"#;
        let listed = ListedProduct::new(g2a::ListedProduct::written(text.into()), PriceField::MinPrice);
        let product = listed.read().unwrap();
        let facts = product.into_game(BasisPoints::new(200), Timestamp::EPOCH).unwrap();
        let expected = GameFacts {
            title: "Ведьмак 3 Steam Key GLOBAL".to_owned(),
            search_text: "vedmak 3 steam key global".to_owned(),
            description_html: "<p>Fast</p>Biggo".to_owned(),
            price: Cents::new(509),
            copies: 3,
            image: "https://images.example/1.jpg".to_owned(),
            images: vec!["https://images.example/2.jpg".to_owned()],
            release_date: None,
            region: Some("Global".to_owned()),
            activation_service: Some("Steam".to_owned()),
            platforms: vec!["Steam".to_owned()],
            developer: Some("CDP".to_owned()),
            publisher: None,
            multiplayer: true,
            requirements: Requirements {
                minimal: SystemRequirements {
                    memory: "8 GB".to_owned(),
                    ..SystemRequirements::default()
                },
                ..Requirements::default()
            },
            genres: vec!["RPG".to_owned()],
            categories: vec!["Games".to_owned(), "RPG".to_owned()],
        };
        let expected = ProductFacts {
            product: ProductId::parse("10000000024005").unwrap(),
            facts: expected,
            cost: Cents::new(499),
            supplier_updated_at: "2026-01-02 03:04:05".to_owned(),
            observed_at: Timestamp::EPOCH,
        };
        assert_eq!((fingerprint::RULES, facts), (2, expected));
    }

    #[test]
    fn the_cost_is_the_price_that_the_setting_names_and_no_other_has_a_say() {
        let read = |text: &str, field| {
            let listed = ListedProduct::new(g2a::ListedProduct::written(text.into()), field);
            (listed.read().unwrap(), listed.fingerprint(BasisPoints::new(200)))
        };
        let text = r#"{"id":"1","name":"A","qty":"3","minPrice":4.99,"retail_min_price":"12.50"}"#;
        let (product, default) = read(text, PriceField::MinPrice);
        assert_eq!(product.price, Ok(Cents::new(499)));
        assert_eq!(product.qty, Err(Unreadable::new("qty: not a whole number")));
        let (product, retail) = read(text, PriceField::RetailMinPrice);
        assert_eq!(
            product.price,
            Err(Unreadable::new("retail_min_price: not a JSON number"))
        );
        assert_ne!(default, retail, "a changed setting reads every product anew");
        assert_eq!(
            default,
            fingerprint::of(text, BasisPoints::new(200), ""),
            "as before the setting was there"
        );
        let text = r#"{"id":"1","name":"A","qty":3,"minPrice":null,"retail_min_price":12.5}"#;
        assert_eq!(read(text, PriceField::RetailMinPrice).0.price, Ok(Cents::new(1250)));
    }

    #[test]
    fn of_what_goes_on_without_end_a_page_has_its_share() {
        let many = |one: &str, count: usize| one.repeat(count);
        let categories: Vec<String> = (0..5_000).map(|id| format!(r#"{{"id":{id},"name":"{id}"}}"#)).collect();
        let text = format!(
            r#"{{"id":"1","name":"{}","qty":1,"minPrice":1,"images":[{}""],"categories":[{}],"updated_at":"{}",
            "restrictions":{{"pegi_x":{}1{}}},"requirements":{{"minimal":{{"reqother":"{}"}}}}}}"#,
            many("x", 100_000),
            many(r#""https://images.example/1.jpg","#, 5_000),
            categories.join(","),
            many("9", 100_000),
            many("[", 100),
            many("]", 100),
            many("é", 100_000),
        );
        let listed = g2a::ListedProduct::written(text.into());
        let product = ListedProduct::new(listed, PriceField::MinPrice).read().unwrap();
        assert_eq!(
            (product.images.len(), product.categories.len()),
            (IMAGES_MAX, CATEGORIES_MAX)
        );
        assert_eq!(
            product.requirements.minimal.other.chars().count(),
            REQUIREMENT_CHARS_MAX
        );
        assert_eq!(product.updated_at.len(), TIME_CHARS_MAX);
    }

    #[test]
    fn only_addresses_of_pictures_are_kept() {
        assert!(is_picture("https://images.example/1.jpg"));
        assert!(!is_picture("javascript:alert(1)"));
        assert!(!is_picture("https://x/\" onerror=\"y"));
    }
}
