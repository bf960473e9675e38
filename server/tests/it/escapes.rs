//! Tries to read what is not one's own: by statements, names, functions, parameters, saved queries and results of others, over REST and
//! Flight SQL.
//!
//! Two tenants have the same tables with the same ids, each with names of its own in them and with its own number of rows; and
//! within one of them somebody sees one project of two. Whatever is asked, no answer and no refusal tells a name or a number of
//! somebody else's.

use crate::flight::{Client, Door, query, ticket};
use crate::flight_statements::prepare;
use crate::rest::{Server, run};
use crate::world::{acme, permissions};
use arrow::array::RecordBatch;
use arrow::util::pretty::pretty_format_batches;
use arrow_flight::sql::{
    CommandGetCatalogs, CommandGetDbSchemas, CommandGetExportedKeys, CommandGetPrimaryKeys, CommandGetTables,
    CommandPreparedStatementQuery, ProstMessageExt,
};
use pulse_engine::lake::When;
use pulse_engine::land::{self, Page};
use pulse_engine::row::{self, Row, Value as Cell};
use pulse_engine::session::Limits;
use pulse_engine::{Settings, TenantId, entities};
use pulse_server::auth::Permission;
use pulse_server::control::{NewToken, Sees};
use pulse_server::queries::Manner;
use reqwest::Method;
use serde_json::{Value, json};
use tonic::Status;

/// A project: its id, the name that is only in its rows, and how many deployments it has.
pub(crate) type Project = (&'static str, &'static str, i64);
pub(crate) const SEEN: Project = ("project-a", "Qx7Halcyon", 5);
pub(crate) const HIDDEN: Project = ("project-b", "Qx7Vermilion", 197);
pub(crate) const THEIRS: Project = ("project-a", "Qx7Obsidian", 311);

/// Somebody, and what none of their answers may tell: names, and numbers of rows.
pub(crate) struct Asker {
    pub(crate) who: &'static str,
    pub(crate) token: String,
    names: Vec<&'static str>,
    numbers: Vec<String>,
}

impl Asker {
    pub(crate) fn is_told(&self, asked: &str, answer: &str) {
        let lower = answer.to_lowercase();
        for name in &self.names {
            assert!(!lower.contains(&name.to_lowercase()), "{} is told {name} by {asked}: {answer}", self.who);
        }
        let words: Vec<&str> = answer.split(|c: char| !c.is_alphanumeric()).collect();
        for number in &self.numbers {
            assert!(!words.contains(&number.as_str()), "{} is told {number} by {asked}: {answer}", self.who);
        }
    }
}

async fn fill(server: &Server, tenant: &TenantId, projects: &[Project]) {
    let tenant = server.engine.tenant(tenant);
    let page = Page { cursors: land::only(Some("1".into())), ..Page::default() };
    tenant.land("test", "test:a", page).await.unwrap();
    let row = |entity: &str, id: String| {
        let row = Row::new(entities::core(entity).unwrap()).set("id", id).set("connection", "test:a");
        row.set("observed_at", Cell::Time(1)).set("raw", "test/1/1")
    };
    let mut tables: [Vec<Row>; 6] = Default::default();
    for (id, name, deployments) in projects {
        let repository = format!("{id}-repository");
        tables[0].push(row("projects", (*id).to_owned()).set("name", *name));
        tables[1].push(row("repositories", repository.clone()).set("name", *name));
        let scope = row("project_scopes", format!("{id}-scope")).set("project_id", *id);
        tables[2].push(scope.set("scope_kind", "repository").set("scope_id", repository.as_str()));
        tables[3].extend((0..*deployments).map(|n| {
            let row = row("deployments", format!("{id}x{n}")).set("repository_id", repository.as_str());
            let row = row.set("environment", "production").set("is_production", true).set("status", "succeeded");
            row.set("ref_name", format!("{name}x{n}")).set("finished_at", Cell::Time((n + 1) * 3_600_000_000))
        }));
        // An item of the first project is linked to one of each, and the link names it.
        let item = row("work_items", format!("{id}-item")).set("project_id", *id);
        tables[4].push(item.set("key", format!("{name}-1")).set("kind", "task"));
        let link = row("work_item_links", format!("{id}-link")).set("kind", "blocks");
        let link =
            link.set("from_id", format!("{}-item", projects[0].0)).set("from_key", format!("{}-1", projects[0].1));
        tables[5].push(link.set("to_id", format!("{id}-item")).set("to_key", format!("{name}-1")));
    }
    for rows in tables {
        let table = tenant.lake().table(rows[0].entity());
        table.upsert(&row::batch(rows[0].entity(), &rows).unwrap(), &[], When::Changed).await.unwrap();
    }
    tenant.model(&Settings::default()).await.unwrap();
}

/// Names that somebody might take for a table of another tenant, or for its files.
pub(crate) fn names(lake: &str, tenant: &str) -> Vec<String> {
    let mut all = Vec::new();
    for table in ["projects", "deployments"] {
        let upper = table.to_uppercase();
        all.extend([
            format!("{tenant}.core.{table}"),
            format!("\"{tenant}\".\"core\".\"{table}\""),
            format!("\"tenant={tenant}\".core.{table}"),
            format!("\"tenant={tenant}/core\".{table}"),
            format!("pulse.\"tenant={tenant}\".{table}"),
            format!("pulse.core.\"../../tenant={tenant}/core/{table}\""),
            format!("core.\"../tenant={tenant}/core/{table}\""),
            format!("core.\"{table}@{tenant}\""),
            format!("core.\"{table}$history\""),
            format!("public.{table}"),
            format!("datafusion.public.{table}"),
            format!("CORE.{upper}"),
            format!("\"CORE\".\"{upper}\""),
            format!("core /* {tenant}. */ . {table} -- {tenant}"),
            format!("'{lake}/tenant={tenant}/core/{table}'"),
            format!("\"{lake}/tenant={tenant}/core/{table}\""),
            format!("'{lake}/tenant={tenant}/core/{table}/*.parquet'"),
            format!("\"file://{lake}/tenant={tenant}/core/{table}/\""),
            format!("read_parquet('{lake}/tenant={tenant}/core/{table}')"),
            format!("read_csv('{lake}/tenant={tenant}/core/{table}')"),
            format!("parquet_metadata('{lake}/tenant={tenant}/core/{table}')"),
            format!("delta_scan('{lake}/tenant={tenant}/core/{table}')"),
            format!("core.{table} VERSION AS OF 0"),
            format!("core.{table} TABLESAMPLE SYSTEM (100)"),
        ]);
    }
    all
}

/// What is asked of such a name.
fn asked_of(name: &str) -> [String; 6] {
    [
        format!("SELECT * FROM {name}"),
        format!("SELECT count(*) AS n FROM {name}\n"),
        format!("EXPLAIN VERBOSE SELECT * FROM {name}\n"),
        format!("DESCRIBE {name}"),
        format!("WITH projects AS (SELECT * FROM {name}\n) SELECT * FROM projects"),
        format!("SELECT id FROM core.projects UNION ALL SELECT id FROM {name}"),
    ]
}

/// Whatever else may be tried.
fn others(lake: &str, tenant: &str) -> Vec<String> {
    let mut all: Vec<String> =
        ["tables", "columns", "views", "schemata", "df_settings", "routines", "parameters", "nothing"]
            .map(|name| format!("SELECT * FROM information_schema.{name}"))
            .into();
    let tables = [
        "core.projects",
        "core.deployments",
        "core.repositories",
        "core.project_scopes",
        "core.work_items",
        "core.work_item_links",
        "facts.deployments",
        "raw.payloads",
        "raw.test",
        "core.rejects",
        "audit.events",
        "risk.risks",
        "dora.deployment_frequency",
        "own.theirs",
    ];
    for table in tables {
        all.extend([
            format!("SELECT * FROM {table}"),
            format!("SELECT count(*) AS n FROM {table}"),
            format!("SELECT count(*) FILTER (WHERE TRUE) AS n, sum(1) AS m FROM {table}"),
            format!("EXPLAIN SELECT * FROM {table}"),
            format!("EXPLAIN VERBOSE SELECT count(*) FROM {table}"),
            format!("EXPLAIN FORMAT TREE SELECT * FROM {table}"),
        ]);
    }
    let texts = [
        "SHOW TABLES",
        "SHOW ALL",
        "SHOW COLUMNS FROM core.projects",
        "SHOW FUNCTIONS",
        "SHOW DATABASES",
        "SELECT approx_distinct(id) AS a, count(DISTINCT id) AS b, min(ref_name) AS c, max(ref_name) AS d FROM core.deployments",
        "SELECT id, rank() OVER (ORDER BY finished_at DESC) AS r FROM core.deployments ORDER BY finished_at DESC LIMIT 4",
        "SELECT max(ref_name) OVER () AS m FROM core.deployments LIMIT 1",
        "SELECT id FROM core.deployments ORDER BY finished_at DESC LIMIT 1",
        "SELECT id FROM core.deployments OFFSET 190",
        "SELECT string_agg(name, ',') AS names FROM core.projects",
        "SELECT d.ref_name FROM core.deployments d FULL JOIN core.projects p ON d.repository_id = p.id",
        "SELECT p.name FROM core.project_scopes s JOIN core.projects p ON p.id = s.project_id",
        "SELECT (SELECT count(*) FROM core.deployments) AS n",
        "SELECT * FROM core.projects WHERE EXISTS (SELECT 1 FROM core.deployments WHERE ref_name LIKE '%19_')",
        "SELECT to_key FROM core.work_item_links WHERE to_key IS NOT NULL ORDER BY to_key DESC",
        "SELECT max(to_key) AS m, string_agg(to_key, ',') AS s FROM core.work_item_links",
        "SELECT l.to_key FROM core.work_item_links l LEFT JOIN core.work_items i ON i.id = l.to_id WHERE i.id IS NULL",
        // What a failure tells of the row that it failed at.
        "SELECT CAST(to_key AS INT) FROM core.work_item_links",
        "SELECT CAST(name AS INT) FROM core.projects",
        "SELECT CAST(ref_name AS TIMESTAMP) FROM core.deployments",
        "SELECT 1 FROM core.projects WHERE CAST(name AS DOUBLE) > 0",
        "SELECT to_timestamp(name) FROM core.projects ORDER BY 1",
        "SELECT 1 / (CASE WHEN id = 'project-b' THEN 0 ELSE 1 END) AS x FROM core.projects",
        "SELECT arrow_cast(name, 'Int64') FROM core.projects GROUP BY 1",
        "SELECT sum(CAST(ref_name AS INT)) FROM core.deployments",
        "SELECT CAST(name AS INT) FROM core.projects WHERE id = 'project-b'",
        "SELECT count(*) FROM core.projects a JOIN core.projects b ON CAST(a.name AS INT) = CAST(b.name AS INT)",
        // Functions and settings that tell of the process.
        "SELECT version()",
        "SELECT current_user",
        "SELECT current_database()",
        "SELECT input_file_name() FROM core.projects",
        "SELECT * FROM metadata_cache()",
        "SELECT * FROM statistics_cache()",
        "SELECT * FROM list_files_cache()",
        "SELECT * FROM pg_catalog.pg_class",
        "SELECT _file, _metadata FROM core.projects",
        "SELECT pg_read_file('/etc/passwd')",
        "SELECT getenv('PATH')",
        "SELECT * FROM generate_series((SELECT count(*) FROM core.deployments), 400) LIMIT 1",
    ];
    all.extend(texts.map(str::to_owned));
    let path = format!("{lake}/tenant={tenant}/core/projects");
    all.extend([
        format!("USE {tenant}"),
        format!("SET datafusion.catalog.default_catalog = '{tenant}'"),
        format!("SET ROLE {tenant}"),
        format!("CREATE EXTERNAL TABLE x STORED AS PARQUET LOCATION '{path}'"),
        format!("CREATE EXTERNAL TABLE x STORED AS DELTATABLE LOCATION '{path}'"),
        format!("CREATE VIEW x AS SELECT * FROM {tenant}.core.projects"),
        format!("CREATE TABLE x AS SELECT * FROM {tenant}.core.projects"),
        format!("COPY core.projects TO '{path}/x.parquet'"),
        format!("COPY (SELECT * FROM {tenant}.core.projects) TO '/tmp/x.csv'"),
        format!("INSERT INTO core.projects SELECT * FROM {tenant}.core.projects"),
        format!("DELETE FROM {tenant}.core.projects"),
        "DROP TABLE core.projects".to_owned(),
        format!("PREPARE x AS SELECT * FROM {tenant}.core.projects"),
        "EXECUTE x".to_owned(),
        format!("SELECT 1; SELECT * FROM {tenant}.core.projects"),
        format!("SELECT 1 -- \n; SELECT * FROM \"{tenant}\".core.projects"),
        format!("EXPLAIN ANALYZE SELECT * FROM {tenant}.core.projects"),
        format!("SELECT * FROM core.projects, LATERAL (SELECT * FROM {tenant}.core.projects) AS t"),
        format!("SELECT * FROM unnest(['{path}'])"),
        format!("SELECT * FROM core.projects WHERE tenant = '{tenant}'"),
    ]);
    all
}

pub(crate) async fn world() -> (Server, String, tempfile::TempDir, [Asker; 3]) {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().to_str().unwrap().to_owned();
    let url = url::Url::from_file_path(folder.path()).unwrap().into();
    // What is to run until somebody stops it is not over before, on whatever machine.
    let limits = Limits { seconds: 300, ..Limits::default() };
    let server = Server::with(url, Manner { cache_bytes: 1 << 20, limits, ..Manner::default() }).await;
    let umbrella = TenantId::new("umbrella").unwrap();
    fill(&server, &acme(), &[SEEN, HIDDEN]).await;
    fill(&server, &umbrella, &[THEIRS]).await;
    let new = NewToken {
        name: "limited".into(),
        permissions: permissions(&[Permission::SqlRun, Permission::MetricsRead, Permission::AuditRead]),
        sees: Some(Sees::Only { teams: [].into(), projects: [SEEN.0.to_owned()].into() }),
        days: 1,
        service: true,
    };
    let limited =
        server.world.control().create_token(&acme(), &server.world.owner().await, "shell", new).await.unwrap();
    let numbers = |all: &[i64]| all.iter().map(i64::to_string).collect();
    let ours = HIDDEN.2 + SEEN.2;
    let askers = [
        Asker {
            who: "acme",
            token: server.acme.clone(),
            names: vec![THEIRS.1],
            numbers: numbers(&[THEIRS.2, THEIRS.2 + ours]),
        },
        Asker {
            who: "umbrella",
            token: server.umbrella.clone(),
            names: vec![SEEN.1, HIDDEN.1],
            numbers: numbers(&[ours, HIDDEN.2, THEIRS.2 + ours]),
        },
        Asker {
            who: "somebody limited",
            token: limited.1.tell().to_owned(),
            names: vec![THEIRS.1, HIDDEN.1],
            numbers: numbers(&[ours, HIDDEN.2, THEIRS.2, THEIRS.2 + ours]),
        },
    ];
    (server, lake, folder, askers)
}

#[test]
fn no_statement_tells_a_name_or_a_number_of_somebody_elses() {
    run(async {
        let (server, lake, _folder, askers) = world().await;
        for asker in &askers {
            let other = if asker.who == "umbrella" { "acme" } else { "umbrella" };
            let named = names(&lake, other);
            let statements = named.iter().flat_map(|name| asked_of(name)).chain(others(&lake, other));
            let (mut answered, mut refused) = (0, 0);
            for sql in statements {
                let response = server.asks(&asker.token, &sql).await;
                let status = response.status().as_u16();
                assert!(status == 200 || (400..500).contains(&status), "{sql}: {status}");
                *(if status == 200 { &mut answered } else { &mut refused }) += 1;
                // One that breaks off tells what came until then.
                asker.is_told(&sql, &response.text().await.unwrap_or_default());
            }
            assert!(answered > 50 && refused > 200, "{}: {answered} and {refused}", asker.who);
            let catalog = server.call(Method::GET, &asker.token, "/api/v1/catalog").await.text().await.unwrap();
            asker.is_told("the catalogue", &catalog);
            for params in [
                json!(["umbrella.core.projects"]),
                json!(["x' OR '1' = '1"]),
                json!([{"type": "text[]", "value": ["') UNION SELECT name FROM umbrella.core.projects --"]}]),
            ] {
                for sql in [
                    "SELECT * FROM $1",
                    "SELECT * FROM core.projects WHERE name = $1",
                    "SELECT $1 AS x, count(*) AS n FROM core.deployments",
                ] {
                    let answer = server.sql(&asker.token, "/api/v1/sql", json!({"sql": sql, "params": params})).await;
                    asker.is_told(sql, &answer.text().await.unwrap());
                }
            }
        }
        // Each sees their own by the same statements, so that what was looked for could be found.
        for (asker, expected) in askers.iter().zip([HIDDEN.2 + SEEN.2, THEIRS.2, SEEN.2]) {
            let count = server.asks(&asker.token, "SELECT count(*) AS n FROM core.deployments").await;
            assert_eq!(count.json::<Value>().await.unwrap(), json!([{"n": expected}]), "{}", asker.who);
        }
        let links = "SELECT to_id, to_key FROM core.work_item_links ORDER BY to_id";
        let key = |project: (&str, &str, i64)| json!(format!("{}-1", project.1));
        let of =
            |project: (&str, &str, i64), key: Value| json!({"to_id": format!("{}-item", project.0), "to_key": key});
        for (asker, expected) in [
            (&askers[0], json!([of(SEEN, key(SEEN)), of(HIDDEN, key(HIDDEN))])),
            (&askers[2], json!([of(SEEN, key(SEEN)), of(HIDDEN, Value::Null)])),
        ] {
            let told = server.asks(&asker.token, links).await.json::<Value>().await.unwrap();
            assert_eq!(told, expected, "{}", asker.who);
        }
        let names =
            server.asks(&askers[0].token, "SELECT string_agg(name, ',' ORDER BY name) AS s FROM core.projects").await;
        assert_eq!(names.json::<Value>().await.unwrap(), json!([{"s": format!("{},{}", SEEN.1, HIDDEN.1)}]));
    });
}

/// All that an answer tells.
fn text(answer: &Result<RecordBatch, Status>) -> String {
    match answer {
        Ok(rows) => format!("{:?}\n{}", rows.schema(), pretty_format_batches(std::slice::from_ref(rows)).unwrap()),
        Err(status) => format!("{status:?}"),
    }
}

/// The answer to a statement that is prepared first; all that it tells on the way.
async fn prepared(client: &mut Client, sql: &str) -> (String, bool) {
    match prepare(client, sql).await {
        Ok(prepared) => {
            let handle = prepared.prepared_statement_handle;
            let answer = client.ask(&CommandPreparedStatementQuery { prepared_statement_handle: handle }).await;
            let schema = String::from_utf8_lossy(&prepared.dataset_schema).into_owned();
            (format!("{schema} {}", text(&answer)), answer.is_ok())
        }
        Err(status) => (format!("{status:?}"), false),
    }
}

async fn listed(asker: &Asker, client: &mut Client, command: &(impl ProstMessageExt + std::fmt::Debug)) {
    asker.is_told(&format!("{command:?}"), &text(&client.ask(command).await));
}

#[test]
fn no_statement_tells_it_by_flight_either() {
    run(async {
        let (server, lake, _folder, askers) = world().await;
        let door = Door::of(server).await;
        let mut tickets = Vec::new();
        for asker in &askers {
            let other = if asker.who == "umbrella" { "acme" } else { "umbrella" };
            let mut client = door.client(&asker.token).await;
            let named = names(&lake, other);
            let (mut answered, mut refused) = (0, 0);
            for sql in others(&lake, other) {
                let answer = client.sql(&sql).await;
                *(if answer.is_ok() { &mut answered } else { &mut refused }) += 1;
                asker.is_told(&sql, &text(&answer));
            }
            for name in &named {
                let [rows, count, ..] = asked_of(name);
                asker.is_told(&rows, &text(&client.sql(&rows).await));
                let (told, found) = prepared(&mut client, &count).await;
                *(if found { &mut answered } else { &mut refused }) += 1;
                asker.is_told(&count, &told);
            }
            assert!(answered > 30 && refused > 60, "{}: {answered} and {refused}", asker.who);
            for name in ["projects", "pro%", other, "%"] {
                let pattern = Some(name.to_owned());
                let (catalog, schema) = (Some(other.to_owned()), "core".to_owned());
                listed(asker, &mut client, &CommandGetCatalogs {}).await;
                let schemas = CommandGetDbSchemas { catalog: None, db_schema_filter_pattern: pattern.clone() };
                listed(asker, &mut client, &schemas).await;
                for catalog in [None, catalog] {
                    let tables = CommandGetTables {
                        catalog: catalog.clone(),
                        db_schema_filter_pattern: None,
                        table_name_filter_pattern: pattern.clone(),
                        table_types: Vec::new(),
                        include_schema: true,
                    };
                    listed(asker, &mut client, &tables).await;
                    let (db_schema, table) = (Some(schema.clone()), name.to_owned());
                    let keys = CommandGetPrimaryKeys { catalog: catalog.clone(), db_schema: db_schema.clone(), table };
                    listed(asker, &mut client, &keys).await;
                    let exported = CommandGetExportedKeys { catalog, db_schema, table: name.to_owned() };
                    listed(asker, &mut client, &exported).await;
                }
            }
            tickets.push(ticket(&client.info(&query("SELECT name FROM core.projects")).await.unwrap()));
        }
        // What one was given a ticket for, no other fetches.
        for (n, asker) in askers.iter().enumerate() {
            let mut client = door.client(&asker.token).await;
            for (m, ticket) in tickets.iter().enumerate() {
                let fetched = client.fetch(ticket.clone()).await;
                assert_eq!(fetched.is_ok(), n == m, "{}: the ticket of {}", asker.who, askers[m].who);
                asker.is_told("a ticket", &format!("{fetched:?}"));
            }
        }
    });
}

#[test]
fn no_saved_query_and_no_result_tells_a_name_or_a_number_of_somebody_elses() {
    run(async {
        let (server, _, _folder, askers) = world().await;
        let sql = "SELECT name, (SELECT count(*) FROM core.deployments) AS n FROM core.projects";
        let (mut saved, mut results) = (Vec::new(), Vec::new());
        for asker in &askers {
            let own = if asker.who == "umbrella" { THEIRS.1 } else { SEEN.1 };
            // What only its owner, or only its tenant, may read tells in its title whose it is. Of the limited one's neighbour,
            // what is shared is shared with everybody.
            for (title, shared) in [(format!("{own} private"), false), ("shared".to_owned(), true)] {
                let body = json!({"title": title, "sql": sql, "shared": shared});
                let made =
                    server.client.post(format!("{}/api/v1/saved-queries", server.address)).bearer_auth(&asker.token);
                let made: Value = made.json(&body).send().await.unwrap().json().await.unwrap();
                saved.push((asker.who, shared, made["id"].as_str().unwrap().to_owned()));
            }
            let at = server.begins(&asker.token, sql).await;
            server.ended(&asker.token, &at).await;
            results.push((asker.who, at));
        }
        let is_of = |asker: &Asker, whose: &str| (asker.who == "umbrella") == (whose == "umbrella");
        for asker in &askers {
            for (whose, shared, id) in &saved {
                let mine = asker.who == *whose;
                let seen = mine || (*shared && is_of(asker, whose));
                for path in [format!("/api/v1/saved-queries/{id}"), format!("/api/v1/saved-queries/{id}/versions")] {
                    let answer = server.call(Method::GET, &asker.token, &path).await;
                    assert_eq!(
                        answer.status().as_u16(),
                        if seen { 200 } else { 404 },
                        "{}: {path} of {whose}",
                        asker.who
                    );
                    asker.is_told(&path, &answer.text().await.unwrap());
                }
                for mode in ["sync", "async"] {
                    let body = json!({"saved": id, "mode": mode});
                    let answer = server.sql(&asker.token, "/api/v1/sql", body.clone()).await;
                    assert_eq!(answer.status().is_success(), seen, "{}: {body} of {whose}", asker.who);
                    asker.is_told(&body.to_string(), &answer.text().await.unwrap());
                }
            }
            for (whose, at) in &results {
                for (method, path) in [
                    (Method::GET, at.clone()),
                    (Method::GET, format!("{at}/result")),
                    (Method::GET, format!("{at}/result?page=1")),
                ] {
                    let answer = server.call(method, &asker.token, &path).await;
                    assert_eq!(
                        answer.status().as_u16(),
                        if asker.who == *whose { 200 } else { 404 },
                        "{}: {path} of {whose}",
                        asker.who
                    );
                    asker.is_told(&path, &answer.text().await.unwrap());
                }
                if asker.who != *whose {
                    assert_eq!(server.call(Method::DELETE, &asker.token, at).await.status(), 404);
                }
            }
            let path = "/api/v1/saved-queries";
            asker.is_told(path, &server.call(Method::GET, &asker.token, path).await.text().await.unwrap());
            let mut queries = server.queries(&asker.token).await;
            // How long a query took may be any number.
            queries.iter_mut().for_each(|query| query["milliseconds"] = Value::Null);
            asker.is_told("/api/v1/queries", &json!(queries).to_string());
        }
        // Run by each, what is shared gives each their own.
        let shared = saved.iter().find(|(whose, shared, _)| *whose == "acme" && *shared).unwrap();
        let run = server.sql(&askers[2].token, "/api/v1/sql", json!({"saved": shared.2})).await;
        assert_eq!(run.json::<Value>().await.unwrap(), json!([{"name": SEEN.1, "n": SEEN.2}]));
    });
}
