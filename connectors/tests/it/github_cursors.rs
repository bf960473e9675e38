//! How far repositories are read is told apart from their branches and tags, which once stood with it.

use crate::github_sync::{read, serve, world};
use crate::lake::tenant;
use arrow::array::AsArray as _;
use arrow::datatypes::Int64Type;
use pulse_engine::land::{Cursors, Page};
use serde_json::Value;

#[tokio::test(flavor = "multi_thread")]
async fn branches_and_tags_stand_apart_and_are_known_where_an_earlier_version_left_them() {
    let server = serve(world(20)).await;
    let lake = tenant().await;
    read(&lake, &server).await.unwrap();
    let cursors = lake.cursors("github", "github:acme").await.unwrap();
    let (refs, mut earlier): (Cursors, Cursors) = cursors.into_iter().partition(|(part, _)| part.ends_with("/refs"));
    assert!(!refs.is_empty() && refs.values().any(|known| known.contains("heads/")), "{refs:?}");
    for (part, known) in &refs {
        let stands = earlier.get_mut(part.trim_end_matches("/refs")).unwrap();
        let mut old: Value = serde_json::from_str(stands).unwrap();
        assert_eq!(old["commits"].get("refs"), None);
        // As an earlier version wrote it.
        old["commits"]["refs"] = serde_json::from_str(known).unwrap();
        *stands = old.to_string();
    }
    let other = tenant().await;
    other.land("github", "github:acme", Page { cursors: earlier, ..Page::default() }).await.unwrap();
    read(&other, &server).await.unwrap();
    let now = other.cursors("github", "github:acme").await.unwrap();
    assert!(refs.iter().all(|(part, known)| now.get(part) == Some(known)));
    let statement = "SELECT count(*) FROM raw.github WHERE stream IN ('commits', 'branches', 'tags')";
    let rows = other.sql(statement).await.unwrap();
    assert_eq!(rows[0].column(0).as_primitive::<Int64Type>().value(0), 0, "nothing of it landed again");
}
