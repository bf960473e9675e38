//! API tokens: what programs send in the place of a person.

use super::database::{Run as _, failed, json, maybe_number, maybe_text, number, text};
use super::member::{Authority, Sees};
use super::page::{Cursor, Page};
use super::tenant::named;
use super::{Control, Refusal, quota};
use crate::Result;
use crate::auth::Permissions;
use crate::secret::{self, Secret};
use pulse_engine::TenantId;
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use utoipa::ToSchema;

const DAY: i64 = 24 * 3600 * 1_000_000;
/// The longest life of a token, in days.
const MOST_DAYS: i64 = 366;
/// How exactly it is noted when a token was last used.
const USED_WITHIN: i64 = 60 * 1_000_000;

/// A token, without its secret: that was told once, to whoever made it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ApiToken {
    /// Its key.
    pub id: String,
    /// Whose it is, and who may do less or nothing later; `null` for a service's.
    pub user_id: Option<String>,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub permissions: Permissions,
    /// Whose rows it sees.
    pub sees: Sees,
    /// Who made it, a user's key.
    pub created_by: String,
    /// When it was made, in microseconds since 1970.
    pub created_at: i64,
    /// When it ends by itself.
    pub expires_at: i64,
    /// When it was last used, to the minute.
    pub used_at: Option<i64>,
    /// When it was revoked.
    pub revoked_at: Option<i64>,
}

/// A token that is to be made.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What it is for.
    pub name: String,
    /// What it may do: nothing that its maker may not.
    pub permissions: Permissions,
    /// Whose rows it sees: none that its maker does not. Left out: the same.
    pub sees: Option<Sees>,
    /// For how many days it is good, 1 to 366.
    pub days: i64,
    /// Whether it is a service's: it then goes on when its maker leaves.
    #[serde(default)]
    pub service: bool,
}

impl Control {
    /// Makes a token. Its secret is returned, and is nowhere else.
    ///
    /// # Errors
    /// [`Refusal::Beyond`], [`Refusal::Invalid`].
    pub async fn create_token(
        &self,
        tenant: &TenantId,
        by: &Authority,
        user: &str,
        new: NewToken,
    ) -> Result<(ApiToken, Secret)> {
        if !(1..=MOST_DAYS).contains(&new.days) {
            return Err(Refusal::invalid("days", format!("should be between 1 and {MOST_DAYS}")).into());
        }
        if new.permissions.is_empty() {
            return Err(Refusal::invalid("permissions", "should name at least one").into());
        }
        let sees = new.sees.unwrap_or(by.sees.clone());
        by.covers(&new.permissions, &sees)?;
        let (secret, now) = (Secret::new("pulse_")?, self.now());
        let token = ApiToken {
            id: secret::id("token")?,
            user_id: (!new.service).then(|| user.to_owned()),
            name: named(&new.name)?,
            permissions: new.permissions,
            sees,
            created_by: user.to_owned(),
            created_at: now,
            expires_at: now + new.days * DAY,
            used_at: None,
            revoked_at: None,
        };
        let mut whole = self.database.begin().await?;
        quota::room_for_token(&mut whole, tenant, now).await?;
        sqlx::query(
            "INSERT INTO api_tokens (id, tenant_id, user_id, name, sum, permissions, sees, created_by, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(&token.id)
        .bind(tenant.as_str())
        .bind(token.user_id.clone())
        .bind(&token.name)
        .bind(secret.sum())
        .bind(serde_json::to_string(&token.permissions)?)
        .bind(serde_json::to_string(&token.sees)?)
        .bind(&token.created_by)
        .bind(token.created_at)
        .bind(token.expires_at)
        .execute(&mut **whole)
        .await
        .map_err(failed)?;
        whole.commit().await.map_err(failed)?;
        Ok((token, secret))
    }

    /// The tokens of a tenant, or those of one user in it, a page at a time; revoked ones too.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tokens(&self, tenant: &TenantId, user: Option<&str>, cursor: &Cursor) -> Result<Page<ApiToken>> {
        let statement = "SELECT * FROM api_tokens WHERE tenant_id = $1 AND ($2 = '' OR user_id = $2)
             AND (created_at > $3 OR (created_at = $3 AND id > $4)) ORDER BY created_at, id LIMIT $5";
        let query = || sqlx::query(statement).bind(tenant.as_str()).bind(user.unwrap_or_default());
        self.page(query, cursor, token, |token: &ApiToken| (token.created_at, &token.id)).await
    }

    /// Revokes a token of a tenant, or one of a user's own there, for good.
    ///
    /// # Errors
    /// [`Refusal::Unknown`].
    pub async fn revoke_token(&self, tenant: &TenantId, user: Option<&str>, id: &str) -> Result<()> {
        let done = sqlx::query(
            "UPDATE api_tokens SET revoked_at = $1
             WHERE id = $2 AND tenant_id = $3 AND ($4 = '' OR user_id = $4) AND revoked_at IS NULL",
        )
        .bind(self.now())
        .bind(id)
        .bind(tenant.as_str())
        .bind(user.unwrap_or_default())
        .run(&self.database)
        .await
        .map_err(failed)?;
        if done.rows_affected() == 0 { Err(Refusal::unknown("token", id).into()) } else { Ok(()) }
    }

    /// The token of that key, while it is good.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn good_token(&self, tenant: &TenantId, id: &str) -> Result<Option<ApiToken>> {
        let query = sqlx::query(
            "SELECT * FROM api_tokens WHERE tenant_id = $1 AND id = $2 AND revoked_at IS NULL AND expires_at > $3",
        );
        let query = query.bind(tenant.as_str()).bind(id).bind(self.now());
        query.fetch_optional(self.database.pool()).await.map_err(failed)?.as_ref().map(token).transpose()
    }

    /// The tenant and the token that a secret is of, while it is good. That it was used is noted.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn token_by_secret(&self, secret: &str) -> Result<Option<(TenantId, ApiToken)>> {
        let (now, sum) = (self.now(), secret::sum(secret));
        let query = sqlx::query("SELECT * FROM api_tokens WHERE sum = $1 AND revoked_at IS NULL AND expires_at > $2");
        let row = query.bind(sum).bind(now).fetch_optional(self.database.reads()).await.map_err(failed)?;
        let Some(row) = row else { return Ok(None) };
        let (tenant, token) = (TenantId::new(&text(&row, "tenant_id")?)?, token(&row)?);
        if token.used_at.is_none_or(|used| now - used > USED_WITHIN) {
            let query = sqlx::query("UPDATE api_tokens SET used_at = $1 WHERE id = $2");
            query.bind(now).bind(&token.id).run(&self.database).await.map_err(failed)?;
        }
        Ok(Some((tenant, token)))
    }
}

fn token(row: &AnyRow) -> Result<ApiToken> {
    Ok(ApiToken {
        id: text(row, "id")?,
        user_id: maybe_text(row, "user_id")?,
        name: text(row, "name")?,
        permissions: json(row, "permissions")?,
        sees: json(row, "sees")?,
        created_by: text(row, "created_by")?,
        created_at: number(row, "created_at")?,
        expires_at: number(row, "expires_at")?,
        used_at: maybe_number(row, "used_at")?,
        revoked_at: maybe_number(row, "revoked_at")?,
    })
}
