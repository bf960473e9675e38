//! `Accounts`

use super::Found;
use super::actor::actor;
use super::ask::{Ask, Failure};
use crate::shapes::numbers;
use serde_json::{Value, json};

/// GitHub takes no more ids at once.
const LARGEST: usize = 100;

/// Accounts by their node ids; null for what is none.
pub(super) fn list(ask: &Ask<'_>) -> Found {
    let ids = ask.variables["ids"].as_array().map(Vec::as_slice).unwrap_or_default();
    if ids.len() > LARGEST {
        let message = format!("You may not provide more than {LARGEST} node ids; you provided {}.", ids.len());
        return Err(Failure::Request { kind: Some("ARGUMENT_LIMIT"), message });
    }
    let account = |id: &Value| {
        let number = numbers(id.as_str()?).first().copied();
        let found = ask.world.people.values().find(|account| Some(account.id) == number)?;
        Some(actor(ask.world, Some(&found.login)))
    };
    Ok(json!({"nodes": ids.iter().map(account).collect::<Vec<_>>()}))
}
