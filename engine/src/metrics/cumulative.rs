//! Cumulative flow: how many items are in each stage at the end of each period.

use super::{Dimension, Question, ask};
use crate::session::Session;
use crate::{Clock, Result, Settings};
use serde::Serialize;

/// The metric that it is made of.
const METRIC: &str = "cumulative_flow";

/// The bands of a cumulative flow diagram.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CumulativeFlow {
    /// The time zone whose days, weeks and months were meant.
    pub time_zone: String,
    /// When it was asked, in microseconds since 1970 (UTC).
    pub as_of: i64,
    /// The periods at whose ends items are counted; of one that runs, now.
    pub periods: Vec<FlowPeriod>,
    /// The stages in the order of flow, those alone in which anything ever was.
    pub bands: Vec<FlowBand>,
}

/// A period of a cumulative flow diagram.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FlowPeriod {
    /// `2026-11-01`, `2026-W47` or `2026-11`.
    pub label: String,
    /// Where it begins, in microseconds since 1970 (UTC).
    pub from: i64,
    /// Where it ends.
    pub until: i64,
    /// Whether it is cut by the question's span, or not over yet.
    pub partial: bool,
}

/// The items of one stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FlowBand {
    /// The stage; where stages are not mapped, the category of the status; `None` for statuses that are neither.
    pub stage: Option<String>,
    /// How many items were in it at the end of each period; `None` of one that has not begun.
    pub items: Vec<Option<i64>>,
}

/// The items in each stage at the end of each period. The question's metric, its dimension and what it compares with are not
/// looked at.
///
/// # Errors
/// As [`ask`].
pub async fn cumulative_flow(
    session: &Session,
    question: &Question,
    settings: &Settings,
    clock: Clock,
) -> Result<CumulativeFlow> {
    let by_stage =
        Question { metric: METRIC.to_owned(), by: Some(Dimension::Stage), compare: None, ..question.clone() };
    let answer = ask(session, &by_stage, settings, clock).await?;
    let mut periods = Vec::new();
    let mut bands = Vec::with_capacity(answer.groups.len());
    for group in answer.groups {
        let items = group.points.iter().map(|point| point.figure.value.map(|_| point.figure.n)).collect();
        bands.push(FlowBand { stage: group.key, items });
        if periods.is_empty() {
            let period = |point: super::Point| FlowPeriod {
                label: point.label,
                from: point.from,
                until: point.until,
                partial: point.partial,
            };
            periods = group.points.into_iter().map(period).collect();
        }
    }
    Ok(CumulativeFlow { time_zone: answer.time_zone, as_of: answer.as_of, periods, bands })
}

#[cfg(test)]
mod tests {
    use super::super::golden_facts::facts;
    use super::super::tests::{berlin, now, question, session};
    use super::*;

    #[tokio::test]
    async fn each_band_has_the_items_of_its_stage_at_the_end_of_each_week() {
        let stays = "
            work_item_id position class   level status_category entered_at  left_at
            a            0        feature item  todo            03-20T08:00 03-30T08:00
            a            1        feature item  doing           03-30T08:00 04-07T08:00
            a            2        feature item  done            04-07T08:00 -
            b            0        feature item  todo            03-20T08:00 03-29T21:59
            b            1        feature item  doing           03-29T21:59 -
            c            0        feature item  todo            04-01T08:00 -";
        let session = session(&facts("facts/work_item_stays", stays));
        // Until 27 April: W17 has not begun.
        let asked = Question { until: "2026-04-27".parse().unwrap(), ..question("throughput", None) };
        let told = cumulative_flow(&session, &asked, &berlin(), now()).await.unwrap();
        let labels: Vec<_> = told.periods.iter().map(|p| (p.label.as_str(), p.partial)).collect();
        let weeks =
            [("2026-W13", false), ("2026-W14", false), ("2026-W15", false), ("2026-W16", true), ("2026-W17", true)];
        assert_eq!(labels, weeks);
        let bands: Vec<_> = told.bands.iter().map(|b| (b.stage.as_deref().unwrap(), b.items.as_slice())).collect();
        let some = |items: [i64; 4]| items.map(Some).into_iter().chain([None]).collect::<Vec<_>>();
        let (todo, doing, done) = (some([1, 1, 1, 1]), some([1, 2, 1, 1]), some([0, 0, 1, 1]));
        // At the end of W13 a is to do and b is begun; of W14 both are, and c is to do.
        assert_eq!(bands, [("todo", &todo[..]), ("doing", &doing[..]), ("done", &done[..])]);
    }

    #[tokio::test]
    async fn what_is_abandoned_is_in_no_band_from_then_on() {
        let stays = "
            work_item_id position class   level status_category entered_at  left_at     excluded
            a            0        feature item  doing           03-20T08:00 04-07T08:00 -
            a            1        feature item  done            04-07T08:00 -           abandoned
            b            0        feature item  doing           03-20T08:00 -           -
            c            0        feature item  done            03-20T08:00 -           -";
        let session = session(&facts("facts/work_item_stays", stays));
        let told = cumulative_flow(&session, &question("throughput", None), &berlin(), now()).await.unwrap();
        let bands: Vec<_> = told.bands.iter().map(|b| (b.stage.as_deref().unwrap(), b.items.clone())).collect();
        // At the end of W13 and W14 both are in work, and from W15 on b alone; done is c.
        let some = |items: [i64; 4]| items.map(Some).to_vec();
        assert_eq!(bands, [("doing", some([2, 2, 1, 1])), ("done", some([1, 1, 1, 1]))]);
    }
}
