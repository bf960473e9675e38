//! What a tenant asks the object store for in a month, by its size: what each thing takes is counted, and how often it happens is said.

use crate::{compact, is_scattered, since, sync};
use pulse_benches::Fallible;
use pulse_benches::company::{self, Size};
use pulse_benches::questions::{self, DASHBOARDS};
use pulse_engine::lake::Costs;
use pulse_engine::{Clock, Engine, Settings, Tenant, TenantId};
use std::path::Path;

/// Parts of the whole company: 1,000, 10,000 and 100,000 changes.
const PARTS: [usize; 3] = [1_000, 100, 10];
/// How many syncs are counted together.
const COUNTED: u64 = 20;

/// How often things happen in a day: readings that bring something, and such that bring nothing, all of a quarter of an hour; that the
/// questions of the dashboards are all asked of tables that changed since; a compaction; and a process that starts.
const NEWS: f64 = 32.0;
const QUIET: f64 = 64.0;
const ASKED: f64 = 12.0;
const COMPACTED: f64 = 1.0;
const STARTED: f64 = 1.0;
const DAYS: f64 = 30.0;

/// Requests that read, and those that write or list, which stores bill apart.
#[derive(Clone, Copy, Default)]
struct Requests {
    reads: f64,
    others: f64,
}

impl Requests {
    /// Those of each of so many times.
    fn of(costs: Costs, times: u64) -> Self {
        let each = |requests: u64| requests as f64 / times as f64;
        Self { reads: each(costs.reads), others: each(costs.writes + costs.lists) }
    }
}

/// What each thing takes.
struct Day {
    /// The first sync of a process, and what a later one takes.
    first: Requests,
    news: Requests,
    quiet: Requests,
    asked: Requests,
    compacted: Requests,
}

impl Day {
    fn month(&self) -> Requests {
        let all = [
            (self.first, STARTED),
            (self.news, NEWS),
            (self.quiet, QUIET),
            (self.asked, ASKED),
            (self.compacted, COMPACTED),
        ];
        all.iter().fold(Requests::default(), |sum, (of, times)| Requests {
            reads: sum.reads + of.reads * times * DAYS,
            others: sum.others + of.others * times * DAYS,
        })
    }
}

/// Prints them for each size.
pub(crate) async fn requests() -> Fallible<()> {
    println!(
        "\nRequests: read, and write or list. A month is {DAYS} days of {NEWS} syncs with news, {QUIET} without, {ASKED} times all questions of the dashboards, \
         a compaction and a start.\n\n| changes | first sync | sync | nothing new | dashboards | compaction | a month |\n|--:|--:|--:|--:|--:|--:|--:|"
    );
    for part in PARTS {
        let day = day(part).await?;
        let cells = [day.first, day.news, day.quiet, day.asked, day.compacted, day.month()];
        let cells = cells.map(|of| format!("{:.0}, {:.0}", of.reads, of.others));
        println!("| {} | {} |", Size::part(part).changes, cells.join(" | "));
    }
    Ok(())
}

async fn day(part: usize) -> Fallible<Day> {
    let folder = tempfile::tempdir()?;
    let ends = company::midnight();
    let tenant = open(folder.path()).await?.tenant(&TenantId::new("bench")?);
    company::fill(&tenant, Size::part(part), ends).await?;
    company::model(&tenant).await?;
    chain(&tenant, 0).await?;
    drop(tenant);

    // As a process that has just started: it knows no table yet.
    let engine = open(folder.path()).await?;
    let tenant = engine.tenant(&TenantId::new("bench")?);
    let mut before = Costs::default();
    let mut count = |times: u64| {
        let now = engine.lake().costs();
        let requests = Requests::of(since(now, before), times);
        before = now;
        requests
    };
    chain(&tenant, 1).await?;
    let first = count(1);
    for number in 0..COUNTED {
        chain(&tenant, number + 2).await?;
    }
    let news = count(COUNTED);
    for _ in 0..COUNTED {
        for mapper in pulse_connectors::mappers() {
            tenant.map(mapper.as_ref(), false).await?;
        }
        tenant.model(&Settings::default()).await?;
    }
    let quiet = count(COUNTED);
    // Rows are read from the store each time; what files say of themselves is known where risks and forecasts asked for it.
    for question in questions::of(DASHBOARDS, ends)? {
        tenant.sql(&question.text).await?;
    }
    let asked = count(1);
    compact(&tenant).await?;
    let compacted = count(1);
    Ok(Day { first, news, quiet, asked, compacted })
}

async fn open(lake: &Path) -> Fallible<Engine> {
    Ok(Engine::open(&format!("file://{}", lake.display())).await?)
}

/// A sync and all that the server does after it.
async fn chain(tenant: &Tenant, number: u64) -> Fallible<()> {
    sync(tenant, number).await?;
    tenant.freeze_forecasts(&Settings::default(), Clock::System).await?;
    tenant.risk(&Settings::default(), Clock::System).await?;
    is_scattered(tenant).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_is_thirty_days_of_each_thing_as_often_as_it_happens() {
        let one = Requests { reads: 1.0, others: 2.0 };
        let month = Day { first: one, news: one, quiet: one, asked: one, compacted: one }.month();
        // 1 + 32 + 64 + 12 + 1 of them a day.
        assert_eq!((month.reads, month.others), (3_300.0, 6_600.0));
    }

    #[test]
    fn lists_are_billed_as_what_writes_and_each_of_many_takes_its_share() {
        let costs = Costs { reads: 40, writes: 10, lists: 10, deletes: 7, ..Costs::default() };
        let each = Requests::of(costs, 20);
        assert_eq!((each.reads, each.others), (2.0, 1.0));
    }
}
