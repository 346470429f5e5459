//! An inventory in a file.

use crate::{
    error::{Error, Result, Retry, Stage},
    model::{Digest, Inventory, Version},
    reason,
    stage::{InventoryStore, Stored},
};
use async_trait::async_trait;
use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

/// The most that is read: about a million entries.
const BYTES_MAX: u64 = 256 << 20;

/// Keeps an app's inventory as JSON in a file, for targets that have no place of their own for it.
///
/// Written whole to a file beside it and renamed, so that a reader finds the old or the new one,
/// also after a crash; compare-and-swap by content, under a lock file, between processes too.
/// One file for each app.
///
/// # Errors
/// `InventoryCorrupt` for anything that is not an inventory, `InventoryConflict` when somebody else
/// saved meanwhile, `Unavailable` when the disk refuses.
#[derive(Debug, Clone)]
pub struct FileStore {
    path: PathBuf,
}

impl FileStore {
    /// The inventory in this file. Its folder must exist; the file need not.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        FileStore { path: path.into() }
    }

    fn beside(&self, end: &str) -> PathBuf {
        let mut name = self.path.file_name().unwrap_or_default().to_owned();
        name.push(end);
        self.path.with_file_name(name)
    }

    fn read(&self) -> Result<Option<Vec<u8>>> {
        match fs::metadata(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Ok(found) if found.len() > BYTES_MAX => {
                return Err(corrupt(&self.path, format!("it is over {BYTES_MAX} bytes long")));
            }
            Ok(_) | Err(_) => {}
        }
        fs::read(&self.path).map(Some).map_err(|error| unavailable("read", &self.path, error))
    }

    fn lock(&self) -> Result<File> {
        let path = self.beside(".lock");
        let lock = File::create(&path).and_then(|file| file.lock().map(|()| file));
        lock.map_err(|error| unavailable("lock", &path, error))
    }

    fn expect(&self, base: Option<&Version>) -> Result<()> {
        let stored = self.read()?.map(|bytes| version(&bytes));
        if stored.as_ref() == base {
            return Ok(());
        }
        let message = format!("{} was written by somebody else meanwhile", self.path.display());
        Err(Error::new(Stage::Inventory, Retry::Replan, reason::INVENTORY_CONFLICT, message))
    }
}

#[async_trait]
impl InventoryStore for FileStore {
    async fn load(&self) -> Result<Stored> {
        let Some(bytes) = self.read()? else { return Ok(Stored::default()) };
        let inventory = serde_json::from_slice(&bytes)
            .map_err(|error| corrupt(&self.path, error.to_string()))?;
        Ok(Stored { inventory, version: Some(version(&bytes)) })
    }

    async fn save(&self, inventory: &Inventory, base: Option<&Version>) -> Result<Version> {
        let _lock = self.lock()?;
        self.expect(base)?;
        let bytes = serde_json::to_vec(inventory)
            .map_err(|error| corrupt(&self.path, error.to_string()))?;
        let next = self.beside(".next");
        let write = || {
            fs::write(&next, &bytes)?;
            File::open(&next)?.sync_all()?;
            fs::rename(&next, &self.path)
        };
        write().map_err(|error| unavailable("write", &self.path, error))?;
        Ok(version(&bytes))
    }

    async fn remove(&self, base: &Version) -> Result<()> {
        let _lock = self.lock()?;
        self.expect(Some(base))?;
        fs::remove_file(&self.path).map_err(|error| unavailable("remove", &self.path, error))
    }
}

fn version(bytes: &[u8]) -> Version {
    Version::new(Digest::of(bytes).to_string())
}

fn corrupt(path: &Path, what: String) -> Error {
    let message = format!("{} is not an inventory: {what}", path.display());
    Error::new(Stage::Inventory, Retry::Never, reason::INVENTORY_CORRUPT, message)
        .advise("restore it; without it nothing is pruned, and what it named is left behind")
}

fn unavailable(verb: &str, path: &Path, error: io::Error) -> Error {
    let message = format!("can't {verb} {}", path.display());
    Error::new(Stage::Inventory, Retry::Backoff, reason::UNAVAILABLE, message).with_source(error)
}
