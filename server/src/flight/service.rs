//! The calls of Flight, each led to what it asks for.

use super::answer::{self, Sent};
use super::call::{Call, in_time};
use super::question::{self, Question};
use super::seal::{self, Kind};
use super::status::{read_only, unsupported};
use super::{Door, actions, metadata, parameters};
use crate::http::{Asker, Problem};
use crate::queries::{self, Page};
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::ipc::writer::IpcWriteOptions;
use arrow_flight::flight_service_server::FlightService;
use arrow_flight::sql::{Any, Command, DoPutPreparedStatementResult, ProstMessageExt as _, TicketStatementQuery};
use arrow_flight::{
    Action, ActionType, Criteria, Empty, FlightData, FlightDescriptor, FlightEndpoint, FlightInfo, HandshakeRequest,
    HandshakeResponse, PollInfo, PutResult, Result as ActionResult, SchemaAsIpc, SchemaResult, Ticket,
};
use futures::stream;
use prost::Message as _;
use prost::bytes::Bytes;
use tonic::{Request, Response, Status, Streaming};

#[tonic::async_trait]
impl FlightService for Door {
    type HandshakeStream = Sent<HandshakeResponse>;
    type ListFlightsStream = Sent<FlightInfo>;
    type DoGetStream = Sent<FlightData>;
    type DoPutStream = Sent<PutResult>;
    type DoActionStream = Sent<ActionResult>;
    type ListActionsStream = Sent<ActionType>;
    type DoExchangeStream = Sent<FlightData>;

    async fn handshake(
        &self,
        request: Request<Streaming<HandshakeRequest>>,
    ) -> Result<Response<Self::HandshakeStream>, Status> {
        let call = Call::new(self, "Handshake", &request);
        let entered = call.hand_shake(request.into_inner()).await;
        let token = call.ends(entered).await?;
        let shaken = HandshakeResponse { protocol_version: 0, payload: Bytes::from(token.clone()) };
        // Some clients look for it in the answer, others in its headers.
        let mut response = Response::new(one(shaken));
        if let Ok(header) = format!("Bearer {token}").parse() {
            response.metadata_mut().insert("authorization", header);
        }
        Ok(response)
    }

    async fn get_flight_info(&self, request: Request<FlightDescriptor>) -> Result<Response<FlightInfo>, Status> {
        let call = Call::new(self, "GetFlightInfo", &request);
        let info = info(&call, request.into_inner()).await;
        call.ends(info).await.map(Response::new)
    }

    async fn poll_flight_info(&self, request: Request<FlightDescriptor>) -> Result<Response<PollInfo>, Status> {
        let call = Call::new(self, "PollFlightInfo", &request);
        // An answer may be fetched at once, so there is nothing to come back for.
        let info = info(&call, request.into_inner()).await;
        call.ends(info).await.map(|info| Response::new(PollInfo::new().with_info(info)))
    }

    async fn get_schema(&self, request: Request<FlightDescriptor>) -> Result<Response<SchemaResult>, Status> {
        let call = Call::new(self, "GetSchema", &request);
        let schema = schema(&call, request.into_inner()).await;
        call.ends(schema).await.map(Response::new)
    }

    async fn do_get(&self, request: Request<Ticket>) -> Result<Response<Self::DoGetStream>, Status> {
        let call = Call::new(self, "DoGet", &request);
        let rows = fetch(&call, request.into_inner()).await;
        call.ends(rows).await.map(Response::new)
    }

    async fn do_put(&self, request: Request<Streaming<FlightData>>) -> Result<Response<Self::DoPutStream>, Status> {
        let call = Call::new(self, "DoPut", &request);
        let bound = put(&call, request.into_inner()).await;
        call.ends(bound).await.map(|bound| Response::new(one(bound)))
    }

    async fn do_action(&self, request: Request<Action>) -> Result<Response<Self::DoActionStream>, Status> {
        let call = Call::new(self, "DoAction", &request);
        let done = actions::act(&call, request.into_inner()).await;
        let done = call.ends(done).await?;
        Ok(Response::new(Box::pin(stream::iter(done.map(|body| Ok(ActionResult { body }))))))
    }

    async fn list_actions(&self, request: Request<Empty>) -> Result<Response<Self::ListActionsStream>, Status> {
        let call = Call::new(self, "ListActions", &request);
        let asker = call.asker().await;
        call.ends(asker).await?;
        Ok(Response::new(Box::pin(stream::iter(actions::all().map(Ok)))))
    }

    async fn list_flights(&self, request: Request<Criteria>) -> Result<Response<Self::ListFlightsStream>, Status> {
        let refused =
            unsupported("there are no flights to list: ask a statement, or for tables by Flight SQL's GetTables");
        Call::new(self, "ListFlights", &request).ends(Err(refused)).await
    }

    async fn do_exchange(
        &self,
        request: Request<Streaming<FlightData>>,
    ) -> Result<Response<Self::DoExchangeStream>, Status> {
        Call::new(self, "DoExchange", &request).ends(Err(read_only())).await
    }
}

fn one<T: Send + 'static>(item: T) -> Sent<T> {
    Box::pin(stream::iter([Ok(item)]))
}

/// What a command leads to: the columns of its answer, and the ticket that fetches it.
async fn lead(call: &Call, asker: &Asker, command: Command) -> Result<(SchemaRef, Any), Problem> {
    let question = match command {
        Command::CommandStatementQuery(asked) => Question::new(asked.query, asked.transaction_id.as_deref())?,
        Command::CommandPreparedStatementQuery(asked) => {
            open(call, asker, Kind::Statement, &asked.prepared_statement_handle)?.again()?
        }
        other => {
            let schema = metadata::schema(&other)?.ok_or_else(|| refused(&other))?;
            return Ok((answer::sent(&schema), other.into_any()));
        }
    };
    let schema = question::look(&call.door.app, asker, &call.slot, &question).await?;
    let sealed = seal::seal(call.vault(), Kind::Ticket, asker, &question, call.now())?;
    Ok((answer::sent(&schema), TicketStatementQuery { statement_handle: sealed.into() }.as_any()))
}

async fn info(call: &Call, descriptor: FlightDescriptor) -> Result<FlightInfo, Problem> {
    let asker = call.asker().await?;
    let (schema, ticket) = lead(call, &asker, command(&descriptor.cmd)?).await?;
    // No place is named: the answer is fetched where it was asked for.
    let endpoint = FlightEndpoint::new().with_ticket(Ticket::new(ticket.encode_to_vec()));
    let info = FlightInfo::new().try_with_schema(&schema).map_err(crate::Error::from)?;
    Ok(info.with_descriptor(descriptor).with_endpoint(endpoint))
}

async fn schema(call: &Call, descriptor: FlightDescriptor) -> Result<SchemaResult, Problem> {
    let asker = call.asker().await?;
    let (schema, _) = lead(call, &asker, command(&descriptor.cmd)?).await?;
    let options = IpcWriteOptions::default();
    Ok(SchemaResult::try_from(SchemaAsIpc::new(&schema, &options)).map_err(crate::Error::from)?)
}

async fn fetch(call: &Call, ticket: Ticket) -> Result<Sent<FlightData>, Problem> {
    let (asker, options) = (call.asker().await?, call.packing()?);
    let question = match command(&ticket.ticket)? {
        Command::TicketStatementQuery(ticket) => open(call, &asker, Kind::Ticket, &ticket.statement_handle)?,
        Command::CommandPreparedStatementQuery(asked) => {
            open(call, &asker, Kind::Statement, &asked.prepared_statement_handle)?.again()?
        }
        other => {
            let rows = told(call, &asker, &other).await?.ok_or_else(|| refused(&other))?;
            return Ok(answer::batch(rows, options));
        }
    };
    let answer = question::ask(&call.door.app, &asker, &call.slot, &question).await?;
    answer::rows(answer, options).await
}

/// What a command about what there is is answered with; `None` when it asks for something else.
async fn told(call: &Call, asker: &Asker, command: &Command) -> Result<Option<RecordBatch>, Problem> {
    let tenant = asker.sql()?;
    let rows = async { metadata::rows(&tenant.surroundings().await?, command).await };
    if !metadata::plans(command) {
        return rows.await;
    }
    // Views are planned for it, which takes a turn as a query does.
    let asks = Page {
        tenant: asker.tenant.clone(),
        asker: asker.key().to_owned(),
        known_by: asker.who.id().to_owned(),
        address: "GetTables".to_owned(),
        seen: tenant.policy().clone(),
    };
    call.door.app.queries.step(queries::Door::Flight, &asks, rows).await
}

async fn put(call: &Call, mut messages: Streaming<FlightData>) -> Result<PutResult, Problem> {
    let asker = call.asker().await?;
    let broken = |error: Status| Problem::invalid(format!("the data that came cannot be read: {}", error.message()));
    let first = in_time(messages.message()).await?.map_err(broken)?;
    let first = first.ok_or_else(|| Problem::invalid("nothing was put: the first message names the command"))?;
    let descriptor = first.flight_descriptor.clone();
    match command(&descriptor.unwrap_or_default().cmd)? {
        Command::CommandPreparedStatementQuery(asked) => {
            let statement = open(call, &asker, Kind::Statement, &asked.prepared_statement_handle)?;
            let statement = statement.with(&in_time(parameters::row(first, messages)).await??)?;
            let sealed = seal::seal(call.vault(), Kind::Statement, &asker, &statement, call.now())?;
            let result = DoPutPreparedStatementResult { prepared_statement_handle: Some(sealed.into()) };
            Ok(PutResult { app_metadata: result.encode_to_vec().into() })
        }
        other => Err(refused(&other)),
    }
}

fn open(call: &Call, asker: &Asker, kind: Kind, sealed: &[u8]) -> Result<Question, Problem> {
    seal::open(call.vault(), kind, asker, sealed, call.now())
}

fn command(bytes: &[u8]) -> Result<Command, Problem> {
    let none = |e: String| Problem::invalid(format!("this is no command of Flight SQL: {e}"));
    let any = Any::decode(bytes).map_err(|e| none(e.to_string()))?;
    Command::try_from(any).map_err(|e| none(e.to_string()))
}

/// Why a command is not answered.
fn refused(command: &Command) -> Problem {
    match command {
        Command::CommandStatementUpdate(_)
        | Command::CommandPreparedStatementUpdate(_)
        | Command::CommandStatementIngest(_) => read_only(),
        Command::CommandStatementSubstraitPlan(_) => {
            unsupported("plans of Substrait are not taken: send the statement in SQL")
        }
        other => Problem::invalid(format!("`{}` is no command that is answered by this call", other.type_url())),
    }
}
