//! Map and model, as the commands that bring data in run them.

use super::place::Place;
use crate::Result;
use pulse_engine::Tenant;
use pulse_engine::forecast::ForecastReport;
use pulse_engine::map::MapReport;
use pulse_engine::risk::RiskReport;

/// Maps what landed, of every connector.
pub(super) async fn map(place: &Place, tenant: &Tenant, replay: bool) -> Result<MapReport> {
    let _progress = place.progress("Mapping");
    let mut whole = MapReport::default();
    for mapper in pulse_connectors::mappers() {
        let report = tenant.map(mapper.as_ref(), replay).await?;
        whole.payloads += report.payloads;
        whole.rejected += report.rejected;
        for (table, rows) in report.rows {
            *whole.rows.entry(table).or_default() += rows;
        }
        whole.replayed.extend(report.replayed);
    }
    Ok(whole)
}

/// Makes the facts of what is mapped.
pub(super) async fn model(place: &Place, tenant: &Tenant) -> Result<()> {
    let _progress = place.progress("Modelling");
    tenant.model(&place.settings).await?;
    Ok(())
}

/// Makes up for the forecasts of sprints that were over before a sample was read.
pub(super) async fn retrace(place: &Place, tenant: &Tenant) -> Result<ForecastReport> {
    let _progress = place.progress("Forecasting the past");
    Ok(tenant.retrace_forecasts(&place.settings, place.clock).await?)
}

/// Freezes today's forecasts and risks, as the jobs of a server do after each model.
pub(super) async fn freeze(place: &Place, tenant: &Tenant) -> Result<(ForecastReport, RiskReport)> {
    let forecasts = {
        let _progress = place.progress("Forecasting");
        tenant.freeze_forecasts(&place.settings, place.clock).await?
    };
    // After them: a risk may be that a forecast says too late.
    let _progress = place.progress("Looking for risks");
    Ok((forecasts, tenant.risk(&place.settings, place.clock).await?))
}
