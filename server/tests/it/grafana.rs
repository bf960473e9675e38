//! The dashboard of `docker/grafana` that asks Pulse itself, as Grafana's data source for InfluxDB asks: over Flight SQL.

use crate::flight::Door;
use crate::rest::run;
use arrow::datatypes::{DataType, TimeUnit};
use serde_json::Value;
use std::path::Path;

/// What Grafana puts in the place of its own word for the span that is looked at.
const SPAN: (&str, &str) = ("$__timeFilter(at)", "at >= '2026-01-01T00:00:00Z' AND at <= '2026-12-31T23:59:59Z'");

#[test]
fn what_its_panels_ask_is_answered_in_kinds_that_grafana_reads() {
    run(async {
        let door = Door::open().await;
        let mut client = door.acme().await;
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docker/grafana/dashboards/delivery.json");
        let dashboard: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let panels = dashboard["panels"].as_array().unwrap();
        let targets: Vec<&Value> = panels.iter().flat_map(|panel| panel["targets"].as_array().unwrap()).collect();
        assert_eq!(targets.len(), 6);
        let mut with_rows = 0;
        for target in targets {
            let sql = target["rawSql"].as_str().unwrap().replace(SPAN.0, SPAN.1);
            assert!(!sql.contains("$__"), "{sql}");
            let told = client.sql(&sql).await.unwrap_or_else(|error| panic!("{sql}: {error}"));
            let schema = told.schema();
            for field in schema.fields() {
                let is_read = match field.data_type() {
                    // Whatever a time says of its unit is taken for nanoseconds.
                    DataType::Timestamp(unit, _) => *unit == TimeUnit::Nanosecond,
                    DataType::Utf8 | DataType::Float64 | DataType::Int64 => true,
                    _ => false,
                };
                assert!(is_read, "{sql}: {field}");
            }
            if target["format"] == "time_series" {
                assert!(
                    matches!(schema.field_with_name("time").unwrap().data_type(), DataType::Timestamp(..)),
                    "{sql}"
                );
            }
            with_rows += usize::from(told.num_rows() > 0);
        }
        assert!(with_rows >= 3, "{with_rows}");
    });
}
