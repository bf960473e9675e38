"""Who takes part, and how each is set up: what the report says of it."""

from dataclasses import dataclass
from typing import Callable


@dataclass(frozen=True)
class Peer:
    """One that is asked."""

    name: str
    title: str
    engine: Callable
    dialect: str
    setup: str
    loads: bool = False
    tolerance: float = 1e-9


def _duck(native):
    from engines.duck import Duck

    return Duck(native)


def _clickhouse(native):
    from engines.clickhouse import ClickHouse

    return ClickHouse(native)


def _polars():
    from engines.frames import Polars

    return Polars()


def _datafusion():
    from engines.fusion import DataFusion

    return DataFusion()


def _postgres():
    from engines.postgres import Postgres

    return Postgres()


def _pulse(kept):
    from engines.pulse import Pulse

    return Pulse(kept)


ALL = [
    Peer(
        "pulse", "Pulse", lambda: _pulse(False), "pulse",
        "over REST, answers as Arrow streams over loopback; every question a new one to it, so that no kept answer is given; "
        "the limits of a server as it comes: 512 MiB for a query of the pool of 2 GiB",
    ),
    Peer(
        "pulse-kept", "Pulse, kept", lambda: _pulse(True), "pulse",
        "the same question again: the answer that was kept, after a look whether the tables still stand",
    ),
    Peer(
        "duckdb-files", "DuckDB, same files", lambda: _duck(False), "duckdb",
        "views over the lake's Parquet files, with instants as TIMESTAMP by make_timestamp(epoch_us(…)), since arithmetic with time zones "
        "takes many times as long; threads and memory_limit set, insertion order not preserved, footers of files kept",
    ),
    Peer(
        "duckdb", "DuckDB, own tables", lambda: _duck(True), "duckdb",
        "a database file, loaded in the order of the lake, checkpointed and analysed; instants as TIMESTAMP; threads and "
        "memory_limit set, and once it is loaded insertion order not preserved",
        loads=True,
    ),
    Peer(
        "chdb-files", "chDB, same files", lambda: _clickhouse(False), "clickhouse",
        "views over file('…', Parquet); max_threads and max_memory_usage set, spilling from half of that on; it keeps footers of "
        "files by itself",
    ),
    Peer(
        "chdb", "chDB, MergeTree", lambda: _clickhouse(True), "clickhouse",
        "MergeTree tables, ordered as the lake is, merged into one part, loaded without a bound of memory; settings as for the files; it "
        "has statistics of all columns by itself, and indexes of least and greatest values besides made no difference",
        loads=True,
    ),
    Peer(
        "polars", "Polars", _polars, "polars",
        "lazy frames over the lake's Parquet files, asked in its SQL, streaming engine; POLARS_MAX_THREADS set, and it has no "
        "setting for memory",
    ),
    Peer(
        "datafusion", "DataFusion", _datafusion, "datafusion",
        "external tables over the lake's Parquet files with their order declared, and views that take the zone from their instants, since "
        "cutting those with one takes many times as long; target_partitions and a fair pool of memory set, filters pushed down and "
        "reordered, statistics collected; its percentile_cont rounds the place between two values to a millionth, so that its floats are "
        "held against the others' within 1e-5 and not 1e-9",
        tolerance=1e-5,
    ),
    Peer(
        "postgres", "PostgreSQL", _postgres, "postgres",
        "a server on the machine, pandas reading the answer; shared_buffers as large as others' memory, work_mem an eighth "
        "of that, a parallel worker a core, random_page_cost 1.1, default_statistics_target 500; indexes for the questions, with all columns "
        "that those of the dashboards read (engines/postgres.py), trigrams for the search in texts, VACUUM ANALYZE; everything but "
        "lists was loaded, in the order of the lake",
        loads=True,
    ),
]
PEERS = {peer.name: peer for peer in ALL}
