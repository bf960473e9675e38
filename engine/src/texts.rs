//! How texts are held: as views while a question is computed, and plain wherever anybody sees them.
//!
//! A view is a text's length with its first bytes, and the place of the rest. Reading, grouping, joining and filtering by ids and names,
//! which most questions do, copy no text then. Declarations, files and answers have plain ones: which way a table was read is nobody's
//! business but the engine's.

use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use std::sync::Arc;

/// The columns of a table as its questions read them: each text but those of columns that `is_kept` as a view.
pub(crate) fn viewed(schema: &Schema, is_kept: impl Fn(&str) -> bool) -> Schema {
    let viewed = |field: &FieldRef| match field.data_type() {
        DataType::Utf8 if !is_kept(field.name()) => Arc::new(Field::clone(field).with_data_type(DataType::Utf8View)),
        _ => Arc::clone(field),
    };
    Schema::new_with_metadata(schema.fields().iter().map(viewed).collect::<Vec<_>>(), schema.metadata().clone())
}

/// The type with a plain text in the place of each view.
pub(crate) fn plain(kind: &DataType) -> DataType {
    let within = |of: &FieldRef| Arc::new(Field::clone(of).with_data_type(plain(of.data_type())));
    match kind {
        DataType::Utf8View => DataType::Utf8,
        DataType::List(of) => DataType::List(within(of)),
        DataType::LargeList(of) => DataType::LargeList(within(of)),
        DataType::FixedSizeList(of, length) => DataType::FixedSizeList(within(of), *length),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(within).collect()),
        DataType::Map(entries, sorted) => DataType::Map(within(entries), *sorted),
        other => other.clone(),
    }
}

/// The same columns with a plain text in the place of each view.
pub(crate) fn plain_schema(schema: &SchemaRef) -> SchemaRef {
    if schema.fields().iter().all(|field| plain(field.data_type()) == *field.data_type()) {
        return Arc::clone(schema);
    }
    let plain = |field: &FieldRef| Arc::new(Field::clone(field).with_data_type(plain(field.data_type())));
    let fields = schema.fields().iter().map(plain).collect::<Vec<_>>();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_viewed_and_plain_again_wherever_they_stand() {
        let texts = |kind: DataType| DataType::new_list(kind, true);
        let pair = |kind: DataType| DataType::Struct(vec![Field::new("a", kind, true)].into());
        let declared = Schema::new(vec![
            Field::new("id", DataType::Utf8, false),
            Field::new("kept", DataType::Utf8, true),
            Field::new("labels", texts(DataType::Utf8), true),
            Field::new("commits", DataType::Int64, true),
        ]);
        let asked = viewed(&declared, |name| name == "kept");
        let kinds: Vec<_> = asked.fields().iter().map(|field| field.data_type().clone()).collect();
        assert_eq!(kinds, [DataType::Utf8View, DataType::Utf8, texts(DataType::Utf8), DataType::Int64]);
        assert!(!asked.field(0).is_nullable());
        assert_eq!(*plain_schema(&Arc::new(asked)), declared);
        assert_eq!(plain(&texts(pair(DataType::Utf8View))), texts(pair(DataType::Utf8)));
        assert_eq!(plain(&DataType::LargeUtf8), DataType::LargeUtf8);
    }
}
