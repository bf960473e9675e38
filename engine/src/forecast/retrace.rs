//! Forecasts of sprints that were over before any was frozen, as they would have been made then.
//!
//! A lake whose whole past is read at once, as that of a sample is, has no forecast that is over: nobody sees how they do. So those
//! that were missed are made by the step's own means from what was known at the beginning of a day of theirs, and scored by what came after.
//! `made_on` is that day, and `made_at` the instant at which it was really made: nobody takes one for a promise of that day.

use super::freeze::{as_scored, freeze, score};
use super::run::{frozen, session, today, write};
use super::subject::Subject;
use super::{ForecastReport, Kind, Scorecard, Scored, input};
use crate::entities::fact;
use crate::lake::TenantLake;
use crate::row::{Row, Value};
use crate::{Clock, Result, Settings};
use chrono::{NaiveDate, TimeDelta};
use std::collections::BTreeSet;
use tokio::task::spawn_blocking;

/// How far back forecasts are made up for.
const BACK: TimeDelta = TimeDelta::weeks(26);

/// Freezes one forecast of each sprint of the last half year that is over and has none, as of the beginning of its second day, and scores
/// it. On its first day a sprint is filled, so that nothing of it was known when that began. Run again it does what is new alone.
///
/// A sprint's last day and name are taken as they are known now, since no source tells what they were before.
///
/// # Errors
/// When storage fails, and [`crate::Error::Overtaken`] when another run wrote first; running it again is safe.
pub async fn retrace(lake: &TenantLake, settings: &Settings, clock: Clock) -> Result<ForecastReport> {
    let now = clock.now();
    let today = today(settings, now)?;
    let table = lake.table(fact("forecasts")?);
    let newest = table.latest().await?;
    let earlier = match &newest {
        Some(newest) => frozen(newest).await?,
        None => Vec::new(),
    };
    let version = newest.map(|newest| newest.version());
    let subjects = input::subjects(&session(lake).await?, settings).await?;
    let settings = settings.clone();
    let rows = spawn_blocking(move || retraced(&subjects, &earlier, &settings, (today, now))).await??;
    if rows.is_empty() || !write(&table, &rows, &[], version).await? {
        return Ok(ForecastReport::default());
    }
    Ok(ForecastReport {
        frozen: rows.len() as u64,
        without: rows.iter().filter(|row| row.int("runs").is_none()).count() as u64,
        scored: rows.iter().filter(|row| *row.get("scored_on") != Value::Null).count() as u64,
    })
}

/// The rows of forecasts that were missed, in the order in which they would have been made.
fn retraced(
    subjects: &[Subject],
    earlier: &[Row],
    settings: &Settings,
    (today, now): (NaiveDate, i64),
) -> Result<Vec<Row>> {
    let since = today.checked_sub_signed(BACK).unwrap_or(today);
    let of_sprints = |row: &&Row| row.text("subject_kind") == Some(Kind::Sprint.name());
    let mut known: Vec<Row> = earlier.iter().filter(of_sprints).cloned().collect();
    let there: BTreeSet<&str> = earlier.iter().filter(of_sprints).filter_map(|row| row.text("subject_id")).collect();
    let mut missed: Vec<(NaiveDate, &Subject)> = subjects
        .iter()
        .filter(|subject| subject.kind == Kind::Sprint && subject.is_over && !there.contains(subject.id.as_str()))
        .filter_map(|subject| Some((subject.begins?.succ_opt()?, subject)))
        .filter(|(origin, _)| (since..today).contains(origin))
        .collect();
    missed.sort_by(|(a, one), (b, other)| (a, &one.id).cmp(&(b, &other.id)));
    let mut made = Vec::new();
    for (origin, subject) in missed {
        // How those before it had done by then, and no more.
        let before: Vec<Scored> =
            known.iter().filter_map(as_scored).filter_map(|scored| scored.known_on(origin)).collect();
        let card = Scorecard::of(&before);
        let Some(row) = freeze(subject, (origin, now), &card, &settings.calendar)? else { continue };
        let row = score(&row, &subject.past(), today).unwrap_or(row);
        known.push(row.clone());
        made.push(row);
    }
    Ok(made)
}
