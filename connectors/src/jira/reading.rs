//! Reads issues: what changed, and all of a project.
//!
//! All searches go from what changed last to what was landed before, so what changes meanwhile goes to their front, where the
//! next reading begins, and no page that shifts loses an issue. Where issues leave a search meanwhile, as what is deleted does, it
//! goes back by as many.

use super::above::Above;
use super::client::Client;
use super::cursor::{Days, PROJECT, Project, Site, Walk};
use super::development::Development;
use super::gaps::Scope;
use super::search::{Issues, gone};
use super::settings::JiraSettings;
use super::source::{CHANGES, DAYS, SITE};
use super::turns::Turn;
use super::untold;
use crate::mapping::SECONDS;
use crate::net::Trouble;
use crate::source::{GONE, of_so_many, send, send_page};
use crate::{Met, Range, met};
use chrono::{DateTime, LocalResult, NaiveTime, TimeDelta, TimeZone as _};
use chrono_tz::Tz;
use futures::StreamExt as _;
use pulse_engine::land::{Page, Payload};
use serde_json::Value;
use std::collections::BTreeSet;
use tokio::sync::mpsc;

/// How searches are ordered: of issues that changed at once, as by a change of many, nothing else says which one comes on which page.
pub(super) const ORDER: &str = "ORDER BY updated DESC, key DESC";
pub(super) const MINUTE: i64 = 60 * 1_000_000;
/// How far before the last reading the next begins: Jira's search may know of a change a little late.
const OVERLAP: i64 = 10 * MINUTE;
/// How long a reading of some days that was stopped may go on where it was: what left them after that is no longer known.
pub(super) const DAY: i64 = 24 * 60 * MINUTE;
/// How many projects are read at once.
pub(super) const AT_ONCE: usize = 4;
/// How many issues in doubt are asked for in one reading, and landed in one page.
pub(super) const MOST_DOUBTFUL: usize = 1_000;
const AT_A_TIME: usize = 50;
/// How many issues of a project that an application does not tell of are asked for in one reading, and those asked for with them.
const MOST_UNTOLD: usize = 50;

/// A project, as far as reading it needs to know.
pub(super) struct Place {
    pub(super) id: String,
    pub(super) key: String,
}

/// Lands issues.
pub(super) struct Reading<'a> {
    pub(super) client: &'a Client,
    pub(super) settings: &'a JiraSettings,
    pub(super) outlet: &'a mpsc::Sender<Page>,
    pub(super) development: &'a Development,
    /// As what issues were landed, where that is known.
    pub(super) known: &'a Met,
    pub(super) above: Above,
    /// Whose account it is that reads, as far as Jira says.
    pub(super) account: Option<&'a str>,
    /// Whether another one met the issues that are held, and nobody said since that what is not there is gone.
    pub(super) is_another: bool,
    /// Whether somebody said that what is not there is gone.
    pub(super) is_asked: bool,
    /// Whose time searches are read in, as far as Jira says.
    pub(super) zone: Option<Tz>,
    /// What could not be read the last time, as it is called, and of what there are gaps.
    pub(super) failing: BTreeSet<String>,
}

impl Reading<'_> {
    /// Lands what changed since the last reading, in the projects of these ids.
    pub(super) async fn changes(
        &self,
        site: &mut Site,
        now: i64,
        zone: Option<Tz>,
        projects: &BTreeSet<&str>,
    ) -> Result<(), Trouble> {
        let from = site.reach.unwrap_or(now).min(now) - OVERLAP;
        let begin =
            || Walk { began: now, jql: format!("updated >= {} {ORDER}", since(from, now, zone)), ..Walk::default() };
        // How many minutes ago something was is another time when the reading goes on later.
        let mut walk = site.walk.clone().filter(|_| zone.is_some()).unwrap_or_else(begin);
        let mut anew = false;
        let scope = Scope { what: CHANGES, project: None, from: Some(from) };
        loop {
            let found = self.next_or_behind(&mut walk, &mut anew, begin, &scope).await?;
            let (next, total) = (found.next.clone(), found.total);
            let page = self.landed(found, |issue| is_in(issue, projects)).await?;
            walk.go_on(next, total);
            if walk.place.is_none() {
                let was_begun = site.walk.take().is_some();
                site.reach = Some(walk.began);
                // Where nothing changed, nothing is landed: the next reading looks a little further back.
                if page.payloads.is_empty() && !was_begun {
                    return Ok(());
                }
                return send_page(self.outlet, SITE, site, page).await;
            }
            site.walk = Some(walk.clone());
            send_page(self.outlet, SITE, site, page).await?;
        }
    }

    /// Lands the issues that changed last in some days, or were made in them, in the projects of these ids.
    pub(super) async fn days(
        &self,
        range: Range,
        mut days: Days,
        now: i64,
        zone: Option<Tz>,
        projects: &BTreeSet<&str>,
    ) -> Result<(), Trouble> {
        let begin = || Walk { began: now, jql: within(range, now, zone), ..Walk::default() };
        if days.range == Some(range) && days.is_read {
            return Ok(());
        }
        let is_of_now = |walk: &Walk| (now - DAY..=now).contains(&walk.began);
        let goes_on = days.range == Some(range) && zone.is_some() && days.walk.as_ref().is_some_and(is_of_now);
        let mut walk = days.walk.take().filter(|_| goes_on).unwrap_or_else(begin);
        let mut anew = false;
        loop {
            let found = self.next(&mut walk, &mut anew, begin).await?;
            let (next, total) = (found.next.clone(), found.total);
            let page = self.landed(found, |issue| is_in(issue, projects)).await?;
            walk.go_on(next, total);
            let is_read = walk.place.is_none();
            days = Days { range: Some(range), walk: (!is_read).then(|| walk.clone()), is_read };
            send_page(self.outlet, DAYS, &days, page).await?;
            if is_read {
                return Ok(());
            }
        }
    }

    /// The next page of a search. Where its place is good no more, which it is for some days only, the search begins again, once.
    pub(super) async fn next(
        &self,
        walk: &mut Walk,
        anew: &mut bool,
        begin: impl Fn() -> Walk,
    ) -> Result<Issues, Trouble> {
        match self.client.search(&walk.jql, walk.place.as_deref()).await {
            Err(Trouble::Refused(_)) if walk.place.is_some() && !*anew => {
                (*walk, *anew) = (begin(), true);
                self.client.search(&walk.jql, None).await
            }
            found => found,
        }
    }

    /// An issue of that id, as it is now, or as gone; `None` where it is not there for another account than the one that met it, which may
    /// rather not see it: Jira does not tell that apart.
    pub(super) async fn again(
        &self,
        id: &str,
        projects: &BTreeSet<&str>,
        now: i64,
    ) -> Result<Option<Payload>, Trouble> {
        match self.client.doubtful(id, projects, self.settings, &self.above, now).await {
            Err(Trouble::Missing(_)) if self.is_another => Ok(None),
            Err(Trouble::Missing(_)) => Ok(Some(gone(id, now))),
            told => told.map(Some),
        }
    }

    /// Asks for issues that a reading of all should have met: each is landed as it is, or as gone where Jira knows it no more, or it is
    /// in a project that is not read. One that is too old to be met stays as it was, and so does one that is out of sight or that Jira does
    /// not tell, which keeps none of the others from being asked for. Where there are none left, all of them were asked for.
    pub(super) async fn doubtful(
        &self,
        site: &mut Site,
        projects: &BTreeSet<&str>,
        ids: &[String],
        now: i64,
    ) -> Result<(), Trouble> {
        let mut untold = Vec::new();
        for some in ids.chunks(AT_A_TIME) {
            let (mut page, mut is_answered) = (Page::default(), false);
            for id in some {
                let payload = match self.again(id, projects, now).await {
                    Ok(Some(payload)) => payload,
                    Ok(None) => {
                        is_answered = true;
                        site.kept += 1;
                        continue;
                    }
                    Err(trouble) => {
                        let trouble = trouble.unless_fatal()?;
                        is_answered |= !trouble.passes();
                        untold.push(format!("issue {id}: {}", trouble.reason()));
                        continue;
                    }
                };
                is_answered = true;
                if payload.body == GONE {
                    page.cursors.extend(self.development.forget(id)?);
                } else if self.is_too_old(&serde_json::from_str(&payload.body).unwrap_or_default()) {
                    continue;
                }
                page.payloads.push(payload);
            }
            // Where none of several is answered, it is none of them that fails.
            if !is_answered && some.len() > 1 {
                return Err(Trouble::Again(untold.pop().unwrap_or_default()));
            }
            site.asked_until = some.last().cloned();
            send_page(self.outlet, SITE, site, page).await?;
        }
        if ids.is_empty() && site.doubts_since() == site.whole_at {
            (site.asked_for, site.asked_until) = (site.whole_at, None);
            // One that was read meanwhile may have been by another account.
            if site.whole.is_none() {
                site.is_asked = false;
                if site.kept == 0 && site.read_by.as_deref() == self.account {
                    site.met_by.clone_from(&site.read_by);
                }
            }
            send(self.outlet, SITE, site, Vec::new()).await?;
        }
        match untold.first() {
            Some(first) => {
                let count = untold.len();
                Err(Trouble::Refused(format!("{count} stay as they were until all is read anew, as of {first}")))
            }
            None if site.kept > 0 => Err(out_of_sight(site.kept)),
            None => Ok(()),
        }
    }

    /// The turn of a project whose issues are all to be read, from where it stands.
    pub(super) fn turn<'p>(&self, place: &'p Place, mut project: Project, whole: Option<i64>) -> Turn<'p> {
        // Which of them another query finds is not known yet, nor are the keys that all have with another of their project.
        let incidents = &self.settings.incidents.jql;
        if project.incidents != *incidents || project.went_by_another_than(&place.key) {
            project = Project { incidents: incidents.clone(), ..project.anew() };
        }
        project.key = Some(place.key.clone());
        // A reading that began before all was to be read anew is not one of all.
        project.walk = project.walk.filter(|walk| whole.is_none_or(|whole| walk.began >= whole));
        Turn { place, project, anew: false }
    }

    /// Lands a page of the issues of a project whose turn it is. Comes to whether there are more.
    pub(super) async fn project<'p>(&self, mut turn: Turn<'p>, now: i64) -> (Turn<'p>, Result<bool, Trouble>) {
        let read = self.page(&mut turn, now).await;
        (turn, read)
    }

    async fn page(&self, turn: &mut Turn<'_>, now: i64) -> Result<bool, Trouble> {
        let Turn { place, project, anew } = turn;
        let (id, part) = (&place.id, format!("{PROJECT}{}", place.id));
        let begin = || Walk { began: now, jql: format!("project = {id} {ORDER}"), ..Walk::default() };
        let mut walk = project.walk.clone().unwrap_or_else(begin);
        let what = format!("projects/{}", place.key);
        let scope = Scope { what: &what, project: Some(id.as_str()), from: None };
        let found = self.next_or_behind(&mut walk, anew, begin, &scope).await?;
        let (next, total) = (found.next.clone(), found.total);
        let mut all = found.issues.iter().chain(found.untold.iter().map(|(issue, _)| issue));
        let cut = all.any(|issue| self.is_too_old(issue));
        let page = self.landed(found, |issue| !self.is_too_old(issue)).await?;
        walk.go_on(next, total);
        let goes_on = walk.place.is_some() && !cut;
        if goes_on {
            project.walk = Some(walk);
        } else {
            project.ends(&walk, self.settings.since, self.is_asked);
        }
        send_page(self.outlet, &part, project, page).await?;
        Ok(goes_on)
    }

    /// Whether an issue was changed last before the day from which on they are read.
    pub(super) fn is_too_old(&self, issue: &Value) -> bool {
        let since = self.settings.since.map(|day| day.and_time(NaiveTime::MIN).and_utc().timestamp_micros());
        since.zip(updated(issue)).is_some_and(|(since, updated)| updated < since)
    }

    /// Those of some issues that are wanted as payloads, each with all of its history, but for those that are known to be landed as they are;
    /// that they were met, which of them Jira does not tell, and what they say of pull requests where that is new.
    pub(super) async fn landed(&self, found: Issues, is_wanted: impl Fn(&Value) -> bool) -> Result<Page, Trouble> {
        let Issues { mut issues, mut untold, gap, at, .. } = found;
        issues.retain(&is_wanted);
        untold.retain(|(issue, _)| is_wanted(issue));
        self.client.mark(self.settings.incidents.jql.as_deref(), &mut issues).await?;
        self.above.tell(self.client, &self.settings.fields, &mut issues).await?;
        let (mut page, mut met) = (Page::default(), Vec::new());
        if let Some((span, reason)) = gap {
            span.note(&mut page, Some(&reason), at)?;
        }
        for (issue, reason) in &untold {
            untold::note(&mut page, untold::numbers(issue), reason, at)?;
        }
        for issue in issues {
            page.cursors.extend(self.development.note(&issue)?);
            // It changes by itself, which is news to nobody but who asked to keep it.
            let said = self.development.said(&issue).filter(|_| !self.settings.fields.keep_development());
            let [id, project] = untold::numbers(&issue).map(str::to_owned);
            let payload = match self.client.whole(issue, at).await {
                Ok(Some(payload)) => payload,
                Ok(None) => continue,
                Err(trouble) => {
                    let reason = trouble.unless_fatal()?.reason();
                    untold::note(&mut page, [&id, &project], &reason, at)?;
                    continue;
                }
            };
            let sum = sum_without(&payload.body, said.as_deref());
            let told = payload.key.parse().ok().map(|number: u64| (number, sum));
            if told.is_none_or(|(number, sum)| !self.known.is_same(number, sum)) {
                page.payloads.push(payload);
            }
            met.extend(told);
        }
        page.payloads.extend(met::payload(&met, at)?);
        Ok(page)
    }

    /// Lands the pull requests that Jira knows of some issues. What is told before one is not lands all the same, and so does what
    /// is told of others when an application does not tell of one.
    pub(super) async fn developments(&self, owed: &[u64], now: i64) -> Result<(), Trouble> {
        // Another one goes first each time, so that many that are not told keep none of the others from being asked for.
        let first = usize::try_from(now / MINUTE).unwrap_or_default() % owed.len().max(1);
        let owed: Vec<u64> = owed[first..].iter().chain(&owed[..first]).copied().collect();
        let mut untold = 0;
        for some in owed.chunks(AT_A_TIME) {
            let some = self.development.owed_of(some);
            let asked: Vec<_> = some.iter().map(|owed| self.client.development(owed, now)).collect();
            let mut asked = futures::stream::iter(asked).buffered(AT_ONCE);
            let (mut page, mut read) = (Page::default(), Ok(()));
            while let Some(told) = asked.next().await {
                match told {
                    Ok(None) => untold += 1,
                    Ok(Some(told)) => {
                        page.payloads.extend(told.payloads);
                        page.cursors.extend(told.cursors);
                    }
                    Err(trouble) => {
                        read = Err(trouble);
                        break;
                    }
                }
            }
            if !page.payloads.is_empty() {
                self.outlet.send(page).await.map_err(|_| Trouble::Closed)?;
            }
            read?;
            if untold >= MOST_UNTOLD {
                break;
            }
        }
        if untold > 0 {
            let reason = "an application that is connected to it does not tell it of pull requests now";
            return Err(Trouble::Refused(format!("{reason}, of {untold} issues")));
        }
        Ok(())
    }
}

/// What Data Center writes before where a sprint stands in its memory, which is elsewhere each time.
const SPRINT: &str = "greenhopper.service.sprint.Sprint@";

/// The sum of an issue's payload without what changes in it by itself: a text, and where sprints stand in memory.
fn sum_without(body: &str, said: Option<&str>) -> u64 {
    let (before, after) = said.and_then(|said| body.split_once(said)).unwrap_or((body, ""));
    met::sum(lasting(before).chain(lasting(after)))
}

fn lasting(text: &str) -> impl Iterator<Item = u8> {
    text.split(SPRINT).flat_map(|piece| piece.trim_start_matches(|c: char| c.is_ascii_hexdigit()).bytes())
}

/// That very many issues of a project are out of sight, and what to do; nothing where they are not.
pub(super) fn hides(project: &Project) -> Result<(), Trouble> {
    if !project.hides {
        return Ok(());
    }
    Err(Trouble::Refused(
        "more than half of its issues that were read are not found any more: as many at once are hardly deleted, so this credential may not \
         see them, and they stay as they were; give it access to them, or read everything anew with {\"whole\": true} if they were deleted"
            .to_owned(),
    ))
}

/// That issues are out of sight, and what to do.
fn out_of_sight(n: u64) -> Trouble {
    let [are, were, them, they_were, they_stay] = of_so_many(usize::try_from(n).unwrap_or(usize::MAX));
    Trouble::Refused(format!(
        "{n} that {were} read {are} not found any more: another account asks now than the one that found {them}, so this credential may not see \
         {them}, and {they_stay}; give the credential access to {them}, or read everything anew with {{\"whole\": true}} if {they_were} deleted"
    ))
}

/// Whether an issue is in one of these projects, as far as it says.
pub(super) fn is_in(issue: &Value, projects: &BTreeSet<&str>) -> bool {
    issue.pointer("/fields/project/id").and_then(Value::as_str).is_none_or(|id| projects.contains(id))
}

/// A time as JQL takes it, or a little before. Jira reads days and hours in the time zone of whoever asks; where that is not known,
/// it is told how many minutes ago it was.
fn since(from: i64, now: i64, zone: Option<Tz>) -> String {
    moment(from, zone, -1).unwrap_or_else(|| format!("-{}m", (now - from).div_euclid(MINUTE) + 1))
}

/// The same, or a little after.
fn until(at: i64, now: i64, zone: Option<Tz>) -> String {
    moment(at, zone, 1).unwrap_or_else(|| format!("-{}m", (now - at).div_euclid(MINUTE).max(0)))
}

/// A time in a zone. Of an hour that comes twice Jira might mean either: it is told an hour to this side.
pub(super) fn moment(at: i64, zone: Option<Tz>, side: i64) -> Option<String> {
    let (zone, at) = zone.zip(DateTime::from_timestamp_micros(at))?;
    let local = at.with_timezone(&zone).naive_local();
    let twice = matches!(zone.from_local_datetime(&local), LocalResult::Ambiguous(..));
    let local = if twice { local + TimeDelta::hours(side) } else { local };
    Some(format!("\"{}\"", local.format("%Y/%m/%d %H:%M")))
}

/// The search for what changed last in some days, or was made in them.
fn within(range: Range, now: i64, zone: Option<Tz>) -> String {
    let (first, end) = range.micros();
    let [lower, upper] = [since(first, now, zone), until(end, now, zone)];
    // What is still to come changes nothing.
    let of = |field: &str| match end < now {
        true => format!("{field} >= {lower} AND {field} < {upper}"),
        false => format!("{field} >= {lower}"),
    };
    format!("({}) OR ({}) {ORDER}", of("updated"), of("created"))
}

/// When an issue was changed last. A year that no calendar has fits into no search.
pub(super) fn updated(issue: &Value) -> Option<i64> {
    let text = issue.pointer("/fields/updated")?.as_str()?;
    let time = DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z").ok()?;
    SECONDS.contains(&time.timestamp()).then(|| time.timestamp_micros())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issue_that_changed_in_a_year_that_no_calendar_has_says_nothing_of_it() {
        let of = |text: &str| updated(&serde_json::json!({"fields": {"updated": text}}));
        assert_eq!(of("1970-01-01T00:00:01.000+0000"), Some(1_000_000));
        assert_eq!(of("9999-12-31T23:59:59.000+0000"), Some(253_402_300_799_000_000));
        assert_eq!(of("+262142-12-31T23:00:00.000+0000"), None);
        assert_eq!(of("-262142-01-01T01:00:00.000+0000"), None);
    }

    #[test]
    fn a_time_is_told_in_the_zone_of_whoever_asks() {
        let at = |text: &str| DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros();
        let berlin = Some("Europe/Berlin".parse().unwrap());
        let now = at("2026-11-24T10:00:00Z");
        assert_eq!(since(at("2026-07-01T10:00:59Z"), now, berlin), r#""2026/07/01 12:00""#);
        assert_eq!(since(at("2026-11-24T09:30:30Z"), now, None), "-30m");
        // The hour from 2 to 3 comes twice on 25 October 2026: it is begun before both.
        for twice in ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"] {
            assert_eq!(since(at(twice), now, berlin), r#""2026/10/25 01:30""#);
        }
    }

    #[test]
    fn a_payload_is_known_again_whatever_changes_by_itself_in_it() {
        let body = |title: &str, said: &str| format!(r#"{{"dev":{said},"title":"{title}"}}"#);
        let sum = |title: &str, said: &str| sum_without(&body(title, said), Some(said));
        assert_eq!(sum("a", r#""x@1""#), sum("a", r#""x@2""#));
        assert_ne!(sum("a", r#""x@1""#), sum("b", r#""x@1""#));
        assert_ne!(sum_without(&body("a", r#""x@1""#), None), sum_without(&body("a", r#""x@2""#), None));
        // A sprint as Data Center tells of it: where it stands in memory, and what it is.
        let sprint = |at: &str, name: &str| {
            format!(r#"{{"s":["com.atlassian.greenhopper.service.sprint.Sprint@{at}[id=7,name={name}]"]}}"#)
        };
        let sum = |at: &str, name: &str| sum_without(&sprint(at, name), None);
        assert_eq!(sum("1f39706", "one"), sum("7ac", "one"));
        assert_ne!(sum("1f39706", "one"), sum("1f39706", "two"));
    }

    #[test]
    fn days_are_told_so_that_nothing_of_them_is_left_out() {
        let at = |text: &str| DateTime::parse_from_rfc3339(text).unwrap().timestamp_micros();
        let day = |text: &str| text.parse().unwrap();
        let range = |from, until| Range { from: day(from), until: day(until) };
        let (berlin, now) = (Some("Europe/Berlin".parse().unwrap()), at("2026-11-24T10:00:00Z"));
        assert_eq!(
            within(range("2026-07-01", "2026-11-02"), now, berlin),
            "(updated >= \"2026/07/01 02:00\" AND updated < \"2026/11/02 01:00\") OR \
             (created >= \"2026/07/01 02:00\" AND created < \"2026/11/02 01:00\") ORDER BY updated DESC, key DESC"
        );
        let open = within(range("2026-11-23", "2026-11-25"), now, berlin);
        assert_eq!(
            open,
            "(updated >= \"2026/11/23 01:00\") OR (created >= \"2026/11/23 01:00\") ORDER BY updated DESC, key DESC"
        );
        // 33 hours and a minute more ago until 10 hours ago.
        let unknown = within(range("2026-11-23", "2026-11-24"), now, None);
        assert!(unknown.starts_with("(updated >= -2041m AND updated < -600m) OR"), "{unknown}");
        // The hour from 2 to 3 comes twice.
        assert_eq!(until(at("2026-10-25T00:30:00Z"), now, berlin), "\"2026/10/25 03:30\"");
    }
}
