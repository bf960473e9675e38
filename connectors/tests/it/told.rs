//! What a payload became, as the tests of mappers look at it.

use chrono::{DateTime, NaiveDate, SecondsFormat};
use pulse_engine::map::{Connection, Mapped, Mapper, RawPayload, Reject};
use pulse_engine::row::{Row, Value};
use serde_json::{Value as Json, json};

/// What a payload became.
#[derive(Debug, PartialEq)]
pub(crate) struct Told(Vec<Row>);

/// Maps one payload of the connection `acme` of a connector.
pub(crate) fn map(
    mapper: &dyn Mapper,
    (stream, key): (&str, &str),
    body: &Json,
    settings: Json,
) -> Result<Told, Reject> {
    let connection = Connection::new(format!("{}:acme", mapper.connector()), settings);
    let body = body.to_string();
    let mut out = Mapped::default();
    mapper.map(&connection, RawPayload { stream, key, observed_at: 0, body: &body }, &mut out)?;
    Ok(Told(out.rows().to_vec()))
}

impl Told {
    /// Whether it became no row at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The rows of an entity, each with the columns that are not NULL.
    pub(crate) fn rows(&self, entity: &str) -> Vec<Json> {
        self.0.iter().filter(|row| row.entity().name == entity).map(shown).collect()
    }

    /// The one row of an entity.
    pub(crate) fn one(&self, entity: &str) -> Json {
        let mut rows = self.rows(entity);
        assert_eq!(rows.len(), 1, "{entity}: {rows:?}");
        rows.remove(0)
    }

    /// The columns that are filled, as `entity.column`. A list of nothing fills none.
    pub(crate) fn filled(&self) -> impl Iterator<Item = String> {
        let is_filled = |value: &Value| match value {
            Value::Null => false,
            Value::Texts(texts) => !texts.is_empty(),
            _ => true,
        };
        self.0.iter().flat_map(move |row| {
            let columns = row.entity().own_columns().iter().filter(move |column| is_filled(row.get(column.name)));
            columns.map(move |column| format!("{}.{}", row.entity().name, column.name))
        })
    }

    /// The ids of an entity's rows.
    pub(crate) fn ids(&self, entity: &str) -> Vec<String> {
        self.rows(entity).iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    }
}

/// The row of an event of a work item's history that took a field from one value to another.
pub(crate) fn transition(
    item: &str,
    event: &str,
    field: &str,
    [from, to]: [Option<&str>; 2],
    at: &str,
    position: i64,
) -> Json {
    let mut row = json!({
        "id": format!("{item}/events/{event}"), "work_item_id": item, "field": field, "changed_at": at,
        "position": position,
    });
    for (column, value) in [("from_value", from), ("to_value", to)] {
        if let Some(value) = value {
            row[column] = json!(value);
        }
    }
    row
}

fn shown(row: &Row) -> Json {
    let json = |value: &Value| match value {
        Value::Null => None,
        Value::Text(text) => Some(json!(text)),
        Value::Texts(texts) => Some(json!(texts)),
        Value::Bool(flag) => Some(json!(flag)),
        Value::Int(number) => Some(json!(number)),
        Value::Float(number) => Some(json!(number)),
        Value::Time(at) => {
            let time = DateTime::from_timestamp_micros(*at).unwrap();
            Some(json!(time.to_rfc3339_opts(SecondsFormat::AutoSi, true)))
        }
        Value::Date(day) => Some(json!(NaiveDate::from_epoch_days(*day).unwrap().to_string())),
    };
    row.entity().own_columns().iter().filter_map(|c| Some((c.name.to_owned(), json(row.get(c.name))?))).collect()
}
