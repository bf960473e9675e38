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
    /// `changes`, `deployments`, `incidents`, …
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
