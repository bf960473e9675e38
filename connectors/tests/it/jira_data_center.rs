//! What Jira Data Center tells becomes rows of core, and what both editions tell alike.

use crate::jira_mapper::{id, map, settings};
use serde_json::{Value as Json, json};

fn bo() -> Json {
    json!({
        "self": "https://acme.example/jira/rest/api/2/user?username=bo", "name": "bo", "key": "JIRAUSER10101",
        "emailAddress": "bo@acme.example", "displayName": "Bo", "active": true, "timeZone": "Etc/UTC",
    })
}

/// An issue as version 2 of Data Center's API tells it. Histories name no ids of fields.
fn issue() -> Json {
    let item = |field: &str, kind: &str, from: Json, to: Json| {
        json!({
            "field": field, "fieldtype": kind, "from": from[0], "fromString": from[1], "to": to[0], "toString": to[1],
        })
    };
    let history = |id: &str, day: u32, items: Json| json!({"id": id, "author": bo(), "created": format!("2026-03-{day:02}T09:00:00.000+0000"), "items": items});
    let sprint = "com.atlassian.greenhopper.service.sprint.Sprint@5f3a[id=7,rapidViewId=3,state=CLOSED,name=S, 7,\
        startDate=2026-03-01T09:00:00.000+01:00,endDate=<null>,completeDate=<null>,sequence=7,goal=]";
    json!({
        "id": "300", "key": "OPS-3", "self": "https://acme.example/jira/rest/api/2/issue/300",
        "fields": {
            "summary": "Shop is down", "issuetype": {"name": "Incident"}, "project": {"id": "20", "key": "OPS"},
            "resolution": {"self": "https://acme.example/jira/rest/api/2/resolution/1", "id": "1", "name": "Fixed"},
            "status": {"name": "Closed", "statusCategory": {"key": "done"}}, "priority": {"name": "Highest"},
            "assignee": bo(), "reporter": {"name": "old", "displayName": "Old Hand"}, "resolutiondate": null,
            "created": "2026-03-01T08:00:00.000+0000", "duedate": null, "labels": [],
            "description": "Alerts came in.\n\n*Root cause:* {{0a1b2c3d}}",
            "customfield_10014": "OPS-1", "customfield_10016": "3", "customfield_10020": [sprint],
            "customfield_10041": [{"value": "shop", "disabled": false}, {"value": "till", "disabled": false}],
            "customfield_10043": {"value": "EMEA", "child": {"value": "Berlin"}}, "customfield_10001": "12",
            "issuelinks": [{"id": "55", "type": {"outward": "causes"}, "inwardIssue": {"id": "299"}}],
            "comment": {"comments": [{"id": "80", "author": bo(), "created": "2026-03-02T00:00:00.000+0000"}]},
        },
        "changelog": {"histories": [
            history("41", 2, json!([
                item("Epic Link", "custom", json!([null, null]), json!(["250", "OPS-1"])),
                item("assignee", "jira", json!([null, null]), json!(["JIRAUSER10101", "Bo"])),
                item("Sprint", "custom", json!(["", ""]), json!(["7", "S, 7"])),
            ])),
            history("42", 4, json!([item("status", "jira", json!(["1", "Open"]), json!(["6", "Closed"]))])),
        ]},
    })
}

#[test]
fn an_issue_of_data_center_is_a_work_item_too() {
    let told = map("issues", "300", &issue(), settings()).unwrap();
    let own = id("issues/300");
    assert_eq!(
        told.one("work_items"),
        json!({
            "id": own, "project_id": id("projects/20"), "key": "OPS-3", "title": "Shop is down", "kind": "Incident",
            "status": "Closed", "status_category": "done", "assignee_id": id("users/JIRAUSER10101"),
            "reporter_id": id("users/old"), "parent_id": id("issues/250"), "priority": "Highest", "points": 3.0,
            "created_at": "2026-03-01T08:00:00Z", "resolved_at": "2026-03-04T09:00:00Z", "labels": [],
            "url": "https://acme.example/jira/browse/OPS-3", "resolution": "Fixed",
        })
    );
    assert_eq!(
        told.one("incidents"),
        json!({
            "id": id("incidents/300"), "project_id": id("projects/20"), "title": "Shop is down",
            "severity": "Highest", "began_at": "2026-03-01T08:00:00Z", "resolved_at": "2026-03-04T09:00:00Z",
            "caused_by_sha": "0a1b2c3d", "url": "https://acme.example/jira/browse/OPS-3", "status": "Closed",
            "resolution": "Fixed",
        })
    );
    let link = told.one("work_item_links");
    assert_eq!((&link["id"], &link["to_id"]), (&json!(id("issues/299/links/55")), &json!(own)));
    let stay = told.one("sprint_items");
    assert_eq!((&stay["sprint_id"], &stay["added_at"]), (&json!(id("sprints/7")), &json!("2026-03-02T09:00:00Z")));
    let changes = told.rows("work_item_transitions");
    let told_of: Vec<_> = changes.iter().map(|change| (&change["field"], &change["to_value"])).collect();
    let bo = json!(id("users/JIRAUSER10101"));
    let expected = [
        (&json!("epic link"), &json!("OPS-1")),
        (&json!("assignee"), &bo),
        (&json!("sprint"), &json!("S, 7")),
        (&json!("status"), &json!("Closed")),
    ];
    assert_eq!(told_of, expected);
    let fields: Vec<_> = told.rows("work_item_fields").iter().map(|row| row["value"].clone()).collect();
    assert_eq!(fields, [json!("EMEA / Berlin"), json!("shop, till"), json!("12")]);
    assert_eq!(
        told.rows("identities"),
        [
            json!({
                "id": bo, "name": "Bo", "email": "bo@acme.example", "login": "bo", "is_bot": false,
            }),
            json!({"id": id("users/old"), "name": "Old Hand", "login": "old", "is_bot": false}),
        ]
    );
}

#[test]
fn the_issue_above_one_is_known_by_what_was_asked_of_its_key_or_by_its_id_alone() {
    let mut settings = settings();
    settings["fields"]["parent"] = json!("customfield_10018");
    let parent = |change: &dyn Fn(&mut Json)| {
        let mut body = issue();
        change(&mut body);
        map("issues", "300", &body, settings.clone()).unwrap().one("work_items").get("parent_id").cloned()
    };
    // It was made below the epic, so no history tells which issue that is.
    assert_eq!(parent(&|body| body["fields"]["customfield_10014"] = json!("OPS-2")), None);
    let asked = |body: &mut Json| body["above"] = json!({"OPS-2": "252", "GOAL-1": "9"});
    let below = |epic: Json, goal: Json| {
        parent(&|body| {
            asked(body);
            body["fields"]["customfield_10014"] = epic.clone();
            body["fields"]["customfield_10018"] = goal.clone();
        })
    };
    assert_eq!(below(json!("OPS-2"), Json::Null), Some(json!(id("issues/252"))));
    assert_eq!(below(Json::Null, json!("GOAL-1")), Some(json!(id("issues/9"))));
    assert_eq!(below(json!("OPS-2"), json!("GOAL-1")), Some(json!(id("issues/252"))), "the epic is the nearer one");
    assert_eq!(below(json!("OPS-7"), Json::Null), None, "nobody asked which issue that is");
    assert_eq!(parent(&|body| body["fields"]["customfield_10014"] = Json::Null), None);
    let told = parent(&|body| body["fields"]["customfield_10014"] = json!({"id": 251, "key": "OPS-2"}));
    assert_eq!(told, Some(json!(id("issues/251"))));
    let subtask = parent(&|body| body["fields"]["parent"] = json!({"id": "260", "key": "OPS-9"}));
    assert_eq!(subtask, Some(json!(id("issues/260"))));
}

#[test]
fn a_sprint_or_an_epic_is_known_from_a_history_whatever_their_fields_were_called_then() {
    let told = |names: Json, [epic, sprint]: [&str; 2]| {
        let mut body = issue();
        let items = &mut body["changelog"]["histories"][0]["items"];
        (items[0]["field"], items[2]["field"]) = (json!(epic), json!(sprint));
        let mut settings = settings();
        settings["fields"]["names"] = names;
        let told = map("issues", "300", &body, settings).unwrap();
        [("work_items", "parent_id"), ("sprint_items", "added_at")]
            .map(|(entity, column)| told.one(entity).get(column).cloned())
    };
    let names = json!({"customfield_10014": "Vorhaben", "customfield_10020": "Takt"});
    let known = [Some(json!(id("issues/250"))), Some(json!("2026-03-02T09:00:00Z"))];
    assert_eq!(told(names.clone(), ["Vorhaben", "takt"]), known);
    assert_eq!(told(names, ["Epic Link", "Sprint"]), known, "it was renamed since");
    let unknown = [None, Some(json!("2026-03-01T08:00:00Z"))];
    assert_eq!(
        told(json!({}), ["Vorhaben", "Takt"]),
        unknown,
        "it is in its sprint since it was made, as far as is known"
    );
}

#[test]
fn a_project_keeps_its_number_and_its_boards_belong_to_it() {
    let project = json!({"id": "20", "key": "OPS", "name": "Operations", "projectTypeKey": "software"});
    let row = map("projects", "20", &project, Json::Null).unwrap().one("projects");
    assert_eq!(row, json!({"id": id("projects/20"), "name": "Operations", "key": "OPS"}));
    assert_eq!(map("projects", "20", &json!({}), Json::Null).unwrap_err().field.as_deref(), Some("name"));
    let board = json!({"id": 4, "name": "Team", "type": "scrum", "location": {"projectId": 20, "projectKey": "OPS"}});
    assert_eq!(
        map("boards", "4", &board, Json::Null).unwrap().one("project_scopes"),
        json!({
            "id": id("boards/4"), "project_id": id("projects/20"), "scope_kind": "board", "scope_id": id("boards/4"),
        })
    );
    assert_eq!(
        map("boards", "4", &board, Json::Null).unwrap().one("boards"),
        json!({"id": id("boards/4"), "name": "Team", "project_id": id("projects/20")})
    );
    for nowhere in [json!({"id": 4}), json!({"location": {"userAccountId": "a"}}), json!({"location": null})] {
        let told = map("boards", "4", &nowhere, Json::Null).unwrap();
        assert_eq!((told.one("boards"), told.rows("project_scopes")), (json!({"id": id("boards/4")}), Vec::new()));
    }
}

#[test]
fn a_sprint_is_told_with_its_times_in_either_edition() {
    let cloud = json!({
        "id": 7, "name": "Sprint 7", "state": "closed", "originBoardId": 4, "startDate": "2026-01-05T09:00:00.000Z",
        "endDate": "2026-01-19T09:00:00.000Z", "completeDate": "2026-01-19T10:00:00.000Z", "goal": "ship",
    });
    assert_eq!(
        map("sprints", "7", &cloud, Json::Null).unwrap().one("sprints"),
        json!({
            "id": id("sprints/7"), "name": "Sprint 7", "state": "closed", "starts_at": "2026-01-05T09:00:00Z",
            "ends_at": "2026-01-19T09:00:00Z", "completed_at": "2026-01-19T10:00:00Z", "board_id": id("boards/4"),
        })
    );
    let project = |board: Json| {
        let sprint = json!({"id": 7, "name": "Sprint 7", "state": "active", "originBoard": board});
        map("sprints", "7", &sprint, Json::Null).unwrap().one("sprints").get("project_id").cloned()
    };
    assert_eq!(project(json!({"location": {"projectId": 20}})), Some(json!(id("projects/20"))));
    for nowhere in [json!({"location": {"userAccountId": "a"}}), json!({"location": null}), Json::Null] {
        assert_eq!(project(nowhere), None);
    }
    let planned = json!({"id": 8, "name": "Sprint 8", "state": "FUTURE", "startDate": "2026-02-01T09:00:00.000+01:00"});
    let row = map("sprints", "8", &planned, Json::Null).unwrap().one("sprints");
    assert_eq!((&row["state"], &row["starts_at"]), (&json!("future"), &json!("2026-02-01T08:00:00Z")));
    let reject = map("sprints", "8", &json!({"name": "x", "state": "paused"}), Json::Null).unwrap_err();
    assert!(reject.field.as_deref() == Some("state") && reject.reason.contains("`paused`"), "{}", reject.reason);
}

#[test]
fn a_status_means_what_jira_says_or_else_what_somebody_said() {
    let status = json!({"id": "3", "name": "In Progress", "statusCategory": {"key": "indeterminate"}});
    let told = |body: &Json, settings| map("statuses", "3", body, settings).unwrap();
    assert_eq!(
        told(&status, Json::Null).one("statuses"),
        json!({"id": id("statuses/3"), "name": "In Progress", "status_category": "doing"})
    );
    let settings = json!({"statuses": {"todo": ["in *"]}});
    assert_eq!(told(&status, settings).one("statuses")["status_category"], "todo");
    assert_eq!(map("statuses", "3", &json!({}), Json::Null).unwrap_err().field.as_deref(), Some("name"));
}

#[test]
fn what_no_entity_shows_is_kept_and_makes_nothing() {
    for (stream, body) in [
        ("webhooks", json!({"event": "sprint_started", "payload": {"sprint": {"id": 7}}})),
        ("webhooks", json!({"event": "jira:issue_updated", "payload": {"issue": {"id": "300"}}})),
        ("webhooks", json!({"event": null})),
        ("webhooks", json!({"event": "jira:issue_deleted", "payload": {"issue": {"id": "300"}}})),
        ("problems", json!({"reason": null})),
    ] {
        assert!(map(stream, "3", &body, Json::Null).unwrap().is_empty(), "{stream}: {body}");
    }
    let reject = map("webhooks", "x", &json!({"event": "jira:issue_deleted", "payload": {}}), Json::Null).unwrap_err();
    assert_eq!(reject.field.as_deref(), Some("payload.issue.id"));
}

#[test]
fn a_version_and_a_component_belong_to_their_project() {
    let version = json!({
        "id": "10200", "name": "1.0", "archived": false, "released": true, "projectId": 20, "startDate": "2026-01-05",
        "releaseDate": "2026-02-02", "overdue": false, "userReleaseDate": "02/Feb/26",
    });
    assert_eq!(
        map("versions", "10200", &version, Json::Null).unwrap().one("versions"),
        json!({
            "id": id("versions/10200"), "project_id": id("projects/20"), "name": "1.0", "is_released": true,
            "is_archived": false, "starts_on": "2026-01-05", "release_on": "2026-02-02",
        })
    );
    // What nobody says, or no day is, is not known.
    let least = json!({"name": "x", "projectId": "20", "releaseDate": "soon"});
    assert_eq!(
        map("versions", "1", &least, Json::Null).unwrap().one("versions"),
        json!({
            "id": id("versions/1"), "project_id": id("projects/20"), "name": "x", "is_released": false,
            "is_archived": false,
        })
    );
    let component = json!({"id": "10300", "name": "storefront", "project": "OPS", "projectId": 20, "lead": bo()});
    let told = map("components", "10300", &component, Json::Null).unwrap();
    assert_eq!(
        told.one("components"),
        json!({
            "id": id("components/10300"), "project_id": id("projects/20"), "name": "storefront",
            "lead_id": id("users/JIRAUSER10101"),
        })
    );
    // Cloud tells no address of a lead: whoever it is is told of by issues.
    assert!(told.ids("identities").is_empty());
    for stream in ["versions", "components"] {
        for (missing, field) in [(json!({"projectId": 20}), "name"), (json!({"name": "x"}), "projectId")] {
            let reject = map(stream, "1", &missing, Json::Null).unwrap_err();
            assert_eq!(reject.field.as_deref(), Some(field), "{stream}");
        }
    }
}

#[test]
fn a_type_stands_where_cloud_says_and_where_data_center_does_as_far_as_it_does() {
    let level = |body: Json| {
        let row = map("types", "10000", &body, Json::Null).unwrap().one("work_item_types");
        assert_eq!((&row["id"], &row["name"]), (&json!(id("types/10000")), &json!("Vorhaben")));
        row.get("hierarchy_level").cloned()
    };
    assert_eq!(level(json!({"name": "Vorhaben", "subtask": false, "hierarchyLevel": 1})), Some(json!(1)));
    assert_eq!(level(json!({"name": "Vorhaben", "subtask": true, "hierarchyLevel": -1})), Some(json!(-1)));
    assert_eq!(level(json!({"name": "Vorhaben", "subtask": true})), Some(json!(-1)));
    // Data Center does not tell an epic from what is below it.
    assert_eq!(level(json!({"name": "Vorhaben", "subtask": false})), None);
    assert_eq!(map("types", "1", &json!({}), Json::Null).unwrap_err().field.as_deref(), Some("name"));
}
