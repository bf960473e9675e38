//! The risks that stand, as they are asked for.

use super::combine::VERSION;
use super::run_tests::{ageing, frozen, lake};
use super::testing::{ago, item, now};
use super::{COMBINED, RiskFilter, Status, before, history, rules, said, standing};
use crate::Policy;
use crate::lake::{Seen, TenantLake, TenantTable};
use crate::metrics::Filter;
use crate::metrics::tests::entity;
use crate::row::Row;
use crate::session::{Limits, Session};

fn session(lake: &TenantLake, policy: &Policy) -> Session {
    Session::build(TenantTable::all(lake, &Seen::default()), lake.runtime(), Limits::default(), policy).unwrap()
}

#[tokio::test]
async fn each_project_has_its_status_its_reason_and_what_was_found() {
    let mut rows = ageing();
    rows.push(Row::new(entity("core/teams")).set("id", "t1").set("name", "Blue"));
    let lake = lake(&rows).await;
    frozen(&lake, 0).await;
    let risks = standing(&session(&lake, &Policy::everything()), &RiskFilter::default()).await.unwrap();
    let told: Vec<_> =
        risks.iter().map(|r| (r.project.as_deref(), r.status.as_str(), r.day.as_str(), r.found_at)).collect();
    assert_eq!(
        told,
        [(Some("Shop"), "off_track", "2026-06-01", now()), (Some("Desk"), "on_track", "2026-06-01", now())]
    );
    // Of the other's owner nobody knows a name.
    let owners: Vec<_> = risks.iter().map(|risk| (risk.team_id.as_deref(), risk.team.as_deref())).collect();
    assert_eq!(owners, [(Some("t1"), Some("Blue")), (Some("t2"), None)]);
    let ages = "4 items are in progress for more than 30 days, of 4 that were begun in the 84 days before; the oldest since 2026-04-22.";
    let silent = "Nothing has happened since 2026-04-22, with 4 items in progress.";
    assert_eq!(risks[0].reason, format!("{silent} {ages}"));
    let found: Vec<_> =
        risks[0].findings.iter().map(|f| (f.title.as_str(), f.sentence.as_str(), f.evidence_count)).collect();
    assert_eq!(found, [("Silent project", silent, 4), ("Ageing items", ages, 4)]);
    let sum: f64 = risks[0].findings.iter().map(|finding| finding.contribution).sum();
    // 1 − (1 − 0.35 · 1) · (1 − 0.5 · 26/28)
    assert!((sum - risks[0].score).abs() < 1e-9 && (sum - (1.0 - 0.65 * (1.0 - 13.0 / 28.0))).abs() < 1e-9, "{sum}");
    assert!(risks[1].findings.is_empty());
    assert_eq!(risks.iter().map(|risk| risk.version).collect::<Vec<_>>(), [Some(VERSION); 2]);
    for finding in &risks[0].findings {
        let rule = rules().unwrap().iter().find(|rule| rule.name == finding.rule).unwrap();
        assert_eq!(finding.version, Some(i64::from(rule.version)), "{}", rule.name);
    }
}

#[tokio::test]
async fn a_filter_takes_names_ids_and_a_status_and_refuses_what_is_not_there() {
    let lake = lake(&ageing()).await;
    frozen(&lake, 0).await;
    let everything = session(&lake, &Policy::everything());
    let ask = async |filter: RiskFilter| {
        let risks = standing(&everything, &filter).await?;
        Ok::<_, crate::Error>(risks.into_iter().map(|risk| risk.project_id).collect::<Vec<_>>())
    };
    let of = |projects: &[&str], status: Option<Status>| RiskFilter {
        projects: projects.iter().map(|p| (*p).to_owned()).collect(),
        status,
        ..RiskFilter::default()
    };
    assert_eq!(ask(of(&["Desk"], None)).await.unwrap(), ["p2"]);
    assert_eq!(ask(of(&["p1", "Desk"], None)).await.unwrap(), ["p1", "p2"]);
    assert_eq!(ask(of(&[], Some(Status::OnTrack))).await.unwrap(), ["p2"]);
    let team = RiskFilter { teams: vec!["t1".into()], ..RiskFilter::default() };
    assert_eq!(ask(team).await.unwrap(), ["p1"]);
    assert!(ask(of(&["Shed"], None)).await.unwrap_err().to_string().contains("no project `Shed`"));
    let theirs = standing(&session(&lake, &Policy::only(["t2"], [])), &RiskFilter::default()).await.unwrap();
    assert_eq!(theirs.iter().map(|risk| risk.project_id.as_str()).collect::<Vec<_>>(), ["p2"]);
}

#[tokio::test]
async fn an_id_means_that_project_alone_a_name_all_that_have_it_and_none_those_that_nobody_owns() {
    let mut rows = ageing();
    for (id, name) in [("p3", "Desk"), ("p4", "p1")] {
        rows.push(item(&format!("of {id}"), 10).set("project_id", id));
        rows.push(Row::new(entity("core/projects")).set("id", id).set("name", name));
    }
    // It was deleted, and another is called as its id.
    let gone = Row::new(entity("core/projects")).set("id", "p5").set("name", "Shed").set("deleted_at", ago(1));
    rows.extend([gone, item("of p6", 10).set("project_id", "p6")]);
    rows.push(Row::new(entity("core/projects")).set("id", "p6").set("name", "p5"));
    let lake = lake(&rows).await;
    for day in 0..2 {
        frozen(&lake, day).await;
    }
    let everything = session(&lake, &Policy::everything());
    let ask = async |projects: &[&str], teams: &[&str]| {
        let [projects, teams]: [Vec<String>; 2] =
            [projects, teams].map(|texts| texts.iter().map(|text| (*text).to_owned()).collect());
        let risks = standing(&everything, &RiskFilter { projects, teams, ..RiskFilter::default() }).await.unwrap();
        risks.into_iter().map(|risk| risk.project_id).collect::<Vec<_>>()
    };
    assert_eq!(ask(&["Desk"], &[]).await, ["p2", "p3"]);
    assert_eq!(ask(&["p1"], &[]).await, ["p1"]);
    assert!(ask(&["p5"], &[]).await.is_empty());
    assert_eq!(ask(&["p6"], &[]).await, ["p6"]);
    assert_eq!(ask(&[], &["none"]).await, ["p3", "p4", "p6"]);
    assert_eq!(ask(&[], &["t1", "none"]).await, ["p1", "p3", "p4", "p6"]);
    assert!(ask(&["none"], &[]).await.is_empty());
    // Whose work it is and who owns its project are both the owner of a project: where both are asked for, both hold.
    for (owner, projects) in [("t1", vec!["p1"]), ("t2", Vec::new())] {
        let both = Filter { teams: vec!["t1".into()], owning_teams: vec![owner.into()], ..Filter::default() };
        let risks = standing(&everything, &RiskFilter::from(&both)).await.unwrap();
        assert_eq!(risks.iter().map(|risk| risk.project_id.as_str()).collect::<Vec<_>>(), projects, "{owner}");
    }
    // Nobody has a risk that belongs to no project.
    assert_eq!(history(&everything, "none").await.unwrap(), []);
    // A history is of one.
    assert_eq!(history(&everything, "p1").await.unwrap().len(), 2);
    let several = history(&everything, "Desk").await.unwrap_err().to_string();
    assert!(several.ends_with("several projects are called `Desk`; name one by its id: p2, p3"), "{several}");
}

#[tokio::test]
async fn who_is_known_to_facts_alone_is_known_and_has_no_risk_yet() {
    let mut rows = ageing();
    rows.push(item("new", 0).set("project_id", "p9").set("team_id", "t9"));
    rows.push(item("old", 9).set("project_id", "p8"));
    let gone = Row::new(entity("core/projects")).set("id", "p8").set("name", "Shed");
    rows.push(gone.set("deleted_at", ago(1)));
    let lake = lake(&rows).await;
    // Nothing was frozen yet.
    let everything = session(&lake, &Policy::everything());
    let of = |project: &str, team: &str| {
        let texts = |text: &str| if text.is_empty() { Vec::new() } else { vec![text.to_owned()] };
        RiskFilter { projects: texts(project), teams: texts(team), ..RiskFilter::default() }
    };
    for project in ["p9", "p8", "p1"] {
        assert_eq!(history(&everything, project).await.unwrap(), [], "{project}");
        assert_eq!(standing(&everything, &of(project, "")).await.unwrap(), [], "{project}");
    }
    assert_eq!(standing(&everything, &of("", "t9")).await.unwrap(), []);
    for unknown in [of("p7", ""), of("Shed", ""), of("", "t7")] {
        let refused = standing(&everything, &unknown).await.unwrap_err().to_string();
        assert!(refused.contains("that anything is known of"), "{refused}");
    }
    // Nor is it known to those who may not see its facts.
    let theirs = history(&session(&lake, &Policy::only(["t2"], [])), "p9").await.unwrap_err();
    assert!(theirs.to_string().contains("no project `p9`"), "{theirs}");
}

#[tokio::test]
async fn a_history_tells_each_day() {
    let lake = lake(&ageing()).await;
    for day in 0..3 {
        frozen(&lake, day).await;
    }
    let days = history(&session(&lake, &Policy::everything()), "Shop").await.unwrap();
    let told: Vec<_> = days.iter().map(|day| (day.day.as_str(), day.status.as_str())).collect();
    assert_eq!(told, [("2026-06-01", "off_track"), ("2026-06-02", "off_track"), ("2026-06-03", "off_track")]);
    assert!(days.iter().all(|day| day.version == Some(VERSION)), "{days:?}");
    assert!(days.windows(2).all(|pair| pair[0].score < pair[1].score), "a day more of silence is more risk: {days:?}");
    let nobody = history(&session(&lake, &Policy::only(["t2"], [])), "p1").await.unwrap_err();
    assert!(nobody.to_string().contains("no project `p1`"), "{nobody}");
}

#[tokio::test]
async fn what_a_rule_said_is_told_from_a_day_on_of_the_projects_that_are_wanted() {
    let lake = lake(&ageing()).await;
    for day in 0..3 {
        frozen(&lake, day).await;
    }
    let everything = session(&lake, &Policy::everything());
    let told = async |filter: RiskFilter, rule: &str| {
        let said = said(&everything, &filter, rule, "2026-06-02".parse().unwrap()).await.unwrap();
        said.into_iter().map(|s| (s.found_at, s.project.unwrap(), s.status, s.stood)).collect::<Vec<_>>()
    };
    let of = |day: i64, project: &str, status: Option<&str>| {
        (now() + day * 86_400_000_000, project.to_owned(), status.map(str::to_owned), true)
    };
    let (shop, desk) = (Some("off_track"), Some("on_track"));
    assert_eq!(
        told(RiskFilter::default(), COMBINED).await,
        [of(1, "Shop", shop), of(1, "Desk", desk), of(2, "Shop", shop), of(2, "Desk", desk)]
    );
    let theirs = RiskFilter { teams: vec!["t2".into()], ..RiskFilter::default() };
    assert_eq!(told(theirs.clone(), COMBINED).await, [of(1, "Desk", desk), of(2, "Desk", desk)]);
    assert_eq!(told(RiskFilter::default(), "ageing_items").await, [of(1, "Shop", None), of(2, "Shop", None)]);
    assert!(told(theirs, "ageing_items").await.is_empty());
}

#[tokio::test]
async fn what_stood_before_a_day_is_what_was_said_last_or_else_first_from_it_on() {
    let lake = lake(&ageing()).await;
    for day in [0, 2, 3] {
        frozen(&lake, day).await;
    }
    let everything = session(&lake, &Policy::everything());
    let told = async |session: &Session, day: &str| {
        let earlier = before(session, day.parse().unwrap()).await.unwrap();
        earlier.into_iter().map(|e| [e.project_id, e.risk.day, e.risk.status].join(" ")).collect::<Vec<_>>()
    };
    // Of the first day nothing is known before it: the first that is known stands in for it.
    for (day, said) in [
        ("2026-05-01", "2026-06-01"),
        ("2026-06-01", "2026-06-01"),
        ("2026-06-03", "2026-06-01"),
        ("2026-06-04", "2026-06-03"),
        ("2026-07-01", "2026-06-04"),
    ] {
        let each = [format!("p1 {said} off_track"), format!("p2 {said} on_track")];
        assert_eq!(told(&everything, day).await, each, "{day}");
    }
    assert_eq!(told(&session(&lake, &Policy::only(["t2"], [])), "2026-07-01").await, ["p2 2026-06-04 on_track"]);
}
