//! What the rest of Pulse asks of a connector: one value in its folder, which [`CONNECTORS`](crate::CONNECTORS) lists.

use crate::net::Manner;
use crate::{Budget, Budgets, Keeper, Range, Result, Source};
use async_trait::async_trait;
use pulse_engine::Tenant;
use pulse_engine::land::Payload;
use pulse_engine::map::Mapper;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// A connector, as its folder tells it.
#[derive(Debug)]
pub struct Connector {
    /// Its name, as in `raw/<connector>`.
    pub name: &'static str,
    /// What maps its payloads.
    pub mapper: fn() -> Box<dyn Mapper>,
    /// How connections of it are opened; `None` where rows are handed over, and nothing is read by itself.
    pub opens: Option<Opens>,
    /// What payloads would be mapped under, were these its settings: checked, and with what was found out about the vendor when those were
    /// landed that come second. `None` where it has none.
    pub settings: Option<SettingsOf>,
    /// What a vendor's call of a hook brings, by its headers, its body and when it came; `None` where calls are not read.
    pub called: Option<CalledWith>,
    /// What is held of it: the entities of core, each with the stream of the payloads that it comes of.
    pub holds: &'static [(&'static str, &'static str)],
    /// How many of these the vendor says there are; `None` where it says nothing.
    pub told: Option<Told>,
}

/// Settings as they would be landed, of those that were given and those that were landed last.
pub type SettingsOf = fn(&Value, Option<&Value>) -> Result<Value>;

/// The payload that a call brings.
pub type CalledWith = fn(&dyn Fn(&str) -> Option<String>, &[u8], i64) -> Result<Payload>;

/// How connections are opened, which asks no vendor yet.
#[derive(Clone, Copy, Debug)]
pub enum Opens {
    /// In a folder on this machine, by the connection's name and settings. It may keep the thread busy.
    Folder(fn(&str, &Path, &Value) -> Result<Box<dyn Opened>>),
    /// Over the network.
    Address(fn(Opening<'_>) -> Result<Box<dyn Opened>>),
}

/// What a connection over the network is opened with.
pub struct Opening<'a> {
    /// Its name.
    pub name: &'a str,
    /// Where its vendor is.
    pub place: &'a Url,
    /// What it shows there.
    pub credential: &'a str,
    /// Its settings, as somebody gave them.
    pub settings: &'a Value,
    /// How vendors are asked.
    pub manner: Manner,
    /// Who keeps what the credential is renewed to; without anybody, that is lost.
    pub keeper: Option<Arc<dyn Keeper>>,
}

/// Without what it shows there.
impl fmt::Debug for Opening<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opening")
            .field("name", &self.name)
            .field("place", &self.place.host_str())
            .finish_non_exhaustive()
    }
}

/// What a connection reads, ready to be read.
#[async_trait]
pub trait Opened: fmt::Debug + Send + Sync {
    /// The folder that it reads; `None` where it reads over the network.
    fn path(&self) -> Option<&Path> {
        None
    }

    /// Looks at all that is to be read, before a connection is kept.
    ///
    /// # Errors
    /// What the connector refuses.
    async fn check(&self) -> Result<()>;

    /// Makes ready to read what was read before. What of it cannot be read is told by the reading itself.
    ///
    /// # Errors
    /// What the connector refuses or the lake failed at.
    async fn prepare(&self, tenant: &Tenant) -> Result<()> {
        let _ = tenant;
        Ok(())
    }

    /// The credential that the one that was given was renewed to meanwhile, where a vendor renews them: the one to keep.
    fn renewed(&self) -> Option<String> {
        None
    }

    /// What is left of the vendor's budgets, as it tells while this is read.
    fn budgets(&self) -> Budgets;

    /// Knows what another reading of the same credential was told of them, each with how long it is until it is full again: what is used up is
    /// waited for, and not asked for to learn that. A vendor that tells nothing of them needs none of it.
    fn know_budgets(&self, told: &[(Budget, Duration)]) {
        let _ = told;
    }

    /// The same, which looks for what is new in all that there is, whatever hooks were called about.
    fn everywhere(self: Box<Self>) -> Box<dyn Opened>;

    /// What reads what is new.
    fn news(self: Box<Self>) -> Box<dyn Source>;

    /// What reads everything anew, whatever is new: what was deleted long ago is noticed then, too.
    fn whole(self: Box<Self>) -> Box<dyn Source>;

    /// What reads anew what was made or changed in some days; `None` where it is always read whole.
    fn range(self: Box<Self>, range: Range) -> Option<Box<dyn Source>>;
}

/// How many things a vendor says there are, by the entities of core that they become.
pub type Counts = BTreeMap<&'static str, u64>;

/// How it is known how many things a vendor says there are.
#[derive(Debug)]
pub struct Told {
    /// The statement that finds payloads which say it: `connection`, `body`, and `stream` where there are several.
    pub statement: &'static str,
    /// What those of one connection say that are not gone, by streams, under its settings: nothing of an entity that one of them says nothing of.
    pub counts: fn(&[(String, Value)], &Value) -> Counts,
}
