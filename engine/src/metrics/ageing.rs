//! Ageing work: how old the items in progress are, against how old items were when they left the stage that these are in.
//!
//! The chart is known from Vacanti (*Actionable Agile Metrics for Predictability*, 2015): an item that is older in its stage than
//! 85 % were when they left it will most likely take longer than 85 % of all.

use super::ask::instant;
use super::stages::{self, Place};
use super::{Filter, Period, Subject, definition, filter};
use crate::session::Session;
use crate::session::values::rows;
use crate::{Clock, Error, Result, Settings};
use chrono::NaiveDate;
use serde::Serialize;
use std::collections::BTreeMap;

const AGES: &str = include_str!("../../../sql/ageing.sql");
const ITEMS: &str = include_str!("../../../sql/ageing_items.sql");
/// The metric whose observations the percentiles are of.
const METRIC: &str = "stage_exit_age";
/// The most items that are listed of a stage.
const MOST_ITEMS: usize = 500;

/// How old work in progress is, by stage.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Ageing {
    /// Where the span begins in which the items left their stages, in microseconds since 1970 (UTC).
    pub from: i64,
    /// Where it ends, or when it was asked.
    pub until: i64,
    /// When it was asked: ages are those of that instant.
    pub as_of: i64,
    /// With fewer items no band is told.
    pub minimum_n: i64,
    /// The stages in the order of flow, those alone in which anything is or was.
    pub stages: Vec<AgeingStage>,
}

/// One stage.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AgeingStage {
    /// The stage; where stages are not mapped, the category of the status; `None` for statuses that are neither.
    pub stage: Option<String>,
    /// How many items left it within the span and are done.
    pub n: i64,
    /// The age that half of them had at most when they left it, in seconds; `None` when there are none.
    pub p50: Option<f64>,
    /// That 70 % had at most.
    pub p70: Option<f64>,
    /// That 85 % had at most.
    pub p85: Option<f64>,
    /// How many items in progress are in it now.
    pub in_progress: usize,
    /// Those items, the oldest first, at most 500.
    pub items: Vec<AgeingItem>,
}

/// An item in progress.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AgeingItem {
    /// Its id.
    pub id: String,
    /// The name that people call it by.
    pub key: String,
    /// Its title.
    pub title: Option<String>,
    /// Where people open it.
    pub url: Option<String>,
    /// When work on it first began, in microseconds since 1970 (UTC).
    pub started_at: i64,
    /// When it came into its stage.
    pub entered_at: i64,
    /// How long it has been in work, in seconds.
    pub age_seconds: f64,
    /// Where that is among those that left the stage; `None` when there are too few of them.
    pub band: Option<Band>,
}

/// The lowest of the percentiles that an age is not above.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Band {
    /// Up to the median.
    P50,
    /// Up to the 70th percentile.
    P70,
    /// Up to the 85th percentile.
    P85,
    /// Above it.
    Over,
}

/// How old the items in progress are, against those that left their stages within a span.
///
/// # Errors
/// [`Error::Question`] when the span is empty, or a filter names what is not known or what items have not; else as [`Session::collect`].
pub async fn ageing(
    session: &Session,
    (first, end): (NaiveDate, NaiveDate),
    filter: &Filter,
    settings: &Settings,
    clock: Clock,
) -> Result<Ageing> {
    let metric = definition(METRIC, &[])?;
    metric.may_be_asked_by(None, filter)?;
    let now = clock.now();
    let (from, until) = Period::span(settings.time_zone, first, end)?;
    let until = until.min(now);
    if until <= from {
        return Err(Error::Question(format!("nothing has left a stage yet from {first} on: ask for an earlier span")));
    }
    let observed = filter::Rows { columns: &metric.dimensions, of: Some((Subject::WorkItem, "subject_id")) };
    let condition = filter::condition(session, filter, observed).await?;
    let tenants = i64::try_from(settings.minimum_n).unwrap_or(i64::MAX);
    let minimum_n = metric.minimum_n.max(tenants);
    let mut stages: BTreeMap<Place, AgeingStage> = BTreeMap::new();
    // The filter comes last, because it holds what a person wrote.
    let ages = AGES.replace("{from}", &instant(from)).replace("{until}", &instant(until));
    for mut row in rows(session, &ages.replace("{filter}", &condition)).await? {
        let stage = row.text("stage");
        let one = stages.entry(stages::place(settings, stage.as_deref())).or_insert_with(|| AgeingStage::new(stage));
        one.n = row.int("n").unwrap_or_default();
        (one.p50, one.p70, one.p85) = (row.float("p50"), row.float("p70"), row.float("p85"));
    }
    let items = ITEMS.replace("{now}", &instant(now));
    for mut row in rows(session, &items.replace("{filter}", &condition)).await? {
        let (Some(id), Some(key), Some(started_at), Some(entered_at)) =
            (row.text("id"), row.text("key"), row.int("started_at"), row.int("entered_at"))
        else {
            continue;
        };
        let stage = row.text("stage");
        let one = stages.entry(stages::place(settings, stage.as_deref())).or_insert_with(|| AgeingStage::new(stage));
        one.in_progress += 1;
        if one.items.len() < MOST_ITEMS {
            let age_seconds = (now - started_at) as f64 / 1e6;
            let band = (one.n >= minimum_n).then(|| one.band(age_seconds)).flatten();
            let (title, url) = (row.text("title"), row.text("url"));
            one.items.push(AgeingItem { id, key, title, url, started_at, entered_at, age_seconds, band });
        }
    }
    Ok(Ageing { from, until, as_of: now, minimum_n, stages: stages.into_values().collect() })
}

impl AgeingStage {
    fn new(stage: Option<String>) -> Self {
        Self { stage, n: 0, p50: None, p70: None, p85: None, in_progress: 0, items: Vec::new() }
    }

    fn band(&self, age: f64) -> Option<Band> {
        let (p50, p70, p85) = (self.p50?, self.p70?, self.p85?);
        Some(match age {
            age if age <= p50 => Band::P50,
            age if age <= p70 => Band::P70,
            age if age <= p85 => Band::P85,
            _ => Band::Over,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::golden_facts::facts;
    use super::super::tests::{berlin, now, session};
    use super::*;
    use crate::settings::Stage;
    use crate::{Flow, Pattern};

    const DAY: f64 = 86_400.0;

    /// Ten items that were begun on 1 April, left `build` after one to ten days, and were done a day later; two are in progress,
    /// begun on 8 April and on the 4th, one of which was sent back to where it is.
    fn rows() -> Vec<crate::row::Row> {
        let mut items = "id started_at done_at is_done level class excluded project_id\n".to_owned();
        let mut stays =
            "work_item_id position level class stage status_category entered_at left_at excluded is_last\n".to_owned();
        for n in 1..=10 {
            let (left, done) = (1 + n, 2 + n);
            items += &format!("i{n} 04-01T10:00 04-{done:02}T10:00 yes item feature - p1\n");
            stays += &format!("i{n} 0 item feature ready todo 03-20T10:00 04-01T10:00 - yes\n");
            stays += &format!("i{n} 1 item feature build doing 04-01T10:00 04-{left:02}T10:00 - yes\n");
            stays += &format!("i{n} 2 item feature check doing 04-{left:02}T10:00 04-{done:02}T10:00 - yes\n");
            stays += &format!("i{n} 3 item feature done done 04-{done:02}T10:00 - - yes\n");
        }
        items += "
            young 04-08T10:00 - no item feature -    p1
            old   04-04T10:00 - no item feature -    p2
            epic  03-01T10:00 - no epic feature epic p1
            idea  -           - no item feature -    p1\n";
        stays += "
            young 0 item feature build doing 04-08T10:00 -           - yes
            old   0 item feature check doing 04-04T10:00 04-06T10:00 - yes
            old   1 item feature build doing 04-06T10:00 -           - yes
            epic  0 epic feature build doing 03-01T10:00 -           epic yes
            idea  0 item feature ready todo  04-01T10:00 -           - yes\n";
        [facts("facts/work_items", &items), facts("facts/work_item_stays", &stays)].concat()
    }

    fn staged(names: &[&str]) -> Settings {
        let stage = |name: &&str| Stage {
            name: (*name).to_owned(),
            statuses: vec![Pattern::new(*name).unwrap()],
            active: true,
        };
        Settings { flow: Flow { stages: names.iter().map(stage).collect(), ..Flow::default() }, ..berlin() }
    }

    async fn of(filter: &Filter, settings: &Settings, from: &str) -> Ageing {
        let span = (from.parse().unwrap(), "2026-05-01".parse().unwrap());
        ageing(&session(&rows()), span, filter, settings, now()).await.unwrap()
    }

    #[tokio::test]
    async fn items_in_progress_stand_against_those_that_left_their_stage() {
        let told = of(&Filter::default(), &staged(&["ready", "check", "build"]), "2026-04-01").await;
        let stages: Vec<_> = told.stages.iter().map(|s| (s.stage.as_deref(), s.n, s.in_progress)).collect();
        // In the order in which the tenant has them. What `old` left is open, as it may come back.
        assert_eq!(stages, [(Some("check"), 10, 0), (Some("build"), 10, 2)]);
        let build = &told.stages[1];
        // One to ten days: between the fifth and sixth, 6.3 ranks and 7.65 ranks from the first.
        assert_eq!(build.p50, Some(5.5 * DAY));
        assert!((build.p70.unwrap() - 7.3 * DAY).abs() < 1e-6 && (build.p85.unwrap() - 8.65 * DAY).abs() < 1e-6);
        // Now is 15 April, 22:00 UTC.
        let items: Vec<_> = build.items.iter().map(|i| (i.id.as_str(), i.age_seconds / DAY, i.band)).collect();
        assert_eq!(items, [("old", 11.5, Some(Band::Over)), ("young", 7.5, Some(Band::P85))]);
        assert_eq!(build.items[0].entered_at - build.items[0].started_at, 2 * 86_400_000_000);
        let mine = of(&Filter { projects: vec!["p2".into()], ..Filter::default() }, &berlin(), "2026-04-01").await;
        let items: Vec<_> = mine.stages.iter().map(|s| (s.n, s.items.len(), s.items[0].band)).collect();
        assert_eq!(items, [(0, 1, None)], "of that project nothing left a stage");
    }

    #[tokio::test]
    async fn what_is_abandoned_ages_no_more_and_is_no_measure_of_others() {
        let item = "id   started_at  abandoned_at is_done level class   project_id
                    shut 04-02T10:00 04-09T10:00  no      item  feature p1";
        let stays =
            "work_item_id position level class   stage status_category entered_at  left_at     excluded  is_last
                     shut         0        item  feature build doing           04-02T10:00 04-09T10:00 -         yes
                     shut         1        item  feature done  done            04-09T10:00 -           abandoned yes";
        let rows = [rows(), facts("facts/work_items", item), facts("facts/work_item_stays", stays)].concat();
        let span = ("2026-04-01".parse().unwrap(), "2026-05-01".parse().unwrap());
        let settings = staged(&["ready", "check", "build"]);
        let told = ageing(&session(&rows), span, &Filter::default(), &settings, now()).await.unwrap();
        let stages: Vec<_> = told.stages.iter().map(|s| (s.stage.as_deref(), s.n, s.in_progress)).collect();
        assert_eq!(stages, [(Some("check"), 10, 0), (Some("build"), 10, 2)]);
    }

    #[tokio::test]
    async fn below_the_minimum_there_is_no_band() {
        // From the 3rd in Berlin, nine left `build`.
        let told = of(&Filter::default(), &staged(&["build", "check"]), "2026-04-03").await;
        let build = &told.stages[0];
        assert_eq!((build.n, build.p50, told.minimum_n), (9, Some(6.0 * DAY), 10));
        assert!(build.items.iter().all(|item| item.band.is_none()));
    }

    #[tokio::test]
    async fn a_span_that_has_not_begun_is_refused() {
        let span = ("2026-05-01".parse().unwrap(), "2026-06-01".parse().unwrap());
        let refused = ageing(&session(&[]), span, &Filter::default(), &berlin(), now()).await.unwrap_err().to_string();
        assert!(refused.contains("ask for an earlier span"), "{refused}");
    }
}
