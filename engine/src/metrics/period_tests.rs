//! Figures of days that are longer, shorter or missing, and of periods that are cut.

use super::tests::*;
use super::*;
use crate::row::Value;
use crate::{Clock, Settings};

#[tokio::test]
async fn a_day_that_a_zone_left_out_has_no_figure_and_is_no_part_of_a_rate() {
    // Samoa left out 30 December 2011. One deployment on each of the other days of that week.
    let noon = |day: u8| format!("2011-12-{day}T22:00:00Z");
    let rows: Vec<_> = [26, 27, 28, 29, 30, 31] // In Samoa noon of the 26th to the 29th, then of the 31st and of 1 January.
        .map(|day| deployment(&format!("d{day}"), "r1", Some(&noon(day)), None))
        .into();
    let apia = Settings { time_zone: chrono_tz::Tz::Pacific__Apia, ..Settings::default() };
    let mut asked = question("deployment_frequency", None);
    (asked.from, asked.until) = ("2011-12-26".parse().unwrap(), "2012-01-02".parse().unwrap());
    for (grain, counted) in [(Grain::Day, vec![1; 6]), (Grain::Week, vec![6])] {
        asked.grain = grain;
        let group = ask(&session(&rows), &asked, &apia, now()).await.unwrap().groups.remove(0);
        assert_eq!(group.points.iter().map(|p| p.figure.n).collect::<Vec<_>>(), counted);
        assert_eq!(group.total.value, Some(7.0), "one a day is seven a week");
        assert_eq!((group.total.median, group.total.p90), (Some(7.0), Some(7.0)));
        assert!(group.points.iter().all(|p| p.figure.value == Some(7.0) && !p.partial));
    }
    (asked.from, asked.until) = ("2011-12-30".parse().unwrap(), "2011-12-31".parse().unwrap());
    let group = ask(&session(&rows), &asked, &apia, now()).await.unwrap().groups.remove(0);
    assert_eq!((group.points.len(), group.total.n, group.total.value), (0, 0, None));
}

#[tokio::test]
async fn a_day_of_25_hours_is_one_day_and_what_falls_into_its_second_hour_two_is_in_it() {
    let rows = [
        deployment("d1", "r1", Some("2026-10-25T00:30:00Z"), None), // 2:30, for the first time
        deployment("d2", "r1", Some("2026-10-25T01:30:00Z"), None), // 2:30, for the second time
        deployment("d3", "r1", Some("2026-10-25T22:59:59Z"), None), // 23:59:59
        deployment("d4", "r1", Some("2026-10-25T23:00:00Z"), None), // midnight is the next day's
    ];
    let mut asked = question("deployment_frequency", None);
    (asked.grain, asked.from, asked.until) = (Grain::Day, "2026-10-25".parse().unwrap(), "2026-10-27".parse().unwrap());
    let later = Clock::Fixed(at("2026-11-01T00:00:00Z"));
    let group = ask(&session(&rows), &asked, &berlin(), later).await.unwrap().groups.remove(0);
    let told: Vec<_> = group.points.iter().map(|p| (p.figure.n, p.figure.value, p.partial)).collect();
    assert_eq!(told, [(3, Some(21.0), false), (1, Some(7.0), false)]);
    assert_eq!(group.total.value, Some(14.0));
}

#[tokio::test]
async fn a_running_or_cut_period_counts_the_days_that_it_has_and_is_no_part_of_the_median() {
    // Wednesday 1 April to before Thursday 16 April: W14 has five days, W15 is whole and quiet, W16 has three.
    let mut asked = question("deployment_frequency", None);
    (asked.from, asked.until) = ("2026-04-01".parse().unwrap(), "2026-04-16".parse().unwrap());
    let group = answer(&example(), &asked).await.groups.remove(0);
    let told: Vec<_> =
        group.points.iter().map(|p| (p.figure.n, p.figure.denominator.unwrap() * 7.0, p.partial)).collect();
    assert_eq!(told, [(3, 5.0, true), (0, 7.0, false), (1, 3.0, true)]);
    assert_eq!(group.total.value, Some(4.0 * 7.0 / 15.0));
    assert_eq!((group.total.median, group.total.p90), (Some(0.0), Some(0.0)), "of the one whole week");
    // Nothing has passed of a week to come, so it has no rate.
    (asked.from, asked.until) = ("2026-04-20".parse().unwrap(), "2026-04-27".parse().unwrap());
    let group = answer(&example(), &asked).await.groups.remove(0);
    assert_eq!((group.points[0].figure.value, group.points[0].partial, group.total.median), (None, true, None));
}

#[tokio::test]
async fn a_span_and_each_of_its_periods_begin_with_their_first_instant_and_end_before_the_next() {
    // Midnight in Berlin of Monday 30 March and Monday 6 April, in summer time, and a microsecond on either side.
    let (monday, next) = (at("2026-03-29T22:00:00Z"), at("2026-04-05T22:00:00Z"));
    let rows: Vec<_> = [monday - 1, monday, next - 1, next]
        .into_iter()
        .enumerate()
        .map(|(i, t)| deployment(&format!("d{i}"), "r1", None, None).set("finished_at", Value::Time(t)))
        .collect();
    let mut asked = question("deployment_frequency", None);
    let points = async |asked: &Question| {
        let group = answer(&session(&rows), asked).await.groups.remove(0);
        group.points.iter().map(|p| p.figure.n).collect::<Vec<_>>()
    };
    (asked.from, asked.until) = ("2026-03-30".parse().unwrap(), "2026-04-06".parse().unwrap());
    assert_eq!(points(&asked).await, [2]);
    (asked.from, asked.until) = ("2026-03-23".parse().unwrap(), "2026-04-13".parse().unwrap());
    assert_eq!(points(&asked).await, [1, 2, 1]);
    // The same instants, told from Sunday to Monday by the span's own cut.
    (asked.from, asked.until) = ("2026-03-29".parse().unwrap(), "2026-03-30".parse().unwrap());
    assert_eq!(points(&asked).await, [1]);
}

#[tokio::test]
async fn a_week_of_167_or_169_hours_is_a_week_of_deployments() {
    for (from, until) in [("2026-03-23", "2026-03-30"), ("2026-10-19", "2026-10-26")] {
        let rows: Vec<_> = (0..7)
            .map(|i| {
                let day = from.parse::<chrono::NaiveDate>().unwrap() + chrono::Days::new(i);
                deployment(&format!("d{i}"), "r1", Some(&format!("{day}T10:00:00Z")), None)
            })
            .collect();
        let mut asked = question("deployment_frequency", None);
        (asked.from, asked.until) = (from.parse().unwrap(), until.parse().unwrap());
        let later = Clock::Fixed(at("2026-12-01T00:00:00Z"));
        let group = ask(&session(&rows), &asked, &berlin(), later).await.unwrap().groups.remove(0);
        let point = &group.points[0];
        assert_eq!((point.figure.value, point.figure.denominator, point.partial), (Some(7.0), Some(1.0), false));
        assert_eq!(group.total.value, Some(7.0));
    }
}
