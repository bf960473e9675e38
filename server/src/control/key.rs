//! Signing keys, as the database keeps them.

use super::Control;
use super::database::{failed, number, text};
use crate::Result;

/// What access tokens are signed with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningKey {
    /// Its key, which tokens name as `kid`.
    pub id: String,
    /// The public half: 32 bytes in base64url.
    pub public: String,
    /// The private half, sealed.
    pub sealed: String,
    /// Until when tokens are signed with it, in microseconds since 1970.
    pub signs_until: i64,
    /// Until when tokens that were signed with it are trusted.
    pub trusted_until: i64,
}

impl Control {
    /// The keys whose tokens are trusted now, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn signing_keys(&self) -> Result<Vec<SigningKey>> {
        let query = sqlx::query("SELECT * FROM signing_keys WHERE trusted_until > $1 ORDER BY created_at DESC, id");
        let rows = query.bind(self.now()).fetch_all(self.database.pool()).await.map_err(failed)?;
        let key = |row| {
            Ok(SigningKey {
                id: text(row, "id")?,
                public: text(row, "public")?,
                sealed: text(row, "sealed")?,
                signs_until: number(row, "signs_until")?,
                trusted_until: number(row, "trusted_until")?,
            })
        };
        rows.iter().map(key).collect()
    }

    /// Keeps a new key. Those before it sign nothing more, and are trusted for as long as their last token lives.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn add_signing_key(&self, key: &SigningKey, overlap: i64) -> Result<()> {
        let now = self.now();
        let mut whole = self.database.begin().await?;
        let query = sqlx::query("UPDATE signing_keys SET signs_until = $1, trusted_until = $2 WHERE signs_until > $1");
        query.bind(now).bind(now + overlap).execute(&mut **whole).await.map_err(failed)?;
        let query = sqlx::query(
            "INSERT INTO signing_keys (id, public, sealed, created_at, signs_until, trusted_until) VALUES ($1, $2, $3, $4, $5, $6)",
        );
        let query = query.bind(&key.id).bind(&key.public).bind(&key.sealed).bind(now);
        query.bind(key.signs_until).bind(key.trusted_until).execute(&mut **whole).await.map_err(failed)?;
        let query = sqlx::query("DELETE FROM signing_keys WHERE trusted_until <= $1");
        query.bind(now).execute(&mut **whole).await.map_err(failed)?;
        whole.commit().await.map_err(failed)
    }
}
