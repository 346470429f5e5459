//! The Python client from PyPI: `tests/clients/python`.

use super::{Target, folder, kept, ours, real, required, run, there};
use std::{path::PathBuf, process::Command};
use tokio::sync::OnceCell;

/// A Python with the client; `None`, said aloud, where it isn't to be had.
async fn python() -> Option<PathBuf> {
    static READY: OnceCell<Option<PathBuf>> = OnceCell::const_new();
    if !there("python3") {
        return None;
    }
    let ready = READY.get_or_init(|| async {
        let environment = kept("python-client");
        let python = environment.join("bin/python");
        let requirements = folder("python").join("requirements.txt");
        // Written last: a half-made environment is made again.
        let marker = environment.join("made");
        let wanted = std::fs::read_to_string(&requirements).unwrap();
        if std::fs::read_to_string(&marker).is_ok_and(|made| made == wanted) {
            return Some(python);
        }
        let mut make = Command::new("python3");
        make.args(["-m", "venv", "--clear"]).arg(&environment);
        let mut install = Command::new(&python);
        install.args(["-m", "pip", "install", "--quiet", "-r"]).arg(&requirements);
        for mut command in [make, install] {
            let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap();
            let failed = match output {
                Ok(output) if output.status.success() => continue,
                Ok(output) => String::from_utf8_lossy(&output.stderr).into_owned(),
                Err(error) => error.to_string(),
            };
            assert!(!required(), "no Python client: {failed}");
            println!("skipped: no Python client: {failed}");
            return None;
        }
        std::fs::write(marker, wanted).unwrap();
        Some(python)
    });
    ready.await.clone()
}

async fn all(target: Target) {
    let Some(python) = python().await else { return };
    let mut command = Command::new(python);
    command.arg(folder("python").join("client.py")).arg(&target.namespace);
    command.env("KUBECONFIG", &target.kubeconfig);
    println!("{}:\n{}", target.name, run(command).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn python_client_of_the_real_server() {
    if let Some(target) = real().await {
        all(target).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn python_client_of_ours() {
    all(ours().await).await;
}
