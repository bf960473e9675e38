"""Asks the door for Flight SQL by ADBC, by pyarrow's own Flight client, and by Polars, and prints what came of it.

usage: flight.py all ADDRESS TOKEN USER PASSWORD
       flight.py tls ADDRESS TOKEN CERTIFICATE
"""

import json
import sys

import adbc_driver_flightsql
import adbc_driver_flightsql.dbapi
import polars as pl
import pyarrow as pa
import pyarrow.flight as flight
from adbc_driver_flightsql import DatabaseOptions

COUNT = "SELECT count(*) AS n FROM facts.deployments"
LATE = "SELECT lead_seconds / 3600 AS hours FROM facts.changes WHERE lead_seconds > ? AND repository_id = ? ORDER BY 1"


def connect(address: str, token: str | None = None, **options):
    if token:
        options[DatabaseOptions.AUTHORIZATION_HEADER.value] = f"Bearer {token}"
    return adbc_driver_flightsql.dbapi.connect(address, db_kwargs=options, autocommit=True)


def refused(work) -> dict:
    try:
        work()
    except adbc_driver_flightsql.dbapi.Error as error:
        return {"status": error.status_code.name, "text": str(error)}
    return {"status": "OK", "text": ""}


def scalar(connection, sql: str, parameters=None):
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return cursor.fetchone()[0]


def by_adbc(address: str, token: str, user: str, password: str) -> dict:
    told = {}
    with connect(address, token) as connection:
        told["count"] = scalar(connection, COUNT)
        with connection.cursor() as cursor:
            told["prepared_types"] = [str(field.type) for field in cursor.adbc_prepare(LATE)]
            cursor.execute(LATE, (3600.5, "push:acme:shop"))
            told["after_hours"] = cursor.fetch_arrow_table()["hours"].to_pylist()
            counts = "SELECT count(*) FROM facts.changes WHERE lead_seconds > $1"
            told["two_runs"] = []
            for least in (3600, 3599):
                cursor.execute(counts, (least,))
                told["two_runs"].append(cursor.fetchone()[0])
        hostile = "SELECT count(*) FROM facts.changes WHERE repository_id = ?"
        told["hostile"] = scalar(connection, hostile, ("' OR '1'='1",))
        told["types"] = connection.adbc_get_table_types()
        told["vendor"] = connection.adbc_get_info()["vendor_name"]
        objects = connection.adbc_get_objects(depth="tables").read_all().to_pylist()
        told["objects"] = [
            f"{schema['db_schema_name']}.{table['table_name']}"
            for catalog in objects
            for schema in catalog["catalog_db_schemas"]
            for table in schema["db_schema_tables"]
        ]
        changes = connection.adbc_get_objects(
            depth="columns", db_schema_filter="facts", table_name_filter="changes"
        ).read_all().to_pylist()
        [table] = changes[0]["catalog_db_schemas"][0]["db_schema_tables"]
        told["columns"] = [column["column_name"] for column in table["table_columns"]]
        schema = connection.adbc_get_table_schema("changes", db_schema_filter="facts")
        assert schema.field("lead_seconds").type == pa.float64()
        told["error"] = refused(lambda: scalar(connection, "SELECT nonsense FROM facts.changes"))
        told["wrote"] = refused(lambda: scalar(connection, "DELETE FROM facts.changes"))
        nested = (
            "SELECT [1, NULL] AS list, CAST(12.345 AS DECIMAL(20, 3)) AS d, "
            "arrow_cast('2026-03-29T01:59:59.999999', 'Timestamp(Microsecond, Some(\"UTC\"))') AS at"
        )
        with connection.cursor() as cursor:
            cursor.execute(nested)
            [row] = cursor.fetch_arrow_table().to_pylist()
            told["nested"] = {"list": row["list"], "decimal": str(row["d"]), "at": row["at"].isoformat()}
    with connect(address, username=user, password=password) as connection:
        told["by_password"] = scalar(connection, COUNT)
    # What the client wishes for is unpacked by it.
    packed = {f"{DatabaseOptions.RPC_CALL_HEADER_PREFIX.value}pulse-compression": "zstd"}
    with connect(address, token, **packed) as connection:
        told["packed"] = scalar(connection, COUNT)
    told["no_token"] = refused(lambda: scalar(connect(address), "SELECT 1"))
    told["wrong_password"] = refused(lambda: scalar(connect(address, username=user, password="wrong"), "SELECT 1"))
    return told


def by_pyarrow(address: str, user: str, password: str) -> dict:
    client = flight.connect(address.replace("grpc://", "grpc+tcp://"))
    header = client.authenticate_basic_token(user, password)
    options = flight.FlightCallOptions(headers=[header])
    # CommandStatementQuery{query}, wrapped in an Any, written out by hand.
    def field(number: int, data: bytes) -> bytes:
        return bytes([number << 3 | 2, len(data)]) + data

    command = field(1, b"SELECT id FROM facts.deployments")
    kind = b"type.googleapis.com/arrow.flight.protocol.sql.CommandStatementQuery"
    descriptor = flight.FlightDescriptor.for_command(field(1, kind) + field(2, command))
    info = client.get_flight_info(descriptor, options)
    rows = client.do_get(info.endpoints[0].ticket, options).read_all()
    return {"rows": rows.num_rows, "same_schema": rows.schema.equals(info.schema, check_metadata=True)}


def by_polars(address: str, token: str) -> dict:
    with connect(address, token) as connection:
        frame = pl.read_database("SELECT * FROM facts.deployments", connection)
    return {"rows": frame.height}


if __name__ == "__main__":
    kind, address, token, *rest = sys.argv[1:]
    if kind == "tls":
        with open(rest[0]) as file:
            root = file.read()
        with connect(address, token, **{DatabaseOptions.TLS_ROOT_CERTS.value: root}) as connection:
            print(json.dumps({"count": scalar(connection, COUNT)}))
    else:
        told = by_adbc(address, token, *rest)
        told["pyarrow"] = by_pyarrow(address, *rest)
        told["polars"] = by_polars(address, token)
        print(json.dumps(told))
