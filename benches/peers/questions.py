"""The questions: `questions/*.sql`, each once, in what DuckDB, DataFusion, PostgreSQL and Pulse have in common.

`a…` are the analysts' twenty-two, `d…` what the dashboards' tiles and series ask. `{now}` stands for the instant at which the data end,
`{now-90d}` for ninety days before, `{months}` for a table `months` of the beginnings of the last twelve months (`border`). A line
`-- Slower: …` says what is known of why another is quicker. ClickHouse and Polars write some of it in another way, which is put in by
`FOR` below. Where a peer has a better way to ask a question, it stands in a file of its own, `a15.duckdb.sql` or `a15.polars.py`, whose
first line says why.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

FOLDER = Path(__file__).parent / "questions"
DIALECTS = ("duckdb", "clickhouse", "polars", "datafusion", "postgres", "pulse")
PERCENTILE = re.compile(r"percentile_cont\(([\d.]+)\) WITHIN GROUP \(ORDER BY (\w+)\)")
TABLE = re.compile(r"\b(FROM|JOIN) (core|facts)\.(\w+)( AS \w+)?")
SLOWER = re.compile(r"^-- Slower: (.+)$", re.MULTILINE)
NAMED = re.compile(r"\b(core|facts)\.(\w+)")


@dataclass(frozen=True)
class Question:
    """One question, and how each dialect asks it. A text that begins with `import` is Python."""

    name: str
    title: str
    texts: dict
    why: str | None = None

    @property
    def set(self):
        return {"a": "analysts", "d": "dashboard"}[self.name[0]]


def load(ends, only=None):
    """All questions, or those whose names begin so, about data that end at an instant."""
    found = []
    for path in sorted(FOLDER.glob("???.sql")):
        if only and not path.stem.startswith(tuple(only)):
            continue
        shared = path.read_text()
        texts = {dialect: _text(path, shared, dialect, ends) for dialect in DIALECTS}
        found.append(Question(path.stem, shared.splitlines()[0].removeprefix("-- "), texts, (SLOWER.search(shared) or [None, None])[1]))
    return found


def tables():
    """The tables that any question reads."""
    return sorted({f"{schema}.{table}" for path in FOLDER.iterdir() for schema, table in NAMED.findall(path.read_text())})


def variants():
    """Which questions a dialect asks in its own way, and why."""
    found = []
    for path in sorted(FOLDER.glob("???.*.*")):
        question, dialect, _ = path.name.split(".")
        found.append((question, dialect, path.read_text().splitlines()[0].lstrip("-# ")))
    return found


def _text(path, shared, dialect, ends):
    own = next(iter(FOLDER.glob(f"{path.stem}.{dialect}.*")), None)
    text = own.read_text() if own else FOR.get(dialect, str)(shared)
    if own and own.suffix == ".py":
        return text
    text = re.sub(r"^--.*\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"\{now(?:-(\d+)d)?\}", lambda found: _instant(ends - timedelta(days=int(found[1] or 0))), text)
    return text.replace("{months}", _months(dialect, ends))


def _instant(at):
    return f"TIMESTAMP '{at:%Y-%m-%d %H:%M:%S}'"


def _months(dialect, ends):
    firsts = [datetime(ends.year - (ends.month <= back), (ends.month - back - 1) % 12 + 1, 1) for back in range(12)]
    instants = [_instant(first) for first in firsts]
    if dialect == "clickhouse":
        return f"(SELECT arrayJoin([{', '.join(instants)}]) AS border) AS months"
    if dialect == "polars":
        return "(" + " UNION ALL ".join(f"SELECT {instant} AS border" for instant in instants) + ") AS months"
    return "(VALUES " + ", ".join(f"({instant})" for instant in instants) + ") AS months(border)"


def _for_clickhouse(text):
    return PERCENTILE.sub(r"quantileExactInclusive(\1)(\2)", text)


def _for_polars(text):
    """It has no schemas, and percentiles by another name."""
    text = PERCENTILE.sub(r"quantile_cont(\2, \1)", text)
    return TABLE.sub(lambda found: f"{found[1]} {found[2]}_{found[3]}{found[4] or f' AS {found[3]}'}", text)


FOR = {"clickhouse": _for_clickhouse, "polars": _for_polars}
