//! The control database: who there is, what they may do, and what they are signed in with. It holds nobody's data.
//!
//! One set of statements serves SQLite and Postgres. Each function does one thing, whole or not at all; a lookup that finds
//! nothing is `None`, and what is not allowed as things stand is a [`Refusal`].

mod alert;
mod alert_jobs;
mod alert_names;
mod alert_person;
mod alert_rule;
mod alert_settle;
mod audit;
mod authority;
mod before;
mod bell;
mod branding;
mod budget;
mod connection;
mod database;
mod delivery;
mod delivery_wish;
mod destination;
mod dump;
mod erase;
mod event;
mod hook;
mod identity;
mod import;
mod import_sources;
mod import_versions;
mod job;
mod keeper;
mod kept_report;
mod key;
mod landing;
mod link;
mod member;
mod muted;
mod observed;
mod own_metric;
mod page;
mod pen;
mod provider;
mod queue;
mod quota;
mod replica;
mod report;
mod report_definition;
mod report_due;
mod report_told;
mod risk;
mod role;
mod rules;
mod running_query;
mod saved_query;
mod schedule;
mod schedule_pause;
mod sealed;
mod session;
mod size;
mod target;
mod tenant;
mod time;
mod token;
mod user;
mod wish;
mod workers;

pub use alert::{Alert, AlertRecord, AlertStep};
pub use alert_jobs::{Delay, Fate};
pub use alert_rule::{ALERT, AlertRule, OF_JOBS};
pub use alert_settle::{LooksNext, Settling, Watch};
pub use audit::{Head, UNFINISHED};
pub use authority::Admitted;
pub use bell::Ear;
pub use branding::BrandingVersion;
pub use budget::BudgetLeft;
pub use connection::{Connection, LAND};
pub use delivery::{Attempt, Begun, DELIVER, Delivery, MOST_CHANNELS, Sending};
pub use destination::{Address, Destination, NewDestination};
pub use dump::{Loaded, Since};
pub use erase::{ERASE, Receipt};
pub(crate) use event::REMEMBERED;
pub use event::{Event, Heads, Notification};
pub use hook::Hook;
pub use identity::Identity;
pub use import::{Exported, Imported};
pub use job::{Job, JobState, Progress, Step, Trigger};
pub use keeper::CredentialKeeper;
pub use kept_report::KeptReport;
pub use key::SigningKey;
pub use landing::{Ended, Landings, Last};
pub use link::{Link, LinkKind};
pub use member::{Authority, Change as MemberChange, Member, Sees};
pub use muted::Topic;
pub use observed::{OpenJobs, ReadAt};
pub use own_metric::OwnMetric;
pub use page::{Cursor, Page};
pub use provider::{Provider, Terms};
pub use queue::{Limits, Outcome, Pulse, Told};
pub use quota::Quotas;
pub use replica::REPLICA_BEHIND;
pub use report::{NewReport, REPORT, Report, ReportState, is_report};
pub use report_definition::ReportDefinition;
pub use role::Role;
pub use rules::{Habits, Hours, Rules};
pub use saved_query::{Draft, Owner, SaidBefore, SavedQuery, SavedVersion};
pub use schedule::{BY_SCHEDULE, Schedule};
pub use schedule_pause::{Pause, Pauses};
pub use sealed::Resealed;
pub use session::{Refreshed, Session, Visitor};
pub use size::{LakeSize, Size, Sizes};
pub use target::{Target, TargetVersion};
pub use tenant::{Change as TenantChange, Tenant, TenantState};
pub use token::{ApiToken, NewToken};
pub use user::{SignIn, User, email_key};
pub use workers::{Hold, Scope, WorkerSeen};

use crate::Result;
use database::Database;
use parking_lot::Mutex;
use pen::Pen;
use pulse_engine::Clock;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The control database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Control {
    database: Database,
    clock: Clock,
    /// What the database last said of the time, and when.
    anchor: Arc<Mutex<Option<(Instant, i64)>>>,
    /// What writes events.
    pen: Pen,
}

impl Control {
    /// Whether a control database may be at an address, which is not asked.
    ///
    /// # Errors
    /// [`crate::Error::Usage`], with how one should begin.
    pub fn check_address(address: &str) -> Result<()> {
        database::Kind::at(address).map(drop)
    }

    /// Connects to `sqlite:PATH` or `postgres://…`, and brings its schema up to date.
    ///
    /// # Errors
    /// [`crate::Error::DatabaseAway`] when there is no answer, [`crate::Error::Schema`] when the schema is not one of ours.
    pub async fn open(address: &str, clock: Clock) -> Result<Self> {
        let database = Database::open(address).await?;
        let control = Self { database, clock, anchor: Arc::default(), pen: Pen::default() };
        control.keep_pauses().await?;
        Ok(control)
    }

    /// The same control database, with a replica that may be asked where an answer may be a moment old: at most `behind`.
    ///
    /// # Errors
    /// [`crate::Error::Usage`] when it is no replica of it; [`crate::Error::DatabaseAway`] when it does not answer.
    pub async fn with_replica(self, address: &str, behind: Duration) -> Result<Self> {
        Ok(Self { database: self.database.with_replica(address, behind).await?, ..self })
    }

    /// The same control database, asked at its replica where that is fresh enough: for what shows something and decides nothing.
    /// What this process wrote is always seen.
    pub fn nearby(&self) -> Self {
        Self { database: self.database.nearby(), ..self.clone() }
    }

    /// Whether there is a replica.
    pub(crate) fn has_replica(&self) -> bool {
        self.database.has_replica()
    }

    /// The replica did not answer: it is not asked until it does.
    pub(crate) fn doubt_replica(&self) {
        self.database.doubt_replica();
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// [`crate::Error::DatabaseAway`] when it does not.
    pub async fn ping(&self) -> Result<()> {
        self.database.ping().await
    }

    /// The version of the schema, which is that of this version of Pulse.
    pub fn schema() -> i64 {
        database::SCHEMA
    }

    /// Where the time comes from.
    pub fn clock(&self) -> Clock {
        self.clock
    }
}

/// Why something is not done as things stand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is no such thing, or it is none of the asker's.
    #[error("there is no {what} `{}`", id.escape_default())]
    Unknown {
        /// What kind of thing.
        what: &'static str,
        /// Which.
        id: String,
    },
    /// A name that may stand once stands already.
    #[error("there is a {what} `{}` already", name.escape_default())]
    Taken {
        /// What kind of thing.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// Somebody else changed it meanwhile.
    #[error("it was changed meanwhile: read it again, and change what it is now")]
    Stale,
    /// A value makes no sense.
    #[error("`{field}` {reason}")]
    Invalid {
        /// The field at fault.
        field: &'static str,
        /// What is wrong, and what would be right.
        reason: String,
    },
    /// Nobody gives what they do not have, nor changes who has more.
    #[error("this needs the permission `{0}`, which you do not have")]
    Beyond(crate::auth::Permission),
    /// A tenant has an owner at all times.
    #[error("this tenant would have no owner left: make somebody else an owner first")]
    LastOwner,
    /// Something that somebody else keeps.
    #[error(
        "this is somebody else's: only its owner changes it, but with `tenant:manage` it can be unshared, or removed"
    )]
    NotOwner,
    /// A link that was used, is too old, or never was.
    #[error("this link was used before, is too old, or is none of ours: ask for a new one")]
    BadLink,
    /// A built-in role.
    #[error("`{0}` is a built-in role, which stays as it is: make a role of another name")]
    BuiltIn(String),
    /// A role that somebody still has.
    #[error(
        "`{0}` is a role that somebody still has, or that an invitation or identity provider names: take it from them first"
    )]
    InUse(String),
    /// A tenant has as much of something as it may.
    #[error("this tenant may have {most} {what}, and has them: remove some, or ask a platform operator for more")]
    OverQuota {
        /// Of what.
        what: &'static str,
        /// How many it may have.
        most: i64,
    },
    /// A job is in a state in which that cannot be done.
    #[error("the job is {}, so this cannot be done with it", .0.name())]
    JobState(JobState),
    /// A delivery is in a state in which that cannot be done.
    #[error("the delivery is {}, so this cannot be done with it", .0.name())]
    DeliveryState(crate::delivery::DeliveryState),
    /// An alert is in a state in which that cannot be done.
    #[error("the alert is {}, so this cannot be done with it", .0.name())]
    AlertState(crate::alerts::AlertState),
    /// An identity provider does not say enough of somebody, or what it says is not enough.
    #[error("single sign-on does not let you in: {0}")]
    NotVouched(String),
}

impl Refusal {
    pub(crate) fn unknown(what: &'static str, id: &str) -> Self {
        Refusal::Unknown { what, id: id.to_owned() }
    }

    pub(crate) fn invalid(field: &'static str, reason: impl Into<String>) -> Self {
        Refusal::Invalid { field, reason: reason.into() }
    }
}
