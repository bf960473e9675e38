//! The sample tenants: made-up organizations that are read from a simulated GitHub and Jira as a server reads real ones, so that
//! there is something to see before anything is connected.

use crate::control::{Connection, Control};
use crate::jobs::{Reading, Repositories, Sources};
use crate::mapping::{Decision, Landed};
use crate::{Error, Result, report};
use chrono::{DateTime, NaiveDateTime, Utc};
use pulse_connectors::net::{Manner, Reach};
use pulse_connectors::{Progress, github};
use pulse_engine::{Clock, RepositoryMapping, Tenant, TenantId};
use pulse_simulator::jira::{API_TOKEN, email};
use pulse_simulator::{Options, Scenario, Server, TOKEN, World, jira};
use serde::Deserialize;
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use tokio::net::TcpListener;

/// A tenant that holds a made-up organization; everything in it is labelled as a sample by its name ([`is_sample`]).
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// The tenant.
    pub tenant: &'static str,
    /// The scenario that its organization lives by.
    pub scenario: &'static str,
}

/// The port of this machine that the first is read from, unless another is named; the next are read from the ports after it. It has to
/// be the same each time: a connection goes on only where it began.
pub const PORT: u16 = 7980;

/// All of them. The first is the one that people are shown.
pub const SAMPLES: [Sample; 2] =
    [Sample { tenant: "demo", scenario: "small" }, Sample { tenant: "demo-bank", scenario: "bank" }];

/// Which of all histories of a scenario it is.
pub const SEED: u64 = 42;

/// What the first aims at, each in the metric's unit: some of it is met, and some is not.
pub const TARGETS: [(&str, f64); 5] = [
    ("change_lead_time", 2.0 * DAY),
    ("deployment_frequency", 5.0),
    ("change_fail_rate", 0.1),
    ("failed_deployment_recovery_time", DAY / 6.0),
    ("cycle_time", 3.0 * DAY),
];

/// Seconds.
const DAY: f64 = 86_400.0;

/// Who made its connections and decided about it.
const BY: &str = "demo";

/// Requests that the simulated vendors allow in an hour: nobody should have to wait for a sample.
const HOURLY_LIMIT: u32 = 1_000_000;

/// What the names of tenants begin with whose data is made up, but for the first.
pub const BEGINS: &str = "demo-";

/// Whether a tenant's data is made up. Its name says so, and that of each copy: there is no other name that one is taken in under.
pub fn is_sample(tenant: &str) -> bool {
    tenant == SAMPLES[0].tenant || tenant.starts_with(BEGINS)
}

/// Lands what is new since the last time in an organization that lives up to now; all of its history at first. Returns how many
/// payloads that were.
///
/// When it began is told by what was mapped before, so that its history goes on, whenever this is done again.
///
/// # Errors
/// When the port cannot be listened on; what landing fails at, such as when it was read from another port before.
pub async fn land(
    tenant: &Tenant,
    scenario: Scenario,
    port: u16,
    clock: Clock,
    far: &(dyn Fn(u64) + Sync),
) -> Result<u64> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let failed = |source| Error::Listen { option: "--port", address: address.to_string(), source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let now = DateTime::from_timestamp_micros(clock.now()).unwrap_or(scenario.start);
    let scenario = match begun(tenant).await? {
        Some(start) => Scenario { start, ..scenario },
        None => scenario.ending(now),
    };
    let organization = scenario.organization.clone();
    let world = tokio::task::spawn_blocking(move || World::up_to(SEED, scenario, now)).await?;
    let vendors = Server::start_on(listener, world.shared(), Options::default(), jira::Options::default());
    let vendors = vendors.map_err(failed)?;
    vendors.github.faults.rules.lock().hourly_limit = HOURLY_LIMIT;
    vendors.jira.faults.rules.lock().hourly_limit = HOURLY_LIMIT;
    let manner = Manner { reach: Reach::Anywhere, clock, ..Manner::default() };
    let sources = Sources { repositories: Repositories::default(), manner };
    let mut landed = 0;
    for (connection, credential) in connections(&organization, &vendors.url) {
        let before = landed;
        let told = move |done: Progress| far(before + done.payloads);
        let opened = sources.open(tenant.id(), &connection, Some(&credential), None).await?;
        landed += sources.land(tenant, &connection, opened, Reading::New, &told).await?.payloads;
    }
    Ok(landed)
}

/// Puts each repository that is in no project into the one whose items most of its pull requests name, as somebody would who looks at
/// what is suggested. Returns how many that were: where there were any, facts are to be made anew.
///
/// # Errors
/// When storage fails.
pub async fn decide(tenant: &Tenant, clock: Clock) -> Result<usize> {
    let scope = |repository: RepositoryMapping| {
        let project = repository.likely.filter(|_| repository.projects.is_empty())?;
        let row =
            [("scope_kind", "repository"), ("scope_id", repository.id.as_str()), ("project_id", project.id.as_str())];
        let row = row.into_iter().map(|(column, value)| (column.to_owned(), Value::from(value))).collect();
        Some(Decision { entity: "project_scopes".to_owned(), row })
    };
    let mapping = pulse_engine::mapping(tenant).await?;
    let decisions: Vec<Decision> = mapping.repositories.into_iter().filter_map(scope).collect();
    if !decisions.is_empty() {
        Landed::of(&decisions, tenant, BY, clock.now()).await?.land(tenant).await?;
    }
    Ok(decisions.len())
}

/// Sets the targets of a tenant that the control database does not know, as somebody would who begins to work with it. What it knows is
/// left as people have it. Whether it was new.
///
/// # Errors
/// When the database fails.
pub async fn aim(control: &Control, tenant: &TenantId, time_zone: &str) -> Result<bool> {
    if control.tenant(tenant).await?.is_some() {
        return Ok(false);
    }
    control.create_tenant(tenant, tenant.as_str(), time_zone).await?;
    for (metric, value) in TARGETS {
        control.set_target(tenant, metric, value, BY, 0).await?;
    }
    Ok(true)
}

/// What a sample is read through, with the credential of each. An incident is told by both vendors: GitHub's is the one that counts,
/// as it says in which repository it was.
fn connections(organization: &str, url: &str) -> [(Connection, String); 2] {
    let connection = |name: &str, connector: &str, settings: Value| Connection {
        name: name.to_owned(),
        connector: connector.to_owned(),
        place: url.to_owned(),
        settings,
        has_credential: true,
        created_by: BY.to_owned(),
        created_at: 0,
        version: 0,
    };
    let incidents = json!({"incidents": {"types": [], "labels": []}});
    let tickets = format!("{}:{API_TOKEN}", email(organization));
    [
        (connection("hub", github::CONNECTOR, json!({"owners": [organization]})), TOKEN.to_owned()),
        (connection("tickets", pulse_connectors::jira::CONNECTOR, incidents), tickets),
    ]
}

/// When the organization of a tenant began: its first repositories were made then.
async fn begun(tenant: &Tenant) -> Result<Option<DateTime<Utc>>> {
    #[derive(Deserialize)]
    struct Begun {
        at: Option<String>,
    }
    let session = match tenant.session().await {
        Ok(session) => session,
        // Nothing of it was ever landed.
        Err(pulse_engine::Error::UnknownTenant { .. }) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    if !session.has_table("core", "repositories") {
        return Ok(None);
    }
    let found: Vec<Begun> = report::rows(&session, include_str!("../../sql/report/begun.sql")).await?;
    // Without a Z at its end, as an answer may have it, it is UTC, too.
    let read = |at: &String| at.trim_end_matches('Z').parse::<NaiveDateTime>().ok().map(|at| at.and_utc());
    Ok(found.first().and_then(|begun| begun.at.as_ref()).and_then(read))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_and_each_copy_of_one_are_told_by_their_names() {
        assert!(SAMPLES.iter().all(|sample| is_sample(sample.tenant)));
        assert!(is_sample("demo-again") && is_sample("demo-bank-again"));
        assert!(!["demos", "democracy", "acme-demo", "acme"].into_iter().any(is_sample));
    }
}
