//! Parcels that are put into the tenant's own storage.

use super::{Content, Ending, Parcel};
use bytes::Bytes;
use chrono::DateTime;
use pulse_engine::lake::TenantLake;

/// The file of a parcel that has none.
const MESSAGE: &str = "message.json";

/// Writes each file of a parcel where `pattern` says; one without files is written itself. What is written again is written over
/// itself.
pub(super) async fn put(lake: &TenantLake, pattern: &str, parcel: &Parcel, (id, created_at): (&str, i64)) -> Ending {
    let message = match serde_json::to_vec_pretty(parcel) {
        Ok(message) => [(MESSAGE.to_owned(), Content::Bytes(Bytes::from(message)))],
        Err(error) => return Ending::Never(error.to_string()),
    };
    let files: Vec<(String, Content)> = if parcel.attachments.is_empty() {
        message.into()
    } else {
        parcel.attachments.iter().map(|file| (file.name.clone(), file.content.clone())).collect()
    };
    if files.len() > 1 && !pattern.contains("{name}") {
        return Ending::Never(format!("`{pattern}` has no {{name}}, and there are {} files", files.len()));
    }
    let mut written = Vec::with_capacity(files.len());
    for (name, content) in files {
        let path = path(pattern, &name, id, created_at);
        match copied(lake, &path, content).await {
            Ok(true) => written.push(path),
            Ok(false) => return Ending::Never(format!("there is no file for `{name}` any more")),
            Err(error @ pulse_engine::Error::Setting(_)) => return Ending::Never(error.to_string()),
            // What exactly may name a bucket: the log has it.
            Err(error) => {
                tracing::warn!(%error, "a file cannot be written to a tenant's storage");
                return Ending::Again(None, "the storage cannot be written to now".to_owned());
            }
        }
    }
    Ending::Delivered(format!("written to {}", written.join(", ")))
}

/// Writes a file to a place of its own; `false` when there is none any more.
async fn copied(lake: &TenantLake, path: &str, content: Content) -> pulse_engine::Result<bool> {
    match content {
        Content::Bytes(bytes) => lake.put_file(path, bytes).await.map(|()| true),
        Content::File(from) => lake.copy_file(&from, path).await,
    }
}

fn path(pattern: &str, name: &str, id: &str, created_at: i64) -> String {
    let day = DateTime::from_timestamp_micros(created_at).unwrap_or_default().date_naive();
    // The name last: what stands in it is no place of the pattern.
    pattern.replace("{date}", &day.to_string()).replace("{id}", id).replace("{name}", name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delivery::Attachment;
    use pulse_engine::{Engine, TenantId};

    #[tokio::test]
    async fn each_file_is_written_where_the_pattern_says_and_one_path_takes_one_file() {
        let engine = Engine::open("memory://").await.unwrap();
        let lake = engine.tenant(&TenantId::new("acme").unwrap()).lake().clone();
        let file = |name: &str| Attachment {
            name: name.into(),
            media_type: "text/csv".into(),
            content: Content::Bytes(Bytes::from(name.to_owned())),
        };
        let mut parcel = Parcel { subject: "s".into(), ..Parcel::default() };
        // 2 April 2026.
        let of = ("delivery_1", 1_775_088_000_000_000);
        let put_at = async |pattern: &str, parcel: &Parcel| put(&lake, pattern, parcel, of).await;
        let done = put_at("r/{date}/{id}/{name}", &parcel).await;
        assert_eq!(done, Ending::Delivered("written to r/2026-04-02/delivery_1/message.json".into()));
        parcel.attachments = vec![file("a{date}.csv"), file("b.csv")];
        let done = put_at("r/{name}", &parcel).await;
        assert_eq!(done, Ending::Delivered("written to r/a{date}.csv, r/b.csv".into()));
        assert_eq!(lake.file("r/b.csv", 99).await.unwrap().unwrap(), "b.csv");
        assert_eq!(put_at("r/one", &parcel).await.name(), "never");
        // What stands in the storage already is put there once more.
        lake.put_file("kept-reports/1/a.csv", Bytes::from_static(b"rows")).await.unwrap();
        let kept = |from: &str| Attachment { content: Content::File(from.into()), ..file("kept.csv") };
        parcel.attachments = vec![kept("kept-reports/1/a.csv")];
        assert_eq!(put_at("r/{name}", &parcel).await.name(), "delivered");
        assert_eq!(lake.file("r/kept.csv", 99).await.unwrap().unwrap(), "rows");
        parcel.attachments = vec![kept("kept-reports/2/a.csv"), file("b.csv")];
        assert_eq!(put_at("r/{name}", &parcel).await.name(), "never");
        assert_eq!(put_at("r//{name}", &parcel).await.name(), "never");
    }
}
