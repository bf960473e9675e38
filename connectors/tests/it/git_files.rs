//! The files that commits changed, with line counts, when they are asked for.

use crate::reading::{Landed, read_git, sync_git};
use crate::repo::Repo;
use serde_json::{Value, json};
use std::path::Path;

/// The files of each commit, oldest first.
async fn files(path: &Path) -> Vec<Value> {
    let landed = Landed::default();
    sync_git(path, json!({"deployments": {"tags": []}, "files": true}), &landed).await.unwrap();
    landed.stream("commit_files").into_iter().map(|(_, body)| body["files"].clone()).collect()
}

#[tokio::test]
async fn a_file_in_the_place_of_a_submodule_is_new_and_a_submodule_has_no_lines() {
    let repo = Repo::new();
    let one = repo.write("a", b"1\n");
    repo.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{one},lib")]);
    repo.git(&["commit", "-q", "-m", "submodule"]);
    repo.git(&["rm", "-q", "--cached", "lib"]);
    repo.write("lib", b"1\n2\n");
    std::fs::remove_file(repo.path().join("lib")).unwrap();
    repo.git(&["rm", "-q", "--cached", "lib"]);
    repo.git(&["update-index", "--add", "--cacheinfo", &format!("160000,{one},lib")]);
    repo.git(&["commit", "-q", "-m", "submodule again"]);
    assert_eq!(
        files(repo.path()).await,
        [
            json!([{"path": "a", "change": "added", "additions": 1, "deletions": 0}]),
            json!([]),
            json!([{"path": "lib", "change": "added", "additions": 2, "deletions": 0}]),
            json!([{"path": "lib", "change": "deleted", "additions": 0, "deletions": 2}]),
        ]
    );
}

#[tokio::test]
async fn in_a_partial_clone_files_without_contents_have_no_counts() {
    let repo = Repo::new();
    repo.write("a", b"1\n");
    repo.git(&["mv", "a", "b"]);
    repo.git(&["commit", "-q", "-m", "move"]);
    repo.write("b", b"1\n2\n");
    repo.git(&["config", "uploadpack.allowFilter", "true"]);
    let clone = repo.beside("clone");
    let url = format!("file://{}", repo.path().display());
    repo.git(&["clone", "-q", "--bare", "--filter=blob:none", &url, clone.to_str().unwrap()]);
    assert_eq!(
        files(&clone).await,
        [
            json!([{"path": "a", "change": "added"}]),
            json!([{"path": "b", "previous": "a", "change": "renamed"}]),
            json!([{"path": "b", "change": "modified"}]),
        ]
    );
}

#[tokio::test]
async fn a_big_file_has_no_counts() {
    let repo = Repo::new();
    repo.write("big", &b"0123456789abcde\n".repeat((16 << 16) + 1));
    assert_eq!(files(repo.path()).await, [json!([{"path": "big", "change": "added"}])]);
}

#[tokio::test]
async fn files_are_landed_with_line_counts_when_asked_for() {
    let repo = Repo::new();
    repo.write("a.txt", b"one\ntwo\nthree\nfour\nfive\n");
    repo.write("img.bin", &[0, 1, 2, 0]);
    repo.git(&["mv", "a.txt", "dir.txt"]);
    repo.write("dir.txt", b"one\ntwo\nTHREE\nfour\nfive\nsix\n");
    repo.git(&["rm", "-q", "img.bin"]);
    repo.commit("gone");
    let landed = Landed::default();
    sync_git(repo.path(), json!({"deployments": {"tags": []}, "files": true}), &landed).await.unwrap();
    let files: Vec<_> = landed.stream("commit_files").into_iter().map(|(_, body)| body["files"].clone()).collect();
    assert_eq!(
        files,
        [
            json!([{"path": "a.txt", "change": "added", "additions": 5, "deletions": 0}]),
            json!([{"path": "img.bin", "change": "added"}]),
            json!([{"path": "dir.txt", "previous": "a.txt", "change": "renamed", "additions": 2, "deletions": 1}]),
            json!([{"path": "img.bin", "change": "deleted"}]),
        ]
    );
    assert_eq!(landed.stream("commits")[2].1["changed"], json!({"additions": 2, "deletions": 1, "files": 1}));
}

#[tokio::test]
async fn files_asked_for_later_are_landed_for_all_commits() {
    let repo = Repo::new();
    repo.write("a", b"1\n");
    repo.write("b", b"1\n");
    let landed = read_git(repo.path()).await;
    assert!(landed.keys("commit_files").is_empty());
    sync_git(repo.path(), json!({"deployments": {"tags": []}, "files": true}), &landed).await.unwrap();
    assert_eq!(landed.keys("commit_files").len(), 2);
}
