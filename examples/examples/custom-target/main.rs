//! A target of your own: the files of one folder, kept equal to those of another. Nothing here knows
//! Kubernetes. The renderer is here, the other stages are in `folder.rs`. It runs by itself, in a temporary folder.

mod folder;

use folder::{Folder, MARK, at};
use gitops_core::engine::{Options, Pipeline, Stages};
use gitops_core::model::{Desired, Entry, Object, ObjectId, Origin, Snapshot};
use gitops_core::stage::{Exact, Renderer};
use gitops_core::{Result, Stage, async_trait, env::Env, error::chain};
use std::{error::Error, fs, io};

/// One object a file. A renderer is pure: what it reads, it reads through the snapshot.
struct Files;

#[async_trait]
impl Renderer for Files {
    async fn render(&self, snapshot: &Snapshot) -> Result<Desired> {
        let object = |entry: Entry| {
            let bytes = snapshot.read(&entry.name)?;
            let text = format!("{MARK}{}", at(Stage::Render, io::read_to_string(&*bytes))?);
            let id = ObjectId::new("", "File", "", &entry.name);
            Ok(Object::new(id, &text.into()).at(Origin::new(entry.name, 1)))
        };
        let objects: Result<Vec<_>> = snapshot.list("")?.into_iter().map(object).collect();
        Desired::new(snapshot.revision().clone(), objects?)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let temporary = tempfile::tempdir()?;
    let (desired, kept) = (temporary.path().join("desired"), temporary.path().join("kept"));
    fs::create_dir(&desired)?;
    fs::create_dir(&kept)?;

    let target = Folder(kept.clone());
    let stages = Stages {
        source: Folder(desired.clone()),
        renderer: Files,
        observer: target.clone(),
        differ: Exact,
        applier: target.clone(),
        inventory: target,
    };
    // A real program hands the pipeline to a `Controller`; here every step is one pass.
    let pipeline = Pipeline::new("files", stages, Options::new(), Env::system());

    fs::write(desired.join("hosts"), "127.0.0.1 localhost\n")?;
    fs::write(desired.join("motd"), "welcome\n")?;
    fs::write(kept.join("notes"), "nobody asked for these\n")?;
    pass(&pipeline, "Two files are wanted, and created:").await?;
    pass(&pipeline, "Nothing changed, so nothing is to do:").await?;

    fs::write(kept.join("motd"), "go away\n")?;
    pass(&pipeline, "Somebody edited one of them: drift, repaired.").await?;

    fs::write(desired.join("motd"), "welcome back\n")?;
    fs::remove_file(desired.join("hosts"))?;
    pass(&pipeline, "One is wanted otherwise, the other no longer:").await?;

    println!("What is there in the end:");
    for file in fs::read_dir(&kept)? {
        println!("  {}", file?.file_name().to_string_lossy());
    }
    Ok(())
}

/// One pass, and its plan. A pass is never lost to an error: what went wrong stands in it.
async fn pass(pipeline: &Pipeline, title: &str) -> Result<(), Box<dyn Error>> {
    let pass = pipeline.pass().await;
    if let Some(error) = &pass.error {
        return Err(chain(error).into());
    }
    let plan = pass.plan.map(|plan| plan.to_string()).unwrap_or_default();
    println!("{title}\n{plan}\n");
    Ok(())
}
