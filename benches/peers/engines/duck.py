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
        if not self.native:
            self.database.execute("SET preserve_insertion_order = false")
            self._make(given, "VIEW")

    def load(self, given):
        """Into tables, in the order of the files; instants as TIMESTAMP, which is what DuckDB computes with fastest."""
        self._make(given, "TABLE")
        self.database.execute("CHECKPOINT")
        self.database.execute("ANALYZE")

    def _make(self, given, kind):
        for schema in ("core", "facts"):
            self.database.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        for name, glob in given["tables"].items():
            self.database.execute(f"CREATE {kind} {name} AS SELECT {self._columns(glob, kind)} FROM read_parquet('{glob}')")

    def _columns(self, glob, kind):
        if kind == "VIEW":
            return "*"
        columns = self.database.execute(f"DESCRIBE SELECT * FROM read_parquet('{glob}')").fetchall()
        instants = [name for name, kind, *_ in columns if kind == "TIMESTAMP WITH TIME ZONE"]
        plain = ", ".join(f"CAST({name} AS TIMESTAMP) AS {name}" for name in instants)
        return f"* REPLACE ({plain})" if instants else "*"

    def ask(self, text):
        return self.database.sql(text).to_arrow_table()

    def arrow(self, answer):
        return answer
