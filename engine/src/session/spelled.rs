//! Types and values as a statement spells them, of texts that name them as Arrow does.

/// Arrow's types, by the names that SQL has for them.
const TYPES: [(&str, &str); 49] = [
    ("Null", "NULL"),
    ("Boolean", "BOOLEAN"),
    ("Int8", "TINYINT"),
    ("Int16", "SMALLINT"),
    ("Int32", "INT"),
    ("Int64", "BIGINT"),
    ("UInt8", "TINYINT UNSIGNED"),
    ("UInt16", "SMALLINT UNSIGNED"),
    ("UInt32", "INT UNSIGNED"),
    ("UInt64", "BIGINT UNSIGNED"),
    ("Integer", "BIGINT"),
    ("Float16", "FLOAT"),
    ("Float32", "FLOAT"),
    ("Float64", "DOUBLE"),
    ("Float", "DOUBLE"),
    ("Decimal", "DECIMAL"),
    ("Decimal32", "DECIMAL"),
    ("Decimal64", "DECIMAL"),
    ("Decimal128", "DECIMAL"),
    ("Decimal256", "DECIMAL"),
    ("Utf8", "TEXT"),
    ("LargeUtf8", "TEXT"),
    ("Utf8View", "TEXT"),
    ("String", "TEXT"),
    ("Binary", "BYTEA"),
    ("LargeBinary", "BYTEA"),
    ("BinaryView", "BYTEA"),
    ("FixedSizeBinary", "BYTEA"),
    ("Date", "DATE"),
    ("Date32", "DATE"),
    ("Date64", "DATE"),
    ("Time", "TIME"),
    ("Time32", "TIME"),
    ("Time64", "TIME"),
    ("Timestamp", "TIMESTAMP"),
    ("TimestampSecond", "TIMESTAMP"),
    ("TimestampMillisecond", "TIMESTAMP"),
    ("TimestampMicrosecond", "TIMESTAMP"),
    ("TimestampNanosecond", "TIMESTAMP"),
    ("Interval", "INTERVAL"),
    ("IntervalMonthDayNano", "INTERVAL"),
    ("Duration", "INTERVAL"),
    ("List", "ARRAY"),
    ("LargeList", "ARRAY"),
    ("FixedSizeList", "ARRAY"),
    ("Struct", "STRUCT"),
    ("Map", "MAP"),
    ("Dictionary", "TEXT"),
    ("Union", "UNION"),
];

/// A text with SQL's names in the place of Arrow's, and with values as a statement writes them: `Int64(1)` is `1`.
pub(super) fn in_sql(text: &str) -> String {
    let mut said = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let end = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
        let (word, after) = rest.split_at(if end == 0 { first.len_utf8() } else { end });
        let Some((_, sql)) = TYPES.iter().find(|(arrow, _)| *arrow == word) else {
            said.push_str(word);
            rest = after;
            continue;
        };
        let (within, beyond) = within_brackets(after).unwrap_or(("", after));
        rest = beyond;
        match *sql {
            "TEXT" if within.starts_with('"') => said.push_str(&format!("'{}'", within.trim_matches('"'))),
            "ARRAY" if !within.is_empty() => {
                said.push_str(&in_sql(within.split(", ").next().unwrap_or(within)));
                said.push_str("[]");
            }
            // A value.
            "BOOLEAN" | "TINYINT" | "SMALLINT" | "INT" | "BIGINT" | "BIGINT UNSIGNED" | "FLOAT" | "DOUBLE"
                if !within.is_empty() =>
            {
                said.push_str(within);
            }
            sql => said.push_str(sql),
        }
    }
    said
}

/// What stands in the brackets that a text begins with, and what comes after them.
fn within_brackets(text: &str) -> Option<(&str, &str)> {
    let inner = text.strip_prefix('(')?;
    let mut open = 1_usize;
    let end = inner.char_indices().find_map(|(at, c)| {
        match c {
            '(' => open += 1,
            ')' => open -= 1,
            _ => {}
        }
        (open == 0).then_some(at)
    })?;
    let (within, after) = inner.split_at(end);
    Some((within, after.strip_prefix(')').unwrap_or(after)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_and_values_are_written_as_a_statement_writes_them() {
        for (theirs, ours) in [
            ("Utf8 + Int64", "TEXT + BIGINT"),
            ("Timestamp(µs, \"UTC\") > Int64", "TIMESTAMP > BIGINT"),
            ("sum(count(Int64(1)) AS count(*))", "sum(count(1) AS count(*))"),
            ("CASE WHEN a = Utf8(\"x\") THEN Float64(0.5) END", "CASE WHEN a = 'x' THEN 0.5 END"),
            ("List(Timestamp(ns)), Utf8View", "TIMESTAMP[], TEXT"),
            ("my_Utf8 and Größe", "my_Utf8 and Größe"),
            ("Int64", "BIGINT"),
            ("Int64(", "BIGINT("),
        ] {
            assert_eq!(in_sql(theirs), ours);
        }
        assert!(TYPES.iter().all(|(arrow, _)| TYPES.iter().filter(|(other, _)| other == arrow).count() == 1));
    }
}
