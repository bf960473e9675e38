//! Reads a connection: what issues hang on, what changed since the last reading, and projects that were never read.
//!
//! All searches go from what changed last to what was landed before, so what changes meanwhile goes to their front, where the
//! next reading begins, and no page that shifts loses an issue.

use super::CONNECTOR;
use super::client::{Client, JIRA};
use super::cursor::{Project, Site, Walk, sum};
use super::fields::found;
use super::search::Issues;
use super::settings::JiraSettings;
use super::structure::Things;
use crate::net::{Manner, Trouble};
use crate::source::{Doubts, GONE, Pages, Source, cursor, flowing, problem, send};
use crate::{Error, Keeper, Result};
use chrono::{DateTime, LocalResult, NaiveTime, TimeDelta, TimeZone as _};
use chrono_tz::Tz;
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use parking_lot::Mutex;
use pulse_engine::Clock;
use pulse_engine::land::{Cursors, Page, Payload};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use tokio::sync::mpsc;
use url::Url;

const MINUTE: i64 = 60 * 1_000_000;
/// How far before the last reading the next begins: Jira's search may know of a change a little late.
const OVERLAP: i64 = 10 * MINUTE;
/// How often projects, statuses, boards and sprints are looked at.
const LOOK_EVERY: i64 = 60 * MINUTE;
/// How often everything is read anew: an issue may have slipped through the pages of a search from which others were taken away.
const WHOLE_EVERY: i64 = 7 * 24 * 60 * MINUTE;
/// How many projects are read for the first time at once.
const AT_ONCE: usize = 4;
/// How many issues in doubt are asked for in one reading, and landed in one page.
const MOST_DOUBTFUL: usize = 1_000;
const AT_A_TIME: usize = 50;
/// The part that is about no one project.
const SITE: &str = "site";

/// A connection to Jira, ready to be read.
#[derive(Debug)]
pub struct JiraSource {
    connection: String,
    client: Client,
    /// With the fields that were found, once they were looked for.
    settings: Mutex<JiraSettings>,
    whole: bool,
    /// Issues that the last reading of all that there is did not meet, once they were looked for.
    doubtful: Option<Vec<String>>,
}

/// A project, as far as reading it needs to know.
struct Place {
    id: String,
    key: String,
}

impl JiraSource {
    /// The connection `name` to `place`, such as `https://acme.atlassian.net`.
    ///
    /// # Errors
    /// [`Error::Address`] when that may not be asked, [`Error::Setting`] when the credential or the settings can be none.
    pub fn new(name: &str, place: &Url, credential: &str, settings: JiraSettings, manner: Manner) -> Result<Self> {
        settings.check()?;
        let client = Client::new(place, credential, manner)?;
        let (connection, settings) = (format!("{CONNECTOR}:{name}"), Mutex::new(settings));
        Ok(Self { connection, client, settings, whole: false, doubtful: None })
    }

    /// With somebody who keeps what its credential is renewed to, of one that is renewed.
    #[must_use]
    pub fn kept_by(mut self, keeper: Arc<dyn Keeper>) -> Self {
        self.client.kept_by(keeper);
        self
    }

    /// Renewed at another place than Atlassian's, which is told its secrets: for tests alone.
    #[must_use]
    pub fn renewed_at(mut self, at: Url) -> Self {
        self.client.renewed_at(at);
        self
    }

    /// The credential that its own was renewed to, of one that is renewed.
    pub fn renewed(&self) -> Option<String> {
        self.client.renewed()
    }

    /// Reads everything anew, whatever is new.
    #[must_use]
    pub fn whole(self) -> Self {
        Self { whole: true, ..self }
    }

    /// Looks at what there is, and lands nothing: whether the credential is good, how many projects it may read, and which
    /// fields mean what.
    ///
    /// # Errors
    /// What a reading would fail at; [`Error::Refused`] when a project of the settings is not there.
    pub async fn check(&self) -> Result<usize> {
        self.look().await.map_err(|trouble| trouble.into_error(JIRA))
    }

    /// Looks which fields mean what, where nobody said.
    ///
    /// # Errors
    /// What a reading would fail at.
    pub async fn prepare(&self) -> Result<()> {
        self.find_fields().await.map_err(|trouble| trouble.into_error(JIRA))
    }

    async fn find_fields(&self) -> Result<(), Trouble> {
        let known = self.client.fields().await?;
        let mut settings = self.settings.lock();
        settings.fields = found(settings.fields.clone(), &known);
        Ok(())
    }

    async fn look(&self) -> Result<usize, Trouble> {
        self.client.get("myself", &[]).await?;
        self.find_fields().await?;
        let projects = self.client.projects().await?;
        let settings = self.settings.lock();
        let keys: BTreeSet<&str> = projects.things.iter().filter_map(|(_, project)| project["key"].as_str()).collect();
        if let Some(missing) = settings.projects.iter().find(|key| !keys.contains(key.as_str())) {
            return Err(Trouble::Missing(format!(
                "there is no project `{missing}`, or this credential may not see it"
            )));
        }
        Ok(keys.into_iter().filter(|key| wants(&settings, key)).count())
    }

    async fn run(self, cursors: Cursors, outlet: mpsc::Sender<Page>) -> Result<()> {
        let connection = self.connection.clone();
        match self.read(cursors, &outlet).await {
            Err(Trouble::Closed) => Ok(()),
            Err(trouble) => Err(trouble.into_error(JIRA)),
            Ok(failures) => match failures.first() {
                Some(first) => Err(Error::Incomplete { connection, parts: failures.len(), reason: first.clone() }),
                None => Ok(()),
            },
        }
    }

    /// Reads what is new; what could not be read now is told.
    async fn read(&self, cursors: Cursors, outlet: &mpsc::Sender<Page>) -> Result<Vec<String>, Trouble> {
        let settings = self.settings.lock().clone();
        let mut site: Site = cursor(&cursors, SITE, &self.connection)?;
        if !site.place.is_empty() && site.place != self.client.place() {
            return Err(Trouble::Refused(format!(
                "`{}` was read from {} before, and numbers of another site mean other things: give what is at {} a connection of its own",
                self.connection,
                site.place,
                self.client.place()
            )));
        }
        self.client.place().clone_into(&mut site.place);
        // Also shows that Jira knows who asks: it would tell somebody else that there is nothing.
        let me = self.client.get("myself", &[]).await?;
        let (now, zone) = (me.at, me.body["timeZone"].as_str().and_then(|zone| zone.parse().ok()));
        let mut failures = Vec::new();
        let fresh = site.looked.is_none_or(|looked| now - looked >= LOOK_EVERY) || self.whole;
        if fresh {
            self.structure(&mut site, now, &mut failures, outlet).await?;
        }
        let reading = Reading { client: &self.client, settings: &settings, outlet };
        let begins = site.reach.is_none();
        let stale = site.whole_at.is_some_and(|at| now - at >= WHOLE_EVERY);
        if (self.whole || stale) && !begins && site.whole.is_none() {
            site.whole = Some(now);
            send(outlet, SITE, &site, Vec::new()).await?;
        }
        if begins {
            // What changes from now on is a change; what was before is read project by project.
            (site.reach, site.whole_at) = (Some(now), Some(now));
            send(outlet, SITE, &site, Vec::new()).await?;
        }
        let wanted: Vec<Place> = places(&site).into_iter().filter(|place| wants(&settings, &place.key)).collect();
        let mut news = Vec::new();
        for key in &settings.projects {
            let there = wanted.iter().any(|place| place.key == *key);
            let missing = || Trouble::Missing("there is no such project, or this credential may not see it".to_owned());
            let read = if there { Ok(()) } else { Err(missing()) };
            news.extend(settle(&mut site, &mut failures, &format!("project {key}"), read, now)?);
        }
        let ids: BTreeSet<&str> = wanted.iter().map(|place| place.id.as_str()).collect();
        if !begins {
            let changes = reading.changes(&mut site, now, zone, &ids).await;
            news.extend(settle(&mut site, &mut failures, "issues", changes, now)?);
        }
        if !news.is_empty() {
            send(outlet, SITE, &site, news).await?;
        }
        if let Some(doubtful) = self.doubtful.as_deref().filter(|_| failures.is_empty()) {
            let asked = reading.doubtful(&mut site, &ids, doubtful, now).await;
            let told = settle(&mut site, &mut failures, "issues that were not met", asked, now)?;
            if !told.is_empty() {
                send(outlet, SITE, &site, told).await?;
            }
        }
        let mut waiting = Vec::new();
        for place in &wanted {
            let project: Project = cursor(&cursors, &format!("project/{}", place.id), &self.connection)?;
            if project.read.is_none_or(|read| site.whole.is_some_and(|whole| read < whole)) {
                waiting.push((place, project));
            }
        }
        let mut waiting = waiting.into_iter();
        let mut running = FuturesUnordered::new();
        loop {
            for (place, project) in waiting.by_ref().take(AT_ONCE - running.len()) {
                running.push(reading.project(place, project, now, site.whole));
            }
            let Some((key, read)) = running.next().await else { break };
            let told = settle(&mut site, &mut failures, &format!("projects/{key}"), read, now)?;
            if !told.is_empty() {
                send(outlet, SITE, &site, told).await?;
            }
        }
        if let Some(began) = site.whole.filter(|_| failures.is_empty()) {
            (site.whole, site.whole_at) = (None, Some(began));
            send(outlet, SITE, &site, Vec::new()).await?;
        }
        Ok(failures)
    }

    /// Lands projects, statuses, boards and sprints that are new or changed, and tells of those that are gone.
    async fn structure(
        &self,
        site: &mut Site,
        now: i64,
        failures: &mut Vec<String>,
        outlet: &mpsc::Sender<Page>,
    ) -> Result<(), Trouble> {
        let projects = self.client.projects().await?;
        let mut payloads = self.news(site, projects, now).await?;
        for (what, read) in [
            ("statuses", self.client.statuses().await.map(|statuses| vec![statuses])),
            ("boards", self.client.boards().await.map(Vec::from)),
        ] {
            let read = match read {
                Ok(all) => {
                    for things in all {
                        payloads.extend(self.news(site, things, now).await?);
                    }
                    Ok(())
                }
                Err(trouble) => Err(trouble),
            };
            payloads.extend(settle(site, failures, what, read, now)?);
        }
        if failures.is_empty() {
            site.looked = Some(now);
        }
        send(outlet, SITE, site, payloads).await
    }

    /// What is new of some things, and what is gone of them.
    async fn news(&self, site: &mut Site, things: Things, now: i64) -> Result<Vec<Payload>, Trouble> {
        let payload = |key: &str, body: String| Payload {
            stream: things.stream.to_owned(),
            key: key.to_owned(),
            observed_at: now,
            body,
        };
        let (mut payloads, mut there) = (Vec::new(), BTreeSet::new());
        for (key, thing) in &things.things {
            let (name, body) = (format!("{}/{key}", things.stream), thing.to_string());
            let landed = format!("{} {}", sum(&body), thing["key"].as_str().unwrap_or_default());
            if site.landed.get(&name) != Some(&landed) {
                payloads.push(payload(key, body));
                site.landed.insert(name.clone(), landed);
            }
            there.insert(name);
        }
        let start = format!("{}/", things.stream);
        let missing = site.landed.keys().filter(|name| name.starts_with(&start) && !there.contains(*name));
        for name in missing.cloned().collect::<Vec<String>>() {
            let id = &name[start.len()..];
            if !self.client.is_there(things.stream, id).await? {
                payloads.push(payload(id, GONE.to_owned()));
                site.landed.remove(&name);
            }
        }
        Ok(payloads)
    }
}

/// Notes how reading something ended, and what is to be told of it.
fn settle(
    site: &mut Site,
    failures: &mut Vec<String>,
    what: &str,
    read: Result<(), Trouble>,
    now: i64,
) -> Result<Vec<Payload>, Trouble> {
    let reason = match read {
        Ok(()) => None,
        Err(trouble) => {
            let trouble = trouble.unless_fatal()?;
            let reason = format!("{what}: {}", trouble.reason());
            failures.extend(trouble.passes().then(|| reason.clone()));
            Some(reason)
        }
    };
    if site.problems.get(what) == reason.as_ref() {
        return Ok(Vec::new());
    }
    let told = problem(what, reason.as_deref(), now);
    match reason {
        Some(reason) => site.problems.insert(what.to_owned(), reason),
        None => site.problems.remove(what),
    };
    Ok(vec![told])
}

/// Whether a project is to be read.
fn wants(settings: &JiraSettings, key: &str) -> bool {
    (settings.projects.is_empty() || settings.projects.iter().any(|wanted| wanted == key))
        && !settings.exclude.iter().any(|pattern| pattern.matches_any_case(key))
}

/// The projects that were landed.
fn places(site: &Site) -> Vec<Place> {
    let project = |(name, landed): (&String, &String)| {
        let id = name.strip_prefix("projects/")?;
        let key = landed.split_once(' ')?.1;
        Some(Place { id: id.to_owned(), key: key.to_owned() })
    };
    site.landed.iter().filter_map(project).collect()
}

/// Lands issues.
struct Reading<'a> {
    client: &'a Client,
    settings: &'a JiraSettings,
    outlet: &'a mpsc::Sender<Page>,
}

impl Reading<'_> {
    /// Lands what changed since the last reading, in the projects of these ids.
    async fn changes(
        &self,
        site: &mut Site,
        now: i64,
        zone: Option<Tz>,
        projects: &BTreeSet<&str>,
    ) -> Result<(), Trouble> {
        let from = site.reach.unwrap_or(now).min(now) - OVERLAP;
        let begin = || Walk {
            began: now,
            jql: format!("updated >= {} ORDER BY updated DESC", since(from, now, zone)),
            place: None,
        };
        // How many minutes ago something was is another time when the reading goes on later.
        let mut walk = site.walk.clone().filter(|_| zone.is_some()).unwrap_or_else(begin);
        let mut anew = false;
        loop {
            let Issues { issues, next, at } = match self.client.search(&walk.jql, walk.place.as_deref()).await {
                // The place of a page is good for some days only.
                Err(Trouble::Refused(_)) if walk.place.is_some() && !anew => {
                    (walk, anew) = (begin(), true);
                    continue;
                }
                found => found?,
            };
            let of = |issue: &Value| {
                issue.pointer("/fields/project/id").and_then(Value::as_str).is_none_or(|id| projects.contains(id))
            };
            let payloads = self.landed(issues.into_iter().filter(of), at).await?;
            walk.place = next;
            if walk.place.is_none() {
                let was_begun = site.walk.take().is_some();
                site.reach = Some(walk.began);
                // Where nothing changed, nothing is landed: the next reading looks a little further back.
                if payloads.is_empty() && !was_begun {
                    return Ok(());
                }
                return send(self.outlet, SITE, site, payloads).await;
            }
            site.walk = Some(walk.clone());
            send(self.outlet, SITE, site, payloads).await?;
        }
    }

    /// Asks for issues that a reading of all should have met: each is landed as it is, or as gone where Jira knows it no more, or it is
    /// in a project that is not read.
    async fn doubtful(
        &self,
        site: &mut Site,
        projects: &BTreeSet<&str>,
        ids: &[String],
        now: i64,
    ) -> Result<(), Trouble> {
        for some in ids.chunks(AT_A_TIME) {
            let mut payloads = Vec::with_capacity(some.len());
            for id in some {
                payloads.push(self.client.doubtful(id, projects, now).await?);
            }
            send(self.outlet, SITE, site, payloads).await?;
        }
        // Where there were as many as are asked for at once there may be more.
        if ids.len() < MOST_DOUBTFUL {
            site.asked_for = site.whole_at;
            send(self.outlet, SITE, site, Vec::new()).await?;
        }
        Ok(())
    }

    /// Lands all issues of a project.
    async fn project(
        &self,
        place: &Place,
        mut project: Project,
        now: i64,
        whole: Option<i64>,
    ) -> (String, Result<(), Trouble>) {
        // A reading that began before all was to be read anew is not one of all.
        project.walk = project.walk.filter(|walk| whole.is_none_or(|whole| walk.began >= whole));
        let read = self.walk(&place.id, &mut project, now).await;
        (place.key.clone(), read)
    }

    async fn walk(&self, id: &str, project: &mut Project, now: i64) -> Result<(), Trouble> {
        let part = format!("project/{id}");
        let begin = || Walk { began: now, jql: format!("project = {id} ORDER BY updated DESC"), place: None };
        let mut walk = project.walk.clone().unwrap_or_else(begin);
        let mut anew = false;
        let since = self.settings.since.map(|day| day.and_time(NaiveTime::MIN).and_utc().timestamp_micros());
        loop {
            let Issues { issues, next, at } = match self.client.search(&walk.jql, walk.place.as_deref()).await {
                Err(Trouble::Refused(_)) if walk.place.is_some() && !anew => {
                    (walk, anew) = (begin(), true);
                    continue;
                }
                found => found?,
            };
            let too_old = |issue: &Value| since.zip(updated(issue)).is_some_and(|(since, updated)| updated < since);
            let cut = issues.iter().any(too_old);
            let payloads = self.landed(issues.into_iter().filter(|issue| !too_old(issue)), at).await?;
            walk.place = next;
            if walk.place.is_none() || cut {
                *project = Project { read: Some(walk.began), walk: None };
                return send(self.outlet, &part, project, payloads).await;
            }
            project.walk = Some(walk.clone());
            send(self.outlet, &part, project, payloads).await?;
        }
    }

    /// Issues as payloads, each with all of its history.
    async fn landed(&self, issues: impl Iterator<Item = Value>, at: i64) -> Result<Vec<Payload>, Trouble> {
        let mut payloads = Vec::new();
        for issue in issues {
            payloads.extend(self.client.whole(issue, at).await?);
        }
        Ok(payloads)
    }
}

/// A time as JQL takes it. Jira reads days and hours in the time zone of whoever asks; where that is not known, it is told how
/// many minutes ago it was.
fn since(from: i64, now: i64, zone: Option<Tz>) -> String {
    let local = zone.zip(DateTime::from_timestamp_micros(from)).map(|(zone, at)| {
        let local = at.with_timezone(&zone).naive_local();
        // Of an hour that comes twice, Jira might mean the second.
        let twice = matches!(zone.from_local_datetime(&local), LocalResult::Ambiguous(..));
        if twice { local - TimeDelta::hours(1) } else { local }
    });
    match local {
        Some(local) => format!("\"{}\"", local.format("%Y/%m/%d %H:%M")),
        None => format!("-{}m", (now - from) / MINUTE + 1),
    }
}

/// When an issue was changed last.
fn updated(issue: &Value) -> Option<i64> {
    let text = issue.pointer("/fields/updated")?.as_str()?;
    DateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f%z").ok().map(|time| time.timestamp_micros())
}

impl Source for JiraSource {
    fn connector(&self) -> &'static str {
        CONNECTOR
    }

    fn connection(&self) -> &str {
        &self.connection
    }

    fn settings(&self) -> Value {
        serde_json::to_value(&*self.settings.lock()).unwrap_or_default()
    }

    fn doubts(&self, cursors: &Cursors) -> Option<Doubts> {
        let site: Site = cursor(cursors, SITE, &self.connection).ok()?;
        let settings = self.settings.lock();
        // Of what is older than is read, none is met.
        let before = site.whole_at.filter(|at| settings.since.is_none() && site.asked_for != Some(*at))?;
        let places = places(&site).into_iter().filter(|place| wants(&settings, &place.key));
        let projects = places.map(|place| format!("{}:projects/{}", self.connection, place.id)).collect();
        Some(Doubts { entity: "work_items", before, projects, most: MOST_DOUBTFUL })
    }

    fn doubtful(&mut self, ids: Vec<String>) {
        let start = format!("{}:issues/", self.connection);
        self.doubtful = Some(ids.iter().filter_map(|id| id.strip_prefix(&start)).map(str::to_owned).collect());
    }

    fn pages(self: Box<Self>, cursors: Cursors, _: Clock) -> Pages {
        flowing(move |outlet| self.run(cursors, outlet))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
