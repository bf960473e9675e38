//! Runs of a repository's workflows, newest first.
//!
//! GitHub hands out no more than a thousand of a search, so each page asks for those made no later than the last that was
//! seen: what is made or deleted meanwhile shifts nothing.

use super::client::Found;
use super::cursor::{RunsWalk, earlier, later, micros};
use super::reader::Reader;
use crate::net::Trouble;
use chrono::NaiveTime;
use serde_json::Value;

/// For how long a change of a run is noticed after it was made: GitHub lets it run, wait for a person, or be run again.
const LATELY: i64 = 7 * 24 * 3600 * 1_000_000;
/// How far before the newest change that was landed reading goes on: GitHub may answer from a copy that is a little late.
const OVERLAP: i64 = 5 * 60 * 1_000_000;
const PAGE: &str = "100";

impl Reader<'_> {
    /// Lands runs that are new or changed.
    pub(super) async fn runs(&mut self) -> Result<(), Trouble> {
        if self.probe.about.is_empty
            || (!self.is_stale(self.part.runs.read) && self.part.runs.archived && self.probe.about.is_archived)
        {
            return Ok(());
        }
        let path = format!("repos/{}/actions/runs", self.probe.name());
        let since = self.settings.since.map(|day| day.and_time(NaiveTime::MIN).and_utc().timestamp_micros());
        let known = self.part.runs.clone();
        let stale = self.is_stale(known.read);
        // A reading that began before all was to be read anew is not one of all.
        let begun = known.walk.clone().filter(|walk| !stale || (walk.full && !self.is_stale(walk.began)));
        let resumed = begun.is_some();
        let mut walk = begun.unwrap_or(RunsWalk { full: stale, ..RunsWalk::default() });
        let fresh = walk.full;
        let lately = known.created.as_deref().and_then(micros).filter(|_| !fresh).map(|at| at - LATELY);
        let floor = lately.max(since).unwrap_or(i64::MIN);
        // Within one second there may be more than a page holds.
        let mut page = 1_u32;
        loop {
            let until = walk.until.as_ref().map(|until| format!("*..{until}"));
            let number = page.to_string();
            let mut query = vec![("per_page", PAGE), ("page", number.as_str())];
            query.extend(until.as_deref().map(|until| ("created", until)));
            let first = until.is_none() && page == 1;
            let etag = known.etag.as_deref().filter(|_| first && !fresh && !resumed);
            let Some(Found { body, at, etag, more }) = self.client.get(&path, &query, etag).await? else {
                return Ok(());
            };
            let runs = body["workflow_runs"].as_array();
            let runs = runs.ok_or_else(|| Trouble::Again("it sent no list of workflow runs".to_owned()))?;
            if first {
                walk.etag = etag;
            }
            walk.began = walk.began.or(Some(at));
            let (mut payloads, mut ends, mut last) = (Vec::new(), !more, None);
            for run in runs {
                let made = run["created_at"].as_str();
                if made.and_then(micros).is_some_and(|made| made < floor) {
                    ends = true;
                    break;
                }
                last = made;
                walk.created = later(walk.created, made);
                let changed = run["updated_at"].as_str();
                walk.seen = later(walk.seen, changed);
                // What was landed as it still is need not be again.
                if (fresh || changed >= known.seen.as_deref())
                    && let Some(key) = key(run)
                {
                    payloads.push(self.payload("workflow_runs", &key, at, run));
                }
            }
            if ends {
                let RunsWalk { full, began, etag, created, seen, .. } = walk;
                let runs = &mut self.part.runs;
                (runs.etag, runs.walk) = (etag, None);
                if full {
                    runs.read = began;
                }
                runs.archived = self.probe.about.is_archived;
                runs.created = later(created, known.created.as_deref());
                // Pages were read one after the other: what was changed after the first need not be on any.
                let capped = earlier(seen, began.unwrap_or(at) - OVERLAP);
                runs.seen = later(capped, known.seen.as_deref());
                return self.emit(payloads).await;
            }
            if last.is_some() && last != walk.until.as_deref() {
                (walk.until, page) = (last.map(str::to_owned), 1);
            } else {
                page += 1;
            }
            self.part.runs.walk = Some(walk.clone());
            self.emit(payloads).await?;
        }
    }
}

/// A run is another with each attempt.
fn key(run: &Value) -> Option<String> {
    Some(format!("{}/{}", run["id"].as_u64()?, run["run_attempt"].as_u64().unwrap_or(1)))
}
