//! A row, read: its cells as a product, each price and stock with the reason where it cannot be read.

use csv::ByteRecord;
use domain::catalog::Requirements;
use domain::id::ProductId;
use domain::money::Cents;
use domain::supplier::{SupplierProduct, Unreadable};

use super::columns::Places;
use super::table::decoded;
use super::{CsvFormat, number, quoted};
use crate::supplier::is_picture;

/// The only currency in which anything is sold.
const CURRENCY: &str = "EUR";
/// The longest cell that is kept, in characters; names are cut shorter still.
const CELL_CHARS_MAX: usize = 2_000;

/// One row of a feed.
#[derive(Clone, Debug)]
pub struct CsvRow {
    /// The line in which it begins, from 1.
    pub line: u64,
    /// The id of its product, if that can be read.
    pub id: Option<ProductId>,
    /// The product. `Err`: nothing of the row can be relied on, for example because its id stands in another row too; a
    /// product with this id is not for sale. The reason names the line.
    pub product: Result<SupplierProduct, Unreadable>,
    /// The game that the product belongs to, as the supplier says: a slug, an id of a game, or a G2A product id.
    pub match_value: Option<String>,
    /// The text of every cell that is read, and the settings that decide how: rows with the same text say the same. For
    /// their fingerprints ([`domain::fingerprint::of`]).
    pub text: String,
}

impl CsvRow {
    /// Reads a row. `is_repeated`: its id stands in another row too.
    pub(super) fn read(line: u64, row: &ByteRecord, places: &Places, format: &CsvFormat, is_repeated: bool) -> Self {
        let cells = Cells { row, format };
        let id = id_of(row, places, format);
        let optional = |place: Option<usize>| {
            place
                .map(|place| cells.text(place))
                .transpose()
                .map(Option::unwrap_or_default)
        };
        let unreadable = |why: String| Unreadable::new(format!("line {line}: {why}"));
        let product = if row.len() != places.count {
            Err(format!("{} cells instead of {}", row.len(), places.count))
        } else if is_repeated {
            Err("the id stands in another row too".to_owned())
        } else {
            match (
                &id,
                cells.text(places.name),
                optional(places.region),
                optional(places.platform),
            ) {
                (None, ..) => Err(format!(
                    "the id {} is not 1 to 128 characters without spaces",
                    cells.shown(places.id)
                )),
                (_, Err(why), ..) | (_, _, Err(why), _) | (_, _, _, Err(why)) => Err(why),
                (Some(id), Ok(name), Ok(region), Ok(platform)) => {
                    let price = cells.price(places);
                    let qty = cells.text(places.stock).and_then(|text| number::stock(&text, format));
                    let picture = optional(places.picture).unwrap_or_default();
                    let picture = Some(picture).filter(|url| is_picture(url));
                    Ok(SupplierProduct {
                        id: id.clone(),
                        name,
                        price: price.map_err(unreadable),
                        qty: qty.map_err(unreadable),
                        description_html: String::new(),
                        images: picture.iter().cloned().collect(),
                        image: picture.unwrap_or_default(),
                        release_date: None,
                        platform,
                        region,
                        developer: String::new(),
                        publisher: String::new(),
                        categories: Vec::new(),
                        online: false,
                        requirements: Requirements::default(),
                        updated_at: String::new(),
                    })
                }
            }
        };
        Self {
            line,
            id,
            product: product.map_err(unreadable),
            match_value: optional(places.match_value).ok().filter(|text| !text.is_empty()),
            text: cells.all(places, is_repeated),
        }
    }
}

/// The id of a row's product, if it is one.
pub(super) fn id_of(row: &ByteRecord, places: &Places, format: &CsvFormat) -> Option<ProductId> {
    let text = decoded(row.get(places.id)?, format.encoding)?;
    ProductId::parse(text.trim())
}

/// The cells of a row as text.
struct Cells<'a> {
    row: &'a ByteRecord,
    format: &'a CsvFormat,
}

impl Cells<'_> {
    /// A cell as one line of text, without spaces around it.
    fn text(&self, place: usize) -> Result<String, String> {
        let bytes = self.row.get(place).unwrap_or_default();
        let text = decoded(bytes, self.format.encoding);
        let text = text.ok_or_else(|| format!("{} is not UTF-8", quoted(&String::from_utf8_lossy(bytes))))?;
        let plain = text.chars().map(|c| if c.is_control() { ' ' } else { c });
        Ok(plain.take(CELL_CHARS_MAX).collect::<String>().trim().to_owned())
    }

    fn price(&self, places: &Places) -> Result<Cents, String> {
        if let Some(place) = places.currency {
            let currency = self.text(place)?;
            if currency != CURRENCY {
                return Err(format!("the currency is {}, not {CURRENCY}", quoted(&currency)));
            }
        }
        number::price(&self.text(places.price)?, self.format)
    }

    /// A cell for a message.
    fn shown(&self, place: usize) -> String {
        quoted(&String::from_utf8_lossy(self.row.get(place).unwrap_or_default()))
    }

    /// Every cell that is read, and whether the row can be relied on.
    fn all(&self, places: &Places, is_repeated: bool) -> String {
        let mut text = self.format.reading();
        text.push('\u{1f}');
        for place in places.all() {
            text.push_str(&String::from_utf8_lossy(self.row.get(place).unwrap_or_default()));
            text.push('\u{1f}');
        }
        if is_repeated || self.row.len() != places.count {
            text.push('\u{1e}');
        }
        text
    }
}
