//! A table of which a policy shows some rows.

use super::allowed::{Allowed, Ids, Ways};
use super::filter::PolicyFilter;
use crate::entities::Entity;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::{Column, Result};
use datafusion::logical_expr::utils::disjunction;
use datafusion::logical_expr::{Expr, Operator, TableProviderFilterPushDown, TableType, lit};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use std::sync::Arc;

/// A declared table as a policy lets it be seen. Whatever is asked of it, its rows come through a [`PolicyFilter`].
#[derive(Debug)]
pub(super) struct PolicyTable {
    whole: Arc<dyn TableProvider>,
    entity: &'static Entity,
    allowed: Arc<Allowed>,
}

impl PolicyTable {
    pub(super) fn new(whole: Arc<dyn TableProvider>, entity: &'static Entity, allowed: Arc<Allowed>) -> Self {
        Self { whole, entity, allowed }
    }

    /// Whether a condition may choose below the policy which files to skip. One of a name that is NULL for some rows here, and not there,
    /// may not.
    fn is_told_below(&self, filter: &Expr) -> bool {
        let names = |column: &Column| self.entity.column(&column.name).is_some_and(|column| column.names.is_some());
        cannot_fail(filter) && !filter.column_refs().into_iter().any(names)
    }
}

#[async_trait]
impl TableProvider for PolicyTable {
    fn schema(&self) -> SchemaRef {
        self.whole.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        let told = |filter: &&Expr| {
            if self.is_told_below(filter) {
                TableProviderFilterPushDown::Inexact
            } else {
                TableProviderFilterPushDown::Unsupported
            }
        };
        Ok(filters.iter().map(told).collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        // A number of rows before the filter says nothing of those behind it.
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let schema = self.whole.schema();
        let mut read = projection.cloned().unwrap_or_else(|| (0..schema.fields().len()).collect());
        let asked = read.len();
        let names = self.allowed.names(self.entity, &schema, &mut read, state).await?;
        let ways = self.allowed.ways(self.entity.belongs, &schema, &mut read, state).await?;
        // They only say which files need not be read.
        let mut filters: Vec<Expr> = filters.iter().filter(|filter| self.is_told_below(filter)).cloned().collect();
        filters.extend(pruning(&ways, |place| schema.field(read[place]).name().as_str()));
        let input = if ways.iter().all(|(_, ids)| ids.is_empty()) {
            Arc::new(EmptyExec::new(Arc::new(schema.project(&read)?)))
        } else {
            self.whole.scan(state, Some(&read), &filters, None).await?
        };
        let table = format!("{}.{}", self.entity.layer.name(), self.entity.name);
        Ok(Arc::new(PolicyFilter::new(input, ways, names, asked, table)))
    }
}

/// How many ids are worth being looked up in the statistics of files.
const PRUNING: usize = 20;

/// The policy as a condition, when it names few enough ids.
fn pruning<'a>(ways: &Ways, name: impl Fn(usize) -> &'a str) -> Option<Expr> {
    let way = |(place, ids): (usize, &Ids)| {
        let column = Expr::Column(Column::from_name(name(place)));
        Some(column.in_list(ids.few(PRUNING)?.map(lit).collect(), false))
    };
    // Statistics have no answer to being one of none.
    disjunction(ways.iter().filter(|(_, ids)| !ids.is_empty()).map(way).collect::<Option<Vec<_>>>()?)
}

/// Whether a condition says yes, no or NULL of every row. One that may fail instead would be known, by its failing, to have
/// been computed for a row that is not shown; so it is computed above the policy alone.
fn cannot_fail(condition: &Expr) -> bool {
    let plain = |value: &Expr| matches!(value, Expr::Column(_) | Expr::Literal(..));
    match condition {
        Expr::BinaryExpr(both) => match both.op {
            Operator::And | Operator::Or => cannot_fail(&both.left) && cannot_fail(&both.right),
            Operator::Eq
            | Operator::NotEq
            | Operator::Lt
            | Operator::LtEq
            | Operator::Gt
            | Operator::GtEq
            | Operator::IsDistinctFrom
            | Operator::IsNotDistinctFrom => plain(&both.left) && plain(&both.right),
            _ => false,
        },
        Expr::Not(inner) => cannot_fail(inner),
        Expr::IsNull(value) | Expr::IsNotNull(value) => plain(value),
        Expr::Between(between) => plain(&between.expr) && plain(&between.low) && plain(&between.high),
        Expr::InList(list) => plain(&list.expr) && list.list.iter().all(plain),
        Expr::Column(_) | Expr::Literal(..) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TenantId;
    use crate::entities;
    use crate::lake::{Lake, Options, Seen, TenantLake, TenantTable, When};
    use crate::policy::Policy;
    use crate::row::{self, Row};
    use datafusion::logical_expr::col;
    use datafusion::physical_plan::displayable;
    use std::any::Any;

    async fn append(lake: &TenantLake, rows: &[Row]) {
        let entity = rows[0].entity();
        lake.table(entity).append(&[row::batch(entity, rows).unwrap()], &[], When::New).await.unwrap();
    }

    /// Four files of commits, one a repository, the first of which is in scope of `p` and has one pull request; and four files
    /// of comments, one a pull request.
    async fn lake() -> TenantLake {
        let options = Options { file_rows: 3, ..Options::default() };
        let lake = Lake::open("memory:///", options).unwrap().tenant(&TenantId::new("acme").unwrap());
        let new = |table: &str, n: usize| Row::new(entities::core(table).unwrap()).set("id", format!("{n:02}"));
        let of = |table, by, kind: &str| {
            (0..12).map(|n| new(table, n).set(by, format!("{kind}{}", n / 3))).collect::<Vec<_>>()
        };
        append(&lake, &of("commits", "repository_id", "r")).await;
        append(&lake, &of("comments", "subject_id", "pr")).await;
        append(&lake, &[new("pull_requests", 0).set("id", "pr0").set("repository_id", "r0")]).await;
        let scope = new("project_scopes", 0).set("project_id", "p").set("scope_kind", "repository");
        append(&lake, &[scope.set("scope_id", "r0")]).await;
        lake
    }

    /// How many files of a table are read for rows that meet a condition.
    async fn files(lake: &TenantLake, table: &str, policy: &Policy, condition: Expr) -> usize {
        let shown = policy.over(TenantTable::all(lake, &Seen::default()));
        let (.., table) = shown.tables.into_iter().find(|(_, name, _)| name == table).unwrap();
        let plan = table.scan(lake.state(), Some(&vec![0]), &[condition], Some(1)).await.unwrap();
        let filter = (plan.as_ref() as &dyn Any).downcast_ref::<PolicyFilter>().unwrap();
        displayable(filter.input().as_ref()).indent(true).to_string().matches(".parquet").count()
    }

    #[tokio::test]
    async fn files_without_a_row_that_may_be_shown_are_not_read() {
        let lake = lake().await;
        let policy = Policy::only([], ["p"]);
        assert_eq!(files(&lake, "commits", &policy, lit(true)).await, 1);
        assert_eq!(files(&lake, "commits", &policy, col("repository_id").eq(lit("r1"))).await, 0);
        // There is neither a work item nor an incident that a comment could be on.
        assert_eq!(files(&lake, "comments", &policy, lit(true)).await, 1);
        assert_eq!(files(&lake, "commits", &Policy::only::<&str>([], []), lit(true)).await, 0);
    }

    #[test]
    fn what_may_fail_is_not_computed_below_the_policy() {
        let (a, b) = (|| col("a"), || col("b"));
        for safe in [
            a().eq(lit(1)).and(b().lt(a()).or(b().is_null())),
            !a().between(lit(1), lit(2)),
            a().in_list(vec![lit("x"), lit("y")], true),
            lit(true),
        ] {
            assert!(cannot_fail(&safe), "{safe}");
        }
        let quotient = || lit(1) / a();
        for unsafe_one in [
            quotient().eq(lit(1)),
            b().eq(lit(1)).and(quotient().eq(lit(1))),
            b().eq(lit(1)).or(!quotient().eq(lit(1))),
            quotient().is_null(),
            quotient().between(lit(1), lit(2)),
            a().between(lit(1), quotient()),
            b().in_list(vec![quotient()], false),
            quotient().in_list(vec![lit(1)], false),
            datafusion::logical_expr::cast(a(), arrow::datatypes::DataType::Int64).eq(lit(1)),
            a().like(lit("x%")),
        ] {
            assert!(!cannot_fail(&unsafe_one), "{unsafe_one}");
        }
    }
}
