//! Reads a source in a test, and keeps what it landed in memory.

use futures::StreamExt;
use parking_lot::Mutex;
use pulse_connectors::git::{GitMapper, GitSettings, Repository};
use pulse_connectors::{Doubts, Landing, Met, Numbered, Result, Source, SyncReport, sync};
use pulse_engine::Clock;
use pulse_engine::land::{Crowd, Cursors, OVER, Page, Payload};
use pulse_engine::map::{Connection, Mapped, Mapper, RawPayload};
use pulse_engine::row::Row;
use serde_json::Value;
use std::path::Path;

pub(crate) const NOW: i64 = 1_800_000_000_000_000;

/// Everything that was landed, in order.
#[derive(Debug, Default)]
pub(crate) struct Landed {
    pub(crate) pages: Mutex<Vec<Page>>,
}

#[async_trait::async_trait]
impl Landing for Landed {
    async fn cursors(&self, _: &str, _: &str, _: Option<&mut dyn Crowd>) -> pulse_engine::Result<Cursors> {
        let cursors: Cursors = self.pages.lock().iter().flat_map(|page| page.cursors.clone()).collect();
        Ok(cursors.into_iter().filter(|(_, stands)| stands != OVER).collect())
    }

    async fn settings(&self, _: &str, _: &str) -> pulse_engine::Result<Option<String>> {
        Ok(self.payloads().into_iter().rev().find(|p| p.stream == "settings").map(|p| p.body))
    }

    async fn land(&self, _: &str, _: &str, page: Page) -> pulse_engine::Result<()> {
        self.pages.lock().push(page);
        Ok(())
    }

    async fn held(&self, _: &str, _: &str, _: &Doubts) -> pulse_engine::Result<Option<Vec<String>>> {
        Ok(None)
    }

    async fn met(&self, _: &str, _: &str, _: Numbered) -> pulse_engine::Result<Met> {
        Ok(Met::default())
    }
}

impl Landed {
    pub(crate) fn payloads(&self) -> Vec<Payload> {
        self.pages.lock().iter().flat_map(|p| p.payloads.clone()).collect()
    }

    /// The payloads of one stream as `(key, body)`.
    pub(crate) fn stream(&self, stream: &str) -> Vec<(String, Value)> {
        let of = |p: &Payload| p.stream == stream;
        self.payloads().into_iter().filter(of).map(|p| (p.key, serde_json::from_str(&p.body).unwrap())).collect()
    }

    pub(crate) fn keys(&self, stream: &str) -> Vec<String> {
        self.stream(stream).into_iter().map(|(key, _)| key).collect()
    }

    /// Forgets what was landed but not how far: the next sync then shows what is new.
    pub(crate) fn forget(&self) {
        let mut pages = self.pages.lock();
        let cursors = pages.iter().flat_map(|page| page.cursors.clone()).collect();
        pages.iter_mut().for_each(|p| p.payloads.retain(|p| p.stream == "settings"));
        *pages = vec![Page { payloads: pages.drain(..).flat_map(|p| p.payloads).collect(), cursors }];
    }

    /// The rows that the git mapper makes of everything landed, under the settings landed last.
    pub(crate) fn rows(&self, entity: &str) -> Vec<Row> {
        let settings = self.stream("settings").pop().map_or(Value::Null, |(_, body)| body);
        let connection = Connection::new("git:shop", settings);
        let mut out = Mapped::default();
        for p in self.payloads().iter().filter(|p| p.stream != "settings") {
            let payload = RawPayload { stream: &p.stream, key: &p.key, observed_at: p.observed_at, body: &p.body };
            GitMapper.map(&connection, payload, &mut out).unwrap();
        }
        out.rows().iter().filter(|r| r.entity().name == entity).cloned().collect()
    }
}

/// One sync of a repository into `landed`.
pub(crate) async fn sync_git(path: &Path, settings: Value, landed: &Landed) -> Result<SyncReport> {
    let source = Repository::open(path, GitSettings::from_json(&settings)?)?;
    sync(landed, Box::new(source), Clock::Fixed(NOW), &|_| ()).await
}

/// A first sync with tags that need not be there.
pub(crate) async fn read_git(path: &Path) -> Landed {
    let landed = Landed::default();
    sync_git(path, any_tags(), &landed).await.unwrap();
    landed
}

/// Settings that are content without a deployment.
pub(crate) fn any_tags() -> Value {
    serde_json::json!({"deployments": {"tags": []}})
}

/// All pages of a source that is read without a sync.
pub(crate) async fn pages(source: impl Source + 'static, cursors: Cursors) -> Vec<Result<Page>> {
    let source: Box<dyn Source> = Box::new(source);
    source.pages(cursors, Clock::Fixed(NOW)).collect().await
}
