//! What Jira no longer has, or what no longer means what it meant, is gone from a real lake.

use crate::jira_mapper::{issue, settings};
use crate::lake::{Read, ids, step, tenant, texts};
use crate::reading::NOW;
use pulse_engine::Tenant;
use serde_json::{Value as Json, json};

const SECOND: i64 = 1_000_000;

/// What stands below an issue.
const PARTS: [&str; 7] = [
    "work_item_transitions",
    "comments",
    "work_item_versions",
    "work_item_components",
    "work_item_links",
    "sprint_items",
    "work_item_fields",
];

async fn read(tenant: &Tenant, at: i64, settings: Json, payloads: Vec<(&'static str, &'static str, Json)>) {
    step(tenant, Read { connection: "jira:acme", at, settings, payloads }, at).await;
}

fn mine(native: &[&str]) -> Vec<String> {
    native.iter().map(|native| format!("jira:acme:{native}")).collect()
}

/// The same issue under another number, as an incident.
fn incident(number: &str) -> Json {
    let mut body = issue();
    body["id"] = json!(number);
    body["fields"]["issuetype"]["name"] = json!("Incident");
    body
}

fn sprint() -> Json {
    json!({"name": "x", "state": "active"})
}

fn part() -> Json {
    json!({"name": "x", "projectId": 1})
}

fn board() -> Json {
    json!({"location": {"projectId": 10100}})
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_seen_since_a_listing_is_gone_and_nothing_else() {
    let tenant = tenant().await;
    let project = || json!({"name": "x"});
    let payloads = vec![
        ("projects", "1", project()),
        ("projects", "2", project()),
        ("boards", "3", board()),
        ("boards", "4", board()),
        ("sprints", "31", sprint()),
        ("sprints", "32", sprint()),
        ("versions", "51", part()),
        ("versions", "52", part()),
        ("components", "61", part()),
        ("components", "62", part()),
        ("issues", "10001", incident("10001")),
        ("issues", "10005", incident("10005")),
    ];
    read(&tenant, NOW, settings(), payloads).await;
    assert_eq!(ids(&tenant, "boards").await, mine(&["boards/3", "boards/4"]));
    assert_eq!(ids(&tenant, "project_scopes").await, mine(&["boards/3", "boards/4"]));
    assert_eq!(ids(&tenant, "incidents").await, mine(&["incidents/10001", "incidents/10005"]));
    assert_eq!(ids(&tenant, "work_item_transitions").await.len(), 18);

    let later = NOW + SECOND;
    let payloads = vec![
        ("listings", "projects", json!({})),
        ("projects", "2", project()),
        ("listings", "boards", json!({})),
        ("boards", "4", board()),
        ("listings", "sprints", json!({})),
        ("sprints", "32", sprint()),
        ("listings", "versions", json!({})),
        ("versions", "52", part()),
        ("listings", "components", json!({})),
        ("components", "62", part()),
        ("listings", "issues", json!({})),
        ("issues", "10005", incident("10005")),
    ];
    read(&tenant, later, settings(), payloads).await;
    assert_eq!(ids(&tenant, "projects").await, mine(&["projects/2"]));
    assert_eq!(ids(&tenant, "boards").await, mine(&["boards/4"]));
    assert_eq!(ids(&tenant, "project_scopes").await, mine(&["boards/4"]));
    assert_eq!(ids(&tenant, "sprints").await, mine(&["sprints/32"]));
    assert_eq!(ids(&tenant, "versions").await, mine(&["versions/52"]));
    assert_eq!(ids(&tenant, "components").await, mine(&["components/62"]));
    assert_eq!(ids(&tenant, "work_item_versions").await.len(), 2);
    assert_eq!(ids(&tenant, "work_item_components").await, mine(&["issues/10005/components/10300"]));
    assert_eq!(ids(&tenant, "work_items").await, mine(&["issues/10005"]));
    assert_eq!(ids(&tenant, "incidents").await, mine(&["incidents/10005"]));
    assert_eq!(ids(&tenant, "comments").await, mine(&["issues/10005/comments/700", "issues/10005/comments/701"]));
    assert_eq!(
        ids(&tenant, "work_item_fields").await,
        mine(&["issues/10005/fields/service", "issues/10005/fields/team"])
    );
    assert_eq!(ids(&tenant, "work_item_links").await, mine(&["issues/10005/links/900", "issues/20001/links/901"]));
    let stays = ["issues/10005/sprints/31/1", "issues/10005/sprints/31/2", "issues/10005/sprints/32/1"];
    assert_eq!(ids(&tenant, "sprint_items").await, mine(&stays));
    assert_eq!(ids(&tenant, "work_item_transitions").await.len(), 9);

    let gone = || json!({"deleted": true});
    let payloads = vec![
        ("projects", "2", gone()),
        ("boards", "4", gone()),
        ("sprints", "32", gone()),
        ("versions", "52", gone()),
        ("components", "62", gone()),
        ("types", "1", gone()),
        ("statuses", "1", gone()),
    ];
    read(&tenant, later + SECOND, settings(), payloads).await;
    for entity in ["projects", "boards", "project_scopes", "sprints", "versions", "components"] {
        assert!(ids(&tenant, entity).await.is_empty(), "{entity}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_issue_is_gone_with_all_that_belonged_to_it() {
    let deleted = json!({"event": "jira:issue_deleted", "payload": {"issue": {"id": "10001", "key": "PAY-12"}}});
    for told in [("issues", "10001", json!({"deleted": true})), ("webhooks", "d-1", deleted)] {
        let tenant = tenant().await;
        let mut other = incident("10005");
        other["fields"]["issuelinks"] = json!([]);
        let payloads = vec![("issues", "10001", incident("10001")), ("issues", "10005", other)];
        read(&tenant, NOW, settings(), payloads).await;
        read(&tenant, NOW + SECOND, settings(), vec![told]).await;
        assert_eq!(ids(&tenant, "work_items").await, mine(&["issues/10005"]));
        assert_eq!(ids(&tenant, "incidents").await, mine(&["incidents/10005"]));
        for entity in PARTS {
            let left = ids(&tenant, entity).await;
            assert!(!left.iter().any(|id| id.contains("issues/10001/")), "{entity}: {left:?}");
            assert!(entity == "work_item_links" || !left.is_empty(), "{entity}");
        }
        assert!(ids(&tenant, "rejects").await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_that_goes_to_another_project_and_changes_is_the_same_with_what_it_has_now() {
    let tenant = tenant().await;
    read(&tenant, NOW, settings(), vec![("issues", "10001", incident("10001"))]).await;
    assert_eq!(ids(&tenant, "incidents").await, mine(&["incidents/10001"]));

    let mut moved = issue();
    moved["key"] = json!("OPS-7");
    let fields = &mut moved["fields"];
    fields["project"] = json!({"id": "20", "key": "OPS"});
    fields["comment"]["comments"] = json!([{"id": "701"}]);
    fields["issuelinks"] = json!([]);
    fields["customfield_10041"] = Json::Null;
    fields["customfield_10020"] = json!([{"id": 31}]);
    read(&tenant, NOW + SECOND, settings(), vec![("issues", "10001", moved)]).await;
    assert_eq!(ids(&tenant, "work_items").await, mine(&["issues/10001"]));
    assert_eq!(texts(&tenant, "work_items", "key").await, ["OPS-7"]);
    assert_eq!(texts(&tenant, "work_items", "project_id").await, mine(&["projects/20"]));
    assert!(ids(&tenant, "incidents").await.is_empty());
    assert_eq!(ids(&tenant, "comments").await, mine(&["issues/10001/comments/701"]));
    assert_eq!(ids(&tenant, "work_item_fields").await, mine(&["issues/10001/fields/team"]));
    // The link that starts at the other issue is told gone by that one.
    assert_eq!(ids(&tenant, "work_item_links").await, mine(&["issues/20001/links/901"]));
    let stays = ["issues/10001/sprints/31/1", "issues/10001/sprints/31/2"];
    assert_eq!(ids(&tenant, "sprint_items").await, mine(&stays));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_issue_whose_type_gets_another_name_is_no_incident_any_more_whichever_is_mapped_first() {
    let mut renamed = incident("10001");
    renamed["fields"]["issuetype"]["name"] = json!("Disturbance");
    // No history tells of it.
    assert_eq!(renamed["changelog"], incident("10001")["changelog"]);
    let told = [(NOW, incident("10001")), (NOW + SECOND, renamed)];
    for order in [[0, 1], [1, 0]] {
        let tenant = tenant().await;
        for (at, body) in order.map(|n| told[n].clone()) {
            read(&tenant, at, settings(), vec![("issues", "10001", body)]).await;
        }
        assert_eq!(texts(&tenant, "work_items", "kind").await, ["Disturbance"]);
        assert_eq!(ids(&tenant, "incidents").await, [""; 0], "{order:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn both_issues_of_a_link_tell_one_row_and_either_brings_it() {
    let tenant = tenant().await;
    let mut to = issue();
    to["fields"]["issuelinks"] =
        json!([{"id": "900", "type": {"outward": "blocks"}, "inwardIssue": {"id": "10001", "key": "PAY-12"}}]);
    read(&tenant, NOW, settings(), vec![("issues", "10002", to.clone())]).await;
    assert_eq!(ids(&tenant, "work_item_links").await, mine(&["issues/10001/links/900"]));
    read(&tenant, NOW + SECOND, settings(), vec![("issues", "10001", issue()), ("issues", "10002", to)]).await;
    assert_eq!(ids(&tenant, "work_item_links").await, mine(&["issues/10001/links/900", "issues/20001/links/901"]));
    // Taken away: the issue that it started at no longer tells it.
    let mut from = issue();
    from["fields"]["issuelinks"] = json!([]);
    read(&tenant, NOW + 2 * SECOND, settings(), vec![("issues", "10001", from)]).await;
    assert_eq!(ids(&tenant, "work_item_links").await, mine(&["issues/20001/links/901"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_from_an_issue_that_is_not_read_goes_when_the_one_that_it_leads_to_no_longer_tells_it() {
    let tenant = tenant().await;
    let mut settings = settings();
    settings["projects"] = json!(["PAY"]);
    read(&tenant, NOW, settings.clone(), vec![("issues", "10001", issue())]).await;
    let links = || ids(&tenant, "work_item_links");
    // The one that leads to it is OPS-1's.
    assert_eq!(links().await, mine(&["issues/10001/links/900", "issues/10001/links/901"]));
    assert_eq!(texts(&tenant, "work_item_links", "from_id").await, mine(&["issues/10001", "issues/20001"]));
    let mut to = issue();
    to["fields"]["issuelinks"] = json!([issue()["fields"]["issuelinks"][0]]);
    read(&tenant, NOW + SECOND, settings.clone(), vec![("issues", "10001", to)]).await;
    assert_eq!(links().await, mine(&["issues/10001/links/900"]));
    // Where both are read one row is of the issue that it starts at.
    settings["projects"] = json!(["PAY", "OPS"]);
    let mut from = issue();
    from["key"] = json!("OPS-1");
    from["fields"]["issuelinks"] = json!([
        {"id": "901", "type": {"outward": "relates to"}, "outwardIssue": {"id": "10001", "key": "PAY-12"}},
    ]);
    let payloads = vec![("issues", "10001", issue()), ("issues", "20001", from)];
    read(&tenant, NOW + 2 * SECOND, settings, payloads).await;
    assert_eq!(links().await, mine(&["issues/10001/links/900", "issues/20001/links/901"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_goes_with_the_call_that_the_issue_that_it_leads_to_is_deleted() {
    let tenant = tenant().await;
    read(&tenant, NOW, settings(), vec![("issues", "10001", issue())]).await;
    let links = json!([
        {"id": 900, "type": {"outward": "blocks"}, "inwardIssue": {"id": "10001", "key": "PAY-12"}},
        {"id": 902, "type": {"outward": "blocks"}},
    ]);
    let told = json!({"id": "10002", "key": "PAY-13", "fields": {"issuelinks": links}});
    let deleted = json!({"event": "jira:issue_deleted", "payload": {"issue": told}});
    read(&tenant, NOW + SECOND, settings(), vec![("webhooks", "d-1", deleted)]).await;
    assert_eq!(ids(&tenant, "work_item_links").await, mine(&["issues/20001/links/901"]));
    assert!(ids(&tenant, "rejects").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_mapped_of_a_project_is_no_reject_while_the_settings_leave_that_out() {
    let tenant = tenant().await;
    let mut body = issue();
    body["fields"]["status"]["statusCategory"]["key"] = json!("lost");
    read(&tenant, NOW, json!({}), vec![("issues", "10001", body), ("issues", "10005", issue())]).await;
    let rejects = || ids(&tenant, "rejects");
    let reject = ["jira:acme:reject/issues/10001"];
    assert_eq!(rejects().await, reject);
    read(&tenant, NOW + SECOND, json!({"projects": ["OPS"]}), vec![]).await;
    assert_eq!(rejects().await, [""; 0]);
    // What was mapped of it stays.
    assert_eq!(ids(&tenant, "work_items").await, mine(&["issues/10005"]));
    read(&tenant, NOW + 2 * SECOND, json!({"projects": ["PAY", "OPS"]}), vec![]).await;
    assert_eq!(rejects().await, reject);
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_settings_decide_anew_about_what_was_read_before() {
    let tenant = tenant().await;
    read(&tenant, NOW, settings(), vec![("issues", "10001", issue())]).await;
    assert!(ids(&tenant, "incidents").await.is_empty());
    let other = json!({
        "fields": {"other": {"squad": "customfield_10001"}}, "incidents": {"types": ["story"], "labels": []},
    });
    read(&tenant, NOW + SECOND, other, vec![]).await;
    assert_eq!(ids(&tenant, "incidents").await, mine(&["incidents/10001"]));
    assert_eq!(ids(&tenant, "work_item_fields").await, mine(&["issues/10001/fields/squad"]));
}
