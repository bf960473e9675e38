//! Quotas hold, whichever way in is tried, and however many try at once.

use crate::world::{PASSWORD, World, acme, new_token, on_both, refusal};
use pulse_server::auth::Permission;
use pulse_server::control::*;

on_both! { World;
    a_tenant_has_no_more_members_than_it_may
    a_tenant_has_no_more_tokens_than_it_may
    a_tenant_has_no_more_connections_than_it_may
    a_tenant_has_no_more_metrics_of_its_own_than_it_may
    many_at_once_get_no_further_than_one
}

async fn limit(world: &World, members: Option<i64>, tokens: Option<i64>) {
    let version = world.control().tenant(&acme()).await.unwrap().unwrap().version;
    let tenant =
        world.control().set_quotas(&acme(), version, &Quotas { members, tokens, ..Quotas::default() }).await.unwrap();
    assert_eq!((tenant.quotas.members, tenant.version), (members, version + 1));
    let stale = world.control().set_quotas(&acme(), version, &Quotas::default()).await;
    assert_eq!(refusal(stale), Refusal::Stale);
}

fn over(what: &'static str, most: i64) -> Refusal {
    Refusal::OverQuota { what, most }
}

async fn invite(world: &World, email: &str) -> String {
    let owner = world.owner().await;
    let link = world.control().invite(&acme(), &owner, email, vec!["viewer".into()], Sees::Everything).await;
    link.unwrap().tell().to_owned()
}

async fn a_tenant_has_no_more_members_than_it_may(world: World) {
    let control = world.control();
    limit(&world, Some(2), None).await;
    let bob = world.join("bob@example.com", &["viewer"], Sees::Everything).await;
    let link = invite(&world, "eve@example.com").await;
    assert_eq!(refusal(control.accept(&link, "", "Eve", PASSWORD, "").await), over("members", 2));
    assert!(control.user_by_email("eve@example.com").await.unwrap().is_none());
    // Who belongs to it already may accept once more, and its own place may be taken and given back.
    let again = invite(&world, "bob@example.com").await;
    control.accept(&again, "", "", PASSWORD, "").await.unwrap();
    let set = async |active: bool| {
        let version = control.member(&acme(), &bob.id).await.unwrap().unwrap().version;
        let change = MemberChange { active: Some(active), ..MemberChange::default() };
        control.change_member(&acme(), &world.owner().await, &bob.id, version, change).await
    };
    set(false).await.unwrap();
    control.accept(&link, "", "Eve", PASSWORD, "").await.unwrap();
    assert_eq!(refusal(set(true).await), over("members", 2));
    // An identity provider gives nobody a place that there is not.
    let terms = serde_json::json!({"issuer": "https://idp", "client_id": "x", "roles": ["viewer"]});
    let terms = serde_json::from_value(terms).unwrap();
    let provider = control.create_provider(&acme(), &world.owner().await, "idp", terms, None).await.unwrap();
    let identity = Identity {
        issuer: "https://idp".into(),
        subject: "1".into(),
        email: Some("grace@example.com".into()),
        verified: true,
        name: "Grace".into(),
        groups: Default::default(),
    };
    assert_eq!(refusal(control.come_by(&acme(), &provider, &identity).await), over("members", 2));
    limit(&world, None, None).await;
    set(true).await.unwrap();
    control.come_by(&acme(), &provider, &identity).await.unwrap();
}

async fn a_tenant_has_no_more_tokens_than_it_may(world: World) {
    limit(&world, None, Some(1)).await;
    let make = async || {
        let new = new_token(Permission::MetricsRead, true);
        world.control().create_token(&acme(), &world.owner().await, &world.ada.id, new).await
    };
    let (first, _) = make().await.unwrap();
    assert_eq!(refusal(make().await), over("tokens", 1));
    world.control().revoke_token(&acme(), None, &first.id).await.unwrap();
    make().await.unwrap();
    world.pass(31 * crate::world::DAY);
    make().await.unwrap();
    limit(&world, None, Some(0)).await;
    assert_eq!(refusal(make().await), over("tokens", 0));
}

async fn a_tenant_has_no_more_connections_than_it_may(world: World) {
    let (control, quotas) = (world.control(), Quotas { connections: Some(1), ..Quotas::default() });
    let version = control.tenant(&acme()).await.unwrap().unwrap().version;
    control.set_quotas(&acme(), version, &quotas).await.unwrap();
    let vault = world.access.signer.vault().clone();
    let connection = |name: &str, version| Connection {
        name: name.into(),
        connector: "git".into(),
        place: "api".into(),
        settings: serde_json::json!({}),
        has_credential: false,
        created_by: world.ada.id.clone(),
        created_at: 0,
        version,
    };
    control.set_connection(&acme(), &connection("api", 0), None, &vault).await.unwrap();
    assert_eq!(
        refusal(control.set_connection(&acme(), &connection("web", 0), None, &vault).await),
        over("connections", 1)
    );
    control.set_connection(&acme(), &connection("api", 1), None, &vault).await.unwrap();
    control.remove_connection(&acme(), "api").await.unwrap();
    control.set_connection(&acme(), &connection("web", 0), None, &vault).await.unwrap();
}

async fn a_tenant_has_no_more_metrics_of_its_own_than_it_may(world: World) {
    let control = world.control();
    let set = async |name: &str, version: i64| {
        control.set_own_metric(&acme(), name, &format!("text {version}"), "ada", version).await
    };
    let change = async |quotas: Quotas| {
        let version = control.tenant(&acme()).await.unwrap().unwrap().version;
        control.set_quotas(&acme(), version, &quotas).await.unwrap();
    };
    change(Quotas { metrics: Some(1), ..Quotas::default() }).await;
    assert_eq!(set("a", 0).await.unwrap().version, 1);
    assert_eq!(refusal(set("b", 0).await), over("metrics of its own", 1));
    assert_eq!(refusal(set("a", 0).await), Refusal::Stale, "there is one");
    assert_eq!(set("a", 1).await.unwrap().version, 2, "what is there may be changed");
    assert_eq!(refusal(set("a", 1).await), Refusal::Stale);
    assert_eq!(refusal(set("b", 7).await), Refusal::Stale);
    control.set_target(&acme(), "a", 3.0, "ada", 0).await.unwrap();
    control.set_target(&acme(), "cycle_time", 3.0, "ada", 0).await.unwrap();
    control.remove_own_metric(&acme(), "a", "ada").await.unwrap();
    assert_eq!(control.targets(&acme()).await.unwrap().len(), 1, "its target goes with it");
    let gone = control.remove_own_metric(&acme(), "cycle_time", "ada").await;
    assert!(matches!(refusal(gone), Refusal::Unknown { .. }));
    assert_eq!(control.targets(&acme()).await.unwrap().len(), 1);
    // More than all of them may nobody give it.
    change(Quotas { metrics: Some(1_000), ..Quotas::default() }).await;
    for n in 0..100 {
        set(&format!("m{n}"), 0).await.unwrap();
    }
    assert_eq!(refusal(set("one_more", 0).await), over("metrics of its own", 100));
    let names: Vec<_> = control.own_metrics(&acme()).await.unwrap().into_iter().map(|metric| metric.name).collect();
    assert_eq!((names.len(), names.is_sorted()), (100, true));
    assert!(control.own_definitions(&acme()).await.unwrap().is_empty(), "none of these is a metric");
}

async fn many_at_once_get_no_further_than_one(world: World) {
    limit(&world, Some(4), Some(3)).await;
    let owner = world.owner().await;
    let mut tries = Vec::new();
    for n in 0..8 {
        let (control, owner, ada) = (world.control().clone(), owner.clone(), world.ada.id.clone());
        let link = invite(&world, &format!("p{n}@example.com")).await;
        tries.push(tokio::spawn(async move {
            let joined = control.accept(&link, "", "P", PASSWORD, "").await.is_ok();
            let made = control.create_token(&acme(), &owner, &ada, new_token(Permission::MetricsRead, true)).await;
            (joined, made.is_ok())
        }));
    }
    let mut done = (0, 0);
    for one in tries {
        let (joined, made) = one.await.unwrap();
        done = (done.0 + usize::from(joined), done.1 + usize::from(made));
    }
    assert_eq!(done, (3, 3), "Ada was there before");
}
