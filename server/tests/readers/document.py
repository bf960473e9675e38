"""Prints what a PDF is to whoever does not see it: what a validator of PDF/UA-1 finds wrong, its language and title, and the tags of its
structure, in order, with the text of each heading, the alternative of each figure and the heads of each table.

usage: document.py FILE
"""

import json
import sys
from collections import Counter

import page
import pypdf
from pypdf.generic import ArrayObject, DictionaryObject


def children(element: DictionaryObject) -> list[DictionaryObject]:
    kids = element.get("/K", [])
    kids = kids if isinstance(kids, ArrayObject) else [kids]
    return [kid for kid in (kid.get_object() for kid in kids) if isinstance(kid, DictionaryObject) and "/S" in kid]


def walk(element: DictionaryObject):
    for child in children(element):
        yield child
        yield from walk(child)


def kind(element: DictionaryObject) -> str:
    return str(element["/S"]).removeprefix("/")


def scope(element: DictionaryObject) -> str | None:
    told = element.get("/A", [])
    told = told if isinstance(told, ArrayObject) else [told]
    scopes = [of.get_object().get("/Scope") for of in told]
    return next((str(of) for of in scopes if of is not None), None)


def table(element: DictionaryObject) -> dict:
    rows = [[kind(cell) for cell in children(row)] for row in walk(element) if kind(row) == "TR"]
    heads = [cell for cell in walk(element) if kind(cell) == "TH"]
    return {"rows": rows, "scopes": sorted({scope(head) or "none" for head in heads})}


def told(file: str) -> dict:
    wrong = page.validate_pdf(file, profile="ua1")
    reader = pypdf.PdfReader(file)
    root = reader.trailer["/Root"]
    elements = list(walk(root["/StructTreeRoot"]))
    return {
        "wrong": [f"{failure.rule_id}: {failure.message}" for failure in wrong.failures],
        "rules": wrong.rules.total,
        "language": root.get("/Lang"),
        "marked": root["/MarkInfo"]["/Marked"].value,
        "shows_title": root["/ViewerPreferences"]["/DisplayDocTitle"].value,
        "title": reader.metadata.title,
        "pages": len(reader.pages),
        "kinds": Counter(kind(element) for element in elements),
        "outline": [str(entry.title) for entry in reader.outline if not isinstance(entry, list)],
        "figures": [str(element.get("/Alt", "")) for element in elements if kind(element) == "Figure"],
        "tables": [table(element) for element in elements if kind(element) == "Table"],
    }


if __name__ == "__main__":
    print(json.dumps(told(sys.argv[1])))
