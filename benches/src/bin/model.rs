//! What making the facts costs: all of a company with 1,000,000 changes and 10,000,000 transitions of work items, and what is new of it
//! after 1,000 rows more; the same of a tenth of it, since that should cost no less.
//!
//!     cargo run --release --workspace --bin model
//!     cargo run --release --workspace --bin model -- --part 10
//!
//! It is the company of `pulse_benches::company`, whole or one of so many parts of it. Each model is made in a process of its own, so that
//! its peak of memory is nothing else's. It ends with an error where a goal is missed.

use pulse_benches::company::{self, Size};
use pulse_benches::{Fallible, end, ms, peak, processor};
use pulse_engine::lake::Options;
use pulse_engine::{Engine, Settings, Tenant, TenantId};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// As the server has it.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// How many rows are new, and how often some are.
const CHANGED: usize = 1_000;
const ROUNDS: i64 = 3;
/// How much smaller the company is that the whole is held against.
const TENTH: usize = 10;
/// The goals: seconds for all, seconds for what is new, and how many times as long that may take in ten times as large a tenant.
const WHOLE: f64 = 10.0;
const NEW: f64 = 2.0;
const FLAT: f64 = 1.5;

/// What a model took.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
struct Took {
    /// In seconds.
    wall: f64,
    processor: f64,
    /// The most memory that its process had, in MB.
    peak: u64,
    /// How many rows its facts were given.
    rows: u64,
}

/// What one company's models took: that of all, and the middle ones of those of what is new.
struct Costs {
    whole: Took,
    /// Of one project's items.
    together: Took,
    /// Of items of every project.
    anywhere: Took,
}

fn main() -> Fallible<()> {
    // Plans recurse deeply.
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(16 << 20).build()?;
    runtime.block_on(async { tokio::spawn(asked()).await? })
}

async fn asked() -> Fallible<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--model", lake] => {
            println!("{}", serde_json::to_string(&here(Path::new(lake)).await?)?);
            Ok(())
        }
        ["--part", part] => measured(part.parse()?).await,
        [] => measured(1).await,
        _ => Err("it takes `--part NUMBER` or nothing".into()),
    }
}

async fn measured(part: usize) -> Fallible<()> {
    let small = costs(part * TENTH).await?;
    let large = costs(part).await?;
    println!(
        "\n| model | of | seconds | of processor time | peak of memory | rows of facts written |\n|---|---|--:|--:|--:|--:|"
    );
    for (of, costs) in [(part * TENTH, &small), (part, &large)] {
        let of = Size::part(of);
        for (what, took) in [
            ("all of it".to_owned(), costs.whole),
            (format!("{CHANGED} rows more in one project"), costs.together),
            (format!("{CHANGED} rows more anywhere"), costs.anywhere),
        ] {
            let Took { wall, processor, peak, rows } = took;
            println!("| {what} | {} changes | {wall:.2} | {processor:.2} | {peak} MB | {rows} |", of.changes);
        }
    }
    let budget = Options::default().memory_bytes as f64 / f64::from(1 << 20);
    let memory =
        [large.whole, large.together, large.anywhere].map(|took| took.peak).into_iter().max().unwrap_or_default();
    println!("\n| goal | measured | met |\n|---|--:|---|");
    let mut missed = Vec::new();
    for (goal, is, most) in [
        (format!("all of it within {WHOLE} s"), large.whole.wall, WHOLE),
        (format!("what is new in one project within {NEW} s"), large.together.wall, NEW),
        (format!("what is new anywhere within {NEW} s"), large.anywhere.wall, NEW),
        (
            format!("what is new in one project: at most {FLAT} times a tenth's"),
            large.together.wall / small.together.wall,
            FLAT,
        ),
        (
            format!("what is new anywhere: at most {FLAT} times a tenth's"),
            large.anywhere.wall / small.anywhere.wall,
            FLAT,
        ),
        (format!("a peak of at most {budget} MB, which the engine is given"), memory as f64, budget),
    ] {
        println!("| {goal} | {is:.2} | {} |", if is <= most { "yes" } else { "**no**" });
        if is > most {
            missed.push(goal);
        }
    }
    end(&missed)
}

/// What the models of one of so many parts of the company cost.
async fn costs(part: usize) -> Fallible<Costs> {
    let (folder, size, ends) = (tempfile::tempdir()?, Size::part(part), company::midnight());
    let tenant = tenant(folder.path()).await?;
    let start = Instant::now();
    company::fill(&tenant, size, ends).await?;
    println!("{} changes and {} work items written in {:.1} s", size.changes, size.items, ms(start) / 1e3);
    let whole = apart(folder.path())?;
    company::maintain(&tenant).await?;
    let mut together = Vec::new();
    let mut anywhere = Vec::new();
    // The first project has the most items, and the first places are its.
    for (apart_by, tooks) in [(1, &mut together), (size.items / CHANGED, &mut anywhere)] {
        for round in 0..ROUNDS {
            let at = ends + round * 1_000_000 + apart_by as i64;
            company::send_back(&tenant, (0..CHANGED).map(|place| place * apart_by), at).await?;
            tooks.push(apart(folder.path())?);
        }
    }
    Ok(Costs { whole, together: middle(together)?, anywhere: middle(anywhere)? })
}

/// The one in the middle, by how long they took.
fn middle(mut tooks: Vec<Took>) -> Fallible<Took> {
    tooks.sort_by(|a, b| a.wall.total_cmp(&b.wall));
    Ok(tooks.get(tooks.len() / 2).copied().ok_or("nothing was measured")?)
}

async fn tenant(lake: &Path) -> Fallible<Tenant> {
    Ok(Engine::open(&format!("file://{}", lake.display())).await?.tenant(&TenantId::new("bench")?))
}

/// Makes the facts of what is new, in a process of its own.
fn apart(lake: &Path) -> Fallible<Took> {
    let output = Command::new(std::env::current_exe()?).arg("--model").arg(lake).output()?;
    if !output.status.success() {
        return Err(format!("the model failed: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Makes them in this one.
async fn here(lake: &Path) -> Fallible<Took> {
    let tenant = tenant(lake).await?;
    let (start, before) = (Instant::now(), processor()?);
    let report = tenant.model(&Settings::default()).await?;
    let (wall, processor) = (ms(start) / 1e3, processor()? - before);
    Ok(Took { wall, processor, peak: peak()?, rows: report.rows.values().sum() })
}
