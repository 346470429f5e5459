//! Chores of this workspace, as `cargo xtask …`.

mod assets;
mod builtin;
mod failure;
mod go;
mod internal;
mod mutants;
mod protobuf;
mod resources;

use clap::{Parser, Subcommand};
use std::{path::PathBuf, process::ExitCode};

/// Chores of this workspace.
#[derive(Debug, Parser)]
#[command(bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// Builds etcd, kube-apiserver, kube-controller-manager, kubectl, kwok and helm from Go modules and
    /// prints the folder that holds them, for KUBEBUILDER_ASSETS. Builds nothing that is there.
    Assets {
        /// Where to put them [default: gitops/assets/kubernetes-VERSION in the user's cache folder]
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
    /// Asks a fresh kube-apiserver what it serves and writes that to gitops-apiserver/data. The
    /// server is found as in tests, by KUBEBUILDER_ASSETS.
    Resources,
    /// Writes gitops-apiserver/data/types.txt: the Go types of the built-in kinds, and how a fresh
    /// kube-apiserver says that they merge.
    Builtin {
        /// Only builds the Go program that prints the types, for tests to compare with
        #[arg(long, value_name = "FILE")]
        program: Option<PathBuf>,
    },
    /// Writes how built-in kinds are laid out in protobuf to gitops-apiserver/data, from the Go types
    /// of the version that the test servers are built from.
    Protobuf,
    /// Writes gitops-apiserver/data/internal.txt: the types that the API server has in memory,
    /// which some of its messages show.
    Internal,
    /// Tests the tests of gitops-apiserver: plants each deviation of
    /// gitops-apiserver/tests/mutants.yaml in a copy of the workspace, and fails if the tests pass
    /// nevertheless.
    Mutants {
        /// Only those that have this in their words
        #[arg(default_value = "")]
        word: String,
    },
}

fn main() -> ExitCode {
    let done = match Cli::parse().chore {
        Chore::Assets { dir } => assets::build(dir).map(|folder| println!("{}", folder.display())),
        Chore::Resources => resources::record(),
        Chore::Builtin { program: Some(file) } => builtin::program(&file),
        Chore::Builtin { program: None } => builtin::record(),
        Chore::Protobuf => assets::kubernetes_version().and_then(protobuf::write),
        Chore::Internal => internal::record(),
        Chore::Mutants { word } => mutants::run(&word),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}
