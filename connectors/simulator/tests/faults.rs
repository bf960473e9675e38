//! Everything that can go wrong, once each.

mod client;

use client::{Client, by_hand};
use pulse_simulator::{Fault, On, TOKEN};
use reqwest::Response;
use serde_json::{Value, json};

const COMMITS: &str = "/repos/acme/shop/commits";

async fn client() -> anyhow::Result<Client> {
    Client::of(by_hand().shared()).await
}

async fn struck(fault: Fault) -> anyhow::Result<Response> {
    let client = client().await?;
    client.server.github.faults.next(fault);
    let response = client.get(COMMITS).await?;
    assert_eq!(client.get(COMMITS).await?.status(), 200, "it happens once");
    Ok(response)
}

async fn struck_graphql(fault: Fault) -> anyhow::Result<(u16, Value)> {
    let client = client().await?;
    client.server.github.faults.next(fault);
    let response = client.post("Repository", json!({"owner": "acme", "name": "shop"})).await?;
    Ok((response.status().as_u16(), response.json().await?))
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
}

#[tokio::test]
async fn a_primary_limit_tells_its_reset_and_holds_until_then() -> anyhow::Result<()> {
    let client = client().await?;
    client.server.github.faults.next(Fault::PrimaryLimit { resets_in: 90 });
    let now = client.server.github.now().timestamp();
    for _ in 0..2 {
        let response = client.get(COMMITS).await?;
        assert_eq!((response.status().as_u16(), header(&response, "X-RateLimit-Remaining")), (403, "0"));
        assert_eq!(header(&response, "X-RateLimit-Reset"), (now + 90).to_string());
    }
    client.server.github.world.lock().now += chrono::TimeDelta::seconds(90);
    assert_eq!(client.get(COMMITS).await?.status(), 200);
    let (status, body) = struck_graphql(Fault::PrimaryLimit { resets_in: 90 }).await?;
    assert_eq!((status, &body["errors"][0]["type"]), (200, &json!("RATE_LIMITED")));
    Ok(())
}

#[tokio::test]
async fn an_hour_has_only_so_many_requests() -> anyhow::Result<()> {
    let client = client().await?;
    client.server.github.faults.rules.lock().hourly_limit = 2;
    for expected in [200, 200, 403] {
        assert_eq!(client.get(COMMITS).await?.status(), expected);
    }
    client.server.github.reset_limits();
    assert_eq!(client.get(COMMITS).await?.status(), 200);
    Ok(())
}

#[tokio::test]
async fn a_secondary_limit_says_how_long_to_wait() -> anyhow::Result<()> {
    let response = struck(Fault::SecondaryLimit { status: 429, retry_after: Some(60) }).await?;
    assert_eq!((response.status().as_u16(), header(&response, "Retry-After")), (429, "60"));
    let response = struck(Fault::SecondaryLimit { status: 403, retry_after: None }).await?;
    assert_eq!((response.status().as_u16(), header(&response, "Retry-After")), (403, ""));
    assert!(response.text().await?.contains("You have exceeded a secondary rate limit"));
    Ok(())
}

#[tokio::test]
async fn a_server_error_may_come_with_a_page_for_people() -> anyhow::Result<()> {
    let response = struck(Fault::ServerError(502)).await?;
    assert_eq!(response.status(), 502);
    assert!(header(&response, "Content-Type").starts_with("text/html"));
    assert_eq!(struck(Fault::ServerError(500)).await?.status(), 500);
    assert_eq!(struck(Fault::ServerError(503)).await?.status(), 503);
    Ok(())
}

#[tokio::test]
async fn the_connection_may_end_before_or_within_the_answer() -> anyhow::Result<()> {
    let client = client().await?;
    client.server.github.faults.next(Fault::Disconnect);
    let failed = client.request(COMMITS).send().await;
    assert!(failed.is_err(), "no answer at all");
    client.server.github.faults.next(Fault::HalfBody);
    let response = client.get(COMMITS).await?;
    assert_eq!(response.status(), 200);
    assert!(response.bytes().await.is_err());
    assert_eq!(client.get(COMMITS).await?.status(), 200);
    Ok(())
}

#[tokio::test]
async fn a_body_may_be_no_json() -> anyhow::Result<()> {
    let body = struck(Fault::InvalidJson).await?.text().await?;
    assert!(!body.is_empty() && serde_json::from_str::<Value>(&body).is_err());
    Ok(())
}

#[tokio::test]
async fn a_query_may_time_out_by_plan_or_by_its_size() -> anyhow::Result<()> {
    let (status, body) = struck_graphql(Fault::GraphqlTimeout).await?;
    assert_eq!(status, 502);
    assert!(
        body["errors"][0]["message"].as_str().unwrap().starts_with("Something went wrong while executing your query")
    );
    let client = client().await?;
    client.server.github.faults.rules.lock().largest_first = Some(20);
    let ask = |first| client.post("Issues", json!({"owner": "acme", "name": "shop", "first": first}));
    assert_eq!(ask(21).await?.status(), 502);
    assert_eq!(ask(20).await?.status(), 200);
    Ok(())
}

#[tokio::test]
async fn a_scope_may_be_missing() -> anyhow::Result<()> {
    let fault = Fault::MissingScope { accepted: "repo".to_owned() };
    let response = struck(fault.clone()).await?;
    assert_eq!((response.status().as_u16(), header(&response, "X-Accepted-OAuth-Scopes")), (403, "repo"));
    assert_eq!(header(&response, "X-OAuth-Scopes"), "repo, read:org");
    let (_, body) = struck_graphql(fault).await?;
    assert_eq!(body["errors"][0]["type"], "INSUFFICIENT_SCOPES");
    Ok(())
}

#[tokio::test]
async fn an_organization_may_keep_a_token_or_an_address_out() -> anyhow::Result<()> {
    let response = struck(Fault::Saml).await?;
    assert_eq!(response.status(), 403);
    assert!(header(&response, "X-GitHub-SSO").starts_with("required; url="));
    let response = struck(Fault::IpAllowList).await?;
    assert_eq!(response.status(), 403);
    assert!(response.text().await?.contains("IP allow list"));
    let (status, body) = struck_graphql(Fault::Saml).await?;
    assert_eq!((status, &body["errors"][0]["extensions"]["saml_failure"]), (200, &json!(true)));
    let (status, body) = struck_graphql(Fault::IpAllowList).await?;
    assert_eq!((status, &body["errors"][0]["type"]), (200, &json!("FORBIDDEN")));
    Ok(())
}

#[tokio::test]
async fn what_is_there_may_be_told_to_be_missing_and_a_place_in_a_list_to_be_forgotten() -> anyhow::Result<()> {
    assert_eq!(struck(Fault::NotFound).await?.status(), 404);
    let (status, body) = struck_graphql(Fault::NotFound).await?;
    assert_eq!((status, &body["errors"][0]["type"]), (200, &json!("NOT_FOUND")));
    assert_eq!(body["data"], json!({"repository": null}));
    assert_eq!(struck(Fault::PlaceForgotten).await?.status(), 400);
    let (status, body) = struck_graphql(Fault::PlaceForgotten).await?;
    assert_eq!((status, &body["errors"][0]["type"]), (200, &json!("INVALID_CURSOR_ARGUMENTS")));
    Ok(())
}

#[tokio::test]
async fn a_list_may_go_on_where_it_began() -> anyhow::Result<()> {
    let client = client().await?;
    let mut after = Value::Null;
    for is_new in [true, false, false] {
        client.server.github.faults.next(Fault::Standing);
        let variables = json!({"owner": "acme", "name": "shop", "first": 100, "after": after});
        let body: Value = client.post("PullRequests", variables).await?.json().await?;
        let page = &body["data"]["repository"]["pullRequests"]["pageInfo"];
        assert_eq!(page["hasNextPage"], true, "{body}");
        assert_eq!((page["endCursor"].is_string(), page["endCursor"] != after), (true, is_new), "{body}");
        after = page["endCursor"].clone();
    }
    let page = async |number: usize| client.get(&format!("{COMMITS}?per_page=1&page={number}")).await;
    let first = page(1).await?.text().await?;
    assert_ne!(page(2).await?.text().await?, first);
    client.server.github.faults.next(Fault::Standing);
    assert_eq!(page(2).await?.text().await?, first);
    Ok(())
}

#[tokio::test]
async fn a_token_may_expire() -> anyhow::Result<()> {
    assert_eq!(struck(Fault::BadCredentials).await?.status(), 401);
    let client = client().await?;
    client.server.github.tokens.lock().get_mut(TOKEN).unwrap().expires_after = Some(2);
    for expected in [200, 200, 401, 401] {
        assert_eq!(client.get(COMMITS).await?.status(), expected);
    }
    Ok(())
}

#[tokio::test]
async fn githubs_clock_may_be_ahead() -> anyhow::Result<()> {
    let client = client().await?;
    client.server.github.faults.rules.lock().clock_skew = chrono::TimeDelta::minutes(5);
    let response = client.get(COMMITS).await?;
    assert_eq!(header(&response, "Date"), "Mon, 03 Mar 2025 12:08:00 GMT");
    Ok(())
}

#[tokio::test]
async fn a_fault_may_wait_for_its_operation_or_its_path() -> anyhow::Result<()> {
    let client = client().await?;
    let faults = &client.server.github.faults;
    faults.plan(On::Operation("Repository".to_owned()), Fault::ServerError(500));
    faults.plan(On::Path("/actions/".to_owned()), Fault::ServerError(503));
    assert_eq!(client.get(COMMITS).await?.status(), 200);
    assert_eq!(client.get("/repos/acme/shop/actions/runs").await?.status(), 503);
    let ask = || client.post("Repository", json!({"owner": "acme", "name": "shop"}));
    assert_eq!(ask().await?.status(), 500);
    assert_eq!(ask().await?.status(), 200);
    let log = client.server.github.log.requests();
    assert_eq!(log[2].operation.as_deref(), Some("Repository"));
    assert_eq!((log[2].status, log[2].fault.clone()), (500, Some(Fault::ServerError(500))));
    assert_eq!(log[2].variables["name"], "shop");
    Ok(())
}

#[tokio::test]
async fn chance_strikes_the_same_requests_each_time() -> anyhow::Result<()> {
    let mut runs = Vec::new();
    for _ in 0..2 {
        let client = client().await?;
        client.server.github.faults.at_random(4, 0.3);
        for _ in 0..30 {
            let _answer = client.request(COMMITS).send().await;
        }
        let faults: Vec<_> = client.server.github.log.requests().into_iter().map(|s| s.fault).collect();
        assert_eq!(faults.len(), 30);
        runs.push(faults);
    }
    assert_eq!(runs[0], runs[1]);
    assert!(runs[0].iter().any(Option::is_some) && runs[0].iter().any(Option::is_none));
    Ok(())
}
