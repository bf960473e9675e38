//! A client as simple as can be, and one builder of worlds.
#![expect(dead_code, reason = "each test file uses a part of it")]

use pulse_simulator::jira::{API_TOKEN, PAT, email};
use pulse_simulator::world::NewPullRequest;
use pulse_simulator::world::jira::{Fields, IssueType};
use pulse_simulator::{Options, Server, SharedWorld, Size, TOKEN, World};
use reqwest::{Client as Http, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

pub(crate) struct Client {
    pub(crate) server: Server,
    pub(crate) http: Http,
}

impl Client {
    /// A server of a tiny world with a story of two months.
    pub(crate) async fn of_tiny() -> anyhow::Result<Self> {
        Self::of(World::new(1, Size::tiny()).shared()).await
    }

    pub(crate) async fn of(world: SharedWorld) -> anyhow::Result<Self> {
        let options = Options { ticks: false, ..Options::default() };
        Ok(Self { server: Server::start(world, options).await?, http: named()? })
    }

    pub(crate) fn request(&self, path: &str) -> RequestBuilder {
        self.http.get(format!("{}{path}", self.server.url)).bearer_auth(TOKEN)
    }

    pub(crate) async fn get(&self, path: &str) -> anyhow::Result<Response> {
        Ok(self.request(path).send().await?)
    }

    pub(crate) async fn get_json(&self, path: &str) -> anyhow::Result<Value> {
        let response = self.get(path).await?;
        anyhow::ensure!(response.status() == StatusCode::OK, "{path}: {}", response.status());
        Ok(response.json().await?)
    }

    /// A request to Jira: at `/rest/api/2` as one to Data Center, and otherwise as one to Cloud.
    pub(crate) fn jira_request(&self, path: &str) -> RequestBuilder {
        let request = self.http.get(format!("{}{path}", self.server.url));
        if path.starts_with("/rest/api/2") {
            request.bearer_auth(PAT)
        } else {
            request.basic_auth(email("acme"), Some(API_TOKEN))
        }
    }

    pub(crate) async fn jira(&self, path: &str) -> anyhow::Result<Value> {
        let response = self.jira_request(path).send().await?;
        anyhow::ensure!(
            response.status() == StatusCode::OK,
            "{path}: {} {}",
            response.status(),
            response.text().await?
        );
        Ok(response.json().await?)
    }

    /// What a path with parameters answers.
    pub(crate) async fn jira_asked(&self, path: &str, parameters: &[(&str, &str)]) -> anyhow::Result<(u16, Value)> {
        let response = self.jira_request(path).query(parameters).send().await?;
        Ok((response.status().as_u16(), response.json().await?))
    }

    /// Every page of a search of Cloud, and between two pages whatever is given.
    pub(crate) async fn jira_search(
        &self,
        parameters: &[(&str, &str)],
        mut between: impl FnMut(),
    ) -> anyhow::Result<Vec<Value>> {
        let (mut issues, mut token) = (Vec::new(), None::<String>);
        loop {
            let mut asked = parameters.to_vec();
            asked.extend(token.as_deref().map(|t| ("nextPageToken", t)));
            let (status, answer) = self.jira_asked("/rest/api/3/search/jql", &asked).await?;
            anyhow::ensure!(status == 200, "{answer}");
            issues.extend(answer["issues"].as_array().cloned().unwrap_or_default());
            if answer["isLast"] == true {
                return Ok(issues);
            }
            token = answer["nextPageToken"].as_str().map(str::to_owned);
            between();
        }
    }

    pub(crate) async fn post(&self, operation: &str, variables: Value) -> reqwest::Result<Response> {
        let query = format!("query {operation} {{ rateLimit {{ cost }} }}");
        let body = json!({"query": query, "operationName": operation, "variables": variables});
        self.http.post(format!("{}/graphql", self.server.url)).bearer_auth(TOKEN).json(&body).send().await
    }

    pub(crate) async fn graphql(&self, operation: &str, variables: Value) -> anyhow::Result<Value> {
        Ok(self.post(operation, variables).await?.json().await?)
    }

    /// Every page of a connection of `storefront`, and between two pages whatever is given.
    pub(crate) async fn pages(
        &self,
        operation: &str,
        field: &str,
        mut between: impl FnMut(),
    ) -> anyhow::Result<Vec<Value>> {
        let (mut nodes, mut after) = (Vec::new(), Value::Null);
        loop {
            let variables = json!({
                "owner": "acme", "name": "storefront", "first": 7, "after": after, "prefix": "refs/heads/", "default": "main",
            });
            let answer = self.graphql(operation, variables).await?;
            let page = &answer["data"]["repository"][field];
            nodes.extend(page["nodes"].as_array().cloned().unwrap_or_default());
            if page["pageInfo"]["hasNextPage"] != true {
                return Ok(nodes);
            }
            after = page["pageInfo"]["endCursor"].clone();
            between();
        }
    }
}

/// A world by hand: `shop` with three commits on main, a branch with one more and a pull request from it; and `void`, which is
/// empty.
pub(crate) fn by_hand() -> World {
    let mut world = World::empty("acme", "2025-03-03T12:00:00Z".parse().unwrap_or_default());
    world.add_person("ada", Some("Ada"));
    let shop = world.create_repository("shop", "ada");
    let mut parent: Option<String> = None;
    for message in ["One", "Two", "Three"] {
        let parents: Vec<&str> = parent.as_deref().into_iter().collect();
        let commit = world.compose(&parents, "ada", world.now, message);
        parent = Some(commit.sha.clone());
        world.push(shop, "main", vec![commit], "ada");
        world.now += chrono::TimeDelta::minutes(1);
    }
    let commit = world.compose(&[&parent.unwrap_or_default()], "ada", world.now, "Four");
    let commits = vec![commit.sha.clone()];
    world.push(shop, "ada/four", vec![commit], "ada");
    let head = "ada/four".to_owned();
    let new =
        NewPullRequest { title: "Four".to_owned(), author: "ada".to_owned(), head, commits, ..Default::default() };
    world.open_pull_request(shop, new);
    world.create_repository("void", "ada");
    world
}

/// A Jira by hand: `SHOP-1` and `SHOP-2`, one a minute, and `OPS-1` a minute later; by Ada, a minute ago.
pub(crate) fn tracked() -> World {
    let mut world = World::empty("acme", "2025-03-03T12:00:00Z".parse().unwrap_or_default());
    for (login, name) in [("pulse", "Pulse"), ("ada", "Ada"), ("bo", "Bo")] {
        world.add_jira_user(login, name);
    }
    let shop = world.create_jira_project("SHOP", "The Shop", "ada", None);
    let ops = world.create_jira_project("OPS", "Operations", "bo", None);
    for (project, summary) in [(shop, "One"), (shop, "Two"), (ops, "Three")] {
        let (summary, description) = (summary.to_owned(), "First.\n\nSecond.".to_owned());
        let fields = Fields { project, kind: IssueType::Story, summary, description, ..Fields::default() };
        world.create_jira_issue(fields, "ada");
        world.now += chrono::TimeDelta::minutes(1);
    }
    world
}

/// The id of an issue in Jira.
pub(crate) fn id(world: &World, key: &str) -> i64 {
    world.jira.issue(key).map_or(0, |i| i.id)
}

/// GitHub answers no client without a name.
pub(crate) fn named() -> reqwest::Result<Http> {
    Http::builder().user_agent("pulse-tests").build()
}
