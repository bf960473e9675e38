//! Little's law as a check of the data: work in progress = throughput × cycle time, on the average, in any stable flow.
//!
//! J. D. C. Little, "A Proof for the Queuing Formula: L = λW", Operations Research 9 (1961), <https://doi.org/10.1287/opre.9.3.383>.

use super::filter;
use super::{Dimension, Filter, Period, Subject, definition};
use crate::session::Session;
use crate::{Clock, Error, Result, Settings};
use arrow::array::AsArray as _;
use arrow::compute::cast;
use arrow::datatypes::{DataType, Float64Type};
use chrono::NaiveDate;
use serde::Serialize;

const STATEMENT: &str = include_str!("../../../sql/littles_law.sql");
const DAY: f64 = 86_400.0;
/// The metric whose minimum n is that of the sentence: of fewer items a single long one decides the mean.
const METRIC: &str = "cycle_time";
/// Within this and its inverse the three averages agree.
const AGREES: f64 = 1.25;

/// How three averages agree that have to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LittlesLaw {
    /// Where the span begins, in microseconds since 1970 (UTC).
    pub from: i64,
    /// Where it ends, or when it was asked.
    pub until: i64,
    /// How many work items were done in it.
    pub n: i64,
    /// Work items in progress, averaged over the time.
    pub work_in_progress: f64,
    /// Work items done a day.
    pub throughput_per_day: f64,
    /// The mean cycle time of those done, in seconds; `None` when none was. A mean, because the law is of means.
    pub cycle_seconds: Option<f64>,
    /// What the law expects it to be: work in progress over throughput, in seconds.
    pub expected_cycle_seconds: Option<f64>,
    /// The expected over the measured cycle time: 1 where the law holds.
    pub ratio: Option<f64>,
    /// What that means, in one sentence: of fewer items than cycle time is told of, no more than that they are too few.
    pub sentence: String,
}

/// Holds a span's work in progress, throughput and cycle time against each other.
///
/// # Errors
/// [`Error::Question`] when the span is empty or a filter's name is not known; else as [`Session::collect`].
pub async fn littles_law(
    session: &Session,
    (first, end): (NaiveDate, NaiveDate),
    filter: &Filter,
    settings: &Settings,
    clock: Clock,
) -> Result<LittlesLaw> {
    let (from, until) = Period::span(settings.time_zone, first, end)?;
    let until = until.min(clock.now());
    if until <= from {
        return Err(Error::Question(format!("nothing has happened yet from {first} on: ask for an earlier span")));
    }
    let minimum_n = definition(METRIC, &[])?.minimum_n.max(i64::try_from(settings.minimum_n).unwrap_or(i64::MAX));
    let items = filter::Rows { columns: &Dimension::OF_ITEMS, of: Some((Subject::WorkItem, "id")) };
    let condition = filter::condition(session, filter, items).await?;
    let statement = STATEMENT
        .replace("{from}", &from.to_string())
        .replace("{until}", &until.to_string())
        // Last, because it holds what a person wrote.
        .replace("{filter}", &condition);
    let mut told = [None; 3];
    for batch in session.collect(&statement).await? {
        for (told, column) in told.iter_mut().zip(batch.columns()) {
            let column = cast(column, &DataType::Float64)?;
            *told = column.as_primitive::<Float64Type>().iter().next().flatten();
        }
    }
    let [in_progress, done, cycle_seconds] = told;
    let (in_progress, done) = (in_progress.unwrap_or(0.0), done.unwrap_or(0.0));
    let cycle_seconds = cycle_seconds.filter(|_| done > 0.0).map(|sum| sum / done);
    let span = (until - from) as f64;
    let expected = (done > 0.0).then(|| in_progress / 1e6 / done);
    let ratio = expected.zip(cycle_seconds).filter(|(_, measured)| *measured > 0.0).map(|(e, measured)| e / measured);
    let n = done as i64;
    Ok(LittlesLaw {
        from,
        until,
        n,
        work_in_progress: in_progress / span,
        throughput_per_day: done * DAY * 1e6 / span,
        cycle_seconds,
        expected_cycle_seconds: expected,
        ratio,
        sentence: sentence(ratio.filter(|_| n >= minimum_n)).to_owned(),
    })
}

fn sentence(ratio: Option<f64>) -> &'static str {
    match ratio {
        None => "Too little was done in this span to hold the averages against each other.",
        Some(ratio) if ratio > AGREES => {
            "More is in progress than what is done accounts for: items are begun faster than they are done, or stay open though nobody works on them, so cycle times will grow; or many were abandoned after they had been begun."
        }
        Some(ratio) if ratio < 1.0 / AGREES => {
            "Less is in progress than what is done accounts for: old work was cleared in this span, or statuses are set long after the fact, so its cycle times tell of earlier work."
        }
        Some(_) => "Work in progress, throughput and cycle time agree, as they do in a stable flow.",
    }
}

#[cfg(test)]
mod tests {
    use super::super::golden_facts::facts;
    use super::super::tests::{berlin, now, session};
    use super::*;

    async fn of(items: &str, from: &str, until: &str) -> LittlesLaw {
        let session = session(&facts("facts/work_items", items));
        let span = (from.parse().unwrap(), until.parse().unwrap());
        littles_law(&session, span, &Filter::default(), &berlin(), now()).await.unwrap()
    }

    #[tokio::test]
    async fn in_a_stable_flow_the_three_agree() {
        // Every day one item is begun and done two days later: two at a time, through ten days from Berlin's midnight.
        let items: String = (1..=14)
            .map(|day| {
                let done = day + 2;
                format!("i{day} 04-{day:02}T10:00 04-{done:02}T10:00 yes 172800 -\n")
            })
            .collect();
        let items = format!("id started_at done_at is_done cycle_seconds excluded\n{items}");
        let told = of(&items, "2026-04-04", "2026-04-14").await;
        assert_eq!((told.n, told.work_in_progress, told.throughput_per_day), (10, 2.0, 1.0));
        assert_eq!((told.cycle_seconds, told.expected_cycle_seconds), (Some(172_800.0), Some(172_800.0)));
        assert_eq!(told.ratio, Some(1.0));
        assert!(told.sentence.contains("agree"));
    }

    #[tokio::test]
    async fn what_is_begun_and_never_done_shows() {
        let items = |done: usize| {
            let done: String = (0..done).map(|n| format!("a{n} 04-06T22:00 04-07T22:00 yes 86400 -\n")).collect();
            format!(
                "id started_at done_at is_done cycle_seconds excluded\n{done}
                b 04-06T22:00 -           no  - -
                c 04-06T22:00 -           no  - epic
                d -           04-07T10:00 yes - -"
            )
        };
        // From 7 April, which begins at 22:00, for nine days until now: ten for one of them, b for all.
        let told = of(&items(10), "2026-04-07", "2026-05-01").await;
        assert_eq!((told.n, told.work_in_progress, told.throughput_per_day), (10, 19.0 / 9.0, 10.0 / 9.0));
        assert_eq!((told.expected_cycle_seconds, told.ratio), (Some(164_160.0), Some(1.9)));
        assert!(told.sentence.contains("begun faster than they are done"));
        // Of fewer than ten the figures are told, and nothing is made of them.
        let one = of(&items(1), "2026-04-07", "2026-05-01").await;
        assert_eq!((one.n, one.work_in_progress, one.ratio), (1, 10.0 / 9.0, Some(10.0)));
        assert!(one.sentence.contains("Too little"), "{}", one.sentence);
        let nine = of(&items(9), "2026-04-07", "2026-05-01").await;
        assert_eq!((nine.n, nine.ratio), (9, Some(2.0)));
        assert!(nine.sentence.contains("Too little"), "{}", nine.sentence);
        let quiet = of(&items(1), "2026-03-01", "2026-04-01").await;
        assert_eq!((quiet.n, quiet.work_in_progress, quiet.ratio), (0, 0.0, None));
        assert!(quiet.sentence.contains("Too little"));
    }

    #[tokio::test]
    async fn what_is_abandoned_was_in_progress_until_then_and_is_never_done() {
        let done: String = (0..10).map(|n| format!("a{n} 04-06T22:00 04-07T22:00 - yes 86400\n")).collect();
        let items = format!(
            "id started_at done_at abandoned_at is_done cycle_seconds\n{done}
            b 04-06T22:00 - 04-08T22:00 no -
            c 04-01T22:00 - 04-06T22:00 no -"
        );
        // Ten for a day and b for two, within nine days; c was abandoned when they began.
        let told = of(&items, "2026-04-07", "2026-05-01").await;
        assert_eq!((told.n, told.work_in_progress, told.throughput_per_day), (10, 12.0 / 9.0, 10.0 / 9.0));
        assert_eq!((told.cycle_seconds, told.expected_cycle_seconds), (Some(86_400.0), Some(103_680.0)));
        // The law is of what is done: where much is abandoned after a while, that is said to be a cause.
        let long = items.replace("04-08T22:00 no", "04-13T22:00 no");
        let told = of(&long, "2026-04-07", "2026-05-01").await;
        assert_eq!((told.n, told.ratio), (10, Some(1.7)));
        assert!(told.sentence.contains("many were abandoned"), "{}", told.sentence);
    }
}
