//! Scenarios, seen from outside.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use chrono::TimeDelta;
use pulse_simulator::world::jira::{BoardKind, Field, Issue, IssueType, Status};
use pulse_simulator::world::{Team, Time};
use pulse_simulator::{Scenario, Size, World};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

fn small() -> Scenario {
    Scenario::named("small").unwrap()
}

fn team<'a>(world: &'a World, name: &str) -> &'a Team {
    world.teams.values().find(|t| t.name == name).unwrap()
}

#[test]
fn those_that_come_along_are_as_large_as_they_say() {
    let of = |name| {
        let scenario = Scenario::named(name).unwrap();
        let people: usize = scenario.teams.iter().map(|t| t.people).sum();
        (people, scenario.teams.len(), scenario.repositories.len(), scenario.months)
    };
    assert_eq!(of("small"), (12, 3, 5, 18));
    assert_eq!(of("bank"), (7, 2, 3, 18));
    assert_eq!(of("large"), (302, 30, 92, 18));
    let unknown = Scenario::named("medium").unwrap_err().to_string();
    assert_eq!(unknown, "no scenario is called `medium`: there are small, large, bank, and files");
}

#[test]
fn a_scenario_with_a_seed_is_one_world() {
    let short = || Scenario { months: 3, ..small() };
    assert!(World::new(5, short()) == World::new(5, short()));
    assert!(World::new(5, short()).repositories != World::new(6, short()).repositories);
}

#[test]
fn two_organizations_share_neither_people_nor_repositories() {
    let begin = |name| World::at_start(1, Scenario::named(name).unwrap());
    let (small, bank) = (begin("small"), begin("bank"));
    let people = |world: &World| -> BTreeSet<String> { world.people.keys().cloned().collect() };
    let shared: Vec<String> = people(&small).intersection(&people(&bank)).cloned().collect();
    assert_eq!(shared, ["dependabot"]);
    assert_eq!((people(&small).len(), people(&bank).len()), (13, 8));
    assert_eq!((small.organization.login.as_str(), bank.organization.login.as_str()), ("acme", "oakbank"));
}

/// How many issues of a project are open although they were due before now.
fn past_due(world: &World, project: &str) -> usize {
    let project = world.jira.project(project).unwrap().id;
    let of = world.jira.issues.values().filter(|i| i.fields.project == project && !i.is_done());
    of.filter(|i| i.fields.due.is_some_and(|due| due < world.now.date_naive())).count()
}

#[test]
fn the_failing_project_fails_and_the_others_do_not() {
    let scenario = small();
    let mut world = World::at_start(1, scenario.clone());
    let mut late = Vec::new();
    for month in [14, 15, 16, 17, 18] {
        world.advance_to(scenario.month(month) + TimeDelta::days(2));
        late.push(["Payments", "Shop", "Platform"].map(|project| past_due(&world, project)));
    }
    assert!(late.is_sorted_by(|before, after| before[0] < after[0]), "{late:?}");
    let last = late.last().unwrap();
    assert!(last[0] > 100 && last[1] * 5 < last[0] && last[2] * 5 < last[0], "{late:?}");
    let merged = |from, until| {
        let (from, until) = (scenario.month(from), scenario.month(until));
        let of = ["payments", "ledger"].map(|name| world.repository(name).unwrap());
        let merged = of.iter().flat_map(|r| r.pull_requests.values()).filter_map(|p| p.merged_at);
        merged.filter(|at| (from..until).contains(at)).count()
    };
    assert!(merged(14, 18) * 10 < merged(3, 7) * 7, "{} {}", merged(14, 18), merged(3, 7));
}

/// The share of what was in a project's sprints when they ended, within a time, that was done by then: the rest went into later ones.
fn done_in_sprints(world: &World, project: &str, ended: Range<Time>) -> f64 {
    let site = &world.jira;
    let project = site.project(project).unwrap().id;
    let board = site.boards.values().find(|b| b.project == project && b.kind == BoardKind::Scrum).unwrap().id;
    let is_one = |id: &i64| {
        let sprint = site.sprints.get(id).filter(|s| s.board == board);
        sprint.and_then(|s| s.completed_at).is_some_and(|at| ended.contains(&at))
    };
    let (mut done, mut all) = (0, 0);
    for issue in site.issues.values() {
        all += issue.fields.sprints.iter().filter(|id| is_one(id)).count();
        done += usize::from(issue.fields.sprints.last().is_some_and(is_one));
    }
    assert!(all >= 40, "only {all} of {project}");
    done as f64 / all as f64
}

#[test]
fn most_of_a_sprint_is_done_in_it_but_where_the_project_fails() {
    for name in ["small", "bank"] {
        let scenario = Scenario::named(name).unwrap();
        let world = World::new(1, scenario.clone());
        let ended = scenario.month(1)..scenario.month(18);
        let well = if name == "small" { ["Shop", "Platform"] } else { ["Accounts", "Cards"] };
        let done = well.map(|project| done_in_sprints(&world, project, ended.clone()));
        assert!(done.iter().all(|share| *share >= 0.7), "{name}: {done:?}");
        // Something is carried over now and then, as everywhere.
        assert!(done.iter().any(|share| *share < 1.0), "{name}: {done:?}");
        if name == "small" {
            let failing = done_in_sprints(&world, "Payments", scenario.month(9)..scenario.month(18));
            assert!(done.iter().all(|share| failing < *share), "{failing} {done:?}");
        }
    }
}

/// The share of the reviews in some repositories that whoever wrote most of them wrote.
fn share_of_the_busiest(world: &World, repositories: &[&str]) -> f64 {
    let of = repositories.iter().map(|name| world.repository(name).unwrap());
    let reviews = of.flat_map(|r| r.pull_requests.values()).flat_map(|p| &p.reviews);
    let mut written: BTreeMap<&str, usize> = BTreeMap::new();
    for author in reviews.filter_map(|review| review.author.as_deref()) {
        *written.entry(author).or_default() += 1;
    }
    let all: usize = written.values().sum();
    assert!(all >= 100, "only {all} of {repositories:?}");
    written.values().max().copied().unwrap_or_default() as f64 / all as f64
}

#[test]
fn most_reviews_fall_on_one_person_where_they_are_left_to_the_lead_and_nowhere_else() {
    let world = World::new(1, small());
    // Of four people the lead writes a quarter of the changes, and is left seven tenths of the reviews of the others', and a third of
    // the rest: six tenths of all.
    let lead = share_of_the_busiest(&world, &["payments", "ledger"]);
    assert!(lead > 0.5, "{lead}");
    // Elsewhere reviews are anybody's, of five people and of three.
    for repositories in [&["storefront", "catalogue"][..], &["gateway"][..]] {
        let busiest = share_of_the_busiest(&world, repositories);
        assert!(busiest < 0.5, "{repositories:?}: {busiest}");
    }
}

#[test]
fn what_was_begun_comes_to_an_end() {
    // Of an ordinary organization, a repository is archived and another deleted.
    let ordinary = Size { months: 6, teams: 2, people: 10, repositories: 3, ..Size::small() };
    for world in [World::new(1, small()), World::new(3, ordinary)] {
        let forgotten = forgotten(&world);
        assert!(forgotten.is_empty(), "{}: {forgotten:?}", world.organization.login);
    }
}

/// Work that somebody began and left so for weeks.
fn forgotten(world: &World) -> Vec<String> {
    let begun = [Status::InProgress, Status::Blocked, Status::InReview];
    let since = |issue: &Issue| {
        let changed = |items: &[pulse_simulator::world::jira::Item]| items.iter().any(|i| i.field == Field::Status);
        issue.histories.iter().filter(|h| changed(&h.items)).map(|h| h.created_at).next_back()
    };
    let is_work = |issue: &Issue| matches!(issue.fields.kind, IssueType::Story | IssueType::Task | IssueType::Bug);
    let open = world.jira.issues.values().filter(|i| is_work(i) && begun.contains(&i.fields.status));
    let forgotten = open.filter(|i| since(i).is_some_and(|at| world.now - at > TimeDelta::days(45)));
    forgotten.map(|i| world.jira.key_of(&i.fields)).collect()
}

#[test]
fn the_reorganization_is_seen_in_the_teams() {
    let scenario = small();
    let mut world = World::at_start(1, scenario.clone());
    world.advance_to(scenario.month(11));
    let sizes = |world: &World| ["Shop", "Payments", "Platform"].map(|name| team(world, name).members.len());
    assert_eq!(sizes(&world), [5, 4, 3]);
    let before: BTreeSet<String> = team(&world, "Payments").members.keys().cloned().collect();
    let (then, numbers) = (world.now, world.repository("payments").unwrap().last_number);
    world.advance(60);
    assert_eq!(sizes(&world), [3, 6, 3]);
    let came: BTreeSet<String> = team(&world, "Payments").members.keys().cloned().collect();
    let came: BTreeSet<&String> = came.difference(&before).collect();
    let of = ["payments", "ledger"].map(|name| world.repository(name).unwrap());
    let all = of.iter().flat_map(|r| r.pull_requests.values());
    let theirs = all.filter(|p| p.author.as_ref().is_some_and(|a| came.contains(a)));
    let times: Vec<_> = theirs.map(|p| p.created_at).collect();
    assert!(!times.is_empty() && times.iter().all(|at| *at > then), "they work there now, and did not before");
    assert!(world.repository("payments").unwrap().last_number > numbers);
}

#[test]
fn little_is_done_while_people_are_away() {
    let scenario = Scenario { months: 14, ..small() };
    let world = World::new(1, scenario);
    let opened = |from: &str, until: &str| {
        let at = |day: &str| -> Time { format!("{day}T00:00:00Z").parse().unwrap() };
        let range = at(from)..at(until);
        let all = world.repositories.values().flat_map(|r| r.pull_requests.values());
        all.filter(|p| p.author.as_deref() != Some("dependabot") && range.contains(&p.created_at)).count()
    };
    // Ten days each, from a Tuesday.
    let (before, between) = (opened("2025-12-09", "2025-12-19"), opened("2025-12-23", "2026-01-02"));
    assert!(between * 3 < before, "{before} {between}");
}

/// The smallest scenario, with something more in its places.
fn with(top: &str, team: &str, rest: &str) -> Result<Scenario, String> {
    let text = format!(
        "organization = \"a\"\nmonths = 1\n{top}\n[[team]]\nname = \"T\"\npeople = 2\nrepositories = [\"r\"]\n{team}\n{rest}"
    );
    Scenario::parse("x.toml", &text).map_err(|error| error.to_string())
}

#[test]
fn a_key_that_is_unknown_is_named() {
    assert!(with("", "", "").is_ok());
    let season = "[[season]]\nfrom = \"01-01\"\nto = \"01-02\"\nload = 0.5\ncolour = 1";
    let reorganization = "[[reorganization]]\nmonth = 1\nfrom = \"T\"\nto = \"T\"\npeople = 1\ncolour = 1";
    for wrong in [
        with("colour = 1", "", ""),
        with("[habits]\ncolour = 1", "", ""),
        with("", "colour = 1", ""),
        with("", "habits = { colour = 1 }", ""),
        with("", "failing = { from = 1, due = 2, scope = 2.0, pace = 0.5, colour = 1 }", ""),
        with("", "", season),
        with("", "", reorganization),
    ] {
        let error = wrong.unwrap_err();
        assert!(error.starts_with("the scenario x.toml: ") && error.contains("`colour`"), "{error}");
    }
}

#[test]
fn what_cannot_be_is_told() {
    for (wrong, told) in [
        (with("habits = { changes = nan }", "", ""), "`changes` is NaN"),
        (with("", "habits = { rework = 1.5 }", ""), "`rework` is 1.5"),
        (with("", "failing = { from = 5, due = 5, scope = 2.0, pace = 0.5 }", ""), "the team `T`: `failing`"),
        (with("", "copies = 0", ""), "there should be a team"),
        (with("", "copies = 1000000000", ""), "more than 5000 teams"),
        (with("", "", "[[team]]\nname = \"t\"\npeople = 1\nrepositories = [\"s\"]"), "a team is called `t` twice"),
        (with("", "", "[[team]]\nname = \"U\"\npeople = 0\nrepositories = [\"s\"]"), "the team `U`"),
        (with("", "", "[[team]]\nname = \"U\"\npeople = 1\nrepositories = [\"a/b\"]"), "a repository is called `a/b`"),
        (with("", "", "[[reorganization]]\nmonth = 1\nfrom = \"T\"\nto = \"V\"\npeople = 1"), "names `V`"),
        (with("", "", "[[season]]\nfrom = \"02-30\"\nto = \"03-01\"\nload = 0.5"), "`02-30`"),
    ] {
        let error = wrong.unwrap_err();
        assert!(error.contains(told), "{error}");
    }
}
