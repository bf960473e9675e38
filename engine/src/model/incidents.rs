//! Which deployment caused which incident, and what that says of the deployment.
//!
//! The first of these rules that speaks decides:
//! 1. `override`: what a person decided last, "none" included;
//! 2. `explicit`: the deployment that the source names;
//! 3. `sha`: the successful production deployment of the incident's own service that first carried the commit that the
//!    source names; another repository with the same commit is not to blame for it. Where the service is not known, one
//!    repository alone may have deployed the commit;
//! 4. `explicit`: what a rollback or revert that was made to fix this incident repaired;
//! 5. `window`: the latest successful production deployment of the incident's own service that finished before it began,
//!    within the window. One that finished at the very same instant did not finish before.
//!
//! A rule that names something which is not in the lake, or which could be several things, links nothing, and the reason
//! says so: to go on and blame another deployment would contradict what is known.
//!
//! What was closed as a duplicate, a false alarm or the like was abandoned: it caused nothing to be said of any deployment, unless a person decided
//! which one caused it. While it is open nobody knows, and it is an incident as any other.

use super::facts::{Carried, DeploymentFact, Failure, IncidentFact};
use super::input::{Incident, Override};
use super::organisation::Organisation;
use crate::{Flow, Settings};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Why what was closed without having been an incident is not counted.
const ABANDONED: &str = "abandoned";

/// All that is asked of incidents, over all repositories of a tenant, each list in any order.
#[derive(Debug, Default)]
pub struct Incidents<'a> {
    /// The incidents.
    pub incidents: Vec<Incident<'a>>,
    /// What people decided about them.
    pub overrides: Vec<Override<'a>>,
    /// Which production deployment first carried the commits that incidents name. More may be given, none may be missing.
    pub carried: Vec<Carried<'a>>,
}

/// Links incidents, and completes the failures of `deployments`, which are those of all repositories of the tenant.
pub fn incidents<'a>(
    input: &Incidents<'a>,
    deployments: &mut [DeploymentFact<'a>],
    organisation: &'a Organisation,
    settings: &Settings,
) -> Vec<IncidentFact<'a>> {
    let linking = Linking::new(input, deployments, organisation, settings);
    let mut facts: Vec<_> = input.incidents.iter().map(|incident| linking.link(incident)).collect();
    facts.sort_by_key(|fact| (fact.incident.began_at, fact.incident.id));
    complete(&facts, deployments);
    facts
}

/// What incidents, or else the history, say of each deployment's failure, and of whether it was made to fix one. One that never succeeded in
/// production did not fail in the sense of the metrics.
fn complete(incidents: &[IncidentFact<'_>], deployments: &mut [DeploymentFact<'_>]) {
    let mut caused: HashMap<&str, Vec<&IncidentFact<'_>>> = HashMap::new();
    for fact in incidents {
        if let Some(deployment) = fact.deployment_id {
            caused.entry(deployment).or_default().push(fact);
        }
    }
    let left_out = incidents.iter().filter(|fact| fact.excluded.is_some()).map(|fact| fact.incident.id);
    let left_out: HashSet<&str> = left_out.collect();
    for fact in deployments {
        // Said of all anew, since it may have been taken up again.
        if let Some(incident) = fact.deployment.incident_id.filter(|_| fact.deployment.is_production) {
            fact.rework_rule = if left_out.contains(incident) { fact.own_rework_rule } else { Some("incident") };
        }
        fact.failure = match caused.get(fact.deployment.id) {
            _ if fact.excluded().is_some() => None,
            Some(caused) => {
                let is_open = caused.iter().any(|fact| fact.is_open);
                let last = caused.iter().filter_map(|fact| fact.incident.resolved_at).max();
                let is_lasting = caused.iter().any(|fact| fact.incident.resolved_at.is_none());
                let contradicts = caused.iter().any(|fact| is_contradicted(&fact.incident));
                let recovered_at = last.filter(|_| !is_lasting && !contradicts);
                // Incidents come in the order in which they began.
                let evidence = caused.first().map(|fact| fact.incident.id.to_owned()).unwrap_or_default();
                Some(Failure { rule: "incident", evidence, recovered_at, is_open })
            }
            None => fact.history.clone(),
        };
    }
}

/// Whether its source says that it was resolved before it began: then nobody knows how long it took.
fn is_contradicted(incident: &Incident<'_>) -> bool {
    incident.resolved_at.is_some_and(|resolved| resolved < incident.began_at)
}

struct Linking<'i, 'a> {
    organisation: &'a Organisation,
    flow: &'i Flow,
    window_seconds: i64,
    deployments: HashMap<&'a str, Known<'a>>,
    /// The successful production deployments of each repository, in order.
    finished: BTreeMap<&'a str, Vec<Finished<'a>>>,
    overrides: HashMap<&'a str, &'i Override<'a>>,
    /// What carried the commits that incidents name, by the name that they use.
    carriers: HashMap<&'a str, Vec<Carrier<'a>>>,
    repairs: HashMap<&'a str, (Finished<'a>, &'a str)>,
}

struct Known<'a> {
    repository_id: &'a str,
}

/// When a deployment finished, when it started, and its id: its place in the order of all.
type Finished<'a> = (i64, Option<i64>, &'a str);

/// A deployment of a repository that first carried a commit there.
struct Carrier<'a> {
    place: Finished<'a>,
    repository_id: &'a str,
    sha: &'a str,
}

/// What a rule says: the deployment if there is one, and a sentence.
struct Verdict<'a> {
    deployment_id: Option<&'a str>,
    rule: Option<&'static str>,
    reason: String,
}

impl<'i, 'a> Linking<'i, 'a> {
    fn new(
        input: &'i Incidents<'a>,
        deployments: &[DeploymentFact<'a>],
        organisation: &'a Organisation,
        settings: &'i Settings,
    ) -> Self {
        let mut known = HashMap::new();
        let mut finished: BTreeMap<&str, Vec<Finished<'a>>> = BTreeMap::new();
        let mut repairs: HashMap<&str, (Finished<'a>, &str)> = HashMap::new();
        for fact in deployments {
            let deployment = &fact.deployment;
            known.insert(deployment.id, Known { repository_id: fact.repository_id });
            let (None, Some(at)) = (fact.excluded(), deployment.finished_at) else { continue };
            let place = (at, deployment.started_at, deployment.id);
            finished.entry(fact.repository_id).or_default().push(place);
            // What repaired another deployment and is neither a rollback nor a hotfix did so by a revert.
            let undoes = fact.is_rollback || !fact.is_hotfix();
            if let (Some(incident), Some(repaired), true) = (deployment.incident_id, fact.repairs_id, undoes) {
                let first = repairs.entry(incident).or_insert((place, repaired));
                *first = (*first).min((place, repaired));
            }
        }
        finished.values_mut().for_each(|order| order.sort_unstable());
        let mut overrides: HashMap<&str, &Override<'a>> = HashMap::new();
        for decision in &input.overrides {
            let newest = overrides.entry(decision.incident_id).or_insert(decision);
            if (newest.made_at, newest.id) < (decision.made_at, decision.id) {
                *newest = decision;
            }
        }
        let wanted: HashSet<&str> = input.incidents.iter().filter_map(|i| i.caused_by_sha).collect();
        let mut lengths: Vec<usize> = wanted.iter().map(|sha| sha.len()).filter(|len| *len >= SHORTEST).collect();
        lengths.sort_unstable();
        lengths.dedup();
        let production: HashMap<&str, Finished<'a>> =
            finished.values().flatten().map(|place| (place.2, *place)).collect();
        let mut carriers: HashMap<&str, Vec<Carrier<'a>>> = HashMap::new();
        for row in &input.carried {
            let Some(place) = production.get(row.deployment_id) else { continue };
            for length in &lengths {
                if let Some(named) = row.sha.get(..*length).and_then(|prefix| wanted.get(prefix)) {
                    let carrier = Carrier { place: *place, repository_id: row.repository_id, sha: row.sha };
                    carriers.entry(named).or_default().push(carrier);
                }
            }
        }
        Self {
            organisation,
            flow: &settings.flow,
            window_seconds: settings.incident_window_seconds,
            deployments: known,
            finished,
            overrides,
            carriers,
            repairs,
        }
    }

    fn link(&self, incident: &Incident<'a>) -> IncidentFact<'a> {
        let abandoned = self.abandoned(incident);
        let verdict = self
            .overridden(incident)
            .or_else(|| {
                abandoned
                    .map(|told| unlinked(format!("It was closed as `{told}`, so it does not count as an incident.")))
            })
            .or_else(|| self.named(incident))
            .or_else(|| self.by_sha(incident))
            .or_else(|| self.by_repair(incident))
            .unwrap_or_else(|| self.in_window(incident));
        let cause = verdict.deployment_id.and_then(|id| self.deployments.get(id));
        let repository_id = cause.map(|known| known.repository_id).or(incident.repository_id);
        let project_id = incident
            .project_id
            .or_else(|| incident.repository_id.and_then(|repository| self.organisation.project_of(repository)));
        // Where its project or repository went before it was resolved, nobody will ever say that it was.
        let home = incident.project_id.or(incident.repository_id);
        let is_left = incident.resolved_at.is_none() && home.is_some_and(|home| self.organisation.is_gone(home));
        let unknown = match (is_contradicted(incident), is_left) {
            (true, _) => " It was resolved before it began, so its recovery is not known.",
            (_, true) => " It was open when its project or repository was deleted, so its recovery is not known.",
            _ => "",
        };
        IncidentFact {
            incident: incident.clone(),
            project_id,
            team_id: project_id.and_then(|project| self.organisation.owner_of(project)),
            repository_id,
            deployment_id: verdict.deployment_id,
            link_rule: verdict.rule,
            link_window_seconds: (verdict.rule == Some("window")).then_some(self.window_seconds as f64),
            link_reason: verdict.reason + unknown,
            is_open: incident.resolved_at.is_none() && !is_left,
            excluded: abandoned.map(|_| ABANDONED),
        }
    }

    /// What says of an incident that is closed that it was none. Who decided which deployment caused it says that it was one.
    fn abandoned(&self, incident: &Incident<'a>) -> Option<&'a str> {
        let is_decided = self.overrides.get(incident.id).is_some_and(|decision| decision.deployment_id.is_some());
        let is_closed = incident.resolved_at.is_some();
        let told = [incident.resolution, incident.status].into_iter().flatten();
        told.filter(|_| is_closed && !is_decided).find(|text| self.flow.is_abandoned(text))
    }

    fn overridden(&self, incident: &Incident<'a>) -> Option<Verdict<'a>> {
        let decision = self.overrides.get(incident.id)?;
        let who = decision.made_by.unwrap_or("Somebody");
        let why = decision.reason.map(|reason| format!(": {reason}")).unwrap_or_default();
        let (deployment_id, sentence) = match decision.deployment_id {
            None => (None, "decided that no deployment caused it"),
            Some(id) if self.deployments.contains_key(id) => (Some(id), "decided that this deployment caused it"),
            Some(_) => (None, "decided for a deployment that is not in the lake"),
        };
        Some(Verdict { deployment_id, rule: Some("override"), reason: sentence_of(&format!("{who} {sentence}{why}")) })
    }

    fn named(&self, incident: &Incident<'a>) -> Option<Verdict<'a>> {
        let id = incident.deployment_id?;
        Some(if self.deployments.contains_key(id) {
            linked(id, "explicit", "Its source names this deployment as the cause.".to_owned())
        } else {
            unlinked(format!("Its source names deployment `{id}` as the cause, which is not in the lake."))
        })
    }

    fn by_sha(&self, incident: &Incident<'a>) -> Option<Verdict<'a>> {
        let sha = incident.caused_by_sha?;
        let own = self.service(incident);
        let carriers: Vec<&Carrier<'a>> = self
            .carriers
            .get(sha)
            .into_iter()
            .flatten()
            .filter(|carrier| own.is_empty() || own.contains(&carrier.repository_id))
            .collect();
        let named = format!("Its source names commit {sha} as the cause");
        if sha.len() < SHORTEST {
            return Some(unlinked(format!(
                "{named}, which is too short to tell it from others: give {SHORTEST} digits or more."
            )));
        }
        let commits: BTreeSet<&str> = carriers.iter().map(|carrier| carrier.sha).collect();
        if commits.len() > 1 {
            return Some(unlinked(format!("{named}, which is short for {} commits.", commits.len())));
        }
        let repositories: BTreeSet<&str> = carriers.iter().map(|carrier| carrier.repository_id).collect();
        if own.is_empty() && repositories.len() > 1 {
            let several = repositories.len();
            return Some(unlinked(format!(
                "{named}, which {several} repositories deployed, and not which of them failed."
            )));
        }
        // Of several environments or repositories of the service, the one that had it first.
        Some(match carriers.iter().map(|carrier| carrier.place).min() {
            Some((_, _, id)) => linked(id, "sha", format!("{named}, which this deployment first carried.")),
            None if own.is_empty() => {
                unlinked(format!("{named}, which no successful production deployment is known to carry."))
            }
            None => unlinked(format!(
                "{named}, which no successful production deployment of its service is known to carry."
            )),
        })
    }

    fn by_repair(&self, incident: &Incident<'a>) -> Option<Verdict<'a>> {
        let ((_, _, repair), repaired) = self.repairs.get(incident.id)?;
        Some(linked(repaired, "explicit", format!("Deployment `{repair}` was made to fix it, and undid this one.")))
    }

    fn in_window(&self, incident: &Incident<'a>) -> Verdict<'a> {
        let service = self.service(incident);
        if service.is_empty() {
            return unlinked("It names no deployment, and no repository belongs to its service.".to_owned());
        }
        let latest = service.iter().filter_map(|repository| {
            let order = self.finished.get(repository)?;
            let before = order.partition_point(|(at, _, _)| *at < incident.began_at);
            order[..before].last()
        });
        let oldest = incident.began_at.saturating_sub(self.window_seconds.saturating_mul(1_000_000));
        let window = spoken(self.window_seconds);
        match latest.max().filter(|(at, _, _)| *at >= oldest) {
            Some((at, _, id)) => {
                let gap = spoken((incident.began_at - at) / 1_000_000);
                let reason = format!(
                    "It is the latest successful production deployment of the service within {window} before the incident; it finished {gap} before."
                );
                linked(id, "window", reason)
            }
            None => unlinked(format!(
                "No successful production deployment of the service finished within {window} before it began."
            )),
        }
    }

    /// The repositories of the incident's own service.
    fn service(&self, incident: &Incident<'a>) -> Vec<&'a str> {
        match (incident.repository_id, incident.project_id) {
            (Some(repository), _) => vec![repository],
            (None, Some(project)) => self.organisation.repositories_of(project).collect(),
            (None, None) => Vec::new(),
        }
    }
}

/// The shortest abbreviated object id that is taken for one.
const SHORTEST: usize = 7;

fn linked<'a>(id: &'a str, rule: &'static str, reason: String) -> Verdict<'a> {
    Verdict { deployment_id: Some(id), rule: Some(rule), reason }
}

fn unlinked<'a>(reason: String) -> Verdict<'a> {
    Verdict { deployment_id: None, rule: None, reason }
}

/// Ends a sentence that may end in a person's own words.
fn sentence_of(text: &str) -> String {
    let text = text.trim_end();
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

/// A duration as a person says it: `90 s`, `3 h`, `1 h 30 min`.
fn spoken(seconds: i64) -> String {
    match (seconds / 3600, seconds % 3600 / 60, seconds % 60) {
        (0, 0, s) => format!("{s} s"),
        (0, m, 0) => format!("{m} min"),
        (0, m, s) => format!("{m} min {s} s"),
        (h, 0, _) => format!("{h} h"),
        (h, m, _) => format!("{h} h {m} min"),
    }
}
