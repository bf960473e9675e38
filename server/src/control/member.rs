//! Members: which user belongs to which tenant, and what each may do there.

use super::database::{Whole, failed, json, maybe_number, number, text};
use super::page::{Cursor, Page};
use super::role::{effective, is_owner, permissions_within, within};
use super::{Control, Refusal, quota, session, tenant};
use crate::Result;
use crate::auth::Permission;
use crate::auth::Permissions;
use pulse_engine::{Policy, TenantId};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use sqlx::{Any, Transaction};
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// Whose rows somebody sees.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum Sees {
    /// All of the tenant's.
    Everything,
    /// Those of some teams and projects, by id. Of none: nothing.
    Only {
        /// The teams.
        #[serde(default)]
        teams: BTreeSet<String>,
        /// The projects.
        #[serde(default)]
        projects: BTreeSet<String>,
    },
}

impl Sees {
    /// The engine's policy that shows no more rows.
    pub fn policy(&self) -> Policy {
        match self {
            Sees::Everything => Policy::everything(),
            Sees::Only { teams, projects } => Policy::only(teams.clone(), projects.clone()),
        }
    }

    /// Whether `other` sees as much, or more.
    pub(crate) fn is_within(&self, other: &Sees) -> bool {
        match (self, other) {
            (_, Sees::Everything) => true,
            (Sees::Everything, Sees::Only { .. }) => false,
            (Sees::Only { teams, projects }, Sees::Only { teams: more_teams, projects: more_projects }) => {
                teams.is_subset(more_teams) && projects.is_subset(more_projects)
            }
        }
    }
}

/// What somebody may do in a tenant, and whose rows they see there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority {
    /// What they may do.
    pub permissions: Permissions,
    /// What they see.
    pub sees: Sees,
}

impl Authority {
    /// The engine's policy that shows no more: people's names are for whoever has the permission.
    pub fn policy(&self) -> Policy {
        let policy = self.sees.policy();
        if self.permissions.contains(&Permission::PeopleRead) { policy } else { policy.without_people() }
    }

    /// Refuses whatever `self` does not have.
    pub(super) fn covers(&self, permissions: &Permissions, sees: &Sees) -> Result<()> {
        within(permissions, &self.permissions)?;
        if sees.is_within(&self.sees) {
            return Ok(());
        }
        Err(Refusal::invalid("sees", "may hold no team and no project that you do not see yourself").into())
    }

    /// What both have.
    pub(crate) fn and(&self, other: &Authority) -> Authority {
        let permissions = self.permissions.intersection(&other.permissions).copied().collect();
        let both = |a: &BTreeSet<String>, b: &BTreeSet<String>| a.intersection(b).cloned().collect();
        let sees = match (&self.sees, &other.sees) {
            (Sees::Everything, sees) | (sees, Sees::Everything) => sees.clone(),
            (Sees::Only { teams, projects }, Sees::Only { teams: teams2, projects: projects2 }) => {
                Sees::Only { teams: both(teams, teams2), projects: both(projects, projects2) }
            }
        };
        Authority { permissions, sees }
    }
}

/// A user's place in a tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Member {
    /// The user's key.
    pub id: String,
    /// The address that the person signs in with.
    pub email: String,
    /// What people call them.
    pub name: String,
    /// Whether they may come in.
    pub active: bool,
    /// Their roles, by name.
    pub roles: Vec<String>,
    /// What they may do besides what their roles say.
    pub granted: Permissions,
    /// What they may not do, whatever their roles say.
    pub denied: Permissions,
    /// What roles, grants and denials come to.
    pub permissions: Permissions,
    /// Whose rows they see.
    pub sees: Sees,
    /// When they joined, in microseconds since 1970.
    pub created_at: i64,
    /// When they last signed in, to whichever tenant.
    pub signed_in_at: Option<i64>,
    /// How often their place was changed; its ETag.
    pub version: i64,
}

impl Member {
    /// What they may do, and what they see.
    pub(crate) fn authority(&self) -> Authority {
        Authority { permissions: self.permissions.clone(), sees: self.sees.clone() }
    }
}

/// What is to be changed of a member; what is left out stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[schema(as = MemberChange)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Whether they may come in.
    pub active: Option<bool>,
    /// Their roles.
    pub roles: Option<Vec<String>>,
    /// What they may do besides.
    pub granted: Option<Permissions>,
    /// What they may not do.
    pub denied: Option<Permissions>,
    /// Whose rows they see.
    pub sees: Option<Sees>,
}

/// One member, in SQL.
const MEMBER: &str = "SELECT m.*, u.email, u.name, u.signed_in_at FROM members m JOIN users u ON u.id = m.user_id
     WHERE m.tenant_id = $1 AND m.user_id = $2";

impl Control {
    /// The members of a tenant, a page at a time.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn members(&self, tenant: &TenantId, cursor: &Cursor) -> Result<Page<Member>> {
        let known = self.role_permissions(tenant).await?;
        let statement = "SELECT m.*, u.email, u.name, u.signed_in_at FROM members m JOIN users u ON u.id = m.user_id
             WHERE m.tenant_id = $1 AND (m.created_at > $2 OR (m.created_at = $2 AND m.user_id > $3))
             ORDER BY m.created_at, m.user_id LIMIT $4";
        let query = || sqlx::query(statement).bind(tenant.as_str());
        self.page(query, cursor, |row| member(row, &known), |member: &Member| (member.created_at, &member.id)).await
    }

    /// A user's place in a tenant.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn member(&self, tenant: &TenantId, user: &str) -> Result<Option<Member>> {
        let known = self.role_permissions(tenant).await?;
        let query = sqlx::query(MEMBER).bind(tenant.as_str()).bind(user);
        let row = query.fetch_optional(self.database.reads()).await.map_err(failed)?;
        row.map(|row| member(&row, &known)).transpose()
    }

    /// The tenants that a user may come into, by id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tenants_of(&self, user: &str) -> Result<Vec<TenantId>> {
        let rows = sqlx::query(
            "SELECT t.id FROM members m JOIN tenants t ON t.id = m.tenant_id
             WHERE m.user_id = $1 AND m.state = 'active' AND t.state = 'active' ORDER BY t.id",
        );
        let rows = rows.bind(user).fetch_all(self.database.pool()).await.map_err(failed)?;
        rows.iter().map(|row| Ok(TenantId::new(&text(row, "id")?)?)).collect()
    }

    /// Changes a member who is still what they were at `version`. Nobody gives what they do not have, or changes who has more;
    /// a tenant keeps an owner. Who may no longer come in is signed out.
    ///
    /// # Errors
    /// [`Refusal::Unknown`], [`Refusal::Stale`], [`Refusal::Beyond`], [`Refusal::LastOwner`], [`Refusal::Invalid`].
    pub async fn change_member(
        &self,
        tenant: &TenantId,
        by: &Authority,
        user: &str,
        version: i64,
        change: Change,
    ) -> Result<Member> {
        let known = self.role_permissions(tenant).await?;
        let before = self.member(tenant, user).await?.ok_or_else(|| Refusal::unknown("user", user))?;
        by.covers(&before.permissions, &before.sees)?;
        let mut after = before.clone();
        after.active = change.active.unwrap_or(before.active);
        after.roles = change.roles.map_or(Ok(before.roles.clone()), |roles| checked(roles, &known))?;
        after.granted = change.granted.unwrap_or(before.granted.clone());
        after.denied = change.denied.unwrap_or(before.denied.clone());
        after.sees = change.sees.unwrap_or(before.sees.clone());
        after.permissions = effective(&after.roles, &after.granted, &after.denied, &known);
        by.covers(&after.permissions, &after.sees)?;
        let mut whole = self.database.begin().await?;
        tenant::hold(&mut whole, tenant).await?;
        if after.active && !before.active {
            quota::room_for_member(&mut whole, tenant, user).await?;
        }
        let owns = |member: &Member| member.active && is_owner(&member.roles, &member.denied);
        if owns(&before) && !owns(&after) && !self.has_owner_besides(&mut whole, tenant, user).await? {
            return Err(Refusal::LastOwner.into());
        }
        let done = sqlx::query(
            "UPDATE members SET state = $1, roles = $2, granted = $3, denied = $4, sees = $5, version = version + 1
             WHERE tenant_id = $6 AND user_id = $7 AND version = $8",
        )
        .bind(if after.active { "active" } else { "deactivated" })
        .bind(serde_json::to_string(&after.roles)?)
        .bind(serde_json::to_string(&after.granted)?)
        .bind(serde_json::to_string(&after.denied)?)
        .bind(serde_json::to_string(&after.sees)?)
        .bind(tenant.as_str())
        .bind(user)
        .bind(version)
        .execute(&mut **whole)
        .await
        .map_err(failed)?;
        if done.rows_affected() == 0 {
            return Err(Refusal::Stale.into());
        }
        if before.active && !after.active {
            session::end_in(&mut whole, tenant, user, "access was taken away", self.now()).await?;
        }
        whole.commit().await.map_err(failed)?;
        after.version = version + 1;
        Ok(after)
    }

    async fn has_owner_besides(
        &self,
        whole: &mut Transaction<'static, Any>,
        tenant: &TenantId,
        user: &str,
    ) -> Result<bool> {
        let rows = sqlx::query(
            "SELECT m.roles, m.denied FROM members m JOIN users u ON u.id = m.user_id
             WHERE m.tenant_id = $1 AND m.user_id <> $2 AND m.state = 'active' AND u.state = 'active'",
        );
        for row in rows.bind(tenant.as_str()).bind(user).fetch_all(&mut **whole).await.map_err(failed)? {
            if is_owner(&json::<Vec<String>>(&row, "roles")?, &json(&row, "denied")?) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether a tenant has an owner who may come in.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_owner(&self, tenant: &TenantId) -> Result<bool> {
        let mut whole = self.database.begin().await?;
        self.has_owner_besides(&mut whole, tenant, "").await
    }
}

/// Gives a user a place in a tenant within something larger; one who had one before comes back with these roles.
pub(super) async fn join(
    whole: &mut Transaction<'static, Any>,
    tenant: &TenantId,
    user: &str,
    roles: &[String],
    sees: &Sees,
    now: i64,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO members (tenant_id, user_id, state, roles, granted, denied, sees, created_at, version)
         VALUES ($1, $2, 'active', $3, '[]', '[]', $4, $5, 1)
         ON CONFLICT (tenant_id, user_id) DO UPDATE SET
             state = 'active', roles = $3, granted = '[]', denied = '[]', sees = $4, version = members.version + 1",
    )
    .bind(tenant.as_str())
    .bind(user)
    .bind(serde_json::to_string(roles)?)
    .bind(serde_json::to_string(sees)?)
    .bind(now)
    .execute(&mut **whole)
    .await
    .map_err(failed)?;
    Ok(())
}

/// Roles that there are, each once.
pub(super) fn checked(roles: Vec<String>, known: &BTreeMap<String, Permissions>) -> Result<Vec<String>> {
    let each: BTreeSet<String> = roles.into_iter().collect();
    match each.iter().find(|name| !known.contains_key(*name)) {
        Some(name) => Err(Refusal::unknown("role", name).into()),
        None => Ok(each.into_iter().collect()),
    }
}

/// A member as they are now, within something larger.
pub(super) async fn member_within(whole: &mut Whole, tenant: &TenantId, user: &str) -> Result<Option<Member>> {
    let known = permissions_within(whole, tenant).await?;
    let query = sqlx::query(MEMBER).bind(tenant.as_str()).bind(user);
    let row = query.fetch_optional(&mut ***whole).await.map_err(failed)?;
    row.map(|row| member(&row, &known)).transpose()
}

fn member(row: &AnyRow, known: &BTreeMap<String, Permissions>) -> Result<Member> {
    let (roles, granted, denied): (Vec<String>, _, _) =
        (json(row, "roles")?, json(row, "granted")?, json(row, "denied")?);
    Ok(Member {
        id: text(row, "user_id")?,
        email: text(row, "email")?,
        name: text(row, "name")?,
        active: text(row, "state")? == "active",
        permissions: effective(&roles, &granted, &denied, known),
        roles,
        granted,
        denied,
        sees: json(row, "sees")?,
        created_at: number(row, "created_at")?,
        signed_in_at: maybe_number(row, "signed_in_at")?,
        version: number(row, "version")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn only(teams: &[&str], projects: &[&str]) -> Sees {
        let set = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect();
        Sees::Only { teams: set(teams), projects: set(projects) }
    }

    #[test]
    fn nobody_shows_others_more_than_they_see() {
        assert!(only(&["a"], &[]).is_within(&Sees::Everything) && Sees::Everything.is_within(&Sees::Everything));
        assert!(!Sees::Everything.is_within(&only(&["a"], &["p"])));
        assert!(only(&["a"], &[]).is_within(&only(&["a", "b"], &[])));
        assert!(!only(&["a"], &["p"]).is_within(&only(&["a", "b"], &[])));
    }

    #[test]
    fn what_is_seen_is_written_plainly() {
        assert_eq!(serde_json::to_string(&Sees::Everything).unwrap(), "\"everything\"");
        assert_eq!(
            serde_json::to_string(&only(&["a"], &[])).unwrap(),
            "{\"only\":{\"teams\":[\"a\"],\"projects\":[]}}"
        );
    }
}
