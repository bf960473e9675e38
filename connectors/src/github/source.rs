//! Reads a connection: what there is, then every repository with news, several at once.

mod gone;

use super::CONNECTOR;
use super::answer::GITHUB;
use super::calls::Calls;
use super::client::Client;
use super::cursor::{Owners, Part, TEAMS_UNSEEN, try_read};
use super::probe::{Found, Probe, look, look_at};
use super::reader::{Read, Reader};
use super::settings::GithubSettings;
use super::teams::{Teams, teams};
use super::turns::{Rest, Turn, Turns, in_turn};
use crate::lost::Lost;
use crate::net::Manner;
use crate::net::Trouble;
use crate::source::{Pages, Source, cursor, flowing, problem, send, send_page};
use crate::{Budget, Budgets, Error, Met, Range, Result};
use futures::StreamExt as _;
use futures::stream::FuturesUnordered;
use gone::UNSEEN;
use parking_lot::Mutex;
use pulse_engine::Clock;
use pulse_engine::land::{Cursors, Page, Payload, SETTINGS};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::mpsc;
use url::Url;

/// How many repositories are read at once.
const AT_ONCE: usize = 6;
/// How many bytes of what refs stand on land together.
const REFS: usize = 1 << 20;
/// How often teams are read, in microseconds.
pub(super) const TEAMS_EVERY: i64 = 24 * 3600 * 1_000_000;
/// The part that is about no repository.
pub(super) const OWNERS: &str = "owners";
/// What cursors that could not be read are told as.
const CURSORS: &str = "cursors";
/// How the problems of fields begin that a server does not know.
const FIELDS: &str = "fields/";

/// A connection to GitHub, ready to be read.
#[derive(Debug)]
pub struct GithubSource {
    connection: String,
    client: Client,
    settings: GithubSettings,
    whole: bool,
    range: Option<Range>,
    /// As what things of lists were met, of those that are to be read whole, by the names of these.
    known: BTreeMap<String, Met>,
    /// What hooks were called about since the last reading.
    calls: Calls,
    /// Whether all that there is is looked at whatever that is.
    everywhere: bool,
}

impl GithubSource {
    /// The connection `name` to `place`: `https://api.github.com`, or the address of an Enterprise Server.
    ///
    /// # Errors
    /// [`Error::Address`] when that may not be asked, [`Error::Setting`] when the name, the credential or the settings can be
    /// none. Only an app knows by itself what it is to read.
    pub fn new(name: &str, place: &Url, credential: &str, settings: GithubSettings, manner: Manner) -> Result<Self> {
        settings.check()?;
        let client = Client::new(place, credential, manner)?;
        if settings.names_nothing() && !client.is_app() {
            return Err(Error::Setting(
                "settings of GitHub: name `owners` (organizations or users) or `repositories` (`owner/name`) to read"
                    .to_owned(),
            ));
        }
        let (connection, known, calls) = (format!("{CONNECTOR}:{name}"), BTreeMap::new(), Calls::default());
        Ok(Self { connection, client, settings, whole: false, range: None, known, calls, everywhere: false })
    }

    /// Reads everything anew, whatever is new: so that what was deleted long ago is noticed, too.
    #[must_use]
    pub fn whole(self) -> Self {
        Self { whole: true, ..self }
    }

    /// Looks for what is new in all that there is, whatever hooks were called about: for whoever asks by hand.
    #[must_use]
    pub fn everywhere(self) -> Self {
        Self { everywhere: true, ..self }
    }

    /// Reads what was made or changed in those days anew, whatever `since` says, and nothing else. It says nothing of what is gone.
    #[must_use]
    pub fn range(self, range: Range) -> Self {
        Self { range: Some(range), ..self }
    }

    /// Knows what another reading was told of GitHub's budgets.
    pub(super) fn know_budgets(&self, told: &[(Budget, Duration)]) {
        self.client.know_budgets(told);
    }

    /// Looks at what there is, and lands nothing: whether the credential is good, and how many repositories it may read.
    ///
    /// # Errors
    /// What a reading would fail at; [`Error::Vendor`] when an owner or repository of the settings cannot be looked at.
    pub async fn check(&self) -> Result<usize> {
        let found = look(&self.client, &self.settings).await.map_err(|trouble| trouble.into_error(GITHUB))?;
        // One of an owner's that nobody named keeps none of the others from being read.
        let is_named = |name: &str| {
            !name.contains('/') || self.settings.repositories.iter().any(|named| named.eq_ignore_ascii_case(name))
        };
        match found.problems.into_iter().find(|(name, _)| is_named(name)) {
            Some((name, trouble)) => {
                let trouble = match trouble {
                    Trouble::Missing(reason) | Trouble::Refused(reason) => {
                        Trouble::Refused(format!("{name}: {reason}"))
                    }
                    other => other,
                };
                Err(trouble.into_error(GITHUB))
            }
            None => match found.lacks {
                Some(reason) => Err(Error::Refused { vendor: GITHUB, reason }),
                None => Ok(found.repositories.values().filter(|probe| self.reads(probe)).count()),
            },
        }
    }

    /// Whether the settings want a repository read.
    fn reads(&self, probe: &Probe) -> bool {
        let (settings, about) = (&self.settings, &probe.about);
        (settings.forks || !about.is_fork)
            && (settings.archived || !about.is_archived)
            && !settings.exclude.iter().any(|pattern| pattern.matches_any_case(probe.name()))
    }

    async fn run(self, cursors: Cursors, clock: Clock, outlet: mpsc::Sender<Page>) -> Result<()> {
        match self.read(cursors, clock, &outlet).await {
            Err(Trouble::Closed) => Ok(()),
            Err(trouble) => Err(trouble.into_error(GITHUB)),
            Ok(failures) => {
                match failures.into_iter().fold((0, None), |(n, first), reason| (n + 1, first.or(Some(reason)))) {
                    (_, None) => Ok(()),
                    (parts, Some(reason)) => Err(Error::Incomplete { connection: self.connection, parts, reason }),
                }
            }
        }
    }

    /// Reads what is new; what could not be read now is told.
    async fn read(
        &self,
        mut cursors: Cursors,
        clock: Clock,
        outlet: &mpsc::Sender<Page>,
    ) -> Result<Vec<String>, Trouble> {
        let lost = Lost::of(&mut cursors, try_read);
        let mut owners: Owners = cursor(&cursors, OWNERS, &self.connection)?;
        let mut parts = Part::all(&mut cursors, &self.connection)?;
        if !owners.place.is_empty() && owners.place != self.client.place() {
            return Err(Trouble::Refused(format!(
                "`{}` was read from {} before, and numbers of another server mean other things: give what is at {} a connection of its own",
                self.connection,
                owners.place,
                self.client.place()
            )));
        }
        // Some at a time, since all of them may be more than lands together.
        let (mut refs, mut bytes) = (Cursors::new(), 0);
        for (id, part) in Part::unparted(&parts, &cursors) {
            let (name, text) = part.refs(id)?;
            bytes += text.len();
            refs.insert(name, text);
            if bytes >= REFS {
                let page = Page { cursors: std::mem::take(&mut refs), ..Page::default() };
                outlet.send(page).await.map_err(|_| Trouble::Closed)?;
                bytes = 0;
            }
        }
        if !refs.is_empty() {
            outlet.send(Page { cursors: refs, ..Page::default() }).await.map_err(|_| Trouble::Closed)?;
        }
        let lost_reason = lost.reason();
        let is_all = self.everywhere || self.whole || owners.whole.is_some() || self.range.is_some();
        let is_news = lost_reason.is_none() && !is_all;
        if let Some(alone) = self.calls.alone(&owners, &parts).filter(|_| is_news)
            && let Some(mut probes) = look_at(&self.client, &alone).await?
        {
            probes.retain(|probe| self.reads(probe));
            let at = probes.iter().map(|probe| probe.at).max();
            let failures = self.each(probes, &mut parts, &mut cursors, None, None, outlet).await?;
            if let Some(at) = at {
                self.left_out(at, false, &mut owners, outlet).await?;
            }
            if at.is_some() && failures.is_empty() {
                self.calls.heard(&mut owners);
                send(outlet, OWNERS, &owners, Vec::new()).await?;
            }
            return Ok(failures);
        }
        let found = look(&self.client, &self.settings).await?;
        if let Some(reason) = &lost_reason {
            tracing::warn!(connection = %self.connection, %reason, "cursors cannot be read");
            if lost.cursors.contains_key(OWNERS) {
                owners.lose(&found.owners, &self.settings.repositories);
            }
            // It is told with what is lost: whoever reads after a stop behind it finds cursors that can be read.
            owners.problems.insert(CURSORS.to_owned(), reason.clone());
            let payloads = vec![problem(CURSORS, Some(reason.as_str()), self.newest(&found))];
            let cursors = Part::lose(&mut parts, lost.cursors)?;
            send_page(outlet, OWNERS, &owners, Page { payloads, cursors }).await?;
        }
        if owners.place.is_empty() {
            self.client.place().clone_into(&mut owners.place);
            send(outlet, OWNERS, &owners, Vec::new()).await?;
        }
        let now = found.repositories.values().map(|probe| probe.at).min().unwrap_or_else(|| self.client.now());
        if self.whole && owners.whole.is_none() {
            owners.whole = Some(now);
            send(outlet, OWNERS, &owners, Vec::new()).await?;
        }
        // Another range begins anew, and so does one that came to its end.
        if let Some(range) = self.range.filter(|range| owners.filling.is_none_or(|(begun, _)| begun != *range)) {
            owners.filling = Some((range, now));
            parts.values_mut().for_each(|part| part.filling = None);
            send(outlet, OWNERS, &owners, Vec::new()).await?;
        }
        let filling = owners.filling.filter(|_| self.range.is_some());
        let mut failures = self.tell(&found, lost_reason, &mut owners, outlet).await?;
        if filling.is_none() {
            // It may be a day until teams are read.
            if self.calls.forget_teams(&mut owners) {
                send(outlet, OWNERS, &owners, Vec::new()).await?;
            }
            failures.extend(self.teams(&found, &mut owners, outlet).await?);
            self.gone(&found, &mut owners, &mut parts, outlet).await?;
        }
        self.left(&found, &mut owners, &parts, clock, outlet).await?;
        self.over(&found, &mut parts, outlet).await?;
        let at = self.newest(&found);
        let probes = found.repositories.into_values().filter(|probe| self.reads(probe)).collect();
        failures.extend(self.each(probes, &mut parts, &mut cursors, owners.whole, filling, outlet).await?);
        let is_whole = owners.whole.is_some() && filling.is_none() && failures.is_empty();
        self.left_out(at, is_whole, &mut owners, outlet).await?;
        if failures.is_empty() {
            let ended = match filling {
                Some(_) => owners.filling.take().map(drop),
                None => owners.whole.take().map(drop),
            };
            let is_noted = filling.is_none() && !self.everywhere && self.calls.looked(&mut owners);
            if ended.is_some() || is_noted {
                send(outlet, OWNERS, &owners, Vec::new()).await?;
            }
        }
        Ok(failures)
    }

    /// Reads repositories, several at once and in turn; what could not be read now is told.
    async fn each(
        &self,
        probes: Vec<Probe>,
        parts: &mut BTreeMap<String, Part>,
        cursors: &mut Cursors,
        whole: Option<i64>,
        filling: Option<(Range, i64)>,
        outlet: &mpsc::Sender<Page>,
    ) -> Result<Vec<String>, Trouble> {
        let (client, settings, known) = (&self.client, &self.settings, &self.known);
        let met = &Mutex::default();
        let mut failures = Vec::new();
        let now = probes.iter().map(|probe| probe.at).min().unwrap_or_default();
        let (mut turns, waiting) = (Turns::of(in_turn(probes, parts, now)), &AtomicUsize::default());
        let (mut reading, mut over) = (FuturesUnordered::new(), None);
        loop {
            while over.is_none()
                && reading.len() < AT_ONCE
                && let Some((number, probe, done)) = turns.take_first()
            {
                let (mut part, refs_moved) = (parts.remove(&probe.id).unwrap_or_default(), AtomicBool::default());
                part.take_refs(&probe.id, cursors, &self.connection)?;
                let turn = Turn::new(number, waiting);
                let reader =
                    Reader { client, settings, outlet, whole, met, known, probe, part, refs_moved, turn, done };
                reading.push(async move {
                    match filling {
                        Some(asked) => reader.fill(asked).await.map(|failed| Read { failed, rest: None }),
                        None => reader.run().await,
                    }
                });
            }
            waiting.store(turns.len(), Ordering::Relaxed);
            match reading.next().await {
                Some(Ok(Read { failed, rest })) => {
                    failures.extend(failed);
                    if let Some(rest) = rest {
                        let Rest { turns: had, probe, mut part, done } = *rest;
                        cursors.extend([part.put_refs(&probe.id)?]);
                        parts.insert(probe.id.clone(), part);
                        turns.add(had, probe, done);
                    }
                }
                // The others land what they have, so that they need not ask for it again.
                Some(Err(trouble)) => {
                    self.client.ends();
                    over = over.or(Some(trouble));
                }
                None => break,
            }
        }
        over.map_or(Ok(failures), Err)
    }

    /// When the last repository was looked at, by GitHub's clock; now, where there is none.
    fn newest(&self, found: &Found) -> i64 {
        found.repositories.values().map(|probe| probe.at).max().unwrap_or_else(|| self.client.now())
    }

    /// Tells what could not be looked at, and what can be again; and that how far was read is lost, until the next reading.
    async fn tell(
        &self,
        found: &Found,
        lost: Option<String>,
        owners: &mut Owners,
        outlet: &mpsc::Sender<Page>,
    ) -> Result<Vec<String>, Trouble> {
        let at = self.newest(found);
        let now = found.problems.iter().map(|(name, trouble)| (name.clone(), trouble.reason()));
        let now = now.chain(found.lacks.iter().map(|reason| ("permissions".to_owned(), reason.clone())));
        let now = now.chain(lost.map(|reason| (CURSORS.to_owned(), reason)));
        let stays =
            |(name, _): &(&String, &String)| ["teams/", FIELDS, UNSEEN].iter().any(|start| name.starts_with(start));
        let now = now.chain(owners.problems.iter().filter(stays).map(owned)).collect();
        self.settle(now, at, owners, outlet).await?;
        Ok(found.problems.values().filter(|trouble| trouble.passes()).map(Trouble::reason).collect())
    }

    /// Tells which fields the server does not know. That it knows one after all is found by reading everything, as what was read without it
    /// stays as it is until then.
    async fn left_out(
        &self,
        at: i64,
        is_whole: bool,
        owners: &mut Owners,
        outlet: &mpsc::Sender<Page>,
    ) -> Result<(), Trouble> {
        let mut problems = owners.problems.clone();
        problems.retain(|name, _| !is_whole || !name.starts_with(FIELDS));
        problems.extend(self.client.left_out().into_iter().map(|field| {
            let reason = format!(
                "the server is older than the field `{field}`, which is left out: once it is a newer one, read everything anew with {{\"whole\": true}}"
            );
            (format!("{FIELDS}{field}"), reason)
        }));
        self.settle(problems, at, owners, outlet).await
    }

    async fn settle(
        &self,
        now: BTreeMap<String, String>,
        at: i64,
        owners: &mut Owners,
        outlet: &mpsc::Sender<Page>,
    ) -> Result<(), Trouble> {
        let names: BTreeSet<&String> = owners.problems.keys().chain(now.keys()).collect();
        let news = names.into_iter().filter(|name| owners.problems.get(*name) != now.get(*name));
        let payloads: Vec<Payload> = news.map(|name| problem(name, now.get(name).map(String::as_str), at)).collect();
        if payloads.is_empty() {
            return Ok(());
        }
        owners.problems = now;
        send(outlet, OWNERS, owners, payloads).await
    }

    /// Reads the teams of all owners, now and then.
    async fn teams(
        &self,
        found: &Found,
        owners: &mut Owners,
        outlet: &mpsc::Sender<Page>,
    ) -> Result<Vec<String>, Trouble> {
        let now = found.repositories.values().map(|probe| probe.at).max();
        let Some(now) = now.filter(|now| self.whole || owners.teams_at.is_none_or(|at| now - at >= TEAMS_EVERY)) else {
            return Ok(Vec::new());
        };
        let (mut payloads, mut began, mut failures) = (Vec::new(), None, Vec::new());
        let mut told_of = BTreeSet::new();
        let mut problems: BTreeMap<String, String> =
            owners.problems.iter().filter(|(name, _)| !name.starts_with("teams/")).map(owned).collect();
        let (barred, open): (Vec<&String>, Vec<&String>) =
            found.owners.iter().partition(|owner| found.problems.contains_key(*owner));
        let mut all = barred.is_empty();
        for owner in open {
            match teams(&self.client, owner).await {
                Ok(Teams { payloads: told, began: at, untold }) => {
                    told_of.extend(told.iter().map(|team| format!("{}/{}", owner.to_lowercase(), team.key)));
                    payloads.extend(told);
                    began = began.or(at);
                    // Those are asked for again as soon as all are.
                    all &= untold.is_none();
                    let told = untold.map(|reason| (format!("teams/{owner}"), format!("teams of {owner}: {reason}")));
                    problems.extend(told);
                }
                Err(trouble) => {
                    let trouble = trouble.unless_fatal()?;
                    let reason = format!("teams of {owner}: {}", trouble.reason());
                    all = false;
                    failures.extend(trouble.passes().then(|| reason.clone()));
                    problems.insert(format!("teams/{owner}"), reason);
                }
            }
        }
        let unseen = match began.filter(|_| all) {
            Some(_) => self.teams_unseen(found, told_of, owners),
            None => owners.problems.get(TEAMS_UNSEEN).filter(|_| !all).cloned(),
        };
        all &= unseen.is_none();
        problems.extend(unseen.map(|reason| (TEAMS_UNSEEN.to_owned(), reason)));
        self.settle(problems, now, owners, outlet).await?;
        if let Some(began) = began.filter(|_| all) {
            let (stream, key) = ("listings".to_owned(), "teams".to_owned());
            payloads.push(Payload { stream, key, observed_at: began, body: "{}".to_owned() });
        }
        if failures.is_empty() {
            owners.teams_at = Some(now);
        }
        if payloads.is_empty() && found.owners.is_empty() {
            return Ok(failures);
        }
        send(outlet, OWNERS, owners, payloads).await?;
        Ok(failures)
    }

    /// Tells the mapper of repositories that the settings do not want read any more, and of those that they want again.
    async fn left(
        &self,
        found: &Found,
        owners: &mut Owners,
        parts: &BTreeMap<String, Part>,
        clock: Clock,
        outlet: &mpsc::Sender<Page>,
    ) -> Result<(), Trouble> {
        let read = self.read_of(found);
        let mut left: BTreeSet<String> = owners.left.iter().filter(|id| !read.contains(id.as_str())).cloned().collect();
        // What they name and was not met may be back, or is gone.
        let is_left = |(id, part): &(&String, &Part)| {
            let is_out = !self.names(found, &part.name) && found.tells_of(&part.name);
            !part.gone && !read.contains(id.as_str()) && (found.repositories.contains_key(*id) || is_out)
        };
        left.extend(parts.iter().filter(is_left).map(|(id, _)| id.clone()));
        if left == owners.left {
            return Ok(());
        }
        owners.left = left;
        let (stream, key) = (SETTINGS.to_owned(), SETTINGS.to_owned());
        let body = self.told(&owners.left).to_string();
        send(outlet, OWNERS, owners, vec![Payload { stream, key, observed_at: clock.now(), body }]).await
    }

    /// The settings, and what was found out by now.
    fn told(&self, left: &BTreeSet<String>) -> Value {
        let settings = GithubSettings { left: left.clone(), ..self.settings.clone() };
        serde_json::to_value(settings).unwrap_or_default()
    }

    /// The numbers of what was found and is read.
    fn read_of<'a>(&self, found: &'a Found) -> BTreeSet<&'a str> {
        let read = found.repositories.values().filter(|probe| self.reads(probe));
        read.map(|probe| probe.id.as_str()).collect()
    }

    /// Whether the settings name a repository, or its owner.
    fn names(&self, found: &Found, name: &str) -> bool {
        let owner = name.split_once('/').map_or(name, |(owner, _)| owner);
        found.owners.iter().any(|known| known.eq_ignore_ascii_case(owner))
            || self.settings.repositories.iter().any(|known| known.eq_ignore_ascii_case(name))
    }

    /// Of repositories that are not read any more nothing could not be read.
    async fn over(
        &self,
        found: &Found,
        parts: &mut BTreeMap<String, Part>,
        outlet: &mpsc::Sender<Page>,
    ) -> Result<(), Trouble> {
        let read = self.read_of(found);
        let at = self.newest(found);
        let is_over = |(id, part): &(&String, &mut Part)| {
            !part.problems.is_empty() && !read.contains(id.as_str()) && found.tells_of(&part.name)
        };
        for (id, part) in parts.iter_mut().filter(is_over) {
            let over = std::mem::take(&mut part.problems);
            let told = over.keys().map(|stream| problem(&format!("{id}/{stream}"), None, at)).collect();
            send(outlet, id, part, told).await?;
        }
        Ok(())
    }
}

fn owned((name, reason): (&String, &String)) -> (String, String) {
    (name.clone(), reason.clone())
}

impl Source for GithubSource {
    fn connector(&self) -> &'static str {
        CONNECTOR
    }

    fn connection(&self) -> &str {
        &self.connection
    }

    fn settings(&self, cursors: &Cursors) -> Value {
        // Where these cannot be read, reading says so.
        let owners: Owners = cursor(cursors, OWNERS, &self.connection).unwrap_or_default();
        self.told(&owners.left)
    }

    fn budgets(&self) -> Budgets {
        self.client.budgets()
    }

    fn lists(&self, cursors: &Cursors) -> BTreeMap<String, i64> {
        if self.range.is_some() {
            return BTreeMap::new();
        }
        // Where these cannot be read, reading says so.
        let owners: Owners = cursor(cursors, OWNERS, &self.connection).unwrap_or_default();
        Part::lists_known_since(cursors, &self.connection, self.whole || owners.whole.is_some(), self.client.now())
    }

    fn know_lists(&mut self, lists: BTreeMap<String, Met>) {
        self.known = lists;
    }

    fn listens(&mut self, cursors: &Cursors, now: i64, is_same: bool) -> Option<i64> {
        if self.whole || self.range.is_some() {
            return None;
        }
        // What was deleted is heard of all the same.
        self.everywhere |= !is_same;
        // Where these cannot be read, reading says so.
        let owners: Owners = cursor(cursors, OWNERS, &self.connection).unwrap_or_default();
        self.calls = Calls::at(now);
        let at = self.client.now();
        let are_sought = owners.seeks_teams(at) || Part::are_sought(cursors, &self.connection, at);
        Some(self.calls.since(&owners, are_sought))
    }

    fn hears(&mut self, call: &str) {
        self.calls.take(call);
    }

    fn pages(self: Box<Self>, cursors: Cursors, clock: Clock) -> Pages {
        flowing(move |outlet| self.run(cursors, clock, outlet))
    }
}
