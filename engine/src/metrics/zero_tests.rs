//! A 0 that was measured, of every metric that can be one: of rows that count and come to nothing, and of a day without any, or at whose
//! end nothing is there any more, between days that are known.

use super::boundary_tests::{CASES, DAYS, IDS, One, STAYS, others, placed, told};
use super::tests::{at, session};
use super::*;
use crate::row::{Row, Value};
use std::collections::BTreeSet;

/// Tables with one row that counts, and the metrics that are 0 by it.
type Nothing = (&'static str, &'static str, &'static [&'static str]);

const NOTHING: &[Nothing] = &[
    (
        "facts/changes",
        "id kind         repository_id deployed_at lead_seconds coding_seconds pickup_seconds review_seconds deploy_seconds
         c1 pull_request r1            06-15T12:00 0            0              0              0              0",
        &[
            "change_lead_time",
            "lead_time_coding",
            "lead_time_pickup",
            "lead_time_review",
            "lead_time_deploy",
            "direct_pushes",
            "attributed_changes",
        ],
    ),
    ("facts/changes", "id kind repository_id deployed_at\n c1 commit r1 06-15T12:00", &["traced_changes"]),
    (
        "facts/deployments",
        "id repository_id finished_at failed is_rework\n d1 r1 06-15T12:00 no no",
        &["change_fail_rate", "deployment_rework_rate"],
    ),
    (
        "facts/deployments",
        "id repository_id finished_at failed recovery_seconds recovery_open\n d1 r1 06-15T12:00 yes 0 no",
        &["failed_deployment_recovery_time"],
    ),
    (
        // It belongs to no team, and no code names it.
        "facts/work_items",
        "id key class   level created_at  started_at  done_at     is_done cycle_seconds lead_seconds reopened returned
         i1 K-1 feature item  06-15T12:00 06-15T12:00 06-15T12:00 yes     0             0            0        0",
        &[
            "cycle_time",
            "work_item_lead_time",
            "unplanned_work",
            "reopened_work",
            "returned_work",
            "attributed_work_items",
            "linked_work_items",
        ],
    ),
    (
        "facts/work_items",
        "id level created_at  started_at  done_at     is_done cycle_seconds active_seconds waiting_seconds blocked_seconds
         i1 item  06-15T12:00 06-15T12:00 06-15T12:00 yes     100           0              100             0",
        &["flow_efficiency", "blocked_time"],
    ),
    (
        "facts/work_items",
        "id class level created_at done_at is_done\n i1 unclassified item 06-15T12:00 06-15T12:00 yes",
        &["classified_work_items"],
    ),
    (
        "facts/work_items",
        "id level created_at is_done excluded\n i1 item 06-15T12:00 no unmapped_status",
        &["mapped_work_items"],
    ),
    (
        "facts/sprint_items",
        "sprint_id work_item_id sprint_state sprint_ends_at is_committed is_added is_removed is_completed is_carried_over points
         s1        a            closed       06-15T12:00    yes          no       no         no           no              5",
        &["sprint_completion", "sprint_scope_change", "sprint_completion_points", "sprint_scope_change_points"],
    ),
    (
        "facts/sprint_items",
        "sprint_id work_item_id sprint_state sprint_ends_at is_committed is_added is_removed is_completed is_carried_over points
         s1        a            closed       06-15T12:00    yes          no       no         yes          no              5",
        &["sprint_carry_over", "sprint_carry_over_points"],
    ),
    (
        "facts/pull_requests",
        "id state  repository_id by_bot is_to_default opened_at   merged_at   closed_at   pickup_seconds review_seconds rework_seconds merge_wait_seconds open_seconds additions deletions reviewers is_reviewed is_revert is_hotfix
         p1 merged r1            no     yes           06-15T12:00 06-15T12:00 06-15T12:00 0              0              0              0                  0            0         0         0         yes         no        no",
        &[
            "pull_request_pickup_time",
            "pull_request_review_time",
            "pull_request_rework_time",
            "pull_request_merge_wait",
            "pull_request_open_time",
            "pull_request_size",
            "oversized_pull_requests",
            "reviewers_per_pull_request",
            "unreviewed_merges",
            "revert_rate",
            "hotfix_rate",
            "linked_changes",
        ],
    ),
    ("facts/reviews", "id repository_id submitted_at wait_seconds\n v1 r1 06-15T12:00 0", &["review_wait"]),
    (
        "core/builds",
        "id repository_id name sha status    started_at  finished_at
         b1 r1            ci   s1  succeeded 06-15T12:00 06-15T12:00",
        &["build_failure_rate", "build_time"],
    ),
    (
        // It never succeeded, so that nothing says that it is flaky.
        "core/builds",
        "id repository_id name sha status started_at  finished_at
         b1 r1            ci   s1  failed 06-15T12:00 06-15T12:00",
        &["build_flakiness"],
    ),
    (
        "facts/incidents",
        "id project_id severity title began_at    acknowledge_seconds recovery_seconds is_open on_hours
         i1 p1         sev1     Disk  06-15T12:00 0                   0                no      no",
        &[
            "incident_acknowledge_time",
            "incident_recovery_time",
            "repeat_incidents",
            "working_hours_incidents",
            "linked_incidents",
            "attributed_incidents",
        ],
    ),
];

/// What is no 0 where it is anything: a deployment without a commit has no batch, whoever reviews alone has all, what left a stage when it
/// was begun did not leave it, and what came at this very instant is not there yet.
const NEVER: [&str; 6] = [
    "batch_size",
    "open_incident_age",
    "open_pull_request_age",
    "review_concentration",
    "stage_exit_age",
    "work_item_age",
];

fn is(metric: &str, kind: Kind) -> bool {
    definition(metric, &[]).unwrap().kind == kind
}

#[tokio::test]
async fn what_counts_and_comes_to_nothing_is_0_and_not_unknown() {
    let (zone, day, first, ..) = DAYS[0];
    for (path, text, metrics) in NOTHING {
        let session = session(&placed(&[(*path, *text)], at(first)));
        for metric in *metrics {
            let figures = told(&session, metric, zone, day).await;
            assert_eq!((figures[1].n, figures[1].value), (1, Some(0.0)), "{metric}");
        }
    }
}

#[tokio::test]
async fn a_day_without_any_between_days_that_have_some_counts_0() {
    let (zone, day, first, next, _) = DAYS[0];
    for One { tables, values } in CASES {
        let rows: Vec<Row> = [at(first) - 1, at(next)]
            .into_iter()
            .flat_map(|instant| others(&placed(tables, instant), &IDS, &format!("-{instant}")))
            .collect();
        let session = session(&rows);
        for (metric, _) in values.iter().filter(|(metric, _)| is(metric, Kind::Count)) {
            let figures = told(&session, metric, zone, day).await;
            let numbers: Vec<i64> = figures.iter().map(|figure| figure.n).collect();
            assert_eq!((numbers, figures[1].value), (vec![1, 0, 1], Some(0.0)), "{metric}");
        }
    }
}

#[tokio::test]
async fn what_went_leaves_a_level_of_0() {
    let (zone, day, first, ..) = DAYS[0];
    for (path, text, left, metrics) in STAYS {
        let mut rows = placed(&[(*path, *text)], at(first) - 1);
        rows[0].put(left, Value::Time(at(first)));
        let session = session(&rows);
        for metric in metrics.iter().filter(|metric| is(metric, Kind::Level)) {
            let figures = told(&session, metric, zone, day).await;
            let figures: Vec<_> = figures[..2].iter().map(|figure| (figure.n, figure.value)).collect();
            assert_eq!(figures, [(1, Some(1.0)), (0, Some(0.0))], "{metric}");
        }
    }
}

#[test]
fn every_metric_that_can_be_0_has_a_case_of_it() {
    let counts = CASES.iter().flat_map(|one| one.values).map(|(metric, _)| *metric);
    let counts = counts.filter(|metric| is(metric, Kind::Count));
    let levels = STAYS.iter().flat_map(|(.., metrics)| metrics.iter().copied());
    let levels = levels.filter(|metric| is(metric, Kind::Level));
    let here: BTreeSet<&str> =
        NOTHING.iter().flat_map(|(.., metrics)| metrics.iter().copied()).chain(counts).chain(levels).collect();
    let all: BTreeSet<&str> = catalogue().unwrap().iter().map(|d| d.name.as_str()).collect();
    assert_eq!(all.difference(&here).copied().collect::<BTreeSet<_>>(), BTreeSet::from(NEVER));
    assert!(here.is_subset(&all));
}
