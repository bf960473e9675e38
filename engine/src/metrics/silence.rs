//! When nothing was observed of a metric.

use super::ask::instant;
use super::figures::ints;
use super::scope::Scope;
use super::{Kind, Question};
use crate::session::Session;
use crate::{Clock, Result, Settings};
use arrow::array::Array as _;

/// What was observed, and then nothing for a while. Instants are in microseconds since 1970 (UTC).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Silence {
    /// The last observation before it.
    pub from: i64,
    /// The first after it; `None`: there was none up to now.
    pub until: Option<i64>,
}

/// When the newest of the observations that a question is about happened, of whatever span; `None` when there are none. Of stays, their
/// beginnings and their ends are looked at.
///
/// # Errors
/// As [`ask`](super::ask()).
pub async fn newest_at(
    session: &Session,
    question: &Question,
    settings: &Settings,
    clock: Clock,
) -> Result<Option<i64>> {
    let scope = Scope::of(session, question, settings, clock.now()).await?;
    newest_until(session, &scope, scope.now).await
}

/// The silences of a question's span that last longer than `least` microseconds, oldest first: the one into which it begins, too, and
/// that which lasts still.
///
/// # Errors
/// As [`ask`](super::ask()).
pub async fn silences(
    session: &Session,
    question: &Question,
    least: i64,
    settings: &Settings,
    clock: Clock,
) -> Result<Vec<Silence>> {
    let scope = Scope::of(session, question, settings, clock.now()).await?;
    let (begins, now) = (scope.span().0, scope.now);
    let from = newest_until(session, &scope, begins).await?.unwrap_or(begins);
    let statement = format!(
        "SELECT at, next_at FROM (SELECT at, lead(at) OVER (ORDER BY at) AS next_at FROM \
           (SELECT DISTINCT arrow_cast(at, 'Int64') AS at FROM ({}) AS observed WHERE at >= {} AND at <= {}) AS instants) AS pairs \
         WHERE coalesce(next_at, {now}) - at > {least} ORDER BY at",
        observed(&scope),
        instant(from),
        instant(now)
    );
    let mut found = Vec::new();
    for batch in session.collect(&statement).await? {
        let (ats, nexts) = (ints(&batch, "at")?, ints(&batch, "next_at")?);
        let silence =
            |row: usize| Silence { from: ats.value(row), until: nexts.is_valid(row).then(|| nexts.value(row)) };
        found.extend((0..batch.num_rows()).map(silence));
    }
    Ok(found)
}

async fn newest_until(session: &Session, scope: &Scope<'_>, until: i64) -> Result<Option<i64>> {
    let statement = format!(
        "SELECT arrow_cast(max(at), 'Int64') AS at FROM ({}) AS observed WHERE at <= {}",
        observed(scope),
        instant(until)
    );
    for batch in session.collect(&statement).await? {
        let ats = ints(&batch, "at")?;
        if !ats.is_empty() && ats.is_valid(0) {
            return Ok(Some(ats.value(0)));
        }
    }
    Ok(None)
}

/// The instants at which anything was observed.
fn observed(scope: &Scope<'_>) -> String {
    let (rows, filter) = (scope.definition.view(), &scope.filter);
    let of = |column: &str| format!("SELECT {column} AS at FROM {rows} WHERE at IS NOT NULL{filter}");
    match scope.definition.kind {
        Kind::Level | Kind::Age => format!("{} UNION ALL {}", of("at"), of("left_at")),
        Kind::Percentile | Kind::Ratio | Kind::Count => of("at"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::*;
    use super::super::{Filter, Grain};
    use super::*;

    fn of(metric: &str, from: &str) -> Question {
        let filter = Filter::default();
        let (from, until) = (from.parse().unwrap(), "2026-04-20".parse().unwrap());
        Question { metric: metric.to_owned(), from, until, grain: Grain::Week, by: None, filter, compare: None }
    }

    async fn told(question: &Question, hours: i64) -> Vec<(i64, Option<i64>)> {
        let all = silences(&example(), question, hours * 3_600_000_000, &berlin(), now()).await.unwrap();
        all.into_iter().map(|silence| (silence.from, silence.until)).collect()
    }

    #[tokio::test]
    async fn a_silence_is_what_lasts_longer_than_is_asked_for() {
        // Changes came on 29 March, twice, an hour apart, and at 10:00 on 1, 3 and 7 April; it is 15 April, 22:00.
        let days = ["2026-03-29T22:30:00Z", "2026-04-01T10:00:00Z", "2026-04-03T10:00:00Z", "2026-04-07T10:00:00Z"];
        let [a, b, c, d] = days.map(at);
        let lead = of("change_lead_time", "2026-03-23");
        // 59.5 hours after the second of 29 March, then 48, 96, and 204 until now.
        assert_eq!(told(&lead, 47).await, [(a, Some(b)), (b, Some(c)), (c, Some(d)), (d, None)]);
        assert_eq!(told(&lead, 48).await, [(a, Some(b)), (c, Some(d)), (d, None)]);
        assert_eq!(told(&lead, 203).await, [(d, None)]);
        assert_eq!(told(&lead, 204).await, []);
        // A span that begins in a silence knows since when that lasts.
        assert_eq!(told(&of("change_lead_time", "2026-04-06"), 48).await, [(c, Some(d)), (d, None)]);
    }

    #[tokio::test]
    async fn the_newest_observation_is_the_answers() {
        for metric in ["change_lead_time", "deployment_frequency", "cycle_time", "work_in_progress"] {
            let (session, question) = (example(), of(metric, "2026-03-23"));
            let whole = answer(&session, &question).await.newest_at;
            assert_eq!(newest_at(&session, &question, &berlin(), now()).await.unwrap(), whole, "{metric}");
        }
    }
}
