//! The story of a Jira, seen from outside.

use pulse_simulator::world::jira::{
    BoardKind, Direction, Field, Fields, Issue, IssueType, LinkKind, Resolution, Site, SprintState, Status,
};
use pulse_simulator::{Size, World};
use std::collections::{BTreeMap, BTreeSet};

fn grown() -> World {
    World::new(3, Size { months: 6, teams: 2, people: 10, repositories: 3, ..Size::small() })
}

#[test]
fn one_step_of_forty_days_is_forty_steps_of_one_day() {
    let start = || World::at_start(7, Size { teams: 2, people: 8, repositories: 3, ..Size::tiny() });
    let (mut one, mut many) = (start(), start());
    one.listening = true;
    many.listening = true;
    one.advance(40);
    for _ in 0..40 {
        many.advance(1);
    }
    assert!(one.jira == many.jira);
    assert!(!one.jira.deliveries.is_empty());
}

#[test]
fn a_jira_does_not_change_by_being_listened_to() {
    let (mut quiet, mut heard) = (World::at_start(7, Size::tiny()), World::at_start(7, Size::tiny()));
    heard.listening = true;
    quiet.advance(30);
    heard.advance(30);
    assert!(quiet.jira.issues == heard.jira.issues && quiet.jira.sprints == heard.jira.sprints);
    assert!(quiet.jira.deliveries.is_empty());
}

#[test]
fn both_vendors_tell_of_one_organization() {
    let world = grown();
    let (mut with_key, mut people, mut done) = (0, 0, 0);
    for pull_request in world.repositories.values().flat_map(|r| r.pull_requests.values()) {
        let Some(author) = pull_request.author.as_deref().filter(|a| *a != "dependabot") else { continue };
        people += 1;
        let key = pull_request.title.split(' ').next().unwrap();
        let Some(issue) = world.jira.issue(key) else { continue };
        with_key += 1;
        assert!(pull_request.head.contains(key), "{}", pull_request.head);
        assert!(issue.created_at <= pull_request.created_at);
        assert!(world.jira.users.contains_key(author));
        done += usize::from(issue.is_done() && pull_request.merged_at.is_some());
    }
    assert!(with_key * 10 > people * 6 && done * 10 > with_key * 7, "{people} {with_key} {done}");
}

#[test]
fn every_incident_is_in_both() {
    let world = grown();
    let is_incident = |i: &&pulse_simulator::world::Issue| i.labels.iter().any(|l| l == "incident");
    let on_github = world.repositories.values().flat_map(|r| r.issues.values()).filter(is_incident);
    let titles: BTreeSet<&str> = on_github.map(|i| i.title.as_str()).collect();
    let in_jira: Vec<&Issue> = world.jira.issues.values().filter(|i| i.fields.kind == IssueType::Incident).collect();
    assert!(in_jira.len() > 10 && titles.len() > 5);
    for title in titles {
        assert!(in_jira.iter().any(|i| i.fields.summary == title), "{title}");
    }
    for incident in in_jira {
        assert!(incident.fields.severity.is_some());
        assert!(incident.fields.service.is_some() || incident.fields.status == Status::ToDo);
        let ends = [Some(Resolution::Fixed), Some(Resolution::RolledBack)];
        assert_eq!(incident.is_done(), ends.contains(&incident.fields.resolution));
    }
}

/// Each item must begin from what the one before it led to.
#[test]
fn a_history_leads_from_one_value_to_the_next() {
    let world = grown();
    for issue in world.jira.issues.values() {
        let mut last: BTreeMap<Field, (Option<String>, Option<String>)> = BTreeMap::new();
        let many = [Field::Component, Field::FixVersion, Field::AffectsVersion, Field::Link, Field::Rank];
        for item in issue.histories.iter().flat_map(|h| &h.items).filter(|i| !many.contains(&i.field)) {
            if let Some((id, _)) = last.insert(item.field, (item.to.clone(), item.to_string.clone())) {
                assert_eq!(id, item.from, "{:?} of {}", item.field, world.jira.key_of(&issue.fields));
            }
        }
        if let Some((status, _)) = last.get(&Field::Status) {
            assert_eq!(status.as_deref(), Some(issue.fields.status.names().0.to_string().as_str()));
        }
        if let Some((_, key)) = last.get(&Field::Key) {
            assert_eq!(key.as_ref(), Some(&world.jira.key_of(&issue.fields)));
        }
    }
}

#[test]
fn nothing_in_jira_is_older_than_its_parts() {
    let world = grown();
    for issue in world.jira.issues.values() {
        let histories = issue.histories.iter().map(|h| h.created_at);
        let comments = issue.comments.iter().map(|c| c.created_at);
        assert!(histories.clone().is_sorted() && comments.clone().is_sorted());
        let newest = histories.chain(comments).chain([issue.created_at]).chain(issue.resolved_at).max();
        assert_eq!(newest, Some(issue.updated_at));
        assert_eq!(issue.resolved_at.is_some(), issue.fields.resolution.is_some());
        assert_eq!(issue.is_done(), issue.fields.resolution.is_some());
    }
}

#[test]
fn a_board_has_one_sprint_at_a_time_and_an_issue_is_in_one_that_is_not_over() {
    let world = grown();
    for board in world.jira.boards.values() {
        let of = |state| world.jira.sprints.values().filter(|s| s.board == board.id && s.state == state).count();
        let expected = usize::from(board.kind == BoardKind::Scrum);
        assert_eq!((of(SprintState::Active), of(SprintState::Future)), (expected, expected));
    }
    for sprint in world.jira.sprints.values().filter(|s| s.state == SprintState::Closed) {
        let (start, end) = (sprint.start.unwrap(), sprint.completed_at.unwrap());
        assert_eq!((end - start).num_minutes(), 14 * 24 * 60 - 30, "{}", sprint.name);
    }
    let is_open = |id: &&i64| world.jira.sprints[id].state != SprintState::Closed;
    for issue in world.jira.issues.values() {
        assert!(issue.fields.sprints.iter().filter(is_open).count() <= 1, "{}", world.jira.key_of(&issue.fields));
    }
}

#[test]
fn six_months_in_jira_have_something_of_everything() {
    let world = grown();
    let site = &world.jira;
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut see = |what: &str, is_so: bool| *seen.entry(what.to_owned()).or_default() += usize::from(is_so);
    for kind in IssueType::ALL {
        see(kind.names().1, site.issues.values().any(|i| i.fields.kind == kind));
    }
    for status in Status::ALL {
        let name = status.names().1;
        let was = |i: &Issue| {
            items(i).any(|(_, item)| item.field == Field::Status && item.to_string.as_deref() == Some(name))
        };
        see(name, site.issues.values().any(was));
    }
    for field in FIELDS {
        see(&format!("{field:?}"), site.issues.values().flat_map(items).any(|(_, i)| i.field == field));
    }
    let is_active = |login: &Option<String>| login.as_ref().is_some_and(|l| site.users[l].is_active);
    for issue in site.issues.values() {
        let of = &issue.fields;
        see("long history", issue.histories.len() > 100);
        see("many comments", issue.comments.len() > 20);
        see("moved", !issue.former_keys.is_empty());
        see("nobody's", of.assignee.is_none() && !issue.is_done());
        see("of somebody who left", of.assignee.is_some() && !is_active(&of.assignee));
        see("reported by somebody who left", !is_active(&issue.reporter));
        see("due", of.due.is_some());
        see(
            "blocked by another",
            issue.links.iter().any(|l| l.kind == LinkKind::Blocks && l.direction == Direction::Inward),
        );
        see("related", issue.links.iter().any(|l| l.kind == LinkKind::Relates));
        see("part of an epic", of.parent.is_some() && of.kind.level() == 0);
        see("not done and not to be", of.resolution == Some(Resolution::WontDo));
        see("reopened", items(issue).any(|(_, i)| i.field == Field::Resolution && i.to.is_none()));
        see("carried over", of.sprints.len() > 1);
        see("half a point", of.story_points == Some(0.5));
        for history in &issue.histories {
            see("several items", history.items.len() > 2);
            let fields: BTreeSet<Field> = history.items.iter().map(|i| i.field).collect();
            see("one field twice", fields.len() < history.items.len());
        }
        for (at, item) in items(issue).filter(|(_, i)| i.field == Field::Sprint) {
            let started = |s: &&i64| site.sprints[s].start.is_some_and(|start| start < at);
            let came = item.to.as_ref().and_then(|to| to.rsplit(", ").next()?.parse::<i64>().ok());
            see("added in the middle", came.as_ref().filter(started).is_some());
            see("taken out", item.to.as_deref() == Some(""));
        }
    }
    let last: u64 = site.projects.values().map(|p| p.last_number).sum();
    let there = site.issues.len() + site.issues.values().map(|i| i.former_keys.len()).sum::<usize>();
    see("deleted", (there as u64) < last);
    see("released version", site.projects.values().flat_map(|p| p.versions.values()).any(|v| v.is_released));
    let missing: Vec<_> = seen.iter().filter(|(_, n)| **n == 0).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

const FIELDS: [Field; 22] = [
    Field::Summary,
    Field::Description,
    Field::Status,
    Field::Resolution,
    Field::Assignee,
    Field::Priority,
    Field::Labels,
    Field::IssueType,
    Field::Project,
    Field::Key,
    Field::Parent,
    Field::Epic,
    Field::Sprint,
    Field::StoryPoints,
    Field::Severity,
    Field::Service,
    Field::Team,
    Field::Component,
    Field::FixVersion,
    Field::DueDate,
    Field::Rank,
    Field::Link,
];

fn items(issue: &Issue) -> impl Iterator<Item = (pulse_simulator::world::Time, &pulse_simulator::world::jira::Item)> {
    issue.histories.iter().flat_map(|h| h.items.iter().map(|i| (h.created_at, i)))
}

fn by_hand() -> (World, i64, i64) {
    let mut world = World::empty("acme", Size::tiny().start);
    world.add_jira_user("ada", "Ada");
    let shop = world.create_jira_project("SHOP", "Shop", "ada", None);
    let ops = world.create_jira_project("OPS", "Operations", "ada", None);
    (world, shop, ops)
}

#[test]
fn a_moved_issue_is_found_by_both_keys_and_takes_its_parts_along() {
    let (mut world, shop, ops) = by_hand();
    let epic = world.create_jira_issue(Fields { project: shop, kind: IssueType::Epic, ..Fields::default() }, "ada");
    let story = Fields { project: shop, parent: epic, ..Fields::default() };
    let story = world.create_jira_issue(story, "ada").unwrap();
    let part = Fields { project: shop, kind: IssueType::Subtask, parent: Some(story), ..Fields::default() };
    let part = world.create_jira_issue(part, "ada").unwrap();
    world.move_jira_issue(story, ops, "ada");
    let site: &Site = &world.jira;
    for key in ["SHOP-2", "OPS-1", "ops-1"] {
        assert_eq!(site.issue(key).map(|i| i.id), Some(story));
    }
    assert_eq!((site.key(part).as_deref(), site.issues[&part].fields.parent), (Some("OPS-2"), Some(story)));
    assert_eq!(site.issues[&story].fields.parent, None, "the epic is another project's");
    let fields: Vec<Field> = site.issues[&story].histories[0].items.iter().map(|i| i.field).collect();
    assert_eq!(fields, [Field::Project, Field::Key, Field::Epic]);
}

#[test]
fn a_deleted_issue_takes_its_parts_and_links_along_and_its_number_is_not_given_again() {
    let (mut world, shop, _) = by_hand();
    let mut make = |kind, parent| {
        world.create_jira_issue(Fields { project: shop, kind, parent, ..Fields::default() }, "ada").unwrap()
    };
    let story = make(IssueType::Story, None);
    make(IssueType::Subtask, Some(story));
    let other = make(IssueType::Bug, None);
    world.link_jira_issues(LinkKind::Blocks, story, other, "ada");
    assert_eq!(world.jira.issues[&other].links.len(), 1);
    world.delete_jira_issue(story, "ada");
    assert_eq!(world.jira.issues.keys().collect::<Vec<_>>(), [&other]);
    assert!(world.jira.issues[&other].links.is_empty());
    let next = world.create_jira_issue(Fields { project: shop, ..Fields::default() }, "ada").unwrap();
    assert_eq!(world.jira.key(next).as_deref(), Some("SHOP-4"));
}
