//! The report for somebody who is limited to one project.

use pulse_engine::entities;
use pulse_engine::lake::When;
use pulse_engine::land::{self, Page};
use pulse_engine::metrics::{Dimension, Grain};
use pulse_engine::row::{self, Row, Value};
use pulse_engine::{Clock, Engine, Policy, Settings, Tenant, TenantId};
use pulse_server::report::{Report, Scope};

fn row(entity: &str, id: &str) -> Row {
    Row::new(entities::core(entity).unwrap())
        .set("id", id)
        .set("connection", format!("test:{}", &id[..1]))
        .set("observed_at", Value::Time(1))
        .set("raw", "test/1/1")
}

/// A project for `a` and one for `b`, with a repository and a deployment each, and a payload that could not be mapped.
async fn tenant() -> Tenant {
    let tenant = Engine::open("memory:///").await.unwrap().tenant(&TenantId::new("acme").unwrap());
    let page = Page { cursors: land::only(Some("1".into())), ..Page::default() };
    tenant.land("test", "test:a", page).await.unwrap();
    let tables = [
        ["a", "b"].map(|x| row("repositories", x).set("name", format!("name of {x}"))).to_vec(),
        ["a", "b"].map(|x| row("projects", &format!("{x}-project")).set("name", format!("Project {x}"))).to_vec(),
        ["a", "b"]
            .map(|x| {
                let scope = row("project_scopes", &format!("{x}-scope")).set("project_id", format!("{x}-project"));
                scope.set("scope_kind", "repository").set("scope_id", x)
            })
            .to_vec(),
        ["a", "b"]
            .map(|x| {
                row("deployments", &format!("{x}-deployment"))
                    .set("repository_id", x)
                    .set("environment", "production")
                    .set("is_production", true)
                    .set("status", "succeeded")
                    .set("finished_at", Value::Time(3_600_000_000))
            })
            .to_vec(),
        vec![row("rejects", "a-reject").set("stream", "commits").set("reason", "it is broken")],
    ];
    for rows in tables {
        let table = tenant.lake().table(rows[0].entity());
        table.upsert(&row::batch(rows[0].entity(), &rows).unwrap(), &[], When::Changed).await.unwrap();
    }
    tenant.model(&Settings::default()).await.unwrap();
    tenant
}

async fn report(tenant: &Tenant) -> Report {
    let scope = Scope {
        from: "1970-01-01".parse().unwrap(),
        until: "1970-01-08".parse().unwrap(),
        grain: Grain::Week,
        by: Some(Dimension::Project),
        filter: Default::default(),
        compare: None,
        time_zone: None,
        as_of: None,
    };
    Report::make(tenant, &Settings::default(), Clock::Fixed(864_000_000_000), &scope).await.unwrap()
}

#[tokio::test]
async fn the_report_under_a_row_policy_tells_of_what_is_allowed_alone() {
    let tenant = tenant().await;
    let theirs = report(&tenant.under(&Policy::only([], ["a-project"]))).await;
    let told = serde_json::to_string(&theirs).unwrap();
    assert_eq!(theirs.groups(), [(Some("a-project"), Some("Project a"))]);
    assert_eq!(theirs.metrics[1].groups[0].total.n, 1);
    assert_eq!(theirs.sources.iter().map(|s| s.connection.as_str()).collect::<Vec<_>>(), ["test:a"]);
    assert!(!told.contains("b-") && !told.contains("test:b") && !told.contains("rejects"), "{told}");

    let whole = serde_json::to_string(&report(&tenant).await).unwrap();
    assert!(whole.contains("b-project") && whole.contains("test:b") && whole.contains("rejects"), "{whole}");

    let nothing = report(&tenant.under(&Policy::only::<&str>([], []))).await;
    assert!(nothing.groups().is_empty() && nothing.coverage.is_empty() && nothing.sources.is_empty());
    assert!(!nothing.has_deployments);
}
