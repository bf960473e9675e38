//! Pages of a search that Jira does not answer, however little of each issue is asked for: reading goes on with what changed last a while before
//! them, and the time between is a gap. It is known by a cursor of its own, which lands with the first page behind it, and is asked for with each
//! reading: in halves where that fails, so that in the end nothing is missing but what changed last in the minutes that fail.

use super::cursor::Walk;
use super::reading::{DAY, MINUTE, ORDER, Reading, is_in, moment};
use super::search::Issues;
use crate::Error;
use crate::net::Trouble;
use crate::source::{cursor, problem};
use chrono::{DateTime, NaiveDateTime};
use chrono_tz::Tz;
use pulse_engine::land::{Cursors, OVER, Page};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// How the parts of gaps are called.
pub(super) const GAP: &str = "gap/";
/// How far back reading goes on behind a page that fails. Not at all where it fails as very many are before it.
const FURTHER: [i64; 4] = [0, DAY, 35 * DAY, 730 * DAY];
/// How many questions about gaps may fail in one reading.
const MOST: usize = 12;
/// How long the time is at most that is asked for at once.
const LONG: i64 = 35 * DAY;
/// How the bound of a search begins that goes on behind a page.
const BEFORE: &str = " AND updated < ";
/// What the gaps of a search in all projects are called by instead of a project's number.
const ALL: &str = "all";
/// Why some of a gap is left where nothing of it failed.
const BIT_BY_BIT: &str = "Jira tells it again, and it is read bit by bit";
/// How times are written in the names of gaps.
const TIME: &str = "%Y-%m-%dT%H:%MZ";

/// What a search is of.
pub(super) struct Scope<'a> {
    /// How the problem is called that it fails.
    pub(super) what: &'a str,
    /// The number of its project, where it is of one.
    pub(super) project: Option<&'a str>,
    /// Since when it finds what changed, where it does not find all.
    pub(super) from: Option<i64>,
}

/// Where a gap stands.
#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Gap {
    /// Why it is not told, as was said last.
    reason: String,
    /// Whether all of it is told, or asked for by other gaps: so earlier versions left it.
    #[serde(skip_serializing)]
    pub(super) is_over: bool,
}

/// Some time, in which issues changed last that are not told: from a minute on until another, in microseconds since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Span {
    project: Option<String>,
    from: i64,
    until: i64,
}

impl Span {
    /// The one that is called so.
    fn of(name: &str) -> Option<Self> {
        let (project, times) = name.split_once('/')?;
        let (from, until) = times.split_once("..")?;
        let at = |text: &str| NaiveDateTime::parse_from_str(text, TIME).ok().map(|at| at.and_utc().timestamp_micros());
        Some(Self { project: (project != ALL).then(|| project.to_owned()), from: at(from)?, until: at(until)? })
    }

    fn name(&self) -> String {
        let time = |at: i64| DateTime::from_timestamp_micros(at).unwrap_or_default().format(TIME).to_string();
        format!("{}/{}..{}", self.project.as_deref().unwrap_or(ALL), time(self.from), time(self.until))
    }

    /// Notes in a page that it is not told, and why; or that it is over.
    pub(super) fn note(&self, page: &mut Page, reason: Option<&str>, at: i64) -> Result<(), Trouble> {
        let name = self.name();
        let what = format!("issues/changed/{name}");
        let told = reason.map(|reason| format!("{what}: {reason}"));
        page.payloads.push(problem(&what, told.as_deref(), at));
        let gap = reason.map(|reason| Gap { reason: reason.to_owned(), is_over: false });
        let stands = gap.map(|gap| serde_json::to_string(&gap)).transpose().map_err(Error::from)?;
        page.cursors.insert(format!("{GAP}{name}"), stands.unwrap_or_else(|| OVER.to_owned()));
        Ok(())
    }

    /// The search for what changed last in some of it.
    fn jql(&self, from: i64, until: i64, zone: Tz) -> Option<String> {
        let project = self.project.as_ref().map(|id| format!("project = {id} AND ")).unwrap_or_default();
        let [lower, upper] = [moment(from, Some(zone), -1)?, moment(until, Some(zone), 1)?];
        Some(format!("{project}updated >= {lower}{BEFORE}{upper} {ORDER}"))
    }
}

/// What the gaps that are known are of, as it stands among what fails.
pub(super) fn known(cursors: &Cursors) -> impl Iterator<Item = String> {
    cursors.keys().filter_map(|part| {
        let (project, _) = part.strip_prefix(GAP)?.split_once('/')?;
        Some(format!("{GAP}{project}"))
    })
}

impl Reading<'_> {
    /// Whether a search is known to fail: it did the last time, or some of it is not told.
    fn is_stuck(&self, scope: &Scope<'_>) -> bool {
        let gaps = format!("{GAP}{}", scope.project.unwrap_or(ALL));
        self.failing.contains(scope.what) || self.failing.contains(&gaps)
    }

    /// The next page of a search. Where that is known to fail, what changed last a while before it, with the gap between. Where
    /// nothing of that is told either, it is rather the search that fails than something that it finds.
    pub(super) async fn next_or_behind(
        &self,
        walk: &mut Walk,
        anew: &mut bool,
        begin: impl Fn() -> Walk,
        scope: &Scope<'_>,
    ) -> Result<Issues, Trouble> {
        let found = match self.next(walk, anew, begin).await {
            Err(failed @ (Trouble::Again(_) | Trouble::TooMuch(_))) if self.is_stuck(scope) => {
                self.behind(walk, scope, failed).await?
            }
            found => found?,
        };
        walk.last = found.oldest().or(walk.last);
        walk.found += (found.issues.len() + found.untold.len()) as u64;
        walk.has_gap |= found.gap.is_some();
        Ok(found)
    }

    async fn behind(&self, walk: &mut Walk, scope: &Scope<'_>, failed: Trouble) -> Result<Issues, Trouble> {
        let Some(zone) = self.zone else { return Err(failed) };
        let until = minute(walk.last.unwrap_or(walk.began)) + MINUTE;
        let of = walk.jql.strip_suffix(ORDER).unwrap_or(&walk.jql).trim_end();
        let of = of.rsplit_once(BEFORE).map_or(of, |(of, _)| of).to_owned();
        for further in FURTHER {
            let Some(before) = moment(until - further, Some(zone), 1) else { continue };
            let jql = format!("{of}{BEFORE}{before} {ORDER}");
            // It would go round in circles.
            if jql == walk.jql {
                continue;
            }
            let mut found = match self.client.search(&jql, None).await {
                Err(Trouble::Again(_) | Trouble::TooMuch(_)) => continue,
                found => found?,
            };
            *walk = Walk { jql, place: None, total: None, ..walk.clone() };
            let from = (until - further).max(scope.from.map_or(i64::MIN, minute));
            if from < until {
                let span = Span { project: scope.project.map(str::to_owned), from, until };
                found.gap = Some((span, failed.reason()));
            }
            return Ok(found);
        }
        Err(failed)
    }

    /// Asks for the gaps that are known, as far as they are of these projects.
    pub(super) async fn gaps(
        &self,
        cursors: &Cursors,
        connection: &str,
        projects: &BTreeSet<&str>,
        now: i64,
    ) -> Result<(), Trouble> {
        let Some(zone) = self.zone else { return Ok(()) };
        let mut spans = Vec::new();
        for part in cursors.keys() {
            let Some(span) = part.strip_prefix(GAP).and_then(Span::of) else { continue };
            if span.project.as_deref().is_none_or(|id| projects.contains(id)) {
                let Gap { reason, .. } = cursor(cursors, part, connection)?;
                spans.push((span, reason));
                continue;
            }
            // Should its project be read again, all of that is.
            let mut page = Page::default();
            span.note(&mut page, None, now)?;
            self.outlet.send(page).await.map_err(|_| Trouble::Closed)?;
        }
        // Another one goes first each time, so that none is always among the last.
        let first = usize::try_from(now / MINUTE).unwrap_or_default() % spans.len().max(1);
        spans.rotate_left(first);
        let mut failed = 0;
        for (span, told) in spans {
            if failed < MOST {
                self.gap_again(&span, told, &mut failed, (zone, projects), now).await?;
            }
        }
        Ok(())
    }

    /// Asks for a gap, in halves where that fails: what is left of it are gaps of their own. Of one that is left as it is, somebody is told where
    /// it is for another reason than was `told`.
    async fn gap_again(
        &self,
        span: &Span,
        told: String,
        failed: &mut usize,
        (zone, projects): (Tz, &BTreeSet<&str>),
        now: i64,
    ) -> Result<(), Trouble> {
        let mut stands = vec![((span.from, span.until), told)];
        let (mut open, mut failing, mut at) = (vec![(span.from, span.until)], Vec::new(), now);
        let mut reason: Option<String> = None;
        while let Some((from, until)) = open.pop() {
            // What is told of a long one is known a part at a time.
            if let Some(halves) = halves(from, until).filter(|_| until - from > LONG) {
                open.extend(halves);
                continue;
            }
            let Some(jql) = span.jql(from, until, zone).filter(|_| *failed < MOST) else {
                failing.push((from, until));
                continue;
            };
            match self.told(&jql, projects).await {
                Ok(told) => {
                    at = at.max(told);
                    let left = merged(open.iter().chain(&failing).copied().collect());
                    self.left_of(span, &mut stands, left, reason.as_deref(), at).await?;
                }
                Err(trouble) => {
                    let trouble = trouble.unless_fatal()?;
                    *failed += 1;
                    reason = Some(trouble.reason());
                    match halves(from, until).filter(|_| trouble.passes()) {
                        Some(halves) => open.extend(halves),
                        None => failing.push((from, until)),
                    }
                }
            }
        }
        self.left_of(span, &mut stands, merged(failing), reason.as_deref(), at).await
    }

    /// Lands which times of a gap are left where others stood, and why, as far as that is not told.
    async fn left_of(
        &self,
        span: &Span,
        stands: &mut Vec<((i64, i64), String)>,
        left: Vec<(i64, i64)>,
        reason: Option<&str>,
        at: i64,
    ) -> Result<(), Trouble> {
        let of = |(from, until): (i64, i64)| Span { project: span.project.clone(), from, until };
        let mut page = Page::default();
        for (over, _) in stands.iter().filter(|(time, _)| !left.contains(time)) {
            of(*over).note(&mut page, None, at)?;
        }
        let mut now = Vec::with_capacity(left.len());
        for time in left {
            let told = stands.iter().find(|(stands, _)| *stands == time).map(|(_, told)| told.as_str());
            let reason = reason.or(told).unwrap_or(BIT_BY_BIT);
            if told != Some(reason) {
                of(time).note(&mut page, Some(reason), at)?;
            }
            now.push((time, reason.to_owned()));
        }
        *stands = now;
        if page.cursors.is_empty() {
            return Ok(());
        }
        self.outlet.send(page).await.map_err(|_| Trouble::Closed)
    }

    /// Lands all that a search finds, and tells when that was told.
    async fn told(&self, jql: &str, projects: &BTreeSet<&str>) -> Result<i64, Trouble> {
        let mut place: Option<String> = None;
        loop {
            let found = self.client.search(jql, place.as_deref()).await?;
            let at = found.at;
            place.clone_from(&found.next);
            let page = self.landed(found, |issue| is_in(issue, projects) && !self.is_too_old(issue)).await?;
            if !page.payloads.is_empty() || !page.cursors.is_empty() {
                self.outlet.send(page).await.map_err(|_| Trouble::Closed)?;
            }
            if place.is_none() {
                return Ok(at);
            }
        }
    }
}

/// The minute that a time is in: searches know no less.
fn minute(at: i64) -> i64 {
    at.div_euclid(MINUTE) * MINUTE
}

/// The halves of some time; none where it is a minute.
fn halves(from: i64, until: i64) -> Option<[(i64, i64); 2]> {
    let middle = from + minute((until - from) / 2);
    (from < middle).then_some([(from, middle), (middle, until)])
}

/// These times in order, and those as one that follow one another.
fn merged(mut times: Vec<(i64, i64)>) -> Vec<(i64, i64)> {
    times.sort_unstable();
    let mut merged: Vec<(i64, i64)> = Vec::new();
    for (from, until) in times {
        match merged.last_mut() {
            Some(last) if last.1 >= from => last.1 = last.1.max(until),
            _ => merged.push((from, until)),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gap_is_known_by_its_name() {
        for name in ["all/2026-03-01T10:00Z..2026-03-02T10:07Z", "10001/2026-03-01T10:00Z..2026-03-01T10:01Z"] {
            assert_eq!(Span::of(name).unwrap().name(), name);
        }
        for odd in ["", "all", "all/2026-03-01T10:00Z", "all/soon..2026-03-01T10:00Z"] {
            assert_eq!(Span::of(odd), None, "{odd}");
        }
    }

    #[test]
    fn a_gap_is_halved_down_to_a_minute_and_halves_that_both_fail_are_one() {
        let minutes = |n: i64| n * MINUTE;
        assert_eq!(halves(0, minutes(3)), Some([(0, minutes(1)), (minutes(1), minutes(3))]));
        assert_eq!(halves(minutes(4), minutes(6)), Some([(minutes(4), minutes(5)), (minutes(5), minutes(6))]));
        assert_eq!(halves(minutes(4), minutes(5)), None);
        assert_eq!(merged(vec![(3, 5), (0, 1), (1, 2), (5, 6)]), [(0, 2), (3, 6)]);
        assert!(merged(Vec::new()).is_empty());
    }
}
