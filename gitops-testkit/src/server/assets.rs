//! Where the servers' programs are.

use super::ServerError;
use std::path::{Path, PathBuf};

/// A folder that may hold `etcd`, `kube-apiserver`, `kubectl`, `kube-controller-manager` and `kwok`.
///
/// Looked for in this order, per program: the folder given here, `KUBEBUILDER_ASSETS`,
/// `/usr/local/kubebuilder/bin`. These are the ecosystem's conventions (controller-runtime's envtest).
#[derive(Debug, Clone)]
pub struct Assets {
    folders: Vec<PathBuf>,
}

impl Assets {
    /// `KUBEBUILDER_ASSETS` where it is set, then `/usr/local/kubebuilder/bin`.
    #[allow(
        clippy::disallowed_methods,
        reason = "KUBEBUILDER_ASSETS is how the ecosystem hands over the programs; only tests run this"
    )]
    pub fn from_environment() -> Self {
        let named = std::env::var_os("KUBEBUILDER_ASSETS").filter(|value| !value.is_empty());
        let usual = PathBuf::from("/usr/local/kubebuilder/bin");
        Self { folders: named.map(PathBuf::from).into_iter().chain([usual]).collect() }
    }

    /// `folder` first, then where [`from_environment`](Self::from_environment) looks.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        let mut assets = Self::from_environment();
        assets.folders.insert(0, folder.into());
        assets
    }

    /// Only `folder`.
    pub fn only(folder: impl Into<PathBuf>) -> Self {
        Self { folders: vec![folder.into()] }
    }

    /// The path of a program, or [`ServerError::MissingAssets`] with where it was looked for.
    pub fn find(&self, program: &'static str) -> Result<PathBuf, ServerError> {
        let paths = self.folders.iter().map(|folder| folder.join(program));
        paths
            .into_iter()
            .find(|path| runnable(path))
            .ok_or_else(|| ServerError::MissingAssets { program, looked_in: self.folders.clone() })
    }
}

fn runnable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
}
