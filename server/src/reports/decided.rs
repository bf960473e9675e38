//! What a tenant had decided about its figures when a report was asked for: made later, or again, it is told by that.

use super::definition::Definition;
use super::fonts::{font_sums, fonts, fonts_at};
use super::look::Look;
use crate::control::{Control, Refusal, SavedQuery, SavedVersion};
use crate::{Error, Result};
use pulse_engine::{Flow, Settings, Stage, Tenant, TenantId, metrics};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// All that reports rest on beside the lake, and the right to see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Decided {
    /// What people called the tenant.
    pub(super) organization: String,
    /// Where its days began.
    time_zone: String,
    /// The stages of its flow, in their order.
    stages: Vec<Stage>,
    /// What it aimed at at the report's as-of, by metric.
    targets: BTreeMap<String, f64>,
    /// The versions of its own metrics, by name.
    own: BTreeMap<String, i64>,
    /// The versions of the saved queries that the report shows, by id.
    saved: BTreeMap<String, i64>,
    /// The version of how it looked; `None` of what was asked for before that was kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    look: Option<i64>,
    /// The sums of its fonts, by weight; likewise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fonts: Option<BTreeMap<String, String>>,
}

impl Decided {
    /// What is decided now, for a report of somebody's: but for what is aimed at, which is what was at its `as_of`.
    ///
    /// # Errors
    /// [`Refusal::Unknown`] when there is no such tenant; when database or storage fails.
    pub async fn now(
        control: &Control,
        of: &Tenant,
        (definition, as_of): (&Definition, i64),
        asked_by: &str,
    ) -> Result<Self> {
        let tenant = of.id();
        let known = control.tenant(tenant).await?.ok_or_else(|| Refusal::unknown("tenant", tenant.as_str()))?;
        let own = control.own_metrics(tenant).await?.into_iter().map(|metric| (metric.name, metric.version));
        let mut saved = BTreeMap::new();
        if definition.saved().next().is_some() {
            let keeper = control.keeper_of(tenant, asked_by).await?;
            for id in definition.saved().map(str::to_owned).collect::<Vec<_>>() {
                match control.saved_query(tenant, &keeper, &id).await {
                    Ok(query) => {
                        saved.insert(id, query.version);
                    }
                    // Whoever makes the report says so.
                    Err(Error::Refused(_)) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(Self {
            organization: known.name,
            time_zone: known.time_zone,
            stages: known.rules.flow.stages,
            targets: control.target_values_at(tenant, as_of).await?,
            own: own.collect(),
            saved,
            look: Some(control.branding(tenant).await?.1),
            fonts: Some(font_sums(of).await?),
        })
    }

    /// The sums of the fonts that were set.
    pub(super) fn fonts(&self) -> impl Iterator<Item = &str> {
        self.fonts.iter().flat_map(|sums| sums.values()).map(String::as_str)
    }

    /// A tenant's settings, with what was decided then in the place of what is now.
    ///
    /// # Errors
    /// When the time zone is none any more.
    pub(super) fn over(&self, settings: Settings) -> Result<Settings> {
        Ok(Settings {
            time_zone: Settings::parse_time_zone(&self.time_zone)?,
            flow: Flow { stages: self.stages.clone(), ..settings.flow },
            targets: self.targets.clone(),
            ..settings
        })
    }

    /// The tenant's name for the product, its logo, its colours and its fonts, as they were; as they are, where that is not known.
    ///
    /// # Errors
    /// When database or storage fails.
    pub(super) async fn look(&self, control: &Control, of: &Tenant) -> Result<Look> {
        let branding = match self.look {
            Some(version) => control.branding_at(of.id(), version).await?,
            None => control.branding(of.id()).await?.0,
        };
        let fonts = match &self.fonts {
            Some(sums) => fonts_at(of, sums).await?,
            None => fonts(of).await?,
        };
        Ok(Look { fonts, ..Look::of(&branding) })
    }

    /// The tenant's own metrics, as they were.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn own(&self, control: &Control, tenant: &TenantId) -> Result<Arc<[metrics::Definition]>> {
        control.own_definitions_at(tenant, &self.own).await
    }

    /// A saved query that somebody sees, as it was; where that version is not kept, or not theirs to see, as it is.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) async fn saved(
        &self,
        control: &Control,
        tenant: &TenantId,
        keeper: &str,
        now: SavedQuery,
    ) -> Result<SavedQuery> {
        let Some(version) = self.saved.get(&now.id).copied().filter(|version| *version != now.version) else {
            return Ok(now);
        };
        match control.saved_version(tenant, keeper, &now.id, version).await {
            Ok(SavedVersion { title, sql, parameters, .. }) => {
                Ok(SavedQuery { title, sql, parameters, version, ..now })
            }
            Err(Error::Refused(_)) => Ok(now),
            Err(error) => Err(error),
        }
    }
}
