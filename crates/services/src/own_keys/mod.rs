//! Own keys: imported from files, sealed, and sold as an offer of the shop's own; what is unsold can be taken back.

mod check;
mod imports;
mod listed;
mod offers;
mod taking;
mod undoing;

use domain::own_key::{IMPORT_BYTES_MAX, KeyFormat, KeyRow};
use domain::refusal::{FieldError, Refusal, Wrong};
use vault::KeyHasher;

use crate::{Error, OwnKeyService, Shop};

pub use imports::{FateListener, KeyImportOrder, KeyImportReport, RowFate};
pub use listed::{ListedKeyImport, ManagedKeyImport};
pub use undoing::UndoneImport;

/// Rows in one transaction: on SQLite everybody else waits for it.
const AT_ONCE: usize = 500;

impl OwnKeyService<'_> {
    /// The rows of a file of keys, bad ones too. In CSV the column of games may be missing if all are of one `game`.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] if the file cannot be used as a whole, with the line, or if lines have no game.
    pub fn rows(self, file: &[u8], format: KeyFormat, game: Option<&str>) -> Result<Vec<KeyRow>, Refusal> {
        let refused = |why: String| Refusal::Invalid(vec![FieldError::new("file", why)]);
        if format == KeyFormat::Lines && game.is_none() {
            return Err(Refusal::Invalid(vec![FieldError::of(
                Wrong::Missing,
                "game",
                "is missing",
            )]));
        }
        if file.len() > IMPORT_BYTES_MAX {
            return Err(refused(format!("has more than {IMPORT_BYTES_MAX} bytes")));
        }
        let rows =
            gateways::own_keys::read(file, format, game.is_some()).map_err(|unusable| refused(unusable.to_string()))?;
        if rows.is_empty() {
            return Err(refused("has no keys".to_owned()));
        }
        Ok(rows)
    }
}

impl Shop {
    /// What makes the hashes of keys; its key is drawn at the first import.
    pub(crate) async fn key_hasher(&self) -> Result<KeyHasher, Error> {
        let known = match self.db().own_keys().hashing().await? {
            Some(known) => known,
            None => {
                let row = self.parts.ids.fresh();
                let input = (row, self.seal().draw_hashing_key(row));
                // Of two that draw at once, one is kept.
                let kept = self.write(input, |tx, (row, sealed)| {
                    Box::pin(async move {
                        tx.own_keys().begin_hashing(*row, sealed.clone()).await?;
                        let kept = tx.own_keys().hashing().await?;
                        Ok(kept.ok_or_else(|| Error::Internal("the key of the hashes is gone".into()))?)
                    })
                });
                kept.await?
            }
        };
        let (row, sealed) = known;
        Ok(self.seal().key_hasher(row, &sealed)?)
    }
}
