//! The spool: answers of suppliers that may contain a key and that no database holds yet, sealed in a folder.

mod answer;
mod disk;

use std::fs::{self, DirBuilder, DirEntry, File};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use uuid::Uuid;
use zeroize::Zeroizing;

use crate::{Seal, SealPurpose};
use answer::{FINISHED, UNFINISHED};
use disk::{at, create, is_being_written, sync};

pub use answer::{SpoolId, SpooledAnswer};
pub use disk::SpoolError;

/// The largest body that a supplier's client should accept, in bytes: 8 MiB.
///
/// The client has to enforce it while it receives. The spool keeps whatever it is given: an answer that was received
/// may contain a key that is never given again.
pub const SPOOLED_BODY_MAX: usize = 8 * 1024 * 1024;
/// The extension of a file by which [`Spool::check`] finds out whether the folder can be written.
const PROBE: &str = "probe";
/// How much [`Spool::check`] writes: a block of most file systems.
const PROBE_BYTES: usize = 4096;
/// How many names are drawn for a file. A second draw happens only if the randomness repeats itself.
const DRAWS_MAX: usize = 100;

/// A folder of sealed answers. A supplier gives a key once: its answer is kept here before it is parsed, removed once
/// the database has committed it, and what lies here when a process starts is to be committed then.
///
/// Cheap to clone; all clones are the same spool. Several processes may share a folder, so a process that starts may
/// see an answer that another one is about to commit: committing an answer twice must be harmless.
///
/// All methods block on the disk: from async code, call them on a thread for blocking work.
#[derive(Clone, Debug)]
pub struct Spool {
    folder: Arc<Path>,
    seal: Seal,
}

/// What lies in the folder of a spool.
#[derive(Debug)]
pub struct SpoolContents {
    /// The answers, oldest first.
    pub answers: Vec<Spooled>,
    /// Files whose writing was begun and did not end, as after a crash: a key may be lost. Nothing removes them. Files
    /// that a process is writing now are not among them.
    pub unfinished: Vec<PathBuf>,
    /// Files that the spool did not write. It leaves them alone.
    pub foreign: Vec<PathBuf>,
}

/// An answer in the spool.
#[derive(Debug)]
pub struct Spooled {
    /// Its id, by which it is removed; it shows as the name of the file.
    pub id: SpoolId,
    /// The answer, or why it cannot be opened; then it stays where it is.
    pub answer: Result<SpooledAnswer, SpoolError>,
}

impl Spool {
    /// A spool in `folder`, which is created for its owner alone if it is missing; the folder around it has to exist.
    ///
    /// Nothing is written into it yet, so that a full disk does not keep anybody from what it holds.
    ///
    /// # Errors
    /// When it cannot be made, or a file has its name.
    pub fn open(folder: &Path, seal: Seal) -> Result<Self, SpoolError> {
        match DirBuilder::new().mode(0o700).create(folder) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists && folder.is_dir() => {}
            made => made.map_err(at("create the folder", folder))?,
        }
        // Even if it existed: the process that created it may have ended before this.
        sync(match folder.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        })?;
        let folder = folder.into();
        Ok(Self { folder, seal })
    }

    /// Finds out whether an answer could be kept now: to be asked before a supplier is asked for a key.
    ///
    /// # Errors
    /// When a file cannot be written into the folder.
    pub fn check(&self) -> Result<(), SpoolError> {
        let path = self.folder.join(format!("{}.{PROBE}", self.draw().as_simple()));
        let mut file = create(&path).map_err(at("create", &path))?;
        let written = file.write_all(&[0; PROBE_BYTES]).and_then(|()| file.sync_all());
        let removed = fs::remove_file(&path);
        written.map_err(at("write", &path))?;
        removed.map_err(at("remove", &path))
    }

    /// Keeps an answer. Once this returns, it outlives a crash of the machine.
    ///
    /// # Errors
    /// When the disk refuses: then the caller has the only answer, and should commit it all the same. It may lie here too,
    /// finished or not, if it was written and could not be synced or renamed; a write that stopped halfway is undone.
    pub fn keep(&self, answer: &SpooledAnswer) -> Result<SpoolId, SpoolError> {
        let bytes = answer.to_bytes();
        let sealed = self.seal.seal(SealPurpose::SpooledAnswer, answer.attempt, &bytes);
        let (id, mut file) = self.reserve(answer.attempt)?;
        let (draft, path) = (self.path(id, UNFINISHED), self.path(id, FINISHED));
        // Tells listings that somebody is writing. Some file systems have no locks: they do without.
        let _ignored = file.try_lock();
        if let Err(error) = file.write_all(&sealed) {
            // Half of sealed bytes never opens, and the disk may be full. If it stays, it will be reported.
            let _ignored = fs::remove_file(&draft);
            return Err(at("write", &draft)(error));
        }
        file.sync_all().map_err(at("sync", &draft))?;
        // Replaces nothing: whoever finishes a file of this name holds its draft, and that is this call.
        fs::rename(&draft, &path).map_err(at("finish", &draft))?;
        sync(&self.folder)?;
        Ok(id)
    }

    /// Removes an answer that the database holds. Removing what is gone is fine.
    ///
    /// # Errors
    /// When the disk refuses: then the answer comes back when the spool is listed.
    pub fn remove(&self, id: SpoolId) -> Result<(), SpoolError> {
        let path = self.path(id, FINISHED);
        match fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(at("remove", &path)(error)),
            // It may have been gone, and whoever removed it have ended before this.
            _ => sync(&self.folder),
        }
    }

    /// What lies in the folder. All bodies are in memory at once.
    ///
    /// # Errors
    /// When the folder cannot be listed. What is wrong with one answer is its own error and hides no other.
    pub fn kept(&self) -> Result<SpoolContents, SpoolError> {
        let (mut answers, mut unfinished, mut foreign) = (Vec::new(), Vec::new(), Vec::new());
        for entry in fs::read_dir(&self.folder).map_err(at("list", &self.folder))? {
            let entry = entry.map_err(at("list", &self.folder))?;
            match Name::of(&entry) {
                Name::Answer(id) => answers.push((entry.metadata().and_then(|about| about.modified()).ok(), id)),
                Name::Draft if is_being_written(&entry.path()) => {}
                Name::Draft => unfinished.push(entry.path()),
                Name::Foreign => foreign.push(entry.path()),
            }
        }
        answers.sort_unstable();
        unfinished.sort_unstable();
        foreign.sort_unstable();
        let answers = answers.into_iter().filter_map(|(_, id)| {
            let answer = self.read(id).transpose()?;
            Some(Spooled { id, answer })
        });
        Ok(SpoolContents {
            answers: answers.collect(),
            unfinished,
            foreign,
        })
    }

    /// The answer; `None` if it is gone, because another process removed it since it was listed.
    fn read(&self, id: SpoolId) -> Result<Option<SpooledAnswer>, SpoolError> {
        let path = self.path(id, FINISHED);
        let sealed = match fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            sealed => sealed.map_err(at("read", &path))?,
        };
        match self.seal.open(SealPurpose::SpooledAnswer, id.attempt, &sealed) {
            Err(source) => Err(SpoolError::Sealed { path, source }),
            Ok(bytes) => {
                let answer = SpooledAnswer::from_bytes(id.attempt, &Zeroizing::new(bytes));
                answer.map(Some).ok_or(SpoolError::Layout { path })
            }
        }
    }

    /// A new draft whose name nobody else has, finished or not.
    fn reserve(&self, attempt: Uuid) -> Result<(SpoolId, File), SpoolError> {
        for _ in 0..DRAWS_MAX {
            let unique = self.draw();
            let id = SpoolId { attempt, unique };
            let (draft, path) = (self.path(id, UNFINISHED), self.path(id, FINISHED));
            let file = match create(&draft) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
                file => file.map_err(at("create", &draft))?,
            };
            // In this order: while the draft is held, nobody else finishes a file of its name.
            if fs::symlink_metadata(&path).is_err_and(|error| error.kind() == ErrorKind::NotFound) {
                return Ok((id, file));
            }
            fs::remove_file(&draft).map_err(at("remove", &draft))?;
        }
        Err(at("find a name for an answer in", &self.folder)(
            ErrorKind::AlreadyExists.into(),
        ))
    }

    fn draw(&self) -> Uuid {
        let mut bytes = [0; 16];
        self.seal.chance.fill(&mut bytes);
        Uuid::from_bytes(bytes)
    }

    fn path(&self, id: SpoolId, extension: &str) -> PathBuf {
        self.folder.join(id.file_name(extension))
    }
}

/// What a file is, by its name.
enum Name {
    Answer(SpoolId),
    Draft,
    Foreign,
}

impl Name {
    fn of(entry: &DirEntry) -> Self {
        // The spool writes files and nothing else; to open a pipe would wait for its writer.
        if entry.file_type().is_ok_and(|kind| !kind.is_file()) {
            return Self::Foreign;
        }
        let name = entry.file_name();
        let id = |extension| SpoolId::in_name(name.to_str()?, extension);
        match id(FINISHED) {
            Some(id) => Self::Answer(id),
            None if id(UNFINISHED).is_some() => Self::Draft,
            None => Self::Foreign,
        }
    }
}

#[cfg(test)]
mod tests;
