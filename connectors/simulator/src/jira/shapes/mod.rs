//! The JSON of Jira's API and its webhooks.

mod changelog;
mod development;
mod fields;
mod issue;
mod planning;
mod text;
mod user;

pub(crate) use development::APPLICATION;
pub(crate) use fields::all as all_fields;
pub(crate) use issue::Wanted;

use super::Zone;
use crate::world::jira::Site;
use crate::world::{Time, World};

/// Where Jira is for the webhooks, which nobody asked by an address, and behind the gateway.
const SITE: &str = "https://acme.atlassian.net";

/// Whose words are spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edition {
    /// Jira Cloud, version 3 of the API.
    Cloud,
    /// Jira Data Center, version 2 of the API.
    DataCenter,
}

/// A site, looked at in one way.
#[derive(Clone, Copy)]
pub(crate) struct View<'a> {
    pub(crate) world: &'a World,
    pub(crate) edition: Edition,
    /// The time zone of who looks.
    pub(crate) zone: Zone,
    /// Scheme and host, and behind the gateway the path of the site, which links begin with.
    pub(crate) base: &'a str,
    /// Whether texts are documents, as in version 3. Cloud's webhooks tell them as version 2 does.
    pub(crate) has_documents: bool,
    /// Whether all comments come with an issue. Cloud's search shows twenty.
    pub(crate) all_comments: bool,
}

impl<'a> View<'a> {
    /// How the webhooks of Cloud look at a world.
    pub(crate) fn of_webhooks(world: &'a World) -> Self {
        Self { world, edition: Edition::Cloud, zone: Zone::Utc, base: SITE, has_documents: false, all_comments: false }
    }

    pub(crate) fn site(&self) -> &'a Site {
        &self.world.jira
    }

    pub(crate) fn is_cloud(&self) -> bool {
        self.edition == Edition::Cloud
    }

    /// Where people open it.
    pub(crate) fn address(&self) -> &'a str {
        if self.base.contains("/ex/jira/") { SITE } else { self.base }
    }

    /// An address below the API.
    pub(crate) fn link(&self, path: &str) -> String {
        let version = if self.has_documents { 3 } else { 2 };
        format!("{}/rest/api/{version}/{path}", self.base)
    }

    /// A moment, in the zone of who looks.
    pub(crate) fn time(&self, time: Time) -> String {
        time.with_timezone(&self.zone.offset(time)).format("%Y-%m-%dT%H:%M:%S%.3f%z").to_string()
    }
}
