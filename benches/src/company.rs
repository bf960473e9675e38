//! A made-up company of two hundred teams, in core as connectors would have mapped it: a year of commits, pull requests, deployments
//! and incidents, and of work items with all of their changes.
//!
//! The same size and the same last day make the same company. It is not uniform where that matters: projects, repositories and teams
//! differ in size, hours and durations have long tails, weekends are quiet, there is more of everything towards the end, and not all
//! that could be known is.

mod code;
mod luck;
mod people;
mod pile;
mod work;

use crate::Fallible;
use luck::{DAY, HOUR};
use people::People;
use pulse_engine::entities::{CORE, Entity, FACTS};
use pulse_engine::lake::Snapshot;
use pulse_engine::land::{Page, Payload};
use pulse_engine::{Clock, Settings, Tenant};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// How many teams there are.
pub const TEAMS: usize = 200;
/// How many projects.
const PROJECTS: usize = 300;
/// How many repositories: the first projects have two.
const REPOSITORIES: usize = 400;
/// How many days of history there are.
const DAYS: i64 = 365;

/// How large a company is.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Commits of default branches, each of which is a change: a squashed pull request, or a commit outside of one.
    pub changes: usize,
    /// Work items; each changes about ten times.
    pub items: usize,
}

impl Size {
    /// One of so many parts of the whole, which has 1,000,000 changes and 10,000,000 transitions of work items. Work items that were
    /// made lately have not come to all of their ten yet, so that there are some more items.
    pub fn part(of: usize) -> Self {
        let of = of.max(1);
        Self { changes: 1_000_000 / of, items: 1_040_000 / of }
    }

    /// So many times the whole.
    pub fn times(whole: usize) -> Self {
        let whole = whole.max(1);
        Self { changes: 1_000_000 * whole, items: 1_040_000 * whole }
    }
}

/// The id of a team.
pub fn team(number: usize) -> String {
    format!("bench:a:team-{number:03}")
}

fn project(number: usize) -> String {
    format!("bench:a:project-{number:03}")
}

fn repository(number: usize) -> String {
    format!("bench:a:repository-{number:03}")
}

/// The last midnight, in microseconds since 1970: where a company that is made now ends.
pub fn midnight() -> i64 {
    Clock::System.now() / DAY * DAY
}

/// Puts a company into core whose history ends at an instant, in microseconds since 1970.
///
/// # Errors
/// When storage fails.
pub async fn fill(tenant: &Tenant, size: Size, ends: i64) -> Fallible<()> {
    // A tenant is there once something landed.
    let payload = Payload { stream: "s".into(), key: "k".into(), observed_at: 1, body: "{}".into() };
    tenant.land("bench", "bench:a", Page { payloads: vec![payload], ..Page::default() }).await?;
    let people = People::new();
    people.write(tenant, ends).await?;
    let items = work::write(tenant, &people, size.items, ends).await?;
    code::write(tenant, &people, size.changes, &items, ends).await?;
    for entity in CORE.iter().copied() {
        compact(tenant, entity).await?;
    }
    Ok(())
}

/// Sends work items back from review at an instant: a row more for each of them, by their places among all.
///
/// # Errors
/// When storage fails.
pub async fn send_back(tenant: &Tenant, places: impl Iterator<Item = usize>, at: i64) -> Fallible<()> {
    work::send_back(tenant, places, at).await
}

/// Makes its facts.
///
/// # Errors
/// When storage fails.
pub async fn model(tenant: &Tenant) -> Fallible<()> {
    tenant.model(&Settings::default()).await?;
    maintain(tenant).await
}

/// Compacts its facts.
///
/// # Errors
/// When storage fails.
pub async fn maintain(tenant: &Tenant) -> Fallible<()> {
    for entity in FACTS.iter().copied() {
        compact(tenant, entity).await?;
    }
    Ok(())
}

/// As maintenance would.
async fn compact(tenant: &Tenant, entity: &'static Entity) -> Fallible<()> {
    let table = tenant.lake().table(entity);
    if table.exists().await? {
        table.compact().await?;
    }
    Ok(())
}

/// A table of core or facts as others may read it.
#[derive(Debug, Serialize)]
pub struct Table {
    /// Its name in SQL.
    pub name: String,
    /// How many rows it has.
    pub rows: u64,
    /// How many bytes of Parquet.
    pub bytes: u64,
    /// The columns that the rows of each file are in the order of.
    pub sort: &'static [&'static str],
    /// The files that it is made of.
    pub files: Vec<PathBuf>,
}

/// All tables of core and facts that have rows, in a lake on the disk: facts as of the newest model.
///
/// # Errors
/// When storage fails.
pub async fn tables(tenant: &Tenant, lake: &Path) -> Fallible<Vec<Table>> {
    let folder = lake.join(tenant.id().prefix());
    let mut tables = Vec::new();
    for entity in CORE.iter().copied() {
        if let Some(snapshot) = tenant.lake().table(entity).latest().await? {
            tables.push(told(&snapshot, &folder));
        }
    }
    let facts = tenant.lake().facts();
    for entity in FACTS.iter().copied() {
        if let Some(snapshot) = facts.table(entity.name).await? {
            tables.push(told(&snapshot, &folder));
        }
    }
    tables.retain(|table| table.rows > 0);
    Ok(tables)
}

fn told(snapshot: &Snapshot, folder: &Path) -> Table {
    let entity = snapshot.entity();
    let place = folder.join(entity.path());
    Table {
        name: format!("{}.{}", entity.layer.name(), entity.name),
        rows: snapshot.rows().unwrap_or_default(),
        bytes: snapshot.files().iter().map(|file| file.bytes).sum(),
        sort: entity.sort,
        files: snapshot.files().iter().map(|file| place.join(&file.path)).collect(),
    }
}

/// The day on which something happened that came at this share of the history, in days since 1970: there is more towards the end,
/// and little at weekends.
fn day(share: f64, ends: i64, luck: &mut luck::Luck) -> i64 {
    let first = ends / DAY - DAYS;
    let day = first + ((share.powf(0.8) * DAYS as f64) as i64).min(DAYS - 1);
    // The first day of 1970 was a Thursday.
    let weekday = (day + 3) % 7;
    if weekday >= 5 && luck.share(85) { (day - (weekday - 4)).max(first) } else { day }
}

/// An instant of that day, four times of five in working hours.
fn instant(day: i64, luck: &mut luck::Luck) -> i64 {
    let within = if luck.share(80) { 8 * HOUR + luck.below(10 * HOUR) } else { luck.below(DAY) };
    day * DAY + within
}

/// So many things shared among so many, of whom the first has the most.
fn shares(things: usize, among: usize, skew: f64) -> Vec<usize> {
    let weights: Vec<f64> = (1..=among).map(|rank| (rank as f64).powf(-skew)).collect();
    let all: f64 = weights.iter().sum();
    let mut shares: Vec<usize> = weights.iter().map(|weight| (things as f64 * weight / all) as usize).collect();
    let left = things.saturating_sub(shares.iter().sum());
    if let Some(first) = shares.first_mut() {
        *first += left;
    }
    shares
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shared_out_is_all_of_it_and_the_first_has_the_most() {
        assert_eq!(shares(10, 3, 0.0), [4, 3, 3]);
        // 12/25, 6/25, 4/25 and 3/25 of it: 484.8, 242.4, 161.6 and 121.2.
        assert_eq!(shares(1_010, 4, 1.0), [486, 242, 161, 121]);
        assert_eq!(shares(1_000_003, 300, 0.6).iter().sum::<usize>(), 1_000_003);
    }

    #[test]
    fn no_repository_of_ten_times_the_whole_has_more_commits_than_there_are_places_for() {
        let most = shares(Size::times(10).changes, REPOSITORIES, 0.7).into_iter().max();
        assert!(most.is_some_and(|most| most < 1_000_000), "{most:?}");
    }

    #[test]
    fn the_history_begins_a_year_before_its_end_and_weekends_are_quiet() {
        let ends = 20_419 * DAY;
        let mut luck = luck::Luck::of("test", 0);
        assert_eq!(day(0.0, ends, &mut luck), 20_419 - 365);
        let days: Vec<i64> = (0..10_000).map(|n| day(f64::from(n) / 10_000.0, ends, &mut luck)).collect();
        assert!(days.iter().all(|day| (20_419 - 365..20_419).contains(day)));
        let weekend = days.iter().filter(|day| (**day + 3) % 7 >= 5).count();
        assert!((200..700).contains(&weekend), "{weekend} of 10,000 where 2,857 would be uniform");
        let (early, late) =
            (days.iter().filter(|day| **day < 20_419 - 183), days.iter().filter(|day| **day >= 20_419 - 183));
        assert!(early.count() * 10 < late.count() * 9, "there is more towards the end");
    }
}
