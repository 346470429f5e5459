//! The real kubectl, unchanged, against both servers: the same words and the same exit codes.
//!
//! A script is a table of commands, one a line, played in a namespace of its own. `$NS` stands for
//! its name, `NAME=value` before a command for its environment, `< file` after it for its input;
//! files are in `files`, `$STRANGER` is the kubeconfig of somebody unknown, and `$TOKEN` the last
//! token that was printed. `UNORDERED=yes` marks what kubectl itself says in any order,
//! `EVENTUALLY=yes` what is asked again until it is done, `~` what is played but not compared, with
//! the reason above.

pub(crate) mod line;
pub(crate) mod mask;
pub(crate) mod play;

use gitops_testkit::server::{Assets, server_or_skip};
use play::{Side, play};

/// One test for each file in `scripts`.
macro_rules! scripts {
    ($($name:ident)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            let name = stringify!($name);
            let Some(server) = server_or_skip().await else { return };
            let kubectl = Assets::from_environment().find("kubectl").unwrap();
            let theirs = Side::real(&server, &kubectl, name).await;
            let ours = Side::memory(&kubectl, theirs.namespace()).await;
            play(name, &theirs, &ours).await;
        }
    )*};
}

scripts! {
    apply
    apply_server_side
    auth
    create
    custom
    delete
    describe
    diff
    edit
    explain
    get
    misc
    patch
    prune
    raw
    replace
    rollout
    scale
    set
    tokens
    wait
}

/// No script is forgotten.
#[test]
fn every_script_is_played() {
    let here = std::fs::read_to_string(play::folder().join("mod.rs")).unwrap();
    for file in std::fs::read_dir(play::folder().join("scripts")).unwrap() {
        let name = file.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned();
        assert!(here.lines().any(|line| line.trim() == name), "{name} is not in the list");
    }
}
