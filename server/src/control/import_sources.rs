//! What an export tells of where a tenant's data come from and of when that is read, put into a control database.

use super::database::{Whole, failed};
use super::{Connection, Control, LAND, Refusal, Schedule, schedule_pause};
use crate::{Result, jobs};
use pulse_engine::TenantId;

impl Control {
    /// Its connections, which have no credentials, and its schedules. What would be read with a credential that is not here is not
    /// asked for before somebody resumes its schedule. The names of the connections that want theirs.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when a schedule makes no sense; when the database fails.
    pub(super) async fn put_sources(
        &self,
        whole: &mut Whole,
        id: &TenantId,
        (connections, schedules): (&[Connection], &[Schedule]),
        key: &(dyn Fn(&str) -> String + Sync),
    ) -> Result<Vec<String>> {
        for of in connections {
            let query = sqlx::query(
                "INSERT INTO connections (place, settings, tenant_id, name, connector, version, created_by, created_at)
                 VALUES ($1, $2, $3, $4, $5, 1, $6, $7)",
            );
            let query = query.bind(&of.place).bind(serde_json::to_string(&of.settings)?).bind(id.as_str());
            let query = query.bind(&of.name).bind(&of.connector).bind(key(&of.created_by)).bind(of.created_at);
            query.execute(&mut ***whole).await.map_err(failed)?;
        }
        let wanting: Vec<String> =
            connections.iter().filter(|of| of.has_credential).map(|of| of.name.clone()).collect();
        for of in schedules {
            if !jobs::kinds().any(|kind| kind == of.kind) {
                let kind = of.kind.escape_default();
                return Err(Refusal::invalid("kind", format!("of a schedule is `{kind}`, which is none")).into());
            }
            let query = sqlx::query(
                "INSERT INTO schedules (input, due, paused, next_at, tenant_id, kind, subject, version, created_at)
                 VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8)",
            );
            let waits = of.kind == LAND && wanting.contains(&of.subject);
            let query = query.bind(serde_json::to_string(&of.input)?).bind(serde_json::to_string(&of.when)?);
            // What was due meanwhile was asked for where it was exported.
            let is_paused = of.paused || waits;
            let query = query.bind(i64::from(is_paused)).bind(of.when.next(self.now())?);
            let query = query.bind(id.as_str()).bind(&of.kind).bind(&of.subject).bind(self.now());
            query.execute(&mut ***whole).await.map_err(failed)?;
            if is_paused {
                schedule_pause::begins(whole, id.as_str(), (of.kind.as_str(), of.subject.as_str()), self.now()).await?;
            }
        }
        Ok(wanting)
    }
}
