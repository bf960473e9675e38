//! Metrics of a tenant's own: texts of the same form as the files of the catalogue, kept elsewhere.

use super::catalogue::{catalogue, parse};
use super::{Definition, Dimension, Kind};
use crate::header::Header;
use crate::session::Session;
use crate::{Error, Result};
use arrow::datatypes::{DataType, Schema, TimeUnit};

/// The schema of their views.
pub const OWN: &str = "own";
/// The longest text of one, in bytes.
pub const MOST_BYTES: usize = 16 << 10;
/// The column that its rows get when they are shown as evidence.
const GIVEN: &str = "counted";
/// The longest name, in bytes.
const LONGEST_NAME: usize = 63;

/// The metric that a text defines, whose header has that name.
///
/// # Errors
/// [`Error::Setting`] with what is wrong with the name or the text, and in which line.
pub fn own(name: &str, text: &str) -> Result<Definition> {
    let refuse = |why: String| Error::Setting(format!("the metric `{}`: {why}", name.escape_default()));
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let is_name = name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(letters);
    if !is_name || name.len() > LONGEST_NAME {
        return Err(refuse(format!(
            "a name begins with a letter, and has up to {LONGEST_NAME} of a to z, 0 to 9 and _ in all"
        )));
    }
    if name == OWN || catalogue()?.iter().any(|built_in| built_in.name == name) {
        return Err(refuse("this name is taken by Pulse itself: choose another".to_owned()));
    }
    if text.len() > MOST_BYTES {
        return Err(refuse(format!("it has {} bytes, and at most {MOST_BYTES} are kept", text.len())));
    }
    let definition = parse(OWN, Header::read(format!("the metric `{name}`"), name, text))?;
    if definition.minimum_n < 0 {
        return Err(refuse(format!("minimum_n: {} is below 0", definition.minimum_n)));
    }
    Ok(definition)
}

/// The metric that a text defines, when its statement can be planned over a tenant's tables and returns what its kind and
/// dimensions need.
///
/// # Errors
/// As [`own`]; [`Error::Question`] with what is wrong with the statement, in which line where that is known, or which column it lacks.
pub async fn check(session: &Session, name: &str, text: &str) -> Result<Definition> {
    let definition = own(name, text)?;
    // With its header, which is comments to SQL, so that lines are those of the text.
    let schema = session.columns_of_own(text).await?;
    if schema.field_with_name(GIVEN).is_ok() {
        return Err(Error::Question(format!(
            "the metric `{name}`: its statement returns `{GIVEN}`, which Pulse itself gives to its rows: call it something else"
        )));
    }
    // The rows of evidence get these from their subjects.
    let doubled = ["title", "url"].into_iter().find(|name| schema.field_with_name(name).is_ok());
    if let (Some(subject), Some(column)) = (definition.subject, doubled) {
        return Err(Error::Question(format!(
            "the metric `{name}`: its statement returns `{column}`, which its rows of evidence have of each {} already: leave out the column, or the header's `subject`",
            subject.name().replace('_', " ")
        )));
    }
    for (column, wanted) in columns(&definition) {
        let lacks = |but: String| {
            Error::Question(format!(
                "the metric `{name}`: its statement returns {but}, where `{column}` should be {wanted}"
            ))
        };
        match schema.field_with_name(column) {
            Err(_) => return Err(lacks(format!("no column `{column}` ({})", names(&schema)))),
            Ok(field) if !wanted.is(field.data_type()) => {
                return Err(lacks(format!("`{column}` as {}", field.data_type())));
            }
            Ok(_) => {}
        }
    }
    Ok(definition)
}

fn names(schema: &Schema) -> String {
    schema.fields().iter().map(|field| field.name().as_str()).collect::<Vec<_>>().join(", ")
}

/// What a column should be.
#[derive(Clone, Copy)]
enum Wanted {
    Instant,
    Text,
    Flag,
    Float,
    Number,
}

impl Wanted {
    fn is(self, kind: &DataType) -> bool {
        match self {
            Wanted::Instant => {
                matches!(kind, DataType::Timestamp(TimeUnit::Microsecond, Some(zone)) if &**zone == "UTC")
            }
            Wanted::Text => *kind == DataType::Utf8,
            Wanted::Flag => *kind == DataType::Boolean,
            Wanted::Float => *kind == DataType::Float64,
            Wanted::Number => *kind == DataType::Float64 || kind.is_integer(),
        }
    }
}

impl std::fmt::Display for Wanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Wanted::Instant => "an instant, as the times of the tables are",
            Wanted::Text => "a text: CAST(NULL AS VARCHAR) where there is none",
            Wanted::Flag => "true or false",
            Wanted::Float => "a DOUBLE",
            Wanted::Number => "a DOUBLE or a whole number",
        })
    }
}

/// The columns of a metric's observations.
fn columns(definition: &Definition) -> Vec<(&'static str, Wanted)> {
    let mut columns = vec![
        ("at", Wanted::Instant),
        ("repository_id", Wanted::Text),
        ("project_id", Wanted::Text),
        ("team_id", Wanted::Text),
        ("subject_id", Wanted::Text),
        ("open", Wanted::Flag),
        ("excluded", Wanted::Text),
    ];
    columns.extend(match definition.kind {
        Kind::Percentile => vec![("value", Wanted::Float)],
        Kind::Ratio => vec![("numerator", Wanted::Number), ("denominator", Wanted::Number)],
        Kind::Count => Vec::new(),
        Kind::Level | Kind::Age => vec![("left_at", Wanted::Instant)],
    });
    let besides = definition.dimensions.iter().map(|by| Dimension::column(*by)).map(|column| (column, Wanted::Text));
    let known: Vec<_> = besides.filter(|(column, _)| columns.iter().all(|(known, _)| known != column)).collect();
    columns.extend(known);
    columns
}
