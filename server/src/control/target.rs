//! Targets: what a tenant aims at, one a metric.
//!
//! Each change is a version of its own, and so is taking one away; the earlier ones stay, so that figures of then are held against what
//! was aimed at then. One that comes again goes on counting where the one before it ended.

use super::database::{Whole, failed, json, number, text};
use super::{Control, Refusal, tenant};
use crate::Result;
use pulse_engine::TenantId;
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// How many versions are kept of one: with one more, the oldest goes.
const VERSIONS: i64 = 100;

/// What a tenant aims at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Target {
    /// The metric's name.
    pub metric: String,
    /// The value, in the metric's unit.
    pub value: f64,
    /// Who set it, a user's or token's key.
    pub set_by: String,
    /// When, in microseconds since 1970.
    pub set_at: i64,
    /// How often it was changed; its ETag.
    pub version: i64,
}

/// What a target was before it was changed, or that it was taken away.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TargetVersion {
    /// The metric's name.
    pub metric: String,
    /// The number of this version.
    pub version: i64,
    /// The value; `None` where it was taken away.
    pub value: Option<f64>,
    /// Who set it, or took it away.
    pub set_by: String,
    /// When, in microseconds since 1970.
    pub set_at: i64,
}

impl Control {
    /// The tenant's targets, by metric.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn targets(&self, tenant: &TenantId) -> Result<Vec<Target>> {
        let statement = "SELECT * FROM targets WHERE tenant_id = $1 ORDER BY metric";
        self.database.read_all(|| sqlx::query(statement).bind(tenant.as_str())).await?.iter().map(target).collect()
    }

    /// The tenant's targets, and what they were before, as far as that is kept: both of one moment, by metric and version.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn target_history(&self, tenant: &TenantId) -> Result<(Vec<Target>, Vec<TargetVersion>)> {
        let statement = "SELECT v.* FROM (
                 SELECT tenant_id, metric, version, value, set_by, set_at, CAST(1 AS BIGINT) AS stands FROM targets
                 UNION ALL SELECT tenant_id, metric, version, value, set_by, set_at, CAST(0 AS BIGINT) AS stands
                 FROM target_versions
             ) v WHERE v.tenant_id = $1 ORDER BY v.metric, v.version";
        let rows = self.database.read_all(|| sqlx::query(statement).bind(tenant.as_str())).await?;
        let (mut standing, mut before) = (Vec::new(), Vec::new());
        for row in &rows {
            if number(row, "stands")? == 1 {
                standing.push(target(row)?);
            } else {
                before.push(target_version(row)?);
            }
        }
        Ok((standing, before))
    }

    /// The value of each target by its metric, as questions take them.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn target_values(&self, tenant: &TenantId) -> Result<BTreeMap<String, f64>> {
        Ok(self.targets(tenant).await?.into_iter().map(|target| (target.metric, target.value)).collect())
    }

    /// The same of an instant. What was before the oldest version that is kept of one counts as that, unless that is its first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn target_values_at(&self, tenant: &TenantId, at: i64) -> Result<BTreeMap<String, f64>> {
        let statement = "SELECT v.metric, v.version, v.value, v.set_at FROM (
                 SELECT tenant_id, metric, version, value, set_at FROM targets
                 UNION ALL SELECT tenant_id, metric, version, value, set_at FROM target_versions
             ) v WHERE v.tenant_id = $1 ORDER BY v.metric, v.set_at, v.version";
        let rows = self.database.read_all(|| sqlx::query(statement).bind(tenant.as_str())).await?;
        let (mut all, mut last) = (BTreeMap::<String, f64>::new(), String::new());
        for row in &rows {
            let (metric, version) = (text(row, "metric")?, number(row, "version")?);
            let reaches_back = metric != last && version > 1;
            last.clone_from(&metric);
            if !reaches_back && number(row, "set_at")? > at {
                continue;
            }
            let value = text(row, "value")?;
            if value.is_empty() {
                all.remove(&metric);
            } else {
                all.insert(metric, serde_json::from_str(&value)?);
            }
        }
        Ok(all)
    }

    /// Sets a metric's target: a new one with version 0, or one that is still what it was at its version.
    ///
    /// # Errors
    /// [`Refusal::Stale`]; [`Refusal::Invalid`] when the value is no number from 0 on.
    pub async fn set_target(
        &self,
        tenant: &TenantId,
        metric: &str,
        value: f64,
        by: &str,
        version: i64,
    ) -> Result<Target> {
        if !(value.is_finite() && value >= 0.0) {
            return Err(Refusal::invalid("value", "should be a number from 0 on, in the metric's unit").into());
        }
        let mut whole = self.database.begin().await?;
        tenant::hold_open(&mut whole, tenant).await?;
        let before = standing(&mut whole, tenant, metric).await?;
        if before.as_ref().map_or(0, |before| before.version) != version {
            return Err(Refusal::Stale.into());
        }
        let (last, last_at) = match &before {
            Some(before) => {
                put_aside(&mut whole, tenant, &Was::of(before)?).await?;
                (before.version, before.set_at)
            }
            None => last(&mut whole, tenant, metric).await?,
        };
        // Another process's clock may be ahead: what comes later stands later.
        let (next, set_at) = (last + 1, self.now().max(last_at));
        let query = sqlx::query(
            "INSERT INTO targets (tenant_id, metric, version, value, set_by, set_at) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (tenant_id, metric) DO UPDATE
             SET version = excluded.version, value = excluded.value, set_by = excluded.set_by, set_at = excluded.set_at",
        );
        let query = query.bind(tenant.as_str()).bind(metric).bind(next).bind(serde_json::to_string(&value)?);
        query.bind(by).bind(set_at).execute(&mut **whole).await.map_err(failed)?;
        whole.commit().await.map_err(failed)?;
        Ok(Target { metric: metric.to_owned(), value, set_by: by.to_owned(), set_at, version: next })
    }

    /// Takes a metric's target away. Its versions stay, and one more says who did so.
    ///
    /// # Errors
    /// [`Refusal::Unknown`].
    pub async fn remove_target(&self, tenant: &TenantId, metric: &str, by: &str) -> Result<()> {
        let mut whole = self.database.begin().await?;
        tenant::hold(&mut whole, tenant).await?;
        if !take_away(&mut whole, tenant, metric, by, self.now()).await? {
            return Err(Refusal::unknown("target", metric).into());
        }
        whole.commit().await.map_err(failed)
    }
}

/// What one was, as it is kept.
struct Was<'a> {
    metric: &'a str,
    version: i64,
    /// Empty where it was taken away.
    value: String,
    set_by: &'a str,
    set_at: i64,
}

impl<'a> Was<'a> {
    fn of(target: &'a Target) -> Result<Self> {
        let value = serde_json::to_string(&target.value)?;
        let Target { metric, set_by, set_at, version, .. } = target;
        Ok(Self { metric, version: *version, value, set_by, set_at: *set_at })
    }
}

/// Takes a metric's target away, within something that holds the tenant; `false` where there is none.
pub(super) async fn take_away(whole: &mut Whole, tenant: &TenantId, metric: &str, by: &str, now: i64) -> Result<bool> {
    let Some(before) = standing(whole, tenant, metric).await? else { return Ok(false) };
    put_aside(whole, tenant, &Was::of(&before)?).await?;
    let set_at = now.max(before.set_at);
    let gone = Was { metric, version: before.version + 1, value: String::new(), set_by: by, set_at };
    put_aside(whole, tenant, &gone).await?;
    let query = sqlx::query("DELETE FROM targets WHERE tenant_id = $1 AND metric = $2");
    query.bind(tenant.as_str()).bind(metric).execute(&mut ***whole).await.map_err(failed)?;
    Ok(true)
}

/// The one that stands, within something that holds the tenant.
async fn standing(whole: &mut Whole, tenant: &TenantId, metric: &str) -> Result<Option<Target>> {
    let query = sqlx::query("SELECT * FROM targets WHERE tenant_id = $1 AND metric = $2");
    let row = query.bind(tenant.as_str()).bind(metric).fetch_optional(&mut ***whole).await.map_err(failed)?;
    row.as_ref().map(target).transpose()
}

/// The number of the last version of one that was taken away, and when that was; 0 when there was none.
async fn last(whole: &mut Whole, tenant: &TenantId, metric: &str) -> Result<(i64, i64)> {
    let query = sqlx::query(
        "SELECT COALESCE(MAX(version), 0) AS version, COALESCE(MAX(set_at), 0) AS set_at FROM target_versions
         WHERE tenant_id = $1 AND metric = $2",
    );
    let row = query.bind(tenant.as_str()).bind(metric).fetch_one(&mut ***whole).await.map_err(failed)?;
    Ok((number(&row, "version")?, number(&row, "set_at")?))
}

/// Keeps what one was.
async fn put_aside(whole: &mut Whole, tenant: &TenantId, was: &Was<'_>) -> Result<()> {
    // A process of an earlier version knows of no versions, and may have counted anew.
    let query = sqlx::query(
        "INSERT INTO target_versions (tenant_id, metric, version, value, set_by, set_at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT DO NOTHING",
    );
    let query = query.bind(tenant.as_str()).bind(was.metric).bind(was.version).bind(&was.value);
    query.bind(was.set_by).bind(was.set_at).execute(&mut ***whole).await.map_err(failed)?;
    let query = sqlx::query("DELETE FROM target_versions WHERE tenant_id = $1 AND metric = $2 AND version <= $3");
    let query = query.bind(tenant.as_str()).bind(was.metric).bind(was.version + 1 - VERSIONS);
    query.execute(&mut ***whole).await.map_err(failed)?;
    Ok(())
}

fn target(row: &AnyRow) -> Result<Target> {
    Ok(Target {
        metric: text(row, "metric")?,
        value: json(row, "value")?,
        set_by: text(row, "set_by")?,
        set_at: number(row, "set_at")?,
        version: number(row, "version")?,
    })
}

fn target_version(row: &AnyRow) -> Result<TargetVersion> {
    let value = text(row, "value")?;
    Ok(TargetVersion {
        metric: text(row, "metric")?,
        version: number(row, "version")?,
        value: if value.is_empty() { None } else { Some(serde_json::from_str(&value)?) },
        set_by: text(row, "set_by")?,
        set_at: number(row, "set_at")?,
    })
}
