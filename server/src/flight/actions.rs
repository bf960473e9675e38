//! What is done by an action: statements are prepared and closed, questions taken back.

use super::call::Call;
use super::question::{self, Question};
use super::seal::{self, Kind};
use super::status::{no_transactions, unsupported};
use crate::http::{Asker, Problem, Served};
use arrow::datatypes::Schema;
use arrow::ipc::writer::IpcWriteOptions;
use arrow_flight::sql::{
    ActionCancelQueryRequest, ActionCancelQueryResult, ActionCreatePreparedStatementRequest,
    ActionCreatePreparedStatementResult, Any, ProstMessageExt as _, TicketStatementQuery,
};
use arrow_flight::{
    Action, ActionType, CancelFlightInfoRequest, CancelFlightInfoResult, CancelStatus, FlightInfo, IpcMessage,
    SchemaAsIpc,
};
use prost::Message;
use prost::bytes::Bytes;

const CREATE: &str = "CreatePreparedStatement";
const CLOSE: &str = "ClosePreparedStatement";
const CANCEL_FLIGHT: &str = "CancelFlightInfo";
const CANCEL_QUERY: &str = "CancelQuery";

/// The actions that there are.
pub(super) fn all() -> impl Iterator<Item = ActionType> {
    [
        (CREATE, "Prepares a statement. Its handle is the statement itself, sealed: nothing is held for it"),
        (CLOSE, "Closes a prepared statement, which there is nothing to do for"),
        (CANCEL_FLIGHT, "Takes a question back whose answer is being fetched"),
        (CANCEL_QUERY, "As CancelFlightInfo, for older clients"),
    ]
    .into_iter()
    .map(|(name, description)| ActionType { r#type: name.to_owned(), description: description.to_owned() })
}

/// Does an action; what it answers with, if anything.
pub(super) async fn act(call: &Call, action: Action) -> Result<Option<Bytes>, Problem> {
    let asker = call.asker().await?;
    match action.r#type.as_str() {
        CREATE => {
            let asked: ActionCreatePreparedStatementRequest = body(&action, "ActionCreatePreparedStatementRequest")?;
            let question = Question::new(asked.query, asked.transaction_id.as_deref())?;
            let prepared = prepare(call, &asker, &question).await?;
            Ok(Some(prepared.as_any().encode_to_vec().into()))
        }
        CLOSE => Ok(None),
        CANCEL_FLIGHT => {
            let asked: CancelFlightInfoRequest = body(&action, "CancelFlightInfoRequest")?;
            let status = cancel(call, &asker, asked.info.unwrap_or_default()).await?;
            Ok(Some(CancelFlightInfoResult::new(status).encode_to_vec().into()))
        }
        CANCEL_QUERY => {
            let asked: ActionCancelQueryRequest = body(&action, "ActionCancelQueryRequest")?;
            let status = cancel(call, &asker, read(&asked.info)?).await?;
            // The numbers of the two kinds of result mean the same.
            Ok(Some(ActionCancelQueryResult { result: status.into() }.as_any().encode_to_vec().into()))
        }
        "BeginTransaction" | "EndTransaction" | "BeginSavepoint" | "EndSavepoint" => Err(no_transactions()),
        "CreatePreparedSubstraitPlan" => {
            Err(unsupported("plans of Substrait are not taken: prepare the statement in SQL"))
        }
        other => Err(unsupported(&format!(
            "there is no action `{}`: {CREATE}, {CLOSE}, {CANCEL_FLIGHT} and {CANCEL_QUERY} are done",
            other.escape_default()
        ))),
    }
}

/// Plans a statement for what its parameters and columns are, and seals it.
async fn prepare(
    call: &Call,
    asker: &Asker,
    question: &Question,
) -> Result<ActionCreatePreparedStatementResult, Problem> {
    let described = question::describe(&call.door.app, asker, question).await?;
    let sealed = seal::seal(call.vault(), Kind::Statement, asker, question, call.now())?;
    Ok(ActionCreatePreparedStatementResult {
        prepared_statement_handle: sealed.into(),
        // JDBC's driver takes a statement without columns for an update.
        dataset_schema: encoded(&super::answer::sent(&described.rows))?,
        parameter_schema: encoded(&described.parameters)?,
    })
}

fn encoded(schema: &Schema) -> Result<Bytes, Problem> {
    let options = IpcWriteOptions::default();
    let IpcMessage(bytes) = SchemaAsIpc::new(schema, &options).try_into().map_err(crate::Error::from)?;
    Ok(bytes)
}

/// Takes a question back that this asker's ticket is for.
async fn cancel(call: &Call, asker: &Asker, info: FlightInfo) -> Result<CancelStatus, Problem> {
    let ticket = info.endpoint.into_iter().next().and_then(|endpoint| endpoint.ticket).unwrap_or_default();
    let ticket: TicketStatementQuery = unwrapped(&ticket.ticket, "TicketStatementQuery").ok_or_else(|| {
        Problem::invalid("there is no ticket of a question in it: send the FlightInfo that it came with")
    })?;
    let question = seal::open(call.vault(), Kind::Ticket, asker, &ticket.statement_handle, call.now())?;
    let Served { queries, access, .. } = &*call.door.app;
    match queries.take_back_everywhere(&access.control, &asker.tenant, &question.id, asker.key()).await {
        Ok(true) => Ok(CancelStatus::Cancelled),
        Ok(false) => Ok(CancelStatus::NotCancellable),
        // Another process was told, and its client reads nothing by which it would end.
        Err(crate::Error::Engine(pulse_engine::Error::Busy(_))) => Ok(CancelStatus::Cancelling),
        Err(error) => Err(error.into()),
    }
}

/// What an action brings. Some clients wrap it, and some do not.
fn body<M: Message + Default>(action: &Action, name: &str) -> Result<M, Problem> {
    unwrapped(&action.body, name).map_or_else(|| read(&action.body), Ok)
}

/// A message of that name, when it is wrapped as one.
fn unwrapped<M: Message + Default>(bytes: &[u8], name: &str) -> Option<M> {
    let any = Any::decode(bytes).ok()?;
    let named = any.type_url.rsplit(['/', '.']).next() == Some(name);
    if named { M::decode(any.value).ok() } else { None }
}

fn read<M: Message + Default>(bytes: &[u8]) -> Result<M, Problem> {
    M::decode(bytes).map_err(|e| Problem::invalid(format!("what came with the action cannot be read: {e}")))
}
