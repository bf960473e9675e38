//! One group, or one window frame.

use super::running::Running;
use super::value::Numbers;
use super::wanted::Wanted;
use super::{keys, value};
use arrow::array::{Array, ArrayRef, AsArray, ListArray, UInt64Array};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Field, UInt64Type};
use datafusion::common::{Result, ScalarValue, exec_err, internal_err};
use datafusion::logical_expr::Accumulator;
use std::sync::Arc;

/// Begins as a plain list, which is all that an aggregate needs. Asked a second time, or told that a value leaves, it
/// knows that it serves a window frame and keeps its values in order from then on.
#[derive(Debug)]
pub(super) struct Single {
    numbers: Numbers,
    wanted: Wanted,
    values: Values,
    answered: bool,
}

#[derive(Debug)]
enum Values {
    Listed(Vec<u64>),
    Running(Running),
}

impl Single {
    pub(super) fn new(numbers: Numbers, wanted: Wanted) -> Self {
        Self { numbers, wanted, values: Values::Listed(Vec::new()), answered: false }
    }

    fn add(&mut self, keys: &[u64]) -> Result<()> {
        match &mut self.values {
            Values::Listed(list) => {
                if list.try_reserve(keys.len()).is_err() {
                    return exec_err!("no memory for {} more values of a percentile", keys.len());
                }
                list.extend_from_slice(keys);
            }
            Values::Running(running) => keys.iter().for_each(|key| running.add(*key)),
        }
        Ok(())
    }

    /// Several at once are never asked of a window's frame, and stay a list.
    fn put_in_order(&mut self) {
        if let (Values::Listed(list), Wanted::One(fraction)) = (&self.values, &self.wanted) {
            self.values = Values::Running(Running::new(*fraction, list));
        }
    }
}

impl Accumulator for Single {
    fn update_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let keys = keys(self.numbers, &values[0])?;
        self.add(&keys)
    }

    fn evaluate(&mut self) -> Result<ScalarValue> {
        if self.answered {
            self.put_in_order();
        }
        self.answered = true;
        match &mut self.values {
            Values::Listed(list) => {
                let bounds = [0, list.len()];
                ScalarValue::try_from_array(&self.wanted.figures(self.numbers, list, &bounds), 0)
            }
            Values::Running(running) => Ok(ScalarValue::Float64(running.value(self.numbers))),
        }
    }

    fn size(&self) -> usize {
        size_of_val(self)
            + match &self.values {
                Values::Listed(list) => list.capacity() * size_of::<u64>(),
                Values::Running(running) => running.size(),
            }
    }

    fn state(&mut self) -> Result<Vec<ScalarValue>> {
        let keys = match &mut self.values {
            Values::Listed(list) => std::mem::take(list),
            Values::Running(running) => running.keys(),
        };
        let offsets = OffsetBuffer::new(ScalarBuffer::from(vec![0, offset(keys.len())?]));
        let field = Arc::new(Field::new_list_field(DataType::UInt64, true));
        let list = ListArray::new(field, offsets, Arc::new(UInt64Array::from(keys)), None);
        debug_assert_eq!(list.data_type(), &value::state_type());
        Ok(vec![ScalarValue::List(Arc::new(list))])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> Result<()> {
        for state in states[0].as_list::<i32>().iter().flatten() {
            self.add(state.as_primitive::<UInt64Type>().values())?;
        }
        Ok(())
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> Result<()> {
        let keys = keys(self.numbers, &values[0])?;
        self.put_in_order();
        let Values::Running(running) = &mut self.values else {
            return internal_err!("several percentiles at once are not asked of a window's frame");
        };
        keys.iter().try_for_each(|key| running.remove(*key))
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }
}

/// A place in an Arrow list, which counts in 32 bits.
pub(super) fn offset(len: usize) -> Result<i32> {
    match i32::try_from(len) {
        Ok(len) => Ok(len),
        Err(_) => exec_err!("a percentile over {len} values at once: group them, or narrow the period"),
    }
}
