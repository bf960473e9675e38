//! `pulse simulate`.

use crate::{Error, Result};
use chrono::DateTime;
use clap::Args;
use pulse_engine::Clock;
use pulse_simulator::{GitHub, Options, Scenario, TOKEN, World, jira, router, serve};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use tokio::net::TcpListener;

/// Play the APIs of GitHub and Jira for a made-up organization
///
/// It has lived for eighteen months, up to now, and goes on living; its history is the same for a seed within a week. Whoever
/// connects to it is shown what GitHub and Jira would show. Nothing is sent anywhere.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  pulse simulate --port 7979 &
  pulse serve --private-addresses         then connect to http://127.0.0.1:7979
  pulse simulate --scenario ./ours.toml --seed 7")]
pub(super) struct Simulate {
    /// The port, on this machine alone
    #[arg(long, default_value_t = 7979)]
    port: u16,
    /// What organization it is: `small`, `bank`, `large`, which takes a while to come to be, or a file like those in data/scenarios
    #[arg(long, value_name = "NAME|PATH", default_value = "small")]
    scenario: String,
    /// Which of all histories it has
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

impl Simulate {
    pub(super) async fn run(self, clock: Clock) -> Result<()> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let failed = |source| Error::Listen { option: "--port", address: address.to_string(), source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let scenario = match self.scenario.as_str() {
            name if Scenario::NAMES.contains(&name) => Scenario::named(name),
            path => Scenario::load(Path::new(path)),
        };
        let scenario = scenario.map_err(|error| Error::Usage(error.to_string()))?;
        let now = DateTime::from_timestamp_micros(clock.now()).unwrap_or(scenario.start);
        let (organization, seed) = (scenario.organization.clone(), self.seed);
        let lived = move || World::up_to(seed, scenario.ending(now), now);
        let world = tokio::task::spawn_blocking(lived).await?.shared();
        let (github, jira) =
            (GitHub::new(world.clone(), Options::default()), jira::Jira::new(world, jira::Options::default()));
        let (email, secret) = (jira::email(&organization), jira::API_TOKEN);
        super::print(&format!(
            "GitHub and Jira of `{organization}` on http://{address}
GitHub: connector `github`, credential `{TOKEN}`, settings {{\"owners\": [\"{organization}\"]}}
Jira:   connector `jira`, credential `{email}:{secret}`\n"
        ))?;
        serve(listener, router(&github, &jira)).await.map_err(failed)
    }
}
