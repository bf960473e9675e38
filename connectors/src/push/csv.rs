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
    let mut record = loop {
        let Some(line) = lines.next()? else { return Ok(None) };
        if !line.bytes.is_empty() {
            break Record { line: line.number, bytes: line.bytes, fault: line.cut.then(too_long) };
        }
    };
    // Doubled quotes inside a quoted cell are two, so an odd number means that one is still open.
    let mut quotes = count(&record.bytes);
    while record.fault.is_none() && quotes % 2 == 1 {
        let next = lines.next()?;
        let too_much = record.bytes.len() + next.as_ref().map_or(0, |l| l.bytes.len()) > LONGEST;
        match next.filter(|line| !line.cut && !too_much) {
            Some(line) => {
                quotes += count(&line.bytes);
                record.bytes.push(b'\n');
                record.bytes.extend_from_slice(&line.bytes);
            }
            None => record.fault = Some("a quote is opened and not closed".to_owned()),
        }
    }
    Ok(Some(record))
}

fn count(bytes: &[u8]) -> usize {
    bytes.iter().filter(|b| **b == b'"').count()
}

/// The cells of a record. A quote inside an unquoted cell is kept as it is.
fn split(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut cells = vec![Vec::new()];
    let mut quoted = false;
    let mut fresh = true;
    let mut at = 0;
    while at < bytes.len() {
        let byte = bytes[at];
        let cell = cells.len() - 1;
        match byte {
            b'"' if quoted && bytes.get(at + 1) == Some(&b'"') => {
                cells[cell].push(b'"');
                at += 1;
            }
            b'"' if quoted => quoted = false,
            b'"' if fresh => quoted = true,
            b',' if !quoted => {
                cells.push(Vec::new());
                fresh = true;
                at += 1;
                continue;
            }
            other => cells[cell].push(other),
        }
        fresh = false;
        at += 1;
    }
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
    }
}
