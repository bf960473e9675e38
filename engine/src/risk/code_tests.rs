//! The rules on code and operations, each by a case computed by hand and by one that is just not enough.

use super::testing::*;
use crate::calendar::{Calendar, Day};
use crate::metrics::tests::entity;
use crate::row::Row;

#[tokio::test]
async fn pull_requests_that_wait_for_review() {
    let rows = |waiting: usize| -> Vec<Row> {
        let mut rows = many(4, |n| {
            let row = pull_request(&format!("pr{n}"), 5);
            if n < waiting { row } else { row.set("first_review_at", ago(4)) }
        });
        rows.push(repository());
        // None of these is counted.
        rows.push(pull_request("bot", 9).set("by_bot", true));
        rows.push(pull_request("draft", 9).set("is_draft", true));
        rows.push(pull_request("left", 9).set("excluded", "repository deleted"));
        rows.push(pull_request("merged", 9).set("merged_at", ago(1)).set("closed_at", ago(1)).set("state", "merged"));
        rows.push(pull_request("later", -1));
        rows
    };
    let said = "In app 3 pull requests wait for a first review for more than 2 working days, of 4 that are open.";
    fires("review_bottleneck", &rows(3), "r1", 0.75, said, 3).await;
    is_silent("review_bottleneck", &rows(2)).await;
    // Those that nobody looked at for six weeks are forgotten: one of them, and two that wait are no sign.
    let mut old = rows(3);
    old[0] = pull_request("pr0", 43);
    is_silent("review_bottleneck", &old).await;
    old.push(pull_request("pr5", 5));
    let said = "In app 3 pull requests wait for a first review for more than 2 working days, of 4 that are open, besides 1 that is forgotten.";
    fires("review_bottleneck", &old, "r1", 0.75, said, 3).await;
    // Nor do those count as open that nobody has touched since their review of long ago.
    let reviewed = |n: usize, active: i64| {
        let row = pull_request(&format!("old{n}"), 90).set("first_review_at", ago(80));
        row.set("last_activity_at", ago(active))
    };
    let beside = [rows(3), many(6, |n| reviewed(n, 42))].concat();
    let said = "In app 3 pull requests wait for a first review for more than 2 working days, of 4 that are open, besides 6 that are forgotten.";
    fires("review_bottleneck", &beside, "r1", 0.75, said, 3).await;
    is_silent("review_bottleneck", &[rows(3), many(6, |n| reviewed(n, 41))].concat()).await;
    let fresh = many(4, |n| pull_request(&format!("pr{n}"), 1));
    is_silent("review_bottleneck", &fresh).await;
    // On Monday morning those of Friday have waited for a day on which people work, and those of Thursday for two.
    let opened = |days: i64| [many(4, |n| pull_request(&format!("pr{n}"), days)), vec![repository()]].concat();
    is_silent("review_bottleneck", &opened(3)).await;
    let said = "In app 4 pull requests wait for a first review for more than 2 working days, of 4 that are open.";
    fires("review_bottleneck", &opened(4), "r1", 1.0, said, 4).await;
    // Where people work on Sundays, too, those of Friday have.
    let mut calendar = Calendar::default();
    calendar.days.insert(Day::Sun);
    let found = ask_by("review_bottleneck", &opened(3), calendar).await.findings;
    assert_eq!(found.iter().map(|found| found.sentence.as_str()).collect::<Vec<_>>(), [said]);
}

fn changes(by: &[usize]) -> Vec<Row> {
    let mut rows = vec![repository()];
    for (author, n) in by.iter().enumerate() {
        rows.extend(many(*n, |n| {
            Row::new(entity("facts/changes"))
                .set("id", format!("c{author}-{n}"))
                .set("kind", "pull_request")
                .set("repository_id", "r1")
                .set("project_id", "p1")
                .set("author_id", format!("a{author}"))
                .set("merged_at", ago(1 + n as i64))
        }));
    }
    rows
}

#[tokio::test]
async fn knowledge_in_few_heads() {
    let rule = "knowledge_concentrated";
    let one = "12 of 20 changes to app in 180 days are by 1 person, of 3 who made any.";
    fires(rule, &changes(&[12, 5, 3]), "r1", 1.0, one, 12).await;
    // 9 of 20 are not half, 17 are.
    let two = "17 of 20 changes to app in 180 days are by 2 people, of 5 who made any.";
    fires(rule, &changes(&[9, 8, 1, 1, 1]), "r1", 0.5, two, 17).await;
    // Of three or four, two are as few as can be.
    is_silent(rule, &changes(&[8, 6, 6])).await;
    is_silent(rule, &changes(&[9, 8, 2, 1])).await;
    let alone = "20 of 20 changes to app in 180 days are by 1 person, of 1 who made any.";
    fires(rule, &changes(&[20]), "r1", 1.0, alone, 20).await;
    // 8 of 20 by two, 11 by three.
    is_silent(rule, &changes(&[4, 4, 3, 3, 3, 3])).await;
    is_silent(rule, &changes(&[19])).await;
    // A program's knowledge is nobody's.
    let mut rows = changes(&[12, 5, 3]);
    rows.push(Row::new(entity("facts/people")).set("id", "a0").set("is_bot", true));
    is_silent(rule, &rows).await;
}

#[tokio::test]
async fn a_commit_outside_of_a_pull_request_was_made_when_it_was_authored() {
    let rule = "knowledge_concentrated";
    // The first deployment, ten days ago, carried thirty commits of one of the authors.
    let history = |authored: i64| -> Vec<Row> {
        let commit = |n: usize| {
            Row::new(entity("facts/changes"))
                .set("id", format!("h{n}"))
                .set("kind", "commit")
                .set("repository_id", "r1")
                .set("project_id", "p1")
                .set("author_id", "a0")
                .set("first_commit_at", ago(authored))
                .set("deployed_at", ago(10))
                .set("excluded", "baseline")
        };
        [changes(&[4, 4, 3, 3, 3, 3]), many(30, commit)].concat()
    };
    is_silent(rule, &history(181)).await;
    let said = "34 of 50 changes to app in 180 days are by 1 person, of 6 who made any.";
    fires(rule, &history(20), "r1", 1.0, said, 34).await;
    // Nothing of them was ever deployed.
    let waiting = history(20).into_iter().map(|row| match row.text("author_id") {
        Some(_) => row.set("deployed_at", crate::row::Value::Null),
        None => row,
    });
    fires(rule, &waiting.collect::<Vec<_>>(), "r1", 1.0, said, 34).await;
}

fn deployments(late_failed: usize) -> Vec<Row> {
    let deployment = |id: String, on: i64, failed: bool| {
        Row::new(entity("facts/deployments"))
            .set("id", id)
            .set("repository_id", "r1")
            .set("project_id", "p1")
            .set("environment", "production")
            .set("is_production", true)
            .set("status", "succeeded")
            .set("finished_at", ago(on))
            .set("failed", failed)
    };
    let mut rows = many(10, |n| deployment(format!("l{n}"), 1 + n as i64, n < late_failed));
    rows.extend(many(20, |n| deployment(format!("b{n}"), 40 + n as i64, n < 2)));
    rows
}

#[tokio::test]
async fn a_change_fail_rate_that_rises() {
    // 0.7 after 0.1 is 1; d = 1/10 + 1/20, pooled 9 of 30, z = (0.6 − 0.075) / √(0.3 · 0.7 · 0.15) = 2.9580.
    let z = 0.525 / (0.3 * 0.7 * 0.15_f64).sqrt();
    let said = "70 % of the deployments in 28 days failed, after 10 % before.";
    fires("change_fail_rate_rising", &deployments(7), "p1", (z - 2.5) / 1.5, said, 7).await;
    // z = 0.325 / √(7/30 · 23/30 · 0.15) = 1.98.
    is_silent("change_fail_rate_rising", &deployments(5)).await;
    is_silent("change_fail_rate_rising", &deployments(7)[..10]).await;
    // Each project that has the repository has its deployments, each once.
    let both = [deployments(7), vec![scope("r1", "p1"), scope("r1", "p2")]].concat();
    let found = ask("change_fail_rate_rising", &both).await.findings;
    let told: Vec<_> = found.iter().map(|f| (f.subject_id.as_str(), f.evidence_count)).collect();
    assert_eq!(told, [("p1", 7), ("p2", 7)]);
}

#[tokio::test]
async fn incidents_that_take_the_time() {
    let incident = |id: &str, began: i64, resolved: Option<i64>| {
        Row::new(entity("facts/incidents"))
            .set("id", id)
            .set("project_id", "p1")
            .set("began_at", ago(began))
            .set("is_open", resolved.is_none())
            .set("resolved_at", resolved.map_or(crate::row::Value::Null, ago))
    };
    let mut rows = many(5, |n| incident(&format!("i{n}"), 10, Some(9)));
    rows.push(incident("open", 60, None));
    rows.push(incident("over", 60, Some(59)));
    // Its project or repository was deleted before it was resolved.
    rows.push(incident("left", 60, None).set("is_open", false));
    let said = "6 incidents began in 28 days or are still open; the oldest open one began on 2026-04-02.";
    fires("incident_load", &rows, "p1", 1.0 / 3.0, said, 6).await;
    let said = "5 incidents began in 28 days or are still open.";
    fires("incident_load", &rows[..5], "p1", 2.0 / 9.0, said, 5).await;
    // What was closed as none takes no time, and was taken for one until then.
    let with_none = |resolved: i64| {
        [rows[..5].to_vec(), vec![incident("none", 10, Some(resolved)).set("excluded", "abandoned")]].concat()
    };
    fires("incident_load", &with_none(1), "p1", 2.0 / 9.0, said, 5).await;
    let said = "6 incidents began in 28 days or are still open; the oldest open one began on 2026-05-22.";
    fires("incident_load", &with_none(-1), "p1", 1.0 / 3.0, said, 6).await;
    is_silent("incident_load", &rows[..3]).await;
    // What fails in a repository takes the time of each project that has it, as it counts among the incidents of each; and once in each.
    let shared: Vec<Row> = rows[..5].iter().map(|row| row.clone().set("repository_id", "r1")).collect();
    let found = ask("incident_load", &[shared, vec![scope("r1", "p1"), scope("r1", "p2")]].concat()).await.findings;
    let told: Vec<_> =
        found.iter().map(|f| (f.subject_id.as_str(), f.project_id.as_deref(), f.evidence_count)).collect();
    assert_eq!(told, [("p1", Some("p1"), 5), ("p2", Some("p2"), 5)]);
}

#[tokio::test]
async fn pull_requests_that_lie_idle() {
    let rows = |idle: usize| -> Vec<Row> {
        let mut rows =
            many(4, |n| pull_request(&format!("pr{n}"), 20).set("last_activity_at", ago(if n < idle { 8 } else { 6 })));
        rows.push(repository());
        // It is a draft again, and nobody is to touch it.
        rows.push(pull_request("draft", 20).set("is_draft", true).set("last_activity_at", ago(9)));
        rows
    };
    let said = "In app 3 pull requests have been idle for more than 5 working days, of 4 that are open.";
    fires("idle_pull_requests", &rows(3), "r1", 0.75, said, 3).await;
    is_silent("idle_pull_requests", &rows(2)).await;
    let mut old = rows(3);
    old[0] = old[0].clone().set("last_activity_at", ago(43));
    is_silent("idle_pull_requests", &old).await;
    old.extend(many(2, |n| pull_request(&format!("old{n}"), 60).set("last_activity_at", ago(42))));
    old.push(pull_request("pr5", 20).set("last_activity_at", ago(8)));
    let said = "In app 3 pull requests have been idle for more than 5 working days, of 4 that are open, besides 3 that are forgotten.";
    fires("idle_pull_requests", &old, "r1", 0.75, said, 3).await;
    // On a Monday morning, those of the Monday before have lain for all days from that one to Friday; those of Tuesday for four.
    let touched = |days: i64| -> Vec<Row> {
        let touched = many(4, |n| pull_request(&format!("pr{n}"), 20).set("last_activity_at", ago(days)));
        touched.into_iter().chain([repository()]).collect()
    };
    let said = "In app 4 pull requests have been idle for more than 5 working days, of 4 that are open.";
    fires("idle_pull_requests", &touched(7), "r1", 1.0, said, 4).await;
    is_silent("idle_pull_requests", &touched(6)).await;
    // With that Thursday and Friday off, five working days go back to the Thursday of the week before.
    let off = ["2026-05-28".parse().unwrap(), "2026-05-29".parse().unwrap()];
    let calendar = Calendar { holidays: off.into(), ..Calendar::default() };
    assert_eq!(ask_by("idle_pull_requests", &touched(10), calendar.clone()).await.findings, []);
    let found = ask_by("idle_pull_requests", &touched(11), calendar).await.findings;
    assert_eq!(found.iter().map(|found| found.sentence.as_str()).collect::<Vec<_>>(), [said]);
}

#[tokio::test]
async fn a_project_or_repository_that_was_deleted_has_no_risk() {
    let with = |mut rows: Vec<Row>, days: i64| -> Vec<Row> {
        let project = Row::new(entity("core/projects")).set("id", "p1").set("name", "Shop");
        rows.push(project.set("deleted_at", ago(days)));
        rows
    };
    let failing = ask("change_fail_rate_rising", &with(deployments(7), 1)).await;
    assert_eq!((failing.findings.len(), failing.projects.len()), (0, 0));
    // It was there at the instant.
    let before = ask("change_fail_rate_rising", &with(deployments(7), -1)).await;
    assert_eq!((before.findings.len(), before.projects.len()), (1, 1));
    // Its repository is at risk all the same, and so is the other project that has it.
    let of = |found: super::Found| -> Vec<Option<String>> {
        found.findings.iter().map(|finding| finding.project_id.clone()).collect()
    };
    assert_eq!(of(ask("flaky_builds", &with(builds(10, 1), 1)).await), [None::<String>]);
    let both = [builds(10, 1), vec![scope("r1", "p2")]].concat();
    assert_eq!(of(ask("flaky_builds", &with(both, 1)).await), [Some("p2".to_owned())]);
    let left = builds(10, 1).into_iter().map(|row| match row.text("id") {
        Some("r1") => row.set("deleted_at", ago(1)),
        _ => row,
    });
    is_silent("flaky_builds", &left.collect::<Vec<_>>()).await;
}

fn builds(commits: usize, flaky: usize) -> Vec<Row> {
    let build = |id: String, sha: usize, status: &str| {
        Row::new(entity("core/builds"))
            .set("id", id)
            .set("repository_id", "r1")
            .set("name", "test")
            .set("sha", format!("{sha:040}"))
            .set("status", status)
            .set("finished_at", ago(3))
    };
    let mut rows = many(commits, |n| build(format!("b{n}"), n, "failed"));
    rows.extend(many(flaky, |n| build(format!("again{n}"), n, "succeeded")));
    rows.push(repository());
    rows.push(
        Row::new(entity("core/project_scopes"))
            .set("id", "s1")
            .set("project_id", "p1")
            .set("scope_kind", "repository")
            .set("scope_id", "r1"),
    );
    rows
}

#[tokio::test]
async fn builds_that_answer_both_ways() {
    let said = "In app 1 of 10 builds both failed and succeeded on the same commit in 14 days.";
    fires("flaky_builds", &builds(10, 1), "r1", 0.2, said, 1).await;
    is_silent("flaky_builds", &builds(10, 0)).await;
    is_silent("flaky_builds", &builds(20, 1)).await;
    is_silent("flaky_builds", &builds(9, 5)).await;
    // Of those without a name nobody knows whether they are of one pipeline.
    let nameless = builds(10, 5).into_iter().map(|row| match row.text("sha") {
        Some(_) => row.set("name", crate::row::Value::Null),
        None => row,
    });
    is_silent("flaky_builds", &nameless.collect::<Vec<_>>()).await;
}

#[tokio::test]
async fn a_repository_of_several_projects_counts_to_each() {
    let mut rows = builds(10, 1);
    rows.push(
        Row::new(entity("core/project_scopes"))
            .set("id", "s2")
            .set("project_id", "p2")
            .set("scope_kind", "repository")
            .set("scope_id", "r1"),
    );
    let found = ask("flaky_builds", &rows).await;
    let of: Vec<_> = found.findings.iter().map(|f| (f.project_id.as_deref(), f.repository_id.as_deref())).collect();
    assert_eq!(of, [(Some("p1"), Some("r1")), (Some("p2"), Some("r1"))]);
    assert_eq!(found.projects.keys().collect::<Vec<_>>(), ["p1", "p2"]);
}
