//! A tenant that was exported comes back under another name, and answers as before; of one that cannot come in whole, nothing does.

use crate::backup::{does, repository};
use crate::commands::{err, pulse};
use crate::golden::{FIGURES, SPAN};
use crate::own_metrics::ROLLBACKS;
use crate::reports_kept::Kept;
use crate::rest::{Server, run};
use crate::world::{acme, refusal};
use arrow::util::pretty::pretty_format_batches;
use bytes::Bytes;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use pulse_engine::metrics::{Grain, Question};
use pulse_engine::{Engine, Tenant, TenantId};
use pulse_server::Error;
use pulse_server::alerts::Rule;
use pulse_server::auth::Permission;
use pulse_server::branding::Branding;
use pulse_server::control::*;
use pulse_server::export::archive;
use pulse_server::import::{Archive, import};
use pulse_server::jobs::When;
use pulse_server::reports::{FONT_WAS, FONTS, Plan, Weight, fonts, remove_font, set_font};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

fn named(name: &str) -> TenantId {
    TenantId::new(name).unwrap()
}

async fn lake(folder: &Path) -> Engine {
    Engine::open(url::Url::from_directory_path(folder).unwrap().as_str()).await.unwrap()
}

/// A tenant's archive in a file.
async fn written(control: &Control, engine: &Engine, tenant: &TenantId, folder: &Path) -> PathBuf {
    let pieces: Vec<Bytes> = archive(control, engine, tenant).await.unwrap().try_collect().await.unwrap();
    let file = folder.join(format!("{tenant}.tar"));
    std::fs::write(&file, pieces.concat()).unwrap();
    file
}

/// What stands in an archive about everything but the lake, by file.
fn about(file: &Path) -> BTreeMap<String, String> {
    let mut texts = BTreeMap::new();
    for entry in tar::Archive::new(std::fs::File::open(file).unwrap()).entries().unwrap() {
        let mut entry = entry.unwrap();
        let name = entry.path().unwrap().to_str().unwrap().to_owned();
        if let Some(name) = name.strip_prefix("control/") {
            let mut text = String::new();
            std::io::Read::read_to_string(&mut entry, &mut text).unwrap();
            texts.insert(name.to_owned(), text);
        }
    }
    texts
}

/// What is asked of a tenant before and after.
pub(crate) async fn answers(tenant: &Tenant, control: &Control) -> Vec<String> {
    let mut answers = Vec::new();
    for table in ["core.commits", "core.deployments", "facts.changes", "facts.deployments", "facts.incidents"] {
        let rows = tenant.sql(&format!("SELECT * FROM {table} ORDER BY id")).await.unwrap();
        answers.push(pretty_format_batches(&rows).unwrap().to_string());
    }
    for (metric, ..) in FIGURES {
        let question = Question {
            metric: metric.to_owned(),
            from: SPAN[0].parse().unwrap(),
            until: SPAN[1].parse().unwrap(),
            grain: Grain::Month,
            by: None,
            filter: Default::default(),
            compare: None,
        };
        let answer = tenant.ask(&question, &Default::default(), control.clock()).await.unwrap();
        answers.push(serde_json::to_string(&answer.groups).unwrap());
    }
    answers
}

/// A tenant with one of everything that an export holds.
async fn furnish(server: &Server) {
    let (control, owner, ada) = (server.world.control(), server.world.owner().await, &server.world.ada.id);
    let may = [Permission::MetricsRead].into_iter().collect();
    control.create_role(&acme(), &owner.permissions, "watcher", "Looks on", &may).await.unwrap();
    let only = Sees::Only { teams: ["push:acme:t".to_owned()].into(), projects: Default::default() };
    server.world.join("bob@example.com", &["watcher"], only).await;
    for (version, target, text) in [(0, 1.0, "-- name: ours, at first"), (1, 86_400.5, "-- name: ours")] {
        control.set_target(&acme(), "change_lead_time", target, ada, version).await.unwrap();
        control.set_own_metric(&acme(), "ours", text, ada, version).await.unwrap();
    }
    for (version, name) in [(0, "Ours, at first"), (1, "Ours")] {
        let branding = Branding { name: Some(name.to_owned()), ..Branding::default() };
        control.set_branding(&acme(), branding, ada, version).await.unwrap();
    }
    for (title, shared) in [("Theirs", true), ("Mine", false)] {
        let draft = |sql: &str| Draft {
            title: title.to_owned(),
            description: String::new(),
            sql: sql.to_owned(),
            parameters: Vec::new(),
            shared,
        };
        let first = control.save_query(&acme(), ada, draft("SELECT 0")).await.unwrap();
        let (asker, number) = ((ada.as_str(), false), (first.id.as_str(), first.version));
        control.change_saved_query(&acme(), asker, number, draft("SELECT 1")).await.unwrap();
    }
    let plan: Plan = serde_json::from_value(json!({"formats": [], "places": [{"notification": ada}]})).unwrap();
    control.set_report_definition(&acme(), "weekly", &plan, ada, 0).await.unwrap();
    let rule: Rule = serde_json::from_value(json!({
        "title": "Lead time", "severity": "critical", "to": [{"notification": ada}, {"mail": "ops@example.com"}],
        "escalation": {"after_seconds": 900, "to": [{"notification": ada}]},
        "condition": {"metric": {"metric": "change_lead_time", "test": {"above": 10.0}}},
    }))
    .unwrap();
    control.set_alert_rule(&acme(), "lead", (&rule, &[]), ada, 0).await.unwrap();
    let terms = |issuer: &str| serde_json::from_value(json!({"issuer": issuer, "client_id": "pulse"})).unwrap();
    let sealed = server.world.access.sso.seal(&acme(), "idp", "the-providers-secret").unwrap();
    control.create_provider(&acme(), &owner, "idp", terms("https://idp"), Some(sealed)).await.unwrap();
    control.create_provider(&acme(), &owner, "open", terms("https://open"), None).await.unwrap();
}

#[test]
fn an_export_under_another_name_answers_byte_by_byte_as_before() {
    run(async {
        let server = Server::start().await;
        furnish(&server).await;
        let control = server.world.control();
        let folder = tempfile::tempdir().unwrap();
        let file = written(control, &server.engine, &acme(), folder.path()).await;
        let (before, told) = (answers(&server.engine.tenant(&acme()), control).await, about(&file));
        // Another lake, and the same people: all rows are the same, but for the name and what nobody knows the secret of.
        let engine = lake(&folder.path().join("lake")).await;
        let archive = Archive::open(&file).await.unwrap();
        assert_eq!(archive.tenant(), "acme");
        let done = import(control, &engine, &archive, &named("copy"), false).await.unwrap();
        assert_eq!(done, Imported { members: 2, tokens: 1, providers: 1, ..Imported::default() });
        assert_eq!(answers(&engine.tenant(&named("copy")), control).await, before);
        let again = written(control, &engine, &named("copy"), folder.path()).await;
        let copied = about(&again);
        for (name, text) in &told {
            match name.as_str() {
                "tokens.ndjson" => assert_eq!(copied[name], ""),
                "identity_providers.ndjson" => {
                    let text = text.replacen("\"active\":true", "\"active\":false", 1);
                    assert_eq!(copied[name], text.replacen("\"has_secret\":true", "\"has_secret\":false", 1));
                }
                "tenant.ndjson" => assert_eq!(copied[name], text.replace("\"id\":\"acme\"", "\"id\":\"copy\"")),
                _ => assert_eq!(&copied[name], text, "{name}"),
            }
        }
        // What reports that were made name goes by the number that it had.
        for name in ["branding", "targets", "own_metrics", "saved_queries"] {
            assert!(copied[&format!("{name}.ndjson")].contains("\"version\":2"), "{name}");
        }
        let any = ["roles", "alert_rules", "branding_versions", "target_versions", "own_metric_versions"];
        assert!(any.iter().all(|name| !copied[&format!("{name}.ndjson")].is_empty()));
        let looked = control.branding_at(&named("copy"), 1).await.unwrap();
        assert_eq!(looked.name.as_deref(), Some("Ours, at first"));
        // Of all looks it is said which one is wrong.
        let wrong = folder.path().join("wrong");
        let long = |text: &str| text.replace("Ours, at first", &"x".repeat(61));
        forged(&file, &wrong, "control/branding_versions.ndjson", long);
        let wrong = Archive::open(&wrong).await.unwrap();
        let error = import(control, &engine, &wrong, &named("wrong"), false).await.unwrap_err().to_string();
        assert!(error.starts_with("`name` should be") && error.ends_with("(version 1 of its look)"), "{error}");
        let said = &copied["saved_query_versions.ndjson"];
        assert!(said.contains("SELECT 0") && said.lines().count() == 1 && !said.contains("Mine"), "{said}");
        let theirs: Value = serde_json::from_str(&copied["saved_queries.ndjson"]).unwrap();
        let was = control.saved_version(&named("copy"), "", theirs["id"].as_str().unwrap(), 1).await.unwrap();
        assert_eq!((was.sql.as_str(), &was.set_by.id), ("SELECT 0", &server.world.ada.id));
        assert!(copied["saved_queries.ndjson"].contains("Theirs") && !copied["saved_queries.ndjson"].contains("Mine"));
        // No log tells of where the tables stood before.
        let log = folder.path().join("lake/tenant=copy/core/commits/_delta_log/00000000000000000000.json");
        let log = std::fs::read_to_string(log).unwrap();
        assert!(log.contains("/lake/tenant=copy/core/commits/") && !log.contains("tenant=acme"), "{log}");
        // Where nobody is known, people come without passwords, and what is theirs is theirs.
        let address = format!("sqlite:{}", folder.path().join("other.db").display());
        let other = Control::open(&address, control.clock()).await.unwrap();
        let elsewhere = lake(&folder.path().join("elsewhere")).await;
        let done = import(&other, &elsewhere, &archive, &named("acme"), false).await.unwrap();
        assert_eq!((done.members, done.new_people), (2, 2));
        let members = other.members(&named("acme"), &Cursor::new(None, None).unwrap()).await.unwrap().items;
        let ada = members.iter().find(|member| member.email == "Ada@example.com").unwrap();
        assert_ne!(ada.id, server.world.ada.id);
        let rule = other.alert_rule(&named("acme"), "lead").await.unwrap().unwrap();
        let text = serde_json::to_string(&rule).unwrap();
        assert_eq!(
            (&rule.owner, text.matches(&ada.id).count()),
            (&ada.id, 4),
            "owner, setter, told, escalated to: {text}"
        );
        let weekly = other.report_definition(&named("acme"), "weekly").await.unwrap().unwrap();
        assert!(serde_json::to_string(&weekly).unwrap().matches(&ada.id).count() == 2);
        assert_eq!(answers(&elsewhere.tenant(&named("acme")), control).await, before);
        assert_eq!(other.tick_alerts().await.unwrap(), 1, "its rules are looked at, though nobody sets one");
    });
}

#[test]
fn the_past_is_told_by_what_counted_then_after_an_import_too() {
    run(async {
        let server = Server::start().await;
        let (control, ada) = (server.world.control(), &server.world.ada.id);
        let mut instants = Vec::new();
        for (version, value) in [(0, 3.0), (1, 4.0)] {
            for metric in ["cycle_time", "deployment_frequency"] {
                control.set_target(&acme(), metric, value, ada, version).await.unwrap();
            }
            let text = ROLLBACKS.replace("title: Rollbacks", &format!("title: Rollbacks {version}"));
            for metric in ["rollbacks", "gone"] {
                let text = text.replace("name: rollbacks", &format!("name: {metric}"));
                control.set_own_metric(&acme(), metric, &text, ada, version).await.unwrap();
            }
            instants.push(control.clock().now());
            server.world.pass(1_000_000);
        }
        control.remove_target(&acme(), "deployment_frequency", ada).await.unwrap();
        control.remove_own_metric(&acme(), "gone", ada).await.unwrap();
        instants.push(control.clock().now());
        let folder = tempfile::tempdir().unwrap();
        let file = written(control, &server.engine, &acme(), folder.path()).await;
        let engine = lake(&folder.path().join("lake")).await;
        let archive = Archive::open(&file).await.unwrap();
        import(control, &engine, &archive, &named("copy"), false).await.unwrap();
        // What figures as of then are held against, and what reports that were made then are made again by.
        let aims = async |tenant: &TenantId, at: i64| control.target_values_at(tenant, at).await.unwrap();
        for (at, aimed_at) in instants.iter().zip([[3.0, 3.0].as_slice(), &[4.0, 4.0], &[4.0]]) {
            let there = aims(&named("copy"), *at).await;
            assert_eq!(there, aims(&acme(), *at).await);
            assert_eq!(there.into_values().collect::<Vec<_>>(), aimed_at);
        }
        let first = Cursor::new(None, None).unwrap();
        for (name, kept) in [("rollbacks", 2), ("gone", 3)] {
            let there = control.own_metric_versions(&named("copy"), name, &first).await.unwrap().items;
            assert_eq!(there, control.own_metric_versions(&acme(), name, &first).await.unwrap().items);
            assert_eq!(there.len(), kept, "{name}");
        }
        let then = [("rollbacks".to_owned(), 1), ("gone".to_owned(), 2)].into();
        let defined = control.own_definitions_at(&named("copy"), &then).await.unwrap();
        let titles: Vec<&str> = defined.iter().map(|definition| definition.title.as_str()).collect();
        assert_eq!(titles, ["Rollbacks 1", "Rollbacks 0"]);
        // One that comes again goes on counting.
        let again = control.set_target(&named("copy"), "deployment_frequency", 5.0, ada, 0).await.unwrap();
        assert_eq!(again.version, 4);

        // Whoever took one away goes by their address, too; an archive of the second form told of no past.
        let address = format!("sqlite:{}", folder.path().join("other.db").display());
        let other = Control::open(&address, control.clock()).await.unwrap();
        let elsewhere = lake(&folder.path().join("elsewhere")).await;
        import(&other, &elsewhere, &archive, &acme(), false).await.unwrap();
        let members = other.members(&acme(), &first).await.unwrap().items;
        let gone = other.own_metric_versions(&acme(), "gone", &first).await.unwrap().items;
        assert!(gone.iter().all(|version| version.set_by == members[0].id && version.set_by != *ada), "{gone:?}");
        let old = folder.path().join("old");
        forged(&file, &old, "README.txt", str::to_owned);
        let manifest = old.join("manifest.json");
        let mut told: Value = serde_json::from_slice(&std::fs::read(&manifest).unwrap()).unwrap();
        told["form"] = json!(2);
        for name in ["branding_versions", "target_versions", "own_metric_versions", "saved_query_versions"] {
            let name = format!("control/{name}.ndjson");
            std::fs::remove_file(old.join(&name)).unwrap();
            told["files"].as_object_mut().unwrap().remove(&name);
        }
        std::fs::write(manifest, told.to_string()).unwrap();
        let archive = Archive::open(&old).await.unwrap();
        import(control, &engine, &archive, &named("old"), false).await.unwrap();
        assert_eq!(control.targets(&named("old")).await.unwrap().len(), 1);
    });
}

#[test]
fn connections_schedules_reports_and_fonts_come_along_and_no_credential_does() {
    run(async {
        let kept = Kept::start().await;
        let (server, control) = (&kept.server, kept.server.world.control());
        let (vault, ada) = (server.world.access.signer.vault(), &server.world.ada.id);
        for (name, connector, place, credential) in
            [("code", "git", "code", None), ("hub", "github", "https://api.github.com", Some("ghp_the-credential"))]
        {
            let set = Connection {
                name: name.to_owned(),
                connector: connector.to_owned(),
                place: place.to_owned(),
                settings: json!({"deployments": {"tags": [name]}}),
                has_credential: false,
                created_by: ada.clone(),
                created_at: 0,
                version: 0,
            };
            control.set_connection(&acme(), &set, credential, vault).await.unwrap();
        }
        let of = |kind: &str, subject: &str, paused: bool| Schedule {
            kind: kind.to_owned(),
            subject: subject.to_owned(),
            input: json!({}),
            when: When::Every(3600),
            paused,
            next_at: 0,
            version: 0,
        };
        for schedule in
            [of("compact", "", true), of(LAND, "code", false), of(LAND, "hub", false), of(REPORT, "weekly", false)]
        {
            control.set_schedule(&acme(), &schedule, 0).await.unwrap();
        }
        let squares = include_bytes!("../fonts/squares.ttf");
        for weight in [Weight::Bold, Weight::Semibold] {
            set_font(&server.engine.tenant(&acme()), weight, squares.to_vec()).await.unwrap();
        }
        remove_font(&server.engine.tenant(&acme()), Weight::Semibold).await.unwrap();
        // One that no report is set in does not come along: were it in the archive, that would be refused, since it is none.
        let unused = format!("{FONTS}/{FONT_WAS}{}", "0".repeat(64));
        server.engine.tenant(&acme()).lake().put_file(&unused, b"no font".to_vec().into()).await.unwrap();
        let asked = kept.board(&kept.ada, "json").await;
        assert_eq!(kept.work().await, [Outcome::Done(Vec::new())]);
        // One that is being made has no file, and does not come along.
        kept.board(&kept.ada, "csv").await;
        let made = control.report(&acme(), asked["id"].as_str().unwrap()).await.unwrap().unwrap();
        let (path, sum) = (made.file.clone().unwrap(), made.sum.clone().unwrap());
        let bytes = server.engine.tenant(&acme()).lake().file(&path, 1 << 20).await.unwrap().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let file = written(control, &server.engine, &acme(), folder.path()).await;
        let text: String = about(&file).into_values().collect();
        assert!(text.contains("https://api.github.com") && !text.contains("ghp_"), "{text}");
        assert!(!text.contains("\"credential\""), "sealed ones stay as well: {text}");

        // Beside the one that it came from: what had a credential waits for one, and the report has another id.
        let (engine, copy) = (lake(&folder.path().join("lake")).await, named("copy"));
        let archive = Archive::open(&file).await.unwrap();
        let done = import(control, &engine, &archive, &copy, false).await.unwrap();
        assert_eq!((done.connections, done.schedules, done.reports), (2, 4, 1));
        assert_eq!(done.wanting, ["hub"]);
        let hub = control.connection(&copy, "hub").await.unwrap().unwrap();
        assert_eq!((hub.place.as_str(), hub.has_credential, &hub.created_by), ("https://api.github.com", false, ada));
        assert_eq!(hub.settings, json!({"deployments": {"tags": ["hub"]}}));
        let due: Vec<(String, String, bool)> = control
            .schedules(&copy)
            .await
            .unwrap()
            .into_iter()
            .map(|schedule| (schedule.kind, schedule.subject, schedule.paused))
            .collect();
        let told = |kind: &str, subject: &str, paused: bool| (kind.to_owned(), subject.to_owned(), paused);
        assert_eq!(
            due,
            [
                told("compact", "", true),
                told(LAND, "code", false),
                told(LAND, "hub", true),
                told(REPORT, "weekly", false)
            ]
        );
        let pauses = control.schedule_pauses(&copy, 0).await.unwrap().all.into_iter().map(|of| (of.kind, of.subject));
        let paused = [("compact", ""), (LAND, "hub")].map(|(kind, of)| (kind.to_owned(), of.to_owned()));
        assert_eq!(pauses.collect::<Vec<_>>(), paused, "they are paused here since they are here");
        let reports = async |control: &Control, tenant: &TenantId| {
            control.reports(tenant, &Cursor::new(None, None).unwrap()).await.unwrap().items
        };
        let copied = reports(control, &copy).await.pop().unwrap();
        assert_ne!(copied.id, made.id);
        assert_eq!(Report { id: made.id.clone(), ..copied }, made);
        assert_eq!(engine.tenant(&copy).lake().file(&path, 1 << 20).await.unwrap().unwrap(), bytes);
        let faces = fonts(&engine.tenant(&copy)).await.unwrap();
        assert_eq!(faces.len(), 1);
        assert_eq!((faces[0].weight, &faces[0].bytes[..]), (Weight::Bold, &squares[..]));
        // One that was set before comes along for reports that are made again, and is one.
        let before = format!("{FONTS}/{FONT_WAS}{}", pulse_server::secret::sum(squares));
        let kept_font = engine.tenant(&copy).lake().file(&before, 1 << 20).await.unwrap().unwrap();
        assert!(kept_font == squares[..]);
        assert_eq!(engine.tenant(&copy).lake().file(&unused, 1 << 20).await.unwrap(), None);
        let odd = folder.path().join("odd");
        forged(&file, &odd, "README.txt", str::to_owned);
        rewrite(&odd, &format!("lake/files/{before}"), b"no font");
        let odd = Archive::open(&odd).await.unwrap();
        let refused = refusal(import(control, &engine, &odd, &named("odd"), false).await);
        assert!(matches!(&refused, Refusal::Invalid { field: "font", .. }), "{refused:?}");
        assert!(engine.tenant(&named("odd")).lake().is_empty().await.unwrap(), "nothing is left of it");

        // Elsewhere the ids stay, and what is Ada's is hers.
        let address = format!("sqlite:{}", folder.path().join("other.db").display());
        let other = Control::open(&address, control.clock()).await.unwrap();
        let elsewhere = lake(&folder.path().join("elsewhere")).await;
        import(&other, &elsewhere, &archive, &acme(), false).await.unwrap();
        let there = reports(&other, &acme()).await;
        let members = other.members(&acme(), &Cursor::new(None, None).unwrap()).await.unwrap().items;
        let owner = &members.iter().find(|member| member.email == "Ada@example.com").unwrap().id;
        assert_eq!((there.len(), &there[0].id, &there[0].asked_by), (1, &made.id, owner));
        assert_eq!(&other.connection(&acme(), "code").await.unwrap().unwrap().created_by, owner);

        // The file that a report names is the one that it was made as, and nothing else among the files.
        let wrong = folder.path().join("wrong");
        forged(&file, &wrong, "control/reports.ndjson", |text| text.replace(&sum, &"0".repeat(64)));
        let archive = Archive::open(&wrong).await.unwrap();
        let error = import(control, &engine, &archive, &named("wrong"), false).await.unwrap_err().to_string();
        assert!(error.contains("is not the file of its report"), "{error}");
        assert!(engine.tenant(&named("wrong")).lake().is_empty().await.unwrap(), "nothing is left of it");
        let astray = folder.path().join("astray");
        forged(&file, &astray, "control/reports.ndjson", |text| text.replace("\"kept-reports/", "\"kept-fonts/"));
        let archive = Archive::open(&astray).await.unwrap();
        let error = import(control, &engine, &archive, &named("astray"), false).await.unwrap_err().to_string();
        assert!(error.contains("is no report that was kept"), "{error}");

        // An archive of the first form told of none of this, nor of what was before.
        let old = folder.path().join("old");
        forged(&file, &old, "README.txt", str::to_owned);
        let manifest = old.join("manifest.json");
        let mut told: Value = serde_json::from_slice(&std::fs::read(&manifest).unwrap()).unwrap();
        told["form"] = json!(1);
        for name in
            ["connections", "schedules", "reports", "branding_versions", "target_versions", "own_metric_versions"]
        {
            let name = format!("control/{name}.ndjson");
            std::fs::remove_file(old.join(&name)).unwrap();
            told["files"].as_object_mut().unwrap().remove(&name);
        }
        std::fs::write(manifest, told.to_string()).unwrap();
        let archive = Archive::open(&old).await.unwrap();
        let done = import(control, &engine, &archive, &named("old"), false).await.unwrap();
        assert_eq!((done.members, done.connections, done.schedules, done.reports), (1, 0, 0, 0));
    });
}

/// The archive as a folder, in which a file says something else, and the manifest goes along with it.
fn forged(file: &Path, folder: &Path, name: &str, change: impl Fn(&str) -> String) {
    std::fs::create_dir(folder).unwrap();
    tar::Archive::new(std::fs::File::open(file).unwrap()).unpack(folder).unwrap();
    let text = change(&std::fs::read_to_string(folder.join(name)).unwrap());
    rewrite(folder, name, text.as_bytes());
}

/// Has a file of such a folder be another.
fn rewrite(folder: &Path, name: &str, bytes: &[u8]) {
    std::fs::write(folder.join(name), bytes).unwrap();
    let manifest = folder.join("manifest.json");
    let mut told: Value = serde_json::from_slice(&std::fs::read(&manifest).unwrap()).unwrap();
    told["files"][name] = json!({"bytes": bytes.len(), "sha256": pulse_server::secret::sum(bytes)});
    std::fs::write(manifest, told.to_string()).unwrap();
}

#[test]
fn of_what_cannot_come_in_whole_nothing_does() {
    run(async {
        let server = Server::start().await;
        let (control, folder) = (server.world.control(), tempfile::tempdir().unwrap());
        let file = written(control, &server.engine, &acme(), folder.path()).await;
        let engine = lake(&folder.path().join("lake")).await;
        // A member of a role that there is not: the last of all that is put into place.
        let wrong = folder.path().join("wrong");
        forged(&file, &wrong, "control/members.ndjson", |text| text.replace("[\"owner\"]", "[\"nobody\"]"));
        let archive = Archive::open(&wrong).await.unwrap();
        let refused = refusal(import(control, &engine, &archive, &named("copy"), false).await);
        assert_eq!(refused, Refusal::Unknown { what: "role", id: "nobody".to_owned() });
        assert!(control.tenant(&named("copy")).await.unwrap().is_none());
        assert!(engine.tenant(&named("copy")).lake().is_empty().await.unwrap(), "nothing is left of it");
        // A process that died within: the name is taken by what nobody comes into, until that is taken away.
        control.reserve_tenant(&named("copy")).await.unwrap();
        let half = stream::iter([Ok(Bytes::from_static(b"half"))]).boxed();
        engine.tenant(&named("copy")).lake().put_object("core/commits/part-half.parquet", half).await.unwrap();
        assert_eq!(control.tenant(&named("copy")).await.unwrap().unwrap().state, TenantState::Suspended);
        let archive = Archive::open(&file).await.unwrap();
        let error = import(control, &engine, &archive, &named("copy"), false).await.unwrap_err();
        assert!(matches!(&error, Error::Usage(why) if why.contains("--again")), "{error}");
        import(control, &engine, &archive, &named("copy"), true).await.unwrap();
        let objects = engine.tenant(&named("copy")).lake().objects().await.unwrap();
        assert!(objects.len() > 20 && objects.iter().all(|object| !object.path.ends_with("part-half.parquet")));
        // What is there is not touched, whatever is said.
        let taken = refusal(import(control, &engine, &archive, &named("copy"), true).await);
        assert_eq!(taken, Refusal::Taken { what: "tenant", name: "copy".to_owned() });
        assert_eq!(engine.tenant(&named("copy")).lake().objects().await.unwrap(), objects);
        let half = stream::iter([Ok(Bytes::from_static(b"theirs"))]).boxed();
        engine.tenant(&named("alone")).lake().put_object("raw/git/theirs", half).await.unwrap();
        let error = import(control, &engine, &archive, &named("alone"), true).await.unwrap_err();
        assert!(error.to_string().contains("something of `alone` in the lake"), "{error}");
        assert_eq!(engine.tenant(&named("alone")).lake().objects().await.unwrap().len(), 1);
        assert!(control.tenant(&named("alone")).await.unwrap().is_none());
    });
}

#[test]
fn an_archive_is_read_to_its_end_before_anything_is_done() {
    run(async {
        let server = Server::start().await;
        let folder = tempfile::tempdir().unwrap();
        let file = written(server.world.control(), &server.engine, &acme(), folder.path()).await;
        let whole = std::fs::read(&file).unwrap();
        let opened = async |bytes: &[u8]| {
            std::fs::write(folder.path().join("other.tar"), bytes).unwrap();
            Archive::open(&folder.path().join("other.tar")).await.map(drop).unwrap_err().to_string()
        };
        let place = whole.windows(6).position(|bytes| bytes == b"\"Acme\"").unwrap();
        let mut changed = whole.clone();
        changed[place + 1] = b'B';
        let said = opened(&changed).await;
        assert!(said.contains("`control/tenant.ndjson` is not what was written"), "{said}");
        // As far as to the end of a file: what was broken off has no manifest.
        let manifest = whole.windows(13).rposition(|bytes| bytes == b"manifest.json").unwrap();
        let said = opened(&whole[..manifest]).await;
        assert!(said.contains("no manifest.json"), "{said}");
        // Within what says what comes next.
        for bytes in [&whole[..manifest + 100], &b"no archive"[..]] {
            let said = opened(bytes).await;
            assert!(said.contains("other.tar: it is no archive, or was broken off"), "{said}");
        }
        let forge = |name: &str, at: &str, value: Value| {
            let folder = folder.path().join(name);
            forged(&file, &folder, "README.txt", str::to_owned);
            let manifest = folder.join("manifest.json");
            let mut told: Value = serde_json::from_slice(&std::fs::read(&manifest).unwrap()).unwrap();
            told[at] = value;
            std::fs::write(manifest, told.to_string()).unwrap();
            folder
        };
        for (at, value, expected) in [("form", json!(4), "form 4"), ("schema", json!(Control::schema() + 1), "schema")]
        {
            let error = Archive::open(&forge(at, at, value)).await.map(drop).unwrap_err();
            assert!(matches!(&error, Error::Usage(why) if why.contains(expected)), "{error}");
        }
        let more = forge("more", "form", json!(3));
        Archive::open(&more).await.unwrap();
        std::fs::write(more.join("lake/core/more.parquet"), "more").unwrap();
        let said = Archive::open(&more).await.map(drop).unwrap_err().to_string();
        assert!(said.contains("`lake/core/more.parquet` is nothing that was written"), "{said}");
        std::fs::remove_file(more.join("lake/core/more.parquet")).unwrap();
        std::fs::remove_file(more.join("control/roles.ndjson")).unwrap();
        let said = Archive::open(&more).await.map(drop).unwrap_err().to_string();
        assert!(said.contains("`control/roles.ndjson` is missing"), "{said}");
    });
}

#[test]
fn a_sample_is_called_one_under_whichever_name_it_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    repository(&here.join("code"), 1..4);
    does(here, &["--tenant", "demo", "sync", "code"]);
    does(here, &["--tenant", "demo", "admin", "export", "demo.tar"]);
    let refused = pulse(here, &["tenant", "import", "demo.tar", "--as", "acme"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(err(&refused).contains("import it under a name that begins with `demo-`"), "{}", err(&refused));
    does(here, &["tenant", "import", "demo.tar", "--as", "demo-again"]);
    for tenant in ["demo", "demo-again"] {
        let report = does(here, &["--tenant", tenant, "dora"]);
        assert!(report.contains("(a made-up sample)"), "{tenant}: {report}");
    }
}

#[test]
fn a_tenant_goes_from_one_lake_to_another_by_two_commands() {
    let folder = tempfile::tempdir().unwrap();
    let here = folder.path();
    repository(&here.join("code"), 1..4);
    does(here, &["sync", "code"]);
    does(here, &["admin", "export", "local.tar"]);
    let asked = ["sql", "SELECT * FROM facts.changes ORDER BY id", "--format", "json"];
    let before = does(here, &asked);
    let into = ["--lake", &format!("file://{}/other", here.display()), "tenant", "--control", "sqlite:other.db"];
    let told = does(here, &[&into[..], &["import", "local.tar", "--as", "moved"]].concat());
    assert!(told.starts_with("The tenant `local` is here as `moved`, with 0 members."), "{told}");
    let there = ["--lake", &format!("file://{}/other", here.display()), "--tenant", "moved"];
    assert_eq!(does(here, &[&there[..], &asked].concat()), before);
    does(here, &[&there[..], &["lake", "verify", "--all"]].concat());
    let again = pulse(here, &[&into[..], &["import", "local.tar", "--as", "moved"]].concat());
    assert_eq!(again.status.code(), Some(2));
    assert!(err(&again).contains("there is a tenant `moved` already"), "{}", err(&again));
    // What was read of the source goes on where it was: nothing is read twice.
    let synced = does(here, &[&there[..], &["sync", "code"]].concat());
    assert!(synced.contains("nothing new"), "{synced}");
}
