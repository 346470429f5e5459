//! A target of your own: the text files of one folder, kept equal to those of another. All five
//! stages in one file, and nothing here knows Kubernetes. It runs by itself, in a temporary folder.

use gitops_core::engine::{Options, Pass, Pipeline, Stages};
use gitops_core::stage::{Applier, Differ, Observer, Query, Renderer, Source, field_changes};
use gitops_core::{Error, Result, Retry, Stage, async_trait, env::Env};
use gitops_core::{model::*, reason, store::FileStore};
use gitops_testkit::fake::MemoryTree;
use std::{fs, io, path::PathBuf, sync::Arc};

/// The first line of what we write. What bears it is ours, and only that is ever pruned.
const MARK: &str = "# kept by custom-target\n";

/// One of the two folders: where the desired files are, or where they are kept.
#[derive(Clone)]
struct Folder(PathBuf);

#[async_trait]
impl Source for Folder {
    async fn resolve(&self) -> Result<Revision> {
        Ok(Revision::new("", at(Stage::Source, self.files())?.digest().to_string()))
    }
    async fn fetch(&self, revision: &Revision) -> Result<Snapshot> {
        let files = at(Stage::Source, self.files())?;
        let same = files.digest().to_string() == revision.id();
        // One id, one content: never other files instead.
        same.then(|| Snapshot::new(revision.clone(), Arc::new(files))).ok_or(stale(Stage::Source))
    }
}

/// One object a file. A renderer is pure: what it reads, it reads through the snapshot.
struct Files;

#[async_trait]
impl Renderer for Files {
    async fn render(&self, snapshot: &Snapshot) -> Result<Desired> {
        let object = |entry: Entry| {
            let text = at(Stage::Render, io::read_to_string(&*snapshot.read(&entry.name)?))?;
            let id = ObjectId::new("", "File", "", &entry.name);
            Ok(Object::new(id, &format!("{MARK}{text}").into()).at(Origin::new(entry.name, 1)))
        };
        let objects: Result<Vec<_>> = snapshot.list("")?.into_iter().map(object).collect();
        Desired::new(snapshot.revision().clone(), objects?)
    }
}

#[async_trait]
impl Observer for Folder {
    async fn observe(&self, query: Query<'_>) -> Result<Observed> {
        let look = |id: &ObjectId| {
            let live = at(Stage::Observe, self.live(id))?; // Failing to look is never an absence.
            Ok((id.clone(), Observation { live, predicted: None }))
        };
        let owned = query.inventory.iter().map(|(id, _)| id);
        let ids = query.desired.objects().map(Object::id).chain(owned);
        Ok(Observed::everything(ids.map(look).collect::<Result<_>>()?))
    }
    async fn moved(&self, _: Option<&Cursor>) -> Result<()> {
        std::future::pending().await // It can't tell; then the interval is what finds drift.
    }
}

/// In sync means: applying would change nothing. For whole files that is equality.
struct Equal;

impl Differ for Equal {
    fn diff(&self, desired: &Desired, observed: &Observed, _: &Inventory) -> Result<Diff> {
        let delta = |object: &Object| match observed.live(object.id()) {
            None => Delta::Missing,
            Some(live) if live.document == *object.document() => Delta::InSync,
            Some(live) => Delta::Drifted(field_changes(&live.document.value(), &object.value())),
        };
        Ok(Diff::new(desired.objects().map(|object| (object.id().clone(), delta(object)))))
    }
}

#[async_trait]
impl Applier for Folder {
    async fn apply(&self, change: &Change) -> Result<Applied> {
        let before = at(Stage::Apply, self.live(&change.id))?;
        if before.as_ref().map(|live| live.state) != change.base.as_ref().map(|base| base.state) {
            return Err(stale(Stage::Apply)); // Planned from another state: plan again.
        }
        let path = self.0.join(change.id.name());
        let write = |object: &Object| fs::write(&path, object.value().as_str().unwrap_or_default());
        let (effect, done) = match (change.action.object(), before) {
            (None, _) => (Effect::Pruned, fs::remove_file(&path)),
            (Some(object), None) => (Effect::Created, write(object)),
            (Some(object), Some(_)) => (Effect::Configured, write(object)),
        };
        let live = at(Stage::Apply, done.and_then(|()| self.live(&change.id)))?;
        Ok(Applied { effect, live })
    }
}

impl Folder {
    fn files(&self) -> io::Result<MemoryTree> {
        let file = |entry: io::Result<fs::DirEntry>| {
            let (name, path) = entry.map(|entry| (entry.file_name(), entry.path()))?;
            Ok((name.to_string_lossy().into_owned(), fs::read(path)?))
        };
        fs::read_dir(&self.0)?.map(file).collect()
    }
    fn live(&self, id: &ObjectId) -> io::Result<Option<Live>> {
        let text = match fs::read_to_string(self.0.join(id.name())) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            read => read?,
        };
        let owner = if text.starts_with(MARK) { Owner::Ours } else { Owner::Nobody };
        Ok(Some(Live::plain(Document::new(&text.into()), owner)))
    }
}

fn at<T>(stage: Stage, result: io::Result<T>) -> Result<T> {
    let failed = || Error::new(stage, Retry::Backoff, reason::UNAVAILABLE, "no access");
    result.map_err(|error| failed().with_source(error))
}

fn stale(stage: Stage) -> Error {
    Error::new(stage, Retry::Replan, reason::STALE, "it changed since it was looked at")
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (dir, wanted, kept) = (tempfile::tempdir()?, tempfile::tempdir()?, tempfile::tempdir()?);
    let (wanted, kept) = (wanted.path(), kept.path());
    let (source, target) = (Folder(wanted.into()), Folder(kept.into()));
    let (observer, applier) = (target.clone(), target);
    let inventory = FileStore::new(dir.path().join("inventory.json"));
    let stages = Stages { source, renderer: Files, observer, differ: Equal, applier, inventory };
    let files = Pipeline::new("files", stages, Options::new(), Env::system());

    // A real program hands the pipeline to a `Controller`; here every step is one pass.
    fs::write(wanted.join("motd"), "welcome\n")?;
    fs::write(wanted.join("hosts"), "127.0.0.1 localhost\n")?;
    show("two are wanted", files.pass().await)?;
    show("nothing changed", files.pass().await)?;
    fs::write(kept.join("motd"), "go away\n")?;
    show("somebody edited one", files.pass().await)?;
    fs::remove_file(wanted.join("hosts"))?;
    show("one is no longer wanted", files.pass().await)?;
    Ok(())
}

fn show(title: &str, pass: Pass) -> Result<()> {
    println!("== {title}\n{}\n", pass.plan.map(|plan| plan.to_string()).unwrap_or_default());
    pass.error.map_or(Ok(()), Err)
}
