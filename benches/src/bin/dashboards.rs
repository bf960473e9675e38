//! What a dashboard costs over a tenant with a million changes: the first time, again, where nothing of it is kept, and when its reader
//! has it already.
//!
//!     cargo run --release --workspace --bin dashboards
//!     cargo run --release --workspace --bin dashboards -- --part 10
//!
//! It is the company of `pulse_benches::company`, whole or one of so many parts of it.

use pulse_benches::company::{self, Size};
use pulse_benches::house::House;
use pulse_benches::{Fallible, at, end, ms};
use reqwest::StatusCode;
use reqwest::header::{ETAG, HeaderValue, IF_NONE_MATCH};
use std::time::Instant;

/// As the server has it.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// How often each dashboard is asked for.
const ROUNDS: usize = 40;
/// For how many teams besides.
const OTHERS: usize = 5;
const DASHBOARDS: [&str; 8] = ["overview", "dora", "flow", "change", "reliability", "projects", "teams", "forecast"];
/// The goal for each that is warm, at the 95th of a hundred, in milliseconds.
const GOAL: f64 = 50.0;

fn main() -> Fallible<()> {
    // Plans recurse deeply.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(16 << 20).build()?;
    runtime.block_on(async { tokio::spawn(measure()).await? })
}

async fn measure() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let size = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => Size::part(1),
        ["--part", of] => Size::part(of.parse()?),
        _ => return Err("it takes `--part NUMBER` or nothing".into()),
    };
    let house = House::open(&["acme"]).await?;
    let tenant = house.tenant("acme")?;
    let start = Instant::now();
    company::fill(&tenant, size, company::midnight()).await?;
    println!("{} commits and {} work items written in {:.1} s", size.changes, size.items, ms(start) / 1e3);
    let start = Instant::now();
    company::model(&tenant).await?;
    let changes = tenant.sql("SELECT count(*) AS n FROM facts.changes").await?;
    println!("modelled in {:.1} s: {:?} changes", ms(start) / 1e3, changes.first().map(|b| b.column(0)));

    println!(
        "\n| dashboard | first | again: median | p95 | another team: median | p95 | not changed: p95 |\n|---|--:|--:|--:|--:|--:|--:|"
    );
    let mut slowest: f64 = 0.0;
    for dashboard in DASHBOARDS {
        let start = Instant::now();
        let mut tag = ask(&house, dashboard, "", None).await?.ok_or("a dashboard without a tag")?;
        let mut has_changed = false;
        let first = ms(start);
        let (mut again, mut other, mut same) = (Vec::new(), Vec::new(), Vec::new());
        for round in 0..ROUNDS {
            let start = Instant::now();
            ask(&house, dashboard, "", None).await?;
            again.push(ms(start));
            let start = Instant::now();
            match ask(&house, dashboard, "", Some(&tag)).await? {
                None => same.push(ms(start)),
                // An answer is of a quarter of an hour, and one may have ended.
                Some(anew) if !has_changed => (tag, has_changed) = (anew, true),
                Some(_) => return Err(format!("{dashboard} is said to have changed").into()),
            }
            // Of each team once: nothing of it is kept.
            if round < OTHERS {
                let start = Instant::now();
                ask(&house, dashboard, &format!("?team={}", company::team(round)), None).await?;
                other.push(ms(start));
            }
        }
        for times in [&mut again, &mut other, &mut same] {
            times.sort_by(f64::total_cmp);
        }
        println!(
            "| {dashboard} | {first:.0} ms | {:.2} ms | {:.2} ms | {:.0} ms | {:.0} ms | {:.2} ms |",
            at(&again, 50),
            at(&again, 95),
            at(&other, 50),
            at(&other, 95),
            at(&same, 95)
        );
        slowest = slowest.max(at(&again, 95));
    }
    println!("\np95 of the slowest that was asked for again: {slowest:.2} ms; the goal is at most {GOAL} ms");
    let missed = (slowest > GOAL).then_some("the slowest that is warm");
    end(missed.as_slice())
}

/// Asks for a dashboard, and reads all of it; its tag, unless it is the one that is known.
async fn ask(house: &House, name: &str, query: &str, tag: Option<&HeaderValue>) -> Fallible<Option<HeaderValue>> {
    let request =
        house.client.get(format!("{}/api/v1/dashboards/{name}{query}", house.rest)).bearer_auth(house.token(0)?);
    let request = tag.into_iter().fold(request, |request, tag| request.header(IF_NONE_MATCH, tag));
    let answer = request.send().await?.error_for_status()?;
    if answer.status() == StatusCode::NOT_MODIFIED {
        return Ok(None);
    }
    let tag = answer.headers().get(ETAG).cloned();
    answer.bytes().await?;
    Ok(tag)
}
