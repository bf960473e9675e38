//! Forecasts that were missed.

use super::ForecastReport;
use super::story::{clock, day, modelled, one, step, tenant};
use crate::row::Value;
use crate::{Settings, Tenant};
use std::sync::Arc;

async fn retraced(tenant: &Tenant) -> ForecastReport {
    tenant.retrace_forecasts(&Settings::default(), clock(84)).await.unwrap()
}

#[tokio::test]
async fn each_sprint_that_is_over_gets_the_forecast_of_its_second_day_and_its_score() {
    let tenant = tenant(&Arc::default());
    assert_eq!(retraced(&tenant).await, ForecastReport::default());
    modelled(&tenant, 84).await;
    // Six sprints are over. Nine items are done in each, so that on the second day of the fourth there are 27, and 36 on that of the fifth.
    assert_eq!(retraced(&tenant).await, ForecastReport { frozen: 6, without: 4, scored: 2 });
    assert_eq!(retraced(&tenant).await, ForecastReport::default());
    let fourth = one(&tenant, "sprint:s3:2026-02-17").await;
    let reason = "not enough history: 27 items done over 6 weeks, of at least 30 over 5 weeks";
    assert_eq!((fourth.text("reason"), fourth.int("runs")), (Some(reason), None));
    let fifth = one(&tenant, "sprint:s4:2026-03-03").await;
    assert_eq!((fifth.date("made_on"), fifth.date("due_on")), (day(57), day(67)));
    assert_eq!((fifth.int("remaining"), fifth.int("history_done")), (Some(10), Some(36)));
    // It was made when it was made.
    let now = day(84).unwrap().and_hms_opt(12, 0, 0).unwrap().and_utc().timestamp_micros();
    assert_eq!(*fifth.get("made_at"), Value::Time(now));
    // Never more than one a day is done, and its last day is the ninth working day from then on: in no run are all ten done by it, nor were
    // they. The tenth was done on the next working day, before which no run can end.
    assert_eq!((fifth.int("due_runs"), fifth.get("made_due")), (Some(0), &Value::Bool(false)));
    assert_eq!((fifth.date("done_on"), fifth.get("in_p85")), (day(70), &Value::Bool(true)));
    assert_eq!(fifth.date("scored_on"), day(84));
    // The step goes on as if it had made them.
    assert_eq!(step(&tenant, 84).await, ForecastReport { frozen: 5, without: 2, scored: 0 });
}

#[tokio::test]
async fn what_came_later_changes_nothing_of_a_forecast_that_was_missed() {
    let made = async |until: i64| {
        let tenant = tenant(&Arc::default());
        modelled(&tenant, until).await;
        retraced(&tenant).await;
        one(&tenant, "sprint:s4:2026-03-03").await
    };
    let (then, later) = (made(57).await, made(84).await);
    for column in
        ["remaining", "history", "seed", "p50_on", "p70_on", "p85_on", "p95_on", "due_runs", "by_p50", "skill"]
    {
        assert_eq!(then.get(column), later.get(column), "{column}");
    }
    // Only what came of it is another thing, as far as the lake knows.
    assert_eq!((then.date("done_on"), then.get("in_p85")), (None, &Value::Bool(false)));
}

#[tokio::test]
async fn a_sprint_that_runs_is_left_to_the_step() {
    let tenant = tenant(&Arc::default());
    modelled(&tenant, 84).await;
    step(&tenant, 84).await;
    assert_eq!(retraced(&tenant).await, ForecastReport { frozen: 6, without: 4, scored: 2 });
    assert_eq!(one(&tenant, "sprint:s:2026-03-30").await.get("scored_on"), &Value::Null);
}
