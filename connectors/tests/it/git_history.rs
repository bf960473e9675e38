//! Every shape of history is landed whole, parents before children.

use crate::reading::{Landed, any_tags, read_git, sync_git};
use crate::repo::{Repo, START};
use serde_json::json;
use std::collections::HashSet;

/// Checks that what was landed is what git lists, each commit once and after its parents.
fn same_as_git(repo: &Repo, landed: &Landed) {
    let commits = landed.stream("commits");
    let listed = repo.git(&["rev-list", "--all", "HEAD"]);
    let listed: HashSet<&str> = listed.lines().collect();
    let mut seen = HashSet::new();
    for (sha, body) in &commits {
        for parent in body.get("parents").and_then(|p| p.as_array()).into_iter().flatten() {
            assert!(seen.contains(parent.as_str().unwrap()), "{sha} came before its parent {parent}");
        }
        assert!(seen.insert(sha.as_str()), "{sha} was landed twice");
    }
    assert_eq!(seen, listed);
}

#[tokio::test]
async fn a_linear_history_is_landed_oldest_first() {
    let repo = Repo::new();
    let ids = [repo.commit("one"), repo.commit("PAY-7: two\n\nmore"), repo.commit("three")];
    let landed = read_git(repo.path()).await;
    assert_eq!(landed.keys("commits"), ids);
    assert_eq!(
        landed.stream("commits")[1].1,
        json!({
            "sha": ids[1], "parents": [ids[0]], "title": "PAY-7: two", "work_item_keys": ["PAY-7"],
            "author": {"name": "Ada", "email": "Ada@Example.com"}, "authored": {"at": START + 180, "offset": 60},
            "committer": {"name": "Grace", "email": "grace@example.com"}, "committed": {"at": START + 180, "offset": 60},
        })
    );
    assert_eq!(landed.keys("identities"), ["ada@example.com", "grace@example.com"]);
    assert_eq!(
        landed.stream("repository")[0].1,
        json!({"name": "shop", "default_branch": "main", "default_sha": ids[2]})
    );
    same_as_git(&repo, &landed);
}

#[tokio::test]
async fn merges_octopuses_squashes_and_many_roots_are_landed_whole() {
    let repo = Repo::new();
    let base = repo.write("a", b"1");
    for branch in ["x", "y", "z"] {
        repo.git(&["checkout", "-q", "-b", branch, &base]);
        repo.write(branch, b"1");
    }
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["merge", "-q", "--no-ff", "-m", "octopus", "x", "y", "z"]);
    let octopus = repo.head();
    repo.git(&["checkout", "-q", "-b", "squashed", &base]);
    repo.write("s", b"1");
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["merge", "-q", "--squash", "squashed"]);
    repo.git(&["commit", "-q", "-m", "squash"]);
    repo.git(&["checkout", "-q", "--orphan", "second-root"]);
    repo.commit("another root");
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["merge", "-q", "--allow-unrelated-histories", "-m", "join", "second-root"]);

    let landed = read_git(repo.path()).await;
    same_as_git(&repo, &landed);
    let octopus = landed.stream("commits").into_iter().find(|(sha, _)| *sha == octopus).unwrap();
    assert_eq!(octopus.1["parents"].as_array().unwrap().len(), 4);
}

#[tokio::test]
async fn a_bare_repository_and_a_linked_worktree_are_the_same_connection() {
    let repo = Repo::new();
    repo.commit("one");
    repo.git(&["tag", "v1"]);
    let bare = repo.beside("shop.git");
    repo.git(&["clone", "-q", "--bare", repo.path().to_str().unwrap(), bare.to_str().unwrap()]);
    let tree = repo.beside("elsewhere");
    repo.git(&["worktree", "add", "-q", tree.to_str().unwrap(), "-b", "side"]);
    std::fs::create_dir(repo.path().join("src")).unwrap();
    let inner = repo.path().join("src");
    for path in [bare.as_path(), tree.as_path(), inner.as_path()] {
        let source = pulse_connectors::git::Repository::open(path, Default::default()).unwrap();
        assert_eq!(pulse_connectors::Source::connection(&source), "git:shop", "{}", path.display());
        let landed = read_git(path).await;
        assert_eq!(landed.keys("commits").len(), 1);
        assert_eq!(landed.stream("repository")[0].1["default_branch"], "main");
    }
}

#[tokio::test]
async fn the_mailmap_names_people_and_a_changed_one_lands_only_their_commits_again() {
    let repo = Repo::new();
    let bob = b"Bob <bob@example.com> 1600000000 +0000";
    let bob = repo.raw_commit(&[], bob, bob, b"\nbob\n");
    repo.git(&["reset", "-q", "--hard", &bob]);
    let ada = repo.write(".mailmap", b"Ada Lovelace <ada@lovelace.org> <ada@example.com>\n");
    let landed = read_git(repo.path()).await;
    assert_eq!(landed.stream("commits")[1].1["author"], json!({"name": "Ada Lovelace", "email": "ada@lovelace.org"}));

    std::fs::write(repo.path().join(".mailmap"), b"Ada L. <ada@lovelace.org> <ada@example.com>\n").unwrap();
    repo.git(&["add", "-A"]);
    repo.git(&["-c", "user.name=Bob", "commit", "-q", "-m", "rename"]);
    let rename = repo.head();
    landed.forget();
    sync_git(repo.path(), any_tags(), &landed).await.unwrap();
    let keys: HashSet<_> = landed.keys("commits").into_iter().collect();
    assert!(keys.contains(&ada) && keys.contains(&rename) && !keys.contains(&bob), "{keys:?}");
    let again = landed.stream("commits").into_iter().rfind(|(sha, _)| *sha == ada).unwrap();
    assert_eq!(again.1["author"]["name"], "Ada L.");
}

#[tokio::test]
async fn names_messages_and_dates_that_make_no_sense_are_landed_as_far_as_they_do() {
    let repo = Repo::new();
    let cases: [(&[u8], &[u8], &[u8]); 6] = [
        (b"J\xf6rg <j@example.com> 1700000000 +0100", b"J\xf6rg <j@example.com> 1700000000 +0100", b"\nGr\xfc\xdfe\n"),
        (
            b"J\xf6rg <j@example.com> 1700000000 +0100",
            b"x <x@y> 1700000000 +0100",
            b"encoding ISO-8859-1\n\nGr\xfc\xdfe\n",
        ),
        (b"x <x@y> 99999999999999999999 +0000", b"x <x@y> 253402300800 +0000", b"\nfuture\n"),
        (b"x <x@y> -1 +0000", b"x <x@y> 0 +9999", b"\npast\n"),
        (b" <> 1700000000 +0000", b"x <x@y> 1700000000 -0730", b"\n"),
        (b"x <x@y>", b"x <x@y> soon", b"\nno time\n"),
    ];
    let ids: Vec<_> =
        cases.iter().map(|(author, committer, rest)| repo.raw_commit(&[], author, committer, rest)).collect();
    for (n, id) in ids.iter().enumerate() {
        std::fs::write(repo.path().join(format!(".git/refs/heads/b{n}")), format!("{id}\n")).unwrap();
    }
    let landed = read_git(repo.path()).await;
    let commits = landed.stream("commits");
    let body = |n: usize| commits.iter().find(|(sha, _)| *sha == ids[n]).map(|(_, body)| body).unwrap();
    assert_eq!(commits.len(), cases.len());
    assert_eq!((&body(0)["author"]["name"], &body(0)["title"]), (&json!("J\u{fffd}rg"), &json!("Gr\u{fffd}\u{fffd}e")));
    assert_eq!((&body(1)["author"]["name"], &body(1)["title"]), (&json!("Jörg"), &json!("Grüße")));
    assert_eq!((&body(2)["authored"], &body(2)["committed"]), (&json!({}), &json!({})));
    assert_eq!((&body(3)["authored"], &body(3)["committed"]), (&json!({"at": -1, "offset": 0}), &json!({"at": 0})));
    assert_eq!((&body(4)["author"]["name"], &body(4)["committed"]["offset"]), (&json!(""), &json!(-450)));
    assert_eq!((&body(5)["authored"], &body(5)["committed"]), (&json!({}), &json!({})));
    // The rows come out whole too.
    assert_eq!(landed.rows("commits").len(), cases.len());
}
