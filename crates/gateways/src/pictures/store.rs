//! The picture store: a folder with a size limit and checksums, which evicts the least recently used pictures.

use std::collections::HashMap;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::picture::{Fingerprint, PictureKind};
use sha2::{Digest, Sha256};

/// The SHA-256 before a picture's bytes.
const SEAL: usize = 32;
const SEAL_BYTES: u64 = SEAL as u64;
/// The suffix of a file that a process is still writing.
const DRAFT: &str = "draft";

/// A folder of pictures, named by their [`Fingerprint`]s. Cheap to clone; all clones are the same store.
///
/// Nothing is read before the first look-up. Several processes may share a folder: each counts the files that it found
/// at its start and those that it added.
#[derive(Clone, Debug)]
pub struct PictureStore {
    folder: Arc<Path>,
    bytes_max: u64,
    /// `None` until the folder was listed.
    index: Arc<Mutex<Option<Index>>>,
}

/// A stored and undamaged picture.
#[derive(Debug)]
pub struct StoredPicture {
    /// Its format.
    pub kind: PictureKind,
    /// Its length in bytes.
    pub length: u64,
    /// A weak entity tag of its bytes: `W/"…"`.
    pub etag: String,
    /// Its bytes, from the first on; they stay readable even if the picture is evicted.
    pub file: File,
}

#[derive(Debug, Default)]
struct Index {
    pictures: HashMap<Fingerprint, Entry>,
    bytes: u64,
    /// Counts uses; the count at a picture's last use is its position in the order of eviction.
    uses: u64,
}

#[derive(Debug)]
struct Entry {
    bytes: u64,
    used: u64,
    /// `None` until this process has verified the checksum.
    whole: Option<(PictureKind, String)>,
}

impl PictureStore {
    /// The room that is left on the disk of the folder, in bytes.
    ///
    /// # Errors
    /// When the folder cannot be asked.
    pub fn free_bytes(&self) -> io::Result<u64> {
        // Nothing is stored yet, and so there is no folder: its disk is that of the folder above.
        let there = self.folder.ancestors().find(|folder| folder.is_dir());
        let disk = rustix::fs::statvfs(there.unwrap_or(&self.folder))?;
        Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
    }

    /// A store in `folder`, which is created when it is needed, of at most `bytes_max` bytes.
    #[must_use]
    pub fn in_folder(folder: &Path, bytes_max: u64) -> Self {
        Self {
            folder: folder.into(),
            bytes_max,
            index: Arc::default(),
        }
    }

    /// How many pictures and bytes are stored, as far as this process knows.
    #[must_use]
    pub fn size(&self) -> (u64, u64) {
        self.index().as_ref().map_or((0, 0), |index| {
            (u64::try_from(index.pictures.len()).unwrap_or(u64::MAX), index.bytes)
        })
    }

    /// The picture, if it is stored. A damaged one is deleted. Blocks on the disk.
    #[must_use]
    pub fn find(&self, picture: Fingerprint) -> Option<StoredPicture> {
        self.used(picture)?;
        match self.open(picture) {
            Ok(kept) => Some(kept),
            Err(error) => {
                if error.kind() != io::ErrorKind::NotFound {
                    tracing::warn!(%picture, %error, "[Pictures] a kept picture is of no use and is thrown away");
                }
                self.remove(picture);
                None
            }
        }
    }

    /// Stores a picture; others are evicted when there is no space. Blocks on the disk.
    ///
    /// # Errors
    ///
    /// When it cannot be written; then nothing of it is stored.
    pub fn keep(&self, picture: Fingerprint, kind: PictureKind, bytes: &[u8]) -> io::Result<()> {
        self.index_or_look_through();
        let draft = self.folder.join(format!("{picture}.{}.{DRAFT}", std::process::id()));
        let seal = Sha256::digest(bytes);
        // Readable only by the owner, like everything in the data folder.
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(true).mode(0o600);
        let mut folder = DirBuilder::new();
        let written = folder
            .recursive(true)
            .mode(0o700)
            .create(&self.folder)
            .and_then(|()| options.open(&draft))
            .and_then(|mut file| {
                file.write_all(&seal)?;
                file.write_all(bytes)
            })
            .and_then(|()| fs::rename(&draft, self.path(picture)));
        if let Err(error) = written {
            // It may not exist.
            let _ignored = fs::remove_file(&draft);
            return Err(error);
        }
        let bytes = SEAL_BYTES + u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        let leaving = self.note(picture, bytes, (kind, etag(&seal)));
        for picture in leaving {
            // Another process may have been faster.
            let _ignored = fs::remove_file(self.path(picture));
        }
        Ok(())
    }

    /// Counts a use of the picture; `None` when it is not stored.
    fn used(&self, picture: Fingerprint) -> Option<()> {
        self.index_or_look_through();
        let mut index = self.index();
        let Index { pictures, uses, .. } = index.as_mut()?;
        let entry = pictures.get_mut(&picture)?;
        *uses += 1;
        entry.used = *uses;
        Some(())
    }

    fn open(&self, picture: Fingerprint) -> io::Result<StoredPicture> {
        let mut file = File::open(self.path(picture))?;
        let length = file.metadata()?.len().saturating_sub(SEAL_BYTES);
        let known = self
            .index()
            .as_ref()
            .and_then(|index| index.pictures.get(&picture)?.whole.clone());
        let (kind, etag) = match known {
            Some(whole) => whole,
            None => {
                let whole = compared(&mut file)?;
                if let Some(entry) = self.index().as_mut().and_then(|index| index.pictures.get_mut(&picture)) {
                    entry.whole = Some(whole.clone());
                }
                whole
            }
        };
        file.seek(SeekFrom::Start(SEAL_BYTES))?;
        Ok(StoredPicture {
            kind,
            length,
            etag,
            file,
        })
    }

    /// Records that a picture is stored, and returns which ones are evicted for it.
    fn note(&self, picture: Fingerprint, bytes: u64, whole: (PictureKind, String)) -> Vec<Fingerprint> {
        let mut index = self.index();
        let Some(index) = index.as_mut() else { return Vec::new() };
        index.uses += 1;
        let entry = Entry {
            bytes,
            used: index.uses,
            whole: Some(whole),
        };
        let before = index.pictures.insert(picture, entry).map_or(0, |entry| entry.bytes);
        index.bytes = index.bytes - before + bytes;
        if index.bytes <= self.bytes_max {
            return Vec::new();
        }
        let mut order: Vec<(u64, Fingerprint)> =
            index.pictures.iter().map(|(name, entry)| (entry.used, *name)).collect();
        order.sort_unstable();
        // Evicts somewhat more than needed, so that not every new picture sorts all of them.
        let target = self.bytes_max / 10 * 9;
        let mut leaving = Vec::new();
        for (_, name) in order {
            if index.bytes <= target || name == picture {
                break;
            }
            index.bytes -= index.pictures.remove(&name).map_or(0, |entry| entry.bytes);
            leaving.push(name);
        }
        leaving
    }

    fn remove(&self, picture: Fingerprint) {
        if let Some(index) = self.index().as_mut() {
            index.bytes -= index.pictures.remove(&picture).map_or(0, |entry| entry.bytes);
        }
        // It may be deleted already.
        let _ignored = fs::remove_file(self.path(picture));
    }

    fn path(&self, picture: Fingerprint) -> PathBuf {
        self.folder.join(picture.to_string())
    }

    fn index(&self) -> MutexGuard<'_, Option<Index>> {
        self.index.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn index_or_look_through(&self) {
        self.index().get_or_insert_with(|| Index::of(&self.folder));
    }
}

impl Index {
    /// The files in the folder, ordered by their modification times; drafts of an earlier run are deleted.
    fn of(folder: &Path) -> Self {
        let mut found = Vec::new();
        // A folder that cannot be read has no pictures; writing into it will report the reason.
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            if name.ends_with(DRAFT) {
                // Left by a process that has ended, or by one that will download it again.
                let _ignored = fs::remove_file(entry.path());
            } else if let (Some(picture), Ok(about)) = (Fingerprint::parse(name), entry.metadata()) {
                found.push((about.modified().ok(), picture, about.len()));
            }
        }
        found.sort_unstable();
        let mut index = Self::default();
        for (_, picture, bytes) in found {
            index.uses += 1;
            index.bytes += bytes;
            let entry = Entry {
                bytes,
                used: index.uses,
                whole: None,
            };
            index.pictures.insert(picture, entry);
        }
        index
    }
}

/// The format of the bytes, if their checksum matches.
fn compared(file: &mut File) -> io::Result<(PictureKind, String)> {
    let mut seal = [0; SEAL];
    file.read_exact(&mut seal)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let damaged = || io::Error::new(io::ErrorKind::InvalidData, "it is damaged");
    if Sha256::digest(&bytes)[..] != seal {
        return Err(damaged());
    }
    let kind = PictureKind::of(&bytes).ok_or_else(damaged)?;
    Ok((kind, etag(&seal)))
}

fn etag(seal: &[u8]) -> String {
    let hex: String = seal.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
    format!("W/\"{hex}\"")
}

#[cfg(test)]
#[path = "store_tests.rs"]
mod tests;
