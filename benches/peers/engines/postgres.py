"""PostgreSQL, asked over its socket, with pandas reading the answer: how such platforms are usually built."""

import os
import pandas
import psycopg
import pyarrow
import pyarrow.csv
import pyarrow.dataset

TYPES = {"string": "text", "bool": "boolean", "int64": "bigint", "double": "double precision", "date32[day]": "date"}

# What the questions look for and join by, with the columns that they read besides, so that an index answers alone where the rows are wide:
# those of the dashboards first. Rows lie in the order of the lake, so that its sort columns are correlated with their place.
INDEXES = [
    "facts.changes (deployed_at) INCLUDE (team_id, lead_seconds, coding_seconds, pickup_seconds, review_seconds, deploy_seconds) "
    "WHERE excluded IS NULL AND lead_seconds IS NOT NULL",
    "facts.deployments (finished_at) INCLUDE (team_id, repository_id, project_id, failed, is_rework, recovery_seconds) WHERE excluded IS NULL",
    "facts.incidents (began_at) INCLUDE (project_id, severity, acknowledge_seconds, recovery_seconds)",
    "facts.pull_requests (merged_at) INCLUDE (pickup_seconds, review_seconds, merge_wait_seconds, open_seconds) "
    "WHERE state = 'merged' AND NOT by_bot",
    "facts.reviews (submitted_at) INCLUDE (team_id, reviewer_id, wait_seconds) WHERE excluded IS NULL",
    "facts.work_items (done_at) INCLUDE (class, cycle_seconds) WHERE excluded IS NULL AND is_done",
    "facts.work_items (started_at) INCLUDE (done_at, class, points) WHERE excluded IS NULL",
    "facts.work_item_stays (entered_at) INCLUDE (left_at, status_category) WHERE excluded IS NULL",
    "core.builds (finished_at) INCLUDE (status) WHERE deleted_at IS NULL",
    "facts.changes (team_id, deployed_at)",
    "facts.changes (merged_at) INCLUDE (author_id, team_id, repository_id)",
    "facts.changes USING gin (title gin_trgm_ops)",
    "facts.deployments (repository_id, finished_at) WHERE is_production AND status = 'succeeded'",
    "facts.deployment_commits (repository_id, sha)",
    "facts.reviews (pull_request_id) WHERE excluded IS NULL",
    "facts.work_items (id) INCLUDE (created_at)",
    "facts.work_items (project_id)",
    "facts.work_items USING gin (title gin_trgm_ops)",
    "facts.sprint_items (team_id, sprint_id)",
    "core.work_item_transitions (work_item_id, changed_at, id) INCLUDE (from_value, to_value) WHERE field = 'status'",
    "core.commits (repository_id, sha)",
    "core.builds (repository_id, name, sha)",
    "core.teams (id)",
    "core.projects (id)",
    "core.repositories (id)",
]


class Postgres:
    dialect = "postgres"

    def open(self, given):
        self.connection = psycopg.connect(given["postgres"]["address"], autocommit=True)
        self.version = self.connection.execute("SHOW server_version").fetchone()[0].split()[0]
        self.version += f", pandas {pandas.__version__}, psycopg {psycopg.__version__}"
        # A little less, so that a question ends by itself and not with the process that asks.
        self._may_take(max(given["patience"] - 5, 1))

    def load(self, given):
        self._may_take(0)
        self.connection.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        for schema in ("core", "facts"):
            self.connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        for name, glob in given["tables"].items():
            self._copy(name, glob.removesuffix("*.parquet"))
        for index in INDEXES:
            if index.split()[0] in given["tables"]:
                self.connection.execute(f"CREATE INDEX ON {index}")
        self.connection.execute("VACUUM (ANALYZE)")
        self.connection.execute("CHECKPOINT")
        self._may_take(max(given["patience"] - 5, 1))

    def _may_take(self, seconds):
        self.connection.execute(f"SET statement_timeout = '{seconds}s'")

    def _copy(self, name, folder):
        """Everything but lists, which no question reads; instants without a zone, which are UTC, and quicker to compute with."""
        rows = pyarrow.dataset.dataset(sorted(f"{folder}{file}" for file in os.listdir(folder)), format="parquet")
        fields = [field for field in rows.schema if not pyarrow.types.is_list(field.type)]
        columns = ", ".join(f"{field.name} {TYPES.get(str(field.type), 'timestamp')}" for field in fields)
        self.connection.execute(f"CREATE TABLE {name} ({columns})")
        options = pyarrow.csv.WriteOptions(include_header=False)
        # Frozen rows are visible to all from the beginning; that needs a table that was emptied in the same transaction.
        with self.connection.transaction(), self.connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {name}")
            with cursor.copy(f"COPY {name} FROM STDIN (FORMAT csv, FREEZE)") as copy:
                for batch in rows.to_batches(columns=[field.name for field in fields]):
                    sink = pyarrow.BufferOutputStream()
                    pyarrow.csv.write_csv(batch, sink, options)
                    copy.write(sink.getvalue())

    def ask(self, text):
        cursor = self.connection.execute(text)
        return pandas.DataFrame(cursor.fetchall(), columns=[column.name for column in cursor.description])

    def arrow(self, answer):
        return pyarrow.Table.from_pandas(answer, preserve_index=False)
