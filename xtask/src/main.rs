//! Chores of this workspace, as `cargo xtask …`.

mod assets;
mod failure;
mod go;

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
    /// Builds etcd, kube-apiserver, kube-controller-manager, kubectl and kwok from Go modules and
    /// prints the folder that holds them, for KUBEBUILDER_ASSETS. Builds nothing that is there.
    Assets {
        /// Where to put them [default: gitops/assets/kubernetes-VERSION in the user's cache folder]
        #[arg(long, value_name = "DIR")]
        dir: Option<PathBuf>,
    },
}

fn main() -> ExitCode {
    let Cli { chore: Chore::Assets { dir } } = Cli::parse();
    match assets::build(dir) {
        Ok(folder) => {
            println!("{}", folder.display());
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("error: {failure}");
            ExitCode::FAILURE
        }
    }
}
