//! What connections show their vendors: sealed, never told, and shown at no other place than it was given for.

use crate::flight_adbc::certificate_of;
use crate::landing::owner;
use crate::rest::{Server, run};
use crate::world::{World, acme, on_both, refusal};
use pulse_connectors::Keeper as _;
use pulse_server::auth::Vault;
use pulse_server::control::*;
use pulse_server::delivery::DestinationKind;
use pulse_server::jobs::When;
use serde_json::json;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

on_both! { World;
    a_credential_is_kept_sealed_until_another_is_given
    a_credential_is_shown_at_no_other_place
    a_credential_outlives_a_change_of_the_vaults_key
    what_no_key_opens_is_forgotten_where_that_is_asked_for_and_stands_still
    a_credential_that_is_renewed_is_kept_in_place_of_the_last_and_of_no_other
}

const KEYS: [&str; 2] = ["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBA"];

fn vault() -> Vault {
    Vault::new(KEYS[0]).unwrap()
}

fn connection(place: &str, version: i64) -> Connection {
    Connection {
        name: "github".into(),
        connector: "github".into(),
        place: place.into(),
        settings: json!({}),
        has_credential: true,
        created_by: "ada".into(),
        created_at: 0,
        version,
    }
}

async fn shown(world: &World, vault: &Vault) -> Option<String> {
    world.control().connection_with_credential(&acme(), "github", vault).await.unwrap().unwrap().1
}

async fn a_credential_is_kept_sealed_until_another_is_given(world: World) {
    let set = async |version, credential| {
        world.control().set_connection(&acme(), &connection("https://a", version), credential, &vault()).await.unwrap()
    };
    assert!(!set(0, None).await.has_credential);
    assert_eq!(shown(&world, &vault()).await, None);
    assert!(set(1, Some("ghp_1")).await.has_credential);
    assert!(set(2, None).await.has_credential);
    assert_eq!(shown(&world, &vault()).await.as_deref(), Some("ghp_1"));
    set(3, Some("ghp_2")).await;
    assert_eq!(shown(&world, &vault()).await.as_deref(), Some("ghp_2"));
    let other = world.control().connection_with_credential(&acme(), "github", &Vault::new(KEYS[1]).unwrap()).await;
    assert!(matches!(other, Err(pulse_server::Error::Sealed)));
}

async fn a_credential_is_shown_at_no_other_place(world: World) {
    let set = async |place: &str, version, credential| {
        world.control().set_connection(&acme(), &connection(place, version), credential, &vault()).await
    };
    set("https://github.example.com", 0, Some("ghp_1")).await.unwrap();
    let refused = refusal(set("https://evil.example.com", 1, None).await);
    assert!(matches!(refused, Refusal::Invalid { field: "credential", .. }), "{refused:?}");
    set("https://evil.example.com", 1, Some("ghp_2")).await.unwrap();
    assert_eq!(shown(&world, &vault()).await.as_deref(), Some("ghp_2"));
}

async fn a_credential_outlives_a_change_of_the_vaults_key(world: World) {
    let control = world.control();
    let old = world.access.signer.vault().clone();
    control.set_connection(&acme(), &connection("https://a", 0), Some("ghp_1"), &old).await.unwrap();
    assert_eq!(control.reseal(&old).await.unwrap(), 2, "the signing key and the credential");
    assert_eq!(shown(&world, &old).await.as_deref(), Some("ghp_1"));
}

async fn what_no_key_opens_is_forgotten_where_that_is_asked_for_and_stands_still(world: World) {
    let (control, gone) = (world.control(), Vault::new(KEYS[1]).unwrap());
    let own = world.access.signer.vault().clone();
    // The one was sealed by a key that is lost, the other by that which is there.
    let other = Connection { name: "kept".into(), ..connection("https://b", 0) };
    control.set_connection(&acme(), &connection("https://a", 0), Some("ghp_1"), &gone).await.unwrap();
    control.set_connection(&acme(), &other, Some("ghp_2"), &own).await.unwrap();
    for subject in ["github", "kept"] {
        let reads = Schedule {
            kind: LAND.into(),
            subject: subject.into(),
            input: json!({}),
            when: When::Every(3600),
            paused: false,
            next_at: 0,
            version: 0,
        };
        control.set_schedule(&acme(), &reads, 0).await.unwrap();
    }
    let asks = Trigger::new("map", "");
    let (hook, _) = control.create_hook(&acme(), "push", &asks, "ada", &gone).await.unwrap();
    let ops = NewDestination {
        name: "ops".into(),
        kind: DestinationKind::Slack,
        url: Some("https://hooks.example.com/T0/secret".parse().unwrap()),
        secret: None,
    };
    control.set_destination(&acme(), ops, &gone, "ada", 0).await.unwrap();
    let condition = json!({"title": "Paused", "condition": {"job": {"is": "paused"}}});
    let paused = serde_json::from_value(condition).unwrap();
    control.set_alert_rule(&acme(), "paused", (&paused, &[]), &world.ada.id, 0).await.unwrap();
    let looks = async || {
        let jobs = control.jobs(&acme(), None, None, &Cursor::new(None, None).unwrap()).await.unwrap().items;
        jobs.into_iter().any(|job| (job.kind.as_str(), job.subject.as_str()) == (ALERT, OF_JOBS))
    };
    assert!(matches!(control.reseal(&own).await, Err(pulse_server::Error::Sealed)));
    assert!(!looks().await);
    assert!(control.connection(&acme(), "github").await.unwrap().unwrap().has_credential, "nothing was done");
    let done = control.reseal_what_opens(&own).await.unwrap();
    assert_eq!(done.sealed, 2, "the signing key and a credential");
    assert!(looks().await, "whoever is to know of schedules that are paused does");
    let expected = ["the hook `push` of `acme`", "the destination `ops`", "the credential of the connection `github`"];
    assert_eq!(done.lost.len(), expected.len(), "{done:?}");
    for (lost, begins) in done.lost.iter().zip(expected) {
        assert!(lost.starts_with(begins), "{begins}: {lost}");
    }
    let known = control.connection(&acme(), "github").await.unwrap().unwrap();
    assert_eq!((known.has_credential, known.version), (false, 2));
    assert_eq!(
        control.connection_with_credential(&acme(), "kept", &own).await.unwrap().unwrap().1.as_deref(),
        Some("ghp_2")
    );
    let paused = control.schedules(&acme()).await.unwrap().into_iter().map(|of| (of.subject, of.paused));
    assert_eq!(paused.collect::<Vec<_>>(), [("github".to_owned(), true), ("kept".to_owned(), false)]);
    let pauses = control.schedule_pauses(&acme(), 0).await.unwrap().all.into_iter().map(|of| (of.subject, of.ended_at));
    assert_eq!(pauses.collect::<Vec<_>>(), [("github".to_owned(), None)]);
    assert!(!control.is_hook(&hook.id).await.unwrap() && control.destinations(&acme()).await.unwrap().is_empty());
    // Once more there is nothing to forget.
    assert_eq!(control.reseal(&own).await.unwrap(), 2);
}

async fn a_credential_that_is_renewed_is_kept_in_place_of_the_last_and_of_no_other(world: World) {
    let given = r#"{"refresh_token": "1", "client_id": "a"}"#;
    world.control().set_connection(&acme(), &connection("https://a", 0), Some(given), &vault()).await.unwrap();
    let (control, name) = (world.control().clone(), "github".to_owned());
    let keeper = CredentialKeeper { control, vault: vault(), tenant: acme(), name };
    // However it is written.
    let [first, second, third] = ["1", "2", "3"].map(|n| format!(r#"{{"client_id":"a","refresh_token":"{n}"}}"#));
    keeper.keep(&first, &second).await.unwrap();
    assert_eq!(shown(&world, &vault()).await.as_deref(), Some(second.as_str()));
    assert_eq!(keeper.newest().await.unwrap().as_deref(), Some(second.as_str()));
    // Somebody who still holds the first does not take the second's place.
    keeper.keep(&first, &third).await.unwrap();
    assert_eq!(shown(&world, &vault()).await.as_deref(), Some(second.as_str()));
    let kept = world.control().connection(&acme(), "github").await.unwrap().unwrap();
    assert_eq!(kept.version, 1, "nobody changed the connection");
    world.control().remove_connection(&acme(), "github").await.unwrap();
    keeper.keep(&second, &third).await.unwrap();
    assert_eq!(keeper.newest().await.unwrap(), None);
    assert!(!format!("{keeper:?}").contains("AAAA"));
}

/// A vendor with a certificate that it made itself, until this is dropped.
struct Stranger(Child);

impl Drop for Stranger {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[test]
fn a_credential_is_shown_to_no_vendor_whose_certificate_nobody_vouches_for() {
    let folder = tempfile::tempdir().unwrap();
    certificate_of(folder.path(), &["-addext", "basicConstraints=critical,CA:FALSE"]);
    let mut openssl = Command::new("openssl");
    openssl.args(["s_server", "-accept", "127.0.0.1:0", "-www", "-cert", "cert.pem", "-key", "key.pem"]);
    openssl.current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut vendor = Stranger(openssl.spawn().unwrap());
    // It goes on saying what it does, and somebody is to hear it.
    let mut said = BufReader::new(vendor.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    let place = said.find_map(|line| Some(format!("https://{}", line.strip_prefix("ACCEPT ")?))).unwrap();
    run(async move {
        let server = Server::over("memory://".to_owned()).await;
        let owner = owner(&server).await;
        for (connector, credential, settings) in
            [("github", "ghp_1", json!({"owners": ["acme"]})), ("jira", "ada@acme.com:ghp_1", json!({}))]
        {
            let new = json!({"connector": connector, "place": place, "credential": credential, "settings": settings});
            let (status, problem) = owner.put(connector, &new).await;
            assert_eq!((status, &problem["code"]), (422, &json!("unreadable")), "{problem}");
            let detail = problem["detail"].as_str().unwrap();
            assert!(detail.contains("its certificate is none that this server trusts"), "{detail}");
            assert!(!detail.contains("ghp_1"), "{detail}");
        }
    });
}
