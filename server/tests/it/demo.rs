//! A sample tenant, which lives on from one run to the next.

use crate::landing_killed::rows;
use crate::rest::run;
use chrono::DateTime;
use pulse_connectors::push::PushMapper;
use pulse_engine::metrics::definition;
use pulse_engine::{Clock, Engine, Settings, Tenant, TenantId};
use pulse_server::control::Control;
use pulse_server::demo::{SEED, TARGETS, aim, decide, land};
use pulse_simulator::world::Repository;
use pulse_simulator::{Scenario, World};
use std::sync::atomic::{AtomicI64, Ordering};

async fn count(tenant: &Tenant, of: &str) -> usize {
    rows(tenant, &format!("SELECT id FROM {of}")).await.len()
}

async fn began(tenant: &Tenant) -> String {
    rows(tenant, "SELECT min(created_at) AS at FROM core.repositories").await[0]["at"].as_str().unwrap().to_owned()
}

#[test]
fn a_sample_goes_on_where_it_was_and_there_is_something_of_everything_in_it() {
    static NOW: AtomicI64 = AtomicI64::new(1_790_000_000_000_000);
    run(async {
        let (clock, port) = (Clock::Moved(&NOW), crate::tasks::free_port());
        let engine = Engine::open("memory://").await.unwrap();
        let tenant = engine.tenant(&TenantId::new("demo").unwrap());
        let scenario = || Scenario { months: 2, ..Scenario::named("small").unwrap() };
        let read = async || {
            let landed = land(&tenant, scenario(), port, clock, &|_| {}).await.unwrap();
            for mapper in pulse_connectors::mappers() {
                tenant.map(mapper.as_ref(), false).await.unwrap();
            }
            tenant.model(&Settings::default()).await.unwrap();
            landed
        };
        let first = read().await;
        // It began on a Monday, two months before 21 September 2026.
        assert_eq!(began(&tenant).await.trim_end_matches('Z'), "2026-07-20T00:00:00");
        // So much later that a new history would begin on another Monday.
        NOW.fetch_add(15 * 24 * 3600 * 1_000_000, Ordering::Relaxed);
        let second = read().await;
        // Jira's tickets are read anew after a week, pull requests and runs are not.
        assert!(second < first, "{first} {second}");
        assert_eq!(began(&tenant).await.trim_end_matches('Z'), "2026-07-20T00:00:00");
        let start = "2026-07-20T00:00:00Z".parse().unwrap();
        let now = DateTime::from_timestamp_micros(clock.now()).unwrap();
        let world = World::up_to(SEED, Scenario { start, ..scenario() }, now);
        let of = |count: fn(&Repository) -> usize| world.repositories.values().map(count).sum::<usize>();
        assert_eq!(count(&tenant, "core.repositories").await, 5);
        assert_eq!(count(&tenant, "core.pull_requests WHERE deleted_at IS NULL").await, of(|r| r.pull_requests.len()));
        assert_eq!(count(&tenant, "core.deployments WHERE deleted_at IS NULL").await, of(|r| r.deployments.len()));
        // What was deleted in Jira without a hook stays.
        let tickets = count(&tenant, "core.work_items WHERE connection = 'jira:tickets'").await;
        assert!(tickets >= world.jira.issues.len() && tickets < world.jira.issues.len() + 20, "{tickets}");
        assert_eq!(count(&tenant, "core.rejects WHERE deleted_at IS NULL").await, 0);
        // Each repository whose pull requests name tickets is in their project, by a decision that is made once.
        assert_eq!(count(&tenant, "facts.changes WHERE project_id IS NOT NULL").await, 0);
        let decided = decide(&tenant, clock).await.unwrap();
        assert!(decided > 0);
        tenant.map(&PushMapper, false).await.unwrap();
        tenant.model(&Settings::default()).await.unwrap();
        assert_eq!(count(&tenant, "core.project_scopes WHERE scope_kind = 'repository'").await, decided);
        assert!(count(&tenant, "facts.changes WHERE project_id IS NOT NULL").await > 0);
        assert_eq!(decide(&tenant, clock).await.unwrap(), 0);
        for of in ["core.reviews", "core.sprints", "core.team_members", "facts.changes WHERE lead_seconds > 0"] {
            assert!(count(&tenant, of).await > 0, "{of}");
        }
    });
}

#[test]
fn a_sample_that_is_new_has_targets_and_keeps_what_people_make_of_them() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let address = format!("sqlite:{}", folder.path().join("control.db").display());
        let control = Control::open(&address, Clock::System).await.unwrap();
        let demo = TenantId::new("demo").unwrap();
        assert!(aim(&control, &demo, "UTC").await.unwrap());
        let targets = control.target_values(&demo).await.unwrap();
        assert_eq!(targets.len(), TARGETS.len());
        for metric in targets.keys() {
            assert!(definition(metric, &[]).is_ok(), "{metric}");
        }
        control.remove_target(&demo, "cycle_time", "ada").await.unwrap();
        assert!(!aim(&control, &demo, "UTC").await.unwrap());
        assert_eq!(control.target_values(&demo).await.unwrap().len(), TARGETS.len() - 1);
    });
}
