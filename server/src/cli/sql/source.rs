//! What answers a question: the lake, or a server.

use super::server::Server;
use super::sink::{Rows, Sink};
use super::text::pointed;
use crate::output::Format;
use crate::{Error, Result, queries};
use futures::StreamExt as _;
use pulse_engine::Tenant;
use pulse_engine::session::{self, Limits, ListedSchema, Statement};
use serde_json::Value;

/// What answers.
pub(super) enum Source {
    /// The lake, as a tenant of it.
    Lake(Tenant, Limits),
    /// A server, as whoever the token is of.
    Server(Server),
}

impl Source {
    /// What there is to ask of.
    pub(super) async fn listing(&self) -> Result<Vec<ListedSchema>> {
        match self {
            Source::Lake(tenant, limits) => Ok(tenant.session_within(*limits).await?.listing().await?),
            Source::Server(server) => server.listing().await,
        }
    }

    /// Writes the answer as it comes, so that none but a table is ever held whole; of that no more is read than it shows. What is
    /// wrong with the statement is told with its line.
    pub(super) async fn answer(&self, sql: &str, params: Option<&Value>, format: Format, sink: Sink<'_>) -> Result<()> {
        let done = match self {
            Source::Lake(tenant, limits) => {
                let statement = Statement::new(sql).with(queries::parameters(params)?);
                lake(tenant, *limits, &statement, format, sink).await
            }
            Source::Server(server) => server.answer(sql, params, format, sink).await,
        };
        done.map_err(|error| placed(sql, error))
    }

    /// Stops what it is answering, which nobody waits for any more.
    pub(super) async fn stop(&self) -> Result<()> {
        match self {
            // There, what nobody waits for ends.
            Source::Lake(..) => Ok(()),
            Source::Server(server) => server.stop().await,
        }
    }
}

async fn lake(tenant: &Tenant, limits: Limits, asked: &Statement, format: Format, sink: Sink<'_>) -> Result<()> {
    let session = tenant.session_within(limits).await?;
    let mut batches = session.plan(asked, session.deadline()).await?.run();
    let mut rows = Rows::new(sink, format, &batches.schema())?;
    while let Some(batch) = batches.next().await {
        if rows.write(&batch.map_err(session::error)?)? {
            break;
        }
    }
    rows.end()
}

/// A mistake with the line that it is in.
fn placed(sql: &str, error: Error) -> Error {
    let at = match &error {
        Error::Engine(pulse_engine::Error::Mistake(mistake)) => mistake.at,
        Error::Server { at, .. } => *at,
        _ => None,
    };
    match at.and_then(|at| pointed(sql, at)) {
        Some(line) => Error::Usage(format!("{error}\n{line}")),
        None => error,
    }
}
