//! The command line: data only.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::{path::PathBuf, time::Duration};

/// Keeps what a Git repository declares true on a Kubernetes cluster.
#[derive(Debug, Parser)]
#[command(
    name = "reconciler",
    version,
    after_help = "Exit codes: 0 all is well, 1 something went wrong, 2 `plan` found changes."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show what would change; writes nothing. Exits with 2 if there is something to do
    Plan(Reconcile),
    /// Make it so, once, and wait until it works
    Apply(Reconcile),
    /// Keep it so: follow the repository and repair drift, until interrupted
    Run(Run),
    /// Show what the app owns and how it is
    Status(Target),
    /// Delete everything the app owns, without asking. Protected kinds and objects that are marked
    /// to be kept stay behind
    Delete(Delete),
}

#[derive(Debug, Args)]
pub(crate) struct Reconcile {
    #[command(flatten)]
    pub(crate) target: Target,
    #[command(flatten)]
    pub(crate) repository: Repository,
    #[command(flatten)]
    pub(crate) policy: Policy,
    /// Create the namespace if there is none: the inventory needs one. `plan` doesn't
    #[arg(long)]
    pub(crate) create_namespace: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    #[command(flatten)]
    pub(crate) reconcile: Reconcile,
    /// How often the repository is asked for news, and the cluster looked at without any
    #[arg(long, value_name = "TIME", default_value = "1m", value_parser = duration)]
    pub(crate) interval: Duration,
}

#[derive(Debug, Args)]
pub(crate) struct Delete {
    #[command(flatten)]
    pub(crate) target: Target,
    /// Also delete objects of this protected kind, such as `Namespace` (repeatable)
    #[arg(long, value_name = "KIND")]
    pub(crate) allow_protected: Vec<String>,
}

/// Which app, on which cluster, and how it is told.
#[derive(Debug, Args)]
pub(crate) struct Target {
    /// Name of the app: its inventory is the ConfigMap NAME-inventory
    #[arg(long, value_name = "NAME")]
    pub(crate) app: String,
    /// Namespace of the inventory and of objects that name none [default: the context's]
    #[arg(long, short, value_name = "NS")]
    pub(crate) namespace: Option<String>,
    /// The kubeconfig file [default: as kubectl finds it, or the pod's own account]
    #[arg(long, value_name = "FILE")]
    pub(crate) kubeconfig: Option<PathBuf>,
    /// The context of the kubeconfig [default: its current one]
    #[arg(long, value_name = "NAME")]
    pub(crate) context: Option<String>,
    /// How long the command may take; with `run`: how long objects may take to become healthy
    #[arg(long, value_name = "TIME", default_value = "5m", value_parser = duration)]
    pub(crate) timeout: Duration,
    /// How results are written
    #[arg(long, short, value_enum, default_value_t, value_name = "FORMAT")]
    pub(crate) output: Format,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For a terminal
    #[default]
    Text,
    /// For a comment on a change request
    Markdown,
    /// For programs
    Json,
}

/// What is desired, and how to get it.
#[derive(Debug, Args)]
#[command(next_help_heading = "Repository")]
pub(crate) struct Repository {
    /// URL: https, ssh or file
    #[arg(long, value_name = "URL")]
    pub(crate) repo: String,
    #[command(flatten)]
    pub(crate) reference: Reference,
    /// Directory, file or glob in the repository (repeatable)
    #[arg(long, value_name = "PATH", default_value = ".")]
    pub(crate) path: Vec<String>,
    /// Where copies of repositories are kept [default: the user's cache folder]
    #[arg(long, value_name = "DIR")]
    pub(crate) cache_dir: Option<PathBuf>,
    /// File with a bearer token; read anew for each request
    #[arg(long, value_name = "FILE", conflicts_with_all = ["username", "ssh_key"])]
    pub(crate) token_file: Option<PathBuf>,
    /// User name for https; forges take a token as its password
    #[arg(long, value_name = "NAME", requires = "password_file", conflicts_with = "ssh_key")]
    pub(crate) username: Option<String>,
    /// File with the password or token of --username; read anew for each request
    #[arg(long, value_name = "FILE", requires = "username")]
    pub(crate) password_file: Option<PathBuf>,
    /// File with a private key for ssh
    #[arg(long, value_name = "FILE", requires = "known_hosts")]
    pub(crate) ssh_key: Option<PathBuf>,
    /// File with the keys of ssh hosts, as ssh writes it
    #[arg(long, value_name = "FILE")]
    pub(crate) known_hosts: Option<PathBuf>,
    /// File with certificates (PEM) to trust beside the system's
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Proxy for http and https
    #[arg(long, value_name = "URL")]
    pub(crate) proxy: Option<String>,
}

/// What to follow; `main` if nothing is said.
#[derive(Debug, Args)]
#[group(multiple = false)]
pub(crate) struct Reference {
    /// Follow a branch [default: main]
    #[arg(long, value_name = "NAME")]
    pub(crate) branch: Option<String>,
    /// Follow a tag
    #[arg(long, value_name = "NAME")]
    pub(crate) tag: Option<String>,
    /// Follow the highest tag in a range, such as ">=1.2 <2"
    #[arg(long, value_name = "RANGE")]
    pub(crate) semver: Option<String>,
    /// Stay at a commit
    #[arg(long, value_name = "ID")]
    pub(crate) commit: Option<String>,
}

/// What may be done to the cluster.
#[derive(Debug, Args)]
#[command(next_help_heading = "Policy")]
pub(crate) struct Policy {
    /// How many objects one pass may prune [default: 10, or half of what is owned]
    #[arg(long, value_name = "COUNT")]
    pub(crate) prune_max: Option<usize>,
    /// Let the repository be empty where objects were before
    #[arg(long)]
    pub(crate) allow_empty: bool,
    /// Let objects of this protected kind be pruned, such as `Namespace` (repeatable)
    #[arg(long, value_name = "KIND")]
    pub(crate) allow_protected: Vec<String>,
    /// Prune nothing
    #[arg(long, conflicts_with_all = ["prune_max", "allow_empty", "allow_protected"])]
    pub(crate) no_prune: bool,
    /// When another manager owns a field that is wanted otherwise
    #[arg(long, value_enum, default_value_t, value_name = "POLICY")]
    pub(crate) conflicts: Conflicts,
    /// Which objects may be taken over that are there already
    #[arg(long, value_enum, default_value_t, value_name = "WHICH")]
    pub(crate) adopt: Adopt,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Conflicts {
    /// Take it
    #[default]
    Force,
    /// Leave the object alone and fail
    Fail,
    /// Leave the field alone and write the rest
    Yield,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Adopt {
    /// None but those that bear this app's mark
    None,
    /// Those that bear nobody's mark
    #[default]
    Unowned,
    /// Any, also from another app or tool
    All,
}

/// `90s`, `5m`, `1h`; a bare number is seconds.
fn duration(text: &str) -> Result<Duration, String> {
    let (number, unit) = match text.find(|c: char| !c.is_ascii_digit()) {
        Some(at) => text.split_at(at),
        None => (text, "s"),
    };
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        _ => 0,
    };
    match number.parse::<u64>().ok().and_then(|number| number.checked_mul(seconds)) {
        Some(seconds) if seconds > 0 => Ok(Duration::from_secs(seconds)),
        _ => Err("write it like 90s, 5m or 1h, and above zero".to_owned()),
    }
}
