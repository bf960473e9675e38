//! For how long an answer holds: the versions of the tables that it was made of.

use super::model::{arrive, deployment, memory, row};
use pulse_engine::lake::Versions;
use pulse_engine::metrics::{Asking, Filter, Grain, Question};
use pulse_engine::{Clock, Policy, Settings, Tenant};
use std::sync::Arc;

async fn tenant() -> Tenant {
    let tenant = memory();
    let page = pulse_engine::land::Page { cursors: pulse_engine::land::only(Some("1".into())), ..Default::default() };
    tenant.land("test", "test:a", page).await.unwrap();
    arrive(tenant.lake(), vec![row("teams", "a").set("name", "A"), deployment("shop", "d1", "a", 2)]).await.unwrap();
    tenant.model(&Settings::default()).await.unwrap();
    tenant
}

async fn versions_of(tenant: &Tenant, statement: &str) -> Versions {
    let session = tenant.session().await.unwrap();
    session.collect(statement).await.unwrap();
    session.versions()
}

#[tokio::test]
async fn an_answer_stands_until_a_table_that_it_was_made_of_changes() {
    let tenant = tenant().await;
    let none = versions_of(&tenant, "SELECT 1").await;
    assert!(none.is_empty());
    let teams = versions_of(&tenant, "SELECT name FROM core.teams").await;
    let facts = versions_of(&tenant, "SELECT count(*) FROM deployments").await;
    let raw = versions_of(&tenant, "SELECT count(*) FROM raw.test").await;
    assert!(teams.to_string().starts_with("core.teams@") && raw.to_string().starts_with("raw.test@"), "{teams} {raw}");
    assert!(tenant.stands(&teams).await.unwrap() && tenant.stands(&facts).await.unwrap());

    arrive(tenant.lake(), vec![row("teams", "b").set("name", "B"), deployment("shop", "d2", "b", 4)]).await.unwrap();
    assert!(!tenant.stands(&teams).await.unwrap());
    // The new deployment is in no fact before the model has run.
    assert!(tenant.stands(&facts).await.unwrap());
    assert_eq!(versions_of(&tenant, "SELECT count(*) FROM deployments").await, facts);

    tenant.model(&Settings::default()).await.unwrap();
    assert!(!tenant.stands(&facts).await.unwrap());
    assert!(tenant.stands(&raw).await.unwrap());
}

#[tokio::test]
async fn what_a_policy_asks_is_among_what_an_answer_was_made_of() {
    let tenant = tenant().await.under(&Policy::only(["a"], []));
    let before = versions_of(&tenant, "SELECT count(*) FROM deployments").await;
    assert!(before.to_string().contains("core.project_scopes@"), "{before}");
    let scope =
        row("project_scopes", "s").set("project_id", "p").set("scope_kind", "repository").set("scope_id", "shop");
    arrive(tenant.lake(), vec![row("projects", "p").set("team_id", "a").set("name", "P"), scope]).await.unwrap();
    assert!(!tenant.stands(&before).await.unwrap());
}

#[tokio::test]
async fn tables_that_were_erased_and_made_anew_are_others_though_their_versions_are_the_same() {
    let erased = tenant().await;
    let before = versions_of(&erased, "SELECT name FROM core.teams").await;
    erased.lake().erase().await.unwrap();
    assert!(!erased.stands(&before).await.unwrap());
    arrive(erased.lake(), vec![row("teams", "a").set("name", "A")]).await.unwrap();
    let page = pulse_engine::land::Page { cursors: pulse_engine::land::only(Some("1".into())), ..Default::default() };
    erased.land("test", "test:a", page).await.unwrap();
    let after = versions_of(&erased, "SELECT name FROM core.teams").await;
    assert_eq!(before.to_string(), after.to_string(), "the number is the same");
    assert!(before != after && !erased.stands(&before).await.unwrap());
}

#[tokio::test]
async fn what_was_read_at_two_versions_never_stands() {
    let tenant = tenant().await;
    let session = tenant.session().await.unwrap();
    session.collect("SELECT name FROM core.teams").await.unwrap();
    arrive(tenant.lake(), vec![row("teams", "b").set("name", "B")]).await.unwrap();
    session.collect("SELECT name FROM core.teams").await.unwrap();
    assert_eq!(session.versions().to_string(), "core.teams@?");
    assert!(!tenant.stands(&session.versions()).await.unwrap());
}

#[tokio::test]
async fn what_is_answered_once_more_rests_on_what_it_was_made_of() {
    let tenant = tenant().await;
    let session = Arc::new(tenant.session().await.unwrap());
    let asking = Asking::new(Arc::clone(&session), Settings::default(), Clock::System);
    let question = Question {
        metric: "deployment_frequency".into(),
        from: "2026-03-01".parse().unwrap(),
        until: "2026-04-01".parse().unwrap(),
        grain: Grain::Week,
        by: None,
        filter: Filter::default(),
        compare: None,
    };
    asking.figures(&question).await.unwrap();
    let read = session.read_since(0);
    assert!(read.to_string().contains("facts.deployments@") && !read.to_string().contains("core.teams@"), "{read}");
    session.collect("SELECT name FROM core.teams").await.unwrap();
    let reads = session.reads();
    asking.figures(&question).await.unwrap();
    assert_eq!(session.read_since(reads), read);
    // Of all that was read, facts are left out that something does not rest on.
    let all = session.versions();
    assert_eq!(all.with_facts_of(&read), all);
    let others = all.with_facts_of(&Versions::default());
    assert!(others.to_string().contains("core.teams@") && !others.to_string().contains("facts."), "{others}");
    let now = tenant.versions_now(&all).await.unwrap();
    assert!(now == all && others.stand_in(&now) && !all.stand_in(&others));
    arrive(tenant.lake(), vec![row("teams", "b").set("name", "B")]).await.unwrap();
    let now = tenant.versions_now(&all).await.unwrap();
    assert!(read.stand_in(&now) && !others.stand_in(&now));
    assert_eq!(read.clone().and(&others).to_string(), all.to_string());
}
