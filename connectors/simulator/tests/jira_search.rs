//! Searches as a connector sees them.

mod client;

use client::{Client, id, tracked};
use pulse_simulator::jira::{API_TOKEN, Options, PAT, Token, Zone};
use pulse_simulator::{Server, Size, World};
use serde_json::{Value, json};
use std::collections::BTreeSet;

const SEARCH: &str = "/rest/api/3/search/jql";

fn keys(issues: &[Value]) -> Vec<&str> {
    issues.iter().filter_map(|i| i["key"].as_str()).collect()
}

async fn found(client: &Client, jql: &str) -> anyhow::Result<Vec<String>> {
    let issues = client.jira_search(&[("jql", jql), ("fields", "key")], || ()).await?;
    Ok(keys(&issues).into_iter().map(str::to_owned).collect())
}

#[tokio::test]
async fn every_issue_is_on_one_page_of_cloud() -> anyhow::Result<()> {
    let client = Client::of_tiny().await?;
    let parameters = [("jql", "project = SHOP ORDER BY id ASC"), ("fields", "summary"), ("maxResults", "17")];
    let issues = client.jira_search(&parameters, || ()).await?;
    let expected: Vec<String> = {
        let world = client.server.jira.world.lock();
        let shop = world.jira.project("SHOP").unwrap().id;
        let of_shop = world.jira.issues.values().filter(|i| i.fields.project == shop);
        of_shop.map(|i| world.jira.key_of(&i.fields)).collect()
    };
    assert!(issues.len() > 100);
    assert_eq!(keys(&issues), expected);
    assert_eq!(
        issues[0]["fields"].as_object().map(|f| f.keys().collect::<Vec<_>>()),
        Some(vec![&"summary".to_owned()])
    );
    let count = client
        .http
        .post(format!("{}/rest/api/3/search/approximate-count", client.server.url))
        .bearer_auth(API_TOKEN)
        .json(&json!({"jql": "project = SHOP"}))
        .send()
        .await?;
    assert_eq!(count.json::<Value>().await?, json!({"count": expected.len()}));
    Ok(())
}

#[tokio::test]
async fn a_page_of_cloud_holds_a_hundred_or_five_thousand_keys() -> anyhow::Result<()> {
    let client = Client::of_tiny().await?;
    let size = async |fields: &str| {
        let parameters = [("jql", "project in (SHOP, INC)"), ("fields", fields), ("maxResults", "5000")];
        let (_, answer) = client.jira_asked(SEARCH, &parameters).await?;
        assert!(answer.get("total").is_none());
        anyhow::Ok((answer["issues"].as_array().map_or(0, Vec::len), answer["isLast"] == true))
    };
    let all = client.server.jira.world.lock().jira.issues.len();
    assert!(all > 100);
    assert_eq!(size("*all").await?, (100, false));
    assert_eq!(size("id,key").await?, (all, true));
    let (_, ids) = client.jira_asked(SEARCH, &[("jql", "project = INC ORDER BY id")]).await?;
    assert_eq!(ids["issues"][0].as_object().map(serde_json::Map::len), Some(1), "an id and nothing else");
    Ok(())
}

#[tokio::test]
async fn a_token_of_cloud_goes_on_after_the_last_issue_though_the_world_changes() -> anyhow::Result<()> {
    let client = Client::of(tracked().shared()).await?;
    let world = client.server.jira.world.clone();
    let first = id(&world.lock(), "SHOP-1");
    let mut touched = false;
    let parameters = [("jql", "project in (SHOP, OPS) ORDER BY updated ASC"), ("fields", "key"), ("maxResults", "1")];
    let issues = client
        .jira_search(&parameters, || {
            if !std::mem::replace(&mut touched, true) {
                let mut world = world.lock();
                world.edit_jira_issue(first, "bo", |f| f.summary.push('!'));
            }
        })
        .await?;
    assert_eq!(keys(&issues), ["SHOP-1", "SHOP-2", "OPS-1", "SHOP-1"], "what was touched comes once more");
    Ok(())
}

#[tokio::test]
async fn a_token_is_good_for_its_query_alone() -> anyhow::Result<()> {
    let client = Client::of(tracked().shared()).await?;
    let (_, answer) = client.jira_asked(SEARCH, &[("jql", "project = SHOP"), ("maxResults", "1")]).await?;
    let token = answer["nextPageToken"].as_str().unwrap();
    for (jql, token) in [("project = OPS", token), ("project = SHOP", "nonsense")] {
        let (status, answer) = client.jira_asked(SEARCH, &[("jql", jql), ("nextPageToken", token)]).await?;
        assert_eq!(status, 400, "{answer}");
    }
    Ok(())
}

#[tokio::test]
async fn a_search_may_be_posted() -> anyhow::Result<()> {
    let client = Client::of(tracked().shared()).await?;
    let post = |path: &str, token: &str, body: Value| {
        client.http.post(format!("{}{path}", client.server.url)).bearer_auth(token).json(&body).send()
    };
    let body = json!({"jql": "project = SHOP ORDER BY id", "fields": ["summary", "status"], "maxResults": 1});
    let answer: Value = post(SEARCH, API_TOKEN, body.clone()).await?.json().await?;
    assert_eq!((&answer["issues"][0]["key"], &answer["isLast"]), (&json!("SHOP-1"), &json!(false)));
    let answer: Value = post("/rest/api/2/search", PAT, body).await?.json().await?;
    assert_eq!((&answer["issues"][0]["key"], &answer["total"]), (&json!("SHOP-1"), &json!(2)));
    assert_eq!(post("/rest/api/3/search", API_TOKEN, json!({})).await?.status(), 410);
    Ok(())
}

#[tokio::test]
async fn pages_of_data_center_shift_as_the_world_changes() -> anyhow::Result<()> {
    let client = Client::of(tracked().shared()).await?;
    let page = async |start: &str| {
        let jql = "project in (SHOP, OPS) ORDER BY updated ASC";
        let parameters = [("jql", jql), ("startAt", start), ("maxResults", "1"), ("fields", "summary")];
        let (status, answer) = client.jira_asked("/rest/api/2/search", &parameters).await?;
        assert_eq!((status, &answer["total"], &answer["maxResults"]), (200, &json!(3), &json!(1)));
        anyhow::Ok(answer["issues"][0]["key"].as_str().unwrap().to_owned())
    };
    assert_eq!(page("0").await?, "SHOP-1");
    {
        let mut world = client.server.jira.world.lock();
        let first = id(&world, "SHOP-1");
        world.edit_jira_issue(first, "bo", |f| f.summary.push('!'));
    }
    assert_eq!(page("1").await?, "OPS-1", "SHOP-2 is where SHOP-1 was");
    Ok(())
}

#[tokio::test]
async fn ids_and_times_narrow_a_search() -> anyhow::Result<()> {
    let client = Client::of(tracked().shared()).await?;
    let first = id(&client.server.jira.world.lock(), "SHOP-1");
    let after = format!("project = \"SHOP\" AND id > {first} ORDER BY id ASC");
    assert_eq!(found(&client, &after).await?, ["SHOP-2"]);
    assert_eq!(found(&client, "updated >= -2m order by updated desc").await?, ["OPS-1", "SHOP-2"]);
    assert_eq!(found(&client, "updated >= \"2025/03/03 12:01\" ORDER BY created").await?, ["SHOP-2", "OPS-1"]);
    assert_eq!(found(&client, "updated >= '2025-03-03 12:02'").await?, ["OPS-1"]);
    assert_eq!(found(&client, "project = OPS AND created >= \"2025-03-04\"").await?, [""; 0]);
    Ok(())
}

#[tokio::test]
async fn times_in_a_query_are_in_the_time_zone_of_the_tokens_owner() -> anyhow::Result<()> {
    let token = Token { zone: Zone::Kolkata, ..Token::cloud() };
    let options = Options { tokens: vec![token], ticks: false };
    let server = Server::start_both(tracked().shared(), pulse_simulator::Options::default(), options).await?;
    let client = Client { server, http: client::named()? };
    assert_eq!(client.jira("/rest/api/3/myself").await?["timeZone"], "Asia/Kolkata");
    assert_eq!(found(&client, "updated >= \"2025/03/03 17:32\"").await?, ["OPS-1"]);
    assert_eq!(found(&client, "updated >= \"2025/03/03 12:02\" ORDER BY id").await?.len(), 3);
    let issue = client.jira("/rest/api/3/issue/OPS-1").await?;
    assert_eq!(issue["fields"]["updated"], "2025-03-03T17:32:00.000+0530");
    Ok(())
}

#[tokio::test]
async fn what_one_of_two_conditions_holds_of_is_found_and_and_binds_closer_than_or() -> anyhow::Result<()> {
    let client = Client::of(tracked().shared()).await?;
    let all = found(&client, "project = SHOP OR project = OPS ORDER BY id").await?;
    assert_eq!(all, ["SHOP-1", "SHOP-2", "OPS-1"]);
    let second = id(&client.server.jira.world.lock(), "SHOP-2");
    let both = format!("project = OPS OR project = SHOP AND id = {second} ORDER BY id");
    assert_eq!(found(&client, &both).await?, ["SHOP-2", "OPS-1"]);
    let grouped = format!("(project = OPS OR project = SHOP) AND id = {second}");
    assert_eq!(found(&client, &grouped).await?, ["SHOP-2"]);
    Ok(())
}

#[tokio::test]
async fn labels_and_ids_of_a_list_narrow_a_search() -> anyhow::Result<()> {
    let client = Client::of(tracked().shared()).await?;
    let [one, two, three] = {
        let mut world = client.server.jira.world.lock();
        let all = ["SHOP-1", "SHOP-2", "OPS-1"].map(|key| id(&world, key));
        for (issue, label) in all.into_iter().zip(["fire", "smoke", "fire"]) {
            world.edit_jira_issue(issue, "bo", |f| {
                f.labels.insert(label.to_owned());
            });
        }
        all
    };
    assert_eq!(found(&client, "labels = fire ORDER BY id").await?, ["SHOP-1", "OPS-1"]);
    assert_eq!(found(&client, "labels in (smoke, mist)").await?, ["SHOP-2"]);
    assert_eq!(found(&client, &format!("(labels = fire) AND id IN ({two}, {three})")).await?, ["OPS-1"]);
    assert_eq!(found(&client, &format!("id in ({one}) OR labels = smoke ORDER BY id")).await?, ["SHOP-1", "SHOP-2"]);
    Ok(())
}

#[tokio::test]
async fn what_is_no_query_is_told_in_jiras_words() -> anyhow::Result<()> {
    let client = Client::of(tracked().shared()).await?;
    let wrong = [
        ("project = NOWHERE", "The value 'NOWHERE' does not exist for the field 'project'."),
        ("assignee = ada", "Field 'assignee' does not exist or you do not have permission to view it."),
        ("project SHOP", "Error in the JQL Query: Expecting operator but got 'SHOP'."),
        ("project = SHOP NOT id = 1", "Error in the JQL Query: Expecting either 'OR' or 'AND' but got 'NOT'."),
        ("(project = SHOP OR id = 1", "Error in the JQL Query: Expecting ')' before the end of the query."),
        ("id in (999999)", "An issue with key '999999' does not exist for field 'id'."),
        ("labels SHOP", "Error in the JQL Query: Expecting operator but got 'SHOP'."),
        ("project in (SHOP", "Error in the JQL Query: Expecting ')' before the end of the query."),
        ("project = SHOP ORDER BY rank", "Field 'rank' does not exist or you do not have permission to view it."),
        ("updated >= soon", "Date value 'soon' for field 'updated' is invalid."),
        ("project = \"SHOP", "Error in the JQL Query: The quoted string '\"SHOP' has not been completed."),
        ("ORDER BY id", "Unbounded JQL queries are not allowed here."),
    ];
    for (jql, message) in wrong {
        let (status, answer) = client.jira_asked(SEARCH, &[("jql", jql)]).await?;
        assert_eq!(status, 400, "{jql}");
        assert!(answer["errorMessages"][0].as_str().unwrap().starts_with(message), "{answer}");
    }
    let (status, answer) = client.jira_asked("/rest/api/2/search", &[("jql", "ORDER BY id")]).await?;
    assert_eq!((status, &answer["total"]), (200, &json!(3)), "Data Center lets one ask for everything");
    Ok(())
}

#[tokio::test]
async fn a_search_may_lag_behind() -> anyhow::Result<()> {
    let client = Client::of(tracked().shared()).await?;
    client.server.jira.faults.rules.lock().search_lag = chrono::TimeDelta::seconds(90);
    assert_eq!(found(&client, "project in (SHOP, OPS) ORDER BY id").await?, ["SHOP-1", "SHOP-2"]);
    {
        let mut world = client.server.jira.world.lock();
        let first = id(&world, "SHOP-1");
        world.edit_jira_issue(first, "bo", |f| f.summary.push('!'));
    }
    assert_eq!(found(&client, "updated >= -1d ORDER BY id").await?, ["SHOP-2"]);
    client.server.jira.world.lock().now += chrono::TimeDelta::seconds(90);
    assert_eq!(found(&client, "updated >= -1d ORDER BY id").await?.len(), 3);
    Ok(())
}

#[tokio::test]
async fn a_token_sees_its_projects_alone() -> anyhow::Result<()> {
    let sees = Some(BTreeSet::from(["OPS".to_owned()]));
    let tokens = vec![Token { sees: sees.clone(), ..Token::cloud() }, Token { sees, ..Token::data_center() }];
    let of_jira = Options { tokens, ticks: false };
    let world = {
        let mut world = tracked();
        let shop = world.jira.project("SHOP").unwrap().id;
        world.create_jira_board("Shop", pulse_simulator::world::jira::BoardKind::Scrum, shop);
        world.shared()
    };
    let server = Server::start_both(world, pulse_simulator::Options::default(), of_jira).await?;
    let client = Client { server, http: client::named()? };
    assert_eq!(found(&client, "updated >= -1d").await?, ["OPS-1"]);
    assert_eq!(client.jira_asked(SEARCH, &[("jql", "project = SHOP")]).await?.0, 400);
    for path in ["/rest/api/3/issue/SHOP-1", "/rest/api/3/issue/SHOP-1/changelog", "/rest/api/2/issue/SHOP-1"] {
        let (status, answer) = client.jira_asked(path, &[]).await?;
        let message = "Issue does not exist or you do not have permission to see it.";
        assert_eq!((status, &answer["errorMessages"][0]), (404, &json!(message)));
    }
    assert_eq!(client.jira("/rest/api/3/project/search").await?["total"], 1);
    assert_eq!(client.jira("/rest/api/2/project").await?.as_array().map(Vec::len), Some(1));
    assert_eq!(client.jira("/rest/agile/1.0/board").await?["total"], 0);
    assert_eq!(client.jira_asked("/rest/agile/1.0/board/1/sprint", &[]).await?.0, 404);
    Ok(())
}

#[tokio::test]
async fn two_servers_of_one_seed_answer_the_same() -> anyhow::Result<()> {
    let mut answers = Vec::new();
    for _ in 0..2 {
        let client = Client::of(World::new(2, Size::tiny()).shared()).await?;
        let parameters = [("jql", "updated >= -9d ORDER BY updated"), ("fields", "*all"), ("expand", "changelog")];
        let issues = client.jira_search(&parameters, || ()).await?;
        assert!(issues.len() > 20);
        answers.push(json!(issues).to_string().replace(&client.server.url, ""));
    }
    assert!(answers[0] == answers[1]);
    Ok(())
}
