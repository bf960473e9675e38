"""Prints what a workbook holds, as openpyxl reads it: each sheet's rows, its frozen pane and filter, what kind each cell is, how many charts,
and what stands in the cells that the series of each chart are drawn of.

usage: workbook.py FILE
"""

import datetime
import json
import sys

import openpyxl
from openpyxl.utils.cell import range_to_tuple


def plain(value):
    return value.isoformat() if isinstance(value, (datetime.date, datetime.datetime)) else value


def cells(book, reference: str) -> list:
    """What stands in the cells that a part of a series refers to."""
    title, (left, top, right, bottom) = range_to_tuple(reference)
    return [plain(cell.value) for row in book[title].iter_rows(top, bottom, left, right) for cell in row]


def series(book, of) -> dict:
    # Where the cells of all steps are empty, a reference to them is one to numbers.
    categories = of.cat.strRef or of.cat.numRef
    [name] = cells(book, of.tx.strRef.f)
    return {"name": name, "categories": cells(book, categories.f), "values": cells(book, of.val.numRef.f)}


def sheet(book, of) -> dict:
    return {
        "rows": [[plain(cell.value) for cell in row] for row in of.iter_rows()],
        "kinds": sorted({cell.data_type for row in of.iter_rows() for cell in row if cell.value is not None}),
        "formats": sorted({cell.number_format for row in of.iter_rows() for cell in row if cell.data_type in "nd"}),
        "frozen": of.freeze_panes,
        "filter": of.auto_filter.ref,
        "charts": len(of._charts),
        "series": [[series(book, one) for one in chart.series] for chart in of._charts],
    }


if __name__ == "__main__":
    book = openpyxl.load_workbook(sys.argv[1])
    told = {of.title: sheet(book, of) for of in book.worksheets}
    print(json.dumps({"sheets": told, "order": book.sheetnames, "created": book.properties.created.isoformat()}))
