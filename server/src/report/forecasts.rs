//! Frozen forecasts as JSON, with how far they are to be trusted.

use chrono::{DateTime, NaiveDate, SecondsFormat};
use pulse_engine::forecast::{Count, Frozen, Record, Scorecard, Series};
use pulse_engine::row::{Row, Value as Cell};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Forecasts, and how far they are to be trusted.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Forecasts {
    /// The newest of each subject, as in `facts.forecasts`, each with the address of the items that it is of (`evidence`).
    #[schema(value_type = Vec<Object>)]
    forecasts: Vec<Value>,
    /// How the frozen forecasts of each kind of subject have done, and parts of them: by how far away their days were, and by how many
    /// items were open.
    #[schema(value_type = Object)]
    calibration: BTreeMap<String, Track>,
}

/// How the forecasts of a kind have done.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Track {
    /// All of them, as [`card`] has it.
    #[serde(flatten)]
    all: Value,
    by_horizon: Vec<Part>,
    by_size: Vec<Part>,
}

/// How those have done that are alike in something.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Part {
    /// What is alike in them.
    part: &'static str,
    #[serde(flatten)]
    card: Value,
}

impl Track {
    fn of(record: &Record) -> Self {
        Self { all: card(&record.all), by_horizon: parts(&record.by_horizon), by_size: parts(&record.by_size) }
    }
}

impl Forecasts {
    /// What is frozen, each with the address of the items that it is of: of those that the lake held at an instant of the past, if one is said.
    pub fn of(frozen: &Frozen, as_of: Option<i64>) -> Self {
        Self {
            forecasts: frozen.standing.iter().map(|forecast| opened(forecast, as_of)).collect(),
            calibration: frozen.records.iter().map(|(kind, of)| (kind.clone(), Track::of(of))).collect(),
        }
    }
}

/// Those parts of which any is over.
fn parts(of: &[(&'static str, Scorecard)]) -> Vec<Part> {
    let over = of.iter().filter(|(_, of)| of.inside.p50.of > 0 || of.due.is_some());
    over.map(|&(part, ref of)| Part { part, card: card(of) }).collect()
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
        let bins = due.bins.iter().map(|bin| {
            let (low, high) = bin.happened.interval().unzip();
            json!({"said": bin.said, "happened": bin.happened.hits, "of": bin.happened.of, "low": low, "high": high})
        });
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
        "counts": {"p50": count(card.counts.p50), "p85": count(card.counts.p85)},
        "due": due,
        "drifted": card.drifted,
    })
}

/// A forecast with the address of the items that were open when it was made.
fn opened(forecast: &Row, as_of: Option<i64>) -> Value {
    let mut told = row(forecast);
    let text = |name: &str| forecast.text(name).unwrap_or_default();
    let made_on = forecast.date("made_on").map(|day| day.to_string()).unwrap_or_default();
    let of = [("kind", text("subject_kind")), ("id", text("subject_id")), ("made_on", made_on.as_str())];
    told["evidence"] = address("/api/v1/forecasts/evidence", &of, as_of).into();
    told
}

/// An address with parameters, of the rows of now unless an instant of the past is said.
pub(crate) fn address(path: &str, parameters: &[(&str, &str)], as_of: Option<i64>) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(parameters.iter().copied());
    if let Some(at) = as_of.and_then(DateTime::from_timestamp_micros) {
        query.append_pair("as_of", &at.to_rfc3339_opts(SecondsFormat::Micros, true));
    }
    format!("{path}?{}", query.finish())
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

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Days;
    use pulse_engine::forecast::{Counted, Scored};

    /// A forecast of five items that was made on the first day of a January: its 85 % day is so many days later, the others two before
    /// and five after that, and its due day is the middle one; and after how many it was done.
    fn scored(days: u64, chance: f64, done: u64) -> Scored {
        let made_on = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
        let after = |days| made_on + Days::new(days);
        Scored {
            subject: "shop".to_owned(),
            made_on,
            unknown_from: after(400),
            remaining: 5,
            levels: Series { p50: days - 2, p70: days - 2, p85: days, p95: days + 5 }.map(|days| Some(after(days))),
            due: Some((after(days), chance, true)),
            counted: Some(Counted { by: after(28), p50: 5, p85: 3, done: if done > 28 { 2 } else { 5 } }),
            done_on: Some(after(done)),
        }
    }

    #[test]
    fn a_forecast_has_the_address_of_the_items_that_it_is_of() {
        let row = Row::new(pulse_engine::entities::declared("facts", "forecasts").unwrap());
        let row = row.set("subject_kind", "epic").set("subject_id", "jira:a&b:7");
        let made = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
        let frozen = Frozen { standing: vec![row.set("made_on", made)], ..Frozen::default() };
        let of =
            |as_of| serde_json::to_value(Forecasts::of(&frozen, as_of)).unwrap()["forecasts"][0]["evidence"].clone();
        let now = "/api/v1/forecasts/evidence?kind=epic&id=jira%3Aa%26b%3A7&made_on=2026-01-01";
        assert_eq!(of(None), now);
        assert_eq!(of(Some(1_000_000)), format!("{now}&as_of=1970-01-01T00%3A00%3A01.000000Z"));
    }

    #[test]
    fn a_track_record_has_the_parts_of_which_any_is_over() {
        let record = Record::of(&[scored(10, 0.95, 9), scored(60, 0.72, 61), scored(62, 0.78, 40)]);
        let frozen = Frozen { records: [("epic".to_owned(), record)].into(), ..Frozen::default() };
        let told = serde_json::to_value(Forecasts::of(&frozen, None)).unwrap();
        let epics = &told["calibration"]["epic"];
        assert_eq!(epics["sentence"], "2 of 3 that are over were done by their 85 % day");
        let counts = &epics["counts"]["p85"];
        assert_eq!((&counts["hits"], &counts["of"]), (&json!(1), &json!(3)));
        let parts = |by: &str| -> Vec<(Value, Value, Value)> {
            let parts = epics[by].as_array().unwrap().iter();
            parts.map(|of| (of["part"].clone(), of["inside"]["p85"]["hits"].clone(), of["not_over"].clone())).collect()
        };
        assert_eq!(
            parts("by_horizon"),
            [(json!("up to 2 weeks"), json!(1), json!(0)), (json!("up to 13 weeks"), json!(1), json!(0))]
        );
        assert_eq!(parts("by_size"), [(json!("up to 5"), json!(2), json!(0))]);
        // Of two that were said to be 75 % likely on average one came: Wilson's interval goes from 9 to 91 %.
        let bin = &epics["due"]["reliability"][7];
        assert_eq!((&bin["said"], &bin["happened"], &bin["of"]), (&json!(0.75), &json!(1), &json!(2)));
        let side = |name: &str| (bin[name].as_f64().unwrap() * 100.0).round();
        assert_eq!((side("low"), side("high")), (9.0, 91.0));
        assert_eq!(epics["due"]["reliability"][0]["low"], Value::Null);
    }
}
