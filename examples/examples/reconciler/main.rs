//! A small complete command: keeps what a Git repository declares true on a Kubernetes cluster.
//!
//! `plan` shows what would change, `apply` makes it so once and waits until it works, `run` keeps
//! it so, `status` shows what is owned and how it is, `delete` takes it all away. Results go to
//! standard output, progress and errors to standard error.

mod apply;
mod cli;
mod delete;
mod output;
mod plan;
mod progress;
mod run;
mod status;
mod wiring;

use clap::{Parser, error::ErrorKind};
use cli::{Cli, Command};
use std::process::ExitCode;

/// What a command found, as its exit code says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    /// All is well, or was made so.
    Nothing,
    /// `plan` only: there is something to do.
    Changes,
    /// The command did what it could, and said what is missing.
    Trouble,
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help goes to standard output and is no failure. Wrong usage is 1: clap's own 2 would
            // read as "there are changes".
            let _ = error.print();
            let asked = matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
            return if asked { ExitCode::SUCCESS } else { ExitCode::FAILURE };
        }
    };
    let result = match cli.command {
        Command::Plan(args) => plan::plan(args).await,
        Command::Apply(args) => apply::apply(args).await,
        Command::Run(args) => run::run(args).await,
        Command::Status(args) => status::status(args).await,
        Command::Delete(args) => delete::delete(args).await,
    };
    match result {
        Ok(Found::Nothing) => ExitCode::SUCCESS,
        Ok(Found::Changes) => ExitCode::from(2),
        Ok(Found::Trouble) => ExitCode::FAILURE,
        Err(error) => {
            output::error(&error);
            ExitCode::FAILURE
        }
    }
}
