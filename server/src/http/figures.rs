//! Pages and figures, and what else asks the engine: whatever each of them asks, it takes one turn in its tenant's line, and is listed as one.

use super::trail::Slot;
use super::{App, Asker, Problem};
use crate::Result;
use crate::queries::{Door, Line, Page};
use serde_json::Value;

impl App {
    /// Makes a page for whoever asks by `work`, which takes its turn when it comes to ask the lake. `detail` is what the trail is told
    /// of it, which knows of it when this returns.
    pub(super) async fn page<T, F>(
        &self,
        asker: &Asker,
        slot: &Slot,
        detail: Value,
        work: impl FnOnce(Line) -> F,
    ) -> Result<T, Problem>
    where
        F: Future<Output = Result<T>>,
    {
        let asked = slot.asks(self, detail);
        Ok(self.queries.page(asks(asker, slot), asked, work).await?)
    }

    /// The same of figures, which are never kept.
    pub(super) async fn figures<T>(
        &self,
        asker: &Asker,
        slot: &Slot,
        detail: Value,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T, Problem> {
        let makes = |line: Line| async move {
            let _turn = line.turn().await?;
            work.await
        };
        self.page(asker, slot, detail, makes).await
    }

    /// Does by `work` what asks the engine and is neither a query nor a page, such as telling what views there are: it is listed by its address
    /// for as long as it goes on.
    pub(super) async fn step<T>(
        &self,
        asker: &Asker,
        slot: &Slot,
        work: impl Future<Output = Result<T, Problem>>,
    ) -> Result<T, Problem> {
        self.queries.step(Door::Page, &asks(asker, slot), work).await
    }
}

/// Who asks, and by what address.
fn asks(asker: &Asker, slot: &Slot) -> Page {
    Page {
        tenant: asker.tenant.clone(),
        asker: asker.key().to_owned(),
        known_by: asker.who.id().to_owned(),
        address: slot.address(),
        seen: asker.authority.policy(),
    }
}
