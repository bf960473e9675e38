//! What somebody may do now, by the key that something of theirs was noted with.

use super::{Authority, Control, TenantState};
use crate::Result;
use crate::audit::PLATFORM;
use pulse_engine::TenantId;

/// As what somebody may be somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admitted {
    /// They may not be there.
    Nowhere,
    /// As an operator of the platform.
    Operator,
    /// As a member of the tenant, who may do this.
    Member(Authority),
}

impl Control {
    /// What the holder of a user's or token's key may do in a tenant now; `None` when that is nothing, because they are no active
    /// member, or the token is not good any more. A person's token may never do more than the person.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn authority_of(&self, tenant: &TenantId, key: &str) -> Result<Option<Authority>> {
        let Some(token) = self.good_token(tenant, key).await? else { return self.authority_of_user(tenant, key).await };
        let own = Authority { permissions: token.permissions, sees: token.sees };
        match &token.user_id {
            Some(user) => Ok(self.authority_of_user(tenant, user).await?.map(|person| own.and(&person))),
            None => Ok(Some(own)),
        }
    }

    /// Whether whoever came into a tenant, or as an operator to the platform, by a session or token of that key may be there now, or the
    /// user of that key.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn admitted(&self, tenant: &TenantId, key: &str) -> Result<Admitted> {
        let session = self.session(key).await?;
        if session.as_ref().is_some_and(|session| session.ended_at.is_some() || session.expires_at <= self.now()) {
            return Ok(Admitted::Nowhere);
        }
        if let Some(session) = &session
            && session.tenant_id()?.is_none()
        {
            let operates = self.user(&session.user_id).await?.is_some_and(|user| user.active && user.operator);
            let is_there = operates && tenant.as_str() == PLATFORM;
            return Ok(if is_there { Admitted::Operator } else { Admitted::Nowhere });
        }
        if !self.tenant(tenant).await?.is_some_and(|tenant| tenant.state == TenantState::Active) {
            return Ok(Admitted::Nowhere);
        }
        let authority = match session {
            Some(session) if session.tenant_id()?.as_ref() != Some(tenant) => None,
            Some(session) => self.authority_of_user(tenant, &session.user_id).await?,
            None => self.authority_of(tenant, key).await?,
        };
        Ok(authority.map_or(Admitted::Nowhere, Admitted::Member))
    }

    /// What the queries of a user's or token's holder are told apart by: the user's key, or that of a token which is no person's.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keeper_of(&self, tenant: &TenantId, key: &str) -> Result<String> {
        let user = self.good_token(tenant, key).await?.and_then(|token| token.user_id);
        Ok(user.unwrap_or_else(|| key.to_owned()))
    }

    async fn authority_of_user(&self, tenant: &TenantId, user: &str) -> Result<Option<Authority>> {
        if !self.user(user).await?.is_some_and(|user| user.active) {
            return Ok(None);
        }
        let member = self.member(tenant, user).await?.filter(|member| member.active);
        Ok(member.map(|member| Authority { permissions: member.permissions, sees: member.sees }))
    }
}
