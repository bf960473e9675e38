//! `Cargo.lock` itself.

use std::collections::BTreeMap;

/// Crates whose types cross our borders: two versions of one would be two types that do not fit.
const ONCE: [&str; 8] = ["datafusion", "arrow", "parquet", "object_store", "tonic", "polars", "sqlx", "axum"];
/// Those of them that everything stands on today.
const IN_USE: [&str; 6] = ["datafusion", "arrow", "parquet", "object_store", "polars", "axum"];

#[test]
fn crates_whose_types_cross_our_borders_stand_in_the_lock_file_once() {
    let lock: toml::Table = include_str!("../../../Cargo.lock").parse().unwrap();
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in lock["package"].as_array().unwrap() {
        let (name, version) = (package["name"].as_str().unwrap(), package["version"].as_str().unwrap());
        versions.entry(name).or_default().push(version);
    }
    for name in ONCE {
        let found = versions.get(name).map_or(&[][..], Vec::as_slice);
        assert!(found.len() <= 1, "{name} stands in Cargo.lock as {found:?}");
        assert!(!IN_USE.contains(&name) || found.len() == 1, "{name} is gone from Cargo.lock");
    }
}
