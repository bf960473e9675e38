//! What the server can do and what it cannot, as drivers ask before they write SQL of their own (`GetSqlInfo`).

use super::seal::Kind;
use arrow_flight::error::Result;
use arrow_flight::sql::metadata::{SqlInfoData, SqlInfoDataBuilder};
use arrow_flight::sql::{
    SqlInfo, SqlNullOrdering, SqlOuterJoinsSupportLevel, SqlSupportedCaseSensitivity, SqlSupportedGroupBy,
    SqlSupportedResultSetConcurrency, SqlSupportedResultSetType, SqlSupportedSubqueries, SqlSupportedTransaction,
    SqlSupportedUnions, SqlSupportsConvert, SqlTransactionIsolationLevel, SupportedSqlGrammar,
};
use datafusion::sql::sqlparser::keywords::ALL_KEYWORDS;
use pulse_engine::session::{FunctionKind, MOST_STATEMENT_BYTES, functions};
use std::collections::BTreeMap;

/// What is known of the server. Of Substrait's versions there is none to tell.
pub(super) fn all() -> Result<SqlInfoData> {
    use SqlInfo as Info;
    let mut all = SqlInfoDataBuilder::new();
    all.append(Info::FlightSqlServerName, "Pulse");
    all.append(Info::FlightSqlServerVersion, env!("CARGO_PKG_VERSION"));
    all.append(Info::FlightSqlServerArrowVersion, arrow::ARROW_VERSION);
    all.append(Info::FlightSqlServerTransaction, SqlSupportedTransaction::None as i32);
    all.append(Info::FlightSqlServerStatementTimeout, i32::try_from(Kind::Statement.life() / 1000).unwrap_or(i32::MAX));
    all.append(Info::FlightSqlServerTransactionTimeout, 0_i32);
    all.append(Info::SqlMaxStatementLength, i64::try_from(MOST_STATEMENT_BYTES).unwrap_or(i64::MAX));

    // Names: unquoted ones are read in small letters, quoted ones as they are.
    all.append(Info::SqlIdentifierCase, SqlSupportedCaseSensitivity::SqlCaseSensitivityLowercase as i32);
    all.append(Info::SqlQuotedIdentifierCase, SqlSupportedCaseSensitivity::SqlCaseSensitivityUnknown as i32);
    all.append(Info::SqlIdentifierQuoteChar, "\"");
    all.append(Info::SqlExtraNameCharacters, "");
    all.append(Info::SqlSearchStringEscape, "\\");
    all.append(Info::SqlSchemaTerm, "schema");
    all.append(Info::SqlCatalogTerm, "catalog");
    all.append(Info::SqlProcedureTerm, "");

    // ASC puts NULL last, and DESC puts it first.
    all.append(Info::SqlNullOrdering, SqlNullOrdering::SqlNullsSortedHigh as i32);
    all.append(Info::SqlKeywords, ALL_KEYWORDS);
    all.append(Info::SqlNumericFunctions, functions(FunctionKind::Number));
    all.append(Info::SqlStringFunctions, functions(FunctionKind::Text));
    all.append(Info::SqlDatetimeFunctions, functions(FunctionKind::Time));
    all.append(Info::SqlSystemFunctions, functions(FunctionKind::Condition));
    all.append(Info::SqlSupportsConvert, conversions());

    let groups = [SqlSupportedGroupBy::SqlGroupByUnrelated as i32, SqlSupportedGroupBy::SqlGroupByBeyondSelect as i32];
    all.append(Info::SqlSupportedGroupBy, mask(&groups));
    let grammar = [SupportedSqlGrammar::SqlMinimumGrammar as i32, SupportedSqlGrammar::SqlCoreGrammar as i32];
    all.append(Info::SqlSupportedGrammar, mask(&grammar));
    // The entry level of SQL-92 is the first.
    all.append(Info::SqlAnsi92SupportedLevel, mask(&[0]));
    all.append(Info::SqlOuterJoinsSupportLevel, SqlOuterJoinsSupportLevel::SqlFullOuterJoins as i32);
    let subqueries = [
        SqlSupportedSubqueries::SqlSubqueriesInComparisons as i32,
        SqlSupportedSubqueries::SqlSubqueriesInExists as i32,
        SqlSupportedSubqueries::SqlSubqueriesInIns as i32,
    ];
    all.append(Info::SqlSupportedSubqueries, mask(&subqueries));
    let unions = [SqlSupportedUnions::SqlUnion as i32, SqlSupportedUnions::SqlUnionAll as i32];
    all.append(Info::SqlSupportedUnions, mask(&unions));
    let isolation = SqlTransactionIsolationLevel::SqlTransactionNone as i32;
    all.append(Info::SqlDefaultTransactionIsolation, isolation);
    all.append(Info::SqlSupportedTransactionsIsolationLevels, mask(&[isolation]));
    let forward = SqlSupportedResultSetType::SqlResultSetTypeForwardOnly as i32;
    all.append(Info::SqlSupportedResultSetTypes, mask(&[forward]));
    let reads = SqlSupportedResultSetConcurrency::SqlResultSetConcurrencyReadOnly as i32;
    all.append(Info::SqlSupportedConcurrenciesForResultSetForwardOnly, mask(&[reads]));

    for yes in [
        Info::FlightSqlServerReadOnly,
        Info::FlightSqlServerSql,
        Info::FlightSqlServerCancel,
        Info::SqlAllTablesAreSelectable,
        Info::SqlSupportsColumnAliasing,
        Info::SqlNullPlusNullIsNull,
        Info::SqlSupportsTableCorrelationNames,
        Info::SqlSupportsExpressionsInOrderBy,
        Info::SqlSupportsOrderByUnrelated,
        Info::SqlCatalogAtStart,
        Info::SqlCorrelatedSubqueriesSupported,
        Info::SqlMaxRowSizeIncludesBlobs,
    ] {
        all.append(yes, true);
    }
    for no in [
        Info::FlightSqlServerSubstrait,
        Info::FlightSqlServerBulkIngestion,
        Info::FlightSqlServerIngestTransactionsSupported,
        Info::SqlDdlCatalog,
        Info::SqlDdlSchema,
        Info::SqlDdlTable,
        Info::SqlSupportsDifferentTableCorrelationNames,
        // LIKE has `\` as its escape, and takes no other.
        Info::SqlSupportsLikeEscapeClause,
        Info::SqlSupportsNonNullableColumns,
        Info::SqlSupportsIntegrityEnhancementFacility,
        Info::SqlSelectForUpdateSupported,
        Info::SqlStoredProceduresSupported,
        Info::SqlTransactionsSupported,
        Info::SqlDataDefinitionCausesTransactionCommit,
        Info::SqlDataDefinitionsInTransactionsIgnored,
        Info::SqlBatchUpdatesSupported,
        Info::SqlSavepointsSupported,
        Info::SqlNamedParametersSupported,
        Info::SqlLocatorsUpdateCopy,
        Info::SqlStoredFunctionsUsingCallSyntaxSupported,
    ] {
        all.append(no, false);
    }
    for nothing in [
        Info::SqlSchemasSupportedActions,
        Info::SqlCatalogsSupportedActions,
        Info::SqlSupportedPositionedCommands,
        Info::SqlSupportedConcurrenciesForResultSetUnspecified,
        Info::SqlSupportedConcurrenciesForResultSetScrollSensitive,
        Info::SqlSupportedConcurrenciesForResultSetScrollInsensitive,
    ] {
        all.append(nothing, mask(&[]));
    }
    // There is no limit of its own to any of these.
    for unlimited in [
        Info::SqlMaxBinaryLiteralLength,
        Info::SqlMaxCharLiteralLength,
        Info::SqlMaxColumnNameLength,
        Info::SqlMaxColumnsInGroupBy,
        Info::SqlMaxColumnsInIndex,
        Info::SqlMaxColumnsInOrderBy,
        Info::SqlMaxColumnsInSelect,
        Info::SqlMaxColumnsInTable,
        Info::SqlMaxConnections,
        Info::SqlMaxCursorNameLength,
        Info::SqlMaxIndexLength,
        Info::SqlDbSchemaNameLength,
        Info::SqlMaxProcedureNameLength,
        Info::SqlMaxCatalogNameLength,
        Info::SqlMaxRowSize,
        Info::SqlMaxStatements,
        Info::SqlMaxTableNameLength,
        Info::SqlMaxTablesInSelect,
        Info::SqlMaxUsernameLength,
    ] {
        all.append(unlimited, 0_i64);
    }
    all.build()
}

/// A set of these numbers, a bit for each.
fn mask(numbers: &[i32]) -> i32 {
    numbers.iter().fold(0, |mask, number| mask | (1 << number))
}

/// Which types CAST makes of which.
fn conversions() -> BTreeMap<i32, Vec<i32>> {
    use SqlSupportsConvert as Type;
    let whole = [Type::SqlConvertTinyint, Type::SqlConvertSmallint, Type::SqlConvertInteger, Type::SqlConvertBigint];
    let numbers =
        [&whole[..], &[Type::SqlConvertReal, Type::SqlConvertFloat, Type::SqlConvertDecimal, Type::SqlConvertNumeric]];
    let numbers = numbers.concat();
    let (text, bit) = (Type::SqlConvertVarchar, Type::SqlConvertBit);
    let (date, time, timestamp) = (Type::SqlConvertDate, Type::SqlConvertTime, Type::SqlConvertTimestamp);
    let mut all = BTreeMap::new();
    let mut makes = |from: Type, to: &[Type]| all.insert(from as i32, to.iter().map(|kind| *kind as i32).collect());
    for number in &numbers {
        makes(*number, &[&numbers[..], &[text]].concat());
    }
    makes(text, &[&numbers[..], &[text, bit, date, time, timestamp]].concat());
    makes(bit, &[&whole[..], &[bit, text]].concat());
    makes(date, &[date, timestamp, text]);
    makes(time, &[time, text]);
    makes(timestamp, &[date, time, timestamp, text]);
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::AsArray as _;
    use arrow::datatypes::UInt32Type;

    #[test]
    fn everything_that_a_driver_may_ask_is_answered_but_the_versions_of_substrait() {
        let all = all().unwrap().record_batch([]).unwrap();
        let told = all.column(0).as_primitive::<UInt32Type>().values().to_vec();
        let asked: Vec<u32> = (0..1000).filter(|id| SqlInfo::try_from(*id).is_ok()).map(i32::unsigned_abs).collect();
        let substrait =
            [SqlInfo::FlightSqlServerSubstraitMinVersion as u32, SqlInfo::FlightSqlServerSubstraitMaxVersion as u32];
        let missing: Vec<u32> = asked.into_iter().filter(|id| !told.contains(id)).collect();
        assert_eq!(missing, substrait);
    }
}
