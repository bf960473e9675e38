//! Cycle times: how long each item took that was done within a span, against how long most of them took.
//!
//! The chart is known from Vacanti (*Actionable Agile Metrics for Predictability*, 2015): a dot for each item on the day on which it
//! was done, and lines below which half, 85 % and 95 % of all are.

use super::ask::instant;
use super::{Filter, Period, Subject, definition, filter};
use crate::session::Session;
use crate::session::values::rows;
use crate::{Clock, Error, Result, Settings};
use chrono::NaiveDate;
use serde::Serialize;

const PERCENTILES: &str = include_str!("../../../sql/cycle_times.sql");
const ITEMS: &str = include_str!("../../../sql/cycle_time_items.sql");
/// The metric whose observations these are.
const METRIC: &str = "cycle_time";
/// Of how many items each is listed; of more some are: as many dots as can still be told apart.
const MOST: Most = Most { items: 3_000, slowest: 100 };

/// How many items are listed.
#[derive(Clone, Copy, Debug)]
struct Most {
    /// At most so many.
    items: usize,
    /// Among them those that took longest: they are what people look for.
    slowest: usize,
}

/// How long the items took that were done within a span.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CycleTimes {
    /// Where the span begins, in microseconds since 1970 (UTC).
    pub from: i64,
    /// Where it ends, or when it was asked.
    pub until: i64,
    /// With fewer items the percentiles say little.
    pub minimum_n: i64,
    /// How many items were done.
    pub n: i64,
    /// What half of them took at most, in seconds; `None` when there are none.
    pub p50: Option<f64>,
    /// What 85 % took at most.
    pub p85: Option<f64>,
    /// What 95 % took at most.
    pub p95: Option<f64>,
    /// How many of those that took longest are listed in any case, where not all are.
    pub slowest: usize,
    /// The items, in the order in which they were done. Of more than 3,000 so many: those that took longest, and of the rest some by
    /// chance, the same each time.
    pub items: Vec<DoneItem>,
}

/// An item that is done.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DoneItem {
    /// Its id.
    pub id: String,
    /// The name that people call it by.
    pub key: String,
    /// Its title.
    pub title: Option<String>,
    /// Where people open it.
    pub url: Option<String>,
    /// When it was last done, in microseconds since 1970 (UTC).
    pub done_at: i64,
    /// How long that took from when work on it first began, in seconds.
    pub cycle_seconds: f64,
}

/// How long the items took that were done within a span.
///
/// # Errors
/// [`Error::Question`] when the span is empty, or a filter names what is not known or what items have not; else as [`Session::collect`].
pub async fn cycle_times(
    session: &Session,
    span: (NaiveDate, NaiveDate),
    filter: &Filter,
    settings: &Settings,
    clock: Clock,
) -> Result<CycleTimes> {
    at_most(MOST, session, span, filter, settings, clock).await
}

async fn at_most(
    most: Most,
    session: &Session,
    (first, end): (NaiveDate, NaiveDate),
    filter: &Filter,
    settings: &Settings,
    clock: Clock,
) -> Result<CycleTimes> {
    let metric = definition(METRIC, &[])?;
    metric.may_be_asked_by(None, filter)?;
    let (from, until) = Period::span(settings.time_zone, first, end)?;
    let until = until.min(clock.now());
    if until <= from {
        return Err(Error::Question(format!("nothing is done yet from {first} on: ask for an earlier span")));
    }
    let observed = filter::Rows { columns: &metric.dimensions, of: Some((Subject::WorkItem, "subject_id")) };
    let condition = filter::condition(session, filter, observed).await?;
    let tenants = i64::try_from(settings.minimum_n).unwrap_or(i64::MAX);
    // The filter comes last, because it holds what a person wrote.
    let within = |statement: &str| {
        statement
            .replace("{from}", &instant(from))
            .replace("{until}", &instant(until))
            .replace("{slowest}", &most.slowest.to_string())
            .replace("{most}", &most.items.to_string())
            .replace("{filter}", &condition)
    };
    let mut told = CycleTimes {
        from,
        until,
        minimum_n: metric.minimum_n.max(tenants),
        n: 0,
        p50: None,
        p85: None,
        p95: None,
        slowest: most.slowest,
        items: Vec::new(),
    };
    for row in rows(session, &within(PERCENTILES)).await? {
        told.n = row.int("n").unwrap_or_default();
        (told.p50, told.p85, told.p95) = (row.float("p50"), row.float("p85"), row.float("p95"));
    }
    for mut row in rows(session, &within(ITEMS)).await? {
        let (Some(id), Some(key), Some(done_at), Some(cycle_seconds)) =
            (row.text("id"), row.text("key"), row.int("done_at"), row.float("cycle_seconds"))
        else {
            continue;
        };
        let (title, url) = (row.text("title"), row.text("url"));
        told.items.push(DoneItem { id, key, title, url, done_at, cycle_seconds });
    }
    Ok(told)
}

#[cfg(test)]
mod tests {
    use super::super::golden_facts::facts;
    use super::super::tests::{berlin, now, question, session};
    use super::*;
    use crate::metrics::{Question, ask};

    const DAY: f64 = 86_400.0;

    /// Eleven items that were done at noon of 1 to 11 April, and took as many days; and what does not count.
    fn done() -> Session {
        let mut items = "id key started_at done_at is_done cycle_seconds level class excluded project_id\n".to_owned();
        for n in 1..=11 {
            let project = if n > 8 { "p2" } else { "p1" };
            let seconds = n * 86_400;
            items += &format!("i{n} K-{n} 03-20T12:00 04-{n:02}T12:00 yes {seconds} item feature - {project}\n");
        }
        items += "
            open     K-20 04-02T12:00 -           no  -      item feature -    p1
            unbegun  K-21 -           04-03T12:00 yes -      item feature -    p1
            epic     K-22 04-01T12:00 04-04T12:00 yes 259200 epic feature epic p1
            before   K-23 03-20T12:00 03-31T21:59 yes 1      item feature -    p1\n";
        session(&facts("facts/work_items", &items))
    }

    async fn of(most: Most, filter: &Filter) -> CycleTimes {
        let span = ("2026-04-01".parse().unwrap(), "2026-05-01".parse().unwrap());
        at_most(most, &done(), span, filter, &berlin(), now()).await.unwrap()
    }

    fn ids(told: &CycleTimes) -> Vec<&str> {
        told.items.iter().map(|item| item.id.as_str()).collect()
    }

    #[tokio::test]
    async fn each_item_that_is_done_stands_with_how_long_it_took() {
        let told = of(MOST, &Filter::default()).await;
        assert_eq!((told.n, told.minimum_n), (11, 10));
        // One to eleven days: five ranks from the first, 8.5 ranks and 9.5 ranks.
        assert_eq!((told.p50, told.p85, told.p95), (Some(6.0 * DAY), Some(9.5 * DAY), Some(10.5 * DAY)));
        assert_eq!(ids(&told), ["i1", "i2", "i3", "i4", "i5", "i6", "i7", "i8", "i9", "i10", "i11"]);
        let last = &told.items[10];
        assert_eq!((last.key.as_str(), last.cycle_seconds), ("K-11", 11.0 * DAY));
        assert_eq!(last.done_at - told.items[0].done_at, 10 * 86_400_000_000);
        // The figure of the metric is of the same items.
        let asked = Question { from: "2026-04-01".parse().unwrap(), ..question(METRIC, None) };
        let figure = ask(&done(), &asked, &berlin(), now()).await.unwrap().groups[0].total.clone();
        assert_eq!((figure.n, figure.value), (told.n, told.p50));
    }

    #[tokio::test]
    async fn of_too_many_the_slowest_stand_there_and_some_of_the_rest_the_same_each_time() {
        let few = Most { items: 5, slowest: 2 };
        let told = of(few, &Filter::default()).await;
        assert_eq!((told.n, told.slowest), (11, 2));
        assert_eq!(told.p50, Some(6.0 * DAY), "of all of them, not of those that are listed");
        // Of the nine others the MD5 of `i6` begins with 0d, of `i9` with 11, of `i3` with 51, of the next with 5a.
        assert_eq!(ids(&told), ["i3", "i6", "i9", "i10", "i11"]);
    }

    #[tokio::test]
    async fn a_filter_leaves_out_what_is_of_other_projects() {
        let told = of(MOST, &Filter { projects: vec!["p2".into()], ..Filter::default() }).await;
        assert_eq!((told.n, told.p50, ids(&told)), (3, Some(10.0 * DAY), vec!["i9", "i10", "i11"]));
    }

    #[tokio::test]
    async fn a_span_that_has_not_begun_is_refused() {
        let span = ("2026-05-01".parse().unwrap(), "2026-06-01".parse().unwrap());
        let refused = cycle_times(&done(), span, &Filter::default(), &berlin(), now()).await.unwrap_err().to_string();
        assert!(refused.contains("ask for an earlier span"), "{refused}");
    }
}
