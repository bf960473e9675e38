//! A tenant from its archive ([`crate::export`]), or from the folder that one was unpacked into, under another name: all of it or nothing.
//!
//! The archive is read to its end before anything is changed. Then the name is taken, the lake's objects are put into place, and the rows
//! of the control database, in one transaction, come last: they let people in.

use crate::control::{Control, Exported, Imported, KeptReport, Refusal};
use crate::export::{FORM, MANIFEST, Manifest, Sum, Summing};
use crate::reports::{FONT_WAS, FONTS, MOST_FONT_BYTES, Weight, keep_font, set_font};
use crate::{Error, Result, demo};
use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream};
use futures::{FutureExt as _, StreamExt as _, TryStreamExt as _};
use pulse_engine::entities::Layer;
use pulse_engine::lake::TenantLake;
use pulse_engine::{Engine, Tenant, TenantId};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};

/// How many objects are on their way at once.
const AT_ONCE: usize = 8;
/// How many bytes of a file are read at once.
const PIECE: usize = 1 << 20;
/// What the path of a table's log begins with, below the table.
const LOG: &str = "/_delta_log/";

/// What not every form has in its control/, and from which one on.
const OF_LATER_FORMS: [(&str, u32); 7] = [
    ("connections", 2),
    ("schedules", 2),
    ("reports", 2),
    ("branding_versions", 3),
    ("target_versions", 3),
    ("own_metric_versions", 3),
    ("saved_query_versions", 3),
];

/// An archive that is whole: every file in it is what was written.
#[derive(Debug)]
pub struct Archive {
    path: PathBuf,
    manifest: Manifest,
    parts: BTreeMap<String, Part>,
}

/// Where a file of an archive stands.
#[derive(Clone, Debug)]
struct Part {
    file: PathBuf,
    at: u64,
    bytes: u64,
}

#[derive(Deserialize)]
struct Form {
    form: u32,
}

impl Archive {
    /// Reads an archive, or a folder with what was in one, to its end.
    ///
    /// # Errors
    /// [`Error::Data`] when it is not whole, or none; [`Error::Usage`] when a newer Pulse wrote it; [`Error::File`].
    pub async fn open(path: &Path) -> Result<Self> {
        let path = path.to_owned();
        tokio::task::spawn_blocking(move || Self::read(path)).await?
    }

    fn read(path: PathBuf) -> Result<Self> {
        let parts = if path.is_dir() { unpacked(&path)? } else { packed(&path)? };
        let wrong = |why: String| Error::Data(format!("{}: {why}", path.display()));
        let told = parts.get(MANIFEST).ok_or_else(|| {
            wrong(format!("there is no {MANIFEST} in it: it was broken off, or an older version wrote it, which wrote none; export again"))
        })?;
        let told = told.text()?;
        let form: Form = serde_json::from_str(&told).map_err(|error| wrong(format!("{MANIFEST}: {error}")))?;
        if form.form > FORM {
            let why = format!(
                "it is of form {}, and this version knows those up to {FORM}: import by a newer Pulse",
                form.form
            );
            return Err(Error::Usage(format!("{}: {why}", path.display())));
        }
        let manifest: Manifest = serde_json::from_str(&told).map_err(|error| wrong(format!("{MANIFEST}: {error}")))?;
        if manifest.schema > Control::schema() {
            return Err(Error::Usage(format!(
                "{}: Pulse {} wrote it (schema {}), and this is {} (schema {}): import by that version or a newer one",
                path.display(),
                manifest.version,
                manifest.schema,
                env!("CARGO_PKG_VERSION"),
                Control::schema()
            )));
        }
        for (name, sum) in &manifest.files {
            let part = parts.get(name).ok_or_else(|| wrong(format!("`{}` is missing", name.escape_default())))?;
            if part.sum()? != *sum {
                return Err(wrong(format!("`{}` is not what was written: it is damaged", name.escape_default())));
            }
        }
        if let Some(other) = parts.keys().find(|name| *name != MANIFEST && !manifest.files.contains_key(*name)) {
            return Err(wrong(format!("`{}` is nothing that was written into it", other.escape_default())));
        }
        Ok(Self { path, manifest, parts })
    }

    /// Whose it was.
    pub fn tenant(&self) -> &str {
        &self.manifest.tenant
    }

    /// What it tells besides the lake.
    fn exported(&self) -> Result<Exported> {
        let mut exported = Exported::read(|name| {
            let file = format!("control/{name}.ndjson");
            match self.parts.get(&file) {
                Some(part) => part.text(),
                None if OF_LATER_FORMS.iter().any(|(later, form)| *later == name && self.manifest.form < *form) => {
                    Ok(String::new())
                }
                None => Err(Error::Data(format!("{}: `{file}` is missing", self.path.display()))),
            }
        })?;
        exported.keep_reports(|report| self.parts.contains_key(&of_report(report)));
        Ok(exported)
    }

    /// The objects of tables, below the tenant's prefix, with what they come to: logs, or what they name.
    fn objects(&self, logs: bool) -> impl Iterator<Item = (&str, &Part, &Sum)> {
        self.parts.iter().filter_map(move |(name, part)| {
            let path = name.strip_prefix("lake/")?;
            let is_of_a_table = Layer::ALL.iter().any(|layer| path.split('/').next() == Some(layer.name()));
            (is_of_a_table && path.contains(LOG) == logs).then_some((path, part, self.manifest.files.get(name)?))
        })
    }

    /// Puts the tables into a tenant's part of a lake: files first, then the logs that name them.
    async fn put_tables(&self, lake: &TenantLake) -> Result<()> {
        for logs in [false, true] {
            let puts: Vec<BoxFuture<'_, Result<()>>> =
                self.objects(logs).map(|(path, part, sum)| put(lake, path, part, sum).boxed()).collect();
            stream::iter(puts).buffer_unordered(AT_ONCE).try_collect::<()>().await?;
        }
        Ok(())
    }

    /// Puts the files of reports, and the tenant's fonts, also those of before, among its files. What else there is names no row that is here.
    async fn put_files(&self, tenant: &Tenant, exported: &Exported) -> Result<()> {
        for report in exported.reports() {
            let name = of_report(report);
            let found = self.parts.get(&name).zip(self.manifest.files.get(&name));
            let (part, sum) =
                found.filter(|(_, sum)| sum.bytes == report.bytes && sum.sha256 == report.sum).ok_or_else(|| {
                    Error::Data(format!("{}: `{name}` is not the file of its report", self.path.display()))
                })?;
            put(tenant.lake(), &format!("files/{}", report.file), part, sum).await?;
        }
        for weight in Weight::ALL {
            let Some(part) = self.parts.get(&format!("lake/files/{FONTS}/{}", weight.name())) else { continue };
            // It is looked at as one that somebody gives: an archive may hold anything.
            set_font(tenant, weight, font(part).await?).await?;
        }
        let before = format!("lake/files/{FONTS}/{FONT_WAS}");
        for (_, part) in self.parts.iter().filter(|(name, _)| name.starts_with(&before)) {
            keep_font(tenant, font(part).await?).await?;
        }
        Ok(())
    }
}

/// Where the file of a report stands in an archive.
fn of_report(report: &KeptReport) -> String {
    format!("lake/files/{}", report.file)
}

/// The bytes of a font, as far as it may have so many.
async fn font(part: &Part) -> Result<Vec<u8>> {
    if part.bytes > MOST_FONT_BYTES as u64 {
        let reason = format!("has {} bytes and may have {MOST_FONT_BYTES}", part.bytes);
        return Err(Refusal::invalid("font", reason).into());
    }
    let part = part.clone();
    tokio::task::spawn_blocking(move || part.whole()).await?
}

async fn put(lake: &TenantLake, path: &str, part: &Part, sum: &Sum) -> Result<()> {
    Ok(lake.put_object(path, part.pieces(sum.clone())).await?)
}

impl Part {
    fn open(&self) -> io::Result<io::Take<File>> {
        let mut file = File::open(&self.file)?;
        file.seek(SeekFrom::Start(self.at))?;
        Ok(file.take(self.bytes))
    }

    fn whole(&self) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let read = self.open().and_then(|mut file| file.read_to_end(&mut bytes));
        read.map_err(|error| Error::file("read", &self.file, error))?;
        Ok(bytes)
    }

    fn text(&self) -> Result<String> {
        let mut text = String::new();
        let read = self.open().and_then(|mut file| file.read_to_string(&mut text));
        read.map_err(|error| Error::file("read", &self.file, error))?;
        Ok(text)
    }

    fn sum(&self) -> Result<Sum> {
        let failed = |error| Error::file("read", &self.file, error);
        let (mut file, mut piece, mut sum) = (self.open().map_err(failed)?, vec![0; PIECE], Summing::default());
        loop {
            let read = file.read(&mut piece).map_err(failed)?;
            if read == 0 {
                return Ok(sum.done());
            }
            sum.add(&piece[..read]);
        }
    }

    /// Its bytes, followed by an error where they are not those of `sum` any more.
    fn pieces(&self, sum: Sum) -> BoxStream<'static, pulse_engine::Result<Bytes>> {
        let part = self.clone();
        let failed = |error: io::Error| pulse_engine::Error::Setting(format!("the archive cannot be read: {error}"));
        let opened = async move {
            let mut file = tokio::fs::File::open(&part.file).await.map_err(failed)?;
            file.seek(SeekFrom::Start(part.at)).await.map_err(failed)?;
            let state = (file.take(part.bytes), Summing::default(), sum);
            Ok::<_, pulse_engine::Error>(stream::try_unfold(Some(state), move |state| async move {
                let Some((mut file, mut summing, sum)) = state else { return Ok(None) };
                let mut piece = vec![0; PIECE];
                let read = file.read(&mut piece).await.map_err(failed)?;
                if read == 0 {
                    let changed =
                        || pulse_engine::Error::Setting("the archive was changed while it was read".to_owned());
                    return if summing.done() == sum { Ok(None) } else { Err(changed()) };
                }
                piece.truncate(read);
                summing.add(&piece);
                Ok(Some((Bytes::from(piece), Some((file, summing, sum)))))
            }))
        };
        stream::once(opened).try_flatten().boxed()
    }
}

/// The files of an archive, by path.
fn packed(path: &Path) -> Result<BTreeMap<String, Part>> {
    let wrong = |why: String| Error::Data(format!("{}: {why}", path.display()));
    // What the system says has a number; what else there is, is said of the bytes.
    let failed = |error: io::Error| match error.raw_os_error() {
        Some(_) => Error::file("read", path, error),
        None => wrong(format!("it is no archive, or was broken off ({error}): export again")),
    };
    let mut archive = tar::Archive::new(File::open(path).map_err(failed)?);
    let mut parts = BTreeMap::new();
    for entry in archive.entries_with_seek().map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let kind = entry.header().entry_type();
        if kind.is_dir() {
            continue;
        }
        let name = entry.path().map_err(failed)?.to_string_lossy().into_owned();
        if !kind.is_file() {
            return Err(wrong(format!("`{}` is no file", name.escape_default())));
        }
        let part = Part { file: path.to_owned(), at: entry.raw_file_position(), bytes: entry.size() };
        if parts.insert(name.clone(), part).is_some() {
            return Err(wrong(format!("`{}` stands in it twice", name.escape_default())));
        }
    }
    Ok(parts)
}

/// The files in a folder, by path.
fn unpacked(folder: &Path) -> Result<BTreeMap<String, Part>> {
    let (mut parts, mut folders) = (BTreeMap::new(), vec![(folder.to_owned(), String::new())]);
    while let Some((folder, below)) = folders.pop() {
        let failed = |error| Error::file("read", &folder, error);
        for entry in std::fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let (file, meta) = (entry.path(), std::fs::symlink_metadata(entry.path()).map_err(failed)?);
            let name = format!("{below}{}", entry.file_name().to_string_lossy());
            if meta.is_dir() {
                folders.push((file, format!("{name}/")));
            } else if meta.is_file() {
                parts.insert(name, Part { file, at: 0, bytes: meta.len() });
            } else {
                return Err(Error::Data(format!("{} is no file", file.display())));
            }
        }
    }
    Ok(parts)
}

/// Makes a tenant of that name of an archive. Where that fails, nothing of it is left; where the process dies, a name is taken by what
/// nobody can come into, and `again` takes away what there is of that first.
///
/// # Errors
/// [`Refusal::Taken`] when there is a tenant of that name, or was; [`Error::Usage`] when there is something of it in the lake, or a sample would
/// go by a name that does not tell it for one; when the archive holds what this version does not know, or database or storage fails.
pub async fn import(
    control: &Control,
    engine: &Engine,
    archive: &Archive,
    id: &TenantId,
    again: bool,
) -> Result<Imported> {
    if demo::is_sample(archive.tenant()) && !demo::is_sample(id.as_str()) {
        return Err(Error::Usage(format!(
            "`{}` is a sample, whose data is made up: import it under a name that begins with `{}`, which tells everybody so",
            archive.tenant().escape_default(),
            demo::BEGINS
        )));
    }
    let exported = archive.exported()?;
    let tenant = engine.tenant(id);
    let lake = tenant.lake().clone();
    if control.is_reserved(id).await? {
        if !again {
            return Err(Error::Usage(format!(
                "an import of `{id}` was begun and did not come to its end: where none is under way, --again takes away what there is of it, and begins anew"
            )));
        }
        undo(control, &lake, id).await?;
    }
    if control.tenant(id).await?.is_some() {
        return Err(Refusal::Taken { what: "tenant", name: id.to_string() }.into());
    }
    // Before the name is taken: what is there afterwards is of the import, and taken away with it.
    if !lake.is_empty().await? {
        return Err(Error::Usage(format!("there is something of `{id}` in the lake: import under another name")));
    }
    control.reserve_tenant(id).await?;
    let done = async {
        archive.put_tables(&lake).await?;
        archive.put_files(&tenant, &exported).await?;
        control.import_tenant(id, &exported).await
    };
    let error = match done.await {
        Ok(done) => return Ok(done),
        Err(error) => error,
    };
    match undo(control, &lake, id).await {
        Ok(()) => Err(error),
        Err(left) => Err(Error::Data(format!(
            "{error}; what was put into place by then is there still ({left}): import with --again"
        ))),
    }
}

/// Takes away what there is of an import that did not come to its end. One that did, and whose answer got lost, is left.
async fn undo(control: &Control, lake: &TenantLake, id: &TenantId) -> Result<()> {
    if control.is_reserved(id).await? {
        lake.erase().await?;
        control.release_tenant(id).await?;
    }
    Ok(())
}
