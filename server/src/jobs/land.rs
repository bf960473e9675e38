//! Landing what is new at a connection, as a job.

use super::{AtWork, Sources, Work, tables};
use crate::auth::Vault;
use crate::control::{Control, CredentialKeeper, Job, LAND, Outcome, Refusal, Trigger};
use crate::{Error, Result};
use async_trait::async_trait;
use pulse_connectors::Error as Unread;
use pulse_engine::{Engine, Tenant};
use serde::Deserialize;
use std::sync::Arc;
use std::time::Duration;

/// Lands what is new at the connection that its job is about; then it is mapped.
pub struct Lands {
    /// Where connections are known.
    pub control: Control,
    /// What opens their credentials.
    pub vault: Vault,
    /// Where to.
    pub engine: Engine,
    /// Where from.
    pub sources: Sources,
}

/// What a job may be given.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Input {
    /// Read everything anew, whatever is new: from GitHub, what was deleted long ago is noticed then, too.
    whole: bool,
}

#[async_trait]
impl Work for Lands {
    fn kind(&self) -> &'static str {
        LAND
    }

    fn limit(&self) -> Duration {
        Duration::from_secs(12 * 3600)
    }

    async fn run(&self, job: &Job, at: &AtWork) -> Outcome {
        let input = match &job.input {
            serde_json::Value::Null => Input::default(),
            given => match Input::deserialize(given) {
                Ok(input) => input,
                Err(error) => return Outcome::Hopeless(format!("what it was given is not what it takes: {error}")),
            },
        };
        match self.land(job, &input, at).await {
            Ok(()) => Outcome::Done(vec![Trigger::new("map", "")]),
            Err(Error::Connector(error)) => match &error {
                Unread::Wait { wait, .. } => Outcome::Wait(*wait, error.to_string()),
                // Until somebody gives a better credential, no other try would help.
                Unread::Credential { .. } | Unread::Refused { .. } => Outcome::Hopeless(error.to_string()),
                _ => Outcome::Failed(self.sources.unread(&error).to_string()),
            },
            Err(Error::Refused(refusal)) => Outcome::Hopeless(refusal.to_string()),
            Err(error) => Outcome::Failed(error.to_string()),
        }
    }
}

impl Lands {
    async fn land(&self, job: &Job, input: &Input, at: &AtWork) -> Result<()> {
        let id = job.tenant_id()?;
        let found = self.control.connection_with_credential(&id, &job.subject, &self.vault).await?;
        let (connection, credential) = found.ok_or_else(|| Refusal::unknown("connection", &job.subject))?;
        let tenant = at.tenant(&self.engine, job).await?;
        let known = self.control.tenant(&id).await?.ok_or_else(|| Refusal::unknown("tenant", id.as_str()))?;
        known.quotas.room_for_bytes(bytes(&tenant).await?)?;
        let (control, vault, name) = (self.control.clone(), self.vault.clone(), connection.name.clone());
        let keeper = CredentialKeeper { control, vault, tenant: id.clone(), name };
        let opened = self.sources.open(&id, &connection, credential.as_deref(), Some(Arc::new(keeper))).await?;
        let far = |done: pulse_connectors::Progress| at.is(done.payloads, None, "records");
        let read = self.sources.land(&tenant, &connection, opened, input.whole, &far).await;
        if let Err(Error::Connector(Unread::Incomplete { .. } | Unread::Wait { .. })) = &read {
            // What was read need not wait for what is tried again.
            self.control.follow(job, &Trigger::new("map", "")).await?;
        }
        read.map(drop)
    }
}

/// How many bytes of data a tenant has in the lake.
async fn bytes(tenant: &Tenant) -> Result<u64> {
    let mut bytes = 0;
    for table in tables(tenant).await? {
        let newest = table.latest().await?;
        bytes += newest.iter().flat_map(|newest| newest.files()).map(|file| file.bytes).sum::<u64>();
    }
    Ok(bytes)
}
