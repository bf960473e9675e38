//! Answers in plain texts, whatever their tables' were read as.

use crate::texts;
use datafusion::common::{Column, Result};
use datafusion::logical_expr::{DescribeTable, Expr, LogicalPlan, Projection, cast};
use std::sync::Arc;

/// The same answer of a plan that is analysed, whose texts are of the type that declarations give them. What is explained while it runs stays as it
/// is: it has texts of its own.
pub(super) fn answers(plan: LogicalPlan) -> Result<LogicalPlan> {
    if let LogicalPlan::DescribeTable(told) = plan {
        return Ok(LogicalPlan::DescribeTable(DescribeTable { schema: texts::plain_schema(&told.schema), ..told }));
    }
    let fields = plan.schema().fields();
    let is_plain = fields.iter().all(|field| texts::plain(field.data_type()) == *field.data_type());
    if is_plain || matches!(plan, LogicalPlan::Analyze(_)) {
        return Ok(plan);
    }
    let plain = plan.schema().iter().map(|(table, field)| {
        let (column, kind) = (Expr::Column(Column::from((table, field))), texts::plain(field.data_type()));
        if kind == *field.data_type() {
            return column;
        }
        cast(column, kind).alias_qualified(table.cloned(), field.name())
    });
    let plain = plain.collect();
    Ok(LogicalPlan::Projection(Projection::try_new(plain, Arc::new(plan))?))
}

#[cfg(test)]
mod tests {
    use super::super::{Limits, Session};
    use crate::entities;
    use crate::lake::{Lake, Options, Seen, TenantTable, When};
    use crate::row::{self, Row};
    use crate::{Policy, TenantId};
    use arrow::array::{AsArray as _, RecordBatch};
    use arrow::datatypes::DataType;

    async fn session(policy: &Policy) -> Session {
        let lake = Lake::open("memory:///", Options::default()).unwrap().tenant(&TenantId::new("acme").unwrap());
        let (commits, scopes) = (entities::core("commits").unwrap(), entities::core("project_scopes").unwrap());
        let rows: Vec<Row> =
            (0..3).map(|n| Row::new(commits).set("id", format!("c{n}")).set("repository_id", "r")).collect();
        lake.table(commits).append(&[row::batch(commits, &rows).unwrap()], &[], When::New).await.unwrap();
        let scope = Row::new(scopes).set("id", "s").set("project_id", "p").set("scope_kind", "repository");
        let scope = row::batch(scopes, &[scope.set("scope_id", "r")]).unwrap();
        lake.table(scopes).append(&[scope], &[], When::New).await.unwrap();
        Session::build(TenantTable::all(&lake, &Seen::default()), lake.runtime(), Limits::default(), policy).unwrap()
    }

    fn kinds(batch: &RecordBatch) -> Vec<DataType> {
        batch.schema().fields().iter().map(|field| field.data_type().clone()).collect()
    }

    #[tokio::test]
    async fn texts_are_views_while_they_are_computed_and_plain_in_answers() {
        let text =
            "SELECT arrow_typeof(c.id) AS held, c.id, array_agg(c.id) AS ids, named_struct('id', min(c.title)) AS one,
                    CASE WHEN min(c.title) IS NULL THEN 'none' ELSE min(c.title) END AS title
                    FROM core.commits AS c GROUP BY c.id ORDER BY c.id DESC";
        for policy in [Policy::everything(), Policy::only([], ["p"])] {
            let session = session(&policy).await;
            let rows = session.collect(text).await.unwrap();
            let [texts, one] = [DataType::new_list(DataType::Utf8, true), DataType::Utf8];
            let one = DataType::Struct(vec![arrow::datatypes::Field::new("id", one, true)].into());
            assert_eq!(kinds(&rows[0]), [DataType::Utf8, DataType::Utf8, texts, one, DataType::Utf8]);
            assert_eq!(rows[0].column(0).as_string::<i32>().value(0), "Utf8View", "{policy:?}");
            let ids: Vec<_> = rows.iter().flat_map(|rows| rows.column(1).as_string::<i32>()).flatten().collect();
            assert_eq!(ids, ["c2", "c1", "c0"]);
            // Without a policy these are answered from what the log says of its files.
            let ends = session.collect("SELECT min(id), max(id) FROM core.commits").await.unwrap();
            assert_eq!(kinds(&ends[0]), [DataType::Utf8, DataType::Utf8]);
            let ends: Vec<_> = ends[0].columns().iter().map(|end| end.as_string::<i32>().value(0)).collect();
            assert_eq!(ends, ["c0", "c2"]);
        }
    }

    #[tokio::test]
    async fn what_is_told_of_tables_and_parameters_is_plain() {
        let session = session(&Policy::everything()).await;
        let known = session.describe("SELECT id FROM core.commits WHERE repository_id = $1").await.unwrap();
        for told in [known.parameters, known.rows] {
            assert_eq!(told.field(0).data_type(), &DataType::Utf8);
        }
        let columns = "SELECT DISTINCT data_type FROM information_schema.columns WHERE table_name = 'commits' AND column_name = 'id'";
        let rows = session.collect(columns).await.unwrap();
        assert_eq!(rows[0].column(0).as_string::<i32>().value(0), "Utf8");
        let described = session.collect("DESCRIBE core.commits").await.unwrap();
        let kinds = described.iter().flat_map(|rows| rows.column(1).as_string::<i32>()).flatten();
        assert!(kinds.into_iter().all(|kind| !kind.contains("View")));
        let listed = session.listing().await.unwrap();
        let kinds = listed.iter().flat_map(|schema| &schema.tables).flat_map(|table| &table.columns);
        assert!(kinds.into_iter().all(|column| !column.kind.contains("View")));
        assert!(session.collect("EXPLAIN SELECT id FROM core.commits").await.is_ok());
    }
}
