//! Files of reports in a tenant's own storage: put whole, found again, and removed when their time is over.

use super::written::Written;
use crate::Result;
use crate::control::{Control, Report};
use pulse_engine::Tenant;
use std::collections::BTreeSet;

/// The folder of kept reports among a tenant's files: nothing is delivered into it.
pub const FOLDER: &str = "kept-reports";
/// The most bytes of a report.
pub const MOST_BYTES: u64 = 512 << 20;
/// For how long a file may be there that no report names: by then it was noted, or its worker died over it.
const STRAY_SECONDS: i64 = 24 * 3600;

/// Puts the file of a report, whole or not at all; where it stands. Each content has a place of its own: a worker that lost its job
/// writes over nothing that another noted.
///
/// # Errors
/// When storage fails.
pub(super) async fn put(tenant: &Tenant, id: &str, ending: &str, written: Written) -> Result<String> {
    let sum = written.sum();
    let path = format!("{FOLDER}/{id}/{}.{ending}", sum.get(..16).unwrap_or(sum));
    tenant.lake().put_file_from(&path, tokio::fs::File::from_std(written.into_file())).await?;
    Ok(path)
}

/// Removes a report, and its file before it.
///
/// # Errors
/// When database or storage fails; done again, it goes on.
pub async fn remove(control: &Control, tenant: &Tenant, report: &Report) -> Result<()> {
    if let Some(file) = &report.file {
        tenant.lake().remove_file(file).await?;
    }
    control.forget_report(tenant.id(), &report.id).await
}

/// Removes the reports of a tenant whose time is over, and files that no report names.
///
/// # Errors
/// When database or storage fails; done again, it goes on.
pub async fn remove_old(control: &Control, tenant: &Tenant) -> Result<()> {
    for report in control.expired_reports(tenant.id()).await? {
        remove(control, tenant, &report).await?;
    }
    // Listed before the database is asked: what is put after that is too young to be removed.
    let files = tenant.lake().files(FOLDER).await?;
    let known: BTreeSet<String> = control.report_files(tenant.id()).await?.into_iter().collect();
    let old = control.now() / 1_000_000 - STRAY_SECONDS;
    for (path, written_at) in files {
        if written_at < old && !known.contains(&path) {
            tenant.lake().remove_file(&path).await?;
        }
    }
    Ok(())
}
