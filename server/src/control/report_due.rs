//! Of when the reports are that a schedule asks for: of when that was due. It is noted with the job, so that a schedule that is changed or
//! removed while the job waits changes nothing of that.

use super::database::{Whole, failed, json, text};
use super::job::{asked_too, note_as};
use super::{BY_SCHEDULE, Control, Job};
use crate::Result;
use crate::reports::Asked;
use chrono::{DateTime, SecondsFormat};

/// What such a note begins with.
const NOTE: &str = "it was due at ";

impl Control {
    /// When the schedule was due that asked for a job before this try of it was begun; the last time, where it asked again. `None`: none
    /// did.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn was_due(&self, job: &Job) -> Result<Option<i64>> {
        // By the number of the step, not by that of the try: one that was stopped does not count.
        let query = sqlx::query(
            "SELECT reason FROM job_steps WHERE job_id = $1 AND reason LIKE $2
             AND number < (SELECT MAX(number) FROM job_steps WHERE job_id = $1 AND reason = 'claimed')
             ORDER BY number DESC LIMIT 1",
        );
        let query = query.bind(&job.id).bind(due_notes());
        let row = query.fetch_optional(self.database.pool()).await.map_err(failed)?;
        Ok(row.map(|row| text(&row, "reason")).transpose()?.as_deref().and_then(noted))
    }
}

/// All such notes, in SQL.
pub(super) fn due_notes() -> String {
    format!("{NOTE}%")
}

/// Notes when the schedule was due that asks for a job.
pub(super) async fn note_due(whole: &mut Whole, id: &str, due: i64, now: i64) -> Result<()> {
    let at = DateTime::from_timestamp_micros(due).unwrap_or_default().to_rfc3339_opts(SecondsFormat::AutoSi, true);
    let note = format!("{NOTE}{at}");
    // What is asked for again and again while nobody comes to it is noted once, with the last time.
    let query = sqlx::query(
        "UPDATE job_steps SET at = $1, reason = $2 WHERE job_id = $3 AND reason LIKE $4
         AND number = (SELECT MAX(number) FROM job_steps WHERE job_id = $3)",
    );
    let query = query.bind(now).bind(&note).bind(id).bind(due_notes());
    if query.execute(&mut ***whole).await.map_err(failed)?.rows_affected() == 1 {
        return Ok(());
    }
    note_as(whole, id, &note, now).await
}

/// Has a job done once more, of now, whose reports are noted to be of when its schedule was due, where somebody else asked for it after
/// that and before it was begun: data that came since is in no report else.
pub(super) async fn once_more_of_now(whole: &mut Whole, id: &str) -> Result<()> {
    let query = sqlx::query(
        "UPDATE jobs SET again = 1 WHERE id = $1 AND EXISTS (SELECT 1 FROM job_steps s
             WHERE s.job_id = $1 AND s.reason LIKE $2 AND s.reason <> $3
             AND s.number < (SELECT MAX(number) FROM job_steps WHERE job_id = $1 AND reason = 'claimed')
             AND s.number > (SELECT MAX(number) FROM job_steps WHERE job_id = $1 AND reason LIKE $4
                 AND number < (SELECT MAX(number) FROM job_steps WHERE job_id = $1 AND reason = 'claimed')))",
    );
    let query = query.bind(id).bind(asked_too("%")).bind(asked_too(BY_SCHEDULE)).bind(due_notes());
    query.execute(&mut ***whole).await.map_err(failed).map(drop)
}

/// Notes with a job, whose reports are of when its schedule was due, who else asked for the one before it after that: what they ask for is
/// of later.
pub(super) async fn carry_asked(whole: &mut Whole, from: &str, to: &str, now: i64) -> Result<()> {
    let query = sqlx::query(
        "SELECT reason FROM job_steps WHERE job_id = $1 AND reason LIKE $2 AND reason <> $3
         AND number > (SELECT MAX(number) FROM job_steps WHERE job_id = $1 AND reason LIKE $4)
         ORDER BY number DESC LIMIT 1",
    );
    let query = query.bind(from).bind(asked_too("%")).bind(asked_too(BY_SCHEDULE)).bind(due_notes());
    match query.fetch_optional(&mut ***whole).await.map_err(failed)? {
        Some(row) => note_as(whole, to, &text(&row, "reason")?, now).await,
        None => Ok(()),
    }
}

/// When the schedule was due that asked for a job once more since that was begun; `None` where none did, or its reports are of then.
pub(super) async fn due_since(whole: &mut Whole, id: &str) -> Result<Option<i64>> {
    let query = sqlx::query(
        "SELECT reason FROM job_steps WHERE job_id = $1 AND reason LIKE $2
         AND number > (SELECT MIN(number) FROM job_steps WHERE job_id = $1 AND reason = 'claimed')
         ORDER BY number DESC LIMIT 1",
    );
    let query = query.bind(id).bind(due_notes());
    let row = query.fetch_optional(&mut ***whole).await.map_err(failed)?;
    let Some(due) = row.map(|row| text(&row, "reason")).transpose()?.as_deref().and_then(noted) else {
        return Ok(None);
    };
    let query = sqlx::query("SELECT asked FROM reports WHERE job_id = $1 LIMIT 1").bind(id);
    let made = query.fetch_optional(&mut ***whole).await.map_err(failed)?;
    let made = made.map(|row| json::<Asked>(&row, "asked")).transpose()?;
    Ok(Some(due).filter(|due| made.is_none_or(|made| made.as_of != *due)))
}

/// The instant that a note names.
fn noted(note: &str) -> Option<i64> {
    let at = DateTime::parse_from_rfc3339(note.strip_prefix(NOTE)?).ok()?;
    Some(at.timestamp_micros())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_names_the_instant_and_nothing_else_does() {
        assert_eq!(noted("it was due at 2026-04-02T23:59:00Z"), Some(1_775_174_340_000_000));
        assert_eq!(noted("it was due at 1970-01-01T00:00:00.000005Z"), Some(5));
        assert_eq!((noted("it was due at noon"), noted("claimed")), (None, None));
    }
}
