//! Tags become deployments and releases, as the settings say.

use crate::reading::{Landed, read_git, sync_git};
use crate::repo::{Repo, START};
use pulse_engine::row::{Row, Value};
use serde_json::json;

fn of<'a>(rows: &'a [Row], id: &str) -> &'a Row {
    rows.iter().find(|r| r.text("id") == Some(id)).unwrap()
}

#[tokio::test]
async fn a_tag_is_a_deployment_at_the_time_that_it_was_made() {
    let repo = Repo::new();
    let one = repo.commit("one");
    repo.git(&["tag", "v1.0.0"]);
    repo.git(&["tag", "-a", "-m", "Second\n\nnotes", "v1.1.0-rc.1"]);
    repo.git(&["tag", "-a", "-m", "over", "v1.0.0-rollback", "v1.1.0-rc.1"]);
    repo.git(&["tag", "nightly"]);
    repo.git(&["tag", "v-tree", "HEAD^{tree}"]);
    let landed = Landed::default();
    sync_git(repo.path(), json!({}), &landed).await.unwrap();
    assert_eq!(landed.keys("tags").len(), 5, "all tags are landed, whatever the settings say");

    let rows = landed.rows("deployments");
    assert_eq!(rows.len(), 3);
    // A light tag has no time of its own: its commit's counts. The commit was the second program run, minute 1.
    let light = of(&rows, "git:shop:tag/v1.0.0");
    assert_eq!(light.get("finished_at"), &Value::Time((START + 60) * 1_000_000));
    assert_eq!(light.text("sha"), Some(one.as_str()));
    assert_eq!((light.text("environment"), light.text("kind")), (Some("production"), Some("regular")));
    assert_eq!((light.text("inferred_from"), light.text("status")), (Some("tag"), Some("succeeded")));
    // Minutes: init 0, commit 1, rev-parse 2, tag 3, and the annotated tag 4.
    let annotated = of(&rows, "git:shop:tag/v1.1.0-rc.1");
    assert_eq!(annotated.get("finished_at"), &Value::Time((START + 240) * 1_000_000));
    assert_eq!(annotated.text("environment"), Some("pre-release"));
    assert_eq!(annotated.get("is_production"), &Value::Bool(false));
    let nested = of(&rows, "git:shop:tag/v1.0.0-rollback");
    assert_eq!((nested.text("kind"), nested.text("sha")), (Some("rollback"), Some(one.as_str())));

    let refs = landed.rows("refs");
    let leads = |id: &str| (of(&refs, id).text("kind"), of(&refs, id).text("sha"));
    assert_eq!(leads("git:shop:tag/nightly"), (Some("tag"), Some(one.as_str())), "whatever the settings say");
    assert_eq!(leads("git:shop:tag/v-tree"), (Some("tag"), None));
    assert_eq!(of(&refs, "git:shop:tag/v1.0.0").get("tagged_at"), &Value::Time((START + 60) * 1_000_000));
    let branch = refs.iter().find(|row| row.text("kind") == Some("branch")).unwrap();
    assert_eq!((branch.text("sha"), branch.get("tagged_at")), (Some(one.as_str()), &Value::Null));
    assert_eq!(refs.len(), 6);

    let releases = landed.rows("releases");
    assert_eq!(of(&releases, "git:shop:tag/v1.1.0-rc.1").text("name"), Some("Second"));
    assert_eq!(of(&releases, "git:shop:tag/v1.1.0-rc.1").get("is_prerelease"), &Value::Bool(true));
    assert_eq!(of(&releases, "git:shop:tag/v1.0.0").text("name"), Some("v1.0.0"));
}

#[tokio::test]
async fn a_commit_becomes_a_row_with_what_its_message_names() {
    let repo = Repo::new();
    let one = repo.write("a", b"1");
    repo.git(&["revert", "--no-edit", &one]);
    let revert = repo.head();
    repo.git(&["cherry-pick", "-x", &one]);
    let picked = repo.head();
    let landed = read_git(repo.path()).await;
    let rows = landed.rows("commits");
    let row = of(&rows, &format!("git:shop:{revert}"));
    assert_eq!(row.get("reverts"), &Value::Texts(vec![one.clone()]));
    assert_eq!(row.get("parents"), &Value::Texts(vec![one.clone()]));
    assert_eq!(row.text("author_id"), Some("git:shop:ada@example.com"));
    assert_eq!(row.text("repository_id"), Some("git:shop:repository"));
    assert_eq!(row.get("authored_offset"), &Value::Int(60));
    assert_eq!(of(&rows, &format!("git:shop:{picked}")).get("cherry_picked_from"), &Value::Texts(vec![one]));
    let people = landed.rows("identities");
    assert_eq!(of(&people, "git:shop:ada@example.com").text("email"), Some("Ada@Example.com"));
}
