//! Releases as subjects: versions of projects and milestones of repositories, by what is to be fixed in them.

use super::input::Items;
use super::ran::Ran;
use super::rows::read;
use super::subject::{Pace, Subject};
use super::{Kind, Span};
use crate::Result;
use crate::parts::with_parts;
use crate::session::Session;
use chrono::NaiveDate;
use chrono_tz::Tz;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What is known of an item in a release.
#[derive(Default)]
struct Stay {
    /// When it came in, or went out, in that order of time.
    changes: Vec<(NaiveDate, bool)>,
    /// Whether it is to be fixed in it now.
    is_in: bool,
}

impl Stay {
    /// When it was in. Before the first change it was as it was made; what no history tells it always was.
    fn spans(&self, there: Span) -> Vec<Span> {
        let begins_in = self.changes.first().map_or(self.is_in, |(_, comes_in)| !comes_in);
        let mut since = begins_in.then_some(there.from);
        let mut spans = Vec::new();
        for (day, comes_in) in &self.changes {
            match (comes_in, since) {
                (true, None) => since = Some(*day),
                (false, Some(from)) => {
                    spans.push(Span { from, until: Some(*day) });
                    since = None;
                }
                _ => {}
            }
        }
        match (since, self.is_in) {
            (Some(from), true) => spans.push(Span { from, until: None }),
            (None, true) => spans.push(Span { from: there.from, until: None }),
            // It is out, and no history tells since when: then it counts as one that never was in.
            (_, false) => {}
        }
        spans
    }
}

/// A release, while its rows are read.
struct Release {
    subject: Subject,
    /// The project or repository that it is one of.
    of: Option<String>,
    starts_on: Option<NaiveDate>,
    stays: BTreeMap<String, Stay>,
}

/// The first and the last day of a release that is worked on.
type Run = (NaiveDate, NaiveDate);

/// When each release of a project or repository runs: from its first day, or the day after the one that came out before it, until it comes
/// out. One of which it is not known when it comes out, or of which nothing tells when it begins, has no days.
fn runs(releases: &[(&String, &Release)]) -> BTreeMap<String, Run> {
    let ends: BTreeSet<NaiveDate> = releases.iter().filter_map(|(_, release)| release.subject.due).collect();
    let run = |(id, release): &(&String, &Release)| {
        let end = release.subject.due?;
        let before = || ends.range(..end).next_back().and_then(NaiveDate::succ_opt);
        Some(((*id).clone(), (release.starts_on.filter(|starts| *starts <= end).or_else(before)?, end)))
    };
    releases.iter().filter_map(run).collect()
}

/// The pace of the releases of a project or repository, and the one that is expected to have it: the first of those that are not out, if no other of
/// them runs on a day of its own. Where several run at once, nobody knows what share of the pace is whose.
fn train(releases: &[(&String, &Release)], items: &Items) -> Option<(String, Arc<Pace>)> {
    let runs = runs(releases);
    // One of which all items are gone is worked on no more than one that never had any.
    let is_there = |id: &String| items.get(id).is_none_or(|item| item.there.until.is_none());
    let open = releases.iter().filter(|(_, release)| !release.subject.is_over && release.stays.keys().any(is_there));
    let mut open: Vec<(Run, &String)> = open.filter_map(|(id, _)| Some((*runs.get(*id)?, *id))).collect();
    open.sort_unstable();
    let ((_, end), first) = *open.first()?;
    if open.get(1).is_some_and(|((begins, _), _)| *begins <= end) {
        return None;
    }
    let mut ran = Ran::default();
    for (id, release) in releases.iter().filter(|(id, release)| release.subject.is_over || *id == first) {
        let Some((begins, ends)) = runs.get(*id) else { continue };
        let held = release.stays.iter().filter_map(|(id, stay)| {
            let item = items.get(id).filter(|item| !item.is_epic)?;
            Some(stay.spans(item.there).into_iter().map(|span| (id.as_str(), span)))
        });
        ran.add(*begins, *ends, !release.subject.is_over, held.flatten());
    }
    Some((first.clone(), Arc::new(ran.pace(items))))
}

/// All versions of all projects, and all milestones of all repositories, that are there.
pub(super) async fn releases(session: &Session, zone: Tz, items: &Items) -> Result<Vec<Subject>> {
    let mut releases: BTreeMap<String, Release> = BTreeMap::new();
    let held = read(session, &with_parts(include_str!("../../../sql/forecast/releases.sql")), zone).await?;
    held.each(|row| {
        let id = row.text("id")?;
        let release = releases.entry(id.to_owned()).or_insert_with(|| {
            let subject = Subject {
                kind: Kind::Release,
                id: id.to_owned(),
                name: row.text("name").unwrap_or(id).to_owned(),
                project_id: row.text("project_id").map(str::to_owned),
                team_id: row.text("team_id").map(str::to_owned),
                due: row.day("release_on"),
                begins: None,
                is_over: row.flag("is_over").unwrap_or_default(),
                is_mapped: true,
                lives: Vec::new(),
                pace: None,
            };
            let of = row.text("of_id").map(str::to_owned);
            Release { subject, of, starts_on: row.day("starts_on"), stays: BTreeMap::new() }
        });
        release.stays.entry(row.text("work_item_id")?.to_owned()).or_default().is_in = true;
        Some(())
    })?;
    let changes = read(session, include_str!("../../../sql/forecast/release_changes.sql"), zone).await?;
    changes.each(|row| {
        let release = releases.get_mut(row.text("id")?)?;
        let change = (row.day("changed_at")?, row.text("direction")? == "in");
        release.stays.entry(row.text("work_item_id")?.to_owned()).or_default().changes.push(change);
        Some(())
    })?;
    let mut trains: BTreeMap<Option<&String>, Vec<(&String, &Release)>> = BTreeMap::new();
    for (id, release) in &releases {
        trains.entry(release.of.as_ref()).or_default().push((id, release));
    }
    let mut paces: BTreeMap<String, Arc<Pace>> =
        trains.values().filter_map(|releases| train(releases, items)).collect();
    let subject = |(id, Release { mut subject, stays, .. }): (String, Release)| {
        // What is in it when it comes out, and goes into another or is deleted then, was left.
        let came_out = subject.due.filter(|_| subject.is_over);
        let held = stays.iter().filter_map(|(id, stay)| {
            let item = items.get(id).filter(|item| !item.is_epic)?;
            Some(item.life(stay.spans(item.there)).left_on(came_out))
        });
        subject.lives = held.collect();
        subject.pace = paces.remove(&id);
        subject
    };
    Ok(releases.into_iter().map(subject).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(n: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 1, n).unwrap()
    }

    /// The stays of an item that was made on the first, as `from-until`.
    fn told(changes: &[(u32, bool)], is_in: bool) -> String {
        let changes = changes.iter().map(|(n, comes_in)| (day(*n), *comes_in)).collect();
        let spans = Stay { changes, is_in }.spans(Span { from: day(1), until: None });
        let n = |day: NaiveDate| chrono::Datelike::day(&day).to_string();
        let spans = spans.iter().map(|s| format!("{}-{}", n(s.from), s.until.map(n).unwrap_or_default()));
        spans.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn what_comes_in_and_goes_out_is_in_between() {
        assert_eq!(told(&[(3, true), (5, false), (8, true)], true), "3-5 8-");
        assert_eq!(told(&[(3, true), (5, false)], false), "3-5");
    }

    #[test]
    fn what_was_made_in_it_is_in_from_then_on() {
        assert_eq!(told(&[], true), "1-");
        assert_eq!(told(&[(4, false)], false), "1-4");
        assert_eq!(told(&[], false), "");
    }

    #[test]
    fn where_history_and_today_disagree_today_counts() {
        // It came in, and is out without a change that says so: the version was taken away, and made again, say.
        assert_eq!(told(&[(3, true)], false), "");
        assert_eq!(told(&[(3, false)], true), "1-3 1-");
        // Told twice, it is in once.
        assert_eq!(told(&[(3, true), (4, true)], true), "3-");
    }

    fn release(id: &str, starts: Option<u32>, out: Option<u32>, is_over: bool) -> (String, Release) {
        let subject = Subject {
            kind: Kind::Release,
            id: id.to_owned(),
            name: id.to_owned(),
            project_id: Some("shop".to_owned()),
            team_id: None,
            due: out.map(day),
            begins: None,
            is_over,
            is_mapped: true,
            lives: Vec::new(),
            pace: None,
        };
        let stays = BTreeMap::from([("item".to_owned(), Stay { changes: Vec::new(), is_in: true })]);
        (id.to_owned(), Release { subject, of: Some("shop".to_owned()), starts_on: starts.map(day), stays })
    }

    fn expected(releases: &[(String, Release)]) -> Option<String> {
        let releases: Vec<_> = releases.iter().map(|(id, release)| (id, release)).collect();
        train(&releases, &Items::new()).map(|(id, _)| id)
    }

    #[test]
    fn a_release_runs_from_where_the_one_before_it_ended() {
        let all = [
            release("1", None, Some(5), true),
            release("2", Some(3), Some(9), true),
            release("3", None, Some(20), false),
            release("4", Some(25), None, false),
            release("5", Some(30), Some(25), false),
        ];
        let all: Vec<_> = all.iter().map(|(id, release)| (id, release)).collect();
        let told: Vec<_> = runs(&all).into_iter().collect();
        let run = |id: &str, from, until| (id.to_owned(), (day(from), day(until)));
        assert_eq!(told, [run("2", 3, 9), run("3", 10, 20), run("5", 21, 25)]);
    }

    #[test]
    fn the_next_release_has_the_pace_of_those_before_unless_two_run_at_once() {
        let (one, two) = (release("1", None, Some(5), true), release("2", None, Some(9), false));
        let after = || release("3", None, Some(20), false);
        assert_eq!(expected(&[one, two, after()]), Some("2".to_owned()));
        let beside = release("2", Some(1), Some(9), false);
        assert_eq!(expected(&[beside, release("3", Some(8), Some(20), false)]), None);
        assert_eq!(expected(&[release("1", Some(1), Some(5), true)]), None);
        assert_eq!(expected(&[release("2", Some(1), None, false)]), None);
    }
}
