/** The SQL that the server reads, as far as colours and completion need it: statements that read, and the functions that there are. */

import { SQLDialect } from "@codemirror/lang-sql";

const KEYWORDS = `select from where group by having order limit offset distinct as on using join inner left right full outer cross
  natural lateral union all except intersect with case when then else end and or not in is null like ilike similar to between exists
  asc desc nulls first last over partition rows range groups unbounded preceding following current row filter within explain
  describe show tables columns values cast try_cast extract interval at time zone true false qualify any some escape grouping sets
  rollup cube window unnest symmetric`;

const TYPES = `int integer bigint smallint tinyint double float real decimal numeric boolean text varchar char string date timestamp
  time interval bytea`;

const FUNCTIONS = `abs acos approx_distinct array_agg array_contains array_distinct array_has array_length array_position array_slice
  array_sort arrow_cast arrow_typeof ascii asin atan atan2 avg bit_length bool_and bool_or btrim ceil char_length chr coalesce concat
  concat_ws corr cos count covar_pop covar_samp cume_dist current_date date_bin date_part date_trunc decode degrees dense_rank
  encode ends_with exact_median exact_percentile exp first_value floor from_unixtime generate_series greatest initcap isnan lag
  last_value lead least left length ln log log10 log2 lower ltrim make_date max md5 median min mod now nth_value ntile nullif nvl
  percent_rank percentile_cont position power radians random rank regr_slope replace reverse right round row_number rtrim sha256
  sign sin split_part sqrt starts_with stddev stddev_pop string_agg strpos substr sum tan to_char to_date to_timestamp translate trim
  trunc upper uuid var_pop var_samp`;

export const PulseSql = SQLDialect.define({
  keywords: KEYWORDS,
  types: TYPES,
  builtin: FUNCTIONS,
  doubleDollarQuotedStrings: true,
  unquotedBitLiterals: false,
  identifierQuotes: '"',
  operatorChars: "+-*/<>=~!@%^&|?",
  specialVar: "$",
});
