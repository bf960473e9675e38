//! What becomes of items in sprints, by hand. The sprint runs from hour 10 to hour 20.

use super::golden::{h, item, workflow};
use super::input::{ItemsInput, Sprint, SprintStay};
use super::{Flows, SprintItemFact};
use crate::Settings;
use crate::model::Organisation;

fn sprint(state: &'static str) -> Sprint<'static> {
    Sprint {
        id: "s",
        name: Some("Sprint 1"),
        state: Some(state),
        starts_at: Some(h(10)),
        ends_at: Some(h(22)),
        completed_at: (state == "closed").then(|| h(20)),
        ..Sprint::default()
    }
}

/// What became of an item that was begun at hour 1 and is done at hour `done`, with its stays in the sprint.
fn became<T>(
    sprint: Sprint<'static>,
    done: Option<i64>,
    stays: &[(Option<i64>, Option<i64>)],
    say: impl Fn(&SprintItemFact<'_>) -> T,
) -> T {
    let input = match done {
        Some(done) => item("Done", &[(1, "Backlog", "Dev"), (done, "Dev", "Done")]),
        None => item("Dev", &[(1, "Backlog", "Dev")]),
    };
    became_of(input, sprint, stays, say)
}

/// The same of any item.
fn became_of<T>(
    mut input: ItemsInput<'static>,
    sprint: Sprint<'static>,
    stays: &[(Option<i64>, Option<i64>)],
    say: impl Fn(&SprintItemFact<'_>) -> T,
) -> T {
    input.sprints = vec![sprint];
    input.sprint_stays = stays
        .iter()
        .map(|(added, removed)| SprintStay {
            sprint_id: "s",
            work_item_id: "i",
            added_at: added.map(h),
            removed_at: removed.map(h),
        })
        .collect();
    let (organisation, workflow, settings) = (Organisation::default(), workflow(), Settings::default());
    let flows = Flows::new(&input, &organisation, &workflow, &settings);
    say(&flows.sprint_items[0])
}

/// The flags that are set, in words.
fn words(fact: &SprintItemFact<'_>) -> String {
    let flags = [
        (fact.is_committed, "committed"),
        (fact.is_added, "added"),
        (fact.is_removed, "removed"),
        (fact.is_completed, "completed"),
        (fact.is_carried_over, "carried over"),
    ];
    let set: Vec<_> = flags.into_iter().filter_map(|(is, word)| is.then_some(word)).chain(fact.excluded).collect();
    set.join(", ")
}

#[test]
fn a_closed_sprint_is_judged_at_its_end() {
    let of = |done, stays: &[_]| became(sprint("closed"), done, stays, words);
    assert_eq!(of(Some(15), &[(Some(5), None)]), "committed, completed");
    assert_eq!(of(Some(20), &[(Some(5), None)]), "committed, completed");
    assert_eq!(of(Some(21), &[(Some(5), None)]), "committed, carried over");
    assert_eq!(of(None, &[(None, None)]), "committed, carried over");
    assert_eq!(of(Some(15), &[(Some(10), None)]), "committed, completed");
    assert_eq!(of(Some(15), &[(Some(11), None)]), "added, completed");
    assert_eq!(of(None, &[(Some(5), Some(15))]), "committed, removed");
    // Closing takes out what is not done.
    assert_eq!(of(None, &[(Some(5), Some(20))]), "committed, carried over");
    assert_eq!(of(None, &[(Some(11), Some(12)), (Some(14), None)]), "added, carried over");
    assert_eq!(of(None, &[(Some(5), Some(12)), (Some(14), None)]), "committed, carried over");
    // Taken out before it began, or put in after it ended, it never was in.
    assert_eq!(of(None, &[(Some(5), Some(9))]), "");
    assert_eq!(of(None, &[(Some(21), None)]), "");
}

#[test]
fn a_sprint_that_runs_is_judged_now() {
    let of = |done, stays: &[_]| became(sprint("active"), done, stays, words);
    assert_eq!(of(Some(15), &[(Some(5), None)]), "committed, completed");
    assert_eq!(of(None, &[(Some(5), None)]), "committed");
    assert_eq!(of(None, &[(Some(12), Some(13))]), "added, removed");
    // It was to end at hour 22, and nobody has closed it: what comes in later comes into one that runs.
    assert_eq!(of(None, &[(Some(24), None)]), "added");
    assert_eq!(of(Some(26), &[(Some(24), None)]), "added, completed");
    assert_eq!(of(None, &[(Some(24), Some(25))]), "added, removed");
    assert_eq!(of(Some(23), &[(Some(24), None)]), "added, completed, done before");
}

#[test]
fn what_does_not_count_says_why() {
    let none = Sprint { starts_at: None, ..sprint("closed") };
    assert_eq!(became(none, None, &[(Some(5), None)], |fact| fact.excluded), Some("no dates"));
    let endless = Sprint { ends_at: None, completed_at: None, ..sprint("closed") };
    assert_eq!(became(endless, None, &[(Some(5), None)], |fact| fact.excluded), Some("no dates"));
    assert_eq!(became(sprint("future"), None, &[(Some(5), None)], |fact| fact.excluded), Some("future sprint"));
    assert_eq!(became(sprint("closed"), Some(9), &[(Some(5), None)], |fact| fact.excluded), Some("done before"));
    assert_eq!(became(sprint("closed"), Some(11), &[(Some(5), None)], |fact| fact.excluded), None);
}

#[test]
fn what_comes_in_while_a_sprint_runs_counts_as_it_was_then() {
    let of = |moves: &[(i64, &'static str, &'static str)], stays: &[(Option<i64>, Option<i64>)]| {
        let status = moves.last().map_or("Backlog", |(_, _, to)| *to);
        became_of(item(status, moves), sprint("closed"), stays, words)
    };
    let done = (15, "Dev", "Done");
    // It was done at hour 15: what is put in after that, to be seen in it, was done elsewhere.
    assert_eq!(of(&[(1, "Backlog", "Dev"), done], &[(Some(14), None)]), "added, completed");
    assert_eq!(of(&[(1, "Backlog", "Dev"), done], &[(Some(15), None)]), "added, completed, done before");
    assert_eq!(of(&[(1, "Backlog", "Dev"), done], &[(Some(16), None)]), "added, completed, done before");
    // It came in before it was done, whenever it came again.
    assert_eq!(of(&[(1, "Backlog", "Dev"), done], &[(Some(12), Some(13)), (Some(16), None)]), "added, completed");
    // It was done before the sprint began, opened again at hour 12, and put in.
    let again = [(1, "Backlog", "Dev"), (5, "Dev", "Done"), (12, "Done", "Dev"), (18, "Dev", "Done")];
    assert_eq!(of(&again, &[(Some(12), None)]), "added, completed");
    assert_eq!(of(&again[..3], &[(Some(13), None)]), "added, carried over");
    assert_eq!(of(&again, &[(Some(11), None)]), "added, completed, done before");
    assert_eq!(of(&again, &[(Some(6), None)]), "committed, completed, done before");
}

#[test]
fn the_first_coming_and_the_last_going_are_told() {
    let times = |stays: &[_]| {
        became(sprint("closed"), None, stays, |fact| {
            (fact.added_at.map(|at| at / h(1)), fact.removed_at.map(|at| at / h(1)))
        })
    };
    assert_eq!(times(&[(Some(11), Some(12)), (Some(14), Some(16))]), (Some(11), Some(16)));
    assert_eq!(times(&[(Some(11), Some(12)), (Some(14), None)]), (Some(11), None));
    assert_eq!(times(&[(None, Some(12))]), (None, Some(12)));
}

#[test]
fn a_sprint_is_of_the_project_that_was_decided_of_its_board_or_else_that_its_source_says() {
    let mut organisation = Organisation::default();
    organisation.board("pay", "b");
    let (workflow, settings) = (workflow(), Settings::default());
    let project = |project_id: Option<&'static str>, board_id: Option<&'static str>| {
        let mut input = item("Dev", &[(1, "Backlog", "Dev")]);
        input.sprints = vec![Sprint { project_id, board_id, ..sprint("active") }];
        input.sprint_stays = vec![SprintStay { sprint_id: "s", work_item_id: "i", ..SprintStay::default() }];
        let flows = Flows::new(&input, &organisation, &workflow, &settings);
        flows.sprint_items[0].sprint_project_id.map(str::to_owned)
    };
    assert_eq!(project(None, None), None);
    assert_eq!(project(Some("shop"), None).as_deref(), Some("shop"));
    assert_eq!(project(Some("shop"), Some("other")).as_deref(), Some("shop"));
    assert_eq!(project(Some("shop"), Some("b")).as_deref(), Some("pay"));
    assert_eq!(project(None, Some("b")).as_deref(), Some("pay"));
}
