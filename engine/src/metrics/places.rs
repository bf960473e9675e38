//! Which groups an observation belongs to.

use super::filter::Wanted;
use super::{Dimension, Filter, names};
use crate::Result;
use crate::session::Session;
use datafusion::common::HashMap;
use std::sync::Arc;

/// A group of observations: those of a key, the ones apart that stand for themselves in what is told of all keys together. What belongs to
/// several projects is in the group of each, and stands for itself in the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Group {
    /// The place of its key.
    pub(super) key: usize,
    pub(super) stands_for_itself: bool,
}

/// The projects of each repository, in order. It may belong to several.
pub(super) type Memberships = std::collections::HashMap<String, Vec<String>>;

/// The projects of repositories, and which of them are asked for.
#[derive(Debug)]
pub(super) struct Projects {
    pub(super) of: Arc<Memberships>,
    /// All where nothing is said.
    pub(super) wanted: Option<Wanted>,
}

impl Projects {
    /// Those that a filter leaves.
    ///
    /// # Errors
    /// As [`names::resolve`].
    async fn asked_for(session: &Session, filter: &Filter) -> Result<Self> {
        let asked = filter.of(Dimension::Project);
        let wanted = match asked.is_empty() {
            true => None,
            false => Some(names::resolve(session, Dimension::Project, asked).await?),
        };
        Ok(Self { of: names::memberships(session).await?, wanted })
    }

    /// What has a project of its own, in such a repository, belongs to: its own, and those of its repository. A row policy lets the same
    /// projects see it.
    fn of<'a>(&'a self, own: Option<&'a str>, repository: Option<&str>) -> Vec<Option<&'a str>> {
        let others = repository.and_then(|repository| self.of.get(repository)).into_iter().flatten();
        let mut all: Vec<_> = own.into_iter().map(Some).collect();
        all.extend(others.map(|other| Some(other.as_str())).filter(|other| *other != own));
        if all.is_empty() {
            all.push(None);
        }
        all.retain(|project| self.wanted.as_ref().is_none_or(|wanted| wanted.holds(*project)));
        all
    }
}

/// What observations are told apart by.
#[derive(Clone, Debug)]
pub(super) struct Apart {
    pub(super) by: Option<Dimension>,
    /// Where that is projects.
    pub(super) projects: Option<Arc<Projects>>,
}

impl Apart {
    /// By a dimension, as far as a filter leaves it.
    ///
    /// # Errors
    /// As [`Projects::asked_for`].
    pub(super) async fn asked_for(session: &Session, by: Option<Dimension>, filter: &Filter) -> Result<Self> {
        let projects = match by {
            Some(Dimension::Project) => Some(Arc::new(Projects::asked_for(session, filter).await?)),
            _ => None,
        };
        Ok(Self { by, projects })
    }

    /// The columns that tell it: that of the key, and of its repository where that tells projects.
    pub(super) fn columns(&self) -> (Option<&'static str>, Option<&'static str>) {
        let of_repositories = self.projects.as_ref().map(|_| Dimension::Repository.column());
        (self.by.map(Dimension::column), of_repositories)
    }
}

/// The keys that were met so far, and the groups of what was met.
#[derive(Debug)]
pub(super) struct Places {
    projects: Option<Arc<Projects>>,
    /// Also repositories', where these tell projects.
    keys: Vec<Option<String>>,
    places: HashMap<String, usize>,
    /// By the places of what an observation says of itself.
    met: HashMap<(usize, usize), usize>,
    groups: Vec<Vec<Group>>,
}

impl Places {
    /// Of observations that are told apart by project, or by what they say themselves.
    pub(super) fn new(projects: Option<Arc<Projects>>) -> Self {
        let (places, met) = (HashMap::default(), HashMap::default());
        Self { projects, keys: vec![None], places, met, groups: Vec::new() }
    }

    /// The key at a place.
    pub(super) fn key(&self, place: usize) -> Option<&str> {
        self.keys.get(place).and_then(Option::as_deref)
    }

    /// The place of a key.
    pub(super) fn place(&mut self, key: Option<&str>) -> usize {
        let Some(key) = key else { return 0 };
        if let Some(place) = self.places.get(key) {
            return *place;
        }
        self.keys.push(Some(key.to_owned()));
        self.places.insert(key.to_owned(), self.keys.len() - 1);
        self.keys.len() - 1
    }

    /// Where the groups stand of what says this of itself: its key, or its project, and its repository where that tells projects.
    pub(super) fn met(&mut self, key: Option<&str>, repository: Option<&str>) -> usize {
        let says = (self.place(key), self.place(repository));
        if let Some(met) = self.met.get(&says) {
            return *met;
        }
        let projects = self.projects.clone();
        let keys = match &projects {
            Some(projects) => projects.of(key, repository),
            None => vec![key],
        };
        let group = |(i, key)| Group { key: self.place(key), stands_for_itself: i == 0 };
        let groups = keys.into_iter().enumerate().map(group).collect();
        self.groups.push(groups);
        self.met.insert(says, self.groups.len() - 1);
        self.groups.len() - 1
    }

    /// The groups that stand there.
    pub(super) fn groups(&self, met: usize) -> &[Group] {
        self.groups.get(met).map_or(&[], Vec::as_slice)
    }

    /// About how many bytes it holds.
    pub(super) fn bytes(&self) -> usize {
        (self.keys.len() + self.groups.len()) * 256
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn projects(wanted: Option<Wanted>) -> Projects {
        let of = [("app", vec!["p1", "p2"]), ("lib", vec!["p2"])];
        let of = of.map(|(repository, of)| (repository.to_owned(), of.into_iter().map(str::to_owned).collect()));
        Projects { of: Arc::new(of.into()), wanted }
    }

    #[test]
    fn what_belongs_to_several_projects_is_in_each_of_them_once() {
        let all = projects(None);
        assert_eq!(all.of(None, Some("app")), [Some("p1"), Some("p2")]);
        assert_eq!(all.of(Some("p2"), Some("app")), [Some("p2"), Some("p1")]);
        assert_eq!(all.of(Some("p3"), None), [Some("p3")]);
        assert_eq!((all.of(None, None), all.of(None, Some("tool"))), (vec![None], vec![None]));
        let some = projects(Some(Wanted { ids: vec!["p1".to_owned()], none: true }));
        assert_eq!(some.of(Some("p2"), Some("app")), [Some("p1")]);
        assert_eq!((some.of(None, None), some.of(None, Some("lib"))), (vec![None], vec![]));
    }

    #[test]
    fn a_key_has_one_place_and_what_stands_for_itself_does_so_once() {
        let mut places = Places::new(Some(Arc::new(projects(None))));
        let (app, own) = (places.met(None, Some("app")), places.met(Some("p2"), None));
        assert_eq!((places.met(None, Some("app")), places.met(Some("p2"), None)), (app, own));
        let told = |met: usize| -> Vec<_> {
            let groups = places.groups(met).iter();
            groups.map(|group| (places.key(group.key), group.stands_for_itself)).collect()
        };
        assert_eq!(told(app), [(Some("p1"), true), (Some("p2"), false)]);
        assert_eq!(told(own), [(Some("p2"), true)]);
        assert_eq!(places.groups(app)[1].key, places.groups(own)[0].key);
    }
}
