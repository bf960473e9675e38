//! Risks: rules that look at the facts, and what they come to for a project.
//!
//! A rule is a file in `sql/risk/`. Its statement returns a score from 0 to 1 for each subject, as of an instant that may be in
//! the past, with the numbers of its sentence and the rows that show it. [`find`] asks all of them, [`combine`] makes the
//! risk of each project of what they found, and [`run`] is the step that freezes both, once a day, in `facts.risks`.

mod catalogue;
mod combine;
mod doc;
mod evidence;
mod find;
mod run;
mod sentence;
mod settings;
mod standing;
mod teams;
mod views;

pub use catalogue::{Rule, Subject, Threshold, Unit, rules};
pub use combine::{ProjectRisk, Status, combine, noisy_or};
pub use doc::rules_page;
pub use evidence::{Shown, evidence};
pub use find::{Finding, Found, find};
pub use run::{COMBINED, RiskReport, run};
pub use sentence::Sentence;
pub use settings::{RiskSettings, RuleSettings};
pub use standing::{
    EarlierRisk, PastRisk, RiskFilter, SaidRisk, StandingFinding, StandingRisk, before, history, said, standing,
    standing_of,
};
pub use teams::{TeamRisk, of_teams};
pub(crate) use views::views;

#[cfg(test)]
mod code_tests;
#[cfg(test)]
mod combine_tests;
#[cfg(test)]
mod epic_tests;
#[cfg(test)]
mod forecast_tests;
#[cfg(test)]
mod release_tests;
#[cfg(test)]
mod run_tests;
#[cfg(test)]
mod sprint_tests;
#[cfg(test)]
mod standing_tests;
#[cfg(test)]
mod team_tests;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod work_tests;
#[cfg(test)]
mod world;
#[cfg(test)]
mod world_tests;
