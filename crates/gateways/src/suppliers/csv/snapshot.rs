//! A copy of the file that was checked as a whole, and its rows in batches.

use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::fmt;
use std::fs::File;
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, PoisonError};

use super::cells::{CsvRow, id_of};
use super::table::Table;
use super::{CsvFormat, CsvVersion, ROWS_MAX, SupplierError, unreachable, unusable};

/// A copy of the file that was checked as a whole: every row of it can be read to the end.
#[derive(Clone)]
pub struct CsvSnapshot {
    rows: u64,
    version: CsvVersion,
    reading: Arc<Mutex<Reading>>,
}

/// The rows that are left.
struct Reading {
    table: Table,
    format: CsvFormat,
    ids: Repeated,
}

/// The ids that stand in more than one row, by their hashes: two ids with the same hash count as one, which takes
/// both off sale and is hardly ever so.
struct Repeated {
    hasher: RandomState,
    hashes: HashSet<u64>,
}

impl Repeated {
    fn contains(&self, id: &str) -> bool {
        self.hashes.contains(&self.hasher.hash_one(id))
    }
}

impl CsvSnapshot {
    /// Checks a file of so many `bytes`.
    ///
    /// # Errors
    /// When it cannot be used as a whole, with the line.
    pub(super) async fn of(
        file: File,
        bytes: u64,
        format: CsvFormat,
        version: CsvVersion,
    ) -> Result<Self, SupplierError> {
        in_background(move || {
            let again = file.try_clone().map_err(|error| unreachable(error.to_string()))?;
            let (rows, ids) = checked(Table::open(file, bytes, &format)?, &format)?;
            let table = Table::open(again, bytes, &format)?;
            let reading = Arc::new(Mutex::new(Reading { table, format, ids }));
            Ok(Self { rows, version, reading })
        })
        .await
    }

    /// How many rows there are, bad ones too.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// The version of the file, to be kept once all of it was applied.
    #[must_use]
    pub const fn version(&self) -> &CsvVersion {
        &self.version
    }

    /// The next rows, at most so many; none at the end.
    ///
    /// # Errors
    /// When the copy cannot be read.
    pub async fn next(&self, rows_max: usize) -> Result<Vec<CsvRow>, SupplierError> {
        let reading = Arc::clone(&self.reading);
        in_background(move || {
            let mut reading = reading.lock().unwrap_or_else(PoisonError::into_inner);
            reading.next(rows_max)
        })
        .await
    }
}

impl Reading {
    fn next(&mut self, rows_max: usize) -> Result<Vec<CsvRow>, SupplierError> {
        let places = self.table.places.clone();
        let mut rows = Vec::new();
        while rows.len() < rows_max {
            let Some((line, row)) = self.table.next()? else { break };
            let id = id_of(row, &places, &self.format);
            let is_repeated = id.is_some_and(|id| self.ids.contains(id.as_str()));
            rows.push(CsvRow::read(line, row, &places, &self.format, is_repeated));
        }
        Ok(rows)
    }
}

/// Reads all rows; counts them and finds the ids that stand in more than one.
fn checked(mut table: Table, format: &CsvFormat) -> Result<(u64, Repeated), SupplierError> {
    let places = table.places.clone();
    let hasher = RandomState::new();
    let mut seen = Vec::new();
    let mut rows = 0;
    while let Some((line, row)) = table.next()? {
        rows += 1;
        if rows > ROWS_MAX {
            return Err(unusable(format!("line {line}: there are more than {ROWS_MAX} rows")));
        }
        seen.extend(id_of(row, &places, format).map(|id| hasher.hash_one(id.as_str())));
    }
    seen.sort_unstable();
    let repeated = seen.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| pair[0]);
    let hashes = repeated.collect();
    Ok((rows, Repeated { hasher, hashes }))
}

async fn in_background<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, SupplierError> + Send + 'static,
) -> Result<T, SupplierError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|gone| Err(unreachable(gone.to_string())))
}

impl fmt::Debug for CsvSnapshot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CsvSnapshot")
            .field("rows", &self.rows)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}
