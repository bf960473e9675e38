//! What somebody would have otherwise.

use crate::Result;
use crate::control::{Refusal, Rules};
use arrow::array::AsArray as _;
use chrono::{DateTime, SecondsFormat};
use pulse_connectors::push::{self, DECISIONS, decision};
use pulse_engine::Tenant;
use pulse_engine::land::{Page, Payload};
use pulse_engine::metrics::literal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// How many decisions are made at once, at most.
const MOST: usize = 500;

/// What somebody would have otherwise: what is left out stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Proposal {
    /// All of the tenant's rules.
    pub rules: Option<Rules>,
    /// What is decided, besides what was.
    pub decisions: Vec<Decision>,
    /// The settings of a connection.
    pub connection: Option<Resettled>,
}

/// Another way to take what a connection brings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Resettled {
    /// The connection's name.
    pub name: String,
    /// All of its settings.
    #[schema(value_type = Object)]
    pub settings: Value,
}

/// What people decide about one thing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// About what: `identity_overrides`, `incident_overrides`, `lineage_overrides`, `people`, `projects`, `project_scopes`, `teams` or
    /// `team_members`.
    pub entity: String,
    /// A row of it, by its columns; `{"id": …, "deleted": true}` takes one back.
    #[schema(value_type = Object)]
    pub row: Map<String, Value>,
}

/// Decisions that may be landed.
#[derive(Debug)]
pub struct Landed(Vec<Payload>);

/// Which columns name things that have to be there, and in which table of core.
const NAMED: [(&str, &str); 7] = [
    ("board_id", "boards"),
    ("identity_id", "identities"),
    ("incident_id", "incidents"),
    ("repository_id", "repositories"),
    ("project_id", "projects"),
    ("team_id", "teams"),
    ("deployment_id", "deployments"),
];

impl Landed {
    /// Checks decisions that somebody makes now: their rows, and that what they are about is there, or is decided to be.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] with the place of the decision that cannot be made; when storage fails.
    pub async fn of(decisions: &[Decision], tenant: &Tenant, by: &str, now: i64) -> Result<Self> {
        if decisions.len() > MOST {
            return Err(Refusal::invalid("decisions", format!("should be at most {MOST} at once")).into());
        }
        let made_at =
            DateTime::from_timestamp_micros(now).unwrap_or_default().to_rfc3339_opts(SecondsFormat::Micros, true);
        let mut payloads = Vec::with_capacity(decisions.len());
        for (place, decided) in decisions.iter().enumerate() {
            let made = decision(&decided.entity, decided.row.clone(), by, now, &made_at);
            payloads.push(made.map_err(|error| Refusal::invalid("decisions", format!("[{place}]: {error}")))?);
        }
        for (column, table) in NAMED {
            known(decisions, tenant, column, table).await?;
        }
        Ok(Self(payloads))
    }

    /// Lands them.
    ///
    /// # Errors
    /// When storage fails: then none of them.
    pub async fn land(self, tenant: &Tenant) -> Result<()> {
        let page = Page { payloads: self.0, ..Page::default() };
        tenant.land(pulse_connectors::push::CONNECTOR, DECISIONS, page).await?;
        Ok(())
    }
}

/// Refuses decisions that name what is not there.
async fn known(decisions: &[Decision], tenant: &Tenant, column: &str, table: &str) -> Result<()> {
    let named = |decided: &Decision| decided.row.get(column).and_then(Value::as_str).map(whole_key);
    let mut wanted: BTreeSet<String> = decisions.iter().filter_map(named).collect();
    let scope = match table {
        "boards" => Some("board"),
        "repositories" => Some("repository"),
        _ => None,
    };
    if let Some(scope) = scope {
        let scoped = decisions.iter().filter(|decided| decided.row.get("scope_kind").is_some_and(|kind| kind == scope));
        wanted.extend(scoped.filter_map(|decided| decided.row.get("scope_id").and_then(Value::as_str).map(whole_key)));
    }
    for decided in decisions.iter().filter(|decided| decided.entity == table) {
        if let Some(id) = decided.row.get("id").and_then(Value::as_str) {
            wanted.remove(&whole_key(id));
        }
    }
    if wanted.is_empty() {
        return Ok(());
    }
    let list = wanted.iter().map(|id| literal(id)).collect::<Vec<_>>().join(", ");
    let statement = format!("SELECT id FROM core.{table} WHERE deleted_at IS NULL AND id IN ({list})");
    for batch in tenant.sql(&statement).await? {
        for id in batch.column(0).as_string::<i32>().iter().flatten() {
            wanted.remove(id);
        }
    }
    match wanted.first() {
        None => Ok(()),
        Some(id) => {
            Err(Refusal::invalid("decisions", format!("name `{id}` as `{column}`, and there is none in core.{table}"))
                .into())
        }
    }
}

fn whole_key(text: &str) -> String {
    push::whole(text.to_owned(), DECISIONS)
}
