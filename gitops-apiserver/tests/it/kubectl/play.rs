//! Plays a script on two servers and compares what kubectl says.

use super::{line::Line, mask::mask};
use gitops_apiserver::{ApiServer, Bootstrap, door::Listener};
use gitops_testkit::server::{ControlPlane, Output};
use serde_json::{Value, json};
use std::{
    fmt::Write,
    path::{Path, PathBuf},
    process::Stdio,
    sync::Mutex,
    time::Duration,
};
use tempfile::TempDir;
use tokio::{io::AsyncWriteExt, process::Command, time::timeout};

/// How long a command may take: more is a hang.
const LIMIT: Duration = Duration::from_secs(120);

/// How often a command is played again until it is done.
const TRIES: usize = 500;

/// Where scripts and files are.
pub(super) fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/kubectl")
}

/// A server, with a kubectl of its own.
pub(crate) struct Side {
    kubectl: PathBuf,
    config: PathBuf,
    /// Where commands are run.
    folder: PathBuf,
    /// Empty where every file says its own.
    namespace: String,
    home: TempDir,
    /// The last token that kubectl has printed alone.
    token: Mutex<String>,
    /// The server in memory, as long as it listens.
    _listener: Option<Listener>,
}

impl Side {
    /// The real server.
    pub(crate) async fn real(server: &ControlPlane, kubectl: &Path, script: &str) -> Side {
        let prefix = script.replace('_', "-");
        let namespace = server.namespace(&prefix).await.unwrap();
        Side::new(kubectl, server.kubeconfig().to_owned(), &namespace, None)
    }

    /// The server in memory, a new one.
    pub(crate) async fn memory(kubectl: &Path, namespace: &str) -> Side {
        let server = ApiServer::builder().wall_clock().bootstrap(Bootstrap::Full).build();
        let side =
            Side { namespace: namespace.to_owned(), ..Side::listening(kubectl, &server).await };
        let line = Line::parse("create namespace $NS", namespace).unwrap();
        assert_eq!(side.run(&line).await.unwrap().code, 0);
        side
    }

    /// A server in memory, which listens as long as this is there.
    pub(crate) async fn listening(kubectl: &Path, server: &ApiServer) -> Side {
        let listener = server.listener().https().start().await.unwrap();
        let home = tempfile::tempdir().unwrap();
        let config = home.path().join("kubeconfig");
        listener.write_kubeconfig(&config).unwrap();
        Side { home, ..Side::new(kubectl, config, "", Some(listener)) }
    }

    pub(crate) fn new(
        kubectl: &Path,
        config: PathBuf,
        namespace: &str,
        listener: Option<Listener>,
    ) -> Side {
        Side {
            kubectl: kubectl.to_owned(),
            config,
            folder: folder().join("files"),
            namespace: namespace.to_owned(),
            home: tempfile::tempdir().unwrap(),
            token: Mutex::default(),
            _listener: listener,
        }
    }

    /// The same, run in another folder.
    pub(crate) fn within(self, folder: &Path) -> Side {
        Side { folder: folder.to_owned(), ..self }
    }

    pub(crate) fn namespace(&self) -> &str {
        &self.namespace
    }

    /// A kubeconfig of somebody whom the server doesn't know.
    fn stranger(&self) -> PathBuf {
        let path = self.home.path().join("stranger");
        let mut config: Value =
            serde_saphyr::from_str(&std::fs::read_to_string(&self.config).unwrap()).unwrap();
        config["users"][0]["user"] = json!({});
        std::fs::write(&path, config.to_string()).unwrap();
        path
    }

    /// Runs a command; `None` if it doesn't end.
    pub(crate) async fn run(&self, line: &Line) -> Option<Output> {
        let mut output = self.run_once(line).await?;
        for _ in 0..TRIES {
            if output.code == 0 || !line.eventually {
                break;
            }
            output = self.run_once(line).await?;
        }
        Some(output)
    }

    async fn run_once(&self, line: &Line) -> Option<Output> {
        let home = self.home.path();
        let stranger = self.stranger().display().to_string();
        let token = self.token.lock().unwrap().clone();
        let known = |word: &String| word.replace("$STRANGER", &stranger).replace("$TOKEN", &token);
        let mut child = Command::new(&self.kubectl)
            .env("KUBECONFIG", &self.config)
            .env("KUBECACHEDIR", home.join("cache"))
            .env("HOME", home)
            .envs(line.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(&self.folder)
            .args((!self.namespace.is_empty()).then(|| format!("--namespace={}", self.namespace)))
            .args(line.arguments.iter().map(known))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        if let Some(file) = &line.input {
            let input = std::fs::read(self.folder.join(file)).unwrap();
            // A command that has failed already reads nothing.
            let _ = stdin.write_all(&input).await;
        }
        drop(stdin);
        let output = timeout(LIMIT, child.wait_with_output()).await.ok()?.unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        if said.starts_with("eyJ") {
            said.trim().clone_into(&mut self.token.lock().unwrap());
        }
        let text = |bytes: &[u8]| {
            let text = mask(&String::from_utf8_lossy(bytes));
            if line.unordered { in_any_order(&text) } else { text }
        };
        Some(Output {
            code: output.status.code().unwrap_or(-1),
            stdout: text(&output.stdout),
            stderr: text(&output.stderr),
        })
    }
}

fn in_any_order(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines.join("\n") + "\n"
}

pub(crate) fn shown(output: Option<&Output>) -> String {
    let Some(output) = output else { return format!("no end within {LIMIT:?}\n") };
    format!("exit code {}\n{}{}", output.code, output.stdout, output.stderr)
}

/// Plays a script on both servers.
///
/// # Panics
/// With all commands to which they answer differently.
#[allow(clippy::print_stdout, reason = "which commands were played is worth knowing in a failure")]
pub(super) async fn play(name: &str, theirs: &Side, ours: &Side) {
    let script = folder().join("scripts").join(name);
    let script = std::fs::read_to_string(script.with_extension("txt")).unwrap();
    let mut differences = String::new();
    let mut count = 0;
    for line in script.lines().filter_map(|line| Line::parse(line, theirs.namespace())) {
        let (theirs, ours) = tokio::join!(theirs.run(&line), ours.run(&line));
        let (theirs, ours) = (shown(theirs.as_ref()), shown(ours.as_ref()));
        println!("kubectl {}", line.text);
        count += 1;
        if theirs != ours && !line.differs {
            let text = &line.text;
            let _ = write!(differences, "\n=== kubectl {text}\n--- real\n{theirs}--- ours\n{ours}");
        }
    }
    assert!(differences.is_empty(), "{name}, {count} commands:\n{differences}");
}
