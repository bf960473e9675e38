//! What repositories and projects were called before: a key that begins with such a name is that of a work item which has another one today.

use std::collections::{BTreeMap, BTreeSet};

/// Names of repositories, or keys of projects, as they are read.
#[derive(Debug, Default)]
pub(super) struct Names {
    now: BTreeMap<String, String>,
    all: BTreeSet<(String, String)>,
}

impl Names {
    /// What a repository is called now.
    pub(super) fn is_called(&mut self, repository: &str, name: &str) {
        self.now.insert(repository.to_owned(), name.to_owned());
    }

    /// A name that a repository goes or went by.
    pub(super) fn goes_by(&mut self, repository: &str, name: &str) {
        self.all.insert((repository.to_owned(), name.to_owned()));
    }

    /// Names by which repositories went and none goes now, and what those are called today. One that several went by names
    /// none for sure.
    pub(super) fn former(&self) -> Vec<(String, &str)> {
        // Upper and lower case are alike in them.
        let taken: BTreeSet<String> = self.now.values().map(|name| name.to_lowercase()).collect();
        let mut found: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
        for (repository, name) in &self.all {
            let name = name.to_lowercase();
            if let Some(now) = self.now.get(repository)
                && !taken.contains(&name)
            {
                found.entry(name).or_default().insert(now);
            }
        }
        let sure = found.into_iter().filter(|(_, now)| now.len() == 1);
        sure.filter_map(|(former, now)| Some((former, *now.first()?))).collect()
    }

    /// Repositories that went by other names than today: which, what each is called now, and those names, whoever goes by them now.
    pub(super) fn renamed(&self) -> BTreeMap<&str, (&str, BTreeSet<&str>)> {
        let mut found: BTreeMap<&str, (&str, BTreeSet<&str>)> = BTreeMap::new();
        for (repository, name) in &self.all {
            if let Some(now) = self.now.get(repository)
                && !now.eq_ignore_ascii_case(name)
            {
                found.entry(repository).or_insert_with(|| (now.as_str(), BTreeSet::new())).1.insert(name);
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_former_name_leads_to_the_one_repository_that_went_by_it() {
        let mut names = Names::default();
        for (repository, now, names_of) in [
            ("1", "acme/store", &["Acme/Shop", "acme/store", "acme/web"][..]),
            ("2", "acme/web", &["acme/web", "acme/old"]),
            ("3", "acme/api", &["acme/old", "acme/API"]),
        ] {
            names.is_called(repository, now);
            names_of.iter().for_each(|name| names.goes_by(repository, name));
        }
        // Of a repository that is gone nothing is called anything now.
        names.goes_by("4", "acme/gone");
        // Another repository goes by `acme/web` now, and two went by `acme/old`.
        assert_eq!(names.former(), [("acme/shop".to_owned(), "acme/store")]);
        let renamed = [
            ("1", ("acme/store", BTreeSet::from(["Acme/Shop", "acme/web"]))),
            ("2", ("acme/web", BTreeSet::from(["acme/old"]))),
            ("3", ("acme/api", BTreeSet::from(["acme/old"]))),
        ];
        assert_eq!(names.renamed(), BTreeMap::from(renamed));
    }
}
