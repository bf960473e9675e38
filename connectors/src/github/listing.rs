//! Lists of a repository that GitHub hands out newest first: changed lately (pull requests, milestones, issues), or made lately
//! (deployments, releases).
//!
//! A reading goes from the newest item to where the last one began, so what matters most comes first and a page that shifts
//! while it is read loses nothing: what changes meanwhile goes to the front, where the next reading begins. When afterwards
//! there are fewer items than there were and came, some are gone, and the list is read whole: what is not met is deleted. Where
//! things go or change with no sign of it, as comments do, it is read whole every few weeks besides: then it is known as what each thing was
//! met last, what is as it was does not land again, and what is missed is told by its number.

use super::cursor::{Part, Reach, Walk, earlier, later, micros};
use super::late::{self, Late};
use super::operation::{self, Operation};
use super::probe::{About, List, Probe};
use super::reader::Reader;
use super::untold::Untold;
use super::waiting::{self, Stage};
use crate::net::Trouble;
use crate::since::reaches;
use chrono::NaiveTime;
use pulse_engine::land::Payload;
use serde_json::{Map, Value, json};
use std::collections::HashMap;

pub(super) const MINUTE: i64 = 60 * 1_000_000;
pub(super) const DAY: i64 = 24 * 60 * MINUTE;
/// How far behind the newest that was landed reading goes on: GitHub may answer from a copy that is a little late.
pub(super) const OVERLAP: i64 = 5 * MINUTE;
/// After how many days a list is read whole in which things go or change with no sign of it, and up to twice as many: of each repository
/// another, so that they are not all read at once.
const WHOLE_AFTER: i64 = 28;
/// How long a list is of which, where there are fewer items than there should be, no more lands than what differs: what was met of it is told
/// before the next reading, which reads it whole. What is gone from a shorter one is gone with this reading.
const LONG: u64 = 1_000;
/// For how many days one of [`TURNS`] lasts, in which some of those have theirs that are late.
const TURN: i64 = 7;
const TURNS: i64 = WHOLE_AFTER / TURN;

/// A list, and how it is read.
#[derive(Debug)]
pub(super) struct Listing {
    /// Its stream.
    pub(super) stream: &'static str,
    pub(super) operation: Operation,
    /// The same list of what says which thing it is and when it changed, and nothing else of it.
    pub(super) short: Operation,
    /// How a thing of it is asked for alone, and the answer's place of it: below `/node` by its node id, else by its number.
    pub(super) one: (Operation, &'static str),
    /// Its name in the answer.
    pub(super) list: &'static str,
    /// How many items are asked for at once.
    pub(super) first: u32,
    pub(super) order: Order,
    /// What an item's key is.
    pub(super) key: &'static str,
    /// The lists within an item, and how more of them is asked for; the answer's place of the item.
    parts: Option<(&'static [&'static str], Operation, &'static str)>,
    /// How far an item is, at a time.
    pub(super) stage: fn(&Value, i64) -> Stage,
    /// Whether something in it may go or change so that neither an item nor their number tells of it.
    pub(super) is_silent: bool,
}

/// What comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// What was changed last.
    Changed,
    /// What was made last; of what was made so long ago, a change is noticed.
    Made { lately: i64 },
}

impl Order {
    /// The time that it goes by.
    pub(super) fn field(self) -> &'static str {
        if self == Order::Changed { "updatedAt" } else { "createdAt" }
    }

    /// How far behind a time what changed at it may stand.
    pub(super) fn lately(self) -> i64 {
        if let Order::Made { lately } = self { lately } else { 0 }
    }
}

/// Every list, in the order in which it is read.
pub(super) const LISTS: &[Listing] = &[
    Listing {
        stream: "pull_requests",
        operation: operation::PULL_REQUESTS,
        short: operation::PULL_REQUESTS_IN_SHORT,
        one: (operation::PULL_REQUEST, "/repository/pullRequest"),
        list: "pullRequests",
        first: 40,
        order: Order::Changed,
        key: "number",
        parts: Some((
            &["commits", "reviews", "comments", "reviewThreads", "timelineItems"],
            operation::PULL_REQUEST_PARTS,
            "/repository/pullRequest",
        )),
        stage: |_, _| Stage::Over,
        is_silent: true,
    },
    Listing {
        stream: "deployments",
        operation: operation::DEPLOYMENTS,
        short: operation::DEPLOYMENTS_IN_SHORT,
        one: (operation::DEPLOYMENT, "/node"),
        list: "deployments",
        first: 80,
        order: Order::Made { lately: 7 * DAY },
        key: "databaseId",
        parts: Some((&["statuses"], operation::DEPLOYMENT_PARTS, "/node")),
        stage: Stage::of,
        is_silent: false,
    },
    Listing {
        stream: "releases",
        operation: operation::RELEASES,
        short: operation::RELEASES_IN_SHORT,
        one: (operation::RELEASE, "/node"),
        list: "releases",
        first: 100,
        order: Order::Made { lately: 30 * DAY },
        key: "databaseId",
        parts: None,
        stage: |_, _| Stage::Over,
        is_silent: true,
    },
    Listing {
        stream: "milestones",
        operation: operation::MILESTONES,
        short: operation::MILESTONES_IN_SHORT,
        one: (operation::MILESTONE, "/repository/milestone"),
        list: "milestones",
        first: 100,
        order: Order::Changed,
        key: "number",
        parts: None,
        stage: |_, _| Stage::Over,
        is_silent: false,
    },
    Listing {
        stream: "issues",
        operation: operation::ISSUES,
        short: operation::ISSUES_IN_SHORT,
        one: (operation::ISSUE, "/repository/issue"),
        list: "issues",
        first: 60,
        order: Order::Changed,
        key: "number",
        parts: Some((&["comments", "timelineItems"], operation::ISSUE_PARTS, "/repository/issue")),
        stage: |_, _| Stage::Over,
        is_silent: true,
    },
];

/// How a reading of a list came to its end.
enum Ended {
    Done,
    /// There are fewer items than there should be, or more behind those that are new: all is to be read, to see what there is.
    Short,
    /// All was read, and what changed meanwhile is at the front now.
    Unsettled,
}

/// How often a list is read at most in one go.
const ROUNDS: usize = 4;
/// How many pages the lists within an item have at most: more is no list of GitHub's.
const PARTS: usize = 1000;

impl Reach {
    /// A problem when something in it is out of sight.
    fn seen_whole(&self) -> Result<(), Trouble> {
        self.hidden.clone().map_or(Ok(()), |hidden| Err(Trouble::Refused(hidden)))
    }

    /// Whether there is anything to read, as is told at a time. What changed by a clock that was ahead stays before all that changes until then, and tells
    /// of none of it.
    fn is_due(&self, now: &List, at: i64) -> bool {
        self.walk.is_some()
            || self.listed.is_some()
            || self.open
            || self.total != now.total_count
            || self.newest.as_deref() != now.newest()
            || now.newest().and_then(micros).is_some_and(|newest| newest > at + OVERLAP)
            || self.late.as_ref().is_some_and(|late| late.is_due(at))
    }
}

impl Listing {
    /// What a thing of it is called; nothing where it has no number.
    pub(super) fn key_of(&self, item: &Value) -> Option<String> {
        match &item[self.key] {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// What is told of it before it is read; nothing where one may not see it.
    fn told<'a>(&self, about: &'a About) -> Option<&'a List> {
        let told = match self.stream {
            "pull_requests" => &about.pull_requests,
            "deployments" => &about.deployments,
            "releases" => &about.releases,
            "milestones" => &about.milestones,
            _ => &about.issues,
        };
        told.as_ref()
    }

    /// Whether there is anything to read in it, as far as that is told before.
    pub(super) fn is_due(&self, part: &Part, probe: &Probe) -> bool {
        let reach = part.lists.get(self.stream);
        self.told(&probe.about).is_some_and(|now| reach.is_none_or(|reach| reach.is_due(now, probe.at)))
    }
}

impl Reader<'_> {
    /// Reads what is new in a list.
    pub(super) async fn list(&mut self, listing: &Listing) -> Result<(), Trouble> {
        let now = listing.told(&self.probe.about);
        let Some(now) = now else { return Err(Trouble::Refused(hidden(&self.probe.hidden))) };
        let reach = self.part.lists.get(listing.stream).cloned().unwrap_or_default();
        let read = reach.read.filter(|_| reaches(reach.since, self.settings.since));
        let known = self.known_of(listing);
        // What is still to be told of the last reading of all is told by what is known.
        let is_lost = reach.lean.is_some() && known.is_none();
        // What it did not meet is told once nothing keeps that from being known any more.
        let is_owed = reach.owed && !self.has_untold(listing.stream);
        let is_old = read.is_some_and(|read| self.is_old(listing, now, read));
        let stale = self.is_stale(read) || is_old || is_lost || is_owed;
        if !stale && !reach.is_due(now, self.probe.at) {
            self.waiting(listing).await?;
            return reach.seen_whole();
        }
        // Where there is nothing and nobody looked before, nothing is asked: most repositories of very many are such. Of one that was
        // read, rows may be there that nobody missed while `since` was set.
        let is_first = !self.part.lists.contains_key(listing.stream);
        if is_first && now.total_count == 0 {
            let (read, since) = (Some(self.probe.at), self.settings.since);
            let reach = Reach { read, since, noted: true, each: true, asked: read, ..reach };
            self.part.lists.insert(listing.stream.to_owned(), reach);
            return self.emit(Vec::new()).await;
        }
        // A reading that began before all was to be read anew is not one of all.
        let first_day = self.settings.since;
        let goes_on = |walk: &Walk| {
            (walk.lean.is_none() || (known.is_some() && walk.since == first_day))
                && (!stale || (walk.full && walk.began.is_none_or(|began| !self.is_stale(Some(began)))))
        };
        let begun = reach.walk.clone().filter(goes_on);
        // What is still to be told of the last reading of all is known by no note since then, nor is what that one had no look at.
        // A reading that was broken off may have noted what lies before the first day.
        let is_of_it = reach.walk.as_ref().is_none_or(|walk| !walk.full || walk.since == first_day);
        let is_alike = listing.is_noted(&reach) && reach.listed.is_none() && reach.since == first_day && is_of_it;
        let lean = reach.read.filter(|_| is_alike && known.is_some() && !is_owed);
        // One of all that cannot go on begins anew: what it is to find is told by nothing else.
        let is_whole = stale || reach.walk.as_ref().is_some_and(|walk| walk.full);
        let mut walk = begun.unwrap_or_else(|| if is_whole { Walk::whole(first_day, lean) } else { Walk::default() });
        let mut met = HashMap::new();
        for _ in 0..ROUNDS {
            let reach = self.part.lists.get(listing.stream).cloned().unwrap_or_default();
            walk = match self.walk(listing, reach, walk, &mut met).await? {
                Ended::Done => break,
                Ended::Short => Walk::whole(first_day, None),
                Ended::Unsettled => Walk::default(),
            };
        }
        self.waiting(listing).await?;
        self.part.lists.get(listing.stream).map_or(Ok(()), Reach::seen_whole)
    }

    /// Whether it is so long ago that a list was read whole that it is read so again. Of an archived repository nothing can change.
    fn is_old(&self, listing: &Listing, now: &List, read: i64) -> bool {
        let number = self.probe.id.parse().unwrap_or_default();
        listing.is_silent
            && now.total_count > 0
            && !self.probe.about.is_archived
            && has_its_turn(number, self.probe.at, read)
    }

    /// Reads a list until its end, or until what was landed before. `met` holds as what each thing was met last in this reading, where what
    /// differs lands and nothing else.
    async fn walk(
        &mut self,
        listing: &Listing,
        mut reach: Reach,
        mut walk: Walk,
        met: &mut HashMap<u64, u64>,
    ) -> Result<Ended, Trouble> {
        let since = self.settings.since.map(|day| day.and_time(NaiveTime::MIN).and_utc().timestamp_micros());
        let order = listing.order.field();
        let behind = |time: &Option<String>, by: i64| time.as_deref().and_then(micros).map_or(i64::MIN, |at| at - by);
        let (floor, changed) = match listing.order {
            _ if walk.full => (i64::MIN, i64::MIN),
            Order::Changed => (behind(&reach.seen, OVERLAP), i64::MIN),
            Order::Made { lately } => (behind(&reach.created, lately), behind(&reach.seen, OVERLAP)),
        };
        let lean = if walk.full { walk.lean } else { reach.lean };
        let known = self.known_of(listing).filter(|_| lean.is_some());
        let late = reach.late.clone().filter(|_| known.is_none() && !walk.full);
        let (mut first, mut anew) = (listing.first, false);
        loop {
            let (told, mut failing) = match self.page(listing, walk.after.as_deref(), &mut first).await {
                Ok(page) => page,
                // A place in a list may be forgotten in the meantime. Where each is, it would begin anew for ever.
                Err(Trouble::Again(reason)) if walk.after.is_some() && !anew && reason.contains("cursor") => {
                    anew = true;
                    walk = if walk.full {
                        // What was met before it begins anew may be gone by then.
                        met.clear();
                        Walk::whole(walk.since, walk.lean)
                    } else {
                        Walk::default()
                    };
                    continue;
                }
                Err(trouble) => return Err(trouble),
            };
            let list = &told.data["repository"][listing.list];
            if list.is_null() {
                return Err(Trouble::Refused(hidden(&told.hidden)));
            }
            let nodes = list["nodes"].as_array().map(Vec::as_slice).unwrap_or_default();
            let items: Vec<&Value> = nodes.iter().filter(|item| !item[listing.key].is_null()).collect();
            // What this credential may not see, or what has no number, is not gone for that.
            if items.len() < nodes.len() || !told.hidden.is_empty() {
                walk.holes = true;
                reach.hidden = Some(hidden(&told.hidden));
            }
            if walk.began.is_none() {
                walk.began = Some(told.at);
                walk.total = list["totalCount"].as_u64().unwrap_or_default();
                walk.newest = items.first().and_then(|item| item["updatedAt"].as_str()).map(str::to_owned);
                (walk.seen, walk.created) = (reach.seen.clone(), reach.created.clone());
            }
            // Two of GitHub's clocks may differ a little: what is met is not missed for that.
            let began = walk.began.unwrap_or(told.at);
            let at = told.at.max(began);
            let time = |item: &Value, field: &str| item[field].as_str().and_then(micros).unwrap_or(i64::MAX);
            let (mut payloads, mut ends, mut cut) = (Vec::new(), list["pageInfo"]["hasNextPage"] != true, false);
            let (mut noted, mut untold) = (Vec::new(), Untold::default());
            for item in items {
                if since.is_some_and(|since| time(item, order) < since) {
                    (ends, cut) = (true, true);
                    break;
                }
                if time(item, order) < floor {
                    ends = true;
                    break;
                }
                // One that is told in short says nothing of how far it is.
                let is_untold = listing.key_of(item).is_some_and(|key| failing.contains_key(&key));
                let stage = if is_untold { Stage::Over } else { (listing.stage)(item, told.at) };
                walk.open |= stage == Stage::UnderWay;
                waiting::note(&mut walk.waiting, item, stage, told.at);
                let made = item["createdAt"].as_str();
                walk.fresh += u64::from(made > reach.created.as_deref());
                walk.created = later(walk.created, made);
                walk.seen = later(walk.seen, item["updatedAt"].as_str());
                if time(item, "updatedAt") < changed {
                    continue;
                }
                let payload = match self.told(listing, item, at, &mut failing).await? {
                    Ok(payload) => payload,
                    Err(trouble) => {
                        noted.extend(untold.note(listing, item, trouble));
                        continue;
                    }
                };
                if let Some(payload) = payload {
                    untold.others += 1;
                    let is_same = Listing::met(&payload).is_some_and(|(number, sum)| {
                        late::note(&mut walk.lately, (number, sum), time(item, "updatedAt"), began);
                        if late.as_ref().is_some_and(|late| late.is_same(number, sum)) {
                            return true;
                        }
                        noted.push((number, sum));
                        known.is_some_and(|known| match met.insert(number, sum) {
                            Some(last) => last == sum,
                            None => known.is_same(number, sum),
                        })
                    });
                    if !is_same {
                        payloads.push(payload);
                    }
                }
            }
            // One that is not told is there: what is known of it is not gone.
            met.extend(untold.numbers());
            payloads.extend(self.noted(listing, &noted, at)?);
            payloads.extend(self.untold(listing.stream, untold, at)?);
            let after = list["pageInfo"]["endCursor"].as_str().map(str::to_owned);
            if !ends {
                if after == walk.after {
                    return Err(Trouble::Again("its list does not go on".to_owned()));
                }
                walk.after = after;
                self.part.lists.insert(listing.stream.to_owned(), Reach { walk: Some(walk.clone()), ..reach.clone() });
                self.emit(payloads).await?;
                // What was met of one of which that is known is kept in memory until its end.
                if lean.is_none() {
                    self.rest()?;
                }
                continue;
            }
            // What is not met when all is read is gone; what is older than what is to be read was not looked for, but where it is known what
            // was met of that alone.
            let is_all = !cut || lean.is_some();
            let listed = if walk.full { Some(began).filter(|_| is_all) } else { reach.listed }.filter(|_| !walk.holes);
            // What could not be seen stays so until all is read and can be.
            let out_of_sight = reach.hidden.take().filter(|_| walk.holes || !walk.full);
            // What changes while all is read goes to the front, and is met when that is read once more.
            let settled = !walk.full || listing.order != Order::Changed;
            let (has_untold, mut owed) =
                (self.has_untold(listing.stream), reach.owed && (lean.is_some() || !walk.full));
            match listed.filter(|_| settled) {
                Some(at) if lean.is_some() => payloads.extend(self.missed(listing, met, at)?),
                // What is not told is not gone, and from what is this does not tell it.
                Some(_) if has_untold => owed = true,
                Some(at) => payloads.push(self.text("listings", listing.stream, at, "{}".to_owned())),
                None => {}
            }
            // More than expected are none that are gone: one that is changed while the list is read is not met in it.
            let expected = reach.total + walk.fresh;
            // One that is made later than it says, as a release of an old commit, stands where nobody looked.
            let is_behind = matches!(listing.order, Order::Made { .. }) && walk.total > expected;
            let is_short = !walk.full && (walk.total < expected || is_behind);
            // Since a first day, what is gone is known by what was met alone.
            let waits = since.is_some() || walk.total >= LONG || has_untold;
            let is_known = listing.is_noted(&reach) && reach.listed.is_none() && reach.since == self.settings.since;
            let known_since = reach.read.filter(|_| is_short && waits && is_known);
            let short = is_short && (since.is_none() || known_since.is_some());
            let read = if walk.full { walk.began } else { reach.read };
            let since = if walk.full { self.settings.since } else { reach.since };
            // What was met before another day was set is more than the next reading of all looks for.
            let is_alike = walk.since == self.settings.since;
            let noted = if walk.full { walk.noted && !walk.holes && is_alike } else { reach.noted };
            let each = if walk.full { walk.each } else { reach.each };
            let Walk { newest, total, seen, created, open, waiting: met, lately, .. } = walk;
            let waiting = waiting::joined(reach.waiting, met, floor);
            let asked = if walk.full { walk.began } else { reach.asked };
            reach =
                Reach { read, since, noted, each, newest, total, created, open, waiting, asked, ..Reach::default() };
            reach.late = Late::after(began, seen.as_deref(), lately);
            // Pages were read one after the other: what was changed after the first need not be on any.
            reach.seen = earlier(seen, began - OVERLAP);
            (reach.listed, reach.hidden, reach.owed) = (listed.filter(|_| !settled), out_of_sight, owed);
            reach.lean = lean.filter(|_| reach.listed.is_some());
            reach.walk = short.then(|| Walk::whole(self.settings.since, known_since));
            let ended = match reach.listed {
                _ if short && known_since.is_none() => Ended::Short,
                Some(_) => Ended::Unsettled,
                None => Ended::Done,
            };
            self.part.lists.insert(listing.stream.to_owned(), reach);
            self.emit(payloads).await?;
            return Ok(ended);
        }
    }

    /// An item, with all that is in its lists.
    pub(super) async fn item(&self, listing: &Listing, item: &Value, at: i64) -> Result<Option<Payload>, Trouble> {
        let Some(key) = listing.key_of(item) else { return Ok(None) };
        let mut item = item.clone();
        if let Some((lists, operation, place)) = &listing.parts {
            // Landed like this, it would say that there are none.
            if let Some(list) = lists.iter().find(|list| item[**list].is_null()) {
                return Err(Trouble::Refused(format!("this credential may not see {list} of {key}")));
            }
            let mut pages = 0;
            while lists.iter().any(|list| item[*list]["pageInfo"]["hasNextPage"] == true) {
                let (owner, name) = self.probe.path();
                let mut variables = Map::new();
                if *place == "/node" {
                    variables.insert("id".to_owned(), item["id"].clone());
                } else {
                    variables.extend([("owner".to_owned(), json!(owner)), ("name".to_owned(), json!(name))]);
                    variables.insert("number".to_owned(), item["number"].clone());
                }
                // One that is at its end stays there: after its last item nothing comes.
                let ends = lists.iter().map(|list| ((*list).to_owned(), item[*list]["pageInfo"]["endCursor"].clone()));
                variables.extend(ends);
                let mut told = self.client.query(operation, &Value::Object(variables)).await?;
                let more = told.data.pointer_mut(place).filter(|more| !more.is_null());
                let more =
                    more.ok_or_else(|| Trouble::Again(format!("`{}` went away while it was read", listing.stream)))?;
                pages += 1;
                if pages > PARTS || lists.iter().any(|list| more[*list].is_null()) {
                    return Err(Trouble::Again(format!("its lists within {key} do not come to an end")));
                }
                for list in *lists {
                    append(&mut item[*list], more[*list].take());
                }
            }
        }
        self.threads(&mut item).await?;
        Ok(Some(self.payload(listing.stream, &key, at, &item)))
    }
}

/// Whether a list that was read whole at a time is to be read so again, of a repository of that number. Where lists are later than any
/// that was looked after, all of them may be, as after an upgrade or a long pause: a part of them has its turn each week.
pub(super) fn has_its_turn(number: i64, now: i64, read: i64) -> bool {
    let days = (now - read) / DAY;
    let is_late = days >= 2 * WHOLE_AFTER;
    let turn = now / (TURN * DAY) % TURNS;
    days >= WHOLE_AFTER + number % WHOLE_AFTER && (!is_late || turn == number / WHOLE_AFTER % TURNS)
}

/// Puts the next page of a list behind it.
pub(super) fn append(list: &mut Value, mut more: Value) {
    for name in ["nodes", "edges"] {
        let items = more.get_mut(name).and_then(Value::as_array_mut);
        if let (Some(all), Some(items)) = (list.get_mut(name).and_then(Value::as_array_mut), items) {
            all.append(items);
        }
    }
    let end = more["pageInfo"].take();
    // A list that was at its end has said so, and an empty page names no place.
    list["pageInfo"]["hasNextPage"] = end["hasNextPage"].clone();
    if !end["endCursor"].is_null() {
        list["pageInfo"]["endCursor"] = end["endCursor"].clone();
    }
}

pub(super) fn hidden(said: &[String]) -> String {
    match said.first() {
        Some(said) => said.clone(),
        None => "this credential may not see them".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_that_are_late_have_their_turns_in_another_week_each_and_others_on_another_day() {
        let due = |number: i64, read: i64, days: std::ops::Range<i64>| -> Vec<i64> {
            days.filter(|day| has_its_turn(number, day * DAY, read * DAY)).collect()
        };
        // Read on day 100: due from the 28th day after it on, or a later one, until that is four weeks late.
        assert_eq!(due(0, 100, 100..156), (128..156).collect::<Vec<_>>());
        assert_eq!(due(27, 100, 100..156), [155]);
        // Read long ago: day 1400 begins the first of four weeks.
        for (number, week) in [(0, 0), (27, 0), (28, 1), (56, 2), (84, 3), (111, 3), (112, 0)] {
            let from = 1400 + 7 * week;
            assert_eq!(due(number, 100, 1400..1428), (from..from + 7).collect::<Vec<_>>(), "{number}");
        }
        let late: Vec<usize> = (0..4)
            .map(|week| {
                let day = 1400 + 7 * week;
                (0..1120).filter(|number| !due(*number, 100, day..day + 1).is_empty()).count()
            })
            .collect();
        assert_eq!(late, [280; 4]);
    }
}
