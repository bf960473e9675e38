//! What a report costs: a board's PDF with 20 charts, and a workbook with 100,000 rows, over a made-up organization. It ends with an
//! error where a goal is missed.
//!
//!     cargo run --release --workspace --bin reports

use pulse_benches::{Fallible, end, peak};
use pulse_engine::metrics::Dimension;
use pulse_engine::{Clock, Engine, Settings, TenantId};
use pulse_server::control::{Owner, SavedQuery};
use pulse_server::demo;
use pulse_server::reports::{
    ChartOf, Definition, FileFormat, Look, Made, Saved, SectionOf, Shape, Shows, Written, built_in, make,
};
use pulse_simulator::Scenario;
use serde_json::Value;
use std::time::Instant;

/// As the server has it.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const ROUNDS: usize = 5;
/// How long a report may take, asked and written, in seconds.
const SECONDS: f64 = 2.0;
/// How much memory more the workbook may take, in MB.
const MB: u64 = 200;
/// Rows of a section, and how many sections have them.
const ROWS: usize = 10_000;
const SECTIONS: usize = 10;
/// Metrics that are charted, each over time and by team.
const CHARTED: [&str; 8] = [
    "change_lead_time",
    "deployment_frequency",
    "change_fail_rate",
    "failed_deployment_recovery_time",
    "cycle_time",
    "throughput",
    "pull_request_review_time",
    "pull_request_pickup_time",
];

fn main() -> Fallible<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().thread_stack_size(16 << 20).build()?;
    runtime.block_on(async { tokio::spawn(measured()).await? })
}

/// The board's report with as many charts as make 20.
fn board() -> Fallible<Definition> {
    let mut board = built_in("board-quarterly").ok_or("there is no such report")?;
    let charts = |shows: &Shows| if let Shows::Charts(charts) = shows { charts.len() } else { 0 };
    let there: usize = board.sections.iter().map(|section| charts(&section.shows)).sum();
    let of =
        |by: Option<Dimension>| CHARTED.map(|metric| ChartOf { metric: metric.to_owned(), by, shape: Shape::Line });
    let more: Vec<ChartOf> = of(None).into_iter().chain(of(Some(Dimension::Team))).take(20 - there.min(20)).collect();
    for charts in more.chunks(4) {
        let shows = Shows::Charts(charts.to_vec());
        board.sections.push(SectionOf { title: "More".to_owned(), text: String::new(), shows });
    }
    Ok(board)
}

/// A report of 100,000 rows.
fn rows() -> (Definition, Saved) {
    let sql = format!(
        "SELECT value AS number, value * 1.5 AS hours, 'item ' || value AS name, 'team ' || (value % 20) AS team,
             DATE '2026-01-01' + CAST(value % 300 AS INT) AS day, value % 7 = 0 AS late, value % 11 AS size, 'done' AS state
         FROM generate_series(1, {ROWS})"
    );
    let saved = SavedQuery {
        id: "rows".to_owned(),
        title: "Rows".to_owned(),
        description: String::new(),
        sql,
        parameters: Vec::new(),
        version: 1,
        shared: false,
        owner: Owner { id: String::new(), name: String::new() },
        mine: true,
        created_at: 0,
        changed_at: 0,
    };
    let shows = || Shows::Query { saved: "rows".to_owned(), params: Value::Null };
    let section = |n: usize| SectionOf { title: format!("Part {n}"), text: String::new(), shows: shows() };
    let definition = Definition {
        title: "Rows".to_owned(),
        sections: (0..SECTIONS).map(section).collect(),
        ..Definition::default()
    };
    (definition, Saved::from([("rows".to_owned(), saved)]))
}

async fn measured() -> Fallible<()> {
    let folder = tempfile::tempdir()?;
    let engine = Engine::open(&format!("file://{}", folder.path().display())).await?;
    let tenant = engine.tenant(&TenantId::new("bench")?);
    demo::land(&tenant, Scenario::named("small")?, demo::PORT + 300, Clock::System, &|_| {}).await?;
    for mapper in pulse_connectors::mappers() {
        tenant.map(mapper.as_ref(), false).await?;
    }
    tenant.model(&Settings::default()).await?;
    let (settings, none) = (Settings::default(), Saved::new());
    let (workbook, saved) = rows();
    println!(
        "| report | file | asking: median | writing: median | together | bytes | peak memory more |\n|---|---|--:|--:|--:|--:|--:|"
    );
    let mut missed = Vec::new();
    for (definition, saved, format) in [(board()?, &none, FileFormat::Pdf), (workbook, &saved, FileFormat::Xlsx)] {
        let (mut asked, mut written, mut bytes) = (Vec::new(), Vec::new(), 0);
        peak()?;
        let before = peak()?;
        for _ in 0..ROUNDS {
            let start = Instant::now();
            let made = Made {
                name: "bench",
                definition: &definition,
                organization: "Bench",
                as_of: Clock::System.now(),
                saved,
            };
            let paper = make(&tenant, &settings, made).await?;
            asked.push(start.elapsed().as_secs_f64());
            let start = Instant::now();
            let write = move || Written::of(format, &paper, &Look::default(), None);
            bytes = tokio::task::spawn_blocking(write).await??.bytes();
            written.push(start.elapsed().as_secs_f64());
        }
        let median = |times: &mut Vec<f64>| {
            times.sort_by(f64::total_cmp);
            times.get(ROUNDS / 2).copied().unwrap_or_default()
        };
        let (asking, writing) = (median(&mut asked), median(&mut written));
        let more = peak()?.saturating_sub(before);
        println!(
            "| {} | {} | {asking:.2} s | {writing:.2} s | {:.2} s | {bytes} | {} MB |",
            definition.title,
            format.name(),
            asking + writing,
            more
        );
        if asking + writing > SECONDS {
            missed.push(format!("{} within {SECONDS} s", definition.title));
        }
        if format == FileFormat::Xlsx && more > MB {
            missed.push(format!("{} within {MB} MB", definition.title));
        }
    }
    end(&missed)
}
