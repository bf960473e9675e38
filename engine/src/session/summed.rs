//! `sum` of whole numbers, which tells where the result has no room. DataFusion's own goes round there: a sum of many large numbers is a small
//! one, and nothing shows that it is none. Sums of DISTINCT values are DataFusion's own, and go round.

use arrow::array::{Array as _, ArrayRef, AsArray as _, BooleanArray, PrimitiveArray, PrimitiveBuilder};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{ArrowNativeTypeOp, ArrowPrimitiveType, DataType, FieldRef, Int64Type, UInt64Type};
use arrow::error::ArrowError;
use datafusion::common::{Result, ScalarValue, internal_err};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::utils::AggregateOrderSensitivity;
use datafusion::logical_expr::{
    Accumulator, AggregateUDF, AggregateUDFImpl, Documentation, EmitTo, GroupsAccumulator, ReversedUDAF,
    SetMonotonicity, Signature, StatisticsArgs,
};
use std::marker::PhantomData;
use std::sync::Arc;

/// DataFusion's own sum, which tells that.
pub(super) fn over(own: Arc<AggregateUDF>) -> Arc<AggregateUDF> {
    Arc::new(AggregateUDF::from(Sum { own }))
}

/// What is told of one.
fn has_no_room() -> DataFusionError {
    ArrowError::ArithmeticOverflow("Overflow happened on: a sum of whole numbers".to_owned()).into()
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Sum {
    own: Arc<AggregateUDF>,
}

impl AggregateUDFImpl for Sum {
    fn name(&self) -> &str {
        self.own.name()
    }

    fn aliases(&self) -> &[String] {
        self.own.aliases()
    }

    fn signature(&self) -> &Signature {
        self.own.signature()
    }

    fn return_type(&self, types: &[DataType]) -> Result<DataType> {
        self.own.return_type(types)
    }

    fn state_fields(&self, args: StateFieldsArgs) -> Result<Vec<FieldRef>> {
        self.own.state_fields(args)
    }

    fn accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        match args.return_field.data_type() {
            DataType::Int64 if !args.is_distinct => Ok(Box::new(Total::<Int64Type>::new())),
            DataType::UInt64 if !args.is_distinct => Ok(Box::new(Total::<UInt64Type>::new())),
            _ => self.own.accumulator(args),
        }
    }

    fn create_sliding_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn Accumulator>> {
        match args.return_field.data_type() {
            DataType::Int64 if !args.is_distinct => Ok(Box::new(Total::<Int64Type>::new())),
            DataType::UInt64 if !args.is_distinct => Ok(Box::new(Total::<UInt64Type>::new())),
            _ => self.own.create_sliding_accumulator(args),
        }
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs) -> bool {
        self.own.groups_accumulator_supported(args)
    }

    fn create_groups_accumulator(&self, args: AccumulatorArgs) -> Result<Box<dyn GroupsAccumulator>> {
        match args.return_field.data_type() {
            DataType::Int64 => Ok(Box::new(Totals::<Int64Type>::new())),
            DataType::UInt64 => Ok(Box::new(Totals::<UInt64Type>::new())),
            _ => self.own.create_groups_accumulator(args),
        }
    }

    fn reverse_expr(&self) -> ReversedUDAF {
        ReversedUDAF::Identical
    }

    fn order_sensitivity(&self) -> AggregateOrderSensitivity {
        self.own.order_sensitivity()
    }

    fn value_from_stats(&self, args: &StatisticsArgs) -> Option<ScalarValue> {
        self.own.value_from_stats(args)
    }

    fn set_monotonicity(&self, data_type: &DataType) -> SetMonotonicity {
        self.own.inner().set_monotonicity(data_type)
    }

    fn documentation(&self) -> Option<&Documentation> {
        self.own.documentation()
    }
}

/// One sum, over all rows or over a frame. What it adds up has room for as many numbers as there ever are, so that only the result counts.
#[derive(Debug)]
struct Total<T> {
    sum: i128,
    /// How many values it is of.
    count: usize,
    kind: PhantomData<fn() -> T>,
}

impl<T> Total<T> {
    fn new() -> Self {
        Self { sum: 0, count: 0, kind: PhantomData }
    }
}

impl<T> Accumulator for Total<T>
where
    T: ArrowPrimitiveType + std::fmt::Debug,
    T::Native: Into<i128> + TryFrom<i128>,
{
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let (sum, count) = added::<T>(values)?;
        (self.sum, self.count) = (self.sum + sum, self.count + count);
        Ok(())
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let (sum, count) = added::<T>(values)?;
        (self.sum, self.count) = (self.sum - sum, self.count.saturating_sub(count));
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        let sum = T::Native::try_from(self.sum).map_err(|_| has_no_room())?;
        ScalarValue::new_primitive::<T>((self.count > 0).then_some(sum), &T::DATA_TYPE)
    }

    fn size(&self) -> usize {
        size_of_val(self)
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        Ok(vec![self.evaluate()?])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        self.update_batch(states)
    }
}

/// The sum of the values of a batch, and how many there are.
fn added<T>(values: &[ArrayRef]) -> Result<(i128, usize)>
where
    T: ArrowPrimitiveType,
    T::Native: Into<i128>,
{
    let [values] = values else { return internal_err!("sum takes one column") };
    let values = values.as_primitive::<T>();
    let number = |value: T::Native| -> i128 { value.into() };
    let sum: i128 = if values.null_count() == 0 {
        values.values().iter().map(|value| number(*value)).sum()
    } else {
        values.iter().flatten().map(number).sum()
    };
    Ok((sum, values.len() - values.null_count()))
}

/// The sums of many groups.
struct Totals<T: ArrowPrimitiveType> {
    sums: Vec<T::Native>,
    /// Whether a group has a value.
    seen: Vec<bool>,
}

impl<T: ArrowPrimitiveType> Totals<T> {
    fn new() -> Self {
        Self { sums: Vec::new(), seen: Vec::new() }
    }

    fn add(&mut self, group: usize, value: T::Native) -> Result<()> {
        let (Some(sum), Some(seen)) = (self.sums.get_mut(group), self.seen.get_mut(group)) else {
            return internal_err!("there is no group {group}");
        };
        *sum = ArrowNativeTypeOp::add_checked(*sum, value).map_err(|_| has_no_room())?;
        *seen = true;
        Ok(())
    }
}

impl<T: ArrowPrimitiveType + Send> GroupsAccumulator for Totals<T> {
    fn update_batch(
        &mut self,
        values: &[ArrayRef],
        group_indices: &[usize],
        opt_filter: Option<&BooleanArray>,
        total_num_groups: usize,
    ) -> Result<()> {
        let [values] = values else { return internal_err!("sum takes one column") };
        let values = values.as_primitive::<T>();
        self.sums.resize(total_num_groups, <T::Native as ArrowNativeTypeOp>::ZERO);
        self.seen.resize(total_num_groups, false);
        if values.null_count() == 0 && opt_filter.is_none() {
            return group_indices
                .iter()
                .zip(values.values().iter())
                .try_for_each(|(group, value)| self.add(*group, *value));
        }
        for (row, group) in group_indices.iter().enumerate() {
            if counts(values, opt_filter, row) {
                self.add(*group, values.value(row))?;
            }
        }
        Ok(())
    }

    fn evaluate(&mut self, emit_to: EmitTo) -> Result<ArrayRef> {
        let (sums, seen) = (emit_to.take_needed(&mut self.sums), emit_to.take_needed(&mut self.seen));
        Ok(Arc::new(PrimitiveArray::<T>::new(sums.into(), Some(NullBuffer::from(seen)))))
    }

    fn state(&mut self, emit_to: EmitTo) -> Result<Vec<ArrayRef>> {
        Ok(vec![self.evaluate(emit_to)?])
    }

    fn merge_batch(&mut self, values: &[ArrayRef], group_indices: &[usize], total_num_groups: usize) -> Result<()> {
        self.update_batch(values, group_indices, None, total_num_groups)
    }

    /// Each row as a group of its own.
    fn convert_to_state(&self, values: &[ArrayRef], opt_filter: Option<&BooleanArray>) -> Result<Vec<ArrayRef>> {
        let [array] = values else { return internal_err!("sum takes one column") };
        if opt_filter.is_none() {
            return Ok(vec![Arc::clone(array)]);
        }
        let values = array.as_primitive::<T>();
        let mut states = PrimitiveBuilder::<T>::with_capacity(values.len());
        for row in 0..values.len() {
            states.append_option(counts(values, opt_filter, row).then(|| values.value(row)));
        }
        Ok(vec![Arc::new(states.finish())])
    }

    fn size(&self) -> usize {
        self.sums.capacity() * size_of::<T::Native>() + self.seen.capacity()
    }
}

/// Whether a row has a value that is added up.
fn counts<T: ArrowPrimitiveType>(values: &PrimitiveArray<T>, filter: Option<&BooleanArray>, row: usize) -> bool {
    values.is_valid(row) && filter.is_none_or(|filter| filter.is_valid(row) && filter.value(row))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::tests::{refusal, session, shown};
    use arrow::array::{Int64Array, UInt64Array};

    #[test]
    fn a_sum_over_a_frame_takes_back_what_leaves_it_and_only_its_result_needs_room() {
        let batch = |values: Vec<Option<i64>>| [Arc::new(Int64Array::from(values)) as ArrayRef];
        let mut total = Total::<Int64Type>::new();
        assert_eq!(total.evaluate().unwrap(), ScalarValue::Int64(None));
        total.update_batch(&batch(vec![Some(i64::MAX), None, Some(2)])).unwrap();
        let refused = total.evaluate().unwrap_err().to_string();
        assert!(refused.contains("a sum of whole numbers"), "{refused}");
        total.retract_batch(&batch(vec![Some(2)])).unwrap();
        assert_eq!(total.evaluate().unwrap(), ScalarValue::Int64(Some(i64::MAX)));
        total.retract_batch(&batch(vec![Some(i64::MAX), None])).unwrap();
        assert_eq!(total.evaluate().unwrap(), ScalarValue::Int64(None));
        let mut total = Total::<UInt64Type>::new();
        total.merge_batch(&[Arc::new(UInt64Array::from(vec![u64::MAX])) as ArrayRef]).unwrap();
        assert_eq!(total.state().unwrap(), [ScalarValue::UInt64(Some(u64::MAX))]);
    }

    #[test]
    fn groups_have_the_sums_of_what_counts_and_none_where_nothing_does() {
        let values: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, Some(4), Some(8), Some(16)]));
        let filter = BooleanArray::from(vec![Some(true), Some(true), Some(false), None, Some(true)]);
        let mut totals = Totals::<Int64Type>::new();
        let given = [Arc::clone(&values)];
        totals.update_batch(&given, &[0, 1, 2, 1, 0], Some(&filter), 3).unwrap();
        let first = totals.evaluate(EmitTo::First(1)).unwrap();
        assert_eq!(first.as_primitive::<Int64Type>(), &Int64Array::from(vec![17]));
        // Those that stay move to the front.
        totals.merge_batch(&given, &[0, 0, 0, 2, 2], 3).unwrap();
        let states = totals.state(EmitTo::All).unwrap();
        assert_eq!(states[0].as_primitive::<Int64Type>(), &Int64Array::from(vec![Some(5), None, Some(24)]));
        let rows = totals.convert_to_state(&given, Some(&filter)).unwrap();
        let expected = Int64Array::from(vec![Some(1), None, None, None, Some(16)]);
        assert_eq!(rows[0].as_primitive::<Int64Type>(), &expected);
        assert_eq!(&totals.convert_to_state(&given, None).unwrap()[0], &values);
    }

    #[tokio::test]
    async fn a_sum_that_has_no_room_is_refused_however_it_is_asked_for() {
        let session = session();
        let large = "(SELECT id, repository_id, 4611686018427387904 AS n FROM changes) AS t";
        for text in [
            format!("SELECT sum(n) FROM {large}"),
            format!("SELECT repository_id, sum(n) FROM {large} GROUP BY repository_id"),
            format!("SELECT sum(n) OVER (ORDER BY id ROWS 2 PRECEDING) FROM {large}"),
            format!("SELECT sum(n) OVER () FROM {large}"),
            format!("SELECT sum(n) FILTER (WHERE id > 'c0001') FROM {large}"),
        ] {
            let why = refusal(&session, &text).await;
            assert!(why.contains("a sum of whole numbers is beyond what its type holds"), "{text}: {why}");
        }
        // Four times four, of 14; the other types as before.
        let text = format!(
            "SELECT CAST(sum(CAST(n AS DECIMAL(38, 0))) AS TEXT) AS d, sum(1.5) AS f, (SELECT sum(commits) FROM changes) AS c, (SELECT sum(commits) FROM changes WHERE false) AS none FROM {large}"
        );
        let told = shown(&session, &text).await;
        for part in ["64563604257983430656", "21.0", "91"] {
            assert!(told.contains(part), "{part}:\n{told}");
        }
    }
}
