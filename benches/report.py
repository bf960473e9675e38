#!/usr/bin/env python3
"""Runs every bench, one after the other, and writes what they print into one report: `make bench` and `make bench-quick`.

    python3 benches/report.py --release target/release --python ~/.cache/pulse/bench-venv/bin/python
    python3 benches/report.py --quick …
    python3 benches/report.py --only tenants syncs …

Whatever becomes of one, the others run. It ends with an error where one of them does: a wrong answer is one, and whole also a missed goal.
What came of each is kept in a file beside the report, so that some of them can be run again alone: of the others it tells what came of them before.
"""

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.append(str(HERE / "peers"))

from kernel import machine  # noqa: E402

# The bench of the doors has thousands of connections.
FILES = 12_000
# What a bench says of itself that is to stand before the rest.
SAID = re.compile(r"\bmissed\b|^answers differ|^no answer: ")


@dataclass(frozen=True)
class Step:
    """One bench: how it is called, and the file that it writes its report to, where that is not what it prints."""

    title: str
    command: list
    writes: Path | None = None


    @property
    def name(self):
        """What it is asked for by: the program that it runs."""
        return re.match(r"\w+", self.title)[0]


@dataclass(frozen=True)
class Done:
    """What came of one, and when, where and of what."""

    title: str
    code: int
    seconds: float
    printed: str
    said: list
    last: str
    at: str
    load: str
    machine: str
    versions: list


def steps(quick, release, python, repositories, against=None):
    """Every bench, in the order in which they run: whole, or of a part of the data."""

    def own(name, *whole, small=()):
        return Step(" ".join([name, *(small if quick else whole)]), [release / name, *(small if quick else whole)])

    told = release.parent / "peers" / ("quick.md" if quick else "report.md")

    def lineage(title, *arguments):
        return Step(f"lineage: {title}", ["python3", HERE / "lineage.py", "--pulse", release / "pulse", *arguments])

    peers = [python, HERE / "peers", "--company", release / "company", "--report", told]
    small = ["--part", "50", "--rounds", "3", "--no-cold", "--pages", "10", "--no-goals"]
    tests = ["-m", "unittest", "discover", "--start-directory", HERE / "peers", "--pattern", "tests.py"]
    histories = [lineage("this repository", HERE.parent, "--tag-every", "4", "--rounds", "3", "--tag-rounds", "1")]
    if quick:
        histories.append(lineage("20,000 commits, made up", "--synthetic", "20000", "--rounds", "3", "--tag-rounds", "1"))
    else:
        histories += [
            lineage("a million commits, made up", "--synthetic", "1000000", "--every", "10", "--rounds", "3", "--tag-rounds", "0"),
            *(lineage(Path(each).name, each, "--every", "4", "--rounds", "3", "--tag-rounds", "1") for each in repositories),
        ]
    return [
        own("access"),
        own("queue"),
        Step("queue, PostgreSQL", [HERE / "with-postgres.sh", release / "queue"]),
        *histories,
        own("ingest", "--items", "10000000"),
        own("model", small=("--part", "50")),
        own("forecast"),
        own("risks"),
        own("reports"),
        own("alerts", small=("--tenants", "20")),
        own("dashboards", small=("--part", "50")),
        own("doors"),
        own("hooks"),
        own("analysts", small=("--part", "50")),
        own("tenants", small=("--tenants", "300")),
        own("syncs", small=("--syncs", "200")),
        Step("peers: what they rest on", [python, *tests]),
        Step("peers", [*peers, *(small if quick else []), *(["--against", against] if against else [])], writes=told),
        own("start", "--part", "10"),
    ]


def run(step, about):
    """Runs one, and shows what it prints while it does."""
    command = [str(part) for part in step.command]
    if step.writes:
        step.writes.unlink(missing_ok=True)
    print(f"\n{' '.join(command)}", flush=True)
    start = time.monotonic()
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace")
    printed, told = [], []
    pipes = [(process.stdout, sys.stdout, printed), (process.stderr, sys.stderr, told)]
    showing = [threading.Thread(target=show, args=each) for each in pipes]
    for thread in showing:
        thread.start()
    code = process.wait()
    for thread in showing:
        thread.join()
    text = step.writes.read_text() if step.writes and step.writes.exists() else "".join(printed)
    lines = [line.strip() for line in printed + told if line.strip()]
    said = list(dict.fromkeys(line for line in lines if SAID.search(line)))
    seconds, now = time.monotonic() - start, machine()
    here = f"{os.cpu_count()} × {now['cpu']}, {now['memory_gb']} GB, Linux {now['kernel']}"
    return Done(step.title, code, seconds, text, said, lines[-1] if lines else "", now["at"], now["load"], here, about["versions"])


def show(pipe, screen, kept):
    with pipe:
        for line in pipe:
            kept.append(line)
            screen.write(line)
            screen.flush()


def report(done, about):
    """All of it, in Markdown: what went wrong and what was missed before the rest, and the questions to others, with those at which Pulse is
    slower, before the other benches."""
    ended = [each for each in done if each.code == 0]
    scale = "of a part of the data: its times say nothing of the goals" if about["quick"] else "whole"
    left = [title for title in about["titles"] if title not in {each.title for each in done}]
    days = sorted(each.at for each in done)
    machines, pulses = different(each.machine for each in done), different(each.versions[0] for each in done)
    parts = [
        "# What the benches found",
        f"Written by `make bench{'-quick' if about['quick'] else ''}`; [README.md](README.md) tells what each bench does.",
        "\n".join([
            f"- the benches {scale}",
            *(f"- machine: {each}" for each in machines),
            *([f"- date: {days[0]} to {days[-1]}"] if days else []),
            f"- versions: {', '.join(different(version for each in done for version in each.versions))}",
            f"- {len(ended)} of {len(about['titles'])} ended well" + (f"; not run: {', '.join(left)}" if left else ""),
        ]),
    ]
    if len(ended) < len(done):
        parts.append("## Ended with an error\n\n" + "\n".join(
            f"- **{each.title}**, code {each.code}: {'; '.join(each.said) or each.last}" for each in done if each.code
        ))
    if told := [(each.title, line) for each in done if not each.code for line in each.said]:
        parts.append("## Goals that were missed\n\n" + "\n".join(f"- **{title}**: {line}" for title, line in told))
    for each in sorted(done, key=lambda each: each.title != "peers"):
        where = [f"In {each.seconds:,.0f} s until {each.at}, load {each.load} after it"]
        where += [each.versions[0]] * (len(pulses) > 1) + [each.machine] * (len(machines) > 1)
        parts.append(f"## {each.title}\n\n{'; '.join(where)}.\n\n{below(each.printed)}".rstrip())
    return "\n\n".join(parts) + "\n"


def different(all_of_them):
    """Each once, in their order."""
    return list(dict.fromkeys(all_of_them))


def below(printed):
    """What a bench printed, as a part of a larger page: its headings are below that of the bench, and each line of text is its own."""
    lines = printed.strip().splitlines()
    levels = [len(line) - len(line.lstrip("#")) for line in lines if re.match("#+ ", line)]
    deeper = "#" * max(0, 3 - min(levels, default=3))
    shown, before = [], ""
    for line in lines:
        line = deeper + line if re.match("#+ ", line) else line
        # Otherwise Markdown joins them, and takes a table for text.
        if before and kind(before) != kind(line) or kind(before) == kind(line) == "text":
            shown.append("")
        shown.append(line)
        before = line
    return re.sub(r"\n{3,}", "\n\n", "\n".join(shown))


def kind(line):
    if line.startswith("|"):
        return "table"
    return "list" if re.match(r"\s*- |  ", line) else "text" if line else ""


def versions(python):
    """What was measured, and by what."""
    manifest = (HERE.parent / "Cargo.toml").read_text()
    version = next(line.split('"')[1] for line in manifest.splitlines() if line.startswith("version"))
    commit = told("git", "-C", HERE, "rev-parse", "--short=12", "HEAD") or "no commit"
    changed = told("git", "-C", HERE, "status", "--porcelain", "--untracked-files=no", "--", "..", ":!../benches/report*")
    postgres = told(*sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))[-1:], "--version")
    others = [told("rustc", "--version"), told("git", "--version"), told(python, "--version"), postgres]
    return [f"Pulse {version} at {commit}{' with changes since' if changed else ''}", *filter(None, others)]


def told(*command):
    """What a command prints; nothing where it is not there, or fails."""
    try:
        return subprocess.run([str(part) for part in command], capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def all_of(chosen, about, path):
    """Runs these, and writes the report after each, with what came before of those that are not among them: somebody may stop it. Those
    that ended with an error."""
    kept = path.with_suffix(".json")
    before = [Done(**each) for each in json.loads(kept.read_text())] if kept.exists() else []
    asked = {step.title for step in chosen}
    done = {each.title: each for each in before if each.title in about["titles"] and each.title not in asked}
    for step in chosen:
        done[step.title] = run(step, about)
        in_order = [done[title] for title in about["titles"] if title in done]
        kept.write_text(json.dumps([asdict(each) for each in in_order], ensure_ascii=False, indent=1) + "\n")
        path.write_text(report(in_order, about))
    print(f"\nAll of it: {path}")
    return [title for title in about["titles"] if title in asked and done[title].code]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="of a part of the data, in minutes: missed goals are told, and are no error")
    parser.add_argument("--release", type=Path, required=True, help="the folder of the programs")
    parser.add_argument("--python", type=Path, required=True, help="a Python with the peers' packages")
    parser.add_argument("--repositories", nargs="*", default=[], help="histories to find the lineage of besides")
    parser.add_argument("--against", type=Path, help="the JSON of an earlier report of the peers: which of its ratios are found again")
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME", help="these alone: the report tells of the others what it told before")
    parser.add_argument("--report", type=Path, help="where it is written [default: benches/report.md, or benches/report-quick.md]")
    options = parser.parse_args()
    # It is read hours later.
    if options.against and not options.against.is_file():
        parser.error(f"{options.against} is not there")
    if options.quick:
        os.environ["PULSE_BENCH_GOALS"] = "told"
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < FILES:
        resource.setrlimit(resource.RLIMIT_NOFILE, (FILES if hard == resource.RLIM_INFINITY else min(FILES, hard), hard))
    path = options.report or HERE / ("report-quick.md" if options.quick else "report.md")
    every = steps(options.quick, options.release, options.python, options.repositories, options.against)
    names = different(step.name for step in every)
    if unknown := [name for name in options.only if name not in names]:
        parser.error(f"no bench is called {', '.join(unknown)}: there are {', '.join(names)}")
    chosen = [step for step in every if not options.only or step.name in options.only]
    if not options.only:
        path.with_suffix(".json").unlink(missing_ok=True)
    about = {"quick": options.quick, "versions": versions(options.python), "titles": [step.title for step in every]}
    failed = all_of(chosen, about, path)
    if failed:
        print(f"ended with an error: {'; '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
