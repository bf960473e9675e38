//! From when on nothing is 0, by hand: four weeks in Berlin, of whose last three of seven days have passed.

use super::golden_facts::facts;
use super::random_tests::generated;
use super::tests::{answer, at, berlin, change, deployment, entity, question, session};
use super::*;
use crate::Clock;
use crate::row::{Row, Value};
use crate::session::Session;

/// Work on `r1` began on Wednesday of W14, and it was first deployed in W15; `r2` has commits since Tuesday of W16, and no deployment before its own.
fn young() -> Session {
    let begun = |row: Row, first: &str| row.set("first_commit_at", Value::Time(at(first)));
    session(&[
        begun(change("c1", "r1", "2026-04-07T10:00:00Z", 100.0, None), "2026-04-01T10:00:00Z"),
        deployment("d1", "r1", Some("2026-04-07T10:00:00Z"), None),
        deployment("d2", "r1", Some("2026-04-08T10:00:00Z"), None),
        deployment("d3", "r1", Some("2026-04-14T10:00:00Z"), None),
        begun(change("c2", "r2", "2026-04-15T10:00:00Z", 100.0, None), "2026-04-14T10:00:00Z"),
        deployment("d4", "r2", Some("2026-04-15T10:00:00Z"), None),
    ])
}

fn values(group: &Group) -> Vec<Option<f64>> {
    group.points.iter().map(|point| point.figure.value).collect()
}

fn partial(group: &Group) -> Vec<bool> {
    group.points.iter().map(|point| point.partial).collect()
}

#[tokio::test]
async fn a_week_before_the_first_commit_has_no_value_and_one_before_the_first_deployment_is_zero() {
    let group = answer(&young(), &question("deployment_frequency", None)).await.groups.remove(0);
    assert_eq!(group.since, Some(at("2026-03-31T22:00:00Z")), "midnight in Berlin before the first commit");
    // Nothing was known in W13. Of W14 five days were, without any; W15 has two, and of W16 three days have passed, with two.
    assert_eq!(values(&group), [None, Some(0.0), Some(2.0), Some(2.0 * 7.0 / 3.0)]);
    assert_eq!(partial(&group), [false, true, false, true]);
    // Four in the fifteen days since.
    assert_eq!((group.total.value, group.total.n), (Some(4.0 * 7.0 / 15.0), 4));
    assert_eq!((group.total.numerator, group.total.denominator), (Some(4.0), Some(15.0 / 7.0)));
    // W15 alone is whole.
    assert_eq!((group.total.median, group.total.p90), (Some(2.0), Some(2.0)));
}

#[tokio::test]
async fn each_repository_begins_by_itself_and_a_filter_is_the_same() {
    let asked = answer(&young(), &question("deployment_frequency", Some(Dimension::Repository))).await;
    let [first, second] = asked.groups.try_into().unwrap();
    assert_eq!(first.since, Some(at("2026-03-31T22:00:00Z")));
    assert_eq!(values(&first), [None, Some(0.0), Some(2.0), Some(7.0 / 3.0)]);
    // Two days, with one.
    assert_eq!(second.since, Some(at("2026-04-13T22:00:00Z")));
    assert_eq!((values(&second), second.total.value), (vec![None, None, None, Some(3.5)], Some(3.5)));
    assert_eq!(partial(&second), [false, false, false, true]);
    // All together begin with the first of them.
    assert_eq!(asked.overall.unwrap().value, Some(4.0 * 7.0 / 15.0));
    let mut alone = question("deployment_frequency", None);
    alone.filter.repositories = vec!["r2".into()];
    let alone = answer(&young(), &alone).await.groups.remove(0);
    assert_eq!((alone.since, alone.total, alone.points), (second.since, second.total, second.points));
}

#[tokio::test]
async fn less_than_the_first_day_makes_no_rate_and_a_day_does() {
    let of = async |now: &str| {
        let session = session(&[deployment("d1", "r1", Some("2026-04-07T08:00:00Z"), None)]);
        let asked = question("deployment_frequency", None);
        ask(&session, &asked, &berlin(), Clock::Fixed(at(now))).await.unwrap().groups.remove(0)
    };
    let early = of("2026-04-07T08:05:00Z").await;
    assert_eq!((early.total.value, early.total.n, values(&early)), (None, 1, vec![None; 4]));
    let late = of("2026-04-07T22:00:00Z").await;
    assert_eq!((late.total.value, values(&late)), (Some(7.0), vec![None, None, Some(7.0), None]));
}

#[tokio::test]
async fn a_class_was_always_there_and_its_level_is_known_at_the_end_of_the_week_in_which_it_begins() {
    let items = "
        id class   is_done created_at  started_at  done_at
        a  feature yes     04-01T08:00 04-02T08:00 04-07T08:00
        b  defect  yes     04-08T08:00 04-09T08:00 04-14T08:00";
    let session = session(&facts("facts/work_items", items));
    let by_class = answer(&session, &question("throughput", Some(Dimension::Class))).await;
    let told: Vec<_> = by_class.groups.iter().map(|group| (group.key.as_deref().unwrap(), values(group))).collect();
    let (defects, features) =
        (vec![None, Some(0.0), Some(0.0), Some(7.0 / 3.0)], vec![None, Some(0.0), Some(1.0), Some(0.0)]);
    assert_eq!(told, [("defect", defects), ("feature", features)]);
    let level = answer(&session, &question("work_in_progress", None)).await.groups.remove(0);
    // The first was begun in W14, and done in W15, in which the second was begun.
    assert_eq!(values(&level), [None, Some(1.0), Some(1.0), Some(0.0)]);
    assert_eq!(partial(&level), [false, false, false, true]);
}

#[tokio::test]
async fn incidents_are_known_since_the_first_deployment() {
    let incident = Row::new(entity("facts/incidents")).set("id", "i1").set("repository_id", "r1");
    let incident = incident.set("began_at", Value::Time(at("2026-04-08T10:00:00Z")));
    let deployed = deployment("d1", "r1", Some("2026-03-30T10:00:00Z"), None);
    let known = session(&[incident.clone(), deployed]);
    let group = answer(&known, &question("incidents", None)).await.groups.remove(0);
    assert_eq!(values(&group), [None, Some(0.0), Some(1.0), Some(0.0)]);
    // By itself it is the first that anybody knows of.
    let alone = answer(&session(&[incident]), &question("incidents", None)).await.groups.remove(0);
    assert_eq!(alone.since, Some(at("2026-04-07T22:00:00Z")));
    assert_eq!(values(&alone), [None, None, Some(7.0 / 5.0), Some(0.0)]);
}

#[tokio::test]
async fn the_span_before_has_no_value_where_a_part_of_it_is_not_known() {
    let of = async |from: &str| {
        let asked = Question {
            from: from.parse().unwrap(),
            until: "2026-04-13".parse().unwrap(),
            compare: Some(Compare::Previous),
            ..question("deployment_frequency", None)
        };
        answer(&young(), &asked).await.groups.remove(0).comparison.unwrap()
    };
    // W14 was known from its third day on.
    let cut = of("2026-04-06").await;
    assert_eq!((cut.value, cut.delta, cut.figure.unwrap().n), (None, None, 0));
    // Saturday and Sunday of W15, without any, after Thursday and Friday without.
    assert_eq!(of("2026-04-11").await.value, Some(0.0));
}

#[tokio::test]
async fn whatever_the_grain_counts_begin_on_the_same_day_and_make_the_same_rate() {
    let mut seen = 0;
    for seed in [31, 37] {
        // The first three weeks are gone, so that much begins within the span.
        let late = at("2026-03-24T00:00:00Z");
        let is_late =
            |row: &Row| row.entity().columns().all(|c| !matches!(row.get(c.name), Value::Time(at) if *at < late));
        let rows: Vec<Row> = generated(seed).into_iter().filter(is_late).collect();
        let session = session(&rows);
        for d in catalogue().unwrap().iter().filter(|d| d.kind == Kind::Count) {
            for by in [None, Some(Dimension::Repository), Some(Dimension::Team)]
                .into_iter()
                .filter(|by| by.is_none_or(|by| d.dimensions.contains(&by)))
            {
                let mut told = Vec::new();
                for grain in [Grain::Day, Grain::Week, Grain::Month] {
                    let groups = answer(&session, &Question { grain, ..question(&d.name, by) }).await.groups;
                    for group in &groups {
                        let before =
                            group.points.iter().filter(|point| group.since.is_none_or(|since| point.until <= since));
                        assert!(
                            before.clone().all(|point| point.figure.value.is_none() && point.figure.n == 0),
                            "{}",
                            d.name
                        );
                        seen += before.count();
                    }
                    told.push(
                        groups.into_iter().map(|g| (g.key, g.since, g.total.value, g.total.n)).collect::<Vec<_>>(),
                    );
                }
                assert!(told.windows(2).all(|pair| pair[0] == pair[1]), "{} by {by:?}: {told:?}", d.name);
            }
        }
    }
    assert!(seen > 20, "only {seen} periods were before anything was known");
}

#[test]
fn a_header_may_name_a_sign_of_life_of_what_is_counted_alone() {
    let text = |kind: &str, since: &str| {
        format!(
            "-- name: mine\n-- title: Mine\n-- unit: things\n-- direction: neither\n-- kind: {kind}\n-- description: Mine.\n-- formula: mine\n\
             -- grain: week\n-- dimensions: repository\n-- since: {since}\n-- minimum_n: 1\n-- source: own definition\nSELECT 1"
        )
    };
    assert_eq!(own("mine", &text("count", "work_item")).unwrap().since, Some(Subject::WorkItem));
    let refused = |kind: &str, since: &str| own("mine", &text(kind, since)).unwrap_err().to_string();
    assert!(refused("ratio", "change").contains("line 10: since: only of counts and levels a period without any is 0"));
    assert!(refused("count", "build").contains("line 10: since: `build` is not taken for a sign of life"));
    assert!(refused("level", "love").contains("`love` is not what"));
}
