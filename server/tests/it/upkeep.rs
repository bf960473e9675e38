//! What keeps a tenant's part of the lake small: asked for by itself, and by what a tenant says of how long rows stay.

use crate::jobs::claim_any;
use crate::rest::run;
use crate::world::{DAY, World, acme, on_both};
use chrono::NaiveDate;
use futures::TryStreamExt as _;
use pulse_engine::entities::{self, AUDIT, RAW, fact};
use pulse_engine::lake::{Table, When};
use pulse_engine::land::{Page, Payload};
use pulse_engine::row::{self, Row, Value};
use pulse_engine::{Engine, Settings, TenantId};
use pulse_server::audit::{self, Event, Link};
use pulse_server::control::{Control, Outcome, Schedule, Scope, Trigger};
use pulse_server::jobs::{self, AtWork, steps};
use serde_json::json;
use std::collections::BTreeSet;
use std::time::Duration;

on_both! { World;
    a_tenant_at_which_nothing_happens_is_kept_up_once_a_day
    of_many_tenants_all_are_kept_up_and_few_wait_at_once
}

async fn a_tenant_at_which_nothing_happens_is_kept_up_once_a_day(world: World) {
    let control = world.control();
    let asked = async || control.tick_upkeep("vacuum", "").await.unwrap().0;
    let does = async || {
        let job = claim_any(control, &["vacuum"]).await.unwrap();
        assert!(control.finish(&job, &Outcome::Done(Vec::new())).await.unwrap());
        job
    };
    assert_eq!(asked().await, 0, "it is new");
    world.pass(DAY);
    assert_eq!((asked().await, asked().await), (1, 0));
    control.trigger(&acme(), &Trigger::new("map", ""), "test").await.unwrap();
    assert_eq!(claim_any(control, &["map", "vacuum"]).await.unwrap().kind, "map", "it goes behind what else is due");
    world.pass(2 * DAY);
    assert_eq!(asked().await, 0, "it was not begun yet");
    let job = does().await;
    assert_eq!((job.created_by.as_str(), job.priority), ("upkeep", -1));
    // Three days after it was asked for.
    assert_eq!(asked().await, 1);
    does().await;
    world.pass(DAY - 1);
    assert_eq!(asked().await, 0);
    world.pass(1);
    control.suspend_tenant(&acme(), true).await.unwrap();
    assert_eq!(asked().await, 0, "nothing is done for it");
    control.suspend_tenant(&acme(), false).await.unwrap();
    let schedule = Schedule {
        kind: "vacuum".into(),
        subject: String::new(),
        input: json!({"hours": 200}),
        when: jobs::When::Every(7 * 24 * 3600),
        paused: true,
        next_at: 0,
        version: 0,
    };
    control.set_schedule(&acme(), &schedule, 0).await.unwrap();
    assert_eq!(asked().await, 0, "somebody said when, and that it is not now");
    assert_eq!(control.tick_upkeep("compact", "").await.unwrap(), (1, None), "of this nobody did");
    control.remove_schedule(&acme(), "vacuum", "").await.unwrap();
    assert_eq!(asked().await, 1);
}

async fn of_many_tenants_all_are_kept_up_and_few_wait_at_once(world: World) {
    let control = world.control();
    for n in 0..50 {
        control.create_tenant(&TenantId::new(&format!("t{n}")).unwrap(), "T", "UTC").await.unwrap();
    }
    world.pass(DAY);
    let (mut after, mut kept) = (String::new(), BTreeSet::new());
    for at_once in [20, 20, 11] {
        let (asked, next) = control.tick_upkeep("vacuum", &after).await.unwrap();
        assert_eq!((asked, next.is_some()), (at_once, at_once == 20));
        after = next.unwrap_or_default();
        if kept.is_empty() {
            let full = (0, Some(after.clone()));
            assert_eq!(control.tick_upkeep("vacuum", &after).await.unwrap(), full, "as many as may wait");
        }
        while let Some(job) = claim_any(control, &["vacuum"]).await {
            kept.insert(job.tenant.clone());
            assert!(control.finish(&job, &Outcome::Done(Vec::new())).await.unwrap());
        }
    }
    assert_eq!((kept.len(), control.tick_upkeep("vacuum", "").await.unwrap()), (51, (0, None)));
    // On the next day nobody waits for those that cannot be begun.
    world.pass(DAY);
    let (asked, next) = control.tick_upkeep("vacuum", "").await.unwrap();
    let next = next.unwrap();
    control.hold_jobs(Scope::Own(&acme()), "vacuum", "ada").await.unwrap();
    let mut others = kept.iter().filter(|id| **id != acme().as_str() && **id <= next);
    let suspended = TenantId::new(others.next_back().unwrap()).unwrap();
    control.suspend_tenant(&suspended, true).await.unwrap();
    let (more, _) = control.tick_upkeep("vacuum", &next).await.unwrap();
    assert_eq!((asked, more), (20, 2));
}

/// A control database and a lake, in both of which nothing is.
pub(crate) struct Place {
    pub(crate) world: World,
    pub(crate) engine: Engine,
    _folder: tempfile::TempDir,
}

impl Place {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let world = World::on(&format!("sqlite:{}", folder.path().join("control.db").display()), None).await;
        Self { world, engine: Engine::open("memory://").await.unwrap(), _folder: folder }
    }

    pub(crate) fn control(&self) -> &Control {
        self.world.control()
    }

    /// Does a job; what came of it.
    pub(crate) async fn does(&self, trigger: &Trigger) -> Outcome {
        let work = steps(self.control(), &self.engine, &Settings::default());
        let work = work.into_iter().find(|work| work.kind() == trigger.kind).unwrap();
        self.control().trigger(&acme(), trigger, "test").await.unwrap();
        let job = claim_any(self.control(), &[trigger.kind.as_str()]).await.unwrap();
        let outcome = work.run(&job, &AtWork::new(self.control().clone())).await;
        assert!(self.control().finish(&job, &outcome).await.unwrap());
        outcome
    }

    /// Does a vacuum that is told for how many days rows stay.
    async fn keeps(&self, days: serde_json::Value) -> Outcome {
        self.does(&Trigger { input: json!({"keep": days}), ..Trigger::new("vacuum", "") }).await
    }

    /// The only event of the trail that is not in the lake yet.
    pub(crate) async fn only_event(&self) -> Event {
        let links = self.control().number_events(&acme()).await.unwrap();
        let [Link { event, .. }] = &links[..] else { panic!("{links:?}") };
        event.clone()
    }

    /// What is wrong with the trail.
    async fn problems(&self) -> Vec<String> {
        audit::verify(self.control(), &self.engine, &acme()).await.unwrap().problems
    }

    /// The trail as it stands in the lake, in order.
    async fn trail(&self) -> Vec<Row> {
        let newest = self.engine.tenant(&acme()).lake().audit().latest().await.unwrap().unwrap();
        let read = newest.read(None, None, &[]).await.unwrap();
        let batches: Vec<_> = read.try_collect().await.unwrap();
        let mut rows: Vec<Row> = batches.iter().flat_map(|batch| row::rows(&AUDIT, batch).unwrap()).collect();
        rows.sort_by_key(|row| row.int("sequence"));
        rows
    }

    /// Puts other rows in the place of the trail.
    async fn tampers(&self, rows: &[Row]) {
        let trail = self.engine.tenant(&acme()).lake().audit();
        trail.replace(&[row::batch(&AUDIT, rows).unwrap()], None, &[], When::Changed).await.unwrap();
    }

    /// Does a job of a kind; what it asks for.
    pub(crate) async fn follows(&self, kind: &str) -> Vec<String> {
        match self.does(&Trigger::new(kind, "")).await {
            Outcome::Done(next) => next.into_iter().map(|trigger| trigger.kind).collect(),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn tables_in_many_files_are_compacted_and_cleaned_without_anybody_asking() {
    run(async {
        let place = Place::new().await;
        let raw = place.engine.tenant(&acme()).lake().raw("toy").unwrap();
        let lands = async |from: i64, until: i64| {
            for n in from..until {
                let row = Row::new(&RAW).set("connection", "toy:a").set("stream", "s").set("batch", "b").set("row", n);
                raw.append(&[row::batch(&RAW, &[row]).unwrap()], &[], When::New).await.unwrap();
            }
        };
        lands(0, 200).await;
        assert_eq!(raw.scattered_files().await.unwrap(), 199);
        assert_eq!(place.follows("risk").await, ["alert"], "199 may stay");
        lands(200, 201).await;
        assert_eq!(place.follows("risk").await, ["alert", "compact"]);
        assert_eq!(place.follows("compact").await, ["vacuum"]);
        assert_eq!((raw.scattered_files().await.unwrap(), raw.latest().await.unwrap().unwrap().rows()), (0, Some(201)));
        assert_eq!(place.follows("compact").await, Vec::<String>::new(), "there is nothing to put together");
        assert_eq!(place.follows("vacuum").await, Vec::<String>::new());
        assert_eq!(place.follows("risk").await, ["alert"]);
    });
}

#[test]
fn the_platforms_trail_is_put_together_and_cleaned_though_no_job_does_so() {
    run(async {
        let folder = tempfile::tempdir().unwrap();
        let engine = Engine::open(url::Url::from_directory_path(folder.path()).unwrap().as_str()).await.unwrap();
        let place = Place { engine, ..Place::new().await };
        let (control, platform) = (place.control(), TenantId::new(audit::PLATFORM).unwrap());
        let acts = async || {
            let event = Event { action: "act".into(), outcome: "done".into(), ..Event::default() };
            control.record(&platform, &event).await.unwrap();
            audit::land_one(control, &place.engine, &platform).await.unwrap();
        };
        for _ in 0..250 {
            acts().await;
        }
        let trail = place.engine.tenant(&platform).lake().audit();
        assert_eq!(trail.scattered_files().await.unwrap(), 249);
        // What a writer left that was killed eight days ago.
        let stray = folder.path().join("tenant=platform/audit/part-stray.zstd.parquet");
        std::fs::write(&stray, "stray").unwrap();
        let file = std::fs::File::options().write(true).open(&stray).unwrap();
        file.set_modified(file.metadata().unwrap().modified().unwrap() - Duration::from_secs(8 * 24 * 3600)).unwrap();
        acts().await;
        assert_eq!((trail.scattered_files().await.unwrap(), stray.exists()), (0, false));
        assert_eq!(audit::verify(control, &place.engine, &platform).await.unwrap().events, 251);
    });
}

#[test]
fn what_was_frozen_long_ago_goes_where_a_vacuum_is_told_so() {
    run(async {
        let place = Place::new().await;
        let risks = place.engine.tenant(&acme()).lake().table(fact("risks").unwrap());
        // It is 2 April 2026 in the tenant's time zone.
        let row = |day: &str| Row::new(risks.entity()).set("id", day).set("day", day);
        let rows = ["2025-10-03", "2025-10-04", "2026-04-01"].map(row);
        risks.append(&[row::batch(risks.entity(), &rows).unwrap()], &[], When::New).await.unwrap();
        let left = async || risks.latest().await.unwrap().unwrap().rows();
        assert_eq!(place.keeps(json!({})).await, Outcome::Done(Vec::new()));
        assert_eq!(left().await, Some(3), "nothing goes unless somebody says so");
        assert_eq!(place.control().number_events(&acme()).await.unwrap(), []);
        let keep = json!({"facts.forecasts": 180, "facts.risks": 180, "raw.push": 30});
        assert_eq!(place.keeps(keep.clone()).await, Outcome::Done(Vec::new()));
        assert_eq!(left().await, Some(2), "180 days before are 4 October");
        let gone = json!({"facts.forecasts": 0, "facts.risks": 1, "raw.push": 0});
        let event = place.only_event().await;
        assert_eq!((event.action.as_str(), event.actor.as_deref()), ("job vacuum", Some("test")));
        let told = json!({"asked": {"keep": keep}, "gone": gone}).to_string();
        assert_eq!((event.outcome.as_str(), event.detail), ("done", Some(told)));
        let day = NaiveDate::from_ymd_opt(2026, 4, 2).unwrap() - chrono::Days::new(180);
        assert_eq!(day.to_string(), "2025-10-04");
        for (wrong, words) in [
            (json!({"facts.risks": 179}), "180 days at least"),
            (json!({"core.commits": 999}), "was the first to carry"),
            (json!({"facts.risks": "all"}), "not what it takes"),
        ] {
            let Outcome::Hopeless(why) = place.keeps(wrong.clone()).await else { panic!("{wrong} was taken") };
            assert!(why.contains(words), "{why}");
        }
        let of_no_compaction = Trigger { input: json!({"keep": {"facts.risks": 180}}), ..Trigger::new("compact", "") };
        assert!(matches!(place.does(&of_no_compaction).await, Outcome::Hopeless(_)));
        assert_eq!(left().await, Some(2));
    });
}

#[test]
fn builds_that_finished_long_ago_go_with_their_payloads_where_a_vacuum_is_told_so() {
    run(async {
        let place = Place::new().await;
        let tenant = place.engine.tenant(&acme());
        let build = |id: &str, finished_at: &str| {
            let id = format!("push:x:{id}");
            let row = json!({
                "id": id, "repository_id": "push:x:r", "status": "succeeded", "finished_at": finished_at,
            });
            let body = json!({"line": 1, "row": row}).to_string();
            Payload { stream: "builds".to_owned(), key: id, observed_at: 1, body }
        };
        let payloads = vec![build("old", "2024-03-20T12:00:00Z"), build("young", "2024-03-25T12:00:00Z")];
        tenant.land("push", "push:x", Page { payloads, ..Page::default() }).await.unwrap();
        assert_eq!(place.follows("map").await, ["model"]);
        let (builds, raw) =
            (tenant.lake().table(entities::core("builds").unwrap()), tenant.lake().raw("push").unwrap());
        let rows = async |table: &Table| table.latest().await.unwrap().unwrap().rows();
        // 740 days before 2 April 2026 are 23 March 2024.
        assert_eq!(place.keeps(json!({"core.builds": 750})).await, Outcome::Done(Vec::new()));
        assert_eq!((rows(&builds).await, rows(&raw).await), (Some(2), Some(2)));
        place.world.pass(1);
        assert_eq!(place.keeps(json!({"core.builds": 740})).await, Outcome::Done(Vec::new()));
        assert_eq!((rows(&builds).await, rows(&raw).await), (Some(1), Some(1)));
        let replays = Trigger { input: json!({"replay": true}), ..Trigger::new("map", "") };
        place.does(&replays).await;
        assert_eq!(rows(&builds).await, Some(1));
        let links = place.control().number_events(&acme()).await.unwrap();
        let told: Vec<_> = links.iter().filter_map(|link| link.event.detail.as_deref()).collect();
        let gone = |days: i64, gone: i64| {
            json!({"asked": {"keep": {"core.builds": days}}, "gone": {"core.builds": gone}}).to_string()
        };
        assert_eq!(told, [gone(750, 0), gone(740, 1)]);
    });
}

#[test]
fn the_beginning_of_a_trail_goes_and_what_is_left_is_held_by_the_same_chain() {
    run(async {
        let place = Place::new().await;
        let (control, now) = (place.control(), place.control().now());
        // The fifth is told late: what follows it stays with it.
        for days in [800, 500, 400, 366, 10, 700, 0] {
            let at = now - days * DAY;
            let event = Event { at, action: format!("act {days}"), outcome: "done".into(), ..Event::default() };
            control.record(&acme(), &event).await.unwrap();
            audit::land_one(control, &place.engine, &acme()).await.unwrap();
        }
        let numbers = async || place.trail().await.iter().map(|row| row.int("sequence").unwrap()).collect::<Vec<_>>();
        assert_eq!(place.keeps(json!({"audit.events": 1000})).await, Outcome::Done(Vec::new()));
        assert_eq!(numbers().await, [1, 2, 3, 4, 5, 6, 7], "none is as old");
        assert_eq!(place.keeps(json!({"audit.events": 365})).await, Outcome::Done(Vec::new()));
        assert_eq!(numbers().await, [5, 6, 7, 8]);
        assert_eq!(place.problems().await, Vec::<String>::new());
        let trail = place.trail().await;
        assert_eq!((trail[3].text("action"), trail[3].text("actor")), (Some("forget"), Some("test")));
        assert_eq!(place.keeps(json!({"audit.events": 365})).await, Outcome::Done(Vec::new()));
        assert_eq!(numbers().await, [5, 6, 7, 8], "it is told once");
        // What is taken out by hand is found, at the new beginning as well.
        place.tampers(&trail[1..]).await;
        assert_eq!(place.problems().await, ["events 5 to 5 are missing"]);
        // Nor is a word believed that only whoever writes to the lake can have put there.
        let (id, last) = (trail[3].text("trail").unwrap(), trail[3].text("sum").unwrap());
        let gone = json!([{"trail": id, "until": 5, "sum": trail[0].text("sum").unwrap()}]).to_string();
        let event =
            Event { action: "forget".into(), outcome: "begun".into(), detail: Some(gone.clone()), ..Event::default() };
        let forged = Link::after(id, last, 9, event).unwrap();
        let forged = Row::new(&AUDIT)
            .set("trail", id)
            .set("sequence", 9_i64)
            .set("at", Value::Time(0))
            .set("action", "forget")
            .set("outcome", "begun")
            .set("detail", gone)
            .set("previous", last)
            .set("sum", forged.sum);
        place.tampers(&[&trail[1..], &[forged]].concat()).await;
        let beyond = "event 9 stands beyond the end of the trail, event 8: this control database did not write it";
        assert_eq!(place.problems().await, ["events 5 to 5 are missing", beyond]);
        place.tampers(&trail).await;
        assert_eq!(place.problems().await, Vec::<String>::new());
        // A year on, all goes but what was done since.
        place.world.pass(400 * DAY);
        assert_eq!(place.keeps(json!({"audit.events": 365})).await, Outcome::Done(Vec::new()));
        assert_eq!(numbers().await, [9]);
        assert_eq!(place.problems().await, Vec::<String>::new());
    });
}
