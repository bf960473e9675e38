//! Tickets and handles: good for whom they were made for, until their time is over, and for nobody else.

use crate::flight::{Client, Door, query, ticket, told};
use crate::rest::run;
use arrow_flight::Ticket;
use arrow_flight::sql::{
    ActionCreatePreparedStatementRequest, ActionCreatePreparedStatementResult, Any, CommandPreparedStatementQuery,
    ProstMessageExt as _, TicketStatementQuery,
};
use proptest::prelude::*;
use prost::Message as _;
use std::collections::HashSet;
use tonic::Code;

fn sealed(ticket: &Ticket) -> Vec<u8> {
    let any = Any::decode(&*ticket.ticket).unwrap();
    any.unpack::<TicketStatementQuery>().unwrap().unwrap().statement_handle.to_vec()
}

fn unsealed(handle: Vec<u8>) -> Ticket {
    Ticket::new(TicketStatementQuery { statement_handle: handle.into() }.as_any().encode_to_vec())
}

async fn handle(client: &mut Client, sql: &str) -> Vec<u8> {
    let request = ActionCreatePreparedStatementRequest { query: sql.into(), transaction_id: None };
    let result = client.act("CreatePreparedStatement", request.as_any().encode_to_vec()).await.unwrap();
    let any = Any::decode(result.as_slice()).unwrap();
    any.unpack::<ActionCreatePreparedStatementResult>().unwrap().unwrap().prepared_statement_handle.to_vec()
}

fn prepared(handle: Vec<u8>) -> CommandPreparedStatementQuery {
    CommandPreparedStatementQuery { prepared_statement_handle: handle.into() }
}

#[test]
fn a_ticket_that_was_changed_at_any_byte_opens_nothing() {
    run(async {
        let door = Door::open().await;
        let mut client = door.acme().await;
        let info = client.info(&query("SELECT 1 AS one")).await.unwrap();
        let good = sealed(&ticket(&info));
        assert!(!good.windows(6).any(|bytes| bytes == b"SELECT"));
        let mut sentences = HashSet::new();
        for at in 0..good.len() {
            for with in [1, 2, 0x20, 0x80] {
                let mut changed = good.clone();
                changed[at] ^= with;
                sentences.insert(told(client.fetch(unsealed(changed)).await));
            }
        }
        for wrong in
            [vec![], b"v1".to_vec(), b"v1...".to_vec(), good[..good.len() - 1].to_vec(), [&good[..], b"A"].concat()]
        {
            sentences.insert(told(client.fetch(unsealed(wrong)).await));
        }
        let sentences: Vec<_> = sentences.into_iter().collect();
        assert_eq!(sentences.len(), 1, "{sentences:?}");
        assert_eq!((sentences[0].0, sentences[0].1.as_str()), (Code::PermissionDenied, "bad-ticket"));
        assert_eq!(client.fetch(unsealed(good)).await.unwrap().1[0].num_rows(), 1);
    });
}

#[test]
fn a_ticket_of_another_tenant_or_token_or_kind_or_of_another_time_is_refused_alike() {
    run(async {
        let door = Door::open().await;
        let mut client = door.acme().await;
        let info = client.info(&query("SELECT count(*) AS n FROM facts.changes")).await.unwrap();
        let good = sealed(&ticket(&info));
        let statement = handle(&mut client, "SELECT 1").await;
        let mut refusals = vec![told(door.client(&door.server.umbrella).await.fetch(unsealed(good.clone())).await)];
        // Another service of the same tenant.
        let other = door.server.world.token(&crate::world::acme()).await;
        let mut other = door.client(&other).await;
        refusals.push(told(other.fetch(unsealed(good.clone())).await));
        refusals.push(told(other.info(&prepared(statement.clone())).await));
        refusals.push(told(door.client(&door.server.umbrella).await.info(&prepared(statement.clone())).await));
        // A statement is no ticket, and a ticket no statement.
        refusals.push(told(client.fetch(unsealed(statement.clone())).await));
        refusals.push(told(client.info(&prepared(good.clone())).await));
        assert_eq!(client.fetch(unsealed(good.clone())).await.unwrap().1.len(), 1, "one may be fetched again");
        door.server.world.pass(600 * 1_000_000);
        refusals.push(told(client.fetch(unsealed(good)).await));
        assert_eq!(client.ask(&prepared(statement.clone())).await.unwrap().num_rows(), 1);
        door.server.world.pass(24 * 3600 * 1_000_000);
        refusals.push(told(client.info(&prepared(statement)).await));
        for refusal in &refusals {
            assert_eq!(refusal, &refusals[0]);
        }
        assert_eq!(refusals[0].1, "bad-ticket");
    });
}

#[test]
fn a_ticket_does_not_outlive_what_its_holder_may_do() {
    run(async {
        let door = Door::open().await;
        let mut client = door.acme().await;
        let info = client.info(&query("SELECT 1")).await.unwrap();
        let suspended = door.server.world.control().suspend_tenant(&crate::world::acme(), true).await;
        suspended.unwrap();
        door.server.world.access.changed();
        assert_eq!(told(client.fetch(ticket(&info)).await).0, Code::Unauthenticated);
    });
}

/// Commands that noise is sent as.
const KINDS: &[&str] =
    &["CommandStatementQuery", "TicketStatementQuery", "CommandGetTables", "CommandGetSqlInfo", "Nothing"];

/// Whatever is sent in the place of a command, ticket or action is refused as what it is, and breaks nothing.
#[test]
fn noise_is_refused_and_breaks_nothing() {
    run(async {
        let door = Door::open().await;
        let client = door.acme().await;
        let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(200));
        let noise = proptest::collection::vec(any::<u8>(), 0..200);
        let strategy = (noise, proptest::sample::select(KINDS), any::<bool>());
        let handle = tokio::runtime::Handle::current();
        let tried = tokio::task::spawn_blocking(move || {
            runner.run(&strategy, |(bytes, kind, wrapped)| {
                let any = Any {
                    type_url: format!("type.googleapis.com/arrow.flight.protocol.sql.{kind}"),
                    value: bytes.clone().into(),
                };
                let sent = if wrapped { any.encode_to_vec() } else { bytes };
                let mut client = client.clone();
                handle.block_on(async {
                    let descriptor = arrow_flight::FlightDescriptor::new_cmd(sent.clone());
                    let mut codes = Vec::new();
                    let request = client.request(descriptor);
                    codes.extend(client.inner.get_flight_info(request).await.err());
                    codes.extend(client.fetch(Ticket::new(sent.clone())).await.err());
                    codes.extend(client.act("CreatePreparedStatement", sent.clone()).await.err());
                    codes.extend(client.act("CancelFlightInfo", sent).await.err());
                    for status in codes {
                        let code = status.code();
                        prop_assert!(
                            matches!(code, Code::InvalidArgument | Code::PermissionDenied | Code::Unimplemented),
                            "{code:?}: {}",
                            status.message()
                        );
                    }
                    Ok(())
                })
            })
        });
        tried.await.unwrap().unwrap();
        assert_eq!(door.acme().await.sql("SELECT 1").await.unwrap().num_rows(), 1);
    });
}
