//! What a tenant decides about its own figures is what they are made by.

use crate::jobs::{ask, claim};
use crate::world::{World, acme, on_both, refusal};
use arrow::array::AsArray as _;
use futures::TryStreamExt as _;
use pulse_engine::entities::core;
use pulse_engine::lake::When;
use pulse_engine::row::{Row, Value, batch};
use pulse_engine::{Engine, Settings};
use pulse_server::control::*;
use pulse_server::jobs::{AtWork, steps};
use serde_json::json;

on_both! { World;
    a_model_goes_by_what_its_tenant_decided
}

async fn a_model_goes_by_what_its_tenant_decided(world: World) {
    let (control, engine) = (world.control(), Engine::open("memory://").await.unwrap());
    let tenant = engine.tenant(&acme());
    // Thursday, 1 January 1970, 02:00 in Berlin.
    let incidents = core("incidents").unwrap();
    let began = Row::new(incidents)
        .set("id", "push:x:1")
        .set("connection", "push:x")
        .set("raw", "push/1/1")
        .set("observed_at", Value::Time(1))
        .set("began_at", Value::Time(3_600_000_000));
    let rows = batch(incidents, &[began]).unwrap();
    tenant.lake().table(incidents).upsert(&rows, &[], When::Changed).await.unwrap();
    let works = steps(control, &engine, &Settings::default());
    let model = works.iter().find(|work| work.kind() == "model").unwrap();
    let on_hours = async || {
        ask(&world, "model", "").await;
        let job = claim(&world).await.unwrap();
        let outcome = model.run(&job, &AtWork::new(control.clone())).await;
        assert!(matches!(outcome, Outcome::Done(_)), "{outcome:?}");
        assert!(control.finish(&job, &outcome).await.unwrap());
        let facts = tenant.lake().facts().table("incidents").await.unwrap().unwrap();
        let rows: Vec<_> = facts.read(Some(&["on_hours"]), None, &[]).await.unwrap().try_collect().await.unwrap();
        rows[0].column(0).as_boolean().value(0)
    };
    assert!(!on_hours().await);
    let night: Rules = serde_json::from_value(json!({"hours": {"begins": 0, "ends": 180}})).unwrap();
    let change = |rules| TenantChange { rules: Some(rules), ..TenantChange::default() };
    control.change_tenant(&acme(), 1, change(night.clone())).await.unwrap();
    assert_eq!(control.tenant(&acme()).await.unwrap().unwrap().rules, night);
    assert!(on_hours().await, "they work at night");
    let off = serde_json::from_value(json!({"hours": {"begins": 0, "ends": 180, "holidays": ["1970-01-01"]}})).unwrap();
    control.change_tenant(&acme(), 2, change(off)).await.unwrap();
    assert!(!on_hours().await, "but not on a holiday");
    for (wrong, field) in [
        (json!({"hours": {"begins": 600, "ends": 600}}), "rules.hours"),
        (json!({"flow": {"commitment": "ready"}}), "rules.flow"),
        (json!({"risk": {"at_risk": 0.9, "off_track": 0.5}}), "rules.risk"),
    ] {
        let wrong = control.change_tenant(&acme(), 3, change(serde_json::from_value(wrong).unwrap())).await;
        assert!(matches!(refusal(wrong), Refusal::Invalid { field: at, .. } if at == field));
    }
}
