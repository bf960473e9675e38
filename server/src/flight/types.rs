//! The types of SQL that a statement may name, as JDBC and ODBC describe types.

use arrow_flight::error::Result;
use arrow_flight::sql::metadata::{XdbcTypeInfo, XdbcTypeInfoData, XdbcTypeInfoDataBuilder};
use arrow_flight::sql::{Nullable, Searchable, XdbcDataType, XdbcDatetimeSubcode};

/// All of them.
pub(super) fn all() -> Result<XdbcTypeInfoData> {
    let mut all = XdbcTypeInfoDataBuilder::new();
    all.append(XdbcTypeInfo { searchable: Searchable::Basic, ..kind("BOOLEAN", XdbcDataType::XdbcBit, 1) });
    all.append(number("TINYINT", XdbcDataType::XdbcTinyint, 3, 10));
    all.append(number("SMALLINT", XdbcDataType::XdbcSmallint, 5, 10));
    all.append(number("INTEGER", XdbcDataType::XdbcInteger, 10, 10));
    all.append(number("BIGINT", XdbcDataType::XdbcBigint, 19, 10));
    // Of floats the digits are bits.
    all.append(number("REAL", XdbcDataType::XdbcReal, 24, 2));
    all.append(number("DOUBLE", XdbcDataType::XdbcDouble, 53, 2));
    all.append(XdbcTypeInfo {
        create_params: Some(vec!["precision".to_owned(), "scale".to_owned()]),
        fixed_prec_scale: true,
        minimum_scale: Some(0),
        maximum_scale: Some(38),
        ..number("DECIMAL", XdbcDataType::XdbcDecimal, 38, 10)
    });
    all.append(XdbcTypeInfo { case_sensitive: true, ..quoted("VARCHAR", XdbcDataType::XdbcVarchar, i32::MAX, "'") });
    all.append(XdbcTypeInfo {
        searchable: Searchable::Basic,
        ..quoted("BYTEA", XdbcDataType::XdbcVarbinary, i32::MAX, "X'")
    });
    // The number of a year stands for a date as well, in ODBC's numbers.
    all.append(instant("DATE", XdbcDataType::XdbcDate, 10, XdbcDatetimeSubcode::XdbcSubcodeYear));
    all.append(instant("TIME", XdbcDataType::XdbcTime, 18, XdbcDatetimeSubcode::XdbcSubcodeTime));
    all.append(instant("TIMESTAMP", XdbcDataType::XdbcTimestamp, 29, XdbcDatetimeSubcode::XdbcSubcodeTimestamp));
    all.build()
}

fn kind(name: &str, kind: XdbcDataType, size: i32) -> XdbcTypeInfo {
    XdbcTypeInfo {
        type_name: name.to_owned(),
        data_type: kind,
        column_size: Some(size),
        nullable: Nullable::NullabilityNullable,
        searchable: Searchable::Full,
        local_type_name: Some(name.to_owned()),
        sql_data_type: kind,
        ..XdbcTypeInfo::default()
    }
}

fn number(name: &str, of: XdbcDataType, digits: i32, radix: i32) -> XdbcTypeInfo {
    XdbcTypeInfo {
        unsigned_attribute: Some(false),
        auto_increment: Some(false),
        num_prec_radix: Some(radix),
        searchable: Searchable::Basic,
        ..kind(name, of, digits)
    }
}

fn quoted(name: &str, of: XdbcDataType, size: i32, before: &str) -> XdbcTypeInfo {
    XdbcTypeInfo {
        literal_prefix: Some(before.to_owned()),
        literal_suffix: Some("'".to_owned()),
        ..kind(name, of, size)
    }
}

fn instant(name: &str, of: XdbcDataType, size: i32, which: XdbcDatetimeSubcode) -> XdbcTypeInfo {
    XdbcTypeInfo {
        searchable: Searchable::Basic,
        sql_data_type: XdbcDataType::XdbcDatetime,
        datetime_subcode: Some(which),
        ..quoted(name, of, size, &format!("{name} '"))
    }
}
