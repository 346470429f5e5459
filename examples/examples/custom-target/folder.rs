//! Every stage over a folder of text files. `Exact` compares: a file is as it was written, or not.

use gitops_core::model::*;
use gitops_core::stage::{Applier, InventoryStore, Observer, Query, Source, Stored};
use gitops_core::{Error, Result, Retry, Stage, async_trait, reason};
use gitops_testkit::fake::MemoryTree;
use std::{fs, io, path::PathBuf, sync::Arc};

/// The first line of what we write. What bears it is ours, and only that is ever pruned.
pub(crate) const MARK: &str = "# kept by custom-target\n";

/// One of the two folders: where the desired files are, or where they are kept.
#[derive(Clone)]
pub(crate) struct Folder(pub(crate) PathBuf);

#[async_trait]
impl Source for Folder {
    async fn resolve(&self) -> Result<Revision> {
        let files = at(Stage::Source, self.files())?;
        Ok(Revision::new("", files.digest().to_string()))
    }
    async fn fetch(&self, revision: &Revision) -> Result<Snapshot> {
        let files = at(Stage::Source, self.files())?;
        match files.digest().to_string() == revision.id() {
            true => Ok(Snapshot::new(revision.clone(), Arc::new(files))),
            false => Err(stale(Stage::Source)), // One id, one content: never other files instead.
        }
    }
}

#[async_trait]
impl Observer for Folder {
    async fn observe(&self, query: Query<'_>) -> Result<Observed> {
        let wanted = query.desired.objects().map(Object::id);
        let look = |id: &ObjectId| {
            let live = at(Stage::Observe, self.live(id))?; // Failing to look is never an absence.
            Ok((id.clone(), Observation { live, predicted: None }))
        };
        let ids = wanted.chain(query.inventory.iter().map(|(id, _)| id));
        Ok(Observed::everything(ids.map(look).collect::<Result<_>>()?))
    }
    async fn moved(&self, _: Option<&Cursor>) -> Result<()> {
        std::future::pending().await // It can't tell; then the interval is what finds drift.
    }
}

#[async_trait]
impl Applier for Folder {
    async fn apply(&self, change: &Change) -> Result<Applied> {
        let before = at(Stage::Apply, self.live(&change.id))?;
        if before.as_ref().map(|live| live.state) != change.base.as_ref().map(|base| base.state) {
            return Err(stale(Stage::Apply)); // Planned from another state: plan again.
        }
        let name = change.id.name();
        let write = |object: &Object| self.write(name, object.value().as_str().unwrap_or_default());
        let (effect, done) = match (change.action.object(), before) {
            (None, _) => (Effect::Pruned, fs::remove_file(self.0.join(name))),
            (Some(object), None) => (Effect::Created, write(object)),
            (Some(object), Some(_)) => (Effect::Configured, write(object)),
        };
        let live = at(Stage::Apply, done.and_then(|()| self.live(&change.id)))?;
        Ok(Applied { effect, live })
    }
}

#[async_trait]
impl InventoryStore for Folder {
    async fn load(&self) -> Result<Stored> {
        let Some(bytes) = at(Stage::Inventory, self.read(".inventory"))? else {
            return Ok(Stored::default());
        };
        // Torn or foreign content is an error: forgetting what is owned would orphan it.
        let inventory = serde_json::from_slice(&bytes).map_err(io::Error::from);
        let version = Some(Version::new(Digest::of(&bytes).to_string()));
        Ok(Stored { inventory: at(Stage::Inventory, inventory)?, version })
    }
    async fn save(&self, inventory: &Inventory, base: Option<&Version>) -> Result<Version> {
        // Compare and swap; the lock makes one step of the two, between processes too.
        let lock = fs::File::create(self.0.join(".lock"));
        let _lock = at(Stage::Inventory, lock.and_then(|lock| lock.lock().map(|()| lock)))?;
        if self.load().await?.version.as_ref() != base {
            return Err(stale(Stage::Inventory));
        }
        let bytes = serde_json::to_vec(inventory).unwrap_or_default();
        at(Stage::Inventory, self.write(".inventory", &bytes))?;
        Ok(Version::new(Digest::of(&bytes).to_string()))
    }
    async fn remove(&self, base: &Version) -> Result<()> {
        self.save(&Inventory::default(), Some(base)).await.map(|_| ())
    }
}

impl Folder {
    fn files(&self) -> io::Result<MemoryTree> {
        let file = |entry: io::Result<fs::DirEntry>| {
            let entry = entry?;
            Ok((entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path())?))
        };
        fs::read_dir(&self.0)?.map(file).collect()
    }
    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        match fs::read(self.0.join(name)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            read => read.map(Some),
        }
    }
    fn live(&self, id: &ObjectId) -> io::Result<Option<Live>> {
        let Some(bytes) = self.read(id.name())? else { return Ok(None) };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let owner = if text.starts_with(MARK) { Owner::Ours } else { Owner::Nobody };
        let document = Document::new(&text.into());
        Ok(Some(Live {
            version: Version::new(document.digest().to_string()),
            uid: None,
            state: document.digest(), // The whole file is ours.
            memo: None,
            owner,
            terminating: false,
            retain: None,
            protected: false,
            document,
        }))
    }
    fn write(&self, name: &str, text: impl AsRef<[u8]>) -> io::Result<()> {
        // Whoever reads it, and whoever comes after a crash, finds the old file or the new one.
        let temporary = self.0.join(format!(".{name}.new"));
        fs::write(&temporary, text).and_then(|()| fs::rename(&temporary, self.0.join(name)))
    }
}

pub(crate) fn at<T>(stage: Stage, result: io::Result<T>) -> Result<T> {
    result.map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => Error::new(stage, Retry::Never, reason::CORRUPT, "not text"),
        _ => Error::new(stage, Retry::Backoff, reason::UNAVAILABLE, "no access").with_source(error),
    })
}

fn stale(stage: Stage) -> Error {
    Error::new(stage, Retry::Replan, reason::STALE, "it changed since it was looked at")
}
