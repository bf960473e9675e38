//! What the computation of rows tells, in our words.

use super::mistake::quoted;
use super::spelled::in_sql;
use super::words::{Told, bare};

/// What is told of a row that cannot be computed.
pub(super) fn of(failure: &str) -> Told {
    let text = bare(failure);
    let text = text.trim_end_matches('.');
    if text.contains("subquery returned more than one row") {
        let why = "a subquery that stands for one value gives several rows: add LIMIT 1, or take max of its column";
        return Told::new(why.to_owned(), &["("]);
    }
    if let Some(why) = pattern(text) {
        return Told::new(why, &[]);
    }
    if let Some(part) = quoted(text, "Date part '", "' not supported") {
        let why = format!(
            "`{part}` is no part of a time: write year, quarter, month, week, day, hour, minute, second, dow or epoch"
        );
        return Told::new(why, &[part, &format!("'{part}'")]);
    }
    if let Some((_, computed)) = text.split_once("Overflow happened on: ") {
        let why = format!(
            "a row cannot be computed: {computed} is beyond what its type holds. Compute with larger numbers, as in CAST(x AS DECIMAL(38, 0)) + 1, or with CAST(x AS DOUBLE)"
        );
        let operator = computed.split(' ').find(|part| ["+", "-", "*", "/"].contains(part));
        return Told { why, about: operator.map(str::to_owned).into_iter().collect() };
    }
    let bad = |value: &str, kind: &str, example: &str| {
        (format!("the text '{value}' is no {kind}{example}"), value.to_owned())
    };
    let told = if let Some(value) = quoted(text, "Cannot cast string '", "' to value of ") {
        let kind =
            text.rsplit_once(" to value of ").map(|(_, kind)| kind.trim_end_matches(" type")).unwrap_or_default();
        Some(bad(value, &in_sql(kind), ""))
    } else if let Some(value) = quoted(text, "Error parsing timestamp from '", "'") {
        Some(bad(value, "TIMESTAMP", ", which is written like '2026-01-31T09:00:00Z'"))
    } else {
        quoted(text, "Invalid input syntax for type interval: \"", "\"")
            .map(|value| bad(value, "INTERVAL", ", which is written like '3 days'"))
    };
    let (why, about) = match told {
        Some((why, value)) => (why, vec![format!("'{value}'")]),
        None if text.contains("Divide by zero") => {
            ("a division by zero".to_owned(), vec!["/".to_owned(), "%".to_owned()])
        }
        None => (in_sql(text), Vec::new()),
    };
    let why = format!(
        "a row cannot be computed: {why}. Leave such rows out with WHERE, or make them NULL with TRY_CAST or NULLIF"
    );
    Told { why, about }
}

/// Of a pattern that is no regular expression.
pub(super) fn pattern(failure: &str) -> Option<String> {
    if !failure.contains("regex parse error") && !failure.contains("Regular expression did not compile") {
        return None;
    }
    let why = failure.lines().find_map(|line| line.trim().strip_prefix("error: ")).unwrap_or("it cannot be read");
    Some(format!(
        "a pattern is no regular expression: {why}. Write \\ before a character that is meant as it is, as in '\\('"
    ))
}
