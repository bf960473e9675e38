//! People whom an identity provider named.

use super::database::{failed, text};
use super::member::{Authority, join};
use super::user::{self, User, email_key};
use super::{Control, MemberChange, Provider, Refusal, Sees, quota, tenant};
use crate::auth::{Permission, Permissions};
use crate::{Error, Result};
use pulse_engine::TenantId;
use sqlx::{Any, Transaction};
use std::collections::BTreeSet;

/// What an identity provider says of somebody who signed in there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// Who says it.
    pub issuer: String,
    /// What it knows them as, whatever else changes.
    pub subject: String,
    /// Their address, if it tells one.
    pub email: Option<String>,
    /// Whether it calls the address verified.
    pub verified: bool,
    /// What people call them.
    pub name: String,
    /// The groups that they are in.
    pub groups: BTreeSet<String>,
}

impl Control {
    /// The user whom a provider of a tenant named. Somebody new gets an account and a place in the tenant; a member's roles
    /// follow their groups, where the provider maps any.
    ///
    /// A provider is its tenant's to choose, so what it says is worth nothing beyond the tenant: an account that is made by
    /// its word has its address in this tenant alone, and is no other tenant's account of the same address.
    ///
    /// # Errors
    /// [`Refusal::NotVouched`], or [`Error::NoTenant`] when no role is left to them, or their place was taken away.
    pub async fn come_by(&self, tenant: &TenantId, provider: &Provider, identity: &Identity) -> Result<User> {
        let roles = provider.terms.roles_of(&identity.groups);
        let user = match self.named(tenant, identity).await? {
            Some(user) => user,
            None => self.first_time(tenant, provider, identity, &roles).await?,
        };
        let member = self.member(tenant, &user).await?.filter(|member| member.active).ok_or(Error::NoTenant)?;
        if provider.terms.group_roles.is_empty() {
            return self.user(&user).await?.filter(|user| user.active).ok_or(Error::NoTenant);
        }
        if member.roles != roles {
            // The tenant's owner decided what the provider may give; it is not for whoever comes in to have it already.
            let whole = Authority { permissions: Permission::ALL.into_iter().collect(), sees: Sees::Everything };
            // With the last role goes what was granted besides: tokens would go on with it.
            let granted = roles.is_empty().then(Permissions::new);
            let change = MemberChange { roles: Some(roles.clone()), granted, ..MemberChange::default() };
            match self.change_member(tenant, &whole, &user, member.version, change).await {
                // A tenant keeps an owner, whatever a directory says; and two sign-ins at once say the same.
                Ok(_) | Err(Error::Refused(Refusal::LastOwner | Refusal::Stale)) => {}
                Err(error) => return Err(error),
            }
        }
        if roles.is_empty() {
            self.end_sessions_in(tenant, &user, "no group of theirs has a role any more").await?;
            return Err(Error::NoTenant);
        }
        self.user(&user).await?.filter(|user| user.active).ok_or(Error::NoTenant)
    }

    /// The user whom this identity named before.
    async fn named(&self, tenant: &TenantId, identity: &Identity) -> Result<Option<String>> {
        let query = sqlx::query("SELECT user_id FROM identities WHERE tenant_id = $1 AND issuer = $2 AND subject = $3");
        let query = query.bind(tenant.as_str()).bind(&identity.issuer).bind(&identity.subject);
        let row = query.fetch_optional(self.database.pool()).await.map_err(failed)?;
        row.map(|row| text(&row, "user_id")).transpose()
    }

    /// Finds or makes the user of an identity that is new here, and remembers whom it names.
    async fn first_time(
        &self,
        tenant: &TenantId,
        provider: &Provider,
        identity: &Identity,
        roles: &[String],
    ) -> Result<String> {
        let refused = |why: &str| Error::Refused(Refusal::NotVouched(why.to_owned()));
        let email = identity
            .email
            .as_deref()
            .ok_or_else(|| refused("the provider tells no address: it should be asked for the scope `email`"))?;
        let key = email_key(email).map_err(|_| refused("what the provider tells is no address"))?;
        if !identity.verified && !provider.terms.takes_unverified {
            return Err(refused("the provider does not call your address verified"));
        }
        let now = self.now();
        let mut whole = self.database.begin().await?;
        tenant::hold_open(&mut whole, tenant).await?;
        let known = member_of(&mut whole, tenant, &key).await?;
        if known.is_some() && !identity.verified {
            return Err(refused("your address is a member's, and the provider does not call it verified"));
        }
        let user = match known {
            Some(user) => user,
            None if roles.is_empty() => return Err(Error::NoTenant),
            None => {
                quota::room_for_member(&mut whole, tenant, "").await?;
                let own = scoped(tenant, &key);
                let id = user::create(&mut whole, (email, &own), &identity.name, None, false, now).await?;
                join(&mut whole, tenant, &id, roles, &provider.terms.sees, now).await?;
                id
            }
        };
        let query = sqlx::query(
            "INSERT INTO identities (tenant_id, issuer, subject, user_id, created_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (tenant_id, issuer, subject) DO NOTHING",
        );
        let query = query.bind(tenant.as_str()).bind(&identity.issuer).bind(&identity.subject).bind(&user).bind(now);
        query.execute(&mut **whole).await.map_err(failed)?;
        whole.commit().await.map_err(failed)?;
        Ok(user)
    }
}

/// The key of an address that counts in one tenant alone: no address of its own, which has no blank.
fn scoped(tenant: &TenantId, key: &str) -> String {
    format!("{tenant} {key}")
}

/// The member of a tenant who has an address, be it everywhere or in this tenant alone.
async fn member_of(whole: &mut Transaction<'static, Any>, tenant: &TenantId, key: &str) -> Result<Option<String>> {
    let query = sqlx::query(
        "SELECT u.id FROM users u JOIN members m ON m.user_id = u.id AND m.tenant_id = $1
         WHERE u.email_key = $2 OR u.email_key = $3 ORDER BY CASE WHEN u.email_key = $2 THEN 0 ELSE 1 END LIMIT 1",
    );
    let query = query.bind(tenant.as_str()).bind(key.to_owned()).bind(scoped(tenant, key));
    query.fetch_optional(&mut **whole).await.map_err(failed)?.map(|row| text(&row, "id")).transpose()
}
