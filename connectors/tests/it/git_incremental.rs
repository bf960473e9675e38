//! A second sync reads what is new, and nothing else.

use crate::reading::{Landed, any_tags, pages, read_git, sync_git};
use crate::repo::Repo;
use pulse_connectors::git::{GitSettings, Repository};
use serde_json::json;

#[tokio::test]
async fn nothing_is_landed_when_nothing_changed() {
    let repo = Repo::new();
    repo.commit("one");
    repo.git(&["tag", "v1"]);
    let landed = read_git(repo.path()).await;
    let report = sync_git(repo.path(), any_tags(), &landed).await.unwrap();
    assert_eq!((report.pages, report.payloads), (0, 0));
}

#[tokio::test]
async fn only_new_commits_are_landed() {
    let repo = Repo::new();
    let one = repo.commit("one");
    repo.commit("two");
    let landed = read_git(repo.path()).await;
    landed.forget();
    let three = repo.commit("three");
    // A branch that starts at an old commit brings its own commits only.
    repo.git(&["checkout", "-q", "-b", "side", &one]);
    let side = repo.commit("side");
    sync_git(repo.path(), any_tags(), &landed).await.unwrap();
    let mut keys = landed.keys("commits");
    keys.sort();
    let mut expected = [three, side];
    expected.sort();
    assert_eq!(keys, expected);
    assert_eq!(landed.keys("branches"), ["refs/heads/main", "refs/heads/side"]);
}

#[tokio::test]
async fn the_commit_that_the_default_branch_stands_at_is_landed_when_it_moves_and_is_that_of_the_remote() {
    let repo = Repo::new();
    let one = repo.commit("one");
    let landed = read_git(repo.path()).await;
    let stands_at =
        |landed: &Landed| landed.stream("repository").iter().map(|r| r.1["default_sha"].clone()).collect::<Vec<_>>();
    assert_eq!(stands_at(&landed), [json!(one)]);
    assert_eq!(landed.rows("repositories")[0].text("default_sha"), Some(one.as_str()));
    // Another branch moves nothing; the branch itself does.
    landed.forget();
    repo.git(&["branch", "side"]);
    sync_git(repo.path(), any_tags(), &landed).await.unwrap();
    assert!(stands_at(&landed).is_empty());
    let two = repo.commit("two");
    sync_git(repo.path(), any_tags(), &landed).await.unwrap();
    assert_eq!(stands_at(&landed), [json!(two)]);
    // What was committed here and not yet pushed is not on the branch that all merge into.
    let clone = repo.beside("clone");
    repo.git(&["clone", "-q", repo.path().to_str().unwrap(), clone.to_str().unwrap()]);
    repo.git(&["-C", clone.to_str().unwrap(), "commit", "-q", "--allow-empty", "-m", "three"]);
    assert_eq!(stands_at(&read_git(&clone).await), [json!(two)]);
}

#[tokio::test]
async fn tags_that_moved_or_went_are_landed_as_such() {
    let repo = Repo::new();
    repo.commit("one");
    repo.git(&["tag", "v1"]);
    repo.git(&["tag", "v2"]);
    repo.git(&["tag", "v3"]);
    let landed = read_git(repo.path()).await;
    landed.forget();
    let two = repo.commit("two");
    repo.git(&["tag", "-f", "v2"]);
    repo.git(&["tag", "-d", "v3"]);
    sync_git(repo.path(), any_tags(), &landed).await.unwrap();
    let tags = landed.stream("tags");
    assert_eq!(landed.keys("tags"), ["v2", "v3"]);
    assert_eq!((&tags[0].1["sha"], &tags[1].1), (&json!(two), &json!({"deleted": true})));
}

#[tokio::test]
async fn a_rewritten_branch_lands_its_new_commits_even_when_the_old_ones_are_gone() {
    let repo = Repo::new();
    let base = repo.commit("base");
    repo.commit("old");
    let landed = read_git(repo.path()).await;
    landed.forget();
    repo.git(&["reset", "-q", "--hard", &base]);
    let new = repo.commit("new");
    repo.git(&["reflog", "expire", "--expire=now", "--all"]);
    repo.git(&["gc", "-q", "--prune=now"]);
    sync_git(repo.path(), any_tags(), &landed).await.unwrap();
    let keys = landed.keys("commits");
    assert_eq!(keys.last(), Some(&new));
    // Nothing tells any more that the base was landed, so it may come again.
    assert!(keys.iter().all(|sha| *sha == new || *sha == base), "{keys:?}");
    landed.forget();
    assert_eq!(sync_git(repo.path(), any_tags(), &landed).await.unwrap().payloads, 0);
}

#[tokio::test]
async fn a_commit_that_claims_to_be_older_than_its_parents_is_not_missed() {
    let repo = Repo::new();
    let person = |at: i64| format!("x <x@y> {at} +0000").into_bytes();
    let base = repo.raw_commit(&[], &person(1_700_000_000), &person(1_700_000_000), b"\nbase\n");
    repo.git(&["reset", "-q", "--hard", &base]);
    let landed = read_git(repo.path()).await;
    landed.forget();
    let skewed = repo.raw_commit(&[&base], &person(5), &person(5), b"\nskewed\n");
    let next = repo.raw_commit(&[&skewed], &person(1_700_000_100), &person(1_700_000_100), b"\nnext\n");
    repo.git(&["reset", "-q", "--hard", &next]);
    sync_git(repo.path(), any_tags(), &landed).await.unwrap();
    assert_eq!(landed.keys("commits"), [skewed, next]);
}

#[tokio::test]
async fn a_first_sync_that_was_killed_goes_on_where_it_stood() {
    let repo = Repo::new();
    // More than one page, written as one stream so that it takes no time.
    let mut script = String::new();
    for n in 0..5_500 {
        let from = if n == 0 { String::new() } else { format!("from :{n}\n") };
        script += &format!(
            "commit refs/heads/main\nmark :{}\ncommitter x <x@y> {} +0000\ndata 1\nc\n{from}\n",
            n + 1,
            1_700_000_000 + n
        );
    }
    repo.git_at("1700000000 +0000", &["fast-import", "--quiet"], script.as_bytes());
    let open = || Repository::open(repo.path(), GitSettings::from_json(&any_tags()).unwrap()).unwrap();
    let all: Vec<_> = pages(open(), Default::default()).await.into_iter().map(Result::unwrap).collect();
    let commits = |page: &pulse_engine::land::Page| page.payloads.iter().filter(|p| p.stream == "commits").count();
    assert_eq!(all.iter().map(commits).collect::<Vec<_>>(), [5_000, 500, 0]);

    let rest: Vec<_> = pages(open(), all[0].cursors.clone()).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(rest.iter().map(commits).collect::<Vec<_>>(), [500, 0]);
    assert_eq!(rest.last().unwrap().cursors, all.last().unwrap().cursors);
}

/// Another repository in a folder named `shop`, with a commit of its own.
fn namesake() -> Repo {
    let repo = Repo::new();
    repo.git_at("1600000000 +0000", &["commit", "-q", "--allow-empty", "-m", "another"], b"");
    repo
}

#[tokio::test]
async fn another_repository_of_the_same_name_is_refused_before_anything_is_landed() {
    let (first, second) = (Repo::new(), namesake());
    first.commit("one");
    let landed = read_git(first.path()).await;
    let before = landed.payloads().len();
    // Other settings, too: not even they are landed.
    let error = sync_git(second.path(), json!({"files": true}), &landed).await.unwrap_err().to_string();
    let real = |repo: &Repo| std::fs::canonicalize(repo.path()).unwrap().display().to_string();
    for part in ["git:shop", "--name", &real(&first), &real(&second)] {
        assert!(error.contains(part), "{part} is missing in: {error}");
    }
    assert_eq!(landed.payloads().len(), before);
}

#[tokio::test]
async fn a_repository_that_was_moved_goes_on_and_is_known_by_its_new_place() {
    let (repo, second) = (Repo::new(), namesake());
    repo.commit("one");
    let landed = read_git(repo.path()).await;
    landed.forget();
    let moved = repo.beside("elsewhere/shop");
    std::fs::create_dir(repo.beside("elsewhere")).unwrap();
    std::fs::rename(repo.path(), &moved).unwrap();
    sync_git(&moved, any_tags(), &landed).await.unwrap();
    assert_eq!(landed.keys("commits"), [""; 0], "it is read again");
    let error = sync_git(second.path(), any_tags(), &landed).await.unwrap_err().to_string();
    assert!(error.contains("elsewhere"), "{error}");
}

#[tokio::test]
async fn a_worktree_and_its_repository_are_one() {
    let repo = Repo::new();
    repo.commit("one");
    let landed = read_git(repo.path()).await;
    let tree = repo.beside("tree");
    repo.git(&["worktree", "add", "-q", "--detach", tree.to_str().unwrap()]);
    sync_git(&tree, any_tags(), &landed).await.unwrap();
    sync_git(repo.path(), any_tags(), &landed).await.unwrap();
}

#[tokio::test]
async fn what_git_replace_puts_in_the_place_of_commits_is_landed_when_it_comes_and_when_it_goes() {
    let repo = Repo::new();
    let one = repo.commit("one");
    let two = repo.commit("two");
    let landed = read_git(repo.path()).await;
    repo.git(&["replace", "--graft", &two]);
    landed.forget();
    sync_git(repo.path(), any_tags(), &landed).await.unwrap();
    assert_eq!(landed.stream("commits"), read_git(repo.path()).await.stream("commits"));
    assert!(landed.stream("commits").iter().all(|(_, body)| body.get("parents").is_none()));
    assert_eq!(sync_git(repo.path(), any_tags(), &landed).await.unwrap().payloads, 0);

    repo.git(&["replace", "-d", &two]);
    landed.forget();
    sync_git(repo.path(), any_tags(), &landed).await.unwrap();
    assert_eq!(landed.keys("commits"), [one.clone(), two]);
    assert_eq!(landed.stream("commits")[1].1["parents"], json!([one]));
}

#[tokio::test]
async fn a_branch_that_went_is_landed_as_gone() {
    let repo = Repo::new();
    repo.commit("one");
    repo.git(&["branch", "side"]);
    let landed = read_git(repo.path()).await;
    landed.forget();
    repo.git(&["branch", "-D", "side"]);
    sync_git(repo.path(), any_tags(), &landed).await.unwrap();
    assert_eq!(landed.stream("branches"), [("refs/heads/side".to_owned(), json!({"deleted": true}))]);
}

#[tokio::test]
async fn a_detached_head_that_moves_brings_its_commits() {
    let repo = Repo::new();
    repo.commit("one");
    repo.git(&["checkout", "-q", "--detach"]);
    let two = repo.commit("two");
    let landed = read_git(repo.path()).await;
    assert!(landed.keys("commits").contains(&two));
    landed.forget();
    let three = repo.commit("three");
    sync_git(repo.path(), any_tags(), &landed).await.unwrap();
    assert_eq!(landed.keys("commits"), [three]);
}

#[tokio::test]
async fn pages_of_files_are_cut_at_their_size() {
    let repo = Repo::new();
    // 60 commits of 2,000 files each: about 10 MB of file lists.
    let mut script = String::new();
    for n in 0..60 {
        script += &format!("commit refs/heads/main\ncommitter x <x@y> {} +0000\ndata 1\nc\n", 1_700_000_000 + n);
        for file in 0..2_000 {
            script += &format!("M 644 inline some/folder/{}/file-{file}\ndata 2\n{n:02}\n", "x".repeat(20));
        }
    }
    repo.git_at("1700000000 +0000", &["fast-import", "--quiet"], script.as_bytes());
    let settings = json!({"deployments": {"tags": []}, "files": true});
    let source = Repository::open(repo.path(), GitSettings::from_json(&settings).unwrap()).unwrap();
    let all: Vec<_> = pages(source, Default::default()).await.into_iter().map(Result::unwrap).collect();
    let bytes = |page: &pulse_engine::land::Page| page.payloads.iter().map(|p| p.body.len()).sum::<usize>();
    assert!(
        all.len() > 2 && all.iter().all(|page| bytes(page) < 9 << 20),
        "{:?}",
        all.iter().map(bytes).collect::<Vec<_>>()
    );
}
