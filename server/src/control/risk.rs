//! How projects stand, as far as that was told: who looks on hears of what changed, once.

use super::database::{failed, text};
use super::event::News;
use super::{Control, tenant};
use crate::Result;
use crate::auth::Permission;
use pulse_engine::TenantId;
use pulse_engine::risk::{StandingRisk, Status};
use serde_json::json;
use std::collections::BTreeMap;

impl Control {
    /// Tells of each project that stands otherwise than was told last, and of a new one that is not on track; how many. What got
    /// worse is kept as a notification.
    ///
    /// # Errors
    /// When the database fails, or the tenant is not active.
    pub async fn tell_risks(&self, tenant: &TenantId, risks: &[StandingRisk]) -> Result<usize> {
        let mut whole = self.database.begin().await?;
        tenant::hold_open(&mut whole, tenant).await?;
        let query = sqlx::query("SELECT project_id, status FROM told_risks WHERE tenant_id = $1");
        let rows = query.bind(tenant.as_str()).fetch_all(&mut **whole).await.map_err(failed)?;
        let mut told: BTreeMap<String, String> = BTreeMap::new();
        for row in &rows {
            told.insert(text(row, "project_id")?, text(row, "status")?);
        }
        let mut count = 0;
        for risk in risks {
            let before = told.remove(&risk.project_id);
            if before.as_ref() == Some(&risk.status) {
                continue;
            }
            let query = sqlx::query(
                "INSERT INTO told_risks (tenant_id, project_id, status) VALUES ($1, $2, $3)
                 ON CONFLICT (tenant_id, project_id) DO UPDATE SET status = excluded.status",
            );
            let query = query.bind(tenant.as_str()).bind(&risk.project_id).bind(&risk.status);
            query.execute(&mut **whole).await.map_err(failed)?;
            let was = before.as_deref().map_or(Ok(Status::OnTrack), str::parse)?;
            let is: Status = risk.status.parse()?;
            if before.is_none() && is == Status::OnTrack {
                continue;
            }
            count += 1;
            let news = News {
                at: self.now(),
                kind: "risk.changed".to_owned(),
                subject: risk.project_id.clone(),
                user: None,
                permission: Some(Permission::MetricsRead),
                of_all: true,
                notifies: is > was,
                detail: json!({
                    "project": risk.project, "from": before, "to": risk.status, "score": risk.score, "reason": risk.reason,
                }),
            };
            whole.tell(tenant, news);
        }
        // Of what is left nothing is known any more: should it come back, it is new.
        for project in told.keys() {
            let query = sqlx::query("DELETE FROM told_risks WHERE tenant_id = $1 AND project_id = $2");
            query.bind(tenant.as_str()).bind(project).execute(&mut **whole).await.map_err(failed)?;
        }
        whole.commit().await.map_err(failed)?;
        Ok(count)
    }
}
