//! Tenants: whose data there is.

use super::database::{Run as _, failed, json, number, text, unless_taken};
use super::event::News;
use super::page::{Cursor, Page};
use super::{Control, Quotas, Refusal, Rules, job};
use crate::audit::PLATFORM;
use crate::{Error, Result};
use pulse_engine::{Settings, TenantId};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use utoipa::ToSchema;

/// Whether a tenant's people may come in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TenantState {
    /// They may.
    Active,
    /// They may not, and nothing of theirs is touched.
    Suspended,
    /// They may not, and what is theirs is being deleted.
    Erasing,
    /// Nothing is left but the receipt.
    Erased,
}

impl TenantState {
    pub(super) fn name(self) -> &'static str {
        match self {
            TenantState::Active => "active",
            TenantState::Suspended => "suspended",
            TenantState::Erasing => "erasing",
            TenantState::Erased => "erased",
        }
    }

    fn of(name: &str) -> Result<Self> {
        match name {
            "active" => Ok(TenantState::Active),
            "suspended" => Ok(TenantState::Suspended),
            "erasing" => Ok(TenantState::Erasing),
            "erased" => Ok(TenantState::Erased),
            other => Err(Error::Database(format!("a tenant is in the unknown state `{other}`"))),
        }
    }
}

/// A tenant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Tenant {
    /// Its key in the lake; it never changes.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// Whether its people may come in.
    pub state: TenantState,
    /// Where its days, weeks and months begin, such as `Europe/Berlin`.
    pub time_zone: String,
    /// How numbers and days are written for it, such as `en-GB`.
    pub locale: String,
    /// The days on which it works, of `mon` to `sun`.
    pub working_days: Vec<String>,
    /// How its people work, and how its work items flow.
    pub rules: Rules,
    /// How much it may have.
    pub quotas: Quotas,
    /// When it was made, in microseconds since 1970.
    pub created_at: i64,
    /// How often it was changed; its ETag.
    pub version: i64,
}

/// What is to be changed of a tenant; what is left out stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[schema(as = TenantChange)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// What people call it.
    pub name: Option<String>,
    /// Where its days begin.
    pub time_zone: Option<String>,
    /// How numbers and days are written for it.
    pub locale: Option<String>,
    /// The days on which it works, of `mon` to `sun`.
    pub working_days: Option<Vec<String>>,
    /// How its people work, and how its work items flow: all of it, since what is left out has its default again.
    pub rules: Option<Rules>,
}

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl Control {
    /// Makes a tenant, with days of UTC and a week from Monday to Friday.
    ///
    /// # Errors
    /// [`Refusal::Taken`] when there is one of that id.
    pub async fn create_tenant(&self, id: &TenantId, name: &str, time_zone: &str) -> Result<Tenant> {
        if id.as_str() == PLATFORM {
            return Err(Refusal::invalid("id", "may not be `platform`, which stands for Pulse itself").into());
        }
        let tenant = Tenant {
            id: id.to_string(),
            name: named(name)?,
            state: TenantState::Active,
            time_zone: zone(time_zone)?,
            locale: "en".to_owned(),
            working_days: DAYS[..5].iter().map(|day| (*day).to_owned()).collect(),
            rules: Rules::default(),
            quotas: Quotas::default(),
            created_at: self.now(),
            version: 1,
        };
        sqlx::query(
            "INSERT INTO tenants (id, name, state, time_zone, locale, working_days, created_at, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        )
        .bind(&tenant.id)
        .bind(&tenant.name)
        .bind(tenant.state.name())
        .bind(&tenant.time_zone)
        .bind(&tenant.locale)
        .bind(serde_json::to_string(&tenant.working_days)?)
        .bind(tenant.created_at)
        .bind(tenant.version)
        .run(&self.database)
        .await
        .map_err(|e| unless_taken(e, Refusal::Taken { what: "tenant", name: tenant.id.clone() }))?;
        Ok(tenant)
    }

    /// The tenant of that id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tenant(&self, id: &TenantId) -> Result<Option<Tenant>> {
        let query = sqlx::query("SELECT * FROM tenants WHERE id = $1");
        let row = query.bind(id.as_str()).fetch_optional(self.database.reads()).await.map_err(failed)?;
        row.as_ref().map(tenant).transpose()
    }

    /// All tenants, a page at a time: for platform operators.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tenants(&self, cursor: &Cursor) -> Result<Page<Tenant>> {
        let statement = "SELECT * FROM tenants WHERE created_at > $1 OR (created_at = $1 AND id > $2)
             ORDER BY created_at, id LIMIT $3";
        self.page(|| sqlx::query(statement), cursor, tenant, |tenant: &Tenant| (tenant.created_at, &tenant.id)).await
    }

    /// Changes a tenant that is still what it was at `version`.
    ///
    /// # Errors
    /// [`Refusal::Unknown`], [`Refusal::Stale`], or [`Refusal::Invalid`] when a value makes no sense.
    pub async fn change_tenant(&self, id: &TenantId, version: i64, change: Change) -> Result<Tenant> {
        let now = self.tenant(id).await?.ok_or_else(|| Refusal::unknown("tenant", id.as_str()))?;
        let name = change.name.map_or(Ok(now.name), |name| named(&name))?;
        let time_zone = change.time_zone.map_or(Ok(now.time_zone), |name| zone(&name))?;
        let locale = change.locale.map_or(Ok(now.locale), locale)?;
        let days = change.working_days.map_or(Ok(now.working_days), working_days)?;
        let rules = change.rules.unwrap_or(now.rules);
        rules.check()?;
        let mut whole = self.database.begin().await?;
        let done = sqlx::query(
            "UPDATE tenants SET name = $1, time_zone = $2, locale = $3, working_days = $4, rules = $5, version = version + 1
             WHERE id = $6 AND version = $7",
        )
        .bind(name)
        .bind(time_zone)
        .bind(locale)
        .bind(serde_json::to_string(&days)?)
        .bind(serde_json::to_string(&rules)?)
        .bind(id.as_str())
        .bind(version)
        .execute(&mut **whole)
        .await
        .map_err(failed)?;
        if done.rows_affected() == 0 {
            return Err(Refusal::Stale.into());
        }
        let news = News {
            at: self.now(),
            kind: "tenant.changed".to_owned(),
            subject: id.to_string(),
            user: None,
            permission: None,
            of_all: false,
            notifies: false,
            detail: serde_json::json!({ "version": version + 1 }),
        };
        whole.tell(id, news);
        whole.commit().await.map_err(failed)?;
        self.tenant(id).await?.ok_or_else(|| Refusal::unknown("tenant", id.as_str()).into())
    }

    /// Keeps a tenant's people out, or lets them in again. One that is being erased stays so.
    ///
    /// # Errors
    /// [`Refusal::Unknown`].
    pub async fn suspend_tenant(&self, id: &TenantId, suspended: bool) -> Result<Tenant> {
        let mut whole = self.database.begin().await?;
        job::hold(&mut whole, id).await?;
        let changed = if suspended { shut(&mut whole, id).await? } else { open(&mut whole, id).await? };
        if changed {
            whole.commit().await.map_err(failed)?;
        } else {
            drop(whole);
        }
        self.tenant(id).await?.ok_or_else(|| Refusal::unknown("tenant", id.as_str()).into())
    }
}

fn tenant(row: &AnyRow) -> Result<Tenant> {
    Ok(Tenant {
        id: text(row, "id")?,
        name: text(row, "name")?,
        state: TenantState::of(&text(row, "state")?)?,
        time_zone: text(row, "time_zone")?,
        locale: text(row, "locale")?,
        working_days: json(row, "working_days")?,
        rules: json(row, "rules")?,
        quotas: json(row, "quotas")?,
        created_at: number(row, "created_at")?,
        version: number(row, "version")?,
    })
}

/// A name for people: not blank, not endless, on one line.
pub(super) fn named(name: &str) -> Result<String> {
    let name = name.trim();
    let wrong = name.is_empty() || name.chars().count() > 200 || name.chars().any(char::is_control);
    if wrong {
        Err(Refusal::invalid("name", "should be one line of 1 to 200 characters").into())
    } else {
        Ok(name.to_owned())
    }
}

pub(super) fn zone(name: &str) -> Result<String> {
    let zone = Settings::parse_time_zone(name).map_err(|e| Refusal::invalid("time_zone", format!("is none: {e}")))?;
    Ok(zone.name().to_owned())
}

pub(super) fn locale(name: String) -> Result<String> {
    let part = |part: &str| (2..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric());
    if name.len() <= 35 && name.split('-').all(part) {
        return Ok(name);
    }
    Err(Refusal::invalid("locale", "should be a language tag such as `en-GB`").into())
}

pub(super) fn working_days(days: Vec<String>) -> Result<Vec<String>> {
    let known: Vec<String> =
        DAYS.iter().filter(|day| days.iter().any(|d| d == *day)).map(|d| (*d).to_owned()).collect();
    if known.is_empty() || known.len() != days.len() {
        let reason = format!("should name some of the days {}, each once", DAYS.join(", "));
        return Err(Refusal::invalid("working_days", reason).into());
    }
    Ok(known)
}

/// Keeps the people of a tenant that is open out; whether it was open.
pub(super) async fn shut(whole: &mut sqlx::Transaction<'static, sqlx::Any>, id: &TenantId) -> Result<bool> {
    let query =
        sqlx::query("UPDATE tenants SET state = 'suspended', version = version + 1 WHERE id = $1 AND state = 'active'");
    let done = query.bind(id.as_str()).execute(&mut **whole).await.map_err(failed)?;
    if done.rows_affected() == 0 {
        return Ok(false);
    }
    // What runs is stopped, and goes back to the queue until the tenant is let in again.
    let query = sqlx::query("UPDATE jobs SET wish = 'stop' WHERE tenant_id = $1 AND state = 'running' AND wish = ''");
    query.bind(id.as_str()).execute(&mut **whole).await.map_err(failed)?;
    Ok(true)
}

/// Lets the people of a tenant that is suspended in; whether it was.
async fn open(whole: &mut sqlx::Transaction<'static, sqlx::Any>, id: &TenantId) -> Result<bool> {
    let query =
        sqlx::query("UPDATE tenants SET state = 'active', version = version + 1 WHERE id = $1 AND state = 'suspended'");
    let done = query.bind(id.as_str()).execute(&mut **whole).await.map_err(failed)?;
    Ok(done.rows_affected() > 0)
}

/// Holds a tenant that is open, as [`hold`] does.
pub(super) async fn hold_open(whole: &mut sqlx::Transaction<'static, sqlx::Any>, id: &TenantId) -> Result<()> {
    hold(whole, id).await?;
    let query = sqlx::query("SELECT state FROM tenants WHERE id = $1").bind(id.as_str());
    let state = text(&query.fetch_one(&mut **whole).await.map_err(failed)?, "state")?;
    if state == TenantState::Active.name() { Ok(()) } else { Err(Error::NoTenant) }
}

/// Holds a tenant until the whole is committed: what is decided about its people is decided one after the other.
pub(super) async fn hold(whole: &mut sqlx::Transaction<'static, sqlx::Any>, id: &TenantId) -> Result<()> {
    let query = sqlx::query("UPDATE tenants SET state = state WHERE id = $1").bind(id.as_str());
    let held = query.execute(&mut **whole).await.map_err(failed)?;
    if held.rows_affected() == 1 { Ok(()) } else { Err(Refusal::unknown("tenant", id.as_str()).into()) }
}
