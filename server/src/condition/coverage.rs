//! How much of what a vendor says there is stands in the lake.

use super::Rejects;
use crate::control::Connection;
use crate::{Result, report};
use pulse_connectors::Counts;
use pulse_engine::session::Session;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// How much of an entity stands in the lake.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Covered {
    /// The entity, as `core` has it.
    pub entity: String,
    /// How many the vendor said there are when it was last read; `null` where it says nothing.
    pub vendor: Option<u64>,
    /// How many there are in the lake that were not deleted.
    pub held: u64,
    /// The one by the other; `null` where the vendor says nothing, or that there is none.
    pub share: Option<f64>,
    /// Why they differ, as far as that is known.
    pub reasons: Vec<String>,
}

/// Why there may be fewer of a thing than a vendor has, besides what the connection itself says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lacking {
    /// Whether a reading of the connection came to its end.
    pub(super) was_read: bool,
    /// For how many days work items stay that are done, where a schedule says that.
    pub(super) items_kept: Option<u64>,
}

/// What of a connection is covered.
pub(super) async fn of(
    session: &Session,
    connection: &Connection,
    rejects: &Rejects,
    lacking: Lacking,
) -> Result<Vec<Covered>> {
    let (vendor, held) = (told(session, connection).await?, held(session, connection).await?);
    let covered = |(entity, stream): &(&str, &str)| {
        let (vendor, held) = (vendor.get(*entity).copied(), held.get(*entity).copied().unwrap_or_default());
        let mut covered = Covered {
            entity: (*entity).to_owned(),
            vendor,
            held,
            share: vendor.filter(|n| *n > 0).map(|vendor| held as f64 / vendor as f64),
            reasons: Vec::new(),
        };
        if let Some(vendor) = vendor.filter(|vendor| *vendor != held) {
            covered.reasons = reasons(connection, rejects, stream, (vendor, held), lacking);
        }
        covered
    };
    let connector = pulse_connectors::connector(&connection.connector);
    Ok(connector.map(|connector| connector.holds).unwrap_or_default().iter().map(covered).collect())
}

/// Why there are more or fewer than the vendor says.
fn reasons(
    connection: &Connection,
    rejects: &Rejects,
    stream: &str,
    (vendor, held): (u64, u64),
    lacking: Lacking,
) -> Vec<String> {
    if held > vendor {
        let gone = "some were deleted since they were read, and no reading has noticed yet";
        return vec![format!("{gone}, or the settings do not want some of them read any more")];
    }
    let mut reasons = Vec::new();
    if !lacking.was_read {
        reasons.push("no reading that is known has come to its end yet".to_owned());
    }
    if let Some(since) = connection.settings["since"].as_str() {
        reasons.push(format!("only what changed since {since} is read, as the settings say"));
    }
    if let Some(days) = lacking.items_kept.filter(|_| stream == "issues") {
        reasons.push(format!("what was done more than {days} days ago goes, as the schedule of the vacuum says"));
    }
    let rejected = rejects.of_stream(stream);
    if rejected > 0 {
        reasons.push(format!("{rejected} could not be mapped, as the rejects say"));
    }
    if rejects.of_stream("problems") > 0 {
        reasons.push("not everything could be read, as the rejects of the stream `problems` say".to_owned());
    }
    reasons
}

/// How many of each entity the vendor says there are.
async fn told(session: &Session, connection: &Connection) -> Result<Counts> {
    #[derive(Deserialize)]
    struct Row {
        connection: String,
        #[serde(default)]
        stream: String,
        body: String,
    }
    let told = pulse_connectors::connector(&connection.connector).and_then(|connector| connector.told.as_ref());
    let Some(told) = told else { return Ok(Counts::new()) };
    if !session.has_table("raw", &connection.connector) {
        return Ok(Counts::new());
    }
    let rows: Vec<Row> = report::rows(session, told.statement).await?;
    let ours = rows.into_iter().filter(|row| row.connection == connection.id());
    let parsed = ours.filter_map(|row| Some((row.stream, serde_json::from_str::<Value>(&row.body).ok()?)));
    let there: Vec<(String, Value)> = parsed.filter(|(_, body)| body["deleted"] != true).collect();
    Ok((told.counts)(&there, &connection.settings))
}

/// How many of each entity are in the lake.
async fn held(session: &Session, connection: &Connection) -> Result<BTreeMap<String, u64>> {
    #[derive(Deserialize)]
    struct Row {
        connection: String,
        entity: String,
        n: u64,
    }
    let rows: Vec<Row> = report::rows(session, include_str!("../../../sql/connections/held.sql")).await?;
    let ours = rows.into_iter().filter(|row| row.connection == connection.id());
    Ok(ours.map(|row| (row.entity, row.n)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn that_items_go_once_they_were_done_for_long_is_a_reason_for_fewer_of_them_alone() {
        let connection = Connection {
            name: "hub".to_owned(),
            connector: "github".to_owned(),
            place: String::new(),
            settings: json!({}),
            has_credential: false,
            created_by: String::new(),
            created_at: 0,
            version: 1,
        };
        let told = |stream: &str, items_kept: Option<u64>| {
            let lacking = Lacking { was_read: true, items_kept };
            reasons(&connection, &Rejects::default(), stream, (10, 7), lacking)
        };
        let goes = "what was done more than 800 days ago goes, as the schedule of the vacuum says";
        assert_eq!(told("issues", Some(800)), [goes]);
        assert_eq!((told("issues", None), told("pull_requests", Some(800))), (vec![], vec![]));
    }
}
