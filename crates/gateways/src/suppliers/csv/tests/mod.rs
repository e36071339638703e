//! Feeds of every kind, good and hostile, from files and from a server.

mod calls;
mod files;
mod numbers;
mod rows;
mod web;

use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::money::Cents;

use super::{
    CsvColumns, CsvEncoding, CsvFeed, CsvFormat, CsvOpened, CsvPrices, CsvRow, CsvSettings, CsvSnapshot, CsvSource,
};
use crate::supplier::SupplierError;

/// A folder that is removed with everything in it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("latchkey-csv-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, bytes: &[u8]) -> PathBuf {
        let path = self.0.join("feed.csv");
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Where copies are kept: in a folder that is made when it is needed.
    fn copies(&self) -> PathBuf {
        self.0.join("made").join("copies")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn format() -> CsvFormat {
    CsvFormat {
        encoding: CsvEncoding::Utf8,
        separator: b',',
        decimal: '.',
        thousands: None,
        prices: CsvPrices::Net,
        columns: CsvColumns {
            id: "sku".into(),
            name: "title".into(),
            price: "net".into(),
            stock: "qty".into(),
            match_value: None,
            region: None,
            platform: None,
            picture: None,
            currency: None,
        },
    }
}

fn feed(folder: &Folder, source: CsvSource, format: CsvFormat) -> CsvFeed {
    CsvFeed::new(CsvSettings { source, format }, folder.copies()).unwrap()
}

async fn opened(feed: &CsvFeed) -> Result<CsvSnapshot, SupplierError> {
    match feed.open(None).await? {
        CsvOpened::Snapshot(snapshot) => Ok(snapshot),
        CsvOpened::Unchanged => panic!("no version was known"),
    }
}

async fn all(snapshot: &CsvSnapshot) -> Vec<CsvRow> {
    let mut rows = Vec::new();
    loop {
        let some = snapshot.next(2).await.unwrap();
        if some.is_empty() {
            assert_eq!(rows.len() as u64, snapshot.rows());
            return rows;
        }
        rows.extend(some);
    }
}

/// The rows of a file with these bytes, or why it is refused.
async fn rows_of(bytes: &[u8], format: CsvFormat) -> Result<Vec<CsvRow>, String> {
    let folder = Folder::new();
    let path = folder.file(bytes);
    match opened(&feed(&folder, CsvSource::Path(path), format)).await {
        Ok(snapshot) => Ok(all(&snapshot).await),
        Err(error) => Err(error.to_string()),
    }
}

/// What a row says: line, id, price and stock; where something cannot be read, the reason.
fn said(row: &CsvRow) -> (u64, String, Result<(Cents, i64), String>) {
    let id = row.id.as_ref().map(ToString::to_string).unwrap_or_default();
    let product = row.product.as_ref().map_err(ToString::to_string);
    let read = product.and_then(|product| {
        let price = product.price.clone().map_err(|why| why.to_string())?;
        Ok((price, product.qty.clone().map_err(|why| why.to_string())?))
    });
    (row.line, id, read)
}
