#!/usr/bin/env python3
"""Reads files of JSON, one payload a line, with DuckDB, and writes them as Parquet: what the bench `ingest` is held against.

    python3 benches/ingest.py FOLDER

Each `*.ndjson` of the folder becomes a `*.parquet` beside it, on one thread, with the columns that DuckDB finds by itself. Prints
the bytes read, the rows written and the seconds of processor time that each took, by the compression, as JSON.
"""

import json
import resource
import sys
from pathlib import Path

import duckdb


def processor():
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def main(folder):
    database = duckdb.connect(config={"threads": 1})
    found = {}
    for source in sorted(folder.glob("*.ndjson")):
        rows, took = None, {}
        for compression in ("snappy", "zstd"):
            target = source.with_suffix(".parquet")
            before = processor()
            database.execute(
                f"COPY (SELECT * FROM read_json('{source}', format = 'newline_delimited')) "
                f"TO '{target}' (FORMAT parquet, COMPRESSION {compression})"
            )
            took[compression] = processor() - before
            rows = database.execute(f"SELECT count(*) FROM '{target}'").fetchone()[0]
            target.unlink()
        found[source.stem] = {"bytes": source.stat().st_size, "rows": rows, **took}
    print(json.dumps({"version": duckdb.__version__, "files": found}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
