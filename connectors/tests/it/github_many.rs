//! Tens of thousands of repositories, of which most are as good as empty.

use crate::github_sync::{open, serve};
use async_trait::async_trait;
use parking_lot::Mutex;
use pulse_connectors::github::GithubSettings;
use pulse_connectors::{Doubts, Landing, Met, Numbered, sync};
use pulse_engine::Clock;
use pulse_engine::land::{Crowd, Cursors, Page, SETTINGS};
use pulse_simulator::{TOKEN, World};
use serde_json::json;

const REPOSITORIES: usize = 20_000;
/// One in so many has a commit.
const ONE_IN: usize = 2_000;
/// What is landed together at most: 16 MiB, and a page more.
const LARGEST: usize = 17 << 20;

/// What was landed, as far as it is told here: nothing of it is kept but where each part stands.
#[derive(Debug, Default)]
struct Told {
    cursors: Cursors,
    settings: Option<String>,
    repositories: usize,
    largest: usize,
}

#[derive(Debug, Default)]
struct Counts(Mutex<Told>);

#[async_trait]
impl Landing for Counts {
    async fn cursors(&self, _: &str, _: &str, _: Option<&mut dyn Crowd>) -> pulse_engine::Result<Cursors> {
        Ok(self.0.lock().cursors.clone())
    }

    async fn settings(&self, _: &str, _: &str) -> pulse_engine::Result<Option<String>> {
        Ok(self.0.lock().settings.clone())
    }

    async fn land(&self, _: &str, _: &str, page: Page) -> pulse_engine::Result<()> {
        let mut told = self.0.lock();
        let bodies = page.payloads.iter().map(|payload| payload.body.len()).sum::<usize>();
        let size = bodies + page.cursors.values().map(String::len).sum::<usize>();
        told.largest = told.largest.max(size);
        told.repositories += page.payloads.iter().filter(|payload| payload.stream == "repositories").count();
        if let Some(settings) = page.payloads.into_iter().find(|payload| payload.stream == SETTINGS) {
            told.settings = Some(settings.body);
        }
        told.cursors.extend(page.cursors);
        Ok(())
    }

    async fn held(&self, _: &str, _: &str, _: &Doubts) -> pulse_engine::Result<Option<Vec<String>>> {
        Ok(None)
    }

    async fn met(&self, _: &str, _: &str, _: Numbered) -> pulse_engine::Result<Met> {
        Ok(Met::default())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn very_many_repositories_cost_a_question_for_fifty_and_more_only_where_there_is_something() {
    let mut world = World::empty("acme", "2026-03-02T10:00:00Z".parse().unwrap());
    world.add_person("eve", None);
    for number in 0..REPOSITORIES {
        let repository = world.create_repository(&format!("r{number}"), "eve");
        if number % ONE_IN == 0 {
            let commit = world.compose(&[], "eve", world.now, "Begin");
            world.push(repository, "main", vec![commit], "eve");
        }
    }
    let server = serve(world).await;
    let lake = Counts::default();
    let settings = GithubSettings::from_json(&json!({"owners": ["acme"]})).unwrap();
    let read = async || {
        let source = open(&server, TOKEN, settings.clone()).unwrap();
        sync(&lake, Box::new(source), Clock::System, &|_| ()).await.unwrap()
    };
    let (looks, filled) = (REPOSITORIES.div_ceil(50), REPOSITORIES / ONE_IN);
    read().await;
    assert_eq!(lake.0.lock().repositories, REPOSITORIES);
    assert_eq!(server.github.log.count("Repositories"), looks);
    let others = server.github.log.len() - looks;
    assert!(others <= 12 * filled, "{others}");
    let largest = lake.0.lock().largest;
    assert!(largest <= LARGEST, "{largest}");
    // Once it is read, each that has a commit is asked what its workflows did, and nothing else.
    server.github.log.clear();
    let report = read().await;
    assert_eq!((report.pages, report.payloads), (0, 0));
    assert_eq!(server.github.log.len(), looks + filled);
}
