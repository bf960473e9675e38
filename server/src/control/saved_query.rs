//! Queries that somebody saved: for themselves, or for all of the tenant.
//!
//! Each change is a version of its own, and the earlier ones stay readable. Others than the owner see a query while it is shared, and
//! of its versions those that were shared: what somebody tried out for themselves does not come to light by sharing what became of it.

use super::before::Room;
use super::database::{Whole, failed, json, number, text};
use super::{Control, Cursor, Page, Refusal, quota, tenant};
use crate::queries::Declared;
use crate::{Result, secret};
use futures::TryStreamExt as _;
use pulse_engine::TenantId;
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use utoipa::ToSchema;

/// How many characters a title and a description may have.
const TITLE: usize = 200;
const DESCRIPTION: usize = 4_000;
/// How many bytes a text may have, as a statement may, and the declared parameters.
const SQL_BYTES: usize = 64 << 10;
const PARAMETERS_BYTES: usize = 16 << 10;
/// How many versions are kept of a query: with one more, the oldest goes.
const VERSIONS: i64 = 500;

/// What a saved query says.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[schema(as = SavedQueryDraft)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// What it is called, in one line.
    pub title: String,
    /// What it is for.
    #[serde(default)]
    pub description: String,
    /// Its text; it need not be one that can be planned.
    pub sql: String,
    /// The parameters that it declares.
    #[serde(default)]
    pub parameters: Vec<Declared>,
    /// Whether all of the tenant see it who ask in SQL.
    #[serde(default)]
    pub shared: bool,
}

/// Whose something is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Owner {
    /// The key of a user, or of a service's token.
    pub id: String,
    /// What people call them.
    pub name: String,
}

/// A saved query as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SavedQuery {
    /// Its key.
    pub id: String,
    /// What it is called.
    pub title: String,
    /// What it is for.
    pub description: String,
    /// Its text.
    pub sql: String,
    /// The parameters that it declares.
    pub parameters: Vec<Declared>,
    /// The number of its newest version, which is its ETag.
    pub version: i64,
    /// Whether all of the tenant see it who ask in SQL.
    pub shared: bool,
    /// Whose it is.
    pub owner: Owner,
    /// Whether it is the asker's.
    pub mine: bool,
    /// When it was saved first, in microseconds since 1970.
    pub created_at: i64,
    /// When it was changed last.
    pub changed_at: i64,
}

/// A version of a saved query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SavedVersion {
    /// Its number, from 1.
    pub version: i64,
    /// What the query was called.
    pub title: String,
    /// What it was for.
    pub description: String,
    /// Its text.
    pub sql: String,
    /// The parameters that it declared.
    pub parameters: Vec<Declared>,
    /// Whether it was shared.
    pub shared: bool,
    /// Who made it so.
    pub set_by: Owner,
    /// When, in microseconds since 1970.
    pub set_at: i64,
}

/// What a shared query said before, as a line of an export.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SaidBefore {
    /// The query's key.
    pub query: String,
    /// The version.
    pub said: SavedVersion,
}

impl Draft {
    /// What is kept of it.
    fn checked(self) -> Result<Self> {
        let draft = Self { title: self.title.trim().to_owned(), ..self };
        let fits = |text: &str, most: usize| text.chars().count() <= most && !text.contains('\0');
        if draft.title.is_empty() || !fits(&draft.title, TITLE) || draft.title.chars().any(char::is_control) {
            return Err(Refusal::invalid("title", format!("should be one line of 1 to {TITLE} characters")).into());
        }
        if !fits(&draft.description, DESCRIPTION) {
            let why = format!("should have {DESCRIPTION} characters at most, and none of them NUL");
            return Err(Refusal::invalid("description", why).into());
        }
        if draft.sql.len() > SQL_BYTES || draft.sql.contains('\0') {
            let why = format!("should have {SQL_BYTES} bytes at most, and none of them NUL");
            return Err(Refusal::invalid("sql", why).into());
        }
        Declared::check(&draft.parameters)?;
        let parameters = serde_json::to_string(&draft.parameters)?;
        if parameters.len() > PARAMETERS_BYTES {
            let why = format!("should have {PARAMETERS_BYTES} bytes at most, defaults included");
            return Err(Refusal::invalid("parameters", why).into());
        }
        Ok(draft)
    }
}

impl SavedQuery {
    /// What it says now.
    fn draft(&self) -> Draft {
        Draft {
            title: self.title.clone(),
            description: self.description.clone(),
            sql: self.sql.clone(),
            parameters: self.parameters.clone(),
            shared: self.shared,
        }
    }
}

/// The newest version of each that somebody sees, with who owns it.
macro_rules! seen {
    ($more:literal) => {
        concat!(
            "SELECT v.*, q.id, q.owner, q.created_at, COALESCE(u.name, t.name, '') AS name
             FROM saved_queries q
             JOIN saved_query_versions v ON v.tenant_id = q.tenant_id AND v.query_id = q.id AND v.version = q.version
             LEFT JOIN users u ON u.id = q.owner
             LEFT JOIN api_tokens t ON t.tenant_id = q.tenant_id AND t.id = q.owner
             WHERE q.tenant_id = $1 AND (q.owner = $2 OR q.shared = 1) AND ",
            $more
        )
    };
}

/// The versions that somebody sees of one.
macro_rules! versions {
    ($more:literal) => {
        concat!(
            "SELECT v.*, COALESCE(u.name, t.name, '') AS name
             FROM saved_queries q
             JOIN saved_query_versions v ON v.tenant_id = q.tenant_id AND v.query_id = q.id
             LEFT JOIN users u ON u.id = v.set_by
             LEFT JOIN api_tokens t ON t.tenant_id = q.tenant_id AND t.id = v.set_by
             WHERE q.tenant_id = $1 AND q.id = $2 AND (q.owner = $3 OR (q.shared = 1 AND v.shared = 1)) AND ",
            $more
        )
    };
}

impl Control {
    /// The saved queries that somebody sees: their own, and those that are shared. Nobody (`""`) sees the latter.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn saved_queries(&self, tenant: &TenantId, asker: &str, cursor: &Cursor) -> Result<Page<SavedQuery>> {
        let statement =
            seen!("(q.created_at > $3 OR (q.created_at = $3 AND q.id > $4)) ORDER BY q.created_at, q.id LIMIT $5");
        let query = || sqlx::query(statement).bind(tenant.as_str()).bind(asker);
        self.page(query, cursor, |row| saved(row, asker), |saved: &SavedQuery| (saved.created_at, &saved.id)).await
    }

    /// One that somebody sees.
    ///
    /// # Errors
    /// [`Refusal::Unknown`].
    pub async fn saved_query(&self, tenant: &TenantId, asker: &str, id: &str) -> Result<SavedQuery> {
        let query = sqlx::query(seen!("q.id = $3")).bind(tenant.as_str()).bind(asker).bind(id);
        let row = query.fetch_optional(self.database.pool()).await.map_err(failed)?;
        saved(&row.ok_or_else(|| unknown(id))?, asker)
    }

    /// The versions that somebody sees of one, the newest first.
    ///
    /// # Errors
    /// [`Refusal::Unknown`].
    pub async fn saved_versions(
        &self,
        tenant: &TenantId,
        asker: &str,
        id: &str,
        cursor: &Cursor,
    ) -> Result<Page<SavedVersion>> {
        self.saved_query(tenant, asker, id).await?;
        // No two have one number: a cursor has no id.
        let statement = versions!("-v.version > $4 AND $5 = '' ORDER BY v.version DESC LIMIT $6");
        let query = || sqlx::query(statement).bind(tenant.as_str()).bind(id).bind(asker);
        self.page(query, cursor, version, |version: &SavedVersion| (-version.version, "")).await
    }

    /// A version that somebody sees of one.
    ///
    /// # Errors
    /// [`Refusal::Unknown`].
    pub async fn saved_version(&self, tenant: &TenantId, asker: &str, id: &str, number: i64) -> Result<SavedVersion> {
        let query = sqlx::query(versions!("v.version = $4")).bind(tenant.as_str()).bind(id).bind(asker).bind(number);
        let row = query.fetch_optional(self.database.pool()).await.map_err(failed)?;
        let unknown = || Refusal::unknown("saved query of that version", &format!("{id} version {number}"));
        version(&row.ok_or_else(unknown)?)
    }

    /// What shared queries said before, as far as that was shared, and the last 16 MiB of that at most; the last first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn shared_history(&self, tenant: &TenantId) -> Result<Vec<SaidBefore>> {
        let statement = "SELECT v.*, COALESCE(u.name, t.name, '') AS name
             FROM saved_queries q
             JOIN saved_query_versions v ON v.tenant_id = q.tenant_id AND v.query_id = q.id AND v.version < q.version
             LEFT JOIN users u ON u.id = v.set_by
             LEFT JOIN api_tokens t ON t.tenant_id = q.tenant_id AND t.id = v.set_by
             WHERE q.tenant_id = $1 AND q.shared = 1 AND v.shared = 1
             ORDER BY v.set_at DESC, v.version DESC, v.query_id";
        // There may be very many: one by one, so that no more of them is held than is told.
        let mut rows = sqlx::query(statement).bind(tenant.as_str()).fetch(self.database.reads());
        let (mut all, mut room) = (Vec::new(), Room::whole());
        while let Some(row) = rows.try_next().await.map_err(failed)? {
            let before = SaidBefore { query: text(&row, "query_id")?, said: version(&row)? };
            if !room.takes(&before)? {
                break;
            }
            all.push(before);
        }
        Ok(all)
    }

    /// Saves a query of somebody's.
    ///
    /// # Errors
    /// [`Refusal::Invalid`], [`Refusal::OverQuota`].
    pub async fn save_query(&self, tenant: &TenantId, asker: &str, draft: Draft) -> Result<SavedQuery> {
        let (draft, id) = (draft.checked()?, secret::id("saved")?);
        let mut whole = self.database.begin().await?;
        tenant::hold_open(&mut whole, tenant).await?;
        quota::room_for_saved_query(&mut whole, tenant, asker).await?;
        let query = sqlx::query(
            "INSERT INTO saved_queries (tenant_id, id, owner, shared, created_at, version) VALUES ($1, $2, $3, $4, $5, 1)",
        );
        let query = query.bind(tenant.as_str()).bind(&id).bind(asker).bind(i64::from(draft.shared)).bind(self.now());
        query.execute(&mut **whole).await.map_err(failed)?;
        self.write_version(&mut whole, (tenant, &id, 1), &draft, asker).await?;
        whole.commit().await.map_err(failed)?;
        self.saved_query(tenant, asker, &id).await
    }

    /// Changes one that is still what it was at `number`; where nothing changes, it stays at that version. It is for its owner;
    /// whoever manages the tenant may take back that it is shared, and nothing else.
    ///
    /// # Errors
    /// [`Refusal::Unknown`], [`Refusal::Stale`], [`Refusal::NotOwner`], [`Refusal::Invalid`].
    pub async fn change_saved_query(
        &self,
        tenant: &TenantId,
        (asker, manages): (&str, bool),
        (id, number): (&str, i64),
        draft: Draft,
    ) -> Result<SavedQuery> {
        let draft = draft.checked()?;
        let mut whole = self.database.begin().await?;
        tenant::hold_open(&mut whole, tenant).await?;
        let query = sqlx::query(seen!("q.id = $3")).bind(tenant.as_str()).bind(asker).bind(id);
        let row = query.fetch_optional(&mut **whole).await.map_err(failed)?;
        let before = saved(&row.ok_or_else(|| unknown(id))?, asker)?;
        let unshared = Draft { shared: false, ..before.draft() };
        let may = before.mine || (manages && draft == unshared);
        if !may {
            return Err(Refusal::NotOwner.into());
        }
        if before.version != number {
            return Err(Refusal::Stale.into());
        }
        if draft == before.draft() {
            return Ok(before);
        }
        let next = number + 1;
        let changed_at = self.write_version(&mut whole, (tenant, id, next), &draft, asker).await?;
        let query = sqlx::query("UPDATE saved_queries SET shared = $1, version = $2 WHERE tenant_id = $3 AND id = $4");
        let query = query.bind(i64::from(draft.shared)).bind(next).bind(tenant.as_str()).bind(id);
        query.execute(&mut **whole).await.map_err(failed)?;
        let query =
            sqlx::query("DELETE FROM saved_query_versions WHERE tenant_id = $1 AND query_id = $2 AND version <= $3");
        let query = query.bind(tenant.as_str()).bind(id).bind(next - VERSIONS);
        query.execute(&mut **whole).await.map_err(failed)?;
        whole.commit().await.map_err(failed)?;
        let Draft { title, description, sql, parameters, shared } = draft;
        // Read anew, one that was unshared would be nobody's but its owner's.
        Ok(SavedQuery { title, description, sql, parameters, shared, version: next, changed_at, ..before })
    }

    /// Removes one, with all of its versions: for its owner, and where it is shared for whoever manages the tenant.
    ///
    /// # Errors
    /// [`Refusal::Unknown`], [`Refusal::NotOwner`].
    pub async fn remove_saved_query(&self, tenant: &TenantId, (asker, manages): (&str, bool), id: &str) -> Result<()> {
        let mut whole = self.database.begin().await?;
        tenant::hold_open(&mut whole, tenant).await?;
        let query = sqlx::query(seen!("q.id = $3")).bind(tenant.as_str()).bind(asker).bind(id);
        let row = query.fetch_optional(&mut **whole).await.map_err(failed)?;
        if !saved(&row.ok_or_else(|| unknown(id))?, asker)?.mine && !manages {
            return Err(Refusal::NotOwner.into());
        }
        for statement in [
            "DELETE FROM saved_query_versions WHERE tenant_id = $1 AND query_id = $2",
            "DELETE FROM saved_queries WHERE tenant_id = $1 AND id = $2",
        ] {
            let query = sqlx::query(statement).bind(tenant.as_str()).bind(id);
            query.execute(&mut **whole).await.map_err(failed)?;
        }
        whole.commit().await.map_err(failed)
    }

    /// Writes a version; when that is.
    async fn write_version(
        &self,
        whole: &mut Whole,
        (tenant, id, number): (&TenantId, &str, i64),
        draft: &Draft,
        by: &str,
    ) -> Result<i64> {
        let now = self.now();
        let query = sqlx::query(
            "INSERT INTO saved_query_versions
             (tenant_id, query_id, version, title, description, sql, parameters, shared, set_by, set_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        );
        let query = query.bind(tenant.as_str()).bind(id).bind(number).bind(&draft.title).bind(&draft.description);
        let query = query.bind(&draft.sql).bind(serde_json::to_string(&draft.parameters)?);
        let query = query.bind(i64::from(draft.shared)).bind(by).bind(now);
        query.execute(&mut ***whole).await.map_err(failed)?;
        Ok(now)
    }
}

fn unknown(id: &str) -> Refusal {
    Refusal::unknown("saved query", id)
}

fn saved(row: &AnyRow, asker: &str) -> Result<SavedQuery> {
    let SavedVersion { version, title, description, sql, parameters, shared, set_by, set_at } = version(row)?;
    let owner = Owner { id: text(row, "owner")?, ..set_by };
    Ok(SavedQuery {
        id: text(row, "id")?,
        title,
        description,
        sql,
        parameters,
        version,
        shared,
        mine: owner.id == asker,
        owner,
        created_at: number(row, "created_at")?,
        changed_at: set_at,
    })
}

/// A version, where `name` is that of whoever set it.
fn version(row: &AnyRow) -> Result<SavedVersion> {
    Ok(SavedVersion {
        version: number(row, "version")?,
        title: text(row, "title")?,
        description: text(row, "description")?,
        sql: text(row, "sql")?,
        parameters: json(row, "parameters")?,
        shared: number(row, "shared")? == 1,
        set_by: Owner { id: text(row, "set_by")?, name: text(row, "name")? },
        set_at: number(row, "set_at")?,
    })
}
