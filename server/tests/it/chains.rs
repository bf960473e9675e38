//! Jobs in the company of others: whose turn it is among those that are due, chains that meet, limits of time, workers that drain.

use crate::jobs::{ask, claim, limits, manner, state, until};
use crate::rest::{Server, run};
use crate::world::{PASSWORD, SECOND, World, acme, from, on_both, refusal};
use async_trait::async_trait;
use pulse_engine::TenantId;
use pulse_server::control::*;
use pulse_server::jobs::{AtWork, Manner, Work, Worker};
use reqwest::Method;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

on_both! { World;
    what_is_due_longest_goes_first_though_newer_work_is_due_at_once
    chains_that_meet_are_each_seen_whole
    a_person_who_asks_again_does_not_wait_for_the_next_try
    who_asks_again_and_again_is_noted_once_a_try
    a_try_that_takes_too_long_is_stopped_and_is_a_failure
    a_worker_that_drains_ends_what_it_is_at_and_begins_nothing_more
    what_is_suspended_twice_or_being_erased_is_not_stopped
}

async fn finish(world: &World, job: &Job, outcome: Outcome) {
    assert!(world.control().finish(job, &outcome).await.unwrap());
}

async fn what_is_due_longest_goes_first_though_newer_work_is_due_at_once(world: World) {
    let old = ask(&world, "map", "old").await;
    let job = claim(&world).await.unwrap();
    finish(&world, &job, Outcome::Failed("no".into())).await;
    world.pass(60 * SECOND);
    for n in 0..3 {
        ask(&world, "map", &format!("new {n}")).await;
    }
    assert_eq!(claim(&world).await.unwrap().id, old, "it was due 50 seconds ago");
    let asked = Trigger::new("map", "asked").asked();
    world.control().trigger(&acme(), &asked, "ada").await.unwrap();
    assert_eq!(claim(&world).await.unwrap().subject, "asked", "what a person asks for goes before all of them");
}

async fn chains_that_meet_are_each_seen_whole(world: World) {
    let control = world.control();
    let run = async |id: &str| {
        let page = control.jobs(&acme(), Some(id), None, &Cursor::new(None, None).unwrap()).await.unwrap();
        page.items.into_iter().map(|job| job.id).collect::<BTreeSet<_>>()
    };
    let model = || Outcome::Done(vec![Trigger::new("model", "")]);
    let [first, second, third] =
        [ask(&world, "map", "1").await, ask(&world, "map", "2").await, ask(&world, "map", "3").await];
    let mut maps = Vec::new();
    for _ in 0..3 {
        maps.push(claim(&world).await.unwrap());
    }
    maps.sort_by_key(|job| job.subject.clone());
    finish(&world, &maps[0], model()).await;
    finish(&world, &maps[1], model()).await;
    let running = claim(&world).await.unwrap();
    let with = |map: &String| BTreeSet::from([map.clone(), running.id.clone()]);
    assert_eq!(run(&first).await, with(&first));
    assert_eq!(run(&second).await, with(&second), "they share the second step");
    // One that comes while it runs has it done once more, which is its own.
    finish(&world, &maps[2], model()).await;
    finish(&world, &running, Outcome::Done(Vec::new())).await;
    let again = claim(&world).await.unwrap();
    assert_eq!(run(&third).await, BTreeSet::from([third.clone(), running.id.clone(), again.id.clone()]));
    assert_eq!(run(&first).await, with(&first), "what came late is none of theirs");
    // A fourth comes late for that, too: it is done once more for the fourth alone.
    let fourth = ask(&world, "map", "4").await;
    let map = claim(&world).await.unwrap();
    finish(&world, &map, model()).await;
    world.pass(1);
    finish(&world, &again, Outcome::Done(Vec::new())).await;
    let last = claim(&world).await.unwrap();
    assert_eq!(run(&fourth).await, BTreeSet::from([fourth, again.id.clone(), last.id]));
    assert_eq!(run(&third).await, BTreeSet::from([third, running.id.clone(), again.id]));
    let other = TenantId::new("other").unwrap();
    control.create_tenant(&other, "Other", "UTC").await.unwrap();
    let foreign = control.jobs(&other, Some(&first), None, &Cursor::new(None, None).unwrap()).await.unwrap();
    assert_eq!(foreign.items, []);
}

async fn a_person_who_asks_again_does_not_wait_for_the_next_try(world: World) {
    let id = ask(&world, "map", "").await;
    let job = claim(&world).await.unwrap();
    finish(&world, &job, Outcome::Failed("no".into())).await;
    ask(&world, "map", "").await;
    assert!(claim(&world).await.is_none(), "a program waits");
    assert_eq!(world.control().trigger(&acme(), &Trigger::new("map", "").asked(), "ada").await.unwrap(), id);
    assert_eq!(claim(&world).await.unwrap().attempt, 2);
}

async fn who_asks_again_and_again_is_noted_once_a_try(world: World) {
    let id = ask(&world, "map", "").await;
    for _ in 0..5 {
        ask(&world, "map", "").await;
    }
    assert_eq!(world.control().job_steps(&acme(), &id).await.unwrap().len(), 2);
    claim(&world).await.unwrap();
    for _ in 0..5 {
        ask(&world, "map", "").await;
    }
    assert_eq!(world.control().job_steps(&acme(), &id).await.unwrap().len(), 4);
}

/// Work that takes for ever, or until it is told.
struct Slow {
    limit: Duration,
    goes_on: watch::Receiver<bool>,
}

#[async_trait]
impl Work for Slow {
    fn kind(&self) -> &'static str {
        "map"
    }

    fn limit(&self) -> Duration {
        self.limit
    }

    async fn run(&self, _: &Job, _: &AtWork) -> Outcome {
        let mut goes_on = self.goes_on.clone();
        goes_on.wait_for(|on| *on).await.unwrap();
        Outcome::Done(Vec::new())
    }
}

async fn a_try_that_takes_too_long_is_stopped_and_is_a_failure(world: World) {
    let (_keep, goes_on) = watch::channel(false);
    let work = Arc::new(Slow { limit: Duration::from_millis(60), goes_on });
    let worker = Worker::new(world.control().clone(), vec![work], manner("w"));
    let id = ask(&world, "map", "").await;
    let (end, told) = watch::channel(false);
    let working = tokio::spawn(async move { worker.run(told).await });
    until("its end", async || state(&world, &id).await == JobState::Failed).await;
    let job = world.control().job(&acme(), &id).await.unwrap().unwrap();
    assert!(job.reason.contains("longer than") && job.attempt == 1, "{}", job.reason);
    end.send(true).unwrap();
    working.await.unwrap();
}

async fn a_worker_that_drains_ends_what_it_is_at_and_begins_nothing_more(world: World) {
    let control = world.control();
    let (go, goes_on) = watch::channel(false);
    let work = Arc::new(Slow { limit: Duration::from_secs(60), goes_on });
    // It looks each second, and no pause of a busy machine outlasts its lease.
    let steady = Manner { lease: Duration::from_secs(4), ..manner("drained") };
    let worker = Worker::new(control.clone(), vec![work], steady);
    let first = ask(&world, "map", "first").await;
    let (end, told) = watch::channel(false);
    let working = tokio::spawn(async move { worker.run(told).await });
    until("it", async || state(&world, &first).await == JobState::Running).await;
    // It claims at once, and is seen when it looks for the first time.
    let workers = async || control.workers().await.unwrap();
    until("a worker at work", async || workers().await.iter().any(|seen| seen.busy == 1)).await;
    let [seen] = &workers().await[..] else { panic!("there is one") };
    assert_eq!((seen.name.as_str(), seen.places, seen.busy, seen.drains), ("drained", 4, 1, false));
    control.drain_worker("drained", true).await.unwrap();
    assert_eq!(
        refusal(control.drain_worker("nobody", true).await),
        Refusal::Unknown { what: "worker", id: "nobody".into() }
    );
    // It hears of that with its next look, and goes by it when it looks once more.
    let seen_at = async || control.workers().await.unwrap()[0].seen_at;
    for _ in 0..2 {
        let before = seen_at().await;
        world.pass(1);
        until("a look", async || seen_at().await > before).await;
    }
    let second = ask(&world, "map", "second").await;
    go.send(true).unwrap();
    until("its end", async || state(&world, &first).await == JobState::Succeeded).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(state(&world, &second).await, JobState::Queued);
    control.drain_worker("drained", false).await.unwrap();
    until("the second", async || state(&world, &second).await == JobState::Succeeded).await;
    end.send(true).unwrap();
    working.await.unwrap();
    assert_eq!(control.workers().await.unwrap(), []);
}

async fn what_is_suspended_twice_or_being_erased_is_not_stopped(world: World) {
    let control = world.control();
    control.suspend_tenant(&acme(), true).await.unwrap();
    control.begin_erasure(&acme(), "op").await.unwrap();
    let erases = Limits { known: vec![ERASE.to_owned()], ..limits(4, &[]) };
    let job = control.claim("w", &erases).await.unwrap().unwrap();
    control.suspend_tenant(&acme(), true).await.unwrap();
    assert_eq!(control.beat(&job, None).await.unwrap(), Told::GoOn);
}

#[test]
fn operators_hold_and_drain_and_members_see_what_is_on_hold() {
    run(async {
        let server = Server::start().await;
        let sign_in = async |tenant: &'static str| {
            server.world.access.sign_in("ada@example.com", PASSWORD, Some(tenant), &from()).await.unwrap().token
        };
        let (owner, operator) = (sign_in("acme").await, sign_in("platform").await);
        let send = async |token: &str, method: Method, path: &str, body: Value| {
            let request = server.client.request(method, format!("{}/api/v1/{path}", server.address));
            request.bearer_auth(token).json(&body).send().await.unwrap()
        };
        let vacuum = json!({"kind": "vacuum"});
        let status = async |token: &str, path: &str, body: &Value| {
            send(token, Method::POST, path, body.clone()).await.status().as_u16()
        };
        assert_eq!(status(&owner, "platform/jobs/hold", &vacuum).await, 403);
        assert_eq!(status(&operator, "platform/jobs/hold", &json!({})).await, 422, "all of everybody's");
        assert_eq!(status(&operator, "platform/jobs/hold", &json!({"tenant": "nobody"})).await, 404);
        assert_eq!(status(&operator, "platform/jobs/hold", &vacuum).await, 204);
        assert_eq!(status(&operator, "platform/jobs/hold", &json!({"tenant": "umbrella"})).await, 204);
        assert_eq!(status(&owner, "jobs/hold", &json!({"kind": "map"})).await, 204);
        let read = async |token: &str, path: &str| -> Value {
            send(token, Method::GET, path, json!(null)).await.json().await.unwrap()
        };
        let seen = |holds: Value| {
            let of = |hold: &Value| (hold["tenant"].clone(), hold["kind"].clone());
            holds.as_array().unwrap().iter().map(of).collect::<Vec<_>>()
        };
        let (every, map) = ((json!(null), json!("vacuum")), (json!("acme"), json!("map")));
        let holds = read(&owner, "jobs/holds").await;
        assert_eq!((&holds[0]["by_platform"], &holds[0]["held_by"]), (&json!(true), &json!(null)));
        assert_eq!(seen(holds), [every.clone(), map.clone()], "not that of another tenant");
        // What the platform holds, its tenants do not release.
        assert_eq!(status(&operator, "platform/jobs/hold", &json!({"tenant": "acme"})).await, 204);
        assert_eq!(status(&owner, "jobs/release", &json!({})).await, 204);
        assert_eq!(read(&owner, "jobs/holds").await.as_array().unwrap().len(), 3);
        assert_eq!(status(&operator, "platform/jobs/release", &json!({"tenant": "acme"})).await, 204);
        let all = seen(read(&operator, "platform/jobs/holds").await);
        assert!(all.len() == 3 && all.contains(&(json!("umbrella"), json!(null))), "{all:?}");
        assert_eq!(status(&operator, "platform/jobs/release", &vacuum).await, 204);
        assert_eq!(seen(read(&owner, "jobs/holds").await), [map]);
        server.world.control().worker_is_here("w", 2).await.unwrap();
        assert_eq!(read(&operator, "platform/workers").await[0]["name"], "w");
        assert_eq!(status(&operator, "platform/workers/w/drain", &json!(null)).await, 204);
        assert_eq!(read(&operator, "platform/workers").await[0]["drains"], true);
        assert!(server.world.control().worker_is_here("w", 2).await.unwrap());
        assert_eq!(status(&operator, "platform/workers/w/resume", &json!(null)).await, 204);
        assert_eq!(status(&operator, "platform/workers/x/drain", &json!(null)).await, 404);
        assert_eq!(status(&owner, "platform/workers/w/drain", &json!(null)).await, 403);
        assert_eq!(send(&owner, Method::GET, "platform/workers", json!(null)).await.status(), 403);
        // What is handed over can be held, too; what erases can by the platform alone.
        assert_eq!(status(&owner, "jobs/hold", &json!({"kind": "deliver"})).await, 204);
        assert_eq!(status(&owner, "jobs/hold", &json!({"kind": "erase"})).await, 422);
        let trail = format!("{:?}", server.world.control().number_events(&acme()).await.unwrap());
        assert!(trail.contains("POST /api/v1/jobs/hold") && trail.contains(r#"{\"kind\":\"deliver\"}"#), "{trail}");
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn what_time_it_is_postgres_says_whatever_becomes_of_a_machines_clock() {
    let address = tokio::task::spawn_blocking(crate::postgres::database).await.unwrap();
    let world = World::on(&address, None).await;
    let hour = 3600 * SECOND;
    // That clock is years off.
    let wrong = world.control().now();
    world.control().set_by_database().await.unwrap();
    let right = world.control().now();
    assert!((pulse_engine::Clock::System.now() - right).abs() < hour && right - wrong > 24 * hour);
    world.pass(-5 * hour);
    let later = world.control().now();
    assert!((0..hour).contains(&(later - right)), "it is set anew by hand, and nothing comes of it");
}
