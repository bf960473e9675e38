//! A range of days that is read again: what was made or changed in them, whatever was read of them before.
//!
//! GitHub tells of a change only when the last one was. So of what may have changed in those days all is read: what was made before
//! their end, and was last changed after they began. Lists are read newest first down to there; nothing is concluded from what is not
//! in them, and how far the readings of what is new have come stays as it is.

use super::commits::{IN_A_ROW, Ref, failed_of};
use super::cursor::{Filling, Part, micros, written};
use super::gaps::{Listed, Span};
use super::listing::{LISTS, Listing, hidden};
use super::reader::Reader;
use super::runs::{LONGEST, PAGE, RUNS};
use super::untold::Untold;
use crate::Range;
use crate::circle::Circle;
use crate::net::Trouble;
use chrono::NaiveTime;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet, HashSet};

impl Reader<'_> {
    /// Reads a range again. What could not be read through no fault of the credential is told.
    pub(super) async fn fill(mut self, asked: (Range, i64)) -> Result<Vec<String>, Trouble> {
        let (range, _) = asked;
        if self.part.filling.as_ref().is_none_or(|filling| filling.asked != asked) {
            self.part.filling = Some(Filling { asked, reached: BTreeMap::new() });
        }
        let mut failed = Vec::new();
        let commits = self.fill_commits(range).await;
        self.settle("commits", commits, &mut failed).await?;
        for list in LISTS {
            let read = self.fill_list(list, range).await;
            self.settle(list.stream, read, &mut failed).await?;
        }
        let runs = self.fill_runs(range).await;
        self.settle(RUNS, runs, &mut failed).await?;
        Ok(failed)
    }

    /// Where a stream goes on: nowhere once it is read, and at its beginning when nothing is known of it.
    fn reached(&self, stream: &str) -> Option<Option<String>> {
        match self.part.filling.as_ref().and_then(|filling| filling.reached.get(stream)) {
            Some(None) => None,
            Some(Some(place)) => Some(Some(place.clone())),
            None => Some(None),
        }
    }

    /// Reads the commits of the default branch, and of what lies beside it, that were committed in the range.
    async fn fill_commits(&mut self, range: Range) -> Result<(), Trouble> {
        let (from, until) = range.micros();
        if self.probe.about.is_empty || self.reached("commits").is_none() {
            return Ok(());
        }
        let Some(head) = self.probe.default_sha().map(str::to_owned) else {
            return self.probe.hidden.first().map_or(Ok(()), |hidden| Err(Trouble::Refused(hidden.clone())));
        };
        let (mut all, mut there) = (Vec::new(), HashSet::new());
        for prefix in ["heads", "tags"] {
            self.refs(prefix, &head, &BTreeMap::new(), &mut all, &mut there).await?;
        }
        // What ends before the range has nothing in it.
        let young = |found: &Ref| found.committed_at.is_none_or(|at| at >= from);
        let beside = all.into_iter().filter(young).filter_map(|found| found.beside);
        let tips: BTreeSet<String> = beside.chain([head.clone()]).collect();
        let name = self.probe.name().to_owned();
        let (since, before) = (written(from), written(until - 1));
        let (mut failed, mut others, mut in_a_row) = (Vec::new(), 0, 0);
        for tip in tips {
            let failing = failed.len();
            // Of what lies beside the default branch no more is asked for than that, where the two can be compared.
            let listed = format!("commits/{tip}");
            let (mut compares, mut circle) = (tip != head && self.reached(&listed) == Some(None), Circle::default());
            loop {
                let part = if compares { format!("commits/{head}...{tip}") } else { listed.clone() };
                let Some(place) = self.reached(&part) else { break };
                let page: u32 = place.and_then(|page| page.parse().ok()).unwrap_or(1);
                let number = page.to_string();
                let mut query = vec![("per_page", PAGE), ("page", number.as_str())];
                let path = if compares {
                    format!("repos/{name}/compare/{head}...{tip}")
                } else {
                    query.extend([("sha", tip.as_str()), ("since", since.as_str()), ("until", before.as_str())]);
                    format!("repos/{name}/commits")
                };
                let found = match self.client.get(&path, &query, None).await {
                    Ok(Some(found)) => found,
                    // Two that differ by too much, or share nothing, are not compared; or GitHub stops to tell it after some pages.
                    Ok(None)
                    | Err(Trouble::Missing(_) | Trouble::Refused(_) | Trouble::TooMuch(_) | Trouble::Again(_))
                        if compares =>
                    {
                        (compares, circle) = (false, Circle::default());
                        continue;
                    }
                    Ok(None) => break,
                    // One that went away in this moment is not among those that are read the next time, and one that GitHub does not know for a moment is.
                    Err(Trouble::Missing(reason)) => {
                        failed.push((tip.clone(), Trouble::Again(reason)));
                        break;
                    }
                    // One that fails keeps none of the others from being read.
                    Err(trouble) => {
                        failed.push((tip.clone(), trouble.unless_fatal()?));
                        break;
                    }
                };
                let mut commits = if compares { found.body["commits"].clone() } else { found.body };
                let page_of = commits.as_array().map(Vec::as_slice).unwrap_or_default();
                if let Err(trouble) = circle.comes_to("commits", page_of, "sha") {
                    // The next reading would take this page for news, and go on behind what was never told: it begins anew.
                    if let Some(filling) = &mut self.part.filling {
                        filling.reached.remove(&part);
                    }
                    self.emit(Vec::new()).await?;
                    failed.push((tip.clone(), trouble));
                    break;
                }
                if let Some(commits) = commits.as_array_mut() {
                    let committed = |commit: &Value| time(&commit["commit"]["committer"], "date");
                    commits.retain(|commit| committed(commit).is_none_or(|at| (from..until).contains(&at)));
                }
                let mut payloads = self.landed(&commits, found.at)?;
                payloads.extend(self.accounts(&commits).await?);
                reach(&mut self.part, &part, found.more.then(|| (page + 1).to_string()));
                self.emit(payloads).await?;
            }
            let has_failed = failed.len() > failing;
            (others, in_a_row) = if has_failed { (others, in_a_row + 1) } else { (others + 1, 0) };
            if in_a_row >= IN_A_ROW {
                break;
            }
        }
        if !failed.is_empty() {
            return failed_of(failed, others);
        }
        if let Some(filling) = &mut self.part.filling {
            filling.reached.retain(|part, _| !part.starts_with("commits/"));
        }
        reach(&mut self.part, "commits", None);
        self.emit(Vec::new()).await
    }

    /// Reads what a list has that may have changed in the range.
    async fn fill_list(&mut self, listing: &Listing, range: Range) -> Result<(), Trouble> {
        let (from, until) = range.micros();
        let Some(mut after) = self.reached(listing.stream) else { return Ok(()) };
        let (order, floor) = (listing.order.field(), from - listing.order.lately());
        let since = self.settings.since.map(|day| day.and_time(NaiveTime::MIN).and_utc().timestamp_micros());
        let is_alike = self.part.lists.get(listing.stream).is_some_and(|list| list.since == self.settings.since);
        let (mut first, mut unseen, mut anew) = (listing.first, None, false);
        loop {
            let (told, mut failing) = match self.page(listing, after.as_deref(), &mut first).await {
                Ok(page) => page,
                // A place in a list may be forgotten in the meantime.
                Err(Trouble::Again(reason)) if after.is_some() && !anew && reason.contains("cursor") => {
                    (after, anew) = (None, true);
                    continue;
                }
                Err(trouble) => return Err(trouble),
            };
            let list = &told.data["repository"][listing.list];
            if list.is_null() {
                return Err(Trouble::Refused(hidden(&told.hidden)));
            }
            let nodes = list["nodes"].as_array().map(Vec::as_slice).unwrap_or_default();
            let items = nodes.iter().filter(|item| !item[listing.key].is_null());
            if items.clone().count() < nodes.len() || !told.hidden.is_empty() {
                unseen = Some(hidden(&told.hidden));
            }
            let (mut payloads, mut noted, mut ends) = (Vec::new(), Vec::new(), list["pageInfo"]["hasNextPage"] != true);
            let mut untold = Untold::default();
            for item in items {
                if time(item, order).is_some_and(|at| at < floor) {
                    ends = true;
                    break;
                }
                if is_within(item, ["createdAt", "updatedAt"], (from, until)) {
                    let payload = match self.told(listing, item, told.at, &mut failing).await? {
                        Ok(payload) => payload,
                        Err(trouble) => {
                            untold.note(listing, item, trouble);
                            continue;
                        }
                    };
                    untold.others += usize::from(payload.is_some());
                    // What is older than what is read otherwise is not met by that, and not missed.
                    let is_met = is_alike && since.is_none_or(|since| time(item, order).is_none_or(|at| at >= since));
                    noted.extend(payload.as_ref().filter(|_| is_met).and_then(Listing::met));
                    payloads.extend(payload);
                }
            }
            payloads.extend(self.noted(listing, &noted, told.at)?);
            payloads.extend(self.untold(listing.stream, untold, told.at)?);
            let next = list["pageInfo"]["endCursor"].as_str().map(str::to_owned).filter(|_| !ends);
            if !ends && next == after {
                return Err(Trouble::Again("its list does not go on".to_owned()));
            }
            after.clone_from(&next);
            reach(&mut self.part, listing.stream, next);
            self.emit(payloads).await?;
            if ends {
                return unseen.map_or(Ok(()), |unseen| Err(Trouble::Refused(unseen)));
            }
        }
    }

    /// Reads the runs that may have changed in the range.
    async fn fill_runs(&mut self, range: Range) -> Result<(), Trouble> {
        let (from, until) = range.micros();
        if self.probe.about.is_empty {
            return Ok(());
        }
        let Some(place) = self.reached(RUNS) else { return Ok(()) };
        let first = written(from - LONGEST);
        if place.is_none() {
            self.part.runs.told.clear();
        }
        // It is known to fail where an earlier reading stopped.
        let mut stuck = place.is_some() && self.is_stuck();
        let (mut last, mut page, mut circle) = (place.unwrap_or_else(|| written(until - 1)), 1_u32, Circle::default());
        loop {
            let span = Span { from: Some(first.as_str()), until: Some(last.as_str()) };
            let Some(listed) = self.runs_page(span, page, None, Some(first.as_str()), stuck).await? else {
                return Ok(());
            };
            let Listed { runs, at, more, gaps, .. } = listed;
            // Of another span the first may be the same.
            if page == 1 {
                circle = Circle::default();
            }
            circle.comes_to(RUNS, &runs, "id")?;
            let told = self.leave_gaps(gaps, None, at)?;
            if !told.is_empty() {
                self.emit(told).await?;
            }
            stuck = self.has_gaps();
            let wanted = |run: &Value| is_within(run, ["created_at", "updated_at"], (from, until));
            let mark = |part: &mut Part, made: Option<String>| reach(part, RUNS, made.or_else(|| Some(last.clone())));
            let payloads = self.whole_runs(&runs, at, wanted, mark).await?;
            match runs.last().and_then(|run| run["created_at"].as_str()).filter(|made| *made != last) {
                Some(made) => (last, page) = (made.to_owned(), 1),
                None => page += 1,
            }
            reach(&mut self.part, RUNS, more.then(|| last.clone()));
            if !more {
                self.part.runs.told.clear();
            }
            self.emit(payloads).await?;
            if !more {
                return Ok(());
            }
        }
    }
}

/// Notes where a stream goes on, or that it is read.
fn reach(part: &mut Part, stream: &str, place: Option<String>) {
    if let Some(filling) = &mut part.filling {
        filling.reached.insert(stream.to_owned(), place);
    }
}

/// Whether a thing may have changed in a range: it was there before its end, and was made or last changed since it began.
fn is_within(item: &Value, [made, changed]: [&str; 2], (from, until): (i64, i64)) -> bool {
    let made = time(item, made);
    let last = made.max(time(item, changed));
    made.is_none_or(|made| made < until) && last.is_none_or(|last| last >= from)
}

fn time(item: &Value, field: &str) -> Option<i64> {
    item[field].as_str().and_then(micros)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_was_there_before_the_end_and_changed_since_the_beginning_may_have_changed_within() {
        let (from, until) = (micros("2025-01-01T00:00:00Z").unwrap(), micros("2025-03-01T00:00:00Z").unwrap());
        for (made, changed, expected) in [
            ("2024-12-01T00:00:00Z", "2024-12-31T23:59:59Z", false),
            ("2024-12-01T00:00:00Z", "2025-01-01T00:00:00Z", true),
            ("2024-12-01T00:00:00Z", "2026-01-01T00:00:00Z", true),
            ("2025-02-28T23:59:59Z", "2025-02-28T23:59:59Z", true),
            ("2025-03-01T00:00:00Z", "2025-03-01T00:00:00Z", false),
        ] {
            let item = json!({"createdAt": made, "updatedAt": changed});
            assert_eq!(is_within(&item, ["createdAt", "updatedAt"], (from, until)), expected, "{item}");
        }
        assert_eq!((written(from), written(until - 1)), ("2025-01-01T00:00:00Z".into(), "2025-02-28T23:59:59Z".into()));
    }
}
