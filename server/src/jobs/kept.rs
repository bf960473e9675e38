//! For how long rows stay of what grows with time alone: what was frozen day by day, and the trail. What sources sent, and what is made
//! of that, stays as long as its tenant.

use crate::control::{Control, Job};
use crate::{Result, audit};
use chrono::{Days, NaiveDate};
use pulse_engine::entities::fact;
use pulse_engine::{Engine, Tenant};
use serde::Deserialize;
use std::collections::BTreeMap;

/// For how many days rows stay, by table; those of a table that is not named stay for ever.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub(super) struct Kept(BTreeMap<String, u32>);

const DAY: i64 = 24 * 3600 * 1_000_000;

/// The trail, and for how many days its events stay at least.
const TRAIL: (&str, u32) = ("audit.events", 365);

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

impl Kept {
    /// Whether nothing is said.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Why it cannot be as it says, if it cannot.
    pub(super) fn misfit(&self) -> Option<String> {
        let known = || DAILY.iter().map(|daily| (daily.table, LEAST)).chain([TRAIL]);
        self.0.iter().find_map(|(table, days)| match known().find(|(known, _)| known == table) {
            Some((_, least)) if *days >= least => None,
            Some((_, least)) => Some(format!("rows of `{table}` stay for {least} days at least, not for {days}")),
            None => {
                let names: Vec<&str> = known().map(|(known, _)| known).collect();
                Some(format!("rows of `{table}` stay as long as their tenant; some may go of `{}`", names.join("`, `")))
            }
        })
    }

    /// Lets go of the rows whose time is over by `today`; how many.
    pub(super) async fn forget(
        &self,
        (control, engine): (&Control, &Engine),
        tenant: &Tenant,
        today: NaiveDate,
        job: &Job,
    ) -> Result<u64> {
        let mut forgotten = 0;
        for daily in &DAILY {
            let days = self.0.get(daily.table).map(|days| Days::new(u64::from(*days)));
            if let Some(before) = days.and_then(|days| today.checked_sub_days(days)) {
                forgotten += tenant.lake().table(fact(daily.fact)?).forget_before(daily.day, before).await?;
            }
        }
        if let Some(days) = self.0.get(TRAIL.0) {
            let before = control.now().saturating_sub(i64::from(*days).saturating_mul(DAY));
            forgotten += audit::forget(control, engine, tenant, before, &job.created_by).await?;
        }
        Ok(forgotten)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_may_not_go_or_not_so_soon_is_told() {
        let misfit = |kept| serde_json::from_value::<Kept>(kept).unwrap().misfit();
        assert_eq!(misfit(json!({"audit.events": 365, "facts.risks": 180, "facts.forecasts": 4000})), None);
        assert_eq!(misfit(json!({})), None);
        for (kept, words) in [
            (json!({"audit.events": 364}), "365 days at least, not for 364"),
            (json!({"facts.risks": 800, "facts.forecasts": 179}), "`facts.forecasts` stay for 180"),
            (
                json!({"raw.github": 800}),
                "stay as long as their tenant; some may go of `facts.forecasts`, `facts.risks`, `audit.events`",
            ),
        ] {
            let told = misfit(kept).unwrap();
            assert!(told.contains(words), "{told}");
        }
    }
}
