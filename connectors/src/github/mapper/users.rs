//! Accounts that are told by themselves: whoever only pushes is named nowhere else in whole.

use super::{Work, is_number};
use crate::github::payload::Account;
use pulse_engine::map::Reject;

pub(super) fn map(work: &mut Work<'_>) -> Result<(), Reject> {
    if !is_number(work.payload.key) {
        return Err(work.misshapen("<user>"));
    }
    let account: Account = work.read()?;
    work.account(Some(&account));
    Ok(())
}
