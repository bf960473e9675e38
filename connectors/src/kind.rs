//! What a deployment was made for, as its names tell.

use pulse_engine::pattern::{Pattern, any_of};

/// `rollback`, `hotfix` or `regular`, when one of the names says so, upper and lower case alike. A rollback that is called a
/// hotfix too is a rollback: it says more about what was delivered.
pub(crate) fn kind(rollback: &[Pattern], hotfix: &[Pattern], names: &[&str]) -> &'static str {
    let told = |patterns: &[Pattern]| names.iter().any(|name| any_of(patterns, name));
    match (told(rollback), told(hotfix)) {
        (true, _) => "rollback",
        (_, true) => "hotfix",
        _ => "regular",
    }
}
