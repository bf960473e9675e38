"""Asks in SQL over REST, downloads the answers as Parquet, and prints what DuckDB and Polars read from the files.

usage: downloaded.py ADDRESS TOKEN
"""

import json
import os
import sys
import tempfile
import urllib.request

import duckdb
import polars as pl

# One row, with a value of each type that other programs tend to read as another one.
TYPES = """
SELECT CAST(12.345 AS DECIMAL(20, 3)) AS d,
  arrow_cast('2026-03-29T01:59:59.999999', 'Timestamp(Microsecond, Some("UTC"))') AS at,
  DATE '2026-02-28' AS day, [1, NULL] AS list, named_struct('a', 1, 'b', 'ä') AS s, CAST(NULL AS DECIMAL(9, 2)) AS nothing
"""
CHANGES = "SELECT * FROM facts.changes"
# The server is on this machine, whatever the environment says of proxies.
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def download(address: str, token: str, sql: str, path: str):
    headers = {
        "Accept": "application/vnd.apache.parquet",
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
    }
    body = json.dumps({"sql": sql}).encode()
    with OPENER.open(urllib.request.Request(f"{address}/api/v1/sql", body, headers)) as answer, open(path, "wb") as file:
        file.write(answer.read())


def by_duckdb(types: str, changes: str) -> dict:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    read = connection.read_parquet(types)
    summary = connection.execute("SELECT median(lead_seconds), count(*) FROM read_parquet(?)", [changes])
    [(lead, count)] = summary.fetchall()
    return {
        "types": dict(zip(read.columns, map(str, read.types))),
        "row": read.project("COLUMNS(*)::VARCHAR").fetchall()[0],
        "change_lead_time": lead,
        "changes": count,
    }


def by_polars(types: str, changes: str) -> dict:
    frame = pl.read_parquet(changes)
    return {
        "row": pl.read_parquet(types).rows()[0],
        "change_lead_time": frame["lead_seconds"].drop_nulls().median(),
        "changes": frame.height,
    }


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        types, changes = (os.path.join(folder, name) for name in ("types.parquet", "changes.parquet"))
        download(*sys.argv[1:3], TYPES, types)
        download(*sys.argv[1:3], CHANGES, changes)
        told = {"duckdb": by_duckdb(types, changes), "polars": by_polars(types, changes)}
        print(json.dumps(told, default=str))
