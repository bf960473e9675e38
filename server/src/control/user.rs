//! Users: people, whichever tenants they belong to.

use super::database::{Run as _, failed, maybe_number, maybe_text, number, text};
use super::{Control, Refusal, tenant};
use crate::auth::password;
use crate::secret::{self, Secret};
use crate::{Error, Result};
use serde::Serialize;
use sqlx::any::AnyRow;
use sqlx::{Any, Transaction};
use utoipa::ToSchema;

/// A person.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct User {
    /// Its key.
    pub id: String,
    /// The address that the person signs in with.
    pub email: String,
    /// What people call them.
    pub name: String,
    /// Whether they may sign in at all.
    pub active: bool,
    /// Whether they run the platform: make, suspend and resume tenants.
    pub operator: bool,
    /// When they first came, in microseconds since 1970.
    pub created_at: i64,
    /// When they last signed in.
    pub signed_in_at: Option<i64>,
    #[serde(skip)]
    pub(super) password: Option<Secret>,
}

/// What came of a try to sign in. It says nothing of whether there is such a user.
#[derive(Clone, Debug)]
pub enum SignIn {
    /// The password is theirs.
    Welcome(User),
    /// It is not, or nobody has that address, or they may not come in.
    Wrong,
    /// There were too many tries: the next is looked at after so many seconds.
    Later(i64),
}

/// An address as it is compared: without blanks around it, in lower case.
///
/// # Errors
/// [`Refusal::Invalid`] when it is none.
pub fn email_key(email: &str) -> Result<String> {
    let email = email.trim().to_lowercase();
    let is_host = |host: &str| host.contains('.') || host == "localhost";
    let whole = email.split_once('@').is_some_and(|(name, host)| !name.is_empty() && is_host(host));
    let odd = email.len() > 254
        || email.matches('@').count() != 1
        || email.contains(|c: char| c.is_whitespace() || c.is_control());
    if !whole || odd {
        return Err(Refusal::invalid("email", "should be an address such as ada@example.com").into());
    }
    Ok(email)
}

/// How tries to sign in are counted.
#[derive(Clone, Copy)]
struct Count {
    /// How many wrong ones cost nothing.
    free: i64,
    /// After how long one of them is forgotten.
    fades: i64,
}

const MINUTE: i64 = 60 * 1_000_000;
/// Those for one address of mail.
const BY_EMAIL: Count = Count { free: 5, fades: 15 * MINUTE };
/// Those from one place, which may be a whole office.
const BY_PLACE: Count = Count { free: 30, fades: 2 * MINUTE };
/// The first wait; each further one is twice as long, up to the longest.
const FIRST_WAIT: i64 = 1_000_000;
const LONGEST_WAIT: i64 = 15 * MINUTE;
/// After so long without a try, the earlier ones are forgotten.
const MEMORY: i64 = 24 * 60 * MINUTE;

impl Control {
    /// Looks at a password, unless there were too many wrong ones. Every try counts before it is looked at, so that many at
    /// once are no way around the wait; the right one clears what its owner got wrong, and does not count for its place. `address` is where the try came from,
    /// empty when that would be a proxy's and so everybody's.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sign_in(&self, email: &str, given: &str, address: &str) -> Result<SignIn> {
        // What is no address is nobody's: it is answered as a wrong password is, and as late.
        let key = email_key(email).unwrap_or_else(|_| "nobody".to_owned());
        let by_email = format!("email:{}", secret::sum(&key));
        if let Some(wait) = self.count_try(&by_email, BY_EMAIL).await? {
            return Ok(SignIn::Later(wait));
        }
        let from = format!("from:{address}");
        if !address.is_empty()
            && let Some(wait) = self.count_try(&from, BY_PLACE).await?
        {
            return Ok(SignIn::Later(wait));
        }
        let user = self.user_by_email(&key).await?;
        let right =
            password::verify(given, user.as_ref().and_then(|user| user.password.as_ref().map(Secret::tell))).await?;
        let Some(user) = user.filter(|user| right && user.active) else { return Ok(SignIn::Wrong) };
        self.forget_tries(&by_email).await?;
        self.uncount_try(&from).await?;
        Ok(SignIn::Welcome(user))
    }

    /// Counts a try of `subject`; how many seconds to wait when it may not be looked at.
    async fn count_try(&self, subject: &str, count: Count) -> Result<Option<i64>> {
        let now = self.now();
        let mut whole = self.database.begin().await?;
        // Old ones go, so that made-up addresses do not fill the table. The row of this subject is made if it is missing, so
        // that it can be locked.
        let old = sqlx::query("DELETE FROM tries WHERE last_at < $1");
        old.bind(now - MEMORY).execute(&mut **whole).await.map_err(failed)?;
        let row = sqlx::query(
            "INSERT INTO tries (subject, failures, last_at, retry_at) VALUES ($1, 1, $2, 0)
             ON CONFLICT (subject) DO UPDATE SET
                 last_at = CASE WHEN tries.retry_at > $2 THEN tries.last_at ELSE $2 END,
                 failures = CASE
                     WHEN tries.retry_at > $2 THEN tries.failures
                     WHEN tries.failures > ($2 - tries.last_at) / $3 THEN tries.failures - ($2 - tries.last_at) / $3 + 1
                     ELSE 1
                 END
             RETURNING failures, retry_at",
        )
        .bind(subject)
        .bind(now)
        .bind(count.fades)
        .fetch_one(&mut **whole)
        .await
        .map_err(failed)?;
        let (failures, retry_at) = (number(&row, "failures")?, number(&row, "retry_at")?);
        let wait = if retry_at > now {
            Some((retry_at - now + 999_999) / 1_000_000)
        } else {
            let late = u32::try_from(failures - count.free).ok().map(|n| FIRST_WAIT.saturating_mul(1 << n.min(30)));
            if let Some(late) = late {
                let next = sqlx::query("UPDATE tries SET retry_at = $1 WHERE subject = $2");
                next.bind(now + late.min(LONGEST_WAIT)).bind(subject).execute(&mut **whole).await.map_err(failed)?;
            }
            None
        };
        whole.commit().await.map_err(failed)?;
        Ok(wait)
    }

    /// Counts a code that somebody comes back with from their identity provider; how many seconds to wait when it may not be
    /// looked at.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn count_code(&self, address: &str) -> Result<Option<i64>> {
        if address.is_empty() { Ok(None) } else { self.count_try(&format!("code:{address}"), BY_PLACE).await }
    }

    /// Takes back the count of a code that was good.
    ///
    /// # Errors
    /// When the database fails.
    pub(crate) async fn uncount_code(&self, address: &str) -> Result<()> {
        self.uncount_try(&format!("code:{address}")).await
    }

    /// Takes back the count of a try that was right.
    async fn uncount_try(&self, subject: &str) -> Result<()> {
        let query = sqlx::query(
            "UPDATE tries SET failures = failures - 1, retry_at = CASE WHEN failures > $1 THEN retry_at ELSE 0 END
             WHERE subject = $2 AND failures > 0",
        );
        query.bind(BY_PLACE.free).bind(subject).run(&self.database).await.map_err(failed)?;
        Ok(())
    }

    async fn forget_tries(&self, subject: &str) -> Result<()> {
        let query = sqlx::query("DELETE FROM tries WHERE subject = $1");
        query.bind(subject).run(&self.database).await.map_err(failed)?;
        Ok(())
    }

    /// The user of that id.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn user(&self, id: &str) -> Result<Option<User>> {
        let query = sqlx::query("SELECT * FROM users WHERE id = $1").bind(id.to_owned());
        query.fetch_optional(self.database.reads()).await.map_err(failed)?.as_ref().map(user).transpose()
    }

    /// The user whose address has that key.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn user_by_email(&self, key: &str) -> Result<Option<User>> {
        let query = sqlx::query("SELECT * FROM users WHERE email_key = $1").bind(key.to_owned());
        query.fetch_optional(self.database.pool()).await.map_err(failed)?.as_ref().map(user).transpose()
    }

    /// Gives a user another name.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when it is none.
    pub async fn rename_user(&self, id: &str, name: &str) -> Result<()> {
        let query = sqlx::query("UPDATE users SET name = $1, version = version + 1 WHERE id = $2");
        query.bind(tenant::named(name)?).bind(id.to_owned()).run(&self.database).await.map_err(failed)?;
        Ok(())
    }

    /// Sets a new password after the present one was given again, and ends every other session of its owner.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when the present one is wrong or the new one is weak.
    pub async fn change_password(&self, id: &str, session: &str, present: &str, new: &str) -> Result<()> {
        let user = self.user(id).await?.ok_or_else(|| Refusal::unknown("user", id))?;
        let by_email = format!("email:{}", secret::sum(user.email.to_lowercase()));
        if let Some(wait) = self.count_try(&by_email, BY_EMAIL).await? {
            return Err(Error::TooManyTries { seconds: wait });
        }
        if !password::verify(present, user.password.as_ref().map(Secret::tell)).await? {
            return Err(Refusal::invalid("present", "is not your password").into());
        }
        self.forget_tries(&by_email).await?;
        let hash = password::hash(new, &[&user.email, &user.name]).await?;
        let mut whole = self.database.begin().await?;
        set_password(&mut whole, id, &hash).await?;
        self.end_sessions(&mut whole, id, Some(session), "the password was changed").await?;
        whole.commit().await.map_err(failed)
    }
}

/// Makes a user of an address and its key within something larger; without a password only an identity provider lets them in.
pub(super) async fn create(
    whole: &mut Transaction<'static, Any>,
    (email, key): (&str, &str),
    name: &str,
    hash: Option<&str>,
    operator: bool,
    now: i64,
) -> Result<String> {
    let id = secret::id("user")?;
    sqlx::query(
        "INSERT INTO users (id, email, email_key, name, password, state, operator, created_at, version)
         VALUES ($1, $2, $3, $4, $5, 'active', $6, $7, 1)",
    )
    .bind(id.clone())
    .bind(email.trim().to_owned())
    .bind(key.to_owned())
    .bind(tenant::named(name)?)
    .bind(hash.map(str::to_owned))
    .bind(i64::from(operator))
    .bind(now)
    .execute(&mut **whole)
    .await
    .map_err(|e| super::database::unless_taken(e, Refusal::BadLink))?;
    Ok(id)
}

pub(super) async fn set_password(whole: &mut Transaction<'static, Any>, id: &str, hash: &str) -> Result<()> {
    let query = sqlx::query("UPDATE users SET password = $1, version = version + 1 WHERE id = $2");
    query.bind(hash.to_owned()).bind(id.to_owned()).execute(&mut **whole).await.map_err(failed)?;
    Ok(())
}

fn user(row: &AnyRow) -> Result<User> {
    Ok(User {
        id: text(row, "id")?,
        email: text(row, "email")?,
        name: text(row, "name")?,
        active: text(row, "state")? == "active",
        operator: number(row, "operator")? == 1,
        created_at: number(row, "created_at")?,
        signed_in_at: maybe_number(row, "signed_in_at")?,
        password: maybe_text(row, "password")?.map(Secret::kept),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_compared_without_case_and_blanks() {
        assert_eq!(email_key(" Ada@Example.com ").unwrap(), "ada@example.com");
        for bad in
            ["", "ada", "@example.com", "ada@", "ada@host", "a b@example.com", "a@b@example.com", "a\n@example.com"]
        {
            assert!(email_key(bad).is_err(), "{bad:?} was accepted");
        }
    }
}
