//! `pulse admin`.

use super::control::{ControlArgs, SHELL, begun};
use super::place::Place;
use crate::audit::Event;
use crate::control::{Authority, Control, NewToken, Refusal, Resealed, Sees};
use crate::{Error, Result, export};
use clap::{Args, Subcommand};
use futures::TryStreamExt as _;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::pin::pin;
use tokio::io::AsyncWriteExt as _;

/// Let people and programs in, from the shell
///
/// Whoever runs this reads and writes the control database itself, and is asked for no password. For everything else there
/// is the page and the REST API.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pulse admin link                       A link that makes whoever opens it an owner of the tenant
  pulse admin reset ada@example.com      A link that sets a new password
  pulse admin token nightly --role analyst --days 90
  pulse admin export acme.tar            The tenant's data
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
    /// Write the tenant's data into a tar archive: its part of the lake, its settings and people
    Export {
        /// The archive, which must not be there yet
        file: PathBuf,
    },
    /// Sign access tokens with a new key from now on; those that were signed before stay good
    RotateKeys,
    /// Seal every secret anew with the first key of the vault, so that its other keys can be thrown away
    Reseal {
        /// Forget what no key of the vault opens, and say what: for when its key is lost for good, and no backup has it. There is no way back
        #[arg(long)]
        forget_lost: bool,
    },
}

impl What {
    /// What the audit trail is told.
    fn event(&self, at: i64) -> Event {
        let (what, target) = match self {
            What::Link => ("link", None),
            What::Reset { email } => ("reset", Some(email.clone())),
            What::Token { name, .. } => ("token", Some(name.clone())),
            What::Export { .. } => ("export", None),
            What::RotateKeys => ("rotate-keys", None),
            What::Reseal { forget_lost } => ("reseal", forget_lost.then(|| "--forget-lost".to_owned())),
        };
        begun(at, format!("pulse admin {what}"), target)
    }
}

impl Admin {
    pub(super) async fn run(self, place: &Place) -> Result<()> {
        if matches!(self.what, What::Export { .. }) {
            // A tenant that is not there is not made by whoever asks for its data.
            place.known_tenant().await?;
        }
        let control = self.control.open(place).await?;
        let (tenant, url) = (place.tenant_id()?, self.control.url("localhost:7878")?);
        control.record(&tenant, &self.what.event(control.now())).await?;
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
            What::Export { file } => {
                let bytes = write_archive(&control, place, &file).await?;
                super::print(&format!("{bytes} bytes are in {}.\n", file.display()))
            }
            What::RotateKeys => {
                self.control.access(control, &url).await?.signer.rotate().await?;
                super::print("Access tokens are signed with a new key from now on.\n")
            }
            What::Reseal { forget_lost } => {
                let vault = self.control.vault().await?;
                let Resealed { sealed, lost } = match forget_lost {
                    true => control.reseal_what_opens(&vault).await?,
                    false => Resealed { sealed: control.reseal(&vault).await?, lost: Vec::new() },
                };
                let told =
                    format!("{sealed} secrets are sealed with the first key; the others are not needed any more.\n");
                super::print(&lost.iter().fold(told, |told, lost| told + "Forgotten: " + lost + ".\n"))
            }
        }
    }
}

/// Writes the archive of a tenant. One that breaks off is taken away again.
async fn write_archive(control: &Control, place: &Place, file: &Path) -> Result<u64> {
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::AlreadyExists => {
            Error::Usage(format!("{} is there already, and is left as it is: name another file", file.display()))
        }
        _ => Error::file("write", file, error),
    };
    let archive = export::archive(control, &place.engine().await?, &place.tenant_id()?).await?;
    let mut options = tokio::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    options.mode(0o600);
    let mut out = options.open(file).await.map_err(failed)?;
    let written = async {
        let (mut archive, mut bytes) = (pin!(archive), 0);
        while let Some(piece) = archive.try_next().await? {
            out.write_all(&piece).await.map_err(failed)?;
            bytes += piece.len() as u64;
        }
        out.sync_all().await.map_err(failed)?;
        Ok(bytes)
    };
    let written = written.await;
    if written.is_err() {
        tokio::fs::remove_file(file).await.map_err(failed)?;
    }
    written
}
