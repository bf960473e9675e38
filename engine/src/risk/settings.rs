//! What a tenant may decide about its risks.

use super::catalogue::{Rule, Threshold, rules};
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The largest weight: a single rule never makes a risk certain.
const MOST_WEIGHT: f64 = 0.99;

/// A tenant's settings of risks. What is not set is as the rules' headers say.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RiskSettings {
    /// From which combined score on a project is at risk.
    pub at_risk: f64,
    /// From which combined score on a project is off track.
    pub off_track: f64,
    /// By rule, what differs from its header.
    pub rules: BTreeMap<String, RuleSettings>,
}

/// A tenant's settings of one rule.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RuleSettings {
    /// How much of a project's risk a score of 1 is by itself, from 0 to 0.99. At 0 the rule is not asked; above it one that counts to
    /// no project is asked, whatever the weight.
    pub weight: Option<f64>,
    /// Thresholds by name, each in the unit of the rule's header.
    pub thresholds: BTreeMap<String, f64>,
}

impl Default for RiskSettings {
    fn default() -> Self {
        Self { at_risk: 0.35, off_track: 0.65, rules: BTreeMap::new() }
    }
}

impl RiskSettings {
    /// Whether all of it may be had.
    ///
    /// # Errors
    /// [`Error::Setting`] with the first name that is not known, or number that is out of its range.
    pub fn check(&self) -> Result<()> {
        let refuse = |why: String| Err(Error::Setting(format!("risk settings: {why}")));
        if !(0.0 < self.at_risk && self.at_risk < self.off_track && self.off_track <= 1.0) {
            return refuse(format!(
                "`at_risk` ({}) must be above 0 and below `off_track` ({}), and that at most 1",
                self.at_risk, self.off_track
            ));
        }
        let known = rules()?;
        for (name, set) in &self.rules {
            let Some(rule) = known.iter().find(|rule| rule.name == *name) else {
                return refuse(format!("there is no rule `{name}`; there are: {}", names(known, |rule| &rule.name)));
            };
            if let Some(weight) = set.weight.filter(|weight| !(0.0..=MOST_WEIGHT).contains(weight)) {
                return refuse(format!("the weight of `{name}` is {weight}, and must be from 0 to {MOST_WEIGHT}"));
            }
            for (threshold, value) in &set.thresholds {
                let Some(declared) = rule.thresholds.iter().find(|t| t.name == *threshold) else {
                    let all = names(&rule.thresholds, |threshold| &threshold.name);
                    return refuse(format!("`{name}` has no threshold `{threshold}`; it has: {all}"));
                };
                if let Some(is) = declared.unit.misfit(*value) {
                    return refuse(format!("`{threshold}` of `{name}` is {value}, and must be {is}"));
                }
            }
            for (from, full) in [("from", "full"), ("z_from", "z_full")] {
                let value = |of: &str| rule.thresholds.iter().find(|t| t.name == of).map(|t| self.threshold(rule, t));
                let declared = |of: &str| rule.thresholds.iter().find(|t| t.name == of).map(|t| t.default);
                // A ramp that turned round would call what is well a risk.
                if (value(from) < value(full)) != (declared(from) < declared(full))
                    || (value(from).is_some() && value(from) == value(full))
                {
                    return refuse(format!(
                        "`{from}` and `{full}` of `{name}` must lie as they do in its header, and apart"
                    ));
                }
            }
        }
        Ok(())
    }

    /// How much of a project's risk a score of 1 of this rule is by itself.
    pub fn weight(&self, rule: &Rule) -> f64 {
        self.rules.get(&rule.name).and_then(|set| set.weight).unwrap_or(rule.weight)
    }

    /// A threshold of a rule.
    pub fn threshold(&self, rule: &Rule, threshold: &Threshold) -> f64 {
        let set = self.rules.get(&rule.name).and_then(|set| set.thresholds.get(&threshold.name));
        set.copied().unwrap_or(threshold.default)
    }
}

fn names<T>(all: &[T], name: impl Fn(&T) -> &str) -> String {
    all.iter().map(name).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_and_what_is_misspelt_or_out_of_range_is_refused() {
        let read = |text: &str| serde_json::from_str::<RiskSettings>(text);
        assert_eq!(read("{}").unwrap(), RiskSettings::default());
        RiskSettings::default().check().unwrap();
        let fine =
            r#"{"at_risk": 0.2, "rules": {"blocked_work": {"weight": 0, "thresholds": {"days": 5, "from": 0.2}}}}"#;
        let fine = read(fine).unwrap();
        fine.check().unwrap();
        let rule = rules().unwrap().iter().find(|rule| rule.name == "blocked_work").unwrap();
        let days = rule.thresholds.iter().find(|threshold| threshold.name == "days").unwrap();
        assert_eq!((fine.weight(rule), fine.threshold(rule, days)), (0.0, 5.0));
        assert!(read(r#"{"weights": {}}"#).is_err());
        for (wrong, why) in [
            (r#"{"at_risk": 0.7}"#, "below `off_track`"),
            (r#"{"off_track": 1.1}"#, "at most 1"),
            (r#"{"rules": {"blocked": {}}}"#, "no rule `blocked`; there are: forecast_misses_due_date"),
            (r#"{"rules": {"blocked_work": {"weight": 1}}}"#, "from 0 to 0.99"),
            (
                r#"{"rules": {"blocked_work": {"thresholds": {"day": 1}}}}"#,
                "no threshold `day`; it has: from, full, days",
            ),
            (r#"{"rules": {"blocked_work": {"thresholds": {"days": 1.5}}}}"#, "whole days"),
            (r#"{"rules": {"blocked_work": {"thresholds": {"from": 0.5}}}}"#, "and apart"),
            (r#"{"rules": {"blocked_work": {"thresholds": {"from": 0.6}}}}"#, "as they do in its header"),
        ] {
            let refused = read(wrong).unwrap().check().unwrap_err().to_string();
            assert!(refused.contains(why), "{wrong}: {refused}");
        }
        let endless = RiskSettings { at_risk: f64::NAN, ..RiskSettings::default() };
        assert!(endless.check().is_err());
    }
}
