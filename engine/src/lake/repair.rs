//! What is to be done about what [`Table::verify`] found, and the parts of it that are done to one table.
//!
//! Core is made again of raw, and facts of core. What nothing else holds (payloads, the trail, what was frozen) only a backup brings back.

use super::commit::Change;
use super::table::Table;
use super::upsert::removal;
use super::{DataFile, FROZEN, Fault, Snapshot, Verified};
use crate::Result;
use futures::TryStreamExt as _;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What is to be done, in this order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Repair {
    /// Files to be written again as they are, so that the log says of them what is so, by table.
    pub restate: BTreeMap<String, Vec<String>>,
    /// Lost files to be taken out of their tables, whose rows are made again by the steps below.
    pub let_go: BTreeMap<String, Vec<String>>,
    /// Whether core is to be made again of raw.
    pub replay: bool,
    /// Whether facts are to be made again of core.
    pub model: bool,
    /// Tables of which a vacuum takes files that no version names.
    pub vacuum: Vec<String>,
    /// What cannot be repaired: why, and what to do.
    pub beyond: Vec<String>,
}

impl Repair {
    /// What is to be done about what was found in the tables of a tenant.
    pub fn of(found: &[Verified]) -> Self {
        let mut repair = Self::default();
        let is_hurt = |of: &Verified| of.has(Fault::Log) || of.has(Fault::Unlogged) || of.has(Fault::Lost);
        let layer = |of: &Verified, layer: &str| of.table.split('/').next() == Some(layer);
        let raw_is_hurt = found.iter().any(|of| layer(of, "raw") && is_hurt(of));
        let stays = |of: &Verified| of.has(Fault::Log) || (raw_is_hurt && (is_hurt(of) || of.has(Fault::Repeated)));
        let core_stays_hurt = found.iter().any(|of| layer(of, "core") && stays(of));
        for of in found {
            let table = of.table.as_str();
            let wrong = of.files_with(Fault::Statistics);
            if !wrong.is_empty() {
                repair.restate.insert(table.to_owned(), wrong);
            }
            if !of.orphans.is_empty() {
                repair.vacuum.push(table.to_owned());
            }
            if !is_hurt(of) && !of.has(Fault::Repeated) {
                continue;
            }
            let name = table.rsplit('/').next().unwrap_or_default();
            let why_not = match table.split('/').next() {
                Some("core" | "facts") if of.has(Fault::Log) && !FROZEN.contains(&name) => Some(
                    "without its log nobody knows its files: restore a backup, or end all processes, move its `_delta_log` away, and run this again: it is made anew then",
                ),
                _ if of.has(Fault::Log) => Some("without its log nobody knows its files: restore a backup"),
                Some("core") if raw_is_hurt => Some(
                    "it is made again of raw, which is not whole itself: restore a backup, or bring the files of raw back first",
                ),
                Some("core") => None,
                Some("facts") if FROZEN.contains(&name) => {
                    Some("what was frozen is made by nothing again: restore a backup")
                }
                Some("facts") if core_stays_hurt => {
                    Some("it is made again of core, which stays as it is: repair that first")
                }
                Some("facts") => None,
                _ => Some("nothing else holds what it holds: restore a backup"),
            };
            if let Some(why_not) = why_not {
                repair.beyond.push(format!("{table}: {why_not}"));
                continue;
            }
            let lost = of.files_with(Fault::Lost);
            if !lost.is_empty() {
                repair.let_go.insert(table.to_owned(), lost);
            }
            // Whatever core becomes, facts follow.
            repair.replay |= table.starts_with("core/");
            repair.model = true;
        }
        repair
    }

    /// Whether there is nothing to be done.
    pub fn is_nothing(&self) -> bool {
        self.restate.is_empty() && self.let_go.is_empty() && !self.replay && !self.model && self.vacuum.is_empty()
    }
}

impl Verified {
    /// The files of which something of a kind is wrong.
    fn files_with(&self, fault: Fault) -> Vec<String> {
        let of = self.problems.iter().filter(|problem| problem.fault == fault);
        of.filter_map(|problem| problem.file.clone()).collect()
    }
}

impl Table {
    /// Writes files again as they are, so that the log says of them what is so. How many were; one that has left the table since is not.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn restate(&self, files: &[String]) -> Result<usize> {
        let mut done = 0;
        for name in files {
            let Some(base) = self.latest().await? else { break };
            let Some(file) = base.files().iter().find(|file| file.path == *name) else { continue };
            let base = base.distrusted();
            let file = [self.counted(&base, file).await?];
            let add = self.rewrite(&base, &file).await?;
            let remove = file.iter().map(|file| removal(self, file, false)).collect();
            done += usize::from(self.swap(&file, &Change { add, remove, ..Change::default() }).await?);
        }
        Ok(done)
    }

    /// A file with the number of rows that it holds, whatever the log says of that.
    async fn counted(&self, base: &Arc<Snapshot>, file: &DataFile) -> Result<DataFile> {
        let key = self.entity().key.first().copied();
        let mut rows = base.read(key.as_ref().map(std::slice::from_ref), Some(&[file.whole()]), &[]).await?;
        let mut stored = 0;
        while let Some(batch) = rows.try_next().await? {
            stored += batch.num_rows() as u64;
        }
        Ok(file.holding(stored))
    }

    /// Takes files out of the table, with the rows that they hold, or held before they were lost. How many were; one that has left the table
    /// since is not.
    ///
    /// # Errors
    /// When storage fails.
    pub async fn let_go(&self, gone: &[String]) -> Result<usize> {
        let Some(base) = self.latest().await? else { return Ok(0) };
        let files: Vec<DataFile> = base.files().iter().filter(|file| gone.contains(&file.path)).cloned().collect();
        if files.is_empty() {
            return Ok(0);
        }
        let remove = files.iter().map(|file| removal(self, file, true)).collect();
        let is_done = self.swap(&files, &Change { remove, ..Change::default() }).await?;
        Ok(if is_done { files.len() } else { 0 })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Orphan, Problem};
    use super::*;

    fn table(name: &str, problems: &[(Fault, &str)]) -> Verified {
        let problem = |(fault, file): &(Fault, &str)| Problem {
            fault: *fault,
            file: (!file.is_empty()).then(|| (*file).to_owned()),
            reason: "-".to_owned(),
        };
        Verified { table: name.to_owned(), problems: problems.iter().map(problem).collect(), ..Verified::default() }
    }

    fn files(of: &[(&str, &str)]) -> BTreeMap<String, Vec<String>> {
        of.iter().map(|(table, file)| ((*table).to_owned(), vec![(*file).to_owned()])).collect()
    }

    #[test]
    fn what_is_whole_is_left_alone() {
        let repair = Repair::of(&[table("core/commits", &[]), table("raw/git", &[])]);
        assert!(repair.is_nothing() && repair.beyond.is_empty(), "{repair:?}");
    }

    #[test]
    fn core_is_made_of_raw_and_facts_of_core() {
        let repair = Repair::of(&[
            table("raw/git", &[]),
            table("core/commits", &[(Fault::Lost, "a"), (Fault::Statistics, "b")]),
        ]);
        let expected = Repair {
            restate: files(&[("core/commits", "b")]),
            let_go: files(&[("core/commits", "a")]),
            replay: true,
            model: true,
            ..Repair::default()
        };
        assert_eq!(repair, expected);
        let twice = Repair::of(&[table("core/commits", &[(Fault::Repeated, "")])]);
        assert_eq!(twice, Repair { replay: true, model: true, ..Repair::default() });
        let facts =
            Repair::of(&[table("facts/changes", &[(Fault::Lost, "a")]), table("facts/people", &[(Fault::Lost, "")])]);
        assert_eq!(facts, Repair { let_go: files(&[("facts/changes", "a")]), model: true, ..Repair::default() });
    }

    #[test]
    fn what_nothing_else_holds_is_not_repaired_nor_what_would_be_made_of_it() {
        let found = [
            table("raw/git", &[(Fault::Lost, "a"), (Fault::Statistics, "b")]),
            table("core/commits", &[(Fault::Lost, "c")]),
            table("facts/changes", &[(Fault::Repeated, "")]),
            table("facts/risks", &[(Fault::Lost, "d")]),
            table("audit", &[(Fault::Lost, "e")]),
        ];
        let repair = Repair::of(&found);
        assert_eq!(repair.restate, files(&[("raw/git", "b")]), "what the log says is put right in any case");
        assert!(repair.let_go.is_empty() && !repair.replay && !repair.model);
        let beyond: Vec<&str> = repair.beyond.iter().filter_map(|why| why.split(':').next()).collect();
        assert_eq!(beyond, ["raw/git", "core/commits", "facts/changes", "facts/risks", "audit"]);
        // Facts alone are made again though raw is hurt, since core is whole.
        let repair = Repair::of(&[found[0].clone(), table("core/commits", &[]), found[2].clone()]);
        assert!(repair.model && !repair.replay && repair.beyond.len() == 1, "{repair:?}");
        // A log that cannot be read does not say which files there are.
        let repair = Repair::of(&[table("core/commits", &[(Fault::Log, "")]), found[2].clone()]);
        assert!(repair.is_nothing() && repair.beyond.len() == 2, "{repair:?}");
        assert!(repair.beyond[0].contains("move its `_delta_log` away"), "{repair:?}");
        for name in ["raw/git", "facts/risks", "audit"] {
            let repair = Repair::of(&[table(name, &[(Fault::Log, "")])]);
            assert_eq!(repair.beyond, [format!("{name}: without its log nobody knows its files: restore a backup")]);
        }
    }

    #[test]
    fn a_table_without_its_log_is_made_anew_where_anything_else_holds_its_rows() {
        let found = ["core/commits", "facts/changes"].map(|name| table(name, &[(Fault::Unlogged, "")]));
        assert_eq!(Repair::of(&found), Repair { replay: true, model: true, ..Repair::default() });
        assert_eq!(Repair::of(&found[1..]), Repair { model: true, ..Repair::default() });
        let found = ["raw/git", "core/commits", "facts/risks", "audit"];
        let repair = Repair::of(&found.map(|name| table(name, &[(Fault::Unlogged, "")])));
        assert!(repair.is_nothing() && repair.beyond.len() == 4, "{repair:?}");
    }

    #[test]
    fn files_that_no_version_names_are_left_to_a_vacuum() {
        let orphans = vec![Orphan { file: "x".to_owned(), bytes: 1 }];
        let repair = Repair::of(&[Verified { orphans, ..table("raw/git", &[]) }]);
        assert_eq!(repair, Repair { vacuum: vec!["raw/git".to_owned()], ..Repair::default() });
    }
}
