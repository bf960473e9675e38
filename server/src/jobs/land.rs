//! Landing what a connection brings, as a job.

use super::steps::size_of;
use super::{AtWork, Reading, Sources, Work};
use crate::auth::Vault;
use crate::control::{Connection, Control, CredentialKeeper, Job, LAND, Outcome, Refusal, Trigger};
use crate::{Error, Result};
use async_trait::async_trait;
use pulse_connectors::{Budgets, Error as Unread};
use pulse_engine::{Engine, TenantId};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

/// How often what is left of a vendor's budgets is kept while it is read.
const EVERY: Duration = Duration::from_secs(10);

/// Lands what is to be read of the connection that its job is about, what is new unless it says otherwise; then it is mapped.
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

#[async_trait]
impl Work for Lands {
    fn kind(&self) -> &'static str {
        LAND
    }

    fn limit(&self) -> Duration {
        Duration::from_secs(12 * 3600)
    }

    async fn run(&self, job: &Job, at: &AtWork) -> Outcome {
        match self.land(job, at).await {
            Ok(()) => {
                let mut next = vec![Trigger::new("map", "")];
                // What is new was not read with some days, though somebody may have asked for it since.
                if matches!(Reading::of(&job.input), Ok(Reading::Range(_))) {
                    next.push(Trigger::new(LAND, &job.subject));
                }
                Outcome::Done(next)
            }
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
    async fn land(&self, job: &Job, at: &AtWork) -> Result<()> {
        let reading = Reading::of(&job.input)?;
        let id = job.tenant_id()?;
        let found = self.control.connection_with_credential(&id, &job.subject, &self.vault).await?;
        let (connection, credential) = found.ok_or_else(|| Refusal::unknown("connection", &job.subject))?;
        let tenant = at.tenant(&self.engine, job).await?;
        let known = self.control.tenant(&id).await?.ok_or_else(|| Refusal::unknown("tenant", id.as_str()))?;
        let size = size_of(&tenant.lake().tables().await?).await?;
        self.control.note_size(&id, size).await?;
        known.quotas.room_for_bytes(size.bytes.saturating_add(self.control.report_bytes(&id).await?))?;
        // What is in doubt is asked for where all is mapped: the call that asked for this reading is not to keep it from that.
        let mapper = pulse_connectors::mapper(&connection.connector);
        if let Some(mapper) = mapper
            && !tenant.is_mapped(&connection.connector).await?
        {
            tenant.map(mapper.as_ref(), false).await?;
        }
        let (control, vault, name) = (self.control.clone(), self.vault.clone(), connection.name.clone());
        let keeper = CredentialKeeper { control, vault, tenant: id.clone(), name };
        let opened = self.sources.open(&id, &connection, credential.as_deref(), Some(Arc::new(keeper))).await?;
        // Whoever asked for it waits for what is new anywhere.
        let opened = if job.is_asked() { opened.everywhere() } else { opened };
        let far = |done: pulse_connectors::Progress| at.is(done.payloads, None, "records");
        // Another process may have read it last.
        opened.know_budgets(&self.control.begun_budgets(&id, &connection.name).await?);
        let budgets = opened.budgets();
        let read = {
            let mut landing = pin!(self.sources.land(&tenant, &connection, opened, reading, &far));
            loop {
                tokio::select! {
                    read = &mut landing => break read,
                    () = tokio::time::sleep(EVERY) => self.keep(&id, &connection, &budgets).await,
                }
            }
        };
        self.keep(&id, &connection, &budgets).await;
        if let Err(Error::Connector(Unread::Incomplete { .. } | Unread::Wait { .. })) = &read {
            // What was read need not wait for what is tried again.
            self.control.follow(job, &Trigger::new("map", "")).await?;
        }
        read.map(drop)
    }

    /// Keeps what is left of the vendor's budgets. A reading does not fail for that.
    async fn keep(&self, tenant: &TenantId, connection: &Connection, budgets: &Budgets) {
        let told = budgets.told();
        if told.is_empty() {
            return;
        }
        if let Err(error) = self.control.keep_budgets(tenant, connection, &told).await {
            tracing::warn!(%error, connection = connection.name.as_str(), "what is left of a vendor's budgets is not kept now");
        }
    }
}
