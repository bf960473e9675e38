//! Comma-separated values with a header, as RFC 4180 has them.

use super::lines::{LONGEST, Lines};
use super::ndjson::{bad, too_long, unreadable};
use super::row::{DELETED, cell, known};
use super::source::{Candidate, Input};
use crate::{Error, Result};
use pulse_engine::entities::{Entity, Kind};
use pulse_engine::map::Reject;
use serde_json::{Map, Value as Json};

pub(super) struct Csv {
    name: String,
    lines: Lines,
    header: Vec<(String, Kind)>,
}

/// A record that may stand on several lines.
struct Record {
    line: i64,
    bytes: Vec<u8>,
    fault: Option<String>,
}

impl Csv {
    pub(super) fn new(entity: &'static Entity, input: Input) -> Result<Self> {
        let mut csv = Self { name: input.name(), lines: Lines::new(input.reader()?), header: Vec::new() };
        let pushed = |reason: String| Error::Pushed { source_name: csv.name.clone(), reason };
        let first = record(&mut csv.lines).map_err(|e| unreadable(&csv.name, &e))?;
        let first = first.ok_or_else(|| pushed("it is empty: the first line must name the columns".to_owned()))?;
        let cells = match &first.fault {
            Some(fault) => return Err(pushed(format!("its header: {fault}"))),
            None => split(&first.bytes),
        };
        let mut header: Vec<(String, Kind)> = Vec::with_capacity(cells.len());
        for name in cells {
            let name = String::from_utf8_lossy(&name).trim().to_owned();
            let kind = match entity.own_columns().iter().find(|c| c.name == name) {
                Some(column) => column.kind,
                None if name == DELETED => Kind::Bool,
                None => {
                    let known = known(entity);
                    return Err(pushed(format!("{} has no column `{name}`; there are: {known}", entity.name)));
                }
            };
            if header.iter().any(|(other, _)| *other == name) {
                return Err(pushed(format!("its header names `{name}` twice")));
            }
            header.push((name, kind));
        }
        csv.header = header;
        Ok(csv)
    }

    fn row(&self, record: &Record) -> Result<Map<String, Json>, (Reject, String)> {
        if let Some(fault) = &record.fault {
            return Err(bad(fault.as_str(), &record.bytes));
        }
        let cells = split(&record.bytes);
        if cells.len() != self.header.len() {
            let counts = format!("it has {} columns where the header has {}", cells.len(), self.header.len());
            return Err(bad(counts, &record.bytes));
        }
        let mut row = Map::new();
        for ((name, kind), bytes) in self.header.iter().zip(cells) {
            let Ok(text) = std::str::from_utf8(&bytes) else {
                let (_, raw) = bad("", &record.bytes);
                return Err((Reject::field(name.as_str(), format!("`{name}` is not UTF-8")), raw));
            };
            row.insert(name.clone(), cell(*kind, text));
        }
        Ok(row)
    }
}

impl Iterator for Csv {
    type Item = Result<Candidate>;

    fn next(&mut self) -> Option<Self::Item> {
        match record(&mut self.lines) {
            Ok(record) => record.map(|r| Ok(Candidate { line: r.line, row: self.row(&r) })),
            Err(e) => Some(Err(unreadable(&self.name, &e))),
        }
    }
}

/// The next record: a line, and those after it as long as a quote is open. Empty lines between records are passed over.
fn record(lines: &mut Lines) -> std::io::Result<Option<Record>> {
    let line = loop {
        let Some(line) = lines.next()? else { return Ok(None) };
        if !line.bytes.is_empty() {
            break line;
        }
    };
    let mut record = Record { line: line.number, bytes: line.bytes, fault: line.cut.then(too_long) };
    let mut state = State::Start.after(&record.bytes);
    while record.fault.is_none() && state == State::Quoted {
        let Some(next) = lines.next()? else {
            record.fault = Some("a quote is opened and not closed".to_owned());
            break;
        };
        if next.cut || record.bytes.len() + next.bytes.len() > LONGEST {
            // Whether the quote is ever closed is not known: what follows is read as new records, each line on its own.
            record.fault = Some(format!(
                "a quote is opened and not closed within {} MB: lines {} to {} were passed over",
                LONGEST >> 20,
                record.line,
                next.number
            ));
            break;
        }
        record.bytes.push(b'\n');
        record.bytes.extend_from_slice(&next.bytes);
        state = State::Quoted.after(&next.bytes);
    }
    Ok(Some(record))
}

/// Where in a record one stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// At the start of a cell: a quote opens one that is quoted.
    Start,
    /// In a cell without quotes, or behind the quote that closed one: a quote is a character as any other.
    Plain,
    /// Between quotes.
    Quoted,
    /// Behind a quote between quotes: another makes it a quote that is meant, anything else closes the cell.
    Closing,
}

impl State {
    /// The state behind a byte, and whether the byte belongs to the cell.
    fn step(self, byte: u8) -> (Self, bool) {
        match (self, byte) {
            (State::Start, b'"') => (State::Quoted, false),
            (State::Quoted, b'"') => (State::Closing, false),
            (State::Closing, b'"') | (State::Quoted, _) => (State::Quoted, true),
            (_, b',') => (State::Start, false),
            (State::Start | State::Plain | State::Closing, _) => (State::Plain, true),
        }
    }

    fn after(self, bytes: &[u8]) -> Self {
        bytes.iter().fold(self, |state, byte| state.step(*byte).0)
    }
}

/// The cells of a record. A quote inside an unquoted cell is kept as it is.
fn split(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut cells = Vec::new();
    let mut cell = Vec::new();
    let mut state = State::Start;
    for byte in bytes {
        let (next, belongs) = state.step(*byte);
        if belongs {
            cell.push(*byte);
        } else if next == State::Start {
            cells.push(std::mem::take(&mut cell));
        }
        state = next;
    }
    cells.push(cell);
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_split_as_rfc_4180_has_them() {
        let cells =
            |text: &str| split(text.as_bytes()).into_iter().map(|c| String::from_utf8(c).unwrap()).collect::<Vec<_>>();
        assert_eq!(cells("a,b,"), ["a", "b", ""]);
        assert_eq!(cells("\"a,1\",\"say \"\"hi\"\"\",c\"d"), ["a,1", "say \"hi\"", "c\"d"]);
        assert_eq!(cells("\"two\nlines\",x"), ["two\nlines", "x"]);
        assert_eq!(cells("\"\",ä"), ["", "ä"]);
        assert_eq!(cells("\"a\"b\"c,d"), ["ab\"c", "d"]);
    }
}
