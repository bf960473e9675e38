//! Events: each is told once, in order, to whoever may know of it, in whatever process; and kept for those who were away.

use crate::cut::Cut;
use crate::world::{DAY, PASSWORD, SECOND, World, acme, from, on_both, permissions, refusal};
use pulse_engine::risk::StandingRisk;
use pulse_engine::{Clock, TenantId};
use pulse_server::Error;
use pulse_server::auth::Permission;
use pulse_server::control::*;
use pulse_server::events::{Bounds, Events, Following, Over};
use std::collections::BTreeSet;
use std::time::Duration;

on_both! { World;
    events_are_numbered_without_a_gap_and_tell_what_holds
    followers_hear_each_event_once_in_order_wherever_they_begin
    who_does_not_keep_up_is_let_go_and_more_than_may_are_not_let_in
    notifications_are_kept_for_those_who_may_know_of_them
    what_somebody_muted_is_none_of_theirs_until_they_want_it_again
    what_is_old_is_forgotten_and_who_asks_for_it_is_told_so
    another_process_hears_of_it
    how_projects_stand_is_told_where_it_is_news_and_to_those_who_see_all
}

const SHORT: Duration = Duration::from_millis(50);
const NEVER: Duration = Duration::from_secs(3600);

fn limits() -> Limits {
    Limits { tenant: 100, kinds: Vec::new(), known: vec!["map".to_owned()] }
}

async fn ask(control: &Control, subject: &str) -> String {
    control.trigger(&acme(), &Trigger::new("map", subject), "test").await.unwrap()
}

/// A job that waits for a person.
async fn die(control: &Control, subject: &str) -> String {
    let id = ask(control, subject).await;
    let job = control.claim("w", &limits()).await.unwrap().unwrap();
    control.finish(&job, &Outcome::Hopeless("no way".into())).await.unwrap();
    id
}

/// Events that are told until the end of the test.
fn told(control: &Control, bounds: Bounds) -> Events {
    let events = Events::new(control.clone(), bounds);
    let tells = events.clone();
    tokio::spawn(async move { tells.run().await });
    events
}

/// How a project stands.
pub(crate) fn standing(project: &str, status: &str) -> StandingRisk {
    StandingRisk {
        project_id: project.into(),
        project: Some(project.to_uppercase()),
        team_id: None,
        team: None,
        day: "2026-04-01".into(),
        found_at: 0,
        score: 0.5,
        status: status.into(),
        version: Some(1),
        reason: "scope grows".into(),
        findings: Vec::new(),
    }
}

async fn next(following: &mut Following) -> i64 {
    let event = tokio::time::timeout(Duration::from_secs(20), following.next()).await.expect("nothing is heard");
    event.unwrap().unwrap().id
}

async fn events_are_numbered_without_a_gap_and_tell_what_holds(world: World) {
    let control = world.control();
    let id = ask(control, "a").await;
    let job = control.claim("w", &limits()).await.unwrap().unwrap();
    world.pass(SECOND);
    let far = Progress { done: 3, total: Some(9), message: "reading".into(), rate: Some(3.0), ends_at: None };
    control.beat(&job, Some(&far)).await.unwrap();
    control.beat(&job, None).await.unwrap();
    control.finish(&job, &Outcome::Done(vec![Trigger::new("model", "")])).await.unwrap();
    // What does not come to hold is told to nobody.
    let gone = TenantId::new("gone").unwrap();
    assert!(control.trigger(&gone, &Trigger::new("map", ""), "test").await.is_err());
    assert!(!control.finish(&job, &Outcome::Done(Vec::new())).await.unwrap());
    assert_eq!(control.events(&gone, 0, 10).await.unwrap(), []);
    let events = control.events(&acme(), 0, 100).await.unwrap();
    let seen: Vec<_> = events.iter().map(|event| (event.id, event.kind.as_str())).collect();
    let kinds = ["job.queued", "job.running", "job.progress", "job.succeeded", "job.queued"];
    assert_eq!(seen, (1..).zip(kinds).collect::<Vec<_>>());
    assert!(events[..4].iter().all(|event| event.subject == id && event.detail["kind"] == "map"));
    assert_eq!(events[2].detail["progress"]["done"], 3);
    assert_eq!(events[2].at - events[1].at, SECOND);
    assert_eq!((&events[4].detail["kind"], &events[4].detail["run"]), (&"model".into(), &id.as_str().into()));
    assert_eq!(control.events(&acme(), 3, 1).await.unwrap(), events[3..4]);
    let other = TenantId::new("other").unwrap();
    control.create_tenant(&other, "Other", "UTC").await.unwrap();
    control.trigger(&other, &Trigger::new("map", ""), "test").await.unwrap();
    assert_eq!(control.events(&other, 0, 10).await.unwrap()[0].id, 1, "each tenant counts for itself");
}

async fn how_projects_stand_is_told_where_it_is_news_and_to_those_who_see_all(world: World) {
    let control = world.control();
    let of = |a: &str, b: &str| vec![standing("a", a), standing("b", b)];
    let tell = async |risks: Vec<StandingRisk>| control.tell_risks(&acme(), &risks).await.unwrap();
    assert_eq!(tell(of("on_track", "at_risk")).await, 1, "that a new one is on track is no news");
    assert_eq!(tell(of("on_track", "at_risk")).await, 0, "it was told");
    assert_eq!(tell(of("off_track", "on_track")).await, 2);
    assert_eq!(tell(vec![standing("b", "on_track")]).await, 0);
    assert_eq!(tell(of("off_track", "on_track")).await, 1, "one that went and came back is new");
    let events = control.events(&acme(), 0, 100).await.unwrap();
    let seen: Vec<_> =
        events.iter().map(|e| (e.subject.as_str(), e.detail["to"].as_str().unwrap(), e.notifies)).collect();
    assert_eq!(
        seen,
        [("b", "at_risk", true), ("a", "off_track", true), ("b", "on_track", false), ("a", "off_track", true)]
    );
    assert_eq!((&events[1].detail["from"], &events[1].detail["reason"]), (&"on_track".into(), &"scope grows".into()));
    let whole = Authority { permissions: permissions(&[Permission::MetricsRead]), sees: Sees::Everything };
    let some = Authority { sees: Sees::Only { teams: [].into(), projects: ["a".to_owned()].into() }, ..whole.clone() };
    let other = Authority { permissions: permissions(&[Permission::JobsRead]), ..whole.clone() };
    for (authority, hears) in [(&whole, true), (&some, false), (&other, false)] {
        assert!(events.iter().all(|event| event.is_for(Some("user"), authority) == hears));
    }
    world.pass(SECOND);
    let user = world.join("eve@example.com", &["viewer"], Sees::Everything).await;
    tell(of("at_risk", "at_risk")).await;
    for (authority, kept) in [(&whole, 1), (&some, 0), (&other, 0)] {
        let cursor = Cursor::new(None, None).unwrap();
        let page = control.notifications(&acme(), (&user.id, authority), false, &cursor).await.unwrap();
        assert_eq!(page.items.len(), kept, "only what got worse, for whoever may know of it");
    }
}

async fn followers_hear_each_event_once_in_order_wherever_they_begin(world: World) {
    const WRITERS: usize = 6;
    const EACH: usize = 20;
    let control = world.control();
    // So few wait in memory that whoever is held up has to read anew.
    let events = told(control, Bounds { waiting: 4, ..Bounds::default() });
    let all = i64::try_from(WRITERS * EACH).unwrap();
    let mut writers = Vec::new();
    for w in 0..WRITERS {
        let control = control.clone();
        writers.push(tokio::spawn(async move {
            for n in 0..EACH {
                ask(&control, &format!("{w}-{n}")).await;
            }
        }));
    }
    let mut followers = Vec::new();
    for n in 0..8_u64 {
        let events = events.clone();
        followers.push(tokio::spawn(async move {
            tokio::time::sleep(Duration::from_millis(n * 15)).await;
            let after = (n % 2 == 0).then(|| i64::try_from(n).unwrap());
            let mut following = events.follow(&acme(), "session", after).await.unwrap();
            let mut heard = following.seen();
            assert!(after.is_none_or(|after| heard <= after) && !following.missed());
            while heard < all {
                if n == 3 {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                let id = next(&mut following).await;
                assert_eq!(id, heard + 1, "follower {n}");
                heard = id;
            }
            assert!(tokio::time::timeout(SHORT, following.next()).await.is_err(), "there is no more");
        }));
    }
    for one in writers.into_iter().chain(followers) {
        one.await.unwrap();
    }
}

async fn who_does_not_keep_up_is_let_go_and_more_than_may_are_not_let_in(world: World) {
    let control = world.control();
    let events = told(control, Bounds { waiting: 2, behind: 5, followers: 2, ..Bounds::default() });
    let one_each = Events::new(control.clone(), Bounds { each: 1, ..Bounds::default() });
    let first = one_each.follow(&acme(), "a", None).await.unwrap();
    assert!(matches!(one_each.follow(&acme(), "a", None).await, Err(Error::TooManyFollowers { most: 1 })));
    let other = one_each.follow(&acme(), "b", None).await.unwrap();
    assert_eq!(one_each.followers(&acme()), 2);
    drop((first, other));
    assert_eq!(one_each.followers(&acme()), 0);
    one_each.follow(&acme(), "a", None).await.unwrap();
    let mut slow = events.follow(&acme(), "session", None).await.unwrap();
    let mut quick = events.follow(&acme(), "session", None).await.unwrap();
    assert!(matches!(events.follow(&acme(), "session", None).await, Err(Error::TooManyFollowers { most: 2 })));
    for n in 1..=20 {
        ask(control, &n.to_string()).await;
        assert_eq!(next(&mut quick).await, n);
    }
    assert_eq!(slow.next().await.unwrap(), Err(Over::Slow));
    let seen = slow.seen();
    drop(slow);
    // It comes back to where it was.
    let mut back = events.follow(&acme(), "session", Some(seen)).await.unwrap();
    for n in seen + 1..=20 {
        assert_eq!(next(&mut back).await, n);
    }
    events.end();
    assert_eq!(back.next().await.unwrap(), Err(Over::Ending));
    assert_eq!(quick.next().await.unwrap(), Err(Over::Ending));
}

async fn notifications_are_kept_for_those_who_may_know_of_them(world: World) {
    let control = world.control();
    let early = die(control, "before").await;
    world.pass(SECOND);
    let keeper = world.join("keeper@example.com", &["operator"], Sees::Everything).await;
    let viewer = world.join("viewer@example.com", &["viewer"], Sees::Everything).await;
    world.pass(SECOND);
    let [first, second] = [die(control, "a").await, die(control, "b").await];
    world.access.sign_in("viewer@example.com", PASSWORD, Some("acme"), &from()).await.unwrap();
    control.end_sessions_in(&acme(), &viewer.id, "ended by an admin").await.unwrap();
    let of = async |user: &User, unread: bool| {
        let authority = world.authority(user).await;
        let cursor = Cursor::new(None, Some(2)).unwrap();
        let page = control.notifications(&acme(), (&user.id, &authority), unread, &cursor).await.unwrap();
        let mut all = page.items;
        if let Some(next) = page.next {
            let cursor = Cursor::new(Some(&next), None).unwrap();
            all.extend(control.notifications(&acme(), (&user.id, &authority), unread, &cursor).await.unwrap().items);
        }
        all.into_iter().map(|one| (one.event.subject, one.read_at.is_some())).collect::<Vec<_>>()
    };
    let unread = |ids: &[&String]| ids.iter().map(|id| ((*id).clone(), false)).collect::<Vec<_>>();
    assert_eq!(of(&world.ada, false).await, unread(&[&second, &first, &early]), "the newest first");
    assert_eq!(of(&keeper, false).await, unread(&[&second, &first]), "what was before them is none of theirs");
    let [(session, false)] = &of(&viewer, false).await[..] else { panic!("their own alone") };
    assert!(session.starts_with("session_"));

    let id = control.events(&acme(), 0, 100).await.unwrap().into_iter().find(|e| e.notifies && e.subject == first);
    let id = id.unwrap().id;
    let read = async |user: &User, which| {
        control.read_notifications(&acme(), (&user.id, &world.authority(user).await), which).await
    };
    assert_eq!(read(&keeper, Some(id)).await.unwrap(), 1);
    assert_eq!(read(&keeper, Some(id)).await.unwrap(), 0, "read is read");
    assert_eq!(of(&keeper, true).await, unread(&[&second]));
    assert_eq!(of(&keeper, false).await, [(second.clone(), false), (first.clone(), true)]);
    assert_eq!(of(&world.ada, true).await.len(), 3, "others read for themselves");
    for strange in [id, 1, 10_000] {
        let unknown = refusal(read(&viewer, Some(strange)).await);
        assert_eq!(unknown, Refusal::Unknown { what: "notification", id: strange.to_string() });
    }
    assert_eq!(read(&world.ada, None).await.unwrap(), 3);
    assert_eq!(of(&world.ada, true).await, []);
    // Their other windows hear of it, and nobody else does.
    let last = control.events(&acme(), 0, 100).await.unwrap().pop().unwrap();
    assert_eq!(last.kind, "notification.read");
    let may = Authority { permissions: permissions(&Permission::ALL), sees: Sees::Everything };
    assert!(last.is_for(Some(&world.ada.id), &may));
    assert!(!last.is_for(Some(&keeper.id), &may) && !last.is_for(None, &may));
}

async fn what_somebody_muted_is_none_of_theirs_until_they_want_it_again(world: World) {
    let control = world.control();
    let eve = world.join("eve@example.com", &["operator"], Sees::Everything).await;
    die(control, "a").await;
    control.tell_risks(&acme(), &[standing("p", "off_track")]).await.unwrap();
    let unread = async |user: &User| {
        let (authority, cursor) = (world.authority(user).await, Cursor::new(None, None).unwrap());
        let page = control.notifications(&acme(), (&user.id, &authority), true, &cursor).await.unwrap();
        page.items.into_iter().map(|one| one.event.kind).collect::<Vec<_>>()
    };
    let mute = async |topics: BTreeSet<Topic>| control.mute(&acme(), &world.ada.id, &topics).await.unwrap();
    let read = async |which| control.read_notifications(&acme(), (&world.ada.id, &world.owner().await), which).await;
    assert!(control.muted(&acme(), &world.ada.id).await.unwrap().is_empty(), "all is told unless somebody chose");
    assert_eq!(unread(&world.ada).await, ["risk.changed", "job.dead"]);
    let chosen = BTreeSet::from([Topic::JobDead, Topic::ReportMail]);
    mute(chosen.clone()).await;
    assert_eq!(control.muted(&acme(), &world.ada.id).await.unwrap(), chosen);
    assert_eq!(unread(&world.ada).await, ["risk.changed"]);
    assert_eq!(unread(&eve).await, ["risk.changed", "job.dead"], "others chose nothing");
    let dead = control.events(&acme(), 0, 100).await.unwrap().into_iter().find(|e| e.kind == "job.dead").unwrap().id;
    let unknown = Refusal::Unknown { what: "notification", id: dead.to_string() };
    assert_eq!(refusal(read(Some(dead)).await), unknown);
    // What they do not see, they do not read with the rest.
    assert_eq!(read(None).await.unwrap(), 1);
    mute(BTreeSet::from([Topic::RiskChanged, Topic::AlertStopped])).await;
    assert_eq!(unread(&world.ada).await, ["job.dead"]);
    mute(BTreeSet::new()).await;
    assert_eq!((unread(&world.ada).await, read(None).await.unwrap()), (vec!["job.dead".to_owned()], 1));
    let stranger = refusal(control.mute(&acme(), "user_nobody", &chosen).await);
    assert_eq!(stranger, Refusal::Unknown { what: "user", id: "user_nobody".to_owned() });
    assert_eq!(refusal(control.muted(&acme(), "user_nobody").await), stranger);
}

async fn what_is_old_is_forgotten_and_who_asks_for_it_is_told_so(world: World) {
    let control = world.control();
    let dead = die(control, "dead").await;
    control.read_notifications(&acme(), (&world.ada.id, &world.owner().await), Some(3)).await.unwrap();
    let open = ask(control, "open").await;
    world.pass(8 * DAY);
    assert!(!control.forget_old().await.unwrap());
    // What waits to be read, and what is not over, stays.
    let left = control.events(&acme(), 0, 100).await.unwrap();
    assert_eq!(left.iter().map(|event| event.kind.as_str()).collect::<Vec<_>>(), ["job.dead"]);
    let events = told(control, Bounds::default());
    assert!(events.follow(&acme(), "session", Some(2)).await.unwrap().missed());
    let fresh = events.follow(&acme(), "session", Some(5)).await.unwrap();
    assert!(!fresh.missed() && fresh.seen() == 5);
    assert_eq!(
        events.follow(&acme(), "session", Some(900)).await.unwrap().seen(),
        5,
        "nobody has seen what has not happened"
    );
    let viewer = world.join("viewer@example.com", &["viewer"], Sees::Everything).await;
    world.access.sign_in("viewer@example.com", PASSWORD, Some("acme"), &from()).await.unwrap();
    control.end_sessions_in(&acme(), &viewer.id, "test").await.unwrap();
    let mut back = events.follow(&acme(), "session", Some(5)).await.unwrap();
    assert!(!back.missed(), "what is kept is told, though nothing else is left");
    assert_eq!(next(&mut back).await, 6);
    ask(control, "new").await;
    let mut after = events.follow(&acme(), "session", Some(2)).await.unwrap();
    assert!(after.missed());
    assert_eq!(next(&mut after).await, 6, "it goes on with what is there");
    assert_eq!(next(&mut after).await, 7);
    world.pass(91 * DAY);
    control.forget_old().await.unwrap();
    assert_eq!(control.events(&acme(), 0, 100).await.unwrap(), []);
    assert!(control.job(&acme(), &open).await.unwrap().is_some());
    assert_eq!(control.job_steps(&acme(), &dead).await.unwrap().len(), 3, "it waits for a person still");
    // Numbers are never given twice.
    ask(control, "last").await;
    assert_eq!(control.events(&acme(), 0, 100).await.unwrap()[0].id, 8);
}

async fn another_process_hears_of_it(world: World) {
    // What another process does is seen by another connection to the same database.
    let other = Control::open(world.address(), Clock::Fixed(1)).await.unwrap();
    let events = told(&other, Bounds::default());
    let mut following = events.follow(&acme(), "session", None).await.unwrap();
    for n in 1..=3 {
        ask(world.control(), &n.to_string()).await;
        assert_eq!(next(&mut following).await, n);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn on_postgres_it_is_called_and_a_lost_connection_loses_nothing() {
    let address = tokio::task::spawn_blocking(crate::postgres::database).await.unwrap();
    let world = World::on(&address, None).await;
    let way = Cut::before(&address).await;
    let other = Control::open(&way.address, Clock::Fixed(1)).await.unwrap();
    // It does not look by itself: what it hears, it was called for.
    let events = told(&other, Bounds { looks: NEVER, ..Bounds::default() });
    let mut following = events.follow(&acme(), "session", None).await.unwrap();
    ask(world.control(), "1").await;
    assert_eq!(next(&mut following).await, 1);
    way.cut();
    ask(world.control(), "2").await;
    assert!(tokio::time::timeout(SHORT, following.next()).await.is_err(), "the way is cut");
    way.mend();
    // Nobody called meanwhile that could be heard: it looks once it listens again, or is called once more.
    ask(world.control(), "3").await;
    assert_eq!([next(&mut following).await, next(&mut following).await], [2, 3]);
    // Now that it listens and is idle, only a call makes it look.
    for n in 4..=6 {
        tokio::time::sleep(Duration::from_millis(400)).await;
        ask(world.control(), &n.to_string()).await;
        assert_eq!(next(&mut following).await, n);
    }
}
