//! Things that GitHub does not tell, as where something within one is broken, so that a question for it fails each time. A page of a list that
//! fails is asked for thing by thing, and what is asked for besides, as more of a long list within one, an earlier attempt of a run or an account, fails
//! for its own alone: so one keeps none of the others from being read. Where its repository stands says which it is, together with the page that it
//! is missing from, and it is asked for with each reading until GitHub tells it.

use super::accounts::USERS;
use super::client::Told;
use super::commits;
use super::gaps::gap_of;
use super::listing::{LISTS, Listing, MINUTE};
use super::reader::Reader;
use super::runs::RUNS;
use super::waiting::{self, Stage};
use crate::met;
use crate::net::Trouble;
use crate::source::{GONE, apart, problem};
use pulse_engine::land::Payload;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How many things of a page that fails are asked for one by one.
const FEW: u32 = 10;
/// Where so many fail and none is told, no more are asked for.
pub(super) const ENOUGH: usize = 3;
/// How many of a repository are asked for again in one reading.
const AGAIN: usize = 20;
/// How many of a repository stay untold at most: of more it is none of them that fails.
const MOST: usize = 200;

/// The things of a page that were not told alone either, by their keys, and why.
pub(super) type Failing = BTreeMap<String, Trouble>;

/// What of a page is not told.
#[derive(Debug, Default)]
pub(super) struct Untold {
    things: Vec<(String, String, Trouble)>,
    /// How many others of it are told.
    pub(super) others: usize,
}

impl Untold {
    /// Notes a thing of a list. Comes to as what it is met: as nothing that it could say.
    pub(super) fn note(&mut self, listing: &Listing, item: &Value, trouble: Trouble) -> Option<(u64, u64)> {
        let key = listing.key_of(item)?;
        let number = key.parse().ok();
        self.add(key, item["id"].as_str().unwrap_or_default().to_owned(), trouble);
        number.map(|number| (number, met::sum([])))
    }

    /// Notes one by its key and its node id.
    pub(super) fn add(&mut self, key: String, id: String, trouble: Trouble) {
        self.things.push((key, id, trouble));
    }

    /// Whether there are so many, and no others.
    pub(super) fn is_each(&self, many: usize) -> bool {
        self.others == 0 && self.things.len() >= many
    }

    /// As what they are met.
    pub(super) fn numbers(&self) -> impl Iterator<Item = (u64, u64)> {
        self.things.iter().filter_map(|(key, ..)| Some((key.parse().ok()?, met::sum([]))))
    }
}

impl Reader<'_> {
    /// A page of a list. Where GitHub does not answer it, thing by thing: those that fail stand in it in short.
    pub(super) async fn page(
        &self,
        listing: &Listing,
        after: Option<&str>,
        first: &mut u32,
    ) -> Result<(Told, Failing), Trouble> {
        let (owner, name) = self.probe.path();
        let variables = json!({"owner": owner, "name": name, "after": after});
        let failed = match self.client.page(&listing.operation, variables.clone(), first).await {
            Ok(told) => return Ok((told, Failing::new())),
            // Another question has the same place.
            Err(Trouble::Again(reason)) if after.is_some() && reason.contains("cursor") => {
                return Err(Trouble::Again(reason));
            }
            Err(failed @ (Trouble::Again(_) | Trouble::TooMuch(_))) => failed,
            Err(trouble) => return Err(trouble),
        };
        // Where this fails, too, it is no thing that does.
        let mut told = self.client.page(&listing.short, variables, &mut FEW.min(listing.first)).await?;
        let nodes = told.data.pointer_mut(&format!("/repository/{}/nodes", listing.list));
        let Some(nodes) = nodes.and_then(Value::as_array_mut) else { return Err(failed) };
        let (mut failing, mut all) = (Failing::new(), Vec::with_capacity(nodes.len()));
        for (place, short) in apart(std::mem::take(nodes), ENOUGH) {
            let Some(key) = listing.key_of(&short) else {
                all.push((place, short));
                continue;
            };
            match self.one(listing, &key, short["id"].as_str().unwrap_or_default()).await {
                Ok(told) => all.push((place, told.data)),
                // One that is not there, though its list just told it, may be gone or not be told for a moment: which it is, is known when it is asked
                // for again.
                Err(trouble) => {
                    failing.insert(key, trouble.unless_fatal()?);
                    all.push((place, short));
                }
            }
            if failing.len() >= ENOUGH && failing.len() == all.len() {
                return Err(failed);
            }
        }
        // Where it tells none of several, it is none of them that fails.
        if failing.len() > 1 && failing.len() == all.len() {
            return Err(failed);
        }
        all.sort_unstable_by_key(|(place, _)| *place);
        *nodes = all.into_iter().map(|(_, node)| node).collect();
        // The next ones may well be told together.
        *first = listing.first;
        Ok((told, failing))
    }

    /// A thing of a list, asked for alone.
    pub(super) async fn one(&self, listing: &Listing, key: &str, id: &str) -> Result<Told, Trouble> {
        let (operation, place) = &listing.one;
        let (owner, name) = self.probe.path();
        let variables = match *place {
            "/node" => json!({ "id": id }),
            _ => json!({"owner": owner, "name": name, "number": key.parse::<u64>().unwrap_or_default()}),
        };
        let mut told = match self.client.query(operation, &variables).await {
            // That all of its repository is not there says nothing of a thing in it.
            Err(Trouble::Missing(reason)) if *place != "/node" => return Err(Trouble::Refused(reason)),
            told => told?,
        };
        let data = told.data.pointer_mut(place).map(Value::take).unwrap_or_default();
        if data.is_null() {
            return Err(match told.hidden.into_iter().next() {
                Some(hidden) if !hidden.starts_with("Could not resolve") => Trouble::Refused(hidden),
                hidden => Trouble::Missing(hidden.unwrap_or_default()),
            });
        }
        Ok(Told { data, ..told })
    }

    /// A thing of a page as its payload, or why it is not told.
    pub(super) async fn told(
        &self,
        listing: &Listing,
        item: &Value,
        at: i64,
        failing: &mut Failing,
    ) -> Result<Result<Option<Payload>, Trouble>, Trouble> {
        if let Some(trouble) = listing.key_of(item).and_then(|key| failing.remove(&key)) {
            return Ok(Err(trouble));
        }
        match self.item(listing, item, at).await {
            Ok(payload) => Ok(Ok(payload)),
            Err(trouble) => trouble.unless_fatal().map(Err),
        }
    }

    /// What is to be told of those of a page that are not told, and fails where it is none of them that does.
    pub(super) fn untold(&mut self, stream: &str, of: Untold, at: i64) -> Result<Vec<Payload>, Trouble> {
        let mut told = Vec::new();
        let is_each = of.is_each(2);
        for (key, id, trouble) in of.things {
            if is_each {
                return Err(trouble);
            }
            told.extend(self.leave(stream, &key, id, trouble, at)?);
        }
        Ok(told)
    }

    /// Notes that a thing of a stream is not told, and what is to be told of that.
    pub(super) fn leave(
        &mut self,
        stream: &str,
        key: &str,
        id: String,
        trouble: Trouble,
        at: i64,
    ) -> Result<Option<Payload>, Trouble> {
        let what = format!("{stream}/{key}");
        if self.part.untold.len() >= MOST && !self.part.untold.contains_key(&what) {
            return Err(trouble);
        }
        let reason = self.reason(&what, &trouble);
        let told = self.tell(&what, Some(reason), at);
        self.part.untold.insert(what, id);
        Ok(told)
    }

    fn reason(&self, what: &str, trouble: &Trouble) -> String {
        format!("{what} of {}: {}", self.probe.name(), trouble.reason())
    }

    /// What comes of one that was not told before, and of which GitHub says by REST that it is not there: nothing any more, where that is what it
    /// said the last time, too. Once, an outage may say it of what is.
    pub(super) fn not_there(&self, stream: &str, key: &str, reason: String) -> Result<Vec<Payload>, Trouble> {
        let (what, missing) = (format!("{stream}/{key}"), Trouble::Missing(reason));
        let said = self.reason(&what, &missing);
        if self.part.problems.get(&what) == Some(&said) { Ok(Vec::new()) } else { Err(missing) }
    }

    /// Notes what stands in the way of something of this repository, and what is to be told of that, if it is news.
    pub(super) fn tell(&mut self, what: &str, reason: Option<String>, at: i64) -> Option<Payload> {
        if self.part.problems.get(what) == reason.as_ref() {
            return None;
        }
        let told = problem(&format!("{}/{what}", self.probe.id), reason.as_deref(), at);
        match reason {
            Some(reason) => self.part.problems.insert(what.to_owned(), reason),
            None => self.part.problems.remove(what),
        };
        Some(told)
    }

    /// Whether something of a stream is not told.
    pub(super) fn has_untold(&self, stream: &str) -> bool {
        self.part.untold.keys().any(|what| what.split('/').next() == Some(stream))
    }

    /// Asks anew for what GitHub did not tell: each thing is landed once it does, or as gone where GitHub knows it no more. Somebody is told of one
    /// that it does not tell for another reason than before.
    pub(super) async fn ask_again(&mut self) -> Result<(), Trouble> {
        let mut all: Vec<(String, String)> = self.part.untold.clone().into_iter().collect();
        // Another one goes first each time, so that none is always among the last.
        let first = usize::try_from(self.probe.at / MINUTE).unwrap_or_default() % all.len().max(1);
        all.rotate_left(first);
        all.truncate(AGAIN);
        for (what, id) in all {
            let (stream, key) = what.split_once('/').unwrap_or((what.as_str(), ""));
            let told = match LISTS.iter().find(|listing| listing.stream == stream) {
                Some(listing) => self.thing_again(listing, key, &id).await,
                None if stream == commits::STREAM => self.commit_again(key).await,
                None if stream == RUNS => match gap_of(key) {
                    Some(gap) => self.gap_again(gap).await,
                    None => self.attempt_again(key).await,
                },
                None if stream == USERS => self.users(&[&id]).await,
                None => Ok(Vec::new()),
            };
            let mut payloads = match told {
                Ok(payloads) => payloads,
                Err(trouble) => {
                    let reason = self.reason(&what, &trouble.unless_fatal()?);
                    // Of a repository that was left meanwhile it was told that nothing stands in the way of anything.
                    if let Some(told) = self.tell(&what, Some(reason), self.probe.at) {
                        self.emit(vec![told]).await?;
                    }
                    continue;
                }
            };
            let at = payloads.first().map_or(self.probe.at, |payload| payload.observed_at);
            payloads.extend(self.tell(&what, None, at));
            self.part.untold.remove(&what);
            self.emit(payloads).await?;
        }
        Ok(())
    }

    async fn thing_again(&mut self, listing: &Listing, key: &str, id: &str) -> Result<Vec<Payload>, Trouble> {
        let told = match self.one(listing, key, id).await {
            Ok(told) => told,
            Err(Trouble::Missing(_)) => {
                let gone = self.text(listing.stream, key, self.probe.at, GONE.to_owned());
                // By what it was met as before, it would not land if it were met again as it was.
                let number = key.parse::<u64>().ok();
                let reach = self.part.lists.get_mut(listing.stream);
                if let (Some(number), Some(late)) = (number, reach.and_then(|reach| reach.late.as_mut())) {
                    late.forget(number);
                }
                let met: Vec<(u64, u64)> = number.map(|number| (number, met::gone())).into_iter().collect();
                let noted = self.noted(listing, &met, self.probe.at)?;
                return Ok(std::iter::once(gone).chain(noted).collect());
            }
            Err(trouble) => return Err(trouble),
        };
        let mut payloads: Vec<Payload> = self.item(listing, &told.data, told.at).await?.into_iter().collect();
        let met: Vec<(u64, u64)> = payloads.iter().filter_map(Listing::met).collect();
        payloads.extend(self.noted(listing, &met, told.at)?);
        let stage = (listing.stage)(&told.data, told.at);
        if let Some(reach) = self.part.lists.get_mut(listing.stream) {
            reach.open |= stage == Stage::UnderWay;
            waiting::note(&mut reach.waiting, &told.data, stage, told.at);
        }
        Ok(payloads)
    }
}
