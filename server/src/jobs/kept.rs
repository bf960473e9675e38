//! For how long rows stay of what grows with time alone: what was frozen day by day, the trail, builds and work items with their payloads, and
//! payloads that newer ones took the place of. What else is made of payloads stays as long as its tenant.

use super::proof::{Gone, proved};
use crate::control::{Control, Job};
use crate::{Result, audit};
use chrono::{Days, NaiveDate};
use pulse_engine::entities::{self, fact};
use pulse_engine::map::Mapper;
use pulse_engine::{Engine, Tenant};
use serde::Deserialize;
use serde_json::json;
use std::collections::BTreeMap;

/// For how many days rows stay, by table; those of a table that is not named stay for ever.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub(super) struct Kept(BTreeMap<String, u32>);

const DAY: i64 = 24 * 3600 * 1_000_000;

/// The trail, and for how many days its events stay at least.
const TRAIL: (&str, u32) = ("audit.events", 365);

/// For how many days rows stay at least that are counted when they were over: pages hold twelve months against those of the year before.
const LEAST_COUNTED: u32 = 740;

/// Builds with their jobs, of which each is counted by itself, when it finished, and nothing is made.
const BUILDS: (&str, u32) = ("core.builds", LEAST_COUNTED);

/// Work items with all that is their own, which are counted when they were done.
const ITEMS: (&str, u32) = ("core.work_items", LEAST_COUNTED);

/// Why rows stay of tables that somebody might expect to be listed.
static STAY: [(&[&str], &str); 8] = [
    (
        &["core.commits", "core.refs", "core.repositories", "core.deployments", "core.lineage_overrides"],
        "what a later deployment was the first to carry is told by all commits and deployments before it",
    ),
    (
        &["core.pull_requests", "core.pull_request_commits", "core.reviews", "core.review_requests"],
        "without its pull request each commit of a change would count as a change of its own, and without its reviews as one that nobody reviewed",
    ),
    (&["core.commit_files"], "a commit and its files are told by one payload, and commits stay"),
    (
        &["core.incidents", "core.incident_overrides"],
        "which deployments failed is told by their incidents, and deployments stay: all of them would seem to have gone well",
    ),
    (&["core.build_jobs"], "they go with their builds, `core.builds`"),
    (
        &[
            "core.work_item_transitions",
            "core.work_item_versions",
            "core.work_item_components",
            "core.work_item_links",
            "core.work_item_fields",
            "core.sprint_items",
            "facts.work_items",
            "facts.work_item_stays",
            "facts.sprint_items",
        ],
        "they go with their work items, `core.work_items`",
    ),
    (
        &[
            "core.sprints",
            "core.boards",
            "core.versions",
            "core.components",
            "core.projects",
            "core.statuses",
            "core.work_item_types",
            "core.teams",
            "core.people",
            "core.identities",
        ],
        "they are few, and what is left refers to them",
    ),
    (&["core.comments"], "they go with their work items, `core.work_items`, or stay with their pull requests"),
];

/// A table that has rows of each day, as it was then.
struct Daily {
    table: &'static str,
    fact: &'static str,
    /// The column with the day.
    day: &'static str,
}

static DAILY: [Daily; 2] = [
    Daily { table: "facts.forecasts", fact: "forecasts", day: "made_on" },
    Daily { table: "facts.risks", fact: "risks", day: "day" },
];
/// For how many days their rows stay at least: pages and previews look back over a quarter.
const LEAST: u32 = 180;

/// For how many days payloads stay at least, whatever came since: long enough to look into what a vendor said.
const LEAST_PAYLOADS: u32 = 30;

/// The table with the payloads of a mapper's connector.
fn payloads(mapper: &dyn Mapper) -> String {
    format!("raw.{}", mapper.connector())
}

/// The tables of which rows may go, and for how many days they stay at least.
fn known() -> Vec<(String, u32)> {
    let named = DAILY.iter().map(|daily| (daily.table, LEAST)).chain([TRAIL, BUILDS, ITEMS]);
    let raw = pulse_connectors::mappers().into_iter().map(|mapper| (payloads(mapper.as_ref()), LEAST_PAYLOADS));
    named.map(|(table, least)| (table.to_owned(), least)).chain(raw).collect()
}

impl Kept {
    /// Whether nothing is said.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Why it cannot be as it says, if it cannot.
    pub(super) fn misfit(&self) -> Option<String> {
        let known = known();
        self.0.iter().find_map(|(table, days)| match known.iter().find(|(known, _)| known == table) {
            Some((_, least)) if days >= least => None,
            Some((_, least)) => Some(format!("rows of `{table}` stay for {least} days at least, not for {days}")),
            None => {
                let names: Vec<&str> = known.iter().map(|(known, _)| known.as_str()).collect();
                let stay = STAY.iter().find(|(tables, _)| tables.contains(&table.as_str()));
                let why = stay.map_or_else(
                    || "stay as long as their tenant".to_owned(),
                    |(_, why)| format!("have no time of their own to stay: {why}"),
                );
                Some(format!("rows of `{table}` {why}; some may go of `{}`", names.join("`, `")))
            }
        })
    }

    /// Whether rows may go that facts are made of, which a model has go then.
    pub(super) fn takes_facts_along(&self) -> bool {
        self.0.contains_key(ITEMS.0)
    }

    /// Lets go of the rows whose time is over by `today`; how many. The trail is told of them.
    pub(super) async fn forget(
        &self,
        (control, engine): (&Control, &Engine),
        tenant: &Tenant,
        today: NaiveDate,
        job: &Job,
    ) -> Result<u64> {
        let (now, mut forgotten) = (control.now(), 0);
        // Of its own beginning the trail tells by another event, which its chain goes on from.
        if self.0.keys().any(|table| table != TRAIL.0) {
            let goes = self.let_go(tenant, today, now);
            forgotten += proved(control, (tenant.id(), job), json!({"keep": self.0}), goes).await?;
        }
        if let Some(days) = self.0.get(TRAIL.0) {
            forgotten += audit::forget(control, engine, tenant, before(now, *days), &job.created_by).await?;
        }
        Ok(forgotten)
    }

    /// Lets go of the rows of all tables but the trail; how many of each that is named.
    async fn let_go(&self, tenant: &Tenant, today: NaiveDate, now: i64) -> Result<Gone> {
        let mut gone = Gone::new();
        for daily in &DAILY {
            let days = self.0.get(daily.table).map(|days| Days::new(u64::from(*days)));
            if let Some(first) = days.and_then(|days| today.checked_sub_days(days)) {
                let table = tenant.lake().table(fact(daily.fact)?);
                gone.insert(daily.table.to_owned(), table.forget_before(daily.day, first).await?);
            }
        }
        if let Some(days) = self.0.get(BUILDS.0) {
            let ends = [(entities::core("builds")?, "finished_at"), (entities::core("build_jobs")?, "finished_at")];
            let mut rows = 0;
            for mapper in pulse_connectors::mappers() {
                rows += tenant.forget_aged(mapper.as_ref(), &ends, before(now, *days)).await?;
            }
            gone.insert(BUILDS.0.to_owned(), rows);
        }
        if let Some(days) = self.0.get(ITEMS.0) {
            let mut rows = 0;
            for mapper in pulse_connectors::mappers() {
                rows += tenant.forget_items(mapper.as_ref(), before(now, *days)).await?;
            }
            gone.insert(ITEMS.0.to_owned(), rows);
        }
        for mapper in pulse_connectors::mappers() {
            let table = payloads(mapper.as_ref());
            if let Some(days) = self.0.get(&table) {
                let rows = tenant.forget_payloads(mapper.as_ref(), before(now, *days)).await?;
                gone.insert(table, rows);
            }
        }
        Ok(gone)
    }
}

/// The instant that many days before another.
fn before(now: i64, days: u32) -> i64 {
    now.saturating_sub(i64::from(days).saturating_mul(DAY))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_table_that_is_told_why_it_stays_is_there() {
        for table in STAY.iter().flat_map(|(tables, _)| *tables) {
            let (schema, name) = table.split_once('.').unwrap();
            assert!(entities::declared(schema, name).is_some(), "{table}");
        }
    }

    #[test]
    fn what_may_not_go_or_not_so_soon_is_told() {
        let misfit = |kept| serde_json::from_value::<Kept>(kept).unwrap().misfit();
        let kept = json!({"audit.events": 365, "facts.risks": 180, "facts.forecasts": 4000, "raw.github": 30});
        assert_eq!(misfit(kept), None);
        assert_eq!(misfit(json!({})), None);
        for (kept, words) in [
            (json!({"audit.events": 364}), "365 days at least, not for 364"),
            (json!({"facts.risks": 800, "facts.forecasts": 179}), "`facts.forecasts` stay for 180"),
            (json!({"raw.jira": 29}), "`raw.jira` stay for 30 days at least"),
            (json!({"core.builds": 739}), "`core.builds` stay for 740 days at least"),
            (json!({"core.work_items": 739}), "`core.work_items` stay for 740 days at least"),
            (
                json!({"raw.nobody": 800}),
                "`raw.nobody` stay as long as their tenant; some may go of `facts.forecasts`, `facts.risks`, `audit.events`, `core.builds`, `core.work_items`, ",
            ),
            (
                json!({"core.commits": 800}),
                "told by all commits and deployments before it; some may go of `facts.forecasts`",
            ),
            (json!({"core.reviews": 800}), "without its reviews as one that nobody reviewed"),
            (json!({"core.incidents": 800}), "which deployments failed is told by their incidents"),
            (json!({"core.sprints": 800}), "they are few, and what is left refers to them"),
            (json!({"core.sprint_items": 800}), "they go with their work items, `core.work_items`"),
        ] {
            let told = misfit(kept).unwrap();
            assert!(told.contains(words), "{told}");
        }
    }
}
