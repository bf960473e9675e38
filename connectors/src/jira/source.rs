//! Reads a connection: what issues hang on, what changed since the last reading, and projects that were never read.

use super::CONNECTOR;
use super::above::Above;
use super::client::{Client, Edition, JIRA};
use super::cursor::{Days, PROJECT, Project, Site, ended, try_read};
use super::development::{Development, Left};
use super::fields::{found, found_of_data_center, with_points};
use super::gaps;
use super::look::Look;
use super::reading::{AT_ONCE, MINUTE, MOST_DOUBTFUL, Place, Reading, hides};
use super::rekeyed::rekeyed;
use super::settings::{Fields, JiraSettings};
use super::turns::Turns;
use super::webhook::deleted_project;
use crate::lost::Lost;
use crate::net::{Manner, Trouble};
use crate::since::reaches;
use crate::source::{Doubts, Pages, Source, cursor, flowing, problem, send, send_over, send_page};
use crate::{Budget, Budgets, Error, Keeper, Met, Numbered, Range, Result};
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use parking_lot::Mutex;
use pulse_engine::Clock;
use pulse_engine::land::{Crowd, Cursors, Page, Payload, SETTINGS};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::mpsc;
use url::Url;

/// How often projects with their versions and components, statuses, types, fields, boards and sprints are looked at.
const LOOK_EVERY: i64 = 60 * MINUTE;
/// How often everything is read anew: no search tells of what was deleted, and a call of a hook about it may have been lost.
const WHOLE_EVERY: i64 = 7 * 24 * 60 * MINUTE;
/// How the problems of what Jira knows of pull requests end.
const DEVELOPMENT: &str = "/development";
/// How the problems of projects end of whose issues very many are out of sight.
const ISSUES: &str = "/issues";
/// How problems are called that are of no project, and stand until somebody looks again.
pub(super) const CHANGES: &str = "issues";
const NOT_MET: &str = "issues that were not met";
const SPAN: &str = "a span of days";
const LOST: &str = "cursors";
const QUERY: &str = "incidents.jql";
/// The part that is about no one project.
pub(super) const SITE: &str = "site";
/// The part that is about a span of days that is read anew.
pub(super) const DAYS: &str = "days";

/// A connection to Jira, ready to be read.
#[derive(Debug)]
pub struct JiraSource {
    connection: String,
    client: Client,
    /// With the fields that were found, once they were looked for.
    settings: Mutex<JiraSettings>,
    /// What Jira said of its fields then.
    fields: Mutex<Vec<Value>>,
    /// Whether those of points are found, as nobody said which they are.
    finds_points: bool,
    whole: bool,
    range: Option<Range>,
    /// Issues that the last reading of all that there is did not meet, once they were looked for.
    doubtful: Option<Vec<String>>,
    /// As what issues were landed, where this reads all that there is.
    known: Met,
    /// What earlier readings left of issues, until this one takes it.
    left: Left,
    /// The projects of which a hook was told that they were deleted, by their numbers.
    deleted: BTreeSet<String>,
}

impl JiraSource {
    /// The connection `name` to `place`, such as `https://acme.atlassian.net`.
    ///
    /// # Errors
    /// [`Error::Address`] when that may not be asked, [`Error::Setting`] when the credential or the settings can be none.
    pub fn new(name: &str, place: &Url, credential: &str, settings: JiraSettings, manner: Manner) -> Result<Self> {
        settings.check()?;
        let client = Client::new(place, credential, manner)?;
        let finds_points = settings.fields.points.is_empty();
        let (connection, settings) = (format!("{CONNECTOR}:{name}"), Mutex::new(settings));
        let (fields, known, left, deleted) = (Mutex::default(), Met::default(), Left::default(), BTreeSet::new());
        let (whole, range, doubtful) = (false, None, None);
        Ok(Self { connection, client, settings, fields, finds_points, whole, range, doubtful, known, left, deleted })
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

    /// Knows what another reading was told of Jira's budgets.
    pub(super) fn know_budgets(&self, told: &[(Budget, Duration)]) {
        self.client.know_budgets(told);
    }

    /// Reads everything anew, whatever is new.
    #[must_use]
    pub fn whole(self) -> Self {
        Self { whole: true, ..self }
    }

    /// Reads the issues anew that changed last in some days, or were made in them, whatever the setting `since` says; and nothing
    /// else but what it needs to know. What is gone is not told by it.
    #[must_use]
    pub fn range(self, range: Range) -> Self {
        Self { range: Some(range), ..self }
    }

    /// Looks at what there is, and lands nothing: whether the credential is good, how many projects it may read, and which
    /// fields mean what.
    ///
    /// # Errors
    /// What a reading would fail at; [`Error::Refused`] when a project of the settings is not there.
    pub async fn check(&self) -> Result<usize> {
        self.look().await.map_err(|trouble| trouble.into_error(JIRA))
    }

    /// Looks which fields mean what, and where people open issues, where nobody said.
    ///
    /// # Errors
    /// What a reading would fail at.
    pub async fn prepare(&self) -> Result<()> {
        self.find().await.map_err(|trouble| trouble.into_error(JIRA))
    }

    async fn find(&self) -> Result<(), Trouble> {
        let known = self.client.fields().await?;
        let site = self.client.site().await?;
        let mut settings = self.settings.lock();
        settings.site = settings.site.take().or(site);
        settings.fields = self.fill(settings.fields.clone(), &known);
        *self.fields.lock() = known;
        Ok(())
    }

    /// Fills in what these leave open, by fields that Jira told.
    fn fill(&self, fields: Fields, told: &[Value]) -> Fields {
        let fields = found(fields, told);
        if self.client.edition == Edition::DataCenter { found_of_data_center(fields, told) } else { fields }
    }

    /// The settings, also with what is found no more of fields: Jira tells those alone that projects in sight have.
    fn filled(&self, site: &Site) -> JiraSettings {
        let settings = self.settings.lock().clone();
        let fields = self.fill(settings.fields.clone(), &site.fields);
        let fields = if self.finds_points { with_points(fields, &site.fields) } else { fields };
        JiraSettings { fields, ..settings }
    }

    async fn look(&self) -> Result<usize, Trouble> {
        self.client.get("myself", &[]).await?;
        self.find().await?;
        let incidents = self.settings.lock().incidents.jql.clone();
        if let Some(jql) = incidents {
            self.client.try_incidents(&jql).await?;
        }
        let projects = self.client.projects().await?;
        let there = projects.things.iter().map(|(_, project)| project);
        let settings = self.settings.lock().knowing(&rekeyed(there.clone()));
        let keys: BTreeSet<&str> = there.filter_map(|project| project["key"].as_str()).collect();
        if let Some(missing) = settings.projects.iter().find(|key| !keys.contains(settings.key_now(key))) {
            return Err(Trouble::Missing(format!(
                "there is no project `{missing}`, or this credential may not see it"
            )));
        }
        Ok(keys.into_iter().filter(|key| settings.wants(key)).count())
    }

    async fn run(mut self, cursors: Cursors, clock: Clock, outlet: mpsc::Sender<Page>) -> Result<()> {
        let connection = self.connection.clone();
        let left = std::mem::take(&mut self.left);
        match self.read(cursors, clock, left, &outlet).await {
            Err(Trouble::Closed) => Ok(()),
            Err(trouble) => Err(trouble.into_error(JIRA)),
            Ok(failures) => match failures.first() {
                Some(first) => Err(Error::Incomplete { connection, parts: failures.len(), reason: first.clone() }),
                None => Ok(()),
            },
        }
    }

    /// Reads what is new; what could not be read now is told.
    async fn read(
        &self,
        mut cursors: Cursors,
        clock: Clock,
        left: Left,
        outlet: &mpsc::Sender<Page>,
    ) -> Result<Vec<String>, Trouble> {
        let mut lost = Lost::of(&mut cursors, try_read);
        left.tell(&mut lost)?;
        let mut site = Site::of(&cursors, &self.connection)?;
        site.lose(&lost.cursors);
        let settings = self.filled(&site);
        let field =
            settings.fields.development.clone().filter(|_| settings.development && self.client.has_dev_status());
        let development = Development::new(field, left);
        self.client.doubts_incidents.store(site.problems.contains_key(QUERY), Ordering::Relaxed);
        let landed = settings.knowing(&site.rekeyed);
        if !site.place.is_empty() && site.place != self.client.place() {
            return Err(Trouble::Refused(format!(
                "`{}` was read from {} before, and numbers of another site mean other things: give what is at {} a connection of its own",
                self.connection,
                site.place,
                self.client.place()
            )));
        }
        self.client.place().clone_into(&mut site.place);
        let mut earlier = site.unparted(&cursors)?;
        // Before anything of them is read: what is found to fail again stands anew.
        earlier.extend(ended(&mut cursors));
        if !earlier.is_empty() {
            send_page(outlet, SITE, &site, Page { cursors: earlier, ..Page::default() }).await?;
        }
        // Also shows that Jira knows who asks: it would tell somebody else that there is nothing.
        let me = self.client.get("myself", &[]).await?;
        let (now, zone) = (me.at, me.body["timeZone"].as_str().and_then(|zone| zone.parse().ok()));
        // Cloud numbers accounts, and Data Center has a key for each.
        let account = ["accountId", "key", "name"].iter().find_map(|name| me.body[*name].as_str());
        if site.met_by.is_none() {
            site.met_by.clone_from(&site.account);
        }
        let (mut failures, lost_reason) = (Vec::new(), lost.reason());
        let is_lost = lost_reason.is_some();
        if let Some(reason) = lost_reason {
            tracing::warn!(connection = %self.connection, %reason, "cursors cannot be read");
            let payloads = settle(&mut site, &mut failures, LOST, Err(Trouble::Refused(reason)), now)?;
            send_page(outlet, SITE, &site, Page { payloads, cursors: lost.cursors }).await?;
        }
        let stale = site.whole_at.is_some_and(|at| now - at >= WHOLE_EVERY);
        let whole = self.whole || stale && site.whole.is_none();
        let is_old = |looked| self.range.is_none() && (now - looked >= LOOK_EVERY || whole);
        if site.looked.is_none_or(is_old) {
            let (client, connection) = (&self.client, &self.connection);
            let fields = std::mem::take(&mut *self.fields.lock());
            let is_asked = self.whole;
            let (cursors, deleted) = (&cursors, &self.deleted);
            let look = Look { client, connection, cursors, outlet, now, whole, deleted, is_asked, account, fields };
            look.site(&mut site, &mut failures, |site| wanted(site, &settings)).await?;
        }
        let settings = self.filled(&site).knowing(&site.rekeyed);
        if settings != landed {
            let (stream, key) = (SETTINGS.to_owned(), SETTINGS.to_owned());
            let body = serde_json::to_string(&settings).map_err(Error::from)?;
            send(outlet, SITE, &site, vec![Payload { stream, key, observed_at: clock.now(), body }]).await?;
        }
        let (client, known) = (&self.client, &self.known);
        let above = Above::default();
        let met_by_another = account.is_some_and(|now| site.met_by.as_deref().is_some_and(|before| before != now));
        let is_asked = self.whole || site.is_asked;
        let is_another = met_by_another && !is_asked;
        let (settings, development) = (&settings, &development);
        let failing = site.problems.keys().cloned().chain(gaps::known(&cursors)).collect();
        let reading = Reading {
            client,
            settings,
            outlet,
            development,
            known,
            above,
            account,
            is_another,
            is_asked,
            zone,
            failing,
        };
        let wanted = wanted(&site, settings);
        let ids: BTreeSet<&str> = wanted.iter().map(|place| place.id.as_str()).collect();
        if let Some(range) = self.range {
            range.check()?;
            let days: Days = cursor(&cursors, DAYS, &self.connection)?;
            let read = reading.days(range, days, now, zone, &ids).await;
            let is_read = read.is_ok();
            let told = settle(&mut site, &mut failures, SPAN, read, now)?;
            if !told.is_empty() {
                send(outlet, SITE, &site, told).await?;
            }
            let over = self.developments(&reading, &mut site, &wanted, &mut failures, now).await?;
            if !over.is_empty() {
                send(outlet, SITE, &site, over).await?;
            }
            if is_read {
                // Whoever asks for these days again has them read again.
                send(outlet, DAYS, &Days::default(), Vec::new()).await?;
            }
            return Ok(failures);
        }
        // Which issues are gone is found whatever else could not be read.
        let mut of_issues = Vec::new();
        let begins = site.reach.is_none();
        if (self.whole || stale) && !begins && site.whole.is_none() {
            (site.whole, site.is_asked) = (Some(now), self.whole);
            site.read_by = account.map(str::to_owned);
            send(outlet, SITE, &site, Vec::new()).await?;
        } else if self.whole && !begins && !site.is_asked {
            site.is_asked = true;
            send(outlet, SITE, &site, Vec::new()).await?;
        }
        if begins {
            // What changes from now on is a change; what was before is read project by project.
            (site.reach, site.whole_at) = (Some(now), Some(now));
            site.read_by = account.map(str::to_owned);
            site.met_by.clone_from(&site.read_by);
            // Projects that were read before lack what changed since, and when that began is lost.
            site.whole = Some(now).filter(|_| site.is_lost);
            send(outlet, SITE, &site, Vec::new()).await?;
        }
        let mut news = Vec::new();
        for key in &settings.projects {
            let there = wanted.iter().any(|place| place.key == settings.key_now(key));
            let missing = || Trouble::Missing("there is no such project, or this credential may not see it".to_owned());
            let read = if there { Ok(()) } else { Err(missing()) };
            news.extend(settle(&mut site, &mut of_issues, &format!("project {key}"), read, now)?);
        }
        // Of projects that are not read any more nothing could not be read.
        for what in site.problems.keys().filter(|what| is_over(what, settings, &wanted)).cloned().collect::<Vec<_>>() {
            news.extend(settle(&mut site, &mut of_issues, &what, Ok(()), now)?);
        }
        let changes = if begins { Ok(()) } else { reading.changes(&mut site, now, zone, &ids).await };
        news.extend(settle(&mut site, &mut of_issues, CHANGES, changes, now)?);
        if site.is_lost {
            for what in [NOT_MET, SPAN] {
                news.extend(settle(&mut site, &mut of_issues, what, Ok(()), now)?);
            }
        }
        // What is told for as long as it is not known what was told goes out once, at the end: a page of it each time would be all that a
        // reading comes to that is stopped after a page.
        if !news.is_empty() && !site.is_lost {
            send(outlet, SITE, &site, std::mem::take(&mut news)).await?;
        }
        reading.untold(&cursors, &self.connection, &ids, now).await?;
        reading.gaps(&cursors, &self.connection, &ids, now).await?;
        if let Some(doubtful) = self.doubtful.as_deref().filter(|_| of_issues.is_empty()) {
            let asked = reading.doubtful(&mut site, &ids, doubtful, now).await;
            // What was told of some of them stands until all is read anew.
            if asked.is_err() || !doubtful.is_empty() {
                let told = settle(&mut site, &mut of_issues, NOT_MET, asked, now)?;
                if !told.is_empty() {
                    send(outlet, SITE, &site, told).await?;
                }
            }
        }
        // What was not read meanwhile is read anew once it is read again. Of a project that is gone nothing is left to know.
        let projects = cursors.keys().filter_map(|part| Some((part, part.strip_prefix(PROJECT)?)));
        for (part, id) in projects.filter(|(_, id)| !ids.contains(id)) {
            if !site.landed.contains_key(&format!("projects/{id}")) {
                send_over(outlet, part, Page::default()).await?;
                continue;
            }
            let project: Project = cursor(&cursors, part, &self.connection)?;
            let anew = project.anew();
            if project != anew {
                send(outlet, part, &anew, Vec::new()).await?;
            }
        }
        let mut turns = Turns::default();
        for place in &wanted {
            let project: Project = cursor(&cursors, &format!("{PROJECT}{}", place.id), &self.connection)?;
            let is_old = |read| site.whole.is_some_and(|whole| read < whole);
            let is_asked = project.incidents == settings.incidents.jql && !project.went_by_another_than(&place.key);
            if project.read.is_none_or(is_old) || !reaches(project.since, settings.since) || !is_asked {
                turns.add(reading.turn(place, project, site.whole));
            }
        }
        let (others, mut running) = (of_issues.len(), FuturesUnordered::new());
        loop {
            while running.len() < AT_ONCE
                && let Some(turn) = turns.take_first()
            {
                running.push(reading.project(turn, now));
            }
            let Some((turn, read)) = running.next().await else { break };
            let read = match read {
                Ok(true) => {
                    turns.add(turn);
                    continue;
                }
                Ok(false) => Ok(()),
                Err(trouble) => Err(trouble),
            };
            let (what, hidden) = (format!("projects/{}", turn.place.key), hides(&turn.project));
            let mut told = settle(&mut site, &mut of_issues, &what, read, now)?;
            told.extend(settle(&mut site, &mut of_issues, &format!("{what}{ISSUES}"), hidden, now)?);
            if !told.is_empty() {
                send(outlet, SITE, &site, told).await?;
            }
        }
        // A project that fails is waited for, but not for so long that the others are due again.
        let is_over = |began: &i64| of_issues.is_empty() || others == 0 && now - began >= WHOLE_EVERY;
        if let Some(began) = site.whole.filter(is_over) {
            (site.whole, site.whole_at, site.asked_until, site.kept) = (None, Some(began), None, 0);
            let told = settle(&mut site, &mut of_issues, NOT_MET, Ok(()), now)?;
            send(outlet, SITE, &site, told).await?;
        }
        // It says nothing of the query that it was not asked.
        let asked = match settings.incidents.jql {
            Some(_) => self.client.asked.lock().take(),
            None => Some(Ok(())),
        };
        if let Some(asked) = asked {
            news.extend(settle(&mut site, &mut of_issues, QUERY, asked.map_err(Trouble::Refused), now)?);
        }
        failures.extend(of_issues);
        news.extend(self.developments(&reading, &mut site, &wanted, &mut failures, now).await?);
        let was_lost = site.is_lost;
        if failures.is_empty() {
            // Somebody is told of it until the next reading.
            if !is_lost {
                news.extend(settle(&mut site, &mut failures, LOST, Ok(()), now)?);
            }
            site.is_lost = false;
        }
        if !news.is_empty() || was_lost != site.is_lost {
            send(outlet, SITE, &site, news).await?;
        }
        Ok(failures)
    }

    /// Lands what issues say anew of pull requests, project by project: who may see a project's issues may not see these. Comes to what
    /// there is to tell of those in whose way nothing stands any more.
    async fn developments(
        &self,
        reading: &Reading<'_>,
        site: &mut Site,
        wanted: &[Place],
        failures: &mut Vec<String>,
        now: i64,
    ) -> Result<Vec<Payload>, Trouble> {
        let (owed, what) = (reading.development.owed(), |key: &str| format!("projects/{key}{DEVELOPMENT}"));
        let mut over: BTreeSet<String> =
            site.problems.keys().filter(|told| told.ends_with(DEVELOPMENT)).cloned().collect();
        if site.is_lost {
            over.extend(wanted.iter().map(|place| what(&place.key)));
        }
        for (id, issues) in &owed {
            let key = wanted.iter().find(|place| place.id == *id).map_or(id.as_str(), |place| place.key.as_str());
            let read = reading.developments(issues, now).await;
            over.remove(&what(key));
            let told = settle(site, failures, &what(key), read, now)?;
            if !told.is_empty() {
                send(reading.outlet, SITE, site, told).await?;
            }
        }
        // Where nothing is to be asked for any more, nothing stands in its way.
        let mut told = Vec::new();
        for what in over {
            told.extend(settle(site, failures, &what, Ok(()), now)?);
        }
        Ok(told)
    }
}

/// Notes how reading something ended, and what is to be told of it.
pub(super) fn settle(
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
    // Where it is not known what was told, it is told that nothing is in the way.
    let is_told = reason.is_some() || !site.is_lost;
    if is_told && site.problems.get(what) == reason.as_ref() {
        return Ok(Vec::new());
    }
    let told = problem(what, reason.as_deref(), now);
    match reason {
        Some(reason) => site.problems.insert(what.to_owned(), reason),
        None => site.problems.remove(what),
    };
    Ok(vec![told])
}

/// Whether a problem is one of a project that is not read any more.
fn is_over(what: &str, settings: &JiraSettings, wanted: &[Place]) -> bool {
    if let Some(key) = what.strip_prefix("project ") {
        return !settings.projects.iter().any(|named| named == key);
    }
    what.strip_prefix("projects/").is_some_and(|key| {
        let key = key.strip_suffix(ISSUES).unwrap_or(key);
        !key.contains('/') && !wanted.iter().any(|place| place.key == key)
    })
}

/// The projects that were landed and are to be read, as far as they are in sight.
fn wanted(site: &Site, settings: &JiraSettings) -> Vec<Place> {
    let settings = settings.knowing(&site.rekeyed);
    let project = |(name, landed): (&String, &String)| {
        let id = name.strip_prefix("projects/")?;
        let key = landed.split_once(' ')?.1;
        let is_read = settings.wants(key) && !site.unseen.contains(id);
        is_read.then(|| Place { id: id.to_owned(), key: key.to_owned() })
    };
    site.landed.iter().filter_map(project).collect()
}

impl Source for JiraSource {
    fn connector(&self) -> &'static str {
        CONNECTOR
    }

    fn connection(&self) -> &str {
        &self.connection
    }

    fn settings(&self, cursors: &Cursors) -> Value {
        // Where these cannot be read, reading says so.
        let site: Site = cursor(cursors, SITE, &self.connection).unwrap_or_default();
        serde_json::to_value(self.filled(&site).knowing(&site.rekeyed)).unwrap_or_default()
    }

    fn budgets(&self) -> Budgets {
        self.client.budgets()
    }

    fn crowd(&mut self) -> Option<&mut dyn Crowd> {
        Some(&mut self.left)
    }

    fn doubts(&self, cursors: &Cursors) -> Option<Doubts> {
        let site = Site::of(cursors, &self.connection).ok().filter(|_| self.range.is_none())?;
        let settings = self.settings.lock();
        let before = site.doubts_since().filter(|at| site.asked_for != Some(*at))?;
        // In a project that was not read nothing was to be met, and what is out of sight is asked for in vain.
        let is_read = |place: &Place| {
            let project: Project =
                cursor(cursors, &format!("{PROJECT}{}", place.id), &self.connection).unwrap_or_default();
            project.read.is_some_and(|read| read >= before) && !project.hides
        };
        let places = wanted(&site, &settings).into_iter().filter(is_read);
        let projects = places.map(|place| format!("{}:projects/{}", self.connection, place.id)).collect();
        let after = site.asked_until.as_ref().map(|id| format!("{}:issues/{id}", self.connection));
        Some(Doubts { entity: "work_items", under: "issues", before, projects, after, most: MOST_DOUBTFUL })
    }

    fn doubtful(&mut self, ids: Vec<String>) {
        let start = format!("{}:issues/", self.connection);
        self.doubtful = Some(ids.iter().filter_map(|id| id.strip_prefix(&start)).map(str::to_owned).collect());
    }

    fn known(&self, cursors: &Cursors) -> Option<Numbered> {
        let site: Site = cursor(cursors, SITE, &self.connection).ok().filter(|_| self.range.is_none())?;
        let since = site.whole_at?;
        // Whether all is to be read is decided later, by Jira's clock. Where ours is wrong by more than this, too much is known, or all lands.
        let is_soon = self.client.now() - since >= WHOLE_EVERY - 10 * MINUTE;
        let is_whole = self.whole || site.whole.is_some() || is_soon;
        is_whole.then_some(Numbered { entity: "work_items", under: "issues", since })
    }

    fn know(&mut self, met: Met) {
        self.known = met;
    }

    fn listens(&mut self, cursors: &Cursors, _: i64, _: bool) -> Option<i64> {
        let site: Site = cursor(cursors, SITE, &self.connection).ok().filter(|_| self.range.is_none())?;
        let looked = site.looked?;
        // Whether projects are looked at is decided later, by Jira's clock, as times of calls are.
        let is_soon = self.whole || self.client.now() - looked >= LOOK_EVERY - 10 * MINUTE;
        is_soon.then_some(looked - 10 * MINUTE)
    }

    fn hears(&mut self, call: &str) {
        self.deleted.extend(deleted_project(call));
    }

    fn pages(self: Box<Self>, cursors: Cursors, clock: Clock) -> Pages {
        flowing(move |outlet| self.run(cursors, clock, outlet))
    }
}
