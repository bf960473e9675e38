//! Identity providers: who else may say who somebody is (OpenID Connect), and what those may do whom they name.

use super::database::{Run as _, failed, json, maybe_text, number, text, unless_taken};
use super::member::{Authority, Sees, checked};
use super::role::{checked_name, effective};
use super::{Control, Refusal, tenant};
use crate::Result;
use crate::auth::{Permission, Permissions};
use crate::secret::Secret;
use pulse_engine::TenantId;
use serde::{Deserialize, Serialize};
use sqlx::Any;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use std::collections::{BTreeMap, BTreeSet};
use utoipa::ToSchema;

/// A tenant's identity provider.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Provider {
    /// Its name, which is its key within the tenant.
    pub name: String,
    /// How it is asked, and what it decides.
    pub terms: Terms,
    /// Whether it knows us by a secret.
    pub has_secret: bool,
    /// When it was set up, in microseconds since 1970.
    pub created_at: i64,
    /// How often it was changed; its ETag.
    pub version: i64,
    /// The secret, sealed.
    #[serde(skip)]
    pub(crate) sealed: Option<Secret>,
}

/// How an identity provider is asked, and what it decides.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// Its address, exactly as its tokens name it, such as `https://example.okta.com`.
    pub issuer: String,
    /// What it knows us as.
    pub client_id: String,
    /// What it knows us by, if it gave a secret. It is kept sealed, and told to nobody but the provider. Left out, the present one
    /// stays, unless the issuer is another.
    #[serde(default, skip_serializing)]
    #[schema(value_type = Option<String>, write_only)]
    pub client_secret: Option<Secret>,
    /// What it is asked for besides `openid`.
    #[serde(default = "usual_scopes")]
    pub scopes: Vec<String>,
    /// The claim that holds somebody's groups.
    #[serde(default = "usual_claim")]
    pub groups_claim: String,
    /// The roles of everybody who comes in by it.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Further roles, by group. Where there are any, roles are set anew at each sign-in, and whoever is left with none stays out.
    #[serde(default)]
    pub group_roles: BTreeMap<String, Vec<String>>,
    /// Whose rows somebody sees who comes for the first time.
    #[serde(default = "everything")]
    pub sees: Sees,
    /// Whether an address counts though the provider does not call it verified.
    #[serde(default)]
    pub takes_unverified: bool,
    /// Whether people may come in by it.
    #[serde(default = "yes")]
    pub active: bool,
}

fn usual_scopes() -> Vec<String> {
    ["email", "profile"].map(str::to_owned).into()
}

fn usual_claim() -> String {
    "groups".to_owned()
}

fn everything() -> Sees {
    Sees::Everything
}

fn yes() -> bool {
    true
}

impl Terms {
    /// The roles of somebody in these groups.
    pub fn roles_of(&self, groups: &BTreeSet<String>) -> Vec<String> {
        let of_groups = groups.iter().filter_map(|group| self.group_roles.get(group)).flatten();
        let each: BTreeSet<&String> = self.roles.iter().chain(of_groups).collect();
        each.into_iter().cloned().collect()
    }

    /// The same, when it makes sense and gives nothing that `by` does not have.
    fn checked(mut self, by: &Authority, known: &BTreeMap<String, Permissions>) -> Result<Self> {
        let one_line = |text: &str, most: usize| {
            !text.is_empty() && text.len() <= most && !text.chars().any(|c| c.is_control() || c.is_whitespace())
        };
        if !one_line(&self.issuer, 500) {
            return Err(Refusal::invalid("issuer", "should be an address such as https://example.okta.com").into());
        }
        if !one_line(&self.client_id, 500) {
            return Err(Refusal::invalid("client_id", "should be what the provider knows Pulse as").into());
        }
        if self.scopes.len() > 20 || !self.scopes.iter().all(|scope| one_line(scope, 200)) {
            return Err(Refusal::invalid("scopes", "should be up to 20 words, such as `email`").into());
        }
        if !one_line(&self.groups_claim, 200) {
            return Err(Refusal::invalid("groups_claim", "should be the name of a claim, such as `groups`").into());
        }
        self.roles = checked(self.roles, known)?;
        for roles in self.group_roles.values_mut() {
            *roles = checked(std::mem::take(roles), known)?;
        }
        let all: Vec<String> = self.roles.iter().chain(self.group_roles.values().flatten()).cloned().collect();
        by.covers(&effective(&all, &Permissions::new(), &Permissions::new(), known), &self.sees)?;
        // It may name anybody, an owner included: whoever sets it up has to be one in full.
        by.covers(&Permission::ALL.into_iter().collect(), &Sees::Everything)?;
        Ok(self)
    }
}

impl Control {
    /// The identity providers of a tenant, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn providers(&self, tenant: &TenantId) -> Result<Vec<Provider>> {
        let query = sqlx::query("SELECT * FROM identity_providers WHERE tenant_id = $1 ORDER BY name");
        let rows = query.bind(tenant.as_str()).fetch_all(self.database.pool()).await.map_err(failed)?;
        rows.iter().map(provider).collect()
    }

    /// The provider of that name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn provider(&self, tenant: &TenantId, name: &str) -> Result<Option<Provider>> {
        Ok(self.providers(tenant).await?.into_iter().find(|provider| provider.name == name))
    }

    /// Sets a provider up. Nobody lets it give what they do not have.
    ///
    /// # Errors
    /// [`Refusal::Taken`], [`Refusal::Beyond`], [`Refusal::Unknown`] for a role, [`Refusal::Invalid`].
    pub async fn create_provider(
        &self,
        tenant: &TenantId,
        by: &Authority,
        name: &str,
        terms: Terms,
        sealed: Option<String>,
    ) -> Result<Provider> {
        let terms = terms.checked(by, &self.role_permissions(tenant).await?)?;
        let name = checked_name(name)?;
        let query = sqlx::query(
            "INSERT INTO identity_providers (issuer, client_id, client_secret, scopes, groups_claim, roles, group_roles, sees,
                 takes_unverified, active, tenant_id, name, created_at, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1)",
        );
        let query = bound(query, &terms, sealed)?.bind(tenant.as_str()).bind(&name).bind(self.now());
        let taken = Refusal::Taken { what: "identity provider", name: name.clone() };
        query.run(&self.database).await.map_err(|e| unless_taken(e, taken))?;
        self.provider(tenant, &name).await?.ok_or_else(|| Refusal::unknown("identity provider", &name).into())
    }

    /// Changes the provider of a name that is still what it was at a version. `sealed` is its new secret; without one the present stays.
    /// Whoever came in by one that no longer lets people in is signed out.
    ///
    /// # Errors
    /// As [`Control::create_provider`], [`Refusal::Unknown`], [`Refusal::Stale`].
    pub async fn change_provider(
        &self,
        tenant: &TenantId,
        by: &Authority,
        (name, version): (&str, i64),
        terms: Terms,
        sealed: Option<String>,
    ) -> Result<Provider> {
        let terms = terms.checked(by, &self.role_permissions(tenant).await?)?;
        let mut whole = self.database.begin().await?;
        tenant::hold(&mut whole, tenant).await?;
        let query = sqlx::query(
            "UPDATE identity_providers SET issuer = $1, client_id = $2, client_secret = COALESCE($3, client_secret),
                 scopes = $4, groups_claim = $5, roles = $6, group_roles = $7, sees = $8, takes_unverified = $9,
                 active = $10, version = version + 1
             WHERE tenant_id = $11 AND name = $12 AND version = $13",
        );
        let query = bound(query, &terms, sealed)?.bind(tenant.as_str()).bind(name).bind(version);
        let done = query.execute(&mut **whole).await.map_err(failed)?;
        if done.rows_affected() == 0 {
            return Err(Refusal::Stale.into());
        }
        if !terms.active {
            super::session::end_by(&mut whole, tenant, name, "its identity provider was switched off", self.now())
                .await?;
        }
        whole.commit().await.map_err(failed)?;
        self.provider(tenant, name).await?.ok_or_else(|| Refusal::unknown("identity provider", name).into())
    }

    /// Removes a provider, and signs out whoever came in by it. Who they are stays known, should it come back.
    ///
    /// # Errors
    /// [`Refusal::Unknown`].
    pub async fn remove_provider(&self, tenant: &TenantId, name: &str) -> Result<()> {
        let mut whole = self.database.begin().await?;
        tenant::hold(&mut whole, tenant).await?;
        let query = sqlx::query("DELETE FROM identity_providers WHERE tenant_id = $1 AND name = $2");
        let done = query.bind(tenant.as_str()).bind(name).execute(&mut **whole).await.map_err(failed)?;
        if done.rows_affected() == 0 {
            return Err(Refusal::unknown("identity provider", name).into());
        }
        super::session::end_by(&mut whole, tenant, name, "its identity provider was removed", self.now()).await?;
        whole.commit().await.map_err(failed)
    }

    /// Whether any tenant has a provider that lets people in.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_providers(&self) -> Result<bool> {
        let query = sqlx::query("SELECT COUNT(*) AS n FROM identity_providers WHERE active = 1");
        Ok(number(&query.fetch_one(self.database.pool()).await.map_err(failed)?, "n")? > 0)
    }
}

/// A statement whose first ten values are these.
pub(super) fn bound<'q>(
    query: Query<'q, Any, AnyArguments>,
    terms: &Terms,
    sealed: Option<String>,
) -> Result<Query<'q, Any, AnyArguments>> {
    Ok(query
        .bind(terms.issuer.clone())
        .bind(terms.client_id.clone())
        .bind(sealed)
        .bind(serde_json::to_string(&terms.scopes)?)
        .bind(terms.groups_claim.clone())
        .bind(serde_json::to_string(&terms.roles)?)
        .bind(serde_json::to_string(&terms.group_roles)?)
        .bind(serde_json::to_string(&terms.sees)?)
        .bind(i64::from(terms.takes_unverified))
        .bind(i64::from(terms.active)))
}

fn provider(row: &AnyRow) -> Result<Provider> {
    let sealed = maybe_text(row, "client_secret")?.map(Secret::kept);
    Ok(Provider {
        name: text(row, "name")?,
        terms: Terms {
            issuer: text(row, "issuer")?,
            client_id: text(row, "client_id")?,
            client_secret: None,
            scopes: json(row, "scopes")?,
            groups_claim: text(row, "groups_claim")?,
            roles: json(row, "roles")?,
            group_roles: json(row, "group_roles")?,
            sees: json(row, "sees")?,
            takes_unverified: number(row, "takes_unverified")? == 1,
            active: number(row, "active")? == 1,
        },
        has_secret: sealed.is_some(),
        created_at: number(row, "created_at")?,
        version: number(row, "version")?,
        sealed,
    })
}
