//! The first-parent merges of one branch.

use super::refs::Tip;
use super::walk::Shape;
use super::{GitSource, Pattern};
use crate::{Error, Result};
use gix::ObjectId;
use gix::hashtable::HashMap;

/// The branch that `pattern` names. Of several the default branch, and of a branch that stands both here and at a remote
/// the remote one, at `origin` before another: what was merged here alone, or in a fork, has not been delivered.
pub(super) fn chosen<'t>(
    source: &GitSource,
    tips: &'t [Tip],
    pattern: &Pattern,
    default_branch: Option<&str>,
) -> Result<(&'t Tip, &'t str)> {
    let branches = || {
        tips.iter().filter_map(|tip| {
            let (name, remote) = tip.branch()?;
            let (place, name) = name.split_once('/').filter(|_| remote).unwrap_or(("", name));
            let near = match (remote, place) {
                (true, "origin") => 0,
                (true, _) => 1,
                (false, _) => 2,
            };
            Some((tip, name, near))
        })
    };
    branches()
        .filter(|(tip, name, _)| pattern.matches(name) && tip.commit.is_some())
        .min_by_key(|(_, name, near)| (Some(*name) != default_branch, *name, *near))
        .map(|(tip, name, _)| (tip, name))
        .ok_or_else(|| Error::NoBranch {
            path: source.path.clone(),
            pattern: pattern.to_string(),
            known: {
                let mut names: Vec<_> = branches().map(|(_, name, _)| name).collect();
                names.dedup();
                names.truncate(20);
                names.join(", ")
            },
        })
}

/// What became of a branch since it was read last.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Moved {
    /// Merges that came, oldest first.
    pub(super) came: Vec<ObjectId>,
    /// Merges that are on the branch no more.
    pub(super) went: Vec<ObjectId>,
}

/// What became of the merges when another branch is asked for than before: all of the new one come, even those that both
/// have, since they are landed under the name of their branch; those that only the old one has go.
pub(super) fn replaced(shape: &mut Shape<'_>, tip: ObjectId, was: Option<ObjectId>) -> Result<Moved> {
    let came = moved(shape, tip, None)?.came;
    let went = match was {
        Some(was) => moved(shape, tip, Some(was))?.went,
        None => Vec::new(),
    };
    Ok(Moved { came, went })
}

/// The first-parent merges between where the branch stood and where it stands. A rewritten branch loses those between
/// the old tip and the fork.
pub(super) fn moved(shape: &mut Shape<'_>, tip: ObjectId, was: Option<ObjectId>) -> Result<Moved> {
    let mut chain = Vec::new();
    let mut place = HashMap::default();
    let mut fork = None;
    let mut parents = Vec::new();
    let mut next = Some(tip);
    while let Some(id) = next {
        if Some(id) == was {
            fork = Some(chain.len());
            break;
        }
        shape.look(&id, &mut parents)?;
        place.insert(id, chain.len());
        chain.push((id, parents.len() > 1));
        next = parents.first().copied();
    }
    let mut went = Vec::new();
    let mut next = was.filter(|id| fork.is_none() && shape.has(id));
    if next.is_none() && fork.is_none() && was.is_some() {
        tracing::warn!(
            "the commit that a branch stood at is gone from the repository: merges that were only on it stay deployments"
        );
    }
    while let Some(id) = next {
        if let Some(&at) = place.get(&id) {
            fork = Some(at);
            break;
        }
        if shape.look(&id, &mut parents).is_err() {
            break;
        }
        if parents.len() > 1 {
            went.push(id);
        }
        next = parents.first().copied();
    }
    chain.truncate(fork.unwrap_or(chain.len()));
    let came = chain.into_iter().rev().filter(|(_, merge)| *merge).map(|(id, _)| id).collect();
    Ok(Moved { came, went })
}
