//! What was closed without being done, by hand. Times are hours, and the sprint runs from hour 10 to hour 20.

use super::golden::{h, item, workflow};
use super::input::{ItemsInput, Sprint, SprintStay, Transition};
use super::{Flows, SprintItemFact, WorkItemFact};
use crate::model::Organisation;
use crate::pattern::patterns;
use crate::{Flow, Settings};

const BUILT: &[(i64, &str, &str)] = &[(1, "Backlog", "Dev"), (15, "Dev", "Done")];

/// An item that its moves brought to Done, as it is said to have been closed.
fn closed(moves: &[(i64, &'static str, &'static str)], resolution: Option<&'static str>) -> ItemsInput<'static> {
    let mut input = item("Done", moves);
    input.items[0].resolution = resolution;
    input
}

/// With these changes of its resolution.
fn resolved(
    mut input: ItemsInput<'static>,
    changes: &[(i64, Option<&'static str>, Option<&'static str>)],
) -> ItemsInput<'static> {
    input.transitions.extend(changes.iter().map(|(at, from, to)| Transition {
        id: "r",
        work_item_id: "i",
        field: "resolution",
        from: *from,
        to: *to,
        at: h(*at),
        position: 9,
        ..Transition::default()
    }));
    input
}

/// What is said of the only item.
fn with<T>(input: &ItemsInput<'_>, settings: &Settings, say: impl Fn(&WorkItemFact<'_>) -> T) -> T {
    let (organisation, workflow) = (Organisation::default(), workflow());
    let flows = Flows::new(input, &organisation, &workflow, settings);
    say(&flows.items[0])
}

/// When it was done, when it was abandoned, and whether it is done.
fn ended(fact: &WorkItemFact<'_>) -> (Option<i64>, Option<i64>, bool) {
    (fact.done_at.map(|at| at / h(1)), fact.abandoned_at.map(|at| at / h(1)), fact.is_done)
}

#[test]
fn what_is_closed_without_being_done_is_abandoned_and_never_done() {
    let settings = Settings::default();
    for resolution in ["Won't Do", "Duplicate", "not_planned", "CANNOT REPRODUCE"] {
        with(&closed(BUILT, Some(resolution)), &settings, |fact| {
            assert_eq!(ended(fact), (None, Some(15), false), "{resolution}");
            // What it went through until then is known of it, as of an open item, and nothing of an end.
            assert_eq!((fact.started_at, fact.excluded, fact.item.status_category), (Some(h(1)), None, Some("done")));
            assert_eq!((fact.cycle_seconds(), fact.lead_seconds(), fact.active_seconds), (None, None, None));
        });
    }
    for resolution in [None, Some("Done"), Some("Fixed"), Some("completed")] {
        with(&closed(BUILT, resolution), &settings, |fact| assert_eq!(ended(fact), (Some(15), None, true)));
    }
    // While it is open, what a source says of how it once was closed says nothing.
    let mut open = item("Dev", &[(1, "Backlog", "Dev")]);
    open.items[0].resolution = Some("Won't Do");
    with(&open, &settings, |fact| assert_eq!(ended(fact), (None, None, false)));
}

#[test]
fn the_status_says_it_as_well_as_the_resolution() {
    let mut input = item("Done", &[(1, "Backlog", "Dev"), (4, "Dev", "Cancelled")]);
    (input.items[0].status, input.items[0].status_category) = (Some("Cancelled"), Some("done"));
    with(&input, &Settings::default(), |fact| assert_eq!(ended(fact), (None, Some(4), false)));
    // Where its status means doing it is in work, whatever that is called.
    input.items[0].status_category = Some("doing");
    with(&input, &Settings::default(), |fact| assert_eq!(ended(fact), (None, None, false)));
}

#[test]
fn a_tenant_says_what_counts_as_abandoned() {
    let of = |words: &[&str], resolution| {
        let flow = Flow { abandoned: patterns(words), ..Flow::default() };
        with(&closed(BUILT, Some(resolution)), &Settings { flow, ..Settings::default() }, |fact| fact.abandoned_at)
    };
    assert_eq!(of(&["out of scope"], "Out of Scope"), Some(h(15)));
    assert_eq!(of(&["out of scope"], "Won't Do"), None);
    assert_eq!(of(&[], "Duplicate"), None);
}

#[test]
fn only_the_stays_since_it_was_abandoned_are_left_out() {
    // Done at hour 4, taken up again at 6 and closed as nothing to do at 9; filed away at 12.
    let moves = [(1, "Backlog", "Dev"), (4, "Dev", "Done"), (6, "Done", "Dev"), (9, "Dev", "Done")];
    let mut input = closed(&moves, Some("Won't Do"));
    input.transitions.push(item("Archived", &[(12, "Done", "Archived")]).transitions.remove(0));
    input.transitions[4].position = 4;
    (input.items[0].status, input.items[0].status_category) = (Some("Archived"), Some("done"));
    with(&input, &Settings::default(), |fact| {
        assert_eq!((ended(fact), fact.reopened), ((None, Some(9), false), 1));
        let told: Vec<_> = fact.stays.iter().map(|stay| (stay.entered_at / h(1), fact.excluded_in(stay))).collect();
        let out = Some("abandoned");
        assert_eq!(told, [(0, None), (1, None), (4, None), (6, None), (9, out), (12, out)]);
    });
    // Of an epic the reason is that it is one.
    input.items[0].kind = Some("Epic");
    with(&input, &Settings::default(), |fact| {
        assert_eq!((fact.excluded, fact.abandoned_at), (Some("epic"), Some(h(9))));
        assert!(fact.stays.iter().all(|stay| fact.excluded_in(stay) == Some("epic")));
    });
}

#[test]
fn what_is_taken_up_again_is_open_and_done_as_any_other() {
    let moves = [(1, "Backlog", "Dev"), (4, "Dev", "Done"), (6, "Done", "Dev")];
    let open = item("Dev", &moves);
    with(&open, &Settings::default(), |fact| assert_eq!((ended(fact), fact.reopened), ((None, None, false), 1)));
    let done = closed(&[&moves[..], &[(9, "Dev", "Done")]].concat(), Some("Done"));
    with(&done, &Settings::default(), |fact| {
        assert_eq!((ended(fact), fact.reopened), ((Some(9), None, true), 1));
        assert_eq!(fact.cycle_seconds(), Some(8.0 * 3600.0));
    });
}

#[test]
fn each_earlier_closing_is_judged_by_the_resolution_that_it_had_until_it_was_taken_up_again() {
    // Closed at hour 4, taken up again at 6, and done at 9.
    let moves = [(1, "Backlog", "Dev"), (4, "Dev", "Done"), (6, "Done", "Dev"), (9, "Dev", "Done")];
    let (open, wont, done) = (None, Some("Won't Do"), Some("Done"));
    for (changes, abandoned) in [
        (vec![(4, open, wont), (6, wont, open), (9, open, done)], true),
        // What it was before the first change that is told.
        (vec![(6, wont, open), (9, open, done)], true),
        (vec![(9, wont, done)], true),
        // It was said otherwise while it was closed.
        (vec![(4, open, done), (5, done, wont), (6, wont, open)], true),
        (vec![(4, open, wont), (5, wont, done), (6, done, open)], false),
        (vec![(4, open, done), (6, done, open), (9, open, done)], false),
        // Nothing tells.
        (Vec::new(), false),
    ] {
        let input = resolved(closed(&moves, done), &changes);
        with(&input, &Settings::default(), |fact| {
            // How it is closed now is what its source says of it now, and when it was last done as well.
            assert_eq!((ended(fact), fact.reopened), ((Some(9), None, true), 1), "{changes:?}");
            assert_eq!(fact.cycle_seconds(), Some(8.0 * 3600.0));
            let out = abandoned.then_some("abandoned");
            let told: Vec<_> = fact.stays.iter().map(|stay| (stay.entered_at / h(1), fact.excluded_in(stay))).collect();
            assert_eq!(told, [(0, None), (1, None), (4, out), (6, None), (9, None)], "{changes:?}");
            let by = [3, 4, 5, 6, 9].map(|hour| fact.abandoned_by(h(hour)).map(|at| at / h(1)));
            let since = abandoned.then_some(4);
            assert_eq!(by, [None, since, since, None, None], "{changes:?}");
        });
    }
}

#[test]
fn an_earlier_closing_is_judged_by_the_status_that_it_had_as_well() {
    let mut workflow = workflow();
    workflow.status("jira:a", "Cancelled", "Cancelled", "done", false);
    let moves = [(1, "Backlog", "Dev"), (4, "Dev", "Cancelled"), (6, "Cancelled", "Dev"), (9, "Dev", "Done")];
    let (organisation, settings, input) = (Organisation::default(), Settings::default(), closed(&moves, Some("Done")));
    let flows = Flows::new(&input, &organisation, &workflow, &settings);
    let told: Vec<_> = flows.items[0].stays.iter().map(|stay| stay.is_abandoned).collect();
    assert_eq!((ended(&flows.items[0]), told), ((Some(9), None, true), vec![false, false, true, false, false]));
}

#[test]
fn what_is_abandoned_is_blocked_no_more() {
    let moves = [(1, "Backlog", "Dev"), (10, "Dev", "Blocked"), (14, "Blocked", "Done")];
    let mut input = closed(&moves, Some("Declined"));
    input.items[0].labels = vec!["blocked"];
    with(&input, &Settings::default(), |fact| {
        // From when it was begun until it was abandoned.
        assert_eq!((fact.blocked_since, fact.blocked_seconds), (None, 13.0 * 3600.0));
    });
}

#[test]
fn what_was_abandoned_when_its_project_went_was_open_until_then_and_not_left_in_it() {
    let (mut organisation, workflow) = (Organisation::default(), workflow());
    organisation.goes("p");
    let (input, settings) = (closed(BUILT, Some("Obsolete")), Settings::default());
    let flows = Flows::new(&input, &organisation, &workflow, &settings);
    assert_eq!((flows.items[0].excluded, flows.items[0].abandoned_at), (None, Some(h(15))));
}

#[test]
fn what_was_abandoned_and_taken_up_again_was_not_done_meanwhile_also_where_its_project_went_since() {
    let (mut organisation, workflow) = (Organisation::default(), workflow());
    organisation.goes("p");
    let moves = [(1, "Backlog", "Dev"), (4, "Dev", "Done"), (6, "Done", "Dev")];
    let wont = Some("Won't Do");
    let input = resolved(item("Dev", &moves), &[(4, None, wont), (6, wont, None)]);
    let settings = Settings::default();
    let flows = Flows::new(&input, &organisation, &workflow, &settings);
    let told: Vec<_> = flows.items[0].stays.iter().map(|stay| flows.items[0].excluded_in(stay)).collect();
    let went = Some("project deleted");
    assert_eq!((flows.items[0].excluded, told), (went, vec![went, went, Some("abandoned"), went]));
}

#[test]
fn what_was_abandoned_at_no_known_time_was_never_open() {
    let mut input = closed(&[], Some("Duplicate"));
    input.items[0].created_at = None;
    with(&input, &Settings::default(), |fact| {
        assert_eq!((ended(fact), fact.excluded), ((None, None, false), Some("abandoned")));
    });
    // The day on which it was resolved is enough where it is known when it was made.
    (input.items[0].created_at, input.items[0].resolved_at) = (Some(h(0)), Some(h(5)));
    with(&input, &Settings::default(), |fact| assert_eq!((ended(fact), fact.excluded), ((None, Some(5), false), None)));
}

/// What became in the sprint of an item that was abandoned at an hour, with its stays in it.
fn became<T>(
    state: &'static str,
    abandoned: i64,
    stays: &[(Option<i64>, Option<i64>)],
    say: impl Fn(&SprintItemFact<'_>) -> T,
) -> T {
    let input = closed(&[(1, "Backlog", "Dev"), (abandoned, "Dev", "Done")], Some("Won't Do"));
    in_sprint(input, state, stays, say)
}

/// What became in the sprint of an item with its stays in it.
fn in_sprint<T>(
    mut input: ItemsInput<'static>,
    state: &'static str,
    stays: &[(Option<i64>, Option<i64>)],
    say: impl Fn(&SprintItemFact<'_>) -> T,
) -> T {
    input.sprints = vec![Sprint {
        id: "s",
        name: Some("Sprint 1"),
        state: Some(state),
        starts_at: Some(h(10)),
        ends_at: Some(h(22)),
        completed_at: (state == "closed").then(|| h(20)),
        ..Sprint::default()
    }];
    let stay = |(added, removed): &(Option<i64>, Option<i64>)| SprintStay {
        sprint_id: "s",
        work_item_id: "i",
        added_at: added.map(h),
        removed_at: removed.map(h),
    };
    input.sprint_stays = stays.iter().map(stay).collect();
    let (organisation, workflow, settings) = (Organisation::default(), workflow(), Settings::default());
    let flows = Flows::new(&input, &organisation, &workflow, &settings);
    say(&flows.sprint_items[0])
}

/// The flags that are set, in words, and when it went out.
fn words(fact: &SprintItemFact<'_>) -> (String, Option<i64>) {
    let flags = [
        (fact.is_committed, "committed"),
        (fact.is_added, "added"),
        (fact.is_removed, "removed"),
        (fact.is_completed, "completed"),
        (fact.is_carried_over, "carried over"),
    ];
    let set: Vec<_> = flags.into_iter().filter_map(|(is, word)| is.then_some(word)).chain(fact.excluded).collect();
    (set.join(", "), fact.removed_at.map(|at| at / h(1)))
}

#[test]
fn what_was_abandoned_at_the_end_of_a_sprint_was_not_completed_in_it_though_it_was_taken_up_again() {
    let of = |shut: i64, again: i64, done: i64, resolution: &'static str| {
        let moves = [(1, "Backlog", "Dev"), (shut, "Dev", "Done"), (again, "Done", "Dev"), (done, "Dev", "Done")];
        let told = [(shut, None, Some(resolution)), (again, Some(resolution), None), (done, None, Some("Done"))];
        in_sprint(resolved(closed(&moves, Some("Done")), &told), "closed", &[(Some(5), None)], words)
    };
    // The sprint ended at hour 20.
    assert_eq!(of(15, 25, 30, "Won't Do"), ("committed, removed".to_owned(), Some(15)));
    assert_eq!(of(15, 25, 30, "Fixed"), ("committed, completed".to_owned(), None));
    // It was taken up again and done while the sprint ran, or taken up again and not done.
    assert_eq!(of(12, 15, 18, "Won't Do"), ("committed, completed".to_owned(), None));
    assert_eq!(of(12, 15, 25, "Won't Do"), ("committed, carried over".to_owned(), None));
    // When the sprint began it was no scope of it, as what was done is none then.
    assert_eq!(of(8, 12, 18, "Won't Do"), ("committed, completed, abandoned".to_owned(), None));
    assert_eq!(of(8, 12, 18, "Fixed"), ("committed, completed, done before".to_owned(), None));
}

#[test]
fn what_is_abandoned_while_a_sprint_runs_is_taken_out_of_it_then() {
    let of = |state, abandoned, stays: &[_]| became(state, abandoned, stays, words);
    let told = |words: &str, out: Option<i64>| (words.to_owned(), out);
    assert_eq!(of("closed", 15, &[(Some(5), None)]), told("committed, removed", Some(15)));
    assert_eq!(of("closed", 15, &[(Some(12), None)]), told("added, removed", Some(15)));
    assert_eq!(of("closed", 20, &[(Some(5), None)]), told("committed, removed", Some(20)));
    assert_eq!(of("active", 15, &[(Some(5), None)]), told("committed, removed", Some(15)));
    // It was taken out before, or after: the first counts.
    assert_eq!(of("closed", 15, &[(Some(5), Some(12))]), told("committed, removed", Some(12)));
    assert_eq!(of("closed", 15, &[(Some(5), Some(18))]), told("committed, removed", Some(15)));
    // After its end the sprint is as it was.
    assert_eq!(of("closed", 21, &[(Some(5), None)]), told("committed, carried over", None));
    assert_eq!(of("closed", 21, &[(Some(5), Some(20))]), told("committed, carried over", Some(20)));
    // What was abandoned before the sprint began, or before it came in, was no scope of it.
    assert_eq!(of("closed", 9, &[(Some(5), None)]).0, "committed, removed, abandoned");
    assert_eq!(of("closed", 12, &[(Some(13), None)]).0, "added, removed, abandoned");
    assert_eq!(of("future", 9, &[(Some(5), None)]).0, "committed, removed, future sprint");
}
