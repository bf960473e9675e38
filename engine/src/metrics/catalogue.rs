//! The catalogue: the headers of `sql/metrics/<schema>/<name>.sql`.

use super::{Dimension, Filter, Grain, OWN, Subject};
use crate::header::Header;
use crate::parts::with_parts;
use crate::{Error, Result};
use serde::Serialize;
use std::str::FromStr;
use std::sync::OnceLock;

macro_rules! files {
    ($($schema:literal: $($name:literal),* $(,)?;)*) => {
        &[$($(($schema, $name, include_str!(concat!("../../../sql/metrics/", $schema, "/", $name, ".sql"))),)*)*]
    };
}

/// The schemas that the metrics' views stand in, with what each is about, in the order in which people read them.
pub const SCHEMAS: &[(&str, &str)] = &[
    ("dora", "Delivery, as DORA measures it"),
    ("flow", "How work items flow, and where the effort goes"),
    ("change", "How changes come about: pull requests, reviews, builds and releases"),
    ("reliability", "Incidents, whatever caused them"),
    ("quality", "How much of the data could be linked, mapped and attributed: what the other figures rest on"),
];

/// In the order in which people read them.
const FILES: &[(&str, &str, &str)] = files![
    "dora":
        "change_lead_time",
        "lead_time_coding",
        "lead_time_pickup",
        "lead_time_review",
        "lead_time_deploy",
        "deployment_frequency",
        "change_fail_rate",
        "failed_deployment_recovery_time",
        "deployment_rework_rate",
    ;
    "flow":
        "cycle_time",
        "work_item_lead_time",
        "throughput",
        "work_in_progress",
        "work_item_age",
        "stage_exit_age",
        "cumulative_flow",
        "flow_efficiency",
        "blocked_time",
        "reopened_work",
        "returned_work",
        "sprint_commitment",
        "sprint_completion",
        "sprint_carry_over",
        "sprint_scope_change",
        "sprint_completion_points",
        "sprint_carry_over_points",
        "sprint_scope_change_points",
        "allocation",
        "unplanned_work",
    ;
    "change":
        "pull_request_pickup_time",
        "pull_request_review_time",
        "pull_request_rework_time",
        "pull_request_merge_wait",
        "pull_request_open_time",
        "pull_request_size",
        "oversized_pull_requests",
        "open_pull_requests",
        "open_pull_request_age",
        "idle_pull_requests",
        "reviewers_per_pull_request",
        "review_load",
        "review_concentration",
        "review_wait",
        "unreviewed_merges",
        "direct_pushes",
        "revert_rate",
        "hotfix_rate",
        "batch_size",
        "build_time",
        "build_failure_rate",
        "build_flakiness",
        "release_cadence",
    ;
    "reliability":
        "incidents",
        "incident_acknowledge_time",
        "incident_recovery_time",
        "repeat_incidents",
        "working_hours_incidents",
        "open_incidents",
        "open_incident_age",
    ;
    "quality":
        "linked_changes",
        "traced_changes",
        "attributed_changes",
        "mapped_work_items",
        "classified_work_items",
        "linked_work_items",
        "attributed_work_items",
        "linked_incidents",
        "attributed_incidents",
    ;
];

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Lower values are better.
    Lower,
    /// Higher values are better.
    Higher,
    /// Neither is better by itself.
    Neither,
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
    /// How many there are at the end of a period. An observation is a stay: from `at` to before `left_at`.
    Level,
    /// Median and 90th percentile of how long those have been there that are there at the end of a period.
    Age,
}

impl Kind {
    /// Whether it is how many there are, of which there may be none.
    pub(super) fn is_counted(self) -> bool {
        matches!(self, Kind::Count | Kind::Level)
    }

    /// Whether observations are stays, of which those count that are there at one instant.
    pub(super) fn is_of_stays(self) -> bool {
        matches!(self, Kind::Level | Kind::Age)
    }
}

/// A metric: what it means, and the statement that returns its observations.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Definition {
    /// Its name in SQL and API.
    pub name: String,
    /// The schema of its view in SQL.
    pub schema: String,
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
    /// What its rows of evidence are of, which gives each a title and an address. Only a tenant's own may say nothing.
    pub subject: Option<Subject>,
    /// What else is a sign of life, of counts and levels: from the first of these on, or of its own observations, a period without any is 0.
    pub since: Option<Subject>,
    /// Below how many observations no standing is named, unless the tenant asks for more.
    pub minimum_n: i64,
    /// Grows whenever its figures change for the same data; of a tenant's own, with each change.
    pub version: u32,
    /// Where the definition comes from.
    pub source: String,
    /// The statement whose rows are the observations.
    pub sql: String,
}

impl FromStr for Direction {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "lower" => Ok(Direction::Lower),
            "higher" => Ok(Direction::Higher),
            "neither" => Ok(Direction::Neither),
            other => Err(Error::Setting(format!("`{other}` is not a direction; there are: lower, higher, neither"))),
        }
    }
}

impl FromStr for Kind {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "percentile" => Ok(Kind::Percentile),
            "ratio" => Ok(Kind::Ratio),
            "count" => Ok(Kind::Count),
            "level" => Ok(Kind::Level),
            "age" => Ok(Kind::Age),
            other => {
                let known = "percentile, ratio, count, level, age";
                Err(Error::Setting(format!("`{other}` is not a kind; there are: {known}")))
            }
        }
    }
}

impl Definition {
    /// Its view, as SQL names it.
    pub fn view(&self) -> String {
        format!("{}.{}", self.schema, self.name)
    }

    /// Whether it can be limited to some of a dimension: one that it is told apart by, or that its rows of evidence tell of.
    pub fn is_filtered_by(&self, dimension: Dimension) -> bool {
        self.dimensions.contains(&dimension) || self.subject.is_some_and(|subject| subject.told_in(dimension).is_some())
    }

    /// Refuses what it cannot be told apart or filtered by.
    ///
    /// # Errors
    /// [`Error::Question`], with what it can.
    pub fn may_be_asked_by(&self, by: Option<Dimension>, filter: &Filter) -> Result<()> {
        let apart = by.filter(|by| !self.dimensions.contains(by));
        let Some(unknown) = apart.or_else(|| filter.dimensions().find(|of| !self.is_filtered_by(*of))) else {
            return Ok(());
        };
        let known: Vec<_> = self.dimensions.iter().map(|d| d.name()).collect();
        let (title, unknown, known) = (&self.title, unknown.name(), known.join(", "));
        Err(Error::Question(format!("{title} cannot be asked by {unknown}; it can by: {known}")))
    }
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
    let parsed = FILES.iter().map(|(schema, name, text)| {
        let parsed = parse(schema, Header::read(format!("sql/metrics/{schema}/{name}.sql"), name, text))?;
        Ok(Definition { sql: with_parts(&parsed.sql), ..parsed })
    });
    let parsed = parsed.collect::<Result<Vec<_>>>()?;
    Ok(CATALOGUE.get_or_init(|| parsed))
}

/// The metric of that name, of those of the catalogue and a tenant's own.
///
/// # Errors
/// [`Error::Question`] with the names that there are.
pub fn definition<'d>(name: &str, own: &'d [Definition]) -> Result<&'d Definition> {
    let all = || catalogue().map(|all| all.iter().chain(own));
    all()?.find(|d| d.name == name).map_or_else(
        || {
            let known: Vec<_> = all()?.map(|d| d.name.as_str()).collect();
            Err(Error::Question(format!("no metric `{}`; there are: {}", name.escape_default(), known.join(", "))))
        },
        Ok,
    )
}

/// Reads a metric's header.
///
/// # Errors
/// [`Error::Setting`] with what is wrong with it, and where.
pub(super) fn parse(schema: &str, mut header: Header<'_>) -> Result<Definition> {
    let mut definition = Definition {
        name: header.take("name")?,
        schema: schema.to_owned(),
        title: header.take("title")?,
        unit: header.take("unit")?,
        direction: header.parse("direction")?,
        kind: header.parse("kind")?,
        description: header.take("description")?,
        formula: header.take("formula")?,
        grains: header.list("grain")?,
        dimensions: header.list("dimensions")?,
        subject: header.optional("subject")?,
        since: header.optional("since")?,
        minimum_n: header.parse("minimum_n")?,
        version: match schema {
            // Of a tenant's own it is counted by whoever keeps it.
            OWN => header.optional("version")?.unwrap_or(1),
            _ => header.parse("version")?,
        },
        source: header.take("source")?,
        sql: String::new(),
    };
    if definition.dimensions.contains(&Dimension::Label) {
        let why = "one thing may have several labels: leave it out, they are a filter of what is of work items and of changes";
        return Err(header.refuse_in("dimensions", why));
    }
    match definition.since {
        Some(_) if !definition.kind.is_counted() => {
            return Err(header.refuse_in("since", "only of counts and levels a period without any is 0: leave it out"));
        }
        Some(since) if since.lives().is_none() => {
            let signs: Vec<_> = Subject::signs_of_life().map(Subject::name).collect();
            let why = format!("`{}` is not taken for a sign of life: there are: {}", since.name(), signs.join(", "));
            return Err(header.refuse_in("since", why));
        }
        _ => {}
    }
    definition.sql = header.statement(&definition.name)?;
    Ok(definition)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entities::fact;
    use std::collections::{BTreeMap, BTreeSet};

    #[test]
    fn every_file_has_a_whole_header_and_is_in_the_catalogue() {
        let all = catalogue().unwrap();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../sql/metrics");
        let listed = |folder: &str| {
            let names = std::fs::read_dir(folder).unwrap().map(|f| f.unwrap().file_name().into_string().unwrap());
            names.collect::<BTreeSet<_>>()
        };
        let schemas: BTreeSet<_> = SCHEMAS.iter().map(|(schema, _)| (*schema).to_owned()).collect();
        assert_eq!(listed(folder), schemas);
        for schema in schemas {
            let names = all.iter().filter(|d| d.schema == schema).map(|d| format!("{}.sql", d.name));
            assert_eq!(listed(&format!("{folder}/{schema}")), names.collect(), "{schema}");
        }
        let names: BTreeSet<_> = all.iter().map(|d| &d.name).collect();
        assert_eq!(names.len(), all.len(), "a name is one metric's, whatever its schema");
        for d in all {
            assert!(d.sql.starts_with("SELECT") && !d.sql.contains([';', '{']), "{}", d.name);
            assert!(d.dimensions.contains(&Dimension::Repository) && d.description.ends_with('.'), "{}", d.name);
            assert!(d.subject.is_some(), "{}", d.name);
            assert_eq!(d.since.is_some(), d.kind.is_counted(), "{}", d.name);
            assert!(d.source.starts_with("https://") || d.source == "own definition", "{}", d.name);
        }
    }

    #[test]
    fn what_a_metric_says_of_itself_calls_others_by_their_titles() {
        // `score.` ends with a stop, `facts.changes` has one inside.
        let is_raw = |word: &str| word.trim_end_matches(['.', ',', ':', ';']).contains(['_', '.']);
        for d in catalogue().unwrap() {
            let raw =
                [&d.description, &d.formula].into_iter().flat_map(|text| text.split(' ')).find(|word| is_raw(word));
            assert_eq!(raw, None, "{}", d.name);
        }
    }

    #[test]
    fn what_is_made_of_reviews_says_for_which_reasons_one_is_left_out() {
        let said = BTreeMap::from([
            ("nobody known", "of which nobody knows who made them"),
            ("own", "of one's own pull requests"),
            ("bot", "by programs"),
            ("draft", "of drafts"),
            ("after merge", "after the merge"),
        ]);
        let excluded = fact("reviews").unwrap().column("excluded").unwrap();
        let reasons: BTreeSet<&str> = excluded.doc.split('`').skip(1).step_by(2).collect();
        assert_eq!(reasons, said.keys().copied().collect());
        let of_reviews = catalogue().unwrap().iter().filter(|d| d.sql.contains("facts.reviews"));
        for d in of_reviews.clone() {
            for (reason, words) in &said {
                assert!(d.description.contains(*words), "{} leaves out `{reason}` and does not say so", d.name);
            }
        }
        assert_eq!(of_reviews.count(), 3);
    }

    #[test]
    fn a_header_line_that_goes_on_is_joined_and_a_missing_one_is_named() {
        let text = "-- name: x\n-- description: one\n--   two: three\n";
        assert!(parse("dora", Header::read("x".into(), "x", text)).unwrap_err().to_string().contains("no `title`"));
        let lead = definition("change_lead_time", &[]).unwrap();
        assert!(
            lead.description.starts_with("How long a change takes from its first commit to production. A change is")
        );
        assert!(lead.description.contains("or one commit that reached production outside of one."));
    }

    #[test]
    fn an_unknown_metric_names_the_known_ones() {
        let message = definition("velocity", &[]).unwrap_err().to_string();
        assert!(message.contains("no metric `velocity`; there are: change_lead_time, lead_time_coding"), "{message}");
    }
}
