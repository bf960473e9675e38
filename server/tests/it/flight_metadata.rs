//! What there is, as BI tools and drivers ask for it.

use crate::flight::{Client, Door};
use crate::rest::{Server, run};
use arrow::array::{Array as _, AsArray as _, RecordBatch};
use arrow::datatypes::{Int32Type, Schema, UInt8Type, UInt32Type};
use arrow_flight::IpcMessage;
use arrow_flight::sql::*;
use pulse_engine::land::{Page, Payload};
use std::collections::{BTreeMap, BTreeSet};

fn texts(rows: &RecordBatch, column: &str) -> Vec<String> {
    let column = rows.column_by_name(column).unwrap().as_string::<i32>();
    column.iter().map(|text| text.unwrap().to_owned()).collect()
}

/// Tables as `schema.name`.
fn names(rows: &RecordBatch) -> Vec<String> {
    let pairs = texts(rows, "db_schema_name").into_iter().zip(texts(rows, "table_name"));
    pairs.map(|(schema, name)| format!("{schema}.{name}")).collect()
}

async fn tables(client: &mut Client, schema: Option<&str>, name: Option<&str>) -> Vec<String> {
    let asked = CommandGetTables {
        db_schema_filter_pattern: schema.map(str::to_owned),
        table_name_filter_pattern: name.map(str::to_owned),
        ..Default::default()
    };
    names(&client.ask(&asked).await.unwrap())
}

#[test]
fn catalogues_schemas_and_kinds_of_tables_are_listed() {
    run(async {
        let door = Door::open().await;
        let mut client = door.acme().await;
        assert_eq!(texts(&client.ask(&CommandGetCatalogs {}).await.unwrap(), "catalog_name"), ["pulse"]);
        assert_eq!(texts(&client.ask(&CommandGetTableTypes {}).await.unwrap(), "table_type"), ["TABLE", "VIEW"]);
        let schemas = client.ask(&CommandGetDbSchemas::default()).await.unwrap();
        let all = ["change", "core", "dora", "facts", "flow", "quality", "raw", "reliability", "risk"];
        assert_eq!(texts(&schemas, "db_schema_name"), all);
        assert_eq!(texts(&schemas, "catalog_name"), ["pulse"; 9]);
        for (catalog, pattern, found) in [
            (Some("pulse"), Some("f%"), vec!["facts", "flow"]),
            (Some(""), Some("_ora"), vec!["dora"]),
            (None, Some("r_s_"), vec!["risk"]),
            (None, Some("F%"), vec![]),
            (Some("other"), None, vec![]),
        ] {
            let asked = CommandGetDbSchemas {
                catalog: catalog.map(str::to_owned),
                db_schema_filter_pattern: pattern.map(str::to_owned),
            };
            assert_eq!(texts(&client.ask(&asked).await.unwrap(), "db_schema_name"), found, "{catalog:?} {pattern:?}");
        }
    });
}

#[test]
fn tables_are_found_by_patterns_and_kinds_and_are_those_that_show_tables_shows() {
    run(async {
        let door = Door::open().await;
        let mut client = door.acme().await;
        let all = tables(&mut client, None, None).await;
        let shown = client
            .sql("SELECT table_schema AS db_schema_name, table_name FROM information_schema.tables ORDER BY 1, 2")
            .await;
        assert_eq!(all, names(&shown.unwrap()));
        assert!(all.len() > 80, "{all:?}");
        for known in ["core.commits", "facts.changes", "dora.change_lead_time", "risk.projects", "raw.push"] {
            assert!(all.iter().any(|name| name == known), "{known}");
        }
        assert_eq!(tables(&mut client, Some("facts"), Some("ch%")).await, ["facts.changes"]);
        assert_eq!(tables(&mut client, Some("core"), Some("pull_request_")).await, ["core.pull_requests"]);
        assert_eq!(
            tables(&mut client, Some("core"), Some("pull\\_request%s")).await,
            ["core.pull_request_commits", "core.pull_requests"]
        );
        assert!(tables(&mut client, Some("core"), Some("pull\\%")).await.is_empty());
        assert!(tables(&mut client, None, Some("")).await.is_empty());
        let count = async |client: &mut Client, catalog: Option<&str>, kinds: &[&str]| {
            let asked = CommandGetTables {
                catalog: catalog.map(str::to_owned),
                table_types: kinds.iter().map(|kind| (*kind).to_owned()).collect(),
                ..Default::default()
            };
            client.ask(&asked).await.unwrap().num_rows()
        };
        for catalog in [None, Some(""), Some("pulse")] {
            assert_eq!(count(&mut client, catalog, &[]).await, all.len());
        }
        assert_eq!(count(&mut client, Some("other"), &[]).await, 0);
        let (tables, views) = (count(&mut client, None, &["TABLE"]).await, count(&mut client, None, &["VIEW"]).await);
        assert_eq!((tables + views, count(&mut client, None, &["VIEW", "TABLE"]).await), (all.len(), all.len()));
        assert!(tables > 35 && views > 40, "{tables} {views}");
        assert_eq!(count(&mut client, None, &["SYSTEM TABLE"]).await, 0);
    });
}

#[test]
fn a_tables_schema_is_the_one_of_its_rows_and_says_what_each_column_is() {
    run(async {
        let door = Door::open().await;
        let mut client = door.acme().await;
        let all = client.ask(&CommandGetTables { include_schema: true, ..Default::default() }).await.unwrap();
        let schemas = all.column_by_name("table_schema").unwrap().as_binary::<i32>();
        let mut explained = 0;
        for (place, name) in names(&all).into_iter().enumerate() {
            let schema = Schema::try_from(IpcMessage(schemas.value(place).to_vec().into())).unwrap();
            let rows = client.info(&crate::flight::query(&format!("SELECT * FROM {name}"))).await.unwrap();
            let rows = rows.try_decode_schema().unwrap();
            let columns = |schema: &Schema| -> Vec<_> {
                schema.fields().iter().map(|f| (f.name().clone(), f.data_type().clone())).collect()
            };
            assert_eq!(columns(&schema), columns(&rows), "{name}");
            let remarks = |metadata: &std::collections::HashMap<String, String>| {
                metadata.contains_key("ARROW:FLIGHT:SQL:REMARKS")
            };
            explained += schema.fields().iter().filter(|field| remarks(field.metadata())).count();
            assert!(remarks(schema.metadata()) || name == "risk.projects", "{name}");
        }
        assert!(explained > 500, "{explained} columns say what they are");
        let changes = CommandGetTables {
            db_schema_filter_pattern: Some("facts".into()),
            table_name_filter_pattern: Some("changes".into()),
            include_schema: true,
            ..Default::default()
        };
        let rows = client.ask(&changes).await.unwrap();
        let bytes = rows.column(4).as_binary::<i32>().value(0).to_vec();
        let schema = Schema::try_from(IpcMessage(bytes.into())).unwrap();
        let field = schema.field_with_name("lead_seconds").unwrap();
        assert!(field.metadata()["ARROW:FLIGHT:SQL:REMARKS"].starts_with("change lead time: "));
    });
}

#[test]
fn keys_are_those_of_the_declarations() {
    run(async {
        let door = Door::open().await;
        let mut client = door.acme().await;
        let key = CommandGetPrimaryKeys {
            table: "sprint_items".into(),
            db_schema: Some("facts".into()),
            ..Default::default()
        };
        let rows = client.ask(&key).await.unwrap();
        assert_eq!(texts(&rows, "column_name"), ["sprint_id", "work_item_id"]);
        assert_eq!(rows.column(5).as_primitive::<Int32Type>().values(), &[1, 2]);
        let key = CommandGetPrimaryKeys { table: "deployments".into(), ..Default::default() };
        assert_eq!(texts(&client.ask(&key).await.unwrap(), "db_schema_name"), ["core", "facts"]);

        let from = CommandGetImportedKeys {
            table: "changes".into(),
            db_schema: Some("facts".into()),
            catalog: Some(String::new()),
        };
        let rows = client.ask(&from).await.unwrap();
        let led: BTreeMap<_, _> =
            texts(&rows, "fk_column_name").into_iter().zip(texts(&rows, "pk_table_name")).collect();
        let expected = [
            ("deployment_id", "deployments"),
            ("owning_team_id", "teams"),
            ("project_id", "projects"),
            ("repository_id", "repositories"),
            ("team_id", "teams"),
        ];
        assert_eq!(led, expected.map(|(a, b)| (a.to_owned(), b.to_owned())).into());
        assert_eq!(texts(&rows, "pk_db_schema_name"), ["core"; 5]);
        assert_eq!(rows.column_by_name("delete_rule").unwrap().as_primitive::<UInt8Type>().values(), &[3; 5]);

        let to = CommandGetExportedKeys { table: "repositories".into(), ..Default::default() };
        let rows = client.ask(&to).await.unwrap();
        let from: BTreeSet<_> = texts(&rows, "fk_table_name").into_iter().collect();
        assert!(from.contains("commits") && from.contains("changes") && !from.contains("repositories"), "{from:?}");
        let across = CommandGetCrossReference {
            pk_table: "repositories".into(),
            fk_table: "commits".into(),
            fk_db_schema: Some("core".into()),
            ..Default::default()
        };
        let rows = client.ask(&across).await.unwrap();
        assert_eq!(
            (texts(&rows, "fk_column_name"), texts(&rows, "pk_column_name")),
            (vec!["repository_id".into()], vec!["id".into()])
        );
        for nothing in ["nothing", "change_lead_time", ""] {
            let key = CommandGetPrimaryKeys { table: nothing.into(), ..Default::default() };
            assert_eq!(client.ask(&key).await.unwrap().num_rows(), 0, "{nothing}");
        }
    });
}

#[test]
fn every_type_and_every_conversion_that_is_told_of_is_there() {
    run(async {
        let door = Door::open().await;
        let mut client = door.acme().await;
        let types = client.ask(&CommandGetXdbcTypeInfo::default()).await.unwrap();
        let type_names = texts(&types, "type_name");
        assert!(type_names.len() >= 13);
        for name in &type_names {
            client.sql(&format!("SELECT CAST(NULL AS {name}) AS x")).await.unwrap_or_else(|e| panic!("{name}: {e}"));
        }
        let dates =
            client.ask(&CommandGetXdbcTypeInfo { data_type: Some(XdbcDataType::XdbcDate.into()) }).await.unwrap();
        assert_eq!(texts(&dates, "type_name"), ["DATE"]);

        let info = CommandGetSqlInfo { info: vec![SqlInfo::SqlSupportsConvert as u32] };
        let rows = client.ask(&info).await.unwrap();
        let map = rows.column(1).as_union().value(0);
        let entries = map.as_map().value(0);
        let (from, to) = (entries.column(0).as_primitive::<Int32Type>(), entries.column(1).as_list::<i32>());
        let name = |kind: i32| match SqlSupportsConvert::try_from(kind).unwrap() {
            SqlSupportsConvert::SqlConvertBigint => "BIGINT",
            SqlSupportsConvert::SqlConvertBit => "BOOLEAN",
            SqlSupportsConvert::SqlConvertDate => "DATE",
            SqlSupportsConvert::SqlConvertDecimal | SqlSupportsConvert::SqlConvertNumeric => "DECIMAL(20, 3)",
            SqlSupportsConvert::SqlConvertFloat => "DOUBLE",
            SqlSupportsConvert::SqlConvertInteger => "INTEGER",
            SqlSupportsConvert::SqlConvertReal => "REAL",
            SqlSupportsConvert::SqlConvertSmallint => "SMALLINT",
            SqlSupportsConvert::SqlConvertTime => "TIME",
            SqlSupportsConvert::SqlConvertTimestamp => "TIMESTAMP",
            SqlSupportsConvert::SqlConvertTinyint => "TINYINT",
            SqlSupportsConvert::SqlConvertVarchar => "VARCHAR",
            other => panic!("{other:?} is told of"),
        };
        let mut casts = Vec::new();
        for place in 0..from.len() {
            let (from, to) = (name(from.value(place)), to.value(place));
            casts.extend(to.as_primitive::<Int32Type>().values().iter().map(|to| {
                let (to, n) = (name(*to), place);
                format!("CAST(CAST(NULL AS {from}) AS {to}) AS \"{n} {from} {to} {}\"", casts_id())
            }));
        }
        assert!(casts.len() > 90, "{}", casts.len());
        client.sql(&format!("SELECT {}", casts.join(", "))).await.unwrap();
    });
}

/// Something that no other column is called.
fn casts_id() -> usize {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

#[test]
fn what_the_server_can_do_is_told_and_so_it_is() {
    run(async {
        let door = Door::open().await;
        let mut client = door.acme().await;
        let all = client.ask(&CommandGetSqlInfo { info: vec![] }).await.unwrap();
        assert!(all.num_rows() > 85, "{}", all.num_rows());
        let asked = [SqlInfo::FlightSqlServerName, SqlInfo::FlightSqlServerReadOnly, SqlInfo::SqlIdentifierQuoteChar];
        let some = client.ask(&CommandGetSqlInfo { info: asked.map(|info| info as u32).to_vec() }).await.unwrap();
        assert_eq!(some.column(0).as_primitive::<UInt32Type>().values(), &asked.map(|info| info as u32));
        let values = some.column(1).as_union();
        assert_eq!(values.type_ids(), &[0_i8, 1, 0]);
        assert_eq!(values.value(0).as_string::<i32>().value(0), "Pulse");
        assert!(values.value(1).as_boolean().value(0));
        // What it says of SQL holds.
        for sql in [
            "SELECT id AS \"Mixed Case\" FROM CHANGES AS c WHERE c.COMMITS > 0 ORDER BY c.commits + 1, title",
            "SELECT count(*) FROM changes GROUP BY repository_id",
            "SELECT repository_id, kind, count(*) FROM changes GROUP BY repository_id, kind ORDER BY max(commits)",
            "SELECT 1 WHERE 1 = (SELECT 1) AND EXISTS (SELECT 1) AND 1 IN (SELECT 1)",
            "SELECT id FROM changes c WHERE EXISTS (SELECT 1 FROM deployments d WHERE d.id = c.deployment_id)",
            "SELECT 1 UNION SELECT 2 UNION ALL SELECT 3",
            "SELECT a.id FROM changes a FULL OUTER JOIN deployments b ON a.deployment_id = b.id",
            "SELECT * FROM pulse.facts.changes",
        ] {
            client.sql(sql).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
        }
        let null = client.sql("SELECT 'a' || NULL AS x").await.unwrap();
        assert_eq!(null.column(0).null_count(), 1);
        let sorted = client.sql("SELECT * FROM (VALUES (1), (NULL), (2)) AS t(v) ORDER BY v").await.unwrap();
        assert!(sorted.column(0).is_null(2), "NULL sorts high");
    });
}

#[test]
fn metadata_is_answered_without_reading_a_table_or_asking_the_object_store() {
    run(async {
        let lake = tempfile::tempdir().unwrap();
        let server = Server::over(url::Url::from_file_path(lake.path()).unwrap().into()).await;
        let payload = Payload { stream: "s".into(), key: "k".into(), observed_at: 1, body: "{}".into() };
        let page = Page { payloads: vec![payload], ..Page::default() };
        server.engine.tenant(&crate::world::acme()).land("toy", "toy:a", page).await.unwrap();
        // A log that cannot be read: whatever reads a table fails.
        let log = lake.path().join("tenant=acme/raw/toy/_delta_log/00000000000000000000.json");
        std::fs::write(&log, "{ this is no log").unwrap();
        let core = lake.path().join("tenant=acme/core/commits/_delta_log");
        std::fs::create_dir_all(&core).unwrap();
        std::fs::write(core.join("00000000000000000000.json"), "{ this is no log").unwrap();
        let door = Door::of(server).await;
        let mut client = door.acme().await;
        assert!(client.sql("SELECT * FROM core.commits").await.is_err());
        // Somebody has asked by now which connectors have landed anything: nothing more is asked of the store, however often.
        let before = door.server.engine.lake().costs();
        for _ in 0..3 {
            let all = client.ask(&CommandGetTables { include_schema: true, ..Default::default() }).await.unwrap();
            assert!(names(&all).contains(&"core.commits".to_owned()) && names(&all).contains(&"raw.toy".to_owned()));
            let keys = CommandGetPrimaryKeys { table: "commits".into(), ..Default::default() };
            assert_eq!(client.ask(&keys).await.unwrap().num_rows(), 1);
            client.ask(&CommandGetCatalogs {}).await.unwrap();
            client.ask(&CommandGetDbSchemas::default()).await.unwrap();
            client.ask(&CommandGetXdbcTypeInfo::default()).await.unwrap();
            client.ask(&CommandGetSqlInfo { info: vec![] }).await.unwrap();
        }
        assert_eq!(door.server.engine.lake().costs(), before);
        // What lands first is seen at once, in this process.
        let payload = Payload { stream: "s".into(), key: "k".into(), observed_at: 1, body: "{}".into() };
        let page = Page { payloads: vec![payload], ..Page::default() };
        door.server.engine.tenant(&crate::world::acme()).land("new", "new:a", page).await.unwrap();
        assert_eq!(tables(&mut client, Some("raw"), None).await, ["raw.new", "raw.toy"]);
    });
}
