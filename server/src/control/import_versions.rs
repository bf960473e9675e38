//! What an export tells of how a tenant looks, what it aims at, what it defined and what its people share, and of what that was before, put
//! into a control database: figures as of a past day are told by what counted then, and reports that are made again look as they did.

use super::database::{Whole, failed};
use super::import::counted;
use super::{BrandingVersion, OwnMetric, Refusal, SaidBefore, SavedQuery, SavedVersion, Target, TargetVersion};
use crate::Result;
use pulse_engine::TenantId;
use std::collections::BTreeMap;

/// How it looks, and looked. Who made it so is not told.
pub(super) async fn put_brandings(
    whole: &mut Whole,
    id: &TenantId,
    (standing, before): (Option<&BrandingVersion>, &[BrandingVersion]),
    now: i64,
) -> Result<()> {
    let stands = "INSERT INTO brandings (branding, set_by, set_at, tenant_id, version) VALUES ($1, '', $2, $3, $4)";
    let was =
        "INSERT INTO branding_versions (branding, set_by, set_at, tenant_id, version) VALUES ($1, '', $2, $3, $4)";
    let all = standing.into_iter().map(|of| (stands, of)).chain(before.iter().map(|of| (was, of)));
    for (statement, of) in all.collect::<Vec<_>>() {
        // There may be thirty, of which somebody has to find the one that is wrong.
        let wrong = |(field, reason): (&'static str, String)| {
            Refusal::invalid(field, format!("{reason} (version {} of its look)", of.version))
        };
        let branding = of.branding.clone().checked().map_err(wrong)?;
        let query = sqlx::query(statement).bind(serde_json::to_string(&branding)?).bind(now);
        let query = query.bind(id.as_str()).bind(counted(of.version));
        query.execute(&mut ***whole).await.map_err(failed)?;
    }
    Ok(())
}

/// The targets that stand, and those before them.
pub(super) async fn put_targets(
    whole: &mut Whole,
    id: &TenantId,
    (standing, before): (&[Target], &[TargetVersion]),
    key: &(dyn Fn(&str) -> String + Sync),
) -> Result<()> {
    for of in standing {
        let query = sqlx::query(
            "INSERT INTO targets (value, set_by, set_at, tenant_id, metric, version) VALUES ($1, $2, $3, $4, $5, $6)",
        );
        let query = query.bind(serde_json::to_string(&of.value)?).bind(key(&of.set_by)).bind(of.set_at);
        let query = query.bind(id.as_str()).bind(&of.metric).bind(counted(of.version));
        query.execute(&mut ***whole).await.map_err(failed)?;
    }
    for of in before {
        let query = sqlx::query(
            "INSERT INTO target_versions (value, set_by, set_at, tenant_id, metric, version) VALUES ($1, $2, $3, $4, $5, $6)",
        );
        // One that was taken away has none.
        let value = of.value.map(|value| serde_json::to_string(&value)).transpose()?.unwrap_or_default();
        let query = query.bind(value).bind(key(&of.set_by)).bind(of.set_at);
        let query = query.bind(id.as_str()).bind(&of.metric).bind(counted(of.version));
        query.execute(&mut ***whole).await.map_err(failed)?;
    }
    Ok(())
}

/// The metrics of its own that stand, and those before them.
pub(super) async fn put_own_metrics(
    whole: &mut Whole,
    id: &TenantId,
    (standing, before): (&[OwnMetric], &[OwnMetric]),
    key: &(dyn Fn(&str) -> String + Sync),
) -> Result<()> {
    let stands =
        "INSERT INTO own_metrics (text, set_by, set_at, tenant_id, name, version) VALUES ($1, $2, $3, $4, $5, $6)";
    let was = "INSERT INTO own_metric_versions (text, set_by, set_at, tenant_id, name, version)
         VALUES ($1, $2, $3, $4, $5, $6)";
    for (statement, all) in [(stands, standing), (was, before)] {
        for of in all {
            let query = sqlx::query(statement).bind(&of.text).bind(key(&of.set_by)).bind(of.set_at);
            let query = query.bind(id.as_str()).bind(&of.name).bind(counted(of.version));
            query.execute(&mut ***whole).await.map_err(failed)?;
        }
    }
    Ok(())
}

/// The queries that were shared, and what they said before.
pub(super) async fn put_queries(
    whole: &mut Whole,
    id: &TenantId,
    (standing, before): (&[SavedQuery], &[SaidBefore]),
    key: &(dyn Fn(&str) -> String + Sync),
) -> Result<()> {
    let shared: BTreeMap<&str, &SavedQuery> =
        standing.iter().filter(|of| of.shared).map(|of| (of.id.as_str(), of)).collect();
    for of in shared.values() {
        let query = sqlx::query(
            "INSERT INTO saved_queries (tenant_id, id, owner, shared, created_at, version) VALUES ($1, $2, $3, 1, $4, $5)",
        );
        let query = query.bind(id.as_str()).bind(&of.id).bind(key(&of.owner.id)).bind(of.created_at);
        query.bind(counted(of.version)).execute(&mut ***whole).await.map_err(failed)?;
        let said = SavedVersion {
            version: of.version,
            title: of.title.clone(),
            description: of.description.clone(),
            sql: of.sql.clone(),
            parameters: of.parameters.clone(),
            shared: true,
            set_by: of.owner.clone(),
            set_at: of.changed_at,
        };
        put_said(whole, id, (&of.id, &said), key).await?;
    }
    for SaidBefore { query, said } in before {
        if shared.contains_key(query.as_str()) {
            put_said(whole, id, (query, said), key).await?;
        }
    }
    Ok(())
}

/// What a query said at a version, which others could read.
async fn put_said(
    whole: &mut Whole,
    id: &TenantId,
    (of, said): (&str, &SavedVersion),
    key: &(dyn Fn(&str) -> String + Sync),
) -> Result<()> {
    let query = sqlx::query(
        "INSERT INTO saved_query_versions
         (tenant_id, query_id, version, title, description, sql, parameters, shared, set_by, set_at)
         VALUES ($1, $2, $9, $3, $4, $5, $6, 1, $7, $8)",
    );
    let query = query.bind(id.as_str()).bind(of).bind(&said.title).bind(&said.description).bind(&said.sql);
    let query = query.bind(serde_json::to_string(&said.parameters)?).bind(key(&said.set_by.id)).bind(said.set_at);
    query.bind(counted(said.version)).execute(&mut ***whole).await.map_err(failed)?;
    Ok(())
}
