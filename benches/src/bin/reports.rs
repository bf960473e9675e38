//! What a report costs: a board's PDF of 12 pages or more with 20 charts, and a workbook with 100,000 rows, over a made-up organization. It
//! ends with an error where a goal is missed, or the PDF is smaller than that.
//!
//!     cargo run --release --workspace --bin reports

use pulse_benches::{Fallible, end, peak};
use pulse_engine::metrics::Dimension;
use pulse_engine::{Clock, Engine, Settings, TenantId};
use pulse_server::control::{Owner, SavedQuery};
use pulse_server::demo;
use pulse_server::reports::{
    ChartOf, Definition, FileFormat, Look, Made, Paper, Saved, SectionOf, Shape, Shows, Written, built_in, make,
};
use pulse_simulator::Scenario;
use serde_json::Value;
use std::io::Read as _;
use std::time::Instant;

/// As the server has it.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const ROUNDS: usize = 5;
/// How long a report may take, asked and written, in seconds.
const SECONDS: f64 = 2.0;
/// How much memory more the workbook may take, in MB.
const MB: u64 = 200;
/// What the board's report has to have: so many pages at least, and so many charts.
const PAGES: usize = 12;
const CHARTS: usize = 20;
/// Rows of a table in it, of which about fifty are on a page.
const FEW: usize = 350;
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

/// The board's report with as many charts as make 20, and rows that take some pages.
fn board() -> Fallible<Definition> {
    let mut board = built_in("board-quarterly").ok_or("there is no such report")?;
    let charts = |shows: &Shows| if let Shows::Charts(charts) = shows { charts.len() } else { 0 };
    let there: usize = board.sections.iter().map(|section| charts(&section.shows)).sum();
    let of =
        |by: Option<Dimension>| CHARTED.map(|metric| ChartOf { metric: metric.to_owned(), by, shape: Shape::Line });
    let more: Vec<ChartOf> =
        of(None).into_iter().chain(of(Some(Dimension::Team))).take(CHARTS - there.min(CHARTS)).collect();
    for charts in more.chunks(4) {
        let shows = Shows::Charts(charts.to_vec());
        board.sections.push(SectionOf { title: "More".to_owned(), text: String::new(), shows });
    }
    board.sections.push(queried("Rows".to_owned(), FEW));
    Ok(board)
}

/// A section of so many rows.
fn queried(title: String, rows: usize) -> SectionOf {
    let shows = Shows::Query { saved: rows.to_string(), params: Value::Null };
    SectionOf { title, text: String::new(), shows }
}

/// A report of 100,000 rows.
fn rows() -> Definition {
    Definition {
        title: "Rows".to_owned(),
        sections: (0..SECTIONS).map(|n| queried(format!("Part {n}"), ROWS)).collect(),
        ..Definition::default()
    }
}

/// The saved query of so many rows, by their number.
fn saved(rows: usize) -> (String, SavedQuery) {
    let sql = format!(
        "SELECT value AS number, value * 1.5 AS hours, 'item ' || value AS name, 'team ' || (value % 20) AS team,
             DATE '2026-01-01' + CAST(value % 300 AS INT) AS day, value % 7 = 0 AS late, value % 11 AS size, 'done' AS state
         FROM generate_series(1, {rows})"
    );
    let saved = SavedQuery {
        id: rows.to_string(),
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
    (rows.to_string(), saved)
}

/// How many charts a report has, and how many of them have something to draw.
fn charts(paper: &Paper) -> Fallible<[usize; 2]> {
    let paper = serde_json::to_value(paper)?;
    let list = |of: &Value| of.as_array().cloned().unwrap_or_default();
    let parts = list(&paper["sections"]).into_iter().flat_map(|section| list(&section["parts"]));
    let charts: Vec<Value> = parts.map(|part| part["chart"].clone()).filter(Value::is_object).collect();
    let has_values = |line: &Value| list(&line["values"]).iter().any(Value::is_number);
    let drawn = charts.iter().filter(|chart| list(&chart["lines"]).iter().any(has_values));
    Ok([charts.len(), drawn.count()])
}

/// How many pages a PDF has: each is an object of that type.
fn pages(pdf: &[u8]) -> usize {
    let is_page =
        |some: &[u8]| matches!(some, [name @ .., next] if name == b"/Type/Page" && !next.is_ascii_alphabetic());
    pdf.windows(b"/Type/Page".len() + 1).filter(|some| is_page(some)).count()
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
    let (settings, saved) = (Settings::default(), Saved::from([saved(FEW), saved(ROWS)]));
    println!(
        "| report | file | asking: median | writing: median | together | bytes | peak memory more |\n|---|---|--:|--:|--:|--:|--:|"
    );
    let (mut missed, mut board_has) = (Vec::new(), (0, [0, 0]));
    for (definition, format) in [(board()?, FileFormat::Pdf), (rows(), FileFormat::Xlsx)] {
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
                saved: &saved,
            };
            let paper = make(&tenant, &settings, made).await?;
            asked.push(start.elapsed().as_secs_f64());
            let drawn = if format == FileFormat::Pdf { charts(&paper)? } else { [0, 0] };
            let start = Instant::now();
            let write = move || Written::of(format, &paper, &Look::default(), None);
            let file = tokio::task::spawn_blocking(write).await??;
            written.push(start.elapsed().as_secs_f64());
            bytes = file.bytes();
            if format == FileFormat::Pdf {
                let mut pdf = Vec::new();
                file.into_file().read_to_end(&mut pdf)?;
                board_has = (pages(&pdf), drawn);
            }
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
    let (pages, [charts, drawn]) = board_has;
    println!("\nThe board's has {pages} pages and {charts} charts, of which {drawn} have values.");
    if pages < PAGES || charts != CHARTS {
        missed.push(format!("a board's report of {PAGES} pages and {CHARTS} charts, which has {pages} and {charts}"));
    }
    end(&missed)
}
