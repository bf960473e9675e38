//! Jobs: each is done, each counts once, and whatever happens to workers or the database nothing is stuck or lost.

use crate::world::{SECOND, World, acme, on_both, refusal};
use async_trait::async_trait;
use parking_lot::Mutex;
use pulse_engine::{Engine, TenantId};
use pulse_server::control::*;
use pulse_server::jobs::{AtWork, Erases, Manner, Work, Worker};
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::watch;

on_both! { World;
    a_job_is_claimed_once_and_done_and_each_step_is_noted
    those_who_ask_for_an_open_job_get_it_and_one_that_runs_is_done_once_more
    a_failure_is_tried_again_later_and_the_last_one_waits_for_a_person
    waiting_for_somebody_else_is_no_failure
    what_a_person_wishes_is_done
    who_lost_a_job_changes_nothing_any_more
    tenants_take_turns_and_limits_hold
    what_follows_belongs_to_the_same_run
    jobs_are_listed_the_newest_first_and_no_page_misses_or_repeats_any
    what_is_on_hold_is_not_begun
    a_suspended_tenants_work_stops_and_waits
    what_is_asked_for_is_not_lost_whatever_becomes_of_the_job_that_runs
    limits_hold_however_many_claim
    a_job_erases_its_tenant_though_work_was_on_hold_and_a_worker_died_over_it
    a_worker_does_what_there_is_and_puts_back_what_it_is_at_when_it_ends
}

pub(crate) fn limits(tenant: i64, kinds: &[(&str, i64)]) -> Limits {
    let known = ["land", "map", "model"].map(str::to_owned).to_vec();
    Limits { tenant, kinds: kinds.iter().map(|(kind, most)| ((*kind).to_owned(), *most)).collect(), known }
}

pub(crate) async fn claim(world: &World) -> Option<Job> {
    world.control().claim("w", &limits(100, &[])).await.unwrap()
}

pub(crate) async fn ask(world: &World, kind: &str, subject: &str) -> String {
    world.control().trigger(&acme(), &Trigger::new(kind, subject), "test").await.unwrap()
}

async fn states(world: &World, id: &str) -> Vec<JobState> {
    world.control().job_steps(&acme(), id).await.unwrap().iter().map(|step| step.state).collect()
}

pub(crate) async fn state(world: &World, id: &str) -> JobState {
    world.control().job(&acme(), id).await.unwrap().unwrap().state
}

async fn a_job_is_claimed_once_and_done_and_each_step_is_noted(world: World) {
    let id = ask(&world, "map", "").await;
    let mut claims = Vec::new();
    for n in 0..8 {
        let control = world.control().clone();
        claims.push(tokio::spawn(async move { control.claim(&format!("w{n}"), &limits(100, &[])).await.unwrap() }));
    }
    let mut had = Vec::new();
    for one in claims {
        had.extend(one.await.unwrap());
    }
    let [job] = &had[..] else { panic!("{} workers have it", had.len()) };
    assert_eq!((&job.id, job.state, job.attempt), (&id, JobState::Running, 1));
    let far = Progress { done: 3, total: Some(9), message: "reading".into(), ..Progress::default() };
    assert_eq!(world.control().beat(job, Some(&far)).await.unwrap(), Told::GoOn);
    assert_eq!(world.control().job(&acme(), &id).await.unwrap().unwrap().progress, Some(far));
    world.pass(5 * SECOND);
    assert!(world.control().finish(job, &Outcome::Done(Vec::new())).await.unwrap());
    let steps = world.control().job_steps(&acme(), &id).await.unwrap();
    let told: Vec<_> = steps.iter().map(|step| (step.state, step.attempt, step.worker.as_deref())).collect();
    let by = job.worker.as_deref();
    assert_eq!(told, [(JobState::Queued, 0, None), (JobState::Running, 1, by), (JobState::Succeeded, 1, by)]);
    assert_eq!(steps[2].at - steps[1].at, 5 * SECOND);
    assert!(claim(&world).await.is_none());
    let other = TenantId::new("umbrella").unwrap();
    assert!(world.control().job(&other, &id).await.unwrap().is_none());
    assert!(
        refusal(world.control().trigger(&other, &Trigger::new("map", ""), "test").await)
            == Refusal::Unknown { what: "tenant", id: "umbrella".into() }
    );
}

async fn those_who_ask_for_an_open_job_get_it_and_one_that_runs_is_done_once_more(world: World) {
    let first = ask(&world, "map", "a").await;
    assert_eq!(ask(&world, "map", "a").await, first);
    world.pass(1);
    let other = ask(&world, "map", "b").await;
    assert_ne!(other, first);
    let later = Trigger { due_at: i64::MAX / 2, ..Trigger::new("map", "c") };
    let third = world.control().trigger(&acme(), &later, "test").await.unwrap();
    let [a, b] = [claim(&world).await.unwrap(), claim(&world).await.unwrap()];
    assert_eq!((a.id.as_str(), b.id.as_str()), (first.as_str(), other.as_str()));
    assert!(claim(&world).await.is_none(), "c is not due");
    assert_eq!(ask(&world, "map", "c").await, third);
    assert_eq!(claim(&world).await.unwrap().id, third, "somebody wants it now");
    // While it runs, what is asked for may not be in what it has read.
    let input = Trigger { input: json!({"page": 2}), ..Trigger::new("map", "a") };
    assert_eq!(world.control().trigger(&acme(), &input, "test").await.unwrap(), first);
    assert!(world.control().job(&acme(), &first).await.unwrap().unwrap().again);
    world.control().finish(&a, &Outcome::Done(Vec::new())).await.unwrap();
    let again = claim(&world).await.unwrap();
    assert!(again.id != first && again.subject == "a" && again.input == json!({"page": 2}));
    world.control().finish(&again, &Outcome::Done(Vec::new())).await.unwrap();
    assert!(claim(&world).await.is_none());
}

async fn a_failure_is_tried_again_later_and_the_last_one_waits_for_a_person(world: World) {
    let trigger = Trigger { most_attempts: 3, ..Trigger::new("map", "") };
    let id = world.control().trigger(&acme(), &trigger, "test").await.unwrap();
    let mut waits = Vec::new();
    for attempt in 1..=3 {
        let job = claim(&world).await.unwrap();
        assert_eq!(job.attempt, attempt);
        world.control().finish(&job, &Outcome::Failed(format!("no {attempt}"))).await.unwrap();
        let after = world.control().job(&acme(), &id).await.unwrap().unwrap();
        if attempt < 3 {
            assert_eq!(after.state, JobState::Failed);
            assert!(claim(&world).await.is_none(), "not yet");
            waits.push(after.due_at - after.changed_at);
            world.pass(after.due_at - after.changed_at);
        }
    }
    assert!((3_750_000..=6_250_000).contains(&waits[0]) && (7_500_000..=12_500_000).contains(&waits[1]), "{waits:?}");
    let dead = world.control().job(&acme(), &id).await.unwrap().unwrap();
    assert_eq!((dead.state, dead.reason.as_str()), (JobState::Dead, "no 3"));
    world.pass(3600 * SECOND);
    assert!(claim(&world).await.is_none());
    let told: Vec<_> = world.control().job_steps(&acme(), &id).await.unwrap().into_iter().map(|s| s.reason).collect();
    assert!(["no 1", "no 2", "no 3"].iter().all(|why| told.contains(&(*why).to_owned())), "{told:?}");
    // One click, and it has all its tries again.
    world.control().resume_job(&acme(), &id, "ada").await.unwrap();
    let job = claim(&world).await.unwrap();
    assert_eq!((&job.id, job.attempt), (&id, 1));
    world.control().finish(&job, &Outcome::Hopeless("gone for good".into())).await.unwrap();
    assert_eq!(state(&world, &id).await, JobState::Dead);
    // A dead one stands in nobody's way, and does not come back beside its successor.
    let next = ask(&world, "map", "").await;
    assert_ne!(next, id);
    assert_eq!(refusal(world.control().resume_job(&acme(), &id, "ada").await), Refusal::JobState(JobState::Dead));
}

async fn waiting_for_somebody_else_is_no_failure(world: World) {
    let id = ask(&world, "land", "github").await;
    let job = claim(&world).await.unwrap();
    let until = world.control().clock().now() + 60 * SECOND;
    world.control().finish(&job, &Outcome::Wait(Duration::from_secs(60), "rate limit".into())).await.unwrap();
    let waits = world.control().job(&acme(), &id).await.unwrap().unwrap();
    assert_eq!((waits.state, waits.attempt, waits.due_at), (JobState::Waiting, 0, until));
    // Whoever asks for it meanwhile does not make it ask sooner.
    ask(&world, "land", "github").await;
    assert!(claim(&world).await.is_none());
    world.pass(60 * SECOND);
    assert_eq!(claim(&world).await.unwrap().attempt, 1);
}

async fn what_a_person_wishes_is_done(world: World) {
    let control = world.control();
    let queued = ask(&world, "map", "a").await;
    control.pause_job(&acme(), &queued, "ada").await.unwrap();
    assert!(claim(&world).await.is_none());
    assert_eq!(ask(&world, "map", "a").await, queued, "it is still the one");
    assert!(claim(&world).await.is_none());
    control.resume_job(&acme(), &queued, "ada").await.unwrap();
    let job = claim(&world).await.unwrap();
    control.pause_job(&acme(), &queued, "ada").await.unwrap();
    assert_eq!(control.beat(&job, None).await.unwrap(), Told::Stop);
    control.finish(&job, &Outcome::Stopped).await.unwrap();
    assert_eq!(state(&world, &queued).await, JobState::Paused);
    control.resume_job(&acme(), &queued, "ada").await.unwrap();
    let job = claim(&world).await.unwrap();
    assert_eq!(job.attempt, 1, "what was stopped was no try");
    control.cancel_job(&acme(), &queued, "ada").await.unwrap();
    // It came to its end before it heard of it.
    control.finish(&job, &Outcome::Done(Vec::new())).await.unwrap();
    assert_eq!(state(&world, &queued).await, JobState::Succeeded);
    assert_eq!(refusal(control.cancel_job(&acme(), &queued, "ada").await), Refusal::JobState(JobState::Succeeded));
    let other = ask(&world, "map", "b").await;
    control.cancel_job(&acme(), &other, "ada").await.unwrap();
    assert_eq!(states(&world, &other).await, [JobState::Queued, JobState::Cancelled]);
    assert!(claim(&world).await.is_none());
    assert!(matches!(refusal(control.cancel_job(&acme(), "job_x", "ada").await), Refusal::Unknown { .. }));
}

async fn who_lost_a_job_changes_nothing_any_more(world: World) {
    let control = world.control();
    let id = ask(&world, "map", "").await;
    let lost = claim(&world).await.unwrap();
    let pulses = control.pulses().await.unwrap();
    control.beat(&lost, None).await.unwrap();
    assert!(!control.give_up(&pulses[0]).await.unwrap(), "it showed a sign of life since");
    let pulses = control.pulses().await.unwrap();
    assert!(control.give_up(&pulses[0]).await.unwrap());
    assert!(!control.give_up(&pulses[0]).await.unwrap(), "once");
    assert_eq!(control.beat(&lost, None).await.unwrap(), Told::Lost);
    let new = claim(&world).await.unwrap();
    assert!(new.id == id && new.attempt == 2 && new.epoch() > lost.epoch());
    assert!(!control.finish(&lost, &Outcome::Done(vec![Trigger::new("model", "")])).await.unwrap());
    assert_eq!(control.beat(&lost, None).await.unwrap(), Told::Lost);
    assert_eq!(state(&world, &id).await, JobState::Running);
    assert!(control.finish(&new, &Outcome::Done(Vec::new())).await.unwrap());
    assert!(claim(&world).await.is_none(), "what the lost one would have asked for was not asked for");
    // One that kills its workers is not begun for ever.
    let trigger = Trigger { most_attempts: 2, ..Trigger::new("map", "bomb") };
    let bomb = control.trigger(&acme(), &trigger, "test").await.unwrap();
    for _ in 0..2 {
        claim(&world).await.unwrap();
        control.give_up(&control.pulses().await.unwrap()[0]).await.unwrap();
    }
    assert_eq!(state(&world, &bomb).await, JobState::Dead);
}

async fn tenants_take_turns_and_limits_hold(world: World) {
    let control = world.control();
    let tenants: Vec<TenantId> = ["big", "small", "tiny"].iter().map(|id| TenantId::new(id).unwrap()).collect();
    for (tenant, n) in tenants.iter().zip([20, 2, 1]) {
        control.create_tenant(tenant, tenant.as_str(), "UTC").await.unwrap();
        for subject in 0..n {
            control.trigger(tenant, &Trigger::new("land", &subject.to_string()), "test").await.unwrap();
        }
    }
    let urgent = Trigger { priority: 9, ..Trigger::new("map", "urgent") };
    control.trigger(&tenants[0], &urgent, "test").await.unwrap();
    let mut order = Vec::new();
    for _ in 0..5 {
        let job = control.claim("w", &limits(100, &[])).await.unwrap().unwrap();
        order.push((job.tenant, job.subject));
    }
    let order: Vec<_> = order.iter().map(|(tenant, subject)| (tenant.as_str(), subject.as_str())).collect();
    let first: std::collections::BTreeSet<&str> = order[..3].iter().map(|(tenant, _)| *tenant).collect();
    assert_eq!(first.len(), 3, "each once before one twice: {order:?}");
    assert_eq!(order.iter().find(|(tenant, _)| *tenant == "big").unwrap().1, "urgent");
    // A tenant with as many as may run waits, and so does a kind.
    let runs = |order: &[(&str, &str)], tenant: &str| order.iter().filter(|(t, _)| *t == tenant).count() as i64;
    let most = runs(&order, "big");
    assert!(control.claim("w", &limits(most, &[])).await.unwrap().is_none_or(|job| job.tenant != "big"));
    assert!(control.claim("w", &limits(100, &[("land", 4)])).await.unwrap().is_none());
    assert!(control.claim("w", &limits(100, &[("land", 6)])).await.unwrap().is_some());
    let stranger = Limits { known: vec!["other".into()], ..limits(100, &[]) };
    assert!(control.claim("w", &stranger).await.unwrap().is_none(), "it can do none of these");
}

async fn what_follows_belongs_to_the_same_run(world: World) {
    let land = ask(&world, "land", "github").await;
    let job = claim(&world).await.unwrap();
    world.control().finish(&job, &Outcome::Done(vec![Trigger::new("map", "")])).await.unwrap();
    let map = claim(&world).await.unwrap();
    world.control().finish(&map, &Outcome::Done(vec![Trigger::new("model", "")])).await.unwrap();
    let model = claim(&world).await.unwrap();
    assert_eq!((&map.run, &model.run), (&land, &land));
    let page = world.control().jobs(&acme(), Some(&land), None, &Cursor::new(None, None).unwrap()).await.unwrap();
    let kinds: Vec<&str> = page.items.iter().map(|job| job.kind.as_str()).collect();
    assert_eq!(kinds.len(), 3, "{kinds:?}");
    assert_eq!(model.created_by, format!("map {}", map.id));
}

async fn jobs_are_listed_the_newest_first_and_no_page_misses_or_repeats_any(world: World) {
    let mut asked = Vec::new();
    for subject in ["a", "b", "c", "d", "e"] {
        asked.push(ask(&world, "land", subject).await);
        world.pass(SECOND);
    }
    let (mut listed, mut next) = (Vec::new(), None::<String>);
    loop {
        let cursor = Cursor::new(next.as_deref(), Some(2)).unwrap();
        let page = world.control().jobs(&acme(), None, None, &cursor).await.unwrap();
        listed.extend(page.items.into_iter().map(|job| job.id));
        match page.next {
            Some(cursor) => next = Some(cursor),
            None => break,
        }
    }
    asked.reverse();
    assert_eq!(listed, asked);
}

async fn what_is_on_hold_is_not_begun(world: World) {
    let control = world.control();
    ask(&world, "map", "").await;
    ask(&world, "land", "a").await;
    control.hold_jobs(Scope::Own(&acme()), "", "ada").await.unwrap();
    assert!(claim(&world).await.is_none());
    control.release_jobs(Scope::Own(&acme()), "").await.unwrap();
    control.hold_jobs(Scope::Platform(None), "map", "op").await.unwrap();
    control.hold_jobs(Scope::Platform(None), "map", "op").await.unwrap();
    assert_eq!(claim(&world).await.unwrap().kind, "land");
    assert!(claim(&world).await.is_none());
    control.release_jobs(Scope::Platform(None), "map").await.unwrap();
    control.hold_jobs(Scope::Own(&acme()), "map", "ada").await.unwrap();
    assert!(claim(&world).await.is_none());
    control.release_jobs(Scope::Own(&acme()), "map").await.unwrap();
    assert_eq!(claim(&world).await.unwrap().kind, "map");
}

async fn a_suspended_tenants_work_stops_and_waits(world: World) {
    let control = world.control();
    let id = ask(&world, "map", "a").await;
    ask(&world, "map", "b").await;
    let job = claim(&world).await.unwrap();
    control.suspend_tenant(&acme(), true).await.unwrap();
    assert!(claim(&world).await.is_none());
    let engine = Engine::open("memory://").await.unwrap();
    let erased = control.erase_tenant(&engine, &acme(), "op").await;
    assert!(matches!(refusal(erased), Refusal::Invalid { reason, .. } if reason.contains("under way")));
    assert_eq!(control.beat(&job, None).await.unwrap(), Told::Stop);
    control.finish(&job, &Outcome::Stopped).await.unwrap();
    control.suspend_tenant(&acme(), false).await.unwrap();
    assert_eq!(state(&world, &id).await, JobState::Queued);
    let [first, second] = [claim(&world).await.unwrap(), claim(&world).await.unwrap()];
    assert!(first.id == id || second.id == id);
    for job in [first, second] {
        control.finish(&job, &Outcome::Done(Vec::new())).await.unwrap();
    }
    control.suspend_tenant(&acme(), true).await.unwrap();
    let receipt = control.erase_tenant(&engine, &acme(), "op").await.unwrap();
    assert_eq!((receipt.rows["jobs"], receipt.rows["job_turns"]), (2, 1));
    let late = control.trigger(&acme(), &Trigger::new("map", ""), "test").await;
    assert!(matches!(refusal(late), Refusal::Unknown { .. }), "nothing comes after that");
}

async fn a_job_erases_its_tenant_though_work_was_on_hold_and_a_worker_died_over_it(world: World) {
    let control = world.control();
    ask(&world, "map", "waits").await;
    let open = control.begin_erasure(&acme(), "op").await;
    assert!(matches!(refusal(open), Refusal::Invalid { .. }), "it has to be suspended first");
    control.hold_jobs(Scope::Own(&acme()), "", "ada").await.unwrap();
    control.suspend_tenant(&acme(), true).await.unwrap();
    let asked = control.begin_erasure(&acme(), "op").await.unwrap();
    assert_eq!((asked.asked_by.as_str(), asked.done_at), ("op", None));
    assert_eq!(control.begin_erasure(&acme(), "another").await.unwrap(), asked, "asked again, it goes on");
    // Nobody but who erases is given anything of it.
    assert!(claim(&world).await.is_none());
    let erases = Limits { known: vec!["map".to_owned(), ERASE.to_owned()], ..limits(4, &[]) };
    let dies = control.claim("w1", &erases).await.unwrap().unwrap();
    assert_eq!(dies.kind, ERASE);
    let [pulse] = &control.pulses().await.unwrap()[..] else { panic!("one runs") };
    assert!(control.give_up(pulse).await.unwrap());
    let job = control.claim("w2", &erases).await.unwrap().unwrap();
    assert_eq!((&job.id, job.attempt), (&dies.id, 2));
    let work = Erases { control: control.clone(), engine: Engine::open("memory://").await.unwrap() };
    assert_eq!(work.run(&job, &AtWork::new(control.clone())).await, Outcome::Done(Vec::new()));
    assert!(!control.finish(&job, &Outcome::Done(Vec::new())).await.unwrap(), "it went with its tenant");
    let receipt = control.receipt(&acme()).await.unwrap().unwrap();
    assert!(receipt.done_at.is_some() && receipt.rows["jobs"] == 2 && receipt.asked_by == "op");
    assert_eq!(control.begin_erasure(&acme(), "op").await.unwrap(), receipt);
    assert!(control.claim("w3", &erases).await.unwrap().is_none());
    assert!(control.pulses().await.unwrap().is_empty());
}

async fn what_is_asked_for_is_not_lost_whatever_becomes_of_the_job_that_runs(world: World) {
    let control = world.control();
    let ask = async |input: serde_json::Value| {
        control.trigger(&acme(), &Trigger { input, ..Trigger::new("map", "") }, "test").await.unwrap()
    };
    let finish = async |job: &Job, outcome: Outcome| assert!(control.finish(job, &outcome).await.unwrap());
    let (replay, null) = (json!({"replay": true}), serde_json::Value::Null);
    // Who gives nothing takes nothing back, while it waits and while it runs.
    let id = ask(replay.clone()).await;
    assert_eq!(ask(null.clone()).await, id);
    let job = claim(&world).await.unwrap();
    assert_eq!(job.input, replay);
    ask(null.clone()).await;
    finish(&job, Outcome::Failed("no".into())).await;
    world.pass(10 * SECOND);
    let job = claim(&world).await.unwrap();
    assert_eq!((&job.id, &job.input, job.again), (&id, &replay, false));
    // A job that dies, is cancelled or given up is followed by what was asked for meanwhile.
    ask(json!({"n": 1})).await;
    finish(&job, Outcome::Hopeless("bad input".into())).await;
    let second = claim(&world).await.unwrap();
    assert!(second.id != id && second.input == json!({"n": 1}));
    control.cancel_job(&acme(), &second.id, "ada").await.unwrap();
    ask(json!({"n": 2})).await;
    // And a cancelled one is not tried again because its try failed first.
    finish(&second, Outcome::Failed("no".into())).await;
    assert_eq!(state(&world, &second.id).await, JobState::Cancelled);
    let third = claim(&world).await.unwrap();
    assert_eq!(third.input, json!({"n": 2}));
    control.pause_job(&acme(), &third.id, "ada").await.unwrap();
    finish(&third, Outcome::Wait(Duration::MAX, "limit".into())).await;
    assert_eq!(state(&world, &third.id).await, JobState::Paused);
    control.resume_job(&acme(), &third.id, "ada").await.unwrap();
    let third = claim(&world).await.unwrap();
    ask(json!({"n": 3})).await;
    control.cancel_job(&acme(), &third.id, "ada").await.unwrap();
    assert!(control.give_up(&control.pulses().await.unwrap()[0]).await.unwrap());
    assert_eq!(state(&world, &third.id).await, JobState::Cancelled);
    let last = claim(&world).await.unwrap();
    assert_eq!(last.input, json!({"n": 3}));
    // A reason that a database cannot keep is told as far as it can.
    finish(&last, Outcome::Hopeless("a\0b".into())).await;
    assert_eq!(control.job(&acme(), &last.id).await.unwrap().unwrap().reason, "ab");
    assert!(claim(&world).await.is_none());
    let told = control.job_steps(&acme(), &third.id).await.unwrap();
    assert!(told.iter().any(|step| step.reason == "cancel was asked for by ada"), "{told:?}");
}

async fn limits_hold_however_many_claim(world: World) {
    for n in 0..12 {
        ask(&world, if n % 2 == 0 { "map" } else { "land" }, &n.to_string()).await;
    }
    let mut claims = Vec::new();
    for n in 0..12 {
        let control = world.control().clone();
        claims.push(tokio::spawn(async move {
            let mut had = Vec::new();
            for _ in 0..3 {
                had.extend(control.claim(&format!("w{n}"), &limits(5, &[("land", 2)])).await.unwrap());
            }
            had
        }));
    }
    let mut had = Vec::new();
    for one in claims {
        had.extend(one.await.unwrap());
    }
    let lands = had.iter().filter(|job| job.kind == "land").count();
    assert!(had.len() == 5 && lands <= 2, "{} of which {lands} land", had.len());
}

/// Work that a test looks into.
struct Tried {
    kind: &'static str,
    begun: Arc<AtomicBool>,
    done: Arc<Mutex<Vec<String>>>,
    waits: bool,
}

#[async_trait]
impl Work for Tried {
    fn kind(&self) -> &'static str {
        self.kind
    }

    async fn run(&self, job: &Job, at: &AtWork) -> Outcome {
        assert_eq!(std::thread::current().name(), Some("pulse-jobs"), "those that step back for questions");
        at.is(1, Some(2), "at it");
        self.begun.store(true, Ordering::Relaxed);
        if self.waits {
            tokio::time::sleep(Duration::from_secs(3600)).await;
        }
        if job.subject == "breaks" {
            panic!("as it should");
        }
        self.done.lock().push(job.subject.clone());
        Outcome::Done(Vec::new())
    }
}

pub(crate) fn manner(name: &str) -> Manner {
    Manner {
        name: name.to_owned(),
        places: 4,
        lease: Duration::from_millis(1200),
        rest: Duration::from_millis(20),
        tenant: 8,
        kinds: Vec::new(),
    }
}

pub(crate) async fn until(what: &str, mut fine: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !fine().await {
        assert!(start.elapsed() < Duration::from_secs(60), "{what} never came");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn a_worker_does_what_there_is_and_puts_back_what_it_is_at_when_it_ends(world: World) {
    let (done, begun) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
    let work =
        |kind, waits| -> Arc<dyn Work> { Arc::new(Tried { kind, begun: begun.clone(), done: done.clone(), waits }) };
    // No pause of a busy machine outlasts its lease.
    let steady = Manner { lease: Duration::from_secs(4), ..manner("w") };
    let worker = Worker::new(world.control().clone(), vec![work("map", false), work("land", true)], steady);
    for n in 0..10 {
        ask(&world, "map", &n.to_string()).await;
    }
    let broken = ask(&world, "map", "breaks").await;
    let (end, told) = watch::channel(false);
    let working = tokio::spawn(async move { worker.run(told).await });
    until("the ten", async || done.lock().len() == 10).await;
    until("the broken one", async || state(&world, &broken).await == JobState::Failed).await;
    // One that is cancelled is stopped, and one that is under way when the worker ends is put back.
    let cancelled = ask(&world, "land", "cancelled").await;
    until("it", async || state(&world, &cancelled).await == JobState::Running).await;
    world.control().cancel_job(&acme(), &cancelled, "ada").await.unwrap();
    until("its end", async || state(&world, &cancelled).await == JobState::Cancelled).await;
    let under_way = ask(&world, "land", "under way").await;
    until("it", async || state(&world, &under_way).await == JobState::Running).await;
    end.send(true).unwrap();
    working.await.unwrap();
    let put_back = world.control().job(&acme(), &under_way).await.unwrap().unwrap();
    assert_eq!((put_back.state, put_back.attempt), (JobState::Queued, 0));
}

/// The next job of these kinds.
pub(crate) async fn claim_any(control: &Control, kinds: &[&str]) -> Option<Job> {
    let known = kinds.iter().map(|kind| (*kind).to_owned()).collect();
    control.claim("w", &Limits { tenant: 100, kinds: Vec::new(), known }).await.unwrap()
}
