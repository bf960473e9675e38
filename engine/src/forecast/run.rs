//! The step on the lake.

use super::freeze::{as_scored, freeze, is_settled, score};
use super::left::Left;
use super::subject::Subject;
use super::{Kind, Record, Scorecard, Scored, input, rows};
use crate::entities::fact;
use crate::lake::{ANCHOR, Committed, Progress, Scope, Seen, Snapshot, Table, TenantLake, TenantTable, When};
use crate::row::{self, Row};
use crate::session::{Limits, Session};
use crate::{Clock, Error, Policy, Result, Settings};
use chrono::NaiveDate;
use futures::TryStreamExt as _;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use tokio::task::spawn_blocking;

/// The step reads all items of a tenant: what bounds a person's question is too little for it.
const LIMITS: Limits = Limits { memory_bytes: 1 << 30, seconds: 3600, rows: 100_000_000, bytes: 8 << 30 };

/// What a run of the step did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ForecastReport {
    /// How many forecasts were frozen.
    pub frozen: u64,
    /// How many of them have a reason instead of days.
    pub without: u64,
    /// Of how many of earlier ones more is known.
    pub scored: u64,
}

/// Freezes today's forecast of each project, epic and version that is not out with open items and of each active sprint, and scores the
/// earlier ones. All is written in one commit, which notes the day: killed anywhere, either everything of the day is there or nothing.
/// Another run on that day freezes what has come since and has no forecast of it yet, of a connection that was read later say; what is
/// frozen stays as it is, and so do the scores. Where nothing has come, it has nothing to do.
///
/// # Errors
/// When storage fails, and [`Error::Overtaken`] when another run wrote first; running it again is safe.
pub async fn run(lake: &TenantLake, settings: &Settings, clock: Clock) -> Result<ForecastReport> {
    let now = clock.now();
    let today = today(settings, now)?;
    let lake = &lake.looked_over().await?;
    let table = lake.table(fact("forecasts")?);
    let newest = table.latest().await?;
    let session = session(lake).await?;
    // Before the subjects: what comes in between is among those, and the next run finds more than is noted.
    let mut left = Left::of(&session, today, settings.time_zone).await?;
    let day = Progress { app: "forecast:day".to_owned(), version: today.to_epoch_days().into() };
    let is_again = is_noted(newest.as_ref(), &day).await?;
    if is_again && is_noted(newest.as_ref(), &left.mark()).await? {
        return Ok(ForecastReport::default());
    }
    let earlier = match &newest {
        Some(newest) => frozen(newest).await?,
        None => Vec::new(),
    };
    let version = newest.map(|newest| newest.version());
    let subjects = input::subjects(&session, settings).await?;
    let (settings, told) = (settings.clone(), lake.clone());
    let step = move || {
        let scores = if is_again { Vec::new() } else { scores(&subjects, &earlier, today) };
        let made = freezes(&subjects, &earlier, &scores, &settings, (today, now), &told)?;
        Ok::<_, Error>((scores, made))
    };
    let (mut rows, made) = spawn_blocking(step).await??;
    let report = ForecastReport {
        frozen: made.len() as u64,
        without: made.iter().filter(|row| row.int("runs").is_none()).count() as u64,
        scored: rows.len() as u64,
    };
    for (kind, id) in made.iter().filter_map(|row| row.text("subject_kind").zip(row.text("subject_id"))) {
        left.remove(kind, id);
    }
    rows.extend(made);
    let marks = [day, left.mark()];
    if rows.is_empty() {
        // A lake of which nothing is known gets no table.
        if version.is_some() {
            table.append(&[], &marks, When::On(version)).await?;
        }
        return Ok(report);
    }
    let is_new = write(&table, &rows, &marks, version).await?;
    Ok(if is_new { report } else { ForecastReport::default() })
}

/// The day of the tenant's zone that an instant lies on.
pub(super) fn today(settings: &Settings, now: i64) -> Result<NaiveDate> {
    let beyond =
        || Error::Setting("the clock stands beyond the calendar, so that there is no day to forecast on".to_owned());
    rows::day(settings.time_zone, now).ok_or_else(beyond)
}

/// All of a tenant, within the limits of the step.
pub(super) async fn session(lake: &TenantLake) -> Result<Session> {
    // What another process modelled a moment ago is seen.
    lake.table(fact(ANCHOR)?).latest().await?;
    Session::build(TenantTable::all(lake, &Seen::default()), lake.runtime(), LIMITS, &Policy::default())
}

/// Writes forecasts in the place of those with the same ids, over the version of the table that they were made from. Whether anything of it
/// was new.
pub(super) async fn write(table: &Table, rows: &[Row], marks: &[Progress], version: Option<u64>) -> Result<bool> {
    let values = rows.iter().filter_map(|row| row.text("id")).map(str::to_owned).collect();
    let batch = row::batch(table.entity(), rows)?;
    let scope = Scope { column: "id", values };
    let committed = table.replace(&[batch], Some(&scope), marks, When::ChangedOn(version)).await?;
    Ok(matches!(committed, Committed::Version(_)))
}

/// Whether the log of a table notes this.
async fn is_noted(newest: Option<&Arc<Snapshot>>, mark: &Progress) -> Result<bool> {
    match newest {
        Some(newest) => Ok(newest.progress(&mark.app).await? == Some(mark.version)),
        None => Ok(false),
    }
}

/// All forecasts that were frozen.
pub(super) async fn frozen(snapshot: &Arc<Snapshot>) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    let mut batches = snapshot.read(None, None, &[]).await?;
    while let Some(batch) = batches.try_next().await? {
        rows.extend(row::rows(fact("forecasts")?, &batch)?);
    }
    Ok(rows)
}

/// The rows of earlier forecasts of which more is known.
fn scores(subjects: &[Subject], earlier: &[Row], today: NaiveDate) -> Vec<Row> {
    let mut of: BTreeMap<(&str, &str), Vec<&Row>> = BTreeMap::new();
    for row in earlier {
        let key = row.text("subject_kind").zip(row.text("subject_id"));
        of.entry(key.unwrap_or_default()).or_default().push(row);
    }
    let mut rows = Vec::new();
    for subject in subjects {
        let own = of.get(&(subject.kind.name(), subject.id.as_str())).into_iter().flatten();
        let mut unsettled = own.filter(|row| !is_settled(row)).peekable();
        if unsettled.peek().is_some() {
            let past = subject.past();
            rows.extend(unsettled.filter_map(|row| score(row, &past, today)));
        }
    }
    rows
}

/// The rows of forecasts that are new, of what has none of the day.
fn freezes(
    subjects: &[Subject],
    earlier: &[Row],
    scores: &[Row],
    settings: &Settings,
    (today, now): (NaiveDate, i64),
    told: &TenantLake,
) -> Result<Vec<Row>> {
    let newer: BTreeSet<&str> = scores.iter().filter_map(|row| row.text("id")).collect();
    let kept = earlier.iter().filter(|row| row.text("id").is_some_and(|id| !newer.contains(id)));
    let cards = cards(kept.chain(scores));
    let there: BTreeSet<&str> = earlier.iter().filter_map(|row| row.text("id")).collect();
    let open: Vec<&Subject> =
        subjects.iter().filter(|subject| subject.kind != Kind::Team && !subject.is_over).collect();
    let mut rows = Vec::new();
    for (done, subject) in (0..).zip(&open) {
        told.tell(done, Some(open.len() as u64), "forecasts");
        let id = format!("{}:{}:{today}", subject.kind.name(), subject.id);
        if there.contains(id.as_str()) {
            continue;
        }
        let card = cards.get(subject.kind.name()).cloned().unwrap_or_else(|| Scorecard::of([]));
        rows.extend(freeze(subject, (today, now), &card, &settings.calendar)?);
    }
    Ok(rows)
}

/// How the forecasts of each kind have done, by its name.
pub(super) fn cards<'a>(rows: impl IntoIterator<Item = &'a Row>) -> BTreeMap<String, Scorecard> {
    scored(rows).into_iter().map(|(kind, scored)| (kind, Scorecard::of(&scored))).collect()
}

/// The same, and how parts of them have.
pub(super) fn records<'a>(rows: impl IntoIterator<Item = &'a Row>) -> BTreeMap<String, Record> {
    scored(rows).into_iter().map(|(kind, scored)| (kind, Record::of(&scored))).collect()
}

/// How the forecasts of each kind, as rows of `facts.forecasts`, had done at the beginning of each of some days, by its name: by what
/// was known then.
pub fn cards_on(rows: &[Row], days: &[NaiveDate]) -> Vec<BTreeMap<String, Scorecard>> {
    let scored = scored(rows);
    let known = |all: &[Scored], day: NaiveDate| all.iter().filter_map(|one| one.known_on(day)).collect::<Vec<_>>();
    let card = |(kind, all): (&String, &Vec<Scored>), day| (kind.clone(), Scorecard::of(&known(all, day)));
    days.iter().map(|day| scored.iter().map(|of| card(of, *day)).collect()).collect()
}

fn scored<'a>(rows: impl IntoIterator<Item = &'a Row>) -> BTreeMap<String, Vec<Scored>> {
    let mut scored: BTreeMap<String, Vec<Scored>> = BTreeMap::new();
    for row in rows {
        if let Some((kind, score)) = row.text("subject_kind").zip(as_scored(row)) {
            scored.entry(kind.to_owned()).or_default().push(score);
        }
    }
    scored
}
