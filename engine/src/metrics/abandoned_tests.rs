//! What was closed without being done, in every metric of work items, computed by hand: until then it is as any open item, and from then on it is
//! nothing, and each metric of what was done says that it left it out. And what was closed without having been an incident, in every metric of
//! incidents: it never was one, and each says so.
//!
//! The weeks are those of [`super::golden_tests`]: W13 ends on 29 March, 22:00 UTC, and of W16 three days have passed.

use super::golden_facts::{facts, golden};
use super::tests::session;
use super::{Subject, catalogue};
use crate::session::values::pairs;

/// `a` is done in W14, `b` abandoned in the same instant, `c` in W15 without ever having been begun; `d` is open.
const ITEMS: &str = "
    id team_id class   level created_at  committed_at started_at  done_at     abandoned_at is_done cycle_seconds lead_seconds active_seconds waiting_seconds blocked_seconds reopened returned
    a  t1      feature item  03-24T08:00 03-24T08:00  03-24T08:00 03-31T08:00 -            yes     100           150          30             70              10              0        0
    b  t1      feature item  03-24T08:00 03-24T08:00  03-24T08:00 -           03-31T08:00  no      -             -            -              -               5               0        1
    c  t1      feature item  03-24T08:00 -            -           -           04-07T10:00  no      -             -            -              -               0               1        0
    d  t1      feature item  03-24T08:00 03-24T08:00  03-24T08:00 -           -            no      -             -            -              -               0               0        0";

const STAYS: &str = "
    work_item_id position class   level status_category entered_at  left_at     is_last excluded
    a            0        feature item  doing           03-24T08:00 03-31T08:00 yes     -
    a            1        feature item  done            03-31T08:00 -           yes     -
    b            0        feature item  doing           03-24T08:00 03-31T08:00 yes     -
    b            1        feature item  done            03-31T08:00 -           yes     abandoned";

#[tokio::test]
async fn what_is_abandoned_is_open_until_then_and_never_done() {
    let rows = [facts("facts/work_items", ITEMS), facts("facts/work_item_stays", STAYS)].concat();
    golden(
        &session(&rows),
        &[
            ("cycle_time", "- 0/1/0 | 100 1/0/1 | - 0/0/1 | - 0/0/0 = 100 1/1/2"),
            ("work_item_lead_time", "- 0/1/0 | 150 1/0/1 | - 0/0/1 | - 0/0/0 = 150 1/1/2"),
            // One in 23 days.
            ("throughput", "0 0/0/0 | 1 1/0/1 | 0 0/0/1 | 0 0/0/0 = 0.30434782608695654 1/0/2"),
            ("allocation", "0 0/0/0 | 1 1/0/1 | 0 0/0/1 | 0 0/0/0 = 0.30434782608695654 1/0/2"),
            ("unplanned_work", "- 0/0/0 | 0 1/0/1 | - 0/0/1 | - 0/0/0 = 0 1/0/2"),
            ("flow_efficiency", "- 0/1/0 | 0.3 1/0/1 | - 0/0/1 | - 0/0/0 = 0.3 1/1/2"),
            ("blocked_time", "- 0/1/0 | 0.1 1/0/1 | - 0/0/1 | - 0/0/0 = 0.1 1/1/2"),
            ("reopened_work", "- 0/0/0 | 0 1/0/1 | - 0/0/1 | - 0/0/0 = 0 1/0/2"),
            ("returned_work", "- 0/0/0 | 0 1/0/1 | - 0/0/1 | - 0/0/0 = 0 1/0/2"),
            ("classified_work_items", "- 0/0/0 | 1 1/0/1 | - 0/0/1 | - 0/0/0 = 1 1/0/2"),
            ("linked_work_items", "- 0/0/0 | 0 1/0/1 | - 0/0/1 | - 0/0/0 = 0 1/0/2"),
            // What was made was made, and has a status and a team, whatever became of it.
            ("mapped_work_items", "1 4/0/0 | - 0/0/0 | - 0/0/0 | - 0/0/0 = 1 4/0/0"),
            ("attributed_work_items", "1 4/0/0 | - 0/0/0 | - 0/0/0 | - 0/0/0 = 1 4/0/0"),
            // At the end of W13 a, b and d, after 5 d 14 h; then d alone.
            ("work_in_progress", "3 3/0/0 | 1 1/0/0 | 1 1/0/0 | 1 1/0/0 = 1 1/0/0"),
            ("work_item_age", "482400 3/0/0 | 1087200 1/0/0 | 1692000 1/0/0 | 1951200 1/0/0 = 1951200 1/0/0"),
            // b is in no stage from when it was abandoned on.
            ("cumulative_flow", "2 2/0/0 | 1 1/0/1 | 1 1/0/1 | 1 1/0/1 = 1 1/0/1"),
            // Seven days of a. What b left does not count: it never was done.
            ("stage_exit_age", "- 0/0/0 | 604800 1/0/1 | - 0/0/0 | - 0/0/0 = 604800 1/0/1"),
        ],
    )
    .await;
}

#[tokio::test]
async fn what_is_abandoned_since_nobody_knows_when_is_left_out_of_the_whole_and_of_no_period() {
    let once = "
        id class   level excluded
        u  feature item  abandoned";
    golden(
        &session(&[facts("facts/work_items", ITEMS), facts("facts/work_items", once)].concat()),
        &[
            ("cycle_time", "- 0/1/0 | 100 1/0/1 | - 0/0/1 | - 0/0/0 = 100 1/1/3"),
            ("work_item_lead_time", "- 0/1/0 | 150 1/0/1 | - 0/0/1 | - 0/0/0 = 150 1/1/3"),
            ("throughput", "0 0/0/0 | 1 1/0/1 | 0 0/0/1 | 0 0/0/0 = 0.30434782608695654 1/0/3"),
            ("allocation", "0 0/0/0 | 1 1/0/1 | 0 0/0/1 | 0 0/0/0 = 0.30434782608695654 1/0/3"),
            ("unplanned_work", "- 0/0/0 | 0 1/0/1 | - 0/0/1 | - 0/0/0 = 0 1/0/3"),
            ("flow_efficiency", "- 0/1/0 | 0.3 1/0/1 | - 0/0/1 | - 0/0/0 = 0.3 1/1/3"),
            ("blocked_time", "- 0/1/0 | 0.1 1/0/1 | - 0/0/1 | - 0/0/0 = 0.1 1/1/3"),
            ("reopened_work", "- 0/0/0 | 0 1/0/1 | - 0/0/1 | - 0/0/0 = 0 1/0/3"),
            ("returned_work", "- 0/0/0 | 0 1/0/1 | - 0/0/1 | - 0/0/0 = 0 1/0/3"),
            ("classified_work_items", "- 0/0/0 | 1 1/0/1 | - 0/0/1 | - 0/0/0 = 1 1/0/3"),
            ("linked_work_items", "- 0/0/0 | 0 1/0/1 | - 0/0/1 | - 0/0/0 = 0 1/0/3"),
            ("mapped_work_items", "1 4/0/0 | - 0/0/0 | - 0/0/0 | - 0/0/0 = 1 4/0/1"),
            ("attributed_work_items", "1 4/0/0 | - 0/0/0 | - 0/0/0 | - 0/0/0 = 1 4/0/1"),
        ],
    )
    .await;
}

#[tokio::test]
async fn a_row_that_is_left_out_says_that_it_was_abandoned_and_of_an_epic_that_it_is_one() {
    let epic = "
        id level class   created_at  abandoned_at excluded
        e  epic  feature 03-24T08:00 03-31T08:00  epic";
    let session = session(&[facts("facts/work_items", ITEMS), facts("facts/work_items", epic)].concat());
    for view in ["flow.throughput", "flow.cycle_time", "flow.allocation", "quality.classified_work_items"] {
        let left_out =
            format!("SELECT subject_id, excluded FROM {view} WHERE excluded IS NOT NULL ORDER BY subject_id");
        let told = pairs(&session, &left_out).await.unwrap();
        let told: Vec<_> = told.iter().map(|(id, why)| (id.as_str(), why.as_str())).collect();
        assert_eq!(told, [("b", "abandoned"), ("c", "abandoned"), ("e", "epic")], "{view}");
    }
}

/// i2 was none, has been open from W13 to W14, and has the title of i3.
const INCIDENTS: &str = "
    id project_id team_id severity title began_at    resolved_at acknowledge_seconds recovery_seconds is_open on_hours deployment_id excluded
    i0 p1         t1      sev2     Disk  02-20T10:00 02-20T11:00 60                  3600             no      yes      d0            -
    i1 p1         t1      sev1     Net   03-24T08:00 03-24T09:00 60                  3600             no      no       d1            -
    i2 p1         t1      sev1     Disk  03-25T08:00 03-31T08:00 30                  518400           no      yes      -             abandoned
    i3 p1         -       sev2     Disk  04-07T10:00 04-07T12:00 -                   7200             no      yes      -             -";

#[tokio::test]
async fn what_was_no_incident_is_in_no_figure_of_incidents_and_each_says_that_it_left_it_out() {
    let session = session(&facts("facts/incidents", INCIDENTS));
    golden(
        &session,
        &[
            // Two in 24 days.
            ("incidents", "1 1/0/1 | 0 0/0/0 | 1 1/0/0 | 0 0/0/0 = 0.5833333333333334 2/0/1"),
            ("incident_acknowledge_time", "60 1/0/1 | - 0/0/0 | - 0/0/1 | - 0/0/0 = 60 1/0/2"),
            ("incident_recovery_time", "3600 1/0/1 | - 0/0/0 | 7200 1/0/0 | - 0/0/0 = 5400 2/0/1"),
            // i0 began 46 days before i3, and i2 is not one that it could repeat.
            ("repeat_incidents", "0 1/0/1 | - 0/0/0 | 0 1/0/0 | - 0/0/0 = 0 2/0/1"),
            ("working_hours_incidents", "0 1/0/1 | - 0/0/0 | 1 1/0/0 | - 0/0/0 = 0.5 2/0/1"),
            ("open_incidents", "0 0/0/1 | 0 0/0/0 | 0 0/0/0 | 0 0/0/0 = 0 0/0/0"),
            ("open_incident_age", "- 0/0/1 | - 0/0/0 | - 0/0/0 | - 0/0/0 = - 0/0/0"),
            ("linked_incidents", "1 1/0/1 | - 0/0/0 | 0 1/0/0 | - 0/0/0 = 0.5 2/0/1"),
            ("attributed_incidents", "1 1/0/1 | - 0/0/0 | 0 1/0/0 | - 0/0/0 = 0.5 2/0/1"),
        ],
    )
    .await;
    for definition in catalogue().unwrap().iter().filter(|d| d.subject == Some(Subject::Incident)) {
        let view = definition.view();
        let left_out = format!("SELECT subject_id, excluded FROM {view} WHERE subject_id = 'i2'");
        let told = pairs(&session, &left_out).await.unwrap();
        assert_eq!(told, [("i2".to_owned(), "abandoned".to_owned())], "{view}");
    }
}
