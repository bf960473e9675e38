//! Coming in and going on: passwords, sessions, links, tokens and the keys that sign them, on both databases.

use crate::world::{DAY, PASSWORD, SECOND, World, acme, from, new_token, on_both, permissions, refusal};
use pulse_engine::{Clock, TenantId};
use pulse_server::Error;
use pulse_server::auth::{Credential, Permission, Permissions, Principal, Signer, SingleSignOn, Vault, Who};
use pulse_server::control::*;
use std::collections::BTreeSet;

on_both! { World;
    an_owner_signs_in_and_is_let_through
    a_wrong_password_an_unknown_address_and_a_deactivated_person_are_told_the_same
    too_many_tries_wait_longer_and_longer_whoever_has_the_address
    many_tries_at_once_are_no_way_around_the_wait
    an_office_signs_in_from_one_place_and_what_was_wrong_there_fades
    a_refresh_token_works_once_and_one_that_comes_back_ends_the_session
    two_tabs_may_renew_at_once
    sessions_end_by_time_by_their_owner_and_by_a_new_password
    a_link_works_once_and_for_its_time
    somebody_known_joins_another_tenant_with_their_own_password
    an_api_token_is_known_by_its_secret_until_it_is_revoked_or_old
    a_persons_token_never_does_more_than_the_person
    keys_change_without_anybody_noticing
}

async fn an_owner_signs_in_and_is_let_through(world: World) {
    let grant = world.access.sign_in(" ada@EXAMPLE.com ", PASSWORD, None, &from()).await.unwrap();
    assert_eq!(grant.session.tenant.as_deref(), Some("acme"));
    let Some(Principal::Member { tenant, who, authority, habits }) = world.principal(&grant.token).await else {
        panic!()
    };
    assert_eq!(tenant, acme());
    let settings = habits.over(&pulse_engine::Settings::default());
    assert_eq!(settings.time_zone.name(), "Europe/Berlin", "the tenant's own");
    assert_eq!(who, Who::Session { id: grant.session.id.clone(), user: world.ada.id.clone(), stays: false });
    assert_eq!(authority, Authority { permissions: Permission::ALL.into_iter().collect(), sees: Sees::Everything });
    let sessions = world.control().sessions(&world.ada.id, None, &Cursor::new(None, None).unwrap()).await.unwrap();
    assert_eq!((sessions.items.len(), sessions.items[0].address.as_str()), (1, "192.0.2.7"));
}

async fn a_wrong_password_an_unknown_address_and_a_deactivated_person_are_told_the_same(world: World) {
    let bob = world.join("bob@example.com", &["viewer"], Sees::Everything).await;
    let gone = MemberChange { active: Some(false), ..MemberChange::default() };
    world.control().change_member(&acme(), &world.owner().await, &bob.id, 1, gone).await.unwrap();
    for (email, password) in
        [("ada@example.com", "wrong"), ("nobody@example.com", PASSWORD), ("no address", "x"), ("", "")]
    {
        let outcome = world.access.sign_in(email, password, None, &from()).await;
        assert!(matches!(outcome, Err(Error::WrongPassword)), "{email}: {outcome:?}");
    }
    // He may come into no tenant; that he is known is his alone to see, who has the password.
    assert!(matches!(world.access.sign_in("bob@example.com", PASSWORD, None, &from()).await, Err(Error::NoTenant)));
    let other = world.access.sign_in("ada@example.com", PASSWORD, Some("umbrella"), &from()).await;
    assert!(matches!(other, Err(Error::NoTenant)));
}

async fn too_many_tries_wait_longer_and_longer_whoever_has_the_address(world: World) {
    for email in ["nobody@example.com", "ada@example.com"] {
        let wait = async || match world.control().sign_in(email, "wrong", "").await.unwrap() {
            SignIn::Later(seconds) => seconds,
            SignIn::Wrong => 0,
            SignIn::Welcome(_) => panic!(),
        };
        let mut waits = Vec::new();
        for _ in 0..5 {
            waits.push(wait().await);
        }
        for _ in 0..4 {
            waits.push(wait().await);
            world.pass(waits[waits.len() - 1] * SECOND);
            waits.push(wait().await);
        }
        assert_eq!(waits, [0, 0, 0, 0, 0, 1, 0, 2, 0, 4, 0, 8, 0], "{email}");
    }
    // The right password does not help while one has to wait, and clears everything after that.
    assert!(matches!(world.control().sign_in("ada@example.com", PASSWORD, "").await.unwrap(), SignIn::Later(16)));
    world.pass(16 * SECOND);
    assert!(matches!(world.control().sign_in("ada@example.com", PASSWORD, "").await.unwrap(), SignIn::Welcome(_)));
    for _ in 0..4 {
        assert!(matches!(world.control().sign_in("ada@example.com", "wrong", "").await.unwrap(), SignIn::Wrong));
    }
    // However long it went on, the wait has an end.
    for _ in 0..40 {
        world.control().sign_in("ada@example.com", "wrong", "").await.unwrap();
        world.pass(15 * 60 * SECOND);
    }
    assert!(matches!(world.control().sign_in("ada@example.com", PASSWORD, "").await.unwrap(), SignIn::Welcome(_)));
}

async fn an_office_signs_in_from_one_place_and_what_was_wrong_there_fades(world: World) {
    let sign_in = async |password| world.control().sign_in("ada@example.com", password, "192.0.2.1").await.unwrap();
    for n in 0..40 {
        assert!(matches!(sign_in(PASSWORD).await, SignIn::Welcome(_)), "the {n}th person of the office");
    }
    let guess =
        async |n: usize| world.control().sign_in(&format!("p{n}@example.com"), "wrong", "192.0.2.1").await.unwrap();
    let mut looked_at = 0;
    for n in 0..40 {
        looked_at += usize::from(matches!(guess(n).await, SignIn::Wrong));
    }
    assert_eq!(looked_at, 30);
    assert!(matches!(sign_in(PASSWORD).await, SignIn::Later(_)));
    world.pass(3600 * SECOND);
    assert!(matches!(sign_in(PASSWORD).await, SignIn::Welcome(_)));
    for n in 40..60 {
        assert!(matches!(guess(n).await, SignIn::Wrong), "an hour's worth is forgotten");
    }
}

async fn many_tries_at_once_are_no_way_around_the_wait(world: World) {
    let mut tries = Vec::new();
    for _ in 0..20 {
        let control = world.control().clone();
        tries.push(tokio::spawn(async move { control.sign_in("ada@example.com", "wrong", "").await.unwrap() }));
    }
    let mut looked_at = 0;
    for outcome in tries {
        looked_at += usize::from(matches!(outcome.await.unwrap(), SignIn::Wrong));
    }
    assert_eq!(looked_at, 5);
}

async fn a_refresh_token_works_once_and_one_that_comes_back_ends_the_session(world: World) {
    let first = world.access.sign_in("ada@example.com", PASSWORD, None, &from()).await.unwrap();
    let old = first.refresh.unwrap();
    world.pass(600 * SECOND);
    assert_eq!(world.principal(&first.token).await, None, "it lives for ten minutes");
    let second = world.access.refresh(old.tell()).await.unwrap();
    assert!(world.principal(&second.token).await.is_some());
    assert_eq!(second.session.id, first.session.id);
    world.pass(31 * SECOND);
    assert!(matches!(world.access.refresh(old.tell()).await, Err(Error::SessionOver)));
    assert_eq!(world.principal(&second.token).await, None, "whoever has the new one is out as well");
    assert!(matches!(world.access.refresh(second.refresh.unwrap().tell()).await, Err(Error::SessionOver)));
    assert!(matches!(world.access.refresh("refresh_made-up").await, Err(Error::SessionOver)));
    let ended = world.control().session(&first.session.id).await.unwrap().unwrap();
    assert_eq!(ended.ended_why.as_deref(), Some("a used refresh token came back"));
}

async fn two_tabs_may_renew_at_once(world: World) {
    let grant = world.access.sign_in("ada@example.com", PASSWORD, None, &from()).await.unwrap();
    let token = grant.refresh.unwrap();
    let renew = |token: String| {
        let access = world.access.clone();
        tokio::spawn(async move { access.refresh(&token).await.unwrap() })
    };
    let both = [renew(token.tell().to_owned()), renew(token.tell().to_owned())];
    let mut new = 0;
    for grant in both {
        let grant = grant.await.unwrap();
        assert!(world.principal(&grant.token).await.is_some());
        new += usize::from(grant.refresh.is_some());
    }
    assert_eq!(new, 1, "one of them brings the next refresh token");
}

async fn sessions_end_by_time_by_their_owner_and_by_a_new_password(world: World) {
    let sign_in = async || world.access.sign_in("ada@example.com", PASSWORD, None, &from()).await.unwrap();
    let (one, two, three) = (sign_in().await, sign_in().await, sign_in().await);
    let control = world.control();
    control.end_session(&world.ada.id, &one.session.id, None, "test").await.unwrap();
    world.access.changed();
    assert_eq!(world.principal(&one.token).await, None);
    assert!(matches!(
        refusal(control.end_session(&world.ada.id, &one.session.id, None, "x").await),
        Refusal::Unknown { .. }
    ));
    let other = control.end_session("user_other", &two.session.id, None, "x").await;
    assert!(matches!(refusal(other), Refusal::Unknown { .. }), "somebody else's");
    let change = |present, new| control.change_password(&world.ada.id, &two.session.id, present, new);
    assert!(matches!(refusal(change("wrong", "orchard-velvet-comet").await), Refusal::Invalid { .. }));
    assert!(matches!(refusal(change(PASSWORD, "short").await), Refusal::Invalid { .. }));
    change(PASSWORD, "orchard-velvet-comet").await.unwrap();
    world.access.changed();
    assert!(world.principal(&two.token).await.is_some(), "the session that changed it goes on");
    assert_eq!(world.principal(&three.token).await, None);
    world.pass(15 * DAY);
    assert!(matches!(world.access.refresh(two.refresh.unwrap().tell()).await, Err(Error::SessionOver)));
}

async fn a_link_works_once_and_for_its_time(world: World) {
    let (control, by) = (world.control(), world.owner().await);
    let invite = async || {
        control.invite(&acme(), &by, "bob@example.com", vec!["viewer".into()], Sees::Everything).await.unwrap()
    };
    let accept = async |link: &str, password: &str| control.accept(link, "eve@example.com", "Bob", password, "").await;
    let link = invite().await;
    assert!(matches!(refusal(accept(link.tell(), "weak").await), Refusal::Invalid { field: "password", .. }));
    let bob = accept(link.tell(), PASSWORD).await.unwrap();
    assert_eq!(bob.email, "bob@example.com", "whose invitation it is");
    assert_eq!(refusal(accept(link.tell(), PASSWORD).await), Refusal::BadLink);
    let late = invite().await;
    world.pass(7 * DAY);
    assert_eq!(refusal(accept(late.tell(), PASSWORD).await), Refusal::BadLink);
    let grant = world.access.sign_in("bob@example.com", PASSWORD, None, &from()).await.unwrap();
    let (reset, spare) =
        (control.reset_link("bob@example.com").await.unwrap(), control.reset_link("bob@example.com").await.unwrap());
    assert_eq!(refusal(accept(reset.tell(), PASSWORD).await), Refusal::BadLink, "it is no invitation");
    control.reset_password(reset.tell(), "orchard-velvet-comet").await.unwrap();
    world.access.changed();
    assert_eq!(world.principal(&grant.token).await, None);
    for used in [reset, spare] {
        assert_eq!(refusal(control.reset_password(used.tell(), PASSWORD).await), Refusal::BadLink);
    }
    assert!(world.access.sign_in("bob@example.com", "orchard-velvet-comet", None, &from()).await.is_ok());
}

async fn somebody_known_joins_another_tenant_with_their_own_password(world: World) {
    let control = world.control();
    let umbrella = TenantId::new("umbrella").unwrap();
    control.create_tenant(&umbrella, "Umbrella", "UTC").await.unwrap();
    let link = control.setup_link(&umbrella, false).await.unwrap();
    let wrong = control.accept(link.tell(), "ada@example.com", "Mallory", "another-fine-password", "").await;
    assert!(matches!(wrong, Err(Error::WrongPassword)), "a link takes nobody's name: {wrong:?}");
    let ada = control.accept(link.tell(), "ada@example.com", "", PASSWORD, "").await.unwrap();
    assert_eq!((ada.id.as_str(), ada.name.as_str()), (world.ada.id.as_str(), "Ada"));
    assert_eq!(control.tenants_of(&ada.id).await.unwrap(), [acme(), umbrella.clone()]);
    let grant = world.access.sign_in("ada@example.com", PASSWORD, Some("umbrella"), &from()).await.unwrap();
    let Some(Principal::Member { tenant, .. }) = world.principal(&grant.token).await else { panic!() };
    assert_eq!(tenant, umbrella);
}

async fn an_api_token_is_known_by_its_secret_until_it_is_revoked_or_old(world: World) {
    let (control, by) = (world.control(), world.owner().await);
    let create = async || control.create_token(&acme(), &by, &world.ada.id, new_token(Permission::SqlRun, true)).await;
    let known = async |secret: &str| {
        world.access.changed();
        world.access.principal(Credential::Api(secret)).await.unwrap().is_some()
    };
    let (first, secret) = create().await.unwrap();
    assert!(secret.tell().starts_with("pulse_") && known(secret.tell()).await);
    assert!(!known("pulse_made-up").await && !known(&secret.sum()).await);
    let listed = control.tokens(&acme(), None, &Cursor::new(None, None).unwrap()).await.unwrap().items;
    assert_eq!(listed[0].used_at, Some(control.clock().now()));
    let umbrella = TenantId::new("umbrella").unwrap();
    assert!(matches!(refusal(control.revoke_token(&umbrella, None, &first.id).await), Refusal::Unknown { .. }));
    assert!(matches!(refusal(control.revoke_token(&acme(), Some("user_x"), &first.id).await), Refusal::Unknown { .. }));
    control.revoke_token(&acme(), None, &first.id).await.unwrap();
    assert!(!known(secret.tell()).await);
    let (_, secret) = create().await.unwrap();
    world.pass(30 * DAY);
    assert!(!known(secret.tell()).await);
    let bad = NewToken { days: 0, ..new_token(Permission::SqlRun, false) };
    assert!(matches!(
        refusal(control.create_token(&acme(), &by, "u", bad).await),
        Refusal::Invalid { field: "days", .. }
    ));
}

async fn a_persons_token_never_does_more_than_the_person(world: World) {
    let (control, by) = (world.control(), world.owner().await);
    let bob = world.join("bob@example.com", &["analyst"], Sees::Everything).await;
    let his = world.authority(&bob).await;
    let (_, secret) = control.create_token(&acme(), &his, &bob.id, new_token(Permission::SqlRun, false)).await.unwrap();
    let may = async || {
        world.access.changed();
        match world.access.principal(Credential::Api(secret.tell())).await.unwrap().as_deref() {
            Some(Principal::Member { authority, .. }) => Some(authority.clone()),
            _ => None,
        }
    };
    assert_eq!(may().await.unwrap().permissions, permissions(&[Permission::SqlRun]));
    let few = Sees::Only { teams: ["a".to_owned()].into(), projects: BTreeSet::new() };
    let less = MemberChange { roles: Some(vec!["viewer".into()]), sees: Some(few.clone()), ..MemberChange::default() };
    control.change_member(&acme(), &by, &bob.id, 1, less).await.unwrap();
    assert_eq!(may().await.unwrap(), Authority { permissions: Permissions::new(), sees: few });
    let gone = MemberChange { active: Some(false), ..MemberChange::default() };
    control.change_member(&acme(), &by, &bob.id, 2, gone).await.unwrap();
    assert_eq!(may().await, None);
}

async fn keys_change_without_anybody_noticing(world: World) {
    let grant = world.access.sign_in("ada@example.com", PASSWORD, None, &from()).await.unwrap();
    let vault = Vault::new("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").unwrap();
    let other = Signer::open(world.control().clone(), vault, "http://pulse.test").await.unwrap();
    other.rotate().await.unwrap();
    assert_eq!(other.key_set()["keys"].as_array().unwrap().len(), 2);
    assert!(other.check(&grant.token).await.unwrap().is_some(), "the old key is still trusted");
    // Another process learns of a key that it did not know.
    let (new, _) = other.sign("user_x", None, "session_x").await.unwrap();
    world.pass(6 * SECOND);
    assert!(world.access.signer.check(&new).await.unwrap().is_some());
    world.pass(700 * SECOND);
    other.rotate().await.unwrap();
    assert_eq!(other.key_set()["keys"].as_array().unwrap().len(), 2, "a key leaves when its last token is over");
    // A key that nobody changed by hand is changed in time.
    world.pass(31 * DAY);
    let (late, _) = world.access.signer.sign("user_x", None, "session_x").await.unwrap();
    assert!(world.access.signer.check(&late).await.unwrap().is_some());
    let new_key = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE";
    let wrong = Vault::new(new_key).unwrap();
    assert!(matches!(Signer::open(world.control().clone(), wrong.clone(), "x").await, Err(Error::Sealed)));
    // Sealed anew with the first key of both, everything opens with that alone.
    assert!(matches!(world.control().reseal(&wrong).await, Err(Error::Sealed)));
    let both = Vault::new(&format!("{new_key}\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")).unwrap();
    let sso = SingleSignOn::new(both.clone(), Clock::Fixed(0), &"http://pulse.test".parse().unwrap()).unwrap();
    let terms = serde_json::from_value(serde_json::json!({"issuer": "https://idp", "client_id": "pulse"})).unwrap();
    let sealed = sso.seal(&acme(), "idp", "the-providers-secret").unwrap();
    world.control().create_provider(&acme(), &world.owner().await, "idp", terms, Some(sealed)).await.unwrap();
    assert!(world.control().reseal(&both).await.unwrap() >= 2);
    let again = Signer::open(world.control().clone(), wrong.clone(), "http://pulse.test").await.unwrap();
    assert!(again.check(&late).await.unwrap().is_some());
    assert!(world.control().reseal(&wrong).await.is_ok(), "the old key is not needed");
}
