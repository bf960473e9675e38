//! How people work.

use serde::Deserialize;

/// How a team works. Hours are medians.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Habits {
    /// Pull requests that a person begins on a working day.
    pub changes: f64,
    /// Issues that are opened on GitHub for each of these.
    pub issues: f64,
    /// Issues that are written in Jira for each of these.
    pub tickets: f64,
    /// How long it takes until a pull request is opened.
    pub coding_hours: f64,
    /// How long it takes until it is reviewed first; later reviews come in three fifths of it.
    pub review_hours: f64,
    /// The likelihood that a first review asks for more.
    pub rework: f64,
    /// The share of reviews that are left to the first of the team; the others are anybody's.
    pub lead_reviews: f64,
    /// The share of merges that are deployed, of one repository at least and of another at most.
    pub deploys: [f64; 2],
    /// The share of production deployments that break something, of one repository at least and of another at most.
    pub accidents: [f64; 2],
    /// How long it takes from when somebody is at an incident until its repair is on its way.
    pub repair_hours: f64,
    /// How many times longer work takes after eighteen months than at first.
    pub slows: f64,
}

impl Default for Habits {
    fn default() -> Self {
        Self {
            changes: 0.5,
            issues: 0.45,
            tickets: 0.7,
            coding_hours: 9.0,
            review_hours: 5.0,
            rework: 0.45,
            lead_reviews: 0.0,
            deploys: [0.35, 0.8],
            accidents: [0.04, 0.12],
            repair_hours: 1.0,
            slows: 1.0,
        }
    }
}

impl Habits {
    /// What of them cannot be, if anything.
    pub(super) fn wrong(&self) -> Option<String> {
        let Self { changes, issues, tickets, coding_hours, review_hours, repair_hours, slows, .. } = *self;
        let sizes = [
            ("changes", changes),
            ("issues", issues),
            ("tickets", tickets),
            ("coding_hours", coding_hours),
            ("review_hours", review_hours),
            ("repair_hours", repair_hours),
            ("slows", slows),
        ];
        let shares = [
            ("rework", self.rework),
            ("lead_reviews", self.lead_reviews),
            ("deploys", self.deploys[0]),
            ("deploys", self.deploys[1]),
            ("accidents", self.accidents[0]),
            ("accidents", self.accidents[1]),
        ];
        let size = sizes.into_iter().find(|(_, n)| !(0.0..=1000.0).contains(n));
        let share = shares.into_iter().find(|(_, n)| !(0.0..=1.0).contains(n));
        size.map(|(name, n)| format!("`{name}` is {n}, and should be between 0 and 1000"))
            .or_else(|| share.map(|(name, n)| format!("`{name}` is {n}, and should be a share between 0 and 1")))
    }
}
