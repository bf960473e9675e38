"""DataFusion by its Python package, over the lake's Parquet files: the engine below Pulse, without Pulse."""

import datafusion
import pyarrow


class DataFusion:
    dialect = "datafusion"

    def open(self, given):
        config = (
            datafusion.SessionConfig()
            .with_target_partitions(given["threads"])
            .with_information_schema(False)
            .set("datafusion.execution.parquet.pushdown_filters", "true")
            .set("datafusion.execution.parquet.reorder_filters", "true")
            .set("datafusion.execution.collect_statistics", "true")
        )
        runtime = datafusion.RuntimeEnvBuilder().with_disk_manager_os().with_fair_spill_pool(given["memory_mb"] << 20)
        self.context = datafusion.SessionContext(config, runtime)
        self.version = datafusion.__version__
        for schema in ("core", "facts"):
            self.context.sql(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        for name, glob in given["tables"].items():
            order = ", ".join(f"{column} ASC NULLS FIRST" for column in given["sort"][name])
            folder = glob.removesuffix("*.parquet")
            self.context.sql(
                f"CREATE EXTERNAL TABLE {name}_files STORED AS PARQUET WITH ORDER ({order}) LOCATION '{folder}'"
            )
            # Cutting instants with a zone into months takes many times as long.
            columns = [
                f"arrow_cast({field.name}, 'Timestamp(µs)') AS {field.name}" if pyarrow.types.is_timestamp(field.type) else field.name
                for field in self.context.table(f"{name}_files").schema()
            ]
            self.context.sql(f"CREATE VIEW {name} AS SELECT {', '.join(columns)} FROM {name}_files")

    def ask(self, text):
        frame = self.context.sql(text)
        return pyarrow.Table.from_batches(frame.collect(), schema=frame.schema())

    def arrow(self, answer):
        return answer
