//! All that ever came through one connection goes.

use super::run::partition;
use crate::entities::CORE;
use crate::lake::{DataFile, Scope, TenantLake, When};
use crate::{Error, Result};

/// Lets go of all that came through a connection: its payloads, its settings, how far its source was read, and each row of core that was made
/// of it; how many rows of raw went. The next model lets go of what was made of those. Nobody may read or map it meanwhile: what they
/// write stays until this is run again. Killed anywhere, it comes to its end when it is run again.
///
/// # Errors
/// When storage fails. [`Error::Overtaken`] when somebody else was at the same files; running it again is safe.
pub async fn forget_connection(lake: &TenantLake, connector: &str, connection: &str) -> Result<u64> {
    let (raw, mut gone) = (lake.raw(connector)?, 0);
    // Payloads go last: killed in between, no row is there without the one that it was made of.
    let scope = Scope { column: "connection", values: vec![connection.to_owned()] };
    for entity in CORE {
        lake.table(entity).replace(&[], Some(&scope), &[], When::Changed).await?;
    }
    if let Some(newest) = raw.latest().await? {
        let of = |file: &&DataFile| partition(file, "connection") == Some(connection);
        let files: Vec<String> = newest.files().iter().filter(of).map(|file| file.path.clone()).collect();
        if raw.let_go(&files).await? < files.len() {
            return Err(Error::Overtaken { table: raw.name().to_owned() });
        }
        gone = newest.files().iter().filter(of).filter_map(|file| file.rows).sum();
    }
    Ok(gone)
}
