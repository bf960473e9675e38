//! The catalogue: the headers of `sql/metrics/*.sql`.

use super::{Dimension, Grain};
use crate::header::Header;
use crate::{Error, Result};
use serde::Serialize;
use std::sync::OnceLock;

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../sql/metrics/", $name, ".sql")))),*]
    };
}

/// In the order in which people read them.
const FILES: &[(&str, &str)] = files![
    "change_lead_time",
    "lead_time_coding",
    "lead_time_pickup",
    "lead_time_review",
    "lead_time_deploy",
    "deployment_frequency",
    "change_fail_rate",
    "failed_deployment_recovery_time",
    "deployment_rework_rate",
];

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Lower values are better.
    Lower,
    /// Higher values are better.
    Higher,
}

/// How observations become a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Median and 90th percentile of `value`.
    Percentile,
    /// The sum of `numerator` over the sum of `denominator`.
    Ratio,
    /// How many there are, for each week.
    Count,
}

/// A metric: what it means, and the statement that returns its observations.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Definition {
    /// Its name in SQL and API.
    pub name: String,
    /// Its name on a page.
    pub title: String,
    /// What its value is in: `seconds`, `ratio`, `deployments per week`.
    pub unit: String,
    /// Which way is better.
    pub direction: Direction,
    /// How observations become a figure.
    pub kind: Kind,
    /// What it measures and what it leaves out.
    pub description: String,
    /// How it is computed, in words.
    pub formula: String,
    /// How long its periods may be.
    pub grains: Vec<Grain>,
    /// What it can be asked by.
    pub dimensions: Vec<Dimension>,
    /// Below how many observations no standing is named, unless the tenant asks for more.
    pub minimum_n: i64,
    /// Grows whenever its figures change for the same data.
    pub version: u32,
    /// Where the definition comes from.
    pub source: String,
    /// The statement whose rows are the observations.
    pub sql: String,
}

/// Every metric.
///
/// # Errors
/// [`Error::Setting`] when a file's header is not whole, which a test rules out.
pub fn catalogue() -> Result<&'static [Definition]> {
    static CATALOGUE: OnceLock<Vec<Definition>> = OnceLock::new();
    if let Some(parsed) = CATALOGUE.get() {
        return Ok(parsed);
    }
    let parsed = FILES.iter().map(|(name, text)| parse(name, text)).collect::<Result<Vec<_>>>()?;
    Ok(CATALOGUE.get_or_init(|| parsed))
}

/// The metric of that name.
///
/// # Errors
/// [`Error::Question`] with the names that there are.
pub fn definition(name: &str) -> Result<&'static Definition> {
    let all = catalogue()?;
    all.iter().find(|d| d.name == name).ok_or_else(|| {
        let known: Vec<_> = all.iter().map(|d| d.name.as_str()).collect();
        Error::Question(format!("no metric `{name}`; there are: {}", known.join(", ")))
    })
}

fn parse(file: &str, text: &str) -> Result<Definition> {
    let mut header = Header::read(format!("metrics/{file}.sql"), text);
    let mut definition = Definition {
        name: header.take("name")?,
        title: header.take("title")?,
        unit: header.take("unit")?,
        direction: match header.take("direction")?.as_str() {
            "lower" => Direction::Lower,
            "higher" => Direction::Higher,
            other => return Err(header.refuse(format!("`{other}` is not a direction"))),
        },
        kind: match header.take("kind")?.as_str() {
            "percentile" => Kind::Percentile,
            "ratio" => Kind::Ratio,
            "count" => Kind::Count,
            other => return Err(header.refuse(format!("`{other}` is not a kind"))),
        },
        description: header.take("description")?,
        formula: header.take("formula")?,
        grains: header.take("grain")?.split(',').map(|g| g.trim().parse()).collect::<Result<_>>()?,
        dimensions: header.take("dimensions")?.split(',').map(|d| d.trim().parse()).collect::<Result<_>>()?,
        minimum_n: header.parse("minimum_n")?,
        version: header.parse("version")?,
        source: header.take("source")?,
        sql: String::new(),
    };
    definition.sql = header.statement(&definition.name)?;
    Ok(definition)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_has_a_whole_header_and_is_in_the_catalogue() {
        let all = catalogue().unwrap();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../sql/metrics");
        let mut files: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .map(|f| f.unwrap().file_name().into_string().unwrap().trim_end_matches(".sql").to_owned())
            .collect();
        let mut names: Vec<_> = all.iter().map(|d| d.name.clone()).collect();
        files.sort();
        names.sort();
        assert_eq!(files, names);
        assert!(all.iter().all(|d| d.sql.starts_with("SELECT") && d.dimensions.len() == 3 && !d.sql.contains(';')));
    }

    #[test]
    fn a_header_line_that_goes_on_is_joined_and_a_missing_one_is_named() {
        let text = "-- name: x\n-- description: one\n--   two: three\n";
        assert!(parse("x", text).unwrap_err().to_string().contains("no `title`"));
        let lead = definition("change_lead_time").unwrap();
        assert!(
            lead.description.starts_with("How long a change takes from its first commit to production. A change is")
        );
        assert!(lead.description.contains("or one commit that reached production outside of one."));
    }

    #[test]
    fn an_unknown_metric_names_the_known_ones() {
        let message = definition("velocity").unwrap_err().to_string();
        assert!(message.contains("no metric `velocity`; there are: change_lead_time, lead_time_coding"), "{message}");
    }
}
