//! What the vault sealed, wherever it stands in the database.

use super::Control;
use super::database::{failed, text};
use crate::Result;
use crate::auth::{Vault, purpose};
use pulse_engine::TenantId;

impl Control {
    /// Seals everything anew with the vault's first key: its other keys are not needed any more then. How many secrets it was.
    /// It is done whole or not at all.
    ///
    /// # Errors
    /// [`crate::Error::Sealed`] when one does not open with any of the keys; when the database fails.
    pub async fn reseal(&self, vault: &Vault) -> Result<usize> {
        let mut whole = self.database.begin().await?;
        let anew = |purpose: &str, sealed: &str| vault.seal(purpose, &vault.open_sealed(purpose, sealed)?);
        let keys = sqlx::query("SELECT id, sealed FROM signing_keys").fetch_all(&mut **whole).await.map_err(failed)?;
        for row in &keys {
            let before = text(row, "sealed")?;
            let query = sqlx::query("UPDATE signing_keys SET sealed = $1 WHERE id = $2 AND sealed = $3");
            let query = query.bind(anew(purpose::SIGNING_KEY, &before)?).bind(text(row, "id")?);
            query.bind(before).execute(&mut **whole).await.map_err(failed)?;
        }
        let providers = sqlx::query(
            "SELECT tenant_id, name, client_secret FROM identity_providers WHERE client_secret IS NOT NULL",
        );
        let providers = providers.fetch_all(&mut **whole).await.map_err(failed)?;
        for row in &providers {
            let (tenant, name) = (TenantId::new(&text(row, "tenant_id")?)?, text(row, "name")?);
            let before = text(row, "client_secret")?;
            let sealed = anew(&purpose::client_secret(&tenant, &name), &before)?;
            let query = sqlx::query(
                "UPDATE identity_providers SET client_secret = $1 WHERE tenant_id = $2 AND name = $3 AND client_secret = $4",
            );
            let query = query.bind(sealed).bind(tenant.as_str()).bind(name).bind(before);
            query.execute(&mut **whole).await.map_err(failed)?;
        }
        let hooks = sqlx::query("SELECT id, secret FROM hooks").fetch_all(&mut **whole).await.map_err(failed)?;
        for row in &hooks {
            let (id, before) = (text(row, "id")?, text(row, "secret")?);
            let query = sqlx::query("UPDATE hooks SET secret = $1 WHERE id = $2 AND secret = $3");
            let query = query.bind(anew(&purpose::hook(&id), &before)?).bind(id).bind(before);
            query.execute(&mut **whole).await.map_err(failed)?;
        }
        let connections =
            sqlx::query("SELECT tenant_id, name, credential FROM connections WHERE credential IS NOT NULL");
        let connections = connections.fetch_all(&mut **whole).await.map_err(failed)?;
        for row in &connections {
            let (tenant, name) = (TenantId::new(&text(row, "tenant_id")?)?, text(row, "name")?);
            let before = text(row, "credential")?;
            let sealed = anew(&purpose::credential(&tenant, &name), &before)?;
            let query = sqlx::query(
                "UPDATE connections SET credential = $1 WHERE tenant_id = $2 AND name = $3 AND credential = $4",
            );
            let query = query.bind(sealed).bind(tenant.as_str()).bind(name).bind(before);
            query.execute(&mut **whole).await.map_err(failed)?;
        }
        let destinations = sqlx::query("SELECT tenant_id, name, sealed FROM destinations");
        let destinations = destinations.fetch_all(&mut **whole).await.map_err(failed)?;
        for row in &destinations {
            let (tenant, name) = (TenantId::new(&text(row, "tenant_id")?)?, text(row, "name")?);
            let before = text(row, "sealed")?;
            let sealed = anew(&purpose::destination(&tenant, &name), &before)?;
            let query =
                sqlx::query("UPDATE destinations SET sealed = $1 WHERE tenant_id = $2 AND name = $3 AND sealed = $4");
            let query = query.bind(sealed).bind(tenant.as_str()).bind(name).bind(before);
            query.execute(&mut **whole).await.map_err(failed)?;
        }
        whole.commit().await.map_err(failed)?;
        Ok(keys.len() + providers.len() + hooks.len() + connections.len() + destinations.len())
    }
}
