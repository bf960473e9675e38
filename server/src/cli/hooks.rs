//! `pulse jobs hook`, `hooks`, `unhook`: addresses at which other programs ask for jobs.

use super::control::{ControlArgs, SHELL};
use super::jobs::{Asks, time};
use crate::Result;
use crate::control::{Control, Cursor};
use clap::Args;
use pulse_engine::TenantId;

/// A hook that is to be made.
#[derive(Debug, Args)]
pub(super) struct NewHook {
    /// What it is called
    pub(super) name: String,
    #[command(flatten)]
    asks: Asks,
}

impl NewHook {
    /// Makes it, and tells where it is called and by what secret: this once.
    pub(super) async fn make(self, args: &ControlArgs, control: &Control, tenant: &TenantId) -> Result<()> {
        let asks = self.asks.trigger(control, tenant).await?;
        let (hook, secret) = control.create_hook(tenant, &self.name, &asks, SHELL, &args.vault().await?).await?;
        super::print(&format!("{}  /hooks/{}\n{}\n", hook.id, hook.id, secret.tell()))
    }
}

/// Lists the hooks of a tenant.
pub(super) async fn list(control: &Control, tenant: &TenantId) -> Result<()> {
    let mut next = None;
    loop {
        let page = control.hooks(tenant, &Cursor::new(next.as_deref(), None)?).await?;
        for hook in &page.items {
            let called = hook.called_at.map_or("never".to_owned(), time);
            let asks = format!("{} {}", hook.kind, hook.subject);
            super::print(&format!("{}  {}  asks for {}  called {called}\n", hook.id, hook.name, asks.trim_end()))?;
        }
        match page.next {
            Some(cursor) => next = Some(cursor),
            None => return Ok(()),
        }
    }
}
