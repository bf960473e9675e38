//! What a rule would have seen earlier of jobs, connections and rows: by the steps of jobs, which are kept for a while, and by the tables
//! as they were, as far as the lake keeps that.

use super::frozen::see;
use super::machine::Verdict;
use super::measure::HOUR;
use super::of_jobs::tries_failed;
use super::rule::{JobCondition, JobTest, ReadCondition, SqlCondition};
use super::statement;
use super::track::{Seen, Track};
use crate::control::{Control, Cursor, Delay, Fate, JobState, Pause, Refusal};
use crate::{Error, Result};
use chrono::NaiveDate;
use pulse_engine::session::Statement;
use pulse_engine::{Error as Engine, Tenant, TenantId};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// For how long a statement is asked of one day after the other.
const LONGEST: Duration = Duration::from_secs(60);

/// What a rule about jobs would have seen since an instant; and since when that is kept, where it may not be kept for so long.
///
/// # Errors
/// When the database fails.
pub(super) async fn jobs(
    control: &Control,
    id: &TenantId,
    of: &JobCondition,
    since: i64,
) -> Result<(Option<i64>, Vec<Track>)> {
    let tries = match of.is {
        JobTest::Dead => None,
        JobTest::Failing(tries) => Some(tries),
        JobTest::LateSeconds(late) => {
            let least = i64::from(late) * 1_000_000;
            return Ok((None, delayed(control.job_delays(id, since, least).await?, of, (since, least))));
        }
        JobTest::Paused => {
            let pauses = control.schedule_pauses(id, since).await?;
            let all = control.schedules(id).await?.into_iter();
            let now_paused = all.filter(|one| one.paused).map(|one| (one.kind, one.subject)).collect();
            return Ok((Some(pauses.begun_at), paused(&pauses.all, now_paused, of, (since, control.now()))));
        }
    };
    Ok((None, fated(&control.job_fates(id, since, tries).await?, of)))
}

/// A kind and subject fires while a job of it is dead that nobody let go on, and none was done since; and, where that is asked for, while
/// so many tries of one failed that is to be tried again.
fn fated(fates: &[Fate], of: &JobCondition) -> Vec<Track> {
    let is_bad = |state: JobState, attempt: i64| match of.is {
        _ if state == JobState::Dead => true,
        JobTest::Failing(tries) => !state.is_over() && tries_failed(state, attempt) >= i64::from(tries),
        _ => false,
    };
    let mut tracks: BTreeMap<String, Track> = BTreeMap::new();
    let mut bad: BTreeMap<(&str, &str), BTreeSet<&str>> = BTreeMap::new();
    for Fate { kind, subject, job, at, state, attempt } in fates {
        if !of.is_about(kind) {
            continue;
        }
        let bad = bad.entry((kind.as_str(), subject.as_str())).or_default();
        if is_bad(*state, *attempt) {
            bad.insert(job.as_str());
        } else if *state == JobState::Succeeded {
            bad.clear();
        } else {
            bad.remove(job.as_str());
        }
        let (key, name) = called(kind, subject);
        see(&mut tracks, key, name, seen(*at, !bad.is_empty()));
    }
    tracks.into_values().collect()
}

/// A kind and subject fires once a job of it was due for so long, until it is begun.
fn delayed(mut delays: Vec<Delay>, of: &JobCondition, (since, least): (i64, i64)) -> Vec<Track> {
    let mut tracks: BTreeMap<String, Track> = BTreeMap::new();
    delays.sort_by_key(|delay| delay.due_at);
    for Delay { kind, subject, due_at, begun_at } in delays.into_iter().filter(|delay| of.is_about(&delay.kind)) {
        // What was late already when what is looked at begins, is from there on.
        let late_at = due_at.saturating_add(least).max(since);
        if begun_at.is_some_and(|begun| begun <= late_at) {
            continue;
        }
        let (key, name) = called(&kind, &subject);
        see(&mut tracks, key.clone(), name.clone(), seen(late_at, true));
        if let Some(begun) = begun_at {
            see(&mut tracks, key, name, seen(begun, false));
        }
    }
    tracks.into_values().collect()
}

/// A kind and subject fires while its schedule is paused. Which are now is known also where an older version paused or resumed them, which
/// notes nothing.
fn paused(
    pauses: &[Pause],
    mut now_paused: BTreeSet<(String, String)>,
    of: &JobCondition,
    (since, now): (i64, i64),
) -> Vec<Track> {
    let mut tracks: BTreeMap<String, Track> = BTreeMap::new();
    for Pause { kind, subject, paused_at, ended_at } in pauses.iter().filter(|pause| of.is_about(&pause.kind)) {
        let (key, name) = called(kind, subject);
        // One that was paused already when what is looked at begins, is from there on.
        see(&mut tracks, key.clone(), name.clone(), seen((*paused_at).max(since), true));
        let is_paused = ended_at.is_none() && now_paused.remove(&(kind.clone(), subject.clone()));
        if !is_paused {
            see(&mut tracks, key, name, seen(ended_at.unwrap_or(now), false));
        }
    }
    for (kind, subject) in now_paused.into_iter().filter(|(kind, _)| of.is_about(kind)) {
        let (key, name) = called(&kind, &subject);
        see(&mut tracks, key, name, seen(now, true));
    }
    tracks.into_values().collect()
}

/// What tells jobs of a kind and subject from others, and what people call them.
fn called(kind: &str, subject: &str) -> (String, String) {
    (format!("{kind}/{subject}"), format!("{kind} {subject}").trim_end().to_owned())
}

/// What a rule about connections would have seen since an instant, up to now.
pub(super) async fn connections(
    control: &Control,
    id: &TenantId,
    of: &ReadCondition,
    (since, now): (i64, i64),
) -> Result<Vec<Track>> {
    let ends = control.landing_ends(id, since).await?;
    let (mut tracks, mut cursor) = (Vec::new(), Cursor::new(None, None)?);
    loop {
        let page = control.connections(id, &cursor).await?;
        for one in page.items.into_iter().filter(|one| of.names.is_empty() || of.names.contains(&one.name)) {
            let ends = ends.get(&one.name).map(Vec::as_slice).unwrap_or_default();
            let seen = match of.unread_hours {
                Some(hours) => unread(ends, one.created_at.max(since), i64::from(hours) * HOUR, now),
                None => ends.iter().map(|(at, well)| seen(*at, !well)).collect(),
            };
            tracks.push(Track { seen, ..Track::of(one.name.clone(), one.name) });
        }
        let Some(next) = page.next else { return Ok(tracks) };
        cursor = Cursor::new(Some(&next), None)?;
    }
}

fn seen(at: i64, fires: bool) -> Seen {
    Seen { at, value: None, verdict: if fires { Verdict::Fires } else { Verdict::Clear } }
}

/// When a connection had not been read for so long, and was again. When it was read before `begun` nobody knows: no later than then.
fn unread(ends: &[(i64, bool)], begun: i64, least: i64, now: i64) -> Vec<Seen> {
    let reads: Vec<i64> = [begun].into_iter().chain(ends.iter().filter(|(_, well)| *well).map(|(at, _)| *at)).collect();
    let next = reads.iter().skip(1).copied().map(Some).chain([None]);
    let mut all = Vec::new();
    for (read, next) in reads.iter().zip(next) {
        let due = read.saturating_add(least);
        if next.map_or(due <= now, |next| due < next) {
            all.push(seen(due, true));
            all.extend(next.map(|next| seen(next, false)));
        }
    }
    all
}

/// What a rule about rows would have seen at the beginnings of days, which are given with their instants, the newest first, and now; with
/// the first of those days on which the tables are known as they were.
///
/// # Errors
/// [`Refusal::Invalid`] where nobody can tell how the tables were, or the statement asks for what is of now alone.
pub(super) async fn rows(
    tenant: &Tenant,
    of: &SqlCondition,
    days: impl Iterator<Item = (NaiveDate, i64)>,
    now: i64,
) -> Result<(NaiveDate, Vec<Track>)> {
    let wrong = |reason: &str| Error::from(Refusal::invalid("condition", reason));
    if !tenant.policy().shows_all_rows() {
        return Err(wrong(
            "asks for rows, which can be tried on earlier days by whoever sees everything alone: what others may see is told by what is owned now",
        ));
    }
    let session = tenant.session().await?;
    let planned = session.plan(&Statement::new(of.sql.as_str()), session.deadline()).await?;
    if !planned.outline().repeatable {
        return Err(wrong(
            "asks for the time of the clock, or for what is otherwise of now alone: it cannot be tried on earlier days",
        ));
    }
    let (begun, mut first) = (Instant::now(), None);
    let mut looks = vec![(now, statement::rows(&session, of, now).await?)];
    for (day, at) in days {
        if begun.elapsed() > LONGEST {
            break;
        }
        let Some(then) = tenant.at(at).await? else { break };
        let found = match then.session().await {
            Ok(session) => statement::rows(&session, of, at).await,
            Err(error) => Err(error.into()),
        };
        looks.push((at, found.map_err(of_then)?));
        first = Some(day);
    }
    let first = first.ok_or_else(|| {
        wrong(
            "asks for rows, and how the tables were earlier is not known: nothing was modelled a day ago, or files of then are gone, which are kept for a week unless a vacuum is told otherwise",
        )
    })?;
    looks.reverse();
    Ok((first, followed(looks)))
}

/// What a statement stumbles over that can be asked now, and not of the tables as they were.
fn of_then(error: Error) -> Error {
    match error {
        Error::Engine(error @ (Engine::Question(_) | Engine::Mistake(_) | Engine::UnknownEntity { .. })) => {
            let reason = format!(
                "cannot be tried on earlier days, of which facts and what they are made of are known alone: {error}"
            );
            Refusal::invalid("condition", reason).into()
        }
        error => error,
    }
}

/// Rows by what tells them apart, look by look: of a row that is there no more, all is well, unless they were too many to tell.
fn followed(looks: Vec<(i64, Vec<Track>)>) -> Vec<Track> {
    let mut tracks: BTreeMap<String, Track> = BTreeMap::new();
    for (at, found) in looks {
        let mut gone: BTreeSet<String> = tracks.keys().cloned().collect();
        if found.iter().any(|track| track.key == statement::ALL_ROWS) {
            gone.clear();
        }
        for Track { key, name, seen, .. } in found {
            gone.remove(&key);
            for seen in seen {
                see(&mut tracks, key.clone(), name.clone(), seen);
            }
        }
        for key in gone {
            see(&mut tracks, key, String::new(), seen(at, false));
        }
    }
    tracks.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::Verdict::*;
    use super::*;

    fn verdicts(seen: &[Seen]) -> Vec<(i64, Verdict)> {
        seen.iter().map(|seen| (seen.at, seen.verdict)).collect()
    }

    #[test]
    fn a_job_that_is_dead_fires_until_it_goes_on_or_another_of_its_kind_and_subject_is_done() {
        let fate = |at, kind: &str, subject: &str, job: &str, state| Fate {
            kind: kind.into(),
            subject: subject.into(),
            job: job.into(),
            at,
            state,
            attempt: 9,
        };
        let fates = [
            fate(1, "land", "hub", "a", JobState::Dead),
            fate(2, "map", "", "m", JobState::Dead),
            fate(3, "land", "hub", "b", JobState::Queued),
            fate(4, "land", "hub", "b", JobState::Dead),
            fate(5, "land", "hub", "a", JobState::Queued),
            fate(6, "land", "hub", "b", JobState::Cancelled),
            fate(7, "map", "", "n", JobState::Succeeded),
        ];
        let of = |kinds: &[&str]| {
            let kinds = kinds.iter().map(|kind| (*kind).to_owned()).collect();
            let of = JobCondition { kinds, ..JobCondition::default() };
            fated(&fates, &of).into_iter().map(|track| (track.name, verdicts(&track.seen))).collect::<Vec<_>>()
        };
        let hub = vec![(1, Fires), (3, Fires), (4, Fires), (5, Fires), (6, Clear)];
        let map = ("map".to_owned(), vec![(2, Fires), (7, Clear)]);
        assert_eq!(of(&[]), [("land hub".to_owned(), hub), map.clone()]);
        assert_eq!(of(&["map"]), [map]);
    }

    #[test]
    fn a_job_fails_from_its_so_manieth_try_that_failed_on_until_it_is_done() {
        let fate = |at, state, attempt| Fate {
            kind: "map".into(),
            subject: String::new(),
            job: "m".into(),
            at,
            state,
            attempt,
        };
        let fates = [
            fate(1, JobState::Queued, 0),
            fate(2, JobState::Running, 1),
            fate(3, JobState::Failed, 1),
            fate(4, JobState::Running, 2),
            fate(5, JobState::Failed, 2),
            fate(6, JobState::Running, 3),
            fate(7, JobState::Dead, 3),
            // Somebody lets it go on, with all its tries before it.
            fate(8, JobState::Queued, 0),
            fate(9, JobState::Succeeded, 1),
        ];
        let fails = |tries| {
            let of = JobCondition { is: JobTest::Failing(tries), ..JobCondition::default() };
            let fires = |seen: &Seen| (seen.verdict == Fires).then_some(seen.at);
            fated(&fates, &of)[0].seen.iter().filter_map(fires).collect::<Vec<_>>()
        };
        assert_eq!(fails(1), [3, 4, 5, 6, 7]);
        assert_eq!(fails(2), [5, 6, 7]);
        assert_eq!(fails(9), [7], "its death is told of, too");
    }

    #[test]
    fn a_job_is_late_from_its_time_on_until_it_is_begun() {
        let delay =
            |subject: &str, due_at, begun_at| Delay { kind: "land".into(), subject: subject.into(), due_at, begun_at };
        // What is looked at begins at 10, and a job may be 5 late.
        let delays = vec![
            delay("hub", 40, None),
            delay("hub", 20, Some(31)),
            delay("hub", 1, Some(15)),
            delay("lab", 2, Some(10)),
        ];
        let told = |kinds: &[&str]| {
            let kinds = kinds.iter().map(|kind| (*kind).to_owned()).collect();
            let of = JobCondition { kinds, is: JobTest::LateSeconds(5) };
            let tracks = delayed(delays.clone(), &of, (10, 5)).into_iter();
            tracks.map(|track| (track.name, verdicts(&track.seen))).collect::<Vec<_>>()
        };
        let hub = vec![(10, Fires), (15, Clear), (25, Fires), (31, Clear), (45, Fires)];
        assert_eq!(told(&[]), [("land hub".to_owned(), hub)]);
        assert!(told(&["map"]).is_empty());
    }

    #[test]
    fn a_schedule_fires_while_it_is_paused_and_what_nobody_noted_is_as_it_is_now() {
        let pause = |subject: &str, paused_at, ended_at| Pause {
            kind: "land".into(),
            subject: subject.into(),
            paused_at,
            ended_at,
        };
        // What is looked at begins at 10, and it is 90.
        let pauses =
            [pause("hub", 1, Some(20)), pause("lab", 5, None), pause("gone", 30, None), pause("hub", 40, None)];
        let told = |kinds: &[&str]| {
            let kinds = kinds.iter().map(|kind| (*kind).to_owned()).collect();
            let of = JobCondition { kinds, is: JobTest::Paused };
            let now_paused = ["hub", "lab", "new"].map(|subject| ("land".to_owned(), subject.to_owned())).into();
            let tracks = paused(&pauses, now_paused, &of, (10, 90)).into_iter();
            tracks.map(|track| (track.name, verdicts(&track.seen))).collect::<Vec<_>>()
        };
        let expected = [
            ("land gone", vec![(30, Fires), (90, Clear)]),
            ("land hub", vec![(10, Fires), (20, Clear), (40, Fires)]),
            ("land lab", vec![(10, Fires)]),
            ("land new", vec![(90, Fires)]),
        ];
        assert_eq!(told(&[]), expected.map(|(name, seen)| (name.to_owned(), seen)));
        assert!(told(&["map"]).is_empty());
    }

    #[test]
    fn a_connection_is_unread_from_its_time_on_until_it_is_read() {
        let ends = [(10, true), (12, false), (18, true), (40, true)];
        let of = |least, now| verdicts(&unread(&ends, 0, least, now));
        // Between 0, 10, 18, 40 and now.
        assert_eq!(of(9, 45), [(9, Fires), (10, Clear), (27, Fires), (40, Clear)]);
        assert_eq!(of(9, 49), [(9, Fires), (10, Clear), (27, Fires), (40, Clear), (49, Fires)]);
        assert_eq!(of(22, 50), [], "it was read as it became due");
        assert_eq!(verdicts(&unread(&[], 5, 10, 15)), [(15, Fires)]);
    }

    #[test]
    fn a_row_that_is_there_no_more_is_well() {
        let row = |key: &str, at| Track { seen: vec![seen(at, true)], ..Track::of(key.into(), key.into()) };
        let looks =
            vec![(1, vec![row("a", 1)]), (2, vec![row("a", 2), row("b", 2)]), (3, Vec::new()), (4, vec![row("b", 4)])];
        let more = |at| row(statement::ALL_ROWS, at);
        let looks = looks.into_iter().chain([(5, vec![more(5)]), (6, vec![row("b", 6)])]).collect();
        let told: Vec<_> = followed(looks).into_iter().map(|track| (track.key, verdicts(&track.seen))).collect();
        let a = vec![(1, Fires), (2, Fires), (3, Clear), (4, Clear), (6, Clear)];
        let b = vec![(2, Fires), (3, Clear), (4, Fires), (6, Fires)];
        let more = vec![(5, Fires), (6, Clear)];
        assert_eq!(told, [("a".to_owned(), a), ("b".to_owned(), b), (statement::ALL_ROWS.to_owned(), more)]);
    }
}
