//! Queries that take long, as their processes tell of them: the others list them, and have them stopped.

use super::Control;
use super::database::{Run as _, failed, json, number, text};
use crate::Result;
use crate::queries::{Door, Query};
use pulse_engine::TenantId;
use serde::{Deserialize, Serialize};

const SECOND: i64 = 1_000_000;
/// A process tells twice a second. One that has not for so long is gone, or hangs.
const FRESH: i64 = 10 * SECOND;
/// After how long what it told is forgotten.
const KEPT: i64 = 60 * SECOND;

/// What a process tells of a query: also what its client knows it by, so that it is taken back wherever that is asked for.
#[derive(Serialize, Deserialize)]
struct Told {
    #[serde(flatten)]
    query: Query,
    ticket: Option<String>,
    /// Whether it is a page. It is told as one in SQL, since processes of an earlier version know no such door.
    #[serde(default)]
    page: bool,
    /// Whether whoever asked saw every row. Of what an earlier version tells that is taken for granted.
    #[serde(default = "granted")]
    sees_all: bool,
}

fn granted() -> bool {
    true
}

impl Control {
    /// Tells which queries of a process are under way, in the place of those that it told of before. Gives those that somebody
    /// wants stopped.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn tell_queries(&self, process: &str, running: &[(TenantId, Query)]) -> Result<Vec<(TenantId, String)>> {
        let now = self.now();
        let mut whole = self.database.begin().await?;
        for (tenant, query) in running {
            let told = sqlx::query(
                "INSERT INTO running_queries (id, process, tenant_id, asker, query, told_at)
                 SELECT $1, $2, $3, $4, $5, $6 FROM tenants WHERE id = $3 AND state = 'active'
                 ON CONFLICT (id) DO UPDATE SET query = excluded.query, told_at = excluded.told_at",
            );
            let told = told.bind(&query.id).bind(process).bind(tenant.as_str()).bind(&query.asker);
            let page = query.door == Door::Page;
            let door = if page { Door::Sql } else { query.door };
            let (ticket, sees_all) = (query.ticket.clone(), query.sees_all);
            let known = Told { ticket, page, sees_all, query: Query { door, ..query.clone() } };
            let told = told.bind(serde_json::to_string(&known)?).bind(now);
            told.execute(&mut **whole).await.map_err(failed)?;
        }
        let ids = running.iter().fold(",".to_owned(), |ids, (_, query)| ids + &query.id + ",");
        let over = sqlx::query(
            "DELETE FROM running_queries WHERE (process = $1 AND $2 NOT LIKE '%,' || id || ',%') OR told_at < $3",
        );
        over.bind(process).bind(ids).bind(now - KEPT).execute(&mut **whole).await.map_err(failed)?;
        let wanted = sqlx::query("SELECT id, tenant_id FROM running_queries WHERE process = $1 AND stop = 1");
        let wanted = wanted.bind(process).fetch_all(&mut **whole).await.map_err(failed)?;
        whole.commit().await.map_err(failed)?;
        wanted.iter().map(|row| Ok((TenantId::new(&text(row, "tenant_id")?)?, text(row, "id")?))).collect()
    }

    /// The queries of a tenant that take long in other processes, of everybody or of one asker.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn queries_elsewhere(&self, tenant: &TenantId, process: &str, asker: Option<&str>) -> Result<Vec<Query>> {
        let query = sqlx::query(
            "SELECT query FROM running_queries WHERE tenant_id = $1 AND process <> $2 AND ($3 = '' OR asker = $3)
             AND told_at >= $4 ORDER BY id",
        );
        let query = query.bind(tenant.as_str()).bind(process).bind(asker.unwrap_or_default()).bind(self.now() - FRESH);
        let rows = query.fetch_all(self.database.pool()).await.map_err(failed)?;
        let told = |row| {
            let Told { query, ticket, page, sees_all } = json(row, "query")?;
            Ok(Query { ticket, sees_all, door: if page { Door::Page } else { query.door }, ..query })
        };
        rows.iter().map(told).collect()
    }

    /// Wants a query stopped that another process answers, of everybody or of one asker; whether there is one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn stop_query(&self, tenant: &TenantId, id: &str, asker: Option<&str>) -> Result<bool> {
        let query = sqlx::query(
            "UPDATE running_queries SET stop = 1 WHERE id = $1 AND tenant_id = $2 AND ($3 = '' OR asker = $3) AND told_at >= $4",
        );
        let query = query.bind(id).bind(tenant.as_str()).bind(asker.unwrap_or_default()).bind(self.now() - FRESH);
        Ok(query.run(&self.database).await.map_err(failed)?.rows_affected() == 1)
    }

    /// Whether a query is under way in any process, as far as was told.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn is_query_running(&self, id: &str) -> Result<bool> {
        let query = sqlx::query("SELECT COUNT(*) AS n FROM running_queries WHERE id = $1").bind(id);
        let row = query.fetch_one(self.database.pool()).await.map_err(failed)?;
        Ok(number(&row, "n")? > 0)
    }
}
