//! The merges of a branch as deployments: what a second sync knows is what a first one would.

use crate::reading::{Landed, sync_git};
use crate::repo::Repo;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// Merges a new branch, and gives the merge.
fn merge(repo: &Repo, branch: &str) -> String {
    let into = repo.git(&["symbolic-ref", "--short", "HEAD"]);
    repo.git(&["checkout", "-q", "-b", branch]);
    repo.commit(branch);
    repo.git(&["checkout", "-q", &into]);
    repo.git(&["merge", "-q", "--no-ff", "-m", &format!("Merge branch '{branch}'"), branch]);
    repo.head()
}

fn into(branch: &str) -> Value {
    json!({"deployments": {"tags": [], "merges": branch}})
}

/// The merges that stand after everything landed, each with its branch.
fn standing(landed: &Landed) -> BTreeMap<String, Value> {
    let all: BTreeMap<_, _> = landed.stream("merges").into_iter().collect();
    all.into_iter()
        .filter(|(_, body)| body["deleted"] != true)
        .map(|(sha, body)| (sha, body["branch"].clone()))
        .collect()
}

async fn as_read_anew(path: &Path, branch: &str, landed: &Landed) -> BTreeMap<String, Value> {
    sync_git(path, into(branch), landed).await.unwrap();
    let anew = Landed::default();
    sync_git(path, into(branch), &anew).await.unwrap();
    let standing = standing(landed);
    assert_eq!(standing, self::standing(&anew));
    standing
}

#[tokio::test]
async fn a_branch_that_was_renamed_keeps_its_merges() {
    let repo = Repo::new();
    repo.commit("base");
    repo.git(&["branch", "-m", "master"]);
    let first = merge(&repo, "one");
    let landed = Landed::default();
    sync_git(repo.path(), into("master"), &landed).await.unwrap();
    repo.git(&["branch", "-m", "main"]);
    let standing = as_read_anew(repo.path(), "main", &landed).await;
    assert_eq!(standing, BTreeMap::from([(first, json!("main"))]));
    assert_eq!(sync_git(repo.path(), into("main"), &landed).await.unwrap().payloads, 0);
}

#[tokio::test]
async fn another_branch_brings_the_merges_before_its_fork_and_drops_those_it_has_not() {
    let repo = Repo::new();
    repo.commit("base");
    let first = merge(&repo, "one");
    repo.git(&["branch", "release"]);
    let only_main = merge(&repo, "two");
    let landed = Landed::default();
    sync_git(repo.path(), into("main"), &landed).await.unwrap();
    repo.git(&["checkout", "-q", "release"]);
    let third = merge(&repo, "three");
    let standing = as_read_anew(repo.path(), "release", &landed).await;
    assert_eq!(standing.into_keys().collect::<Vec<_>>(), {
        let mut both = vec![first, third];
        both.sort();
        both
    });
    assert!(landed.stream("merges").contains(&(only_main, json!({"deleted": true}))));
    as_read_anew(repo.path(), "main", &landed).await;
}

#[tokio::test]
async fn merges_behind_the_edge_of_a_shallow_clone_come_when_the_rest_is_fetched() {
    let repo = Repo::new();
    repo.commit("base");
    let first = merge(&repo, "one");
    let second = merge(&repo, "two");
    let clone = repo.beside("clone");
    let url = format!("file://{}", repo.path().display());
    repo.git(&["clone", "-q", "--depth", "2", "--branch", "main", &url, clone.to_str().unwrap()]);
    let settings = json!({"deployments": {"tags": [], "merges": "main"}, "allow_shallow": true});
    let landed = Landed::default();
    sync_git(&clone, settings.clone(), &landed).await.unwrap();
    assert_eq!(landed.keys("merges"), std::slice::from_ref(&second));
    repo.git(&["-C", clone.to_str().unwrap(), "fetch", "-q", "--unshallow"]);
    landed.forget();
    sync_git(&clone, settings, &landed).await.unwrap();
    assert_eq!(landed.keys("merges"), [first, second]);
}

#[tokio::test]
async fn of_two_remotes_origin_is_where_merges_are_delivered() {
    let repo = Repo::new();
    repo.commit("base");
    merge(&repo, "one");
    let here = repo.head();
    repo.git(&["update-ref", "refs/remotes/origin/main", &here]);
    merge(&repo, "two");
    repo.git(&["update-ref", "refs/remotes/fork/main", "HEAD"]);
    let landed = Landed::default();
    sync_git(repo.path(), into("main"), &landed).await.unwrap();
    assert_eq!(landed.keys("merges"), [here]);
}

#[tokio::test]
async fn where_a_pipeline_fetched_the_usual_name_at_origin_is_the_default_branch() {
    let repo = Repo::new();
    repo.commit("base");
    repo.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
    repo.git(&["checkout", "-q", "-b", "some-change"]);
    repo.git(&["branch", "-D", "main"]);
    let landed = crate::reading::read_git(repo.path()).await;
    assert_eq!(landed.stream("repository")[0].1["default_branch"], "main");
}

#[tokio::test]
async fn merges_follow_the_first_parents_of_a_branch_and_leave_with_a_rewrite() {
    let repo = Repo::new();
    repo.commit("base");
    let merge = |branch: &str| merge(&repo, branch);
    let first = merge("one");
    let second = merge("hotfix/two");
    let settings = json!({"deployments": {"merges": "main"}});
    let landed = Landed::default();
    sync_git(repo.path(), settings.clone(), &landed).await.unwrap();
    assert_eq!(landed.keys("merges"), [first.clone(), second.clone()]);
    let kinds: Vec<_> = landed.rows("deployments").iter().map(|r| r.text("kind").unwrap().to_owned()).collect();
    assert_eq!(kinds, ["regular", "hotfix"]);

    landed.forget();
    let third = merge("three");
    sync_git(repo.path(), settings.clone(), &landed).await.unwrap();
    assert_eq!(landed.keys("merges"), std::slice::from_ref(&third));

    landed.forget();
    repo.git(&["reset", "-q", "--hard", &first]);
    let fourth = merge("four");
    sync_git(repo.path(), settings, &landed).await.unwrap();
    let merges = landed.stream("merges");
    assert_eq!(merges[0].0, fourth);
    let gone: Vec<_> = merges[1..].iter().map(|(sha, body)| (sha.as_str(), body["deleted"] == true)).collect();
    assert_eq!(gone, [(third.as_str(), true), (second.as_str(), true)]);
}
