"""DuckDB, over the lake's Parquet files and over tables of its own."""

import duckdb


class Duck:
    """`native` has the data in a database file; else they are views over the Parquet files."""

    dialect = "duckdb"

    def __init__(self, native):
        self.native = native

    def open(self, given):
        self.version = duckdb.__version__
        path = f"{given['scratch']}/duck.db" if self.native else ":memory:"
        self.database = duckdb.connect(path)
        self.database.execute(f"SET threads = {given['threads']}")
        self.database.execute(f"SET memory_limit = '{given['memory_mb']}MiB'")
        self.database.execute(f"SET temp_directory = '{given['scratch']}/spill'")
        self.database.execute("SET TimeZone = 'UTC'")
        self.database.execute("SET preserve_insertion_order = false")
        if not self.native:
            # Else the footers of the files are read again for each question.
            self.database.execute("SET parquet_metadata_cache = true")
            self._make(given, "VIEW")

    def load(self, given):
        """Into tables, in the order of the files."""
        self.database.execute("SET preserve_insertion_order = true")
        self._make(given, "TABLE")
        self.database.execute("SET preserve_insertion_order = false")
        self.database.execute("CHECKPOINT")
        self.database.execute("ANALYZE")

    def _make(self, given, kind):
        for schema in ("core", "facts"):
            self.database.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        for name, glob in given["tables"].items():
            columns = self.database.execute(f"DESCRIBE SELECT * FROM read_parquet('{glob}')").fetchall()
            # Arithmetic with time zones takes many times as long, and a cast is such arithmetic.
            instants = [name for name, type, *_ in columns if type == "TIMESTAMP WITH TIME ZONE"]
            plain = ", ".join(f"make_timestamp(epoch_us({name})) AS {name}" for name in instants)
            columns = f"* REPLACE ({plain})" if instants else "*"
            self.database.execute(f"CREATE {kind} {name} AS SELECT {columns} FROM read_parquet('{glob}')")

    def ask(self, text):
        return self.database.sql(text).to_arrow_table()

    def arrow(self, answer):
        return answer
