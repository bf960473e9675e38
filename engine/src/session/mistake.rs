//! What is wrong with a statement, and where.

use super::{functions, instead, uncomputed, words};
use crate::Error;
use datafusion::common::{Diagnostic, SchemaError};
use datafusion::error::DataFusionError;
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::tokenizer::Tokenizer;
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
    /// What the statement is looked through for where no place is known, the first that it has: as it is written there; an empty text
    /// is its end.
    about: Vec<String>,
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
        Self { why, at: Some(at), suggestion: None, unknown_table: None, unknown_column: None, about: Vec::new() }
    }

    /// What a failure to parse or plan tells.
    pub(super) fn of(failure: &DataFusionError) -> Self {
        let text = failure.strip_backtrace();
        let (is_told, told) = match instead::of(&text) {
            Some(why) => (true, words::Told { why, about: Vec::new() }),
            None => (false, words::of(&text)),
        };
        let (mut suggestion, mut unknown_table, mut unknown_column) = (None, None, None);
        match failure {
            DataFusionError::SchemaError(schema, _) => {
                if let SchemaError::FieldNotFound { field, valid_fields } = schema.as_ref() {
                    let names = valid_fields.iter().map(|known| (0, known.name()));
                    suggestion = nearest(&field.name, names).map(str::to_owned);
                    unknown_column = Some(field.name.clone());
                }
            }
            DataFusionError::Plan(_) if is_told => {}
            DataFusionError::Plan(said) => {
                unknown_table = quoted(said, "table '", "' not found").map(str::to_owned);
                // No name is guessed where it is said what to write.
                let known = functions::names();
                suggestion = quoted(said, "Invalid function '", "'")
                    .and_then(|name| {
                        let near = nearest(name, known.iter().map(|known| (0, known.as_str())));
                        // One that is there, and called as it cannot be.
                        near.filter(|near| *near != name)
                    })
                    .map(str::to_owned);
            }
            DataFusionError::SQL(..) if !is_told => {
                let known = words::KEYWORDS.iter().map(|word| (0, *word));
                suggestion = words::misplaced(&text)
                    .and_then(|word| nearest(word, known).filter(|near| !near.eq_ignore_ascii_case(word)))
                    .map(str::to_owned);
            }
            _ => {}
        }
        Self { why: told.why, at: written(&text), suggestion, unknown_table, unknown_column, about: told.about }
    }

    /// What a row that cannot be computed tells.
    pub(super) fn uncomputed(failure: &str) -> Self {
        let words::Told { why, about } = uncomputed::of(failure);
        Self { why, at: None, suggestion: None, unknown_table: None, unknown_column: None, about }
    }

    /// The same with its place in the statement, where none is known and what it is about stands there.
    pub(super) fn placed(self, statement: &str) -> Self {
        let at = self.at.or_else(|| self.about.iter().find_map(|part| place(statement, part)));
        Self { at, ..self }
    }

    /// The same with what the planner noted beside it.
    pub(super) fn noted(self, diagnostic: &Diagnostic) -> Self {
        let at = diagnostic.span.map(|span| (span.start.line, span.start.column)).filter(|at| at.0 > 0);
        Self { at: at.or(self.at), ..self }
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

/// The candidate that is the fewest edits away, the first of equals; none that is more edits away than half of its letters. Two letters
/// that changed places are one edit. Each comes with the edits that it is away by what is not looked at.
pub fn nearest<'a>(name: &str, candidates: impl Iterator<Item = (usize, &'a str)>) -> Option<&'a str> {
    let name = name.to_lowercase();
    let distances = candidates.filter_map(|(away, candidate)| {
        let edits = edits(&name, &candidate.to_lowercase());
        let longest = name.chars().count().max(candidate.chars().count());
        (edits * 2 <= longest).then_some((edits + away, candidate))
    });
    distances.min_by_key(|(edits, _)| *edits).map(|(_, candidate)| candidate)
}

/// How many letters are put in, left out, written for another, or change places with the next, between two words.
fn edits(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    // Of the last two beginnings of `from`, how far each is from every beginning of `to`.
    let (mut before, mut last): (Vec<usize>, Vec<usize>) = (Vec::new(), (0..=to.len()).collect());
    for (i, letter) in from.iter().enumerate() {
        let mut next = vec![i + 1];
        for (j, other) in to.iter().enumerate() {
            let mut fewest = (last[j] + usize::from(letter != other)).min(last[j + 1] + 1).min(next[j] + 1);
            if i > 0 && j > 0 && from[i - 1] == *other && *letter == to[j - 1] {
                fewest = fewest.min(before[j - 1] + 1);
            }
            next.push(fewest);
        }
        before = std::mem::replace(&mut last, next);
    }
    last.last().copied().unwrap_or_default()
}

/// Where something first stands in a statement, as it is written there; nothing stands at its end.
pub(super) fn place(statement: &str, part: &str) -> Option<(u64, u64)> {
    if part.is_empty() {
        let whole = statement.trim_end();
        let letters = whole.lines().last().unwrap_or_default().chars().count();
        return Some((whole.lines().count().max(1).try_into().ok()?, (letters + 1).try_into().ok()?));
    }
    let tokens = Tokenizer::new(&GenericDialect {}, statement).tokenize_with_location().ok()?;
    let found = tokens.iter().find(|token| token.token.to_string().eq_ignore_ascii_case(part))?;
    Some((found.span.start.line, found.span.start.column))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_that_changed_places_are_one_edit() {
        for (from, to, expected) in [
            ("cuont", "count", 1),
            ("cuont", "cot", 2),
            ("chnages", "changes", 1),
            ("", "abc", 3),
            ("abc", "", 3),
            ("same", "same", 0),
            ("kitten", "sitting", 3),
            ("größe", "größer", 1),
        ] {
            assert_eq!(edits(from, to), expected, "{from} {to}");
        }
        assert_eq!(nearest("cuont", [(0, "cot"), (0, "count")].into_iter()), Some("count"));
    }

    #[test]
    fn a_place_is_told_in_lines_and_letters_from_one() {
        let statement = "SELECT 'größe',\n  sum(title)\nFROM changes WHERE\n";
        assert_eq!(place(statement, "sum"), Some((2, 3)));
        assert_eq!(place(statement, "'größe'"), Some((1, 8)));
        assert_eq!(place(statement, "where"), Some((3, 14)));
        assert_eq!(place(statement, ""), Some((3, 19)));
        assert_eq!((place(statement, "nothing"), place("", "")), (None, Some((1, 1))));
    }
}
