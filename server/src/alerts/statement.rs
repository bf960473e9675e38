//! What a rule over a statement sees: its rows, and whether it can be asked at all.

use super::machine::Verdict;
use super::rule::SqlCondition;
use super::track::{Seen, Track};
use crate::control::Refusal;
use crate::{Error, Result, report};
use arrow::array::{Array as _, ArrayRef};
use futures::TryStreamExt as _;
use pulse_engine::session::{self, Session, Statement};
use pulse_engine::{Error as Engine, Tenant};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The most rows of a statement that are told apart, and the bytes of as many.
const MOST_ROWS: usize = 1_000;
const MOST_BYTES: usize = 4 << 20;
/// The key of all that a statement finds, where those are more.
pub(super) const ALL_ROWS: &str = "more than can be told apart";

/// Refuses a statement that no rule of somebody's can ask.
///
/// # Errors
/// [`Refusal::Invalid`] when it asks for what names people, which they may see; else as planning it fails.
pub async fn askable(tenant: &Tenant, of: &SqlCondition) -> Result<()> {
    let Err(refused) = planned(&tenant.naming_nobody(), of).await else { return Ok(()) };
    let is_unplanned = matches!(refused, Error::Engine(Engine::Question(_) | Engine::Mistake(_)));
    if !is_unplanned || planned(tenant, of).await.is_err() {
        return Err(refused);
    }
    // Whoever may see that is not told to ask for the permission.
    let reason = format!(
        "asks for who did what, for payloads or for the trail, which no rule sees, whoever sets it: what it tells goes to people who may not know that. Leave it out ({refused})"
    );
    Err(Refusal::invalid("condition", reason).into())
}

/// Plans a statement, and runs nothing.
async fn planned(tenant: &Tenant, of: &SqlCondition) -> Result<()> {
    let session = tenant.session().await?;
    session.plan(&Statement::new(of.sql.as_str()), session.deadline()).await?;
    Ok(())
}

/// The rows of a statement at an instant. With more than can be told apart, it is one thing that there are so many.
///
/// # Errors
/// [`Error::Data`] when their texts are too long; else as the statement fails.
pub(super) async fn rows(session: &Session, of: &SqlCondition, at: i64) -> Result<Vec<Track>> {
    found(session, of, at).await.map(|(tracks, _)| tracks)
}

/// The same, with whether the rows are those for as long as its tables are.
pub(super) async fn found(session: &Session, of: &SqlCondition, at: i64) -> Result<(Vec<Track>, bool)> {
    let planned = session.plan(&Statement::new(of.sql.as_str()), session.deadline()).await?;
    let is_repeatable = planned.outline().repeatable;
    let mut stream = planned.run();
    let (mut batches, mut count, mut bytes) = (Vec::new(), 0, 0_usize);
    while let Some(batch) = stream.try_next().await.map_err(session::error)? {
        count += batch.num_rows();
        if count > MOST_ROWS {
            let sentence = format!("More than {MOST_ROWS} rows are found, too many to tell them apart.");
            let seen = vec![Seen { at, value: None, verdict: Verdict::Fires }];
            let all = Track { seen, sentence, ..Track::of(ALL_ROWS.to_owned(), ALL_ROWS.to_owned()) };
            return Ok((vec![all], is_repeatable));
        }
        let size = |column: &ArrayRef| column.to_data().get_slice_memory_size().unwrap_or(usize::MAX);
        bytes = batch.columns().iter().map(size).fold(bytes, usize::saturating_add);
        if bytes > MOST_BYTES {
            let most = MOST_BYTES >> 20;
            return Err(Error::Data(format!("its rows have more than {most} MiB: let it return shorter texts")));
        }
        batches.push(batch);
    }
    let rows: Vec<Map<String, Value>> = report::read(&batches)?;
    let text = |row: &Map<String, Value>, column: &str| match row.get(column) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Null) | None => None,
        Some(other) => Some(other.to_string()),
    };
    let mut tracks: BTreeMap<String, Track> = BTreeMap::new();
    for row in &rows {
        let key = text(row, "key").unwrap_or_default();
        let name = text(row, "name").unwrap_or_else(|| key.clone());
        let sentence = text(row, "sentence").unwrap_or_else(|| known(row).to_string());
        let value = row.get("value").and_then(Value::as_f64);
        // Of two rows of one key the first counts.
        tracks.entry(key.clone()).or_insert_with(|| Track {
            seen: vec![Seen { at, value, verdict: Verdict::Fires }],
            sentence,
            ..Track::of(key, name)
        });
    }
    Ok((tracks.into_values().collect(), is_repeatable))
}

/// What is in a row, but for what is not known.
fn known(row: &Map<String, Value>) -> Value {
    let known = row.iter().filter(|(_, value)| !value.is_null());
    Value::Object(known.map(|(column, value)| (column.clone(), value.clone())).collect())
}
