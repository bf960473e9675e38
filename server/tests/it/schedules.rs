//! Schedules: each time is asked for once, and what is changed of one loses none.

use crate::jobs::claim;
use crate::world::{DAY, SECOND, World, acme, on_both, refusal};
use pulse_server::control::*;
use pulse_server::jobs::When;
use serde_json::json;

on_both! { World;
    schedules_ask_once_however_many_look
    a_schedule_that_is_changed_keeps_the_times_that_stay
    when_schedules_were_paused_is_kept_and_forgotten_in_time
}

async fn schedules_ask_once_however_many_look(world: World) {
    let control = world.control();
    let hourly = Schedule {
        kind: "map".into(),
        subject: String::new(),
        input: json!({"replay": false}),
        when: When::Cron { pattern: "0 * * * *".into(), time_zone: "Europe/Berlin".into() },
        paused: false,
        next_at: 0,
        version: 0,
    };
    let set = control.set_schedule(&acme(), &hourly, 0).await.unwrap();
    assert_eq!(refusal(control.set_schedule(&acme(), &hourly, 0).await), Refusal::Stale);
    assert_eq!(control.tick().await.unwrap(), 0, "not yet");
    // A while in which nobody looked is one time, not many.
    world.pass(5 * 3600 * SECOND);
    let mut looks = Vec::new();
    for _ in 0..6 {
        let control = control.clone();
        looks.push(tokio::spawn(async move { control.tick().await.unwrap() }));
    }
    let mut asked = 0;
    for look in looks {
        asked += look.await.unwrap();
    }
    assert_eq!(asked, 1);
    let job = claim(&world).await.unwrap();
    assert_eq!((job.created_by.as_str(), &job.input), ("schedule", &hourly.input));
    assert!(claim(&world).await.is_none());
    let next = control.schedule(&acme(), "map", "").await.unwrap().unwrap().next_at;
    let now = control.clock().now();
    assert!(next > now && next - now <= 3600 * SECOND);
    control.set_schedule(&acme(), &Schedule { paused: true, ..set.clone() }, set.version).await.unwrap();
    assert_eq!(refusal(control.set_schedule(&acme(), &set, set.version).await), Refusal::Stale);
    world.pass(5 * 3600 * SECOND);
    assert_eq!(control.tick().await.unwrap(), 0, "it is paused");
    let held = control.schedule(&acme(), "map", "").await.unwrap().unwrap();
    assert!(held.paused && held.next_at > control.now() && held.next_at - control.now() <= 3600 * SECOND, "{held:?}");
    let goes_on = Schedule { paused: false, ..held.clone() };
    let goes_on = control.set_schedule(&acme(), &goes_on, held.version).await.unwrap();
    assert_eq!(goes_on.next_at, held.next_at, "it was told when it would be due");
    control.remove_schedule(&acme(), "map", "").await.unwrap();
    assert!(matches!(refusal(control.remove_schedule(&acme(), "map", "").await), Refusal::Unknown { .. }));
    // However many are due at one instant, none waits for the next look.
    for n in 0..230 {
        let one = Schedule { kind: "land".into(), subject: format!("c{n}"), ..hourly.clone() };
        control.set_schedule(&acme(), &one, 0).await.unwrap();
    }
    world.pass(3600 * SECOND);
    assert_eq!((control.tick().await.unwrap(), control.tick().await.unwrap()), (230, 0));
}

async fn a_schedule_that_is_changed_keeps_the_times_that_stay(world: World) {
    let control = world.control();
    let every = Schedule {
        kind: "map".into(),
        subject: String::new(),
        input: json!({"replay": false}),
        when: When::Every(3600),
        paused: false,
        next_at: 0,
        version: 0,
    };
    let first = control.set_schedule(&acme(), &every, 0).await.unwrap();
    world.pass(3000 * SECOND);
    let given = Schedule { input: json!({"replay": true}), ..first.clone() };
    let given = control.set_schedule(&acme(), &given, first.version).await.unwrap();
    assert_eq!(given.next_at, first.next_at);
    // It was due, and nobody has looked: that is asked for, once, by what was given to it then.
    world.pass(900 * SECOND);
    let late = control.set_schedule(&acme(), &Schedule { input: json!({}), ..given.clone() }, given.version).await;
    let late = late.unwrap();
    assert_eq!(late.next_at, first.next_at + 3600 * SECOND);
    assert_eq!((claim(&world).await.unwrap().input, control.tick().await.unwrap()), (json!({"replay": true}), 0));
    // Another interval begins anew, and so does what goes on after a pause.
    let rarer = Schedule { when: When::Every(7200), ..late.clone() };
    let rarer = control.set_schedule(&acme(), &rarer, late.version).await.unwrap();
    assert_eq!(rarer.next_at, control.now() + 7200 * SECOND);
    let held = control.set_schedule(&acme(), &Schedule { paused: true, ..rarer.clone() }, rarer.version).await.unwrap();
    world.pass(600 * SECOND);
    let goes_on = control.set_schedule(&acme(), &Schedule { paused: false, ..held.clone() }, held.version).await;
    assert_eq!(goes_on.unwrap().next_at, control.now() + 7200 * SECOND);
}

async fn when_schedules_were_paused_is_kept_and_forgotten_in_time(world: World) {
    let (control, begun) = (world.control(), world.control().now());
    let schedule = |kind: &str, paused| Schedule {
        kind: kind.into(),
        subject: String::new(),
        input: json!({}),
        when: When::Every(3600),
        paused,
        next_at: 0,
        version: 0,
    };
    let kept = async |since: i64| {
        let pauses = control.schedule_pauses(&acme(), since).await.unwrap();
        assert_eq!(pauses.begun_at, begun);
        pauses.all.into_iter().map(|one| (one.kind, one.paused_at, one.ended_at)).collect::<Vec<_>>()
    };
    world.pass(SECOND);
    let first = control.now();
    let map = control.set_schedule(&acme(), &schedule("map", true), 0).await.unwrap();
    control.set_schedule(&acme(), &schedule("model", false), 0).await.unwrap();
    // In one instant it is one pause.
    for paused in [false, true] {
        let version = control.schedule(&acme(), "map", "").await.unwrap().unwrap().version;
        control.set_schedule(&acme(), &Schedule { paused, ..map.clone() }, version).await.unwrap();
    }
    assert_eq!(kept(0).await, [("map".to_owned(), first, None)]);
    world.pass(DAY);
    control.set_schedule(&acme(), &schedule("compact", true), 0).await.unwrap();
    let second = control.now();
    control.remove_schedule(&acme(), "map", "").await.unwrap();
    let open = ("compact".to_owned(), second, None);
    assert_eq!(kept(second).await, [("map".to_owned(), first, Some(second)), open.clone()]);
    assert_eq!(kept(second + 1).await, [open.clone()]);
    // A process that starts anew does not begin anew.
    Control::open(world.address(), control.clock()).await.unwrap();
    world.pass(90 * DAY);
    control.forget_old().await.unwrap();
    assert_eq!(kept(0).await.len(), 2);
    world.pass(1);
    control.forget_old().await.unwrap();
    assert_eq!(kept(0).await, [open], "what is paused still is kept");
}
