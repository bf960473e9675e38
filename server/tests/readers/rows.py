"""Prints what the files of rows in an archive hold, in their order: each file's columns, its rows, and of Parquet the types, as Polars
reads it. In CSV all is text.

usage: rows.py FILE
"""

import csv
import io
import json
import sys
import zipfile

import polars as pl


def table(name: str, content: bytes) -> dict:
    if name.endswith(".parquet"):
        frame = pl.read_parquet(io.BytesIO(content))
        return {"columns": frame.columns, "types": [str(kind) for kind in frame.dtypes], "rows": frame.rows()}
    columns, *rows = csv.reader(io.StringIO(content.decode(), newline=""))
    return {"columns": columns, "rows": rows}


if __name__ == "__main__":
    with zipfile.ZipFile(sys.argv[1]) as archive:
        told = [{"name": name, **table(name, archive.read(name))} for name in archive.namelist()]
    print(json.dumps(told, default=str))
