//! Questions of a lake, and what stands in it.

use super::story::{clock, day, frozen, lent, modelled, one, one_of, step, tenant};
use super::{About, Ask, Kind, WhatIf, evidence};
use crate::entities::fact;
use crate::lake::When;
use crate::metrics::Filter;
use crate::row;
use crate::{Error, Policy, Settings, Tenant};
use std::sync::Arc;

#[tokio::test]
async fn a_question_is_answered_over_what_may_be_seen_and_freezes_nothing() {
    let all = tenant(&Arc::default());
    modelled(&all, 84).await;
    let theirs = all.under(&Policy::only(["red"], []));
    let settings = Settings::default();
    let ask = Ask { due: day(100), by: day(84), ..Ask::of(one_of(Kind::Project, "shop")) };
    let answer = theirs.forecast(&ask, &settings, clock(84)).await.unwrap();
    assert_eq!((answer.name.as_str(), answer.remaining, answer.made_on), ("SHOP", 51, day(84).unwrap()));
    let outcome = answer.outcome.unwrap();
    assert_eq!((outcome.done_on.p85, outcome.done_by.unwrap().p85), (day(154), 1));
    // An item was in progress on the day before it was done, unless that was a weekend: then not at the end of a working day.
    assert!(answer.in_progress.unwrap() > 0.7, "{:?}", answer.in_progress);
    let twice = WhatIf { scope: 9, pace: 2.0, ..WhatIf::default() };
    let answer = theirs.forecast(&Ask { what_if: twice, ..ask.clone() }, &settings, clock(84)).await.unwrap();
    // 60 items at two a day.
    assert_eq!(answer.outcome.unwrap().working_days.p85, Some(30));
    let limited = Ask { limit: Some(answer.in_progress.unwrap() / 2.0), ..ask.clone() };
    let answer = theirs.forecast(&limited, &settings, clock(84)).await.unwrap();
    assert_eq!(answer.outcome.unwrap().working_days.p85, Some(102));
    assert!(frozen(&all).await.is_empty());
    let hidden = theirs.forecast(&Ask::of(one_of(Kind::Project, "pay")), &settings, clock(84)).await;
    assert!(matches!(hidden, Err(Error::Question(_))), "{hidden:?}");
    let seen = all.forecast(&Ask::of(one_of(Kind::Project, "pay")), &settings, clock(84)).await.unwrap();
    assert!(seen.outcome.is_none() && seen.reason.is_some());
    let bad = Ask { what_if: WhatIf { pace: f64::NAN, ..WhatIf::default() }, ..ask };
    assert!(matches!(theirs.forecast(&bad, &settings, clock(84)).await, Err(Error::Question(_))));
}

#[tokio::test]
async fn the_items_behind_a_forecast_are_those_that_were_open_when_it_was_made() {
    let all = tenant(&Arc::default());
    modelled(&all, 84).await;
    let settings = Settings::default();
    let session = all.session().await.unwrap();
    let behind =
        async |kind, id, made_on: i64| evidence(&session, (kind, id), day(made_on).unwrap(), &settings).await.unwrap();
    // One of 110 is done on each working day: 51 are left on day 84, and 52 were on the Friday before, at whose end one more was done.
    let (now, before) = (behind(Kind::Project, "shop", 84).await, behind(Kind::Project, "shop", 81).await);
    assert_eq!((now.len(), before.len()), (51, 52));
    assert_eq!((now[0].key.as_str(), before[0].key.as_str()), ("shop-059", "shop-058"));
    assert_eq!(behind(Kind::Epic, "e", 84).await.len(), 20);
    let sprint: Vec<String> = behind(Kind::Sprint, "s", 84).await.into_iter().map(|item| item.id).collect();
    assert_eq!(sprint, (60..70).map(|n| format!("shop-{n:03}")).collect::<Vec<_>>());
    // Nobody is told of what they do not see.
    let theirs = all.under(&Policy::only(["blue"], [])).session().await.unwrap();
    let hidden = evidence(&theirs, (Kind::Project, "shop"), day(84).unwrap(), &settings).await;
    assert!(matches!(hidden, Err(Error::Question(_))), "{hidden:?}");
}

#[tokio::test]
async fn the_items_behind_a_forecast_are_shown_also_to_whoever_sees_them_by_their_team_alone() {
    let all = tenant(&Arc::default());
    modelled(&all, 84).await;
    lent(&all).await;
    let settings = Settings::default();
    for seen in [all.clone(), all.under(&Policy::only(["red"], []))] {
        let answer = seen.forecast(&Ask::of(one_of(Kind::Team, "red")), &settings, clock(84)).await.unwrap();
        let session = seen.session().await.unwrap();
        let items = evidence(&session, (Kind::Team, "red"), day(84).unwrap(), &settings).await.unwrap();
        let keys: Vec<&str> = items.iter().map(|item| item.key.as_str()).collect();
        assert_eq!((answer.remaining, keys), (1, vec!["pay-1"]));
    }
}

#[tokio::test]
async fn what_a_filter_leaves_is_forecast_from_its_own_history() {
    let all = tenant(&Arc::default());
    modelled(&all, 84).await;
    let settings = Settings::default();
    let some = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let of = |about: About| Ask { by: day(84), due: day(154), ..Ask::of(about) };
    let shop = all.forecast(&of(one_of(Kind::Project, "shop")), &settings, clock(84)).await.unwrap();
    assert_eq!(shop.remaining, 51);
    // All of the project, whichever way it is said.
    for filter in [
        Filter { projects: some(&["SHOP"]), ..Filter::default() },
        Filter { owning_teams: some(&["red"]), ..Filter::default() },
        Filter { projects: some(&["shop"]), classes: some(&["feature", "defect"]), ..Filter::default() },
    ] {
        let answer = all.forecast(&of(About::Items(filter.clone())), &settings, clock(84)).await.unwrap();
        let found = (answer.remaining, &answer.history, answer.in_progress, &answer.outcome);
        assert_eq!(found, (51, &shop.history, shop.in_progress, &shop.outcome), "{filter:?}");
        assert!(answer.name.starts_with("items of ") && answer.card.inside.p85.of == 0, "{}", answer.name);
    }
    // The item of `pay` is not to be seen by those who see what is of the team `red`.
    let everything = of(About::Items(Filter::default()));
    let answer = all.forecast(&everything, &settings, clock(84)).await.unwrap();
    assert_eq!((answer.name.as_str(), answer.remaining), ("all items", 52));
    let theirs = all.under(&Policy::only(["red"], []));
    assert_eq!(theirs.forecast(&everything, &settings, clock(84)).await.unwrap().remaining, 51);
    // Of the 20 items that are defects none was done yet.
    let defects = Filter { projects: some(&["shop"]), classes: some(&["defect"]), ..Filter::default() };
    let answer = all.forecast(&of(About::Items(defects)), &settings, clock(84)).await.unwrap();
    assert_eq!((answer.name.as_str(), answer.remaining), ("items of project shop and class defect", 20));
    assert!(answer.outcome.is_none() && answer.reason.unwrap().starts_with("not enough history"));
    // They are the urgent ones, also for those who see what is of the team `red`.
    let urgent = of(About::Items(Filter { labels: some(&["urgent"]), ..Filter::default() }));
    for whose in [&all, &theirs] {
        let answer = whose.forecast(&urgent, &settings, clock(84)).await.unwrap();
        assert_eq!((answer.name.as_str(), answer.remaining), ("items of label urgent", 20));
    }
    for wrong in [
        Filter { severities: some(&["high"]), ..Filter::default() },
        Filter { projects: some(&["nowhere"]), ..Filter::default() },
    ] {
        let refused = all.forecast(&of(About::Items(wrong)), &settings, clock(84)).await;
        assert!(matches!(refused, Err(Error::Question(_))), "{refused:?}");
    }
}

#[tokio::test]
async fn somebody_sees_the_forecasts_of_their_teams_alone() {
    let all = tenant(&Arc::default());
    modelled(&all, 84).await;
    step(&all, 84).await;
    let count = async |tenant: &Tenant| {
        let rows = tenant.sql("SELECT subject_id FROM facts.forecasts").await.unwrap();
        rows.iter().map(|batch| batch.num_rows()).sum::<usize>()
    };
    assert_eq!(count(&all).await, 5);
    assert_eq!(count(&all.under(&Policy::only(["red"], []))).await, 4);
    assert_eq!(count(&all.under(&Policy::only([], ["pay"]))).await, 1);
    assert_eq!(count(&all.under(&Policy::only(["green"], []))).await, 0);
}

#[tokio::test]
async fn what_was_open_on_the_last_day_stands_and_nothing_of_what_is_over() {
    let all = tenant(&Arc::default());
    modelled(&all, 84).await;
    step(&all, 84).await;
    let sprint = one(&all, "sprint:s:2026-03-30").await;
    let of = |id: &str, made: i64| sprint.clone().set("id", id).set("subject_id", id).set("made_on", day(made));
    let table = all.lake().table(fact("forecasts").unwrap());
    // A sprint that was closed a week ago, with items left, and one whose work was all done on the day.
    let rows = [of("closed", 77), of("done", 84).set("done_on", day(84))];
    table.append(&[row::batch(table.entity(), &rows).unwrap()], &[], When::Changed).await.unwrap();
    let standing = async |tenant: &Tenant, filter: Filter, on: i64| {
        let frozen = tenant.forecasts(&filter, day(on).unwrap()).await.unwrap();
        if filter == Filter::default() {
            let alone = super::standing(&tenant.session().await.unwrap(), day(on).unwrap()).await.unwrap();
            // Of none that was made of late it is not known what stands.
            assert_eq!(alone, (on < 98).then(|| frozen.standing.clone()), "day {on}");
        }
        let ids: Vec<_> = frozen.standing.iter().filter_map(|row| row.text("subject_id")).collect();
        (ids.join(" "), frozen.later)
    };
    let everything = Filter::default;
    let ids = |ids: &str, later| (ids.to_owned(), later);
    assert_eq!(standing(&all, everything(), 84).await, ids("e pay shop 1.0 s", false));
    // It stands for two weeks, and as of a day before it others stood.
    assert_eq!(standing(&all, everything(), 97).await.0, "e pay shop 1.0 s");
    assert_eq!(standing(&all, everything(), 98).await.0, "");
    assert_eq!(standing(&all, everything(), 80).await, ids("closed", true));
    let named = |project: &str| Filter { projects: vec![project.into()], ..Filter::default() };
    assert_eq!(standing(&all, named("PAY"), 84).await.0, "pay");
    assert_eq!(standing(&all, named("shop"), 84).await.0, "e shop 1.0 s");
    let unknown = all.forecasts(&named("nowhere"), day(84).unwrap()).await.unwrap_err().to_string();
    assert!(unknown.contains("no project `nowhere`"), "{unknown}");
    let theirs = all.under(&Policy::only([], ["pay"]));
    assert_eq!(standing(&theirs, everything(), 84).await.0, "pay");
    // How they did is told by all of them.
    assert!(all.forecasts(&everything(), day(84).unwrap()).await.unwrap().records.contains_key("sprint"));
}
