//! The folder of a control plane, and the removal of folders whose owner was killed.

use super::ServerError;
use std::{
    fs::{self, File},
    io::Write,
    path::Path,
};
use tempfile::TempDir;

const PREFIX: &str = "gitops-testkit-";
const LOCK: &str = "lock";

/// A temporary folder, removed on drop. A process that is killed, or keeps this in a static, drops
/// nothing: the next one to make such a folder removes what was left, 100 MB each.
#[derive(Debug)]
pub(super) struct Folder {
    dir: TempDir,
    /// Locked as long as we live: the kernel lets go of it whatever happens to us.
    _lock: File,
}

impl Folder {
    pub(super) fn create() -> Result<Self, ServerError> {
        let failed = || ServerError::io("make a folder for the control plane");
        remove_abandoned(&std::env::temp_dir());
        let dir = tempfile::Builder::new().prefix(PREFIX).tempdir().map_err(failed())?;
        let mut lock = File::create_new(dir.path().join(LOCK)).map_err(failed())?;
        lock.lock().map_err(failed())?;
        // An empty lock file is one that its maker has not locked yet.
        lock.write_all(b"held by the owner of this folder\n").map_err(failed())?;
        Ok(Self { dir, _lock: lock })
    }

    pub(super) fn path(&self) -> &Path {
        self.dir.path()
    }
}

/// Errors are of no interest: what can't be removed may be somebody else's.
fn remove_abandoned(parent: &Path) {
    let Ok(entries) = fs::read_dir(parent) else { return };
    for entry in entries.flatten() {
        if entry.file_name().to_string_lossy().starts_with(PREFIX) && abandoned(&entry.path()) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

fn abandoned(folder: &Path) -> bool {
    let Ok(lock) = File::open(folder.join(LOCK)) else { return false };
    lock.try_lock().is_ok() && lock.metadata().is_ok_and(|found| found.len() > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_folders_of_the_dead_are_removed() {
        let parent = tempfile::tempdir().unwrap();
        let folder = |name: &str, text: &str| {
            let path = parent.path().join(name);
            fs::create_dir(&path).unwrap();
            fs::write(path.join(LOCK), text).unwrap();
            path
        };
        let dead = folder("gitops-testkit-dead", "x");
        let starting = folder("gitops-testkit-starting", "");
        let stranger = folder("other", "x");
        let alive = folder("gitops-testkit-alive", "x");
        let held = File::open(alive.join(LOCK)).unwrap();
        held.lock().unwrap();
        remove_abandoned(parent.path());
        assert_eq!(
            [dead, starting, stranger, alive].map(|path| path.exists()),
            [false, true, true, true]
        );
    }
}
