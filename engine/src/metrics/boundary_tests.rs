//! Where a day begins and ends, for every metric: in time zones on either side of UTC, on days of 23, 24 and 25 hours, to the
//! microsecond; with one observation, and with two that are alike.

use super::golden_facts::facts;
use super::tests::{at, session};
use super::*;
use crate::entities::Kind as Column;
use crate::row::{Row, Value};
use crate::session::Session;
use crate::{Clock, Settings};
use chrono_tz::Tz;
use std::collections::BTreeSet;

/// The instant that a row's observation is placed by, in the tables below: noon of 15 June, which no other is.
const PLACED: &str = "2026-06-15T12:00:00Z";

/// A table with one row that counts, and the value of each metric of a day on which that is all there is. One in a day is seven a week.
pub(super) struct One {
    pub(super) tables: &'static [(&'static str, &'static str)],
    pub(super) values: &'static [(&'static str, f64)],
}

pub(super) const CASES: &[One] = &[
    One {
        tables: &[(
            "facts/changes",
            "id kind   repository_id team_id deployed_at lead_seconds coding_seconds pickup_seconds review_seconds deploy_seconds
             c1 commit r1            t1      06-15T12:00 10           1              2              0              7",
        )],
        values: &[
            ("change_lead_time", 10.0),
            ("lead_time_coding", 1.0),
            ("lead_time_pickup", 2.0),
            // A stage of no length is one.
            ("lead_time_review", 0.0),
            ("lead_time_deploy", 7.0),
            ("direct_pushes", 1.0),
            ("traced_changes", 1.0),
            ("attributed_changes", 1.0),
        ],
    },
    One {
        tables: &[(
            "facts/deployments",
            "id repository_id finished_at is_baseline commits failed recovery_seconds recovery_open is_rework
             d1 r1            06-15T12:00 no          3       yes    60               no            yes",
        )],
        values: &[
            ("deployment_frequency", 7.0),
            ("change_fail_rate", 1.0),
            ("failed_deployment_recovery_time", 60.0),
            ("deployment_rework_rate", 1.0),
            ("batch_size", 3.0),
        ],
    },
    One {
        tables: &[(
            "facts/work_items",
            "id team_id class     level created_at  started_at  done_at     is_done cycle_seconds lead_seconds active_seconds waiting_seconds blocked_seconds reopened returned
             i1 t1      unplanned item  06-15T12:00 01-02T00:00 06-15T12:00 yes     100           150          30             70              10              1        0",
        )],
        values: &[
            ("cycle_time", 100.0),
            ("work_item_lead_time", 150.0),
            ("throughput", 7.0),
            ("allocation", 7.0),
            ("unplanned_work", 1.0),
            // 30 of 30 + 70, and 10 of 100.
            ("flow_efficiency", 0.3),
            ("blocked_time", 0.1),
            ("reopened_work", 1.0),
            ("returned_work", 0.0),
            ("mapped_work_items", 1.0),
            ("attributed_work_items", 1.0),
            ("classified_work_items", 1.0),
        ],
    },
    One {
        tables: &[
            (
                "facts/work_items",
                "id key level created_at  done_at     is_done
                 i1 K-1 item  01-02T00:00 06-15T12:00 yes",
            ),
            ("facts/pull_requests", "id state work_item_keys\n p1 merged K-1"),
        ],
        values: &[("linked_work_items", 1.0)],
    },
    One {
        tables: &[(
            "facts/sprint_items",
            "sprint_id work_item_id sprint_state sprint_ends_at is_committed is_added is_removed is_completed is_carried_over points
             s1        a            closed       06-15T12:00    yes          yes      no         no           yes             5",
        )],
        values: &[
            ("sprint_commitment", 7.0),
            ("sprint_completion", 0.0),
            ("sprint_carry_over", 1.0),
            ("sprint_scope_change", 1.0),
            ("sprint_completion_points", 0.0),
            ("sprint_carry_over_points", 1.0),
            ("sprint_scope_change_points", 1.0),
        ],
    },
    One {
        tables: &[(
            "facts/pull_requests",
            "id state  repository_id by_bot is_to_default opened_at   merged_at   closed_at   pickup_seconds review_seconds rework_seconds merge_wait_seconds open_seconds additions deletions reviewers is_reviewed is_revert is_hotfix work_item_keys
             p1 merged r1            no     yes           01-02T00:00 06-15T12:00 06-15T12:00 100            200            0              50                 350          900       101       1         no          yes       yes       K-1",
        )],
        values: &[
            ("pull_request_pickup_time", 100.0),
            ("pull_request_review_time", 200.0),
            ("pull_request_rework_time", 0.0),
            ("pull_request_merge_wait", 50.0),
            ("pull_request_open_time", 350.0),
            ("pull_request_size", 1_001.0),
            ("oversized_pull_requests", 1.0),
            ("reviewers_per_pull_request", 1.0),
            ("unreviewed_merges", 1.0),
            ("revert_rate", 1.0),
            ("hotfix_rate", 1.0),
            ("linked_changes", 1.0),
        ],
    },
    One {
        tables: &[(
            "facts/reviews",
            "id repository_id submitted_at wait_seconds
             v1 r1            06-15T12:00  9",
        )],
        values: &[("review_load", 7.0), ("review_wait", 9.0)],
    },
    One {
        // Of each month that a day below is in there are five, by one person.
        tables: &[(
            "facts/reviews",
            "id repository_id reviewer_id submitted_at
             v1 r1            a           06-15T12:00
             v2 r1            a           03-15T10:00
             v3 r1            a           03-15T11:00
             v4 r1            a           03-15T12:00
             v5 r1            a           03-15T13:00
             v6 r1            a           04-15T10:00
             v7 r1            a           10-15T10:00
             v8 r1            a           11-15T10:00",
        )],
        values: &[("review_concentration", 1.0)],
    },
    One {
        // The same commit succeeded in the end, on another day.
        tables: &[(
            "core/builds",
            "id repository_id name sha status    started_at  finished_at
             b1 r1            ci   s1  failed    06-15T12:00 06-15T12:00
             b2 r1            ci   s1  succeeded 11-30T10:00 11-30T10:10",
        )],
        values: &[("build_failure_rate", 1.0), ("build_flakiness", 1.0)],
    },
    One {
        tables: &[(
            "core/builds",
            "id repository_id name sha status    started_at  finished_at
             b1 r1            ci   s1  succeeded 06-15T12:00 06-15T12:00",
        )],
        values: &[("build_time", 0.0)],
    },
    One {
        tables: &[("core/releases", "id repository_id tag is_prerelease published_at\n l1 r1 a no 06-15T12:00")],
        values: &[("release_cadence", 7.0)],
    },
    One {
        tables: &[(
            "facts/incidents",
            "id project_id team_id severity title began_at    acknowledge_seconds recovery_seconds is_open on_hours deployment_id
             i1 p1         t1      sev1     Disk  06-15T12:00 60                  120              no      yes      d1",
        )],
        values: &[
            ("incidents", 7.0),
            ("incident_acknowledge_time", 60.0),
            ("incident_recovery_time", 120.0),
            ("repeat_incidents", 0.0),
            ("working_hours_incidents", 1.0),
            ("linked_incidents", 1.0),
            ("attributed_incidents", 1.0),
        ],
    },
];

/// A table, its one row, the column that says when that went, and metrics.
type Stay = (&'static str, &'static str, &'static str, &'static [&'static str]);

/// Tables with one row that came in at that instant and stays, and the metrics that it is there for.
pub(super) const STAYS: &[Stay] = &[
    (
        "facts/work_items",
        "id class   level started_at  is_done\n i1 feature item 06-15T12:00 no",
        "done_at",
        &["work_in_progress", "work_item_age"],
    ),
    (
        "facts/work_item_stays",
        "work_item_id class level status_category entered_at\n i1 feature item doing 06-15T12:00",
        "left_at",
        &["cumulative_flow"],
    ),
    (
        "facts/pull_requests",
        "id state repository_id by_bot opened_at\n p1 open r1 no 06-15T12:00",
        "closed_at",
        &["open_pull_requests", "open_pull_request_age"],
    ),
    (
        "facts/pull_request_idles",
        "pull_request_id repository_id acted_at idle_from\n p1 r1 01-02T00:00 06-15T12:00",
        "idle_until",
        &["idle_pull_requests"],
    ),
    (
        "facts/incidents",
        "id began_at is_open\n i1 06-15T12:00 yes",
        "resolved_at",
        &["open_incidents", "open_incident_age"],
    ),
];

/// A day in a time zone: when it begins, when the next does, and how many hours it has.
pub(super) const DAYS: [(Tz, &str, &str, &str, f64); 5] = [
    (Tz::Europe__Berlin, "2026-03-29", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z", 23.0),
    (Tz::Europe__Berlin, "2026-10-25", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z", 25.0),
    // Newfoundland is three and a half hours behind, and from that day on two and a half.
    (Tz::America__St_Johns, "2026-03-08", "2026-03-08T03:30:00Z", "2026-03-09T02:30:00Z", 23.0),
    // The first day of April begins in March.
    (Tz::Asia__Kolkata, "2026-04-01", "2026-03-31T18:30:00Z", "2026-04-01T18:30:00Z", 24.0),
    (Tz::UTC, "2026-10-31", "2026-10-31T00:00:00Z", "2026-11-01T00:00:00Z", 24.0),
];

/// The rows of these tables, placed at an instant.
pub(super) fn placed(tables: &[(&str, &str)], instant: i64) -> Vec<Row> {
    let mut rows: Vec<Row> = tables.iter().flat_map(|(path, text)| facts(path, text)).collect();
    for row in &mut rows {
        for column in row.entity().columns().filter(|column| column.kind == Column::Time) {
            if *row.get(column.name) == Value::Time(at(PLACED)) {
                row.put(column.name, Value::Time(instant));
            }
        }
    }
    rows
}

/// The same rows, other ones by what these columns say.
pub(super) fn others(rows: &[Row], columns: &[&'static str], other: &str) -> Vec<Row> {
    let mut rows = rows.to_vec();
    for row in &mut rows {
        for column in columns.iter().copied() {
            if let Some(text) = row.text(column).map(|text| format!("{text}{other}")) {
                row.put(column, Value::Text(text));
            }
        }
    }
    rows
}

pub(super) const IDS: [&str; 3] = ["id", "work_item_id", "pull_request_id"];

/// The figures of a day, of the day before and of the day after.
pub(super) async fn told(session: &Session, metric: &str, zone: Tz, day: &str) -> Vec<Figure> {
    let day: chrono::NaiveDate = day.parse().unwrap();
    let asked = Question {
        metric: metric.to_owned(),
        from: day.pred_opt().unwrap(),
        until: day.succ_opt().unwrap().succ_opt().unwrap(),
        grain: Grain::Day,
        by: None,
        filter: Filter::default(),
        compare: None,
    };
    let later = Clock::Fixed(at("2027-06-01T00:00:00Z"));
    let settings = Settings { time_zone: zone, ..Settings::default() };
    let group = ask(session, &asked, &settings, later).await.unwrap().groups.remove(0);
    group.points.into_iter().map(|point| point.figure).collect()
}

#[tokio::test]
async fn what_happens_is_of_the_day_that_its_zone_has_from_its_first_instant_to_its_last() {
    for One { tables, values } in CASES {
        for (zone, day, first, next, _) in DAYS {
            let (first, next) = (at(first), at(next));
            // One in the last microsecond of the day before, two in the first and the last of the day, one in the first after it.
            let rows: Vec<Row> = [first - 1, first, next - 1, next]
                .into_iter()
                .flat_map(|instant| {
                    others(&placed(tables, instant), &[&IDS[..], &["title"]].concat(), &format!("-{instant}"))
                })
                .collect();
            let session = session(&rows);
            for (metric, value) in *values {
                let figures = told(&session, metric, zone, day).await;
                let counts = definition(metric, &[]).unwrap().kind == Kind::Count;
                let expected = [1, 2, 1].map(|n: i64| (n, Some(if counts { value * n as f64 } else { *value })));
                let figures: Vec<_> = figures.iter().map(|figure| (figure.n, figure.value)).collect();
                assert_eq!(figures, expected, "{metric} {zone} {day}");
            }
        }
    }
}

#[tokio::test]
async fn what_is_there_is_there_at_the_end_of_the_day_that_it_came_and_of_that_before_it_went() {
    for (path, text, left, metrics) in STAYS {
        let stay = |came: i64, went: Option<i64>| {
            let mut rows = others(&placed(&[(*path, *text)], came), &IDS, &format!("-{came}-{went:?}"));
            rows[0].put(left, went.map_or(Value::Null, Value::Time));
            rows.remove(0)
        };
        for (zone, day, first, next, hours) in DAYS {
            let (first, next) = (at(first), at(next));
            let came = [first - 1, first, next - 1, next].map(|came| stay(came, None));
            // What goes with the next day's first instant is there at the end of this one.
            let went = [next - 1, next].map(|went| stay(first, Some(went)));
            let all = session(&[came.as_slice(), went.as_slice()].concat());
            let alone = session(&[stay(first, None)]);
            for metric in *metrics {
                let figures = told(&all, metric, zone, day).await;
                assert_eq!(figures.iter().map(|f| f.n).collect::<Vec<_>>(), [1, 4, 4], "{metric} {zone} {day}");
                let alone = told(&alone, metric, zone, day).await;
                let value = match definition(metric, &[]).unwrap().kind {
                    Kind::Age => [None, Some(hours * 3_600.0)],
                    // Before the first nobody knows that there were none.
                    _ => [None, Some(1.0)],
                };
                assert_eq!([alone[0].value, alone[1].value], value, "{metric} {zone} {day}");
            }
        }
    }
}

/// An item that left a stage at that instant, an hour and a half after it was begun.
const LEFT: &[(&str, &str)] = &[
    ("facts/work_items", "id level started_at  is_done\n i1 item 06-15T12:00 yes"),
    ("facts/work_item_stays", "work_item_id level status_category left_at is_last\n i1 item doing 06-15T12:00 yes"),
];

#[tokio::test]
async fn a_stage_is_left_on_the_day_that_its_zone_has_then_after_the_hours_that_passed_though_clocks_are_moved() {
    const AGE: i64 = 5_400_000_000;
    let left = |instant: i64, other: &str| -> Vec<Row> {
        let mut rows = others(&placed(LEFT, instant), &IDS, &format!("-{instant}{other}"));
        for row in rows.iter_mut().filter(|row| row.entity().name == "work_items") {
            row.put("started_at", Value::Time(instant - AGE));
        }
        rows
    };
    let exits = async |rows: &[Row], zone: Tz, day: &str| -> Vec<(i64, Option<f64>)> {
        let figures = told(&session(rows), "stage_exit_age", zone, day).await;
        figures.iter().map(|figure| (figure.n, figure.value)).collect()
    };
    let [age, none] = [Some(5_400.0), None];
    for (zone, day, first, next, _) in DAYS {
        let (first, next) = (at(first), at(next));
        let rows: Vec<Row> =
            [first - 1, first, next - 1, next].into_iter().flat_map(|instant| left(instant, "")).collect();
        assert_eq!(exits(&rows, zone, day).await, [(1, age), (2, age), (1, age)], "{zone} {day}");
        // One alone, and two that are alike.
        assert_eq!(exits(&left(first, ""), zone, day).await, [(0, none), (1, age), (0, none)], "{zone} {day}");
        let two = [left(first, ""), left(first, "'")].concat();
        assert_eq!(exits(&two, zone, day).await, [(0, none), (2, age), (0, none)], "{zone} {day}");
    }
}

#[tokio::test]
async fn two_that_are_alike_are_twice_as_many_and_their_share_median_and_age_are_those_of_one() {
    let (zone, day, first, ..) = DAYS[0];
    let one = CASES.iter().flat_map(|one| one.values.iter().map(move |(metric, _)| (one.tables, *metric)));
    let mut all: Vec<(Vec<(&str, &str)>, &str)> = one.map(|(tables, metric)| (tables.to_vec(), metric)).collect();
    for (path, text, _, metrics) in STAYS {
        all.extend(metrics.iter().map(|metric| (vec![(*path, *text)], *metric)));
    }
    for (tables, metric) in all {
        let rows = placed(&tables, at(first));
        let two = [rows.clone(), others(&rows, &IDS, "'")].concat();
        let (one, two) = (session(&rows), session(&two));
        let (one, two) = (told(&one, metric, zone, day).await, told(&two, metric, zone, day).await);
        let (one, two) = (&one[1], &two[1]);
        let times = match definition(metric, &[]).unwrap().kind {
            Kind::Count | Kind::Level => 2.0,
            Kind::Percentile | Kind::Ratio | Kind::Age => 1.0,
        };
        // Of two incidents alike the second repeats the first.
        let value = if metric == "repeat_incidents" { Some(0.5) } else { one.value.map(|value| value * times) };
        assert_eq!((one.n, two.n, two.value), (1, 2, value), "{metric}");
    }
}

#[test]
fn every_metric_has_a_case() {
    let happens = CASES.iter().flat_map(|one| one.values.iter().map(|(metric, _)| *metric));
    let here: BTreeSet<&str> = happens.chain(STAYS.iter().flat_map(|(.., metrics)| metrics.iter().copied())).collect();
    let all: BTreeSet<&str> = catalogue().unwrap().iter().map(|d| d.name.as_str()).collect();
    // Its value is of two rows, which has a test of its own above.
    let beside: BTreeSet<&str> = ["stage_exit_age"].into();
    assert_eq!(all.difference(&here).copied().collect::<BTreeSet<_>>(), beside);
    assert!(here.is_subset(&all));
}
