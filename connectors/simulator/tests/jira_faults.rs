//! Everything that can go wrong with Jira, once each.

mod client;

use client::{Client, tracked};
use pulse_simulator::jira::{API_TOKEN, PASSWORD, PAT, Token, email};
use pulse_simulator::{Fault, On};
use reqwest::Response;
use serde_json::{Value, json};

const ISSUE: &str = "/rest/api/3/issue/SHOP-1";
const IN_DATA_CENTER: &str = "/rest/api/2/issue/SHOP-1";

async fn client() -> anyhow::Result<Client> {
    Client::of(tracked().shared()).await
}

async fn struck(path: &str, fault: Fault) -> anyhow::Result<Response> {
    let client = client().await?;
    client.server.jira.faults.next(fault);
    let response = client.jira_request(path).send().await?;
    client.server.jira.reset_limits();
    assert_eq!(client.jira_request(path).send().await?.status(), 200, "it happens once");
    Ok(response)
}

fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    response.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
}

#[tokio::test]
async fn a_limit_tells_when_it_is_over_and_holds_until_then() -> anyhow::Result<()> {
    let client = client().await?;
    client.server.jira.faults.next(Fault::PrimaryLimit { resets_in: 90 });
    for _ in 0..2 {
        let response = client.jira_request(ISSUE).send().await?;
        assert_eq!((response.status().as_u16(), header(&response, "Retry-After")), (429, "90"));
        assert_eq!(header(&response, "X-RateLimit-Reset"), "2025-03-03T12:04Z");
        assert_eq!(header(&response, "RateLimit-Reason"), "jira-quota-global-based");
        assert!(response.json::<Value>().await?["errorMessages"].is_array());
    }
    client.server.jira.world.lock().now += chrono::TimeDelta::seconds(90);
    assert_eq!(client.jira_request(ISSUE).send().await?.status(), 200);
    Ok(())
}

#[tokio::test]
async fn an_hour_in_jira_has_only_so_many_requests() -> anyhow::Result<()> {
    let client = client().await?;
    client.server.jira.faults.rules.lock().hourly_limit = 2;
    for expected in [200, 200, 429] {
        assert_eq!(client.jira_request(IN_DATA_CENTER).send().await?.status(), expected);
    }
    let response = client.jira_request(IN_DATA_CENTER).send().await?;
    assert_eq!((header(&response, "X-RateLimit-Remaining"), header(&response, "Retry-After")), ("0", "3600"));
    assert_eq!(header(&response, "X-RateLimit-Reset"), "", "Data Center does not tell it");
    Ok(())
}

#[tokio::test]
async fn a_burst_is_told_to_wait_a_little() -> anyhow::Result<()> {
    let response = struck(ISSUE, Fault::SecondaryLimit { status: 429, retry_after: Some(5) }).await?;
    assert_eq!((response.status().as_u16(), header(&response, "Retry-After")), (429, "5"));
    assert_eq!(header(&response, "RateLimit-Reason"), "jira-burst-based");
    let response = struck(ISSUE, Fault::SecondaryLimit { status: 429, retry_after: None }).await?;
    assert_eq!((response.status().as_u16(), header(&response, "Retry-After")), (429, ""));
    Ok(())
}

#[tokio::test]
async fn a_bad_token_is_refused_by_a_page_in_cloud_and_by_json_in_data_center() -> anyhow::Result<()> {
    let response = struck(ISSUE, Fault::BadCredentials).await?;
    assert_eq!((response.status().as_u16(), header(&response, "X-Seraph-LoginReason")), (401, "AUTHENTICATED_FAILED"));
    assert!(header(&response, "Content-Type").starts_with("text/html"));
    let response = struck(IN_DATA_CENTER, Fault::BadCredentials).await?;
    assert_eq!(response.status(), 401);
    assert!(response.json::<Value>().await?["errorMessages"].is_array());
    Ok(())
}

#[tokio::test]
async fn a_token_is_good_for_its_owner_and_its_edition_alone() -> anyhow::Result<()> {
    let client = client().await?;
    let get = |path: &str| client.http.get(format!("{}{path}", client.server.url));
    assert_eq!(get(ISSUE).bearer_auth(API_TOKEN).send().await?.status(), 200);
    assert_eq!(get(ISSUE).basic_auth(email("acme"), Some(API_TOKEN)).send().await?.status(), 200);
    assert_eq!(get(&format!("/ex/jira/c0de{ISSUE}")).bearer_auth(API_TOKEN).send().await?.status(), 200);
    assert_eq!(get(ISSUE).basic_auth("ada@acme.example", Some(API_TOKEN)).send().await?.status(), 401);
    assert_eq!(get(ISSUE).bearer_auth(PAT).send().await?.status(), 401);
    assert_eq!(get(IN_DATA_CENTER).bearer_auth(API_TOKEN).send().await?.status(), 401);
    assert_eq!(get(IN_DATA_CENTER).basic_auth("pulse", Some(PAT)).send().await?.status(), 401);
    client.server.jira.tokens.lock().insert(PASSWORD.to_owned(), Token::password());
    assert_eq!(get(IN_DATA_CENTER).basic_auth("pulse", Some(PASSWORD)).send().await?.status(), 200);
    assert_eq!(get(IN_DATA_CENTER).basic_auth("ada", Some(PASSWORD)).send().await?.status(), 401);
    assert_eq!(get(IN_DATA_CENTER).bearer_auth(PASSWORD).send().await?.status(), 401);
    assert_eq!(get(ISSUE).send().await?.status(), 401);
    assert_eq!(get("/rest/api/3/serverInfo").send().await?.status(), 200, "this anybody may know");
    client.server.jira.world.lock().deactivate_jira_user("pulse");
    assert_eq!(get(ISSUE).bearer_auth(API_TOKEN).send().await?.status(), 401);
    Ok(())
}

#[tokio::test]
async fn a_bad_session_is_shown_the_way_to_a_page_for_people() -> anyhow::Result<()> {
    let response = struck(IN_DATA_CENTER, Fault::LoginPage).await?;
    assert_eq!(response.status(), 200, "a client that follows is given a page");
    assert!(response.url().path() == "/login.jsp" && header(&response, "Content-Type").starts_with("text/html"));
    let client = client().await?;
    client.server.jira.faults.next(Fault::LoginPage);
    let http = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build()?;
    let response = http.get(format!("{}{IN_DATA_CENTER}", client.server.url)).bearer_auth(PAT).send().await?;
    assert_eq!(response.status(), 302);
    assert!(header(&response, "Location").starts_with("/login.jsp?permissionViolation=true&os_destination=%2Frest"));
    Ok(())
}

#[tokio::test]
async fn a_token_that_is_not_known_may_be_answered_as_if_nothing_were_there() -> anyhow::Result<()> {
    let client = client().await?;
    client.server.jira.faults.next(Fault::Anonymous);
    let response = client.jira_request("/rest/api/3/project/search").send().await?;
    assert_eq!(header(&response, "X-Seraph-LoginReason"), "AUTHENTICATED_FAILED");
    let body: Value = response.json().await?;
    assert_eq!((&body["total"], &body["values"]), (&json!(0), &json!([])));
    client.server.jira.faults.next(Fault::Anonymous);
    assert_eq!(client.jira_asked(ISSUE, &[]).await?.0, 404);
    client.server.jira.faults.next(Fault::Anonymous);
    assert_eq!(client.jira_request("/rest/api/3/myself").send().await?.status(), 401);
    Ok(())
}

#[tokio::test]
async fn a_permission_may_be_missing() -> anyhow::Result<()> {
    let fault = Fault::MissingScope { accepted: "read:jira-work".to_owned() };
    assert_eq!(struck(ISSUE, fault.clone()).await?.status(), 401);
    let response = struck(IN_DATA_CENTER, fault).await?;
    assert_eq!(response.status(), 403);
    assert!(response.json::<Value>().await?["errorMessages"].is_array());
    assert_eq!(struck(ISSUE, Fault::IpAllowList).await?.status(), 403);
    let response = struck(ISSUE, Fault::NotFound).await?;
    assert_eq!(response.status(), 404);
    assert!(response.json::<Value>().await?["errorMessages"].is_array());
    assert_eq!(struck(ISSUE, Fault::PlaceForgotten).await?.status(), 400);
    Ok(())
}

#[tokio::test]
async fn a_server_of_jira_may_fail_and_a_connection_end() -> anyhow::Result<()> {
    let response = struck(ISSUE, Fault::ServerError(503)).await?;
    assert_eq!(response.status(), 503);
    assert!(header(&response, "Content-Type").starts_with("text/html"));
    assert_eq!(struck(ISSUE, Fault::ServerError(500)).await?.status(), 500);
    let body = struck(ISSUE, Fault::InvalidJson).await?.text().await?;
    assert!(!body.is_empty() && serde_json::from_str::<Value>(&body).is_err());
    assert!(struck(ISSUE, Fault::HalfBody).await?.bytes().await.is_err());
    let client = client().await?;
    client.server.jira.faults.next(Fault::Disconnect);
    assert!(client.jira_request(ISSUE).send().await.is_err());
    Ok(())
}

#[tokio::test]
async fn faults_and_logs_of_the_two_vendors_are_apart() -> anyhow::Result<()> {
    let client = client().await?;
    client.server.jira.faults.plan(On::Path("/issue/".to_owned()), Fault::ServerError(500));
    assert_eq!(client.get("/user").await?.status(), 404, "nobody is on GitHub");
    assert_eq!(client.jira_request("/rest/api/3/myself").send().await?.status(), 200);
    assert_eq!(client.jira_request(&format!("{ISSUE}?fields=key")).send().await?.status(), 500);
    assert_eq!((client.server.github.log.len(), client.server.jira.log.len()), (1, 2));
    let served = client.server.jira.log.requests().remove(1);
    assert_eq!((served.path.as_str(), served.query.as_str(), served.status), (ISSUE, "fields=key", 500));
    Ok(())
}

#[tokio::test]
async fn jiras_clock_is_the_worlds_and_may_be_ahead() -> anyhow::Result<()> {
    let client = client().await?;
    assert_eq!(header(&client.jira_request(ISSUE).send().await?, "Date"), "Mon, 03 Mar 2025 12:03:00 GMT");
    client.server.jira.faults.rules.lock().clock_skew = chrono::TimeDelta::minutes(5);
    assert_eq!(header(&client.jira_request(ISSUE).send().await?, "Date"), "Mon, 03 Mar 2025 12:08:00 GMT");
    Ok(())
}

#[tokio::test]
async fn a_token_of_jira_may_expire() -> anyhow::Result<()> {
    let client = client().await?;
    client.server.jira.tokens.lock().get_mut(API_TOKEN).unwrap().expires_after = Some(2);
    for expected in [200, 200, 401, 401] {
        assert_eq!(client.jira_request(ISSUE).send().await?.status(), expected);
    }
    Ok(())
}
