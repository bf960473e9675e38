//! A statement with values for its parameters, `$1`, `?` or `$name`.
//!
//! Values never become part of the text: the statement is planned with its parameters, of the types that their values have, and the
//! plan takes the values in.

use super::mistake::Mistake;
use super::widths::Batches;
use crate::{Error, Result};
use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, FieldRef, Schema};
use datafusion::common::metadata::ScalarAndMetadata;
use datafusion::common::{ParamValues, ScalarValue};
use datafusion::logical_expr::{LogicalPlan, Statement as Other};
use datafusion::sql::parser::Statement as Parsed;
use datafusion::sql::sqlparser::ast::{
    self, ArrayElemTypeDef, Expr, Ident, TimezoneInfo, Value, ValueWithSpan, visit_expressions_mut,
};
use datafusion::sql::sqlparser::tokenizer::Span;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;

/// The most parameters of one statement.
pub const MOST_PARAMETERS: usize = 1_000;

/// The values of a statement's parameters.
#[derive(Clone, PartialEq, Eq, Hash)]
pub enum Parameters {
    /// Of `$1`, `$2` and so on, in that order.
    Numbered(Vec<ScalarValue>),
    /// Of `$name`, by name.
    Named(BTreeMap<String, ScalarValue>),
}

impl Default for Parameters {
    fn default() -> Self {
        Self::Numbered(Vec::new())
    }
}

impl Parameters {
    /// Those of a row: its first column holds the value of `$1`, or of the first `?`. The columns' names say nothing.
    ///
    /// # Errors
    /// [`Error::Question`] when there is not exactly one row, or a value is of a type that no literal has.
    pub fn of_row(row: &RecordBatch) -> Result<Self> {
        if row.num_rows() != 1 {
            return Err(Error::Question(format!(
                "parameters came in {} rows, and a statement is asked once: send one row, and ask again for each other",
                row.num_rows()
            )));
        }
        let values = row.columns().iter().map(|column| ScalarValue::try_from_array(column, 0));
        Ok(Self::Numbered(values.collect::<Result<_, _>>().map_err(super::error)?))
    }

    /// NULLs of these types.
    pub(super) fn nulls(of: &Schema) -> Result<Self> {
        let nulls = of.fields().iter().map(|field| ScalarValue::try_new_null(field.data_type()));
        Ok(Self::Numbered(nulls.collect::<Result<_, _>>().map_err(super::error)?))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Numbered(values) => values.len(),
            Self::Named(values) => values.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The types of the values, in the order that they stand in. Equal values need not have the same: of an instant its zone is not
    /// compared.
    pub fn types(&self) -> Vec<DataType> {
        match self {
            Self::Numbered(values) => values.iter().map(ScalarValue::data_type).collect(),
            Self::Named(values) => values.values().map(ScalarValue::data_type).collect(),
        }
    }

    /// The bytes that the values take.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Numbered(values) => values.iter().map(ScalarValue::size).sum(),
            Self::Named(values) => values.iter().map(|(name, value)| name.len() + value.size()).sum(),
        }
    }
}

/// A statement and the values of its parameters. `Debug` tells neither.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Statement {
    text: String,
    parameters: Parameters,
    in_one_order: bool,
    by_one_thread: bool,
    joined_by_sorting: bool,
    as_read: bool,
    batches: Option<Batches>,
}

impl fmt::Debug for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Statement").field("parameters", &self.parameters.len()).finish_non_exhaustive()
    }
}

impl Statement {
    /// A statement without parameters.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            parameters: Parameters::default(),
            in_one_order: false,
            by_one_thread: false,
            joined_by_sorting: false,
            as_read: false,
            batches: None,
        }
    }

    /// The same with these.
    #[must_use]
    pub fn with(self, parameters: Parameters) -> Self {
        Self { parameters, ..self }
    }

    /// The same, whose rows come in one order, also where it says none or leaves some of it open: the same rows are the same answer
    /// then, and a LIMIT takes the same of them.
    #[must_use]
    pub fn in_one_order(self) -> Self {
        Self { in_one_order: true, ..self }
    }

    /// The same, whose rows one thread reads. Sorts of several share the memory as it comes, and one that came late may find none, where a
    /// single one writes to the disk what it has no room for.
    #[must_use]
    pub(super) fn by_one_thread(self) -> Self {
        Self { by_one_thread: true, ..self }
    }

    /// The same, whose joins sort both sides: that takes longer than to keep one of them in memory, and goes to the disk where there is no room.
    #[must_use]
    pub(super) fn joined_by_sorting(self) -> Self {
        Self { joined_by_sorting: true, ..self }
    }

    /// The same, whose rows hold texts as they were read: for who makes something of them that no text is seen in.
    #[must_use]
    pub(super) fn as_read(self) -> Self {
        Self { as_read: true, ..self }
    }

    /// The same, whose operators make such batches.
    #[must_use]
    pub(super) fn in_batches(self, batches: Batches) -> Self {
        Self { batches: Some(batches), ..self }
    }

    /// Its text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The values of its parameters.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    pub(super) fn is_in_one_order(&self) -> bool {
        self.in_one_order
    }

    pub(super) fn is_as_read(&self) -> bool {
        self.as_read
    }

    pub(super) fn is_by_one_thread(&self) -> bool {
        self.by_one_thread
    }

    pub(super) fn is_joined_by_sorting(&self) -> bool {
        self.joined_by_sorting
    }

    pub(super) fn batches(&self) -> Option<Batches> {
        self.batches
    }
}

/// The values of a statement's parameters, in the order of the numbers that they have in it by now.
#[derive(Debug)]
pub(super) struct Bound(Vec<ScalarValue>);

/// Holds a statement's parameters against their values: each has one, and each value a parameter. What is named is numbered from
/// here on, and a statement proper is one to prepare, which says of what type each parameter is.
///
/// # Errors
/// [`Error::Mistake`] when a parameter has no value, [`Error::Question`] when a value has no parameter.
pub(super) fn bind(statement: &mut Parsed, parameters: &Parameters) -> Result<Bound> {
    if parameters.len() > MOST_PARAMETERS {
        return Err(Error::Question(format!(
            "the statement has {} parameters, and at most {MOST_PARAMETERS} are planned: give lists as arrays",
            parameters.len()
        )));
    }
    let mut uses = Uses { parameters, used: BTreeSet::new() };
    uses.of(statement)?;
    let values: Vec<ScalarValue> = match parameters {
        Parameters::Numbered(values) => values.iter().map(in_utc).collect::<Result<_>>()?,
        Parameters::Named(values) => values.values().map(in_utc).collect::<Result<_>>()?,
    };
    if let Some(unused) = (0..values.len()).find(|place| !uses.used.contains(place)) {
        let name = match parameters {
            Parameters::Numbered(_) => (unused + 1).to_string(),
            Parameters::Named(values) => values.keys().nth(unused).cloned().unwrap_or_default(),
        };
        return Err(Error::Question(format!(
            "there is a value for `${}`, which the statement does not use: leave it out, or write the parameter where it belongs",
            name.escape_default()
        )));
    }
    if values.is_empty() {
        return Ok(Bound(values));
    }
    if let Parsed::Statement(inner) = statement {
        let types = values.iter().map(|value| declared(&value.data_type())).collect::<Option<Vec<_>>>();
        if let (Some(data_types), ast::Statement::Query(_)) = (types, inner.as_ref()) {
            let prepare = ast::Statement::Prepare {
                name: Ident::new("asked"),
                data_types,
                statement: Box::new(inner.as_ref().clone()),
            };
            *statement = Parsed::Statement(Box::new(prepare));
        }
    }
    Ok(Bound(values))
}

impl Bound {
    /// The plan that is prepared, without the step of preparing it.
    pub(super) fn prepared(plan: LogicalPlan) -> LogicalPlan {
        match plan {
            LogicalPlan::Statement(Other::Prepare(prepare)) => LogicalPlan::clone(&prepare.input),
            plan => plan,
        }
    }

    /// The plan with the values in the places of the parameters.
    pub(super) fn into(self, plan: LogicalPlan) -> datafusion::error::Result<LogicalPlan> {
        if self.0.is_empty() {
            return Ok(plan);
        }
        let values = self.0.into_iter().map(ScalarAndMetadata::from).collect();
        plan.replace_params_with_values(&ParamValues::List(values))
    }
}

/// Which values a statement uses.
struct Uses<'a> {
    parameters: &'a Parameters,
    used: BTreeSet<usize>,
}

impl Uses<'_> {
    fn of(&mut self, statement: &mut Parsed) -> Result<()> {
        match statement {
            Parsed::Statement(inner) => {
                let walked = visit_expressions_mut(inner.as_mut(), |expr| match self.number(expr) {
                    Ok(()) => ControlFlow::Continue(()),
                    Err(error) => ControlFlow::Break(error),
                });
                match walked {
                    ControlFlow::Continue(()) => Ok(()),
                    ControlFlow::Break(error) => Err(error),
                }
            }
            Parsed::Explain(explain) => self.of(&mut explain.statement),
            _ => Ok(()),
        }
    }

    /// Gives a parameter its number.
    fn number(&mut self, expr: &mut Expr) -> Result<()> {
        let Expr::Value(ValueWithSpan { value: Value::Placeholder(written), span }) = expr else { return Ok(()) };
        let name = written.strip_prefix('$').unwrap_or_default();
        let place = match self.parameters {
            Parameters::Numbered(values) => {
                name.parse::<usize>().ok().and_then(|n| n.checked_sub(1)).filter(|place| *place < values.len())
            }
            Parameters::Named(values) => values.keys().position(|known| known == name),
        };
        let place = place.ok_or_else(|| self.missing(written, *span))?;
        *written = format!("${}", place + 1);
        self.used.insert(place);
        Ok(())
    }

    fn missing(&self, written: &str, span: Span) -> Error {
        let given = match self.parameters {
            Parameters::Numbered(values) if values.is_empty() => "no values were given".to_owned(),
            Parameters::Numbered(values) => format!("values were given for $1 to ${}", values.len()),
            Parameters::Named(values) => {
                let names: Vec<String> = values.keys().map(|name| format!("${}", name.escape_default())).collect();
                format!("values were given for {}", names.join(", "))
            }
        };
        Mistake::at(
            format!(
                "there is no value for the parameter `{}`: {given}. Write `$1`, `$2` with an array of values, or `$name` with an object",
                written.escape_default()
            ),
            (span.start.line, span.start.column),
        )
        .into()
    }
}

/// A value as it is planned. An instant is the same in every zone, but its day is not: whatever zone it came with, it is one of UTC
/// here, as the columns are, so that a statement has one answer however its values were sent.
fn in_utc(value: &ScalarValue) -> Result<ScalarValue> {
    value.cast_to(&of_utc(&value.data_type())).map_err(super::error)
}

/// The same type with UTC in the place of each zone.
fn of_utc(kind: &DataType) -> DataType {
    let within = |of: &FieldRef| Arc::new(of.as_ref().clone().with_data_type(of_utc(of.data_type())));
    match kind {
        DataType::Timestamp(unit, Some(_)) => DataType::Timestamp(*unit, Some("UTC".into())),
        DataType::List(of) => DataType::List(within(of)),
        DataType::LargeList(of) => DataType::LargeList(within(of)),
        DataType::FixedSizeList(of, length) => DataType::FixedSizeList(within(of), *length),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(within).collect()),
        DataType::Dictionary(key, of) => DataType::Dictionary(key.clone(), Box::new(of_utc(of))),
        other => other.clone(),
    }
}

/// A type as a statement declares it for a parameter; `None` for what it cannot say, whose type the planner then infers.
fn declared(kind: &DataType) -> Option<ast::DataType> {
    Some(match kind {
        DataType::Boolean => ast::DataType::Boolean,
        DataType::Int64 => ast::DataType::BigInt(None),
        DataType::UInt64 => ast::DataType::BigIntUnsigned(None),
        DataType::Float64 => ast::DataType::Double(ast::ExactNumberInfo::None),
        DataType::Utf8 => ast::DataType::Varchar(None),
        DataType::Date32 => ast::DataType::Date,
        DataType::Timestamp(_, Some(_)) => ast::DataType::Timestamp(None, TimezoneInfo::WithTimeZone),
        DataType::List(of) => ast::DataType::Array(ArrayElemTypeDef::AngleBracket(Box::new(declared(of.data_type())?))),
        // A NULL of no type among them: it is of whatever type its place asks for.
        _ => return None,
    })
}
