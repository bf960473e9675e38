//! Alerts: what fires is told once, whoever dies over it; what flaps, sleeps, is late or was missed makes no noise.

use crate::alerting::hub;
use crate::deliveries::delivers;
use crate::world::{DAY, SECOND, World, acme, on_both, refusal};
use pulse_engine::Settings;
use pulse_server::alerts::{AlertState, Rule, Seen, Telling, Track, Verdict, together};
use pulse_server::auth::Vault;
use pulse_server::control::*;
use pulse_server::delivery::Parcel;
use serde_json::{Value, json};

on_both! { World;
    what_fires_is_told_once_to_each_and_so_is_its_end
    what_flaps_is_told_once
    a_worker_that_lost_its_job_changes_nothing_and_tells_nobody
    nobody_is_woken_and_what_holds_until_the_morning_is_told_then
    what_is_muted_is_told_when_that_is_over
    nobody_who_acknowledges_is_told_again_and_others_are_told_when_nobody_does
    what_was_missed_goes_into_history_and_makes_no_storm
    what_waited_and_was_well_while_nobody_looked_waits_anew
    late_data_take_an_alert_back_before_it_fires
    a_period_that_is_missing_changes_nothing
    two_hundred_at_once_are_one_message
    what_joins_an_alert_is_told_once_and_also_to_who_looks_after_it
    what_joins_in_the_night_or_for_a_moment_is_told_later_or_never
    nobody_is_called_to_what_is_well_again
    a_message_with_long_sentences_says_all_else_that_it_should
    a_rule_that_goes_takes_its_alerts_along
    the_clock_asks_for_a_look_once_however_many_look
    what_looks_at_jobs_is_looked_at_when_one_ends
}

pub(crate) const HOUR: i64 = 3600 * SECOND;

/// A rule of Ada's, with more of it.
pub(crate) async fn ruled(world: &World, more: Value) -> AlertRule {
    let mut rule = json!({
        "title": "Lead time", "severity": "critical", "to": [{"notification": world.ada.id}],
        "condition": {"metric": {"metric": "change_lead_time", "test": {"above": 10.0}}},
    });
    rule.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let rule: Rule = serde_json::from_value(rule).unwrap();
    let version = world.control().alert_rule(&acme(), "lead").await.unwrap().map_or(0, |rule| rule.version);
    world.control().set_alert_rule(&acme(), "lead", (&rule, &[]), &world.ada.id, version).await.unwrap()
}

/// Something that was seen at instants, with values above 10 or not; `None` is missing.
pub(crate) fn track(key: &str, seen: &[(i64, Option<f64>)]) -> Track {
    let of = |(at, value): &(i64, Option<f64>)| {
        let verdict = match value {
            None => Verdict::Unknown,
            Some(value) if *value > 10.0 => Verdict::Fires,
            Some(_) => Verdict::Clear,
        };
        Seen { at: *at, value: *value, verdict }
    };
    Track {
        key: key.into(),
        name: key.to_uppercase(),
        seen: seen.iter().map(of).collect(),
        sentence: format!("Lead time of {key} is {:?}.", seen.last().unwrap().1),
        evidence: "/api/v1/metrics/change_lead_time/evidence?from=2026-03-01".into(),
        next_at: None,
        members: Vec::new(),
    }
}

pub(crate) fn berlin() -> Settings {
    Settings { time_zone: Settings::parse_time_zone("Europe/Berlin").unwrap(), ..Settings::default() }
}

/// The job that looks, had by a worker.
async fn job(world: &World) -> Job {
    let control = world.control();
    control.trigger(&acme(), &Trigger::new(ALERT, ""), "test").await.unwrap();
    let limits = Limits { tenant: 100, kinds: Vec::new(), known: vec![ALERT.to_owned()] };
    control.claim("w", &limits).await.unwrap().unwrap()
}

/// Looks once, and sees these tracks; when the rule is to be looked at again.
pub(crate) async fn look(world: &World, rule: &AlertRule, tracks: &[Track]) -> Option<i64> {
    let job = job(world).await;
    let next = settle(world, &job, rule, tracks).await;
    assert!(world.control().finish(&job, &Outcome::Done(Vec::new())).await.unwrap());
    next
}

async fn settle(world: &World, job: &Job, rule: &AlertRule, tracks: &[Track]) -> Option<i64> {
    let rule = world.control().alert_rule(&acme(), &rule.name).await.unwrap().unwrap();
    let none = Seen { at: world.control().now(), value: None, verdict: Verdict::Clear };
    let tracks = if rule.rule.together { vec![together(tracks, none.clone())] } else { tracks.to_vec() };
    settled(world, job, &[Watch { rule, tracks, none }]).await
}

async fn settled(world: &World, job: &Job, watches: &[Watch]) -> Option<i64> {
    let (settings, base) = (berlin(), "https://pulse.example.com/".parse().unwrap());
    let telling = Telling { settings: &settings, base: &base };
    world.control().settle_rules(&Settling { job, watches, others: None, telling }).await.unwrap()
}

/// A look at one thing whose value is this now.
pub(crate) async fn sees(world: &World, rule: &AlertRule, value: f64) -> Option<i64> {
    look(world, rule, &[track("pay", &[(world.control().now(), Some(value))])]).await
}

pub(crate) async fn alerts(world: &World) -> Vec<Alert> {
    world.control().alerts(&acme(), None, None, &Cursor::new(None, Some(200)).unwrap()).await.unwrap().items
}

pub(crate) async fn only(world: &World) -> Alert {
    let mut all = alerts(world).await;
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

/// What there is to deliver, by its subject, oldest first.
pub(crate) async fn told(world: &World) -> Vec<String> {
    let page = world.control().deliveries(&acme(), None, &Cursor::new(None, Some(200)).unwrap()).await.unwrap();
    let mut all: Vec<_> = page.items.into_iter().map(|delivery| (delivery.created_at, delivery.subject)).collect();
    all.sort();
    all.into_iter().map(|(_, subject)| subject).collect()
}

pub(crate) async fn states(world: &World, id: &str) -> Vec<AlertState> {
    let (_, steps) = world.control().alert(&acme(), None, id).await.unwrap().unwrap();
    steps.iter().map(|step| step.state).collect()
}

async fn what_fires_is_told_once_to_each_and_so_is_its_end(world: World) {
    let to = json!([{"notification": world.ada.id}, {"mail": "ops@example.com"}]);
    let rule = ruled(&world, json!({"for_seconds": 3600, "clear": {"for_seconds": 600}, "to": to})).await;
    assert_eq!(sees(&world, &rule, 5.0).await, None);
    assert_eq!(alerts(&world).await, []);
    let begun = world.control().now();
    assert_eq!(sees(&world, &rule, 20.0).await, Some(begun + HOUR), "the clock brings the next look");
    assert_eq!((only(&world).await.state, told(&world).await.len()), (AlertState::Pending, 0));
    world.pass(HOUR);
    for _ in 0..3 {
        look(&world, &rule, &[track("pay", &[(begun, Some(20.0)), (world.control().now(), Some(21.0))])]).await;
        world.pass(SECOND);
    }
    let alert = only(&world).await;
    assert_eq!((alert.state, alert.since, alert.fired_at), (AlertState::Firing, begun, Some(begun + HOUR)));
    assert_eq!((alert.value, alert.members[0].name.as_str()), (Some(21.0), "PAY"));
    assert_eq!(told(&world).await, ["[critical] Lead time (PAY)"; 2], "once for each");
    let parcel = parcel(&world).await;
    for part in [
        "Lead time of pay is Some(21.0).",
        "Since: 2026-04-02 02:00 CEST",
        "Severity: critical",
        "?evidence=%2Fapi%2Fv1%2Fmetrics%2Fchange_lead_time%2Fevidence%3Ffrom%3D2026-03-01\n",
        "Next: ",
    ] {
        assert!(parcel.text.contains(part), "{part}: {}", parcel.text);
    }
    let page = format!("https://pulse.example.com/alerts/{}", alert.id);
    assert!(parcel.text.contains(&format!("Why: {page}?evidence=")), "{}", parcel.text);
    assert_eq!(parcel.link, Some(page));
    let well = world.control().now();
    assert_eq!(sees(&world, &rule, 5.0).await, Some(well + 600 * SECOND));
    world.pass(600 * SECOND);
    look(&world, &rule, &[track("pay", &[(well, Some(5.0)), (world.control().now(), Some(5.0))])]).await;
    let over = only(&world).await;
    assert_eq!((over.state, over.cleared_at), (AlertState::Cleared, Some(well + 600 * SECOND)));
    assert_eq!(over.members.len(), 1, "what it was about is kept");
    assert_eq!(told(&world).await[2..], ["[critical] Over: Lead time (PAY)"; 2]);
    assert_eq!(states(&world, &over.id).await, [AlertState::Pending, AlertState::Firing, AlertState::Cleared]);
    // It comes back: another alert, told anew.
    look(&world, &ruled(&world, json!({})).await, &[track("pay", &[(world.control().now(), Some(30.0))])]).await;
    assert_eq!((alerts(&world).await.len(), told(&world).await.len()), (2, 5));
}

/// What the first delivery that is due says.
pub(crate) async fn parcel(world: &World) -> Parcel {
    let job = world.control().claim("w", &delivers()).await.unwrap().unwrap();
    match world.control().begin_delivery(&job).await.unwrap() {
        Begun::Send(sending) => sending.parcel,
        Begun::Settled(outcome) => panic!("{outcome:?}"),
    }
}

async fn what_flaps_is_told_once(world: World) {
    let rule = ruled(&world, json!({"for_seconds": 600, "clear": {"for_seconds": 3600}})).await;
    for n in 0..20 {
        sees(&world, &rule, if n % 2 == 0 { 20.0 } else { 5.0 }).await;
        world.pass(300 * SECOND);
    }
    assert_eq!(told(&world).await.len(), 0, "it never held for ten minutes");
    sees(&world, &rule, 20.0).await;
    world.pass(600 * SECOND);
    for n in 0..20 {
        sees(&world, &rule, if n % 2 == 0 { 20.0 } else { 5.0 }).await;
        world.pass(1800 * SECOND);
    }
    assert_eq!(told(&world).await.len(), 1, "it never was well for an hour");
    assert_eq!(alerts(&world).await.iter().filter(|alert| alert.fired_at.is_some()).count(), 1);
}

async fn a_worker_that_lost_its_job_changes_nothing_and_tells_nobody(world: World) {
    let rule = ruled(&world, json!({})).await;
    let fires = [track("pay", &[(world.control().now(), Some(20.0))])];
    let old = job(&world).await;
    for pulse in world.control().pulses().await.unwrap() {
        assert!(world.control().give_up(&pulse).await.unwrap());
    }
    settle(&world, &old, &rule, &fires).await;
    assert_eq!((alerts(&world).await.len(), told(&world).await.len()), (0, 0));
    let new = job(&world).await;
    settle(&world, &new, &rule, &fires).await;
    // It dies when that is written and before its job is done: the next one finds all as it is to be.
    for pulse in world.control().pulses().await.unwrap() {
        assert!(world.control().give_up(&pulse).await.unwrap());
    }
    let next = job(&world).await;
    settle(&world, &next, &rule, &fires).await;
    assert_eq!((alerts(&world).await.len(), told(&world).await.len()), (1, 1));
    // And a rule that was changed since it was read is left alone.
    let stale = rule.clone();
    ruled(&world, json!({"title": "Another"})).await;
    let well = track("", &[(world.control().now(), Some(1.0))]);
    let none = well.seen[0].clone();
    assert_eq!(settled(&world, &next, &[Watch { rule: stale, tracks: vec![well], none }]).await, None);
    assert_eq!(only(&world).await.state, AlertState::Firing);
}

async fn nobody_is_woken_and_what_holds_until_the_morning_is_told_then(world: World) {
    // To 24 October 2026, 22:30 in Berlin: in that night clocks go back, and 07:00 is at 06:00 UTC.
    world.pass(205 * DAY + 20 * HOUR + HOUR / 2);
    let rule = ruled(&world, json!({"quiet": {"from": "22:00", "until": "07:00"}})).await;
    let evening = world.control().now();
    let morning = evening + 9 * HOUR + HOUR / 2;
    assert_eq!(sees(&world, &rule, 20.0).await, Some(morning), "an hour later than on another night");
    let alert = only(&world).await;
    assert_eq!((alert.state, alert.told_at), (AlertState::Firing, None));
    world.pass(9 * HOUR + HOUR / 2 - 1);
    look(&world, &rule, &[track("pay", &[(evening, Some(20.0)), (world.control().now(), Some(20.0))])]).await;
    assert_eq!(told(&world).await.len(), 0);
    world.pass(1);
    look(&world, &rule, &[track("pay", &[(evening, Some(20.0)), (morning, Some(20.0))])]).await;
    assert_eq!(told(&world).await.len(), 1);
    // What ends in the next night was told of: its end is told in the morning. What comes and goes in it is told to nobody.
    world.pass(17 * HOUR);
    sees(&world, &rule, 5.0).await;
    let jobs = world.control().jobs(&acme(), None, Some(JobState::Queued), &Cursor::new(None, None).unwrap()).await;
    let due: Vec<i64> = jobs.unwrap().items.iter().filter(|job| job.kind == DELIVER).map(|job| job.due_at).collect();
    assert!(due.contains(&(morning + 24 * HOUR)), "{due:?}");
    sees(&world, &rule, 20.0).await;
    world.pass(HOUR);
    sees(&world, &rule, 5.0).await;
    assert_eq!(told(&world).await, ["[critical] Lead time (PAY)", "[critical] Over: Lead time (PAY)"]);
    assert_eq!(alerts(&world).await.len(), 2, "it is in the history");
}

async fn what_is_muted_is_told_when_that_is_over(world: World) {
    let (control, rule) = (world.control(), ruled(&world, json!({})).await);
    let until = control.now() + HOUR;
    control.mute_alert_rule(&acme(), "lead", Some(until), "ada").await.unwrap();
    assert_eq!(sees(&world, &rule, 20.0).await, Some(until));
    assert_eq!(told(&world).await.len(), 0);
    world.pass(HOUR);
    look(&world, &rule, &[track("pay", &[(until - HOUR, Some(20.0)), (until, Some(20.0))])]).await;
    assert_eq!(told(&world).await.len(), 1);
    control.mute_alert_rule(&acme(), "lead", Some(until + DAY), "ada").await.unwrap();
    sees(&world, &rule, 5.0).await;
    assert_eq!(told(&world).await.len(), 1, "nor of its end");
    assert_eq!(control.mute_alert_rule(&acme(), "lead", None, "ada").await.unwrap().muted_until, None);
}

async fn nobody_who_acknowledges_is_told_again_and_others_are_told_when_nobody_does(world: World) {
    let up = json!({"after_seconds": 1800, "to": [{"mail": "boss@example.com"}]});
    let rule = ruled(&world, json!({"escalation": up, "together": false})).await;
    let both = |at: i64| [track("pay", &[(at, Some(20.0))]), track("shop", &[(at, Some(30.0))])];
    let begun = world.control().now();
    assert_eq!(look(&world, &rule, &both(begun)).await, Some(begun + 1800 * SECOND));
    assert_eq!(told(&world).await, ["[critical] Lead time (PAY)", "[critical] Lead time (SHOP)"]);
    let pay = alerts(&world).await.into_iter().find(|alert| alert.key == "pay").unwrap();
    let acked = world.control().acknowledge_alert(&acme(), None, &pay.id, "ada").await.unwrap();
    assert_eq!((acked.state, acked.acknowledged_by.as_deref()), (AlertState::Acknowledged, Some("ada")));
    let twice = refusal(world.control().acknowledge_alert(&acme(), None, &pay.id, "ada").await);
    assert_eq!(twice, Refusal::AlertState(AlertState::Acknowledged));
    world.pass(1800 * SECOND);
    for _ in 0..2 {
        look(&world, &rule, &both(begun)).await;
    }
    assert_eq!(told(&world).await[2..], ["[critical] Not acknowledged: Lead time (SHOP)"]);
    let well =
        [track("pay", &[(world.control().now(), Some(1.0))]), track("shop", &[(world.control().now(), Some(1.0))])];
    look(&world, &rule, &well).await;
    // Whoever was told that it fires is told that it is over: of `pay` one, of `shop` two.
    assert_eq!(told(&world).await.len(), 6);
    assert!(alerts(&world).await.iter().all(|alert| alert.state == AlertState::Cleared));
}

async fn what_was_missed_goes_into_history_and_makes_no_storm(world: World) {
    let rule = ruled(&world, json!({"together": false})).await;
    let week = |n: i64| world.control().now() - (12 - n) * 7 * DAY;
    let first = week(0);
    look(&world, &rule, &[track("pay", &[(first, Some(5.0))]), track("shop", &[(first, Some(5.0))])]).await;
    // Ten weeks during which nobody looked: twice it was high and well again, and then high to this day.
    let values = [5.0, 20.0, 5.0, 5.0, 30.0, 31.0, 5.0, 5.0, 40.0, 41.0];
    let seen: Vec<_> = (0..).zip(values).map(|(n, value)| (week(n), Some(value))).collect();
    for _ in 0..3 {
        look(&world, &rule, &[track("pay", &seen), track("shop", &[(first, Some(5.0)), (week(9), Some(5.0))])]).await;
    }
    let mut all = alerts(&world).await;
    all.sort_by_key(|alert| alert.since);
    let lives: Vec<_> = all.iter().map(|alert| (alert.since, alert.state, alert.cleared_at)).collect();
    let expected = [
        (week(1), AlertState::Cleared, Some(week(2))),
        (week(4), AlertState::Cleared, Some(week(6))),
        (week(8), AlertState::Firing, None),
    ];
    assert_eq!(lives, expected);
    assert_eq!(told(&world).await, ["[critical] Lead time (PAY)"], "of what is so now, and once");
    assert!(all[0].told_at.is_none() && all[0].reason.contains("while nobody looked"), "{:?}", all[0]);
    assert_eq!(states(&world, &all[0].id).await, [AlertState::Firing, AlertState::Cleared]);
}

async fn what_waited_and_was_well_while_nobody_looked_waits_anew(world: World) {
    let rule = ruled(&world, json!({"for_seconds": 14 * 86400})).await;
    let begun = world.control().now();
    sees(&world, &rule, 20.0).await;
    world.pass(14 * DAY);
    // Nobody looked for two weeks: after one of them it was well, and now it is high since today.
    let seen = [(begun, Some(20.0)), (begun + 7 * DAY, Some(5.0)), (begun + 14 * DAY, Some(21.0))];
    look(&world, &rule, &[track("pay", &seen)]).await;
    let mut all = alerts(&world).await;
    all.sort_by_key(|alert| alert.since);
    let lives: Vec<_> = all.iter().map(|alert| (alert.since, alert.state, alert.cleared_at)).collect();
    let expected = [(begun, AlertState::Cleared, Some(begun + 7 * DAY)), (begun + 14 * DAY, AlertState::Pending, None)];
    assert_eq!((lives.as_slice(), told(&world).await.len()), (expected.as_slice(), 0));
    world.pass(14 * DAY);
    look(&world, &rule, &[track("pay", &[(begun + 14 * DAY, Some(21.0)), (begun + 28 * DAY, Some(22.0))])]).await;
    assert_eq!(told(&world).await, ["[critical] Lead time (PAY)"]);
}

async fn late_data_take_an_alert_back_before_it_fires(world: World) {
    let rule = ruled(&world, json!({"for_seconds": 86400})).await;
    let end = world.control().now();
    look(&world, &rule, &[track("pay", &[(end - 7 * DAY, Some(5.0)), (end, Some(20.0))])]).await;
    assert_eq!(only(&world).await.state, AlertState::Pending);
    world.pass(HOUR);
    // More of the same week has landed: it was not that high.
    look(&world, &rule, &[track("pay", &[(end - 7 * DAY, Some(5.0)), (end, Some(9.0))])]).await;
    let alert = only(&world).await;
    assert_eq!((alert.state, alert.fired_at, told(&world).await.len()), (AlertState::Cleared, None, 0));
    // And an earlier one, which was looked at already, makes no alert of the past.
    look(&world, &rule, &[track("pay", &[(end - 7 * DAY, Some(99.0)), (end, Some(9.0))])]).await;
    assert_eq!(alerts(&world).await.len(), 1);
}

async fn a_period_that_is_missing_changes_nothing(world: World) {
    let rule = ruled(&world, json!({})).await;
    let now = world.control().now();
    look(&world, &rule, &[track("pay", &[(now, None)])]).await;
    assert_eq!(alerts(&world).await, []);
    sees(&world, &rule, 20.0).await;
    world.pass(7 * DAY);
    look(&world, &rule, &[track("pay", &[(now, Some(20.0)), (world.control().now(), None)])]).await;
    let alert = only(&world).await;
    assert_eq!((alert.state, alert.value), (AlertState::Firing, Some(20.0)), "no value is not a good one");
}

async fn two_hundred_at_once_are_one_message(world: World) {
    let rule = ruled(&world, json!({})).await;
    let now = world.control().now();
    let many: Vec<Track> = (0..200).map(|n| track(&format!("r{n}"), &[(now, Some(20.0))])).collect();
    look(&world, &rule, &many).await;
    assert_eq!((only(&world).await.members.len(), told(&world).await.len()), (200, 1));
    world.control().remove_alert_rule(&acme(), "lead").await.unwrap();
    // Each by itself: all of them are there, and told in one message.
    let rule = ruled(&world, json!({"together": false})).await;
    for _ in 0..2 {
        look(&world, &rule, &many).await;
    }
    let (id, cursor) = (acme(), Cursor::new(None, Some(200)).unwrap());
    let fires = world.control().alerts(&id, None, Some(AlertState::Firing), &cursor).await.unwrap();
    assert_eq!(fires.items.len(), 200);
    assert_eq!(told(&world).await[1..], ["[critical] Lead time (200 at once)"]);
}

/// These things, high since an instant.
pub(crate) fn high(keys: &[&str], since: i64) -> Vec<Track> {
    keys.iter().map(|key| track(key, &[(since, Some(20.0))])).collect()
}

async fn what_joins_an_alert_is_told_once_and_also_to_who_looks_after_it(world: World) {
    let rule = ruled(&world, json!({"to": [{"mail": "ops@example.com"}]})).await;
    let begun = world.control().now();
    look(&world, &rule, &high(&["pay"], begun)).await;
    let look_again = async |keys: &[&str]| {
        world.pass(SECOND);
        look(&world, &rule, &high(keys, begun)).await;
    };
    look_again(&["pay", "shop"]).await;
    look_again(&["pay", "shop"]).await;
    assert_eq!(told(&world).await, ["[critical] Lead time (PAY)", "[critical] Also: Lead time (SHOP)"]);
    // It goes and comes: it was told of.
    look_again(&["pay"]).await;
    look_again(&["pay", "shop"]).await;
    assert_eq!(told(&world).await.len(), 2);
    let alert = only(&world).await;
    world.control().acknowledge_alert(&acme(), None, &alert.id, &world.ada.id).await.unwrap();
    look_again(&["pay", "shop", "lib", "web"]).await;
    look_again(&["pay", "shop", "lib", "web"]).await;
    assert_eq!(told(&world).await[2..], ["[critical] Also: Lead time (2 more)"; 2], "by mail, and to Ada");
    let (alert, steps) = world.control().alert(&acme(), None, &alert.id).await.unwrap().unwrap();
    assert_eq!((alert.state, alert.members.len()), (AlertState::Acknowledged, 4));
    let reasons: Vec<_> = steps.iter().map(|step| step.reason.as_str()).collect();
    assert_eq!(reasons[1..], ["joined by SHOP", "acknowledged", "joined by LIB, WEB"]);
    let mut said = Vec::new();
    for _ in 0..4 {
        said.push(parcel(&world).await.text);
    }
    let joined =
        said.iter().filter(|text| text.starts_with("Lead time of lib is Some(20.0).\nLead time of web")).count();
    assert_eq!(joined, 2, "{said:?}");
    assert!(said.iter().any(|text| text.contains("Somebody looks after the others since: 2026-04-02")), "{said:?}");
    world.pass(SECOND);
    look(&world, &rule, &[track("pay", &[(world.control().now(), Some(1.0))])]).await;
    assert_eq!(told(&world).await[4..], ["[critical] Over: Lead time"; 2], "the same hear that it is over");
}

async fn what_joins_in_the_night_or_for_a_moment_is_told_later_or_never(world: World) {
    // 2 April 2026, 21:00 in Berlin.
    world.pass(19 * HOUR);
    let rule = ruled(&world, json!({"for_seconds": 3600, "quiet": {"from": "22:00", "until": "07:00"}})).await;
    let begun = world.control().now();
    let at = |shop: i64| [track("pay", &[(begun - HOUR, Some(20.0))]), track("shop", &[(shop, Some(20.0))])];
    look(&world, &rule, &at(begun)[..1]).await;
    assert_eq!(told(&world).await.len(), 1);
    // It holds for a moment alone.
    assert_eq!(look(&world, &rule, &at(begun)).await, Some(begun + HOUR), "when it would have held for long enough");
    look(&world, &rule, &at(begun)[..1]).await;
    world.pass(HOUR + HOUR / 2);
    let late = world.control().now();
    assert_eq!(look(&world, &rule, &at(late - HOUR)).await, Some(begun + 10 * HOUR), "when the night is over");
    assert_eq!(told(&world).await.len(), 1);
    world.pass(9 * HOUR);
    look(&world, &rule, &at(late - HOUR)).await;
    assert_eq!(told(&world).await[1..], ["[critical] Also: Lead time (SHOP)"]);
}

async fn nobody_is_called_to_what_is_well_again(world: World) {
    let up = json!({"after_seconds": 1800, "to": [{"mail": "boss@example.com"}]});
    let rule = ruled(&world, json!({"escalation": up, "clear": {"for_seconds": 7200}})).await;
    let begun = world.control().now();
    sees(&world, &rule, 20.0).await;
    world.pass(HOUR);
    let well = |at: i64| track("pay", &[(begun, Some(20.0)), (at, Some(5.0))]);
    let at = world.control().now();
    assert_eq!(look(&world, &rule, &[well(at)]).await, Some(at + 2 * HOUR), "nothing but its end is waited for");
    assert_eq!(told(&world).await.len(), 1);
    sees(&world, &rule, 30.0).await;
    assert_eq!(told(&world).await[1..], ["[critical] Not acknowledged: Lead time (PAY)"], "it is so again");
}

async fn a_message_with_long_sentences_says_all_else_that_it_should(world: World) {
    let rule = ruled(&world, json!({"to": [{"mail": "ops@example.com"}]})).await;
    let now = world.control().now();
    let long =
        |key: &str| Track { sentence: format!("{key} {}", "x".repeat(600_000)), ..track(key, &[(now, Some(20.0))]) };
    look(&world, &rule, &(0..30).map(|n| long(&format!("r{n:02}"))).collect::<Vec<_>>()).await;
    let text = parcel(&world).await.text;
    // What a chat shows at most.
    assert!(text.chars().count() < 2_900, "{}", text.len());
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines[0].starts_with("r00 xxx") && lines[0].ends_with('…') && lines[5].starts_with("r05"), "{text}");
    assert_eq!(lines[6], "And 24 more.");
    for part in ["Since: ", "Severity: critical", "Why: https://", "Next: "] {
        assert!(text.contains(part), "{part}: {text}");
    }
}

async fn a_rule_that_goes_takes_its_alerts_along(world: World) {
    let rule = ruled(&world, json!({})).await;
    sees(&world, &rule, 20.0).await;
    world.control().remove_alert_rule(&acme(), "lead").await.unwrap();
    let alert = only(&world).await;
    assert_eq!(alert.state, AlertState::Cleared);
    let (_, steps) = world.control().alert(&acme(), None, &alert.id).await.unwrap().unwrap();
    assert_eq!(steps.last().unwrap().reason, "its rule was removed");
    assert!(matches!(refusal(world.control().remove_alert_rule(&acme(), "lead").await), Refusal::Unknown { .. }));
    world.pass(401 * DAY);
    for _ in 0..3 {
        world.control().forget_old().await.unwrap();
    }
    assert_eq!(alerts(&world).await, []);
}

async fn the_clock_asks_for_a_look_once_however_many_look(world: World) {
    let control = world.control();
    assert_eq!(control.tick_alerts().await.unwrap(), 0);
    let at = job(&world).await;
    control.set_alert_clock(&at, Some(control.now() + HOUR)).await.unwrap();
    assert!(control.finish(&at, &Outcome::Done(Vec::new())).await.unwrap());
    assert_eq!(control.tick_alerts().await.unwrap(), 0);
    control.set_alert_clock(&at, None).await.unwrap();
    world.pass(HOUR);
    let mut looks = Vec::new();
    for _ in 0..6 {
        let control = control.clone();
        looks.push(tokio::spawn(async move { control.tick_alerts().await.unwrap() }));
    }
    let mut asked = 0;
    for look in looks {
        asked += look.await.unwrap();
    }
    assert_eq!(asked, 1);
    let queued = control.jobs(&acme(), None, Some(JobState::Queued), &Cursor::new(None, None).unwrap()).await.unwrap();
    assert_eq!(queued.items.iter().map(|job| job.kind.as_str()).collect::<Vec<_>>(), [ALERT]);
    world.pass(HOUR);
    assert_eq!(control.tick_alerts().await.unwrap(), 1, "a look that came to nothing is asked for again");
    let at = job(&world).await;
    control.set_alert_clock(&at, None).await.unwrap();
    assert!(control.finish(&at, &Outcome::Done(Vec::new())).await.unwrap());
    world.pass(DAY);
    assert_eq!(control.tick_alerts().await.unwrap(), 0);
}

async fn what_looks_at_jobs_is_looked_at_when_one_ends(world: World) {
    let control = world.control();
    let looks = async || {
        let page = control.jobs(&acme(), None, None, &Cursor::new(None, None).unwrap()).await.unwrap();
        let queued = page.items.into_iter().filter(|job| job.kind == ALERT && job.state == JobState::Queued);
        queued.map(|job| job.subject).collect::<Vec<_>>()
    };
    let done = async |(kind, subject): (&str, &str), outcome: Outcome| {
        control.trigger(&acme(), &Trigger::new(kind, subject), "test").await.unwrap();
        let limits = Limits { tenant: 9, kinds: Vec::new(), known: vec![kind.into()] };
        let job = control.claim("w", &limits).await.unwrap().unwrap();
        assert!(control.finish(&job, &outcome).await.unwrap());
        job.id
    };
    done(("map", ""), Outcome::Done(Vec::new())).await;
    assert!(looks().await.is_empty(), "nobody looks at jobs");
    ruled(&world, json!({})).await;
    for (name, condition) in
        [("jobs", json!({"job": {"kinds": ["map"]}})), ("unread", json!({"connection": {"names": ["hub"]}}))]
    {
        let rule: Rule = serde_json::from_value(json!({"title": name, "condition": condition})).unwrap();
        control.set_alert_rule(&acme(), name, (&rule, &[]), &world.ada.id, 0).await.unwrap();
    }
    let first = job(&world).await;
    control.finish(&first, &Outcome::Done(Vec::new())).await.unwrap();
    for other in [("model", ""), ("land", "lab")] {
        done(other, Outcome::Done(Vec::new())).await;
        assert!(looks().await.is_empty(), "no rule is about {other:?}");
    }
    done(("map", ""), Outcome::Failed("not now".into())).await;
    assert!(looks().await.is_empty(), "it is tried again");
    world.pass(HOUR);
    let dead = done(("map", ""), Outcome::Hopeless("no".into())).await;
    assert_eq!(looks().await, [OF_JOBS], "those over data are not looked at");
    assert_eq!(control.dead_jobs(&acme()).await.unwrap().iter().map(|job| &job.id).collect::<Vec<_>>(), [&dead]);
    world.pass(SECOND);
    done(("map", ""), Outcome::Done(Vec::new())).await;
    assert_eq!(control.dead_jobs(&acme()).await.unwrap(), [], "it was done since");
    let limits = Limits { tenant: 100, kinds: Vec::new(), known: vec![ALERT.to_owned()] };
    let second = control.claim("w", &limits).await.unwrap().unwrap();
    // The clock brings the next: a run of its own, which whatever ends before goes ahead of.
    let due_at = control.now() + HOUR;
    let next = Trigger { due_at, ..Trigger::new(ALERT, OF_JOBS) };
    assert!(control.finish(&second, &Outcome::Done(vec![next])).await.unwrap());
    assert!(control.claim("w", &limits).await.unwrap().is_none());
    done(("land", "hub"), Outcome::Failed("no".into())).await;
    let third = control.claim("w", &limits).await.unwrap().unwrap();
    assert_ne!(third.run, second.run);
    assert!(control.finish(&third, &Outcome::Done(Vec::new())).await.unwrap());
    world.pass(HOUR);
    assert!(control.claim("w", &limits).await.unwrap().is_none(), "it was looked at since");
    // What was told of a connection that is removed is over.
    let vault = Vault::new("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").unwrap();
    control.set_connection(&acme(), &hub(), None, &vault).await.unwrap();
    assert!(looks().await.is_empty());
    control.remove_connection(&acme(), "hub").await.unwrap();
    assert_eq!(looks().await, [OF_JOBS]);
}
