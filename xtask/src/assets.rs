//! Builds the real servers that tests run against, from pinned Go modules.
//!
//! A module per program family, because their dependencies contradict each other. A family is done
//! when its marker holds the recipe that made it; it is written last, so an interrupted build starts
//! again where it stopped and a changed recipe builds again.

use crate::{failure::Failure, go};
use std::{
    env,
    fs::{self, File},
    path::{Path, PathBuf},
};

struct Family {
    /// The folder of the module beside this crate's manifest.
    name: &'static str,
    /// The module whose version counts.
    module: &'static str,
    programs: &'static [&'static str],
    go_mod: &'static str,
    go_sum: &'static str,
}

macro_rules! family {
    ($name:literal, $module:literal, $programs:expr) => {
        Family {
            name: $name,
            module: $module,
            programs: $programs,
            go_mod: include_str!(concat!("../assets/", $name, "/go.mod")),
            go_sum: include_str!(concat!("../assets/", $name, "/go.sum")),
        }
    };
}

const KUBERNETES: Family = family!(
    "kubernetes",
    "k8s.io/kubernetes",
    &["kube-apiserver", "kube-controller-manager", "kubectl"]
);
const ETCD: Family = family!("etcd", "go.etcd.io/etcd/server/v3", &["etcd"]);
const HELM: Family = family!("helm", "helm.sh/helm/v3", &["helm"]);
const KWOK: Family = family!("kwok", "sigs.k8s.io/kwok", &["kwok"]);

/// Builds what is missing into `dir` and gives its absolute path.
pub(crate) fn build(dir: Option<PathBuf>) -> Result<PathBuf, Failure> {
    let dir = match dir {
        Some(dir) => dir,
        None => cache()?.join("gitops/assets").join(format!("kubernetes-{}", KUBERNETES.number()?)),
    };
    fs::create_dir_all(&dir).map_err(Failure::io(format!("make {}", dir.display())))?;
    let dir = dir.canonicalize().map_err(Failure::io(format!("find {}", dir.display())))?;

    // Two builds at once would take twice as long and overwrite each other.
    let lock = File::create(dir.join(".lock")).map_err(Failure::io("make the lock file"))?;
    lock.lock().map_err(Failure::io("wait for another `cargo xtask assets`"))?;
    for family in [&ETCD, &KUBERNETES, &KWOK, &HELM] {
        family.ensure(&dir)?;
    }
    Ok(dir)
}

/// The Kubernetes version that the servers are built from: `1.2.3`.
pub(crate) fn kubernetes_version() -> Result<&'static str, Failure> {
    KUBERNETES.number()
}

impl Family {
    fn ensure(&self, dir: &Path) -> Result<(), Failure> {
        let marker = dir.join(format!(".{}", self.name));
        let recipe = self.recipe()?;
        let there = self.programs.iter().all(|program| dir.join(program).is_file());
        if there && fs::read_to_string(&marker).is_ok_and(|made| made == recipe) {
            return Ok(());
        }
        let module = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets").join(self.name);
        go::check(&module)?;
        let programs = self.programs.join(", ");
        let version = self.version()?;
        eprintln!("building {programs} {version} (minutes the first time)");

        // Programs are moved in place when they are whole: a running server keeps its old file.
        let staging = dir.join(format!(".building-{}", self.name));
        let failed = || Failure::io(format!("build in {}", staging.display()));
        if staging.exists() {
            fs::remove_dir_all(&staging).map_err(failed())?;
        }
        fs::create_dir_all(&staging).map_err(failed())?;
        let output = match self.programs {
            // A single tool takes the name it is given; etcd's would be `server`.
            [program] => staging.join(program),
            _ => staging.clone(),
        };
        go::build(&module, &output, &self.ldflags()?)?;
        for program in self.programs {
            fs::rename(staging.join(program), dir.join(program)).map_err(failed())?;
        }
        fs::remove_dir_all(&staging).map_err(failed())?;
        fs::write(&marker, recipe).map_err(Failure::io(format!("write {}", marker.display())))
    }

    /// Everything that decides what comes out.
    fn recipe(&self) -> Result<String, Failure> {
        let flags = self.ldflags()?;
        Ok(format!(
            "{} {}\n{flags}\n{}\n{}",
            self.module,
            self.version()?,
            self.go_mod,
            self.go_sum
        ))
    }

    /// The pinned version, `v1.2.3`.
    fn version(&self) -> Result<&'static str, Failure> {
        let lines = self.go_mod.lines().filter_map(|line| {
            line.trim().strip_prefix(self.module)?.strip_prefix(' ')?.split(' ').next()
        });
        lines.into_iter().find(|version| version.starts_with('v')).ok_or_else(|| {
            Failure(format!("xtask/assets/{}/go.mod doesn't pin {}", self.name, self.module))
        })
    }

    fn number(&self) -> Result<&'static str, Failure> {
        Ok(self.version()?.trim_start_matches('v'))
    }

    /// No debug symbols; and Kubernetes' own version, which kubectl and the server tell each other:
    /// without it kubectl refuses to parse the server's.
    fn ldflags(&self) -> Result<String, Failure> {
        let mut flags = String::from("-s -w");
        if self.name == KUBERNETES.name {
            let version = self.version()?;
            let mut numbers = self.number()?.split('.');
            let (major, minor) =
                (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
            let package = "k8s.io/component-base/version";
            for (name, value) in [("gitVersion", version), ("gitMajor", major), ("gitMinor", minor)]
            {
                flags.push_str(&format!(" -X {package}.{name}={value}"));
            }
        }
        Ok(flags)
    }
}

#[allow(clippy::disallowed_methods, reason = "a program of the terminal, not a library")]
fn cache() -> Result<PathBuf, Failure> {
    let named = |name| env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    named("XDG_CACHE_HOME").or_else(|| Some(named("HOME")?.join(".cache"))).ok_or_else(|| {
        Failure("neither XDG_CACHE_HOME nor HOME names a folder; use --dir DIR".into())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_family_pins_its_version_and_names_its_tools() {
        for family in [&ETCD, &KUBERNETES, &KWOK, &HELM] {
            let version = family.version().unwrap();
            assert!(version[1..].split('.').all(|part| part.parse::<u32>().is_ok()), "{version}");
            assert!(family.go_sum.contains(&format!("{} {version} h1:", family.module)));
            assert!(
                family.go_mod.contains(&format!("tool {}", family.module))
                    || family.name == "kubernetes"
            );
        }
        for program in KUBERNETES.programs {
            assert!(KUBERNETES.go_mod.contains(&format!("k8s.io/kubernetes/cmd/{program}\n")));
        }
        let flags = KUBERNETES.ldflags().unwrap();
        let version = KUBERNETES.number().unwrap();
        assert!(flags.contains(&format!("gitVersion=v{version} ")), "{flags}");
        assert!(flags.ends_with(&format!("gitMinor={}", version.split('.').nth(1).unwrap())));
    }
}
