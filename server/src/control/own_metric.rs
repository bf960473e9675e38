//! Metrics that a tenant defined itself.
//!
//! Each change is a version of its own, and so is taking one away; the earlier ones stay. A metric that comes again under a name
//! goes on counting where the one before it ended: what an answer names is one text.

use super::before::Room;
use super::database::{Whole, failed, number, text};
use super::{Control, Cursor, Page, Refusal, quota, target, tenant};
use crate::{Error, Result};
use futures::TryStreamExt as _;
use pulse_engine::TenantId;
use pulse_engine::metrics::{self, Definition};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use std::collections::BTreeMap;
use std::sync::Arc;
use utoipa::ToSchema;

/// How many versions are kept of one: with one more, the oldest goes.
const VERSIONS: i64 = 500;
/// Of how many that were taken away versions are kept: of those that went last.
const REMOVED: i64 = 100;

/// A metric of a tenant's own, as it stands or as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OwnMetric {
    /// Its name in SQL and API.
    pub name: String,
    /// Its header and its statement; empty of a version that took it away.
    pub text: String,
    /// Who set it, a user's or token's key.
    pub set_by: String,
    /// When, in microseconds since 1970.
    pub set_at: i64,
    /// The number of this version, which answers name; its ETag.
    pub version: i64,
}

/// All versions of one: the one that stands, and those before it.
macro_rules! versions {
    ($more:literal) => {
        concat!(
            "SELECT v.* FROM (
                 SELECT tenant_id, name, version, text, set_by, set_at FROM own_metrics
                 UNION ALL SELECT tenant_id, name, version, text, set_by, set_at FROM own_metric_versions
             ) v WHERE v.tenant_id = $1 AND v.name = $2 AND ",
            $more
        )
    };
}

/// Those that were taken away before the last ones that are known of.
macro_rules! forgotten {
    () => {
        "SELECT v.name FROM own_metric_versions v WHERE v.tenant_id = $1
             AND NOT EXISTS (SELECT 1 FROM own_metrics o WHERE o.tenant_id = v.tenant_id AND o.name = v.name)
         GROUP BY v.name ORDER BY MAX(v.set_at) DESC, v.name LIMIT 1000 OFFSET $2"
    };
}

impl Control {
    /// The tenant's own metrics, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn own_metrics(&self, tenant: &TenantId) -> Result<Vec<OwnMetric>> {
        let statement = "SELECT * FROM own_metrics WHERE tenant_id = $1 ORDER BY name";
        self.database.read_all(|| sqlx::query(statement).bind(tenant.as_str())).await?.iter().map(metric).collect()
    }

    /// The tenant's own metrics, and what they were before, as far as that is kept, and the last 16 MiB of that at most. Both are of one
    /// moment, by name and version.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn own_metric_history(&self, tenant: &TenantId) -> Result<(Vec<OwnMetric>, Vec<OwnMetric>)> {
        let statement = "SELECT v.* FROM (
                 SELECT tenant_id, name, version, text, set_by, set_at, CAST(1 AS BIGINT) AS stands FROM own_metrics
                 UNION ALL SELECT tenant_id, name, version, text, set_by, set_at, CAST(0 AS BIGINT) AS stands
                 FROM own_metric_versions
             ) v WHERE v.tenant_id = $1 ORDER BY v.stands DESC, v.set_at DESC, v.version DESC, v.name";
        // There may be very many: one by one, so that no more of them is held than is told.
        let mut rows = sqlx::query(statement).bind(tenant.as_str()).fetch(self.database.reads());
        let (mut standing, mut before, mut room) = (Vec::new(), Vec::new(), Room::whole());
        while let Some(row) = rows.try_next().await.map_err(failed)? {
            let (found, stands) = (metric(&row)?, number(&row, "stands")? == 1);
            if stands {
                standing.push(found);
                continue;
            }
            if !room.takes(&found)? {
                break;
            }
            before.push(found);
        }
        for all in [&mut standing, &mut before] {
            all.sort_by(|a, b| (&a.name, a.version).cmp(&(&b.name, b.version)));
        }
        Ok((standing, before))
    }

    /// What they define. One that this version cannot read any more is left out, and the log says why.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn own_definitions(&self, tenant: &TenantId) -> Result<Arc<[Definition]>> {
        Ok(self.own_metrics(tenant).await?.into_iter().filter_map(|metric| defined(tenant, metric)).collect())
    }

    /// What they defined at these versions, by name. One of which that version is not kept any more, and one that there was not then, is as it
    /// stands: a report that could not be made for want of it can be once it is there.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn own_definitions_at(
        &self,
        tenant: &TenantId,
        versions: &BTreeMap<String, i64>,
    ) -> Result<Arc<[Definition]>> {
        let standing = self.own_metrics(tenant).await?;
        let mut all = Vec::with_capacity(versions.len());
        for (name, version) in versions {
            let stands = standing.iter().find(|metric| metric.name == *name);
            let then = match stands.filter(|metric| metric.version == *version) {
                Some(same) => Some(same.clone()),
                None => match self.own_metric_version(tenant, name, *version).await {
                    Ok(metric) => Some(metric),
                    Err(Error::Refused(Refusal::Unknown { .. })) => stands.cloned(),
                    Err(error) => return Err(error),
                },
            };
            all.extend(then.and_then(|metric| defined(tenant, metric)));
        }
        let later = standing.into_iter().filter(|metric| !versions.contains_key(&metric.name));
        all.extend(later.filter_map(|metric| defined(tenant, metric)));
        Ok(all.into())
    }

    /// One of them, as it stands.
    ///
    /// # Errors
    /// [`Refusal::Unknown`].
    pub async fn own_metric(&self, tenant: &TenantId, name: &str) -> Result<OwnMetric> {
        let query = sqlx::query("SELECT * FROM own_metrics WHERE tenant_id = $1 AND name = $2");
        let row = query.bind(tenant.as_str()).bind(name).fetch_optional(self.database.pool()).await.map_err(failed)?;
        metric(&row.ok_or_else(|| unknown(name))?)
    }

    /// The versions of one, the newest first, also of one that was taken away.
    ///
    /// # Errors
    /// [`Refusal::Unknown`] when there never was one, or nothing is kept of it any more.
    pub async fn own_metric_versions(&self, tenant: &TenantId, name: &str, cursor: &Cursor) -> Result<Page<OwnMetric>> {
        // No two have one number: a cursor has no id.
        let statement = versions!("-v.version > $3 AND $4 = '' ORDER BY v.version DESC LIMIT $5");
        let query = || sqlx::query(statement).bind(tenant.as_str()).bind(name);
        let page = self.page(query, cursor, metric, |metric: &OwnMetric| (-metric.version, "")).await?;
        if page.items.is_empty() { Err(unknown(name).into()) } else { Ok(page) }
    }

    /// One as it was at a version.
    ///
    /// # Errors
    /// [`Refusal::Unknown`].
    pub async fn own_metric_version(&self, tenant: &TenantId, name: &str, version: i64) -> Result<OwnMetric> {
        let query = sqlx::query(versions!("v.version = $3")).bind(tenant.as_str()).bind(name).bind(version);
        let row = query.fetch_optional(self.database.pool()).await.map_err(failed)?;
        let unknown = || Refusal::unknown("metric of your own of that version", &format!("{name} version {version}"));
        metric(&row.ok_or_else(unknown)?)
    }

    /// Keeps the text of a metric: a new one with version 0, or one that is still what it was at its version. Where nothing changes,
    /// it stays at that. Whether the text is one is for whoever has the tenant's tables to say: [`metrics::check`].
    ///
    /// # Errors
    /// [`Refusal::Stale`], [`Refusal::OverQuota`].
    pub async fn set_own_metric(
        &self,
        tenant: &TenantId,
        name: &str,
        text: &str,
        by: &str,
        version: i64,
    ) -> Result<OwnMetric> {
        let mut whole = self.database.begin().await?;
        tenant::hold_open(&mut whole, tenant).await?;
        let before = standing(&mut whole, tenant, name).await?;
        if before.as_ref().map_or(0, |before| before.version) != version {
            return Err(Refusal::Stale.into());
        }
        if let Some(same) = before.as_ref().filter(|before| before.text == text) {
            return Ok(same.clone());
        }
        let next = match &before {
            Some(before) => before.version + 1,
            None => {
                quota::room_for_metric(&mut whole, tenant).await?;
                last(&mut whole, tenant, name).await? + 1
            }
        };
        if let Some(before) = &before {
            put_aside(&mut whole, tenant, before).await?;
        }
        let query = sqlx::query(
            "INSERT INTO own_metrics (tenant_id, name, version, text, set_by, set_at) VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (tenant_id, name) DO UPDATE
             SET version = excluded.version, text = excluded.text, set_by = excluded.set_by, set_at = excluded.set_at",
        );
        let set_at = self.now();
        let query = query.bind(tenant.as_str()).bind(name).bind(next).bind(text).bind(by).bind(set_at);
        query.execute(&mut **whole).await.map_err(failed)?;
        whole.commit().await.map_err(failed)?;
        Ok(OwnMetric { name: name.to_owned(), text: text.to_owned(), set_by: by.to_owned(), set_at, version: next })
    }

    /// Takes a metric of the tenant's own away, and the target that it has. Its versions stay, and one more says who did so.
    ///
    /// # Errors
    /// [`Refusal::Unknown`].
    pub async fn remove_own_metric(&self, tenant: &TenantId, name: &str, by: &str) -> Result<()> {
        let mut whole = self.database.begin().await?;
        tenant::hold(&mut whole, tenant).await?;
        let before = standing(&mut whole, tenant, name).await?.ok_or_else(|| unknown(name))?;
        put_aside(&mut whole, tenant, &before).await?;
        let (version, set_at) = (before.version + 1, self.now());
        let gone = OwnMetric { text: String::new(), set_by: by.to_owned(), set_at, version, ..before };
        put_aside(&mut whole, tenant, &gone).await?;
        target::take_away(&mut whole, tenant, name, by, set_at).await?;
        let query = sqlx::query("DELETE FROM own_metrics WHERE tenant_id = $1 AND name = $2");
        query.bind(tenant.as_str()).bind(name).execute(&mut **whole).await.map_err(failed)?;
        for statement in [
            concat!("DELETE FROM target_versions WHERE tenant_id = $1 AND metric IN (", forgotten!(), ")"),
            concat!("DELETE FROM own_metric_versions WHERE tenant_id = $1 AND name IN (", forgotten!(), ")"),
        ] {
            let query = sqlx::query(statement).bind(tenant.as_str()).bind(REMOVED);
            query.execute(&mut **whole).await.map_err(failed)?;
        }
        whole.commit().await.map_err(failed)?;
        Ok(())
    }
}

/// What one defines. One that this version cannot read any more is left out, and the log says why.
fn defined(tenant: &TenantId, metric: OwnMetric) -> Option<Definition> {
    match metrics::own(&metric.name, &metric.text) {
        Ok(definition) => Some(Definition { version: u32::try_from(metric.version).unwrap_or(u32::MAX), ..definition }),
        Err(error) => {
            tracing::warn!(%tenant, %error, "a metric of a tenant's own is left out");
            None
        }
    }
}

/// The one that stands, within something that holds the tenant.
async fn standing(whole: &mut Whole, tenant: &TenantId, name: &str) -> Result<Option<OwnMetric>> {
    let query = sqlx::query("SELECT * FROM own_metrics WHERE tenant_id = $1 AND name = $2");
    let row = query.bind(tenant.as_str()).bind(name).fetch_optional(&mut ***whole).await.map_err(failed)?;
    row.as_ref().map(metric).transpose()
}

/// The number of the last version of one that was taken away; 0 when there was none.
async fn last(whole: &mut Whole, tenant: &TenantId, name: &str) -> Result<i64> {
    let query = sqlx::query(
        "SELECT COALESCE(MAX(version), 0) AS version FROM own_metric_versions WHERE tenant_id = $1 AND name = $2",
    );
    let row = query.bind(tenant.as_str()).bind(name).fetch_one(&mut ***whole).await.map_err(failed)?;
    number(&row, "version")
}

/// Keeps what one was.
async fn put_aside(whole: &mut Whole, tenant: &TenantId, was: &OwnMetric) -> Result<()> {
    // A process of an earlier version knows of no versions, and may have counted anew.
    let query = sqlx::query(
        "INSERT INTO own_metric_versions (tenant_id, name, version, text, set_by, set_at) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT DO NOTHING",
    );
    let query = query.bind(tenant.as_str()).bind(&was.name).bind(was.version).bind(&was.text);
    query.bind(&was.set_by).bind(was.set_at).execute(&mut ***whole).await.map_err(failed)?;
    let query = sqlx::query("DELETE FROM own_metric_versions WHERE tenant_id = $1 AND name = $2 AND version <= $3");
    let query = query.bind(tenant.as_str()).bind(&was.name).bind(was.version + 1 - VERSIONS);
    query.execute(&mut ***whole).await.map_err(failed)?;
    Ok(())
}

fn unknown(name: &str) -> Refusal {
    Refusal::unknown("metric of your own", name)
}

fn metric(row: &AnyRow) -> Result<OwnMetric> {
    Ok(OwnMetric {
        name: text(row, "name")?,
        text: text(row, "text")?,
        set_by: text(row, "set_by")?,
        set_at: number(row, "set_at")?,
        version: number(row, "version")?,
    })
}
