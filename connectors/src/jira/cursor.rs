//! How far Jira was read.

use super::gaps::{GAP, Gap};
use super::source::{DAYS, SITE};
use super::untold::{UNTOLD, Untold};
use crate::source::cursor;
use crate::{Range, Result};
use chrono::NaiveDate;
use pulse_engine::land::{Cursors, OVER};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// Where the whole of a site stands. Times are by Jira's clock, in microseconds since 1970.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Site {
    /// When projects, statuses, boards and sprints were last looked at.
    pub(super) looked: Option<i64>,
    /// The last board that was asked for its sprints then, where not all were.
    pub(super) boards_after: Option<String>,
    /// The last project that was asked for its versions and components then, where not all were.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) parts_after: Option<String>,
    /// Whether to ask all boards in one look did not come to its end, so that they take turns in the next.
    pub(super) boards_take_turns: bool,
    /// What was landed of them, by stream and key. There may be very many, so that each stream has a part of its own, which stands with no page
    /// of issues. Earlier versions wrote all of it here.
    #[serde(skip_serializing)]
    pub(super) landed: BTreeMap<String, String>,
    /// Until when all changes of issues are landed, but for projects that are still read for the first time.
    pub(super) reach: Option<i64>,
    /// A reading of changes under way.
    pub(super) walk: Option<Walk>,
    /// Since when all that there is is being read anew.
    pub(super) whole: Option<i64>,
    /// When the last reading of all that there is began that came to its end.
    pub(super) whole_at: Option<i64>,
    /// The last reading of all that there is by which what it did not meet was asked for.
    pub(super) asked_for: Option<i64>,
    /// How far it was asked for of the newest one, issue by issue in the order of their ids in core. What is landed of an issue may
    /// be no news to core, as when it cannot be mapped: it is not asked for again, so that those after it are.
    pub(super) asked_until: Option<String>,
    /// Where all this was read: numbers of another site mean other things.
    pub(super) place: String,
    /// What former keys of projects led to when these were last looked at.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) rekeyed: BTreeMap<String, String>,
    /// Projects that are not listed any more, and of which Jira does not say that they were deleted: they may be archived, or out of sight.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) unseen: BTreeSet<String>,
    /// The fields that were taken for something when projects were last looked at and none was out of sight.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) fields: Vec<Value>,
    /// Whose account saw all projects that were landed, when these were last looked at and none was out of sight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) account: Option<String>,
    /// Whose account began the last reading of all that there is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) read_by: Option<String>,
    /// Whose account saw all issues that were held, when all was read anew and what was not met was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) met_by: Option<String>,
    /// How many issues the last reading of all that there is did not meet that are not there for another account than that, and so stay.
    pub(super) kept: u64,
    /// Whether somebody asked for that reading, so that what is not there counts as gone whoever asks.
    pub(super) is_asked: bool,
    /// What could not be read, and why.
    pub(super) problems: BTreeMap<String, String>,
    /// Whether all this could not be read any more, until all is read anew: what was told of problems before is not known, either.
    pub(super) is_lost: bool,
}

impl Site {
    /// What earlier readings left, with what they landed.
    pub(super) fn of(cursors: &Cursors, connection: &str) -> Result<Self> {
        let mut site: Self = cursor(cursors, SITE, connection)?;
        for part in cursors.keys().filter(|part| part.starts_with(LANDED)) {
            let Parts(landed) = cursor(cursors, part, connection)?;
            site.landed.extend(landed);
        }
        Ok(site)
    }

    /// Has that read anew of which these cursors could not be read.
    pub(super) fn lose(&mut self, lost: &Cursors) {
        self.is_lost |= lost.contains_key(SITE);
        // Which projects there are is known by what was landed of them.
        if lost.keys().any(|part| part.starts_with(LANDED)) {
            self.looked = None;
        }
    }

    /// The projects that were landed and are not among those that are listed now.
    pub(super) fn missing(&self, listed: &[String]) -> BTreeSet<String> {
        let listed: BTreeSet<&str> = listed.iter().map(String::as_str).collect();
        let held = self.landed.keys().filter_map(|name| name.strip_prefix("projects/"));
        held.filter(|id| !listed.contains(id)).map(str::to_owned).collect()
    }

    /// The boards that were landed of projects that are all in sight.
    pub(super) fn shown_boards(&self) -> BTreeSet<String> {
        let board = |(name, landed): (&String, &String)| {
            let (id, (_, homes)) = (name.strip_prefix("boards/")?, landed.split_once(' ')?);
            is_shown(homes, &self.unseen).then(|| id.to_owned())
        };
        self.landed.iter().filter_map(board).collect()
    }

    /// Since when what was not met is in doubt: since the last reading of all that there is began, or that which a project keeps from its
    /// end.
    pub(super) fn doubts_since(&self) -> Option<i64> {
        let fails = |what: &String| what.strip_prefix("projects/").is_some_and(|key| !key.contains('/'));
        self.whole.filter(|_| self.problems.keys().any(fails)).or(self.whole_at)
    }

    /// The projects that boards were in, as they said themselves or these projects told.
    pub(super) fn homes(&self) -> BTreeMap<String, BTreeSet<String>> {
        let board = |(name, landed): (&String, &String)| {
            let (id, (_, homes)) = (name.strip_prefix("boards/")?, landed.split_once(' ')?);
            let homes = homes.split(',').filter(|home| !home.is_empty()).map(str::to_owned);
            Some((id.to_owned(), homes.collect::<BTreeSet<String>>()))
        };
        self.landed.iter().filter_map(board).collect()
    }

    /// The part of what was landed of a stream, and its cursor.
    pub(super) fn landed_of(&self, stream: &str) -> Result<(String, String)> {
        let start = format!("{stream}/");
        let of = self.landed.range(start.clone()..).take_while(|(name, _)| name.starts_with(&start));
        let landed = Parts(of.map(|(name, sum)| (name.clone(), sum.clone())).collect());
        Ok((format!("{LANDED}{stream}"), serde_json::to_string(&landed)?))
    }

    /// The cursors of what was landed that has none of its own yet, as earlier versions left it.
    pub(super) fn unparted(&self, cursors: &Cursors) -> Result<Cursors> {
        let streams: BTreeSet<&str> = self.landed.keys().filter_map(|name| Some(name.split_once('/')?.0)).collect();
        let without = streams.into_iter().filter(|stream| !cursors.contains_key(&format!("{LANDED}{stream}")));
        without.map(|stream| self.landed_of(stream)).collect()
    }
}

/// Whether something is in projects, as it tells by their numbers, of which none is out of sight. Of what says nothing of it that is not known
/// while there are such projects.
pub(super) fn is_shown(homes: &str, unseen: &BTreeSet<String>) -> bool {
    unseen.is_empty() || !homes.is_empty() && homes.split(',').all(|home| !unseen.contains(home))
}

/// From how many issues of a project on that are not found any more, where they are more than half of it, hardly somebody deleted them.
const MANY: u64 = 20;

/// How the parts of what was landed of a site are called, those of a project's versions and components, and those of its issues.
const LANDED: &str = "landed/";
pub(super) const PARTS: &str = "parts/";
pub(super) const PROJECT: &str = "project/";

/// Reads the cursor of a part, to see that it can be read. Of one that is called otherwise nothing is known here.
pub(super) fn try_read(part: &str, cursor: &str) -> serde_json::Result<()> {
    match part {
        SITE => serde_json::from_str::<Site>(cursor).map(drop),
        DAYS => serde_json::from_str::<Days>(cursor).map(drop),
        _ if part.starts_with(UNTOLD) => serde_json::from_str::<Untold>(cursor).map(drop),
        _ if part.starts_with(GAP) => serde_json::from_str::<Gap>(cursor).map(drop),
        _ if part.starts_with(PROJECT) => serde_json::from_str::<Project>(cursor).map(drop),
        _ if part.starts_with(LANDED) || part.starts_with(PARTS) => serde_json::from_str::<Parts>(cursor).map(drop),
        _ => Ok(()),
    }
}

/// Takes those out of these cursors that earlier versions left of gaps and of issues which were told in the end, and tells that they are over.
pub(super) fn ended(cursors: &mut Cursors) -> Cursors {
    let is_over = |part: &str, stands: &str| {
        part.starts_with(GAP) && serde_json::from_str::<Gap>(stands).is_ok_and(|gap| gap.is_over)
            || part.starts_with(UNTOLD) && serde_json::from_str::<Untold>(stands).is_ok_and(|untold| untold.is_over())
    };
    let parts = cursors.iter().filter(|(part, stands)| is_over(part, stands)).map(|(part, _)| part.clone());
    let over: Cursors = parts.map(|part| (part, OVER.to_owned())).collect();
    cursors.retain(|part, _| !over.contains_key(part));
    over
}

/// What was landed of a stream of a site, or of the versions and components of a project, by stream and key.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(transparent)]
pub(super) struct Parts(pub(super) BTreeMap<String, String>);

/// Where the first reading of a project stands.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Project {
    /// When the last reading of all its issues began that came to its end.
    pub(super) read: Option<i64>,
    /// The day before which nothing was read of them then.
    pub(super) since: Option<NaiveDate>,
    /// The query for incidents that was asked of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) incidents: Option<String>,
    /// What their keys began with then; not known where an earlier version read them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) key: Option<String>,
    /// How many there were then, or before very many went out of sight.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) found: Option<u64>,
    /// Whether so many fewer were found than before that these are rather out of sight: what was not met is asked for no more.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) hides: bool,
    /// A reading under way.
    pub(super) walk: Option<Walk>,
}

impl Project {
    /// Whether its issues were read under other keys than they have now.
    pub(super) fn went_by_another_than(&self, key: &str) -> bool {
        self.key.as_deref().is_some_and(|was| was != key)
    }

    /// One whose issues are all to be read once more: how many there were stays known, so that what is out of sight is not taken for deleted then.
    pub(super) fn anew(&self) -> Self {
        let (since, found, hides) = (self.since, self.found, self.hides);
        Self { since, found, hides, ..Self::default() }
    }

    /// Notes how a reading of all of its issues ended that began at a day, and whether somebody asked for it, so that what is not there is gone.
    pub(super) fn ends(&mut self, walk: &Walk, since: Option<NaiveDate>, is_asked: bool) {
        if !walk.has_gap {
            // Another day leaves out others, and says nothing of those that are out of sight.
            let known = self.found.filter(|_| (self.since == since || self.hides) && !is_asked);
            let are_many = |before: u64| before.saturating_sub(walk.found) >= MANY && walk.found * 2 < before;
            self.hides = known.is_some_and(are_many);
            if !self.hides {
                self.found = Some(walk.found);
            }
        }
        (self.read, self.since, self.walk) = (Some(walk.began), since, None);
    }
}

/// Where the reading of a span of days stands.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Days {
    /// Which days; none while none are read.
    pub(super) range: Option<Range>,
    pub(super) walk: Option<Walk>,
    /// Whether all issues of them are landed, and only what these say of pull requests is still to be asked for.
    pub(super) is_read: bool,
}

/// A search whose pages are landed one by one.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Walk {
    /// When it began.
    pub(super) began: i64,
    pub(super) jql: String,
    /// Where the next page begins: a token, or how many came before.
    pub(super) place: Option<String>,
    /// How many issues it found in all, as the last page told.
    pub(super) total: Option<u64>,
    /// When the last issue was changed that it told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) last: Option<i64>,
    /// How many issues it found by now, and whether some are not told.
    pub(super) found: u64,
    pub(super) has_gap: bool,
    /// How many pages of it were read.
    pub(super) pages: u64,
}

impl Walk {
    /// Goes on to the next page of a search that issues may leave while it is read: those after them moved up then, past its place,
    /// which goes back by as many.
    pub(super) fn go_on(&mut self, next: Option<String>, total: Option<u64>) {
        let place = self.place.as_deref().and_then(|place| place.parse::<u64>().ok());
        let left = self.total.zip(total).map_or(0, |(before, now)| before.saturating_sub(now));
        self.place = match place {
            Some(place) if left > 0 => Some(place.saturating_sub(left).to_string()),
            _ => next,
        };
        self.total = total;
        self.pages += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issues_that_are_out_of_sight_are_so_whatever_is_read_until_they_are_found_or_somebody_says_that_they_are_gone() {
        let day = |day: &str| day.parse::<NaiveDate>().ok();
        let walk = |found: u64| Walk { found, ..Walk::default() };
        let mut project = Project::default();
        let mut ends = |found: u64, since: Option<NaiveDate>, is_asked: bool| {
            project.ends(&walk(found), since, is_asked);
            project = Project { incidents: Some("labels = fire".to_owned()), ..project.anew() };
            (project.found, project.hides)
        };
        assert_eq!(ends(100, None, false), (Some(100), false));
        // A later day leaves out most.
        assert_eq!(ends(30, day("2026-01-01"), false), (Some(30), false));
        assert_eq!(ends(100, None, false), (Some(100), false));
        assert_eq!(ends(40, None, false), (Some(100), true));
        assert_eq!(ends(30, day("2026-01-01"), false), (Some(100), true));
        assert_eq!(ends(90, None, false), (Some(90), false), "they are found again");
        assert_eq!(ends(40, None, false), (Some(90), true));
        assert_eq!(ends(40, None, true), (Some(40), false), "somebody says that they are gone");
    }
}
