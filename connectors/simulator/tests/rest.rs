//! REST as a connector sees it.

mod client;

use chrono::TimeDelta;
use client::{Client, by_hand, named};
use pulse_simulator::world::RunStatus;
use pulse_simulator::{Options, Server, TOKEN, Token};
use reqwest::StatusCode;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn header<'a>(response: &'a reqwest::Response, name: &str) -> &'a str {
    response.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
}

fn shas(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(|c| c["sha"].as_str()).map(str::to_owned).collect()
}

#[tokio::test]
async fn commits_are_listed_newest_first_and_by_pages_that_are_linked() -> anyhow::Result<()> {
    let client = Client::of_tiny().await?;
    let expected: Vec<String> = {
        let world = client.server.github.world.lock();
        let repository = world.repository("storefront").unwrap();
        repository.log(repository.default_head().unwrap()).iter().map(|c| c.sha.clone()).collect()
    };
    let mut path = "/repos/acme/storefront/commits?sha=main&per_page=40".to_owned();
    let mut found = Vec::new();
    loop {
        let response = client.get(&path).await?;
        let link = header(&response, "Link").to_owned();
        found.extend(shas(&response.json().await?));
        let next = link.split(", ").find(|l| l.ends_with("rel=\"next\"")).map(str::to_owned);
        let Some(next) = next else { break };
        let url = next.trim_start_matches('<').split('>').next().unwrap().to_owned();
        path = url.strip_prefix(&client.server.url).unwrap().to_owned();
    }
    assert!(found.len() > 40);
    assert_eq!(found, expected);
    Ok(())
}

#[tokio::test]
async fn commits_are_listed_from_a_time_on() -> anyhow::Result<()> {
    let client = Client::of(by_hand().shared()).await?;
    let list = client.get_json("/repos/acme/shop/commits?since=2025-03-03T12:01:00Z").await?;
    let messages: Vec<_> = list.as_array().unwrap().iter().map(|c| c["commit"]["message"].as_str()).collect();
    assert_eq!(messages, [Some("Three"), Some("Two")]);
    Ok(())
}

#[tokio::test]
async fn a_comparison_is_the_difference_of_two_sets() -> anyhow::Result<()> {
    let client = Client::of_tiny().await?;
    let (base, head, expected) = {
        let world = client.server.github.world.lock();
        let repository = world.repository("storefront").unwrap();
        let merged: Vec<_> = repository.pull_requests.values().filter_map(|p| p.merge_sha.clone()).collect();
        let (base, head) = (merged[2].clone(), merged[20].clone());
        let before = repository.reachable(&base);
        let all = repository.reachable(&head);
        let expected: BTreeSet<String> = all.difference(&before).map(|s| (*s).to_owned()).collect();
        (base, head, expected)
    };
    let mut found = Vec::new();
    for page in 1.. {
        let path = format!("/repos/acme/storefront/compare/{base}...{head}?per_page=10&page={page}");
        let answer = client.get_json(&path).await?;
        assert_eq!(answer["total_commits"], expected.len());
        let commits = shas(&answer["commits"]);
        if commits.is_empty() {
            break;
        }
        found.extend(commits);
    }
    assert_eq!(found.last(), Some(&head));
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected);
    Ok(())
}

#[tokio::test]
async fn branches_with_a_slash_are_compared_in_either_spelling() -> anyhow::Result<()> {
    let client = Client::of(by_hand().shared()).await?;
    for branch in ["ada/four", "ada%2Ffour"] {
        let answer = client.get_json(&format!("/api/v3/repos/acme/shop/compare/main...{branch}")).await?;
        assert_eq!((&answer["status"], &answer["total_commits"]), (&"ahead".into(), &1.into()));
    }
    assert_eq!(client.get("/repos/acme/shop/compare/main...nothing").await?.status(), StatusCode::NOT_FOUND);
    Ok(())
}

#[tokio::test]
async fn workflow_runs_are_found_by_when_they_were_made() -> anyhow::Result<()> {
    let client = Client::of_tiny().await?;
    let all = client.get_json("/repos/acme/storefront/actions/runs?per_page=100").await?;
    let total = all["total_count"].as_u64().unwrap();
    let runs = all["workflow_runs"].as_array().unwrap();
    assert!(total > 100 && runs.len() == 100);
    assert!(runs.is_sorted_by(|a, b| a["created_at"].as_str() >= b["created_at"].as_str()));
    let count = async |created: &str| {
        let path = format!("/repos/acme/storefront/actions/runs?created={created}");
        anyhow::Ok(client.get_json(&path).await?["total_count"].as_u64().unwrap())
    };
    let january = count("2025-01-01..2025-01-31").await?;
    let later = count("%3E2025-01-31").await?;
    assert!(january > 0 && later > 0);
    assert_eq!(january + later, total);
    Ok(())
}

#[tokio::test]
async fn each_attempt_of_a_run_is_told_with_its_jobs() -> anyhow::Result<()> {
    let mut world = by_hand();
    let (shop, sha) = {
        let shop = world.repository("shop").unwrap();
        (shop.id, shop.default_head().unwrap().to_owned())
    };
    let run = world.start_run(shop, "main", &sha, "push", "ada").unwrap();
    world.now += TimeDelta::minutes(8);
    world.finish_run(shop, run, RunStatus::Failure, "ada");
    let failed_at = world.now;
    world.now += TimeDelta::minutes(1);
    world.restart_run(shop, run, "ada");
    let client = Client::of(world.shared()).await?;
    let path = format!("/repos/acme/shop/actions/runs/{run}/attempts");
    let told = async |attempt: u32| {
        let path = format!("{path}/{attempt}");
        let (of, jobs) = (client.get_json(&path).await?, client.get_json(&format!("{path}/jobs")).await?);
        let jobs = jobs["jobs"].as_array().unwrap().iter().map(|job| job["conclusion"].clone()).collect();
        anyhow::Ok((of["run_attempt"].clone(), of["conclusion"].clone(), of["updated_at"].clone(), Value::Array(jobs)))
    };
    let (attempt, conclusion, updated, jobs) = told(1).await?;
    assert_eq!((attempt, conclusion, jobs), (json!(1), json!("failure"), json!(["success", "failure"])));
    assert_eq!(updated, json!(failed_at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)));
    let (attempt, conclusion, _, jobs) = told(2).await?;
    assert_eq!((attempt, conclusion, jobs), (json!(2), json!(null), json!([null, null])));
    assert_eq!(client.get(&format!("{path}/3")).await?.status(), StatusCode::NOT_FOUND);
    Ok(())
}

#[tokio::test]
async fn no_more_than_a_thousand_runs_of_one_search_are_shown() -> anyhow::Result<()> {
    let mut world = by_hand();
    let (shop, sha) = {
        let shop = world.repository("shop").unwrap();
        (shop.id, shop.default_head().unwrap().to_owned())
    };
    for _ in 0..1010 {
        world.start_run(shop, "main", &sha, "push", "ada");
    }
    let client = Client::of(world.shared()).await?;
    let page = |page| format!("/repos/acme/shop/actions/runs?per_page=100&page={page}");
    let last = client.get_json(&page(10)).await?;
    assert_eq!(last["total_count"], 1010);
    assert_eq!(last["workflow_runs"].as_array().map(Vec::len), Some(100));
    assert_eq!(client.get_json(&page(11)).await?["workflow_runs"].as_array().map(Vec::len), Some(0));
    Ok(())
}

#[tokio::test]
async fn what_the_client_has_already_costs_nothing() -> anyhow::Result<()> {
    let client = Client::of(by_hand().shared()).await?;
    let first = client.get("/repos/acme/shop/commits").await?;
    assert_eq!((header(&first, "X-RateLimit-Used"), header(&first, "X-RateLimit-Remaining")), ("1", "4999"));
    let etag = header(&first, "ETag").to_owned();
    let again = client.request("/repos/acme/shop/commits").header("If-None-Match", &etag).send().await?;
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    assert_eq!((header(&again, "X-RateLimit-Used"), header(&again, "ETag")), ("1", etag.as_str()));
    {
        let mut world = client.server.github.world.lock();
        let shop = world.repository("shop").unwrap();
        let (id, head) = (shop.id, shop.default_head().unwrap().to_owned());
        let commit = world.compose(&[&head], "ada", world.now, "Five");
        world.push(id, "main", vec![commit], "ada");
    }
    let changed = client.request("/repos/acme/shop/commits").header("If-None-Match", &etag).send().await?;
    assert_eq!((changed.status(), header(&changed, "X-RateLimit-Used")), (StatusCode::OK, "2"));
    Ok(())
}

#[tokio::test]
async fn an_empty_repository_has_no_commits_to_list() -> anyhow::Result<()> {
    let client = Client::of(by_hand().shared()).await?;
    let response = client.get("/repos/acme/void/commits").await?;
    assert_eq!(response.status(), StatusCode::CONFLICT);
    assert_eq!(response.json::<Value>().await?["message"], "Git Repository is empty.");
    Ok(())
}

#[tokio::test]
async fn a_former_name_leads_to_the_repository() -> anyhow::Result<()> {
    let mut world = by_hand();
    let shop = world.repository("shop").unwrap().id;
    world.rename_repository(shop, "store", "ada");
    let client = Client::of(world.shared()).await?;
    let list = client.get_json("/repos/acme/shop/commits?per_page=2").await?;
    assert_eq!(list.as_array().map(Vec::len), Some(2), "the client followed");
    let statuses: Vec<u16> = client.server.github.log.requests().iter().map(|s| s.status).collect();
    assert_eq!(statuses, [301, 200]);
    Ok(())
}

#[tokio::test]
async fn a_token_does_not_learn_of_what_it_may_not_see() -> anyhow::Result<()> {
    let sees = Some(BTreeSet::from(["void".to_owned()]));
    let token = Token { secret: "narrow".to_owned(), sees, ..Token::default() };
    let options = Options { tokens: vec![token], ticks: false };
    let server = Server::start(by_hand().shared(), options).await?;
    let http = named()?;
    let status = async |name: &str, secret: &str| {
        let request = http.get(format!("{}/repos/acme/{name}", server.url)).bearer_auth(secret);
        anyhow::Ok(request.send().await?.status().as_u16())
    };
    assert_eq!(status("void", "narrow").await?, 200);
    assert_eq!(status("shop", "narrow").await?, 404);
    assert_eq!(status("void", "wrong").await?, 401);
    Ok(())
}

#[tokio::test]
async fn the_limit_can_be_asked_for_without_using_it_up() -> anyhow::Result<()> {
    let client = Client::of(by_hand().shared()).await?;
    client.get("/user").await?;
    for _ in 0..2 {
        let limit = client.get_json("/rate_limit").await?;
        assert_eq!(limit["resources"]["core"]["remaining"], 4999);
        assert_eq!(limit["resources"]["graphql"]["remaining"], 5000);
    }
    assert_eq!(client.get_json("/user").await?["login"], "ada");
    Ok(())
}

#[tokio::test]
async fn a_client_without_a_name_is_not_answered() -> anyhow::Result<()> {
    let client = Client::of(by_hand().shared()).await?;
    let request = reqwest::Client::new().get(format!("{}/user", client.server.url)).bearer_auth(TOKEN);
    assert_eq!(request.send().await?.status(), StatusCode::FORBIDDEN);
    Ok(())
}
