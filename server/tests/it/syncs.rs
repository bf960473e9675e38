//! Syncs that follow one another into one lake.

use crate::commands::{err, out, pulse};
use serde_json::{Value, json};
use std::path::Path;
use std::process::{Command, Output};
use tempfile::TempDir;

/// A folder with a repository `shop`, of one commit of 10 January 2026 with two tags.
fn shop(tags: [&str; 2]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "--initial-branch", "main", "shop"]);
    git(folder.path(), &["-C", "shop", "commit", "--allow-empty", "--message", "Begin"]);
    tags.iter().for_each(|tag| drop(git(folder.path(), &["-C", "shop", "tag", tag])));
    folder
}

pub(crate) fn git(folder: &Path, args: &[&str]) -> String {
    let mut command = Command::new("git");
    command.current_dir(folder).args(["-c", "user.name=a", "-c", "user.email=a@example.com"]).args(args);
    command.env("GIT_AUTHOR_DATE", "2026-01-10T12:00:00Z").env("GIT_COMMITTER_DATE", "2026-01-10T12:00:00Z");
    let done = command.output().unwrap();
    assert!(done.status.success(), "{args:?}");
    out(&done).trim().to_owned()
}

/// A command that has to go well.
fn done(folder: &Path, args: &[&str]) -> Output {
    let output = pulse(folder, args);
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", err(&output));
    output
}

#[test]
fn a_repository_without_tags_is_reported_on_by_what_was_pushed_into_the_lake() {
    let folder = shop(["one", "two"]);
    let lake = format!("file://{}", folder.path().join("lake").display());
    let dora = ["--lake", &lake, "dora", "shop", "--since", "2026-01-01", "--until", "2026-02-01", "--json"];
    let nothing = pulse(folder.path(), &dora);
    assert_eq!(nothing.status.code(), Some(3), "{}", err(&nothing));

    let deployment = json!({
        "id": "push:ci:1", "repository_id": "git:shop:repository", "environment": "production", "is_production": true,
        "status": "succeeded", "sha": git(folder.path(), &["-C", "shop", "rev-parse", "HEAD"]),
        "finished_at": "2026-01-15T12:00:00Z",
    });
    std::fs::write(folder.path().join("deployments.ndjson"), format!("{deployment}\n")).unwrap();
    done(folder.path(), &["--lake", &lake, "push", "deployments", "deployments.ndjson", "--name", "ci"]);
    let report = done(folder.path(), &dora);
    assert!(err(&report).contains("note: ") && err(&report).contains("none of its 2 tags"), "{}", err(&report));
    let report: Value = serde_json::from_str(&out(&report)).unwrap();
    assert_eq!(report["metrics"][1]["groups"][0]["total"]["n"], 1);
    // In a lake in memory there is nothing but the repository.
    assert_eq!(pulse(folder.path(), &["dora", "shop"]).status.code(), Some(3));
}

#[test]
fn what_was_set_for_a_repository_stays_until_it_is_set_otherwise() {
    let folder = shop(["v1", "x1"]);
    let sync = |args: &[&str]| out(&done(folder.path(), &[&["sync", "shop"], args].concat()));
    let deployments = || {
        let query = "SELECT id FROM core.deployments WHERE deleted_at IS NULL ORDER BY id";
        out(&done(folder.path(), &["sql", "--format", "csv", query]))
    };
    assert!(!sync(&["--deployments", "x*"]).contains("as set before"));
    assert_eq!(deployments(), "id\ngit:shop:tag/x1\n");
    assert_eq!(sync(&[]), "shop: deployments: x*, as set before\nshop: nothing new\n");
    assert_eq!(deployments(), "id\ngit:shop:tag/x1\n");

    // A report on the same lake keeps to it, and says so beside its figures.
    let lake = format!("file://{}", folder.path().join(".pulse/lake").display());
    let report = done(folder.path(), &["--lake", &lake, "dora", "shop", "--json"]);
    assert!(err(&report).contains("note: shop: deployments: x*, as set before"), "{}", err(&report));

    let files = sync(&["--files"]);
    assert!(files.starts_with("shop: deployments: x*, as set before\n"), "{files}");
    let back = sync(&["--deployments", "v*"]);
    assert!(back.starts_with("shop: files: true, as set before\n"), "{back}");
    assert_eq!(deployments(), "id\ngit:shop:tag/v1\n");
    assert!(!sync(&["--files=false"]).contains("as set before"));
}

#[test]
fn another_repository_in_a_folder_of_that_name_needs_a_name_of_its_own() {
    let (folder, other) = (shop(["v1", "v2"]), shop(["v3", "v4"]));
    done(folder.path(), &["sync", "shop"]);
    let path = other.path().join("shop").display().to_string();
    let refused = pulse(folder.path(), &["sync", &path]);
    assert_eq!(refused.status.code(), Some(2), "{}", err(&refused));
    assert!(err(&refused).contains("--name") && err(&refused).contains("git:shop"), "{}", err(&refused));
    // Beside a good one, that one waits too: half of the work is not done.
    git(folder.path(), &["clone", "shop", "good"]);
    assert_eq!(pulse(folder.path(), &["sync", "good", &path]).status.code(), Some(2));
    done(folder.path(), &["sync", &path, "--name", "other"]);
    let query = "SELECT count(*) AS n FROM core.deployments WHERE deleted_at IS NULL";
    assert_eq!(out(&done(folder.path(), &["sql", "--format", "csv", query])), "n\n4\n");
}
