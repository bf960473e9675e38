"""Prints what a workbook holds, as openpyxl reads it: each sheet's rows, its frozen pane and filter, how many charts, and what kind each
cell is.

usage: workbook.py FILE
"""

import datetime
import json
import sys

import openpyxl


def plain(value):
    return value.isoformat() if isinstance(value, (datetime.date, datetime.datetime)) else value


def sheet(of) -> dict:
    return {
        "rows": [[plain(cell.value) for cell in row] for row in of.iter_rows()],
        "kinds": sorted({cell.data_type for row in of.iter_rows() for cell in row if cell.value is not None}),
        "formats": sorted({cell.number_format for row in of.iter_rows() for cell in row if cell.data_type in "nd"}),
        "frozen": of.freeze_panes,
        "filter": of.auto_filter.ref,
        "charts": len(of._charts),
    }


if __name__ == "__main__":
    book = openpyxl.load_workbook(sys.argv[1])
    told = {of.title: sheet(of) for of in book.worksheets}
    print(json.dumps({"sheets": told, "order": book.sheetnames, "created": book.properties.created.isoformat()}))
