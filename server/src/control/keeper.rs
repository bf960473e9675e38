//! Keeps credentials that vendors give in place of the last.

use super::Control;
use super::database::{Run as _, failed, maybe_text};
use crate::auth::{Vault, purpose};
use crate::{Error, Result};
use async_trait::async_trait;
use pulse_connectors::Keeper;
use pulse_engine::TenantId;
use std::fmt;

/// Keeps the credential of one connection, sealed.
pub struct CredentialKeeper {
    /// Where connections are known.
    pub control: Control,
    /// What seals their credentials.
    pub vault: Vault,
    /// Whose connection it is.
    pub tenant: TenantId,
    /// Its name.
    pub name: String,
}

impl fmt::Debug for CredentialKeeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CredentialKeeper({} {})", self.tenant, self.name)
    }
}

#[async_trait]
impl Keeper for CredentialKeeper {
    async fn newest(&self) -> pulse_connectors::Result<Option<String>> {
        let kept = self.control.sealed_credential(&self.tenant, &self.name, &self.vault).await;
        Ok(kept.map_err(unkept)?.map(|(_, credential)| credential))
    }

    async fn keep(&self, old: &str, new: &str) -> pulse_connectors::Result<()> {
        self.control.keep_credential(self, old, new).await.map_err(unkept)
    }
}

impl Control {
    /// A connection's credential, sealed and as it is.
    async fn sealed_credential(
        &self,
        tenant: &TenantId,
        name: &str,
        vault: &Vault,
    ) -> Result<Option<(String, String)>> {
        let query = sqlx::query("SELECT credential FROM connections WHERE tenant_id = $1 AND name = $2");
        let row = query.bind(tenant.as_str()).bind(name).fetch_optional(self.database.pool()).await.map_err(failed)?;
        let sealed = row.map(|row| maybe_text(&row, "credential")).transpose()?.flatten();
        let open = |sealed: String| {
            let opened = vault.open_sealed(&purpose::credential(tenant, name), &sealed)?;
            Ok((sealed, String::from_utf8(opened).map_err(|_| Error::Sealed)?))
        };
        sealed.map(open).transpose()
    }

    /// Keeps `new` where `old` is. Its version stays: nobody changed the connection.
    async fn keep_credential(&self, at: &CredentialKeeper, old: &str, new: &str) -> Result<()> {
        let CredentialKeeper { vault, tenant, name, .. } = at;
        let kept = self.sealed_credential(tenant, name, vault).await?;
        let Some((sealed, _)) = kept.filter(|(_, credential)| same(credential, old)) else { return Ok(()) };
        let new = vault.seal(&purpose::credential(tenant, name), new.as_bytes())?;
        let statement = "UPDATE connections SET credential = $1 WHERE tenant_id = $2 AND name = $3 AND credential = $4";
        let query = sqlx::query(statement).bind(new).bind(tenant.as_str()).bind(name).bind(sealed);
        query.run(&self.database).await.map_err(failed).map(drop)
    }
}

/// Whether two are one, however they are written.
fn same(one: &str, other: &str) -> bool {
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
    one == other || json(one).is_some_and(|one| Some(one) == json(other))
}

fn unkept(error: Error) -> pulse_connectors::Error {
    pulse_connectors::Error::Unkept { vendor: "the vendor", reason: error.to_string() }
}
