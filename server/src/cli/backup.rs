//! `pulse backup`.

use super::control::{ControlArgs, begun};
use super::place::Place;
use crate::audit::{self, PLATFORM};
use crate::control::{Control, Since};
use crate::{Error, Result};
use chrono::DateTime;
use clap::{Args, Subcommand};
use futures::TryStreamExt as _;
use pulse_engine::TenantId;
use pulse_engine::lake::{Backups, Manifest};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
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
        /// A tenant that was erased since, which no newer backup there knows of: it comes back suspended. May be given several times
        #[arg(long, value_name = "TENANT", value_parser = TenantId::new)]
        erased: Vec<TenantId>,
    },
}

/// The control database in a backup, and what is noted of it: its schema, and the tenants that were erased by then.
const CONTROL: &str = "control";
const SCHEMA: &str = "schema";
const ERASED: &str = "erased";

impl Backup {
    pub(super) async fn run(self, place: &Place) -> Result<()> {
        match self.what {
            What::Make { url, keep } => make(&self.control, place, url, keep).await,
            What::List { url } => {
                let backups = place.backups(url)?;
                let names = backups.all().await?;
                if names.is_empty() {
                    return Err(Error::Data(format!("there is no backup at {}", backups.address())));
                }
                super::print(&names.iter().map(|name| format!("{name}\n")).collect::<String>())
            }
            What::Verify { url, name } => verify(place, url, name.as_deref()).await,
            What::Restore { url, name, erased } => restore(&self.control, place, url, name.as_deref(), erased).await,
        }
    }
}

/// The rows of the control database pass through a temporary file.
fn unkept(error: std::io::Error) -> Error {
    Error::file("write a temporary file (TMPDIR says where) in", &std::env::temp_dir(), error)
}

async fn make(control: &ControlArgs, place: &Place, url: String, keep: Option<u16>) -> Result<()> {
    let (backups, control) = (place.backups(url)?, control.connect(place).await?);
    // In the trail of the platform, since a backup is of all tenants, before it is done, and so in the backup, too.
    let told = begun(control.now(), "pulse backup make".to_owned(), Some(backups.address()));
    control.record(&TenantId::new(PLATFORM)?, &told).await?;
    let progress = place.progress("Backing up");
    // Before the database is read, which knows of each of them so.
    let erased = control.erased().await?.iter().map(TenantId::as_str).collect::<Vec<_>>().join(" ");
    // The database first: what it says of the lake is in the lake's copy. That may have more, of which a trail takes note once it is restored.
    let mut file = tempfile::NamedTempFile::new().map_err(unkept)?;
    let rows = control.dump(&mut BufWriter::new(&mut file)).await.map_err(|error| match error {
        Error::Output(error) => unkept(error),
        other => other,
    })?;
    let beside = BTreeMap::from([(CONTROL.to_owned(), file.path().to_owned())]);
    let notes = BTreeMap::from([(SCHEMA.to_owned(), Control::schema().to_string()), (ERASED.to_owned(), erased)]);
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

async fn restore(
    control: &ControlArgs,
    place: &Place,
    url: String,
    name: Option<&str>,
    erased: Vec<TenantId>,
) -> Result<()> {
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
    let erased = erased_by_now(&backups, erased).await?;
    let (control, engine) = (control.connect(place).await?, place.whole_lake().await?);
    let lake = engine.lake().clone();
    let progress = place.progress("Restoring");
    let mut file = tempfile::tempfile().map_err(unkept)?;
    let mut pieces = backups.read(copied).await?;
    while let Some(piece) = pieces.try_next().await? {
        file.write_all(&piece).map_err(unkept)?;
    }
    file.rewind().map_err(Error::Output)?;
    let heads = Control::heads(&mut BufReader::new(&file))?;
    // Before anything is changed: of the lake that is looked at when it is restored. Both are restored whole, or neither. Where the
    // process is killed between them, the same is called again: the lake has nothing but what the backup has.
    control.is_new().await?;
    let new = backups.restore(&manifest, &lake).await?;
    let loaded = async {
        let beyond = audit::beyond(&heads, &engine).await?;
        let mut told = begun(
            control.now(),
            "pulse backup restore".to_owned(),
            Some(format!("{} of {}", manifest.name, backups.address())),
        );
        let ids: Vec<&str> = erased.iter().map(TenantId::as_str).collect();
        told.detail = (!ids.is_empty()).then(|| json!({ "erased": ids }).to_string());
        let told = vec![(TenantId::new(PLATFORM)?, told)];
        file.rewind().map_err(Error::Output)?;
        let since = Since { beyond: beyond.follows, erased, told };
        Ok::<_, Error>((control.load(&mut BufReader::new(&file), &since).await?, beyond.astray))
    }
    .await;
    if loaded.is_err() {
        lake.take_back(&new).await;
    }
    let (loaded, astray) = loaded?;
    drop(progress);
    let back: String = loaded.back.iter().map(is_back).collect();
    super::print(&format!(
        "Restored {}: {} objects of the lake, {} rows of the control database. Everybody signs in again.\n{back}",
        manifest.name,
        manifest.objects.len(),
        loaded.rows
    ))?;
    if astray.is_empty() { Ok(()) } else { Err(Error::Data(astray.join("\n"))) }
}

/// What is said of a tenant that was erased and is there again.
fn is_back(tenant: &TenantId) -> String {
    format!(
        "`{tenant}` was erased after this backup was made, and is there again. Nobody is let in: erase it again, or resume it if that is meant.\n"
    )
}

/// The tenants that were erased by now, as far as it is known: those that are named, and those that any backup at a place knows of.
async fn erased_by_now(backups: &Backups, named: Vec<TenantId>) -> Result<Vec<TenantId>> {
    let mut erased: BTreeSet<TenantId> = named.into_iter().collect();
    for name in backups.all().await? {
        match backups.manifest(Some(&name)).await {
            Ok(Manifest { notes, .. }) => {
                for id in notes.get(ERASED).into_iter().flat_map(|ids| ids.split_whitespace()) {
                    erased.insert(TenantId::new(id)?);
                }
            }
            Err(error) => {
                tracing::warn!(%error, name, "what this backup knows of tenants that were erased is not known")
            }
        }
    }
    Ok(erased.into_iter().collect())
}
