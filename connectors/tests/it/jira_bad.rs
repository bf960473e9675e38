//! Jira, when what it answers or holds is bad: a clear error or reject, and all else goes on.

use crate::jira_mapper::{map, settings};
use crate::jira_sync::{credentials, open, serve, world};
use crate::lake::{ids, tenant, texts};
use chrono::TimeDelta;
use pulse_connectors::jira::{JiraSettings, JiraSource};
use pulse_connectors::{Error, mapper, sync};
use pulse_engine::Clock;
use pulse_engine::land::Page;
use pulse_simulator::world::jira::Fields;
use pulse_simulator::{Fault, On, Served, Server};
use serde_json::{Value as Json, json};

fn source(server: &Server, credential: &str) -> JiraSource {
    open(server, credential, JiraSettings::default()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_in_the_way_of_everything_is_told_before_a_connection_is_kept() {
    let server = serve(world(5)).await;
    for (credential, scope) in credentials().into_iter().zip(["read:jira-work", "do not have permission"]) {
        for (fault, times, words) in [
            (Fault::BadCredentials, 1, "give it a new one"),
            (Fault::MissingScope { accepted: String::new() }, 1, scope),
            (Fault::IpAllowList, 1, "allowlist"),
            (Fault::LoginPage, 1, "log in at"),
            (Fault::WebPage, 100, "a web page instead of JSON"),
            (Fault::InvalidJson, 100, "broken JSON"),
            (Fault::Padded(25), 100, "longer than 24 MiB"),
        ] {
            for _ in 0..times {
                server.jira.faults.plan(On::Path("/myself".to_owned()), fault.clone());
            }
            let error = source(&server, &credential).check().await.unwrap_err().to_string();
            assert!(error.contains(words) && error.contains("Jira"), "{fault:?}: {error}");
            server.jira.faults.clear();
            source(&server, &credential).check().await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_in_the_way_of_boards_keeps_no_issue() {
    let server = serve(world(20)).await;
    for credential in credentials() {
        for fault in [Fault::MissingScope { accepted: String::new() }, Fault::IpAllowList] {
            let tenant = tenant().await;
            server.jira.faults.plan(On::Path("agile/1.0/board".to_owned()), fault.clone());
            sync(&tenant, Box::new(source(&server, &credential)), Clock::System, &|_| ()).await.unwrap();
            tenant.map(mapper("jira").unwrap().as_ref(), false).await.unwrap();
            assert_eq!(ids(&tenant, "rejects").await.len(), 1, "{fault:?}");
            assert!(!ids(&tenant, "work_items").await.is_empty() && ids(&tenant, "sprints").await.is_empty());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_in_the_way_of_one_project_keeps_no_other_from_being_read() {
    let mut world = world(20);
    let issues = world.jira.issues.len();
    let person = world.jira.users.keys().next().unwrap().clone();
    let project = world.create_jira_project("BAD", "Bad", &person, None);
    let fields = Fields { project, summary: "Out of sight".to_owned(), ..Fields::default() };
    world.create_jira_issue(fields, &person).unwrap();
    let server = serve(world).await;
    for (credential, scope) in credentials().into_iter().zip(["read:jira-work", "do not have permission"]) {
        for (fault, words) in [
            (Fault::MissingScope { accepted: String::new() }, scope),
            (Fault::IpAllowList, "allowlist"),
            (Fault::WebPage, "a web page instead of JSON"),
            (Fault::InvalidJson, "broken JSON"),
            (Fault::ServerError(500), "500"),
        ] {
            let tenant = tenant().await;
            for _ in 0..100 {
                server.jira.faults.plan(On::Address(format!("jql=project+%3D+{project}+")), fault.clone());
            }
            let read = sync(&tenant, Box::new(source(&server, &credential)), Clock::System, &|_| ()).await;
            server.jira.faults.clear();
            tenant.map(mapper("jira").unwrap().as_ref(), false).await.unwrap();
            // What a person has to mend is no reason to try again.
            let is_refused = matches!(fault, Fault::MissingScope { .. } | Fault::IpAllowList);
            match read {
                Ok(_) => assert!(is_refused, "{fault:?}"),
                Err(Error::Incomplete { parts: 1, .. }) => assert!(!is_refused, "{fault:?}"),
                Err(error) => panic!("{fault:?}: {error}"),
            }
            assert_eq!(texts(&tenant, "rejects", "key").await, ["projects/BAD"], "{fault:?}");
            let reason = texts(&tenant, "rejects", "reason").await.remove(0);
            assert!(reason.contains(words), "{fault:?}: {reason}");
            assert_eq!(ids(&tenant, "work_items").await.len(), issues, "{fault:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_of_ten_megabytes_is_read_like_any_other() {
    let server = serve(world(5)).await;
    for _ in 0..3 {
        server.jira.faults.next(Fault::Padded(10));
    }
    let tenant = tenant().await;
    sync(&tenant, Box::new(source(&server, &credentials()[0])), Clock::System, &|_| ()).await.unwrap();
    // What was refused would have been asked for again.
    let requests = server.jira.log.requests();
    let what =
        |served: &Served| format!("{}?{} {:?} {}", served.path, served.query, served.operation, served.variables);
    let large: Vec<String> = requests.iter().filter(|served| served.fault.is_some()).map(what).collect();
    assert_eq!(large.len(), 3);
    for asked in large {
        assert_eq!(requests.iter().filter(|served| what(served) == asked).count(), 1, "{asked}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_that_was_deleted_is_gone_and_the_others_are_read() {
    let server = serve(world(20)).await;
    for (credential, is_cloud) in credentials().into_iter().zip([true, false]) {
        let tenant = tenant().await;
        let read = async || {
            sync(&tenant, Box::new(source(&server, &credential)), Clock::System, &|_| ()).await.unwrap();
            tenant.map(mapper("jira").unwrap().as_ref(), false).await.unwrap();
        };
        read().await;
        let before = ids(&tenant, "projects").await;
        let (id, project) = {
            let mut world = server.jira.world.lock();
            world.now += TimeDelta::hours(2);
            world.jira.projects.pop_last().unwrap()
        };
        // It may be out of sight, or archived.
        read().await;
        assert_eq!(ids(&tenant, "projects").await, before);
        let is_known =
            async || tenant.cursors("jira", "jira:acme").await.unwrap().contains_key(&format!("project/{id}"));
        assert!(is_known().await);
        let told = "projects that are out of sight".to_owned();
        assert!(texts(&tenant, "rejects", "key").await.contains(&told));
        // Cloud tells what is in its recycle bin, and Data Center calls a hook.
        let called = {
            let mut world = server.jira.world.lock();
            if is_cloud {
                world.jira.recycled.insert(id, project.clone());
            }
            let call = json!({
                "timestamp": world.now.timestamp_millis(), "webhookEvent": "project_deleted", "project": {"id": id},
            });
            let at = world.now.timestamp_micros();
            world.now += TimeDelta::hours(2);
            (call.to_string(), at)
        };
        if !is_cloud {
            let (call, at) = called;
            let payloads = vec![pulse_connectors::jira::called(&|_| None, call.as_bytes(), at).unwrap()];
            tenant.land("jira", "jira:acme", Page { payloads, ..Page::default() }).await.unwrap();
        }
        read().await;
        assert!(!texts(&tenant, "rejects", "key").await.contains(&told));
        let after = ids(&tenant, "projects").await;
        assert_eq!(after.len(), before.len() - 1);
        assert!(!after.contains(&format!("jira:acme:projects/{id}")));
        assert!(!is_known().await, "nothing is left to know of it");
        let named = JiraSettings::from_json(&json!({"projects": [project.key]})).unwrap();
        let error = open(&server, &credential, named).unwrap().check().await.unwrap_err();
        assert!(matches!(&error, Error::Refused { reason, .. } if reason.contains(&project.key)), "{error}");
        let mut world = server.jira.world.lock();
        world.jira.recycled.clear();
        world.jira.projects.insert(id, project);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_for_people_that_nothing_is_there_takes_no_project_for_deleted() {
    let server = serve(world(20)).await;
    for credential in credentials() {
        let tenant = tenant().await;
        let read = async || {
            server.jira.world.lock().now += TimeDelta::hours(2);
            sync(&tenant, Box::new(source(&server, &credential)), Clock::System, &|_| ()).await.unwrap();
            tenant.map(mapper("jira").unwrap().as_ref(), false).await.unwrap();
            ids(&tenant, "projects").await
        };
        let before = read().await;
        let (id, project) = server.jira.world.lock().jira.projects.pop_last().unwrap();
        for _ in 0..100 {
            server.jira.faults.plan(On::Path(format!("/project/{id}")), Fault::NoPage);
        }
        let whole = async || {
            server.jira.world.lock().now += TimeDelta::hours(2);
            let source = Box::new(source(&server, &credential).whole());
            sync(&tenant, source, Clock::System, &|_| ()).await.unwrap();
            tenant.map(mapper("jira").unwrap().as_ref(), false).await.unwrap();
            ids(&tenant, "projects").await
        };
        assert_eq!(read().await, before);
        assert_eq!(whole().await, before);
        server.jira.faults.clear();
        let gone = format!("jira:acme:projects/{id}");
        assert_eq!(whole().await, before.into_iter().filter(|held| *held != gone).collect::<Vec<_>>());
        server.jira.world.lock().jira.projects.insert(id, project);
    }
}

fn issue(fields: &Json) -> Json {
    let mut all = json!({
        "summary": "x", "issuetype": {"name": "Bug"}, "project": {"id": "20", "key": "OPS"},
        "status": {"name": "Closed", "statusCategory": {"key": "done"}}, "created": "2026-03-01T08:00:00.000+0000",
    });
    for (name, value) in fields.as_object().unwrap() {
        all[name] = value.clone();
    }
    json!({"id": "300", "key": "OPS-3", "self": "https://acme.example/rest/api/2/issue/300", "fields": all})
}

#[test]
fn a_time_that_is_absurd_is_not_known() {
    for (absurd, shown) in [
        ("0001-01-01T00:00:00.000+0000", json!("0001-01-01T00:00:00Z")),
        ("9999-12-31T23:59:59.000+0000", json!("9999-12-31T23:59:59Z")),
        ("0001-01-01T00:00:00.000+1400", Json::Null),
        ("+275760-09-13T00:00:00.000+0000", Json::Null),
        ("275760-09-13T00:00:00.000+0000", Json::Null),
        ("yesterday", Json::Null),
    ] {
        let told = map("issues", "300", &issue(&json!({"resolutiondate": absurd})), settings()).unwrap();
        assert_eq!(told.one("work_items")["resolved_at"], shown, "{absurd}");
    }
    for (absurd, shown) in [
        ("0001-01-01", json!("0001-01-01")),
        ("9999-12-31", json!("9999-12-31")),
        ("+275760-09-13", Json::Null),
        ("275760-09-13", Json::Null),
    ] {
        let told = map("issues", "300", &issue(&json!({"duedate": absurd})), settings()).unwrap();
        assert_eq!(told.one("work_items")["due_on"], shown, "{absurd}");
    }
}

#[test]
fn a_field_of_a_type_that_nobody_knows_is_kept_as_it_is_and_rejects_nothing() {
    let deep = json!({"deep": {"deeper": [1, {"x": null}]}});
    let nameless = json!({"value": null, "child": {"value": 7}});
    let odd = [
        (deep.clone(), Some(deep.to_string())),
        (json!([[["a"]], {"id": 1}]), Some(r#"a, {"id":1}"#.to_owned())),
        (json!(1e308), Some("1e+308".to_owned())),
        (json!(""), None),
        (json!("\u{0}\u{1F600}"), Some("\u{0}\u{1F600}".to_owned())),
        (json!({"type": "doc", "content": "none"}), None),
        (nameless.clone(), Some(nameless.to_string())),
        (json!(true), Some("true".to_owned())),
    ];
    let asked = json!({"fields": {
        "points": "customfield_1", "sprint": "customfield_1", "epic": "customfield_1", "severity": "customfield_1",
        "began_at": "customfield_1", "other": {"odd": "customfield_1"},
    }});
    for (value, kept) in odd {
        let told = map("issues", "300", &issue(&json!({"customfield_1": value})), asked.clone());
        let told = told.unwrap_or_else(|reject| panic!("{value}: {reject:?}"));
        assert_eq!(told.one("work_items")["title"], "x", "{value}");
        let fields: Vec<Json> = told.rows("work_item_fields").into_iter().map(|row| row["value"].clone()).collect();
        let kept: Vec<Json> = kept.into_iter().map(Json::from).collect();
        assert_eq!(fields, kept, "{value}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_that_is_not_there_is_no_problem_any_more_once_the_settings_do_not_name_it() {
    let server = serve(world(20)).await;
    let tenant = tenant().await;
    let key = server.jira.world.lock().jira.projects.values().next().unwrap().key.clone();
    let read = async |projects: Vec<String>| {
        server.jira.world.lock().now += TimeDelta::minutes(10);
        let settings = JiraSettings { projects, ..JiraSettings::default() };
        let source = open(&server, &credentials()[0], settings).unwrap();
        source.prepare().await.unwrap();
        sync(&tenant, Box::new(source), Clock::System, &|_| ()).await.unwrap();
        tenant.map(mapper("jira").unwrap().as_ref(), false).await.unwrap();
        ids(&tenant, "rejects").await
    };
    let problem = "jira:acme:reject/problems/project NOPE";
    assert_eq!(read(vec![key.clone(), "NOPE".to_owned()]).await, [problem]);
    assert_eq!(read(vec![key]).await, [""; 0]);
}
