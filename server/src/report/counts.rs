//! What is counted beside the figures, within the same scope.

use super::Scope;
use crate::output::{Encoder, Format};
use crate::{Error, Result};
use arrow::array::RecordBatch;
use pulse_engine::Settings;
use pulse_engine::metrics::{self, Dimension, Period};
use pulse_engine::session::Session;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// A count of rows of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Count {
    /// `changes`, `deployments`, `incidents`, `work_items`, …
    pub subject: String,
    /// Which of them.
    pub what: String,
    /// How many.
    pub n: i64,
}

/// How fresh a connection's data is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct SourceTime {
    /// `connector:name`.
    pub connection: String,
    /// When anything of it was read last.
    pub as_of: String,
}

/// Statements over one scope: its period as instants, its filter as a condition.
pub(super) struct Counts<'a> {
    session: &'a Session,
    from: i64,
    until: i64,
    filter: String,
}

impl<'a> Counts<'a> {
    pub(super) async fn within(session: &'a Session, settings: &Settings, scope: &Scope) -> Result<Self> {
        let periods = Period::all(settings.time_zone, scope.grain, scope.from, scope.until)?;
        let (from, until) =
            periods.first().zip(periods.last()).map_or((0, 0), |(first, last)| (first.from, last.until));
        let columns = [Dimension::Repository, Dimension::Project, Dimension::Team, Dimension::OwningTeam];
        let rows = metrics::Rows { columns: &columns, of: None };
        Ok(Self { session, from, until, filter: metrics::condition(session, &scope.filter, rows).await? })
    }

    /// What the figures rest on and leave out.
    pub(super) async fn coverage(&self) -> Result<Vec<Count>> {
        let mut all = self.rows(include_str!("../../../sql/report/coverage.sql")).await?;
        // Nothing says whose a payload is that could not be mapped: only who sees everything sees those.
        if self.session.has_table("core", "rejects") {
            all.extend(rows::<Count>(self.session, include_str!("../../../sql/report/rejects.sql")).await?);
        }
        Ok(all)
    }

    /// What nobody recorded.
    pub(super) async fn inferred(&self) -> Result<Vec<Count>> {
        self.rows(include_str!("../../../sql/report/inferred.sql")).await
    }

    async fn rows<T: DeserializeOwned>(&self, sql: &str) -> Result<Vec<T>> {
        let sql = sql
            .replace("{from}", &metrics::instant(self.from))
            .replace("{until}", &metrics::instant(self.until))
            // Last, because it holds what a person wrote.
            .replace("{filter}", &self.filter);
        rows(self.session, &sql).await
    }
}

/// How fresh each connection's data is.
pub(crate) async fn sources(session: &Session) -> Result<Vec<SourceTime>> {
    rows(session, include_str!("../../../sql/report/sources.sql")).await
}

/// Whether there is any deployment that counts, of whatever time.
pub(super) async fn any_deployment(session: &Session) -> Result<bool> {
    let found: Vec<Count> = rows(session, include_str!("../../../sql/report/any_deployment.sql")).await?;
    Ok(!found.is_empty())
}

/// The rows of a statement of ours.
pub(crate) async fn rows<T: DeserializeOwned>(session: &Session, sql: &str) -> Result<Vec<T>> {
    read(&session.collect(sql).await?)
}

/// What rows hold, by the names of their columns.
pub(crate) fn read<T: DeserializeOwned>(batches: &[RecordBatch]) -> Result<Vec<T>> {
    let Some(first) = batches.first() else { return Ok(Vec::new()) };
    let mut encoder = Encoder::new(Format::Json, &first.schema())?;
    let mut json = Vec::new();
    for batch in batches {
        json.extend(encoder.encode(batch)?);
    }
    json.extend(encoder.finish()?);
    serde_json::from_slice(&json).map_err(Error::Json)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pulse_engine::lake::When;
    use pulse_engine::land::{self, Page};
    use pulse_engine::metrics::{Filter, Grain};
    use pulse_engine::row::{self, Row, Value};
    use pulse_engine::{Clock, Engine, Tenant, TenantId, entities};

    fn new(entity: &str, id: &str) -> Row {
        Row::new(entities::core(entity).unwrap())
            .set("id", id)
            .set("connection", "test:a")
            .set("observed_at", Value::Time(1))
            .set("raw", "test/1/1")
    }

    fn hour(hour: i64) -> Value {
        Value::Time(hour * 3_600_000_000)
    }

    /// A tenant that has these rows, each list of one entity, and their facts.
    async fn modelled(rows: &[Vec<Row>]) -> Tenant {
        let tenant = Engine::open("memory:///").await.unwrap().tenant(&TenantId::new("acme").unwrap());
        let page = Page { cursors: land::only(Some("1".into())), ..Page::default() };
        tenant.land("test", "test:a", page).await.unwrap();
        for rows in rows {
            let table = tenant.lake().table(rows[0].entity());
            table.upsert(&row::batch(rows[0].entity(), rows).unwrap(), &[], When::Changed).await.unwrap();
        }
        tenant.model(&Settings::default()).await.unwrap();
        tenant
    }

    /// The first week of January 1970.
    fn week() -> Scope {
        Scope {
            from: "1970-01-01".parse().unwrap(),
            until: "1970-01-08".parse().unwrap(),
            grain: Grain::Day,
            by: None,
            filter: Filter::default(),
            compare: None,
            time_zone: None,
            as_of: None,
        }
    }

    async fn covered(session: &Session) -> Vec<(String, String, i64)> {
        let told = Counts::within(session, &Settings::default(), &week()).await.unwrap().coverage().await.unwrap();
        told.into_iter().map(|count| (count.subject, count.what, count.n)).collect()
    }

    /// An item that was made in the first hours of a day of January 1970, and stands since then where it is.
    fn item(id: &str, kind: &str, category: Option<&str>, day: i64) -> Row {
        new("work_items", id)
            .set("key", id)
            .set("kind", kind)
            .set("status", category.unwrap_or("odd"))
            .set("status_category", category)
            .set("created_at", hour(24 * (day - 1) + 1))
    }

    #[tokio::test]
    async fn work_items_are_counted_as_throughput_counts_them_and_each_that_is_left_out_has_its_reason() {
        let rows = vec![
            item("one", "Story", Some("done"), 1),
            item("two", "Story", Some("done"), 7),
            item("left", "Story", Some("done"), 2).set("resolution", "Won't Do"),
            item("epic", "Epic", Some("done"), 2),
            item("part", "Sub-task", Some("done"), 2),
            item("unknown", "Story", None, 2),
            // Nobody knows when it was done, nor when the other one was abandoned.
            item("once", "Story", Some("done"), 2).set("created_at", Value::Null),
            item("left once", "Story", Some("done"), 2).set("created_at", Value::Null).set("resolution", "Invalid"),
            // What is open is not left out, and what is of another week is not asked for.
            item("open", "Story", Some("doing"), 2),
            item("later", "Story", Some("done"), 8),
            item("left later", "Story", Some("done"), 8).set("resolution", "Duplicate"),
        ];
        let tenant = modelled(&[rows]).await;
        let session = tenant.session().await.unwrap();
        let of = |what: &str, n: i64| ("work_items".to_owned(), what.to_owned(), n);
        let expected = [
            of("abandoned", 2),
            of("counted", 2),
            of("epic", 1),
            of("subtask", 1),
            of("time not known", 1),
            of("unmapped status", 1),
        ];
        assert_eq!(covered(&session).await, expected);
        let (question, settings) = (week().question("throughput"), Settings::default());
        let answer = metrics::ask(&session, &question, &settings, Clock::Fixed(864_000_000_000)).await.unwrap();
        let total = &answer.groups[0].total;
        assert_eq!((total.n, total.excluded), (2, 5));
    }

    #[tokio::test]
    async fn incidents_are_linked_or_not_and_what_was_closed_as_none_is_left_out() {
        let incident = |id: &str, began: i64, resolution: &str| {
            let row = new("incidents", id).set("repository_id", "r").set("resolution", resolution);
            row.set("began_at", hour(began)).set("resolved_at", hour(began + 1))
        };
        let deployment = new("deployments", "d")
            .set("repository_id", "r")
            .set("environment", "production")
            .set("is_production", true)
            .set("status", "succeeded")
            .set("finished_at", hour(20));
        let incidents = vec![
            incident("before", 10, "Fixed"),
            incident("caused", 21, "Fixed"),
            incident("twin", 22, "Duplicate"),
            incident("early", 9, "False alarm"),
            // Of another week.
            incident("later", 24 * 8, "Duplicate"),
        ];
        let tenant = modelled(&[incidents, vec![deployment]]).await;
        let session = tenant.session().await.unwrap();
        let told = covered(&session).await;
        let told: Vec<_> = told.iter().filter(|(subject, ..)| subject == "incidents").collect();
        let told: Vec<_> = told.into_iter().map(|(_, what, n)| (what.as_str(), *n)).collect();
        assert_eq!(told, [("abandoned", 2), ("counted", 1), ("not linked", 1)]);
    }
}
