//! Roles: permissions that go together, under a name.

use super::database::{Run as _, Whole, failed, json, number, text, unless_taken};
use super::{Control, Refusal};
use crate::auth::{BUILT_IN, OWNER, Permission, Permissions, built_in};
use crate::{Error, Result};
use pulse_engine::TenantId;
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// A role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Role {
    /// Its name, which is its key within the tenant.
    pub name: String,
    /// Whom it is for.
    pub description: String,
    /// What it lets them do.
    pub permissions: Permissions,
    /// Whether every tenant has it, and nobody changes it.
    pub built_in: bool,
    /// How often it was changed; its ETag. 0 for a built-in one.
    pub version: i64,
}

/// A tenant's own roles, in SQL.
const OWN: &str = "SELECT name, description, permissions, version FROM roles WHERE tenant_id = $1 ORDER BY name";

impl Control {
    /// The built-in roles, and then the tenant's own by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn roles(&self, tenant: &TenantId) -> Result<Vec<Role>> {
        let rows = self.database.read_all(|| sqlx::query(OWN).bind(tenant.as_str())).await?;
        with_built_in(&rows)
    }

    /// The role of that name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn role(&self, tenant: &TenantId, name: &str) -> Result<Option<Role>> {
        Ok(self.roles(tenant).await?.into_iter().find(|role| role.name == name))
    }

    /// Makes a role. Nobody puts into one what they may not do themselves.
    ///
    /// # Errors
    /// [`Refusal::Taken`], [`Refusal::BuiltIn`], [`Refusal::Beyond`], [`Refusal::Invalid`].
    pub async fn create_role(
        &self,
        tenant: &TenantId,
        by: &Permissions,
        name: &str,
        description: &str,
        permissions: &Permissions,
    ) -> Result<Role> {
        within(permissions, by)?;
        let (name, description) = (checked_name(name)?, described(description)?);
        sqlx::query(
            "INSERT INTO roles (tenant_id, name, description, permissions, created_at, version) VALUES ($1, $2, $3, $4, $5, 1)",
        )
        .bind(tenant.as_str())
        .bind(&name)
        .bind(&description)
        .bind(serde_json::to_string(permissions)?)
        .bind(self.now())
        .run(&self.database)
        .await
        .map_err(|e| unless_taken(e, Refusal::Taken { what: "role", name: name.clone() }))?;
        Ok(Role { name, description, permissions: permissions.clone(), built_in: false, version: 1 })
    }

    /// Changes a role that is still what it was at `version`. Nobody changes one that lets people do more than they may.
    ///
    /// # Errors
    /// As [`Control::create_role`], [`Refusal::Unknown`], [`Refusal::Stale`].
    pub async fn change_role(&self, tenant: &TenantId, by: &Permissions, changed: &Role, version: i64) -> Result<Role> {
        let name = checked_name(&changed.name)?;
        let before = self.role(tenant, &name).await?.ok_or_else(|| Refusal::unknown("role", &name))?;
        within(&before.permissions, by)?;
        within(&changed.permissions, by)?;
        let done = sqlx::query(
            "UPDATE roles SET description = $1, permissions = $2, version = version + 1
             WHERE tenant_id = $3 AND name = $4 AND version = $5",
        )
        .bind(described(&changed.description)?)
        .bind(serde_json::to_string(&changed.permissions)?)
        .bind(tenant.as_str())
        .bind(&name)
        .bind(version)
        .run(&self.database)
        .await
        .map_err(failed)?;
        if done.rows_affected() == 0 {
            return Err(Refusal::Stale.into());
        }
        self.role(tenant, &name).await?.ok_or_else(|| Refusal::unknown("role", &name).into())
    }

    /// Removes a role that nobody has, and that no invitation and no identity provider names.
    ///
    /// # Errors
    /// [`Refusal::InUse`], [`Refusal::Beyond`], [`Refusal::Unknown`], [`Refusal::BuiltIn`].
    pub async fn remove_role(&self, tenant: &TenantId, by: &Permissions, name: &str) -> Result<()> {
        let name = checked_name(name)?;
        let before = self.role(tenant, &name).await?.ok_or_else(|| Refusal::unknown("role", &name))?;
        within(&before.permissions, by)?;
        let mut whole = self.database.begin().await?;
        super::tenant::hold(&mut whole, tenant).await?;
        let named = serde_json::to_string(&name)?;
        let used = sqlx::query(
            "SELECT COUNT(*) AS n FROM (
                 SELECT roles FROM members WHERE tenant_id = $1
                 UNION ALL SELECT roles FROM links WHERE tenant_id = $1 AND used_at IS NULL AND expires_at > $3
                 UNION ALL SELECT roles || group_roles FROM identity_providers WHERE tenant_id = $1
             ) AS used WHERE roles LIKE '%' || $2 || '%'",
        )
        .bind(tenant.as_str())
        .bind(named)
        .bind(self.now())
        .fetch_one(&mut **whole)
        .await
        .map_err(failed)?;
        if number(&used, "n")? > 0 {
            return Err(Refusal::InUse(name).into());
        }
        let query = sqlx::query("DELETE FROM roles WHERE tenant_id = $1 AND name = $2").bind(tenant.as_str());
        query.bind(&name).execute(&mut **whole).await.map_err(failed)?;
        whole.commit().await.map_err(failed)
    }

    /// What each of the tenant's roles lets people do, by name.
    pub(super) async fn role_permissions(&self, tenant: &TenantId) -> Result<BTreeMap<String, Permissions>> {
        Ok(self.roles(tenant).await?.into_iter().map(|role| (role.name, role.permissions)).collect())
    }
}

/// What each of a tenant's roles lets people do, by name, within something larger.
pub(super) async fn permissions_within(whole: &mut Whole, tenant: &TenantId) -> Result<BTreeMap<String, Permissions>> {
    let rows = sqlx::query(OWN).bind(tenant.as_str()).fetch_all(&mut ***whole).await.map_err(failed)?;
    Ok(with_built_in(&rows)?.into_iter().map(|role| (role.name, role.permissions)).collect())
}

fn with_built_in(own: &[AnyRow]) -> Result<Vec<Role>> {
    let fixed = BUILT_IN.iter().map(|role| Role {
        name: role.name.to_owned(),
        description: role.description.to_owned(),
        permissions: role.permissions.iter().copied().collect(),
        built_in: true,
        version: 0,
    });
    fixed.map(Ok).chain(own.iter().map(role)).collect()
}

fn role(row: &AnyRow) -> Result<Role> {
    Ok(Role {
        name: text(row, "name")?,
        description: text(row, "description")?,
        permissions: json(row, "permissions")?,
        built_in: false,
        version: number(row, "version")?,
    })
}

/// Whether everything in `wanted` is in `by`.
pub(super) fn within(wanted: &Permissions, by: &Permissions) -> Result<()> {
    match wanted.difference(by).next() {
        Some(beyond) => Err(Refusal::Beyond(*beyond).into()),
        None => Ok(()),
    }
}

/// What some roles and decisions about one person come to. A denial goes before everything.
pub(super) fn effective(
    roles: &[String],
    granted: &Permissions,
    denied: &Permissions,
    known: &BTreeMap<String, Permissions>,
) -> Permissions {
    let of_roles = roles.iter().filter_map(|name| known.get(name)).flatten();
    of_roles.chain(granted).filter(|permission| !denied.contains(permission)).copied().collect()
}

/// Whether a person is an owner: has the role, and is denied nothing that makes one.
pub(super) fn is_owner(roles: &[String], denied: &Permissions) -> bool {
    roles.iter().any(|name| name == OWNER) && !denied.contains(&Permission::TenantOwn)
}

pub(super) fn checked_name(name: &str) -> Result<String> {
    let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || name.len() > 63 || !name.chars().all(fine) {
        let reason = "should be 1 to 63 of the characters a-z, 0-9 and -";
        return Err(Refusal::invalid("name", reason).into());
    }
    if built_in(name).is_some() { Err(Error::Refused(Refusal::BuiltIn(name.to_owned()))) } else { Ok(name.to_owned()) }
}

fn described(text: &str) -> Result<String> {
    let text = text.trim();
    if text.chars().count() > 500 {
        return Err(Refusal::invalid("description", "should have at most 500 characters").into());
    }
    Ok(text.to_owned())
}
