//! What tenants aim at, as it stands and as it was.

use crate::world::{SECOND, World, acme, on_both, refusal};
use pulse_server::control::Refusal;

on_both! { World;
    what_was_aimed_at_is_told_by_when_it_was
    of_a_target_that_was_changed_very_often_the_oldest_versions_go
}

async fn what_was_aimed_at_is_told_by_when_it_was(world: World) {
    let control = world.control();
    let set = async |value: f64, version: i64| control.set_target(&acme(), "ours", value, "ada", version).await;
    let at = async |at: i64| control.target_values_at(&acme(), at).await.unwrap().get("ours").copied();
    let first = set(3.0, 0).await.unwrap();
    world.pass(SECOND);
    let second = set(7.0, 1).await.unwrap();
    assert_eq!((first.version, second.version, second.set_at), (1, 2, first.set_at + SECOND));
    assert_eq!(refusal(set(8.0, 1).await), Refusal::Stale);
    world.pass(SECOND);
    control.remove_target(&acme(), "ours", "ada").await.unwrap();
    assert!(matches!(refusal(control.remove_target(&acme(), "ours", "ada").await), Refusal::Unknown { .. }));
    let removed_at = second.set_at + SECOND;
    assert_eq!(at(removed_at).await, None);
    world.pass(SECOND);
    // One that comes again goes on counting, so that no version is told of twice.
    assert_eq!(refusal(set(1.0, 2).await), Refusal::Stale);
    let again = set(1.0, 0).await.unwrap();
    assert_eq!((again.version, again.set_at), (4, removed_at + SECOND));
    for (instant, value) in [
        (first.set_at - 1, None),
        (first.set_at, Some(3.0)),
        (second.set_at - 1, Some(3.0)),
        (second.set_at, Some(7.0)),
        (removed_at - 1, Some(7.0)),
        (removed_at, None),
        (again.set_at - 1, None),
        (again.set_at, Some(1.0)),
        (again.set_at + SECOND, Some(1.0)),
    ] {
        assert_eq!(at(instant).await, value, "{instant}");
    }
    assert_eq!(control.target_values(&acme()).await.unwrap()["ours"], 1.0);

    // What a metric of the tenant's own takes with it was there before.
    control.set_own_metric(&acme(), "ours", "a", "ada", 0).await.unwrap();
    world.pass(SECOND);
    control.remove_own_metric(&acme(), "ours", "ada").await.unwrap();
    assert_eq!((at(again.set_at).await, at(again.set_at + SECOND).await), (Some(1.0), None));

    // What another tenant aims at is its own.
    let umbrella = pulse_engine::TenantId::new("umbrella").unwrap();
    control.create_tenant(&umbrella, "Umbrella", "UTC").await.unwrap();
    assert!(control.target_values_at(&umbrella, again.set_at).await.unwrap().is_empty());
}

async fn of_a_target_that_was_changed_very_often_the_oldest_versions_go(world: World) {
    let control = world.control();
    let began = control.set_target(&acme(), "cycle_time", 0.0, "ada", 0).await.unwrap().set_at;
    for version in 1..=150 {
        world.pass(SECOND);
        let value = f64::from(i32::try_from(version).unwrap());
        control.set_target(&acme(), "cycle_time", value, "ada", version).await.unwrap();
    }
    let at =
        async |second: i64| control.target_values_at(&acme(), began + second * SECOND).await.unwrap()["cycle_time"];
    assert_eq!((at(150).await, at(149).await, at(60).await), (150.0, 149.0, 60.0));
    // A hundred are kept: before the oldest of them it counts, too.
    assert_eq!((at(52).await, at(51).await, at(50).await, at(-1).await), (52.0, 51.0, 51.0, 51.0));
}
