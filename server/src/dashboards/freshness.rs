//! How fresh what a dashboard shows is, connection by connection.

use crate::Result;
use crate::control::{Control, Cursor, Last};
use crate::report::SourceTime;
use chrono::DateTime;
use pulse_engine::{Policy, TenantId};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A connection that was not read for longer than this is late, in microseconds: a day.
const LATE: i64 = 24 * 3600 * 1_000_000;

/// How fresh a connection's data is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Freshness {
    /// `connector:name`.
    pub connection: String,
    /// When it was read last without failing, in microseconds since 1970.
    pub last_success_at: Option<i64>,
    /// How it stands.
    pub state: State,
}

/// How a connection stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = FreshnessState)]
pub enum State {
    /// Read within the last day.
    Fresh,
    /// Not read for more than a day.
    Late,
    /// The last try to read it failed.
    Failing,
    /// Never read.
    Never,
}

/// How fresh each connection is: what jobs tell of those that the tenant has, and what the lake tells of those that were
/// read or pushed by hand. Who is limited by `policy` is told of those alone that something comes from which they see.
///
/// # Errors
/// When the database fails.
pub async fn freshness(
    control: &Control,
    tenant: &TenantId,
    policy: &Policy,
    seen: &[SourceTime],
) -> Result<Vec<Freshness>> {
    let now = control.now();
    let observed = |source: &SourceTime| {
        let at = DateTime::parse_from_rfc3339(&source.as_of).ok().map(|at| at.timestamp_micros());
        (source.connection.clone(), at)
    };
    let mut all: BTreeMap<String, (Option<i64>, bool)> =
        seen.iter().map(observed).map(|(connection, at)| (connection, (at, false))).collect();
    let mut landed = control.last_landings(tenant).await?;
    let mut cursor = Cursor::new(None, Some(200))?;
    loop {
        let page = control.connections(tenant, &cursor).await?;
        for connection in page.items {
            let Last { succeeded, failed } = landed.remove(&connection.name).unwrap_or_default();
            if policy.shows_all_rows() {
                all.entry(connection.id()).or_default();
            }
            if let Some((at, fails)) = all.get_mut(&connection.id()) {
                // Jobs are forgotten after a while; what was read stays.
                *at = succeeded.max(*at);
                *fails = failed > succeeded;
            }
        }
        let Some(next) = page.next else { break };
        cursor = Cursor::new(Some(&next), Some(200))?;
    }
    let freshness = |(connection, (at, fails)): (String, (Option<i64>, bool))| {
        let state = match at {
            _ if fails => State::Failing,
            None => State::Never,
            Some(at) if now - at > LATE => State::Late,
            Some(_) => State::Fresh,
        };
        Freshness { connection, last_success_at: at, state }
    };
    Ok(all.into_iter().map(freshness).collect())
}
