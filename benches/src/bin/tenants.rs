//! Ten thousand tenants on one node, of whom a hundred are asked again and again, and the others once in a long while.
//!
//!     cargo run --release --workspace --bin tenants
//!     cargo run --release --workspace --bin tenants -- --tenants 300
//!
//! Each has the sample's company, whose files it shares with the others. What jobs they have is not in it: those are in the bench `queue`.
//! It ends with an error where one of them is answered otherwise than the first.

use pulse_benches::house::House;
use pulse_benches::{Fallible, at, ms, peak, resident, share};
use pulse_engine::{Clock, Engine, Settings, TenantId};
use pulse_server::demo;
use pulse_simulator::Scenario;
use serde_json::json;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use tokio::task::JoinSet;

/// As the server has it.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const TENANTS: usize = 10_000;
/// One of so many is asked all the time.
const HOT: usize = 100;
/// How many ask cold ones at once.
const ASKING: usize = 8;
/// How often each hot one is asked while nobody asks the others.
const ROUNDS: usize = 3;
const QUESTION: &str =
    "SELECT count(*) AS n, min(finished_at) AS began, max(finished_at) AS ended FROM facts.deployments";

/// Whoever is asked, and what all of them answer.
struct Asked {
    house: House,
    answer: String,
    /// How often one was asked.
    count: AtomicUsize,
}

fn main() -> Fallible<()> {
    let tenants = match std::env::args().skip(1).collect::<Vec<_>>().as_slice() {
        [] => TENANTS,
        [option, number] if option == "--tenants" => number.parse()?,
        _ => return Err("it takes `--tenants NUMBER` or nothing".into()),
    };
    // Plans recurse deeply.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(16 << 20).build()?;
    runtime.block_on(async move { tokio::spawn(measured(tenants)).await? })
}

async fn measured(count: usize) -> Fallible<()> {
    let (folder, start) = (tempfile::tempdir()?, Instant::now());
    let lake = folder.path().join("lake");
    let names: Vec<String> = (0..count).map(|n| format!("t{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let first = TenantId::new(names.first().copied().ok_or("there has to be a tenant")?)?;
    fill(&lake, &first).await?;
    // It knows nothing of them yet, as a process that has just started.
    let house = House::over(Some(lake.clone()), &names).await?;
    for name in names.iter().skip(1) {
        share(&lake.join(first.prefix()), &lake.join(TenantId::new(name)?.prefix()))?;
    }
    println!("{count} tenants were made in {:.0} s\n", ms(start) / 1e3);
    let idle = resident()?;
    peak()?;

    let answer = ask(&house, 0, 0).await?;
    let asked = Arc::new(Asked { house, answer, count: AtomicUsize::new(1) });
    let (hot, cold): (Vec<usize>, Vec<usize>) = (0..count).partition(|place| place.is_multiple_of(HOT));
    let mut alone = Vec::new();
    for _ in 0..ROUNDS {
        for place in &hot {
            alone.push(asked.one(*place).await?);
        }
    }
    let (start, before) = (Instant::now(), asked.house.engine.lake().costs());
    let (cold, next) = (Arc::new(cold), Arc::new(AtomicUsize::new(0)));
    let mut asking = JoinSet::new();
    for _ in 0..ASKING {
        let (asked, cold, next) = (Arc::clone(&asked), Arc::clone(&cold), Arc::clone(&next));
        asking.spawn(async move {
            let mut times = Vec::new();
            while let Some(place) = cold.get(next.fetch_add(1, Ordering::Relaxed)) {
                times.push(asked.one(*place).await?);
            }
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(times)
        });
    }
    let (mut beside, mut once) = (Vec::new(), Vec::new());
    while !asking.is_empty() {
        for place in &hot {
            beside.push(asked.one(*place).await?);
        }
        while let Some(times) = asking.try_join_next() {
            once.extend(times??);
        }
    }
    let took = ms(start) / 1e3;
    let after = asked.house.engine.lake().costs();
    println!("| who is asked | answers | median | p95 | longest |\n|---|--:|--:|--:|--:|");
    told("hot ones, nobody else", &mut alone);
    told("hot ones, beside cold ones", &mut beside);
    told("cold ones, for the first time", &mut once);
    let requests = (after.reads + after.lists) - (before.reads + before.lists);
    println!(
        "\n{:.0} cold ones a second by {ASKING} at once; {:.1} requests to the object store for each, those of the hot ones among them",
        once.len() as f64 / took,
        requests as f64 / once.len() as f64
    );
    println!("memory: {idle} MB before anybody asked, {} MB at the peak, {} MB at the end", peak()?, resident()?);
    Ok(())
}

impl Asked {
    /// Asks one of them; how long it takes, in milliseconds.
    async fn one(&self, place: usize) -> Fallible<f64> {
        let start = Instant::now();
        let answer = ask(&self.house, place, self.count.fetch_add(1, Ordering::Relaxed)).await?;
        let took = ms(start);
        if answer == self.answer { Ok(took) } else { Err(format!("t{place} is answered {answer}").into()) }
    }
}

/// Lands the sample's company, and makes its facts.
async fn fill(lake: &Path, id: &TenantId) -> Fallible<()> {
    let tenant = Engine::open(&format!("file://{}", lake.display())).await?.tenant(id);
    demo::land(&tenant, Scenario::named("small")?, demo::PORT + 320, Clock::System, &|_| {}).await?;
    for mapper in pulse_connectors::mappers() {
        tenant.map(mapper.as_ref(), false).await?;
    }
    tenant.model(&Settings::default()).await?;
    Ok(())
}

/// The whole answer, as rows and nothing besides. Under another number it is another question, for which no answer is kept.
async fn ask(house: &House, place: usize, number: usize) -> Fallible<String> {
    let request = house.client.post(format!("{}/api/v1/sql", house.rest)).bearer_auth(house.token(place)?);
    let request =
        request.header(reqwest::header::ACCEPT, "text/csv").json(&json!({ "sql": format!("{QUESTION}\n-- {number}") }));
    Ok(request.send().await?.error_for_status()?.text().await?)
}

/// Prints a line of the table.
fn told(who: &str, times: &mut [f64]) {
    times.sort_by(f64::total_cmp);
    println!(
        "| {who} | {} | {:.1} ms | {:.1} ms | {:.1} ms |",
        times.len(),
        at(times, 50),
        at(times, 95),
        at(times, 100)
    );
}
