//! What a project has before it: its milestones, and what waits for what.

use crate::Result;
use crate::metrics::literal;
use crate::parts::with_parts;
use crate::session::Session;
use crate::session::values::{Values, rows};
use chrono::NaiveDate;
use serde::Serialize;

const MILESTONES: &str = include_str!("../../sql/plan/milestones.sql");
const FIXED: &str = include_str!("../../sql/plan/fixed.sql");
const DEPENDENCIES: &str = include_str!("../../sql/plan/dependencies.sql");
/// How many dependencies are told one by one.
const MOST: usize = 200;

/// What a project has before it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plan {
    /// Its milestones that are not out, by the day that they are due, and those that came out lately.
    pub milestones: Vec<Milestone>,
    /// Open items of it that wait for others, and items that wait for those of it: first those whose other has not moved for longest, at most
    /// 200.
    pub dependencies: Vec<Dependency>,
    /// How many dependencies there are.
    pub dependency_count: usize,
}

/// A version of a project, or a milestone of one of its repositories.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Milestone {
    /// Its id, by which forecasts of releases name it.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What the repository is called whose milestone it is, since those of several may be called the same; `None` for a version of a project.
    pub repository: Option<String>,
    /// The day that work on it began, or is to.
    pub starts_on: Option<String>,
    /// The day that it is due; of one that is out the day that it came out.
    pub due_on: Option<String>,
    /// Whether it is out.
    pub is_released: bool,
    /// How many items are to be fixed in it.
    pub items: i64,
    /// How many of them are done.
    pub done: i64,
}

/// An item that is to be fixed in a milestone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fixed {
    /// Its id.
    pub id: String,
    /// The name that people call it by.
    pub key: String,
    /// Its title.
    pub title: Option<String>,
    /// Where people open it.
    pub url: Option<String>,
    /// Whether it is done.
    pub is_done: bool,
}

/// An open item that waits for another.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Dependency {
    /// The one that waits.
    pub waiting: LinkedItem,
    /// The one that it waits for.
    pub blocking: LinkedItem,
    /// Since when that one is in its status, in microseconds since 1970 (UTC).
    pub unmoved_since: i64,
}

/// A work item at an end of a link.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LinkedItem {
    /// Its id.
    pub id: String,
    /// The name that people call it by.
    pub key: String,
    /// Its title.
    pub title: Option<String>,
    /// Where people open it.
    pub url: Option<String>,
    /// Its project.
    pub project_id: Option<String>,
    /// What that is called.
    pub project: Option<String>,
}

/// The plan of a project, by its id, or else of all that are called so. Of what is out only what came out from a day on is told. Of a project
/// that is not there there is nothing.
///
/// # Errors
/// As [`Session::collect`].
pub async fn plan(session: &Session, project: &str, from: NaiveDate) -> Result<Plan> {
    let project = literal(project);
    let milestones = with_parts(MILESTONES).replace("{from}", &from.to_string()).replace("{project}", &project);
    let milestones = rows(session, &milestones).await?.into_iter().filter_map(milestone).collect();
    let dependencies = with_parts(DEPENDENCIES).replace("{project}", &project);
    let mut dependencies: Vec<Dependency> =
        rows(session, &dependencies).await?.into_iter().filter_map(dependency).collect();
    let dependency_count = dependencies.len();
    dependencies.truncate(MOST);
    Ok(Plan { milestones, dependencies, dependency_count })
}

/// The items that are to be fixed in a milestone, by its id: those that are not done first, by their keys. Of one that is not there there are none.
///
/// # Errors
/// As [`Session::collect`].
pub async fn fixed(session: &Session, milestone: &str) -> Result<Vec<Fixed>> {
    let items = rows(session, &FIXED.replace("{milestone}", &literal(milestone))).await?;
    let item = |mut row: Values| {
        let is_done = row.flag("is_done")?;
        let (title, url) = (row.text("title"), row.text("url"));
        Some(Fixed { id: row.text("id")?, key: row.text("key")?, title, url, is_done })
    };
    Ok(items.into_iter().filter_map(item).collect())
}

fn milestone(mut row: Values) -> Option<Milestone> {
    Some(Milestone {
        id: row.text("id")?,
        name: row.text("name")?,
        repository: row.text("repository"),
        starts_on: row.day("starts_on").map(|day| day.to_string()),
        due_on: row.day("due_on").map(|day| day.to_string()),
        is_released: row.flag("is_released")?,
        items: row.int("items")?,
        done: row.int("done")?,
    })
}

fn dependency(mut row: Values) -> Option<Dependency> {
    let unmoved_since = row.int("unmoved_since")?;
    Some(Dependency { waiting: item(&mut row, "waiting")?, blocking: item(&mut row, "blocking")?, unmoved_since })
}

fn item(row: &mut Values, end: &str) -> Option<LinkedItem> {
    let mut text = |column: &str| row.text(&format!("{end}_{column}"));
    Some(LinkedItem {
        id: text("id")?,
        key: text("key")?,
        title: text("title"),
        url: text("url"),
        project_id: text("project_id"),
        project: text("project"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::tests::{at, entity, session};
    use crate::row::{Row, Value};

    fn project(id: &str, name: &str) -> Row {
        Row::new(entity("core/projects")).set("id", id).set("name", name)
    }

    fn version(id: &str, name: &str, due: Option<&str>, is_released: bool) -> Row {
        let row = Row::new(entity("core/versions")).set("id", id).set("name", name).set("is_released", is_released);
        let row = row.set("is_archived", false);
        match due {
            Some(day) => row.set("release_on", day.parse::<NaiveDate>().unwrap()),
            None => row,
        }
    }

    fn item(id: &str, project: &str, is_done: bool) -> Row {
        Row::new(entity("facts/work_items"))
            .set("id", id)
            .set("key", id.to_uppercase())
            .set("project_id", project)
            .set("level", "item")
            .set("created_at", Value::Time(at("2026-05-01T00:00:00Z")))
            .set("is_done", is_done)
    }

    fn relation(item: &str, version: &str, relation: &str) -> Row {
        Row::new(entity("core/work_item_versions"))
            .set("id", format!("{item}/{version}"))
            .set("work_item_id", item)
            .set("version_id", version)
            .set("relation", relation)
    }

    fn link(from: &str, kind: &str, to: &str) -> Row {
        Row::new(entity("core/work_item_links"))
            .set("id", format!("{from}/{kind}/{to}"))
            .set("from_id", from)
            .set("to_id", to)
            .set("kind", kind)
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[tokio::test]
    async fn milestones_are_those_of_the_project_and_its_repositories_with_what_of_them_is_done() {
        let scope = Row::new(entity("core/project_scopes"))
            .set("id", "p1/r1")
            .set("project_id", "p1")
            .set("scope_kind", "repository")
            .set("scope_id", "r1");
        let another = scope.clone().set("id", "p1/r2").set("scope_id", "r2");
        let repository = |id: &str, name: &str| Row::new(entity("core/repositories")).set("id", id).set("name", name);
        let rows = [
            project("p1", "Shop"),
            project("p2", "Desk"),
            scope,
            another,
            repository("r1", "web"),
            repository("r2", "app"),
            version("v1", "2.0", Some("2026-06-10"), false).set("project_id", "p1"),
            // Two repositories have one of the same name.
            version("m1", "Beta", None, false).set("repository_id", "r1"),
            version("m2", "Beta", None, false).set("repository_id", "r2"),
            version("v2", "1.9", Some("2026-05-20"), true).set("project_id", "p1"),
            // It came out before, is of another project, or was put away.
            version("v3", "1.8", Some("2026-04-20"), true).set("project_id", "p1"),
            version("v4", "7", None, false).set("project_id", "p2"),
            version("v5", "3.0", None, false).set("project_id", "p1").set("is_archived", true),
            item("a", "p1", true),
            item("b", "p1", false),
            item("c", "p1", false),
            item("d", "p1", false).set("level", "epic"),
            relation("a", "v1", "fix"),
            relation("b", "v1", "fix"),
            relation("c", "v1", "affects"),
            relation("d", "v1", "fix"),
            relation("c", "m1", "fix"),
            // What was abandoned is neither done nor to be fixed.
            item("e", "p1", false).set("abandoned_at", Value::Time(at("2026-05-10T00:00:00Z"))),
            relation("e", "v1", "fix"),
        ];
        let gone = Value::Time(at("2026-05-02T00:00:00Z"));
        let rows = rows.into_iter().chain([
            project("p4", "p1"),
            version("v6", "8", None, false).set("project_id", "p4"),
            project("p5", "Old").set("deleted_at", gone),
            project("p6", "p5"),
            version("v7", "9", None, false).set("project_id", "p6"),
        ]);
        let rows: Vec<Row> = rows.collect();
        let plan = plan(&session(&rows), "Shop", day("2026-05-01")).await.unwrap();
        let told: Vec<_> = plan
            .milestones
            .iter()
            .map(|m| (m.name.as_str(), m.repository.as_deref(), m.due_on.as_deref(), m.is_released, m.done, m.items))
            .collect();
        assert_eq!(
            told,
            [
                ("2.0", None, Some("2026-06-10"), false, 1, 2),
                ("Beta", Some("app"), None, false, 0, 0),
                ("Beta", Some("web"), None, false, 0, 1),
                ("1.9", None, Some("2026-05-20"), true, 0, 0)
            ]
        );
        let session = session(&rows);
        // What is called as the id of another is not meant by it, though that one is gone; by its own id it is.
        for (id, milestones) in [("p1", 4), ("p5", 0), ("p6", 1), ("p7", 0)] {
            let plan = super::plan(&session, id, day("2026-05-01")).await.unwrap();
            assert_eq!(plan.milestones.len(), milestones, "{id}");
        }
        // What each number counts can be opened.
        for milestone in &plan.milestones {
            let items = fixed(&session, &milestone.id).await.unwrap();
            let done = items.iter().filter(|item| item.is_done).count();
            assert_eq!((items.len() as i64, done as i64), (milestone.items, milestone.done), "{}", milestone.name);
        }
        let keys: Vec<_> = fixed(&session, "v1").await.unwrap().into_iter().map(|item| item.key).collect();
        assert_eq!(keys, ["B", "A"]);
    }

    #[tokio::test]
    async fn dependencies_are_open_at_both_ends_and_told_once_whichever_way_they_were_written() {
        let stay = Row::new(entity("facts/work_item_stays"))
            .set("work_item_id", "x")
            .set("position", 0)
            .set("entered_at", Value::Time(at("2026-05-20T00:00:00Z")));
        let abandoned = |id: &str| item(id, "p2", false).set("status_category", "done");
        let rows = [
            project("p1", "Shop"),
            project("p2", "Desk"),
            item("a", "p1", false),
            item("b", "p1", true).set("status_category", "done"),
            item("c", "p1", false).set("excluded", "unmapped status"),
            item("d", "p1", false).set("level", "epic").set("excluded", "epic"),
            item("e", "p1", false).set("level", "epic").set("excluded", "epic").set("status_category", "doing"),
            item("x", "p2", false),
            item("y", "p2", false),
            item("z", "p2", false),
            stay,
            link("a", "is blocked by", "x"),
            link("x", "Blocks", "a"),
            link("y", "depends on", "a"),
            // Nothing waits for what was abandoned, nor does that wait, also where nobody knows since when.
            abandoned("s").set("abandoned_at", Value::Time(at("2026-05-10T00:00:00Z"))),
            link("a", "is blocked by", "s"),
            link("s", "is blocked by", "a"),
            abandoned("t").set("excluded", "abandoned"),
            link("a", "is blocked by", "t"),
            abandoned("u").set("level", "epic").set("excluded", "epic"),
            link("u", "is blocked by", "a"),
            // One end is done or not known to be open, they only belong together, or both are of another project.
            link("b", "is blocked by", "x"),
            link("c", "is blocked by", "x"),
            link("d", "is blocked by", "x"),
            link("e", "is blocked by", "x"),
            link("a", "relates to", "y"),
            link("y", "is blocked by", "z"),
            // It is called as the first one's id.
            project("p3", "p1"),
            item("q", "p3", false),
            link("q", "is blocked by", "z"),
        ];
        let plan = plan(&session(&rows), "p1", day("2026-05-01")).await.unwrap();
        let told: Vec<_> = plan
            .dependencies
            .iter()
            .map(|d| (d.waiting.key.as_str(), d.blocking.key.as_str(), d.blocking.project.as_deref(), d.unmoved_since))
            .collect();
        assert_eq!(
            told,
            [
                ("Y", "A", Some("Shop"), at("2026-05-01T00:00:00Z")),
                ("A", "X", Some("Desk"), at("2026-05-20T00:00:00Z")),
                ("E", "X", Some("Desk"), at("2026-05-20T00:00:00Z"))
            ]
        );
        assert_eq!(plan.dependency_count, 3);
    }
}
