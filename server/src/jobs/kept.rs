//! For how long rows stay of what grows with time alone: what was frozen day by day, the trail, builds with their payloads, and payloads that
//! newer ones took the place of. What else is made of payloads stays as long as its tenant: a replay would make it again.

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

/// Builds with their jobs, of which each is counted by itself, when it finished, and nothing is made; and for how many days they stay at
/// least: pages hold twelve months against those of the year before.
const BUILDS: (&str, u32) = ("core.builds", 740);

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
    let named = DAILY.iter().map(|daily| (daily.table, LEAST)).chain([TRAIL, BUILDS]);
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
                Some(format!("rows of `{table}` stay as long as their tenant; some may go of `{}`", names.join("`, `")))
            }
        })
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
            (
                json!({"core.commits": 800}),
                "stay as long as their tenant; some may go of `facts.forecasts`, `facts.risks`, `audit.events`, `core.builds`, ",
            ),
            (json!({"raw.nobody": 800}), "`raw.nobody` stay as long as their tenant"),
        ] {
            let told = misfit(kept).unwrap();
            assert!(told.contains(words), "{told}");
        }
    }
}
