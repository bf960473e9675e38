//! A tenant's data as one tar archive: its part of the lake as it is, and its settings and people, but for secrets.

use crate::control::{BrandingVersion, Control, Cursor, KeptReport, Page};
use crate::reports::{FONT_WAS, FONTS};
use crate::secret::hex;
use crate::{Error, Result, audit};
use bytes::Bytes;
use futures::future::BoxFuture;
use futures::stream::BoxStream;
use futures::{FutureExt as _, Stream, StreamExt as _, TryStreamExt as _, stream};
use parking_lot::Mutex;
use pulse_engine::lake::{Object, TenantLake};
use pulse_engine::{Engine, TenantId};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

/// What the archive says of itself.
const README: &str = "\
The data of one tenant.

lake/      its part of the lake, as it is: Delta Lake tables, which many programs read, and files/ with reports that were made, its fonts, and earlier ones that those reports are set in
control/   its settings, members, roles, look, targets, own metrics and shared queries with what they were before, reports that it defined and those that were made, alert rules, connections, schedules, destinations, tokens and identity providers, a JSON object a line; no password, token, key, credential or secret address is in it
manifest.json   by what version it was written, and the SHA-256 sum of each file; `pulse tenant import` goes by it

Not in it: sessions, invitations, who was named by which identity provider, queries that somebody saved for themselves, hooks, jobs, alerts and deliveries.
";

/// A tar archive's blocks.
const BLOCK: u64 = 512;
/// The form of the archive; an import refuses a newer one. The first told nothing of connections, schedules and reports that were made,
/// the second nothing of what its look, targets, own metrics and shared queries were before.
pub(crate) const FORM: u32 = 3;
/// What says what is in it, at its end.
pub(crate) const MANIFEST: &str = "manifest.json";

/// What an archive says of itself.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Manifest {
    pub(crate) form: u32,
    /// The version of Pulse that wrote it.
    pub(crate) version: String,
    /// The schema of that version's control database.
    pub(crate) schema: i64,
    /// Whose it is.
    pub(crate) tenant: String,
    /// Its files, by path.
    pub(crate) files: BTreeMap<String, Sum>,
}

/// What a file comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sum {
    /// How long it is.
    pub(crate) bytes: u64,
    /// The SHA-256 sum of its bytes, in hexadecimal digits.
    pub(crate) sha256: String,
}

/// Comes to the sum of a file, piece by piece.
#[derive(Default)]
pub(crate) struct Summing {
    bytes: u64,
    sum: Sha256,
}

impl Summing {
    pub(crate) fn add(&mut self, piece: &[u8]) {
        self.bytes += piece.len() as u64;
        self.sum.update(piece);
    }

    pub(crate) fn done(self) -> Sum {
        Sum { bytes: self.bytes, sha256: hex(self.sum.finalize()) }
    }
}

/// The sums of the files that were given out by now.
type Given = Arc<Mutex<BTreeMap<String, Sum>>>;

/// The archive, piece by piece. What waits for the lake's audit trail is brought there first. A table that changes while it is
/// read is in the archive as of one of its versions; only a vacuum that deletes a file just then breaks the archive off.
///
/// # Errors
/// When database or storage fails before the first piece.
pub async fn archive(
    control: &Control,
    engine: &Engine,
    tenant: &TenantId,
) -> Result<impl Stream<Item = Result<Bytes>> + Send + use<>> {
    audit::land_one(control, engine, tenant).await?;
    let (at, given) = (control.clock().now() / 1_000_000, Given::default());
    let mut head = Vec::new();
    let (about, fonts) = about(control, tenant).await?;
    let about = about.into_iter().map(|(name, lines)| (format!("control/{name}.ndjson"), lines));
    for (name, text) in [("README.txt".to_owned(), README.to_owned())].into_iter().chain(about) {
        head.extend(file(&name, at, text.as_bytes())?);
        let mut sum = Summing::default();
        sum.add(text.as_bytes());
        given.lock().insert(name, sum.done());
    }
    let lake = engine.tenant(tenant).lake().clone();
    let mut objects = lake.objects().await?;
    objects.retain(|object| is_used(&object.path, &fonts));
    let of_all = given.clone();
    let entries = stream::iter(objects).then(move |object| entry(lake.clone(), object, given.clone())).try_flatten();
    let tenant = tenant.to_string();
    let end = stream::once(async move { end(tenant, at, std::mem::take(&mut *of_all.lock())) });
    Ok(piece(head).chain(entries).chain(end))
}

/// Whether an object is anything but a font that is not set any more, and that none of these reports is set in.
fn is_used(path: &str, fonts: &BTreeSet<String>) -> bool {
    path.strip_prefix(&format!("files/{FONTS}/{FONT_WAS}")).is_none_or(|sum| fonts.contains(sum))
}

/// What stands behind all files: what they are, and the end.
fn end(tenant: String, at: i64, files: BTreeMap<String, Sum>) -> Result<Bytes> {
    let (version, schema) = (env!("CARGO_PKG_VERSION").to_owned(), Control::schema());
    let manifest = Manifest { form: FORM, version, schema, tenant, files };
    let mut end = file(MANIFEST, at, &serde_json::to_vec(&manifest)?)?;
    end.extend([0; 2 * BLOCK as usize]);
    Ok(Bytes::from(end))
}

fn piece(bytes: Vec<u8>) -> impl Stream<Item = Result<Bytes>> + Send {
    stream::once(std::future::ready(Ok(Bytes::from(bytes))))
}

/// An object with its header.
async fn entry(lake: TenantLake, object: Object, given: Given) -> Result<impl Stream<Item = Result<Bytes>> + Send> {
    // As long as it is now: a file that is written in its place may be longer than it was when it was listed.
    let (bytes, body) = lake.object(&object).await?;
    let name = format!("lake/{}", object.path);
    let head = header(&name, bytes, object.written_at)?;
    Ok(piece(head).chain(summed(name, body, given)).chain(piece(padding(bytes))))
}

/// The bytes of a file, whose sum is noted at their end.
fn summed(
    name: String,
    body: BoxStream<'static, pulse_engine::Result<Bytes>>,
    given: Given,
) -> impl Stream<Item = Result<Bytes>> + Send {
    stream::try_unfold((body, Summing::default(), name, given), |(mut body, mut sum, name, given)| async move {
        if let Some(piece) = body.try_next().await? {
            sum.add(&piece);
            return Ok(Some((piece, (body, sum, name, given))));
        }
        given.lock().insert(name, sum.done());
        Ok::<_, Error>(None)
    })
}

fn file(name: &str, at: i64, bytes: &[u8]) -> Result<Vec<u8>> {
    let mut whole = header(name, bytes.len() as u64, at)?;
    whole.extend(bytes);
    whole.extend(padding(bytes.len() as u64));
    Ok(whole)
}

fn header(path: &str, bytes: u64, at: i64) -> Result<Vec<u8>> {
    let mut header = tar::Header::new_gnu();
    header.set_size(bytes);
    header.set_mode(0o644);
    header.set_mtime(u64::try_from(at).unwrap_or_default());
    let mut blocks = tar::Builder::new(Vec::new());
    // The builder writes the header, with a block before it where the path is long; the bytes follow from elsewhere.
    blocks.append_data(&mut header, path, io::empty())?;
    Ok(std::mem::take(blocks.get_mut()))
}

/// What fills the last block up.
fn padding(bytes: u64) -> Vec<u8> {
    vec![0; ((BLOCK - bytes % BLOCK) % BLOCK) as usize]
}

/// What is told of a tenant, as JSON lines by kind.
type About = Vec<(&'static str, String)>;

/// What the control database holds about a tenant, and the sums of the fonts that the reports among it are set in.
async fn about(control: &Control, tenant: &TenantId) -> Result<(About, BTreeSet<String>)> {
    let own: Vec<_> = control.tenant(tenant).await?.into_iter().collect();
    let (branding, version) = control.branding(tenant).await?;
    let look = (version > 0).then_some(BrandingVersion { version, branding });
    let mut looked = control.earlier_brandings(tenant).await?;
    // One that was set meanwhile is not in what was read first.
    looked.retain(|was| was.version < version);
    let (targets, target_versions) = control.target_history(tenant).await?;
    let (own_metrics, own_metric_versions) = control.own_metric_history(tenant).await?;
    let saved = all(|at| async move { control.saved_queries(tenant, "", &at).await }.boxed()).await?;
    let mut said_before = control.shared_history(tenant).await?;
    // One that was changed meanwhile is what it was when it was read first.
    let stands: BTreeMap<String, i64> = saved.iter().map(|of| (of.id.clone(), of.version)).collect();
    said_before.retain(|was| stands.get(&was.query).is_some_and(|now| was.said.version < *now));
    let reports = all(|at| async move { control.reports(tenant, &at).await }.boxed()).await?;
    let reports: Vec<KeptReport> = reports.into_iter().filter_map(KeptReport::of).collect();
    let fonts = reports.iter().flat_map(|report| report.fonts()).map(str::to_owned).collect();
    let roles = control.roles(tenant).await?.into_iter().filter(|role| !role.built_in);
    let about = vec![
        ("tenant", lines(own)?),
        ("branding", lines(look)?),
        ("branding_versions", lines(looked)?),
        ("members", lines(all(|at| async move { control.members(tenant, &at).await }.boxed()).await?)?),
        ("roles", lines(roles)?),
        ("targets", lines(targets)?),
        ("target_versions", lines(target_versions)?),
        ("own_metrics", lines(own_metrics)?),
        ("own_metric_versions", lines(own_metric_versions)?),
        ("saved_queries", lines(saved)?),
        ("saved_query_versions", lines(said_before)?),
        ("report_definitions", lines(control.report_definitions(tenant).await?)?),
        ("alert_rules", lines(control.alert_rules(tenant).await?)?),
        ("connections", lines(all(|at| async move { control.connections(tenant, &at).await }.boxed()).await?)?),
        ("schedules", lines(control.schedules(tenant).await?)?),
        ("reports", lines(reports)?),
        ("destinations", lines(control.destinations(tenant).await?)?),
        ("tokens", lines(all(|at| async move { control.tokens(tenant, None, &at).await }.boxed()).await?)?),
        ("identity_providers", lines(control.providers(tenant).await?)?),
    ];
    Ok((about, fonts))
}

/// Every page of a list.
async fn all<'a, T>(page: impl Fn(Cursor) -> BoxFuture<'a, Result<Page<T>>>) -> Result<Vec<T>> {
    let (mut items, mut next) = (Vec::new(), None::<String>);
    loop {
        let page = page(Cursor::new(next.as_deref(), None)?).await?;
        items.extend(page.items);
        match page.next {
            Some(cursor) => next = Some(cursor),
            None => return Ok(items),
        }
    }
}

fn lines<T: Serialize>(items: impl IntoIterator<Item = T>) -> Result<String> {
    let mut text = String::new();
    for item in items {
        text.push_str(&serde_json::to_string(&item)?);
        text.push('\n');
    }
    Ok(text)
}
