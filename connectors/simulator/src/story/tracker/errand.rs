//! What is to happen in Jira.

use crate::story::Scene;

/// Something that is to happen in Jira at an instant.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::story) enum Errand {
    Arrives { project: i64 },
    EpicBegins { project: i64 },
    EpicEnds { issue: i64 },
    Discussed { issue: i64 },
    Groomed { project: i64 },
    Fidgeted { project: i64 },
    ChoreBegins { project: i64 },
    Blocked { issue: i64 },
    Unblocked { issue: i64 },
    Finished { issue: i64, actor: String },
    Reopened { issue: i64 },
    Dropped { issue: i64 },
    GivenBack { issue: i64, actor: String },
    SprintTurns { project: i64 },
    SprintStarts { project: i64, sprint: i64 },
    ScopeChanges { project: i64 },
    ScopeIsCut { project: i64, days: u32 },
    VersionTurns { project: i64 },
    Moved { project: i64 },
    Deleted { project: i64 },
    UserLeaves,
}

impl Scene<'_> {
    pub(in crate::story) fn run(&mut self, errand: Errand) {
        // Each of these gives up where what it is about is not there any more.
        let _gone: Option<()> = match errand {
            Errand::Arrives { project } => self.write_ticket(project).map(|_| ()),
            Errand::EpicBegins { project } => self.begin_epic(project),
            Errand::EpicEnds { issue } => self.end_epic(issue),
            Errand::Discussed { issue } => self.talk(issue),
            Errand::Groomed { project } => self.groom(project),
            Errand::Fidgeted { project } => self.fidget(project),
            Errand::ChoreBegins { project } => self.begin_chore(project),
            Errand::Blocked { issue } => self.block(issue),
            Errand::Unblocked { issue } => self.unblock(issue),
            Errand::Finished { issue, actor } => self.finish(issue, &actor),
            Errand::Reopened { issue } => self.take_up_again(issue),
            Errand::Dropped { issue } => self.drop_ticket(issue),
            Errand::GivenBack { issue, actor } => self.put_back_ticket(issue, &actor),
            Errand::SprintTurns { project } => self.turn_sprint(project),
            Errand::SprintStarts { project, sprint } => self.begin_sprint(project, sprint),
            Errand::ScopeChanges { project } => self.change_scope(project),
            Errand::ScopeIsCut { project, days } => self.cut_scope(project, days),
            Errand::VersionTurns { project } => self.turn_version(project),
            Errand::Moved { project } => self.move_ticket(project),
            Errand::Deleted { project } => self.discard_ticket(project),
            Errand::UserLeaves => self.lose_user(),
        };
    }
}
