//! Repositories that are not there any more, or that a credential may not see any more, which GitHub does not tell apart.

use super::{Found, GithubSource, OWNERS, Owners, Part};
use crate::github::listing::DAY;
use crate::net::Trouble;
use crate::source::{GONE, of_so_many, send, some_of};
use pulse_engine::land::{Page, Payload};
use std::collections::{BTreeMap, BTreeSet};
use tokio::sync::mpsc;

/// How the problems of owners begin of whom repositories are out of sight.
pub(super) const UNSEEN: &str = "unseen/";
/// Whose those are of which not even a name is known any more.
const NOBODY: &str = "?";
/// Why what is not told any more is rather out of sight, where another credential saw it.
const ANOTHER: &str = "another credential asks now";
/// How many repositories that are in no list any more are asked for by their numbers in one reading.
const MOST_SOUGHT: usize = 200;
/// From how many teams on that go at once hardly somebody deleted them, where they are more than half of all.
const MANY: usize = 5;

impl GithubSource {
    /// Tells of repositories that are in no list any more. They stay as they were until they are listed again, and somebody is told; but for
    /// those that are not there by their numbers either and of which a hook was told that they were deleted, or whose name another one has by now,
    /// or where somebody asks for everything anew: these are gone.
    pub(super) async fn gone(
        &self,
        found: &Found,
        owners: &mut Owners,
        parts: &mut BTreeMap<String, Part>,
        outlet: &mpsc::Sender<Page>,
    ) -> Result<(), Trouble> {
        let at = self.newest(found);
        let is_back = |(id, part): &(&String, &mut Part)| part.away.is_some() && found.repositories.contains_key(*id);
        for (id, part) in parts.iter_mut().filter(is_back) {
            (part.away, part.unseen) = (None, false);
            send(outlet, id, part, Vec::new()).await?;
        }
        let missing = self.missing(found, parts, outlet).await?;
        let taken: BTreeSet<String> = found.repositories.values().map(|probe| probe.name().to_lowercase()).collect();
        for id in &missing {
            let Some(part) = parts.get_mut(id) else { continue };
            let is_gone = self.whole || self.calls.deleted(id) || taken.contains(&part.name.to_lowercase());
            let payloads = if is_gone {
                (part.gone, part.unseen) = (true, false);
                let (stream, key, body) = ("repositories".to_owned(), id.clone(), GONE.to_owned());
                vec![Payload { stream, key, observed_at: at, body }]
            } else {
                (part.away, part.unseen) = (Some(at), true);
                Vec::new()
            };
            send(outlet, id, part, payloads).await?;
        }
        let mark = self.client.mark();
        let is_another = owners.seen_by.as_ref().is_some_and(|before| *before != mark);
        let mut unseen: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        // What another owner has by now who is not read is left, and no problem.
        let is_unseen = |(_, part): &(&String, &Part)| part.away.is_some() && !part.gone && self.is_named(found, part);
        for (id, part) in parts.iter().filter(is_unseen) {
            let is_nameless = part.name.is_empty();
            let (owner, name) = if is_nameless { (NOBODY, id) } else { (owner(&part.name), &part.name) };
            unseen.entry(owner).or_default().push(name.clone());
        }
        if unseen.is_empty() && found.problems.is_empty() && owners.seen_by.as_ref() != Some(&mark) {
            owners.seen_by = Some(mark);
            send(outlet, OWNERS, owners, Vec::new()).await?;
        }
        let mut problems = owners.problems.clone();
        problems.retain(|name, _| !name.starts_with(UNSEEN));
        problems.extend(unseen.into_iter().map(|(owner, names)| {
            let why = match names.len() {
                _ if is_another => ANOTHER,
                1 => "GitHub does not say that it was deleted",
                _ => "GitHub says of none that it was deleted",
            };
            let (of, told) = (format!("the repositories of `{owner}`"), format!(" ({})", some_of(&names)));
            let reason = out_of_sight(names.len(), [&of, "not listed any more", why, &told]);
            (format!("{UNSEEN}{owner}"), reason)
        }));
        self.settle(problems, at, owners, outlet).await
    }

    /// That teams which were told before are rather out of sight than deleted, as all or very many of an owner's at once are, and whatever another
    /// credential does not see: an organization tells somebody who is no member of it that it has none. Nothing where all that are missing are gone.
    /// Those of which a hook was told that they were deleted are none of those that were told before.
    pub(super) fn teams_unseen(&self, found: &Found, told: BTreeSet<String>, owners: &mut Owners) -> Option<String> {
        let (missing, is_many) = missing_teams(&owners.teams, &told, &found.owners);
        let mark = self.client.mark();
        let is_another = owners.teams_by.as_ref().is_some_and(|before| *before != mark);
        if missing > 0 && !self.whole && (is_another || is_many) {
            let why = match missing {
                _ if is_another => ANOTHER,
                1 => "an organization tells that it has none to whoever may not see its teams",
                _ => "as many at once are hardly deleted",
            };
            return Some(out_of_sight(missing, ["the teams", "out of sight", why, ""]));
        }
        (owners.teams, owners.teams_by) = (told, Some(mark));
        None
    }

    /// The repositories that are in no list any more, and not there when they are asked for by their numbers.
    async fn missing(
        &self,
        found: &Found,
        parts: &mut BTreeMap<String, Part>,
        outlet: &mpsc::Sender<Page>,
    ) -> Result<BTreeSet<String>, Trouble> {
        let at = self.newest(found);
        // Once a day is often enough, unless there is news of it.
        let is_due =
            |id: &str, part: &Part| part.is_sought(at) || part.unseen && (self.whole || self.calls.deleted(id));
        let is_missed = |(id, part): &(&String, &Part)| {
            let is_met = found.repositories.contains_key(*id) || found.failed_at(&part.name);
            !is_met && found.tells_of(&part.name) && !part.gone && self.is_named(found, part) && is_due(id, part)
        };
        let mut all: Vec<String> = parts.iter().filter(is_missed).map(|(id, _)| id.clone()).collect();
        // Of very many hardly any is there, and to ask for each would take the budget of hours: others are asked for each day.
        let first = usize::try_from(at / DAY).unwrap_or_default().wrapping_mul(MOST_SOUGHT) % all.len().max(1);
        all.rotate_left(first);
        all.sort_by_key(|id| !self.calls.deleted(id));
        let most = if self.whole { usize::MAX } else { MOST_SOUGHT };
        // Whether these are there nobody knows yet: they are out of sight until they are asked for.
        for id in all.split_off(all.len().min(most)) {
            let Some(part) = parts.get_mut(&id) else { continue };
            (part.away, part.unseen) = (Some(at), true);
            send(outlet, &id, part, Vec::new()).await?;
        }
        let mut missing = BTreeSet::new();
        for id in all {
            let Some(part) = parts.get_mut(&id) else { continue };
            // It may have gone to another owner, or be out of sight for a while.
            match self.client.get(&format!("repositories/{id}"), &[], None).await {
                Err(Trouble::Missing(_)) => {
                    missing.insert(id);
                }
                Err(trouble) => drop(trouble.unless_fatal()?),
                Ok(told) => {
                    (part.away, part.unseen) = (Some(at), false);
                    let name = told.as_ref().and_then(|told| told.body["full_name"].as_str());
                    // The settings do not name it with an owner who is not read: it is left from now on.
                    if let Some(name) = name.filter(|name| part.name.is_empty() || !self.names(found, name)) {
                        name.clone_into(&mut part.name);
                    }
                    send(outlet, &id, part, Vec::new()).await?;
                }
            }
        }
        Ok(missing)
    }

    /// Whether a repository is to be read: what the settings do not name any more stays as it was. One without a name lost it with its cursor.
    fn is_named(&self, found: &Found, part: &Part) -> bool {
        part.name.is_empty() || self.names(found, &part.name)
    }
}

/// That so many of some things are where they are not seen, why, and some of their names; with what to do.
fn out_of_sight(n: usize, [of, place, why, names]: [&str; 4]) -> String {
    let [are, _, them, they_were, they_stay] = of_so_many(n);
    format!(
        "{n} of {of} that were read {are} {place}: {why}, so this credential may not see {them} any more, and {they_stay}{names}; give the \
         credential access to {them}, or read everything anew with {{\"whole\": true}} if {they_were} deleted"
    )
}

/// How many teams of owners that are read are told no more, each as `owner/number`, and whether all or very many of an owner's are.
fn missing_teams(known: &BTreeSet<String>, told: &BTreeSet<String>, read: &[String]) -> (usize, bool) {
    let told: BTreeSet<&str> = told.iter().map(|team| parts(team).1).collect();
    let mut of_owners: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    for team in known {
        let (owner, number) = parts(team);
        let [missing, all] = of_owners.entry(owner).or_default();
        *missing += usize::from(!told.contains(number));
        *all += 1;
    }
    of_owners.retain(|owner, _| owner.is_empty() || read.iter().any(|known| known.eq_ignore_ascii_case(owner)));
    let is_many = |[missing, all]: &[usize; 2]| missing == all || *missing >= MANY && missing * 2 > *all;
    (of_owners.values().map(|[missing, _]| missing).sum(), of_owners.values().any(is_many))
}

/// Whose a team is, and its number. Earlier versions did not say whose.
fn parts(team: &str) -> (&str, &str) {
    team.split_once('/').unwrap_or(("", team))
}

/// Whose a repository of that name is.
fn owner(name: &str) -> &str {
    name.split_once('/').map_or(name, |(owner, _)| owner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_that_is_out_of_sight_is_told_as_one() {
        let told = |n: usize| out_of_sight(n, ["the teams", "out of sight", "so it is", " (`a`)"]);
        assert_eq!(
            told(1),
            "1 of the teams that were read is out of sight: so it is, so this credential may not see it any more, and it stays as it was (`a`); \
             give the credential access to it, or read everything anew with {\"whole\": true} if it was deleted"
        );
        assert_eq!(
            told(2),
            "2 of the teams that were read are out of sight: so it is, so this credential may not see them any more, and they stay as they were \
             (`a`); give the credential access to them, or read everything anew with {\"whole\": true} if they were deleted"
        );
    }

    #[test]
    fn teams_of_an_owner_that_go_all_at_once_are_out_of_sight_whatever_others_have() {
        let teams = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<String>>();
        let known = teams(&["acme/1", "acme/2", "acme/3", "umbrella/4"]);
        let read = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<String>>();
        let both = read(&["Acme", "umbrella"]);
        let missing = |told: &[&str]| missing_teams(&known, &teams(told), &both);
        assert_eq!(missing(&["acme/1", "acme/2", "acme/3", "umbrella/4"]), (0, false));
        assert_eq!(missing(&["acme/1", "acme/2", "umbrella/4", "umbrella/5"]), (1, false));
        assert_eq!(missing(&["acme/1", "acme/2", "acme/3"]), (1, true));
        // Another name of an organization, and an owner that is read no more.
        assert_eq!(missing(&["acme/1", "acme/2", "acme/3", "corp/4"]), (0, false));
        assert_eq!(missing_teams(&known, &teams(&["acme/1", "acme/2", "acme/3"]), &both[..1]), (0, false));
        let old = teams(&["1", "2", "3"]);
        assert_eq!(missing_teams(&old, &teams(&["acme/1", "acme/2"]), &both), (1, false));
        assert_eq!(missing_teams(&old, &BTreeSet::new(), &both), (3, true));
    }
}
