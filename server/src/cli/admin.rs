//! `pulse admin`.

use super::control::ControlArgs;
use super::place::Place;
use crate::control::{Authority, NewToken, Refusal, Sees};
use crate::{Error, Result};
use clap::{Args, Subcommand};

/// Let people and programs in, from the shell
///
/// Whoever runs this reads and writes the control database itself, and is asked for no password. For everything else there
/// is the page and the REST API.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pulse admin link                       A link that makes whoever opens it an owner of the tenant
  pulse admin reset ada@example.com      A link that sets a new password
  pulse admin token nightly --role analyst --days 90
  pulse admin rotate-keys                Sign access tokens with a new key from now on")]
pub(super) struct Admin {
    #[command(flatten)]
    control: ControlArgs,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Print a link that makes whoever opens it an owner of the tenant; it works once, for an hour
    Link,
    /// Print a link that sets a new password for somebody; it works once, for an hour
    Reset {
        /// Their address
        email: String,
    },
    /// Make an API token for a program, and print it this once
    Token {
        /// What it is for
        name: String,
        /// What it may do: the permissions of this role
        #[arg(long, default_value = "viewer")]
        role: String,
        /// For how many days it is good
        #[arg(long, default_value_t = 90)]
        days: i64,
    },
    /// Sign access tokens with a new key from now on; those that were signed before stay good
    RotateKeys,
}

/// Who makes tokens from the shell, as the list of tokens shows it.
const SHELL: &str = "shell";

impl Admin {
    pub(super) async fn run(self, place: &Place) -> Result<()> {
        let control = self.control.open(place).await?;
        let (tenant, url) = (place.tenant_id()?, self.control.url("localhost:7878")?);
        match self.what {
            What::Link => {
                let secret = control.setup_link(&tenant, !control.has_operator().await?).await?;
                super::print(&format!("{url}join?link={}\n", secret.tell()))
            }
            What::Reset { email } => {
                let secret = control.reset_link(&email).await?;
                super::print(&format!("{url}reset?link={}\n", secret.tell()))
            }
            What::Token { name, role, days } => {
                let known = control.role(&tenant, &role).await?;
                let known = known.ok_or_else(|| Error::from(Refusal::unknown("role", &role)))?;
                let by = Authority { permissions: known.permissions.clone(), sees: Sees::Everything };
                let new = NewToken { name, permissions: known.permissions, sees: None, days, service: true };
                let (_, secret) = control.create_token(&tenant, &by, SHELL, new).await?;
                super::print(&format!("{}\n", secret.tell()))
            }
            What::RotateKeys => {
                self.control.access(control, &url).await?.signer.rotate().await?;
                super::print("Access tokens are signed with a new key from now on.\n")
            }
        }
    }
}
