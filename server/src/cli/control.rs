//! Where the control database is, and what opens its secrets.

use super::place::Place;
use crate::audit::Event;
use crate::auth::{Access, Signer, SingleSignOn, Vault};
use crate::control::{Control, REPLICA_BEHIND};
use crate::{Error, Result};
use clap::Args;
use pulse_engine::Clock;
use std::path::PathBuf;
use std::process::Stdio;

/// Who does what is done from the shell, as the audit trail and lists tell it.
pub(super) const SHELL: &str = "shell";

/// What the audit trail is told of a command before it is carried out: whoever has a shell leaves a trail, too.
pub(super) fn begun(at: i64, action: String, target: Option<String>) -> Event {
    Event { at, action, outcome: "begun".to_owned(), actor: Some(SHELL.to_owned()), target, ..Event::default() }
}

/// The control database of a command that needs one.
#[derive(Debug, Args)]
pub(super) struct ControlArgs {
    /// The control database: postgres://… or sqlite:PATH, which is made when it is not there
    #[arg(
        long,
        value_name = "URL",
        env = "DATABASE_URL",
        hide_env_values = true,
        default_value = "sqlite:.pulse/control.db",
        hide_default_value = false
    )]
    control: String,
    /// A read replica of the control database, asked while it is less than two seconds behind: postgres://…
    #[arg(long, value_name = "URL", env = "DATABASE_REPLICA_URL", hide_env_values = true)]
    control_replica: Option<String>,
    /// The file with the key that seals what the control database keeps secret; it is made when it is not there
    #[arg(long, value_name = "FILE", env = "PULSE_KEY_FILE", default_value = ".pulse/key")]
    key_file: PathBuf,
    /// A command whose output is the key, in the place of the file: one that asks a key store
    #[arg(long, value_name = "COMMAND", env = "PULSE_KEY_COMMAND")]
    key_command: Option<String>,
    /// Where people and other services reach this server, such as https://pulse.example.com
    #[arg(long, value_name = "URL", env = "PULSE_PUBLIC_URL")]
    public_url: Option<String>,
}

impl ControlArgs {
    /// Opens the database, and makes the row of the tenant that the command works for when there is none.
    pub(super) async fn open(&self, place: &Place) -> Result<Control> {
        let control = self.connect(place).await?;
        let tenant = place.tenant_id()?;
        if control.tenant(&tenant).await?.is_none() {
            control.create_tenant(&tenant, tenant.as_str(), place.settings.time_zone.name()).await?;
        }
        Ok(control)
    }

    /// Whether there is a database to open: one in a file may not have been made yet.
    pub(super) fn is_there(&self) -> bool {
        let file = self.control.strip_prefix("sqlite:").map(|path| path.trim_start_matches("//"));
        file.is_none_or(|path| std::path::Path::new(path.split('?').next().unwrap_or(path)).exists())
    }

    /// Opens the database as it is, with its schema brought up to date.
    pub(super) async fn connect(&self, place: &Place) -> Result<Control> {
        let mut control = Control::open(&self.control, place.clock).await?;
        if let Some(replica) = &self.control_replica {
            control = match control.clone().with_replica(replica, REPLICA_BEHIND).await {
                Err(error @ Error::DatabaseAway(_)) => {
                    tracing::warn!(%error, "the read replica does not answer: this process goes without one");
                    control
                }
                with => with?,
            };
        }
        if matches!(place.clock, Clock::System) {
            control.set_by_database().await?;
        }
        Ok(control)
    }

    /// Where people reach the server; `listens` is where it listens, unless that is said.
    pub(super) fn url(&self, listens: &str) -> Result<url::Url> {
        public(&self.public_url.clone().unwrap_or_else(|| format!("http://{listens}")))
    }

    /// What opens the database's secrets: the environment's `PULSE_KEY`, or else what the command prints, or else the file.
    pub(super) async fn vault(&self) -> Result<Vault> {
        if let Some(text) = std::env::var_os("PULSE_KEY") {
            return Vault::new(&text.to_string_lossy());
        }
        let Some(command) = &self.key_command else { return Vault::open(&self.key_file) };
        let failed = |why: String| Error::Usage(format!("the command that should print the vault's key {why}"));
        let output = tokio::process::Command::new("sh").args(["-c", command]).stderr(Stdio::inherit()).output().await;
        let output = output.map_err(|e| failed(format!("cannot be run: {e}")))?;
        if !output.status.success() {
            return Err(failed(format!("ended with {}", output.status)));
        }
        Vault::new(&String::from_utf8_lossy(&output.stdout))
    }

    /// Access by the database, with tokens that this server signs.
    pub(super) async fn access(&self, control: Control, url: &url::Url) -> Result<Access> {
        let vault = self.vault().await?;
        let signer = Signer::open(control.clone(), vault.clone(), url.as_str().trim_end_matches('/')).await?;
        let sso = SingleSignOn::new(vault, control.clock(), url)?;
        Ok(Access::new(control, signer, sso))
    }
}

/// The address of a server, as people open it.
pub(super) fn public(text: &str) -> Result<url::Url> {
    let wrong =
        || Error::Usage(format!("`{text}` is no address for a server: it should be like https://pulse.example.com"));
    let url = url::Url::parse(text).map_err(|_| wrong())?;
    let fine = matches!(url.scheme(), "http" | "https") && url.has_host() && url.path() == "/" && url.query().is_none();
    if fine { Ok(url) } else { Err(wrong()) }
}
