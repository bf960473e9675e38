//! How much memory an answer of ten million rows takes: in a process of its own, which has done nothing large before. What others left in use
//! would be taken for idle, and hide as much.

use crate::{ONE_ROW, TENANTS, ask, fetch, held, lead};
use pulse_benches::house::House;
use pulse_benches::{Fallible, peak, resident};
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;
use tokio::process::Command;
use tokio::time::sleep;

/// What that process is called with, before the folder of a lake.
pub(crate) const ROWS: &str = "--rows";
const TEN_MILLION: &str = "SELECT a.value AS id, b.value AS part, a.value * b.value AS amount \
                           FROM generate_series(1, 1000000) a CROSS JOIN (SELECT value FROM generate_series(1, 10) LIMIT 10) b";

/// Fetches them over Flight SQL from a server of its own, and says in a line by how many MiB its memory grew at most beyond what it was idle:
/// that of server and client together.
pub(crate) async fn asks(lake: &str) -> Fallible<()> {
    let house = House::over(Some(lake.into()), &TENANTS).await?;
    // What is made once, such as threads and connections, is there before.
    ask(&house, ONE_ROW).await?;
    let (mut client, ticket) = lead(&house, ONE_ROW).await?;
    held(fetch(&mut client, ticket).await? == 1, "the one row is missing")?;
    // The allocator gives back what is not in use within a second.
    sleep(Duration::from_secs(2)).await;
    let idle = resident()?;
    // From here on the kernel counts anew.
    peak()?;
    let (mut client, ticket) = lead(&house, TEN_MILLION).await?;
    held(fetch(&mut client, ticket).await? == 10_000_000, "rows are missing")?;
    println!("{}", peak()?.saturating_sub(idle));
    Ok(())
}

/// What such a process says, in MiB.
pub(crate) async fn grown(lake: &Path) -> Fallible<u64> {
    let mut command = Command::new(std::env::current_exe()?);
    let told = command.arg(ROWS).arg(lake).stderr(Stdio::inherit()).output().await?;
    held(told.status.success(), "the process that fetches ten million rows failed")?;
    Ok(String::from_utf8(told.stdout)?.trim().parse()?)
}
