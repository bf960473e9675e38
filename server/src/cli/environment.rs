//! What the environment tells of the object store: credentials, region, endpoint. It is handed on and written nowhere.

use std::ffi::OsString;

/// The variables that belong to a lake's object store, by the names that the store's options have. Of those that it does not
/// know it takes no notice.
pub(super) fn store(lake: &str, variables: impl Iterator<Item = (OsString, OsString)>) -> Vec<(String, String)> {
    let scheme = lake.split_once("://").map_or("", |(scheme, _)| scheme);
    let prefix = match scheme {
        "s3" | "s3a" => "AWS_",
        "gs" => "GOOGLE_",
        "az" | "adl" | "azure" | "abfs" | "abfss" => "AZURE_",
        _ => return Vec::new(),
    };
    let texts = variables.filter_map(|(name, value)| name.into_string().ok().zip(value.into_string().ok()));
    let mut options: Vec<_> = texts
        // A variable that is set to nothing is as good as none.
        .filter(|(name, value)| name.starts_with(prefix) && !value.is_empty())
        .map(|(name, value)| (name.to_ascii_lowercase(), value))
        .collect();
    options.sort();
    options
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_is_told_of_its_own_variables_alone() {
        let variables = [
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "key"),
            ("AWS_SESSION_TOKEN", ""),
            ("GOOGLE_SERVICE_ACCOUNT", "account.json"),
            ("AZURE_STORAGE_ACCOUNT_NAME", "pulse"),
            ("HOME", "/root"),
        ];
        let of = |lake: &str| {
            let variables = variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
            store(lake, variables).into_iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>()
        };
        assert_eq!(of("s3://bucket/prefix"), ["aws_access_key_id=key", "aws_region=eu-central-1"]);
        assert_eq!(of("gs://bucket"), ["google_service_account=account.json"]);
        assert_eq!(of("az://container"), ["azure_storage_account_name=pulse"]);
        assert!(of("file:///var/lib/pulse").is_empty() && of("memory://").is_empty());
    }
}
