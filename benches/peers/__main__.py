"""Pulse side by side with what people would use instead: the same questions of the same data, on one machine, in one run.

    python3 benches/peers --company target/release/company --part 20 --rounds 5
"""

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import again
import questions as asking
import report
import servers
from figures import errors, goals
from kernel import machine
from measure import Bench, say
from peers import ALL


def main():
    options = read()
    # Read before, since it may be where this run's report goes.
    earlier = json.loads(options.against.read_text()) if options.against else None
    # Whoever stops this has servers and folders to be cleared away, too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    peers = [peer for peer in ALL if not options.peers or peer.name in options.peers]
    # Polars takes it from here alone.
    os.environ["POLARS_MAX_THREADS"] = str(options.threads)
    scratch = Path(tempfile.mkdtemp(prefix="pulse-peers-", dir=options.scratch))
    # PostgreSQL runs as somebody else, and comes through here.
    scratch.chmod(0o755)
    company = postgres = None
    try:
        say("the company: making or opening it")
        company = servers.Company(options.company, options.lake or scratch / "company", options.part, options.times)
        told = company.told
        patterns, sort = servers.link(told, asking.tables(), scratch)
        if any(peer.name == "postgres" for peer in peers):
            postgres = servers.Postgres(scratch / "postgres", options.threads, options.memory)
        ends = datetime(1970, 1, 1) + timedelta(microseconds=told["ends"])
        questions = asking.load(ends, options.questions)
        given = {
            "threads": options.threads,
            "memory_mb": options.memory,
            "scratch": str(scratch),
            "tables": patterns,
            "sort": sort,
            "patience": options.patience,
        }
        result = Bench(peers, questions, company, postgres, given, options).run()
        rows = {table["name"]: table["rows"] for table in told["tables"] if table["name"] in patterns}
        about = {
            "machine": machine(), "threads": options.threads, "memory_mb": options.memory, "part": options.part, "times": options.times,
            "rounds": options.rounds, "rows": rows,
        }
    finally:
        if postgres:
            postgres.stop()
        if company:
            company.stop()
        shutil.rmtree(scratch, ignore_errors=True)
    options.report.parent.mkdir(parents=True, exist_ok=True)
    told = json.loads(json.dumps({"about": about, **result}))
    beside = again.text(earlier, told) if earlier else ""
    options.report.write_text(report.text(result, questions, peers, about) + (f"\n{beside}\n" if beside else ""))
    options.report.with_suffix(".json").write_text(json.dumps(told, indent=1))
    print(report.screen(result, questions, peers))
    if beside:
        print(f"\n{beside}")
    print(f"\nAll of it: {options.report}")
    missed = [what for what, _, _, met in goals(result, questions) if not met]
    for wrong in result["differences"]:
        print(f"answers differ: {wrong['question']}, {wrong['peer']} and {wrong['against']}: {wrong['how']}")
    failed = errors(result, ALL)
    for where, why in failed:
        print(f"no answer: {where}: {why}")
    if missed:
        print("goals that are missed: " + "; ".join(missed))
    return 1 if result["differences"] or failed or (missed and options.goals) else 0


def read():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--company", required=True, help="the program `company`, which makes the data and serves them")
    parser.add_argument("--version", default=_version(), help="Pulse's version, for the report")
    parser.add_argument("--part", type=int, default=1, help="one of so many parts of the whole: 1 is all of it")
    parser.add_argument("--times", type=int, default=1, help="so many times the whole, where the disk allows it")
    parser.add_argument("--lake", type=Path, help="a folder for the lake that stays, for the next run")
    parser.add_argument("--scratch", type=Path, help="where temporary folders are made: it takes the peers' copies of the data")
    parser.add_argument("--rounds", type=int, default=7, help="how often each question is asked of each peer")
    parser.add_argument("--cold", action=argparse.BooleanOptionalAction, default=True, help="also ask fresh processes")
    parser.add_argument("--pages", type=int, default=40, help="how often each page of the dashboard is asked for")
    parser.add_argument("--peers", nargs="+", choices=[peer.name for peer in ALL], help="only these")
    parser.add_argument("--questions", nargs="+", help="only those whose names begin so")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--memory", type=int, default=2048, help="each peer's memory, in MiB")
    parser.add_argument("--patience", type=int, default=300, help="how many seconds an answer may take")
    parser.add_argument("--report", type=Path, default=Path("target/peers/report.md"))
    parser.add_argument("--against", type=Path, help="the JSON of an earlier report: which ratios are within the spread that it states")
    parser.add_argument("--no-goals", dest="goals", action="store_false", help="tell of goals that are missed, and end well")
    options = parser.parse_args()
    if options.times > 1 and options.part > 1:
        parser.error("a part of the whole, or some times as much: not both")
    return options


def _version():
    manifest = (Path(__file__).parents[2] / "Cargo.toml").read_text()
    return next(line.split('"')[1] for line in manifest.splitlines() if line.startswith("version"))


if __name__ == "__main__":
    sys.exit(main())
