//! What connections read, by their connectors.

use super::Repositories;
use crate::control::{Connection, Refusal};
use crate::{Error, Result};
use pulse_connectors::Source;
use pulse_connectors::git::{self, GitSource};
use pulse_connectors::github::{self, GithubSettings, GithubSource};
use pulse_connectors::net::Manner;
use pulse_engine::TenantId;
use pulse_engine::land::Cursors;
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
}

impl Sources {
    /// Opens what a connection reads, which asks no vendor yet.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when the settings, the place or the credential can be none, and what the connector refuses.
    pub async fn open(&self, tenant: &TenantId, connection: &Connection, credential: Option<&str>) -> Result<Opened> {
        match connection.connector.as_str() {
            git::CONNECTOR => Ok(Opened::Git(Box::new(self.repositories.open(tenant, connection).await?))),
            github::CONNECTOR => self.github(connection, credential),
            _ => {
                let reason = format!("should be one that there is: `{}` or `{}`", git::CONNECTOR, github::CONNECTOR);
                Err(Refusal::invalid("connector", reason).into())
            }
        }
    }

    fn github(&self, connection: &Connection, credential: Option<&str>) -> Result<Opened> {
        use pulse_connectors::Error as E;
        let invalid = |field, reason: String| Error::from(Refusal::invalid(field, reason));
        let place = Url::parse(&connection.place);
        let place =
            place.map_err(|_| invalid("place", "should be an address such as https://api.github.com".to_owned()))?;
        let credential = credential.ok_or_else(|| invalid("credential", "should be a token of GitHub's".to_owned()))?;
        let settings = GithubSettings::from_json(&connection.settings);
        let settings = settings.map_err(|error| invalid("settings", error.to_string()))?;
        let opened = GithubSource::new(&connection.name, &place, credential, settings, self.manner);
        let opened = opened.map_err(|error| match error {
            E::Address { .. } => invalid("place", error.to_string()),
            error => invalid("settings", error.to_string()),
        })?;
        Ok(Opened::Github(Box::new(opened)))
    }

    /// What a connector failed at, told without where the operator keeps repositories.
    pub fn unread(&self, error: &pulse_connectors::Error) -> Error {
        self.repositories.unread(error)
    }
}

impl Opened {
    /// Looks at what is to be read, before anything is kept or landed.
    ///
    /// # Errors
    /// What the connector refuses.
    pub async fn check(&self, cursors: &Cursors) -> Result<(), pulse_connectors::Error> {
        match self {
            Opened::Git(source) => source.check(cursors),
            Opened::Github(source) => source.check().await.map(drop),
        }
    }

    /// What is read; all of it anew when it is to be `whole`.
    pub fn source(self, whole: bool) -> Box<dyn Source> {
        match self {
            Opened::Git(source) => source,
            Opened::Github(source) if whole => Box::new(source.whole()),
            Opened::Github(source) => source,
        }
    }
}
