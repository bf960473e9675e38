//! Runs of a repository's workflows, newest first, with their earlier attempts and, where the settings ask for them, their jobs.
//!
//! GitHub hands out no more than a thousand of a search, so each page asks for those made no later than the last that was
//! seen: what is made or deleted meanwhile shifts nothing.
//!
//! A run changes for weeks, as when somebody runs it again, and stays where it was in the list then. Those of the last days are looked at with
//! each reading, and those before them once a day.
//!
//! A list tells a run's last attempt alone. The earlier ones are asked for one by one, and so are the jobs of each: what was told
//! by the time that reading stops need not be asked for again.

use super::cursor::{Part, RunsWalk, earlier, later, micros, written};
use super::gaps::{Listed, Span};
use super::listing::DAY;
use super::reader::Reader;
use crate::circle::Circle;
use crate::net::Trouble;
use crate::since::reaches;
use chrono::NaiveTime;
use pulse_engine::land::Payload;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The stream of runs, the one that is no list of GraphQL.
pub(super) const RUNS: &str = "workflow_runs";
/// Where attempts fail of so many runs in a row and none is answered, it is none of them that fails.
const IN_A_ROW: usize = 3;
/// For how long after it was made a change of a run is noticed with each reading.
const LATELY: i64 = 7 * DAY;
/// For how long it is noticed at all: GitHub lets a run go on for 35 days, wait for a person for thirty, and be run again for thirty.
pub(super) const LONGEST: i64 = 35 * DAY;
/// How often runs are looked back at that are not looked at with each reading.
const BACK_EVERY: i64 = DAY;
/// How far before the newest change that was landed reading goes on: GitHub may answer from a copy that is a little late.
const OVERLAP: i64 = 5 * 60 * 1_000_000;
pub(super) const PAGE: &str = "100";
/// After how many questions for single runs what they brought is landed.
const TOGETHER: usize = 20;
/// How many pages of jobs one attempt has at most: GitHub lets it have no more than a few hundred.
const PAGES: u32 = 100;
/// Why an attempt is not told of which GitHub tells no jobs.
const NO_JOBS: &str = "its jobs are not there";

impl Reader<'_> {
    /// Lands runs that are new or changed.
    pub(super) async fn runs(&mut self) -> Result<(), Trouble> {
        let known = self.part.runs.clone();
        // Those that were read without their jobs are read once more when they are to be read with them.
        let jobs = self.settings.jobs;
        let read = known.read.filter(|_| reaches(known.since, self.settings.since));
        let stale = self.is_stale(read) || (jobs && !known.jobs);
        if self.probe.about.is_empty || (!stale && known.archived && self.probe.about.is_archived) {
            return Ok(());
        }
        let since = self.settings.since.map(|day| day.and_time(NaiveTime::MIN).and_utc().timestamp_micros());
        // A reading that began before all was to be read anew is not one of all.
        let goes_on = |walk: &RunsWalk| (walk.jobs || !jobs) && (!stale || (walk.full && !self.is_stale(walk.began)));
        let begun = known.walk.clone().filter(goes_on);
        let resumed = begun.is_some();
        if !resumed {
            self.part.runs.told.clear();
        }
        let youngest = known.created.as_deref().and_then(micros);
        // Where the youngest is too old to change, all are.
        let back = known.back.is_none_or(|back| self.probe.at - back >= BACK_EVERY)
            && youngest.is_some_and(|made| self.probe.at - made < LONGEST);
        let mut walk = begun.unwrap_or(RunsWalk { full: stale, back, jobs, ..RunsWalk::default() });
        walk.jobs &= jobs;
        let (fresh, back) = (walk.full, walk.back);
        let lately = youngest.filter(|_| !fresh).map(|made| made - if back { LONGEST } else { LATELY });
        let lowest = lately.max(since);
        let (floor, lowest) = (lowest.unwrap_or(i64::MIN), lowest.map(written));
        // Within one second there may be more than a page holds.
        let (mut until, mut page, mut circle) = (walk.until.clone(), 1_u32, Circle::default());
        // It is known to fail where an earlier reading stopped.
        let mut stuck = resumed && self.is_stuck();
        loop {
            let span = Span { from: None, until: until.as_deref() };
            let first = until.is_none() && page == 1;
            let etag = known.etag.as_deref().filter(|_| first && !fresh && !back && !resumed);
            let Some(listed) = self.runs_page(span, page, etag, lowest.as_deref(), stuck).await? else {
                return Ok(());
            };
            let Listed { runs: listed, at, etag, more, gaps } = listed;
            // Of another span the first may be the same.
            if page == 1 {
                circle = Circle::default();
            }
            circle.comes_to(RUNS, &listed, "id")?;
            let told = self.leave_gaps(gaps, None, at)?;
            if !told.is_empty() {
                self.emit(told).await?;
            }
            stuck = self.has_gaps();
            if first {
                walk.etag = etag;
            }
            walk.began = walk.began.or(Some(at));
            let made = |run: &Value| run["created_at"].as_str().and_then(micros);
            let young = listed.iter().take_while(|run| made(run).is_none_or(|made| made >= floor)).count();
            let ends = !more || young < listed.len();
            let runs = listed.get(..young).unwrap_or_default();
            for run in runs {
                walk.created = later(walk.created, run["created_at"].as_str());
                walk.seen = later(walk.seen, run["updated_at"].as_str());
            }
            // What was landed as it still is need not be again. Of those that are looked back at a change may be older than others that
            // landed since.
            let is_behind = |run: &Value| {
                let is_before = |(at, youngest): (i64, i64)| at < youngest - LATELY;
                back && made(run).zip(youngest).is_some_and(is_before)
            };
            let changed = |run: &Value| run["updated_at"].as_str().and_then(micros).unwrap_or(i64::MAX);
            let wanted = |run: &Value| {
                fresh
                    || run["updated_at"].as_str() >= known.seen.as_deref()
                    || (is_behind(run) && known.back.is_none_or(|back| changed(run) >= back - OVERLAP))
            };
            let mark = |part: &mut Part, until: Option<String>| {
                part.runs.walk = Some(RunsWalk { until: until.or_else(|| walk.until.clone()), ..walk.clone() });
            };
            let payloads = self.whole_runs(runs, at, wanted, mark).await?;
            if ends {
                let RunsWalk { full, back, began, etag, created, seen, .. } = walk;
                let runs = &mut self.part.runs;
                (runs.etag, runs.walk) = (etag, None);
                runs.told.clear();
                runs.jobs = if full { walk.jobs } else { known.jobs && jobs };
                if full {
                    (runs.read, runs.since) = (began, self.settings.since);
                }
                if full || back {
                    runs.back = began;
                }
                runs.archived = self.probe.about.is_archived;
                runs.created = later(created, known.created.as_deref());
                // Pages were read one after the other: what was changed after the first need not be on any.
                let capped = earlier(seen, began.unwrap_or(at) - OVERLAP);
                runs.seen = later(capped, known.seen.as_deref());
                return self.emit(payloads).await;
            }
            match runs.last().and_then(|run| run["created_at"].as_str()).filter(|last| Some(*last) != until.as_deref())
            {
                Some(last) => (until, page) = (Some(last.to_owned()), 1),
                None => page += 1,
            }
            walk.until.clone_from(&until);
            self.part.runs.walk = Some(walk.clone());
            self.emit(payloads).await?;
            self.rest()?;
        }
    }

    /// Those of a page's runs that are wanted, with what has to be asked for of each. What that brings is landed every now and then, and
    /// when it stops: `mark` notes that all that were made since a time are landed, when there is one.
    pub(super) async fn whole_runs(
        &mut self,
        runs: &[Value],
        at: i64,
        wanted: impl Fn(&Value) -> bool,
        mark: impl Fn(&mut Part, Option<String>),
    ) -> Result<Vec<Payload>, Trouble> {
        let (mut payloads, mut asked, mut since, mut in_a_row) = (Vec::new(), 0, None, 0);
        for run in runs.iter().filter(|run| wanted(run)) {
            let mut whole = Whole::default();
            let mut read = self.whole_run(run, at, &mut whole).await;
            payloads.append(&mut whole.payloads);
            asked += whole.asked;
            if whole.answered {
                in_a_row = 0;
            } else if !whole.untold.is_empty() {
                in_a_row += 1;
            }
            for (key, trouble) in std::mem::take(&mut whole.untold) {
                let is_each = in_a_row >= IN_A_ROW;
                let left = if is_each { Err(trouble) } else { self.leave(RUNS, &key, String::new(), trouble, at) };
                match left {
                    Ok(told) => payloads.extend(told),
                    Err(trouble) => {
                        read = read.and(Err(trouble));
                        break;
                    }
                }
            }
            let made = run["created_at"].as_str();
            if let Some(made) = made {
                self.part.runs.told.entry(made.to_owned()).or_default().append(&mut whole.told);
            }
            if let Err(trouble) = read {
                mark(&mut self.part, since);
                self.emit(payloads).await?;
                return Err(trouble);
            }
            if let Some(made) = made {
                // Those made later are asked for no more.
                self.part.runs.told.retain(|at, _| at.as_str() <= made);
                since = Some(made.to_owned());
            }
            if asked >= TOGETHER {
                asked = 0;
                mark(&mut self.part, since.clone());
                self.emit(std::mem::take(&mut payloads)).await?;
            }
        }
        Ok(payloads)
    }

    /// Gathers a run of a list, with what has to be asked for of it: as far as it comes, but for the attempts that were told before. One that
    /// fails keeps none of the others from being told.
    async fn whole_run(&self, run: &Value, at: i64, whole: &mut Whole) -> Result<(), Trouble> {
        let Some(number) = run["id"].as_u64() else { return Ok(()) };
        // A run is another with each attempt.
        let last = run["run_attempt"].as_u64().unwrap_or(1);
        let path = format!("repos/{}/actions/runs/{number}/attempts", self.probe.name());
        // Of one that may still change GitHub keeps all that there is: what is not there is hardly gone.
        let made = run["created_at"].as_str().and_then(micros);
        let is_kept = made.is_some_and(|made| self.probe.at - made < LONGEST);
        let before = run["created_at"].as_str().and_then(|made| self.part.runs.told.get(made));
        // One that changed meanwhile is told anew.
        let as_it_is = |key: &str| format!("{key} {}", run["updated_at"].as_str().unwrap_or_default());
        for attempt in (1..=last).rev() {
            let key = format!("{number}/{attempt}");
            if before.is_some_and(|told| told.contains(&as_it_is(&key))) {
                continue;
            }
            if attempt == last {
                whole.payloads.push(self.payload(RUNS, &key, at, run));
            } else {
                whole.asked += 1;
                match self.client.get(&format!("{path}/{attempt}"), &[], None).await {
                    Ok(Some(found)) => whole.payloads.push(self.payload(RUNS, &key, found.at, &found.body)),
                    // GitHub keeps attempts for a while.
                    Ok(None) => continue,
                    Err(Trouble::Missing(reason)) => {
                        whole.answered = true;
                        whole.untold.extend(is_kept.then_some((key, Trouble::Missing(reason))));
                        continue;
                    }
                    Err(trouble) => {
                        whole.untold.push((key, trouble.unless_fatal()?));
                        continue;
                    }
                }
                whole.answered = true;
            }
            if self.settings.jobs {
                let landed = whole.payloads.len();
                let read = self.jobs(&format!("{path}/{attempt}/jobs"), &key, whole).await;
                let has_none = is_kept && read.is_ok() && whole.payloads.len() == landed;
                let read = if has_none { Err(Trouble::Missing(NO_JOBS.to_owned())) } else { read };
                if let Err(trouble) = read {
                    whole.untold.push((key, trouble.unless_fatal()?));
                    continue;
                }
            }
            whole.told.insert(as_it_is(&key));
        }
        Ok(())
    }

    /// An attempt that GitHub did not tell before, with its jobs; nothing where it keeps it no more, as it says twice.
    pub(super) async fn attempt_again(&self, key: &str) -> Result<Vec<Payload>, Trouble> {
        let Some((run, attempt)) = key.split_once('/') else { return Ok(Vec::new()) };
        let path = format!("repos/{}/actions/runs/{run}/attempts/{attempt}", self.probe.name());
        let mut whole = Whole::default();
        match self.client.get(&path, &[], None).await {
            Ok(Some(found)) => whole.payloads.push(self.payload(RUNS, key, found.at, &found.body)),
            Ok(None) => return Ok(Vec::new()),
            Err(Trouble::Missing(reason)) => return self.not_there(RUNS, key, reason),
            Err(trouble) => return Err(trouble),
        }
        if self.settings.jobs {
            self.jobs(&format!("{path}/jobs"), key, &mut whole).await?;
            if whole.payloads.iter().all(|payload| payload.stream != "jobs") {
                self.not_there(RUNS, key, NO_JOBS.to_owned())?;
            }
        }
        Ok(whole.payloads)
    }

    /// Gathers the jobs of an attempt.
    async fn jobs(&self, path: &str, key: &str, whole: &mut Whole) -> Result<(), Trouble> {
        let mut jobs = Vec::new();
        for page in 1..=PAGES {
            let number = page.to_string();
            let query = [("per_page", PAGE), ("page", number.as_str())];
            whole.asked += 1;
            let found = match self.client.get(path, &query, None).await {
                Ok(Some(found)) => found,
                Ok(None) | Err(Trouble::Missing(_)) => {
                    whole.answered = true;
                    break;
                }
                Err(trouble) => return Err(trouble),
            };
            whole.answered = true;
            let list = found.body["jobs"].as_array();
            let list = list.ok_or_else(|| Trouble::Again("it sent no list of jobs".to_owned()))?;
            jobs.extend(list.iter().cloned());
            if !found.more {
                whole.payloads.push(self.payload("jobs", key, found.at, &json!({ "jobs": jobs })));
                break;
            }
        }
        Ok(())
    }
}

/// What was gathered of a run: payloads, after how many questions, whether any of these was answered, the attempts of which all is told, and
/// those that fail.
#[derive(Default)]
struct Whole {
    payloads: Vec<Payload>,
    asked: usize,
    answered: bool,
    told: BTreeSet<String>,
    untold: Vec<(String, Trouble)>,
}
