//! What there is at GitHub, and whether anything of it is new: fifty repositories a question.

use super::client::{Client, Told, further};
use super::operation::{REPOSITORIES, REPOSITORIES_IN_SHORT, REPOSITORY};
use super::settings::GithubSettings;
use super::untold::ENOUGH;
use crate::circle::Circle;
use crate::met;
use crate::net::Trouble;
use crate::source::apart;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How many repositories are asked for at once.
const FIRST: u32 = 50;
/// How many of a page that fails are asked for one by one.
const FEW: u32 = 10;

/// A repository as it stands now.
#[derive(Clone, Debug)]
pub(super) struct Probe {
    /// Its number, which outlives every name.
    pub(super) id: String,
    pub(super) about: About,
    /// The node as GitHub sent it: as text, since there may be very many.
    pub(super) body: String,
    /// What is new when it differs: the sum of all of the node but for when others were last changed.
    pub(super) digest: String,
    /// When it was told, by GitHub's clock, in microseconds since 1970.
    pub(super) at: i64,
    /// What the credential may not see of it.
    pub(super) hidden: Vec<String>,
}

/// What is looked at of a repository's node.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct About {
    database_id: i64,
    pub(super) name_with_owner: String,
    #[serde(default)]
    pub(super) is_fork: bool,
    #[serde(default)]
    pub(super) is_archived: bool,
    #[serde(default)]
    pub(super) is_empty: bool,
    pub(super) pushed_at: Option<String>,
    pub(super) default_branch_ref: Option<Branch>,
    pub(super) pull_requests: Option<List>,
    pub(super) issues: Option<List>,
    pub(super) milestones: Option<List>,
    pub(super) releases: Option<List>,
    pub(super) deployments: Option<List>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Branch {
    pub(super) target: Option<Target>,
}

#[derive(Clone, Debug, Deserialize)]
pub(super) struct Target {
    pub(super) oid: String,
}

/// How many of something there are, and when the first of them was last updated.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct List {
    pub(super) total_count: u64,
    nodes: Option<Vec<Option<Updated>>>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Updated {
    updated_at: Option<String>,
}

impl List {
    pub(super) fn newest(&self) -> Option<&str> {
        self.nodes.as_ref()?.first()?.as_ref()?.updated_at.as_deref()
    }
}

impl Probe {
    pub(super) fn of(mut node: Value, at: i64, hidden: &[String]) -> Option<Self> {
        let about = match About::deserialize(&node) {
            Ok(about) => about,
            Err(error) => {
                tracing::warn!(%error, "a repository without number or name is left out");
                return None;
            }
        };
        let body = node.to_string();
        if let Some(fields) = node.as_object_mut() {
            for moves in ["updatedAt", "pushedAt"] {
                fields.remove(moves);
            }
            fields.values_mut().filter_map(Value::as_object_mut).for_each(|list| {
                list.remove("nodes");
            });
        }
        let digest = met::digits(&node.to_string());
        Some(Self { id: about.database_id.to_string(), about, body, digest, at, hidden: hidden.to_vec() })
    }

    pub(super) fn name(&self) -> &str {
        &self.about.name_with_owner
    }

    /// Owner and name.
    pub(super) fn path(&self) -> (&str, &str) {
        self.name().split_once('/').unwrap_or((self.name(), ""))
    }

    /// The commit that its default branch stands at.
    pub(super) fn default_sha(&self) -> Option<&str> {
        Some(&self.about.default_branch_ref.as_ref()?.target.as_ref()?.oid)
    }
}

/// What was found, and what could not be looked at: what it is, and why.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// By number.
    pub(super) repositories: BTreeMap<String, Probe>,
    /// Whose repositories were looked at, all or those that an app was given.
    pub(super) owners: Vec<String>,
    /// Whether any of them is an organization.
    has_organization: bool,
    /// What an app should be permitted and is not.
    pub(super) lacks: Option<String>,
    pub(super) problems: BTreeMap<String, Trouble>,
}

impl Found {
    /// Whether what goes by that name is listed and could not be looked at, which is told of by itself.
    pub(super) fn failed_at(&self, name: &str) -> bool {
        let is_it = |what: &str| what.contains('/') && what.eq_ignore_ascii_case(name);
        self.problems.iter().any(|(what, trouble)| is_it(what) && !matches!(trouble, Trouble::Missing(_)))
    }

    /// Whether a repository that went by that name would have been met if it were there: so that one that was not is looked for.
    pub(super) fn tells_of(&self, name: &str) -> bool {
        let owner = name.split_once('/').map_or(name, |(owner, _)| owner);
        let is_of_owner = |known: &str| known.eq_ignore_ascii_case(owner);
        self.problems.iter().all(|(what, trouble)| match what.contains('/') {
            // Whatever could not be looked at may go by another name by now, but is none of an owner all of whose were. What is missing
            // is missing.
            true => matches!(trouble, Trouble::Missing(_)) || self.owners.iter().any(|known| is_of_owner(known)),
            // Of one whose name is not known any more, nor is whose it is.
            false => !name.is_empty() && !is_of_owner(what),
        })
    }
}

/// Looks at all that a connection is to read.
pub(super) async fn look(client: &Client, settings: &GithubSettings) -> Result<Found, Trouble> {
    let mut found = Found { owners: settings.owners.clone(), ..Found::default() };
    if client.is_app() && settings.names_nothing() {
        of_installation(client, &mut found).await?;
    }
    for owner in &settings.owners {
        let looked = match of_owner(client, owner, &mut found).await {
            Ok(0) => Err(none_of(owner)),
            looked => looked.map(drop),
        };
        if let Err(trouble) = looked {
            found.problems.insert(owner.clone(), trouble.unless_fatal()?);
        }
    }
    for repository in &settings.repositories {
        if let Err(trouble) = one(client, repository, &mut found).await {
            found.problems.insert(repository.clone(), trouble.unless_fatal()?);
        }
    }
    let lacks = client.lacks(found.has_organization).await;
    if !lacks.is_empty() {
        let lacks = lacks.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        found.lacks = Some(format!(
            "the app's installation is not permitted to read {lacks}: add that to the permissions of the app, and accept it where it is installed"
        ));
    }
    Ok(found)
}

/// Looks at some repositories alone, by their numbers and names; `None` where one is not what it was: a look at all tells more of it.
pub(super) async fn look_at(client: &Client, repositories: &[(String, String)]) -> Result<Option<Vec<Probe>>, Trouble> {
    let mut found = Found::default();
    for (id, name) in repositories {
        if let Err(trouble) = one(client, name, &mut found).await {
            trouble.unless_fatal()?;
            return Ok(None);
        }
        if found.repositories.get(id).is_none_or(|probe| probe.name() != name) {
            return Ok(None);
        }
    }
    Ok(Some(found.repositories.into_values().collect()))
}

/// What is looked at of a repository that an installation was given.
#[derive(Deserialize)]
struct Granted {
    id: i64,
    full_name: String,
    owner: Owner,
}

#[derive(Deserialize)]
struct Owner {
    login: String,
}

/// Looks at the repositories that an app's installation was given.
async fn of_installation(client: &Client, found: &mut Found) -> Result<(), Trouble> {
    let (mut granted, mut page) = (BTreeMap::<String, BTreeMap<String, String>>::new(), 1_u32);
    let mut circle = Circle::default();
    loop {
        let number = page.to_string();
        let query = [("per_page", "100"), ("page", number.as_str())];
        let told = client.get("installation/repositories", &query, None).await?;
        let told =
            told.ok_or_else(|| Trouble::Again("it sent no list of the installation's repositories".to_owned()))?;
        let list = Vec::<Granted>::deserialize(&told.body["repositories"]);
        let list =
            list.map_err(|e| Trouble::Again(format!("it sent no list of the installation's repositories: {e}")))?;
        let given = told.body["repositories"].as_array().map(Vec::as_slice).unwrap_or_default();
        circle.comes_to("installation/repositories", given, "id")?;
        for Granted { id, full_name, owner } in list {
            granted.entry(owner.login).or_default().insert(id.to_string(), full_name);
        }
        if !told.more {
            break;
        }
        page += 1;
    }
    if granted.is_empty() {
        let reason =
            "the app's installation was given no repositories: give it some, or all, where the app is installed";
        return Err(Trouble::Refused(reason.to_owned()));
    }
    for (owner, given) in granted {
        let mut all = Found::default();
        match of_owner(client, &owner, &mut all).await {
            Ok(_) => {
                // What its owner's list lacks is there all the same.
                for (_, name) in given.iter().filter(|(id, _)| !all.repositories.contains_key(*id)) {
                    if let Err(trouble) = one(client, name, found).await {
                        found.problems.insert(name.clone(), trouble.unless_fatal()?);
                    }
                }
                found.repositories.extend(all.repositories.into_iter().filter(|(id, _)| given.contains_key(id)));
            }
            Err(trouble) => drop(found.problems.insert(owner.clone(), trouble.unless_fatal()?)),
        }
        found.has_organization |= all.has_organization;
        found.owners.push(owner);
    }
    Ok(())
}

/// Looks at the repositories that an owner has, and says how many of them may be seen.
async fn of_owner(client: &Client, owner: &str, found: &mut Found) -> Result<usize, Trouble> {
    let (mut after, mut first, mut seen) = (Value::Null, FIRST, 0);
    loop {
        let variables = json!({"owner": owner, "after": after});
        let told = match client.page(&REPOSITORIES, variables.clone(), &mut first).await {
            Err(failed @ (Trouble::Again(_) | Trouble::TooMuch(_))) => {
                first = FIRST;
                one_by_one(client, variables, failed, found).await?
            }
            told => told?,
        };
        let list = told.data.pointer("/repositoryOwner/repositories").filter(|list| !list.is_null());
        let list = list.ok_or_else(|| unseen(&told.hidden, format!("organization or user `{owner}`")))?;
        found.has_organization |= told.data["repositoryOwner"]["__typename"] == "Organization";
        for node in list["nodes"].as_array().into_iter().flatten().filter(|node| !node.is_null()) {
            if let Some(probe) = Probe::of(node.clone(), told.at, &told.hidden) {
                found.repositories.insert(probe.id.clone(), probe);
                seen += 1;
            }
        }
        let Some(next) = further(list, &after)? else {
            return match told.hidden.first() {
                Some(hidden) if seen == 0 => Err(Trouble::Refused(hidden.clone())),
                _ => Ok(seen),
            };
        };
        after = next;
    }
}

/// A page of an owner's repositories that GitHub does not answer: each is asked for alone, and one that fails keeps none of the others from being
/// read.
async fn one_by_one(client: &Client, variables: Value, failed: Trouble, found: &mut Found) -> Result<Told, Trouble> {
    let mut few = FEW;
    // Where this fails, too, it is no repository that does.
    let mut told = client.page(&REPOSITORIES_IN_SHORT, variables, &mut few).await?;
    let nodes = told.data.pointer_mut("/repositoryOwner/repositories/nodes").and_then(Value::as_array_mut);
    let Some(nodes) = nodes else { return Err(failed) };
    let (mut whole, mut failing) = (Vec::with_capacity(nodes.len()), BTreeMap::new());
    for (_, short) in apart(std::mem::take(nodes), ENOUGH) {
        let Some((owner, name)) = short["nameWithOwner"].as_str().and_then(|path| path.split_once('/')) else {
            continue;
        };
        match client.query(&REPOSITORY, &json!({"owner": owner, "name": name})).await {
            Ok(mut told) => whole.extend(told.data.get_mut("repository").map(Value::take)),
            // It went away in this moment.
            Err(Trouble::Missing(_)) => {}
            // It is told, and looked at with each reading: nobody has to try again for it alone.
            Err(trouble) => {
                let reason = trouble.unless_fatal()?.reason();
                failing.insert(format!("{owner}/{name}"), Trouble::Refused(reason));
            }
        }
        if whole.is_empty() && failing.len() >= ENOUGH {
            break;
        }
    }
    // Where it tells none of several, it is none of them that fails.
    if whole.is_empty() && failing.len() > 1 {
        return Err(failed);
    }
    found.problems.extend(failing);
    *nodes = whole;
    Ok(told)
}

async fn one(client: &Client, repository: &str, found: &mut Found) -> Result<(), Trouble> {
    let (owner, name) = repository.split_once('/').unwrap_or((repository, ""));
    let mut told = client.query(&REPOSITORY, &json!({"owner": owner, "name": name})).await?;
    let node = told.data.get_mut("repository").map(Value::take).unwrap_or_default();
    let unseen = || unseen(&told.hidden, format!("repository `{repository}`"));
    let probe = Probe::of(node, told.at, &told.hidden).ok_or_else(unseen)?;
    found.repositories.insert(probe.id.clone(), probe);
    Ok(())
}

/// That an owner has no repositories, as far as may be seen: rather than that there are none, the credential was given none.
fn none_of(owner: &str) -> Trouble {
    Trouble::Refused(format!(
        "this credential sees no repository of `{owner}`: a classic token needs the scope `repo`, a fine-grained one \
         `{owner}` as its resource owner with repositories of it, an app some where it is installed; while there are \
         none, leave `{owner}` out of `owners`"
    ))
}

/// Why something is not there: what GitHub says of it, or that it says nothing.
fn unseen(hidden: &[String], what: String) -> Trouble {
    match hidden.first() {
        Some(hidden) => Trouble::Refused(hidden.clone()),
        None => Trouble::Missing(format!("there is no {what}, or this credential may not see it")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_looked_at_hides_its_own_and_nothing_else() {
        let refused = || Trouble::Refused("single sign-on".to_owned());
        let missing = || Trouble::Missing("there is none".to_owned());
        for (what, trouble, [shop, store, none]) in [
            (None, missing(), [true, true, true]),
            (Some("Acme"), refused(), [false, true, false]),
            (Some("acme"), missing(), [false, true, false]),
            // What is missing may be looked for by its number, whatever else is named.
            (Some("acme/shop"), missing(), [true, true, true]),
            (Some("elsewhere/shop"), refused(), [true, false, false]),
        ] {
            let problems = what.map(|what| (what.to_owned(), trouble)).into_iter().collect();
            let found = Found { owners: vec!["acme".to_owned()], problems, ..Found::default() };
            let told = ["acme/shop", "umbrella/store", ""].map(|name| found.tells_of(name));
            assert_eq!(told, [shop, store, none], "{what:?}");
        }
    }
}
