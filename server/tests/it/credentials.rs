//! What connections show their vendors: sealed, never told, and shown at no other place than it was given for.

use crate::world::{World, acme, on_both, refusal};
use pulse_server::auth::Vault;
use pulse_server::control::*;

on_both! { World;
    a_credential_is_kept_sealed_until_another_is_given
    a_credential_is_shown_at_no_other_place
    a_credential_outlives_a_change_of_the_vaults_key
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
