//! Access: signing in, going on, and being let through.

use super::gate::Gate;
use super::{Away, Claims, Credential, Principal, Signer, SingleSignOn};
use crate::audit::PLATFORM;
use crate::control::{Control, Provider, Refreshed, Refusal, Session, SignIn, TenantState, User, Visitor};
use crate::secret::Secret;
use crate::{Error, Result};
use pulse_engine::TenantId;
use std::sync::Arc;

/// Who comes in, and what with.
#[derive(Clone, Debug)]
pub struct Access {
    /// The control database.
    pub control: Control,
    /// What signs access tokens.
    pub signer: Signer,
    /// What asks identity providers.
    pub sso: SingleSignOn,
    gate: Arc<Gate>,
}

/// What somebody who signed in, or renewed a session, goes on with.
#[derive(Debug)]
pub struct Grant {
    /// The access token.
    pub token: String,
    /// For how many seconds it is good.
    pub seconds: i64,
    /// What to renew it with; `None` when the one that was sent is being replaced in another tab.
    pub refresh: Option<Secret>,
    /// The session.
    pub session: Session,
}

impl Access {
    /// Access by the control database, with tokens of this signer, and by the identity providers of tenants.
    pub fn new(control: Control, signer: Signer, sso: SingleSignOn) -> Self {
        let gate = Arc::new(Gate::new(control.clone(), signer.clone()));
        Self { control, signer, sso, gate }
    }

    /// Who sends this; `None` when it is not good now.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn principal(&self, credential: Credential<'_>) -> Result<Option<Arc<Principal>>> {
        self.gate.principal(credential).await
    }

    /// What an access token says, if it is good and its session goes on.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn introspect(&self, token: &str) -> Result<Option<(Claims, Arc<Principal>)>> {
        let Some(claims) = self.signer.check(token).await? else { return Ok(None) };
        Ok(self.principal(Credential::Access(token)).await?.map(|principal| (claims, principal)))
    }

    /// Lets what was changed hold at once.
    pub fn changed(&self) {
        self.gate.forget();
    }

    /// Signs somebody in by their password, into the tenant that they name, or the first that they belong to, or as a
    /// platform operator when they belong to none.
    ///
    /// # Errors
    /// [`Error::WrongPassword`] also for an unknown address or tenant; [`Error::TooManyTries`].
    pub async fn sign_in(&self, email: &str, password: &str, into: Option<&str>, visitor: &Visitor) -> Result<Grant> {
        match self.control.sign_in(email, password, visitor.place()).await? {
            SignIn::Welcome(user) => self.begin(&user, into, visitor).await,
            SignIn::Wrong => Err(Error::WrongPassword),
            SignIn::Later(seconds) => Err(Error::TooManyTries { seconds }),
        }
    }

    /// Begins a session for somebody who proved who they are. `into` is a tenant's id, or `platform`.
    ///
    /// # Errors
    /// [`Error::NoTenant`] when they may not come in there, or belong nowhere.
    pub async fn begin(&self, user: &User, into: Option<&str>, visitor: &Visitor) -> Result<Grant> {
        let tenants = self.control.tenants_of(&user.id).await?;
        let tenant: Option<TenantId> = match into {
            Some(PLATFORM) if user.operator => None,
            Some(name) => Some(tenants.into_iter().find(|id| id.as_str() == name).ok_or(Error::NoTenant)?),
            None => match tenants.into_iter().next() {
                None if user.operator => None,
                first => Some(first.ok_or(Error::NoTenant)?),
            },
        };
        let (session, refresh) = self.control.begin_session(&user.id, tenant.as_ref(), None, visitor).await?;
        self.grant(session, Some(refresh)).await
    }

    /// A tenant's provider, when both are open.
    ///
    /// # Errors
    /// [`Refusal::Unknown`].
    pub async fn provider(&self, tenant: &str, name: &str) -> Result<(TenantId, Provider)> {
        let unknown = || Refusal::unknown("identity provider", name);
        let tenant = TenantId::new(tenant).map_err(|_| unknown())?;
        let open = self.control.tenant(&tenant).await?.is_some_and(|tenant| tenant.state == TenantState::Active);
        let provider = self.control.provider(&tenant, name).await?.filter(|provider| open && provider.terms.active);
        Ok((tenant, provider.ok_or_else(unknown)?))
    }

    /// Takes in somebody who comes back from their identity provider with a code. `issuer` is whose code it is, where that is
    /// told (RFC 9207).
    ///
    /// # Errors
    /// [`Error::Provider`], [`Refusal::NotVouched`], [`Error::NoTenant`], [`Refusal::Unknown`] when the provider was switched
    /// off meanwhile.
    pub async fn come_back(&self, away: Away, code: String, issuer: &str, visitor: &Visitor) -> Result<Grant> {
        let (tenant, provider) = self.provider(&away.tenant, &away.provider).await?;
        if !issuer.is_empty() && issuer != provider.terms.issuer {
            let why = "the code comes from another provider".to_owned();
            return Err(Error::Provider { name: provider.name, why });
        }
        // Whoever makes codes up would have their provider asked for each.
        if let Some(seconds) = self.control.count_code(visitor.place()).await? {
            return Err(Error::TooManyTries { seconds });
        }
        let identity = self.sso.identify(&tenant, &provider, away, code).await?;
        self.control.uncount_code(visitor.place()).await?;
        let user = self.control.come_by(&tenant, &provider, &identity).await;
        // Whoever stays out may have lost what they had.
        self.changed();
        let user = user?;
        let name = Some(provider.name.as_str());
        let (session, refresh) = self.control.begin_session(&user.id, Some(&tenant), name, visitor).await?;
        self.grant(session, Some(refresh)).await
    }

    /// Renews a session.
    ///
    /// # Errors
    /// [`Error::SessionOver`] when it ended, or its refresh token is not good.
    pub async fn refresh(&self, token: &str) -> Result<Grant> {
        match self.control.refresh(token).await? {
            Refreshed::On(session, refresh) => {
                let tenants = self.control.tenants_of(&session.user_id).await?;
                let open = match session.tenant_id()? {
                    Some(tenant) => tenants.contains(&tenant),
                    None => self.control.user(&session.user_id).await?.is_some_and(|user| user.operator && user.active),
                };
                if open { self.grant(session, refresh).await } else { Err(Error::SessionOver) }
            }
            Refreshed::Over => Err(Error::SessionOver),
            Refreshed::Stolen(session) => {
                self.changed();
                tracing::warn!(
                    session = session.id,
                    user = session.user_id,
                    "a used refresh token came back: the session was ended"
                );
                Err(Error::SessionOver)
            }
        }
    }

    async fn grant(&self, session: Session, refresh: Option<Secret>) -> Result<Grant> {
        let (token, seconds) = self.signer.sign(&session.user_id, session.tenant.as_deref(), &session.id).await?;
        Ok(Grant { token, seconds, refresh, session })
    }
}
