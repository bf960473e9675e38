//! A tenant's data as one tar archive: its part of the lake as it is, and its settings and people, but for secrets.

use crate::control::{Control, Cursor, Page};
use crate::{Error, Result, audit};
use bytes::Bytes;
use futures::future::BoxFuture;
use futures::{FutureExt as _, Stream, StreamExt as _, TryStreamExt as _, stream};
use pulse_engine::lake::{Object, TenantLake};
use pulse_engine::{Engine, TenantId};
use serde::Serialize;
use std::io;

/// What the archive says of itself.
const README: &str = "\
The data of one tenant.

lake/      its part of the lake, as it is: Delta Lake tables, which many programs read
control/   its settings, look, members, roles, targets, own metrics, reports that it defined, alert rules, destinations, shared queries, tokens and identity providers, a JSON object a line; no password, token, key or secret address is in it

Not in it: sessions, invitations, who was named by which identity provider, queries that somebody saved for themselves, jobs, schedules, alerts and deliveries.
";

/// A tar archive's blocks.
const BLOCK: u64 = 512;

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
    let at = control.clock().now() / 1_000_000;
    let mut head = file("README.txt", at, README.as_bytes())?;
    for (name, lines) in about(control, tenant).await? {
        head.extend(file(&format!("control/{name}.ndjson"), at, lines.as_bytes())?);
    }
    let lake = engine.tenant(tenant).lake().clone();
    let objects = lake.objects().await?;
    let entries = stream::iter(objects).then(move |object| entry(lake.clone(), object)).try_flatten();
    let end = vec![0; 2 * BLOCK as usize];
    Ok(piece(head).chain(entries).chain(piece(end)))
}

fn piece(bytes: Vec<u8>) -> impl Stream<Item = Result<Bytes>> + Send {
    stream::once(std::future::ready(Ok(Bytes::from(bytes))))
}

/// An object with its header.
async fn entry(lake: TenantLake, object: Object) -> Result<impl Stream<Item = Result<Bytes>> + Send> {
    // As long as it is now: a file that is written in its place may be longer than it was when it was listed.
    let (bytes, body) = lake.object(&object).await?;
    let head = header(&format!("lake/{}", object.path), bytes, object.written_at)?;
    Ok(piece(head).chain(body.map_err(Error::from)).chain(piece(padding(bytes))))
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

/// What the control database holds about a tenant, as JSON lines by kind.
async fn about(control: &Control, tenant: &TenantId) -> Result<Vec<(&'static str, String)>> {
    let own: Vec<_> = control.tenant(tenant).await?.into_iter().collect();
    let (branding, version) = control.branding(tenant).await?;
    let look = (version > 0).then_some(branding);
    let roles = control.roles(tenant).await?.into_iter().filter(|role| !role.built_in);
    Ok(vec![
        ("tenant", lines(own)?),
        ("branding", lines(look)?),
        ("members", lines(all(|at| async move { control.members(tenant, &at).await }.boxed()).await?)?),
        ("roles", lines(roles)?),
        ("targets", lines(control.targets(tenant).await?)?),
        ("own_metrics", lines(control.own_metrics(tenant).await?)?),
        ("saved_queries", lines(all(|at| async move { control.saved_queries(tenant, "", &at).await }.boxed()).await?)?),
        ("report_definitions", lines(control.report_definitions(tenant).await?)?),
        ("alert_rules", lines(control.alert_rules(tenant).await?)?),
        ("destinations", lines(control.destinations(tenant).await?)?),
        ("tokens", lines(all(|at| async move { control.tokens(tenant, None, &at).await }.boxed()).await?)?),
        ("identity_providers", lines(control.providers(tenant).await?)?),
    ])
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
