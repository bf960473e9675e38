//! What the environment tells of the object store: credentials, region, endpoint. It is handed on and written nowhere.

use super::config::printed;
use crate::{Error, Result};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

/// Those of a store's variables that are secrets: `_FILE` and `_COMMAND` behind the name say where one is, as of settings.
const SECRETS: [&str; 7] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "GOOGLE_SERVICE_ACCOUNT_KEY",
    "AZURE_STORAGE_ACCOUNT_KEY",
    "AZURE_STORAGE_CLIENT_SECRET",
    "AZURE_STORAGE_SAS_KEY",
];

/// The variables that belong to a lake's object store, by the names that the store's options have. Of those that it does not
/// know it takes no notice. Files and commands that tell a secret are asked.
///
/// # Errors
/// [`Error::Usage`] when the file cannot be read, or the command fails. It does not tell what was read.
pub(super) fn store(
    lake: &str,
    variables: impl Iterator<Item = (OsString, OsString)>,
) -> Result<Vec<(String, String)>> {
    let mut said = own(lake, variables);
    for name in SECRETS {
        let [file, command] = ["FILE", "COMMAND"].map(|by| said.remove(&format!("{name}_{by}")));
        if said.contains_key(name) {
            continue;
        }
        let told = match (file, command) {
            (Some(path), _) => std::fs::read_to_string(&path)
                .map_err(|error| format!("{name}_FILE: the file that should hold it, {path}, cannot be read: {error}")),
            (None, Some(command)) => {
                printed(&command).map_err(|why| format!("{name}_COMMAND: the command that should print it {why}"))
            }
            (None, None) => continue,
        };
        let told = told.map_err(Error::Usage)?.trim_end().to_owned();
        if !told.is_empty() {
            said.insert(name.to_owned(), told);
        }
    }
    Ok(said.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect())
}

/// The files that hold secrets of a lake's object store, each with the variable that it stands for.
pub(super) fn files(lake: &str, variables: impl Iterator<Item = (OsString, OsString)>) -> Vec<(String, PathBuf)> {
    let said = own(lake, variables);
    let file = |name: &str| Some((name.to_owned(), PathBuf::from(said.get(&format!("{name}_FILE"))?)));
    SECRETS.into_iter().filter(|name| !said.contains_key(*name)).filter_map(file).collect()
}

/// The variables of the store's kind. One that is set to nothing is as good as none.
fn own(lake: &str, variables: impl Iterator<Item = (OsString, OsString)>) -> BTreeMap<String, String> {
    let scheme = lake.split_once("://").map_or("", |(scheme, _)| scheme);
    let prefix = match scheme {
        "s3" | "s3a" => "AWS_",
        "gs" => "GOOGLE_",
        "az" | "adl" | "azure" | "abfs" | "abfss" => "AZURE_",
        _ => return BTreeMap::new(),
    };
    let texts = variables.filter_map(|(name, value)| name.into_string().ok().zip(value.into_string().ok()));
    texts.filter(|(name, value)| name.starts_with(prefix) && !value.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables(pairs: &[(&str, &str)]) -> impl Iterator<Item = (OsString, OsString)> {
        pairs.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)))
    }

    fn of(lake: &str, pairs: &[(&str, &str)]) -> Vec<String> {
        let told = store(lake, variables(pairs)).unwrap();
        told.into_iter().map(|(name, value)| format!("{name}={value}")).collect()
    }

    #[test]
    fn a_store_is_told_of_its_own_variables_alone() {
        let pairs = [
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "key"),
            ("AWS_SESSION_TOKEN", ""),
            ("GOOGLE_SERVICE_ACCOUNT", "account.json"),
            ("AZURE_STORAGE_ACCOUNT_NAME", "pulse"),
            ("HOME", "/root"),
        ];
        assert_eq!(of("s3://bucket/prefix", &pairs), ["aws_access_key_id=key", "aws_region=eu-central-1"]);
        assert_eq!(of("gs://bucket", &pairs), ["google_service_account=account.json"]);
        assert_eq!(of("az://container", &pairs), ["azure_storage_account_name=pulse"]);
        assert!(of("file:///var/lib/pulse", &pairs).is_empty() && of("memory://", &pairs).is_empty());
    }

    #[test]
    fn a_secret_of_the_store_may_be_in_a_file_or_printed_by_a_command() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, "key\n").unwrap();
        let by_file = ("AWS_ACCESS_KEY_ID_FILE", path.to_str().unwrap());
        let pairs = [by_file, ("AWS_SECRET_ACCESS_KEY_COMMAND", "echo secret")];
        assert_eq!(of("s3://bucket", &pairs), ["aws_access_key_id=key", "aws_secret_access_key=secret"]);
        assert_eq!(files("s3://bucket", variables(&pairs)), [("AWS_ACCESS_KEY_ID".to_owned(), path.clone())]);
        // A value goes before both, and nobody looks at what it takes the place of.
        let pairs = [("AWS_ACCESS_KEY_ID", "own"), ("AWS_ACCESS_KEY_ID_FILE", "nowhere")];
        assert_eq!(of("s3://bucket", &pairs), ["aws_access_key_id=own"]);
        assert!(files("s3://bucket", variables(&pairs)).is_empty());
        // What is no secret has a file of its own kind, and keeps it.
        let pairs = [("AWS_WEB_IDENTITY_TOKEN_FILE", "/var/run/token")];
        assert_eq!(of("s3://bucket", &pairs), ["aws_web_identity_token_file=/var/run/token"]);
        for (pair, why) in [
            (("AWS_SESSION_TOKEN_FILE", "nowhere"), "AWS_SESSION_TOKEN_FILE: the file that should hold it, nowhere, "),
            (("AWS_SESSION_TOKEN_COMMAND", "exit 3"), "AWS_SESSION_TOKEN_COMMAND: the command that should print it "),
        ] {
            let error = store("s3://bucket", variables(&[pair])).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
            assert!(of("memory://", &[pair]).is_empty(), "it is none of this store's");
        }
    }
}
