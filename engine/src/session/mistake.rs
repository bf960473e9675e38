//! What is wrong with a statement, and where.

use super::instead;
use crate::Error;
use datafusion::common::utils::datafusion_strsim::levenshtein;
use datafusion::common::{Diagnostic, SchemaError};
use datafusion::error::DataFusionError;
use std::fmt;

/// What is wrong with a statement, where it stands, and what was probably meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// What is wrong, and what to do.
    pub why: String,
    /// The line and the column in characters, both from 1, where that is known.
    pub at: Option<(u64, u64)>,
    /// The name that was probably meant.
    pub suggestion: Option<String>,
    /// The table that there is not, by catalogue, schema and name.
    unknown_table: Option<String>,
    /// The column that there is not.
    pub(super) unknown_column: Option<String>,
    /// Whether it says what to write instead, so that no name is guessed.
    is_told: bool,
}

/// What is wrong, and the name that was probably meant.
impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)?;
        self.suggestion.as_ref().map_or(Ok(()), |name| write!(f, " (was `{name}` meant?)"))
    }
}

impl From<Mistake> for Error {
    fn from(mistake: Mistake) -> Self {
        Self::Mistake(Box::new(mistake))
    }
}

impl Mistake {
    /// A mistake at that line and column.
    pub(super) fn at(why: String, at: (u64, u64)) -> Self {
        Self { why, at: Some(at), suggestion: None, unknown_table: None, unknown_column: None, is_told: true }
    }

    /// What a failure to parse or plan tells.
    pub(super) fn of(failure: &DataFusionError) -> Self {
        let text = failure.strip_backtrace();
        let instead = instead::of(&text);
        let is_told = instead.is_some();
        let why = instead.unwrap_or_else(|| {
            format!(
                "the statement cannot be planned: {}. SHOW TABLES lists the tables, DESCRIBE facts.changes a table's columns",
                text.trim_end_matches('.')
            )
        });
        let (mut suggestion, mut unknown_table, mut unknown_column) = (None, None, None);
        match failure {
            DataFusionError::SchemaError(schema, _) => {
                if let SchemaError::FieldNotFound { field, valid_fields } = schema.as_ref() {
                    let names = valid_fields.iter().map(|known| (0, known.name()));
                    suggestion = nearest(&field.name, names).map(str::to_owned);
                    unknown_column = Some(field.name.clone());
                }
            }
            DataFusionError::Plan(told) => {
                unknown_table = quoted(told, "table '", "' not found").map(str::to_owned);
            }
            _ => {}
        }
        Self { why, at: written(&text), suggestion, unknown_table, unknown_column, is_told }
    }

    /// The same with what the planner noted beside it.
    pub(super) fn noted(self, diagnostic: &Diagnostic) -> Self {
        let at = diagnostic.span.map(|span| (span.start.line, span.start.column)).filter(|at| at.0 > 0);
        let mut functions =
            diagnostic.notes.iter().filter_map(|note| quoted(&note.message, "Possible function '", "'"));
        let is_told = self.is_told;
        let guessed = || functions.next().filter(|_| !is_told).map(str::to_owned);
        Self { at: at.or(self.at), suggestion: self.suggestion.or_else(guessed), ..self }
    }

    /// The same with the table that was probably meant, of those there are by schema and name.
    pub(super) fn among<'a>(self, tables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let Some(unknown) = &self.unknown_table else { return self };
        let mut parts = unknown.rsplit('.');
        let (name, schema) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        let whole: Vec<(String, &str, usize)> =
            tables.into_iter().map(|(of, table)| (format!("{of}.{table}"), table, usize::from(of != schema))).collect();
        let best = nearest(name, whole.iter().map(|(_, table, elsewhere)| (*elsewhere, *table)));
        let suggestion = best.and_then(|best| {
            let named = |elsewhere: usize| whole.iter().find(|(_, table, e)| *table == best && *e == elsewhere);
            named(0).or_else(|| named(1)).map(|(whole, ..)| whole.clone())
        });
        Self { suggestion, ..self }
    }
}

/// The candidate that is the fewest edits away, the first of equals; none that is more edits away than half of its letters. Each
/// comes with the edits that it is away by what is not looked at.
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = (usize, &'a str)>) -> Option<&'a str> {
    let name = name.to_lowercase();
    let distances = candidates.filter_map(|(away, candidate)| {
        let edits = levenshtein(&name, &candidate.to_lowercase());
        let longest = name.chars().count().max(candidate.chars().count());
        (edits * 2 <= longest).then_some((edits + away, candidate))
    });
    distances.min_by_key(|(edits, _)| *edits).map(|(_, candidate)| candidate)
}

/// What stands between two texts.
pub(super) fn quoted<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(before)?;
    rest.split_once(after).map(|(within, _)| within)
}

/// The place that the parser writes at the end of what it tells.
fn written(text: &str) -> Option<(u64, u64)> {
    let (_, rest) = text.rsplit_once("at Line: ")?;
    let (line, column) = rest.split_once(", Column: ")?;
    let digits = column.split(|c: char| !c.is_ascii_digit()).next()?;
    Some((line.parse().ok()?, digits.parse().ok()?))
}
