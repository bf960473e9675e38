//! `pulse lake verify`.

use crate::cli::place::Place;
use crate::cli::{print, write};
use crate::{Error, Result};
use clap::Args;
use pulse_engine::lake::{Fault, References, Table, Verified};
use pulse_engine::{Tenant, counted};
use serde::Serialize;
use std::fmt::Write as _;
use std::io;

/// Read all files and compare them with the log, and look up what rows refer to
#[derive(Debug, Args)]
pub(super) struct Verify {
    /// Look up the payload of every row of core, not of 1,000 of each table
    #[arg(long)]
    all: bool,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

/// How many payloads are looked up for each table of core, unless all are.
const SAMPLE: usize = 1000;

/// What was found in a tenant's part of the lake.
#[derive(Serialize)]
struct Findings {
    tables: Vec<Verified>,
    /// Rows of core whose payload is in raw, and those whose is not; not looked at where files are lost.
    origins: Option<Vec<References>>,
    /// What columns hold the id of.
    references: Option<Vec<References>>,
    /// How many things are wrong.
    problems: u64,
}

impl Verify {
    pub(super) async fn run(self, place: &Place, tenant: &Tenant, tables: &[Table]) -> Result<()> {
        let tables = look(place, tables).await?;
        let is_lost =
            tables.iter().any(|table| [Fault::Lost, Fault::Log, Fault::Unlogged].iter().any(|fault| table.has(*fault)));
        let (mut origins, mut references) = (None, None);
        if !is_lost {
            let _progress = place.progress("Looking up what rows refer to");
            origins = Some(tenant.lake().origins((!self.all).then_some(SAMPLE)).await?);
            references = Some(tenant.lake().references().await?);
        }
        let wrong = tables.iter().map(|table| table.problems.len() as u64).sum::<u64>();
        let unmade = origins.iter().flatten().map(|of| of.open).sum::<u64>();
        let findings = Findings { tables, origins, references, problems: wrong + unmade };
        if self.json {
            write(&format!("{}\n", serde_json::to_string_pretty(&findings)?))?;
        } else {
            print(&findings.text().map_err(io::Error::other)?)?;
        }
        if findings.problems > 0 {
            return Err(Error::Data(format!(
                "{}: `pulse lake repair` says what can be repaired",
                counted(
                    findings.problems,
                    "thing in the lake is not as it should be",
                    "things in the lake are not as they should be"
                )
            )));
        }
        if self.json {
            Ok(())
        } else {
            print(&format!("{}.\n", counted(findings.tables.len(), "table is whole", "tables are whole")))
        }
    }
}

/// Looks at each table.
pub(super) async fn look(place: &Place, tables: &[Table]) -> Result<Vec<Verified>> {
    let mut found = Vec::with_capacity(tables.len());
    for table in tables {
        let _progress = place.progress(format!("Reading {}", table.name()));
        found.push(table.verify().await?);
    }
    Ok(found)
}

impl Findings {
    fn text(&self) -> Result<String, std::fmt::Error> {
        let mut text = String::new();
        for found in &self.tables {
            let table = &found.table;
            for problem in &found.problems {
                match &problem.file {
                    Some(file) => writeln!(text, "{table}/{file} {}", problem.reason)?,
                    None => writeln!(text, "{table}: {}", problem.reason)?,
                }
            }
            if !found.orphans.is_empty() {
                let bytes = found.orphans.iter().map(|orphan| orphan.bytes).sum::<u64>();
                let files = counted(found.orphans.len(), "file", "files");
                writeln!(
                    text,
                    "{table}: no version names {files} with {bytes} bytes, which `pulse lake vacuum` takes"
                )?;
            }
        }
        for of in self.origins.iter().flatten().filter(|of| of.open > 0) {
            let (table, open, all) = (&of.table, of.open, of.references);
            let example = of.example.as_deref().unwrap_or_default();
            writeln!(
                text,
                "{table}: of {all} rows, {open} were made of payloads that are not in raw, such as `{example}`"
            )?;
        }
        for of in self.references.iter().flatten().filter(|of| of.open > 0) {
            let References { table, column, to, references, open, example } = of;
            let example = example.as_deref().unwrap_or_default();
            writeln!(
                text,
                "{table}.{column}: of {references}, {open} are not in {to}, which is for their source to say; such as `{example}`"
            )?;
        }
        if self.origins.is_none() {
            writeln!(text, "What rows refer to is looked up once no file is lost.")?;
        }
        Ok(text)
    }
}
