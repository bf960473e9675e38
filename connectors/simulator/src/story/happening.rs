//! What is to happen, and what is known of it until then.

use crate::world::Time;

/// A pull request on its way.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Change {
    pub(super) repository: i64,
    pub(super) number: u64,
    pub(super) author: String,
    pub(super) reviewer: String,
    /// How many reviews it has had.
    pub(super) round: u32,
    /// The issue in Jira that it is for.
    pub(super) ticket: Option<i64>,
    /// The incident that it ends.
    pub(super) incident: Option<Incident>,
}

/// An incident that is being dealt with.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Incident {
    pub(super) issue: u64,
    /// The issue in Jira.
    pub(super) ticket: Option<i64>,
    /// The commit that caused it, if somebody will find out.
    pub(super) cause: Option<String>,
    /// The commit that was in production before.
    pub(super) good: Option<String>,
}

/// A deployment that somebody means to make.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rollout {
    pub(super) repository: i64,
    pub(super) sha: String,
    pub(super) environment: &'static str,
    pub(super) description: Option<String>,
    pub(super) actor: String,
    /// The incident that it ends.
    pub(super) incident: Option<Incident>,
}

/// Work before it is a pull request.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Work {
    pub(super) repository: i64,
    pub(super) author: String,
    pub(super) branch: String,
    pub(super) title: String,
    /// The issue that it fixes.
    pub(super) issue: Option<u64>,
    /// The issue in Jira that it is for.
    pub(super) ticket: Option<i64>,
    /// Where main was when the work began.
    pub(super) base: String,
    pub(super) began: Time,
    pub(super) incident: Option<Incident>,
}

/// Something that is to happen at an instant.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Happening {
    WorkBegins { repository: i64, author: String },
    BotUpdates { repository: i64 },
    ChangeOpens(Box<Work>),
    ChangeIsReady(Change),
    Review(Change),
    Rework(Change),
    Merge(Change),
    Close(Change),
    LateComment(Change),
    BranchGoes { repository: i64, branch: String, actor: String },
    RunEnds { repository: i64, run: i64, actor: String },
    Rollout(Box<Rollout>),
    RolloutRuns(Box<Rollout>, i64),
    RolloutEnds(Box<Rollout>, i64),
    IncidentBegins { repository: i64, deployment: i64 },
    IncidentIsMet { repository: i64, incident: Incident, actor: String },
    IncidentEnds { repository: i64, incident: Incident, actor: String },
    IssueOpens { repository: i64 },
    IssueIsDiscussed { repository: i64, issue: u64 },
    IssueCloses { repository: i64, issue: u64 },
    IssueReopens { repository: i64, issue: u64 },
    IssueIsDeleted { repository: i64 },
    ReleaseIsDrafted { repository: i64 },
    ReleaseIsPublished { repository: i64, release: i64, actor: String },
    MilestoneIsSet { repository: i64 },
    ExperimentBegins,
    RepositoryIsRenamed,
    RepositoryIsDeleted,
    RepositoryIsArchived { repository: i64 },
    MemberMoves,
    TeamsChange { from: i64, to: i64, people: usize },
}

impl Happening {
    /// The issue in Jira that it is work for, and whose work it is.
    pub(super) fn ticket(&self) -> Option<(i64, &str)> {
        let (ticket, author) = match self {
            Self::ChangeOpens(work) => (work.ticket, &work.author),
            Self::ChangeIsReady(change)
            | Self::Review(change)
            | Self::Rework(change)
            | Self::Merge(change)
            | Self::Close(change) => (change.ticket, &change.author),
            _ => return None,
        };
        Some((ticket?, author.as_str()))
    }

    /// The repository that it happens in, if it is one.
    pub(super) fn place(&self) -> Option<i64> {
        match self {
            Self::WorkBegins { repository, .. }
            | Self::BotUpdates { repository }
            | Self::BranchGoes { repository, .. }
            | Self::RunEnds { repository, .. }
            | Self::IncidentBegins { repository, .. }
            | Self::IncidentIsMet { repository, .. }
            | Self::IncidentEnds { repository, .. }
            | Self::IssueOpens { repository }
            | Self::IssueIsDiscussed { repository, .. }
            | Self::IssueCloses { repository, .. }
            | Self::IssueReopens { repository, .. }
            | Self::IssueIsDeleted { repository }
            | Self::ReleaseIsDrafted { repository }
            | Self::ReleaseIsPublished { repository, .. }
            | Self::MilestoneIsSet { repository }
            | Self::RepositoryIsArchived { repository } => Some(*repository),
            Self::ChangeOpens(work) => Some(work.repository),
            Self::ChangeIsReady(change)
            | Self::Review(change)
            | Self::Rework(change)
            | Self::Merge(change)
            | Self::Close(change)
            | Self::LateComment(change) => Some(change.repository),
            Self::Rollout(rollout) | Self::RolloutRuns(rollout, _) | Self::RolloutEnds(rollout, _) => {
                Some(rollout.repository)
            }
            Self::ExperimentBegins
            | Self::RepositoryIsRenamed
            | Self::RepositoryIsDeleted
            | Self::MemberMoves
            | Self::TeamsChange { .. } => None,
        }
    }
}
