//! What a tenant's tools call things, what that is taken for, and what it could be taken for: statuses, types of items, people,
//! repositories, boards, environments. Nothing of what is suggested is done: that is for people to decide.

use crate::metrics::literal;
use crate::session::Session;
use crate::session::values::rows;
use crate::{Error, Pattern, Policy, Result, Stage, Tenant};
use serde::Serialize;

/// What a tenant's tools call things.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Mapping {
    /// The statuses that items are and were in, those of the most items first.
    pub statuses: Vec<StatusMapping>,
    /// The stages that these could be, in their order; empty when there are no statuses.
    pub stages: Vec<Stage>,
    /// The stage from which on an item could be taken to be committed to.
    pub commitment: Option<String>,
    /// The types of items, those of the most items first.
    pub types: Vec<TypeMapping>,
    /// Who could be one person.
    pub people: Vec<Likeness>,
    /// The repositories, those of no project first.
    pub repositories: Vec<RepositoryMapping>,
    /// The boards that sprints were made on, those of no project first.
    pub boards: Vec<BoardMapping>,
    /// The environments that were deployed to, those of the most deployments first.
    pub environments: Vec<EnvironmentMapping>,
}

/// A status, as sources name it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StatusMapping {
    /// Its name.
    pub status: String,
    /// `todo`, `doing` or `done`, as its source says; `None` when it does not.
    pub category: Option<String>,
    /// The stage that it is taken for.
    pub stage: Option<String>,
    /// The stage that it could be.
    pub likely: &'static str,
    /// How many items were ever in it.
    pub items: i64,
}

/// A type of items, as sources name it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TypeMapping {
    /// Its name; empty for items without one.
    pub kind: String,
    /// `epic`, `item` or `subtask`.
    pub level: String,
    /// Where the effort of these goes.
    pub class: String,
    /// How many items.
    pub items: i64,
}

/// People who could be one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Likeness {
    /// What they have in common: `name` or `login`.
    pub why: String,
    /// The name or login, in lower case.
    pub same: String,
    /// The people.
    pub people: Vec<KnownPerson>,
}

/// A person as they are known.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KnownPerson {
    /// The id.
    pub id: String,
    /// The name.
    pub name: Option<String>,
    /// An address.
    pub email: Option<String>,
    /// The identities.
    pub identities: Vec<String>,
}

/// A repository and what it belongs to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RepositoryMapping {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// The projects that it is in.
    pub projects: Vec<String>,
    /// The project that it could be in.
    pub likely: Option<LikelyProject>,
}

/// A project that a repository could be in, since its pull requests name items of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LikelyProject {
    /// The project.
    pub id: String,
    /// What people call it.
    pub name: Option<String>,
    /// How many of its pull requests name an item of that project.
    pub pull_requests: i64,
    /// How many name an item of any; one that names two projects' counts for both.
    pub of: i64,
}

/// A board and the project that its sprints are of.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BoardMapping {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// How many sprints were made on it.
    pub sprints: i64,
    /// The project that these are of: the one that was decided, else the one that its source says.
    pub project: Option<String>,
    /// Whether that was decided.
    pub is_decided: bool,
    /// The project that it could belong to.
    pub likely: Option<LikelyHome>,
}

/// A project that a board could belong to, since work items of its sprints are in it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LikelyHome {
    /// The project.
    pub id: String,
    /// What people call it.
    pub name: Option<String>,
    /// How many items of its sprints are in that project.
    pub items: i64,
    /// How many are in any.
    pub of: i64,
}

/// An environment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EnvironmentMapping {
    /// The connection.
    pub connection: String,
    /// Its name.
    pub environment: String,
    /// Whether it counts as production.
    pub is_production: bool,
    /// Whether its name looks like it.
    pub looks_like_production: bool,
    /// How many deployments.
    pub deployments: i64,
    /// When the newest finished, in microseconds since 1970.
    pub newest_at: Option<i64>,
}

/// What the tools of a tenant call things.
///
/// # Errors
/// [`Error::Question`] for whoever does not see all of the tenant: people are nobody's part of it. When storage fails.
pub async fn mapping(tenant: &Tenant) -> Result<Mapping> {
    if *tenant.policy() != Policy::everything() {
        return Err(Error::Question("what is mapped to what is for those who see all of the tenant".to_owned()));
    }
    let session = tenant.session().await?;
    let statuses = statuses(&session).await?;
    let (stages, commitment) = stages(&statuses);
    Ok(Mapping {
        stages,
        commitment,
        statuses,
        types: types(&session).await?,
        people: people(&session).await?,
        repositories: repositories(&session).await?,
        boards: boards(&session).await?,
        environments: environments(&session).await?,
    })
}

async fn statuses(session: &Session) -> Result<Vec<StatusMapping>> {
    let found = rows(session, include_str!("../../sql/mapping/statuses.sql")).await?;
    Ok(found
        .into_iter()
        .map(|mut row| {
            let (status, category) = (row.text("status").unwrap_or_default(), row.text("category"));
            let likely = likely_stage(&status, category.as_deref()).0;
            StatusMapping {
                likely,
                stage: row.text("stage"),
                items: row.int("items").unwrap_or_default(),
                status,
                category,
            }
        })
        .collect())
}

/// The stages that there usually are, in their order; whether items are worked on in them, and from which words in a status they are
/// told, where its category says that work goes on.
const STAGES: [(&str, bool, &[&str]); 7] = [
    ("Backlog", false, &[]),
    ("Ready", false, &["ready", "selected", "next", "committed", "planned", "approved", "sprint"]),
    ("In progress", true, &[]),
    ("Review", true, &["review", "approval", "pull request", "pr "]),
    ("Test", true, &["test", "qa", "verif", "acceptance", "uat", "validat"]),
    ("Release", false, &["deploy", "release", "merge", "staging", "ship"]),
    ("Done", false, &[]),
];

/// The stage that a status could be, and its place.
fn likely_stage(status: &str, category: Option<&str>) -> (&'static str, usize) {
    let lower = format!("{} ", status.to_lowercase());
    let told = |from: usize, until: usize| {
        (from..until).rev().find(|place| STAGES[*place].2.iter().any(|word| lower.contains(word)))
    };
    let place = match category {
        Some("done") => 6,
        Some("todo") => told(1, 2).unwrap_or(0),
        // Ready for a test is not being tested, but it is where tests are waited for.
        _ => told(3, 6).unwrap_or(2),
    };
    (STAGES[place].0, place)
}

/// The stages that these statuses could be, and the one from which on an item is committed to.
fn stages(statuses: &[StatusMapping]) -> (Vec<Stage>, Option<String>) {
    let stages: Vec<Stage> = STAGES
        .iter()
        .filter_map(|(name, active, _)| {
            let of = statuses.iter().filter(|status| status.likely == *name);
            let patterns: Vec<Pattern> = of.filter_map(|status| Pattern::literal(&status.status)).collect();
            (!patterns.is_empty()).then(|| Stage { name: (*name).to_owned(), statuses: patterns, active: *active })
        })
        .collect();
    let commitment = stages.iter().find(|stage| stage.name != "Backlog" && stage.name != "Done");
    let commitment = commitment.map(|stage| stage.name.clone());
    (stages, commitment)
}

async fn types(session: &Session) -> Result<Vec<TypeMapping>> {
    let found = rows(session, include_str!("../../sql/mapping/types.sql")).await?;
    Ok(found
        .into_iter()
        .map(|mut row| TypeMapping {
            kind: row.text("kind").unwrap_or_default(),
            level: row.text("level").unwrap_or_default(),
            class: row.text("class").unwrap_or_default(),
            items: row.int("items").unwrap_or_default(),
        })
        .collect())
}

async fn people(session: &Session) -> Result<Vec<Likeness>> {
    let found = rows(session, include_str!("../../sql/mapping/people.sql")).await?;
    let mut all = Vec::new();
    let mut wanted: Vec<String> = Vec::new();
    for mut row in found {
        let (why, same) = (row.text("why").unwrap_or_default(), row.text("same").unwrap_or_default());
        let people = row.texts("people");
        wanted.extend(people.iter().cloned());
        all.push((why, same, people));
    }
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    wanted.sort();
    wanted.dedup();
    let list = wanted.iter().map(|id| literal(id)).collect::<Vec<_>>().join(", ");
    let statement = format!("SELECT id, name, email, identities FROM facts.people WHERE id IN ({list})");
    let known = rows(session, &statement).await?.into_iter().map(|mut row| KnownPerson {
        id: row.text("id").unwrap_or_default(),
        name: row.text("name"),
        email: row.text("email"),
        identities: row.texts("identities"),
    });
    let known: Vec<KnownPerson> = known.collect();
    let person = |id: &String| known.iter().find(|person| person.id == *id).cloned();
    Ok(all
        .into_iter()
        .map(|(why, same, people)| Likeness { why, same, people: people.iter().filter_map(person).collect() })
        .collect())
}

async fn repositories(session: &Session) -> Result<Vec<RepositoryMapping>> {
    let found = rows(session, include_str!("../../sql/mapping/repositories.sql")).await?;
    Ok(found
        .into_iter()
        .map(|mut row| {
            let count = |row: &crate::session::values::Values, name| row.int(name).unwrap_or_default();
            let (pull_requests, of) = (count(&row, "naming"), count(&row, "naming_any"));
            let name = row.text("likely_name");
            let likely = row.text("likely").map(|id| LikelyProject { id, name, pull_requests, of });
            RepositoryMapping {
                id: row.text("id").unwrap_or_default(),
                name: row.text("name"),
                projects: row.texts("projects"),
                likely,
            }
        })
        .collect())
}

async fn boards(session: &Session) -> Result<Vec<BoardMapping>> {
    let found = rows(session, include_str!("../../sql/mapping/boards.sql")).await?;
    Ok(found
        .into_iter()
        .map(|mut row| {
            let (items, of) = (row.int("held").unwrap_or_default(), row.int("held_by_any").unwrap_or_default());
            let name = row.text("likely_name");
            BoardMapping {
                likely: row.text("likely").map(|id| LikelyHome { id, name, items, of }),
                id: row.text("id").unwrap_or_default(),
                name: row.text("name"),
                sprints: row.int("sprints").unwrap_or_default(),
                project: row.text("project_id"),
                is_decided: row.flag("is_decided").unwrap_or_default(),
            }
        })
        .collect())
}

async fn environments(session: &Session) -> Result<Vec<EnvironmentMapping>> {
    let found = rows(session, include_str!("../../sql/mapping/environments.sql")).await?;
    Ok(found
        .into_iter()
        .map(|mut row| {
            let environment = row.text("environment").unwrap_or_default();
            EnvironmentMapping {
                connection: row.text("connection").unwrap_or_default(),
                looks_like_production: looks_like_production(&environment),
                is_production: row.flag("is_production").unwrap_or_default(),
                deployments: row.int("deployments").unwrap_or_default(),
                newest_at: row.int("newest_at"),
                environment,
            }
        })
        .collect())
}

/// Whether an environment is called as production is.
fn looks_like_production(environment: &str) -> bool {
    let lower = environment.to_lowercase();
    let no = ["pre", "non", "staging", "test"].iter().any(|word| lower.contains(word));
    !no && (lower.contains("prod") || lower == "live")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::tests::{at, entity, session};
    use crate::row::{Row, Value};

    #[test]
    fn a_status_could_be_the_stage_that_its_category_and_words_tell() {
        for (status, category, stage) in [
            ("Open", Some("todo"), "Backlog"),
            ("Selected for Development", Some("todo"), "Ready"),
            ("In Progress", Some("doing"), "In progress"),
            ("Code Review", Some("doing"), "Review"),
            ("Ready for QA", Some("doing"), "Test"),
            ("Ready to deploy", Some("doing"), "Release"),
            ("Released", Some("done"), "Done"),
            ("Blocked", None, "In progress"),
        ] {
            assert_eq!(likely_stage(status, category).0, stage, "{status}");
        }
    }

    #[test]
    fn stages_are_suggested_in_the_order_of_flow_and_name_each_status_once() {
        let status = |status: &str, category| {
            let likely = likely_stage(status, Some(category)).0;
            StatusMapping {
                status: status.to_owned(),
                category: Some(category.to_owned()),
                stage: None,
                likely,
                items: 1,
            }
        };
        let all =
            [status("Done", "done"), status("Code [Review]", "doing"), status("Open", "todo"), status("Ready", "todo")];
        let (stages, commitment) = stages(&all);
        let names: Vec<&str> = stages.iter().map(|stage| stage.name.as_str()).collect();
        assert_eq!((names, commitment.as_deref()), (vec!["Backlog", "Ready", "Review", "Done"], Some("Ready")));
        let flow = crate::Flow { stages, commitment, ..crate::Flow::default() };
        flow.check().unwrap();
        assert_eq!(flow.stage("code [review]"), Some(2), "what is a pattern's sign stands for itself");
        assert_eq!(super::stages(&[]), (Vec::new(), None));
    }

    #[test]
    fn an_environment_looks_like_production_by_its_name() {
        for name in ["prod", "Production", "prod-eu", "eu-PROD", "github-production", "live", "Live"] {
            assert!(looks_like_production(name), "{name}");
        }
        for name in ["preprod", "pre-production", "nonprod", "Non-Prod", "prod-test", "staging", "live-demo", ""] {
            assert!(!looks_like_production(name), "{name}");
        }
    }

    #[tokio::test]
    async fn environments_are_told_with_what_they_count_as_and_what_their_names_look_like() {
        let deployment = |id: &str, environment: &str, is_production: bool, finished: &str| {
            Row::new(entity("core/deployments"))
                .set("id", id)
                .set("connection", "github:hub")
                .set("environment", environment)
                .set("is_production", is_production)
                .set("finished_at", Value::Time(at(finished)))
        };
        let (first, last) = ("2026-03-02T10:00:00Z", "2026-03-04T10:00:00Z");
        let session = session(&[
            deployment("d1", "Prod-EU", true, last),
            deployment("d2", "Prod-EU", true, first),
            deployment("d3", "live", false, first),
            deployment("d4", "preprod", false, first),
            deployment("d5", "gone-prod", false, first).set("deleted_at", Value::Time(at(last))),
        ]);
        let of = |environment: &str, is_production, looks_like_production, deployments, newest| EnvironmentMapping {
            connection: "github:hub".to_owned(),
            environment: environment.to_owned(),
            is_production,
            looks_like_production,
            deployments,
            newest_at: Some(at(newest)),
        };
        assert_eq!(
            environments(&session).await.unwrap(),
            [
                of("Prod-EU", true, true, 2, last),
                of("live", false, true, 1, first),
                of("preprod", false, false, 1, first)
            ]
        );
    }

    #[tokio::test]
    async fn a_repository_could_be_in_the_project_whose_items_most_of_its_pull_requests_name() {
        let named = |path: &str, id: &str, name: &str| Row::new(entity(path)).set("id", id).set("name", name);
        let item = |key: &str, project: &str| {
            Row::new(entity("facts/work_items")).set("id", key).set("key", key).set("project_id", project)
        };
        let request = |id: &str, repository: &str, keys: &[&str]| {
            let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
            let row = Row::new(entity("facts/pull_requests")).set("id", id).set("repository_id", repository);
            row.set("work_item_keys", keys)
        };
        let scope = Row::new(entity("core/project_scopes")).set("id", "1").set("project_id", "pay");
        let session = session(&[
            named("core/repositories", "r1", "app"),
            named("core/repositories", "r2", "lib"),
            named("core/repositories", "r3", "tools"),
            named("core/projects", "pay", "Payments"),
            named("core/projects", "shop", "Shop"),
            scope.set("scope_kind", "repository").set("scope_id", "r2"),
            item("P-1", "pay"),
            item("S-1", "shop"),
            item("S-2", "shop"),
            // An issue of the repository itself says nothing.
            item("acme/app#1", "home").set("repository_id", "r1"),
            request("p1", "r1", &["S-1"]),
            request("p2", "r1", &["P-1", "S-1"]),
            request("p3", "r1", &["P-1"]),
            // One that names two items of a project counts once for it.
            request("p4", "r1", &["S-1", "S-2"]),
            request("p5", "r1", &["acme/app#1", "X-1"]),
            request("p6", "r2", &["S-1"]),
        ]);
        let of = |id: &str, name: &str, projects: &[&str], likely: Option<(i64, i64)>| RepositoryMapping {
            id: id.to_owned(),
            name: Some(name.to_owned()),
            projects: projects.iter().map(|project| (*project).to_owned()).collect(),
            likely: likely.map(|(pull_requests, of)| LikelyProject {
                id: "shop".to_owned(),
                name: Some("Shop".to_owned()),
                pull_requests,
                of,
            }),
        };
        // Those of no project first. Of five times that one names a project, three are of the shop.
        assert_eq!(
            repositories(&session).await.unwrap(),
            [of("r1", "app", &[], Some((3, 5))), of("r3", "tools", &[], None), of("r2", "lib", &["pay"], Some((1, 1)))]
        );
    }

    #[tokio::test]
    async fn a_board_could_belong_to_the_project_that_most_items_of_its_sprints_are_in() {
        let named = |path: &str, id: &str, name: &str| {
            Row::new(entity(path)).set("id", id).set("name", name).set("connection", "jira:work")
        };
        let sprint = |id: &str, board: &str| named("core/sprints", id, id).set("board_id", board);
        let held = |sprint: &str, item: &str, project: Option<&str>| {
            let row = Row::new(entity("facts/sprint_items")).set("sprint_id", sprint).set("work_item_id", item);
            row.set("project_id", project.map(str::to_owned))
        };
        let scope = |id: &str, connection: &str, project: &str, board: &str| {
            let row = Row::new(entity("core/project_scopes")).set("id", id).set("connection", connection);
            row.set("project_id", project).set("scope_kind", "board").set("scope_id", board)
        };
        let session = session(&[
            named("core/projects", "pay", "Payments"),
            named("core/projects", "shop", "Shop"),
            named("core/boards", "ada", "Ada's"),
            named("core/boards", "both", "Both").set("project_id", "pay"),
            named("core/boards", "empty", "Empty"),
            named("core/boards", "team", "Team").set("project_id", "pay"),
            // Nobody plans on this one.
            named("core/boards", "unused", "Unused"),
            named("core/boards", "gone", "Gone").set("deleted_at", Value::Time(1)),
            sprint("s1", "ada"),
            sprint("s2", "ada"),
            sprint("s3", "both"),
            sprint("s4", "empty"),
            sprint("s5", "team"),
            sprint("s6", "gone"),
            sprint("s7", "unused").set("deleted_at", Value::Time(1)),
            // One that is in two sprints counts once, and one of no project not at all.
            held("s1", "a", Some("shop")),
            held("s2", "a", Some("shop")),
            held("s2", "b", Some("shop")),
            held("s1", "c", Some("pay")),
            held("s1", "d", None),
            held("s3", "e", Some("shop")),
            held("s7", "f", Some("shop")),
            // What its own source says is no decision, nor is one that was taken back.
            scope("1", "jira:work", "pay", "team"),
            scope("2", "push:decisions", "shop", "both"),
            scope("3", "push:decisions", "shop", "ada").set("deleted_at", Value::Time(1)),
        ]);
        let of = |id: &str, name: &str, sprints, project: Option<&str>, likely: Option<(i64, i64)>| BoardMapping {
            id: id.to_owned(),
            name: Some(name.to_owned()),
            sprints,
            project: project.map(str::to_owned),
            is_decided: id == "both",
            likely: likely.map(|(items, of)| LikelyHome {
                id: "shop".to_owned(),
                name: Some("Shop".to_owned()),
                items,
                of,
            }),
        };
        // Those of no project first.
        assert_eq!(
            boards(&session).await.unwrap(),
            [
                of("ada", "Ada's", 2, None, Some((2, 3))),
                of("empty", "Empty", 1, None, None),
                of("both", "Both", 1, Some("shop"), Some((1, 1))),
                of("team", "Team", 1, Some("pay"), None),
            ]
        );
    }
}
