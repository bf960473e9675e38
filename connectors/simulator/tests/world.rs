//! The story of a world, seen from outside.

use pulse_simulator::world::{DeploymentState, NewPullRequest, PullRequest, ReviewState, State};
use pulse_simulator::{Size, World};
use std::collections::{BTreeMap, BTreeSet};

#[test]
fn one_step_of_sixty_days_is_sixty_steps_of_one_day() {
    let start = || World::at_start(7, Size { people: 8, repositories: 3, ..Size::tiny() });
    let (mut one, mut many) = (start(), start());
    one.listening = true;
    many.listening = true;
    one.advance(60);
    for _ in 0..60 {
        many.advance(1);
    }
    assert!(one == many);
}

#[test]
fn steps_may_end_in_the_middle_of_a_day() {
    let (mut one, mut many) = (World::at_start(7, Size::tiny()), World::at_start(7, Size::tiny()));
    one.advance(20);
    let start = many.now;
    for hours in (0..=480).step_by(7) {
        many.advance_to(start + chrono::TimeDelta::hours(hours));
    }
    many.advance_to(one.now);
    assert!(one == many);
}

#[test]
fn a_world_does_not_change_by_being_listened_to() {
    let (mut quiet, mut heard) = (World::at_start(7, Size::tiny()), World::at_start(7, Size::tiny()));
    heard.listening = true;
    quiet.advance(30);
    heard.advance(30);
    assert!(quiet.repositories == heard.repositories);
}

#[test]
fn nothing_happens_in_an_archived_repository() {
    let mut world = World::at_start(7, Size { repositories: 3, ..Size::tiny() });
    let old = |world: &World| world.repository("legacy-shop").cloned().unwrap();
    world.advance(46);
    let before = old(&world);
    assert!(before.is_archived && !before.pull_requests.is_empty());
    world.advance(60);
    assert!(before == old(&world));
}

#[test]
fn another_seed_is_another_world() {
    let shas = |seed| -> BTreeSet<String> {
        World::new(seed, Size::tiny()).repositories.values().flat_map(|r| r.commits.keys().cloned()).collect()
    };
    assert_ne!(shas(1), shas(2));
}

#[test]
fn every_commit_has_its_parents_and_none_is_older_than_they() {
    for repository in World::new(3, Size { months: 6, ..Size::tiny() }).repositories.values() {
        for commit in repository.commits.values() {
            assert_eq!(commit.sha.len(), 40);
            for parent in &commit.parents {
                let parent = &repository.commits[parent];
                assert!(parent.committer.date <= commit.committer.date, "{} in {}", commit.sha, repository.name);
            }
        }
    }
}

#[test]
fn what_is_deployed_tagged_and_run_is_a_commit() {
    for repository in World::new(3, Size { months: 6, ..Size::tiny() }).repositories.values() {
        let deployed = repository.deployments.values().map(|d| &d.sha);
        let tagged = repository.tags.values().map(|t| &t.commit);
        let run = repository.runs.values().map(|r| &r.sha);
        let merged = repository.pull_requests.values().filter_map(|p| p.merge_sha.as_ref());
        for sha in deployed.chain(tagged).chain(run).chain(merged) {
            assert!(repository.commits.contains_key(sha), "{sha} in {}", repository.name);
        }
    }
}

#[test]
fn nothing_is_older_than_its_parts() {
    let world = World::new(3, Size { months: 6, ..Size::tiny() });
    for repository in world.repositories.values() {
        for pull_request in repository.pull_requests.values() {
            let reviews = pull_request.reviews.iter().map(|r| r.submitted_at);
            let comments = pull_request.comments.iter().map(|c| c.created_at);
            let events = pull_request.events.iter().map(|e| e.created_at);
            let ends = [Some(pull_request.created_at), pull_request.merged_at, pull_request.closed_at];
            let newest = reviews.chain(comments).chain(events).chain(ends.into_iter().flatten()).max();
            assert!(newest.is_some_and(|n| n <= pull_request.updated_at), "#{}", pull_request.number);
            assert!(pull_request.updated_at <= world.now);
        }
        for deployment in repository.deployments.values() {
            assert_eq!(deployment.statuses.last().map(|s| s.created_at), Some(deployment.updated_at));
        }
        for issue in repository.issues.values() {
            let newest = issue.events.iter().map(|e| e.created_at).chain(issue.closed_at).max();
            assert!(newest.is_none_or(|n| n <= issue.updated_at), "#{}", issue.number);
        }
    }
}

#[test]
fn nine_months_have_something_of_everything() {
    let world = World::new(11, Size { months: 9, teams: 2, people: 10, repositories: 3, ..Size::small() });
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut see = |what, is_so: bool| *seen.entry(what).or_default() += usize::from(is_so);
    for repository in world.repositories.values() {
        see("archived", repository.is_archived);
        see("fork", repository.is_fork);
        see("empty", repository.is_empty());
        see("renamed", !repository.former_names.is_empty());
        for tag in repository.tags.values() {
            see("annotated tag", tag.annotation.is_some());
            see("lightweight tag", tag.annotation.is_none());
        }
        for run in repository.runs.values() {
            see("second attempt", run.attempt > 1);
        }
        for deployment in repository.deployments.values() {
            let has = |state| deployment.statuses.iter().any(|s| s.state == state);
            see("failed deployment", has(DeploymentState::Failure));
            see("deployment that was taken over", has(DeploymentState::Inactive));
            see("production", deployment.environment == "production");
            see("rollback", deployment.description.as_ref().is_some_and(|d| d.starts_with("Rollback")));
            see("hotfix", deployment.description.as_deref() == Some("Hotfix"));
        }
        for issue in repository.issues.values() {
            see("incident", issue.labels.iter().any(|l| l == "incident") && issue.is_closed());
            see("known cause", issue.body.contains("root cause: "));
            see("issue in progress", issue.labels.iter().any(|l| l == "in progress"));
            see("sub-issue", issue.parent.is_some());
            see("milestone", issue.milestone.is_some());
            see(
                "reopened issue",
                issue.events.iter().any(|e| e.kind == pulse_simulator::world::IssueEventKind::Reopened),
            );
            see("closed issue", issue.is_closed());
        }
        for pull_request in repository.pull_requests.values() {
            see("draft", pull_request.is_draft);
            see("merged", pull_request.state == State::Merged);
            see("closed unmerged", pull_request.state == State::Closed);
            see("open", pull_request.state == State::Open);
            see("bot's", pull_request.author.as_deref() == Some("dependabot"));
            see("two parents", has_two_parents(repository, pull_request));
            for review in &pull_request.reviews {
                see("commented", review.state == ReviewState::Commented);
                see("changes requested", review.state == ReviewState::ChangesRequested);
                see("approved", review.state == ReviewState::Approved);
                see("dismissed", review.state == ReviewState::Dismissed);
            }
        }
    }
    let missing: Vec<_> = seen.iter().filter(|(_, n)| **n == 0).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

fn has_two_parents(repository: &pulse_simulator::world::Repository, pull_request: &PullRequest) -> bool {
    let merge = pull_request.merge_sha.as_ref().and_then(|s| repository.commits.get(s));
    merge.is_some_and(|c| c.parents.len() == 2)
}

#[test]
fn a_forced_push_takes_the_place_of_a_pull_requests_commits() {
    let mut world = World::empty("acme", Size::tiny().start);
    world.add_person("ada", None);
    let shop = world.create_repository("shop", "ada");
    let first = world.compose(&[], "ada", world.now, "First");
    let base = first.sha.clone();
    world.push(shop, "main", vec![first], "ada");
    let two = world.compose(&[&base], "ada", world.now, "Two");
    let commits = vec![two.sha.clone()];
    world.push(shop, "work", vec![two.clone()], "ada");
    let head = "work".to_owned();
    world.open_pull_request(shop, NewPullRequest { author: "ada".to_owned(), head, commits, ..Default::default() });
    let three = world.compose(&[&two.sha], "ada", world.now, "Three");
    world.push(shop, "work", vec![three.clone()], "ada");
    assert_eq!(world.repositories[&shop].pull_requests[&1].commits, [two.sha.clone(), three.sha]);
    let anew = world.compose(&[&base], "ada", world.now, "Two and three");
    world.push(shop, "work", vec![anew.clone()], "ada");
    assert_eq!(world.repositories[&shop].pull_requests[&1].commits, [anew.sha]);
    assert!(world.repositories[&shop].commits.contains_key(&two.sha), "GitHub still knows what was there");
    world.delete_branch(shop, "work", "ada");
    assert_eq!(world.repositories[&shop].pull_requests[&1].state, State::Closed);
}

#[test]
fn the_failing_project_gets_slower() {
    let world = World::new(2, Size { months: 12, ..Size::tiny() });
    let hours = |repository: &str, range: std::ops::Range<usize>| {
        let merged: Vec<f64> = world
            .repositories
            .values()
            .filter(|r| r.name == repository || r.former_names.iter().any(|n| n == repository))
            .flat_map(|r| r.pull_requests.values())
            .filter_map(|p| Some((p.merged_at? - p.created_at).num_minutes() as f64 / 60.0))
            .collect();
        let part = &merged[merged.len() * range.start / 4..merged.len() * range.end / 4];
        part.iter().sum::<f64>() / part.len() as f64
    };
    assert!(hours("payments", 3..4) > 1.5 * hours("payments", 0..1));
}
