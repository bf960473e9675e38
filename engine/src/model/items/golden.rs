//! The flow of work items by hand. Times are hours; `h(3)` is three hours after 1970.

use super::input::{ItemsInput, Sprint, SprintStay, Transition, WorkItem};
use super::{Flows, WorkItemFact};
use crate::model::{Organisation, Workflow};
use crate::pattern::patterns;
use crate::{Flow, Settings, Stage};
use proptest::prelude::*;

pub(super) fn h(hour: i64) -> i64 {
    hour * 3_600_000_000
}

/// Backlog and Ready are to do, Dev, Review and Blocked are work, Done is done; Strange is none that is known.
pub(super) fn workflow() -> Workflow {
    let mut workflow = Workflow::default();
    for (name, category) in [
        ("Backlog", "todo"),
        ("Ready", "todo"),
        ("Dev", "doing"),
        ("Review", "doing"),
        ("Blocked", "doing"),
        ("Done", "done"),
    ] {
        workflow.status("jira:a", name, name, category, false);
    }
    workflow
}

/// Ready waits, Dev is active, Review waits; what is ready is committed to.
fn staged() -> Settings {
    let stage =
        |name: &str, statuses: &[&str], active| Stage { name: name.to_owned(), statuses: patterns(statuses), active };
    let stages = vec![
        stage("ready", &["ready"], false),
        stage("building", &["dev"], true),
        stage("reviewing", &["review", "blocked"], false),
        stage("delivered", &["done"], false),
    ];
    Settings { flow: Flow { stages, commitment: Some("ready".to_owned()), ..Flow::default() }, ..Settings::default() }
}

/// An item that is in `status`, with the moves that brought it there: hour, from and to.
pub(super) fn item(status: &'static str, moves: &[(i64, &'static str, &'static str)]) -> ItemsInput<'static> {
    let category = workflow().category("jira:a", status).map(|category| match category {
        "todo" => "todo",
        "doing" => "doing",
        _ => "done",
    });
    let transitions = moves.iter().enumerate().map(|(position, (at, from, to))| Transition {
        id: "t",
        work_item_id: "i",
        field: "status",
        from: Some(from),
        to: Some(to),
        from_status: None,
        to_status: None,
        at: h(*at),
        position: position as i64,
    });
    ItemsInput {
        items: vec![WorkItem {
            id: "i",
            connection: "jira:a",
            project_id: Some("p"),
            key: "P-1",
            kind: Some("Story"),
            status: Some(status),
            status_category: category,
            created_at: Some(h(0)),
            ..WorkItem::default()
        }],
        transitions: transitions.collect(),
        ..ItemsInput::default()
    }
}

/// What is said of the only item.
fn with<T>(input: &ItemsInput<'_>, settings: &Settings, say: impl Fn(&WorkItemFact<'_>) -> T) -> T {
    let (organisation, workflow) = (Organisation::default(), workflow());
    let flows = Flows::new(input, &organisation, &workflow, settings);
    say(&flows.items[0])
}

fn hours(seconds: Option<f64>) -> Option<f64> {
    seconds.map(|seconds| seconds / 3600.0)
}

#[test]
fn an_item_is_begun_with_its_first_work_and_done_with_its_last_end() {
    let input =
        item("Done", &[(1, "Backlog", "Ready"), (3, "Ready", "Dev"), (7, "Dev", "Review"), (9, "Review", "Done")]);
    with(&input, &Settings::default(), |fact| {
        assert_eq!((fact.started_at, fact.done_at, fact.is_done), (Some(h(3)), Some(h(9)), true));
        assert_eq!((hours(fact.cycle_seconds()), hours(fact.lead_seconds())), (Some(6.0), Some(6.0)));
        // Without stages nothing is known of what waits.
        assert_eq!((fact.active_seconds, fact.waiting_seconds, fact.returned, fact.stage), (None, None, None, None));
        assert_eq!((fact.reopened, fact.excluded, fact.stays.len()), (0, None, 5));
    });
    with(&input, &staged(), |fact| {
        assert_eq!((fact.committed_at, hours(fact.lead_seconds())), (Some(h(1)), Some(8.0)));
        assert_eq!((hours(fact.active_seconds), hours(fact.waiting_seconds)), (Some(4.0), Some(2.0)));
        assert_eq!((fact.returned, fact.stage), (Some(0), Some(3)));
    });
}

#[test]
fn an_item_has_the_keys_that_it_went_by_and_those_of_its_project_before() {
    let mut input = item("Dev", &[(1, "Backlog", "Dev")]);
    let moves = |from, at| Transition {
        field: "key",
        from: Some(from),
        to: Some("P-1"),
        at: h(at),
        ..input.transitions[0].clone()
    };
    let moves = [moves("OPS-9", 2), moves("P-1", 3), moves("OPS-9", 4)];
    input.transitions.extend(moves);
    let mut organisation = Organisation::default();
    organisation.rekeyed("pay", "P");
    let (workflow, settings) = (workflow(), Settings::default());
    let former = |input: &ItemsInput<'_>| {
        let flows = Flows::new(input, &organisation, &workflow, &settings);
        flows.items[0].former_keys.iter().cloned().collect::<Vec<_>>()
    };
    assert_eq!(former(&input), ["OPS-9", "PAY-1"]);
    input.transitions.clear();
    assert_eq!(former(&input), ["PAY-1"]);
}

#[test]
fn a_status_that_was_renamed_or_is_gone_is_what_it_was() {
    // Dev was called Coding when the item came to it, and Parked is no status any more.
    let mut input = item(
        "Done",
        &[(1, "Backlog", "Parked"), (3, "Parked", "Coding"), (7, "Coding", "Review"), (9, "Review", "Done")],
    );
    for change in &mut input.transitions {
        let id = |name| Some(if name == "Coding" { "Dev" } else { name });
        (change.from_status, change.to_status) = (change.from.and_then(id), change.to.and_then(id));
    }
    let (organisation, mut workflow) = (Organisation::default(), workflow());
    workflow.status("jira:a", "Parked", "Parked", "doing", true);
    let settings = staged();
    let flows = Flows::new(&input, &organisation, &workflow, &settings);
    let fact = &flows.items[0];
    assert_eq!((fact.started_at, fact.done_at), (Some(h(1)), Some(h(9))));
    let statuses: Vec<_> = fact.stays.iter().map(|stay| stay.status.unwrap()).collect();
    assert_eq!(statuses, ["Backlog", "Parked", "Dev", "Review", "Done"]);
    assert_eq!(fact.stays[2].stage, Some(1), "the stage is that of its name today");
    // By its name alone nobody knows what Coding was.
    input.transitions.iter_mut().for_each(|change| (change.from_status, change.to_status) = (None, None));
    let flows = Flows::new(&input, &organisation, &workflow, &settings);
    assert_eq!(flows.items[0].stays[2].category, None);
}

#[test]
fn what_is_taken_up_again_is_done_when_it_is_done_for_good() {
    let moves = [
        (1, "Backlog", "Dev"),
        (2, "Dev", "Done"),
        (5, "Done", "Dev"),
        (6, "Dev", "Review"),
        (7, "Review", "Dev"),
        (8, "Dev", "Done"),
    ];
    with(&item("Done", &moves), &staged(), |fact| {
        assert_eq!((fact.started_at, fact.done_at, fact.reopened), (Some(h(1)), Some(h(8)), 1));
        // Back from review is returned; back from done is re-opened.
        assert_eq!(fact.returned, Some(1));
        assert_eq!(hours(fact.cycle_seconds()), Some(7.0));
        // Dev 1–2, 5–6, 7–8; Done 2–5 and Review 6–7 wait.
        assert_eq!((hours(fact.active_seconds), hours(fact.waiting_seconds)), (Some(3.0), Some(4.0)));
    });
    with(&item("Dev", &moves[..3]), &staged(), |fact| {
        assert_eq!((fact.done_at, fact.is_done, fact.cycle_seconds(), fact.active_seconds), (None, false, None, None));
    });
}

#[test]
fn what_is_taken_up_again_is_not_returned_where_done_is_no_stage() {
    let mut settings = staged();
    settings.flow.stages.pop();
    let moves = [
        (1, "Backlog", "Dev"),
        (2, "Dev", "Review"),
        (3, "Review", "Done"),
        (5, "Done", "Dev"),
        (6, "Dev", "Review"),
        (8, "Review", "Done"),
    ];
    with(&item("Done", &moves), &settings, |fact| {
        assert_eq!((fact.reopened, fact.returned), (1, Some(0)));
        // Dev 1–2 and 5–6; Review 2–3 and 6–8. From 3 to 5 it was done, and in neither.
        assert_eq!((hours(fact.active_seconds), hours(fact.waiting_seconds)), (Some(2.0), Some(3.0)));
        assert_eq!(hours(fact.cycle_seconds()), Some(7.0));
    });
    // Back from review once it was taken up again it is, and so is what was never done before.
    let back = [moves[0], moves[1], moves[2], moves[3], moves[4], (7, "Review", "Dev"), (8, "Dev", "Done")];
    with(&item("Done", &back), &settings, |fact| assert_eq!((fact.reopened, fact.returned), (1, Some(1))));
    let never = [moves[0], moves[1], (3, "Review", "Dev"), (4, "Dev", "Done")];
    with(&item("Done", &never), &settings, |fact| assert_eq!((fact.reopened, fact.returned), (0, Some(1))));
    // A status of no stage that does not mean done still leaves open what it waited for.
    let strange = [moves[0], (2, "Dev", "Strange"), (3, "Strange", "Done")];
    with(&item("Done", &strange), &settings, |fact| assert_eq!(fact.active_seconds, None));
}

#[test]
fn the_last_stay_in_a_stage_is_that_after_which_the_item_was_never_there_again() {
    let moves = [
        (1, "Backlog", "Dev"),
        (2, "Dev", "Review"),
        (3, "Review", "Blocked"),
        (4, "Blocked", "Dev"),
        (5, "Dev", "Done"),
        (6, "Done", "Strange"),
        (7, "Strange", "Done"),
    ];
    let last = |fact: &WorkItemFact<'_>| fact.stays.iter().map(|stay| stay.is_last).collect::<Vec<_>>();
    // Review and Blocked are one stage. Of Done both are: nothing comes after them there but being done.
    with(&item("Done", &moves), &staged(), |fact| {
        assert_eq!(last(fact), [true, false, false, true, true, true, true, true]);
    });
    // Without stages all of Dev, Review and Blocked is `doing`; Strange is of no category.
    with(&item("Done", &moves), &Settings::default(), |fact| {
        assert_eq!(last(fact), [true, false, false, false, true, true, true, true]);
    });
}

#[test]
fn what_never_was_worked_on_has_no_cycle_time() {
    with(&item("Done", &[(4, "Backlog", "Done")]), &Settings::default(), |fact| {
        assert_eq!((fact.started_at, fact.done_at, fact.cycle_seconds()), (None, Some(h(4)), None));
        assert_eq!(fact.lead_seconds(), None);
    });
    // Begun and done in one instant is 0, which is not missing.
    with(&item("Done", &[(4, "Backlog", "Dev"), (4, "Dev", "Done")]), &Settings::default(), |fact| {
        assert_eq!((fact.cycle_seconds(), fact.active_seconds, fact.waiting_seconds), (Some(0.0), None, None));
    });
    with(&item("Done", &[(4, "Backlog", "Dev"), (4, "Dev", "Done")]), &staged(), |fact| {
        assert_eq!((fact.active_seconds, fact.waiting_seconds), (Some(0.0), Some(0.0)));
    });
}

#[test]
fn an_item_without_a_history_is_what_its_source_says_now() {
    with(&item("Dev", &[]), &Settings::default(), |fact| {
        assert_eq!((fact.started_at, fact.stays.len()), (Some(h(0)), 1));
    });
    let mut input = item("Done", &[]);
    input.items[0].resolved_at = Some(h(5));
    with(&input, &Settings::default(), |fact| {
        // It was something before, and nothing tells what.
        assert_eq!((fact.stays[0].status, fact.stays[0].left_at), (None, Some(h(5))));
        assert_eq!((fact.started_at, fact.done_at, fact.cycle_seconds()), (None, Some(h(5)), None));
    });
    input.items[0].created_at = None;
    with(&input, &Settings::default(), |fact| assert_eq!((fact.stays.len(), fact.done_at), (0, None)));
}

#[test]
fn an_item_whose_source_names_no_status_is_what_its_category_says() {
    let named = |category, moves: &[_], resolved: Option<i64>| {
        let mut input = item("Done", moves);
        let only = &mut input.items[0];
        (only.status, only.status_category, only.resolved_at) = (None, Some(category), resolved.map(h));
        input
    };
    let told = |input: &ItemsInput<'_>| {
        with(input, &Settings::default(), |fact| (fact.is_done, fact.started_at, fact.done_at, fact.stays.len()))
    };
    // What it was before it was resolved nothing tells.
    assert_eq!(told(&named("done", &[], Some(5))), (true, None, Some(h(5)), 2));
    assert_eq!(told(&named("done", &[], None)), (true, None, Some(h(0)), 1));
    assert_eq!(told(&named("doing", &[], None)), (false, Some(h(0)), None, 1));
    // Nobody told of the last move, or somebody did.
    assert_eq!(told(&named("done", &[(2, "Backlog", "Dev")], Some(6))), (true, Some(h(2)), Some(h(6)), 3));
    assert_eq!(told(&named("done", &[(2, "Dev", "Done")], Some(6))), (true, Some(h(0)), Some(h(2)), 2));
}

#[test]
fn what_its_source_says_now_counts_more_than_a_history_with_gaps() {
    // Nobody told of the last move.
    let mut input = item("Done", &[(2, "Backlog", "Dev")]);
    input.items[0].resolved_at = Some(h(6));
    with(&input, &Settings::default(), |fact| assert_eq!(hours(fact.cycle_seconds()), Some(4.0)));
    // The status was renamed since: the stay goes on under its new name.
    let mut input = item("Dev", &[(2, "Backlog", "In Dev")]);
    input.items[0].status_category = Some("doing");
    with(&input, &Settings::default(), |fact| {
        assert_eq!((fact.stays.len(), fact.stays[1].status, fact.started_at), (2, Some("Dev"), Some(h(2))));
    });
    // A move from before it was made: it was imported.
    let mut input = item("Dev", &[(2, "Backlog", "Dev")]);
    input.items[0].created_at = Some(h(9));
    with(&input, &Settings::default(), |fact| assert_eq!(fact.stays[0].entered_at, h(2)));
}

#[test]
fn what_is_not_mapped_is_excluded_and_says_why() {
    let excluded = |change: &dyn Fn(&mut WorkItem<'static>)| {
        let mut input = item("Dev", &[]);
        change(&mut input.items[0]);
        with(&input, &Settings::default(), |fact| fact.excluded)
    };
    assert_eq!(excluded(&|_| ()), None);
    assert_eq!(excluded(&|item| item.kind = Some("Epic")), Some("epic"));
    assert_eq!(excluded(&|item| item.kind = Some("Sub-task")), Some("subtask"));
    assert_eq!(
        excluded(&|item| (item.status, item.status_category) = (Some("Strange"), None)),
        Some("unmapped status")
    );
    // A status between that is in no stage leaves open how much of the time was work.
    let between = item("Done", &[(1, "Backlog", "Dev"), (2, "Dev", "Strange"), (3, "Strange", "Done")]);
    with(&between, &staged(), |fact| {
        assert_eq!((fact.active_seconds, hours(fact.cycle_seconds())), (None, Some(2.0)));
    });
}

#[test]
fn what_was_not_done_when_its_project_went_is_excluded_and_what_was_done_stays() {
    let (mut organisation, workflow) = (Organisation::default(), workflow());
    organisation.goes("p");
    let excluded =
        |input: &ItemsInput<'_>| Flows::new(input, &organisation, &workflow, &Settings::default()).items[0].excluded;
    assert_eq!(excluded(&item("Dev", &[(1, "Backlog", "Dev")])), Some("project deleted"));
    assert_eq!(excluded(&item("Backlog", &[])), Some("project deleted"));
    assert_eq!(excluded(&item("Done", &[(1, "Backlog", "Done")])), None);
    let mut other = item("Dev", &[]);
    other.items[0].project_id = Some("q");
    assert_eq!(excluded(&other), None);
    (other.items[0].project_id, other.items[0].repository_id) = (None, Some("p"));
    assert_eq!(excluded(&other), Some("project deleted"));
}

#[test]
fn an_item_is_blocked_by_flag_label_or_status_and_once_at_a_time() {
    let change = |field, at, from, to| Transition {
        id: "x",
        work_item_id: "i",
        field,
        from,
        to,
        from_status: None,
        to_status: None,
        at: h(at),
        position: 9,
    };
    let mut input =
        item("Done", &[(1, "Backlog", "Dev"), (10, "Dev", "Blocked"), (12, "Blocked", "Dev"), (20, "Dev", "Done")]);
    input.transitions.extend([
        change("flagged", 2, None, Some("Impediment")),
        change("labels", 3, Some("ui"), Some("ui blocked")),
        change("flagged", 4, Some("Impediment"), Some("")),
        change("labels", 6, Some("ui blocked"), Some("ui")),
        change("flagged", 18, None, Some("Impediment")),
    ]);
    with(&input, &Settings::default(), |fact| {
        // 2–6 by flag and then label, 10–12 by status, 18–20 until it was done.
        assert_eq!((fact.blocked_seconds / 3600.0, fact.blocked_since), (8.0, None));
    });
    // What was set when it was made is told by the first change, or without one by what it has now.
    let since_made = |labels: Vec<&'static str>, changes: Vec<Transition<'static>>| {
        let mut input = item("Done", &[(4, "Backlog", "Dev"), (20, "Dev", "Done")]);
        input.items[0].labels = labels;
        input.items[0].created_at = Some(h(0));
        input.transitions.extend(changes);
        with(&input, &Settings::default(), |fact| fact.blocked_seconds / 3600.0)
    };
    assert_eq!(since_made(vec!["ui", "blocked"], Vec::new()), 16.0);
    assert_eq!(since_made(vec!["ui"], vec![change("labels", 8, Some("ui blocked"), Some("ui"))]), 4.0);
    assert_eq!(
        since_made(vec![], vec![change("labels", 7, None, Some("ui")), change("labels", 8, Some("blocked"), None)]),
        4.0
    );
    assert_eq!(since_made(vec![], vec![change("flagged", 9, Some("Impediment"), None)]), 5.0);
    assert_eq!(since_made(vec!["blocked"], vec![change("labels", 15, None, Some("blocked"))]), 5.0);
    // What lies before it was begun is no part of its cycle time.
    assert_eq!(
        since_made(
            vec![],
            vec![change("labels", 1, None, Some("blocked")), change("labels", 3, Some("blocked"), None)]
        ),
        0.0
    );
    let mut open = item("Dev", &[(1, "Backlog", "Dev")]);
    open.transitions.extend([change("flagged", 2, None, Some("x")), change("flagged", 3, Some("x"), None)]);
    open.transitions.push(change("labels", 5, None, Some("on hold")));
    with(&open, &Settings::default(), |fact| {
        assert_eq!((fact.blocked_seconds / 3600.0, fact.blocked_since), (1.0, Some(h(5))));
    });
}

#[test]
fn an_item_is_committed_to_when_it_comes_into_a_sprint_that_runs() {
    let sprint =
        |state, starts: i64| Sprint { id: "s", state: Some(state), starts_at: Some(h(starts)), ..Sprint::default() };
    let stay = |added: Option<i64>, removed: Option<i64>| SprintStay {
        sprint_id: "s",
        work_item_id: "i",
        added_at: added.map(h),
        removed_at: removed.map(h),
    };
    let committed = |sprint, stay| {
        let mut input = item("Dev", &[(50, "Backlog", "Dev")]);
        (input.sprints, input.sprint_stays) = (vec![sprint], vec![stay]);
        with(&input, &Settings::default(), |fact| fact.committed_at.map(|at| at / h(1)))
    };
    assert_eq!(committed(sprint("active", 10), stay(Some(5), None)), Some(10));
    assert_eq!(committed(sprint("active", 10), stay(Some(20), None)), Some(20));
    assert_eq!(committed(sprint("closed", 10), stay(None, None)), Some(10));
    assert_eq!(committed(sprint("future", 10), stay(Some(5), None)), Some(50));
    assert_eq!(committed(sprint("active", 10), stay(Some(5), Some(8))), Some(50));
    assert_eq!(committed(sprint("active", 60), stay(Some(5), None)), Some(50));
    // Of one of which nobody knows when it starts nothing was committed to.
    let undated = Sprint { starts_at: None, ..sprint("active", 10) };
    assert_eq!(committed(undated, stay(Some(5), None)), Some(50));
}

#[test]
fn an_item_counts_for_the_team_of_whoever_had_it_when_it_was_done() {
    let mut organisation = Organisation::default();
    organisation.member("early", "ada", None, Some(h(5)));
    organisation.member("late", "ada", Some(h(5)), None);
    organisation.owner("p", "owners");
    let (workflow, settings) = (workflow(), Settings::default());
    let team = |done, assignee| {
        let mut input = item("Done", &[(1, "Backlog", "Dev"), (done, "Dev", "Done")]);
        input.items[0].assignee_id = assignee;
        Flows::new(&input, &organisation, &workflow, &settings).items[0].team_id.map(str::to_owned)
    };
    assert_eq!(team(4, Some("ada")).as_deref(), Some("early"));
    assert_eq!(team(5, Some("ada")).as_deref(), Some("late"));
    assert_eq!(team(5, Some("eve")).as_deref(), Some("owners"));
    assert_eq!(team(5, None).as_deref(), Some("owners"));
}

#[test]
fn an_item_of_a_repository_is_of_the_project_that_this_belongs_to() {
    let mut organisation = Organisation::default();
    organisation.scope("shop", "r");
    let mut input = item("Dev", &[]);
    (input.items[0].project_id, input.items[0].repository_id) = (None, Some("r"));
    let (workflow, settings) = (workflow(), Settings::default());
    let flows = Flows::new(&input, &organisation, &workflow, &settings);
    assert_eq!((flows.items[0].project_id, flows.items[0].item.home_id()), (Some("shop"), "r"));
    input.items[0].repository_id = None;
    let flows = Flows::new(&input, &organisation, &workflow, &settings);
    assert_eq!((flows.items[0].project_id, flows.items[0].item.home_id()), (None, "jira:a"));
}

#[test]
fn what_was_done_before_has_the_class_of_its_type_and_labels_as_they_are_now() {
    let mut input = item("Done", &[(1, "Backlog", "Dev"), (2, "Dev", "Done")]);
    let told = |input: &ItemsInput<'_>| with(input, &Settings::default(), |fact| (fact.class, fact.done_at));
    assert_eq!(told(&input), ("feature", Some(h(2))));
    input.items[0].kind = Some("Bug");
    assert_eq!(told(&input), ("defect", Some(h(2))));
    // Of a type that says nothing the labels do.
    (input.items[0].kind, input.items[0].labels) = (Some("Task"), vec!["hotfix"]);
    assert_eq!(told(&input), ("unplanned", Some(h(2))));
}

const STATUSES: [&str; 7] = ["Backlog", "Ready", "Dev", "Review", "Blocked", "Done", "Strange"];

proptest! {
    #[test]
    fn stays_follow_each_other_and_their_order_is_that_of_time(
        moves in prop::collection::vec((0_i64..40, 0_usize..7), 0..12), now in 0_usize..7, shuffle in any::<u64>(),
    ) {
        let mut at = 0;
        let mut from = "Backlog";
        let told: Vec<_> = moves.iter().map(|(step, to)| {
            at += step;
            let told = (at, from, STATUSES[*to]);
            from = STATUSES[*to];
            told
        }).collect();
        let input = item(STATUSES[now], &told);
        let mut other = item(STATUSES[now], &told);
        let turn = (shuffle as usize) % other.transitions.len().max(1);
        other.transitions.rotate_left(turn);
        let settings = staged();
        let of = |input: &ItemsInput<'_>| with(input, &settings, |fact| format!("{fact:?}"));
        prop_assert_eq!(of(&input), of(&other));
        with(&input, &settings, |fact| {
            assert!(fact.stays.windows(2).all(|pair| pair[0].left_at == Some(pair[1].entered_at)));
            assert!(fact.stays.windows(2).all(|pair| pair[0].entered_at <= pair[1].entered_at));
            assert_eq!(fact.stays.last().and_then(|stay| stay.left_at), None);
            assert_eq!(fact.stays.last().and_then(|stay| stay.status), Some(STATUSES[now]));
            if let Some(cycle) = fact.cycle_seconds() {
                assert!(fact.lead_seconds().is_some_and(|lead| lead >= cycle));
                if let (Some(active), Some(waiting)) = (fact.active_seconds, fact.waiting_seconds) {
                    assert_eq!(active + waiting, cycle);
                }
            }
        });
    }
}

#[test]
fn what_a_source_says_of_a_type_decides_where_no_pattern_names_it() {
    let mut workflow = workflow();
    workflow.work_item_type("jira:a:types/1", 1);
    workflow.work_item_type("jira:a:types/2", 0);
    workflow.work_item_type("jira:a:types/3", -1);
    let level = |kind, type_id, settings: &Settings| {
        let mut input = item("Done", &[(1, "Backlog", "Dev"), (2, "Dev", "Done")]);
        (input.items[0].kind, input.items[0].type_id) = (Some(kind), type_id);
        let organisation = Organisation::default();
        let flows = Flows::new(&input, &organisation, &workflow, settings);
        (flows.items[0].level, flows.items[0].excluded)
    };
    let usual = Settings::default();
    assert_eq!(level("Vorhaben", Some("jira:a:types/1"), &usual), ("epic", Some("epic")));
    assert_eq!(level("Aufgabe", Some("jira:a:types/2"), &usual), ("item", None));
    assert_eq!(level("Teil", Some("jira:a:types/3"), &usual), ("subtask", Some("subtask")));
    // A type of another connection, and none, say nothing.
    assert_eq!(level("Vorhaben", Some("jira:b:types/1"), &usual), ("item", None));
    assert_eq!(level("Vorhaben", None, &usual), ("item", None));
    // What the tenant says counts more.
    let own = Settings { flow: Flow { subtasks: patterns(&["vorhaben"]), ..Flow::default() }, ..Settings::default() };
    assert_eq!(level("Vorhaben", Some("jira:a:types/1"), &own), ("subtask", Some("subtask")));
    assert_eq!(level("Epic", Some("jira:a:types/2"), &usual), ("epic", Some("epic")));
}
