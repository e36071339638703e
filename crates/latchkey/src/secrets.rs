//! The shop's secrets: set, or generated at the first start and stored in the data folder; the database stores their
//! fingerprints.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use domain::chance::Chance;
use storage::Db;
use vault::{Secrets, fingerprint};

use crate::data_folder;
use crate::settings::{SECRET_LENGTH_MIN, Secret, Settings, SettingsError};

/// Seals data in the database.
const MASTER_KEY: ManagedSecret = ManagedSecret {
    setting: "keys.master_key",
    file: "master-key",
    mark: "master key",
};
/// Signs access tokens.
const JWT_SECRET: ManagedSecret = ManagedSecret {
    setting: "keys.jwt_secret",
    file: "jwt-secret",
    mark: "JWT secret",
};

/// A secret, and where it is stored when its setting is empty.
struct ManagedSecret {
    setting: &'static str,
    /// Its file in the data folder.
    file: &'static str,
    /// The mark in the database with its fingerprint.
    mark: &'static str,
}

/// The secrets of this shop, generated at its first start.
///
/// # Errors
///
/// [`SettingsError::OtherSecret`] and [`SettingsError::LostSecret`] when the database was created with other ones.
pub(crate) async fn find_or_make(settings: &Settings, db: &Db, chance: Arc<dyn Chance>) -> anyhow::Result<Secrets> {
    let (keys, folder) = (&settings.keys, &settings.data_dir);
    let master_key = MASTER_KEY.find_or_make(keys.master_key.as_ref(), folder, db, &*chance);
    let master_key = master_key.await?;
    let jwt_secret = JWT_SECRET.find_or_make(keys.jwt_secret.as_ref(), folder, db, &*chance);
    Ok(Secrets::new(&master_key, &jwt_secret.await?, chance))
}

/// Whether there are secrets that this database knows; `false` when the next start will generate them.
///
/// # Errors
///
/// As above, without generating any.
pub(crate) async fn are_known(settings: &Settings, db: &Db) -> anyhow::Result<bool> {
    let mut known = true;
    for (kept, set) in [
        (MASTER_KEY, &settings.keys.master_key),
        (JWT_SECRET, &settings.keys.jwt_secret),
    ] {
        let mark = db.metadata().get(kept.mark).await?;
        kept.found(set.as_ref(), &settings.data_dir, mark.as_deref())?;
        known &= mark.is_some();
    }
    Ok(known)
}

impl ManagedSecret {
    async fn find_or_make(
        &self,
        set: Option<&Secret<String>>,
        folder: &Path,
        db: &Db,
        chance: &dyn Chance,
    ) -> anyhow::Result<String> {
        // Read before the file is: the process that creates the file does so before it sets the mark.
        let known = db.metadata().get(self.mark).await?;
        let secret = match self.found(set, folder, known.as_deref())? {
            Some(secret) => secret,
            None => Secret::new(self.make(folder, chance)?),
        };
        if known.is_none() {
            let tx = db.begin().await?;
            tx.metadata().set_once(self.mark, &fingerprint(secret.reveal())).await?;
            tx.commit().await?;
            // Another process may have been first, with another secret.
            let known = db.metadata().get(self.mark).await?;
            self.found(Some(&secret), folder, known.as_deref())?;
        }
        Ok(secret.reveal().clone())
    }

    /// The secret, if there is one; an error if the database knows another one.
    fn found(
        &self,
        set: Option<&Secret<String>>,
        folder: &Path,
        known: Option<&str>,
    ) -> anyhow::Result<Option<Secret<String>>> {
        let secret = match set {
            Some(secret) => Some(secret.clone()),
            None => self.read(folder)?.map(Secret::new),
        };
        match (&secret, known) {
            (Some(secret), Some(known)) if fingerprint(secret.reveal()) != known => {
                bail!(SettingsError::OtherSecret { name: self.setting })
            }
            (None, Some(_)) => bail!(SettingsError::LostSecret {
                name: self.setting,
                file: self.path(folder),
            }),
            _ => Ok(secret),
        }
    }

    fn path(&self, folder: &Path) -> PathBuf {
        folder.join(self.file)
    }

    fn read(&self, folder: &Path) -> anyhow::Result<Option<String>> {
        let path = self.path(folder);
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            text => text.with_context(|| format!("{}: cannot read {}", self.setting, path.display()))?,
        };
        let secret = text.trim().to_owned();
        if secret.chars().count() < SECRET_LENGTH_MIN {
            bail!("{}: {} holds no secret", self.setting, path.display());
        }
        Ok(Some(secret))
    }

    /// Generates the secret, or reads it if another process generated it in the meantime.
    fn make(&self, folder: &Path, chance: &dyn Chance) -> anyhow::Result<String> {
        let mut secret = [0; 32];
        chance.fill(&mut secret);
        let secret = hex::encode(secret);
        let path = self.path(folder);
        match make_once(folder, self.file, &secret, chance) {
            Ok(true) => {
                tracing::info!("[Auth] {} was made and is kept in {}", self.setting, path.display());
                Ok(secret)
            }
            Ok(false) => self
                .read(folder)?
                .with_context(|| format!("{}: {} is gone again", self.setting, path.display())),
            Err(error) => Err(error).with_context(|| format!("{}: cannot make {}", self.setting, path.display())),
        }
    }
}

/// Creates a file that only its owner can read; `false` when it exists already.
///
/// The text is written to a draft first, which gets the name when it is complete: no process reads half a secret, and
/// of two processes one creates the file and the other finds it.
pub(crate) fn make_once(folder: &Path, file: &str, text: &str, chance: &dyn Chance) -> std::io::Result<bool> {
    let mut suffix = [0; 8];
    chance.fill(&mut suffix);
    let draft = folder.join(format!("{file}.{}", hex::encode(suffix)));
    let made = data_folder::make(folder)
        .and_then(|()| write_new(&draft, text))
        .and_then(|()| fs::hard_link(&draft, folder.join(file)))
        .and_then(|()| File::open(folder)?.sync_all());
    // A draft that cannot be deleted is never read.
    let _ignored = fs::remove_file(&draft);
    match made {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(false),
        made => made.map(|()| true),
    }
}

/// Writes a new file that only its owner can read, and syncs it to the disk.
fn write_new(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
