//! Erasing a tenant: its data, its people and their traces, with a receipt.

use super::database::{Run as _, failed, json, maybe_number, number, text};
use super::{Control, Refusal, TenantState, Trigger, job, tenant};
use crate::Result;
use pulse_engine::lake::Erased;
use pulse_engine::{Engine, TenantId};
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The proof that a tenant was erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Receipt {
    /// The tenant. Its id is never given to another.
    pub tenant: String,
    /// When it was asked for, in microseconds since 1970.
    pub asked_at: i64,
    /// Who asked, a user's key.
    pub asked_by: String,
    /// When all was gone; `null` while it is under way.
    pub done_at: Option<i64>,
    /// How many objects of the lake were deleted, by the try that came to the end.
    pub objects: i64,
    /// How many bytes they had.
    pub bytes: i64,
    /// How many rows of each table of the control database were deleted, by that try.
    pub rows: BTreeMap<String, i64>,
}

/// The people who belong to this tenant and to no other, and do not run the platform.
macro_rules! alone {
    () => {
        "SELECT u.id FROM users u JOIN members m ON m.user_id = u.id WHERE m.tenant_id = $1 AND u.operator = 0
         AND NOT EXISTS (SELECT 1 FROM members o WHERE o.user_id = u.id AND o.tenant_id <> $1)"
    };
}

/// The kind of job that erases its tenant: the only one that one which is being erased has.
pub const ERASE: &str = "erase";

/// What is deleted, in this order: (table, statement). People who belong to no other tenant go with it.
const DELETIONS: [(&str, &str); 46] = [
    (
        "refresh_tokens",
        concat!(
            "DELETE FROM refresh_tokens WHERE session_id IN (
                 SELECT id FROM sessions WHERE tenant_id = $1 OR user_id IN (",
            alone!(),
            "))"
        ),
    ),
    ("sessions", concat!("DELETE FROM sessions WHERE tenant_id = $1 OR user_id IN (", alone!(), ")")),
    ("api_tokens", "DELETE FROM api_tokens WHERE tenant_id = $1"),
    ("links", concat!("DELETE FROM links WHERE tenant_id = $1 OR user_id IN (", alone!(), ")")),
    ("job_steps", "DELETE FROM job_steps WHERE job_id IN (SELECT id FROM jobs WHERE tenant_id = $1)"),
    ("job_runs", "DELETE FROM job_runs WHERE job_id IN (SELECT id FROM jobs WHERE tenant_id = $1)"),
    ("jobs", "DELETE FROM jobs WHERE tenant_id = $1"),
    ("job_turns", "DELETE FROM job_turns WHERE tenant_id = $1"),
    ("job_holds", "DELETE FROM job_holds WHERE tenant_id = $1"),
    ("schedules", "DELETE FROM schedules WHERE tenant_id = $1"),
    ("schedule_pauses", "DELETE FROM schedule_pauses WHERE tenant_id = $1"),
    ("budgets", "DELETE FROM budgets WHERE tenant_id = $1"),
    ("lake_sizes", "DELETE FROM lake_sizes WHERE tenant_id = $1"),
    ("connections", "DELETE FROM connections WHERE tenant_id = $1"),
    (
        "delivery_attempts",
        "DELETE FROM delivery_attempts WHERE delivery_id IN (SELECT id FROM deliveries WHERE tenant_id = $1)",
    ),
    ("deliveries", "DELETE FROM deliveries WHERE tenant_id = $1"),
    ("parcels", "DELETE FROM parcels WHERE tenant_id = $1"),
    ("alert_steps", "DELETE FROM alert_steps WHERE alert_id IN (SELECT id FROM alerts WHERE tenant_id = $1)"),
    ("alerts", "DELETE FROM alerts WHERE tenant_id = $1"),
    ("alert_rules", "DELETE FROM alert_rules WHERE tenant_id = $1"),
    ("alert_clocks", "DELETE FROM alert_clocks WHERE tenant_id = $1"),
    ("destinations", "DELETE FROM destinations WHERE tenant_id = $1"),
    ("target_versions", "DELETE FROM target_versions WHERE tenant_id = $1"),
    ("targets", "DELETE FROM targets WHERE tenant_id = $1"),
    ("own_metric_versions", "DELETE FROM own_metric_versions WHERE tenant_id = $1"),
    ("own_metrics", "DELETE FROM own_metrics WHERE tenant_id = $1"),
    ("branding_versions", "DELETE FROM branding_versions WHERE tenant_id = $1"),
    ("brandings", "DELETE FROM brandings WHERE tenant_id = $1"),
    ("told_risks", "DELETE FROM told_risks WHERE tenant_id = $1"),
    ("running_queries", "DELETE FROM running_queries WHERE tenant_id = $1"),
    ("saved_query_versions", "DELETE FROM saved_query_versions WHERE tenant_id = $1"),
    ("saved_queries", "DELETE FROM saved_queries WHERE tenant_id = $1"),
    ("reports", "DELETE FROM reports WHERE tenant_id = $1"),
    ("report_definitions", "DELETE FROM report_definitions WHERE tenant_id = $1"),
    ("hook_calls", "DELETE FROM hook_calls WHERE tenant_id = $1"),
    ("hooks", "DELETE FROM hooks WHERE tenant_id = $1"),
    ("events", "DELETE FROM events WHERE tenant_id = $1"),
    ("event_heads", "DELETE FROM event_heads WHERE tenant_id = $1"),
    ("event_reads", "DELETE FROM event_reads WHERE tenant_id = $1"),
    ("identities", "DELETE FROM identities WHERE tenant_id = $1"),
    ("identity_providers", "DELETE FROM identity_providers WHERE tenant_id = $1"),
    ("roles", "DELETE FROM roles WHERE tenant_id = $1"),
    ("audit_events", "DELETE FROM audit_events WHERE tenant = $1"),
    ("audit_heads", "DELETE FROM audit_heads WHERE tenant = $1"),
    ("members", "DELETE FROM members WHERE tenant_id = $1"),
    // Only an erasure takes members away, so whoever is nobody's member by now was this tenant's.
    (
        "users",
        "DELETE FROM users WHERE operator = 0 AND NOT EXISTS (SELECT 1 FROM members m WHERE m.user_id = users.id)
         AND NOT EXISTS (SELECT 1 FROM sessions s WHERE s.user_id = users.id) AND $1 <> ''",
    ),
];

/// Of what there may be a lot, some at a time before the rest: a long transaction would keep the job that does it from showing signs
/// of life.
const PIECES: [(&str, &str); 9] = [
    (
        "job_steps",
        "DELETE FROM job_steps WHERE (job_id, number) IN (SELECT s.job_id, s.number FROM job_steps s
             JOIN jobs j ON j.id = s.job_id WHERE j.tenant_id = $1 AND j.kind <> 'erase' LIMIT $2)",
    ),
    (
        "job_runs",
        "DELETE FROM job_runs WHERE (run_id, job_id) IN (SELECT r.run_id, r.job_id FROM job_runs r
             JOIN jobs j ON j.id = r.job_id WHERE j.tenant_id = $1 AND j.kind <> 'erase' LIMIT $2)",
    ),
    (
        "jobs",
        "DELETE FROM jobs WHERE id IN (SELECT j.id FROM jobs j WHERE j.tenant_id = $1 AND j.kind <> 'erase'
             AND NOT EXISTS (SELECT 1 FROM job_steps s WHERE s.job_id = j.id)
             AND NOT EXISTS (SELECT 1 FROM job_runs r WHERE r.job_id = j.id) LIMIT $2)",
    ),
    (
        "events",
        "DELETE FROM events WHERE tenant_id = $1 AND number IN
             (SELECT number FROM events WHERE tenant_id = $1 ORDER BY number LIMIT $2)",
    ),
    (
        "event_reads",
        "DELETE FROM event_reads WHERE tenant_id = $1 AND number IN
             (SELECT number FROM event_reads WHERE tenant_id = $1 LIMIT $2)",
    ),
    (
        "delivery_attempts",
        "DELETE FROM delivery_attempts WHERE (delivery_id, number) IN (SELECT a.delivery_id, a.number FROM delivery_attempts a
             JOIN deliveries d ON d.id = a.delivery_id WHERE d.tenant_id = $1 LIMIT $2)",
    ),
    (
        "deliveries",
        "DELETE FROM deliveries WHERE id IN (SELECT d.id FROM deliveries d WHERE d.tenant_id = $1
             AND NOT EXISTS (SELECT 1 FROM delivery_attempts a WHERE a.delivery_id = d.id) LIMIT $2)",
    ),
    (
        "hook_calls",
        "DELETE FROM hook_calls WHERE tenant_id = $1 AND (hook_id, mark) IN
             (SELECT hook_id, mark FROM hook_calls WHERE tenant_id = $1 ORDER BY hook_id, mark LIMIT $2)",
    ),
    ("audit_events", "DELETE FROM audit_events WHERE id IN (SELECT id FROM audit_events WHERE tenant = $1 LIMIT $2)"),
];
const A_PIECE: i64 = 2_000;

impl Control {
    /// Erases a tenant that is suspended: every object of its part of the lake, then every row that is about it, and its name.
    /// It may be stopped anywhere, and is finished by asking again.
    ///
    /// # Errors
    /// [`Refusal::Unknown`], [`Refusal::Invalid`] while it is not suspended; when database or storage fails, what was deleted
    /// by then stays deleted.
    pub async fn erase_tenant(&self, engine: &Engine, id: &TenantId, by: &str) -> Result<Receipt> {
        let found = self.tenant(id).await?.ok_or_else(|| Refusal::unknown("tenant", id.as_str()))?;
        match found.state {
            TenantState::Erased => {
                return self.receipt(id).await?.ok_or_else(|| Refusal::unknown("receipt", id.as_str()).into());
            }
            TenantState::Active => {
                return Err(Refusal::invalid("id", "is a tenant that is open: suspend it first").into());
            }
            TenantState::Suspended | TenantState::Erasing => {}
        }
        self.begin(id, by, None).await?;
        let lake = engine.tenant(id).lake().clone();
        let Erased { objects, bytes } = lake.erase().await?;
        let signed = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let mut rows: BTreeMap<&str, i64> = BTreeMap::new();
        for (table, statement) in PIECES {
            loop {
                let query = sqlx::query(statement).bind(id.as_str()).bind(A_PIECE);
                let done = query.run(&self.database).await.map_err(failed)?.rows_affected();
                if done == 0 {
                    break;
                }
                *rows.entry(table).or_default() += signed(done);
            }
        }
        let mut whole = self.database.begin().await?;
        job::hold(&mut whole, id).await?;
        tenant::hold(&mut whole, id).await?;
        for (table, statement) in DELETIONS {
            let done = sqlx::query(statement).bind(id.as_str()).execute(&mut **whole).await.map_err(failed)?;
            *rows.entry(table).or_default() += signed(done.rows_affected());
        }
        let query = sqlx::query("UPDATE tenants SET state = 'erased', name = id, version = version + 1 WHERE id = $1");
        query.bind(id.as_str()).execute(&mut **whole).await.map_err(failed)?;
        let query =
            sqlx::query("UPDATE erasures SET done_at = $1, objects = $2, bytes = $3, rows = $4 WHERE tenant_id = $5");
        let query =
            query.bind(self.now()).bind(signed(objects)).bind(signed(bytes)).bind(serde_json::to_string(&rows)?);
        query.bind(id.as_str()).execute(&mut **whole).await.map_err(failed)?;
        whole.commit().await.map_err(failed)?;
        self.receipt(id).await?.ok_or_else(|| Refusal::unknown("receipt", id.as_str()).into())
    }

    /// Asks for the erasure of a tenant that is suspended. What is done of it by now stands in its receipt; a job does it.
    ///
    /// # Errors
    /// As [`Control::erase_tenant`].
    pub async fn begin_erasure(&self, id: &TenantId, by: &str) -> Result<Receipt> {
        let found = self.tenant(id).await?.ok_or_else(|| Refusal::unknown("tenant", id.as_str()))?;
        if found.state != TenantState::Erased {
            self.begin(id, by, Some(&Trigger::new(ERASE, ""))).await?;
        }
        self.receipt(id).await?.ok_or_else(|| Refusal::unknown("receipt", id.as_str()).into())
    }

    async fn begin(&self, id: &TenantId, by: &str, asks: Option<&Trigger>) -> Result<()> {
        let mut whole = self.database.begin().await?;
        job::hold(&mut whole, id).await?;
        let query = sqlx::query(
            "SELECT COUNT(*) AS n FROM jobs WHERE tenant_id = $1 AND state = 'running' AND kind <> 'erase'",
        );
        let row = query.bind(id.as_str()).fetch_one(&mut **whole).await.map_err(failed)?;
        if number(&row, "n")? > 0 {
            let reason = "has work under way, which is being stopped: ask again in a moment";
            return Err(Refusal::invalid("id", reason).into());
        }
        let query = sqlx::query(
            "UPDATE tenants SET state = 'erasing', version = version + 1 WHERE id = $1 AND state IN ('suspended', 'erasing')",
        );
        let done = query.bind(id.as_str()).execute(&mut **whole).await.map_err(failed)?;
        if done.rows_affected() == 0 {
            return Err(Refusal::invalid("id", "is a tenant that is open: suspend it first").into());
        }
        let query = sqlx::query(
            "INSERT INTO erasures (tenant_id, asked_at, asked_by, objects, bytes, rows) VALUES ($1, $2, $3, 0, 0, '{}')
             ON CONFLICT (tenant_id) DO NOTHING",
        );
        query.bind(id.as_str()).bind(self.now()).bind(by).execute(&mut **whole).await.map_err(failed)?;
        if let Some(trigger) = asks {
            // Nobody is left who could let its jobs go on.
            let query = sqlx::query("DELETE FROM job_holds WHERE tenant_id = $1").bind(id.as_str());
            query.execute(&mut **whole).await.map_err(failed)?;
            job::enqueue(&mut whole, id, trigger, None, by, self.now()).await?;
        }
        whole.commit().await.map_err(failed)
    }

    /// The tenants that were erased, or are being.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn erased(&self) -> Result<Vec<TenantId>> {
        let query = sqlx::query("SELECT id FROM tenants WHERE state IN ('erasing', 'erased') ORDER BY id");
        let rows = query.fetch_all(self.database.pool()).await.map_err(failed)?;
        rows.iter().map(|row| Ok(TenantId::new(&text(row, "id")?)?)).collect()
    }

    /// The receipt of a tenant that was erased, or is being.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn receipt(&self, id: &TenantId) -> Result<Option<Receipt>> {
        let query = sqlx::query("SELECT * FROM erasures WHERE tenant_id = $1").bind(id.as_str());
        let Some(row) = query.fetch_optional(self.database.pool()).await.map_err(failed)? else { return Ok(None) };
        Ok(Some(Receipt {
            tenant: text(&row, "tenant_id")?,
            asked_at: number(&row, "asked_at")?,
            asked_by: text(&row, "asked_by")?,
            done_at: maybe_number(&row, "done_at")?,
            objects: number(&row, "objects")?,
            bytes: number(&row, "bytes")?,
            rows: json(&row, "rows")?,
        }))
    }
}
