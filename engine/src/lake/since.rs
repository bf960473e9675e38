//! What becomes of a table's files, commit by commit.

use super::DataFile;
use deltalake::kernel::Action;
use std::collections::HashSet;

/// What became of the files of a version by a later one.
pub struct Since {
    /// The live files that hold every row which was added or changed since, and perhaps some older ones.
    pub came: Vec<DataFile>,
    /// The files whose rows stand in others now, word for word, and are among none of `came`.
    pub moved: HashSet<String>,
}

/// What is known of files after some commits.
#[derive(Default)]
pub(super) struct Turns {
    /// Files with rows that are new.
    fresh: HashSet<String>,
    /// Files that lost rows, and stayed.
    lost: HashSet<String>,
    /// Files that were put together with others, none of which is in `fresh` or `lost`.
    moved: HashSet<String>,
    /// Files that came of these.
    made: HashSet<String>,
    /// Whether a file of `made` was changed afterwards: then what moved is told as what came and went.
    mixed: bool,
}

impl Turns {
    /// Takes in what the next commit says.
    pub(super) fn take(&mut self, actions: Vec<Action>) {
        let (mut taken, mut put) = (HashSet::new(), Vec::new());
        for action in actions {
            match action {
                Action::Remove(gone) => drop(taken.insert(gone.path)),
                Action::Add(add) => put.push((add.path, add.data_change)),
                _ => {}
            }
        }
        // What is taken and put again is the same file, of which fewer rows count.
        put.retain(|(path, _)| {
            let stays = taken.remove(path);
            if stays {
                self.mixed |= self.made.contains(path);
                self.lost.insert(path.clone());
            }
            !stays
        });
        let rewrites_changes = taken.iter().any(|path| self.fresh.contains(path) || self.lost.contains(path));
        let only_moves = !put.is_empty() && put.iter().all(|(_, is_change)| !is_change);
        if only_moves && !rewrites_changes {
            self.made.extend(put.into_iter().map(|(path, _)| path));
            self.moved.extend(taken);
            return;
        }
        self.mixed |= taken.iter().any(|path| self.made.contains(path));
        let fresh = put.into_iter().filter(|(_, is_change)| *is_change || rewrites_changes);
        self.fresh.extend(fresh.map(|(path, _)| path));
    }

    /// The files that came, those that left since among them, and those that moved.
    pub(super) fn end(mut self) -> (HashSet<String>, HashSet<String>) {
        if self.mixed {
            self.fresh.extend(self.made);
            self.moved.clear();
        }
        (self.fresh, self.moved)
    }
}
