//! Landing and mapping so many bytes of payloads, in a process of its own, so that its peak of memory is nothing else's.

use crate::payloads::{Pages, read, vendors};
use pulse_benches::{Fallible, peak, processor};
use pulse_engine::land::SETTINGS;
use pulse_engine::{Engine, TenantId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Instant;

/// What something took, in seconds.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Spent {
    pub(crate) wall: f64,
    pub(crate) processor: f64,
}

impl Spent {
    /// Does something, and adds what it took.
    pub(crate) async fn on<T, E>(&mut self, what: impl Future<Output = Result<T, E>>) -> Fallible<T>
    where
        Box<dyn std::error::Error + Send + Sync>: From<E>,
    {
        let (start, before) = (Instant::now(), processor()?);
        let done = what.await?;
        self.wall += start.elapsed().as_secs_f64();
        self.processor += processor()? - before;
        Ok(done)
    }
}

/// What came of it.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Ran {
    pub(crate) bytes: u64,
    pub(crate) payloads: u64,
    /// How many payloads the raw tables have of each stream of a vendor's, by the names of both; but for settings.
    pub(crate) landed: BTreeMap<String, u64>,
    pub(crate) rows: u64,
    /// What the raw tables take in the lake, in bytes.
    pub(crate) raw: u64,
    pub(crate) land: Spent,
    pub(crate) map: Spent,
    /// In MB.
    pub(crate) peak: u64,
}

impl Ran {
    /// Megabytes a second of processor time.
    pub(crate) fn rate(&self, seconds: f64) -> f64 {
        self.bytes as f64 / 1e6 / seconds
    }
}

/// Does so in a process of its own.
pub(crate) fn apart(lake: &str, templates: &Path, connector: &str, bytes: u64) -> Fallible<Ran> {
    let mut command = Command::new(std::env::current_exe()?);
    let output = command.arg("--run").arg(lake).arg(templates).arg(connector).arg(bytes.to_string()).output()?;
    if !output.status.success() {
        return Err(format!("the run of {connector} failed: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}

/// Does so in this one, with an even share of each vendor when `connector` is `all`.
pub(crate) async fn here(lake: &str, templates: &Path, connector: &str, bytes: u64) -> Fallible<Ran> {
    let tenant = Engine::open(lake).await?.tenant(&TenantId::new("bench")?);
    let vendors = vendors(connector);
    let mut ran = Ran::default();
    for of in &vendors {
        let templates = read(templates, of)?;
        let mut pages = Pages::new(&templates, bytes / vendors.len() as u64);
        while let Some(page) = pages.next()? {
            ran.bytes += page.payloads.iter().map(|payload| payload.body.len() as u64).sum::<u64>();
            ran.payloads += page.payloads.len() as u64;
            ran.land.on(tenant.land(of, &format!("{of}:bench"), page)).await?;
        }
    }
    for of in vendors {
        let mapper = pulse_connectors::mapper(of).ok_or("there is no such connector")?;
        let report = ran.map.on(tenant.map(mapper.as_ref(), false)).await?;
        if report.rejected > 0 {
            return Err(format!("{} payloads of {of} were rejected", report.rejected).into());
        }
        ran.rows += report.rows.values().sum::<u64>();
        if let Some(raw) = tenant.lake().raw(of)?.latest().await? {
            for file in raw.files() {
                ran.raw += file.bytes;
                let stream = file.partition.get("stream").and_then(Option::as_deref).ok_or("a file of no stream")?;
                if stream != SETTINGS {
                    let rows = file.rows.ok_or("a file of which nobody knows how many rows it has")?;
                    *ran.landed.entry(format!("{of} {stream}")).or_default() += rows;
                }
            }
        }
    }
    ran.peak = peak()?;
    Ok(ran)
}
