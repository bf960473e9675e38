//! What is not known, for every metric that looks at what may be NULL, computed by hand: it is excluded or left open, and never taken
//! for 0. And what falls on a limit exactly.
//!
//! All of it is of W13 of [`super::tests`], which ends on Sunday, 29 March, 22:00 UTC.

use super::golden_facts::{facts, golden};
use super::tests::session;
use super::*;
use crate::row::Row;
use std::collections::BTreeSet;

/// Tables, and the figure of W13 that each metric makes of them; in the weeks after it there is nothing.
struct Case {
    tables: &'static [(&'static str, &'static str)],
    figures: &'static [(&'static str, &'static str)],
}

const CASES: &[Case] = &[
    Case {
        // Of c2 the stages are known and the whole is not, of c3 it is the other way round.
        tables: &[(
            "facts/changes",
            "id kind         repository_id team_id deployed_at lead_seconds coding_seconds pickup_seconds review_seconds deploy_seconds
             c1 commit       r1            t1      03-29T21:30 10           1              2              0              7
             c2 commit       r1            -       03-29T21:30 -            5              5              5              5
             c3 pull_request r1            -       03-29T21:30 20           -              -              -              -",
        )],
        figures: &[
            ("change_lead_time", "15 2/0/1"),
            ("lead_time_coding", "1 1/0/2"),
            ("lead_time_pickup", "2 1/0/2"),
            ("lead_time_review", "0 1/0/2"),
            ("lead_time_deploy", "7 1/0/2"),
            ("direct_pushes", "0.6666666666666666 3/0/0"),
            ("traced_changes", "0.6666666666666666 3/0/0"),
            ("attributed_changes", "0.3333333333333333 3/0/0"),
        ],
    },
    Case {
        // Of d2 nobody knows what it carried and whether it was recovered from, of d3 only when it began.
        tables: &[(
            "facts/deployments",
            "id repository_id started_at  finished_at is_baseline commits failed recovery_seconds recovery_open is_rework
             d1 r1            -           03-29T21:30 no          3       yes    60               no            yes
             d2 r1            -           03-29T21:30 -           -       yes    -                -             -
             d3 r1            03-29T21:30 -           no          5       -      -                -             -",
        )],
        figures: &[
            ("change_fail_rate", "0.6666666666666666 3/0/0"),
            ("deployment_rework_rate", "0.3333333333333333 3/0/0"),
            ("failed_deployment_recovery_time", "60 1/0/1"),
            ("batch_size", "4 2/0/1"),
        ],
    },
    Case {
        // i2 was never begun, and of i3 neither its waiting nor its blocks are known.
        tables: &[(
            "facts/work_items",
            "id team_id class   level created_at  started_at  committed_at done_at     is_done cycle_seconds lead_seconds active_seconds waiting_seconds blocked_seconds returned
             i1 t1      feature item  03-24T08:00 03-24T08:00 03-24T08:00  03-29T21:30 yes     100           150          30             70              10              0
             i2 -       feature item  03-24T08:00 -           -            03-29T21:30 yes     -             -            -              -               -               -
             i3 -       feature item  03-24T08:00 03-24T08:00 -            03-29T21:30 yes     300           -            30             -               -               -",
        )],
        figures: &[
            ("cycle_time", "200 2/0/1"),
            ("work_item_lead_time", "150 1/0/2"),
            ("flow_efficiency", "0.3 1/0/2"),
            ("blocked_time", "0.1 1/0/2"),
            ("returned_work", "0 1/0/2"),
            ("attributed_work_items", "0.3333333333333333 3/0/0"),
        ],
    },
    Case {
        // i2 was never begun, i3 was in the very instant in which it left, and i4 has not left; i5 is not done; of i6 nobody knows where
        // it was. 5 d 13 h 30 min.
        tables: &[
            (
                "facts/work_items",
                "id level is_done started_at
                 i1 item  yes     03-24T08:00
                 i2 item  yes     -
                 i3 item  yes     03-29T21:30
                 i4 item  yes     03-24T08:00
                 i5 item  no      03-24T08:00
                 i6 item  yes     03-24T08:00",
            ),
            (
                "facts/work_item_stays",
                "work_item_id level status_category left_at     is_last
                 i1           item  doing           03-29T21:30 yes
                 i1           item  todo            03-29T21:30 -
                 i2           item  doing           03-29T21:30 yes
                 i3           item  doing           03-29T21:30 yes
                 i4           item  doing           -           yes
                 i5           item  doing           03-29T21:30 yes
                 i6           item  -               03-29T21:30 yes",
            ),
        ],
        figures: &[("stage_exit_age", "480600 2/1/0")],
    },
    Case {
        // What state a sprint is in that is over is not needed.
        tables: &[(
            "facts/sprint_items",
            "sprint_id work_item_id sprint_state sprint_ends_at is_committed is_added is_removed is_completed is_carried_over points
             s1        a            closed       03-29T21:30    yes          no       no         yes          no              5
             s1        b            closed       03-29T21:30    yes          no       no         no           yes             -
             s2        c            -            03-29T21:30    yes          no       yes        no           yes             15",
        )],
        figures: &[
            ("sprint_completion", "0.3333333333333333 3/0/0"),
            ("sprint_carry_over", "0.6666666666666666 3/0/0"),
            ("sprint_scope_change", "0.3333333333333333 3/0/0"),
            // Of the 20 points of a and c.
            ("sprint_completion_points", "0.25 2/0/1"),
            ("sprint_carry_over_points", "0.75 2/0/1"),
            ("sprint_scope_change_points", "0.75 2/0/1"),
        ],
    },
    Case {
        // Of p2 and p3 nobody knows when they were opened, and of each half of its size; of p2 neither whether it was reviewed nor where it went.
        tables: &[(
            "facts/pull_requests",
            "id state  repository_id by_bot is_to_default opened_at   merged_at   closed_at   pickup_seconds review_seconds rework_seconds merge_wait_seconds open_seconds additions deletions reviewers is_reviewed is_revert is_hotfix work_item_keys
             p1 merged r1            no     yes           03-27T10:00 03-29T21:30 03-29T21:30 100            200            0              50                 350          900       101       1         no          yes       yes       K-1
             p2 merged r1            no     -             -           03-29T21:30 -           -              -              -              -                  -            900       -         0         -           no        no        -
             p3 merged r1            no     yes           -           03-29T21:30 -           -              -              -              -                  -            -         1001      2         yes         no        no        -",
        )],
        figures: &[
            ("pull_request_pickup_time", "100 1/0/2"),
            ("pull_request_review_time", "200 1/0/2"),
            ("pull_request_rework_time", "0 1/0/2"),
            ("pull_request_merge_wait", "50 1/0/2"),
            ("pull_request_open_time", "350 1/0/2"),
            ("pull_request_size", "1001 1/0/2"),
            ("oversized_pull_requests", "1 1/0/2"),
            ("reviewers_per_pull_request", "1 3/0/0"),
            ("unreviewed_merges", "0.5 2/0/1"),
            ("revert_rate", "0.3333333333333333 3/0/0"),
            ("hotfix_rate", "0.3333333333333333 3/0/0"),
            ("linked_changes", "0.3333333333333333 3/0/0"),
        ],
    },
    Case {
        // Of those with one review each, one is among the two busiest: 3 of 5. Whose the sixth is nobody knows.
        tables: &[(
            "facts/reviews",
            "id repository_id reviewer_id submitted_at wait_seconds
             v1 r1            a           03-29T21:30  9
             v2 r1            a           03-29T21:30  -
             v3 r1            b           03-29T21:30  -
             v4 r1            c           03-29T21:30  -
             v5 r1            d           03-29T21:30  -
             v6 r1            -           03-29T21:30  -",
        )],
        figures: &[("review_wait", "9 1/0/5"), ("review_concentration", "0.6 5/0/1")],
    },
    Case {
        // b1 was mended by b2. b4 succeeded in the instant in which b3 failed, which is not after it. Of b5 the commit is not known, of b6
        // when it failed. Only of b2 is it known how long it took.
        tables: &[(
            "core/builds",
            "id repository_id name sha status    started_at  finished_at
             b1 r1            ci   s1  failed    -           03-29T21:00
             b2 r1            ci   s1  succeeded 03-29T21:00 03-29T21:30
             b3 r1            ci   s2  failed    -           03-29T21:30
             b4 r1            ci   s2  succeeded -           03-29T21:30
             b5 r1            ci   -   failed    03-29T21:00 03-29T21:30
             b6 r1            ci   s1  failed    03-29T21:00 -",
        )],
        figures: &[
            ("build_flakiness", "0.5 2/0/2"),
            ("build_failure_rate", "0.6666666666666666 6/0/0"),
            ("build_time", "1800 1/0/5"),
        ],
    },
    Case {
        // i2 has no title, and i3 no service; neither is open, and when they were resolved is not known.
        tables: &[(
            "facts/incidents",
            "id project_id team_id title began_at    resolved_at acknowledge_seconds recovery_seconds is_open on_hours deployment_id
             i1 p1         t1      Disk  03-29T21:00 03-29T21:30 60                  1800             no      yes      d1
             i2 p1         -       -     03-29T21:00 -           -                   -                no      -        -
             i3 -          -       Disk  03-29T21:00 -           -                   -                no      no       -",
        )],
        figures: &[
            ("incident_acknowledge_time", "60 1/0/2"),
            ("incident_recovery_time", "1800 1/0/2"),
            ("repeat_incidents", "0 1/0/2"),
            ("working_hours_incidents", "0.5 2/0/1"),
            ("linked_incidents", "0.3333333333333333 3/0/0"),
            ("attributed_incidents", "0.3333333333333333 3/0/0"),
        ],
    },
    Case {
        // In p1 the second began 30 days after the first, in p2 a minute later than that; in p3 both began at once, and one of them is the
        // second. The two of February are in no week that is asked for.
        tables: &[(
            "facts/incidents",
            "id project_id title began_at    is_open
             i1 p1         Disk  02-27T21:30 no
             i2 p1         Disk  03-29T21:30 no
             i3 p2         Disk  02-27T21:29 no
             i4 p2         Disk  03-29T21:30 no
             i5 p3         Disk  03-29T21:30 no
             i6 p3         disk  03-29T21:30 no",
        )],
        figures: &[("repeat_incidents", "0.5 4/0/0")],
    },
];

/// One that is open since 28 March, 10:00 UTC, and one of the same instant that is over nobody knows since when.
const STAYS: &[(&str, &str, [&str; 2])] = &[
    (
        "facts/pull_requests",
        "id state  repository_id by_bot opened_at
         p1 open   r1            no     03-28T10:00
         p2 merged r1            no     03-28T10:00
         p3 open   r1            no     -",
        ["open_pull_requests", "open_pull_request_age"],
    ),
    (
        "facts/incidents",
        "id began_at    is_open
         i1 03-28T10:00 yes
         i2 03-28T10:00 no",
        ["open_incidents", "open_incident_age"],
    ),
];

#[tokio::test]
async fn what_is_not_known_is_told_beside_the_figure_and_is_no_part_of_it() {
    for Case { tables, figures } in CASES {
        let rows: Vec<Row> = tables.iter().flat_map(|(path, text)| facts(path, text)).collect();
        let lines: Vec<(&str, String)> = figures
            .iter()
            .map(|(metric, figure)| (*metric, format!("{figure} | - 0/0/0 | - 0/0/0 | - 0/0/0 = {figure}")))
            .collect();
        let lines: Vec<(&str, &str)> = lines.iter().map(|(metric, line)| (*metric, line.as_str())).collect();
        golden(&session(&rows), &lines).await;
    }
}

#[tokio::test]
async fn what_is_over_nobody_knows_since_when_is_not_there_at_the_end_of_any_week() {
    for (path, text, [level, age]) in STAYS {
        let lines = [
            (*level, "1 1/0/1 | 1 1/0/1 | 1 1/0/1 | 1 1/0/1 = 1 1/0/1"),
            // 36 h, and a week or what there is of one each time.
            (*age, "129600 1/0/1 | 734400 1/0/1 | 1339200 1/0/1 | 1598400 1/0/1 = 1598400 1/0/1"),
        ];
        golden(&session(&facts(path, text)), &lines).await;
    }
}

/// Of s2 nobody says in which state it is, and when s3 and s4 end nobody knows; nobody has estimated any of them.
#[tokio::test]
async fn a_sprint_that_is_over_was_committed_to_in_whatever_state_it_is_and_one_without_an_end_in_no_week() {
    let rows = facts(
        "facts/sprint_items",
        "sprint_id work_item_id sprint_state sprint_ends_at is_committed points excluded
         s1        a            closed       03-29T21:30    yes          -      -
         s2        b            -            03-29T21:30    yes          -      -
         s3        c            closed       -              yes          -      no_dates
         s4        d            active       -              yes          -      -",
    );
    // Two in the one day of W13 that is known, and in 18 days.
    let line = "14 2/0/0 | 0 0/0/0 | 0 0/0/0 | 0 0/0/0 = 0.7777777777777778 2/1/1";
    golden(&session(&rows), &[("sprint_commitment", line)]).await;
}

#[test]
fn every_metric_that_looks_at_what_may_be_unknown_has_a_case() {
    let told = CASES.iter().flat_map(|case| case.figures.iter().map(|(metric, _)| *metric));
    let told: BTreeSet<&str> = told.chain(STAYS.iter().flat_map(|(_, _, metrics)| *metrics)).collect();
    let all: BTreeSet<&str> = catalogue().unwrap().iter().map(|d| d.name.as_str()).collect();
    // Of these only the time may be missing, of which `golden_tests` and `tests` have cases, or what names an item, which `golden_tests` has;
    // what sprints committed to has a test of its own above, since a week without any is 0.
    let beside = [
        "allocation",
        "classified_work_items",
        "cumulative_flow",
        "deployment_frequency",
        "idle_pull_requests",
        "incidents",
        "linked_work_items",
        "mapped_work_items",
        "release_cadence",
        "reopened_work",
        "review_load",
        "sprint_commitment",
        "throughput",
        "unplanned_work",
        "work_in_progress",
        "work_item_age",
    ];
    assert_eq!(all.difference(&told).copied().collect::<BTreeSet<_>>(), BTreeSet::from(beside));
    assert!(told.is_subset(&all));
}
