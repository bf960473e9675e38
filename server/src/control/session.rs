//! Sessions: people who are signed in, each with what it is renewed with.

use super::database::{Whole, failed, maybe_number, maybe_text, number, text};
use super::event::News;
use super::page::{Cursor, Page};
use super::{Control, Refusal, tenant};
use crate::secret::{self, Secret};
use crate::{Error, Result};
use pulse_engine::TenantId;
use serde::Serialize;
use sqlx::Any;
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::query::Query;
use utoipa::ToSchema;

const SECOND: i64 = 1_000_000;
const DAY: i64 = 24 * 3600 * SECOND;
/// A session ends when it was not renewed for so long, and in any case after the longest.
const IDLE: i64 = 14 * DAY;
const LONGEST: i64 = 90 * DAY;
/// Two tabs of one browser may renew with one token at once: so long after its first use it is no theft.
const OVERLAP: i64 = 30 * SECOND;
/// For how long a used token is known, so that one that comes back ends the session.
const KNOWN: i64 = 7 * DAY;

/// Where somebody signs in from, as they say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Visitor {
    /// The network address: of the other end of the connection, or as the proxy before us says.
    pub address: String,
    /// Whether that may be everybody's: on this machine a proxy may sit that nobody told us of.
    pub is_shared: bool,
    /// The program, as `User-Agent` has it.
    pub agent: String,
}

impl Visitor {
    /// The address by which tries are counted; empty where it may be everybody's.
    pub fn place(&self) -> &str {
        if self.is_shared { "" } else { &self.address }
    }
}

/// Somebody who is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Session {
    /// Its key.
    pub id: String,
    /// Whose it is.
    pub user_id: String,
    /// The tenant that they came into; `null` for one who came as a platform operator.
    pub tenant: Option<String>,
    /// When they signed in, in microseconds since 1970.
    pub created_at: i64,
    /// When it was last renewed.
    pub seen_at: i64,
    /// When it ends by itself.
    pub expires_at: i64,
    /// When it ended.
    pub ended_at: Option<i64>,
    /// Why it ended.
    pub ended_why: Option<String>,
    /// Where they signed in from.
    pub address: String,
    /// The program that they signed in with.
    pub agent: String,
    /// The identity provider that they came in by; `null`: by password. Such a session stays in its tenant.
    pub provider: Option<String>,
}

/// What came of renewing a session.
#[derive(Debug)]
pub enum Refreshed {
    /// It goes on, with a new token. There is none when the token was used a moment ago, by the same person in another tab.
    On(Session, Option<Secret>),
    /// It does not: it ended, or the token is none of ours.
    Over,
    /// The token was used long ago, so somebody has a copy of it: the session was ended.
    Stolen(Session),
}

impl Control {
    /// Begins a session, and what it is first renewed with. Whether the user may come into the tenant is asked before.
    ///
    /// # Errors
    /// [`Error::NoTenant`] when the tenant or the provider was closed meanwhile; when the database fails.
    pub async fn begin_session(
        &self,
        user: &str,
        tenant: Option<&TenantId>,
        provider: Option<&str>,
        visitor: &Visitor,
    ) -> Result<(Session, Secret)> {
        let now = self.now();
        let short = |text: &str| text.chars().filter(|c| !c.is_control()).take(300).collect::<String>();
        let session = Session {
            id: secret::id("session")?,
            user_id: user.to_owned(),
            tenant: tenant.map(ToString::to_string),
            created_at: now,
            seen_at: now,
            expires_at: now + IDLE,
            ended_at: None,
            ended_why: None,
            address: short(&visitor.address),
            agent: short(&visitor.agent),
            provider: provider.map(str::to_owned),
        };
        let refresh = Secret::new("refresh_")?;
        let mut whole = self.database.begin().await?;
        if let Some(tenant) = tenant {
            // Somebody may have been on their way in while the tenant was closed, or their provider switched off.
            tenant::hold_open(&mut whole, tenant).await?;
            if let Some(provider) = provider {
                let query = sqlx::query(
                    "SELECT 1 AS n FROM identity_providers WHERE tenant_id = $1 AND name = $2 AND active = 1",
                );
                let query = query.bind(tenant.as_str()).bind(provider);
                query.fetch_optional(&mut **whole).await.map_err(failed)?.ok_or(Error::NoTenant)?;
            }
        }
        sqlx::query(
            "INSERT INTO sessions (id, user_id, tenant_id, created_at, seen_at, expires_at, address, agent, provider)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        )
        .bind(&session.id)
        .bind(&session.user_id)
        .bind(session.tenant.clone())
        .bind(now)
        .bind(now)
        .bind(session.expires_at)
        .bind(&session.address)
        .bind(&session.agent)
        .bind(session.provider.clone())
        .execute(&mut **whole)
        .await
        .map_err(failed)?;
        add_token(&mut whole, &refresh, &session.id, now).await?;
        let seen = sqlx::query("UPDATE users SET signed_in_at = $1 WHERE id = $2").bind(now).bind(user);
        seen.execute(&mut **whole).await.map_err(failed)?;
        whole.commit().await.map_err(failed)?;
        Ok((session, refresh))
    }

    /// Renews a session: its token is used up, and another takes its place.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn refresh(&self, token: &str) -> Result<Refreshed> {
        let (now, sum) = (self.now(), secret::sum(token));
        let mut whole = self.database.begin().await?;
        // Using it up decides who is first.
        let query = sqlx::query("UPDATE refresh_tokens SET used_at = $1 WHERE sum = $2 AND used_at IS NULL");
        let first = query.bind(now).bind(&sum).execute(&mut **whole).await.map_err(failed)?.rows_affected() == 1;
        let query = sqlx::query(
            "SELECT s.*, r.used_at FROM refresh_tokens r JOIN sessions s ON s.id = r.session_id WHERE r.sum = $1",
        );
        let Some(row) = query.bind(&sum).fetch_optional(&mut **whole).await.map_err(failed)? else {
            return Ok(Refreshed::Over);
        };
        let mut session = session(&row)?;
        if session.ended_at.is_some() || session.expires_at <= now {
            return Ok(Refreshed::Over);
        }
        let again = maybe_number(&row, "used_at")?.is_none_or(|used| now - used > OVERLAP);
        if !first && again {
            end(&mut whole, &session.id, "a used refresh token came back", now).await?;
            whole.commit().await.map_err(failed)?;
            return Ok(Refreshed::Stolen(session));
        }
        if !first {
            return Ok(Refreshed::On(session, None));
        }
        session.seen_at = now;
        session.expires_at = (now + IDLE).min(session.created_at + LONGEST);
        let query = sqlx::query("UPDATE sessions SET seen_at = $1, expires_at = $2 WHERE id = $3");
        let query = query.bind(now).bind(session.expires_at).bind(&session.id);
        query.execute(&mut **whole).await.map_err(failed)?;
        let old = sqlx::query("DELETE FROM refresh_tokens WHERE session_id = $1 AND used_at < $2");
        old.bind(&session.id).bind(now - KNOWN).execute(&mut **whole).await.map_err(failed)?;
        let refresh = Secret::new("refresh_")?;
        add_token(&mut whole, &refresh, &session.id, now).await?;
        whole.commit().await.map_err(failed)?;
        Ok(Refreshed::On(session, Some(refresh)))
    }

    /// The session of that id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session(&self, id: &str) -> Result<Option<Session>> {
        let query = sqlx::query("SELECT * FROM sessions WHERE id = $1").bind(id);
        query.fetch_optional(self.database.reads()).await.map_err(failed)?.as_ref().map(session).transpose()
    }

    /// The sessions of a user that go on, a page at a time. `tenant` leaves out those that came into another.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sessions(&self, user: &str, tenant: Option<&TenantId>, cursor: &Cursor) -> Result<Page<Session>> {
        let statement = "SELECT * FROM sessions WHERE user_id = $1 AND ended_at IS NULL AND expires_at > $2
             AND ($3 = '' OR tenant_id = $3) AND (created_at > $4 OR (created_at = $4 AND id > $5))
             ORDER BY created_at, id LIMIT $6";
        let (now, within) = (self.now(), tenant.map_or("", TenantId::as_str));
        let query = || sqlx::query(statement).bind(user).bind(now).bind(within);
        self.page(query, cursor, session, |session: &Session| (session.created_at, &session.id)).await
    }

    /// Ends a session of a user; `tenant` leaves those alone that came into another.
    ///
    /// # Errors
    /// [`Refusal::Unknown`] when there is none that goes on.
    pub async fn end_session(&self, user: &str, id: &str, tenant: Option<&TenantId>, why: &str) -> Result<()> {
        let query = sqlx::query(
            "UPDATE sessions SET ended_at = $1, ended_why = $2
             WHERE id = $3 AND user_id = $4 AND ended_at IS NULL AND ($5 = '' OR tenant_id = $5) RETURNING *",
        );
        let query = query.bind(self.now()).bind(why).bind(id).bind(user).bind(tenant.map_or("", TenantId::as_str));
        let mut whole = self.database.begin().await?;
        let ended = ends(&mut whole, query, false).await?;
        whole.commit().await.map_err(failed)?;
        if ended == 0 { Err(Refusal::unknown("session", id).into()) } else { Ok(()) }
    }

    /// Ends the sessions of a user but for one; `tenant` leaves those alone that came into another.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_other_sessions(&self, user: &str, but: &str, tenant: Option<&TenantId>) -> Result<()> {
        let query = sqlx::query(
            "UPDATE sessions SET ended_at = $1, ended_why = 'ended from another session'
             WHERE user_id = $2 AND id <> $3 AND ended_at IS NULL AND ($4 = '' OR tenant_id = $4) RETURNING *",
        );
        let query = query.bind(self.now()).bind(user).bind(but).bind(tenant.map_or("", TenantId::as_str));
        let mut whole = self.database.begin().await?;
        ends(&mut whole, query, false).await?;
        whole.commit().await.map_err(failed)
    }

    /// Ends the sessions of a user within something larger.
    pub(super) async fn end_sessions(&self, whole: &mut Whole, user: &str, but: Option<&str>, why: &str) -> Result<()> {
        let query = sqlx::query(
            "UPDATE sessions SET ended_at = $1, ended_why = $2 WHERE user_id = $3 AND id <> $4 AND ended_at IS NULL RETURNING *",
        );
        let query = query.bind(self.now()).bind(why).bind(user).bind(but.unwrap_or_default());
        ends(whole, query, true).await.map(drop)
    }

    /// Ends the sessions that a user has in a tenant.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_sessions_in(&self, tenant: &TenantId, user: &str, why: &str) -> Result<()> {
        let mut whole = self.database.begin().await?;
        end_in(&mut whole, tenant, user, why, self.now()).await?;
        whole.commit().await.map_err(failed)
    }
}

/// Ends the sessions that a user has in a tenant, within something larger.
pub(super) async fn end_in(whole: &mut Whole, tenant: &TenantId, user: &str, why: &str, now: i64) -> Result<()> {
    let query = sqlx::query(
        "UPDATE sessions SET ended_at = $1, ended_why = $2 WHERE user_id = $3 AND tenant_id = $4 AND ended_at IS NULL RETURNING *",
    );
    ends(whole, query.bind(now).bind(why).bind(user).bind(tenant.as_str()), true).await.map(drop)
}

/// Ends the sessions that came into a tenant by a provider, within something larger.
pub(super) async fn end_by(whole: &mut Whole, tenant: &TenantId, provider: &str, why: &str, now: i64) -> Result<()> {
    let query = sqlx::query(
        "UPDATE sessions SET ended_at = $1, ended_why = $2 WHERE tenant_id = $3 AND provider = $4 AND ended_at IS NULL RETURNING *",
    );
    ends(whole, query.bind(now).bind(why).bind(tenant.as_str()).bind(provider), true).await.map(drop)
}

async fn end(whole: &mut Whole, id: &str, why: &str, now: i64) -> Result<()> {
    let query =
        sqlx::query("UPDATE sessions SET ended_at = $1, ended_why = $2 WHERE id = $3 AND ended_at IS NULL RETURNING *");
    ends(whole, query.bind(now).bind(why).bind(id), true).await.map(drop)
}

/// Runs what ends sessions, and tells those whose they were; how many. What others did to them is kept as a notification.
async fn ends(whole: &mut Whole, query: Query<'_, Any, AnyArguments>, by_others: bool) -> Result<usize> {
    let rows = query.fetch_all(&mut ***whole).await.map_err(failed)?;
    for row in &rows {
        let ended = session(row)?;
        // A platform operator's is no tenant's.
        let Some(tenant) = ended.tenant_id()? else { continue };
        let detail = serde_json::json!({ "reason": ended.ended_why, "address": ended.address, "agent": ended.agent });
        let news = News {
            at: ended.ended_at.unwrap_or_default(),
            kind: "session.ended".to_owned(),
            subject: ended.id,
            user: Some(ended.user_id),
            permission: None,
            of_all: false,
            notifies: by_others,
            detail,
        };
        whole.tell(&tenant, news);
    }
    Ok(rows.len())
}

async fn add_token(whole: &mut Whole, token: &Secret, session: &str, now: i64) -> Result<()> {
    let query = sqlx::query("INSERT INTO refresh_tokens (sum, session_id, made_at) VALUES ($1, $2, $3)");
    query.bind(token.sum()).bind(session).bind(now).execute(&mut ***whole).await.map_err(failed)?;
    Ok(())
}

fn session(row: &AnyRow) -> Result<Session> {
    Ok(Session {
        id: text(row, "id")?,
        user_id: text(row, "user_id")?,
        tenant: maybe_text(row, "tenant_id")?,
        created_at: number(row, "created_at")?,
        seen_at: number(row, "seen_at")?,
        expires_at: number(row, "expires_at")?,
        ended_at: maybe_number(row, "ended_at")?,
        ended_why: maybe_text(row, "ended_why")?,
        address: text(row, "address")?,
        agent: text(row, "agent")?,
        provider: maybe_text(row, "provider")?,
    })
}

impl Session {
    /// The tenant that it came into.
    ///
    /// # Errors
    /// When the database holds what is no tenant.
    pub fn tenant_id(&self) -> Result<Option<TenantId>> {
        self.tenant.as_deref().map(TenantId::new).transpose().map_err(Error::from)
    }
}
