//! `pulse backup`.

use super::control::{ControlArgs, begun};
use super::place::Place;
use crate::audit::{self, PLATFORM};
use crate::control::Control;
use crate::{Error, Result};
use chrono::DateTime;
use clap::{Args, Subcommand};
use futures::TryStreamExt as _;
use pulse_engine::TenantId;
use std::collections::BTreeMap;
use std::io::{BufReader, BufWriter, Seek as _, Write as _};

/// Back up the lake and the control database, and restore them
///
/// A backup is consistent while everything goes on, takes from the lake only what no earlier backup at that place has, and can be
/// restored by itself. The key that seals secrets (--key-file) is not in it: keep it elsewhere.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pulse backup make file:///mnt/backups --keep 14
  pulse backup list s3://backups/pulse
  pulse backup verify s3://backups/pulse
  pulse --lake s3://new/lake backup --control postgres://… restore s3://backups/pulse")]
pub(super) struct Backup {
    #[command(flatten)]
    control: ControlArgs,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Make one
    Make {
        /// Where backups are: file:// or s3://
        url: String,
        /// Then remove all but the newest of them
        #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
        keep: Option<u16>,
    },
    /// List those that are there
    List {
        /// Where backups are
        url: String,
    },
    /// Read all of one, and compare it with what was copied
    Verify {
        /// Where backups are
        url: String,
        /// Which; the newest, unless said
        name: Option<String>,
    },
    /// Put one into a lake and a control database that are empty
    Restore {
        /// Where backups are
        url: String,
        /// Which; the newest, unless said
        name: Option<String>,
    },
}

/// The control database in a backup, and what is noted of it.
const CONTROL: &str = "control";
const SCHEMA: &str = "schema";

impl Backup {
    pub(super) async fn run(self, place: &Place) -> Result<()> {
        match self.what {
            What::Make { url, keep } => make(&self.control, place, url, keep).await,
            What::List { url } => {
                let names = place.backups(url)?.all().await?;
                super::print(&names.iter().map(|name| format!("{name}\n")).collect::<String>())
            }
            What::Verify { url, name } => verify(place, url, name.as_deref()).await,
            What::Restore { url, name } => restore(&self.control, place, url, name.as_deref()).await,
        }
    }
}

/// Tells the platform's trail of it: a backup is of all tenants.
async fn record(control: &Control, what: &str, target: String) -> Result<()> {
    let event = begun(control.now(), format!("pulse backup {what}"), Some(target));
    control.record(&TenantId::new(PLATFORM)?, &event).await
}

async fn make(control: &ControlArgs, place: &Place, url: String, keep: Option<u16>) -> Result<()> {
    let (backups, control) = (place.backups(url)?, control.connect(place).await?);
    // In the trail before it is done, and so in the backup, too.
    record(&control, "make", backups.address()).await?;
    let progress = place.progress("Backing up");
    // The database first: what it says of the lake is in the lake's copy. That may have more, of which a trail takes note once it is restored.
    let mut file = tempfile::NamedTempFile::new().map_err(Error::Output)?;
    let rows = control.dump(&mut BufWriter::new(&mut file)).await?;
    let beside = BTreeMap::from([(CONTROL.to_owned(), file.path().to_owned())]);
    let notes = BTreeMap::from([(SCHEMA.to_owned(), Control::schema().to_string())]);
    let now = DateTime::from_timestamp_micros(place.clock.now()).unwrap_or_default();
    let lake = place.whole_lake().await?.lake().clone();
    let (manifest, made) = backups.make(&lake, &beside, notes, env!("CARGO_PKG_VERSION"), now).await?;
    let removed = match keep {
        Some(most) => backups.keep(usize::from(most), now).await?,
        None => 0,
    };
    drop(progress);
    let (objects, bytes, copied, new) = (made.objects, made.bytes, made.copied, made.bytes_copied);
    super::print(&format!(
        "Backup {}: {objects} objects of the lake with {bytes} bytes, of which {copied} with {new} bytes are new; {rows} rows of the \
         control database. {removed} older ones were removed.\n",
        manifest.name
    ))
}

async fn verify(place: &Place, url: String, name: Option<&str>) -> Result<()> {
    let backups = place.backups(url)?;
    let manifest = backups.manifest(name).await?;
    let progress = place.progress("Reading the backup");
    let wrong = backups.verify(&manifest).await?;
    drop(progress);
    if wrong.is_empty() {
        return super::print(&format!(
            "Backup {}: all {} objects are what was copied.\n",
            manifest.name,
            manifest.objects.len()
        ));
    }
    Err(Error::Data(format!("the backup {} is damaged:\n  {}", manifest.name, wrong.join("\n  "))))
}

async fn restore(control: &ControlArgs, place: &Place, url: String, name: Option<&str>) -> Result<()> {
    let backups = place.backups(url)?;
    let manifest = backups.manifest(name).await?;
    let schema = manifest.notes.get(SCHEMA).map_or("none", String::as_str);
    if schema != Control::schema().to_string() {
        return Err(Error::Usage(format!(
            "the backup {} was made by Pulse {} (schema {schema}), and this is {} (schema {}): restore it by that version, and let this one open \
             what comes out",
            manifest.name,
            manifest.version,
            env!("CARGO_PKG_VERSION"),
            Control::schema()
        )));
    }
    let copied = manifest.beside.get(CONTROL);
    let copied = copied.ok_or_else(|| Error::Data(format!("the backup {} has no control database", manifest.name)))?;
    let (control, lake) = (control.connect(place).await?, place.whole_lake().await?.lake().clone());
    let progress = place.progress("Restoring");
    let mut file = tempfile::tempfile().map_err(Error::Output)?;
    let mut pieces = backups.read(copied).await?;
    while let Some(piece) = pieces.try_next().await? {
        file.write_all(&piece).map_err(Error::Output)?;
    }
    file.rewind().map_err(Error::Output)?;
    // Before anything is changed: of the lake that is looked at when it is restored. Both are restored whole, or neither.
    control.is_new().await?;
    backups.restore(&manifest, &lake).await?;
    let loaded = control.load(&mut BufReader::new(file)).await;
    if loaded.is_err() {
        backups.take_back(&manifest, &lake).await;
    }
    let rows = loaded?;
    // Not before: what is loaded takes the place of all that is there.
    record(&control, "restore", format!("{} of {}", manifest.name, backups.address())).await?;
    audit::resume(&control, &place.whole_lake().await?).await?;
    drop(progress);
    super::print(&format!(
        "Restored {}: {} objects of the lake, {rows} rows of the control database. Everybody signs in again.\n",
        manifest.name,
        manifest.objects.len()
    ))
}
