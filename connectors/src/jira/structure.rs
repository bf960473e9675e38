//! What issues hang on: projects with their versions and components, statuses, types, fields, boards and sprints.

use super::client::{Client, Edition, Found};
use super::reading::AT_ONCE;
use crate::circle::Circle;
use crate::net::Trouble;
use futures::StreamExt as _;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Things of one stream, by key.
#[derive(Debug, Default)]
pub(super) struct Things {
    pub(super) stream: &'static str,
    pub(super) things: Vec<(String, Value)>,
    /// Where those are that do not say it themselves, as it is noted with what was landed of them.
    pub(super) places: BTreeMap<String, String>,
}

impl Things {
    pub(super) fn of(stream: &'static str, values: Vec<Value>) -> Self {
        let key = |value: &Value| match &value["id"] {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        };
        let things = values.into_iter().filter_map(|value| Some((key(&value)?, value))).collect();
        Self { stream, things, places: BTreeMap::new() }
    }
}

/// How many boards may fail to tell their sprints, or to be listed, before it is taken that none does; and how many projects to tell their
/// boards.
const MOST_FAILING: usize = 100;
/// How many boards that stand one behind the other may fail to be listed before it is taken that none is.
const MOST_IN_A_ROW: usize = 3;
/// How many things of a list that goes by offsets are asked for at once.
const PAGE: usize = 50;

/// Boards, and sprints of some or all of them.
#[derive(Debug)]
pub(super) struct Boards {
    pub(super) boards: Things,
    pub(super) sprints: Things,
    /// Those that were asked for their sprints, and did not fail.
    pub(super) asked: BTreeSet<String>,
    /// Those that failed, and why.
    pub(super) failing: BTreeMap<String, String>,
    /// The projects that failed to tell which boards they have, and why.
    pub(super) untold: BTreeMap<String, String>,
    /// How many boards fail to be listed, and why; none where all are.
    pub(super) unlisted: Option<String>,
    /// The last of these, after which the next look goes on; none where all were asked.
    pub(super) after: Option<String>,
}

/// Those whose turn it is, where there are more than so many: from the one after the last on, and around; and the last of them then.
pub(super) fn in_turn(mut ids: Vec<String>, after: Option<&str>, most: usize) -> (Vec<String>, Option<String>) {
    if ids.len() <= most {
        return (ids, None);
    }
    ids.sort_unstable();
    let first = ids.partition_point(|id| after.is_some_and(|after| id.as_str() <= after));
    ids.rotate_left(first);
    ids.truncate(most);
    let last = ids.last().cloned();
    (ids, last)
}

impl Client {
    /// Every project that this credential sees, with all keys that it has or had; Cloud tells of each how many issues it has.
    pub(super) async fn projects(&self) -> Result<Things, Trouble> {
        let mut projects = match self.edition {
            Edition::Cloud => self.listed(false, "project/search", &[("expand", "insight,projectKeys")]).await?,
            Edition::DataCenter => self.plain("project", &[("expand", "projectKeys")]).await?,
        };
        // When an issue in it was last changed is news of the issue, and none of the project.
        for insight in projects.iter_mut().filter_map(|project| project.get_mut("insight")?.as_object_mut()) {
            insight.remove("lastIssueUpdateTime");
        }
        Ok(Things::of("projects", projects))
    }

    /// Whether something that is in no list any more is there all the same: a list that shifts while it is read may leave it
    /// out, and so may one that somebody else may see whole.
    pub(super) async fn is_there(&self, stream: &str, id: &str) -> Result<bool, Trouble> {
        let found = match stream {
            "projects" => self.thing(&format!("project/{id}"), &[]).await,
            "boards" => self.agile_thing(&format!("board/{id}")).await,
            "sprints" => self.agile_thing(&format!("sprint/{id}")).await,
            "versions" => self.thing(&format!("version/{id}"), &[]).await,
            "components" => self.thing(&format!("component/{id}"), &[]).await,
            _ => return Ok(false),
        };
        match found {
            Ok(_) => Ok(true),
            Err(Trouble::Missing(_)) => Ok(false),
            // What is refused is not gone.
            Err(trouble) => trouble.unless_fatal().map(|_| true),
        }
    }

    /// The numbers of the projects in Cloud's recycle bin, which are deleted for whoever asks. None where that is not told.
    pub(super) async fn recycled(&self) -> Result<BTreeSet<String>, Trouble> {
        if self.edition == Edition::DataCenter {
            return Ok(BTreeSet::new());
        }
        match self.listed(false, "project/search", &[("status", "deleted")]).await {
            Ok(projects) => Ok(Things::of("projects", projects).things.into_iter().map(|(id, _)| id).collect()),
            Err(trouble) => trouble.unless_fatal().map(|_| BTreeSet::new()),
        }
    }

    /// Every status.
    pub(super) async fn statuses(&self) -> Result<Things, Trouble> {
        Ok(Things::of("statuses", self.plain("status", &[]).await?))
    }

    /// Every type of issues.
    pub(super) async fn types(&self) -> Result<Things, Trouble> {
        Ok(Things::of("types", self.plain("issuetype", &[]).await?))
    }

    /// Every version and every component of a project; none of one that went away in this moment.
    pub(super) async fn parts(&self, project: &str) -> Result<Option<[Things; 2]>, Trouble> {
        let read = async {
            let versions = match self.edition {
                Edition::Cloud => self.listed(false, &format!("project/{project}/version"), &[]).await?,
                Edition::DataCenter => self.plain(&format!("project/{project}/versions"), &[]).await?,
            };
            let components = self.plain(&format!("project/{project}/components"), &[]).await?;
            Ok([Things::of("versions", versions), Things::of("components", components)])
        };
        match read.await {
            Ok(parts) => Ok(Some(parts)),
            Err(Trouble::Missing(_)) => Ok(None),
            Err(trouble) => Err(trouble),
        }
    }

    /// Every field.
    pub(super) async fn fields(&self) -> Result<Vec<Value>, Trouble> {
        self.plain("field", &[]).await
    }

    /// Every board, where these are the numbers of all projects, and every sprint of at most so many of them, from the one after `after` on.
    /// None where there is no Jira Software. `homes` are the projects that boards were in before, as these told, and `unseen` those that are out of
    /// sight.
    pub(super) async fn boards(
        &self,
        projects: &[String],
        unseen: &BTreeSet<String>,
        homes: &BTreeMap<String, BTreeSet<String>>,
        after: Option<&str>,
        most: usize,
    ) -> Result<Boards, Trouble> {
        let (boards, unlisted) = match self.listed_boards().await {
            Err(Trouble::Missing(_)) => (Vec::new(), None),
            boards => boards?,
        };
        let mut boards = Things::of("boards", boards);
        let is_nowhere = |(_, board): &(String, Value)| !board["location"].is_object();
        let untold = if self.edition == Edition::DataCenter && boards.things.iter().any(is_nowhere) {
            self.locate(&mut boards, projects, unseen, homes).await?
        } else {
            BTreeMap::new()
        };
        let with_sprints = boards.things.iter().filter(|(_, board)| board["type"] != "kanban");
        let (asked, after) = in_turn(with_sprints.map(|(id, _)| id.clone()).collect(), after, most);
        let (sprints, mut failing) = self.sprints(&asked).await?;
        let mut sprints = Things::of("sprints", sprints);
        // A sprint stands on each board that shows an issue of it.
        sprints.things.sort_by(|a, b| a.0.cmp(&b.0));
        sprints.things.dedup_by(|a, b| a.0 == b.0);
        // It tells by number alone the board that it was made on, and nothing of where that is.
        let homes: BTreeMap<&str, &Value> =
            boards.things.iter().map(|(id, board)| (id.as_str(), &board["location"])).collect();
        for (_, sprint) in &mut sprints.things {
            let home = sprint["originBoardId"].as_u64().and_then(|id| homes.get(id.to_string().as_str()));
            if let Some(home) = home.filter(|home| home.is_object()) {
                sprint["originBoard"] = json!({ "location": home });
            }
        }
        for (id, board) in &boards.things {
            if let Some(reason) = failing.get_mut(id) {
                let name = board["name"].as_str().unwrap_or(id);
                *reason = format!("the board `{name}` does not tell its sprints: {reason}");
            }
        }
        let asked = asked.into_iter().filter(|id| !failing.contains_key(id)).collect();
        Ok(Boards { boards, sprints, asked, failing, untold, unlisted, after })
    }

    /// Every board that can be listed, and how many cannot, and why. A list fails where one that is on its page does, as where a filter is
    /// broken: so fewer are asked for until it is alone, and left out.
    async fn listed_boards(&self) -> Result<(Vec<Value>, Option<String>), Trouble> {
        let (mut all, mut start, mut most) = (Vec::new(), 0_usize, PAGE);
        let (mut left_out, mut in_a_row, mut first) = (0_usize, 0_usize, None);
        let mut circle = Circle::default();
        loop {
            let (place, size) = (start.to_string(), most.to_string());
            let asked = [("startAt", place.as_str()), ("maxResults", size.as_str())];
            match self.agile("board", &asked).await {
                Ok(Found { mut body, .. }) => {
                    let Some(Value::Array(values)) = body.get_mut("values").map(Value::take) else {
                        return Err(Trouble::Again("it sent no `values` of `board`".to_owned()));
                    };
                    let ended = values.is_empty() || body["isLast"] == true;
                    circle.comes_to("board", &values, "id")?;
                    (start, most) = (start + values.len(), PAGE.min(2 * most));
                    in_a_row = 0;
                    all.extend(values);
                    if ended {
                        let said = |reason: String| format!("{left_out} of them are not listed: {reason}");
                        return Ok((all, first.map(said)));
                    }
                }
                Err(Trouble::Again(_) | Trouble::TooMuch(_)) if most > 1 => most = most.div_ceil(2),
                Err(Trouble::Again(reason) | Trouble::TooMuch(reason))
                    if in_a_row < MOST_IN_A_ROW && left_out < MOST_FAILING =>
                {
                    first.get_or_insert(reason);
                    (left_out, in_a_row) = (left_out + 1, in_a_row + 1);
                    (start, most) = (start + 1, PAGE);
                }
                Err(trouble) => return Err(trouble),
            }
        }
    }

    /// Every sprint on each of these boards, several boards at once; and which of them fail, and why, which keeps none of the others from
    /// being asked.
    async fn sprints(&self, boards: &[String]) -> Result<(Vec<Value>, BTreeMap<String, String>), Trouble> {
        let asked = boards.iter().map(|id| async move {
            let path = format!("board/{id}/sprint");
            (id, self.listed(true, &path, &[]).await)
        });
        let mut asked = futures::stream::iter(asked.collect::<Vec<_>>()).buffered(AT_ONCE);
        let (mut sprints, mut failing) = (Vec::new(), BTreeMap::new());
        while let Some((id, listed)) = asked.next().await {
            match listed {
                Ok(of_board) => sprints.extend(of_board),
                // A board that went away in this moment, or that has no sprints, or whose filter is out of sight.
                Err(Trouble::Missing(_) | Trouble::Refused(_)) => {}
                Err(Trouble::Again(reason) | Trouble::TooMuch(reason)) if failing.len() < MOST_FAILING => {
                    failing.insert(id.clone(), reason);
                }
                Err(trouble) => return Err(trouble),
            }
        }
        Ok((sprints, failing))
    }

    /// Tells of boards that say nothing of it where they are. Data Center lists the boards of a project, which are those whose filters name
    /// it: a board of one project is in that, and of one that several have nothing says in which. Comes to which projects fail, and why: they
    /// have the boards that they had before, and so have those that may not be asked.
    async fn locate(
        &self,
        boards: &mut Things,
        projects: &[String],
        unseen: &BTreeSet<String>,
        before: &BTreeMap<String, BTreeSet<String>>,
    ) -> Result<BTreeMap<String, String>, Trouble> {
        let asked = projects.iter().map(|project| async move {
            let query = [("projectKeyOrId", project.as_str())];
            (project, self.listed(true, "board", &query).await)
        });
        let mut asked = futures::stream::iter(asked.collect::<Vec<_>>()).buffered(AT_ONCE);
        let (mut homes, mut untold) = (BTreeMap::<String, BTreeSet<String>>::new(), BTreeMap::new());
        let mut unasked = unseen.clone();
        while let Some((project, listed)) = asked.next().await {
            let listed = match listed {
                Ok(listed) => listed,
                // A project that went away in this moment, or that one may not ask it of, or a page for people.
                Err(Trouble::Missing(_) | Trouble::Refused(_)) => {
                    unasked.insert(project.clone());
                    continue;
                }
                Err(Trouble::Again(reason) | Trouble::TooMuch(reason)) if untold.len() < MOST_FAILING => {
                    untold.insert(project.clone(), format!("it does not tell which boards it has: {reason}"));
                    continue;
                }
                Err(trouble) => return Err(trouble),
            };
            for (board, _) in Things::of("boards", listed).things {
                homes.entry(board).or_default().insert(project.clone());
            }
        }
        for (id, board) in boards.things.iter_mut().filter(|(_, board)| !board["location"].is_object()) {
            let mut homes = homes.remove(id).unwrap_or_default();
            let is_not_told = |project: &&String| untold.contains_key(*project) || unasked.contains(*project);
            let stays = before.get(id).into_iter().flatten().filter(is_not_told);
            homes.extend(stays.cloned());
            if homes.len() == 1
                && let Some(home) = homes.first()
            {
                board["location"] = json!({ "projectId": home });
            }
            boards.places.insert(id.clone(), homes.into_iter().collect::<Vec<_>>().join(","));
        }
        Ok(untold)
    }

    async fn plain(&self, path: &str, query: &[(&str, &str)]) -> Result<Vec<Value>, Trouble> {
        match self.get(path, query).await?.body {
            Value::Array(all) => Ok(all),
            _ => Err(Trouble::Again(format!("it sent no list of `{path}`"))),
        }
    }

    /// All pages of a list that goes by offsets.
    async fn listed(&self, agile: bool, path: &str, query: &[(&str, &str)]) -> Result<Vec<Value>, Trouble> {
        let (mut all, size) = (Vec::new(), PAGE.to_string());
        let mut circle = Circle::default();
        loop {
            let start = all.len().to_string();
            let mut asked = query.to_vec();
            asked.extend([("startAt", start.as_str()), ("maxResults", size.as_str())]);
            let found = if agile { self.agile(path, &asked).await } else { self.get(path, &asked).await };
            let Found { mut body, .. } = found?;
            let Some(Value::Array(values)) = body.get_mut("values").map(Value::take) else {
                return Err(Trouble::Again(format!("it sent no `values` of `{path}`")));
            };
            let ended = values.is_empty() || body["isLast"] == true;
            circle.comes_to(path, &values, "id")?;
            all.extend(values);
            if ended {
                return Ok(all);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boards_take_turns_where_there_are_more_than_are_asked_at_once() {
        let turn = |after: Option<&str>, most: usize| {
            let (ids, last) = in_turn(["3", "1", "5", "2", "4"].map(str::to_owned).to_vec(), after, most);
            (ids.concat(), last)
        };
        let last = |id: &str| Some(id.to_owned());
        assert_eq!(turn(None, 2), ("12".to_owned(), last("2")));
        assert_eq!(turn(Some("2"), 2), ("34".to_owned(), last("4")));
        assert_eq!(turn(Some("4"), 2), ("51".to_owned(), last("1")));
        // The last of all was the last, or it is no board any more.
        assert_eq!(turn(Some("5"), 2), ("12".to_owned(), last("2")));
        assert_eq!(turn(Some("25"), 2), ("34".to_owned(), last("4")));
        assert_eq!(turn(Some("2"), 5), ("31524".to_owned(), None), "all of them");
    }
}
