//! Issues, their changelogs and comments, boards and sprints as a connector sees them.

mod client;

use client::{Client, id, tracked};
use pulse_simulator::world::jira::{Fields, IssueType, LinkKind, Severity, Status};
use serde_json::{Value, json};

/// The key of the issue with the longest history, how long it is, and how many comments there are.
fn longest(client: &Client) -> (String, usize, usize) {
    let world = client.server.jira.world.lock();
    let issue = world.jira.issues.values().max_by_key(|i| i.histories.len());
    issue.map(|i| (world.jira.key_of(&i.fields), i.histories.len(), i.comments.len())).unwrap_or_default()
}

fn ids(list: &Value) -> Vec<&str> {
    list.as_array().into_iter().flatten().filter_map(|h| h["id"].as_str()).collect()
}

#[tokio::test]
async fn cloud_shows_a_part_of_a_changelog_and_pages_of_the_whole() -> anyhow::Result<()> {
    let client = Client::of_tiny().await?;
    let (key, total, _) = longest(&client);
    assert!(total > 100);
    let mut all: Vec<Value> = Vec::new();
    loop {
        let path = format!("/rest/api/3/issue/{key}/changelog?startAt={}&maxResults=60", all.len());
        let page = client.jira(&path).await?;
        assert_eq!(page["total"], total);
        all.extend(page["values"].as_array().cloned().unwrap_or_default());
        if page["isLast"] == true {
            break;
        }
        assert!(page["nextPage"].is_string());
    }
    assert_eq!(all.len(), total);
    assert!(all.is_sorted_by_key(|h| h["created"].as_str().map(str::to_owned)));
    all.reverse();
    let parameters =
        [("jql", "project in (SHOP, INC)"), ("fields", "comment"), ("expand", "changelog"), ("maxResults", "100")];
    let searched = client.jira_search(&parameters, || ()).await?;
    let found = searched.iter().find(|i| i["key"] == key.as_str()).unwrap();
    assert_eq!((&found["changelog"]["total"], &found["changelog"]["maxResults"]), (&json!(total), &json!(40)));
    assert_eq!(found["changelog"]["histories"], json!(all[..40]));
    let one = client.jira(&format!("/rest/api/3/issue/{key}?expand=changelog")).await?;
    assert_eq!(one["changelog"]["histories"], json!(all[..100]));
    Ok(())
}

#[tokio::test]
async fn data_center_shows_all_of_a_changelog_from_the_oldest_on() -> anyhow::Result<()> {
    let client = Client::of_tiny().await?;
    let (key, total, comments) = longest(&client);
    let one = client.jira(&format!("/rest/api/2/issue/{key}?expand=changelog")).await?;
    let histories = &one["changelog"]["histories"];
    assert_eq!((&one["changelog"]["total"], histories.as_array().map(Vec::len)), (&json!(total), Some(total)));
    assert!(ids(histories).is_sorted());
    assert_eq!(one["fields"]["comment"]["comments"].as_array().map(Vec::len), Some(comments));
    let parameters = [("jql", "project in (SHOP, INC)"), ("maxResults", "1000"), ("expand", "changelog")];
    let (_, answer) = client.jira_asked("/rest/api/2/search", &parameters).await?;
    let found = answer["issues"].as_array().unwrap().iter().find(|i| i["key"] == key.as_str()).unwrap();
    assert_eq!(&found["changelog"]["histories"], histories);
    assert!(found["fields"].get("comment").is_none(), "comments are not navigable");
    Ok(())
}

#[tokio::test]
async fn a_search_of_cloud_shows_twenty_comments_and_how_many_there_are() -> anyhow::Result<()> {
    let client = Client::of_tiny().await?;
    let (key, _, total) = longest(&client);
    assert!(total > 20);
    let parameters = [("jql", "project = SHOP"), ("fields", "comment"), ("maxResults", "100")];
    let issues = client.jira_search(&parameters, || ()).await?;
    let shown = &issues.iter().find(|i| i["key"] == key.as_str()).unwrap()["fields"]["comment"];
    assert_eq!((&shown["total"], &shown["maxResults"]), (&json!(total), &json!(20)));
    let page = client.jira(&format!("/rest/api/3/issue/{key}/comment?startAt=0&maxResults=5000")).await?;
    assert_eq!((ids(&page["comments"]).len(), &page["total"]), (total, &json!(total)));
    assert_eq!(ids(&shown["comments"]), ids(&page["comments"])[..20]);
    Ok(())
}

#[tokio::test]
async fn texts_are_documents_in_cloud_and_plain_in_data_center() -> anyhow::Result<()> {
    let client = Client::of(tracked().shared()).await?;
    let cloud = &client.jira("/rest/api/3/issue/SHOP-1").await?["fields"];
    let description = &cloud["description"];
    assert_eq!((&description["type"], &description["version"]), (&json!("doc"), &json!(1)));
    assert_eq!(description["content"][1]["content"][0], json!({"type": "text", "text": "Second."}));
    assert!(cloud["reporter"]["accountId"].is_string() && cloud["reporter"].get("name").is_none());
    let center = &client.jira("/rest/api/2/issue/SHOP-1").await?["fields"];
    assert_eq!(center["description"], "First.\n\nSecond.");
    assert_eq!((&center["reporter"]["name"], &center["reporter"]["key"]), (&json!("ada"), &json!("JIRAUSER10101")));
    assert!(center["reporter"].get("accountId").is_none());
    Ok(())
}

#[tokio::test]
async fn a_history_tells_ids_and_words_of_what_was_and_what_is() -> anyhow::Result<()> {
    let mut world = tracked();
    let (first, second) = (id(&world, "SHOP-1"), id(&world, "SHOP-2"));
    let shop = world.jira.project("SHOP").unwrap().id;
    let board = world.create_jira_board("Shop", pulse_simulator::world::jira::BoardKind::Scrum, shop);
    let sprint = world.create_sprint(board, "Sprint 1", "");
    let versions: Vec<i64> = ["1.0", "1.1"].iter().filter_map(|v| world.plan_jira_version(shop, v, None)).collect();
    world.edit_jira_issue(first, "ada", |f| f.fix_versions = [versions[0]].into());
    let epic = Fields { project: shop, kind: IssueType::Epic, ..Fields::default() };
    let epic = world.create_jira_issue(epic, "ada").unwrap();
    world.edit_jira_issue(first, "ada", |f| {
        f.status = Status::InProgress;
        f.assignee = Some("bo".to_owned());
        f.sprints.push(sprint);
        f.story_points = Some(3.0);
        f.severity = Some(Severity::Sev2);
        f.parent = Some(epic);
        f.fix_versions = [versions[1]].into();
    });
    world.link_jira_issues(LinkKind::Blocks, first, second, "ada");
    let account = world.jira.users["bo"].account_id.clone();
    let client = Client::of(world.shared()).await?;
    let cloud = client.jira("/rest/api/3/issue/SHOP-1/changelog").await?;
    let items = cloud["values"][1]["items"].as_array().unwrap();
    let of = |field: &str| items.iter().find(|i| i["field"] == field).unwrap();
    let status = json!({
        "field": "status", "fieldtype": "jira", "fieldId": "status",
        "from": "10000", "fromString": "To Do", "to": "3", "toString": "In Progress",
    });
    assert_eq!(of("status"), &status);
    assert_eq!((&of("assignee")["to"], &of("assignee")["toString"]), (&json!(account), &json!("Bo")));
    assert_eq!((&of("Sprint")["fieldtype"], &of("Sprint")["fieldId"]), (&json!("custom"), &json!("customfield_10020")));
    assert_eq!((&of("Sprint")["from"], &of("Sprint")["to"]), (&json!(""), &json!(sprint.to_string())));
    assert_eq!((&of("Story Points")["from"], &of("Story Points")["toString"]), (&json!(null), &json!("3")));
    assert_eq!(of("Severity")["toString"], "SEV2");
    assert_eq!(of("IssueParentAssociation")["to"], epic.to_string());
    let versions = items.iter().filter(|i| i["field"] == "Fix Version");
    let words: Vec<_> = versions.map(|i| (i["fromString"].clone(), i["toString"].clone())).collect();
    assert_eq!(words, [(json!("1.0"), json!(null)), (json!(null), json!("1.1"))], "one field, two items");
    assert_eq!(cloud["values"][2]["items"][0]["toString"], "This issue blocks SHOP-2");
    let center = client.jira("/rest/api/2/issue/SHOP-1?expand=changelog").await?;
    let items = center["changelog"]["histories"][1]["items"].as_array().unwrap();
    assert!(items.iter().all(|i| i.get("fieldId").is_none()));
    assert!(items.iter().any(|i| i["field"] == "Epic Link" && i["toString"] == "SHOP-3"));
    assert!(items.iter().any(|i| i["field"] == "assignee" && i["to"] == "JIRAUSER10102"));
    assert_eq!(center["fields"]["customfield_10014"], "SHOP-3");
    let sprint = center["fields"]["customfield_10020"][0].as_str().unwrap();
    assert!(sprint.contains("[id=1,rapidViewId=1,state=FUTURE,name=Sprint 1,startDate=<null>,"), "{sprint}");
    assert_eq!(center["fields"]["issuelinks"][0]["outwardIssue"]["key"], "SHOP-2");
    Ok(())
}

#[tokio::test]
async fn a_moved_issue_is_shown_by_its_old_key_and_a_deleted_one_not_at_all() -> anyhow::Result<()> {
    let client = Client::of(tracked().shared()).await?;
    {
        let mut world = client.server.jira.world.lock();
        let (first, second, ops) =
            (id(&world, "SHOP-1"), id(&world, "SHOP-2"), world.jira.project("OPS").map_or(0, |p| p.id));
        world.move_jira_issue(first, ops, "bo");
        world.delete_jira_issue(second, "bo");
    }
    for path in ["/rest/api/3/issue/SHOP-1?expand=changelog", "/rest/api/2/issue/OPS-2?expand=changelog"] {
        let issue = client.jira(path).await?;
        assert_eq!((&issue["key"], &issue["fields"]["project"]["key"]), (&json!("OPS-2"), &json!("OPS")));
        let items = &issue["changelog"]["histories"][0]["items"];
        assert_eq!((&items[0]["field"], &items[0]["toString"]), (&json!("project"), &json!("Operations")));
        assert_eq!((&items[1]["field"], &items[1]["fromString"]), (&json!("Key"), &json!("SHOP-1")));
    }
    assert_eq!(client.jira_asked("/rest/api/3/issue/SHOP-2", &[]).await?.0, 404);
    let left = client.jira_search(&[("jql", "project = SHOP")], || ()).await?;
    assert!(left.is_empty());
    Ok(())
}

#[tokio::test]
async fn a_site_tells_its_fields_statuses_types_and_projects() -> anyhow::Result<()> {
    let client = Client::of_tiny().await?;
    // Data Center's administrators have called the field of sprints otherwise.
    for (version, kind, sprints) in [(3, "Cloud", "Sprint"), (2, "Server", "Iteration")] {
        let api = format!("/rest/api/{version}");
        assert_eq!(client.jira(&format!("{api}/serverInfo")).await?["deploymentType"], kind);
        let fields = client.jira(&format!("{api}/field")).await?;
        let of = |made_by: &str| {
            let fits = |f: &&Value| f["schema"]["custom"].as_str().is_some_and(|c| c.ends_with(made_by));
            fields.as_array().unwrap().iter().find(fits).map(|f| f["name"].as_str().unwrap().to_owned())
        };
        assert_eq!(of(":gh-sprint").as_deref(), Some(sprints));
        assert_eq!(of(":float").as_deref(), Some("Story Points"));
        assert_eq!(of(":gh-epic-link").is_some(), kind == "Server");
        let statuses = client.jira(&format!("{api}/status")).await?;
        let categories: Vec<_> =
            statuses.as_array().unwrap().iter().map(|s| s["statusCategory"]["key"].as_str().unwrap()).collect();
        assert_eq!(categories, ["new", "indeterminate", "indeterminate", "indeterminate", "done"]);
        let types = client.jira(&format!("{api}/issuetype")).await?;
        let levels: Vec<_> = types.as_array().unwrap().iter().map(|t| t["hierarchyLevel"].as_i64()).collect();
        let expected = [1, 0, 0, 0, -1, 0].map(|l| (kind == "Cloud").then_some(l));
        assert_eq!(levels, expected);
    }
    let projects = client.jira("/rest/api/3/project/search?maxResults=1").await?;
    assert_eq!(
        (&projects["total"], &projects["isLast"], &projects["values"][0]["key"]),
        (&json!(2), &json!(false), &json!("INC"))
    );
    let projects = client.jira("/rest/api/2/project").await?;
    assert_eq!(projects[1]["key"], "SHOP");
    Ok(())
}

#[tokio::test]
async fn boards_tell_their_columns_and_sprints() -> anyhow::Result<()> {
    let client = Client::of_tiny().await?;
    let boards = client.jira("/rest/agile/1.0/board").await?;
    let kinds: Vec<_> = boards["values"].as_array().unwrap().iter().map(|b| b["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["scrum", "kanban"]);
    let of_project = client.jira("/rest/agile/1.0/board?projectKeyOrId=SHOP").await?;
    assert_eq!((&of_project["total"], &of_project["values"][0]["type"]), (&json!(1), &json!("scrum")));
    let board = client.jira("/rest/agile/1.0/board/1/configuration").await?;
    assert_eq!(board["columnConfig"]["columns"][1]["statuses"][0]["id"], "3");
    assert_eq!(board["estimation"]["field"]["displayName"], "Story Points");
    let sprints = client.jira("/rest/agile/1.0/board/1/sprint?maxResults=2").await?;
    assert_eq!((&sprints["isLast"], &sprints["values"][0]["state"]), (&json!(false), &json!("closed")));
    assert_eq!(sprints["values"][0]["startDate"], "2025-01-06T09:30:00.000Z");
    let active = client.jira("/rest/agile/1.0/board/1/sprint?state=active").await?;
    assert_eq!(active["values"].as_array().map(Vec::len), Some(1));
    let (status, answer) = client.jira_asked("/rest/agile/1.0/board/2/sprint", &[]).await?;
    assert_eq!((status, &answer["errorMessages"][0]), (400, &json!("The board does not support sprints")));
    Ok(())
}
