//! Passwords: how strong they must be, and what is kept of them.

use crate::control::Refusal;
use crate::{Error, Result};
use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use std::sync::LazyLock;
use tokio::sync::Semaphore;

/// The fewest characters of a password.
const MINIMUM: usize = 10;
/// The most bytes: more is no password, but work for the processor.
const MOST_BYTES: usize = 1024;
/// What nobody's password comes to: the work is the same, the answer is known.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5MTIzNA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
/// How many are worked on at once: each takes 19 MiB, by the parameters that OWASP's cheat sheet on password storage names
/// first for argon2id (m = 19 MiB, t = 2, p = 1), which are the crate's own.
static ROOM: LazyLock<Semaphore> =
    LazyLock::new(|| Semaphore::new(std::thread::available_parallelism().map_or(2, usize::from)));

/// What is kept of a password: its argon2id sum, with salt and parameters, in the PHC format.
///
/// # Errors
/// [`Refusal::Invalid`] when it is too short, too long, or guessed too easily by who knows the person (`about`).
pub(crate) async fn hash(password: &str, about: &[&str]) -> Result<String> {
    check(password, about)?;
    let password = password.to_owned();
    work(move || {
        let hash: Result<PasswordHash, _> = Argon2::default().hash_password(password.as_bytes());
        hash.map(|hash| hash.to_string()).map_err(|_| Error::NoRandomness)
    })
    .await?
}

/// Whether the password is the one that `hash` was made of. Without a hash the answer is no, after as much work.
///
/// # Errors
/// When the process is out of threads.
pub(crate) async fn verify(password: &str, hash: Option<&str>) -> Result<bool> {
    if password.len() > MOST_BYTES {
        return Ok(false);
    }
    let (password, known) = (password.to_owned(), hash.is_some());
    let hash = hash.unwrap_or(NOBODY).to_owned();
    work(move || {
        let hash =
            PasswordHash::new(&hash).map_err(|e| Error::Database(format!("a password's sum is damaged: {e}")))?;
        Ok(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok() && known)
    })
    .await?
}

/// Runs work that keeps a processor busy where it stops nobody else's.
async fn work<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    within(&ROOM, work).await
}

/// Its place is its own until it is done: it goes on, with all that it takes, when whoever waits for it leaves.
async fn within<T: Send + 'static>(room: &'static Semaphore, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let place = room.acquire().await.map_err(|e| Error::Database(e.to_string()))?;
    let works = move || {
        let done = work();
        drop(place);
        done
    };
    Ok(tokio::task::spawn_blocking(works).await?)
}

fn check(password: &str, about: &[&str]) -> Result<()> {
    let refuse = |reason: String| Err(Refusal::invalid("password", reason).into());
    if password.chars().count() < MINIMUM {
        return refuse(format!("should have at least {MINIMUM} characters"));
    }
    if password.len() > MOST_BYTES {
        return refuse(format!("should have at most {MOST_BYTES} bytes"));
    }
    // The estimate grows with the length, and says nothing more after so many characters.
    let start: String = password.chars().take(100).collect();
    let strength = zxcvbn::zxcvbn(&start, about);
    if u8::from(strength.score()) < 3 {
        let why = strength.feedback().and_then(|f| f.warning()).map(|why| why.to_string()).unwrap_or_default();
        let why = if why.is_empty() { "It is guessed too easily.".to_owned() } else { why };
        return refuse(format!("is too weak. {why} Take a longer one, of words that do not belong together"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;
    use tokio::sync::oneshot;

    #[tokio::test]
    async fn whoever_leaves_gives_no_place_to_others_before_the_work_is_done() {
        let room: &'static Semaphore = Box::leak(Box::new(Semaphore::new(1)));
        let ((ends, end), (begins, begun)) = (mpsc::channel::<()>(), oneshot::channel());
        let waits = tokio::spawn(within(room, move || {
            begins.send(()).unwrap();
            // Until whoever would end it is gone.
            let _ = end.recv();
        }));
        begun.await.unwrap();
        waits.abort();
        assert!(waits.await.unwrap_err().is_cancelled());
        assert_eq!(room.available_permits(), 0);
        drop(ends);
        drop(room.acquire().await.unwrap());
    }

    #[tokio::test]
    async fn a_password_is_known_again_and_no_other_is() {
        let kept = hash("plinth-otter-sundial", &[]).await.unwrap();
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{kept}");
        assert!(verify("plinth-otter-sundial", Some(&kept)).await.unwrap());
        assert!(!verify("plinth-otter-sundiaL", Some(&kept)).await.unwrap());
        assert_ne!(kept, hash("plinth-otter-sundial", &[]).await.unwrap(), "each has a salt of its own");
    }

    #[tokio::test]
    async fn nobody_has_a_password_not_even_an_empty_one() {
        for given in ["", "nobody", "plinth-otter-sundial", &"x".repeat(5000)] {
            assert!(!verify(given, None).await.unwrap());
        }
    }

    #[tokio::test]
    async fn an_unknown_address_costs_the_work_that_a_known_one_costs() {
        let kept = hash("plinth-otter-sundial", &[]).await.unwrap();
        let [nobody, somebody] = [NOBODY, &kept].map(|sum| PasswordHash::new(sum).unwrap());
        let work = |sum: &PasswordHash| (sum.algorithm.to_string(), sum.version, sum.params.to_string());
        assert_eq!(work(&nobody), work(&somebody));
        let lengths = |sum: &PasswordHash| (sum.salt.as_ref().map(|salt| salt.len()), sum.hash.map(|sum| sum.len()));
        assert_eq!(lengths(&nobody), lengths(&somebody));
    }

    #[test]
    fn weak_passwords_are_refused_with_a_reason() {
        let refused =
            ["", "short-one", "1234567890", "password123", "qwertyuiop", "ada@example.com", &"a".repeat(2000)];
        for password in refused {
            let error = check(password, &["ada@example.com"]).unwrap_err().to_string();
            assert!(error.contains("`password`"), "{error}");
        }
        check("plinth-otter-sundial", &[]).unwrap();
    }
}
