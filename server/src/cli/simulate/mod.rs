//! `pulse simulate`.

mod faults;
mod hooks;

use crate::{Error, Result};
use chrono::{DateTime, TimeDelta};
use clap::Args;
use faults::FaultArgs;
use hooks::HookArgs;
use pulse_engine::Clock;
use pulse_simulator::{GitHub, Options, Scenario, SharedWorld, TOKEN, World, jira, router, serve};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;
use tokio::net::TcpListener;

/// How often it is looked at what happens.
const MOMENT: Duration = Duration::from_secs(1);

/// Play the APIs of GitHub and Jira for a made-up organization
///
/// It has lived for eighteen months, up to now, and goes on living; its history is the same for a seed within a week. Whoever
/// connects to it is shown what GitHub and Jira would show. Nothing is sent anywhere but to the hooks that are named.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  pulse simulate --port 7979 &
  pulse serve --private-addresses         then connect to http://127.0.0.1:7979
  pulse simulate --scenario ./ours.toml --seed 7
  pulse simulate --fail 0.05 --fault secondary-limit@/issues
  pulse simulate --github-hook http://127.0.0.1:8080/hooks/hook_1 --github-secret SECRET")]
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
    #[command(flatten)]
    faults: FaultArgs,
    #[command(flatten)]
    hooks: HookArgs,
}

impl Simulate {
    pub(super) async fn run(self, clock: Clock) -> Result<()> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let failed = |source| Error::Listen { option: "--port", address: address.to_string(), source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        // Which port it is where any would do.
        let address = listener.local_addr().map_err(failed)?;
        let scenario = match self.scenario.as_str() {
            name if Scenario::NAMES.contains(&name) => Scenario::named(name),
            path => Scenario::load(Path::new(path)),
        };
        let scenario = scenario.map_err(|error| Error::Usage(error.to_string()))?;
        let now = DateTime::from_timestamp_micros(clock.now()).unwrap_or(scenario.start);
        let (organization, seed) = (scenario.organization.clone(), self.seed);
        let posting = if self.hooks.are_set() { Some(self.hooks.posting()?) } else { None };
        let (is_told, told_from) = (posting.is_some(), now - TimeDelta::hours(self.hooks.hook_hours.into()));
        let lived = move || {
            let mut world = World::at_start(seed, scenario.ending(now));
            world.advance_to(told_from);
            world.listening = is_told;
            world.advance_to(now);
            world
        };
        let world = tokio::task::spawn_blocking(lived).await?.shared();
        // The world lives on with the clock, so that the vendors' clocks need not tick by themselves.
        let github = GitHub::new(world.clone(), Options { ticks: false, ..Options::default() });
        let jira = jira::Jira::new(world.clone(), jira::Options { ticks: false, ..jira::Options::default() });
        self.faults.befall(&github.faults, seed);
        self.faults.befall(&jira.faults, seed);
        let (email, secret) = (jira::email(&organization), jira::API_TOKEN);
        super::print(&format!(
            "GitHub and Jira of `{organization}` on http://{address}
GitHub: connector `github`, credential `{TOKEN}`, settings {{\"owners\": [\"{organization}\"]}}
Jira:   connector `jira`, credential `{email}:{secret}`\n"
        ))?;
        let telling = async {
            match &posting {
                Some(posting) => self.hooks.tell_on(&world, posting, seed).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            served = serve(listener, router(&github, &jira)) => served.map_err(failed),
            () = live_on(&world, clock) => Ok(()),
            () = telling => Ok(()),
        }
    }
}

/// Has the world live on as time passes, for as long as it is polled.
async fn live_on(world: &SharedWorld, clock: Clock) {
    loop {
        tokio::time::sleep(MOMENT).await;
        if let Some(now) = DateTime::from_timestamp_micros(clock.now()) {
            world.lock().advance_to(now);
        }
    }
}
