//! In which order the projects of a connection are read: a page at a time, so that a very large one holds none of the others back.

use super::cursor::Project;
use super::reading::Place;
use std::collections::BTreeMap;

/// A project that waits for a page of it to be read.
pub(super) struct Turn<'a> {
    pub(super) place: &'a Place,
    pub(super) project: Project,
    /// Whether its search began again, as its place was good no more.
    pub(super) anew: bool,
}

/// Those that wait. One that was never read goes before those that are read anew, as somebody waits for it; and of these the one of which
/// the fewest pages were read.
#[derive(Default)]
pub(super) struct Turns<'a> {
    waiting: BTreeMap<(bool, u64, usize), Turn<'a>>,
    /// How many came: of those that stand alike the one that came first goes first.
    came: usize,
}

impl<'a> Turns<'a> {
    pub(super) fn add(&mut self, turn: Turn<'a>) {
        let Project { read, walk, .. } = &turn.project;
        let pages = walk.as_ref().map_or(0, |walk| walk.pages);
        self.waiting.insert((read.is_some(), pages, self.came), turn);
        self.came += 1;
    }

    pub(super) fn take_first(&mut self) -> Option<Turn<'a>> {
        self.waiting.pop_first().map(|(_, turn)| turn)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jira::cursor::Walk;

    #[test]
    fn each_project_has_its_turn_and_those_that_were_never_read_have_theirs_first() {
        let places = ["old", "large", "begun", "small"].map(|key| Place { id: key.to_owned(), key: key.to_owned() });
        let project = |read: Option<i64>, pages: u64| Project {
            read,
            walk: (pages > 0).then(|| Walk { pages, ..Walk::default() }),
            ..Project::default()
        };
        let mut turns = Turns::default();
        for (place, project) in
            places.iter().zip([project(Some(1), 0), project(None, 0), project(None, 2), project(None, 0)])
        {
            turns.add(Turn { place, project, anew: false });
        }
        // Each has so many pages in all.
        let pages = BTreeMap::from([("old", 2), ("large", 4), ("begun", 3), ("small", 1)]);
        let mut order = Vec::new();
        while let Some(mut turn) = turns.take_first() {
            let key = turn.place.key.as_str();
            order.push(key);
            let mut walk = turn.project.walk.take().unwrap_or_default();
            walk.go_on(Some("on".to_owned()), None);
            if walk.pages < pages[key] {
                turn.project.walk = Some(walk);
                turns.add(turn);
            }
        }
        assert_eq!(order, ["large", "small", "large", "begun", "large", "large", "old", "old"]);
    }
}
