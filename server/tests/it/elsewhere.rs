//! Queries of one process, listed and stopped at another that shares its control database.

use crate::queries::{LONG, state};
use crate::rest::{Server, problem, run};
use crate::world::{PASSWORD, acme, from};
use pulse_server::auth::Permission;
use pulse_server::control::{MemberChange, NewToken, Sees};
use pulse_server::http::{App, Served, router};
use pulse_server::queries::{Manner, Queries};
use reqwest::{Method, StatusCode};
use serde_json::Value;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(20);

/// Another process beside a server: where it answers.
async fn beside(server: &Server) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let queries = Queries::new(server.world.control().clock(), Manner::default());
    let app = App::from(Served { queries, ..(*server.app).clone() });
    let service = router(app).into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    address
}

#[test]
fn a_query_that_takes_long_is_listed_and_stopped_at_another_process() {
    run(async {
        let server = Server::start().await;
        let other = beside(&server).await;
        let call = async |method: Method, token: &str, path: &str| {
            server.client.request(method, format!("{other}{path}")).bearer_auth(token).send().await.unwrap()
        };
        let listed = async |token: &str| -> Vec<Value> {
            let listed: Value = call(Method::GET, token, "/api/v1/queries").await.json().await.unwrap();
            listed["items"].as_array().unwrap().clone()
        };
        let runs = server.asks_aside(&server.acme, LONG);
        let here = server.until(&server.acme, |queries| queries.iter().any(|query| state(query) == "running")).await;
        let id = here[0]["id"].as_str().unwrap().to_owned();
        assert_eq!(listed(&server.acme).await, Vec::<Value>::new(), "nobody tells of it yet");
        let (queries, control) = (server.app.queries.clone(), server.world.control().clone());
        let tells = tokio::spawn(async move { queries.tell(&control).await });
        let start = Instant::now();
        let there = loop {
            if let [query] = &listed(&server.acme).await[..] {
                break query.clone();
            }
            assert!(start.elapsed() < PATIENCE, "it is told of nowhere");
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        assert_eq!((&there["id"], &there["statement"], state(&there)), (&here[0]["id"], &LONG.into(), "running"));
        // Neither another tenant nor another asker of this one has to do with it.
        let limited = server.limited().await;
        let path = format!("/api/v1/queries/{id}");
        for token in [&server.umbrella, &limited] {
            assert_eq!(listed(token).await, Vec::<Value>::new());
            assert_eq!(call(Method::DELETE, token, &path).await.status(), StatusCode::NOT_FOUND);
        }
        assert_eq!(server.queries(&server.acme).await.len(), 1, "where it runs it is there once");
        let stops = async || call(Method::DELETE, &server.acme, &path).await.status();
        // On a busy machine it may rest later than whoever stops it waits: that is said, and it is over when they ask again.
        match stops().await {
            StatusCode::SERVICE_UNAVAILABLE => {
                let start = Instant::now();
                while stops().await != StatusCode::NOT_FOUND {
                    assert!(start.elapsed() < PATIENCE, "it goes on");
                }
            }
            status => assert_eq!(status, StatusCode::NO_CONTENT),
        }
        let stopped = server.queries(&server.acme).await;
        assert_eq!((stopped.len(), state(&stopped[0])), (1, "stopped"));
        assert_eq!(runs.await.unwrap().status(), StatusCode::CONFLICT);
        assert_eq!(listed(&server.acme).await, Vec::<Value>::new());
        assert_eq!(call(Method::DELETE, &server.acme, &path).await.status(), StatusCode::NOT_FOUND);

        // A process that tells nothing any more is gone, and so is what it told of.
        let again = server.asks_aside(&server.acme, LONG);
        let start = Instant::now();
        while listed(&server.acme).await.is_empty() {
            assert!(start.elapsed() < PATIENCE, "it is told of nowhere");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        tells.abort();
        server.world.pass(11_000_000);
        assert_eq!(listed(&server.acme).await, Vec::<Value>::new());
        again.abort();
        let told = server.world.control().queries_elsewhere(&acme(), "a third", None).await.unwrap();
        assert!(told.is_empty());
    });
}

#[test]
fn the_queries_of_whoever_may_not_ask_any_more_end_and_those_of_others_go_on() {
    run(async {
        let server = Server::start().await;
        let (queries, control) = (server.app.queries.clone(), server.world.control());
        let tells = control.clone();
        tokio::spawn(async move { queries.tell(&tells).await });
        let (owner, by) = (server.owner().await, server.world.owner().await);
        let grace = server.world.join("grace@example.com", &["analyst"], Sees::Everything).await;
        let enter =
            async || server.world.access.sign_in("grace@example.com", PASSWORD, Some("acme"), &from()).await.unwrap();
        let is_under_way = |query: &&Value| query["ended_at"].is_null();
        let under_way = |queries: &[Value], n: usize| queries.iter().filter(is_under_way).count() == n;

        // Whoever signs out, or whose token is revoked, waits for no answer any more; what nobody waits for goes on.
        let first = enter().await;
        let waited_for = server.asks_aside(&first.token, LONG);
        let aside = server.begins(&first.token, LONG).await;
        let new = NewToken {
            name: "a service".into(),
            permissions: [Permission::SqlRun].into_iter().collect(),
            sees: None,
            days: 1,
            service: true,
        };
        let (token, secret) = control.create_token(&acme(), &by, &server.world.ada.id, new).await.unwrap();
        let services = server.asks_aside(secret.tell(), LONG);
        server.until(&owner, |queries| under_way(queries, 3)).await;
        control.end_session(&grace.id, &first.session.id, None, "signed out").await.unwrap();
        let told = problem(waited_for.await.unwrap(), 409, "stopped").await;
        assert!(told["detail"].as_str().unwrap().contains("may not ask it any more"), "{told}");
        assert!(!services.is_finished(), "nobody else is held to have gone");
        control.revoke_token(&acme(), None, &token.id).await.unwrap();
        problem(services.await.unwrap(), 409, "stopped").await;
        let listed = server.until(&owner, |queries| under_way(queries, 1)).await;
        let left = listed.iter().find(is_under_way).unwrap();
        assert!(aside.ends_with(left["id"].as_str().unwrap()), "{left}");

        // Nobody reads on in what they may not see any more.
        let narrow = async |change: MemberChange| {
            let member = control.member(&acme(), &grace.id).await.unwrap().unwrap();
            control.change_member(&acme(), &by, &grace.id, member.version, change).await.unwrap();
            server.world.access.changed();
        };
        let second = enter().await;
        let waited_for = server.asks_aside(&second.token, LONG);
        server.until(&owner, |queries| under_way(queries, 2)).await;
        let sees = Sees::Only { teams: ["t".to_owned()].into(), projects: Default::default() };
        narrow(MemberChange { sees: Some(sees), ..MemberChange::default() }).await;
        problem(waited_for.await.unwrap(), 409, "stopped").await;
        server.until(&owner, |queries| under_way(queries, 0)).await;

        // Whoever is no member any more has none at all.
        let aside = server.begins(&second.token, LONG).await;
        let waited_for = server.asks_aside(&second.token, LONG);
        let others = server.asks_aside(&server.acme, LONG);
        server.until(&owner, |queries| under_way(queries, 3)).await;
        narrow(MemberChange { active: Some(false), ..MemberChange::default() }).await;
        problem(waited_for.await.unwrap(), 409, "stopped").await;
        let listed = server.until(&owner, |queries| under_way(queries, 1)).await;
        let over = listed.iter().find(|query| aside.ends_with(query["id"].as_str().unwrap())).unwrap();
        assert_eq!(state(over), "stopped");
        assert!(!others.is_finished(), "a service's token goes on");
        others.abort();
    });
}
