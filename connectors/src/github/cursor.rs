//! How far GitHub was read, repository by repository.

use super::late::{Late, Sums};
use super::listing::{DAY, LISTS, MINUTE};
use super::source::{OWNERS, TEAMS_EVERY};
use super::waiting::Waiting;
use crate::source::cursor;
use crate::{Range, Result, met};
use chrono::NaiveDate;
use pulse_engine::land::Cursors;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Where one repository stands. Times are GitHub's own texts: nothing here depends on our clock.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Part {
    /// Its name when it was last seen.
    pub(super) name: String,
    /// The sum of what was landed of the repository itself.
    pub(super) about: String,
    /// Whether it was not there any more.
    pub(super) gone: bool,
    /// When it was last seen though no list has it any more: with another owner, for example; or looked for and not seen, where it is not
    /// taken for deleted.
    pub(super) away: Option<i64>,
    /// Whether it is the latter: it may be deleted, or out of sight.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) unseen: bool,
    pub(super) commits: Commits,
    /// The lists that are read newest first, by stream.
    pub(super) lists: BTreeMap<String, Reach>,
    pub(super) runs: Runs,
    /// What could not be read, by stream, and why; of single things by stream and key.
    pub(super) problems: BTreeMap<String, String>,
    /// The single things that GitHub does not tell, by stream and key, each with its node id where it is asked for by that.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) untold: BTreeMap<String, String>,
    /// A range of days that is being read again.
    pub(super) filling: Option<Filling>,
}

impl Part {
    /// Of which lists of all repositories it is to be known as what things were met, by their names, and since when.
    pub(super) fn lists_known_since(
        cursors: &Cursors,
        connection: &str,
        is_whole: bool,
        now: i64,
    ) -> BTreeMap<String, i64> {
        let mut lists = BTreeMap::new();
        for id in cursors.keys().filter(|part| is_repository(part)) {
            // Where these cannot be read, reading says so.
            let part: Self = cursor(cursors, id, connection).unwrap_or_default();
            let number: i64 = id.parse().unwrap_or_default();
            for listing in LISTS {
                let reach = part.lists.get(listing.stream);
                let since = reach.and_then(|reach| listing.known_since(number, reach, is_whole, now));
                lists.extend(since.map(|since| (listing.name(id), since)));
            }
        }
        lists
    }

    /// Whether it is looked for at a time by its number, which is done once a day where no list has it.
    pub(super) fn is_sought(&self, at: i64) -> bool {
        self.away.is_none_or(|seen| at - seen >= DAY)
    }

    /// Whether any that is out of sight is looked for at a time, a little early.
    pub(super) fn are_sought(cursors: &Cursors, connection: &str, at: i64) -> bool {
        // There may be very many others.
        let unseen = cursors.iter().filter(|(part, stands)| is_repository(part) && stands.contains("\"unseen\":true"));
        // Where these cannot be read, reading says so.
        let mut parts = unseen.map(|(part, _)| cursor::<Self>(cursors, part, connection).unwrap_or_default());
        // Our clock may be wrong.
        let is_soon = |seen: i64| !(0..DAY - 10 * MINUTE).contains(&(at - seen));
        parts.any(|part| part.unseen && !part.gone && part.away.is_none_or(is_soon))
    }

    /// Has that read anew of which these cursors could not be read, and tells where the repositories stand then that they are of.
    pub(super) fn lose(parts: &mut BTreeMap<String, Self>, mut lost: Cursors) -> Result<Cursors> {
        lost.remove(OWNERS);
        for name in lost.keys().cloned().collect::<Vec<_>>() {
            let id = name.strip_suffix(REFS).unwrap_or(&name);
            let Some(part) = parts.get_mut(id) else { continue };
            part.commits.read = None;
            if id == name {
                // What was told of problems before is not known any more: each is over, or is told again.
                let streams = LISTS.iter().map(|list| list.stream).chain(["commits", "workflow_runs"]);
                part.problems = streams.map(|stream| (stream.to_owned(), String::new())).collect();
            }
            lost.insert(id.to_owned(), serde_json::to_string(part)?);
        }
        Ok(lost)
    }

    /// Where all repositories stand, by their numbers: taken out of `cursors`, but for their branches and tags, of which there may be very
    /// many in all.
    pub(super) fn all(cursors: &mut Cursors, connection: &str) -> Result<BTreeMap<String, Self>> {
        let ids = cursors.keys().filter(|part| is_repository(part)).cloned();
        let mut parts = BTreeMap::new();
        for id in ids.collect::<Vec<_>>() {
            let mut part: Self = cursor(cursors, &id, connection)?;
            // Earlier versions wrote the text itself.
            if part.about.starts_with('{') {
                part.about = met::digits(&part.about);
            }
            cursors.remove(&id);
            parts.insert(id, part);
        }
        Ok(parts)
    }

    /// Takes its branches and tags out of `cursors`, where they have one of their own.
    pub(super) fn take_refs(&mut self, id: &str, cursors: &mut Cursors, connection: &str) -> Result<()> {
        let refs = refs_of(id);
        if cursors.contains_key(&refs) {
            self.commits.refs = cursor(cursors, &refs, connection)?;
            cursors.remove(&refs);
        }
        Ok(())
    }

    /// Takes them out of it again, until it is read on, as the part and its cursor: there may be very many.
    pub(super) fn put_refs(&mut self, id: &str) -> Result<(String, String)> {
        let refs = self.refs(id)?;
        self.commits.refs.clear();
        Ok(refs)
    }

    /// The part of its branches and tags, and its cursor.
    pub(super) fn refs(&self, id: &str) -> Result<(String, String)> {
        Ok((refs_of(id), serde_json::to_string(&self.commits.refs)?))
    }

    /// The repositories whose branches and tags have no cursor of their own yet, as earlier versions left them.
    pub(super) fn unparted<'a>(parts: &'a BTreeMap<String, Self>, cursors: &Cursors) -> Vec<(&'a String, &'a Self)> {
        let is_unparted =
            |(id, part): &(&String, &Self)| !part.commits.refs.is_empty() && !cursors.contains_key(&refs_of(id));
        parts.iter().filter(is_unparted).collect()
    }
}

/// How the part of a repository's branches and tags is called, after its number.
const REFS: &str = "/refs";

/// Whether a part is a repository's own.
fn is_repository(part: &str) -> bool {
    part != OWNERS && !part.ends_with(REFS)
}

fn refs_of(id: &str) -> String {
    format!("{id}{REFS}")
}

/// Reads the cursor of a part, to see that it can be read.
pub(super) fn try_read(part: &str, cursor: &str) -> serde_json::Result<()> {
    match part {
        OWNERS => serde_json::from_str::<Owners>(cursor).map(drop),
        _ if is_repository(part) => serde_json::from_str::<Part>(cursor).map(drop),
        _ => serde_json::from_str::<BTreeMap<String, String>>(cursor).map(drop),
    }
}

/// How far a range of days is read again.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub(super) struct Filling {
    /// Which, and since when: what was begun at another time is another.
    pub(super) asked: (Range, i64),
    /// Where each stream goes on; nowhere once it is read.
    pub(super) reached: BTreeMap<String, Option<String>>,
}

/// How far commits, branches and tags are landed.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Commits {
    /// When all of them were last begun to be read, by GitHub's clock.
    pub(super) read: Option<i64>,
    /// When somebody had last pushed.
    pub(super) pushed_at: Option<String>,
    /// The commit of the default branch whose whole history is landed.
    pub(super) default_sha: Option<String>,
    /// A reading under way.
    pub(super) walk: Option<CommitWalk>,
    /// Branches (`heads/…`) and tags (`tags/…`), and the object that each named. There may be very many, so that they have a cursor of their
    /// own, which stands with the pages alone that change them. Earlier versions wrote them here.
    #[serde(skip_serializing)]
    pub(super) refs: BTreeMap<String, String>,
}

/// A reading of commits under way: of those that `head` has and `base` does not, or of all that `head` has.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
pub(super) struct CommitWalk {
    pub(super) base: Option<String>,
    pub(super) head: String,
    /// The page that comes next.
    pub(super) page: u32,
}

/// How far a list is landed that is read newest first.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Reach {
    /// When the last reading of all of it began that came to its end, by GitHub's clock.
    pub(super) read: Option<i64>,
    /// The day before which nothing was read of it then.
    pub(super) since: Option<NaiveDate>,
    /// Whether it met all that there is since that day, and payloads of the stream `met` tell what was met since it began.
    pub(super) noted: bool,
    /// Whether that is true of each list: earlier versions said so of each, and told it of those alone that are read whole every few weeks.
    pub(super) each: bool,
    /// What its first item said of when it was updated: while it says so and `total` stays, nothing is new.
    pub(super) newest: Option<String>,
    /// How many items there were.
    pub(super) total: u64,
    /// The latest change of any item that is landed.
    pub(super) seen: Option<String>,
    /// When the youngest item was made that is landed.
    pub(super) created: Option<String>,
    /// Whether something young is still under way, so that it is looked at again whatever is new.
    pub(super) open: bool,
    /// Those of them that are still under way or failed not long ago, and others that were when they were read last.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) waiting: Waiting,
    /// When those were last asked for that are too old to be met.
    pub(super) asked: Option<i64>,
    /// What GitHub says of items that this credential may not see.
    pub(super) hidden: Option<String>,
    /// When a reading of all of it began that came to its end, until what changed meanwhile is landed, too.
    pub(super) listed: Option<i64>,
    /// As [`Walk::lean`], of that one.
    pub(super) lean: Option<i64>,
    /// Whether a reading of all of it did not tell what it missed, as something in it was not told: it is read so again once it is.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub(super) owed: bool,
    /// That it is looked at once more, as GitHub may tell of something late.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) late: Option<Late>,
    /// A reading that did not come to its end.
    pub(super) walk: Option<Walk>,
}

/// A reading of a list under way.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Walk {
    /// Whether all of it is read, and not only what is new.
    pub(super) full: bool,
    /// Whether payloads of the stream `met` tell all that it meets, and whether that is true of each list.
    pub(super) noted: bool,
    pub(super) each: bool,
    /// Where what differs lands and nothing else: since when it is known as what each thing was met.
    pub(super) lean: Option<i64>,
    /// The day before which nothing was to be read when it began.
    pub(super) since: Option<NaiveDate>,
    /// When it began, by GitHub's clock, in microseconds since 1970.
    pub(super) began: Option<i64>,
    /// Where the next page begins.
    pub(super) after: Option<String>,
    /// What holds of the list once this is at its end.
    pub(super) newest: Option<String>,
    pub(super) total: u64,
    pub(super) seen: Option<String>,
    pub(super) created: Option<String>,
    pub(super) open: bool,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) waiting: Waiting,
    /// As what those were met that changed lately.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) lately: Sums,
    /// Whether something in it could not be seen.
    pub(super) holes: bool,
    /// How many items are younger than any that was landed before.
    pub(super) fresh: u64,
}

impl Walk {
    /// One of all that there is since a day.
    pub(super) fn whole(since: Option<NaiveDate>, lean: Option<i64>) -> Self {
        Self { full: true, noted: true, each: true, lean, since, ..Self::default() }
    }
}

/// How far workflow runs are landed.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Runs {
    /// When the last reading of all of them began that came to its end, by GitHub's clock.
    pub(super) read: Option<i64>,
    /// The day before which none was read then.
    pub(super) since: Option<NaiveDate>,
    /// When the last reading began that came to its end of all that may still change.
    pub(super) back: Option<i64>,
    /// What the newest page is asked with, to be told when nothing changed.
    pub(super) etag: Option<String>,
    /// Whether the repository was archived by then.
    pub(super) archived: bool,
    /// Whether the jobs of all of them were read with them.
    pub(super) jobs: bool,
    /// When the youngest run was made that is landed.
    pub(super) created: Option<String>,
    /// The latest change of any run that is landed.
    pub(super) seen: Option<String>,
    /// A reading that did not come to its end.
    pub(super) walk: Option<RunsWalk>,
    /// What is landed of the runs with which a reading goes on.
    pub(super) told: Told,
}

/// The attempts that are landed of runs made at a time, each with its run's last change.
pub(super) type Told = BTreeMap<String, BTreeSet<String>>;

/// A reading of workflow runs under way.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct RunsWalk {
    /// Whether all of them are read, and when that began, by GitHub's clock.
    pub(super) full: bool,
    pub(super) began: Option<i64>,
    /// Whether all that may still change are looked at.
    pub(super) back: bool,
    /// Whether the jobs of those that are landed were read with them.
    pub(super) jobs: bool,
    /// Runs made after this are landed.
    pub(super) until: Option<String>,
    /// What holds once this is at its end.
    pub(super) etag: Option<String>,
    pub(super) created: Option<String>,
    pub(super) seen: Option<String>,
}

/// How it is called that teams are out of sight.
pub(super) const TEAMS_UNSEEN: &str = "teams/out of sight";

/// When teams were last read, by GitHub's clock, in microseconds since 1970, and what could not be.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, Serialize)]
#[serde(default)]
pub(super) struct Owners {
    pub(super) teams_at: Option<i64>,
    /// Since when all that there is is being read anew.
    pub(super) whole: Option<i64>,
    /// The range of days that is being read again, and since when.
    pub(super) filling: Option<(Range, i64)>,
    /// Where all this was read: numbers of another server mean other things.
    pub(super) place: String,
    /// What could not be read, by what it is, and why.
    pub(super) problems: BTreeMap<String, String>,
    /// By which credential all repositories were last seen that are held: what another one does not see is not taken for deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) seen_by: Option<String>,
    /// The teams that were told when all were last, each as `owner/number`, and by which credential: what another one does not see is not taken for
    /// deleted.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    pub(super) teams: BTreeSet<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) teams_by: Option<String>,
    /// The repositories that were read and are not to be any more.
    pub(super) left: BTreeSet<String>,
    /// When all that there is was last looked at, and when it was last asked what hooks were called about, both by our clock and where any was.
    pub(super) looked: Option<i64>,
    pub(super) heard: Option<i64>,
}

impl Owners {
    /// Whether teams that are out of sight are asked for anew at a time, a little early.
    pub(super) fn seeks_teams(&self, at: i64) -> bool {
        // Our clock may be wrong.
        let is_soon = |read: i64| !(0..TEAMS_EVERY - 10 * MINUTE).contains(&(at - read));
        self.problems.contains_key(TEAMS_UNSEEN) && self.teams_at.is_none_or(is_soon)
    }

    /// Notes that it is not known any more what was told of problems of these owners and repositories: each is over, or is told again.
    pub(super) fn lose(&mut self, owners: &[String], repositories: &[String]) {
        let teams = owners.iter().map(|owner| format!("teams/{owner}"));
        let names = owners
            .iter()
            .chain(repositories)
            .cloned()
            .chain(teams)
            .chain(["permissions", TEAMS_UNSEEN].map(str::to_owned));
        self.problems = names.map(|name| (name, String::new())).collect();
    }
}

/// The later of two of GitHub's times. They are written alike, so they compare as texts.
pub(super) fn later(a: Option<String>, b: Option<&str>) -> Option<String> {
    match (a, b) {
        (Some(a), Some(b)) if a.as_str() >= b => Some(a),
        (a, None) => a,
        (_, Some(b)) => Some(b.to_owned()),
    }
}

/// One of GitHub's times, but none that is later than `most`, in microseconds since 1970.
pub(super) fn earlier(time: Option<String>, most: i64) -> Option<String> {
    let late = time.as_deref().and_then(micros).is_some_and(|at| at > most);
    Some(most).filter(|_| late).map(written).or(time)
}

/// An instant as GitHub writes it, to the second.
pub(super) fn written(at: i64) -> String {
    let time = chrono::DateTime::from_timestamp_micros(at).unwrap_or_default();
    time.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

/// One of GitHub's times, in microseconds since 1970.
pub(super) fn micros(text: &str) -> Option<i64> {
    chrono::DateTime::parse_from_rfc3339(text).ok().map(|time| time.timestamp_micros())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(part: &str, text: &str) -> (String, String) {
        (part.to_owned(), text.to_owned())
    }

    #[test]
    fn branches_and_tags_stay_texts_until_their_repository_is_read() {
        let [shop, refs] = [text("7", r#"{"name":"acme/shop"}"#), text("7/refs", r#"{"heads/main":"aa"}"#)];
        let mut cursors = Cursors::from([shop, refs, text(OWNERS, "{}")]);
        let mut parts = Part::all(&mut cursors, "github:acme").unwrap();
        assert_eq!(cursors.keys().collect::<Vec<_>>(), ["7/refs", OWNERS]);
        let mut part = parts.remove("7").unwrap();
        assert_eq!((part.name.as_str(), part.commits.refs.len()), ("acme/shop", 0));
        for _ in 0..2 {
            part.take_refs("7", &mut cursors, "github:acme").unwrap();
            assert_eq!(part.commits.refs, BTreeMap::from([text("heads/main", "aa")]));
            assert_eq!(cursors.keys().collect::<Vec<_>>(), [OWNERS]);
            // Until its next turn they are a text once more.
            cursors.extend([part.put_refs("7").unwrap()]);
            assert_eq!((part.commits.refs.len(), cursors["7/refs"].as_str()), (0, r#"{"heads/main":"aa"}"#));
        }
    }

    #[test]
    fn what_an_earlier_version_wrote_of_a_repository_is_known_by_its_sum() {
        let stands = |about: &str| {
            let cursor = serde_json::to_string(&Part { about: about.to_owned(), ..Part::default() }).unwrap();
            Part::all(&mut Cursors::from([text("7", &cursor)]), "github:acme").unwrap().remove("7").unwrap().about
        };
        let sum = met::digits(r#"{"name":"shop"}"#);
        assert_eq!([stands(r#"{"name":"shop"}"#), stands(&sum)], [sum.clone(), sum]);
        assert_eq!(stands(""), "", "nothing was landed");
    }

    #[test]
    fn times_compare_as_texts_and_are_capped() {
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(later(text("2026-01-01T00:00:00Z"), Some("2026-01-02T00:00:00Z")), text("2026-01-02T00:00:00Z"));
        assert_eq!(later(text("2026-01-03T00:00:00Z"), Some("2026-01-02T00:00:00Z")), text("2026-01-03T00:00:00Z"));
        assert_eq!((later(None, Some("x")), later(text("x"), None)), (text("x"), text("x")));
        let most = micros("2026-01-02T00:00:00Z").unwrap();
        assert_eq!(earlier(text("2026-01-03T00:00:00Z"), most), text("2026-01-02T00:00:00Z"));
        assert_eq!(earlier(text("2026-01-01T00:00:00Z"), most), text("2026-01-01T00:00:00Z"));
        assert_eq!(earlier(None, most), None);
    }
}
