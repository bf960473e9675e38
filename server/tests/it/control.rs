//! The control database: the same promises on SQLite and on PostgreSQL.

use crate::postgres;
use crate::world::{PASSWORD, World, acme, from, new_token, on_both, permissions, refusal};
use pulse_engine::{Clock, TenantId};
use pulse_server::Error;
use pulse_server::auth::{Credential, Permission, Principal};
use pulse_server::branding::Branding;
use pulse_server::control::*;
use std::collections::BTreeSet;
use std::time::Duration;

on_both! { World;
    nobody_gives_what_they_do_not_have
    a_tenant_keeps_an_owner
    owners_who_leave_at_once_leave_one
    a_change_to_an_old_version_is_refused
    a_role_of_a_tenants_own_is_its_alone_and_goes_when_nobody_has_it
    denials_go_before_roles_and_grants
    a_suspended_tenant_lets_nobody_in_and_loses_nothing
    an_operator_is_of_no_tenant
    an_erased_tenant_leaves_a_receipt_and_nothing_else
    lists_are_read_page_by_page
    a_database_that_is_there_is_opened_again
}

async fn nobody_gives_what_they_do_not_have(world: World) {
    let control = world.control();
    let everything = || Sees::Everything;
    let admin = world.join("admin@example.com", &["admin"], everything()).await;
    let by = world.authority(&admin).await;
    let own = Refusal::Beyond(Permission::TenantOwn);
    let invite =
        async |roles: &str, sees| control.invite(&acme(), &by, "x@example.com", vec![roles.to_owned()], sees).await;
    assert_eq!(refusal(invite("owner", everything()).await), own);
    assert_eq!(
        refusal(control.create_role(&acme(), &by.permissions, "king", "", &permissions(&Permission::ALL)).await),
        own
    );
    let rise = MemberChange { roles: Some(vec!["owner".into()]), ..MemberChange::default() };
    assert_eq!(refusal(control.change_member(&acme(), &by, &admin.id, 1, rise).await), own);
    let grant = MemberChange { granted: Some(permissions(&[Permission::TenantOwn])), ..MemberChange::default() };
    assert_eq!(refusal(control.change_member(&acme(), &by, &admin.id, 1, grant).await), own);
    let fall = MemberChange { active: Some(false), ..MemberChange::default() };
    assert_eq!(
        refusal(control.change_member(&acme(), &by, &world.ada.id, 1, fall).await),
        own,
        "an owner is above an admin"
    );
    let token = NewToken {
        name: "t".into(),
        permissions: permissions(&[Permission::TenantOwn]),
        sees: None,
        days: 1,
        service: true,
    };
    assert_eq!(refusal(control.create_token(&acme(), &by, &admin.id, token).await), own);
    // Whoever sees some teams shows nobody others.
    let few = Sees::Only { teams: ["a".to_owned()].into(), projects: BTreeSet::new() };
    let bound = Authority { permissions: by.permissions.clone(), sees: few.clone() };
    let wide = control.invite(&acme(), &bound, "x@example.com", vec!["viewer".into()], Sees::Everything).await;
    assert!(matches!(refusal(wide), Refusal::Invalid { field: "sees", .. }));
    control.invite(&acme(), &bound, "x@example.com", vec!["viewer".into()], few).await.unwrap();
    let unknown = control.invite(&acme(), &by, "x@example.com", vec!["wizard".into()], everything()).await;
    assert!(matches!(refusal(unknown), Refusal::Unknown { what: "role", .. }));
}

async fn a_tenant_keeps_an_owner(world: World) {
    let (control, by) = (world.control(), world.owner().await);
    let change = async |change| control.change_member(&acme(), &by, &world.ada.id, 1, change).await;
    for last in [
        MemberChange { active: Some(false), ..MemberChange::default() },
        MemberChange { roles: Some(vec!["admin".into()]), ..MemberChange::default() },
        MemberChange { denied: Some(permissions(&[Permission::TenantOwn])), ..MemberChange::default() },
    ] {
        assert_eq!(refusal(change(last).await), Refusal::LastOwner);
    }
    let second = world.join("grace@example.com", &["owner"], Sees::Everything).await;
    change(MemberChange { roles: Some(vec!["viewer".into()]), ..MemberChange::default() }).await.unwrap();
    let last = MemberChange { active: Some(false), ..MemberChange::default() };
    assert_eq!(refusal(control.change_member(&acme(), &by, &second.id, 1, last).await), Refusal::LastOwner);
}

async fn owners_who_leave_at_once_leave_one(world: World) {
    let mut owners = vec![world.ada.clone()];
    for n in 0..3 {
        owners.push(world.join(&format!("owner{n}@example.com"), &["owner"], Sees::Everything).await);
    }
    let by = world.owner().await;
    let mut leaving = Vec::new();
    for owner in owners {
        let (control, by) = (world.control().clone(), by.clone());
        leaving.push(tokio::spawn(async move {
            let gone = MemberChange { active: Some(false), ..MemberChange::default() };
            control.change_member(&acme(), &by, &owner.id, 1, gone).await.is_ok()
        }));
    }
    let mut left = 0;
    for one in leaving {
        left += usize::from(one.await.unwrap());
    }
    assert_eq!(left, 3);
    assert!(world.control().has_owner(&acme()).await.unwrap());
}

async fn a_change_to_an_old_version_is_refused(world: World) {
    let control = world.control();
    let bob = world.join("bob@example.com", &["viewer"], Sees::Everything).await;
    let by = world.owner().await;
    let to = |role: &str| MemberChange { roles: Some(vec![role.to_owned()]), ..MemberChange::default() };
    let member = control.change_member(&acme(), &by, &bob.id, 1, to("analyst")).await.unwrap();
    assert_eq!((member.version, member.roles), (2, vec!["analyst".to_owned()]));
    assert_eq!(refusal(control.change_member(&acme(), &by, &bob.id, 1, to("viewer")).await), Refusal::Stale);
    let rename = |name: &str| TenantChange { name: Some(name.to_owned()), ..TenantChange::default() };
    assert_eq!(control.change_tenant(&acme(), 1, rename("ACME")).await.unwrap().name, "ACME");
    assert_eq!(refusal(control.change_tenant(&acme(), 1, rename("x")).await), Refusal::Stale);
    let odd = TenantChange { time_zone: Some("Mars/Base".into()), ..TenantChange::default() };
    assert!(matches!(
        refusal(control.change_tenant(&acme(), 2, odd).await),
        Refusal::Invalid { field: "time_zone", .. }
    ));
}

async fn a_role_of_a_tenants_own_is_its_alone_and_goes_when_nobody_has_it(world: World) {
    let (control, by) = (world.control(), world.owner().await);
    let read = permissions(&[Permission::MetricsRead]);
    let create = async |name: &str| control.create_role(&acme(), &by.permissions, name, "d", &read).await;
    assert!(matches!(refusal(create("owner").await), Refusal::BuiltIn(_)));
    assert!(matches!(refusal(create("Odd Name").await), Refusal::Invalid { field: "name", .. }));
    create("reader").await.unwrap();
    assert!(matches!(refusal(create("reader").await), Refusal::Taken { .. }));
    let umbrella = TenantId::new("umbrella").unwrap();
    control.create_tenant(&umbrella, "Umbrella", "UTC").await.unwrap();
    assert_eq!(control.role(&umbrella, "reader").await.unwrap(), None);
    let bob = world.join("bob@example.com", &["reader"], Sees::Everything).await;
    assert!(matches!(refusal(control.remove_role(&acme(), &by.permissions, "reader").await), Refusal::InUse(_)));
    let mut role = control.role(&acme(), "reader").await.unwrap().unwrap();
    role.permissions.insert(Permission::SqlRun);
    control.change_role(&acme(), &by.permissions, &role, 1).await.unwrap();
    assert!(world.authority(&bob).await.permissions.contains(&Permission::SqlRun), "whoever has it may do more now");
    assert_eq!(refusal(control.change_role(&acme(), &by.permissions, &role, 1).await), Refusal::Stale);
    let to = MemberChange { roles: Some(vec!["viewer".into()]), ..MemberChange::default() };
    control.change_member(&acme(), &by, &bob.id, 1, to).await.unwrap();
    control.remove_role(&acme(), &by.permissions, "reader").await.unwrap();
    assert!(matches!(refusal(control.remove_role(&acme(), &by.permissions, "reader").await), Refusal::Unknown { .. }));
}

async fn denials_go_before_roles_and_grants(world: World) {
    let (control, by) = (world.control(), world.owner().await);
    let bob = world.join("bob@example.com", &["analyst"], Sees::Everything).await;
    let change = MemberChange {
        granted: Some(permissions(&[Permission::UsersRead, Permission::SqlRun])),
        denied: Some(permissions(&[Permission::SqlRun])),
        ..MemberChange::default()
    };
    let member = control.change_member(&acme(), &by, &bob.id, 1, change).await.unwrap();
    assert_eq!(member.permissions, permissions(&[Permission::MetricsRead, Permission::UsersRead]));
}

async fn a_suspended_tenant_lets_nobody_in_and_loses_nothing(world: World) {
    let control = world.control();
    let grant = world.access.sign_in("ada@example.com", PASSWORD, Some("acme"), &from()).await.unwrap();
    let (_, secret) = control
        .create_token(&acme(), &world.owner().await, &world.ada.id, new_token(Permission::SqlRun, true))
        .await
        .unwrap();
    control.suspend_tenant(&acme(), true).await.unwrap();
    world.access.changed();
    assert_eq!(world.principal(&grant.token).await, None);
    assert!(world.access.principal(Credential::Api(secret.tell())).await.unwrap().is_none());
    assert!(matches!(
        world.access.sign_in("ada@example.com", PASSWORD, Some("acme"), &from()).await,
        Err(Error::NoTenant)
    ));
    control.suspend_tenant(&acme(), false).await.unwrap();
    world.access.changed();
    assert!(world.principal(&grant.token).await.is_some());
}

async fn an_operator_is_of_no_tenant(world: World) {
    let grant = world.access.sign_in("ada@example.com", PASSWORD, Some("platform"), &from()).await.unwrap();
    assert!(matches!(world.principal(&grant.token).await, Some(Principal::Operator { .. })));
    world.join("bob@example.com", &["owner"], Sees::Everything).await;
    let bob = world.access.sign_in("bob@example.com", PASSWORD, Some("platform"), &from()).await;
    assert!(matches!(bob, Err(Error::NoTenant)), "an owner is no operator");
    // A tenant's token does not become an operator's when what it says of its tenant is left out, nor the other way round.
    let claims = world.access.signer.check(&grant.token).await.unwrap().unwrap();
    let (forged, _) = world.access.signer.sign(&claims.sub, Some("acme"), &claims.sid).await.unwrap();
    assert_eq!(world.principal(&forged).await, None);
}

async fn an_erased_tenant_leaves_a_receipt_and_nothing_else(world: World) {
    let (control, engine) = (world.control(), pulse_engine::Engine::open("memory://").await.unwrap());
    let umbrella = TenantId::new("umbrella").unwrap();
    control.create_tenant(&umbrella, "Umbrella", "UTC").await.unwrap();
    let link = control.setup_link(&umbrella, false).await.unwrap();
    let both = control.accept(link.tell(), "both@example.com", "Both", PASSWORD, "").await.unwrap();
    let link = control
        .invite(&acme(), &world.owner().await, "both@example.com", vec!["viewer".into()], Sees::Everything)
        .await
        .unwrap();
    control.accept(link.tell(), "", "", PASSWORD, "").await.unwrap();
    let alone = world.join("alone@example.com", &["viewer"], Sees::Everything).await;
    for email in ["both@example.com", "alone@example.com"] {
        world.access.sign_in(email, PASSWORD, Some("acme"), &from()).await.unwrap();
    }
    control.create_token(&acme(), &world.owner().await, &alone.id, new_token(Permission::SqlRun, false)).await.unwrap();
    let event = pulse_server::audit::Event { at: 1, action: "x".into(), outcome: "done".into(), ..Default::default() };
    control.record(&acme(), &event).await.unwrap();
    pulse_server::audit::land(control, &engine).await.unwrap();
    control.record(&acme(), &event).await.unwrap();

    control.end_sessions_in(&acme(), &alone.id, "test").await.unwrap();
    let viewer = world.authority(&alone).await;
    assert_eq!(control.read_notifications(&acme(), (&alone.id, &viewer), Some(1)).await.unwrap(), 1);
    let vault = pulse_server::auth::Vault::new("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").unwrap();
    let (hook, _) = control.create_hook(&acme(), "push", &Trigger::new("map", ""), "user_op", &vault).await.unwrap();
    control.call_hook(&acme(), &hook, Some("mark")).await.unwrap().unwrap();

    let connection = Connection {
        name: "api".into(),
        connector: "git".into(),
        place: "api".into(),
        settings: serde_json::json!({}),
        has_credential: true,
        created_by: "ada".into(),
        created_at: 0,
        version: 0,
    };
    let set = control.set_connection(&acme(), &connection, Some("a token"), &vault).await.unwrap();
    let budget = pulse_connectors::Budget { name: "core".into(), limit: 9, remaining: 8, resets_at: 7, at: 6 };
    for connection in [set.clone(), Connection { name: "gone".into(), ..set }] {
        control.keep_budgets(&acme(), &connection, std::slice::from_ref(&budget)).await.unwrap();
    }
    control.note_size(&acme(), Size { files: 2, bytes: 3 }).await.unwrap();
    control.set_target(&acme(), "cycle_time", 86_400.0, "user_1", 0).await.unwrap();
    control.set_target(&acme(), "cycle_time", 43_200.0, "user_1", 1).await.unwrap();
    control.set_own_metric(&acme(), "ours", "-- name: ours", "user_1", 0).await.unwrap();
    control.set_own_metric(&acme(), "ours", "-- name: ours, anew", "user_1", 1).await.unwrap();
    control.set_branding(&acme(), Branding::default(), "user_1", 0).await.unwrap();
    control.set_branding(&acme(), Branding::default(), "user_1", 1).await.unwrap();
    let draft = Draft { title: "t".into(), description: "".into(), sql: "".into(), parameters: vec![], shared: true };
    let saved = control.save_query(&acme(), &alone.id, draft.clone()).await.unwrap();
    let draft = Draft { sql: "SELECT 1".into(), ..draft };
    control.change_saved_query(&acme(), (&alone.id, false), (&saved.id, 1), draft).await.unwrap();

    let open = control.erase_tenant(&engine, &acme(), "user_op").await;
    assert!(matches!(refusal(open), Refusal::Invalid { .. }), "it has to be suspended first");
    control.suspend_tenant(&acme(), true).await.unwrap();
    let receipt = control.erase_tenant(&engine, &acme(), "user_op").await.unwrap();
    assert!(receipt.objects >= 2 && receipt.done_at.is_some(), "{receipt:?}");
    let rows: Vec<(&str, i64)> = receipt.rows.iter().map(|(table, n)| (table.as_str(), *n)).collect();
    let expected = [
        ("alert_clocks", 0),
        ("alert_rules", 0),
        ("alert_steps", 0),
        ("alerts", 0),
        ("api_tokens", 1),
        ("audit_events", 1),
        ("audit_heads", 1),
        ("branding_versions", 1),
        ("brandings", 1),
        ("budgets", 1),
        ("connections", 1),
        ("deliveries", 0),
        ("delivery_attempts", 0),
        ("destinations", 0),
        ("event_heads", 1),
        ("event_reads", 1),
        ("events", 5),
        ("hook_calls", 1),
        ("hooks", 1),
        ("identities", 0),
        ("identity_providers", 0),
        ("job_holds", 0),
        ("job_runs", 0),
        ("job_steps", 1),
        ("job_turns", 1),
        ("jobs", 1),
        ("lake_sizes", 1),
        ("links", 3),
        ("members", 3),
        ("own_metric_versions", 1),
        ("own_metrics", 1),
        ("parcels", 0),
        ("refresh_tokens", 2),
        ("report_definitions", 0),
        ("reports", 0),
        ("roles", 0),
        ("running_queries", 0),
        ("saved_queries", 1),
        ("saved_query_versions", 2),
        ("schedule_pauses", 0),
        ("schedules", 0),
        ("sessions", 2),
        ("target_versions", 1),
        ("targets", 1),
        ("told_risks", 0),
        ("users", 1),
    ];
    assert_eq!(rows, expected);
    assert_eq!(
        control.erase_tenant(&engine, &acme(), "user_op").await.unwrap(),
        receipt,
        "asked again, it is the same"
    );
    assert!(control.user(&alone.id).await.unwrap().is_none() && control.user(&both.id).await.unwrap().is_some());
    assert!(control.user(&world.ada.id).await.unwrap().is_some(), "a platform operator stays");
    assert_eq!(control.tenants_of(&both.id).await.unwrap(), [umbrella]);
    control.suspend_tenant(&acme(), false).await.unwrap();
    let left = control.tenant(&acme()).await.unwrap().unwrap();
    assert_eq!((left.state, left.name.as_str()), (TenantState::Erased, "acme"));
    assert!(matches!(refusal(control.create_tenant(&acme(), "x", "UTC").await), Refusal::Taken { .. }));
}

async fn lists_are_read_page_by_page(world: World) {
    for n in 0..5 {
        world.join(&format!("p{n}@example.com"), &["viewer"], Sees::Everything).await;
    }
    let (mut names, mut next, mut pages) = (Vec::new(), None, 0);
    loop {
        let cursor = Cursor::new(next.as_deref(), Some(2)).unwrap();
        let page = world.control().members(&acme(), &cursor).await.unwrap();
        names.extend(page.items.into_iter().map(|member| member.email));
        pages += 1;
        next = page.next;
        if next.is_none() {
            break;
        }
    }
    let all: BTreeSet<&String> = names.iter().collect();
    assert_eq!((names.len(), all.len(), pages), (6, 6, 3));
}

async fn a_database_that_is_there_is_opened_again(world: World) {
    assert!(matches!(refusal(world.control().create_tenant(&acme(), "x", "UTC").await), Refusal::Taken { .. }));
    assert_eq!(world.control().tenant(&acme()).await.unwrap().unwrap().time_zone, "Europe/Berlin");
    world.control().ping().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_start_at_once_find_one_schema() {
    let folder = tempfile::tempdir().unwrap();
    let file = format!("sqlite:{}", folder.path().join("control.db").display());
    let server = tokio::task::spawn_blocking(postgres::database).await.unwrap();
    for address in [file, server] {
        let mut opening = Vec::new();
        for _ in 0..6 {
            let address = address.clone();
            opening.push(tokio::spawn(async move { Control::open(&address, Clock::System).await.map(|_| ()) }));
        }
        for one in opening {
            one.await.unwrap().unwrap();
        }
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_told_at_once_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("control.db");
    std::fs::write(&path, "what somebody wrote who meant another file").unwrap();
    let url = format!("sqlite:{}", path.display());
    let opening = Control::open(&url, Clock::System);
    let error = tokio::time::timeout(Duration::from_secs(10), opening).await.unwrap().unwrap_err();
    assert!(matches!(error, Error::Database(_)), "{error:?}");
    assert!(error.to_string().contains("is no database of SQLite: name the right one, or restore a backup"), "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "what somebody wrote who meant another file");
}

#[tokio::test]
async fn an_address_that_is_none_is_refused_without_its_password() {
    let error = Control::open("mysql://pulse:secret@host/db", Clock::System).await.unwrap_err().to_string();
    assert!(error.contains("postgres://") && !error.contains("secret"), "{error}");
    let gone = Control::open("postgres://pulse:secret@127.0.0.1:1/db", Clock::System).await.unwrap_err();
    assert!(matches!(gone, Error::DatabaseAway(_)) && !gone.to_string().contains("secret"), "{gone}");
}
