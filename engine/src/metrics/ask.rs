//! How a question is answered.

use super::compare::{self, Against};
use super::figures::Measured;
use super::known::{self, Kept};
use super::measure::Spans;
use super::scope::{COUNTED, Scope};
use super::since::Since;
use super::{Answer, Dimension, Group, Question, names, stages};
use crate::session::Session;
use crate::{Clock, Error, Result, Settings};
use datafusion::execution::SendableRecordBatchStream;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The most points that one answer holds.
const MOST_POINTS: usize = 500_000;

/// How much of an answer is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Extent {
    /// All of it.
    Whole,
    /// The groups' own figures alone. Of what is no count, groups alone of which anything was observed.
    Figures,
}

/// Answers a question.
///
/// Grouped by a dimension there is a group for everything that ever had an observation of this metric, or for those of DORA a
/// deployment, before the span's end: what has gone quiet shows its zeros, and where nothing failed its recovery says so with
/// an n of 0. What belongs to no repository, project or team has the key `None`. What belongs to several projects is in the
/// group of each, and once in what is not grouped.
///
/// # Errors
/// [`Error::Question`] when the metric, dimension, span or a filter's name is not known; else as [`Session::collect`].
pub async fn ask(session: &Session, question: &Question, settings: &Settings, clock: Clock) -> Result<Answer> {
    answer(session, (question, Extent::Whole), settings, clock, &Kept::default()).await
}

/// Answers a question as far as is wanted, beside others of the same session and moment.
///
/// # Errors
/// As [`ask`].
pub(super) async fn answer(
    session: &Session,
    (question, extent): (&Question, Extent),
    settings: &Settings,
    clock: Clock,
    kept: &Kept,
) -> Result<Answer> {
    let (now, is_whole) = (clock.now(), extent == Extent::Whole);
    let scope = Scope::of(session, question, settings, now).await?;
    let against = if is_whole { Some(Against::of(&scope, question.compare, settings)?) } else { None };
    let spans = against.as_ref().map_or_else(|| Spans::of_groups(&scope), |against| against.spans(&scope));
    let (is_counted, scoped) = (scope.definition.kind.is_counted(), &scope);
    let measured = kept.measured(session, (question, extent), &spans);
    let deployed =
        async move { if is_whole { known::deployed(scoped, session, kept).await } else { Ok(BTreeSet::new()) } };
    let lives = || Since::lives(scoped, &question.filter, session, kept);
    let at_once = async { if is_whole { lives().await } else { Ok(None) } };
    let (measured, at_once, deployed, labels) =
        futures::try_join!(measured, at_once, deployed, labels(session, question.by))?;
    let mut since = Since::of(&scope, &measured.first, at_once.as_deref());
    let mut keys = keys(&scope, &measured, is_whole || is_counted);
    keys.extend(deployed);
    // Mostly they were observed before the span already, and then their figures are the same.
    if !is_whole && !since.is_before(&scope, &keys) {
        since = Since::of(&scope, &measured.first, lives().await?.as_deref());
    }
    if keys.len().saturating_mul(scope.periods.len()) > MOST_POINTS {
        return Err(Error::Question(format!(
            "{} groups in {} periods are more than {MOST_POINTS} points: ask for a longer grain, a shorter span, or filter",
            keys.len(),
            scope.periods.len()
        )));
    }
    let before = against.as_ref().map(|against| against.before(&measured, &since));
    let mut groups = Vec::with_capacity(keys.len());
    for key in keys {
        let name = match (&key, question.by) {
            (Some(key), Some(by)) if by.table().is_none() => Some(key.clone()),
            (Some(key), _) => labels.get(key).cloned(),
            (None, Some(by)) => Some(format!("no {}", by.name().replace('_', " "))),
            (None, None) => None,
        };
        let begins = since.begins(&key);
        let (mut total, points) = scope.figures(&key, &measured.now, begins);
        total.standings = scope.definition.standings(&total, settings);
        let (mut comparison, typical) = before.as_ref().map_or((None, None), |before| before.of(&key, &total));
        if let Some(figure) = comparison.as_mut().and_then(|compared| compared.figure.as_mut()) {
            figure.standings = scope.definition.standings(figure, settings);
        }
        let since = (is_whole && is_counted && begins != i64::MAX).then_some(begins);
        groups.push(Group { key, name, since, total, share: None, comparison, typical, points });
    }
    match question.by {
        Some(Dimension::Stage) => groups.sort_by_cached_key(|group| stages::place(settings, group.key.as_deref())),
        // By name, what has no key last.
        _ => groups.sort_by(|a, b| (a.key.is_none(), &a.name, &a.key).cmp(&(b.key.is_none(), &b.name, &b.key))),
    }
    let overall = question.by.filter(|_| is_whole).map(|_| scope.figures(&None, &measured.overall, since.all()).0);
    if let (true, Some(overall)) = (is_counted, &overall) {
        for group in &mut groups {
            group.share = (overall.n > 0).then(|| group.total.n as f64 / overall.n as f64);
        }
    }
    let spread = match question.by {
        Some(Dimension::Repository | Dimension::Project | Dimension::Team | Dimension::OwningTeam) => {
            compare::spread(&groups)
        }
        _ => None,
    };
    Ok(Answer {
        definition: scope.definition.clone(),
        time_zone: settings.time_zone.name().to_owned(),
        as_of: now,
        newest_at: measured.newest,
        groups,
        overall,
        spread,
    })
}

/// What there is a group for. Of groups alone, where nothing was observed there is no median and no share, and what is counted there is none
/// of.
fn keys(scope: &Scope<'_>, measured: &Measured, with_quiet: bool) -> BTreeSet<Option<String>> {
    if scope.by.is_none() {
        return BTreeSet::from([None]);
    }
    let (_, until) = scope.span();
    let quiet = measured.first.iter().filter(|(_, first)| with_quiet && **first < until).map(|(key, _)| key);
    measured.now.keys().chain(measured.year.keys()).chain(quiet).cloned().collect()
}

async fn labels(session: &Session, by: Option<Dimension>) -> Result<Arc<BTreeMap<String, String>>> {
    match by {
        Some(by) => Ok(names::of(session, by).await?.unwrap_or_default()),
        None => Ok(Arc::default()),
    }
}

/// The observations behind a question's figures, in order of time: each with the id of its row of evidence, its title and the
/// address at which people open it, and whether it counts, is open, or why it is excluded. Those that no time is known of come last. Of a metric whose observations are stays
/// they are those that were there at the end of the span, or are now.
///
/// They come as they are read, so that nobody holds them all.
///
/// # Errors
/// As [`ask`]; what goes wrong later comes through the stream.
pub async fn evidence(
    session: &Session,
    question: &Question,
    settings: &Settings,
    clock: Clock,
) -> Result<SendableRecordBatchStream> {
    session.sql(&evidence_statement(session, question, settings, clock).await?).await
}

/// The statement that [`evidence`] is the answer of.
///
/// # Errors
/// As [`ask`].
pub async fn evidence_statement(
    session: &Session,
    question: &Question,
    settings: &Settings,
    clock: Clock,
) -> Result<String> {
    // A row of evidence stands once, whatever the figures are told apart by.
    let rows = Question { by: None, ..question.clone() };
    let scope = Scope::of(session, &rows, settings, clock.now()).await?;
    let observed = format!(
        "SELECT *, {COUNTED} AS counted FROM {} WHERE {}{}",
        scope.definition.view(),
        scope.behind_the_total(),
        scope.filter
    );
    let named = match scope.definition.subject {
        None => observed,
        Some(subject) => format!(
            "SELECT observed.*, named.title, named.url FROM ({observed}) AS observed \
             LEFT JOIN ({}) AS named ON named.named_id = observed.subject_id",
            subject.names()
        ),
    };
    Ok(format!("{named} ORDER BY at NULLS LAST, subject_id"))
}

/// An instant, in microseconds since 1970 (UTC), as SQL writes it.
pub fn instant(at: i64) -> String {
    format!("arrow_cast({at}, 'Timestamp(Microsecond, Some(\"UTC\"))')")
}
