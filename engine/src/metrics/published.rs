//! What the yearly surveys published, as the view `dora.benchmarks`: whoever puts a figure of SQL beside an answer has its limits in the same row.

use super::benchmark::{Benchmark, Mark, Range, benchmarks};
use super::filter::literal;
use crate::Result;
use std::sync::OnceLock;

/// The schema and the name of the view.
pub(crate) const BENCHMARKS: (&str, &str) = ("dora", "benchmarks");
/// What its rows are.
pub(crate) const ABOUT: &str = "What the yearly DORA surveys published: a row for each answer to each question, with what a comparison with it cannot say.";

/// Its columns, in order.
const COLUMNS: [(&str, &str); 13] = [
    ("year", "the year of the report"),
    ("title", "its title"),
    ("metric", "the metric that the question was about"),
    ("tier", "the tier whose members gave this answer; NULL where answers were published as they were spread"),
    ("answer", "the answer, in words"),
    ("at_least", "from this value on, in the metric's unit"),
    ("at_most", "up to and with this value"),
    ("below", "up to and without this value"),
    ("centre", "the centre of a cluster that was published without a range: it places nothing"),
    ("percent", "the share of respondents with this answer, or in this tier, in percent"),
    (
        "mark",
        "how well that is known: `verified` in the report, from a `secondary` source, or `recalled` and not checked",
    ),
    ("limits", "what a comparison with it cannot say: who was asked what, and when"),
    ("source", "where it was published"),
];

/// What one of its columns means.
pub(crate) fn column(name: &str) -> Option<&'static str> {
    COLUMNS.iter().find(|(column, _)| *column == name).map(|(_, meaning)| *meaning)
}

/// Its statement.
pub(crate) fn statement() -> Result<String> {
    static STATEMENT: OnceLock<String> = OnceLock::new();
    if let Some(made) = STATEMENT.get() {
        return Ok(made.clone());
    }
    let rows: Vec<String> = benchmarks()?.iter().flat_map(rows).collect();
    let names = COLUMNS.map(|(name, _)| name).join(", ");
    let made = format!("SELECT {names} FROM (VALUES {}) AS published ({names})", rows.join(", "));
    Ok(STATEMENT.get_or_init(|| made).clone())
}

/// The answers of one year.
fn rows(of: &Benchmark) -> Vec<String> {
    let mut rows = Vec::new();
    for tier in &of.tiers {
        for answer in &tier.answers {
            let mark = answer.mark.unwrap_or(Mark::Recalled).max(tier.mark);
            rows.push(row(of, &answer.metric, Some(tier.name.as_str()), answer, Some(tier.percent), mark));
        }
    }
    for spread in &of.distributions {
        let own = spread.buckets.iter();
        rows.extend(own.map(|bucket| row(of, &spread.metric, None, bucket, bucket.percent, spread.mark)));
    }
    rows
}

fn row(of: &Benchmark, metric: &str, tier: Option<&str>, answer: &Range, percent: Option<f64>, mark: Mark) -> String {
    let number = |number: Option<f64>| {
        number.map_or_else(|| "CAST(NULL AS DOUBLE)".to_owned(), |number| format!("CAST({number:?} AS DOUBLE)"))
    };
    let mark = match mark {
        Mark::Verified => "verified",
        Mark::Secondary => "secondary",
        Mark::Recalled => "recalled",
    };
    let cells = [
        format!("CAST({} AS BIGINT)", of.year),
        literal(&of.title),
        literal(metric),
        tier.map_or_else(|| "CAST(NULL AS VARCHAR)".to_owned(), literal),
        literal(&answer.label),
        number(answer.at_least),
        number(answer.at_most),
        number(answer.below),
        number(answer.centre),
        number(percent),
        literal(mark),
        literal(&of.limits(metric).join(" ")),
        literal(of.sources.first().map_or("", String::as_str)),
    ];
    format!("({})", cells.join(", "))
}

#[cfg(test)]
mod tests {
    use super::super::tests::session;
    use arrow::array::AsArray as _;

    #[tokio::test]
    async fn published_answers_are_rows_with_their_limits() {
        let session = session(&[]);
        let asked = "SELECT tier, answer, limits FROM dora.benchmarks \
            WHERE year = 2021 AND metric = 'change_lead_time' AND 60.0 < below AND mark = 'verified'";
        let rows = session.collect(asked).await.unwrap();
        let told: Vec<[String; 3]> = rows
            .iter()
            .flat_map(|batch| {
                let columns = [0, 1, 2].map(|place| batch.column(place).as_string::<i32>());
                (0..batch.num_rows()).map(move |row| columns.map(|column| column.value(row).to_owned()))
            })
            .filter(|[tier, ..]| tier == "elite")
            .collect();
        assert_eq!(told.len(), 1, "{told:?}");
        let [tier, answer, limits] = &told[0];
        assert_eq!((tier.as_str(), answer.as_str()), ("elite", "less than an hour"));
        for said in
            ["people who work on software", "from committed code to code that runs", "none of a team", "of 2021"]
        {
            assert!(limits.contains(said), "{said} is missing in {limits}");
        }
        // Six answers of 2025 on change lead time, which are all that there were.
        let spread = "SELECT CAST(sum(percent) AS BIGINT), count(*), count(tier), count(*) FILTER (WHERE limits = '') \
            FROM dora.benchmarks WHERE year = 2025 AND metric = 'change_lead_time'";
        let rows = session.collect(spread).await.unwrap();
        let counts: Vec<i64> = rows[0]
            .columns()
            .iter()
            .map(|column| column.as_primitive::<arrow::datatypes::Int64Type>().value(0))
            .collect();
        assert_eq!(counts[1..], [6, 0, 0]);
        assert!((99..=100).contains(&counts[0]), "{counts:?}");
    }
}
