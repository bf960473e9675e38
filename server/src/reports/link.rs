//! Links that open one report's file for whoever has them.

use crate::Result;
use crate::auth::{Vault, purpose};
use crate::control::Report;
use pulse_engine::TenantId;
use serde::{Deserialize, Serialize};

/// The longest time that a link is good, in hours.
pub const MOST_HOURS: i64 = 7 * 24;
/// Microseconds of an hour.
pub const HOUR: i64 = 3600 * 1_000_000;

/// What a link stands for. It opens while whoever made it may see the report.
#[derive(Debug, Serialize, Deserialize)]
pub struct Shared {
    /// Whose report it is.
    pub tenant: String,
    /// The report.
    pub report: String,
    /// Who made the link: a user's or token's key.
    pub by: String,
    /// Until when, in microseconds since 1970.
    pub expires_at: i64,
}

impl Shared {
    /// A link to a report's file.
    pub fn new(tenant: &TenantId, report: &Report, by: &str, expires_at: i64) -> Self {
        Self { tenant: tenant.to_string(), report: report.id.clone(), by: by.to_owned(), expires_at }
    }

    /// Where the file is, from the root of the server.
    ///
    /// # Errors
    /// When the system gives no random bytes.
    pub fn path(&self, vault: &Vault) -> Result<String> {
        let key = vault.seal(purpose::REPORT_LINK, &serde_json::to_vec(self)?)?;
        Ok(format!("/api/v1/reports/{}/shared?key={key}", self.report))
    }

    /// What a link of that key stands for; `None` where this server made none.
    pub fn open(vault: &Vault, key: &str) -> Option<Self> {
        serde_json::from_slice(&vault.open_sealed(purpose::REPORT_LINK, key).ok()?).ok()
    }
}
