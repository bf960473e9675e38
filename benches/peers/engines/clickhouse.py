"""ClickHouse in the process (chDB), over the lake's Parquet files and over MergeTree tables of its own."""

import chdb
import pyarrow
from chdb import session

SETTINGS = {
    # As other databases have it: NULL where an outer join finds nothing, and a column before an alias of the same name.
    "join_use_nulls": 1,
    "prefer_column_name_to_alias": 1,
    # NULL stays NULL when it is cast, which is an error otherwise.
    "cast_keep_nullable": 1,
    "session_timezone": "'UTC'",
    "output_format_arrow_date_as_uint16": 0,
    "output_format_arrow_string_as_string": 1,
    "allow_experimental_analyzer": 1,
}


class ClickHouse:
    """`native` has the data in MergeTree tables, in the order that the lake has them; else they are views over the Parquet files."""

    dialect = "clickhouse"

    def __init__(self, native):
        self.native = native

    def open(self, given):
        self.version = chdb.__version__
        self.session = session.Session(f"{given['scratch']}/{'mergetree' if self.native else 'views'}")
        memory = given["memory_mb"] << 20
        self._set({
            **SETTINGS,
            "max_threads": given["threads"],
            "max_memory_usage": memory,
            "max_bytes_before_external_group_by": memory // 2,
            "max_bytes_before_external_sort": memory // 2,
        })
        if not self.native:
            self._make(given)

    def load(self, given):
        self._set({"max_memory_usage": 0, "max_insert_threads": 1})
        self._make(given)
        self._set({"max_memory_usage": given["memory_mb"] << 20})

    def _set(self, settings):
        for name, value in settings.items():
            self.session.query(f"SET {name} = {value}")

    def _make(self, given):
        for schema in ("core", "facts"):
            self.session.query(f"CREATE DATABASE IF NOT EXISTS {schema}")
        for name, glob in given["tables"].items():
            if self.native:
                order = ", ".join(given["sort"][name])
                self.session.query(
                    f"CREATE TABLE {name} ENGINE = MergeTree ORDER BY ({order}) SETTINGS allow_nullable_key = 1 "
                    f"AS SELECT * FROM file('{glob}', Parquet)"
                )
                self.session.query(f"OPTIMIZE TABLE {name} FINAL")
            else:
                self.session.query(f"CREATE VIEW IF NOT EXISTS {name} AS SELECT * FROM file('{glob}', Parquet)")

    def ask(self, text):
        return pyarrow.ipc.open_file(pyarrow.py_buffer(self.session.query(text, "Arrow").bytes())).read_all()

    def arrow(self, answer):
        return answer
