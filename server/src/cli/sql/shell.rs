//! Statement after statement.

use super::editor::{COMMANDS, Lines, Names, Said};
use super::sink::Sink;
use super::source::Source;
use super::text::statements;
use crate::cli::place::Place;
use crate::output::{Encoder, Format, plain};
use crate::{Error, Result};
use arrow::array::{ArrayRef, RecordBatch, StringArray};
use clap::ValueEnum as _;
use std::io::{BufRead as _, IsTerminal as _, Write};
use std::sync::Arc;
use tokio::runtime::Handle;
use tokio::time::Instant;

/// What may be said beside statements.
const HELP: &str = "\
Statements end with ; and may take many lines. Ctrl-C stops one that is being answered.
\\d               schemas, tables and views
\\d NAME          the columns of one
\\format FORMAT   how rows are written: table, json, json-columns, ndjson or csv
\\timing          tells how long an answer takes, or no more
\\q               ends
";

/// Somebody who asks one statement after the other.
pub(super) struct Shell {
    source: Source,
    place: Place,
    format: Format,
    timing: bool,
    names: Names,
}

impl Shell {
    pub(super) fn new(source: Source, place: Place, format: Format) -> Self {
        Self { source, place, format, timing: false, names: Names(Vec::new()) }
    }

    /// Answers until there is nothing more to answer. On a terminal a mistake is told, and what comes after it answered; else it ends
    /// with the first.
    pub(super) async fn run(mut self) -> Result<()> {
        self.names = Names(self.source.listing().await?);
        // Lines are waited for on a thread of its own.
        let runtime = Handle::current();
        tokio::task::spawn_blocking(move || {
            if std::io::stdin().is_terminal() { self.converse(&runtime) } else { self.read(&runtime) }
        })
        .await?
    }

    fn converse(mut self, runtime: &Handle) -> Result<()> {
        if self.format.is_binary() {
            self.format = Format::Table;
        }
        let mut lines = Lines::new(self.names.0.clone())?;
        loop {
            let text = match lines.next()? {
                Said::Text(text) => text,
                Said::Nothing => continue,
                Said::End => return Ok(()),
            };
            match runtime.block_on(self.says(&text, true, &mut std::io::stdout())) {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(error) if error.is_broken_pipe() => return Err(error),
                Err(error) => writeln!(std::io::stderr(), "error: {}", plain(&error.to_string()))?,
            }
        }
    }

    fn read(mut self, runtime: &Handle) -> Result<()> {
        let mut text = String::new();
        for line in std::io::stdin().lock().lines() {
            text = text + &line? + "\n";
            let is_command = text.trim_start().starts_with('\\');
            if is_command || statements(&text).1.is_empty() {
                if !runtime.block_on(self.says(&text, false, &mut std::io::stdout()))? {
                    return Ok(());
                }
                text.clear();
            }
        }
        // The last needs no semicolon.
        text.push(';');
        runtime.block_on(self.says(&text, false, &mut std::io::stdout())).map(|_| ())
    }

    /// Answers statements, or does what a command says; false when that is to end. `attended` says that somebody may stop it.
    async fn says(&mut self, text: &str, attended: bool, out: &mut (dyn Write + Send)) -> Result<bool> {
        if let Some(command) = text.trim().strip_prefix('\\') {
            return self.does(command.trim_end_matches(';'), out);
        }
        for statement in statements(text).0 {
            let begun = Instant::now();
            let sink = Sink::new(out, self.place.progress("Asking"), true);
            let answer = self.source.answer(statement, None, self.format, sink);
            tokio::select! {
                done = answer => done?,
                () = stopped(), if attended => {
                    self.source.stop().await?;
                    return Err(Error::Stopped);
                }
            }
            if self.timing {
                writeln!(out, "Time: {:.1} ms", begun.elapsed().as_secs_f64() * 1_000.0)?;
            }
        }
        Ok(true)
    }

    fn does(&mut self, command: &str, out: &mut (dyn Write + Send)) -> Result<bool> {
        let mut words = command.split_whitespace();
        match (words.next().unwrap_or_default(), words.next(), words.next()) {
            ("q", None, None) => return Ok(false),
            ("?", None, None) => write!(out, "{HELP}")?,
            ("timing", None, None) => {
                self.timing = !self.timing;
                writeln!(out, "Timing is {}", if self.timing { "on" } else { "off" })?;
            }
            ("format", Some(name), None) => {
                let format = Format::from_str(name, true).ok().filter(|format| !format.is_binary());
                self.format = format.ok_or_else(|| {
                    Error::Usage(format!(
                        "`{name}` is no format for this: it should be table, json, json-columns, ndjson or csv"
                    ))
                })?;
            }
            ("d", None, None) => {
                let tables =
                    self.names.0.iter().flat_map(|schema| schema.tables.iter().map(move |table| (schema, table)));
                let rows = tables.map(|(schema, table)| {
                    let kind = if table.is_view { "view" } else { "table" };
                    let count = table.rows.map(|rows| rows.to_string()).unwrap_or_default();
                    [schema.name.clone(), table.name.clone(), kind.to_owned(), count, table.about.clone()]
                });
                listed(["schema", "name", "kind", "rows", "about"], rows, out)?;
            }
            ("d", Some(name), None) => {
                let unknown = || Error::Usage(format!("there is no table or view `{name}`: \\d lists them"));
                let table = self.names.table(name).ok_or_else(unknown)?;
                let rows = table.columns.iter().map(|column| {
                    let null = if column.nullable { "" } else { "never NULL" };
                    [column.name.clone(), column.kind.clone(), null.to_owned(), column.about.clone()]
                });
                listed(["column", "type", "null", "about"], rows, out)?;
            }
            _ => {
                let known = COMMANDS.join(" ");
                return Err(Error::Usage(format!(
                    "there is no `\\{command}`: there are {known}, and \\? tells what they do"
                )));
            }
        }
        Ok(true)
    }
}

/// Until somebody presses Ctrl-C.
async fn stopped() {
    if tokio::signal::ctrl_c().await.is_err() {
        // Where that cannot be heard, nobody stops anything.
        std::future::pending::<()>().await;
    }
}

/// Writes a table of texts.
fn listed<const N: usize>(
    names: [&str; N],
    rows: impl Iterator<Item = [String; N]>,
    out: &mut (dyn Write + Send),
) -> Result<()> {
    let rows: Vec<[String; N]> = rows.collect();
    let columns = names.iter().enumerate().map(|(n, name)| {
        let texts = rows.iter().filter_map(|row| row.get(n));
        (*name, Arc::new(StringArray::from_iter_values(texts)) as ArrayRef)
    });
    let batch = RecordBatch::try_from_iter(columns)?;
    let mut encoder = Encoder::new(Format::Table, &batch.schema())?;
    encoder.encode(&batch)?;
    Ok(out.write_all(&encoder.finish()?)?)
}
