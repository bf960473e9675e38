//! The rules on teams, each by a case computed by hand and by those that are just not enough, and who sees what they found.

use super::run_tests::{frozen, lake};
use super::testing::*;
use super::{RiskFilter, Status, Subject, evidence, of_teams, rules, said, standing};
use crate::Policy;
use crate::lake::{Seen, TenantLake, TenantTable};
use crate::metrics::tests::entity;
use crate::row::{Row, Value};
use crate::session::{Limits, Session};

const WIP: &str = "team_wip_over_limit";
const REVIEWS: &str = "reviews_on_one_person";

fn team() -> Row {
    Row::new(entity("core/teams")).set("id", "t1").set("name", "Blue")
}

/// Asserts that a rule finds something of these teams alone, which counts to no project: subject, sentence and rows of evidence, and that all
/// have that score.
async fn found_of(rule: &str, rows: &[Row], score: f64, told: &[(&str, &str, usize)]) {
    let found = ask(rule, rows).await.findings;
    let all: Vec<_> = found.iter().map(|f| (f.subject_id.as_str(), f.sentence.as_str(), f.evidence_count)).collect();
    assert_eq!(all, told, "{rule}");
    for finding in &found {
        assert_eq!((finding.subject, finding.project_id.as_deref()), (Subject::Team, None));
        assert_eq!(finding.team_id.as_deref(), Some(finding.subject_id.as_str()));
        assert!((finding.score - score).abs() < 1e-9, "{rule}: {} is not {score}", finding.score);
    }
}

/// Items in progress of a team, one for each owner, three to a project.
fn begun(team: &str, owners: &[&str]) -> Vec<Row> {
    let of = |(n, owner): (usize, &&str)| {
        let [item, stay] = doing(&format!("{team}/i{n}"), owner, 3);
        [item.set("team_id", team).set("project_id", format!("p{}", n / 3)), stay]
    };
    owners.iter().enumerate().flat_map(of).collect()
}

const NINE: [&str; 9] = ["ann", "ben", "cem", "ann", "ben", "cem", "ann", "ben", "cem"];

#[tokio::test]
async fn a_team_with_more_in_progress_than_its_people_carry() {
    let mut rows = begun("t1", &NINE);
    rows.push(team());
    let said = "The team Blue has 9 items in progress for 3 people, where 2 for each are the limit.";
    // 3 for each: a third of the way from 2 to 5. In each of three projects there are three, which is not much.
    found_of(WIP, &rows, 1.0 / 3.0, &[("t1", said, 9)]).await;
    is_silent("wip_over_limit", &rows).await;
    // Who finished something of late can carry something: 9 for 5.
    rows.extend(many(2, |n| {
        done(item(&format!("d{n}"), 20), 5).set("assignee_id", format!("h{n}")).set("team_id", "t1")
    }));
    is_silent(WIP, &rows).await;
    let one = "The team t1 has 5 items in progress for 1 person, where 2 for each are the limit.";
    found_of(WIP, &begun("t1", &["ann"; 5]), 1.0, &[("t1", one, 5)]).await;
}

#[tokio::test]
async fn a_team_at_its_limit_or_of_which_too_little_is_known_is_no_risk() {
    is_silent(WIP, &[]).await;
    is_silent(WIP, &begun("t1", &["ann"; 4])).await;
    is_silent(WIP, &begun("t1", &NINE[..6])).await;
    // Of no team, and assigned to nobody.
    for column in ["team_id", "assignee_id"] {
        let without = |row: Row| if row.text("id").is_some() { row.set(column, Value::Null) } else { row };
        is_silent(WIP, &begun("t1", &NINE).into_iter().map(without).collect::<Vec<_>>()).await;
    }
    let forgotten: Vec<Row> = (0..9).flat_map(|n| doing(&format!("f{n}"), "ann", 85)).collect();
    let of_it = |row: Row| if row.text("id").is_some() { row.set("team_id", "t1") } else { row };
    is_silent(WIP, &forgotten.into_iter().map(of_it).collect::<Vec<_>>()).await;
    // Two teams that are the same are told of one after the other.
    let both = [begun("t2", &["ann"; 5]), begun("t1", &["ben"; 5])].concat();
    let told =
        |team: &str| format!("The team {team} has 5 items in progress for 1 person, where 2 for each are the limit.");
    found_of(WIP, &both, 1.0, &[("t1", told("t1").as_str(), 5), ("t2", told("t2").as_str(), 5)]).await;
}

/// As many reviews of the team `t1` by each person, a day ago.
fn reviews(by: &[(&str, usize)]) -> Vec<Row> {
    let of = |(who, n): &(&str, usize)| {
        many(*n, |n| {
            Row::new(entity("facts/reviews"))
                .set("id", format!("{who}{n}"))
                .set("pull_request_id", "pr1")
                .set("repository_id", "r1")
                .set("team_id", "t1")
                .set("reviewer_id", *who)
                .set("submitted_at", ago(1))
        })
    };
    by.iter().flat_map(of).collect()
}

#[tokio::test]
async fn a_team_whose_reviews_are_by_one_person() {
    let mut rows = reviews(&[("ann", 14), ("ben", 4), ("cem", 2)]);
    rows.push(team());
    // 0.7 is half of the way from 0.5 to 0.9.
    let said = "14 of 20 reviews by the team Blue in 84 days are by one person, of 3 who review or open pull requests.";
    found_of(REVIEWS, &rows, 0.5, &[("t1", said, 14)]).await;
    // What is excluded, later, long ago, by nobody known or by no team changes nothing.
    let other = |id: &str| reviews(&[("ben", 1)]).remove(0).set("id", id);
    rows.push(other("own").set("excluded", "own"));
    rows.push(other("later").set("submitted_at", ago(-1)));
    rows.push(other("old").set("submitted_at", ago(84)));
    rows.push(other("nobody").set("reviewer_id", Value::Null));
    rows.push(other("elsewhere").set("team_id", Value::Null));
    rows.push(pull_request("bot", 5).set("team_id", "t1").set("author_id", "bot").set("by_bot", true));
    rows.push(pull_request("old", 84).set("team_id", "t1").set("author_id", "dan"));
    found_of(REVIEWS, &rows, 0.5, &[("t1", said, 14)]).await;
    // One who opens pull requests and reviews none is one more who could.
    rows.push(pull_request("pr1", 5).set("team_id", "t1").set("author_id", "dan"));
    let four = said.replace("of 3 who", "of 4 who");
    found_of(REVIEWS, &rows, 0.5, &[("t1", four.as_str(), 14)]).await;
}

#[tokio::test]
async fn reviews_that_are_shared_or_few_or_of_two_people_are_no_risk() {
    is_silent(REVIEWS, &[]).await;
    // Half is not more than half, by one or by either of two.
    is_silent(REVIEWS, &reviews(&[("ann", 10), ("ben", 5), ("cem", 5)])).await;
    let mut tied = reviews(&[("ann", 10), ("ben", 10)]);
    tied.push(pull_request("pr1", 5).set("team_id", "t1").set("author_id", "cem"));
    is_silent(REVIEWS, &tied).await;
    is_silent(REVIEWS, &reviews(&[("ann", 17), ("ben", 1), ("cem", 1)])).await;
    let mut two = reviews(&[("ann", 19), ("ben", 1)]);
    is_silent(REVIEWS, &two).await;
    two.push(pull_request("pr1", 5).set("team_id", "t1").set("author_id", "cem"));
    let said = "19 of 20 reviews by the team t1 in 84 days are by one person, of 3 who review or open pull requests.";
    found_of(REVIEWS, &two, 1.0, &[("t1", said, 19)]).await;
}

/// A lake of two teams that are both over their limits, the second further, in projects that others own.
async fn frozen_lake() -> TenantLake {
    let mut rows = [begun("t1", &NINE), begun("t2", &["dan"; 5]), vec![team()]].concat();
    rows.push(Row::new(entity("core/projects")).set("id", "p0").set("name", "Shop").set("team_id", "t3"));
    let lake = lake(&rows).await;
    frozen(&lake, 0).await;
    lake
}

fn session(lake: &TenantLake, policy: &Policy) -> Session {
    Session::build(TenantTable::all(lake, &Seen::default()), lake.runtime(), Limits::default(), policy).unwrap()
}

#[tokio::test]
async fn what_is_found_of_a_team_stands_beside_the_projects_and_is_seen_with_the_team_alone() {
    let lake = frozen_lake().await;
    let seen = async |policy: Policy| {
        let risks = of_teams(&session(&lake, &policy), &RiskFilter::default()).await.unwrap();
        risks.into_iter().map(|risk| risk.team_id).collect::<Vec<_>>()
    };
    assert_eq!(seen(Policy::everything()).await, ["t2", "t1"]);
    assert_eq!(seen(Policy::only(["t1"], [])).await, ["t1"]);
    assert!(seen(Policy::only([], ["p0"])).await.is_empty());
    assert!(seen(Policy::only(["t3"], [])).await.is_empty());
    let everything = session(&lake, &Policy::everything());
    let risks = of_teams(&everything, &RiskFilter::default()).await.unwrap();
    assert_eq!((risks[0].score, risks[0].team.as_deref(), risks[1].team.as_deref()), (1.0, None, Some("Blue")));
    assert_eq!((risks[1].day.as_str(), risks[1].found_at), ("2026-06-01", now()));
    let found: Vec<_> = risks[1].findings.iter().map(|f| (f.rule.as_str(), f.evidence_count, f.contribution)).collect();
    assert_eq!(found, [(WIP, 9, 0.0)]);
    // No project's risk is made of it.
    let projects = standing(&everything, &RiskFilter::default()).await.unwrap();
    assert!(projects.iter().all(|risk| risk.findings.iter().all(|finding| finding.rule != WIP)), "{projects:?}");
}

#[tokio::test]
async fn the_rows_that_show_a_finding_are_told_to_whoever_sees_it() {
    let lake = frozen_lake().await;
    let told = async |policy: Policy, rule: &str, subject: &str, project: Option<&str>| {
        let shown = evidence(&session(&lake, &policy), rule, subject, project).await;
        shown.map(|rows| rows.into_iter().map(|row| (row.id, row.title)).collect::<Vec<_>>())
    };
    let nine: Vec<_> = (0..9).map(|n| (format!("t1/i{n}"), Some(format!("t1/i{n}")))).collect();
    assert_eq!(told(Policy::everything(), WIP, "t1", None).await.unwrap(), nine);
    assert_eq!(told(Policy::only(["t1"], []), WIP, "t1", None).await.unwrap(), nine);
    assert!(told(Policy::only(["t2"], []), WIP, "t1", None).await.unwrap().is_empty());
    // It counts to no project, of another rule nothing stands, and there are rules only that there are.
    assert!(told(Policy::everything(), WIP, "t1", Some("p0")).await.unwrap().is_empty());
    assert!(told(Policy::everything(), REVIEWS, "t1", None).await.unwrap().is_empty());
    let refused = told(Policy::everything(), "own", "t1", None).await.unwrap_err().to_string();
    assert!(refused.contains("no risk rule `own`"), "{refused}");
}

#[tokio::test]
async fn each_kind_of_row_that_shows_a_finding_has_a_name() {
    let everything = session(&lake(&[]).await, &Policy::everything());
    for rule in rules().unwrap() {
        let names = format!("SELECT named_id, title, url FROM ({}) AS named", rule.evidence.names());
        assert!(everything.collect(&names).await.is_ok(), "{}", rule.name);
    }
}

#[tokio::test]
async fn teams_are_filtered_by_name_and_have_neither_project_nor_status() {
    let lake = frozen_lake().await;
    let everything = session(&lake, &Policy::everything());
    let of = async |filter: RiskFilter| of_teams(&everything, &filter).await.unwrap().len();
    assert_eq!(of(RiskFilter { teams: vec!["Blue".into()], ..RiskFilter::default() }).await, 1);
    assert_eq!(of(RiskFilter { teams: vec!["t3".into()], ..RiskFilter::default() }).await, 0);
    assert_eq!(of(RiskFilter { projects: vec!["Shop".into()], ..RiskFilter::default() }).await, 0);
    assert_eq!(of(RiskFilter { status: Some(Status::OnTrack), ..RiskFilter::default() }).await, 0);
}

#[tokio::test]
async fn what_stood_of_a_team_and_is_found_no_more_is_over() {
    let lake = frozen_lake().await;
    // A quarter of a year later all of it is forgotten.
    frozen(&lake, 90).await;
    let everything = session(&lake, &Policy::everything());
    assert!(of_teams(&everything, &RiskFilter::default()).await.unwrap().is_empty());
    let told = async |filter: RiskFilter| {
        let said = said(&everything, &filter, WIP, "2026-06-01".parse().unwrap()).await.unwrap();
        said.into_iter().map(|said| (said.project_id, said.subject_id, said.stood)).collect::<Vec<_>>()
    };
    let of = |team: &str, stood: bool| (None::<String>, team.to_owned(), stood);
    assert_eq!(told(RiskFilter::default()).await, [of("t1", true), of("t2", true), of("t1", false), of("t2", false)]);
    let blue = RiskFilter { teams: vec!["Blue".into()], ..RiskFilter::default() };
    assert_eq!(told(blue).await, [of("t1", true), of("t1", false)]);
    assert!(told(RiskFilter { projects: vec!["Shop".into()], ..RiskFilter::default() }).await.is_empty());
}
