//! What connections read, by their connectors.

use super::{Reading, Repositories};
use crate::control::{Connection, Refusal};
use crate::{Error, Result};
use pulse_connectors::git::{self, GitSource};
use pulse_connectors::github::{self, GithubSettings, GithubSource};
use pulse_connectors::jira::{self, JiraSettings, JiraSource};
use pulse_connectors::net::Manner;
use pulse_connectors::{Budgets, Keeper, Progress, Source, SyncReport};
use pulse_engine::land::Cursors;
use pulse_engine::{Tenant, TenantId};
use std::sync::Arc;
use url::Url;

/// Opens what connections read.
#[derive(Clone, Debug)]
pub struct Sources {
    /// Git repositories on disk.
    pub repositories: Repositories,
    /// How vendors are asked.
    pub manner: Manner,
}

/// What a connection reads, ready to be read.
#[derive(Debug)]
pub enum Opened {
    /// A git repository.
    Git(Box<GitSource>),
    /// GitHub.
    Github(Box<GithubSource>),
    /// Jira.
    Jira(Box<JiraSource>),
}

impl Sources {
    /// Opens what a connection reads, which asks no vendor yet. `keeper` keeps what its credential is renewed to; without one,
    /// that is lost.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when the settings, the place or the credential can be none, and what the connector refuses.
    pub async fn open(
        &self,
        tenant: &TenantId,
        connection: &Connection,
        credential: Option<&str>,
        keeper: Option<Arc<dyn Keeper>>,
    ) -> Result<Opened> {
        match connection.connector.as_str() {
            git::CONNECTOR => Ok(Opened::Git(Box::new(self.repositories.open(tenant, connection).await?))),
            github::CONNECTOR => {
                let (place, credential) = shown(connection, credential)?;
                let settings = GithubSettings::from_json(&connection.settings).map_err(|error| wrong(&error))?;
                let opened = GithubSource::new(&connection.name, &place, credential, settings, self.manner);
                Ok(Opened::Github(Box::new(opened.map_err(|error| wrong(&error))?)))
            }
            jira::CONNECTOR => {
                let (place, credential) = shown(connection, credential)?;
                let settings = JiraSettings::from_json(&connection.settings).map_err(|error| wrong(&error))?;
                let opened = JiraSource::new(&connection.name, &place, credential, settings, self.manner);
                let opened = opened.map_err(|error| wrong(&error))?;
                let opened = match keeper {
                    Some(keeper) => opened.kept_by(keeper),
                    None => opened,
                };
                Ok(Opened::Jira(Box::new(opened)))
            }
            _ => {
                let all =
                    [git::CONNECTOR, github::CONNECTOR, jira::CONNECTOR].map(|name| format!("`{name}`")).join(", ");
                Err(Refusal::invalid("connector", format!("should be one that there is: {all}")).into())
            }
        }
    }

    /// Lands what is to be read of a connection.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when that is not read of it; what the connector or the lake failed at. What was landed before stays.
    pub async fn land(
        &self,
        tenant: &Tenant,
        connection: &Connection,
        opened: Opened,
        reading: Reading,
        far: &(dyn Fn(Progress) + Sync),
    ) -> Result<SyncReport> {
        opened.prepare(tenant, connection).await?;
        Ok(pulse_connectors::sync(tenant, opened.source(reading)?, self.manner.clock, far).await?)
    }

    /// What a connector failed at, told without where the operator keeps repositories.
    pub fn unread(&self, error: &pulse_connectors::Error) -> Error {
        self.repositories.unread(error)
    }
}

/// Where a connection is read over the network, and what it shows there.
fn shown<'a>(connection: &Connection, credential: Option<&'a str>) -> Result<(Url, &'a str)> {
    let place = Url::parse(&connection.place);
    let place = place.map_err(|_| Refusal::invalid("place", "should be an address such as https://api.github.com"))?;
    let credential =
        credential.ok_or_else(|| Refusal::invalid("credential", "should be given: a token of the vendor's"))?;
    Ok((place, credential))
}

/// What of a connection a connector does not take.
fn wrong(error: &pulse_connectors::Error) -> Error {
    let field = if matches!(error, pulse_connectors::Error::Address { .. }) { "place" } else { "settings" };
    Refusal::invalid(field, error.to_string()).into()
}

impl Opened {
    /// Makes ready to read what was read before. What of it cannot be read is told by the reading itself.
    ///
    /// # Errors
    /// What the connector refuses or the lake failed at.
    pub async fn prepare(&self, tenant: &Tenant, connection: &Connection) -> Result<()> {
        match self {
            Opened::Git(source) => source.check(&tenant.cursors(&connection.connector, &connection.id()).await?)?,
            Opened::Github(_) => {}
            Opened::Jira(source) => source.prepare().await?,
        }
        Ok(())
    }

    /// Looks at all that is to be read, before a connection is kept.
    ///
    /// # Errors
    /// What the connector refuses.
    pub async fn check(&self) -> Result<(), pulse_connectors::Error> {
        match self {
            Opened::Git(source) => source.check(&Cursors::new()),
            Opened::Github(source) => source.check().await.map(drop),
            Opened::Jira(source) => source.check().await.map(drop),
        }
    }

    /// The credential that the one that was given was renewed to meanwhile, where a vendor renews them: the one to keep.
    pub fn renewed(&self) -> Option<String> {
        match self {
            Opened::Git(_) | Opened::Github(_) => None,
            Opened::Jira(source) => source.renewed(),
        }
    }

    /// What is left of the vendor's budgets, as it tells while this is read.
    pub fn budgets(&self) -> Budgets {
        match self {
            Opened::Git(source) => source.budgets(),
            Opened::Github(source) => source.budgets(),
            Opened::Jira(source) => source.budgets(),
        }
    }

    /// The same, which looks for what is new in all that there is, whatever hooks were called about.
    #[must_use]
    pub fn everywhere(self) -> Self {
        match self {
            Opened::Github(source) => Opened::Github(Box::new(source.everywhere())),
            other => other,
        }
    }

    /// What is read. A git repository is always read whole.
    fn source(self, reading: Reading) -> Result<Box<dyn Source>> {
        match (self, reading) {
            (Opened::Git(_), Reading::Range(_)) => {
                let reason =
                    "asks for some days, and the history of a git repository is always read whole: leave them out";
                Err(Refusal::invalid("input", reason).into())
            }
            (Opened::Git(source), _) => Ok(source),
            (Opened::Github(source), Reading::New) => Ok(source),
            (Opened::Github(source), Reading::Whole) => Ok(Box::new(source.whole())),
            (Opened::Github(source), Reading::Range(range)) => Ok(Box::new(source.range(range))),
            (Opened::Jira(source), Reading::New) => Ok(source),
            (Opened::Jira(source), Reading::Whole) => Ok(Box::new(source.whole())),
            (Opened::Jira(source), Reading::Range(range)) => Ok(Box::new(source.range(range))),
        }
    }
}
