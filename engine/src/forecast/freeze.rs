//! A forecast as a row that never changes, and the score that is written beside it.

use super::back_test::{back_test_while, mean_makes};
use super::subject::{Past, Subject};
use super::{BackTest, Counted, Due, History, Question, Scorecard, Scored, Series, State, forecast};
use crate::Result;
use crate::calendar::Calendar;
use crate::entities::fact;
use crate::row::{Row, Value};
use chrono::{NaiveDate, TimeDelta};

/// To be raised whenever a forecast over the same history would come out otherwise, or another history come of the same past. Then
/// `docs/forecasting.md` says whether its tables still hold.
pub(super) const RULES: i64 = 6;
/// From which version on no more items are told than are there: numbers by earlier ones are held against nothing.
const COUNTS_FROM: i64 = 2;
/// In how many days the number of items is forecast.
const AHEAD: TimeDelta = TimeDelta::weeks(4);

/// The days that are forecast, each with whether it was done by then.
const LEVELS: Series<(&str, &str)> = Series {
    p50: ("p50_on", "in_p50"),
    p70: ("p70_on", "in_p70"),
    p85: ("p85_on", "in_p85"),
    p95: ("p95_on", "in_p95"),
};

/// The forecast of a subject at the beginning of a day; `None` when nothing of it is open. `card` is how forecasts of its kind
/// have done.
pub(super) fn freeze(
    subject: &Subject,
    (made_on, made_at): (NaiveDate, i64),
    card: &Scorecard,
    calendar: &Calendar,
) -> Result<Option<Row>> {
    let is_working: &dyn Fn(NaiveDate) -> bool = &|day| calendar.is_working_day(day);
    let State { history, open, .. } = subject.as_of(made_on, is_working);
    if open == 0 {
        return Ok(None);
    }
    let row = Row::new(fact("forecasts")?)
        .set("id", format!("{}:{}:{made_on}", subject.kind.name(), subject.id))
        .set("subject_kind", subject.kind.name())
        .set("subject_id", subject.id.as_str())
        .set("subject_name", subject.name.as_str())
        .set("project_id", subject.project_id.clone())
        .set("team_id", subject.team_id.clone())
        .set("made_on", made_on)
        .set("made_at", Value::Time(made_at))
        .set("rules", RULES)
        .set("remaining", i64::from(open))
        .set("history_from", history.from())
        .set("history", history.to_string())
        .set("history_done", i64::from(history.done()))
        .set("history_added", i64::from(history.added()))
        .set("calendar", calendar.days_from(history.from()));
    let ahead = foretold(subject.due, made_on);
    let row = match subject.due {
        // What may be done is not late.
        Some(_) if !subject.is_mapped => row.set("due_on", ahead),
        // A day that is over is missed for certain: neither history nor skill is needed to say so.
        Some(due) if ahead.is_none() => row.set("due_on", due).set("due_probability", 0.0),
        due => row.set("due_on", due),
    };
    if let Some(lack) = subject.lack(&history) {
        return Ok(Some(row.set("reason", lack)));
    }
    let by = made_on.checked_add_signed(AHEAD);
    let question = Question { due: ahead, by, ..Question::of(open) };
    let outcome = forecast(&history, &question, is_working);
    let row = row
        .set("runs", i64::from(outcome.runs))
        .set("seed", outcome.seed.cast_signed())
        .set("p50_on", outcome.done_on.p50)
        .set("p70_on", outcome.done_on.p70)
        .set("p85_on", outcome.done_on.p85)
        .set("p95_on", outcome.done_on.p95)
        .set("never", outcome.never)
        .set("by_on", by)
        .set("by_p50", outcome.done_by.map(|done| i64::from(done.p50)))
        .set("by_p85", outcome.done_by.map(|done| i64::from(done.p85)));
    let Some((due, share)) = ahead.zip(outcome.due_probability) else { return Ok(Some(row)) };
    let trust = Trust::of(&|| true, subject, card, made_on, is_working);
    let reason = trust.reason();
    let row = row
        .set("due_runs", (share * f64::from(outcome.runs)).round() as i64)
        .set("mean_makes_due", mean_makes(&history, &question, due, is_working))
        .set("due_probability", reason.is_none().then_some(share))
        .set("skill", trust.skill)
        .set("skill_n", i64::from(trust.of))
        .set("skill_from", trust.from)
        .set("reason", reason);
    Ok(Some(row))
}

/// The due day, where it was not over when the forecast was made. Of one that was nothing is foretold, and nothing scored: what is late
/// would be right on each day that it stays so, and make others look skilled.
fn foretold(due: Option<NaiveDate>, made_on: NaiveDate) -> Option<NaiveDate> {
    due.filter(|due| *due >= made_on)
}

/// Why a probability is told, or not.
pub(super) struct Trust {
    skill: Option<f64>,
    of: u32,
    from: &'static str,
}

impl Trust {
    /// By how forecasts of its kind have done; while too few of those are scored, by a back-test of the subject's own past. Once `goes_on`
    /// says no, it is for nobody.
    pub(super) fn of(
        goes_on: &dyn Fn() -> bool,
        subject: &Subject,
        card: &Scorecard,
        today: NaiveDate,
        is_working: &dyn Fn(NaiveDate) -> bool,
    ) -> Self {
        let by = |due: &Option<Due>, from| {
            let due = due.as_ref().filter(|due| due.made.of as usize >= Scorecard::LEAST)?;
            Some(Self { skill: due.skill, of: due.made.of, from })
        };
        by(&card.due_apart, "forecasts").unwrap_or_else(|| {
            let test = BackTest {
                unknown_from: today,
                sizes: vec![5, 10, 20, 40],
                due_in: vec![1, 2, 4, 8],
                growth: false,
                runs: 200,
            };
            let tried = back_test_while(goes_on, &subject.id, subject.paced(), &test, is_working);
            let card = Scorecard::of(tried.iter().map(|tried| &tried.scored));
            // Its forecasts are all of one subject, and overlap: what they say is a hint, and no more is asked of it.
            by(&card.due, "back-test").unwrap_or(Self { skill: None, of: 0, from: "back-test" })
        })
    }

    /// Why no probability is told. Too little to judge by is no reason: it is said beside it.
    pub(super) fn reason(&self) -> Option<String> {
        let skill = self.skill.filter(|skill| *skill <= 0.0)?;
        let (n, from) = (self.of, self.from);
        Some(format!(
            "no skill: over {n} due days of the {from}, the probabilities were no better than saying the base rate each time (Brier skill {skill:.2})"
        ))
    }
}

/// The forecast in a row, and what is known of its end; `None` of one that was not made for want of history. `done_on` is
/// when it was done, before the day `unknown_from`.
fn scored(row: &Row, unknown_from: NaiveDate, done_on: Option<NaiveDate>) -> Option<Scored> {
    let runs = row.int("runs")? as f64;
    let made_on = row.date("made_on")?;
    let due = foretold(row.date("due_on"), made_on).zip(row.int("due_runs")).map(|(due, hits)| {
        let mean = *row.get("mean_makes_due") == Value::Bool(true);
        (due, hits as f64 / runs, mean)
    });
    let count = |column: &str| row.int(column).and_then(|count| u32::try_from(count).ok());
    let by = row.date("by_on").filter(|_| row.int("rules").is_some_and(|rules| rules >= COUNTS_FROM));
    let counts = by.zip(count("by_p50").zip(count("by_p85"))).zip(count("by_done"));
    Some(Scored {
        subject: row.text("subject_id")?.to_owned(),
        made_on,
        unknown_from,
        remaining: u32::try_from(row.int("remaining")?).ok()?,
        levels: LEVELS.map(|(day, _)| row.date(day)),
        due,
        counted: counts.map(|((by, (p50, p85)), done)| Counted { by, p50, p85, done }),
        done_on,
    })
}

/// The same by the score that stands in the row. A day that has no score yet is not known, however long it is over.
pub(super) fn as_scored(row: &Row) -> Option<Scored> {
    let [a, b, c, d] = [LEVELS.p50, LEVELS.p70, LEVELS.p85, LEVELS.p95];
    let days = [a, b, c, d, ("due_on", "made_due"), ("by_on", "by_done")];
    let known = days.into_iter().filter(|(_, came)| *row.get(came) != Value::Null).filter_map(|(day, _)| row.date(day));
    let unknown_from = known.max().and_then(|last| last.succ_opt()).or_else(|| row.date("made_on"))?;
    scored(row, unknown_from, row.date("done_on"))
}

/// Writes beside a forecast what is known of it at the beginning of `today`. `None` when nothing new is.
pub(super) fn score(row: &Row, past: &Past, today: NaiveDate) -> Option<Row> {
    let made_on = row.date("made_on")?;
    let known = |day: &NaiveDate| *day < today;
    let scored = scored(row, today, past.done_on(made_on).filter(known))?;
    let inside = scored.inside();
    let days = scored.levels;
    let last = [days.p50, days.p70, days.p85, days.p95, row.date("due_on")].into_iter().flatten().max();
    // What was done after all of its days says nothing more of it.
    let done_on = scored.done_on.filter(|done| last.is_none_or(|last| *done <= last));
    let by = row.date("by_on").filter(known);
    let now = row
        .clone()
        .set("done_on", done_on)
        .set("in_p50", inside.p50)
        .set("in_p70", inside.p70)
        .set("in_p85", inside.p85)
        .set("in_p95", inside.p95)
        .set("made_due", scored.made_due())
        .set("brier", scored.brier())
        .set("by_done", by.map(|by| i64::from(past.done_between(made_on, by))));
    (now != *row).then(|| now.set("scored_on", today))
}

/// Whether all that a forecast says is scored: what is found later, or changed in the past, changes it no more.
pub(super) fn is_settled(row: &Row) -> bool {
    let settled = |(said, came): (&str, &str)| *row.get(said) == Value::Null || *row.get(came) != Value::Null;
    let [a, b, c, d] = [LEVELS.p50, LEVELS.p70, LEVELS.p85, LEVELS.p95];
    let is_foretold = row.date("made_on").and_then(|made_on| foretold(row.date("due_on"), made_on)).is_some();
    [a, b, c, d, ("by_on", "by_done")].into_iter().all(settled) && (!is_foretold || settled(("due_runs", "made_due")))
}

impl std::fmt::Display for History {
    /// `2+1` for each working day on which two items were done and one was added.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (place, day) in self.days().iter().enumerate() {
            write!(f, "{}{}{:+}", if place == 0 { "" } else { " " }, day.done, day.added)?;
        }
        Ok(())
    }
}
