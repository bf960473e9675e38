//! The gate: from what a request carries to who asks.

use super::{Permission, Signer};
use crate::control::{Authority, Control, Habits, REPLICA_BEHIND, Refusal, TenantState};
use crate::{Result, secret};
use parking_lot::Mutex;
use pulse_engine::TenantId;
use std::collections::HashMap;
use std::sync::Arc;

/// For how long an answer of the control database is taken as it was: that long at most does a session, a role or a token
/// that was taken away in another process still work. In this process it stops at once.
const TRUSTED: i64 = 5_000_000;
/// How many answers are kept.
const KEPT: usize = 10_000;

/// What a request is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential<'a> {
    /// An access token.
    Access(&'a str),
    /// An API token.
    Api(&'a str),
    /// The session that something names which we sealed ourselves, and which was found whole: this alone proves nothing.
    Session(&'a str),
}

/// What somebody is known by: it decides what they may do with their own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// A person who is signed in.
    Session {
        /// The session.
        id: String,
        /// The user.
        user: String,
        /// Whether an identity provider let them in, whose word is worth nothing outside of its tenant.
        stays: bool,
    },
    /// A program of a person, or of nobody.
    Token {
        /// The token.
        id: String,
        /// Whose it is.
        user: Option<String>,
    },
}

impl Who {
    /// The session, or the token.
    pub fn id(&self) -> &str {
        match self {
            Who::Session { id, .. } | Who::Token { id, .. } => id,
        }
    }

    /// The user, when there is one.
    pub fn user(&self) -> Option<&str> {
        match self {
            Who::Session { user, .. } => Some(user),
            Who::Token { user, .. } => user.as_deref(),
        }
    }
}

/// Who asks. A platform operator is another kind than a tenant's member: the one has no tenant, the other nothing else.
#[derive(Clone, Debug, PartialEq)]
pub enum Principal {
    /// A member of a tenant.
    Member {
        /// The tenant.
        tenant: TenantId,
        /// What they are known by.
        who: Who,
        /// What they may do there, and whose rows they see.
        authority: Authority,
        /// What the tenant decided about its figures.
        habits: Arc<Habits>,
    },
    /// A platform operator.
    Operator {
        /// What they are known by.
        who: Who,
    },
}

impl Principal {
    /// What they are known by.
    pub fn who(&self) -> &Who {
        match self {
            Principal::Member { who, .. } | Principal::Operator { who } => who,
        }
    }
}

/// When it was looked up, and who it was.
type LookedUp = (i64, Option<Arc<Principal>>);

/// Looks principals up, and remembers them for a moment.
#[derive(Debug)]
pub(super) struct Gate {
    control: Control,
    /// The same, where an answer may be a moment old.
    nearby: Control,
    signer: Signer,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Known {
    /// How often it was told to forget: what was looked up before that is not kept after it.
    forgot: u64,
    principals: HashMap<String, LookedUp>,
}

impl Gate {
    pub(super) fn new(control: Control, signer: Signer) -> Self {
        Self { nearby: control.nearby(), control, signer, known: Mutex::default() }
    }

    /// Who sends this; `None` when it is not good now.
    pub(super) async fn principal(&self, credential: Credential<'_>) -> Result<Option<Arc<Principal>>> {
        match credential {
            Credential::Access(token) => {
                let Some(claims) = self.signer.check(token).await? else { return Ok(None) };
                // The token says which tenant it is for: one that a session does not have is not made here.
                let principal = self.remembered(claims.sid.clone(), self.looked_up(What::Session(&claims.sid))).await?;
                Ok(principal.filter(|principal| match &**principal {
                    Principal::Member { tenant, .. } => claims.tenant.as_deref() == Some(tenant.as_str()),
                    Principal::Operator { .. } => claims.tenant.is_none(),
                }))
            }
            Credential::Api(secret) => self.remembered(secret::sum(secret), self.looked_up(What::Token(secret))).await,
            Credential::Session(id) => self.remembered(id.to_owned(), self.looked_up(What::Session(id))).await,
        }
    }

    /// Forgets what it knew: something was changed that principals hang on.
    pub(super) fn forget(&self) {
        let mut known = self.known.lock();
        known.forgot += 1;
        known.principals.clear();
    }

    async fn remembered(
        &self,
        key: String,
        looked_up: impl Future<Output = Result<Option<Principal>>>,
    ) -> Result<Option<Arc<Principal>>> {
        let now = self.control.now();
        let forgot = {
            let known = self.known.lock();
            match known.principals.get(&key) {
                Some((at, principal)) if (0..TRUSTED).contains(&(now - at)) => return Ok(principal.clone()),
                _ => known.forgot,
            }
        };
        let found = looked_up.await?.map(Arc::new);
        // What a replica says may be old already.
        let at = if self.control.has_replica() {
            now - i64::try_from(REPLICA_BEHIND.as_micros()).unwrap_or(TRUSTED)
        } else {
            now
        };
        let mut known = self.known.lock();
        if known.principals.len() >= KEPT {
            known.principals.retain(|_, (at, _)| now - *at < TRUSTED);
        }
        if known.principals.len() < KEPT && known.forgot == forgot {
            known.principals.insert(key, (at, found.clone()));
        }
        Ok(found)
    }

    /// Asks the replica where there is one. What it does not have may be new, so the primary is asked, too; likewise when the
    /// replica does not answer.
    async fn looked_up(&self, what: What<'_>) -> Result<Option<Principal>> {
        if self.control.has_replica() {
            match LookUp(&self.nearby).of(what).await {
                Ok(Some(principal)) => return Ok(Some(principal)),
                Ok(None) => {}
                Err(_) => self.control.doubt_replica(),
            }
        }
        LookUp(&self.control).of(what).await
    }
}

/// What a principal is known by, once that is found good.
#[derive(Clone, Copy)]
enum What<'a> {
    Session(&'a str),
    Token(&'a str),
}

/// How a principal is looked up: in the control database, or in its replica.
struct LookUp<'a>(&'a Control);

impl LookUp<'_> {
    async fn of(&self, what: What<'_>) -> Result<Option<Principal>> {
        match what {
            What::Session(id) => self.of_session(id).await,
            What::Token(secret) => self.of_token(secret).await,
        }
    }

    async fn of_session(&self, id: &str) -> Result<Option<Principal>> {
        let now = self.0.now();
        let Some(session) = self.0.session(id).await? else { return Ok(None) };
        if session.ended_at.is_some() || session.expires_at <= now {
            return Ok(None);
        }
        let Some(user) = self.0.user(&session.user_id).await?.filter(|user| user.active) else { return Ok(None) };
        let who = Who::Session { id: session.id.clone(), user: user.id.clone(), stays: session.provider.is_some() };
        match session.tenant_id()? {
            None => Ok(user.operator.then_some(Principal::Operator { who })),
            Some(tenant) => {
                let Some(habits) = self.open(&tenant).await? else { return Ok(None) };
                let authority = self.authority(&tenant, &user.id).await?;
                Ok(authority.map(|authority| Principal::Member { tenant, who, authority, habits }))
            }
        }
    }

    async fn of_token(&self, secret: &str) -> Result<Option<Principal>> {
        let Some((tenant, token)) = self.0.token_by_secret(secret).await? else { return Ok(None) };
        let Some(habits) = self.open(&tenant).await? else { return Ok(None) };
        let mut authority = Authority { permissions: token.permissions, sees: token.sees };
        if let Some(user) = &token.user_id {
            // A person's token may never do more than the person.
            if !self.0.user(user).await?.is_some_and(|user| user.active) {
                return Ok(None);
            }
            let Some(own) = self.authority(&tenant, user).await? else { return Ok(None) };
            authority = authority.and(&own);
        }
        let who = Who::Token { id: token.id, user: token.user_id };
        Ok(Some(Principal::Member { tenant, who, authority, habits }))
    }

    /// What a tenant decided about its figures; `None` when nobody may come in there.
    async fn open(&self, tenant: &TenantId) -> Result<Option<Arc<Habits>>> {
        let open = self.0.tenant(tenant).await?.filter(|tenant| tenant.state == TenantState::Active);
        let Some(habits) = open.map(|tenant| tenant.habits()).transpose()? else { return Ok(None) };
        Ok(Some(Arc::new(habits.with_own(self.0.own_definitions(tenant).await?))))
    }

    async fn authority(&self, tenant: &TenantId, user: &str) -> Result<Option<Authority>> {
        let member = self.0.member(tenant, user).await?.filter(|member| member.active);
        Ok(member.map(|member| Authority { permissions: member.permissions, sees: member.sees }))
    }
}

impl Authority {
    /// Whether it lets a thing be done.
    ///
    /// # Errors
    /// [`Refusal::Beyond`].
    pub fn needs(&self, permission: Permission) -> Result<()> {
        if self.permissions.contains(&permission) { Ok(()) } else { Err(Refusal::Beyond(permission).into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::Vault;
    use pulse_engine::Clock;

    #[tokio::test]
    async fn what_was_looked_up_before_a_change_is_not_kept_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("sqlite:{}", folder.path().join("control.db").display());
        let control = Control::open(&address, Clock::Fixed(1)).await.unwrap();
        let vault = Vault::open(&folder.path().join("key")).unwrap();
        let signer = Signer::open(control.clone(), vault, "http://pulse.test").await.unwrap();
        let gate = Gate::new(control, signer);
        let operator = || Principal::Operator { who: Who::Token { id: "t".to_owned(), user: None } };
        let changed_meanwhile = async {
            gate.forget();
            Ok(Some(operator()))
        };
        assert!(gate.remembered("key".to_owned(), changed_meanwhile).await.unwrap().is_some());
        let gone = async { Ok(None) };
        assert_eq!(gate.remembered("key".to_owned(), gone).await.unwrap(), None, "it is looked up again");
        let back = async { Ok(Some(operator())) };
        assert_eq!(gate.remembered("key".to_owned(), back).await.unwrap(), None, "and that is kept");
    }
}
