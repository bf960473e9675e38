//! Both connectors against a real lake, in memory: what is synced and mapped is what is asked.

use crate::reading::NOW;
use crate::repo::Repo;
use arrow::array::AsArray;
use futures::TryStreamExt;
use pulse_connectors::git::{GitSettings, Repository};
use pulse_connectors::push::{Format, Input, PushSource};
use pulse_connectors::{Pages, Source, mapper, sync};
use pulse_engine::land::{Cursors, Page, Payload};
use pulse_engine::{Clock, Engine, Tenant, TenantId, entities};
use serde_json::Value as Json;

pub(crate) async fn tenant() -> Tenant {
    Engine::open("memory://").await.unwrap().tenant(&TenantId::new("acme").unwrap())
}

pub(crate) async fn step(tenant: &Tenant, source: impl Source + 'static, now: i64) {
    let mapper = mapper(source.connector()).unwrap();
    sync(tenant, Box::new(source), Clock::Fixed(now), &|_| ()).await.unwrap();
    tenant.map(mapper.as_ref(), false).await.unwrap();
}

/// What was read at one instant.
pub(crate) struct Read {
    /// `connector:name`.
    pub(crate) connection: &'static str,
    pub(crate) at: i64,
    pub(crate) settings: Json,
    /// Stream, key and body of each.
    pub(crate) payloads: Vec<(&'static str, &'static str, Json)>,
}

impl Source for Read {
    fn connector(&self) -> &'static str {
        self.connection.split(':').next().unwrap()
    }

    fn connection(&self) -> &str {
        self.connection
    }

    fn settings(&self, _: &Cursors) -> Json {
        self.settings.clone()
    }

    fn pages(self: Box<Self>, _: Cursors, _: Clock) -> Pages {
        let payload = |(stream, key, body): (&str, &str, Json)| Payload {
            stream: stream.to_owned(),
            key: key.to_owned(),
            observed_at: self.at,
            body: body.to_string(),
        };
        let page = Page { payloads: self.payloads.into_iter().map(payload).collect(), ..Page::default() };
        Box::pin(futures::stream::iter([Ok(page)]))
    }
}

/// The ids of an entity that the vendor still has, in order.
pub(crate) async fn ids(tenant: &Tenant, entity: &str) -> Vec<String> {
    texts(tenant, entity, "id").await
}

/// The texts in a column of what the vendor still has, in order.
pub(crate) async fn texts(tenant: &Tenant, entity: &str, column: &str) -> Vec<String> {
    let Some(table) = tenant.lake().table(entities::core(entity).unwrap()).latest().await.unwrap() else {
        return vec![];
    };
    let rows = table.read(Some(&[column, "deleted_at"]), None, &[]).await.unwrap();
    let batches: Vec<_> = rows.try_collect().await.unwrap();
    let mut texts = Vec::new();
    for batch in &batches {
        let there = (0..batch.num_rows()).filter(|row| batch.column(1).is_null(*row));
        texts.extend(there.map(|row| batch.column(0).as_string::<i32>().value(row).to_owned()));
    }
    texts.sort();
    texts
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repository_is_synced_again_and_its_deleted_tag_is_no_deployment_any_more() {
    let repo = Repo::new();
    let one = repo.commit("one");
    repo.git(&["tag", "v1"]);
    repo.git(&["tag", "v2"]);
    let tenant = tenant().await;
    let open = || Repository::open(repo.path(), GitSettings::default()).unwrap();
    step(&tenant, open(), NOW).await;
    assert_eq!(ids(&tenant, "deployments").await, ["git:shop:tag/v1", "git:shop:tag/v2"]);
    assert_eq!(ids(&tenant, "commits").await, [format!("git:shop:{one}")]);
    assert_eq!(ids(&tenant, "identities").await, ["git:shop:ada@example.com", "git:shop:grace@example.com"]);

    repo.git(&["tag", "-d", "v1"]);
    step(&tenant, open(), NOW + 1_000_000).await;
    assert_eq!(ids(&tenant, "deployments").await, ["git:shop:tag/v2"]);
    assert_eq!(ids(&tenant, "releases").await, ["git:shop:tag/v2"]);

    // A third sync finds nothing, and lands nothing.
    let report = sync(&tenant, Box::new(open()), Clock::Fixed(NOW + 2_000_000), &|_| ()).await.unwrap();
    assert_eq!((report.pages, report.payloads), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_pattern_is_landed_as_a_setting_and_decides_anew() {
    let repo = Repo::new();
    repo.commit("one");
    repo.git(&["tag", "v1"]);
    repo.git(&["tag", "release-1"]);
    let tenant = tenant().await;
    let open = |tags: &str| {
        let settings = serde_json::json!({"deployments": {"tags": [tags]}});
        Repository::open(repo.path(), GitSettings::from_json(&settings).unwrap()).unwrap()
    };
    step(&tenant, open("v*"), NOW).await;
    assert_eq!(ids(&tenant, "deployments").await, ["git:shop:tag/v1"]);
    step(&tenant, open("release-*"), NOW + 1_000_000).await;
    assert_eq!(ids(&tenant, "deployments").await, ["git:shop:tag/release-1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_that_only_the_edge_of_a_shallow_clone_seemed_to_add_are_gone_when_the_rest_is_fetched() {
    let repo = Repo::new();
    repo.write("a", b"1\n");
    repo.write("b", b"1\n");
    repo.write("b", b"1\n2\n");
    let clone = repo.beside("clone");
    let url = format!("file://{}", repo.path().display());
    repo.git(&["clone", "-q", "--depth", "1", &url, clone.to_str().unwrap()]);
    let settings = serde_json::json!({"deployments": {"tags": []}, "files": true, "allow_shallow": true});
    let open = || Repository::open(&clone, GitSettings::from_json(&settings).unwrap()).unwrap();
    let tenant = tenant().await;
    let of_head = async || {
        let head = repo.head();
        let files = ids(&tenant, "commit_files").await;
        let path = |id: &String| id.split_once(&format!("{head}/")).map(|(_, path)| path.to_owned());
        files.iter().filter_map(path).collect::<Vec<_>>()
    };
    step(&tenant, open(), NOW).await;
    assert_eq!(of_head().await, ["a", "b"]);
    repo.git(&["-C", clone.to_str().unwrap(), "fetch", "-q", "--unshallow"]);
    step(&tenant, open(), NOW + 1_000_000).await;
    assert_eq!(of_head().await, ["b"]);
    assert_eq!(ids(&tenant, "commit_files").await.len(), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pushed_file_with_a_bad_row_lands_the_good_one_and_a_reject() {
    let tenant = tenant().await;
    let push = |file: &'static [u8]| {
        let input = Input::Stream { name: "teams.ndjson".to_owned(), reader: Box::new(file) };
        PushSource::open(None, "teams", Format::Ndjson, input).unwrap()
    };
    step(&tenant, push(b"{\"id\":\"1\",\"name\":\"A\"}\n{\"id\":\"2\"}\noops\n"), NOW).await;
    assert_eq!(ids(&tenant, "teams").await, ["push:file:1"]);
    assert_eq!(ids(&tenant, "rejects").await, ["push:file:reject/teams/2", "push:file:reject/teams/teams.ndjson#3"]);

    step(&tenant, push(b"{\"id\":\"2\",\"name\":\"B\"}\n{\"id\":\"1\",\"deleted\":true}\n"), NOW + 1_000_000).await;
    assert_eq!(ids(&tenant, "teams").await, ["push:file:2"]);
    assert_eq!(
        ids(&tenant, "rejects").await,
        [""; 0],
        "the repaired row is no reject, nor is a line that is bad no more"
    );

    // A file of another name says nothing about it.
    let other = |file: &'static [u8], name: &str| {
        let input = Input::Stream { name: name.to_owned(), reader: Box::new(file) };
        PushSource::open(None, "teams", Format::Ndjson, input).unwrap()
    };
    step(&tenant, push(b"oops\noops\n"), NOW + 2_000_000).await;
    step(&tenant, other(b"{\"id\":\"3\",\"name\":\"C\"}\noops\n", "more.ndjson"), NOW + 3_000_000).await;
    let standing = ["more.ndjson#2", "teams.ndjson#1", "teams.ndjson#2"];
    assert_eq!(ids(&tenant, "rejects").await, standing.map(|key| format!("push:file:reject/teams/{key}")));
    step(&tenant, push(b"{\"id\":\"2\",\"name\":\"B\"}\noops\n"), NOW + 4_000_000).await;
    let standing = ["more.ndjson#2", "teams.ndjson#2"];
    assert_eq!(ids(&tenant, "rejects").await, standing.map(|key| format!("push:file:reject/teams/{key}")));
    step(&tenant, push(b"{\"id\":\"2\",\"name\":\"B\"}\n"), NOW + 5_000_000).await;
    assert_eq!(ids(&tenant, "rejects").await, ["push:file:reject/teams/more.ndjson#2"]);
}
