//! GitHub, asked as an App: with tokens that it gives, that end, and that tell what they are good for.

use crate::alike::{assert_alike, told};
use crate::github_sync::{once, open, serve, world};
use crate::lake::{ids, tenant};
use chrono::TimeDelta;
use pulse_connectors::github::{GithubSettings, GithubSource};
use pulse_connectors::{Error, mapper, sync};
use pulse_engine::Clock;
use pulse_simulator::{App, Fault, Installation, On, Server};
use serde_json::{Value as Json, json};

/// The app of every test here, installed under the number 9.
fn install(server: &Server, installation: Installation) -> Json {
    let mut app = App::new(12).unwrap();
    app.installations.insert(9, installation);
    let credential = json!({"app": "12", "installation": 9, "private_key": app.private_key});
    server.github.apps.lock().insert(12, app);
    credential
}

fn source(server: &Server, credential: &Json, settings: Json) -> GithubSource {
    open(server, &credential.to_string(), GithubSettings::from_json(&settings).unwrap()).unwrap()
}

/// What a person reads in the other tests.
fn everything() -> Json {
    let deployments = json!({"from": ["deployments", "releases", "tags", "workflow_runs"]});
    json!({"owners": ["acme"], "deployments": deployments})
}

/// How often a token was asked for.
fn given(server: &Server) -> usize {
    let asked = server.github.log.requests();
    asked.iter().filter(|served| served.path.ends_with("/access_tokens") && served.status == 201).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_reads_what_a_person_would_with_one_token_that_all_share() {
    let server = serve(world(20)).await;
    let credential = install(&server, Installation::default());
    let tenant = tenant().await;
    let source = source(&server, &credential, everything());
    sync(&tenant, Box::new(source), Clock::System, &|_| ()).await.unwrap();
    tenant.map(mapper("github").unwrap().as_ref(), false).await.unwrap();
    assert_eq!(given(&server), 1);
    assert_alike(&once(&server).await, &told(&tenant).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_its_installation_was_given_is_not_asked_for_for_ever_where_each_page_is_the_first() {
    let mut world = world(1);
    for n in 0..100 {
        world.create_repository(&format!("more-{n}"), "eve");
    }
    let server = serve(world).await;
    let credential = install(&server, Installation::default());
    for _ in 0..9 {
        server.github.faults.plan(On::Path("/installation/repositories".to_owned()), Fault::Standing);
    }
    let error = source(&server, &credential, json!({})).check().await.unwrap_err();
    assert!(error.to_string().contains("does not go on"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nothing_is_named_it_reads_what_its_installation_was_given() {
    let server = serve(world(10)).await;
    let (mine, other) = {
        let world = server.github.world.lock();
        let mut repositories = world.repositories.values().filter(|repository| !repository.is_fork);
        (repositories.next().unwrap().clone(), repositories.next().unwrap().clone())
    };
    let sees = Some([mine.name.clone()].into());
    let credential = install(&server, Installation { sees, ..Installation::default() });
    let tenant = tenant().await;
    assert_eq!(source(&server, &credential, json!({})).check().await.unwrap(), 1);
    sync(&tenant, Box::new(source(&server, &credential, json!({}))), Clock::System, &|_| ()).await.unwrap();
    tenant.map(mapper("github").unwrap().as_ref(), false).await.unwrap();
    assert_eq!(ids(&tenant, "repositories").await, [format!("github:acme:{}", mine.id)]);
    assert!(!ids(&tenant, "teams").await.is_empty(), "those of whoever installed it");
    // More was given to it meanwhile.
    let sees = Some([mine.name.clone(), other.name.clone()].into());
    server.github.apps.lock().get_mut(&12).unwrap().installations.get_mut(&9).unwrap().sees = sees;
    let check = async || source(&server, &credential, json!({})).check().await;
    assert_eq!(check().await.unwrap(), 2);
    // What its owner's list lacks for a while is there all the same.
    server.github.world.lock().repositories.get_mut(&mine.id).unwrap().is_elsewhere = true;
    assert_eq!(check().await.unwrap(), 2);
    server.github.apps.lock().get_mut(&12).unwrap().installations.get_mut(&9).unwrap().sees = Some([].into());
    let nothing = check().await.unwrap_err();
    assert!(
        matches!(nothing, Error::Refused { .. }) && nothing.to_string().contains("given no repositories"),
        "{nothing}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_ends_on_the_way_is_renewed() {
    let server = serve(world(20)).await;
    let credential = install(&server, Installation { expires_after: Some(20), ..Installation::default() });
    let tenant = tenant().await;
    sync(&tenant, Box::new(source(&server, &credential, everything())), Clock::System, &|_| ()).await.unwrap();
    tenant.map(mapper("github").unwrap().as_ref(), false).await.unwrap();
    assert!(given(&server) > 1, "{}", given(&server));
    assert_alike(&once(&server).await, &told(&tenant).await);
    // By GitHub's clock it may end, too, while ours stands still.
    let credential = install(&server, Installation::default());
    let source = source(&server, &credential, json!({"owners": ["acme"]}));
    source.check().await.unwrap();
    server.github.log.clear();
    source.check().await.unwrap();
    assert_eq!(given(&server), 0, "it is still good");
    server.github.world.lock().now += TimeDelta::hours(2);
    source.check().await.unwrap();
    assert_eq!(given(&server), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_is_never_taken_is_renewed_once_and_told() {
    let server = serve(world(5)).await;
    let credential = install(&server, Installation { expires_after: Some(0), ..Installation::default() });
    let error = source(&server, &credential, json!({"owners": ["acme"]})).check().await.unwrap_err();
    assert!(matches!(error, Error::Credential { .. }), "{error}");
    assert_eq!(given(&server), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_of_ours_that_is_wrong_keeps_no_app_out() {
    let server = serve(world(5)).await;
    let credential = install(&server, Installation::default());
    for hours in [-5, 0, 5] {
        server.github.faults.rules.lock().clock_skew = TimeDelta::hours(hours);
        source(&server, &credential, json!({"owners": ["acme"]})).check().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn permissions_that_are_missing_are_told_by_name() {
    let server = serve(world(10)).await;
    let mut installation = Installation::default();
    for name in ["deployments", "members"] {
        installation.permissions.remove(name);
    }
    let credential = install(&server, installation);
    let settings = json!({"owners": ["acme"]});
    let error = source(&server, &credential, settings.clone()).check().await.unwrap_err();
    let said = error.to_string();
    assert!(matches!(error, Error::Refused { .. }) && said.contains("`deployments`, `members`"), "{said}");
    assert!(!said.contains("`contents`"), "{said}");
    // A reading goes on with what there is, and says so until it may.
    let tenant = tenant().await;
    for is_permitted in [false, true] {
        if is_permitted {
            let more = Installation::default();
            server.github.apps.lock().get_mut(&12).unwrap().installations.insert(9, more);
            server.github.world.lock().now += TimeDelta::minutes(1);
        }
        let source = source(&server, &credential, settings.clone());
        sync(&tenant, Box::new(source), Clock::System, &|_| ()).await.unwrap();
        tenant.map(mapper("github").unwrap().as_ref(), false).await.unwrap();
        assert_eq!(ids(&tenant, "rejects").await.is_empty(), is_permitted);
        assert!(!ids(&tenant, "pull_requests").await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_installation_that_is_not_named_is_the_only_one_or_told() {
    let server = serve(world(5)).await;
    let mut credential = install(&server, Installation::default());
    credential.as_object_mut().unwrap().remove("installation");
    let check = async |credential: &Json| source(&server, credential, json!({"owners": ["acme"]})).check().await;
    check(&credential).await.unwrap();
    let change = |act: &dyn Fn(&mut App)| act(server.github.apps.lock().get_mut(&12).unwrap());
    change(&|app| drop(app.installations.insert(10, Installation::default())));
    let several = check(&credential).await.unwrap_err().to_string();
    assert!(several.contains("9 (acme), 10 (acme)"), "{several}");
    credential["installation"] = json!(11);
    let unknown = check(&credential).await.unwrap_err().to_string();
    assert!(unknown.contains("no installation 11"), "{unknown}");
    credential["installation"] = json!(10);
    change(&|app| app.installations.get_mut(&10).unwrap().is_suspended = true);
    let suspended = check(&credential).await.unwrap_err().to_string();
    assert!(suspended.contains("has been suspended"), "{suspended}");
    change(&|app| app.installations.clear());
    credential.as_object_mut().unwrap().remove("installation");
    let nowhere = check(&credential).await.unwrap_err().to_string();
    assert!(nowhere.contains("installed nowhere"), "{nowhere}");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_told_whatever_goes_wrong() {
    let server = serve(world(5)).await;
    let credential = install(&server, Installation::default());
    let stranger = App::new(12).unwrap();
    let wrong = json!({"app": 12, "installation": 9, "private_key": stranger.private_key});
    let unknown = json!({"app": "Iv23", "installation": 9, "private_key": stranger.private_key});
    for credential in [&wrong, &unknown] {
        let source = source(&server, credential, json!({"owners": ["acme"]}));
        let error = source.check().await.unwrap_err();
        assert!(matches!(error, Error::Credential { .. }), "{error}");
        let shown = format!("{error} {error:?} {source:?}");
        for secret in ["PRIVATE", "eyJ", stranger.private_key.lines().nth(1).unwrap()] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
    server.github.faults.plan(On::Path("/access_tokens".to_owned()), Fault::InvalidJson);
    let source = source(&server, &credential, json!({"owners": ["acme"]}));
    source.check().await.unwrap();
    assert!(!format!("{source:?}").contains("ghs_"));
}
