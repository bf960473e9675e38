//! Files of reports in a tenant's own storage: put whole, found again, and removed when their time is over.

use super::written::Written;
use crate::Result;
use crate::control::{Control, Report, ReportState};
use crate::secret::hex;
use futures::StreamExt as _;
use pulse_engine::Tenant;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;

/// The folder of kept reports among a tenant's files: nothing is delivered into it.
pub const FOLDER: &str = "kept-reports";
/// The most bytes of a report.
pub const MOST_BYTES: u64 = 512 << 20;
/// For how long a file may be there that no report names: by then it was noted, or its worker died over it.
const STRAY_SECONDS: i64 = 24 * 3600;
/// The most reports that are made again at once since their files are gone: who put an older storage back has not all made at a time.
const MOST_AGAIN: usize = 20;
/// Why a report is made again.
pub const GONE: &str = "its file was not in the storage any more: it is made again";
/// The same of one whose file is there.
pub const DAMAGED: &str = "its file in the storage was not what had been made: it is made again";

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

/// How a file stands of which something is to go out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeptFile {
    /// It is what was made; or it is that of no report.
    Whole,
    /// Its report was made anew since, and has its file there.
    At(String),
    /// It is made again, for this reason.
    ComesAgain(String),
    /// It is not there, or is not what was made, and does not come again.
    Lost,
}

/// How the file at a place stands, of which all is read for it. Where it is that of a report, and is gone or damaged, the report is made
/// again from now on.
///
/// # Errors
/// When database or storage fails.
pub async fn kept_file(control: &Control, tenant: &Tenant, path: &str) -> Result<KeptFile> {
    let parts: Vec<&str> = path.split('/').collect();
    let [FOLDER, id, name] = parts.as_slice() else { return Ok(KeptFile::Whole) };
    let report = control.report(tenant.id(), id).await?;
    if let Some(report) = report.as_ref().filter(|report| report.state == ReportState::Making) {
        return Ok(KeptFile::ComesAgain(report.reason.clone()));
    }
    let ready = report.as_ref().filter(|report| report.state == ReportState::Ready);
    let Some((file, sum)) = ready.and_then(|ready| ready.file.as_deref().zip(ready.sum.as_deref())) else {
        // What is left of one that is no more is known by its name alone.
        let known = name.split('.').next().unwrap_or_default();
        let is_whole = summed(tenant, path).await?.is_some_and(|found| found.starts_with(known));
        return Ok(if is_whole { KeptFile::Whole } else { KeptFile::Lost });
    };
    let why = match summed(tenant, file).await? {
        Some(found) if found == sum && file == path => return Ok(KeptFile::Whole),
        Some(found) if found == sum => return Ok(KeptFile::At(file.to_owned())),
        Some(_) => DAMAGED,
        None => GONE,
    };
    control.make_again(tenant.id(), (*id, file), why).await?;
    Ok(KeptFile::ComesAgain(why.to_owned()))
}

/// The SHA-256 sum of a file, in hexadecimal digits; `None` when it is not there.
async fn summed(tenant: &Tenant, path: &str) -> Result<Option<String>> {
    let Some((_, mut parts)) = tenant.lake().file_parts(path).await? else { return Ok(None) };
    let mut sum = Sha256::new();
    while let Some(part) = parts.next().await.transpose()? {
        sum.update(&part);
    }
    Ok(Some(hex(sum.finalize())))
}

/// Removes the reports of a tenant whose time is over, and files that no report names. Reports whose files are gone are made again.
///
/// # Errors
/// When database or storage fails; done again, it goes on.
pub async fn remove_old(control: &Control, tenant: &Tenant) -> Result<()> {
    for report in control.expired_reports(tenant.id()).await? {
        remove(control, tenant, &report).await?;
    }
    // What is noted by then was put before, and has to be in the list.
    let noted = control.report_files(tenant.id()).await?;
    // Listed before the database is asked: what is put after that is too young to be removed.
    let files = tenant.lake().files(FOLDER).await?;
    let known = control.report_files(tenant.id()).await?;
    let old = control.now() / 1_000_000 - STRAY_SECONDS;
    for (path, written_at) in &files {
        if *written_at < old && !known.contains_key(path) {
            tenant.lake().remove_file(path).await?;
        }
    }
    let there: BTreeSet<&str> = files.iter().map(|(path, _)| path.as_str()).collect();
    let gone = noted.iter().filter(|(file, _)| !there.contains(file.as_str()) && known.contains_key(*file));
    for (file, report) in gone.take(MOST_AGAIN) {
        control.make_again(tenant.id(), (report, file), GONE).await?;
    }
    Ok(())
}
