//! GraphQL as a connector sees it.

mod client;

use client::{Client, by_hand};
use pulse_simulator::TOKEN;
use pulse_simulator::world::{NewDeployment, ReviewState, Reviewer};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

const SHOP: (&str, &str) = ("acme", "shop");

fn of(repository: (&str, &str)) -> Value {
    json!({"owner": repository.0, "name": repository.1, "first": 50, "prefix": "refs/heads/", "default": "main"})
}

#[tokio::test]
async fn pages_lose_and_repeat_nothing_that_is_not_changed_while_the_world_goes_on() -> anyhow::Result<()> {
    let client = Client::of_tiny().await?;
    let world = client.server.github.world.clone();
    let before: BTreeMap<u64, String> = {
        let world = world.lock();
        let repository = world.repository("storefront").unwrap();
        repository.pull_requests.values().map(|p| (p.number, p.updated_at.to_string())).collect()
    };
    let nodes = client.pages("PullRequests", "pullRequests", || world.lock().advance(1)).await?;
    let numbers: Vec<u64> = nodes.iter().filter_map(|n| n["number"].as_u64()).collect();
    let unique: BTreeSet<u64> = numbers.iter().copied().collect();
    assert_eq!(unique.len(), numbers.len(), "nothing comes twice");
    let world = world.lock();
    let repository = world.repository("storefront").unwrap();
    let mut changed = 0;
    for (number, updated_at) in before {
        if repository.pull_requests[&number].updated_at.to_string() == updated_at {
            assert!(unique.contains(&number), "#{number} is lost");
        } else {
            changed += 1;
        }
    }
    assert!(changed > 0, "the world did go on");
    Ok(())
}

#[tokio::test]
async fn every_connection_can_be_read_to_its_end() -> anyhow::Result<()> {
    let client = Client::of_tiny().await?;
    let counts = {
        let world = client.server.github.world.lock();
        let r = world.repository("storefront").unwrap();
        [
            ("PullRequests", "pullRequests", r.pull_requests.len()),
            ("Issues", "issues", r.issues.len()),
            ("Deployments", "deployments", r.deployments.len()),
            ("Releases", "releases", r.releases.len()),
            ("Refs", "refs", r.branches.len()),
        ]
    };
    for (operation, field, count) in counts {
        let nodes = client.pages(operation, field, || ()).await?;
        assert_eq!(nodes.len(), count, "{operation}");
        assert!(count > 0, "{operation}");
    }
    Ok(())
}

#[tokio::test]
async fn a_world_made_by_hand_is_shown_and_may_be_edited_between_requests() -> anyhow::Result<()> {
    let client = Client::of(by_hand().shared()).await?;
    let list = client.graphql("PullRequests", of(SHOP)).await?;
    let node = &list["data"]["repository"]["pullRequests"]["nodes"][0];
    assert_eq!(node["title"], "Four");
    assert_eq!(node["author"], json!({"__typename": "User", "login": "ada", "databaseId": 10_000_001, "name": "Ada"}));
    assert_eq!(node["commits"]["nodes"].as_array().map(Vec::len), Some(1));
    let number = node["number"].as_u64().unwrap();
    {
        let mut world = client.server.github.world.lock();
        let shop = world.repository("shop").unwrap().id;
        world.now += chrono::TimeDelta::hours(1);
        world.add_person("bo", None);
        world.request_review(shop, number, "ada", Reviewer::Account("bo".to_owned()));
        world.review(shop, number, "bo", ReviewState::Approved);
        world.repository_mut("shop").unwrap().pull_requests.get_mut(&number).unwrap().title = "Vier".to_owned();
    }
    let list = client.graphql("PullRequests", of(SHOP)).await?;
    let node = &list["data"]["repository"]["pullRequests"]["nodes"][0];
    assert_eq!(node["title"], "Vier");
    assert_eq!(node["updatedAt"], "2025-03-03T13:03:00Z");
    assert_eq!(node["reviews"]["nodes"][0]["state"], "APPROVED");
    assert_eq!(node["timelineItems"]["nodes"][0]["requestedReviewer"]["login"], "bo");
    Ok(())
}

#[tokio::test]
async fn what_does_not_fit_a_page_is_read_by_the_parts_query() -> anyhow::Result<()> {
    let mut world = by_hand();
    let shop = world.repository("shop").unwrap().id;
    for _ in 0..230 {
        world.comment(shop, 1, "ada");
    }
    let client = Client::of(world.shared()).await?;
    let list = client.graphql("PullRequests", of(SHOP)).await?;
    let comments = &list["data"]["repository"]["pullRequests"]["nodes"][0]["comments"];
    let mut count = comments["nodes"].as_array().unwrap().len();
    let mut info = comments["pageInfo"].clone();
    while info["hasNextPage"] == true {
        let variables = json!({"owner": "acme", "name": "shop", "number": 1, "comments": info["endCursor"]});
        let parts = client.graphql("PullRequestParts", variables).await?;
        let comments = &parts["data"]["repository"]["pullRequest"]["comments"];
        count += comments["nodes"].as_array().unwrap().len();
        info = comments["pageInfo"].clone();
    }
    assert_eq!(count, 230);
    assert_eq!(client.server.github.log.count("PullRequestParts"), 2);
    Ok(())
}

#[tokio::test]
async fn a_deployments_statuses_are_read_by_its_node_id() -> anyhow::Result<()> {
    let mut world = by_hand();
    let shop = world.repository("shop").unwrap().id;
    let sha = world.repository("shop").unwrap().default_head().unwrap().to_owned();
    let environment = "production".to_owned();
    let task = "deploy".to_owned();
    let new = NewDeployment { sha, branch: None, environment, task, description: None, creator: "ada".to_owned() };
    world.deploy(shop, new);
    let client = Client::of(world.shared()).await?;
    let list = client.graphql("Deployments", of(SHOP)).await?;
    let id = &list["data"]["repository"]["deployments"]["nodes"][0]["id"];
    let parts = client.graphql("DeploymentParts", json!({"id": id})).await?;
    assert_eq!(parts["data"]["node"]["statuses"]["nodes"][0]["state"], "QUEUED");
    Ok(())
}

#[tokio::test]
async fn a_ref_says_how_much_of_it_the_default_branch_lacks() -> anyhow::Result<()> {
    let client = Client::of(by_hand().shared()).await?;
    let refs = client.graphql("Refs", of(SHOP)).await?;
    let nodes = refs["data"]["repository"]["refs"]["nodes"].as_array().unwrap();
    let behind: Vec<_> = nodes.iter().map(|n| (n["name"].as_str(), n["compare"]["behindBy"].as_u64())).collect();
    assert_eq!(behind, [(Some("ada/four"), Some(1)), (Some("main"), Some(0))]);
    Ok(())
}

#[tokio::test]
async fn what_is_not_there_is_null_with_an_error() -> anyhow::Result<()> {
    let client = Client::of(by_hand().shared()).await?;
    let answer = client.graphql("Issues", of(("acme", "nothing"))).await?;
    assert_eq!(answer["data"]["repository"], Value::Null);
    assert_eq!(answer["errors"][0]["type"], "NOT_FOUND");
    assert_eq!(answer["errors"][0]["message"], "Could not resolve to a Repository with the name 'acme/nothing'.");
    let answer = client.graphql("IssueParts", json!({"owner": "acme", "name": "shop", "number": 99})).await?;
    assert_eq!(answer["data"]["repository"]["issue"], Value::Null);
    let answer = client.graphql("Nonsense", json!({})).await?;
    assert!(answer["data"].is_null() && answer["errors"][0]["message"].is_string());
    Ok(())
}

#[tokio::test]
async fn a_page_larger_than_githubs_is_refused() -> anyhow::Result<()> {
    let client = Client::of(by_hand().shared()).await?;
    let variables = json!({"owner": "acme", "name": "shop", "first": 101});
    let answer = client.graphql("Issues", variables).await?;
    assert_eq!(answer["errors"][0]["type"], "EXCESSIVE_PAGINATION");
    Ok(())
}

#[tokio::test]
async fn an_owners_repositories_and_teams_are_listed() -> anyhow::Result<()> {
    let client = Client::of_tiny().await?;
    let variables = json!({"owner": "acme", "first": 10});
    let answer = client.graphql("Repositories", variables.clone()).await?;
    let list = &answer["data"]["repositoryOwner"]["repositories"];
    let made: Vec<_> = list["nodes"].as_array().unwrap().iter().map(|n| n["createdAt"].to_string()).collect();
    assert!(made.is_sorted() && made.len() >= 2);
    let answer = client.graphql("Teams", variables).await?;
    let teams = answer["data"]["organization"]["teams"]["nodes"].as_array().unwrap().clone();
    let parent = teams.iter().find(|t| t["name"] == "Engineering").unwrap();
    let shop = teams.iter().find(|t| t["name"] == "Shop").unwrap();
    assert_eq!(shop["parentTeam"]["databaseId"], parent["databaseId"]);
    assert_eq!(shop["members"]["edges"].as_array().map(Vec::len), Some(4));
    Ok(())
}

#[tokio::test]
async fn an_organizations_repositories_are_its_own_and_not_those_of_whoever_asks() -> anyhow::Result<()> {
    let client = Client::of(by_hand().shared()).await?;
    for (arguments, found) in [
        ("first: $first", 2),
        ("first: $first, ownerAffiliations: OWNER", 2),
        ("ownerAffiliations: [COLLABORATOR, OWNER], first: $first", 2),
        ("first: $first, ownerAffiliations: [COLLABORATOR]", 0),
        ("first: $first, affiliations: OWNER", 0),
        ("first: $first, affiliations: [OWNER, ORGANIZATION_MEMBER], ownerAffiliations: OWNER", 2),
    ] {
        let query =
            format!("query Repositories {{ repositoryOwner {{ repositories({arguments}) {{ totalCount }} }} }}");
        let request = client.http.post(format!("{}/graphql", client.server.url)).bearer_auth(TOKEN);
        let body = json!({"query": query, "variables": {"owner": "acme", "first": 10}});
        let answer: Value = request.json(&body).send().await?.json().await?;
        assert_eq!(answer["data"]["repositoryOwner"]["repositories"]["totalCount"], found, "{arguments}");
    }
    Ok(())
}

#[tokio::test]
async fn points_are_counted_as_github_counts_them() -> anyhow::Result<()> {
    let client = Client::of(by_hand().shared()).await?;
    // 1 + 50 × (6 lists, and the comments of 10 threads) are 801: eight points.
    let answer = client.graphql("PullRequests", of(SHOP)).await?;
    assert_eq!(answer["data"]["rateLimit"]["cost"], 8);
    assert_eq!(answer["data"]["rateLimit"]["remaining"], 4992);
    let answer = client.graphql("Repository", of(SHOP)).await?;
    assert_eq!(answer["data"]["rateLimit"]["remaining"], 4991);
    Ok(())
}

#[tokio::test]
async fn graphql_is_below_api_too_as_on_an_enterprise_server() -> anyhow::Result<()> {
    let client = Client::of(by_hand().shared()).await?;
    let query = "query Repository($owner: String!, $name: String!) { repository(owner: $owner, name: $name) { url } }";
    let request = client.http.post(format!("{}/api/graphql", client.server.url)).bearer_auth(TOKEN);
    let answer: Value = request.json(&json!({"query": query, "variables": of(SHOP)})).send().await?.json().await?;
    assert_eq!(answer["data"]["repository"]["nameWithOwner"], "acme/shop", "the name is that of the query");
    Ok(())
}
