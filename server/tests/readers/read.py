"""Prints figures from two of our Delta tables, as read by Polars and by DuckDB.

usage: read.py CHANGES DEPLOYMENTS
"""

import json
import sys

import deltalake
import duckdb
import polars as pl


def by_polars(changes: str, deployments: str) -> dict:
    leads = pl.read_delta(changes)["lead_seconds"]
    counted = pl.read_delta(deployments).filter(pl.col("excluded").is_null())
    return {
        "change_lead_time": leads.drop_nulls().median(),
        "deployments": counted.height,
        "change_fail_rate": counted["failed"].mean(),
        "failed_deployment_recovery_time": counted["recovery_seconds"].drop_nulls().median(),
        "deployment_rework_rate": counted["is_rework"].mean(),
    }


def by_duckdb(changes: str, deployments: str) -> dict:
    # DuckDB's own Delta reader is an extension that it would have to download: it gets the files that the log names.
    files = {
        "changes": deltalake.DeltaTable(changes).file_uris(),
        "deployments": deltalake.DeltaTable(deployments).file_uris(),
    }
    row = duckdb.execute(
        """
        SELECT
          (SELECT median(lead_seconds) FROM read_parquet($changes)),
          count(*),
          avg(failed::INT),
          median(recovery_seconds),
          avg(is_rework::INT)
        FROM read_parquet($deployments)
        WHERE excluded IS NULL
        """,
        files,
    ).fetchone()
    names = [
        "change_lead_time",
        "deployments",
        "change_fail_rate",
        "failed_deployment_recovery_time",
        "deployment_rework_rate",
    ]
    return dict(zip(names, row))


if __name__ == "__main__":
    print(json.dumps({"polars": by_polars(*sys.argv[1:3]), "duckdb": by_duckdb(*sys.argv[1:3])}))
