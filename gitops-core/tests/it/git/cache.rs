//! The copy on disk: restarts, damage, growth, neighbours.

use super::{main_of, of, small, snapshot, text};
use gitops_core::{reason, source::git::Reference, stage::Source};
use gitops_testkit::repo::{At, FakeRepo, Fault, RepoServer};
use std::{
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

fn generations(cache: &Path) -> Vec<PathBuf> {
    let mut dirs: Vec<PathBuf> = fs::read_dir(cache)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.is_dir())
        .collect();
    dirs.sort();
    dirs
}

fn packs(repo: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(repo.join("objects/pack")).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|it| it == "pack")).collect()
}

fn pack_requests(server: &RepoServer) -> usize {
    server.requests().iter().filter(|request| request.at == Some(At::Pack)).count()
}

#[tokio::test]
async fn an_unchanged_tip_costs_two_requests_and_a_commit_that_is_there_none() {
    let (repo, cache, _) = small();
    let server = RepoServer::start().await.unwrap();
    let url = server.serve("r", &repo);
    let source = main_of(&url, cache.path()).build().unwrap();
    let revision = source.resolve().await.unwrap();
    source.fetch(&revision).await.unwrap();
    let before = server.requests().len();
    assert_eq!(source.resolve().await.unwrap(), revision);
    assert_eq!(server.requests().len() - before, 2, "{:?}", server.requests());
    source.fetch(&revision).await.unwrap();
    assert_eq!(server.requests().len() - before, 2);

    // A restarted process knows it too.
    let restarted = main_of(&url, cache.path()).build().unwrap();
    assert_eq!(text(&restarted.fetch(&revision).await.unwrap(), "app/a.yaml"), "a: 1\n");
    assert_eq!(server.requests().len() - before, 2);
}

#[tokio::test]
async fn a_small_change_of_a_large_repository_transfers_little_and_history_nothing() {
    let (repo, cache) = (FakeRepo::new().unwrap(), TempDir::new().unwrap());
    for commit in 0..5 {
        for file in 0..200 {
            // Digests, which do not compress.
            let noise: String = (0..20)
                .map(|n| gitops_core::model::Digest::of(format!("{commit} {file} {n}")).to_string())
                .collect();
            repo.write(&format!("apps/{file:03}.yaml"), noise);
        }
        repo.commit("many").unwrap();
    }
    let server = RepoServer::start().await.unwrap();
    let source = main_of(&server.serve("r", &repo), cache.path()).build().unwrap();
    snapshot(&source).await;
    let first = server.sent();
    repo.write("apps/007.yaml", "changed: true\n").commit("one").unwrap();
    let files = snapshot(&source).await;
    let second = server.sent() - first;
    println!("first fetch {first} bytes of 5 commits, one file changed: {second} bytes");
    assert_eq!(text(&files, "apps/007.yaml"), "changed: true\n");
    // One commit of five, about 150 KiB packed; then a commit, two trees (200 entries) and a file.
    assert!(first < 400_000, "{first}");
    assert!(second < 20_000, "{second}");
    // Back to a commit that is here: nothing but the list.
    repo.reset(&repo.id("main^").unwrap()).unwrap();
    let before = pack_requests(&server);
    snapshot(&source).await;
    assert_eq!(pack_requests(&server), before);
}

#[tokio::test]
async fn the_cache_is_begun_anew_before_it_grows_and_old_snapshots_stay_whole() {
    let (repo, cache, _) = small();
    let source = main_of(&repo.url(), cache.path()).packs(4).build().unwrap();
    let early = snapshot(&source).await;
    for n in 0..30 {
        repo.write("app/a.yaml", format!("a: {n}\n")).commit("more").unwrap();
        assert_eq!(text(&snapshot(&source).await, "app/a.yaml"), format!("a: {n}\n"));
        let all: usize = generations(cache.path()).iter().map(|dir| packs(dir).len()).sum();
        // The current one, the one that the early snapshot holds, and one that could not be removed
        // yet: a process that is just being started holds all files for a moment.
        assert!(all <= 12, "{all} packs after {n} fetches: {:?}", generations(cache.path()));
        assert!(generations(cache.path()).len() <= 3);
    }
    assert_eq!(text(&early, "app/a.yaml"), "a: 1\n");
    drop(early);
    for n in 0..5 {
        repo.write("app/a.yaml", format!("b: {n}\n")).commit("more").unwrap();
        snapshot(&source).await;
    }
    assert!(generations(cache.path()).len() <= 2, "{:?}", generations(cache.path()));
}

#[tokio::test]
async fn a_damaged_cache_is_replaced_whatever_the_damage() {
    type Damage = fn(&Path, &Path);
    let damages: &[(&str, Damage)] = &[
        ("current is gone", |cache, _| fs::remove_file(cache.join("current")).unwrap()),
        ("current is nonsense", |cache, _| fs::write(cache.join("current"), "../../x y").unwrap()),
        ("current names nothing", |cache, _| {
            fs::write(cache.join("current"), "repo-99 x").unwrap()
        }),
        ("the repository is gone", |_, repo| fs::remove_dir_all(repo).unwrap()),
        ("the objects are gone", |_, repo| fs::remove_dir_all(repo.join("objects")).unwrap()),
        ("HEAD is empty", |_, repo| fs::write(repo.join("HEAD"), "").unwrap()),
        ("config is nonsense", |_, repo| fs::write(repo.join("config"), "[[[").unwrap()),
        ("a pack is empty", |_, repo| overwrite(&packs(repo)[0], b"")),
        ("a pack is zeros", |_, repo| {
            let length = fs::metadata(&packs(repo)[0]).unwrap().len() as usize;
            overwrite(&packs(repo)[0], &vec![0; length]);
        }),
        ("an index is cut", |_, repo| {
            let index = packs(repo)[0].with_extension("idx");
            let bytes = fs::read(&index).unwrap();
            overwrite(&index, &bytes[..bytes.len() / 2]);
        }),
        ("shallow is nonsense", |_, repo| fs::write(repo.join("shallow"), "zzz\n").unwrap()),
        ("a lock was left behind", |_, repo| {
            fs::write(repo.join("shallow.lock"), "").unwrap();
            fs::create_dir_all(repo.join("refs/gitops")).unwrap();
            fs::write(repo.join("refs/gitops/wanted.lock"), "").unwrap();
        }),
    ];
    for (name, damage) in damages {
        let (repo, cache, _) = small();
        drop(snapshot(&main_of(&repo.url(), cache.path()).build().unwrap()).await);
        damage(cache.path(), &generations(cache.path())[0]);
        // The same commit, and then a new one, by a process that knows nothing of it.
        let source = main_of(&repo.url(), cache.path()).build().unwrap();
        for content in ["a: 1\n", "a: 2\n"] {
            let id = repo.write("app/a.yaml", content).commit("next").unwrap();
            let revision = source.resolve().await.unwrap();
            assert_eq!(revision.id(), format!("sha1:{id}"));
            let mut result =
                source.fetch(&revision).await.and_then(|files| files.read("app/a.yaml"));
            if let Err(error) = &result {
                // Damage that only a read can find costs one attempt.
                assert_eq!(error.reason(), reason::CORRUPT, "{name}: {error}");
                result = source.fetch(&revision).await.and_then(|files| files.read("app/a.yaml"));
            }
            assert_eq!(result.unwrap(), content.as_bytes(), "{name}");
        }
        assert!(generations(cache.path()).len() <= 2, "{name}");
    }
}

/// gix makes packs read-only.
fn overwrite(path: &Path, bytes: &[u8]) {
    fs::remove_file(path).unwrap();
    fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn a_cache_of_another_url_is_not_taken_for_this_one() {
    let (repo, cache, id) = small();
    let other = FakeRepo::new().unwrap();
    other.write("other", "").commit("other").unwrap();
    snapshot(&main_of(&repo.url(), cache.path()).build().unwrap()).await;
    // A commit that only the first repository has must not come out of the cache.
    let pinned = of(&other.url(), Reference::commit(&id), cache.path()).build().unwrap();
    let revision = pinned.resolve().await.unwrap();
    let error = pinned.fetch(&revision).await.unwrap_err();
    assert_eq!(error.reason(), reason::REVISION_NOT_FOUND, "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_sources_share_one_cache() {
    let (repo, cache, _) = small();
    let ids: Vec<String> =
        (0..8).map(|n| repo.write("n", n.to_string()).commit("n").unwrap()).collect();
    let all = ids.iter().enumerate().map(|(n, id)| {
        let source = of(&repo.url(), Reference::commit(id), cache.path()).packs(3).build().unwrap();
        async move { assert_eq!(text(&snapshot(&source).await, "n"), n.to_string()) }
    });
    futures::future::join_all(all).await;
}

/// What the other process does in the test below.
#[tokio::test]
#[ignore = "run by processes_share_one_cache"]
async fn other_process() {
    let (Ok(url), Ok(cache)) = (std::env::var("GITOPS_IT_URL"), std::env::var("GITOPS_IT_CACHE"))
    else {
        return;
    };
    let source = main_of(&url, cache.as_ref()).packs(2).build().unwrap();
    for name in 0..10 {
        let branch = of(&url, Reference::branch(format!("b{name}")), cache.as_ref());
        let files = snapshot(&branch.packs(2).build().unwrap()).await;
        assert_eq!(text(&files, "n"), name.to_string());
        snapshot(&source).await;
    }
}

#[tokio::test]
async fn processes_share_one_cache() {
    let (repo, cache, _) = small();
    for n in 0..10 {
        repo.on(&format!("b{n}")).write("n", n.to_string()).commit("n").unwrap();
    }
    let held = snapshot(&main_of(&repo.url(), cache.path()).build().unwrap()).await;
    let others: Vec<_> = (0..3)
        .map(|_| {
            std::process::Command::new(std::env::current_exe().unwrap())
                .args(["--ignored", "--exact", "git::cache::other_process"])
                .env("GITOPS_IT_URL", repo.url())
                .env("GITOPS_IT_CACHE", cache.path())
                .stdout(std::process::Stdio::piped())
                .spawn()
                .unwrap()
        })
        .collect();
    for other in others {
        let output = other.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("1 passed"), "{said}");
    }
    // The others have swapped repositories many times; ours is still there.
    assert_eq!(text(&held, "app/a.yaml"), "a: 1\n");
}

#[tokio::test]
async fn a_failed_fetch_leaves_the_last_good_state() {
    let (repo, cache, _) = small();
    let server = RepoServer::start().await.unwrap();
    let source = main_of(&server.serve("r", &repo), cache.path()).build().unwrap();
    let good = source.resolve().await.unwrap();
    source.fetch(&good).await.unwrap();
    repo.write("app/a.yaml", "a: 2\n").commit("second").unwrap();
    let next = source.resolve().await.unwrap();
    for fault in [Fault::Truncate(40), Fault::Status(500, vec![]), Fault::LoginPage] {
        server.fault(At::Pack, fault);
        source.fetch(&next).await.unwrap_err();
        assert_eq!(text(&source.fetch(&good).await.unwrap(), "app/a.yaml"), "a: 1\n");
    }
}
