//! Looks at what issues hang on: lands what is new or changed of it, and tells what is gone.

use super::client::Client;
use super::cursor::{PARTS, Parts, Site, is_shown};
use super::fields::taken;
use super::reading::{AT_ONCE, Place};
use super::rekeyed::rekeyed;
use super::source::{SITE, settle};
use super::structure::{Boards, Things, in_turn};
use crate::net::Trouble;
use crate::source::{GONE, cursor, of_so_many, send, send_over, send_page, some_of};
use crate::{Result, met};
use futures::StreamExt as _;
use pulse_engine::land::{Cursors, Page, Payload};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use tokio::sync::mpsc;

/// How many boards are asked for their sprints in one look, but for the first and those that look for all that is gone, where that goes
/// well.
const MOST_BOARDS: usize = 1_000;
/// How many projects that are as they were are asked for their versions and components in one look, but for the first and those that look for
/// all that is gone.
const MOST_PROJECTS: usize = 1_000;
/// How the problems of boards that do not tell their sprints begin, which go on as the boards themselves are called.
const BOARD: &str = "boards/";
/// How the problems of projects end that do not tell which boards they have.
const BOARDS: &str = "/boards";
/// How many projects that are not listed any more are asked for one by one.
const FEW: usize = 50;
/// How it is called that projects are out of sight.
const UNSEEN: &str = "projects that are out of sight";
/// How the problems of versions and components end.
const VERSIONS: &str = "/versions";

/// Looks at a site.
pub(super) struct Look<'a> {
    pub(super) client: &'a Client,
    pub(super) connection: &'a str,
    pub(super) cursors: &'a Cursors,
    pub(super) outlet: &'a mpsc::Sender<Page>,
    /// When, by Jira's clock.
    pub(super) now: i64,
    /// Whether all boards are asked for their sprints, however many there are.
    pub(super) whole: bool,
    /// The projects of which a hook was told that they were deleted, by their numbers.
    pub(super) deleted: &'a BTreeSet<String>,
    /// Whether somebody asked for everything anew, so that what is not there counts as gone however much it is.
    pub(super) is_asked: bool,
    /// Whose account it is that looks, as far as Jira says.
    pub(super) account: Option<&'a str>,
    /// What Jira said of its fields a moment ago; nothing where it was not asked.
    pub(super) fields: Vec<Value>,
}

impl Look<'_> {
    /// Lands projects, statuses, types, fields, boards and sprints, and the versions and components of those projects that `wanted` says.
    pub(super) async fn site(
        &self,
        site: &mut Site,
        failures: &mut Vec<String>,
        wanted: impl Fn(&Site) -> Vec<Place>,
    ) -> Result<(), Trouble> {
        // As it stood before.
        let landed = std::mem::take(&mut site.landed);
        let stood = site.clone();
        site.landed = landed;
        let projects = self.client.projects().await?;
        let ids: Vec<String> = projects.things.iter().map(|(id, _)| id.clone()).collect();
        site.rekeyed = rekeyed(projects.things.iter().map(|(_, project)| project));
        let is_another = self.account.is_some_and(|now| site.account.as_deref().is_some_and(|before| before != now));
        let missing = site.missing(&ids);
        let gone = if self.is_asked { missing.clone() } else { self.gone(&missing).await? };
        site.unseen = self.out_of_sight(missing, &gone).await?;
        // With its project goes everything out of sight that is in it.
        let is_sure = site.unseen.is_empty();
        if is_sure {
            site.account = self.account.map(str::to_owned);
        }
        let mut payloads = self.news(&mut site.landed, projects, |id, _| gone.contains(id)).await?;
        let seen = if is_sure { Ok(()) } else { Err(unseen(site, is_another)) };
        payloads.extend(settle(site, failures, UNSEEN, seen, self.now)?);
        let fields = if self.fields.is_empty() { self.client.fields().await } else { Ok(self.fields.clone()) };
        if let Ok(fields) = &fields
            && is_sure
            && !ids.is_empty()
        {
            site.fields = taken(fields);
        }
        let fields = fields.map(|fields| Things::of("fields", fields));
        let (statuses, types) = (self.client.statuses().await, self.client.types().await);
        for (what, read) in [("statuses", statuses), ("types", types), ("fields", fields)] {
            let read = match read {
                Ok(things) => {
                    // Of projects out of sight Jira does not tell what they have.
                    payloads.extend(self.news(&mut site.landed, things, |_, _| is_sure).await?);
                    Ok(())
                }
                Err(trouble) => Err(trouble),
            };
            payloads.extend(settle(site, failures, what, read, self.now)?);
        }
        // There may be very many boards, each with a question of its own for its sprints: then they take turns, and so they do where Jira
        // did not let all of them be asked at once, which it would not the next time either.
        let is_all = self.whole || site.looked.is_none();
        let at_once = is_all && !site.boards_take_turns;
        let most = if at_once { usize::MAX } else { MOST_BOARDS };
        let homes = site.homes();
        let read = match self.client.boards(&ids, &site.unseen, &homes, site.boards_after.as_deref(), most).await {
            Ok(Boards { boards, sprints, asked, failing, untold, unlisted, after }) => {
                payloads.extend(self.untold(site, failures, &ids, &untold)?);
                let (mut shown, unseen) = (site.shown_boards(), site.unseen.clone());
                payloads.extend(self.news(&mut site.landed, boards, |_, homes| is_shown(homes, &unseen)).await?);
                shown.extend(site.shown_boards());
                // One that failed counts as one whose turn it is not.
                let was_asked = |board: &str| asked.contains(board) || after.is_none() && !failing.contains_key(board);
                let may_go = |_: &str, board: &str| was_asked(board) && (is_sure || shown.contains(board));
                payloads.extend(self.news(&mut site.landed, sprints, may_go).await?);
                let known = site.problems.keys().filter(|what| {
                    let board = what.strip_prefix(BOARD);
                    board.is_some_and(|board| was_asked(board) || !site.landed.contains_key(*what))
                });
                let over = asked.iter().map(|board| format!("{BOARD}{board}")).chain(known.cloned());
                for what in over.collect::<BTreeSet<String>>() {
                    payloads.extend(settle(site, failures, &what, Ok(()), self.now)?);
                }
                for (board, reason) in &failing {
                    let failed = Err(Trouble::Again(reason.clone()));
                    payloads.extend(settle(site, failures, &format!("{BOARD}{board}"), failed, self.now)?);
                }
                site.boards_after = after;
                site.boards_take_turns = !failing.is_empty() || !untold.is_empty() || unlisted.is_some();
                unlisted.map_or(Ok(()), |reason| Err(Trouble::Again(reason)))
            }
            Err(trouble) => {
                if at_once && trouble.passes() {
                    site.boards_take_turns = true;
                    // The reading may end with it, and nothing else of this look is landed then.
                    let noted = Site { boards_take_turns: true, ..stood };
                    send(self.outlet, SITE, &noted, Vec::new()).await?;
                }
                Err(trouble)
            }
        };
        payloads.extend(settle(site, failures, "boards", read, self.now)?);
        let places = wanted(site);
        let of_projects = payloads.iter().filter(|payload| payload.stream == "projects");
        let news: BTreeSet<String> = of_projects.map(|payload| payload.key.clone()).collect();
        let (mut asked, mut others) = (BTreeSet::new(), Vec::new());
        for Place { id, key } in &places {
            // Those that failed the last time are asked with those that are new or changed.
            if is_all || news.contains(id) || site.problems.contains_key(&format!("projects/{key}{VERSIONS}")) {
                asked.insert(id.clone());
            } else {
                others.push(id.clone());
            }
        }
        let (turn, after) = in_turn(others, site.parts_after.as_deref(), MOST_PROJECTS);
        asked.extend(turn);
        payloads.extend(self.parts(site, failures, &places, &asked).await?);
        site.parts_after = after;
        if failures.is_empty() {
            site.looked = Some(self.now);
        }
        let changed: BTreeSet<&str> = payloads.iter().map(|payload| payload.stream.as_str()).collect();
        // What is told besides are problems, of which nothing stays landed.
        let changed = changed.into_iter().filter(|stream| *stream != "problems");
        let cursors = changed.map(|stream| site.landed_of(stream)).collect::<Result<_>>()?;
        send_page(self.outlet, SITE, site, Page { payloads, cursors }).await
    }

    /// Those of some projects that are not listed any more of which Jira says that they were deleted.
    async fn gone(&self, missing: &BTreeSet<String>) -> Result<BTreeSet<String>, Trouble> {
        if missing.is_empty() {
            return Ok(BTreeSet::new());
        }
        let recycled = self.client.recycled().await?;
        let is_gone = |id: &&String| recycled.contains(*id) || self.deleted.contains(*id);
        Ok(missing.iter().filter(is_gone).cloned().collect())
    }

    /// Those of some projects that are not listed any more that are neither gone nor there all the same. Whether somebody deleted them, or archived
    /// them, or they are out of sight of this credential, Jira does not tell.
    async fn out_of_sight(
        &self,
        mut missing: BTreeSet<String>,
        gone: &BTreeSet<String>,
    ) -> Result<BTreeSet<String>, Trouble> {
        missing.retain(|id| !gone.contains(id));
        if missing.len() <= FEW {
            for id in missing.clone() {
                if self.client.is_there("projects", &id).await? {
                    missing.remove(&id);
                }
            }
        }
        Ok(missing)
    }

    /// Tells which of all projects do not tell their boards, and which do again.
    fn untold(
        &self,
        site: &mut Site,
        failures: &mut Vec<String>,
        projects: &[String],
        untold: &BTreeMap<String, String>,
    ) -> Result<Vec<Payload>, Trouble> {
        let what = |id: &String| {
            let key = site.landed.get(&format!("projects/{id}")).and_then(|landed| Some(landed.split_once(' ')?.1));
            format!("projects/{}{BOARDS}", key.unwrap_or(id))
        };
        let now: BTreeMap<String, &String> = untold.iter().map(|(id, reason)| (what(id), reason)).collect();
        // Where it is not known what was told before, all that do not fail are told to be well.
        let all = projects.iter().filter(|_| site.is_lost).map(what);
        let before = site.problems.keys().filter(|what| what.starts_with("projects/") && what.ends_with(BOARDS));
        let told: BTreeSet<String> = all.chain(before.chain(now.keys()).cloned()).collect();
        let mut payloads = Vec::new();
        for what in told {
            let read = now.get(&what).map_or(Ok(()), |reason| Err(Trouble::Again((*reason).clone())));
            payloads.extend(settle(site, failures, &what, read, self.now)?);
        }
        Ok(payloads)
    }

    /// Lands the versions and components of those projects that are asked for them, project by project; what could not be read is told.
    async fn parts(
        &self,
        site: &mut Site,
        failures: &mut Vec<String>,
        places: &[Place],
        asked: &BTreeSet<String>,
    ) -> Result<Vec<Payload>, Trouble> {
        let mut told = Vec::new();
        let asked = places
            .iter()
            .filter(|place| asked.contains(&place.id))
            .map(|place| async move { (place, self.client.parts(&place.id).await) });
        let mut asked = futures::stream::iter(asked.collect::<Vec<_>>()).buffered(AT_ONCE);
        while let Some((place, read)) = asked.next().await {
            let read = match read {
                Ok(Some(things)) => self.landed(&place.id, things).await,
                Ok(None) => Ok(()),
                Err(trouble) => Err(trouble),
            };
            told.extend(settle(site, failures, &format!("projects/{}{VERSIONS}", place.key), read, self.now)?);
        }
        // Of projects that are not read any more nothing could not be read.
        let is_read = |key: &str| places.iter().any(|place| place.key == key);
        let of = |what: &str| Some(what.strip_prefix("projects/")?.strip_suffix(VERSIONS)?.to_owned());
        let over = site.problems.keys().filter(|what| of(what).is_some_and(|key| !is_read(&key))).cloned();
        for what in over.collect::<Vec<_>>() {
            told.extend(settle(site, failures, &what, Ok(()), self.now)?);
        }
        // What belonged to a project that is gone went with it.
        for part in self.cursors.keys() {
            let Some(id) = part.strip_prefix(PARTS) else { continue };
            if !site.landed.contains_key(&format!("projects/{id}")) {
                let Parts(landed) = cursor(self.cursors, part, self.connection)?;
                let gone = landed.keys().filter_map(|name| name.split_once('/'));
                let payloads = gone.map(|(stream, id)| self.payload(stream, id, GONE.to_owned())).collect();
                send_over(self.outlet, part, Page { payloads, ..Page::default() }).await?;
            }
        }
        Ok(told)
    }

    async fn landed(&self, project: &str, things: [Things; 2]) -> Result<(), Trouble> {
        let part = format!("{PARTS}{project}");
        let Parts(mut landed) = cursor(self.cursors, &part, self.connection)?;
        let mut payloads = Vec::new();
        for things in things {
            payloads.extend(self.news(&mut landed, things, |_, _| true).await?);
        }
        if payloads.is_empty() {
            return Ok(());
        }
        send(self.outlet, &part, &Parts(landed), payloads).await
    }

    /// What is new of some things, and what is gone of those that were landed, as far as they may go by their number and place: where they are,
    /// or of sprints which board they were made on.
    async fn news(
        &self,
        landed: &mut BTreeMap<String, String>,
        things: Things,
        may_go: impl Fn(&str, &str) -> bool,
    ) -> Result<Vec<Payload>, Trouble> {
        let (mut payloads, mut there) = (Vec::new(), BTreeSet::new());
        for (key, thing) in &things.things {
            let (name, body) = (format!("{}/{key}", things.stream), thing.to_string());
            let board = thing["originBoardId"].as_u64().map(|board| board.to_string());
            let noted = things.places.get(key).map(String::as_str);
            let home = match thing.pointer("/location/projectId") {
                Some(Value::Number(id)) => Some(id.to_string()),
                Some(Value::String(id)) => Some(id.clone()),
                _ => None,
            };
            let place = thing["key"].as_str().or(board.as_deref()).or(noted).or(home.as_deref()).unwrap_or_default();
            let now = format!("{} {place}", met::digits(&body));
            if landed.get(&name) != Some(&now) {
                payloads.push(self.payload(things.stream, key, body));
                landed.insert(name.clone(), now);
            }
            there.insert(name);
        }
        let start = format!("{}/", things.stream);
        let missing = landed.iter().filter_map(|(name, stands)| {
            let id = name.strip_prefix(&start).filter(|_| !there.contains(name))?;
            may_go(id, stands.split_once(' ').map_or("", |(_, place)| place)).then(|| name.clone())
        });
        for name in missing.collect::<Vec<String>>() {
            let id = &name[start.len()..];
            if !self.client.is_there(things.stream, id).await? {
                payloads.push(self.payload(things.stream, id, GONE.to_owned()));
                landed.remove(&name);
            }
        }
        Ok(payloads)
    }

    fn payload(&self, stream: &str, key: &str, body: String) -> Payload {
        Payload { stream: stream.to_owned(), key: key.to_owned(), observed_at: self.now, body }
    }
}

/// That projects are out of sight, and what to do.
fn unseen(site: &Site, is_another: bool) -> Trouble {
    let key = |id: &String| Some(site.landed.get(&format!("projects/{id}"))?.split_once(' ')?.1.to_owned());
    let keys: Vec<String> = site.unseen.iter().map(|id| key(id).unwrap_or_else(|| id.clone())).collect();
    let (n, keys) = (keys.len(), some_of(&keys));
    let why = match n {
        _ if is_another => "another account asks now",
        1 => "Jira does not say that it was deleted",
        _ => "Jira says of none that it was deleted",
    };
    let [are, were, them, they_were, they_stay] = of_so_many(n);
    Trouble::Refused(format!(
        "{n} that {were} read {are} not listed any more: {why}, so this credential may not see {them} any more, or {they_were} archived, and \
         {they_stay} ({keys}); give the credential access to {them}, or read everything anew with {{\"whole\": true}} if {they_were} deleted"
    ))
}
