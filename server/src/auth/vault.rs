//! The vault: seals what the control database must keep but nobody may read in it.

use crate::secret::random;
use crate::{Error, Result};
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use std::fmt;
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::Arc;

/// Seals and opens with AES-256-GCM. The first key seals, every key opens: that is how keys are changed.
#[derive(Clone)]
pub struct Vault {
    keys: Arc<[(String, LessSafeKey)]>,
}

/// What a key looks like.
const LOOKS: &str =
    "it should be 32 bytes in base64url, as `openssl rand -base64 32 | tr '+/' '-_' | tr -d =` makes them";

impl Vault {
    /// From a text with a key a line: 32 bytes in base64url, the newest first.
    ///
    /// # Errors
    /// [`Error::Usage`] when a line holds no key, or there is none.
    pub fn new(text: &str) -> Result<Self> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let keys = lines.enumerate().map(|(at, line)| key(line).ok_or(at + 1)).collect::<Result<Vec<_>, _>>();
        let none = |line: usize| Error::Usage(format!("line {line} of the vault's key is none: {LOOKS}"));
        let keys = keys.map_err(none)?;
        if keys.is_empty() {
            return Err(Error::Usage(format!("the vault's key is empty: {LOOKS}")));
        }
        Ok(Self { keys: keys.into() })
    }

    /// From what a file holds.
    fn of_file(path: &Path, text: &str) -> Result<Self> {
        Self::new(text).map_err(|error| Error::Usage(format!("{}: {error}", path.display())))
    }

    /// From a file, which is made with a new key when it is not there; its owner alone may read it.
    ///
    /// # Errors
    /// [`Error::File`], or as [`Vault::new`].
    pub fn open(path: &Path) -> Result<Self> {
        match std::fs::read_to_string(path) {
            Ok(text) => return Self::of_file(path, &text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(Error::file("read", path, error)),
        }
        let text = URL_SAFE_NO_PAD.encode(random::<32>()?);
        let failed = |error| Error::file("write", path, error);
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder).map_err(failed)?;
        // It is there whole or not at all: another process may read it in this moment, and this one may die. Such a file is its owner's alone.
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
        writeln!(file, "{text}").and_then(|()| file.as_file().sync_all()).map_err(failed)?;
        match file.persist_noclobber(path) {
            Ok(_) => {
                // What it seals stays shut for good should a power cut take its name. Where folders are not written down, nothing more can be done.
                #[cfg(unix)]
                drop(std::fs::File::open(folder).and_then(|folder| folder.sync_all()));
                Self::new(&text)
            }
            // Another process made it in this moment.
            Err(unkept) if unkept.error.kind() == io::ErrorKind::AlreadyExists => {
                Self::of_file(path, &std::fs::read_to_string(path).map_err(|e| Error::file("read", path, e))?)
            }
            Err(unkept) => Err(failed(unkept.error)),
        }
    }

    /// Seals a secret for one use: what was sealed for `purpose` opens for no other.
    ///
    /// # Errors
    /// [`Error::NoRandomness`].
    pub fn seal(&self, purpose: &str, secret: &[u8]) -> Result<String> {
        let (id, key) = self.keys.first().ok_or(Error::Sealed)?;
        let nonce = random::<NONCE_LEN>()?;
        let mut sealed = secret.to_vec();
        key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(purpose), &mut sealed)
            .map_err(|_| Error::Sealed)?;
        Ok(format!("v1.{id}.{}.{}", URL_SAFE_NO_PAD.encode(nonce), URL_SAFE_NO_PAD.encode(sealed)))
    }

    /// Opens what was sealed for the same purpose.
    ///
    /// # Errors
    /// [`Error::Sealed`] when no key of the vault opens it, or it was changed.
    pub fn open_sealed(&self, purpose: &str, sealed: &str) -> Result<Vec<u8>> {
        let parts: Vec<&str> = sealed.split('.').collect();
        let ["v1", id, nonce, body] = parts[..] else { return Err(Error::Sealed) };
        let (_, key) = self.keys.iter().find(|(known, _)| known == id).ok_or(Error::Sealed)?;
        let bytes = |text| URL_SAFE_NO_PAD.decode(text).map_err(|_| Error::Sealed);
        let nonce = Nonce::try_assume_unique_for_key(&bytes(nonce)?).map_err(|_| Error::Sealed)?;
        let mut body = bytes(body)?;
        let open = key.open_in_place(nonce, Aad::from(purpose), &mut body).map_err(|_| Error::Sealed)?;
        Ok(open.to_vec())
    }
}

/// A key, and the start of its sum as its name.
fn key(line: &str) -> Option<(String, LessSafeKey)> {
    let bytes = URL_SAFE_NO_PAD.decode(line.trim_end_matches('=')).ok()?;
    let key = UnboundKey::new(&AES_256_GCM, &bytes).ok()?;
    Some((crate::secret::sum(line).get(..8)?.to_owned(), LessSafeKey::new(key)))
}

/// What secrets are sealed for: one that was sealed for another opens as none of these.
pub(crate) mod purpose {
    use pulse_engine::TenantId;

    /// The private half of a signing key.
    pub(crate) const SIGNING_KEY: &str = "signing key";
    /// What a browser remembers while somebody is at their identity provider.
    pub(crate) const AWAY: &str = "single sign-on";

    /// What somebody is known by over Flight SQL, once they signed in there with their password.
    pub(crate) const FLIGHT: &str = "flight";

    /// What comes back from a Flight SQL client: `what` it is, and by whose token it may come.
    pub(crate) fn flight(what: &str, tenant: &TenantId, bearer: &str) -> String {
        format!("flight {what} {tenant}/{bearer}")
    }

    /// What opens a report's file for whoever has it.
    pub(crate) const REPORT_LINK: &str = "report link";

    /// What a hook is called with.
    pub(crate) fn hook(id: &str) -> String {
        format!("hook {id}")
    }

    /// What a connection shows its vendor.
    pub(crate) fn credential(tenant: &TenantId, connection: &str) -> String {
        format!("connection {tenant}/{connection}")
    }

    /// Where a destination is, and what calls to it are signed with.
    pub(crate) fn destination(tenant: &TenantId, destination: &str) -> String {
        format!("destination {tenant}/{destination}")
    }

    /// What an identity provider knows us by.
    pub(crate) fn client_secret(tenant: &TenantId, provider: &str) -> String {
        format!("identity provider {tenant}/{provider}")
    }
}

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vault({} keys)", self.keys.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_for_its_purpose_alone_and_not_when_it_was_changed() {
        let folder = tempfile::tempdir().unwrap();
        let vault = Vault::open(&folder.path().join("new/key")).unwrap();
        let sealed = vault.seal("signing key", b"secret").unwrap();
        assert!(!sealed.contains("secret"));
        assert_eq!(vault.open_sealed("signing key", &sealed).unwrap(), b"secret");
        assert!(vault.open_sealed("another", &sealed).is_err());
        let last = if sealed.ends_with('A') { 'B' } else { 'A' };
        assert!(vault.open_sealed("signing key", &format!("{}{last}", &sealed[..sealed.len() - 1])).is_err());
        assert!(vault.open_sealed("signing key", "v1.x.y").is_err());
        assert_ne!(sealed, vault.seal("signing key", b"secret").unwrap());
    }

    #[test]
    fn an_old_key_opens_what_it_sealed_and_the_new_one_seals() {
        let [old, new] = [7u8, 9].map(|byte| URL_SAFE_NO_PAD.encode([byte; 32]));
        let sealed = Vault::new(&old).unwrap().seal("x", b"secret").unwrap();
        let both = Vault::new(&format!("{new}\n{old}\n")).unwrap();
        assert_eq!(both.open_sealed("x", &sealed).unwrap(), b"secret");
        assert!(Vault::new(&new).unwrap().open_sealed("x", &sealed).is_err());
        assert!(Vault::new(&old).unwrap().open_sealed("x", &both.seal("x", b"y").unwrap()).is_err());
    }

    #[test]
    fn processes_that_begin_at_once_have_one_key() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/key");
        let all: Vec<Vault> = std::thread::scope(|scope| {
            let opening: Vec<_> = (0..8).map(|_| scope.spawn(|| Vault::open(&path).unwrap())).collect();
            opening.into_iter().map(|one| one.join().unwrap()).collect()
        });
        let sealed = all[0].seal("x", b"secret").unwrap();
        assert!(all.iter().all(|vault| vault.open_sealed("x", &sealed).is_ok()));
        assert_eq!(std::fs::read_dir(path.parent().unwrap()).unwrap().count(), 1, "nothing else is left there");
    }

    #[test]
    fn the_key_file_is_its_owners_alone_and_a_text_that_is_no_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        Vault::open(&path).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
        for bad in ["", "short", "ä"] {
            std::fs::write(&path, bad).unwrap();
            let error = Vault::open(&path).unwrap_err().to_string();
            let told = error.strip_prefix(&format!("{}: ", path.display()));
            assert!(told.is_some_and(|told| told.contains("openssl rand")), "{bad:?}: {error}");
            assert_eq!(std::fs::read_to_string(&path).unwrap(), bad);
        }
    }
}
