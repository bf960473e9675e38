//! Rules over what is typical, risks and forecasts, from what is set to what is told.

use crate::alerting::{alerts, eyes, hub, look, next, set, start};
use crate::deliveries::delivers;
use crate::delivering::asked;
use crate::golden::more;
use crate::rest::run;
use crate::world::{DAY, SECOND, acme};
use pulse_engine::lake::When;
use pulse_engine::row::{self, Row, Value as Cell};
use pulse_engine::{Settings, entities};
use pulse_server::control::{ALERT, Limits, Outcome, Trigger};
use reqwest::Method;
use serde_json::{Value, json};

#[test]
fn what_is_beyond_what_is_typical_of_the_year_before_is_previewed_and_told() {
    run(async {
        let (server, _lake) = start().await;
        // On Wednesday at noon in each of the 52 weeks before that of 23 March 2026, and five times in that one.
        let noon = |days: i64| (1_742_990_400 + days * 86_400) * SECOND;
        let before = (0..52).map(|n| (format!("push:acme:w{n}"), noon(n * 7)));
        let last = (0..5).map(|n| (format!("push:acme:l{n}"), noon(52 * 7 - 1 + n)));
        more(&server.engine.tenant(&acme()), &before.chain(last).collect::<Vec<_>>()).await;
        let rule = |side: &str| {
            let condition = json!({"metric": {"metric": "deployment_frequency", "test": {"unusual": side}}});
            json!({"title": "Deployments", "condition": condition})
        };
        let preview = async |side: &str| {
            let told = asked(&server, Method::POST, "/api/v1/alert-rules/new/preview", rule(side)).await;
            let told: Value = told.json().await.unwrap();
            let episodes = told["episodes"].as_array().unwrap_or_else(|| panic!("{told}"));
            episodes.iter().map(|one| (one["since"].clone(), one["cleared_at"].clone())).collect::<Vec<_>>()
        };
        // Once a week is typical. There were two more in the weeks of 2 and 9 March, and weeks are known when they are over: on 9 and 23
        // March at midnight in Berlin, and on the 30th, when its clocks were put forward.
        let end = |seconds: i64| json!(seconds * SECOND);
        let expected = [(end(1_773_010_800), end(1_774_220_400)), (end(1_774_821_600), Value::Null)];
        assert_eq!(preview("above").await, expected);
        assert_eq!(preview("either").await, expected);
        assert!(preview("below").await.is_empty());
        assert_eq!(set(&server, "above", rule("above")).await.status(), 200);
        assert_eq!(set(&server, "below", rule("below")).await.status(), 200);
        look(&server).await;
        let fires = alerts(&server).await;
        let [alert] = &fires[..] else { panic!("{fires:?}") };
        assert_eq!((&alert["rule"], &alert["since"]), (&json!("above"), &end(1_774_821_600)));
        let reason = alert["reason"].as_str().unwrap();
        assert!(reason.contains("(n = 5)") && reason.ends_with("is typical of the year before."), "{reason}");
    });
}

/// A forecast of an epic of a project, made on a day of April, with the chance that it is done by the 20th.
pub(crate) fn promise(epic: &str, project: &str, (day, chance): (u32, f64)) -> Row {
    let made_on = chrono::NaiveDate::from_ymd_opt(2026, 4, day).unwrap();
    Row::new(entities::fact("forecasts").unwrap())
        .set("id", format!("epic:{epic}:{made_on}"))
        .set("subject_kind", "epic")
        .set("subject_id", epic)
        .set("subject_name", epic)
        .set("project_id", project)
        .set("made_on", made_on)
        .set("made_at", Cell::Time((1_775_001_600 + (i64::from(day) - 1) * 86_400) * SECOND))
        .set("rules", 1_i64)
        .set("remaining", 5_i64)
        .set("history_from", made_on)
        .set("history", "")
        .set("history_done", 0_i64)
        .set("history_added", 0_i64)
        .set("runs", 1_000_i64)
        .set("due_on", chrono::NaiveDate::from_ymd_opt(2026, 4, 20).unwrap())
        .set("due_probability", chance)
}

/// What a rule, or all of them, said of a project on a day of April, and the rows that show it.
pub(crate) fn risk(
    (rule, project, day): (&str, &str, i64),
    (score, status): (f64, Option<&str>),
    sentence: Option<&str>,
    evidence: &[&str],
) -> Row {
    Row::new(entities::fact("risks").unwrap())
        .set("id", format!("{rule}:{project}:{day}"))
        .set("day", format!("2026-04-0{day}"))
        .set("rule", rule)
        .set("rule_version", 1_i64)
        .set("subject_kind", "project")
        .set("subject_id", project)
        .set("project_id", project)
        .set("found_at", Cell::Time((1_775_001_600 + (day - 1) * 86_400) * SECOND))
        .set("score", score)
        .set("contribution", score)
        .set("status", status.map(str::to_owned))
        .set("sentence", sentence.map(str::to_owned))
        .set("evidence", evidence.iter().map(|id| (*id).to_owned()).collect::<Vec<String>>())
        .set("evidence_count", i64::try_from(evidence.len()).unwrap())
}

#[test]
fn projects_of_forecasts_are_named_by_their_id_or_by_a_name_that_one_alone_has() {
    run(async {
        let (server, _lake) = start().await;
        let tenant = server.engine.tenant(&acme());
        let projects = tenant.lake().table(entities::core("projects").unwrap());
        let called = |(id, name): (&str, &str)| {
            let row = Row::new(projects.entity()).set("id", id).set("connection", "push:acme").set("name", name);
            row.set("observed_at", Cell::Time(1)).set("raw", "push/1/1")
        };
        let rows = [("p1", "Storefront"), ("p2", "Twin"), ("p3", "Twin")].map(called);
        projects.upsert(&row::batch(projects.entity(), &rows).unwrap(), &[], When::Changed).await.unwrap();
        let forecasts = tenant.lake().table(entities::fact("forecasts").unwrap());
        let rows = [promise("Checkout", "p1", (1, 0.25)), promise("Search", "p2", (1, 0.25))];
        let batch = row::batch(forecasts.entity(), &rows).unwrap();
        forecasts.append(&[batch], &[], When::Changed).await.unwrap();
        let of =
            |project: &str| json!({"title": project, "condition": {"forecast": {"below": 0.5, "projects": [project]}}});
        for (project, why) in [("Twin", "several projects are called `Twin`"), ("nowhere", "no project `nowhere`")] {
            let refused = set(&server, "late", of(project)).await;
            assert_eq!(refused.status(), 422, "{project}");
            let said = refused.text().await.unwrap();
            assert!(said.contains(why), "{said}");
        }
        for (name, project) in [("by-name", "Storefront"), ("by-id", "p2"), ("of-none", "none")] {
            let made = set(&server, name, of(project)).await;
            assert_eq!(made.status(), 200, "{project}: {}", made.text().await.unwrap());
        }
        look(&server).await;
        let mut fires: Vec<Value> = alerts(&server).await;
        fires.sort_by_key(|alert| alert["rule"].to_string());
        let about = |alert: &Value| (alert["rule"].clone(), alert["members"][0]["name"].clone());
        let expected = [(json!("by-id"), json!("Search")), (json!("by-name"), json!("Checkout"))];
        assert_eq!(fires.iter().map(about).collect::<Vec<_>>(), expected);
    });
}

#[test]
fn risks_and_forecasts_fire_with_what_they_say_and_are_over_when_they_say_otherwise() {
    run(async {
        let (server, _lake) = start().await;
        let tenant = server.engine.tenant(&acme());
        let says = async |name: &'static str, rows: Vec<Row>| {
            let table = tenant.lake().table(entities::fact(name).unwrap());
            table.append(&[row::batch(table.entity(), &rows).unwrap()], &[], When::Changed).await.unwrap();
        };
        let forecast = |day: u32, chance: f64| promise("Checkout", "atlas", (day, chance));
        let risk = |rule: &str, day: i64, score: f64, status: Option<&str>, sentence: Option<&str>| {
            risk((rule, "atlas", day), (score, status), sentence, &[])
        };
        let rule = |title: &str, condition: Value| json!({"title": title, "condition": condition});
        let mut late = rule("Late", json!({"forecast": {"below": 0.5}}));
        late["clear"] = json!({"at": 0.6});
        assert_eq!(set(&server, "late", late).await.status(), 200);
        for (name, condition) in [
            ("off", json!({"risk": {"status": "off_track"}})),
            ("found", json!({"risk": {"rule": "blocked_work", "score": 0.5}})),
            ("graver", json!({"risk": {"rule": "blocked_work", "score": 0.95}})),
        ] {
            assert_eq!(set(&server, name, rule(name, condition)).await.status(), 200, "{name}");
        }
        says("forecasts", vec![forecast(1, 0.25)]).await;
        let off = risk("combined", 2, 0.8, Some("off_track"), Some("too much at once"));
        says("risks", vec![off, risk("blocked_work", 2, 0.9, None, Some("3 items are blocked."))]).await;
        let told = async || {
            look(&server).await;
            let mut all = alerts(&server).await;
            all.sort_by_key(|alert| alert["rule"].to_string());
            let text = |alert: &Value, field: &str| alert[field].as_str().unwrap().to_owned();
            all.iter().map(|one| ["rule", "state", "reason"].map(|field| text(one, field))).collect::<Vec<_>>()
        };
        let late = "Checkout is due on 2026-04-20; the chance that it is done by then is 25 %. The limit is 50 %.";
        let fires = [
            ["found", "firing", "3 items are blocked."],
            ["late", "firing", late],
            ["off", "firing", "atlas is off track with a risk of 0.80: too much at once"],
        ];
        assert_eq!(told().await, fires);
        // A day later it is more likely, though not likely enough to be over; nothing is blocked, and little is at risk.
        server.world.pass(DAY);
        says("forecasts", vec![forecast(2, 0.55)]).await;
        let on = risk("combined", 3, 0.1, Some("on_track"), Some("little is wrong"));
        says("risks", vec![on, risk("blocked_work", 3, 0.0, None, None)]).await;
        let states = told().await.into_iter().map(|[rule, state, _]| [rule, state]).collect::<Vec<_>>();
        assert_eq!(states, [["found", "cleared"], ["late", "firing"], ["off", "cleared"]]);
        server.world.pass(DAY);
        says("forecasts", vec![forecast(3, 0.7)]).await;
        let states = told().await.into_iter().map(|[_, state, _]| state).collect::<Vec<_>>();
        assert_eq!(states, ["cleared"; 3]);
    });
}

#[test]
fn what_no_forecast_of_late_says_anything_of_is_not_over_before_forecasts_are_frozen_again() {
    run(async {
        let (server, _lake) = start().await;
        let control = server.world.control();
        let forecasts = server.engine.tenant(&acme()).lake().table(entities::fact("forecasts").unwrap());
        let says = async |rows: Vec<Row>| {
            forecasts.append(&[row::batch(forecasts.entity(), &rows).unwrap()], &[], When::Changed).await.unwrap();
        };
        let rule = json!({"title": "Late", "condition": {"forecast": {"below": 0.5}}});
        assert_eq!(set(&server, "late", rule).await.status(), 200);
        says(vec![promise("Checkout", "atlas", (1, 0.25))]).await;
        let states = async || {
            look(&server).await;
            alerts(&server).await.iter().map(|alert| alert["state"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(states().await, ["firing"]);
        // Nothing ran for more than two weeks. The model comes first, and rules are looked at after it.
        server.world.pass(16 * DAY);
        assert_eq!(states().await, ["firing"]);
        // Then forecasts are frozen: as late as before, it is the same alert.
        says(vec![promise("Checkout", "atlas", (18, 0.25))]).await;
        assert_eq!(states().await, ["firing"]);
        // Where they are frozen all the time, and there is nothing to freeze any more, it is over.
        server.world.pass(16 * DAY);
        assert_eq!(states().await, ["firing"]);
        control.trigger(&acme(), &Trigger::new("forecast", ""), "test").await.unwrap();
        let limits = Limits { known: vec!["forecast".into()], ..delivers() };
        let job = control.claim("w", &limits).await.unwrap().unwrap();
        assert!(control.finish(&job, &Outcome::Done(Vec::new())).await.unwrap());
        assert_eq!(states().await, ["cleared"]);
    });
}

/// Forecasts of a kind that are over, each of another subject, of which so many were done by their 85 % day.
fn over(kind: &'static str, all: usize, done: usize) -> impl Iterator<Item = Row> {
    let made_on = chrono::NaiveDate::from_ymd_opt(2026, 1, 5).unwrap();
    let after = move |days| made_on + chrono::Days::new(days);
    (0..all).map(move |n| {
        Row::new(entities::fact("forecasts").unwrap())
            .set("id", format!("{kind}:{n}:{made_on}"))
            .set("subject_kind", kind)
            .set("subject_id", n.to_string())
            .set("made_on", made_on)
            .set("made_at", Cell::Time(1_767_614_400 * SECOND))
            .set("rules", 1_i64)
            .set("remaining", 5_i64)
            .set("history_from", made_on)
            .set("history", "")
            .set("history_done", 0_i64)
            .set("history_added", 0_i64)
            .set("runs", 1_000_i64)
            .set("p85_on", after(30))
            .set("in_p85", n < done)
            .set("done_on", (n < done).then(|| after(20)))
    })
}

#[test]
fn lost_calibration_is_told_of_the_kinds_that_have_lost_it() {
    run(async {
        let (server, _lake) = start().await;
        let forecasts = server.engine.tenant(&acme()).lake().table(entities::fact("forecasts").unwrap());
        // 12 of 20 are fewer than chance makes of 85 %, 17 are not, and of three nobody can tell.
        let rows: Vec<Row> = over("project", 20, 12).chain(over("sprint", 20, 17)).chain(over("epic", 3, 0)).collect();
        let batch = row::batch(forecasts.entity(), &rows).unwrap();
        forecasts.append(&[batch], &[], When::Changed).await.unwrap();
        let rule = |kinds: &[&str]| json!({"title": "Drift", "condition": {"calibration": {"kinds": kinds}}});
        assert_eq!(set(&server, "any", rule(&[])).await.status(), 200);
        assert_eq!(set(&server, "others", rule(&["sprint", "epic", "release"])).await.status(), 200);
        assert_eq!(set(&server, "wrong", rule(&["team"])).await.status(), 422);
        look(&server).await;
        // The last of their 85 % days was 4 February: it is known with the day after, in Berlin.
        let drift = json!({"title": "Drift", "condition": {"calibration": {}}});
        let would = asked(&server, Method::POST, "/api/v1/alert-rules/new/preview", drift).await;
        let would: Value = would.json().await.unwrap();
        let [one] = &would["episodes"].as_array().unwrap()[..] else { panic!("{would}") };
        assert_eq!((&one["since"], &one["value"]), (&json!(1_770_246_000 * SECOND), &json!(0.6)), "{would}");
        let fires = alerts(&server).await;
        let [lost] = &fires[..] else { panic!("{fires:?}") };
        let told = "Forecasts of the kind project have lost their calibration: of all that are over, 12 of 20 were done by their 85 % day.";
        assert_eq!((&lost["rule"], &lost["reason"]), (&json!("any"), &json!(told)));
        assert_eq!((&lost["evidence"], &lost["state"]), (&json!("/api/v1/forecasts"), &json!("firing")));
    });
}

#[test]
fn what_a_rule_rests_on_is_asked_again_once_it_is_otherwise_and_not_before() {
    run(async {
        let (server, _lake) = start().await;
        let (control, work) = (server.world.control(), eyes(&server));
        let above =
            |limit: f64| json!({"metric": {"metric": "change_lead_time", "grain": "month", "test": {"above": limit}}});
        let rows = |more: &str| {
            let text = format!("SELECT id AS key FROM core.projects WHERE id LIKE 'p_' {more}");
            json!({"sql": {"sql": text}})
        };
        for (name, condition) in [
            ("lead", above(36000.0)),
            ("rows", rows("")),
            // Of what is told by the clock nothing lasts.
            ("clock", rows("AND observed_at < now()")),
            ("late", json!({"forecast": {"below": 0.5}})),
        ] {
            assert_eq!(
                set(&server, name, json!({"title": name, "condition": condition})).await.status(),
                200,
                "{name}"
            );
        }
        let recalled = async || {
            let before = work.memory.recalled();
            control.trigger(&acme(), &Trigger::new(ALERT, ""), "test").await.unwrap();
            while next(&server, &work, ALERT).await.is_some() {}
            work.memory.recalled() - before
        };
        let firing = async || {
            let all = alerts(&server).await;
            let firing = all.iter().filter(|alert| alert["state"] == "firing");
            let mut firing: Vec<String> = firing.map(|alert| alert["title"].as_str().unwrap().to_owned()).collect();
            firing.sort();
            firing
        };
        assert_eq!((recalled().await, firing().await), (0, vec!["lead".to_owned()]));
        server.world.pass(60 * SECOND);
        // Nobody knows yet what stands of forecasts, since none was frozen, so that nothing lasts of it.
        assert_eq!((recalled().await, firing().await), (2, vec!["lead".to_owned()]));
        // What is frozen rests on other tables than figures and rows do, but for the names of projects.
        let tenant = server.engine.tenant(&acme());
        let forecasts = tenant.lake().table(entities::fact("forecasts").unwrap());
        let batch = row::batch(forecasts.entity(), &[promise("Checkout", "p1", (1, 0.25))]).unwrap();
        forecasts.append(&[batch], &[], When::Changed).await.unwrap();
        assert_eq!((recalled().await, firing().await), (2, vec!["late".to_owned(), "lead".to_owned()]));
        let projects = tenant.lake().table(entities::core("projects").unwrap());
        let row = Row::new(projects.entity()).set("id", "p1").set("connection", "push:acme").set("name", "Storefront");
        let row = row.set("observed_at", Cell::Time(1)).set("raw", "push/1/1");
        projects.upsert(&row::batch(projects.entity(), &[row]).unwrap(), &[], When::Changed).await.unwrap();
        recalled().await;
        assert_eq!(firing().await, ["clock", "late", "lead", "rows"], "what came is seen at once");
        assert_eq!(recalled().await, 3);
        // A rule that is set is looked at, and so is everything on another day.
        assert_eq!(set(&server, "more", json!({"title": "more", "condition": above(1.0)})).await.status(), 200);
        assert_eq!((recalled().await, firing().await.len()), (3, 5));
        assert_eq!(recalled().await, 4);
        server.world.pass(DAY);
        assert_eq!(recalled().await, 0);
    });
}

#[test]
fn the_history_in_the_lake_holds_no_more_than_what_is_kept_though_nothing_happens_any_more() {
    run(async {
        let (server, _lake) = start().await;
        let control = server.world.control();
        let history = async || -> usize {
            let rows = server.engine.tenant(&acme()).sql("SELECT id FROM facts.alerts").await.unwrap();
            rows.iter().map(|batch| batch.num_rows()).sum()
        };
        let rule = json!({"title": "Lead time", "condition": {"metric": {"metric": "change_lead_time", "grain": "month", "test": {"above": 1}}}});
        assert_eq!(set(&server, "lead", rule).await.status(), 200);
        look(&server).await;
        assert_eq!(history().await, 1);
        // It is over with its rule.
        control.remove_alert_rule(&acme(), "lead").await.unwrap();
        look(&server).await;
        assert_eq!(history().await, 2);
        server.world.pass(399 * DAY);
        while control.forget_old().await.unwrap() {}
        look(&server).await;
        assert_eq!(history().await, 2);
        server.world.pass(2 * DAY);
        while control.forget_old().await.unwrap() {}
        look(&server).await;
        assert_eq!(history().await, 0);
        // What comes after that is told as ever.
        let rule = json!({"title": "Unread", "condition": {"connection": {"unread_hours": 1}}});
        let rule = serde_json::from_value(rule).unwrap();
        control.set_alert_rule(&acme(), "hub", (&rule, &[]), &server.world.ada.id, 0).await.unwrap();
        control.set_connection(&acme(), &hub(), None, server.world.access.signer.vault()).await.unwrap();
        server.world.pass(2 * 3600 * SECOND);
        look(&server).await;
        assert_eq!(history().await, 1);
    });
}

#[test]
fn a_rule_whose_facts_are_the_same_sees_the_same_though_those_of_others_changed() {
    run(async {
        let (server, _lake) = start().await;
        let (control, work, tenant) = (server.world.control(), eyes(&server), server.engine.tenant(&acme()));
        tenant.model(&Settings::default()).await.unwrap();
        for metric in ["change_lead_time", "throughput"] {
            let condition = json!({"metric": {"metric": metric, "grain": "month", "test": {"above": 36_000}}});
            let rule = json!({"title": metric, "condition": condition});
            assert_eq!(set(&server, &metric.replace('_', "-"), rule).await.status(), 200);
        }
        let recalled = async || {
            let before = work.memory.recalled();
            control.trigger(&acme(), &Trigger::new(ALERT, ""), "test").await.unwrap();
            while next(&server, &work, ALERT).await.is_some() {}
            work.memory.recalled() - before
        };
        assert_eq!((recalled().await, recalled().await), (0, 2));
        let items = tenant.lake().table(entities::core("work_items").unwrap());
        let item = Row::new(items.entity()).set("id", "push:acme:w").set("connection", "push:acme").set("key", "W-1");
        let item = item.set("raw", "push/1/1").set("observed_at", Cell::Time(1_775_000_000_000_000));
        let item = item.set("kind", "Story").set("status", "Done").set("status_category", "done");
        let item = item.set("created_at", Cell::Time(1_774_000_000_000_000));
        items.upsert(&row::batch(items.entity(), &[item]).unwrap(), &[], When::Changed).await.unwrap();
        tenant.model(&Settings::default()).await.unwrap();
        assert_eq!(recalled().await, 1, "no lead time rests on a work item");
        assert_eq!(recalled().await, 2);
    });
}
