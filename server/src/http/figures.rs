//! Pages and figures: whatever each of them asks, it takes one turn in its tenant's line, and is listed as one.

use super::trail::Slot;
use super::{App, Asker, Problem};
use crate::Result;
use crate::queries::{Line, Page};
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
        let page = Page {
            tenant: asker.tenant.clone(),
            asker: asker.key().to_owned(),
            address: slot.address(),
            sees_all: asker.authority.policy().shows_all_rows(),
        };
        Ok(self.queries.page(page, asked, work).await?)
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
}
