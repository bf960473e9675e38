//! Who comes in over Flight SQL, what they see, and what the trail says of it.

use crate::flight::{Client, Door, told};
use crate::rest::{Server, run};
use crate::world::{PASSWORD, acme};
use arrow::array::AsArray as _;
use arrow::datatypes::Int64Type;
use arrow_flight::{BasicAuth, HandshakeRequest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures::stream;
use prost::Message as _;
use pulse_engine::land::{Page, Payload};
use pulse_server::auth::Permission;
use pulse_server::control::{Authority, NewToken, Sees};
use tonic::{Code, Request, Status};

/// What a handshake gives, with this header and this payload.
async fn shake(door: &Door, header: Option<String>, payload: Vec<u8>) -> Result<String, Status> {
    let mut client = door.client("").await;
    let said = HandshakeRequest { protocol_version: 0, payload: payload.into() };
    let mut request = Request::new(stream::iter([said]));
    if let Some(header) = header {
        request.metadata_mut().insert("authorization", header.parse().unwrap());
    }
    let response = client.inner.handshake(request).await?;
    let header = response.metadata().get("authorization").unwrap().to_str().unwrap().to_owned();
    let answer = response.into_inner().message().await?.unwrap();
    assert_eq!(header.as_bytes(), [b"Bearer ", answer.payload.as_ref()].concat());
    Ok(String::from_utf8(answer.payload.to_vec()).unwrap())
}

async fn enter(door: &Door, user: &str, password: &str) -> Result<String, Status> {
    shake(door, Some(format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))), vec![]).await
}

async fn count(client: &mut Client, table: &str) -> i64 {
    let rows = client.sql(&format!("SELECT count(*) AS n FROM {table}")).await.unwrap();
    rows.column(0).as_primitive::<Int64Type>().value(0)
}

#[test]
fn somebody_comes_in_by_a_password_or_a_token_and_goes_on_for_twelve_hours() {
    run(async {
        let door = Door::open().await;
        let ada = enter(&door, "ada@example.com", PASSWORD).await.unwrap();
        let named = enter(&door, "Ada@example.com/acme", PASSWORD).await.unwrap();
        let pair = BasicAuth { username: "ada@example.com".into(), password: PASSWORD.into() };
        let spoken = shake(&door, None, pair.encode_to_vec()).await.unwrap();
        let service = enter(&door, "token", &door.server.acme).await.unwrap();
        assert_eq!(service, door.server.acme, "an API token stays what it is");
        assert_eq!(shake(&door, Some(format!("bearer {ada}")), vec![]).await.unwrap(), ada);
        let access = door.server.world.access.sign_in("ada@example.com", PASSWORD, None, &Default::default()).await;
        for token in [&ada, &named, &spoken, &service, &access.unwrap().token] {
            assert_eq!(count(&mut door.client(token).await, "facts.deployments").await, 4);
        }
        // What the door gave is good at the door alone.
        let rest = door.server.client.get(format!("{}/api/v1/me", door.server.address)).bearer_auth(&ada);
        assert_eq!(rest.send().await.unwrap().status(), 401);
        door.server.world.pass(12 * 3600 * 1_000_000 - 1);
        let mut client = door.client(&ada).await;
        assert_eq!(count(&mut client, "facts.deployments").await, 4);
        door.server.world.pass(1);
        assert_eq!(told(client.sql("SELECT 1").await).1, "no-valid-token");
    });
}

#[test]
fn nobody_else_comes_in() {
    run(async {
        let door = Door::open().await;
        for (user, password) in [
            ("ada@example.com", "wrong"),
            ("nobody@example.com", PASSWORD),
            ("", ""),
            ("token", "pulse_wrong"),
            (door.server.acme.as_str(), ""),
        ] {
            let (code, stable, _) = told(enter(&door, user, password).await);
            assert_eq!(code, Code::Unauthenticated, "{user}");
            assert!(["wrong-password", "no-valid-token"].contains(&stable.as_str()), "{user}: {stable}");
        }
        assert_eq!(told(enter(&door, "ada@example.com/umbrella", PASSWORD).await).1, "no-tenant");
        for header in ["Basic", "Basic !!", "Basic YQ==", "Digest x", ""] {
            assert_eq!(told(shake(&door, Some(header.to_owned()), vec![]).await).1, "no-valid-token", "{header}");
        }
        assert_eq!(told(shake(&door, None, vec![0xff]).await).1, "no-valid-token");
        let good = enter(&door, "ada@example.com", PASSWORD).await.unwrap();
        let cut = good[..good.len() - 1].to_owned();
        let (head, tail) = good.rsplit_once('.').unwrap();
        let turned = format!("{head}.{}", tail.chars().rev().collect::<String>());
        for token in ["", "x", "v1.", "v1.a.b.c", "pulse_x", "a.b.c", &cut, &turned] {
            let mut client = door.client(token).await;
            let (code, stable, why) = told(client.sql("SELECT 1").await);
            assert_eq!((code, stable.as_str()), (Code::Unauthenticated, "no-valid-token"), "{token}");
            assert!(why.contains("authorization: Bearer TOKEN"), "{why}");
            assert_eq!(told(client.act("CloseSession", vec![]).await).0, Code::Unauthenticated);
            let request = client.request(arrow_flight::Empty {});
            assert_eq!(told(client.inner.list_actions(request).await).0, Code::Unauthenticated);
        }
    });
}

#[test]
fn a_session_that_ended_and_a_role_that_was_taken_away_hold_at_once() {
    run(async {
        let door = Door::open().await;
        let world = &door.server.world;
        let bob = world.join("bob@example.com", &["analyst"], Sees::Everything).await;
        let mut client = door.client(&enter(&door, "bob@example.com", PASSWORD).await.unwrap()).await;
        assert_eq!(count(&mut client, "facts.deployments").await, 4);
        world.control().end_sessions_in(&acme(), &bob.id, "test").await.unwrap();
        world.access.changed();
        assert_eq!(told(client.sql("SELECT 1").await).1, "no-valid-token");
        // A viewer reads figures, and asks nothing in SQL.
        world.join("eve@example.com", &["viewer"], Sees::Everything).await;
        let mut eve = door.client(&enter(&door, "eve@example.com", PASSWORD).await.unwrap()).await;
        let (code, stable, why) = told(eve.sql("SELECT 1").await);
        assert_eq!((code, stable.as_str()), (Code::PermissionDenied, "not-allowed"));
        assert!(why.contains("sql:run"), "{why}");
        // A platform operator has no tenant.
        let (code, _, why) = told(enter(&door, "ada@example.com/platform", PASSWORD).await);
        assert!(code == Code::PermissionDenied && why.contains("sees no tenant's data"), "{why}");
    });
}

#[test]
fn whoever_is_limited_sees_their_own_rows_and_no_table_that_says_not_whose_they_are() {
    run(async {
        let door = Door::open().await;
        let by = Authority { permissions: Permission::ALL.into_iter().collect(), sees: Sees::Everything };
        let nothing = Sees::Only { teams: Default::default(), projects: Default::default() };
        let new = NewToken {
            name: "limited".into(),
            permissions: [Permission::SqlRun].into(),
            sees: Some(nothing),
            days: 1,
            service: true,
        };
        let made = door.server.world.control().create_token(&acme(), &by, "shell", new).await.unwrap();
        let mut limited = door.client(made.1.tell()).await;
        assert_eq!(count(&mut limited, "facts.deployments").await, 0);
        assert_eq!(count(&mut limited, "dora.change_lead_time").await, 0);
        let (code, _, why) = told(limited.sql("SELECT * FROM core.people").await);
        assert!(code == Code::InvalidArgument && why.contains("is not shown to whoever sees some teams"), "{why}");
        assert_eq!(count(&mut door.acme().await, "facts.deployments").await, 4);
    });
}

#[test]
fn the_trail_tells_who_came_and_what_was_asked() {
    run(async {
        let lake = tempfile::tempdir().unwrap();
        let server = Server::over(url::Url::from_file_path(lake.path()).unwrap().into()).await;
        let payload = Payload { stream: "s".into(), key: "k".into(), observed_at: 1, body: "{}".into() };
        let page = Page { payloads: vec![payload], ..Page::default() };
        server.engine.tenant(&acme()).land("toy", "toy:a", page).await.unwrap();
        let door = Door::of(server).await;
        told(enter(&door, "ada@example.com", "wrong").await);
        let mut ada = door.client(&enter(&door, "ada@example.com", PASSWORD).await.unwrap()).await;
        ada.sql("SELECT 'x' AS x UNION ALL SELECT 'y'").await.unwrap();
        told(ada.sql("SELECT nonsense").await);
        ada.ask(&arrow_flight::sql::CommandGetTableTypes {}).await.unwrap();
        door.server.world.join("eve@example.com", &["viewer"], Sees::Everything).await;
        let mut eve = door.client(&enter(&door, "eve@example.com", PASSWORD).await.unwrap()).await;
        told(eve.sql("SELECT 1").await);
        let control = door.server.world.control();
        let mut all = Vec::new();
        for _ in 0..1_200 {
            let links = control.number_events(&acme()).await.unwrap();
            all = links.into_iter().map(|link| link.event).filter(|e| e.action.starts_with("FLIGHT")).collect();
            if all.len() == 6 {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        let mut told: Vec<_> = all.iter().map(|e| format!("{} {} {:?}", e.action, e.outcome, e.rows)).collect();
        told.sort();
        assert_eq!(
            told,
            [
                "FLIGHT DoGet done Some(2)",
                "FLIGHT GetFlightInfo failed None",
                "FLIGHT GetFlightInfo refused None",
                "FLIGHT Handshake done None",
                "FLIGHT Handshake done None",
                "FLIGHT Handshake refused None",
            ]
        );
        let asked = all.iter().find(|e| e.action == "FLIGHT DoGet").unwrap();
        assert_eq!(asked.actor.as_deref(), Some(door.server.world.ada.id.as_str()));
        assert!(asked.detail.as_ref().unwrap().contains("UNION ALL") && asked.bytes > Some(0));
        assert!(asked.agent.as_ref().unwrap().contains("tonic"), "{asked:?}");
        // Whoever may read the trail finds it in SQL, here too.
        pulse_server::audit::land(control, &door.server.engine).await.unwrap();
        assert!(count(&mut ada, "audit.events").await >= 6);
        assert!(told_of_no_audit(&mut door.acme().await).await);
    });
}

async fn told_of_no_audit(client: &mut Client) -> bool {
    told(client.sql("SELECT * FROM audit.events").await).1 == "invalid-question"
}
