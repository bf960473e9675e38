//! `pulse simulate`.

use crate::{Error, Result};
use chrono::{DateTime, Datelike as _, NaiveTime, TimeDelta, Utc};
use clap::{Args, ValueEnum};
use pulse_engine::Clock;
use pulse_simulator::{GitHub, Options, Size, TOKEN, World, jira, router, serve};
use std::net::{Ipv4Addr, SocketAddr};
use tokio::net::TcpListener;

/// Play the APIs of GitHub and Jira for a made-up organization
///
/// It has lived for eighteen months, up to now, and goes on living; its history is the same for a seed within a week. Whoever
/// connects to it is shown what GitHub and Jira would show. Nothing is sent anywhere.
#[derive(Debug, Args)]
#[command(after_help = "Example:
  pulse simulate --port 7979 &
  pulse serve --private-addresses         then connect to http://127.0.0.1:7979")]
pub(super) struct Simulate {
    /// The port, on this machine alone
    #[arg(long, default_value_t = 7979)]
    port: u16,
    /// How large the organization is
    #[arg(long, value_enum, default_value_t)]
    size: Much,
    /// Which of all histories it has
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// How large a made-up organization is.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
enum Much {
    /// Four people, two repositories, two months
    Tiny,
    /// Twenty people, six repositories
    #[default]
    Small,
    /// Four hundred people, a hundred and fifty repositories: it takes a while to come to be
    Large,
}

/// The Monday at which a history of so many months begins that ends now.
fn begins(now: DateTime<Utc>, months: u32) -> DateTime<Utc> {
    let day = (now - TimeDelta::days(i64::from(months) * 365 / 12)).date_naive();
    let monday = day - TimeDelta::days(i64::from(day.weekday().num_days_from_monday()));
    monday.and_time(NaiveTime::MIN).and_utc()
}

impl Simulate {
    pub(super) async fn run(self, clock: Clock) -> Result<()> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let failed = |source| Error::Listen { address: address.to_string(), source };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let size = match self.size {
            Much::Tiny => Size::tiny(),
            Much::Small => Size::small(),
            Much::Large => Size::large(),
        };
        let now = DateTime::from_timestamp_micros(clock.now()).unwrap_or(size.start);
        let size = Size { start: begins(now, size.months), ..size };
        let lived = move || {
            let mut world = World::new(self.seed, size);
            world.advance_to(now);
            world
        };
        let world = tokio::task::spawn_blocking(lived).await?.shared();
        let (github, jira) =
            (GitHub::new(world.clone(), Options::default()), jira::Jira::new(world, jira::Options::default()));
        let (email, secret) = (jira::EMAIL, jira::API_TOKEN);
        super::print(&format!(
            "GitHub and Jira of `acme` on http://{address}
GitHub: connector `github`, credential `{TOKEN}`, settings {{\"owners\": [\"acme\"]}}
Jira:   connector `jira`, credential `{email}:{secret}`\n"
        ))?;
        serve(listener, router(&github, &jira)).await.map_err(failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_history_begins_on_a_monday_and_is_as_long_as_it_should_be() {
        let now: DateTime<Utc> = "2026-11-26T10:00:00Z".parse().unwrap();
        assert_eq!(begins(now, 2).to_rfc3339(), "2026-09-21T00:00:00+00:00");
        assert_eq!(begins("2026-11-22T00:00:00Z".parse().unwrap(), 2), begins(now, 2));
    }
}
