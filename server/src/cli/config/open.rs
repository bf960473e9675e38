//! Files with something secret that everybody on the machine may read.

use super::fit::without_passwords;
use super::sources::Found;
use crate::cli::environment;
use crate::config::Said;
use std::path::{Path, PathBuf};

/// The settings that name a file with something secret.
const FILES: [&str; 3] = ["key_file", "tls_key", "smtp_password_file"];
/// What a container is handed there is its own, whatever its mode.
#[cfg(unix)]
const HANDED: &str = "/run/secrets";

/// What is to be said of files that others may read, where `value` has what is said of a setting, or else its default, and `file` is that of
/// the settings.
pub(super) fn to_others(value: impl Fn(&str) -> Option<String>, found: &[Found], file: Option<&Path>) -> Vec<String> {
    let is_said = |key: &str| value(key).is_some_and(|value| !value.is_empty());
    let is_set = |name: &str| std::env::var_os(name).is_some();
    let instead = |key: &str| match key {
        "key_file" => is_set("PULSE_KEY") || is_said("key_command"),
        "smtp_password_file" => is_set("PULSE_SMTP_PASSWORD") || is_said("smtp_password_command"),
        _ => false,
    };
    let used = FILES.into_iter().filter(|key| is_said(key) && !instead(key));
    let mut files: Vec<(String, PathBuf)> =
        used.filter_map(|key| Some((key.to_owned(), PathBuf::from(value(key)?)))).collect();
    files.extend(environment::files(&value("lake").unwrap_or_default(), std::env::vars_os()));
    for Found { setting, said, by_variable, .. } in found {
        match said {
            Said::InFile(path) => files.push((setting.key.clone(), path.clone())),
            // What stands in the file of the settings itself.
            Said::Here(values) if !by_variable && values.iter().any(|value| without_passwords(value) != *value) => {
                files.extend(file.map(|file| (setting.key.clone(), file.to_owned())));
            }
            Said::Here(_) | Said::By(_) => {}
        }
    }
    files.retain(|(_, path)| is_open(path));
    let told = |(key, path): (String, PathBuf)| {
        let path = path.display();
        format!(
            "everybody on this machine may read {path}, which has the secret of `{key}` in it: `chmod o= {path}` takes that from them"
        )
    };
    files.into_iter().map(told).collect()
}

/// Whether everybody may read a file, and come to it.
#[cfg(unix)]
fn is_open(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    let Ok(path) = path.canonicalize() else { return false };
    let others = |path: &Path, may: u32| path.metadata().is_ok_and(|meta| meta.permissions().mode() & may != 0);
    !path.starts_with(HANDED) && others(&path, 0o004) && path.ancestors().skip(1).all(|folder| others(folder, 0o001))
}

/// Who may is not known here.
#[cfg(not(unix))]
fn is_open(_: &Path) -> bool {
    false
}
