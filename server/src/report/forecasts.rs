//! Frozen forecasts as JSON, with how far they are to be trusted.

use chrono::{DateTime, NaiveDate, SecondsFormat};
use pulse_engine::forecast::{Count, Frozen, Scorecard, Series};
use pulse_engine::row::{Row, Value as Cell};
use serde::Serialize;
use serde_json::{Map, Value, json};
use utoipa::ToSchema;

/// Forecasts, and how far they are to be trusted.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Forecasts {
    /// The newest of each subject, as in `facts.forecasts`.
    #[schema(value_type = Vec<Object>)]
    forecasts: Vec<Value>,
    /// How the frozen forecasts of each kind of subject have done.
    #[schema(value_type = Object)]
    calibration: Map<String, Value>,
}

impl Forecasts {
    /// What is frozen.
    pub fn of(frozen: &Frozen) -> Self {
        Self {
            forecasts: frozen.standing.iter().map(row).collect(),
            calibration: frozen.cards.iter().map(|(kind, of)| (kind.clone(), card(of))).collect(),
        }
    }
}

/// A value at each level, as JSON.
pub(crate) fn levels(of: Series<Value>) -> Value {
    json!({"p50": of.p50, "p70": of.p70, "p85": of.p85, "p95": of.p95})
}

/// How forecasts have done, as JSON.
pub(crate) fn card(card: &Scorecard) -> Value {
    let count = |count: Count| {
        let (low, high) = count.interval().unzip();
        json!({"hits": count.hits, "of": count.of, "low": low, "high": high})
    };
    let due = card.due.as_ref().map(|due| {
        let bins =
            due.bins.iter().map(|bin| json!({"said": bin.said, "happened": bin.happened.hits, "of": bin.happened.of}));
        json!({
            "made": count(due.made),
            "brier": due.brier,
            "skill": due.skill,
            "skill_over_mean_pace": due.skill_over_mean,
            "reliability": bins.collect::<Vec<_>>(),
        })
    });
    let p85 = card.inside.p85;
    json!({
        "sentence": format!("{} of {} that are over were done by their 85 % day", p85.hits, p85.of),
        "inside": levels(card.inside.map(count)),
        "not_over": card.waiting,
        "due": due,
        "drifted": card.drifted,
    })
}

/// A row of a table as JSON.
fn row(row: &Row) -> Value {
    let cell = |value: &Cell| match value {
        Cell::Null => Value::Null,
        Cell::Text(text) => json!(text),
        Cell::Texts(texts) => json!(texts),
        Cell::Bool(flag) => json!(flag),
        Cell::Int(number) => json!(number),
        Cell::Float(number) => json!(number),
        Cell::Time(at) => {
            json!(DateTime::from_timestamp_micros(*at).map(|at| at.to_rfc3339_opts(SecondsFormat::Micros, true)))
        }
        Cell::Date(days) => json!(NaiveDate::from_epoch_days(*days).map(|day| day.to_string())),
    };
    Value::Object(row.entity().columns().map(|column| (column.name.to_owned(), cell(row.get(column.name)))).collect())
}
