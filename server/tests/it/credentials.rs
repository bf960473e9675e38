//! What connections show their vendors: sealed, never told, and shown at no other place than it was given for.

use crate::world::{World, acme, on_both, refusal};
use pulse_connectors::Keeper as _;
use pulse_server::auth::Vault;
use pulse_server::control::*;

on_both! { World;
    a_credential_is_kept_sealed_until_another_is_given
    a_credential_is_shown_at_no_other_place
    a_credential_outlives_a_change_of_the_vaults_key
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
        settings: serde_json::json!({}),
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
