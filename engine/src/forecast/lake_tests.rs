//! The step on a lake.

use super::freeze::as_scored;
use super::story::{
    clock, day, decided, frozen, joined, mixed, modelled, monday, one, one_of, planned, step, tenant, unmapped,
    weekdays,
};
use super::{Ask, Count, Day, ForecastReport, History, Kind, Question, Scorecard, forecast};
use crate::Settings;
use crate::calendar::Calendar;
use crate::entities::{core, fact};
use crate::lake::When;
use crate::row::{self, Row, Value};
use chrono::NaiveDate;
use std::sync::Arc;

#[tokio::test]
async fn each_open_subject_is_frozen_once_a_day() {
    let tenant = tenant(&Arc::default());
    assert_eq!(step(&tenant, 84).await, ForecastReport::default());
    modelled(&tenant, 84).await;
    // The two projects, the epic, the sprint that runs and the version that is not out; pay has no history, the epic no item
    // that is done.
    assert_eq!(step(&tenant, 84).await, ForecastReport { frozen: 5, without: 2, scored: 0 });
    assert_eq!(step(&tenant, 84).await, ForecastReport::default());
    let rows = frozen(&tenant).await;
    let ids: Vec<_> = rows.iter().filter_map(|row| row.text("id")).collect();
    let on = "2026-03-30";
    assert_eq!(
        ids,
        ["epic:e", "project:pay", "project:shop", "release:1.0", "sprint:s"].map(|id| format!("{id}:{on}"))
    );
    let reason = "not enough history: 0 items done over 11 weeks, of at least 30 over 5 weeks";
    assert_eq!(
        (rows[0].text("reason"), rows[0].int("remaining"), rows[0].date("due_on")),
        (Some(reason), Some(20), day(160))
    );
    assert_eq!((rows[0].get("p85_on"), rows[0].get("due_probability")), (&Value::Null, &Value::Null));
    // On the days up to 83 there were 59 working days after the first; one was done on each.
    let shop = &rows[2];
    assert_eq!(
        (shop.int("remaining"), shop.int("history_done"), shop.int("history_added")),
        (Some(51), Some(59), Some(0))
    );
    assert_eq!((shop.date("p50_on"), shop.date("p95_on")), (day(84 + 70), day(84 + 70)));
    // The day 112 is a working day, too: 21 of them.
    assert_eq!((shop.int("by_p50"), shop.int("by_p85"), shop.date("by_on")), (Some(21), Some(21), day(112)));
    assert_eq!(step(&tenant, 85).await, ForecastReport { frozen: 5, without: 2, scored: 0 });
}

#[tokio::test]
async fn days_are_those_of_the_tenants_time_zone() {
    let tenant = tenant(&Arc::default());
    modelled(&tenant, 84).await;
    // Where it is noon of Sunday, day 83, in London, Monday has begun in Auckland. What is done at noon is done on the next day there: that of
    // a Friday on Saturday, which counts with Friday, and nothing on a Monday. What came in on the first day came on the second.
    let settings = Settings { time_zone: chrono_tz::Tz::Pacific__Auckland, ..Settings::default() };
    tenant.freeze_forecasts(&settings, clock(83)).await.unwrap();
    let shop = one(&tenant, "project:shop:2026-03-30").await;
    assert_eq!((shop.date("made_on"), shop.date("history_from")), (day(84), day(2)));
    assert_eq!((shop.int("remaining"), shop.int("history_done")), (Some(51), Some(59)));
    let history = shop.text("history").unwrap();
    assert_eq!((history.matches("2+0").count(), history.matches("0+0").count()), (12, 11), "{history}");
}

#[tokio::test]
async fn what_comes_later_on_a_day_is_frozen_then_and_the_rest_stays() {
    let tenant = tenant(&Arc::default());
    modelled(&tenant, 84).await;
    step(&tenant, 84).await;
    modelled(&tenant, 112).await;
    // The day by which items are counted, 112, is over, and nothing of the sprint is open any more.
    let report = step(&tenant, 113).await;
    assert_eq!((report.frozen, report.scored > 0), (4, true));
    let before = frozen(&tenant).await;
    assert_eq!(one(&tenant, "project:shop:2026-03-30").await.int("by_done"), Some(20));
    let table = tenant.lake().table(fact("forecasts").unwrap());
    let version = async || table.latest().await.unwrap().unwrap().version();
    // On the same day it is found that one more was done on day 112.
    modelled(&tenant, 113).await;
    let at = version().await;
    assert_eq!(step(&tenant, 113).await, ForecastReport::default());
    assert_eq!(version().await, at);
    // Another connection is read, of whose two items one is open.
    joined(&tenant, "zoo", &[(0, None), (1, Some(20))]).await;
    assert_eq!(step(&tenant, 113).await, ForecastReport { frozen: 1, without: 1, scored: 0 });
    let later = frozen(&tenant).await;
    let (new, kept): (Vec<_>, Vec<_>) = later.into_iter().partition(|row| row.text("subject_id") == Some("zoo"));
    assert_eq!(kept, before);
    let told: Vec<_> = new.iter().map(|row| (row.text("id"), row.int("remaining"), row.date("made_on"))).collect();
    assert_eq!(told, [(Some("project:zoo:2026-04-28"), Some(1), day(113))]);
    // One of which nothing is open gets none. It is noted that it was looked at, and not looked at again.
    joined(&tenant, "ark", &[(0, Some(10))]).await;
    let at = version().await;
    assert_eq!(step(&tenant, 113).await, ForecastReport::default());
    assert_eq!(version().await, at + 1);
    assert_eq!(step(&tenant, 113).await, ForecastReport::default());
    assert_eq!(version().await, at + 1);
    // An older item of it is read later, and is open.
    joined(&tenant, "ark", &[(1, None)]).await;
    assert_eq!(step(&tenant, 113).await, ForecastReport { frozen: 1, without: 1, scored: 0 });
    // On the next day all have theirs but the version, which is done, and what was found is scored.
    assert_eq!(step(&tenant, 114).await.frozen, 5);
    assert_eq!(one(&tenant, "project:shop:2026-03-30").await.int("by_done"), Some(21));
}

#[tokio::test]
async fn a_release_is_forecast_by_what_it_held_on_each_day() {
    let tenant = tenant(&Arc::default());
    modelled(&tenant, 84).await;
    step(&tenant, 84).await;
    let release = one(&tenant, "release:1.0:2026-03-30").await;
    assert_eq!(
        (release.text("subject_name"), release.text("project_id"), release.text("team_id")),
        (Some("SHOP 1.0"), Some("shop"), Some("red"))
    );
    // 59 of 80 are done. Ten came in late; what went out again leaves nothing behind.
    assert_eq!((release.int("remaining"), release.int("history_done")), (Some(21), Some(59)));
    assert_eq!((release.int("history_added"), release.date("due_on")), (Some(10), day(160)));
    let history = release.text("history").unwrap();
    assert!(history.contains("1+10"), "{history}");
    assert_eq!((history.matches("+1 ").count(), history.matches("-1").count()), (1, 1), "{history}");
}

#[tokio::test]
async fn a_milestone_is_a_release_of_its_repository() {
    let tenant = tenant(&Arc::default());
    modelled(&tenant, 84).await;
    planned(tenant.lake()).await;
    step(&tenant, 84).await;
    let release = one(&tenant, "release:r/milestones/1:2026-03-30").await;
    assert_eq!(
        (release.text("subject_name"), release.text("project_id"), release.text("team_id")),
        (Some("web 1.0"), Some("shop"), Some("red"))
    );
    assert_eq!((release.int("remaining"), release.int("history_done")), (Some(21), Some(59)));
    assert_eq!((release.int("history_added"), release.date("due_on")), (Some(10), day(160)));
    let history = release.text("history").unwrap();
    assert!(history.contains("1+10"), "{history}");
}

#[tokio::test]
async fn a_sprint_is_of_the_project_that_its_source_names() {
    let tenant = tenant(&Arc::default());
    modelled(&tenant, 84).await;
    let sprints = tenant.lake().table(core("sprints").unwrap());
    let row = Row::new(sprints.entity()).set("id", "s").set("name", "s").set("project_id", "pay");
    let row = row.set("connection", "test:a").set("observed_at", Value::Time(1)).set("raw", "test/1/1");
    sprints.upsert(&row::batch(sprints.entity(), &[row]).unwrap(), &[], When::Changed).await.unwrap();
    step(&tenant, 84).await;
    let sprint = one(&tenant, "sprint:s:2026-03-30").await;
    assert_eq!(sprint.text("project_id"), Some("pay"));
    // Those before it are of the project that all of their items are of, and say nothing of its pace.
    let reason = sprint.text("reason").unwrap();
    assert!(reason.starts_with("not enough history"), "{reason}");
}

#[tokio::test]
async fn a_sprint_is_of_the_project_that_was_decided_of_its_board() {
    let tenant = tenant(&Arc::default());
    modelled(&tenant, 84).await;
    decided(&tenant).await;
    step(&tenant, 84).await;
    let sprint = one(&tenant, "sprint:t:2026-03-30").await;
    assert_eq!((sprint.text("project_id"), sprint.int("remaining")), (Some("pay"), Some(1)));
}

#[tokio::test]
async fn sprints_of_which_no_project_is_known_are_not_one_anothers() {
    let tenant = tenant(&Arc::default());
    modelled(&tenant, 84).await;
    mixed(&tenant).await;
    step(&tenant, 84).await;
    let sprint = one(&tenant, "sprint:s:2026-03-30").await;
    assert_eq!((sprint.text("project_id"), sprint.int("remaining")), (None, Some(11)));
    // What was done in those before it says nothing of its pace.
    let reason = sprint.text("reason").unwrap();
    assert!(reason.starts_with("not enough history: 0 items done"), "{reason}");
}

#[tokio::test]
async fn what_left_a_sprint_and_came_back_was_not_in_it_in_between() {
    let tenant = tenant(&Arc::default());
    modelled(&tenant, 84).await;
    // One of the ten that came in on day 83 was taken out on day 85, and put in again on day 87. It was taken out once more on day 96, one
    // after the last day of the sprint, which still runs.
    let stays = tenant.lake().table(core("sprint_items").unwrap());
    let at = |on: i64| clock(on).now();
    let stay = |id: &str, added: i64, removed: Option<i64>| {
        let row = Row::new(stays.entity()).set("id", id).set("sprint_id", "s").set("work_item_id", "shop-069");
        let row = row.set("connection", "test:a").set("observed_at", Value::Time(1)).set("raw", "test/1/1");
        let row = row.set("added_at", Value::Time(at(added)));
        row.set("removed_at", removed.map_or(Value::Null, |on| Value::Time(at(on))))
    };
    let rows = [stay("1", 83, Some(85)), stay("2", 87, Some(96))];
    stays.upsert(&row::batch(stays.entity(), &rows).unwrap(), &[], When::Changed).await.unwrap();
    for (day, left) in [(84, 10), (86, 9), (88, 10), (98, 9)] {
        step(&tenant, day).await;
        let on = monday() + chrono::TimeDelta::days(day);
        assert_eq!(one(&tenant, &format!("sprint:s:{on}")).await.int("remaining"), Some(left), "day {day}");
    }
}

#[tokio::test]
async fn a_frozen_forecast_comes_out_of_its_row_again() {
    let tenant = tenant(&Arc::default());
    modelled(&tenant, 84).await;
    let off = ["2026-01-01", "2026-04-03", "2026-04-06"].map(|day| day.parse().unwrap());
    let calendar = Calendar { holidays: off.into(), ..Calendar::default() };
    let settings = Settings { calendar, ..Settings::default() };
    tenant.freeze_forecasts(&settings, clock(84)).await.unwrap();
    let row = one(&tenant, "sprint:s:2026-03-30").await;
    // Its days are counted by its own calendar, whatever the tenant's is later. The first holiday is before its history.
    let calendar = row.text("calendar").unwrap();
    assert_eq!(calendar, "mon tue wed thu fri -2026-04-03 -2026-04-06");
    let is_working = |day: NaiveDate| weekdays(day) && !calendar.contains(&format!("-{day}"));
    let days = row.text("history").unwrap().split(' ').map(|day| {
        let at = day.rfind(['+', '-']).unwrap();
        Day { done: day[..at].parse().unwrap(), added: day[at..].parse().unwrap() }
    });
    let history = History::new(row.date("history_from").unwrap(), row.date("made_on").unwrap(), days.collect());
    let remaining = row.int("remaining").unwrap() as u32;
    let question = Question { due: row.date("due_on"), by: row.date("by_on"), ..Question::of(remaining) };
    let outcome = forecast(&history, &question, &is_working);
    // Ten are open, and never more than one is done a day: by the calendar of now all would be done two working days earlier.
    assert!(forecast(&history, &question, &weekdays).done_on.p50 < outcome.done_on.p50);
    assert_eq!(Some(outcome.seed.cast_signed()), row.int("seed"));
    assert_eq!((outcome.done_on.p50, outcome.done_on.p85), (row.date("p50_on"), row.date("p85_on")));
    let share = outcome.due_probability.unwrap();
    assert_eq!(Some((share * 10_000.0).round() as i64), row.int("due_runs"));
    // What came into sprints when they began was planned.
    assert_eq!((history.added(), row.int("runs")), (0, Some(10_000)));
}

#[tokio::test]
async fn what_came_of_it_is_written_beside_what_was_forecast() {
    let tenant = tenant(&Arc::default());
    modelled(&tenant, 84).await;
    step(&tenant, 84).await;
    let before = one(&tenant, "project:shop:2026-03-30").await;
    modelled(&tenant, 200).await;
    // Four of that day: the sprint, which is still said to run, is forecast no more, for nothing of it is open.
    let report = step(&tenant, 200).await;
    assert_eq!((report.scored, report.frozen), (3, 1));
    let after = one(&tenant, "project:shop:2026-03-30").await;
    assert_eq!(
        (after.date("done_on"), after.get("in_p85"), after.int("by_done")),
        (day(154), &Value::Bool(true), Some(21))
    );
    assert_eq!(after.date("scored_on"), day(200));
    for column in fact("forecasts").unwrap().columns().take_while(|column| column.name != "scored_on") {
        assert_eq!(before.get(column.name), after.get(column.name), "{}", column.name);
    }
    let sprint = one(&tenant, "sprint:s:2026-03-30").await;
    assert_eq!((sprint.get("made_due"), as_scored(&sprint).unwrap().made_due()), (&Value::Bool(false), Some(false)));
    // All of its ten are done within the four weeks, and no eleventh, whatever the pace of the project's sprints; by earlier rules there
    // might have been one, and those are not counted.
    assert_eq!((sprint.int("by_p50"), sprint.int("by_done")), (Some(10), Some(10)));
    let counts = |row: &Row| Scorecard::of(&[as_scored(row).unwrap()]).counts.p50;
    assert_eq!((counts(&sprint), counts(&sprint.clone().set("rules", 1_i64)).of), (Count { hits: 1, of: 1 }, 0));
    assert_eq!(step(&tenant, 200).await, ForecastReport::default());
    assert_eq!(as_scored(&after).unwrap().inside().p85, Some(true));
    assert_eq!(as_scored(&before).unwrap().inside().p85, None);
    // What is settled stays, whatever is found later.
    modelled(&tenant, 100).await;
    step(&tenant, 201).await;
    assert_eq!(one(&tenant, "project:shop:2026-03-30").await, after);
}

#[tokio::test]
async fn without_skill_there_is_a_reason_and_no_percentage() {
    let all = tenant(&Arc::default());
    modelled(&all, 84).await;
    step(&all, 84).await;
    let table = all.lake().table(fact("forecasts").unwrap());
    let sprint = one(&all, "sprint:s:2026-03-30").await;
    assert_ne!(sprint.get("due_probability"), &Value::Null);
    // Twenty sprints of long ago of which it was said the other way round.
    let wrong: Vec<Row> = (0..20)
        .map(|n| {
            let made = n % 2 == 0;
            let row = sprint.clone().set("id", format!("old-{n}")).set("subject_id", format!("old-{n}"));
            row.set("due_runs", if made { 1000_i64 } else { 9000 })
                .set("made_due", made)
                .set("done_on", made.then(monday))
        })
        .collect();
    table.append(&[row::batch(table.entity(), &wrong).unwrap()], &[], When::Changed).await.unwrap();
    step(&all, 85).await;
    let row = one(&all, "sprint:s:2026-03-31").await;
    assert_eq!(
        (row.get("due_probability"), row.int("skill_n"), row.text("skill_from")),
        (&Value::Null, Some(20), Some("forecasts"))
    );
    let reason = row.text("reason").unwrap();
    // (0.9² − 0.5²) ÷ 0.5² more than the base rate.
    assert!(
        reason.starts_with("no skill: over 20 due days of the forecasts") && reason.ends_with("-2.24)"),
        "{reason}"
    );
    assert!(row.int("due_runs").is_some() && row.date("p85_on").is_some());
    // That a day which is over is missed needs none.
    let late = Ask { due: day(80), ..Ask::of(one_of(Kind::Sprint, "s")) };
    let answer = all.forecast(&late, &Settings::default(), clock(85)).await.unwrap();
    assert_eq!((answer.outcome.unwrap().due_probability, answer.reason), (Some(0.0), None));
}

#[tokio::test]
async fn a_due_day_that_is_over_is_missed_for_certain_and_says_nothing_of_how_forecasts_do() {
    let tenant = tenant(&Arc::default());
    modelled(&tenant, 84).await;
    // On the day on which the release is to be out it still can be.
    step(&tenant, 160).await;
    assert_eq!(one(&tenant, "release:1.0:2026-06-14").await.get("due_runs"), &Value::Int(0));
    // The sprint was to end on day 95, and the epic, of which nothing was ever done, on day 160.
    step(&tenant, 170).await;
    step(&tenant, 171).await;
    for (id, has_history) in [("epic:e", false), ("sprint:s", true)] {
        let row = one(&tenant, &format!("{id}:2026-06-24")).await;
        assert_eq!((row.int("runs").is_some(), row.text("reason").is_none()), (has_history, has_history), "{id}");
        assert_eq!(row.get("due_probability"), &Value::Float(0.0), "{id}");
        for nothing in ["due_runs", "mean_makes_due", "skill_n", "made_due", "brier"] {
            assert_eq!(row.get(nothing), &Value::Null, "{id}: {nothing}");
        }
    }
    // One that was scored all the same, by an earlier version, counts no more.
    let row = one(&tenant, "sprint:s:2026-06-24").await;
    let earlier = row.set("due_runs", 0_i64).set("mean_makes_due", false).set("made_due", false).set("brier", 0.0);
    assert_eq!(as_scored(&earlier).map(|scored| (scored.due, scored.made_due())), Some((None, None)));
}

#[tokio::test]
async fn of_an_epic_whose_status_is_not_mapped_nothing_is_foretold_nor_is_it_late() {
    let tenant = tenant(&Arc::default());
    modelled(&tenant, 84).await;
    unmapped(&tenant, 100).await;
    step(&tenant, 84).await;
    step(&tenant, 101).await;
    let reason = "its status is not mapped, so that nobody knows whether it is done";
    for (made, due) in [(84, day(100)), (101, None)] {
        let row = one(&tenant, &format!("epic:u:{}", day(made).unwrap())).await;
        assert_eq!((row.text("reason"), row.int("remaining"), row.date("due_on")), (Some(reason), Some(1), due));
        for nothing in ["runs", "p85_on", "by_p50", "due_probability"] {
            assert_eq!(row.get(nothing), &Value::Null, "{nothing}");
        }
        assert_eq!(row.int("rules"), Some(6));
    }
    let all = tenant.forecast(&Ask::of(one_of(Kind::Epic, "u")), &Settings::default(), clock(101)).await.unwrap();
    assert_eq!((all.outcome, all.reason.as_deref(), all.remaining), (None, Some(reason), 1));
}

#[tokio::test]
async fn a_row_written_is_the_row_read() {
    let entity = fact("pull_requests").unwrap();
    let rows = [
        Row::new(entity).set("id", "a").set("number", 1_i64).set("is_draft", true).set("opened_at", Value::Time(5)),
        Row::new(entity).set("id", "b").set("pickup_seconds", 0.5).set("work_item_keys", vec!["A-1".to_owned()]),
    ];
    assert_eq!(row::rows(entity, &row::batch(entity, &rows).unwrap()).unwrap(), rows);
    let other = fact("sprint_items").unwrap();
    assert!(row::rows(other, &row::batch(entity, &rows).unwrap()).is_err());
}
