//! The proof that rows went for good: a job that lets go of any is in its tenant's trail, as what people do is.

use crate::Result;
use crate::audit::{Event, UNFINISHED};
use crate::control::{Control, Job};
use pulse_engine::TenantId;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// How many rows went of which table.
pub(super) type Gone = BTreeMap<String, u64>;

/// Lets rows go; how many. The trail is told before of what was asked for, and after of what went; as unfinished where that never comes,
/// since the process dies.
pub(super) async fn proved(
    control: &Control,
    (tenant, job): (&TenantId, &Job),
    asked: Value,
    goes: impl Future<Output = Result<Gone>> + Send,
) -> Result<u64> {
    let begun = Event {
        at: control.now(),
        action: format!("job {}", job.kind),
        outcome: UNFINISHED.to_owned(),
        actor: Some(job.created_by.clone()),
        detail: Some(json!({"asked": asked}).to_string()),
        ..Event::default()
    };
    let id = control.begin_event(tenant, &begun).await?;
    let gone = goes.await;
    let (outcome, detail) = match &gone {
        Ok(gone) => ("done", json!({"asked": asked, "gone": gone})),
        // Why is told of the job.
        Err(_) => ("failed", json!({"asked": asked})),
    };
    let ended = Event { outcome: outcome.to_owned(), detail: Some(detail.to_string()), ..begun };
    let told = control.finish_event(tenant, &id, &ended).await;
    let gone = gone?;
    told?;
    Ok(gone.values().sum())
}
