//! One pass over the observations answers for each of its spans what that answers when it is asked alone.

use super::compare::Against;
use super::figures::{Figures, Measured};
use super::measure::Spans;
use super::random_tests::{Dice, generated};
use super::scope::Scope;
use super::tests::{answer, at, berlin, deployment, entity, now, question, session};
use super::*;
use crate::entities::Kind as Column;
use crate::row::{Row, Value};
use crate::session::Session;
use arrow::array::RecordBatch;
use chrono::{Days, NaiveDate};
use futures::TryStreamExt as _;
use std::collections::BTreeSet;
use std::sync::Arc;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// Rows of three years up to the end of the usual span, and as many of its last weeks; `r1` is of two projects, `r3` of none.
fn years(seed: u64) -> Vec<Row> {
    let ends = at("2026-04-20T00:00:00Z");
    let mut rows = generated(seed);
    for row in &mut rows {
        for column in row.entity().columns().filter(|column| column.kind == Column::Time) {
            if let Value::Time(time) = *row.get(column.name) {
                row.put(column.name, Value::Time(ends - (ends - time) * 22));
            }
        }
    }
    let scope = |id: &str, project: &str, repository: &str| {
        Row::new(entity("core/project_scopes"))
            .set("id", id)
            .set("project_id", project)
            .set("scope_kind", "repository")
            .set("scope_id", repository)
    };
    rows.extend(generated(seed + 100));
    rows.extend([scope("1", "p1", "r1"), scope("2", "p2", "r1"), scope("3", "p2", "r2")]);
    rows
}

/// Some question of a metric: of a part of a day's week or month, of more than a year, of what is still to come.
fn some(d: &Definition, dice: &mut Dice) -> Question {
    let one_of = |n: usize, dice: &mut Dice| dice.roll(n as u64) as usize;
    let from = day("2025-01-08") + Days::new(dice.roll(500));
    Question {
        metric: d.name.clone(),
        from,
        until: from + Days::new(1 + dice.roll(450)),
        grain: d.grains[one_of(d.grains.len(), dice)],
        by: d.dimensions.get(one_of(d.dimensions.len() + 1, dice)).copied(),
        filter: Filter::default(),
        compare: [None, Some(Compare::Previous), Some(Compare::YearAgo)][one_of(3, dice)],
    }
}

fn keys<'f>(figures: &[&'f Figures]) -> BTreeSet<&'f Option<String>> {
    figures.iter().flat_map(|figures| figures.keys()).collect()
}

async fn alone(session: &Session, scope: &Scope<'_>) -> Measured {
    Spans::only(scope).measure(session).await.unwrap()
}

/// How many figures were held against each other that had anything to count: of now, of the earlier span, of the year before.
async fn held(session: &Session, question: &Question) -> [usize; 3] {
    let scope = Scope::of(session, question, &berlin(), now().now()).await.unwrap();
    let against = Against::of(&scope, question.compare, &berlin()).unwrap();
    let spans = against.spans(&scope);
    let merged = spans.measure(session).await.unwrap();
    let mut counted = [0; 3];
    let mut note = |place: usize, figure: &Figure| counted[place] += usize::from(figure.n > 0);

    let own = alone(session, &scope).await;
    for key in keys(&[&merged.now, &own.now]) {
        let (total, points) = scope.figures(key, &merged.now, i64::MIN);
        note(0, &total);
        assert_eq!((total, points), scope.figures(key, &own.now, i64::MIN), "{question:?} {key:?}");
    }
    let overall = |measured: &Measured| scope.figures(&None, &measured.overall, i64::MIN);
    assert_eq!(overall(&merged), overall(&own), "{question:?}");
    if let Some(earlier) = spans.earlier {
        let own = alone(session, earlier).await;
        for key in keys(&[&merged.earlier, &own.now]) {
            let total = earlier.figures(key, &merged.earlier, i64::MIN).0;
            note(1, &total);
            assert_eq!(total, earlier.figures(key, &own.now, i64::MIN).0, "{question:?} earlier {key:?}");
        }
    }
    if let Some(year) = spans.year {
        let own = alone(session, year).await;
        for key in keys(&[&merged.year, &own.now]) {
            // Of the year its complete periods are told.
            let complete = |figures: &Figures| {
                let points = year.figures(key, figures, i64::MIN).1.into_iter();
                points.filter(|point| !point.partial).collect::<Vec<_>>()
            };
            let points = complete(&merged.year);
            points.iter().for_each(|point| note(2, &point.figure));
            assert_eq!(points, complete(&own.now), "{question:?} the year before {key:?}");
        }
    }
    counted
}

#[tokio::test]
async fn one_pass_answers_what_each_span_does_alone() {
    let mut seen = [0; 3];
    for seed in [5, 6] {
        let (session, mut dice) = (session(&years(seed)), Dice(seed));
        for d in catalogue().unwrap() {
            let counted = held(&session, &some(d, &mut dice)).await;
            seen.iter_mut().zip(counted).for_each(|(all, of)| *all += of);
        }
    }
    assert!(seen.iter().all(|counted| *counted > 50), "{seen:?} figures are too few to say anything");
}

#[tokio::test]
async fn what_belongs_to_several_projects_is_in_each_of_them_and_once_in_all_together() {
    let (mut several, mut figures) = (0, 0);
    let session = session(&years(9));
    for d in catalogue().unwrap().iter().filter(|d| d.dimensions.contains(&Dimension::Project)) {
        for projects in [&[][..], &["p1"], &["p2", "none"]] {
            let projects = projects.iter().map(ToString::to_string).collect();
            let filter = Filter { projects, ..Filter::default() };
            let whole = Question { filter, from: day("2026-01-05"), ..question(&d.name, None) };
            let apart = Question { by: Some(Dimension::Project), ..whole.clone() };
            let (whole, apart) = (answer(&session, &whole).await, answer(&session, &apart).await);
            // What a figure stands beside is told of each group.
            let all = &Figure { standings: Vec::new(), ..whole.groups[0].total.clone() };
            assert_eq!(apart.overall.as_ref(), Some(all), "{}", d.name);
            let parts: i64 = apart.groups.iter().map(|group| group.total.n).sum();
            assert!(parts >= all.n, "{}: {parts} of {}", d.name, all.n);
            several += usize::from(parts > all.n);
            figures += usize::from(all.n > 0);
            for group in apart.groups {
                let projects = vec![group.key.unwrap_or_else(|| NONE.to_owned())];
                let filter = Filter { projects, ..Filter::default() };
                let alone = Question { filter, from: day("2026-01-05"), ..question(&d.name, None) };
                let alone = answer(&session, &alone).await.groups.remove(0).total;
                assert_eq!((alone.n, alone.median), (group.total.n, group.total.median), "{}", d.name);
            }
        }
    }
    assert!(several > 20 && figures > 60, "{several} and {figures} are too few to say anything");
}

#[tokio::test]
async fn what_is_counted_of_groups_alone_tells_those_that_are_quiet_as_with_all_else() {
    let asking = Asking::new(Arc::new(session(&years(8))), berlin(), now());
    let (mut quiet, mut counted) = (0, 0);
    for d in catalogue().unwrap().iter().filter(|d| matches!(d.kind, Kind::Count | Kind::Level)) {
        for (by, from) in d.dimensions.iter().flat_map(|by| [(*by, "2026-03-23"), (*by, "2026-04-13")]) {
            let asked = Question { from: day(from), grain: d.grains[0], ..question(&d.name, Some(by)) };
            let told = |of: &Answer| -> Vec<_> {
                let group = |of: &Group| (of.key.clone(), of.name.clone(), of.total.clone(), of.points.clone());
                of.groups.iter().map(group).collect()
            };
            let alone = told(&asking.figures(&asked).await.unwrap());
            assert_eq!(alone, told(&asking.ask(&asked).await.unwrap()), "{asked:?}");
            for (_, _, total, _) in alone {
                if total.n == 0 { quiet += 1 } else { counted += 1 }
            }
        }
    }
    assert!(quiet > 20 && counted > 20, "{quiet} and {counted} groups are too few to say anything");
}

#[tokio::test]
async fn a_year_ago_of_a_span_that_is_longer_than_a_year_is_partly_in_it() {
    let deployed = |id: &str, on: &str| deployment(id, "r1", Some(&format!("{on}T10:00:00Z")), None);
    let session = session(&[
        deployed("before", "2023-06-01"),
        deployed("then", "2024-02-01"),
        deployed("both1", "2025-02-03"),
        deployed("both2", "2025-02-05"),
        deployed("now1", "2025-05-01"),
        deployed("now2", "2026-02-01"),
        deployed("now3", "2026-02-02"),
        // No time is known of it: it is excluded from both.
        deployment("undated", "r1", None, Some("no finish time")),
    ]);
    let mut asked = question("deployment_frequency", None);
    (asked.from, asked.until, asked.compare) = (day("2025-01-06"), day("2026-04-13"), Some(Compare::YearAgo));
    let group = answer(&session, &asked).await.groups.remove(0);
    // 66 weeks. A year ago they are from Monday, 8 January 2024, to before Monday, 14 April 2025.
    assert_eq!((group.total.n, group.total.excluded, group.points.len()), (5, 1, 66));
    assert_eq!(group.total.value, Some(5.0 * 7.0 / 462.0));
    let told = group.comparison.unwrap();
    assert_eq!((told.from, told.until), (Some(at("2024-01-07T23:00:00Z")), Some(at("2025-04-13T22:00:00Z"))));
    let figure = told.figure.unwrap();
    assert_eq!((figure.n, figure.excluded, told.value), (3, 1, Some(3.0 * 7.0 / 462.0)));
    // Of the 52 weeks before the span one has a deployment.
    let typical = group.typical.unwrap();
    assert_eq!((typical.periods, typical.p90, typical.from), (52, 0.0, at("2024-01-07T23:00:00Z")));
}

#[tokio::test]
async fn of_a_span_that_has_not_begun_there_is_neither_a_figure_nor_a_row() {
    // Each id once: a row of evidence is named by its own.
    let session = session(&generated(7));
    let mut known = 0;
    for d in catalogue().unwrap().iter().filter(|d| d.kind.is_of_stays()) {
        let mut asked = question(&d.name, None);
        let n = async |asked: &Question| {
            let rows = evidence(&session, asked, &berlin(), now()).await.unwrap();
            let rows = rows.try_collect::<Vec<RecordBatch>>().await.unwrap();
            let rows: usize = rows.iter().map(RecordBatch::num_rows).sum();
            let total = answer(&session, asked).await.groups.remove(0).total;
            assert!(total.value.is_some() || total.n == 0, "{}", d.name);
            (total.n, total.n + total.excluded, rows as i64)
        };
        let (counted, figure, rows) = n(&asked).await;
        assert!(rows > 0 && figure == rows, "{}: {figure} {rows}", d.name);
        known += counted;
        (asked.from, asked.until) = (day("2026-04-20"), day("2026-04-27"));
        assert_eq!(n(&asked).await, (0, 0, 0), "{}", d.name);
    }
    assert!(known > 0, "nothing was counted");
}
