//! What cannot be read is said clearly, with a way out, and nothing is landed.

use crate::reading::{Landed, any_tags, sync_git};
use crate::repo::Repo;
use pulse_connectors::git::{self, GitSettings, Repository};
use serde_json::json;

async fn refusal(path: &std::path::Path, settings: serde_json::Value) -> String {
    let landed = Landed::default();
    let error = sync_git(path, settings, &landed).await.unwrap_err().to_string();
    assert!(landed.payloads().is_empty(), "something was landed before: {error}");
    error
}

#[tokio::test]
async fn a_folder_that_is_no_repository_is_said_to_be_none() {
    let folder = tempfile::TempDir::new().unwrap();
    let error = refusal(folder.path(), json!({})).await;
    assert!(error.contains("is not a git repository") && error.contains("name a folder"), "{error}");
}

#[tokio::test]
async fn a_folder_that_is_not_there_cannot_be_read() {
    let error = refusal("/nowhere/at/all".as_ref(), json!({})).await;
    assert!(error.contains("cannot read /nowhere/at/all") && error.contains("check that it exists"), "{error}");
}

#[tokio::test]
async fn a_repository_without_commits_is_empty() {
    let error = refusal(Repo::new().path(), json!({})).await;
    assert!(error.contains("has no commits yet"), "{error}");
}

#[tokio::test]
async fn a_shallow_clone_is_refused_until_the_gap_is_accepted() {
    let repo = Repo::new();
    repo.commit("one");
    repo.commit("two");
    let url = format!("file://{}", repo.path().display());
    let clone = repo.beside("clone");
    repo.git(&["clone", "-q", "--depth", "1", &url, clone.to_str().unwrap()]);
    let error = refusal(&clone, any_tags()).await;
    assert!(error.contains("shallow clone") && error.contains("fetch --unshallow"), "{error}");

    let settings = json!({"deployments": {"tags": []}, "allow_shallow": true});
    let landed = Landed::default();
    sync_git(&clone, settings.clone(), &landed).await.unwrap();
    let commits = landed.stream("commits");
    assert_eq!(commits.len(), 1);
    assert_eq!(commits[0].1.get("parents"), None, "the parent that was cut off is not there");

    // Once the rest is fetched all commits are landed, the one at the edge with its parent.
    repo.git(&["-C", clone.to_str().unwrap(), "fetch", "-q", "--unshallow"]);
    landed.forget();
    sync_git(&clone, settings, &landed).await.unwrap();
    let commits = landed.stream("commits");
    assert_eq!(commits.len(), 2);
    assert_eq!(commits[1].1["parents"], json!([commits[0].0]));
}

#[tokio::test]
async fn a_corrupt_object_is_named() {
    let repo = Repo::new();
    let broken = repo.commit("one");
    repo.commit("two");
    let file = repo.path().join(".git/objects").join(&broken[..2]).join(&broken[2..]);
    std::fs::remove_file(&file).unwrap();
    std::fs::write(&file, b"not an object").unwrap();
    let error = refusal(repo.path(), any_tags()).await;
    assert!(error.contains(&format!("object {broken} cannot be read")) && error.contains("fsck"), "{error}");
}

#[tokio::test]
async fn a_damaged_commit_is_found_before_anything_is_landed_even_with_a_commit_graph() {
    let repo = Repo::new();
    // More than a page before the damage.
    let mut script = String::new();
    for n in 0..5_500 {
        let from = if n == 0 { String::new() } else { format!("from :{n}\n") };
        let time = 1_600_000_000 + n;
        script +=
            &format!("commit refs/heads/main\nmark :{}\ncommitter x <x@y> {time} +0000\ndata 1\nc\n{from}\n", n + 1);
    }
    repo.git_at("1700000000 +0000", &["fast-import", "--quiet"], script.as_bytes());
    let broken = repo.commit("one");
    repo.commit("two");
    repo.git(&["commit-graph", "write", "--reachable"]);
    let file = repo.path().join(".git/objects").join(&broken[..2]).join(&broken[2..]);
    std::fs::remove_file(&file).unwrap();
    std::fs::write(&file, b"not an object").unwrap();
    let error = refusal(repo.path(), any_tags()).await;
    assert!(error.contains(&broken), "{error}");
}

#[tokio::test]
async fn a_repository_with_sha_256_ids_is_said_to_have_them() {
    let folder = tempfile::TempDir::new().unwrap();
    let made = std::process::Command::new("git")
        .args(["init", "-q", "--object-format=sha256"])
        .current_dir(folder.path())
        .status()
        .unwrap();
    assert!(made.success());
    let error = refusal(folder.path(), any_tags()).await;
    assert!(error.contains("uses SHA-256 object ids, which are not read yet"), "{error}");
}

#[tokio::test]
async fn a_folder_of_references_that_cannot_be_read_is_an_error() {
    let repo = Repo::new();
    repo.commit("one");
    std::fs::remove_dir_all(repo.path().join(".git/objects")).unwrap();
    std::fs::write(repo.path().join(".git/objects"), b"a file").unwrap();
    let error = refusal(repo.path(), any_tags()).await;
    assert!(error.contains("shop"), "{error}");
}

#[tokio::test]
async fn an_unborn_branch_is_no_matter_where_tags_have_commits() {
    let repo = Repo::new();
    let one = repo.commit("one");
    repo.git(&["tag", "v1"]);
    repo.git(&["symbolic-ref", "HEAD", "refs/heads/unborn"]);
    repo.git(&["branch", "-D", "main"]);
    let landed = crate::reading::read_git(repo.path()).await;
    assert_eq!(landed.keys("commits"), [one]);
}

#[tokio::test]
async fn objects_of_an_alternate_are_read() {
    let repo = Repo::new();
    let one = repo.commit("one");
    let clone = repo.beside("clone");
    repo.git(&["clone", "-q", "--shared", repo.path().to_str().unwrap(), clone.to_str().unwrap()]);
    let landed = crate::reading::read_git(&clone).await;
    assert_eq!(landed.keys("commits"), [one]);
}

#[tokio::test]
async fn tags_whose_names_are_no_text_stay_two() {
    use std::os::unix::ffi::OsStrExt as _;
    let repo = Repo::new();
    let one = repo.commit("one");
    for name in [&b"v\xff"[..], b"v\xfe"] {
        let path = repo.path().join(".git/refs/tags").join(std::ffi::OsStr::from_bytes(name));
        std::fs::write(path, format!("{one}\n")).unwrap();
    }
    let landed = Landed::default();
    sync_git(repo.path(), json!({}), &landed).await.unwrap();
    assert_eq!(landed.keys("tags"), ["v\\xFE", "v\\xFF"]);
    assert_eq!(landed.rows("deployments").len(), 2);
}

#[tokio::test]
async fn a_tag_on_a_missing_object_is_named() {
    let repo = Repo::new();
    repo.commit("one");
    std::fs::write(repo.path().join(".git/refs/tags/v1"), format!("{}\n", "1".repeat(40))).unwrap();
    let error = refusal(repo.path(), any_tags()).await;
    assert!(error.contains(&"1".repeat(40)) && error.contains("refs/tags/v1"), "{error}");
}

fn hint(repo: &Repo, settings: serde_json::Value) -> Option<String> {
    let source = Repository::open(repo.path(), GitSettings::from_json(&settings).unwrap()).unwrap();
    git::no_deployments(&source).unwrap().map(|error| error.to_string())
}

#[tokio::test]
async fn tags_that_do_not_match_are_counted_under_the_pattern_that_would() {
    let repo = Repo::new();
    repo.commit("one");
    repo.git(&["tag", "1.0.0"]);
    repo.git(&["tag", "1.1.0"]);
    let error = hint(&repo, json!({})).unwrap();
    assert!(error.contains("none of its 2 tags matches `v*`") && error.contains("`[0-9]*` would match 2"), "{error}");
    assert!(error.contains("merges into `main`"), "{error}");
    let settings = json!({"deployments": {"tags": ["[0-9]*"]}});
    assert_eq!(hint(&repo, settings.clone()), None);
    let landed = Landed::default();
    sync_git(repo.path(), settings, &landed).await.unwrap();
    assert_eq!(landed.rows("deployments").len(), 2);
}

#[tokio::test]
async fn without_a_tag_there_is_nothing_that_stands_for_a_deployment() {
    let repo = Repo::new();
    repo.commit("one");
    let error = hint(&repo, json!({})).unwrap();
    assert!(error.contains("has no tags") && error.contains("tag what was deployed"), "{error}");
    assert_eq!(hint(&repo, any_tags()), None, "none were asked for");
    repo.git(&["tag", "v1.0-rc1"]);
    let error = hint(&repo, json!({})).unwrap();
    assert!(error.contains("all of its tags that match `v*` are pre-releases"), "{error}");
    repo.git(&["tag", "-d", "v1.0-rc1"]);
    // The history is landed all the same: its deployments may be pushed, or come later.
    let landed = Landed::default();
    sync_git(repo.path(), json!({}), &landed).await.unwrap();
    assert_eq!(landed.keys("commits").len(), 1);
}

#[tokio::test]
async fn a_branch_for_merges_that_is_not_there_is_named_beside_those_that_are() {
    let repo = Repo::new();
    repo.commit("one");
    // Nothing is landed, so that the settings do not stay either.
    let error = refusal(repo.path(), json!({"deployments": {"merges": "live"}})).await;
    assert!(error.contains("no branch matches `live`; there are: main"), "{error}");
}
