//! What goes wrong with the simulated vendors when somebody wants it to.

use chrono::TimeDelta;
use clap::Args;
use pulse_simulator::{Fault, On, Planned, faults};

/// The options.
#[derive(Debug, Args)]
pub(super) struct FaultArgs {
    /// Which share of the requests fails in a way that goes away by trying again, such as 0.05
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = share, help_heading = "Faults")]
    fail: f64,
    /// What goes wrong once with each vendor: the next request by `disconnect`, the next whose path has /issues in it by `503@/issues`, the
    /// next GraphQL operation of a name by `graphql-timeout@PullRequests`. It may be given again and again
    #[arg(long = "fault", value_name = "FAULT[@WHERE]", value_parser = planned, help_heading = "Faults")]
    planned: Vec<Planned>,
    /// How many requests, and points of GraphQL, a token has in an hour [default: 5000 on GitHub, 65000 in Jira]
    #[arg(long, value_name = "N", help_heading = "Faults")]
    hourly_limit: Option<u32>,
    /// How many seconds the vendors' clocks are ahead
    #[arg(long, value_name = "SECONDS", default_value_t = 0, allow_negative_numbers = true, help_heading = "Faults")]
    clock_skew: i32,
    /// The largest page of GraphQL that GitHub can answer in time
    #[arg(long, value_name = "N", help_heading = "Faults")]
    largest_page: Option<u64>,
    /// A field of GraphQL that GitHub does not know, as an older Enterprise Server
    #[arg(long, value_name = "FIELD", help_heading = "Faults")]
    unknown_field: Option<String>,
    /// How many seconds it takes until Jira's search knows of a change
    #[arg(long, value_name = "SECONDS", default_value_t = 0, help_heading = "Faults")]
    search_lag: u32,
}

impl FaultArgs {
    /// Has it go wrong with a vendor.
    pub(super) fn befall(&self, faults: &faults::Faults, seed: u64) {
        let mut rules = faults.rules.lock();
        rules.hourly_limit = self.hourly_limit.unwrap_or(rules.hourly_limit);
        rules.clock_skew = TimeDelta::seconds(self.clock_skew.into());
        rules.largest_first = self.largest_page;
        rules.unknown_field.clone_from(&self.unknown_field);
        rules.search_lag = TimeDelta::seconds(self.search_lag.into());
        faults.plan.lock().extend(self.planned.iter().cloned());
        faults.at_random(seed, self.fail);
    }
}

/// A share from none to all.
pub(super) fn share(text: &str) -> Result<f64, String> {
    let share = text.parse::<f64>().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "should be from 0 to 1, such as 0.05".to_owned())
}

fn planned(text: &str) -> Result<Planned, String> {
    let (name, place) = text.split_once('@').map_or((text, None), |(name, place)| (name, Some(place)));
    let unknown = || format!("there is no such fault: there are {}, and statuses from 500 on", Fault::NAMES.join(", "));
    let on = match place {
        None => On::Next,
        Some(path) if path.starts_with('/') => On::Path(path.to_owned()),
        Some(operation) => On::Operation(operation.to_owned()),
    };
    Ok(Planned { on, after: 0, fault: Fault::named(name).ok_or_else(unknown)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use clap::Parser;
    use pulse_simulator::{Options, Server, TOKEN, World, jira};

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        faults: FaultArgs,
    }

    fn asked(args: &[&str]) -> Result<FaultArgs, clap::Error> {
        let line = std::iter::once("simulate").chain(args.iter().copied());
        Line::try_parse_from(line).map(|line| line.faults)
    }

    #[test]
    fn faults_are_read_with_where_they_happen_and_what_is_none_is_refused() {
        let both = asked(&["--fault", "disconnect", "--fault", "503@/issues", "--fault", "saml@Teams"]).unwrap();
        let planned = |on, fault| Planned { on, after: 0, fault };
        assert_eq!(
            both.planned,
            [
                planned(On::Next, Fault::Disconnect),
                planned(On::Path("/issues".to_owned()), Fault::ServerError(503)),
                planned(On::Operation("Teams".to_owned()), Fault::Saml),
            ]
        );
        let behind = asked(&["--clock-skew", "-90", "--fail", "0.25"]).unwrap();
        assert_eq!((behind.clock_skew, behind.fail), (-90, 0.25));
        for wrong in [["--fault", "fire"], ["--fault", "404"], ["--fail", "5"], ["--fail", "-0.1"], ["--fail", "NaN"]] {
            assert!(asked(&wrong).is_err(), "{wrong:?}");
        }
    }

    #[tokio::test]
    async fn what_is_asked_for_happens_once_at_the_vendor_whose_path_it_is() {
        let world = World::empty("acme", DateTime::UNIX_EPOCH);
        let server = Server::start(world.shared(), Options::default()).await.unwrap();
        let faults = asked(&["--fault", "503@/orgs/", "--fault", "502@/serverInfo", "--hourly-limit", "7"]).unwrap();
        faults.befall(&server.github.faults, 1);
        faults.befall(&server.jira.faults, 1);
        let http = reqwest::Client::builder().user_agent("test").no_proxy().build().unwrap();
        let ask = async |path: &str, token: &str| {
            let request = http.get(format!("{}{path}", server.url)).bearer_auth(token);
            request.send().await.unwrap().status().as_u16()
        };
        for (path, token, status) in [("/orgs/acme", TOKEN, 503), ("/rest/api/2/serverInfo", jira::PAT, 502)] {
            assert_eq!(ask(path, token).await, status);
            assert_ne!(ask(path, token).await, status, "it happens once");
        }
        assert_eq!(server.jira.faults.rules.lock().hourly_limit, 7);
    }
}
