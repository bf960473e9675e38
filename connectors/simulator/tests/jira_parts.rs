//! Versions, components and types of issues as a connector sees them, and the pull requests that Jira knows of.

mod client;

use client::{Client, id, tracked};
use pulse_simulator::jira::PAT;
use serde_json::{Value, json};

#[tokio::test]
async fn versions_and_components_are_told_by_project_and_one_by_one() -> anyhow::Result<()> {
    let mut world = tracked();
    let shop = world.jira.project("SHOP").unwrap().id;
    let [old, new] = ["1.0", "1.1"].map(|name| world.plan_jira_version(shop, name, None).unwrap());
    world.release_jira_version(shop, old);
    world.release_jira_version(shop, new);
    let part = world.jira_component(shop, "storefront").unwrap();
    let first = id(&world, "SHOP-1");
    world.edit_jira_issue(first, "ada", |f| {
        f.fix_versions = [new].into();
        f.affects_versions = [old].into();
        f.components = [part].into();
    });
    let client = Client::of(world.shared()).await?;
    let page = client.jira("/rest/api/3/project/SHOP/version?maxResults=1").await?;
    assert_eq!((&page["total"], &page["isLast"]), (&json!(2), &json!(false)));
    let version = &page["values"][0];
    assert_eq!((&version["released"], &version["archived"]), (&json!(true), &json!(true)), "{version}");
    assert_eq!((&version["projectId"], &version["startDate"]), (&json!(shop), &version["releaseDate"]));
    let all = client.jira("/rest/api/2/project/SHOP/versions").await?;
    assert_eq!((&all[1]["name"], &all[1]["archived"]), (&json!("1.1"), &json!(false)));
    let components = client.jira("/rest/api/3/project/SHOP/components").await?;
    let lead = client.server.jira.world.lock().jira.project("SHOP").unwrap().lead.clone();
    assert_eq!((&components[0]["name"], &components[0]["projectId"]), (&json!("storefront"), &json!(shop)));
    assert_eq!(components[0].get("lead").is_some(), lead.is_some());
    assert_eq!(client.jira(&format!("/rest/api/3/version/{new}")).await?["name"], "1.1");
    assert_eq!(client.jira(&format!("/rest/api/3/component/{part}")).await?["name"], "storefront");
    for path in ["/rest/api/3/version/1", "/rest/api/3/component/x", "/rest/api/3/project/NOPE/versions"] {
        assert_eq!(client.jira_asked(path, &[]).await?.0, 404, "{path}");
    }
    let fields = &client.jira("/rest/api/3/issue/SHOP-1").await?["fields"];
    assert_eq!((&fields["fixVersions"][0]["name"], &fields["versions"][0]["name"]), (&json!("1.1"), &json!("1.0")));
    let history = &client.jira("/rest/api/3/issue/SHOP-1/changelog").await?["values"][0]["items"];
    let words: Vec<&Value> = history.as_array().unwrap().iter().map(|item| &item["field"]).collect();
    assert_eq!(words, ["Component", "Fix Version", "Version"]);
    Ok(())
}

#[tokio::test]
async fn projects_of_cloud_tell_how_many_issues_they_have_to_whoever_asks() -> anyhow::Result<()> {
    let client = Client::of(tracked().shared()).await?;
    let told = client.jira("/rest/api/3/project/search?expand=insight").await?;
    let counts: Vec<[&Value; 2]> = (told["values"].as_array().unwrap().iter())
        .map(|project| [&project["key"], &project["insight"]["totalIssueCount"]])
        .collect();
    assert_eq!(counts, [[&json!("OPS"), &json!(1)], [&json!("SHOP"), &json!(2)]]);
    let plain = client.jira("/rest/api/3/project/search").await?;
    assert!(plain["values"][0].get("insight").is_none());
    Ok(())
}

#[tokio::test]
async fn what_jira_knows_of_a_pull_request_is_told_of_the_issues_that_it_names() -> anyhow::Result<()> {
    let client = Client::of_tiny().await?;
    let (issue, key, requests) = {
        let world = client.server.jira.world.lock();
        let names = |key: &str| {
            let named = |title: &str| title.split_whitespace().any(|word| word == key);
            let all = world.repositories.values().flat_map(|r| r.pull_requests.values());
            all.filter(|request| named(&request.title)).count()
        };
        let keys = world.jira.issues.values().map(|issue| (issue.id, world.jira.key_of(&issue.fields)));
        let counted = keys.map(|(id, key)| (id, names(&key), key));
        let (id, count, key) = counted.max_by_key(|(_, count, _)| *count).unwrap();
        (id, key, count)
    };
    assert!(requests > 0, "{key}");
    let of_issue = [("issueId", &*issue.to_string())];
    let (_, summary) = client.jira_asked("/rest/dev-status/1.0/issue/summary", &of_issue).await?;
    let known = &summary["summary"]["pullrequest"];
    assert_eq!(known["overall"]["count"], requests);
    assert_eq!(known["byInstanceType"]["GitHub"]["count"], requests);
    let asked = [of_issue[0], ("applicationType", "GitHub"), ("dataType", "pullrequest")];
    let (_, detail) = client.jira_asked("/rest/dev-status/1.0/issue/detail", &asked).await?;
    let told = detail["detail"][0]["pullRequests"].as_array().unwrap();
    assert_eq!(told.len(), requests);
    assert!(told[0]["url"].as_str().unwrap().starts_with("https://github.com/acme/"), "{detail}");
    let cloud = &client.jira(&format!("/rest/api/3/issue/{issue}")).await?["fields"]["customfield_10000"];
    assert!(cloud.as_str().unwrap().starts_with("{pullrequest={dataType=pullrequest, state="), "{cloud}");
    let center = &client.jira(&format!("/rest/api/2/issue/{issue}")).await?["fields"]["customfield_10000"];
    assert!(center.as_str().unwrap().starts_with("{summaryBean=com.atlassian.jira.plugin.devstatus"), "{center}");
    let path = format!("{}/rest/dev-status/1.0/issue/summary?issueId={issue}", client.server.url);
    let center: Value = client.http.get(path).bearer_auth(PAT).send().await?.json().await?;
    assert_eq!(center["summary"]["pullrequest"]["overall"]["count"], requests);
    Ok(())
}
