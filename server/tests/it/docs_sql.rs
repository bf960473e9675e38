//! The statements of the pages of `docs/`, asked of the sample tenant.
//!
//! - A block of `sql` gives the rows of the table below it, on the sample as it is at the noon that the pages speak of. `now()` stands
//!   for that. A last row `…` says that there are more. A block of `json` just above holds its parameters.
//! - A statement between double quotes, as in a command or a request, within a sentence, or in a block without a language, can be planned; one
//!   with a `…` is none yet.
//!
//! `PULSE_WRITE_DOCS=1` writes the answers anew, as many rows of each as stand there. What the generated pages show is asked by tests of
//! the engine.

use crate::docs::{Block, Page, root};
use crate::rest::{Server, run};
use crate::world::acme;
use pulse_engine::{Clock, Engine, Settings, Tenant};
use pulse_server::demo;
use pulse_simulator::Scenario;
use serde_json::{Value, json};
use std::path::Path;

/// Noon (UTC) on 27 November 2026, at which the sample of the pages ends.
pub(crate) const NOON: i64 = 1_795_780_800_000_000;
const NOON_IN_SQL: &str = "TIMESTAMP '2026-11-27T12:00:00Z'";

impl Page {
    /// The questions whose answers it shows.
    fn questions(&self) -> Vec<Question> {
        let lines: Vec<&str> = self.text.lines().collect();
        let blank = |from: usize, until: usize| lines[from..until].iter().all(|line| line.is_empty());
        let blocks = self.blocks();
        let mut questions = Vec::new();
        for (i, block) in blocks.iter().enumerate().filter(|(_, block)| block.language == "sql") {
            let before = i.checked_sub(1).map(|i| &blocks[i]);
            let given = before.filter(|before| before.language == "json" && blank(before.end, block.begin));
            let parameters = given.map(|given| serde_json::from_str(&given.text).unwrap());
            let begin = (block.end..lines.len()).find(|line| !lines[*line].is_empty()).unwrap_or(block.end);
            let end = (begin..lines.len()).find(|line| !lines[*line].starts_with('|')).unwrap_or(lines.len());
            let shown = lines[begin..end].iter().map(|line| cells(line)).collect();
            let place = format!("{}, line {}", self.path, block.begin + 1);
            questions.push(Question { place, sql: block.text.clone(), parameters, shown, begin, end });
        }
        questions
    }
}

/// A statement, and what a page says that its answer is: names, the line below them, rows.
struct Question {
    place: String,
    sql: String,
    parameters: Option<Value>,
    shown: Vec<Vec<String>>,
    begin: usize,
    end: usize,
}

/// The cells of a table's row.
fn cells(line: &str) -> Vec<String> {
    let inner = line.strip_prefix('|').and_then(|line| line.strip_suffix('|')).unwrap_or(line);
    inner.split('|').map(|cell| cell.trim().to_owned()).collect()
}

/// A value as a page shows it.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

impl Question {
    /// The answer: the names of its columns, and its rows.
    async fn ask(&self, server: &Server) -> (Vec<String>, Vec<Vec<String>>) {
        let mut body = json!({"sql": self.sql.replace("now()", NOON_IN_SQL)});
        if let Some(parameters) = &self.parameters {
            body["params"] = parameters.clone();
        }
        let response = server.sql(&server.acme, "/api/v1/sql?shape=columns", body).await;
        let status = response.status();
        let told: Value = response.json().await.unwrap();
        assert!(status.is_success(), "{}: {told}", self.place);
        let names = told["columns"].as_array().unwrap().iter().map(|column| shown(&column["name"])).collect();
        let mut rows = Vec::new();
        for part in told["parts"].as_array().unwrap() {
            let columns: Vec<&Vec<Value>> = part.as_array().unwrap().iter().map(|of| of.as_array().unwrap()).collect();
            rows.extend((0..columns[0].len()).map(|row| columns.iter().map(|of| shown(&of[row])).collect::<Vec<_>>()));
        }
        (names, rows)
    }

    /// How many rows are shown.
    fn rows(&self) -> usize {
        self.shown.iter().skip(2).filter(|row| row[0] != "…").count()
    }

    /// What should be shown, as the cells of a table.
    async fn table(&self, server: &Server) -> Vec<Vec<String>> {
        let (names, rows) = self.ask(server).await;
        let line = |text: &str| vec![text.to_owned(); names.len()];
        let mut more = line("");
        more[0] = "…".to_owned();
        let mut table = vec![names.clone(), line("---")];
        table.extend(rows.iter().take(self.rows()).cloned());
        table.extend((rows.len() > self.rows()).then_some(more));
        table
    }
}

/// A lake with the sample as it is at that noon.
async fn sample(folder: &Path) -> String {
    let url = format!("file://{}", folder.display());
    let engine = Engine::open(&url).await.unwrap();
    let tenant = engine.tenant(&acme());
    let (clock, settings) = (Clock::Fixed(NOON), Settings::default());
    model(&tenant).await;
    tenant.retrace_forecasts(&settings, clock).await.unwrap();
    tenant.freeze_forecasts(&settings, clock).await.unwrap();
    tenant.risk(&settings, clock).await.unwrap();
    url
}

/// Lands the sample as it is at that noon, decides what is decided of it, and models it.
pub(crate) async fn model(tenant: &Tenant) {
    let clock = Clock::Fixed(NOON);
    let scenario = Scenario::named(demo::SAMPLES[0].scenario).unwrap();
    demo::land(tenant, scenario, crate::tasks::free_port(), clock, &|_| {}).await.unwrap();
    for decides in [true, false] {
        for mapper in pulse_connectors::mappers() {
            tenant.map(mapper.as_ref(), false).await.unwrap();
        }
        tenant.model(&Settings::default()).await.unwrap();
        if decides {
            demo::decide(tenant, clock).await.unwrap();
        }
    }
}

/// Writes the answers of a page anew.
fn write(page: &Page, answers: &[(Question, Vec<Vec<String>>)]) {
    let mut lines: Vec<String> = page.text.lines().map(str::to_owned).collect();
    for (question, table) in answers.iter().rev() {
        let row = |cells: &Vec<String>| match cells[0].as_str() {
            "---" => format!("|{}", "---|".repeat(cells.len())),
            "…" => format!("| … |{}", " |".repeat(cells.len() - 1)),
            _ => format!("| {} |", cells.join(" | ")),
        };
        drop(lines.splice(question.begin..question.end, table.iter().map(row)));
    }
    std::fs::write(root(&page.path), lines.join("\n") + "\n").unwrap();
}

/// The statements that stand between double quotes, but for those that name parameters: what stands for them is not told there.
fn quoted(text: &str) -> Vec<&str> {
    let begins = ["\"SELECT ", "\"WITH "].into_iter().flat_map(|begin| text.match_indices(begin));
    let statements = begins.filter_map(|(at, _)| text[at + 1..].split('"').next());
    let names_one =
        |text: &str| text.split('$').skip(1).any(|after| after.starts_with(|c: char| c.is_ascii_lowercase()));
    statements.filter(|statement| !statement.contains('…') && !names_one(statement)).collect()
}

/// Whether a block without a language is of statements.
pub(crate) fn is_statement(text: &str) -> bool {
    ["SELECT ", "WITH "].iter().any(|begin| text.trim_start().starts_with(begin))
}

/// The statements of such a block, of which no answer is shown.
fn bare(block: &Block) -> Vec<&str> {
    let is_bare = block.language.is_empty() && is_statement(&block.text);
    block.text.split("\n\n").map(str::trim).filter(|statement| is_bare && !statement.is_empty()).collect()
}

#[test]
fn every_statement_can_be_asked_and_gives_the_answer_that_is_shown() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::over(sample(folder.path()).await).await;
        let session = server.engine.tenant(&acme()).session().await.unwrap();
        let (mut asked, mut planned) = (0, 0);
        for page in Page::all() {
            let (blocks, spans) = (page.blocks(), page.spans());
            // Within a sentence, a statement is one that asks something of something: what else begins so is spoken of.
            let spoken = spans.iter().map(String::as_str).filter(|span| is_statement(span) && span.contains(" FROM"));
            for statement in quoted(&page.text).into_iter().chain(blocks.iter().flat_map(bare)).chain(spoken) {
                planned += 1;
                let described = session.describe(statement).await;
                assert!(described.is_ok(), "{}: {statement}: {:?}", page.path, described.err());
            }
            if page.is_generated() {
                continue;
            }
            let mut answers = Vec::new();
            for question in page.questions() {
                asked += 1;
                let table = question.table(&server).await;
                answers.push((question, table));
            }
            if std::env::var_os("PULSE_WRITE_DOCS").is_some() && !answers.is_empty() {
                write(&page, &answers);
                continue;
            }
            for (question, table) in answers {
                assert_eq!(question.shown, table, "{}; PULSE_WRITE_DOCS=1 writes it anew", question.place);
            }
        }
        assert!(asked >= 30 && planned >= 9, "{asked} were asked, {planned} planned");
    });
}
