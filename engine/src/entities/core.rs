//! Mapped entities, one row a key.

use super::{Belonging, Entity, Layer, Schemas, Thing, date, flag, float, int, text, texts, time};

const ID: super::Column = text("id", "`connector:connection:native-id`").required();

macro_rules! core {
    ($($static:ident $name:literal $doc:literal sort [$($sort:literal),*] belongs [$($to:ident by $by:literal),*] { $($column:expr),* $(,)? })*) => {
        $(static $static: Entity = Entity {
            layer: Layer::Core,
            name: $name,
            doc: $doc,
            key: &["id"],
            partition: &[],
            sort: &[$($sort),*],
            belongs: &[$(Belonging { to: Thing::$to, by: $by }),*],
            columns: &[ID, $($column),*],
            schemas: Schemas::new(),
        };)*
        /// Every core table.
        pub static CORE: &[&Entity] = &[$(&$static),*];
    };
}

core! {
    REPOSITORIES "repositories" "A source repository." sort ["id"] belongs [Repository by "id"] {
        text("name", "its name, with its owner where it has one").required(),
        text("url", "where people open it"),
        text("default_branch", "the branch that changes are merged into"),
        flag("is_fork", "whether it is a fork"),
        flag("is_archived", "whether it is archived"),
        time("created_at", "when it was made"),
        text("default_sha", "the commit that the default branch stands at").object_id(),
    }
    REPOSITORY_NAMES "repository_names" "A name that a repository goes by, or went by when it was read." sort ["repository_id"] belongs [Repository by "repository_id"] {
        text("repository_id", "its repository").required(),
        text("name", "the name, as in `repositories`").required(),
    }
    REFS "refs" "A branch or tag of a repository." sort ["repository_id", "name"] belongs [Repository by "repository_id"] {
        text("repository_id", "its repository").required(),
        text("kind", "`branch` or `tag`").required().one_of(&["branch", "tag"]),
        text("name", "its name; of a branch that was fetched from elsewhere, with where from").required(),
        text("sha", "the commit that it leads to; NULL of a tag that names a tree or a file").object_id(),
        time("tagged_at", "when it was tagged, or of a tag without a time of its own when its commit was committed; NULL of a branch"),
    }
    COMMITS "commits" "A commit of one repository." sort ["repository_id", "committed_at"] belongs [Repository by "repository_id"] {
        text("repository_id", "its repository").required(),
        text("sha", "its object id, hexadecimal").required().object_id(),
        texts("parents", "the object ids of its parents, in order").object_id(),
        text("author_id", "the identity that authored it"),
        text("committer_id", "the identity that committed it"),
        time("authored_at", "when it was authored; NULL when the date is absurd"),
        int("authored_offset", "the author's offset from UTC, in minutes"),
        time("committed_at", "when it was committed; NULL when the date is absurd"),
        int("committed_offset", "the committer's offset from UTC, in minutes"),
        text("title", "the first line of its message"),
        texts("reverts", "the object ids that its message says it reverts"),
        texts("cherry_picked_from", "the object ids that its message says it was picked from"),
        texts("work_item_keys", "the work items that its message names"),
        int("additions", "lines added, when counted"),
        int("deletions", "lines deleted, when counted"),
        int("changed_files", "files changed, when counted"),
    }
    COMMIT_FILES "commit_files" "A file that a commit changed against its first parent; landed when asked for." sort ["repository_id", "commit_id"] belongs [Repository by "repository_id"] {
        text("commit_id", "its commit").required(),
        text("repository_id", "its repository").required(),
        text("path", "the file's path; bytes that are not UTF-8 are replaced").required(),
        text("previous_path", "its path before a rename"),
        text("change", "`added`, `modified`, `deleted` or `renamed`").required().one_of(&["added", "modified", "deleted", "renamed"]),
        int("additions", "lines added; NULL for a binary file"),
        int("deletions", "lines deleted; NULL for a binary file"),
    }
    PULL_REQUESTS "pull_requests" "A pull or merge request." sort ["repository_id", "created_at"] belongs [Repository by "repository_id"] {
        text("repository_id", "its repository").required(),
        int("number", "its number in the repository"),
        text("title", "its title"),
        text("url", "where people open it"),
        text("author_id", "the identity that opened it"),
        text("state", "`open`, `merged` or `closed`").required().one_of(&["open", "merged", "closed"]),
        flag("is_draft", "whether it is a draft now"),
        time("created_at", "when it was opened").required(),
        time("ready_at", "when it first left draft; NULL when it never was one"),
        time("merged_at", "when it was merged"),
        time("closed_at", "when it was closed or merged"),
        time("auto_merge_at", "when it was last set to be merged by itself once its checks pass; NULL when it is not, or never was"),
        text("merge_commit_sha", "the commit that it became on its base branch, as the vendor names it"),
        text("head_sha", "the last commit of its own branch"),
        text("base_branch", "the branch that it goes into"),
        text("head_branch", "its own branch"),
        int("additions", "lines added"),
        int("deletions", "lines deleted"),
        int("changed_files", "files changed"),
        texts("labels", "its labels"),
        texts("work_item_keys", "the work items that its title, branch or text names"),
    }
    PULL_REQUEST_COMMITS "pull_request_commits" "A commit on a pull request's own branch." sort ["pull_request_id"] belongs [PullRequest by "pull_request_id"] {
        text("pull_request_id", "its pull request").required(),
        text("sha", "the commit's object id").required(),
        time("authored_at", "when it was authored"),
        text("author_id", "the identity that authored it"),
    }
    REVIEWS "reviews" "A submitted review of a pull request." sort ["pull_request_id"] belongs [PullRequest by "pull_request_id"] {
        text("pull_request_id", "its pull request").required(),
        text("reviewer_id", "the identity that reviewed"),
        text("state", "`approved`, `changes_requested`, `commented` or `dismissed`").one_of(&["approved", "changes_requested", "commented", "dismissed"]),
        time("submitted_at", "when it was submitted").required(),
    }
    REVIEW_REQUESTS "review_requests" "That somebody, or a team, was asked to review a pull request." sort ["pull_request_id"] belongs [PullRequest by "pull_request_id"] {
        text("pull_request_id", "its pull request").required(),
        text("reviewer_id", "the identity that was asked; NULL when a team was, or somebody whom the source does not name"),
        text("team_id", "the team that was asked"),
        time("requested_at", "when").required(),
        time("removed_at", "when it was taken back; NULL when it was not, though a review may have answered it"),
    }
    COMMENTS "comments" "A comment on a pull request, work item or incident." sort ["subject_id"] belongs [PullRequest by "subject_id", WorkItem by "subject_id", Incident by "subject_id"] {
        text("subject_id", "what it is on").required(),
        text("author_id", "the identity that wrote it"),
        time("created_at", "when it was written"),
        text("thread_id", "the thread of a review that it stands in; NULL outside of one"),
        flag("is_resolved", "whether that thread is resolved; NULL outside of one"),
    }
    DEPLOYMENTS "deployments" "A deployment of one commit to one environment, as its source tells it." sort ["repository_id", "finished_at"] belongs [Repository by "repository_id"] {
        text("repository_id", "the repository that was deployed").required(),
        text("environment", "the environment's name").required(),
        flag("is_production", "whether that environment is production").required(),
        text("status", "`succeeded`, `failed`, `cancelled` or `running`").required().one_of(&["succeeded", "failed", "cancelled", "running"]),
        text("sha", "the commit that was deployed; NULL when the source does not know"),
        text("ref_name", "the tag or branch that was deployed"),
        time("created_at", "when it was asked for"),
        time("started_at", "when it began"),
        time("finished_at", "when it finished; never the time of a later update"),
        text("kind", "`regular`, `hotfix` or `rollback`, as its source or name tells; NULL when neither does").one_of(&["regular", "hotfix", "rollback"]),
        text("incident_id", "the incident that it was made to fix, when the source says so"),
        text("url", "where people open it"),
        text("inferred_from", "`tag`, `merge`, `release` or `workflow_run` when it stands for a deployment that nobody recorded"),
    }
    BUILDS "builds" "A run of a build or test pipeline." sort ["repository_id", "started_at"] belongs [Repository by "repository_id"] {
        text("repository_id", "its repository").required(),
        text("name", "the pipeline's name"),
        text("sha", "the commit that it ran on"),
        text("branch", "the branch that it ran on"),
        text("status", "`succeeded`, `failed`, `cancelled` or `running`").required().one_of(&["succeeded", "failed", "cancelled", "running"]),
        int("attempt", "which attempt of the same run, from 1"),
        time("started_at", "when it began"),
        time("finished_at", "when it finished"),
        text("url", "where people open it"),
    }
    BUILD_JOBS "build_jobs" "A job within a build; landed when asked for." sort ["repository_id", "started_at"] belongs [Repository by "repository_id"] {
        text("build_id", "its build").required(),
        text("repository_id", "its repository").required(),
        text("name", "its name"),
        text("status", "`succeeded`, `failed`, `cancelled` or `running`").required().one_of(&["succeeded", "failed", "cancelled", "running"]),
        time("started_at", "when it began"),
        time("finished_at", "when it finished"),
        text("runner", "the machine that did it"),
        text("url", "where people open it"),
    }
    RELEASES "releases" "A published release." sort ["repository_id", "published_at"] belongs [Repository by "repository_id"] {
        text("repository_id", "its repository").required(),
        text("name", "its title"),
        text("tag", "its tag").required(),
        text("sha", "the commit that its tag names"),
        flag("is_prerelease", "whether it is a pre-release"),
        time("published_at", "when it was published"),
        text("url", "where people open it"),
    }
    WORK_ITEMS "work_items" "A ticket, issue or story." sort ["project_id", "created_at"] belongs [Project by "project_id", Repository by "repository_id"] {
        text("project_id", "its project"),
        text("key", "the name that people call it by").required(),
        text("title", "its title"),
        text("kind", "its type, as the source names it"),
        text("status", "its status, as the source names it"),
        text("status_category", "`todo`, `doing` or `done`; NULL while the status is not mapped").one_of(&["todo", "doing", "done"]),
        text("assignee_id", "the identity that it is assigned to"),
        text("reporter_id", "the identity that reported it"),
        text("parent_id", "the item above it"),
        text("priority", "its priority, as the source names it"),
        float("points", "its estimate, in the tenant's unit"),
        time("created_at", "when it was made"),
        time("resolved_at", "when it was resolved"),
        date("due_on", "the day that it is due"),
        texts("labels", "its labels"),
        text("url", "where people open it"),
        text("repository_id", "the repository that it is in, when it is in one"),
        text("type_id", "its type, where the source has types with a place in a hierarchy"),
        text("resolution", "how it was closed, as the source names it; NULL while it is open, or where the source does not say"),
    }
    WORK_ITEM_TYPES "work_item_types" "A type of work items, and where it stands in its source's hierarchy." sort ["id"] belongs [] {
        text("name", "the type, as the source names it").required(),
        int("hierarchy_level", "0 of what is worked on, above 0 of what holds others, below 0 of what is part of another; NULL when the source does not say"),
    }
    WORK_ITEM_TRANSITIONS "work_item_transitions" "One change of one field of a work item." sort ["work_item_id", "changed_at"] belongs [WorkItem by "work_item_id"] {
        text("work_item_id", "its work item").required(),
        text("field", "the field that changed").required(),
        text("from_value", "what it was"),
        text("to_value", "what it became"),
        text("from_status_id", "of a change of status: the status that it had, one of `statuses`, whatever that is called now; NULL where the source does not say"),
        text("to_status_id", "the same of the one that it came to"),
        time("changed_at", "when").required(),
        text("author_id", "the identity that changed it"),
        int("position", "its place among the changes made at the same instant"),
    }
    STATUSES "statuses" "What a status of work items means." sort ["id"] belongs [] {
        text("name", "the status, as the source names it").required(),
        text("status_category", "`todo`, `doing` or `done`; NULL when the source does not say").one_of(&["todo", "doing", "done"]),
    }
    SPRINTS "sprints" "A sprint or iteration." sort ["id"] belongs [Project by "project_id"] {
        text("name", "its name").required(),
        text("project_id", "its project"),
        text("state", "`future`, `active` or `closed`").one_of(&["future", "active", "closed"]),
        time("starts_at", "when it starts"),
        time("ends_at", "when it is planned to end"),
        time("completed_at", "when it was closed"),
        text("board_id", "the board that it was made on"),
    }
    BOARDS "boards" "A board, on which a team plans its sprints." sort ["id"] belongs [Project by "project_id"] {
        text("name", "its name"),
        text("project_id", "the project that its source says it is in; NULL of a person's own, and of one that several projects have"),
    }
    SPRINT_ITEMS "sprint_items" "A work item's stay in a sprint." sort ["sprint_id"] belongs [WorkItem by "work_item_id"] {
        text("sprint_id", "the sprint").required(),
        text("work_item_id", "the work item").required(),
        time("added_at", "when it came in"),
        time("removed_at", "when it went out; NULL while it is in"),
    }
    VERSIONS "versions" "A version of a project, or a milestone of a repository: work items are to be fixed in it." sort ["project_id"] belongs [Project by "project_id", Repository by "repository_id"] {
        text("project_id", "its project; NULL of a milestone"),
        text("name", "its name").required(),
        flag("is_released", "whether it was released, or a milestone was closed").required(),
        flag("is_archived", "whether it was archived").required(),
        date("starts_on", "the day that work on it began, or is to"),
        date("release_on", "the day that it was released, or is to be"),
        text("repository_id", "its repository; NULL of a version"),
    }
    WORK_ITEM_VERSIONS "work_item_versions" "A version that a work item is fixed in, or that it affects." sort ["work_item_id"] belongs [WorkItem by "work_item_id"] {
        text("work_item_id", "the work item").required(),
        text("version_id", "the version").required(),
        text("relation", "`fix` where it is fixed in the version, `affects` where the version has it").required().one_of(&["fix", "affects"]),
    }
    COMPONENTS "components" "A part of a project, by which its work items are told apart." sort ["project_id"] belongs [Project by "project_id"] {
        text("project_id", "its project").required(),
        text("name", "its name").required(),
        text("lead_id", "the identity that leads it"),
    }
    WORK_ITEM_COMPONENTS "work_item_components" "A component that a work item is about." sort ["work_item_id"] belongs [WorkItem by "work_item_id"] {
        text("work_item_id", "the work item").required(),
        text("component_id", "the component").required(),
    }
    WORK_ITEM_LINKS "work_item_links" "A link from one work item to another." sort ["from_id"] belongs [WorkItem by "from_id"] {
        text("from_id", "the item that it starts at; its row is missing where it is not read").required(),
        text("from_key", "the name that people call it by, as the link tells it; NULL where the source does not say"),
        text("to_id", "the item that it leads to, likewise").required(),
        text("to_key", "the name of that one").naming(Thing::WorkItem, "to_id"),
        text("kind", "its type, as the source names it").required(),
    }
    WORK_ITEM_PULL_REQUESTS "work_item_pull_requests" "A pull request that a work item's source knows of, whichever connection tells of the pull request itself." sort ["work_item_id"] belongs [WorkItem by "work_item_id"] {
        text("work_item_id", "its work item").required(),
        text("work_item_key", "the name that people call the work item by").required(),
        text("url", "where people open the pull request, as in `pull_requests`").required(),
        text("state", "`open`, `merged` or `closed`; NULL when the source does not know").one_of(&["open", "merged", "closed"]),
        time("updated_at", "when it last changed, as far as the source knows"),
    }
    WORK_ITEM_FIELDS "work_item_fields" "A custom field of a work item that a person mapped." sort ["work_item_id"] belongs [WorkItem by "work_item_id"] {
        text("work_item_id", "its work item").required(),
        text("name", "the name that the person gave the field").required(),
        text("value", "its value, as text").required(),
    }
    INCIDENTS "incidents" "A failure in production." sort ["began_at"] belongs [Project by "project_id", Repository by "repository_id"] {
        text("project_id", "the service that failed"),
        text("repository_id", "the repository that failed, when the source knows it"),
        text("title", "its title"),
        text("severity", "its severity, as the source names it"),
        time("began_at", "when it began").required(),
        time("acknowledged_at", "when somebody took it up"),
        time("resolved_at", "when service was restored; NULL while it is open"),
        text("deployment_id", "the deployment that caused it, when the source says so"),
        text("caused_by_sha", "the commit that caused it, when the source says so"),
        text("url", "where people open it"),
        text("status", "its status, as the source names it"),
        text("resolution", "how it was closed, as the source names it; NULL while it is open, or where the source does not say"),
    }
    INCIDENT_OVERRIDES "incident_overrides" "A person's decision on what caused an incident. The newest for an incident holds, and outlives every rebuild." sort ["incident_id"] belongs [Incident by "incident_id"] {
        text("incident_id", "the incident").required(),
        text("deployment_id", "the deployment that caused it; NULL when none did"),
        text("made_by", "who decided").required(),
        time("made_at", "when").required(),
        text("reason", "why"),
    }
    LINEAGE_OVERRIDES "lineage_overrides" "A person's decision on which deployment first carried a commit. The newest for a commit and environment holds, and outlives every rebuild." sort ["repository_id", "sha"] belongs [Repository by "repository_id"] {
        text("repository_id", "the repository").required(),
        text("sha", "the commit; at least seven digits with which it alone begins").required(),
        text("deployment_id", "the deployment that first carried it to its environment; NULL when none carried it to production"),
        text("made_by", "who decided").required(),
        time("made_at", "when").required(),
        text("reason", "why"),
    }
    PEOPLE "people" "A person, over all sources." sort ["id"] belongs [] {
        text("name", "their name"),
        text("email", "their main address"),
        flag("is_bot", "whether it is a program"),
    }
    IDENTITIES "identities" "One name under which a person appears in one source." sort ["id"] belongs [] {
        text("person_id", "the person, once known"),
        text("name", "the name shown"),
        text("email", "the address"),
        text("login", "the account's name"),
        flag("is_bot", "whether it is a program").required(),
    }
    IDENTITY_OVERRIDES "identity_overrides" "A person's decision on whose an identity is, and whether it is a program. The newest for an identity holds, and outlives every rebuild." sort ["identity_id"] belongs [] {
        text("identity_id", "the identity").required(),
        text("person_id", "the person that it is of, any id; those with one are one person. NULL when it is nobody's but its own"),
        flag("is_bot", "whether it is a program; NULL where that is left to its source and the settings"),
        text("made_by", "who decided").required(),
        time("made_at", "when").required(),
        text("reason", "why"),
    }
    TEAMS "teams" "A team." sort ["id"] belongs [Team by "id"] {
        text("name", "its name").required(),
        text("parent_id", "the team above it"),
    }
    TEAM_MEMBERS "team_members" "An identity's or person's time in a team." sort ["team_id"] belongs [Team by "team_id"] {
        text("team_id", "the team").required(),
        text("member_id", "the identity or person").required(),
        time("joined_at", "from when; NULL for always"),
        time("left_at", "until when; NULL for still"),
    }
    PROJECTS "projects" "A project, product or service." sort ["id"] belongs [Project by "id"] {
        text("name", "its name").required(),
        text("key", "what the keys of its work items begin with, where they do"),
        text("team_id", "the team that owns it"),
    }
    PROJECT_KEYS "project_keys" "A key that the work items of a project go by, or went by before it was changed." sort ["project_id"] belongs [Project by "project_id"] {
        text("project_id", "its project").required(),
        text("key", "the key, as in `projects`").required(),
    }
    PROJECT_SCOPES "project_scopes" "What belongs to a project." sort ["project_id"] belongs [Project by "project_id"] {
        text("project_id", "the project").required(),
        text("scope_kind", "`repository`, `board` or `space`").required().one_of(&["repository", "board", "space"]),
        text("scope_id", "the id of what belongs to it").required(),
    }
    REJECTS "rejects" "A payload that could not be mapped: why, and where it stands in raw. It leaves when a replay maps it." sort ["stream"] belongs [] {
        text("stream", "the payload's stream").required(),
        text("key", "the payload's key"),
        text("reason", "what is wrong with it, and what to do").required(),
        text("field", "the field at fault, when one is"),
        int("line", "the line it came from, when it came from a file"),
    }
}
