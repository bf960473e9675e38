//! The driver of the land step: reads a source and lands its pages.

use crate::source::Doubts;
use crate::{Met, Numbered, Result, Source};
use async_trait::async_trait;
use futures::StreamExt;
use pulse_engine::land::{self, Crowd, Cursors, Page, Payload};
use pulse_engine::{Clock, Tenant};
use serde_json::Value;
use std::collections::BTreeMap;

/// Who is shown what hooks were called with, each call as it was landed.
pub type Listener<'a> = dyn FnMut(&str) + Send + 'a;

/// Where pages are landed: a tenant of the lake, or a test's memory.
#[async_trait]
pub trait Landing: Send + Sync {
    /// The newest cursor of each part of the source, but for those of a crowd, which takes them.
    async fn cursors(
        &self,
        connector: &str,
        connection: &str,
        crowd: Option<&mut dyn Crowd>,
    ) -> pulse_engine::Result<Cursors>;

    /// The settings that were landed last, as JSON.
    async fn settings(&self, connector: &str, connection: &str) -> pulse_engine::Result<Option<String>>;

    /// Lands a page whole, with its cursor, or not at all.
    async fn land(&self, connector: &str, connection: &str, page: Page) -> pulse_engine::Result<()>;

    /// The ids of rows in doubt that are held, where that can be told now.
    async fn held(
        &self,
        connector: &str,
        connection: &str,
        doubts: &Doubts,
    ) -> pulse_engine::Result<Option<Vec<String>>>;

    /// What was met of some things, of those that are held.
    async fn met(&self, connector: &str, connection: &str, things: Numbered) -> pulse_engine::Result<Met>;

    /// What was met of some lists, each since a time of its own; nothing of those of which that cannot be told.
    async fn lists(
        &self,
        connector: &str,
        connection: &str,
        lists: &BTreeMap<String, i64>,
    ) -> pulse_engine::Result<BTreeMap<String, Met>> {
        let _ = (connector, connection, lists);
        Ok(BTreeMap::new())
    }

    /// Shows what hooks of a connection were called with since a time, in no order; nothing where that cannot be told.
    async fn calls(
        &self,
        connector: &str,
        connection: &str,
        since: i64,
        show: &mut Listener<'_>,
    ) -> pulse_engine::Result<()> {
        let _ = (connector, connection, since, show);
        Ok(())
    }
}

#[async_trait]
impl Landing for Tenant {
    async fn cursors(
        &self,
        connector: &str,
        connection: &str,
        crowd: Option<&mut dyn Crowd>,
    ) -> pulse_engine::Result<Cursors> {
        self.cursors_beside(connector, connection, crowd).await
    }

    async fn settings(&self, connector: &str, connection: &str) -> pulse_engine::Result<Option<String>> {
        self.connection_settings(connector, connection).await
    }

    async fn land(&self, connector: &str, connection: &str, page: Page) -> pulse_engine::Result<()> {
        Tenant::land(self, connector, connection, page).await.map(drop)
    }

    async fn held(
        &self,
        connector: &str,
        connection: &str,
        doubts: &Doubts,
    ) -> pulse_engine::Result<Option<Vec<String>>> {
        doubts.held(self, connector, connection).await
    }

    async fn met(&self, connector: &str, connection: &str, things: Numbered) -> pulse_engine::Result<Met> {
        Met::held(self, connector, connection, things).await
    }

    async fn lists(
        &self,
        connector: &str,
        connection: &str,
        lists: &BTreeMap<String, i64>,
    ) -> pulse_engine::Result<BTreeMap<String, Met>> {
        Met::of_lists(self, connector, connection, lists).await
    }

    async fn calls(
        &self,
        connector: &str,
        connection: &str,
        since: i64,
        show: &mut Listener<'_>,
    ) -> pulse_engine::Result<()> {
        self.observed(connector, connection, "webhooks", since, |_, _, call| show(call)).await
    }
}

/// How far a sync has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Pages landed so far.
    pub pages: u64,
    /// Payloads landed so far.
    pub payloads: u64,
}

/// What a sync did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SyncReport {
    /// Pages landed; none when nothing had changed.
    pub pages: u64,
    /// Payloads landed.
    pub payloads: u64,
}

/// Reads everything that is new in `source` and lands it, page by page. It may be killed at any instant and run again.
///
/// The connection's settings are landed with the first page when they differ from the last ones, as the payload
/// `settings` of the stream `settings`. `landing` is a [`Tenant`].
///
/// # Errors
/// What the source or the lake failed at. Pages landed before stay landed.
pub async fn sync(
    landing: &dyn Landing,
    mut source: Box<dyn Source>,
    clock: Clock,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<SyncReport> {
    let connector = source.connector();
    let connection = source.connection().to_owned();
    let cursors = landing.cursors(connector, &connection, source.crowd()).await?;
    let settings = source.settings(&cursors);
    if let Some(doubts) = source.doubts(&cursors)
        && let Some(ids) = landing.held(connector, &connection, &doubts).await?
    {
        source.doubtful(ids);
    }
    if let Some(things) = source.known(&cursors) {
        source.know(landing.met(connector, &connection, things).await?);
    }
    let lists = source.lists(&cursors);
    if !lists.is_empty() {
        source.know_lists(landing.lists(connector, &connection, &lists).await?);
    }
    let last = landing.settings(connector, &connection).await?;
    // Compared as JSON: the order of fields says nothing.
    let last = last.and_then(|text| serde_json::from_str::<Value>(&text).ok());
    let is_same = last.as_ref() == Some(&settings);
    if let Some(since) = source.listens(&cursors, clock.now(), is_same) {
        landing.calls(connector, &connection, since, &mut |call| source.hears(call)).await?;
    }
    let mut changed = (!is_same).then(|| Payload {
        stream: land::SETTINGS.to_owned(),
        key: land::SETTINGS.to_owned(),
        observed_at: clock.now(),
        body: settings.to_string(),
    });
    let mut done = Progress::default();
    let mut pages = source.pages(cursors, clock);
    while let Some(page) = pages.next().await {
        let mut page = page?;
        if let Some(payload) = changed.take() {
            page.payloads.insert(0, payload);
        }
        done = Progress { pages: done.pages + 1, payloads: done.payloads + page.payloads.len() as u64 };
        landing.land(connector, &connection, page).await?;
        progress(done);
    }
    if let Some(payload) = changed {
        let page = Page { payloads: vec![payload], ..Page::default() };
        landing.land(connector, &connection, page).await?;
        done = Progress { pages: done.pages + 1, payloads: done.payloads + 1 };
        progress(done);
    }
    Ok(SyncReport { pages: done.pages, payloads: done.payloads })
}
