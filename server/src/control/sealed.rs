//! What the vault sealed, wherever it stands in the database.

use super::alert_rule::look_at_jobs;
use super::database::{failed, text};
use super::{Control, LAND, TenantState, schedule_pause};
use crate::auth::{Vault, purpose};
use crate::{Error, Result};
use pulse_engine::TenantId;
use std::collections::BTreeSet;

/// What came of what the vault sealed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Resealed {
    /// How many secrets are sealed with the vault's first key now.
    pub sealed: usize,
    /// What was forgotten, since none of its keys opens it, in words.
    pub lost: Vec<String>,
}

/// One kind of what is sealed.
struct Kind {
    /// All rows: the tenant, the `name` that one is found by, what it is `called`, and what is sealed.
    all: &'static str,
    /// What one is sealed for, of a tenant and by its name.
    purpose: fn(&str, &str) -> Result<String>,
    /// Puts `$1` into the place of what was sealed, of a tenant `$2`, by its name `$3`, unless that changed meanwhile (`$4`).
    seals: &'static str,
    /// Takes away what was sealed, of a tenant `$1`, by its name `$2`, unless that changed meanwhile (`$3`).
    forgets: &'static str,
    /// What was forgotten then, of a tenant and as it is called.
    lost: fn(&str, &str) -> String,
}

static CONNECTIONS: Kind = Kind {
    all: "SELECT tenant_id, name, name AS called, credential AS sealed FROM connections WHERE credential IS NOT NULL",
    purpose: |tenant, name| Ok(purpose::credential(&TenantId::new(tenant)?, name)),
    seals: "UPDATE connections SET credential = $1 WHERE tenant_id = $2 AND name = $3 AND credential = $4",
    forgets: "UPDATE connections SET credential = NULL, version = version + 1
              WHERE tenant_id = $1 AND name = $2 AND credential = $3",
    lost: |tenant, called| {
        format!(
            "the credential of the connection `{called}` of `{tenant}`, whose schedule is paused until somebody resumes it"
        )
    },
};

static OTHERS: [Kind; 4] = [
    // These are of no tenant.
    Kind {
        all: "SELECT id AS tenant_id, id AS name, id AS called, sealed FROM signing_keys",
        purpose: |_, _| Ok(purpose::SIGNING_KEY.to_owned()),
        seals: "UPDATE signing_keys SET sealed = $1 WHERE id = $2 AND id = $3 AND sealed = $4",
        forgets: "DELETE FROM signing_keys WHERE id = $1 AND id = $2 AND sealed = $3",
        lost: |_, _| "a key that signs access tokens: the next process makes another".to_owned(),
    },
    Kind {
        all: "SELECT tenant_id, name, name AS called, client_secret AS sealed FROM identity_providers
              WHERE client_secret IS NOT NULL",
        purpose: |tenant, name| Ok(purpose::client_secret(&TenantId::new(tenant)?, name)),
        seals: "UPDATE identity_providers SET client_secret = $1
                WHERE tenant_id = $2 AND name = $3 AND client_secret = $4",
        forgets: "UPDATE identity_providers SET client_secret = NULL, active = 0, version = version + 1
                  WHERE tenant_id = $1 AND name = $2 AND client_secret = $3",
        lost: |tenant, called| {
            format!(
                "the secret of the identity provider `{called}` of `{tenant}`, which is switched off until it has one"
            )
        },
    },
    Kind {
        all: "SELECT tenant_id, id AS name, name AS called, secret AS sealed FROM hooks",
        purpose: |_, id| Ok(purpose::hook(id)),
        seals: "UPDATE hooks SET secret = $1 WHERE tenant_id = $2 AND id = $3 AND secret = $4",
        forgets: "DELETE FROM hooks WHERE tenant_id = $1 AND id = $2 AND secret = $3",
        lost: |tenant, called| format!("the hook `{called}` of `{tenant}`, which is gone: make another"),
    },
    Kind {
        all: "SELECT tenant_id, name, name AS called, sealed FROM destinations",
        purpose: |tenant, name| Ok(purpose::destination(&TenantId::new(tenant)?, name)),
        seals: "UPDATE destinations SET sealed = $1 WHERE tenant_id = $2 AND name = $3 AND sealed = $4",
        forgets: "DELETE FROM destinations WHERE tenant_id = $1 AND name = $2 AND sealed = $3",
        lost: |tenant, called| format!("the destination `{called}` of `{tenant}`, which is gone: make it again"),
    },
];

/// Asks for nothing more by what reads a connection.
const PAUSES: &str = "UPDATE schedules SET paused = 1, version = version + 1
                      WHERE tenant_id = $1 AND kind = $2 AND subject = $3 AND paused = 0";

impl Control {
    /// Seals everything anew with the vault's first key: its other keys are not needed any more then. How many secrets it was.
    /// It is done whole or not at all.
    ///
    /// # Errors
    /// [`crate::Error::Sealed`] when one does not open with any of the keys; when the database fails.
    pub async fn reseal(&self, vault: &Vault) -> Result<usize> {
        Ok(self.seal_anew(vault, false).await?.sealed)
    }

    /// The same where a key is lost for good: what opens with none of those that are left is forgotten, and is to be given again. Until then
    /// what it was for stands still, as after a tenant's import.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn reseal_what_opens(&self, vault: &Vault) -> Result<Resealed> {
        self.seal_anew(vault, true).await
    }

    async fn seal_anew(&self, vault: &Vault, forgets: bool) -> Result<Resealed> {
        let (mut whole, mut done) = (self.database.begin().await?, Resealed::default());
        let mut stopped = BTreeSet::new();
        for (kind, is_read) in OTHERS.iter().map(|kind| (kind, false)).chain([(&CONNECTIONS, true)]) {
            let rows = sqlx::query(kind.all).fetch_all(&mut **whole).await.map_err(failed)?;
            for row in &rows {
                let (tenant, name, before) = (text(row, "tenant_id")?, text(row, "name")?, text(row, "sealed")?);
                let purpose = (kind.purpose)(&tenant, &name)?;
                match vault.open_sealed(&purpose, &before) {
                    Ok(secret) => {
                        let query = sqlx::query(kind.seals).bind(vault.seal(&purpose, &secret)?);
                        let query = query.bind(tenant).bind(name).bind(before);
                        query.execute(&mut **whole).await.map_err(failed)?;
                        done.sealed += 1;
                    }
                    Err(Error::Sealed) if forgets => {
                        done.lost.push((kind.lost)(&tenant, &text(row, "called")?));
                        if is_read {
                            let query = sqlx::query(PAUSES).bind(&tenant).bind(LAND).bind(&name);
                            if query.execute(&mut **whole).await.map_err(failed)?.rows_affected() == 1 {
                                schedule_pause::begins(&mut whole, &tenant, (LAND, name.as_str()), self.now()).await?;
                                stopped.insert(TenantId::new(&tenant)?);
                            }
                        }
                        let query = sqlx::query(kind.forgets).bind(tenant).bind(name).bind(before);
                        query.execute(&mut **whole).await.map_err(failed)?;
                    }
                    Err(error) => return Err(error),
                }
            }
        }
        whole.commit().await.map_err(failed)?;
        // Apart from that: whoever asks for jobs holds a tenant's before all else.
        for tenant in &stopped {
            if self.tenant(tenant).await?.is_some_and(|known| known.state == TenantState::Active) {
                let mut whole = self.database.begin().await?;
                look_at_jobs(&mut whole, tenant, "a credential that is lost", self.now()).await?;
                whole.commit().await.map_err(failed)?;
            }
        }
        Ok(done)
    }
}
