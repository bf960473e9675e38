//! Hooks: addresses at which other programs ask for a job.

use super::database::{Run as _, failed, json, maybe_number, number, text, unless_taken};
use super::page::{Cursor, Page};
use super::{Control, Refusal, Trigger, job, tenant};
use crate::auth::{Vault, purpose};
use crate::secret::{self, Secret};
use crate::{Error, Result};
use pulse_engine::TenantId;
use serde::Serialize;
use serde_json::Value;
use sqlx::any::AnyRow;
use utoipa::ToSchema;

/// An address at which other programs ask for a job.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Hook {
    /// Its key.
    pub id: String,
    /// What it is called.
    pub name: String,
    /// The kind of job that it asks for.
    pub kind: String,
    /// About what; empty where there is but one.
    pub subject: String,
    /// What the job is given.
    #[schema(value_type = Object)]
    pub input: Value,
    /// Who made it, a user's or token's key.
    pub created_by: String,
    /// When it was made, in microseconds since 1970.
    pub created_at: i64,
    /// When it was last called with its secret.
    pub called_at: Option<i64>,
}

/// How long what is asked for by a hook waits for more of the same: pushes come in bursts.
const BURST: i64 = 5 * 1_000_000;

impl Control {
    /// Makes a hook that asks for a job; its secret is told this once.
    ///
    /// # Errors
    /// [`Refusal::Taken`] when the tenant has one of that name; [`Refusal::Invalid`] when the name is none.
    pub async fn create_hook(
        &self,
        tenant: &TenantId,
        name: &str,
        asks: &Trigger,
        by: &str,
        vault: &Vault,
    ) -> Result<(Hook, Secret)> {
        let hook = Hook {
            id: secret::id("hook")?,
            name: tenant::named(name)?,
            kind: asks.kind.clone(),
            subject: asks.subject.clone(),
            input: asks.input.clone(),
            created_by: by.to_owned(),
            created_at: self.now(),
            called_at: None,
        };
        let secret = Secret::new("hook_")?;
        let sealed = vault.seal(&purpose::hook(&hook.id), secret.tell().as_bytes())?;
        let query = sqlx::query(
            "INSERT INTO hooks (id, tenant_id, name, kind, subject, input, secret, created_by, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        );
        let query = query.bind(&hook.id).bind(tenant.as_str()).bind(&hook.name).bind(&hook.kind).bind(&hook.subject);
        let query = query.bind(serde_json::to_string(&hook.input)?).bind(sealed).bind(by).bind(hook.created_at);
        let taken = Refusal::Taken { what: "hook", name: hook.name.clone() };
        let mut whole = self.database.begin().await?;
        tenant::hold_open(&mut whole, tenant).await?;
        query.execute(&mut **whole).await.map_err(|error| unless_taken(error, taken))?;
        whole.commit().await.map_err(failed)?;
        Ok((hook, secret))
    }

    /// The hooks of a tenant, a page at a time.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn hooks(&self, tenant: &TenantId, cursor: &Cursor) -> Result<Page<Hook>> {
        let statement =
            "SELECT * FROM hooks WHERE tenant_id = $1 AND (created_at > $2 OR (created_at = $2 AND id > $3))
             ORDER BY created_at, id LIMIT $4";
        self.page(
            || sqlx::query(statement).bind(tenant.as_str()),
            cursor,
            hook,
            |hook: &Hook| (hook.created_at, &hook.id),
        )
        .await
    }

    /// Removes a hook: its secret opens nothing any more.
    ///
    /// # Errors
    /// [`Refusal::Unknown`].
    pub async fn remove_hook(&self, tenant: &TenantId, id: &str) -> Result<()> {
        let query = sqlx::query("DELETE FROM hooks WHERE tenant_id = $1 AND id = $2").bind(tenant.as_str()).bind(id);
        let done = query.run(&self.database).await.map_err(failed)?;
        if done.rows_affected() == 1 { Ok(()) } else { Err(Refusal::unknown("hook", id).into()) }
    }

    /// Whether there is a hook of that id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_hook(&self, id: &str) -> Result<bool> {
        let query = sqlx::query("SELECT 1 AS n FROM hooks WHERE id = $1").bind(id);
        Ok(query.fetch_optional(self.database.pool()).await.map_err(failed)?.is_some())
    }

    /// A hook and its tenant, when `is_known` finds that its secret was used.
    ///
    /// # Errors
    /// [`Error::WrongSecret`] also when there is no such hook, or its tenant is not open.
    pub async fn known_hook(
        &self,
        id: &str,
        vault: &Vault,
        is_known: impl FnOnce(&[u8]) -> bool,
    ) -> Result<(TenantId, Hook)> {
        let query = sqlx::query(
            "SELECT h.* FROM hooks h JOIN tenants t ON t.id = h.tenant_id WHERE h.id = $1 AND t.state = 'active'",
        );
        let row = query.bind(id).fetch_optional(self.database.pool()).await.map_err(failed)?;
        let row = row.ok_or(Error::WrongSecret)?;
        if !is_known(&vault.open_sealed(&purpose::hook(id), &text(&row, "secret")?)?) {
            return Err(Error::WrongSecret);
        }
        Ok((TenantId::new(&text(&row, "tenant_id")?)?, hook(&row)?))
    }

    /// Whether a hook was called with what has this mark: then that is landed, and its job was asked for.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn knows_call(&self, tenant: &TenantId, hook: &Hook, mark: &str) -> Result<bool> {
        let query = sqlx::query("SELECT 1 AS n FROM hook_calls WHERE tenant_id = $1 AND hook_id = $2 AND mark = $3");
        let query = query.bind(tenant.as_str()).bind(&hook.id).bind(mark);
        Ok(query.fetch_optional(self.database.pool()).await.map_err(failed)?.is_some())
    }

    /// Asks for the job of a hook that was called, with what has this mark where that was landed; the job's id, or none where another process
    /// answered the same call meanwhile. What comes in a burst is one job, a few seconds after the first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn call_hook(&self, tenant: &TenantId, hook: &Hook, mark: Option<&str>) -> Result<Option<String>> {
        let now = self.now();
        let (input, due_at) = (hook.input.clone(), now + BURST);
        let trigger = Trigger { input, due_at, ..Trigger::new(&hook.kind, &hook.subject) };
        let mut whole = self.database.begin().await?;
        // It holds the tenant's jobs, so that of two that come at once one is first.
        let job = job::enqueue(&mut whole, tenant, &trigger, None, &hook.id, now).await?;
        if let Some(mark) = mark {
            let query = sqlx::query(
                "INSERT INTO hook_calls (tenant_id, hook_id, mark, seen_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING",
            );
            let query = query.bind(tenant.as_str()).bind(&hook.id).bind(mark).bind(now);
            if query.execute(&mut **whole).await.map_err(failed)?.rows_affected() == 0 {
                return Ok(None);
            }
        }
        let query = sqlx::query("UPDATE hooks SET called_at = $1 WHERE id = $2").bind(now).bind(&hook.id);
        query.execute(&mut **whole).await.map_err(failed)?;
        whole.commit().await.map_err(failed)?;
        Ok(Some(job))
    }
}

fn hook(row: &AnyRow) -> Result<Hook> {
    Ok(Hook {
        id: text(row, "id")?,
        name: text(row, "name")?,
        kind: text(row, "kind")?,
        subject: text(row, "subject")?,
        input: json(row, "input")?,
        created_by: text(row, "created_by")?,
        created_at: number(row, "created_at")?,
        called_at: maybe_number(row, "called_at")?,
    })
}
