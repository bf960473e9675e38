//! What statuses and types of work items mean: each source has its own.

use std::collections::BTreeMap;

/// What sources have told of statuses and types.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Workflow {
    /// By connection, then by the status in lower case; with the id of the row that said so.
    categories: BTreeMap<String, BTreeMap<String, (String, String)>>,
    /// The same of statuses that a source no longer has: items were in them.
    past: BTreeMap<String, BTreeMap<String, (String, String)>>,
    /// What each status is called now, or was last, and its category, by its id.
    by_id: BTreeMap<String, (String, String)>,
    /// Where each type stands in the hierarchy of its source, by the type's id.
    levels: BTreeMap<String, i64>,
}

impl Workflow {
    /// A status that a connection told of, which may be gone there. Of several of one name, the one with the smallest id counts, and
    /// one that is there before one that is gone.
    pub fn status(&mut self, connection: &str, id: &str, name: &str, category: &str, is_gone: bool) {
        self.by_id.insert(id.to_owned(), (name.to_owned(), category.to_owned()));
        let told = (id.to_owned(), category.to_owned());
        let known = if is_gone { &mut self.past } else { &mut self.categories };
        let known = known.entry(connection.to_owned()).or_default();
        let entry = known.entry(name.to_lowercase()).or_insert_with(|| told.clone());
        if told < *entry {
            *entry = told;
        }
    }

    /// A type that a source told of, which stands so far above what is worked on, or below.
    pub fn work_item_type(&mut self, id: &str, level: i64) {
        self.levels.insert(id.to_owned(), level);
    }

    /// Where a type stands in the hierarchy of its source, where that says so.
    pub fn level(&self, type_id: &str) -> Option<i64> {
        self.levels.get(type_id).copied()
    }

    /// What a status means to a connection.
    pub fn category(&self, connection: &str, name: &str) -> Option<&str> {
        let told = [&self.categories, &self.past].into_iter().find_map(|all| {
            let known = all.get(connection)?;
            known.get(name).or_else(|| known.get(&name.to_lowercase()))
        })?;
        Some(told.1.as_str())
    }

    /// What the status of an id is called, now or last, and its category.
    pub fn status_of(&self, id: &str) -> Option<(&str, &str)> {
        self.by_id.get(id).map(|(name, category)| (name.as_str(), category.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_means_what_its_own_source_says() {
        let mut workflow = Workflow::default();
        workflow.status("jira:a", "2", "In Review", "done", false);
        workflow.status("jira:a", "1", "in review", "doing", false);
        workflow.status("jira:b", "1", "In Review", "todo", false);
        workflow.status("jira:b", "0", "In Review", "done", true);
        workflow.status("jira:b", "9", "Parked", "todo", true);
        assert_eq!(workflow.category("jira:a", "IN REVIEW"), Some("doing"));
        assert_eq!(workflow.category("jira:b", "In Review"), Some("todo"));
        assert_eq!(workflow.category("jira:b", "Done"), None);
        assert_eq!(workflow.category("jira:b", "parked"), Some("todo"), "items were in it");
        assert_eq!(workflow.category("jira:c", "In Review"), None);
        assert_eq!(workflow.status_of("9"), Some(("Parked", "todo")));
    }
}
