//! Repositories that are not there any more, or that a credential may not see any more, which GitHub does not tell apart.

use super::{Found, GithubSource, OWNERS, Owners, Part};
use crate::github::listing::DAY;
use crate::net::Trouble;
use crate::source::{GONE, send};
use pulse_engine::land::{Page, Payload};
use std::collections::{BTreeMap, BTreeSet};
use tokio::sync::mpsc;

/// How the problems of owners begin of whom so much went out of sight at once that hardly somebody deleted it.
pub(super) const UNSEEN: &str = "unseen/";
/// From how many repositories on that is so, where it is more than half of all that are held.
const MANY: usize = 5;

impl GithubSource {
    /// Tells of repositories that are not there any more. Where very many of an owner's are out of sight at once, or another credential asks than
    /// the one that saw them, it is rather that this one may see less: they stay as they were until they are seen again, or until somebody asks for
    /// everything anew.
    pub(super) async fn gone(
        &self,
        found: &Found,
        owners: &mut Owners,
        parts: &mut BTreeMap<String, Part>,
        outlet: &mpsc::Sender<Page>,
    ) -> Result<(), Trouble> {
        let (at, is_whole) = (self.newest(found), owners.whole.is_some());
        let is_back = |(id, part): &(&String, &mut Part)| part.away.is_some() && found.repositories.contains_key(*id);
        for (id, part) in parts.iter_mut().filter(is_back) {
            (part.away, part.unseen) = (None, false);
            send(outlet, id, part, Vec::new()).await?;
        }
        let missing = self.missing(found, is_whole, parts, outlet).await?;
        let mut of_owners: BTreeMap<String, [usize; 2]> = BTreeMap::new();
        for (id, part) in parts.iter().filter(|(_, part)| !part.gone) {
            let [unseen, all] = of_owners.entry(owner(&part.name).to_owned()).or_default();
            *unseen += usize::from(part.unseen || missing.contains(id));
            *all += 1;
        }
        let mark = self.client.mark();
        let is_another = owners.seen_by.as_ref().is_some_and(|before| *before != mark);
        let is_unlikely = |name: &str| match of_owners.get(owner(name)) {
            Some([unseen, all]) => !is_whole && (is_another || *unseen >= MANY && unseen * 2 > *all),
            None => false,
        };
        for id in &missing {
            let Some(part) = parts.get_mut(id) else { continue };
            let payloads = if is_unlikely(&part.name) {
                (part.away, part.unseen) = (Some(at), true);
                Vec::new()
            } else {
                (part.gone, part.unseen) = (true, false);
                let (stream, key, body) = ("repositories".to_owned(), id.clone(), GONE.to_owned());
                vec![Payload { stream, key, observed_at: at, body }]
            };
            send(outlet, id, part, payloads).await?;
        }
        let mut unseen: BTreeMap<&str, usize> = BTreeMap::new();
        for part in parts.values().filter(|part| part.unseen && !part.gone && self.names(found, &part.name)) {
            *unseen.entry(owner(&part.name)).or_default() += 1;
        }
        if unseen.is_empty() && found.problems.is_empty() && owners.seen_by.as_ref() != Some(&mark) {
            owners.seen_by = Some(mark);
            send(outlet, OWNERS, owners, Vec::new()).await?;
        }
        let why = why(is_another);
        let mut problems = owners.problems.clone();
        problems.retain(|name, _| !name.starts_with(UNSEEN));
        problems.extend(unseen.into_iter().map(|(owner, n)| {
            let reason = format!(
                "{n} of the repositories of `{owner}` that were read are out of sight: {why}, so this \
                 credential may not see them any more, and they stay as they were; give it access to them, or read everything anew with \
                 {{\"whole\": true}} if they were deleted"
            );
            (format!("{UNSEEN}{owner}"), reason)
        }));
        self.settle(problems, at, owners, outlet).await
    }

    /// That teams which were told before are rather out of sight than deleted, as all or very many at once are, and whatever another credential
    /// does not see: an organization tells somebody who is no member of it that it has none. Nothing where all that are missing are gone.
    pub(super) fn teams_unseen(&self, told: &[Payload], owners: &mut Owners) -> Option<String> {
        let told: BTreeSet<String> = told.iter().map(|team| team.key.clone()).collect();
        let missing = owners.teams.difference(&told).count();
        let mark = self.client.mark();
        let is_another = owners.teams_by.as_ref().is_some_and(|before| *before != mark);
        let is_many = told.is_empty() || missing >= MANY && missing * 2 > owners.teams.len();
        if missing > 0 && owners.whole.is_none() && (is_another || is_many) {
            return Some(format!(
                "{missing} of the teams that were read are out of sight: {}, so this credential may not see them any more, and they stay \
                 as they were; give it access to them, or read everything anew with {{\"whole\": true}} if they were deleted",
                why(is_another)
            ));
        }
        (owners.teams, owners.teams_by) = (told, Some(mark));
        None
    }

    /// The repositories that are in no list any more, and not there when they are asked for by their numbers.
    async fn missing(
        &self,
        found: &Found,
        is_whole: bool,
        parts: &mut BTreeMap<String, Part>,
        outlet: &mpsc::Sender<Page>,
    ) -> Result<BTreeSet<String>, Trouble> {
        let at = self.newest(found);
        // What the settings do not name any more stays as it was. One without a name lost it with its cursor.
        let is_named = |part: &Part| part.name.is_empty() || self.names(found, &part.name);
        // Once a day is often enough.
        let is_due = |part: &Part| part.away.is_none_or(|seen| at - seen >= DAY) || is_whole && part.unseen;
        let is_missed = |(id, part): &(&String, &mut Part)| {
            let is_met = found.repositories.contains_key(*id);
            !is_met && found.tells_of(&part.name) && !part.gone && is_named(part) && is_due(part)
        };
        let mut missing = BTreeSet::new();
        for (id, part) in parts.iter_mut().filter(is_missed) {
            // It may have gone to another owner, or be out of sight for a while.
            match self.client.get(&format!("repositories/{id}"), &[], None).await {
                Err(Trouble::Missing(_)) => {
                    missing.insert(id.clone());
                }
                Err(trouble) => drop(trouble.unless_fatal()?),
                Ok(told) => {
                    (part.away, part.unseen) = (Some(at), false);
                    let name = told.as_ref().and_then(|told| told.body["full_name"].as_str());
                    // The settings do not name it with an owner who is not read: it is left from now on.
                    if let Some(name) = name.filter(|name| part.name.is_empty() || !self.names(found, name)) {
                        name.clone_into(&mut part.name);
                    }
                    send(outlet, id, part, Vec::new()).await?;
                }
            }
        }
        Ok(missing)
    }
}

/// Why what is not told any more is rather out of sight.
fn why(is_another: bool) -> &'static str {
    if is_another { "another credential asks now" } else { "as many at once are hardly deleted" }
}

/// Whose a repository of that name is.
fn owner(name: &str) -> &str {
    name.split_once('/').map_or(name, |(owner, _)| owner)
}
