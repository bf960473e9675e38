//! All figures that an answer takes, in one pass over a metric's observations.

use super::ask::instant;
use super::figures::{Measured, Sum};
use super::gathered::{Gathered, Wanted};
use super::places::Apart;
use super::scope::Scope;
use super::{Kind, OWN};
use crate::Result;
use crate::session::{Session, error};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The spans that an answer looks at.
#[derive(Clone, Copy)]
pub(super) struct Spans<'a, 's> {
    /// The one that was asked for.
    pub(super) now: &'a Scope<'s>,
    /// The one that it is held against, of which the total is wanted.
    pub(super) earlier: Option<&'a Scope<'s>>,
    /// The year before it, of whose complete periods it is told what is typical.
    pub(super) year: Option<&'a Scope<'s>>,
    /// Whether the groups' own figures are all that is wanted, and nothing of all groups together.
    pub(super) alone: bool,
}

impl<'a, 's> Spans<'a, 's> {
    /// One span alone.
    pub(super) fn only(now: &'a Scope<'s>) -> Self {
        Self { now, earlier: None, year: None, alone: false }
    }

    /// The groups' own figures in one span alone.
    pub(super) fn of_groups(now: &'a Scope<'s>) -> Self {
        Self { alone: true, ..Self::only(now) }
    }

    /// What is measured in them.
    pub(super) async fn measure(&self, session: &Session) -> Result<Measured> {
        let measured = self.measure_by(session, vec![self.now.apart.clone()]).await?;
        Ok(measured.into_iter().next().unwrap_or_default())
    }

    /// The same of each of what observations are told apart by, in one pass over them.
    pub(super) async fn measure_by(&self, session: &Session, apart: Vec<Apart>) -> Result<Vec<Measured>> {
        let statement = self.observations(&apart);
        let wanted = Arc::new(Wanted {
            kind: self.now.definition.kind,
            now: self.now.now,
            apart,
            spans: [Some(self.now), self.earlier, self.year].map(|span| span.map_or_else(Vec::new, Scope::parts)),
            overall: !self.alone,
        });
        session.fold(&statement, move || Gathered::new(&wanted)).await?.map_err(error)
    }

    fn observations(&self, apart: &[Apart]) -> String {
        let kind = self.now.definition.kind;
        let part = |part: &str| match self.now.definition.schema == OWN {
            true => format!(", CAST({part} AS DOUBLE) AS {part}"),
            // An estimate that no decimal can hold is none.
            false => format!(", TRY_CAST({part} AS DECIMAL(38, {})) AS {part}", Sum::PLACES),
        };
        let values = match kind {
            Kind::Percentile => ", CAST(value AS DOUBLE) AS value".to_owned(),
            Kind::Ratio => part("numerator") + &part("denominator"),
            Kind::Level | Kind::Age => ", left_at".to_owned(),
            Kind::Count => String::new(),
        };
        format!(
            "SELECT {}at, open, excluded IS NULL AS kept{values} FROM {} WHERE {}{}",
            columns(apart),
            self.now.definition.view(),
            self.reach(),
            self.now.filter
        )
    }

    /// Which observations are looked at. When the first of each group was, and the newest of all, is told by all that there are. Of groups
    /// alone it decides from when on they are counted, and there are none of the rest where nothing was observed.
    fn reach(&self) -> String {
        let (from, until) = (instant(self.now.span().0), instant(self.now.span().1));
        let kind = self.now.definition.kind;
        match (self.alone, kind) {
            (false, _) => "TRUE".to_owned(),
            (true, Kind::Level) => format!("at < {until}"),
            (true, Kind::Age) => format!("at < {until} AND (left_at IS NULL OR left_at >= {from})"),
            (true, Kind::Count) => format!("(at IS NULL OR at < {until})"),
            (true, Kind::Percentile | Kind::Ratio) => self.now.observed(),
        }
    }
}

/// The columns by which observations are told apart, each with its comma.
pub(super) fn columns(apart: &[Apart]) -> String {
    let columns = apart.iter().map(Apart::columns).flat_map(|(key, repository)| key.into_iter().chain(repository));
    let columns: BTreeSet<_> = columns.collect();
    columns.into_iter().map(|column| format!("{column}, ")).collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{berlin, example, now, question};
    use super::super::{Question, catalogue};
    use super::*;
    use crate::session::after_passes;

    #[tokio::test]
    async fn a_third_pass_over_what_is_asked_of_a_metric_would_change_names_alone() {
        let (session, settings) = (example(), berlin());
        let mut asked = 0;
        for metric in catalogue().unwrap() {
            let question = Question { grain: metric.grains[0], ..question(&metric.name, None) };
            let scope = Scope::of(&session, &question, &settings, now().now()).await.unwrap();
            for spans in [Spans::of_groups(&scope), Spans::only(&scope)] {
                let statement = spans.observations(std::slice::from_ref(&scope.apart));
                let second = after_passes(&session, &statement, 2).await;
                assert_eq!(second, after_passes(&session, &statement, 3).await, "{statement}");
                asked += 1;
            }
        }
        assert!(asked > 100, "{asked}");
    }
}
