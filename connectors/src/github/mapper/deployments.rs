//! Deployments that GitHub has a record of, and the row of any deployment.

use super::Work;
use super::values::{meaning, required_time, time};
use crate::github::DeploymentSource;
use crate::github::payload::{Deployment, Status};
use pulse_engine::map::Reject;
use pulse_engine::row::Value;

/// The environment of a record that names none. It is nobody's production.
const UNKNOWN: &str = "unknown";

/// A deployment, whatever tells of it.
pub(super) struct Delivery<'a> {
    /// The native part of its key.
    pub(super) native: String,
    pub(super) repository: &'a str,
    pub(super) environment: &'a str,
    pub(super) is_production: bool,
    pub(super) status: &'static str,
    pub(super) sha: Option<String>,
    pub(super) ref_name: Option<String>,
    pub(super) created_at: Value,
    pub(super) started_at: Value,
    pub(super) finished_at: Value,
    pub(super) kind: &'static str,
    pub(super) url: Option<String>,
    /// What it was concluded from, when nobody recorded it.
    pub(super) inferred_from: Option<&'static str>,
}

impl Delivery<'_> {
    /// Makes the row.
    pub(super) fn push(self, work: &mut Work<'_>) -> Result<(), Reject> {
        let row = work
            .row("deployments", &self.native)?
            .set("repository_id", work.id(self.repository))
            .set("environment", self.environment)
            .set("is_production", self.is_production)
            .set("status", self.status)
            .set("sha", self.sha)
            .set("ref_name", self.ref_name)
            .set("created_at", self.created_at)
            .set("started_at", self.started_at)
            .set("finished_at", self.finished_at)
            .set("kind", self.kind)
            .set("url", self.url)
            .set("inferred_from", self.inferred_from);
        work.push(row)
    }
}

pub(super) fn map(work: &mut Work<'_>) -> Result<(), Reject> {
    let (repository, id) = work.numbered()?;
    let settings = work.settings()?;
    let settings = &settings.deployments;
    let native = format!("{repository}/deployments/{id}");
    if work.is_gone() {
        let tells = settings.come_from(DeploymentSource::Deployments);
        return if tells { work.gone("deployments", &native) } else { Ok(()) };
    }
    let deployment: Deployment = work.read()?;
    work.account(deployment.creator.as_ref());
    let outcome = Outcome::of(&deployment.statuses.0)?;
    if !settings.come_from(DeploymentSource::Deployments) {
        return Ok(());
    }
    let named = [&deployment.original_environment, &deployment.environment].into_iter().flatten();
    let environment = named.map(|name| name.trim()).find(|name| !name.is_empty());
    let ref_name = deployment.r#ref.and_then(|reference| reference.name);
    let names = [deployment.task.as_deref(), deployment.description.as_deref(), ref_name.as_deref()];
    Delivery {
        native,
        repository,
        environment: environment.unwrap_or(UNKNOWN),
        is_production: environment.is_some_and(|name| settings.is_production(name)),
        status: outcome.status,
        kind: settings.kind(&names),
        ref_name,
        sha: deployment.commit_oid,
        created_at: time(deployment.created_at.as_deref()),
        started_at: outcome.started.map_or(Value::Null, Value::Time),
        finished_at: outcome.finished.map_or(Value::Null, Value::Time),
        url: outcome.url.map(str::to_owned),
        inferred_from: None,
    }
    .push(work)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Waiting,
    Started,
    Succeeded,
    Failed,
    Inactive,
}

const STATES: &[(&str, State)] = &[
    ("QUEUED", State::Waiting),
    ("PENDING", State::Waiting),
    ("WAITING", State::Waiting),
    ("IN_PROGRESS", State::Started),
    ("SUCCESS", State::Succeeded),
    ("FAILURE", State::Failed),
    ("ERROR", State::Failed),
    ("INACTIVE", State::Inactive),
];

/// How a deployment went, from all its statuses in any order.
///
/// The first success decides, also after failures under the same number; else the first failure. `INACTIVE` says that
/// another deployment took its place, long after it finished or before it did; it never is the end of one.
#[derive(Debug, Default, PartialEq)]
struct Outcome<'a> {
    status: &'static str,
    started: Option<i64>,
    finished: Option<i64>,
    url: Option<&'a str>,
}

impl<'a> Outcome<'a> {
    fn of(statuses: &'a [Status]) -> Result<Self, Reject> {
        let mut seen = Vec::with_capacity(statuses.len());
        for status in statuses {
            let state = meaning("statuses.state", status.state.as_deref(), STATES)?;
            let at = required_time("statuses.createdAt", status.created_at.as_deref())?;
            let mut urls = [&status.environment_url, &status.log_url].into_iter().flatten().map(String::as_str);
            seen.push((state, at, urls.find(|url| !url.is_empty())));
        }
        // Of two at one instant the address decides, so that their order does not.
        let first =
            |wanted: State| seen.iter().filter(|(state, ..)| *state == wanted).map(|(_, at, url)| (*at, *url)).min();
        let started = first(State::Started).map(|(at, _)| at);
        let ended = |status, (at, url): (i64, Option<&'a str>)| Self { status, started, finished: Some(at), url };
        Ok(match (first(State::Succeeded), first(State::Failed), first(State::Inactive)) {
            (Some(end), ..) => ended("succeeded", end),
            (None, Some(end), _) => ended("failed", end),
            (None, None, Some(_)) => Self { status: "cancelled", started, ..Self::default() },
            (None, None, None) => Self { status: "running", started, ..Self::default() },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn status(state: &str, second: i64) -> Status {
        let created_at = chrono::DateTime::from_timestamp(second, 0).map(|time| time.to_rfc3339());
        Status {
            state: Some(state.to_owned()),
            created_at,
            environment_url: None,
            log_url: Some(format!("{state} {second}")),
        }
    }

    fn told(statuses: &[(&str, i64)]) -> (&'static str, Option<i64>, Option<i64>, Option<String>) {
        let statuses: Vec<_> = statuses.iter().map(|(state, at)| status(state, *at)).collect();
        let outcome = Outcome::of(&statuses).unwrap();
        let seconds = |micros: Option<i64>| micros.map(|micros| micros / 1_000_000);
        (outcome.status, seconds(outcome.started), seconds(outcome.finished), outcome.url.map(str::to_owned))
    }

    #[test]
    fn a_deployment_finishes_with_its_first_success() {
        let url = |text: &str| Some(text.to_owned());
        let running = ("running", None, None, None);
        for (statuses, expected) in [
            (&[][..], running.clone()),
            (&[("QUEUED", 1), ("PENDING", 2), ("WAITING", 3)], running),
            (&[("IN_PROGRESS", 4), ("IN_PROGRESS", 2)], ("running", Some(2), None, None)),
            (
                &[("INACTIVE", 9), ("SUCCESS", 5), ("IN_PROGRESS", 3), ("SUCCESS", 7)],
                ("succeeded", Some(3), Some(5), url("SUCCESS 5")),
            ),
            (&[("FAILURE", 2), ("SUCCESS", 5), ("ERROR", 1)], ("succeeded", None, Some(5), url("SUCCESS 5"))),
            (&[("FAILURE", 4), ("ERROR", 2), ("INACTIVE", 1)], ("failed", None, Some(2), url("ERROR 2"))),
            (&[("INACTIVE", 3)], ("cancelled", None, None, None)),
            (&[("INACTIVE", 3), ("IN_PROGRESS", 1)], ("cancelled", Some(1), None, None)),
        ] {
            assert_eq!(told(statuses), expected, "{statuses:?}");
        }
    }

    #[test]
    fn the_address_is_that_of_the_environment_before_that_of_the_log() {
        let mut status = status("SUCCESS", 1);
        status.environment_url = Some("https://shop.example".to_owned());
        assert_eq!(Outcome::of(&[status]).unwrap().url, Some("https://shop.example"));
        let empty = Status { environment_url: Some(String::new()), ..self::status("SUCCESS", 1) };
        assert_eq!(Outcome::of(&[empty]).unwrap().url, Some("SUCCESS 1"));
    }

    #[test]
    fn a_status_that_cannot_be_read_is_told_by_its_field() {
        let field = |status| Outcome::of(&[status]).unwrap_err().field;
        assert_eq!(field(status("EXPLODED", 1)).as_deref(), Some("statuses.state"));
        let timeless = Status { created_at: None, ..status("SUCCESS", 1) };
        assert_eq!(field(timeless).as_deref(), Some("statuses.createdAt"));
    }

    proptest! {
        #[test]
        fn the_order_in_which_statuses_come_does_not_matter(
            (statuses, shuffled) in prop::collection::vec((prop::sample::select(STATES), 0i64..5, "[a-c]?"), 0..8)
                .prop_flat_map(|statuses| (Just(statuses.clone()), Just(statuses).prop_shuffle())),
        ) {
            let made = |statuses: &[((&str, State), i64, String)]| -> Vec<Status> {
                let one = |((name, _), at, url): &((&str, State), i64, String)| {
                    Status { environment_url: Some(url.clone()), log_url: None, ..status(name, *at) }
                };
                statuses.iter().map(one).collect()
            };
            let (one, other) = (made(&statuses), made(&shuffled));
            prop_assert_eq!(Outcome::of(&one).unwrap(), Outcome::of(&other).unwrap());
        }
    }
}
