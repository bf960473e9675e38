//! Links that work once: invitations, and those that let a new password be set.

use super::database::{Run as _, failed, json, maybe_text, number, text};
use super::member::{Authority, Sees, checked, join};
use super::role::effective;
use super::user::{self, SignIn, User, email_key};
use super::{Control, Refusal, quota, tenant};
use crate::auth::{OWNER, Permissions, password};
use crate::secret::{self, Secret};
use crate::{Error, Result};
use pulse_engine::TenantId;
use sqlx::any::AnyRow;

const HOUR: i64 = 3600 * 1_000_000;
/// How long an invitation is good, and a link that sets a password or sets Pulse up.
const INVITATION: i64 = 7 * 24 * HOUR;
const SHORT: i64 = HOUR;

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkKind {
    /// It gives a place in a tenant to whoever it was sent to.
    Invitation,
    /// It sets a new password for a user.
    Reset,
}

/// A link that is good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// What it is for.
    pub kind: LinkKind,
    /// Whose it is; `None`: whoever opens it.
    pub email: Option<String>,
    /// Where an invitation leads.
    pub tenant: Option<TenantId>,
    user: Option<String>,
    roles: Vec<String>,
    sees: Sees,
    operator: bool,
}

impl Control {
    /// Invites somebody. It says nothing of whether Pulse knew them. Nobody gives what they do not have.
    ///
    /// # Errors
    /// [`Refusal::Beyond`], [`Refusal::Unknown`] for a role, [`Refusal::Invalid`].
    pub async fn invite(
        &self,
        tenant: &TenantId,
        by: &Authority,
        email: &str,
        roles: Vec<String>,
        sees: Sees,
    ) -> Result<Secret> {
        let known = self.role_permissions(tenant).await?;
        let roles = checked(roles, &known)?;
        if roles.is_empty() {
            return Err(Refusal::invalid("roles", "should name at least one").into());
        }
        by.covers(&effective(&roles, &Permissions::new(), &Permissions::new(), &known), &sees)?;
        let link = Link {
            kind: LinkKind::Invitation,
            email: Some(email_key(email)?),
            tenant: Some(tenant.clone()),
            user: None,
            roles,
            sees,
            operator: false,
        };
        self.keep_link(link, INVITATION).await
    }

    /// A link that makes whoever opens it an owner of a tenant that has none and, with `operator`, a platform operator: how
    /// Pulse is set up by whoever runs its process.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn setup_link(&self, tenant: &TenantId, operator: bool) -> Result<Secret> {
        let link = Link {
            kind: LinkKind::Invitation,
            email: None,
            tenant: Some(tenant.clone()),
            user: None,
            roles: vec![OWNER.to_owned()],
            sees: Sees::Everything,
            operator,
        };
        self.keep_link(link, SHORT).await
    }

    /// A link that sets a new password for a user. It is for the user's own mail, or for whoever runs the process: a tenant's
    /// admin who had it would come into all tenants of that user.
    ///
    /// # Errors
    /// [`Refusal::Unknown`].
    pub async fn reset_link(&self, email: &str) -> Result<Secret> {
        let user = self.user_by_email(&email_key(email)?).await?.ok_or_else(|| Refusal::unknown("user", email))?;
        let link = Link {
            kind: LinkKind::Reset,
            email: Some(user.email),
            tenant: None,
            user: Some(user.id),
            roles: Vec::new(),
            sees: Sees::Everything,
            operator: false,
        };
        self.keep_link(link, SHORT).await
    }

    async fn keep_link(&self, link: Link, life: i64) -> Result<Secret> {
        let (secret, now) = (Secret::new("")?, self.now());
        sqlx::query(
            "INSERT INTO links (sum, kind, tenant_id, user_id, email, roles, sees, operator, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(secret.sum())
        .bind(match link.kind {
            LinkKind::Invitation => "invitation",
            LinkKind::Reset => "reset",
        })
        .bind(link.tenant.map(|tenant| tenant.to_string()))
        .bind(link.user)
        .bind(link.email)
        .bind(serde_json::to_string(&link.roles)?)
        .bind(serde_json::to_string(&link.sees)?)
        .bind(i64::from(link.operator))
        .bind(now)
        .bind(now + life)
        .run(&self.database)
        .await
        .map_err(failed)?;
        Ok(secret)
    }

    /// What a link is for, while it is good.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn link(&self, secret: &str) -> Result<Option<Link>> {
        let query = sqlx::query("SELECT * FROM links WHERE sum = $1 AND used_at IS NULL AND expires_at > $2");
        let query = query.bind(secret::sum(secret)).bind(self.now());
        query.fetch_optional(self.database.pool()).await.map_err(failed)?.as_ref().map(link).transpose()
    }

    /// Accepts an invitation. Somebody whom Pulse knows gives their password; somebody new gives a name and chooses one.
    ///
    /// # Errors
    /// [`Refusal::BadLink`]; [`Error::WrongPassword`], [`Error::TooManyTries`] for a known address; [`Refusal::Invalid`] for
    /// a weak password.
    pub async fn accept(&self, secret: &str, email: &str, name: &str, password: &str, address: &str) -> Result<User> {
        let link = self.link(secret).await?.filter(|link| link.kind == LinkKind::Invitation).ok_or(Refusal::BadLink)?;
        let tenant = link.tenant.clone().ok_or(Refusal::BadLink)?;
        let key = email_key(link.email.as_deref().unwrap_or(email))?;
        let known = match self.user_by_email(&key).await? {
            Some(_) => match self.sign_in(&key, password, address).await? {
                SignIn::Welcome(user) => Some(user),
                SignIn::Wrong => return Err(Error::WrongPassword),
                SignIn::Later(seconds) => return Err(Error::TooManyTries { seconds }),
            },
            None => None,
        };
        let hash = match known {
            Some(_) => None,
            None => Some(password::hash(password, &[&key, name]).await?),
        };
        let now = self.now();
        let mut whole = self.database.begin().await?;
        tenant::hold(&mut whole, &tenant).await?;
        quota::room_for_member(&mut whole, &tenant, known.as_ref().map_or("", |user| &user.id)).await?;
        self.use_up(&mut whole, secret).await?;
        let id = match (known, hash) {
            (Some(user), _) => {
                if link.operator {
                    let query = sqlx::query("UPDATE users SET operator = 1, version = version + 1 WHERE id = $1");
                    query.bind(&user.id).execute(&mut **whole).await.map_err(failed)?;
                }
                user.id
            }
            (None, hash) => {
                let email = link.email.as_deref().unwrap_or(email);
                user::create(&mut whole, (email, &key), name, hash.as_deref(), link.operator, now).await?
            }
        };
        join(&mut whole, &tenant, &id, &link.roles, &link.sees, now).await?;
        whole.commit().await.map_err(failed)?;
        self.user(&id).await?.ok_or_else(|| Refusal::unknown("user", &id).into())
    }

    /// Sets a new password by a link, and ends every session of its owner, whose address is returned.
    ///
    /// # Errors
    /// [`Refusal::BadLink`], [`Refusal::Invalid`] for a weak password.
    pub async fn reset_password(&self, secret: &str, password: &str) -> Result<String> {
        let link = self.link(secret).await?.filter(|link| link.kind == LinkKind::Reset).ok_or(Refusal::BadLink)?;
        let user = link.user.ok_or(Refusal::BadLink)?;
        let email = link.email.unwrap_or_default();
        let hash = password::hash(password, &[&email]).await?;
        let mut whole = self.database.begin().await?;
        self.use_up(&mut whole, secret).await?;
        user::set_password(&mut whole, &user, &hash).await?;
        self.end_sessions(&mut whole, &user, None, "the password was set anew").await?;
        // Another link that was asked for meanwhile would undo it.
        let query =
            sqlx::query("UPDATE links SET used_at = $1 WHERE user_id = $2 AND kind = 'reset' AND used_at IS NULL");
        query.bind(self.now()).bind(&user).execute(&mut **whole).await.map_err(failed)?;
        whole.commit().await.map_err(failed)?;
        Ok(email)
    }

    async fn use_up(&self, whole: &mut sqlx::Transaction<'static, sqlx::Any>, secret: &str) -> Result<()> {
        let query = sqlx::query("UPDATE links SET used_at = $1 WHERE sum = $2 AND used_at IS NULL AND expires_at > $1");
        let done = query.bind(self.now()).bind(secret::sum(secret)).execute(&mut **whole).await.map_err(failed)?;
        if done.rows_affected() == 1 { Ok(()) } else { Err(Refusal::BadLink.into()) }
    }

    /// Whether there is a platform operator.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn has_operator(&self) -> Result<bool> {
        let query = sqlx::query("SELECT COUNT(*) AS n FROM users WHERE operator = 1 AND state = 'active'");
        Ok(number(&query.fetch_one(self.database.pool()).await.map_err(failed)?, "n")? > 0)
    }
}

fn link(row: &AnyRow) -> Result<Link> {
    Ok(Link {
        kind: if text(row, "kind")? == "reset" { LinkKind::Reset } else { LinkKind::Invitation },
        email: maybe_text(row, "email")?,
        tenant: maybe_text(row, "tenant_id")?.map(|id| TenantId::new(&id)).transpose()?,
        user: maybe_text(row, "user_id")?,
        roles: json(row, "roles")?,
        sees: json(row, "sees")?,
        operator: number(row, "operator")? == 1,
    })
}
