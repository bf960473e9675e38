//! What connections read, whichever connectors they are of.

use super::{Reading, Repositories};
use crate::control::{Connection, Refusal};
use crate::{Error, Result};
use pulse_connectors::net::Manner;
use pulse_connectors::{CONNECTORS, Error as Unread, Keeper, Opened, Opening, Opens, Progress, Source, SyncReport};
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
    ) -> Result<Box<dyn Opened>> {
        match opens(&connection.connector)? {
            Opens::Folder(open) => {
                let Connection { name, settings, .. } = connection.clone();
                let open = move |folder: &std::path::Path| open(&name, folder, &settings);
                let opened = self.repositories.open(tenant, connection, open).await?;
                opened.map_err(|error| self.unopened(&error))
            }
            Opens::Address(open) => {
                let (place, credential) = shown(connection, credential)?;
                let (name, settings, manner) = (connection.name.as_str(), &connection.settings, self.manner);
                let opened = open(Opening { name, place: &place, credential, settings, manner, keeper });
                opened.map_err(|error| self.unopened(&error))
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
        opened: Box<dyn Opened>,
        reading: Reading,
        far: &(dyn Fn(Progress) + Sync),
    ) -> Result<SyncReport> {
        opened.prepare(tenant).await?;
        let source = source(connection, opened, reading)?;
        Ok(pulse_connectors::sync(tenant, source, self.manner.clock, far).await?)
    }

    /// What a connector failed at, told without where the operator keeps repositories.
    pub fn unread(&self, error: &Unread) -> Error {
        self.repositories.unread(error)
    }

    /// What of a connection a connector does not take, or cannot open.
    fn unopened(&self, error: &Unread) -> Error {
        match error {
            Unread::Address { .. } => Refusal::invalid("place", error.to_string()).into(),
            Unread::Setting(_) => Refusal::invalid("settings", error.to_string()).into(),
            _ => self.unread(error),
        }
    }
}

/// How connections of a connector are opened.
fn opens(connector: &str) -> Result<Opens> {
    let found = pulse_connectors::connector(connector).and_then(|connector| connector.opens);
    found.ok_or_else(|| {
        let known = CONNECTORS.iter().filter(|connector| connector.opens.is_some());
        let known: Vec<_> = known.map(|connector| format!("`{}`", connector.name)).collect();
        Refusal::invalid("connector", format!("should be one that there is: {}", known.join(", "))).into()
    })
}

/// Where a connection is read over the network, and what it shows there.
fn shown<'a>(connection: &Connection, credential: Option<&'a str>) -> Result<(Url, &'a str)> {
    let place = Url::parse(&connection.place);
    let place = place.map_err(|_| Refusal::invalid("place", "should be an address such as https://api.github.com"))?;
    let credential =
        credential.ok_or_else(|| Refusal::invalid("credential", "should be given: a token of the vendor's"))?;
    Ok((place, credential))
}

/// What is read.
fn source(connection: &Connection, opened: Box<dyn Opened>, reading: Reading) -> Result<Box<dyn Source>> {
    match reading {
        Reading::New => Ok(opened.news()),
        Reading::Whole => Ok(opened.whole()),
        Reading::Range(range) => opened.range(range).ok_or_else(|| {
            let reason = format!(
                "asks for some days, and a connection of `{}` is always read whole: leave them out",
                connection.connector
            );
            Refusal::invalid("input", reason).into()
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    /// What is about one vendor by its nature: commands, samples, and Jira's own fields.
    const OWN: [&str; 3] = ["cli", "demo.rs", "http/fields.rs"];

    /// The lines below a folder that bring in a connector's own things by its name.
    fn naming(folder: &Path, found: &mut Vec<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if OWN.iter().any(|own| path.ends_with(Path::new("src").join(own))) {
                continue;
            }
            if path.is_dir() {
                naming(&path, found);
            } else if path.extension().is_some_and(|end| end == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let names = |line: &&str| {
                    let uses = line.split_once("pulse_connectors::").map(|(_, rest)| rest);
                    let mut words = uses.unwrap_or_default().split(|c: char| !c.is_alphanumeric() && c != '_');
                    words.any(|word| CONNECTORS.iter().any(|one| one.opens.is_some() && one.name == word))
                };
                found.extend(text.lines().filter(names).map(|line| format!("{}: {line}", path.display())));
            }
        }
    }

    #[test]
    fn a_new_connector_needs_nothing_of_the_server() {
        let mut found = Vec::new();
        naming(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
        assert!(found.is_empty(), "{found:#?}");
    }

    #[test]
    fn each_connector_that_is_read_has_a_form_on_the_page_where_people_connect() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("web/src/pages/connect/kinds.ts");
        let text = std::fs::read_to_string(path).unwrap();
        let form = |line: &str| Some(line.trim().strip_prefix("connector: \"")?.strip_suffix("\",")?.to_owned());
        let mut forms: Vec<String> = text.lines().filter_map(form).collect();
        forms.sort();
        let read = CONNECTORS.iter().filter(|connector| connector.opens.is_some());
        let mut read: Vec<&str> = read.map(|connector| connector.name).collect();
        read.sort_unstable();
        assert_eq!(forms, read);
    }

    #[test]
    fn what_is_no_connector_that_is_read_is_told_with_those_that_are() {
        for name in ["push", "svn"] {
            let told = opens(name).unwrap_err().to_string();
            assert!(told.contains("`git`, `github`, `jira`") && !told.contains("`push`"), "{told}");
        }
    }
}
