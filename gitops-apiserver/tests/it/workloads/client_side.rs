//! The objects by client-side `kubectl apply`, as files in folders, on both servers.

use super::{
    documents::Document,
    report::{Outcome, Report, parted},
    requests::{define_missing, differs, make, missing_namespaces},
    stage::{Case, STAGES, Stage},
    visit::Visit,
};
use crate::{
    histories::{memory::Memory, real::Real},
    kubectl::{
        line::Line,
        play::{Side, shown},
    },
};
use gitops_apiserver::{ApiServer, Bootstrap};
use gitops_testkit::server::{Assets, ControlPlane};
use std::{collections::BTreeMap, fs, path::Path};

/// A folder for one `kubectl apply`: no two documents in it are about the same object.
struct Folder<'d> {
    stage: Stage,
    name: String,
    documents: Vec<&'d Document>,
    cases: Vec<&'d Case<'d>>,
}

/// Both servers, each with its kubectl.
struct Both {
    memory: Memory,
    real: Real,
    ours: Side,
    theirs: Side,
}

/// Applies all objects, each folder twice.
pub(super) async fn all(
    documents: &[Document],
    cases: &[Case<'_>],
    server: &std::sync::Arc<ControlPlane>,
    report: &mut Report,
) {
    let kubectl = Assets::from_environment().find("kubectl").unwrap();
    let place = tempfile::tempdir().unwrap();
    let own = ApiServer::builder().wall_clock().bootstrap(Bootstrap::Full).build();
    let theirs = Side::new(&kubectl, server.kubeconfig().to_owned(), "", None);
    let both = Both {
        memory: Memory::of(&own),
        real: Real::bare(server.clone()).await,
        ours: Side::listening(&kubectl, &own).await.within(place.path()),
        theirs: theirs.within(place.path()),
    };
    let namespaces = missing_namespaces(cases, &both.real).await;
    let folders = folders(documents, cases);
    for folder in &folders {
        write(place.path(), folder);
    }
    for stage in STAGES {
        for folder in folders.iter().filter(|folder| folder.stage == stage) {
            both.apply(folder, report).await;
        }
        match stage {
            Stage::Definitions => define_missing(cases, &both.memory, &both.real).await,
            Stage::Namespaces => make(&namespaces, &both.memory, &both.real).await,
            _ => {}
        }
    }
}

impl Both {
    async fn apply(&self, folder: &Folder<'_>, report: &mut Report) {
        let words = ["apply", "--recursive", "--filename", &folder.name];
        let arguments = words.map(str::to_owned).to_vec();
        // kubectl reads the server's documents anew for each object: most of its time is garbage.
        let environment = vec![("GOGC".to_owned(), "400".to_owned())];
        let line = Line { arguments, environment, ..Line::default() };
        for time in ["first", "second"] {
            let (ours, theirs) = tokio::join!(self.ours.run(&line), self.theirs.run(&line));
            let (ours, theirs) = (shown(ours.as_ref()), shown(theirs.as_ref()));
            if ours != theirs {
                let texts = lines(&ours, &theirs);
                report.differs(format!("kubectl apply {}, {time}:\n{texts}", folder.name));
            }
            for case in &folder.cases {
                let (mut left, mut right) =
                    (Visit::new(&self.memory, case), Visit::new(&self.real, case));
                futures::join!(left.get(), right.get());
                let outcome = match case.place.known {
                    true if right.accepted() => Outcome::Stored,
                    true => Outcome::Refused,
                    false => Outcome::Unknown,
                };
                let difference = differs(&left.answers, &right.answers);
                let difference = difference.map(|text| format!("{}\n    {text}", case.label()));
                let way = if time == "first" { "kubectl" } else { "kubectl again" };
                report.count(way, case.workload, outcome, difference);
            }
        }
    }
}

/// The documents by stage, and by how often their objects came before.
fn folders<'d>(documents: &'d [Document], cases: &'d [Case<'d>]) -> Vec<Folder<'d>> {
    let mut folders: BTreeMap<(Stage, usize), Folder<'d>> = BTreeMap::new();
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut rest = cases;
    for document in documents {
        let (own, others) = rest.split_at(document.objects.len());
        rest = others;
        let Some(stage) = own.iter().map(|case| case.stage).max() else { continue };
        let before = |case: &Case<'_>| seen.get(&*case.place.path).copied().unwrap_or(0);
        let round = own.iter().map(before).max().unwrap_or(0);
        for case in own {
            seen.insert(&case.place.path, round + 1);
        }
        let folder = folders.entry((stage, round)).or_insert_with(|| Folder {
            stage,
            name: format!("{stage:?}-{round}"),
            documents: Vec::new(),
            cases: Vec::new(),
        });
        folder.documents.push(document);
        folder.cases.extend(own);
    }
    folders.into_values().collect()
}

fn write(place: &Path, folder: &Folder<'_>) {
    let at = place.join(&folder.name);
    fs::create_dir(&at).unwrap();
    for (index, document) in folder.documents.iter().enumerate() {
        let file = at.join(format!("{index:03}-{}.yaml", document.workload));
        fs::write(file, &document.text).unwrap();
    }
}

/// The first lines that are not the same.
fn lines(ours: &str, theirs: &str) -> String {
    let mut pairs = ours.lines().zip(theirs.lines());
    match pairs.find(|(ours, theirs)| ours != theirs) {
        Some((ours, theirs)) => format!("    {}", parted(ours, theirs)),
        None => format!("    {}", parted(ours, theirs)),
    }
}
