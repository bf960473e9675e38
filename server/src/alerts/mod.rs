//! Alerts: rules that look at what was measured, and tell people when it should not stay as it is.
//!
//! A [`Rule`] says what to look at ([`Condition`]), how long it has to hold, and who is told. The job `alert` ([`Alerts`]) looks at the
//! rules of a tenant: at those over data when its facts have changed, at those over jobs and connections when a job has ended that
//! concerns one of them, and at either when the clock says that something has held for long enough. What it sees are [`Track`]s: each
//! thing that a rule is about, with what was seen of it by time. [`machine::advance`] makes of what is seen where an alert stands; it is
//! the one place where that is decided, for what happens, for what was missed, and for previews. A change and the deliveries that tell
//! of it are one commit ([`crate::control::Control::settle_rules`]).

mod connection;
mod frozen;
mod history;
mod job;
mod look;
pub mod machine;
mod measure;
mod memory;
mod message;
mod missed;
mod of_jobs;
mod past;
mod preview;
mod quiet;
mod rule;
mod statement;
mod track;

pub use job::Alerts;
pub use look::projects_known;
pub use machine::{AlertState, Hold, Standing, Verdict};
pub use memory::Memory;
pub use message::Telling;
pub(crate) use message::{Said, own_parcel, parcel};
pub(crate) use missed::{Course, missed};
pub use preview::{Episode, Preview, preview};
pub use quiet::Quiet;
pub use rule::{
    CalibrationCondition, Clears, Condition, Escalation, ForecastCondition, JobCondition, JobTest, MetricCondition,
    ReadCondition, RiskCondition, Rule, Severity, Side, SqlCondition, Test,
};
pub use statement::askable;
pub use track::{Member, Seen, Sight, Track, together};
