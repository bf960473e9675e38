#!/usr/bin/env python3
"""Holds what the files of this folder name against the pages that tell what there is: settings, options, numbers of `/metrics`, all of
which the dashboard shows, with their labels, and alerts, of each of which a section says what to do and a test has it fire. Numbers that other pages name are
held against that page, too."""

import json
import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
DOCS = HERE.parent / "docs"

# Of a compose file's own, in `${…}`: they are not handed to Pulse.
OWN = re.compile(r"\$\{[^}]*\}")
VARIABLE = re.compile(r"\b(?:PULSE|DATABASE)_[A-Z_]+\b")
# In a command of Pulse's, or in the words of a comment.
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")
NUMBER = re.compile(r"\bpulse_[a-z_]+\b|\bprocess_[a-z_]+\b")

# In the table of numbers: a row's names, and their labels.
ROW = re.compile(r"(?m)^\| (`(?:pulse|process)_[^|]*) \| ([^|]*)\|")
# In a question: labels that are asked for, and those that are kept or left out; in what is shown of an answer: those that are filled in.
ASKED = re.compile(r'[{,]\s*(\w+)\s*(?:=~|!~|!=|=)\s*"')
KEPT = re.compile(r"\b(?:by|without|on|ignoring)\s*\(([^)]*)\)")
FILLED_IN = re.compile(r"\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}")
# Labels that Prometheus gives to each number that it reads, and that of the parts of a histogram.
EVERYWHERE = {"instance", "job", "le"}

# Numbers without a panel: bytes tell of what queries gave what rows do, and threads come and go with the processors.
UNSHOWN = {"pulse_query_rows_total", "process_threads"}
# What pages name that is called like a number: a volume, and a part of the log.
NO_NUMBERS = {"pulse_data", "pulse_server"}


def known(page, pattern):
    return set(re.findall(pattern, (DOCS / page).read_text()))


def variables():
    """Those that settings.md names; of one that is a secret a file or a command, too."""
    told = known("settings.md", r"`((?:PULSE|DATABASE)_[A-Z_]+)`")
    return told | {f"{name}_{how}" for name in told if name.startswith("DATABASE_") for how in ("FILE", "COMMAND")}


def pulses_options(text):
    """Options in lists or lines that begin Pulse: `[serve, --bind, …]`, `ExecStart=… pulse serve --bind …`."""
    for line in text.replace("\\\n", " ").splitlines():
        command = re.search(r"(?:\[|\bpulse |args: \[)\"?serve\b.*", line)
        if command:
            yield from OPTION.findall(command.group())


def labelled():
    """The labels of each number."""
    rows = ROW.findall((DOCS / "observing.md").read_text())
    return {name: set(re.findall(r"`(\w+)`", labels)) for names, labels in rows for name in re.findall(r"`(\w+)`", names)}


def questions(file, text):
    """What is asked of Prometheus, each with what is shown of its answer."""
    if file.suffix == ".json":
        targets = (target for panel in json.loads(text)["panels"] for target in panel.get("targets", []))
        return [(target["expr"], target.get("legendFormat", "")) for target in targets]
    return [rule.partition("annotations:")[::2] for rule in text.split("expr:")[1:]]


def unknown_labels(question, shown, labels):
    """Labels in a question, or in what is shown of its answer, that none of its numbers has."""
    has = EVERYWHERE.union(*(labels.get(base(name), set()) for name in NUMBER.findall(question)))
    kept = (name.strip() for group in KEPT.findall(question) for name in group.split(","))
    return {*ASKED.findall(question), *filter(None, kept), *FILLED_IN.findall(shown)} - has


def base(name):
    return re.sub(r"_(bucket|count|sum)$", "", name)


def main():
    wrong = []
    files = subprocess.check_output(["git", "ls-files", "--cached", "--others", "--exclude-standard", "."], cwd=HERE, text=True)
    settings, options = variables(), known("settings.md", r"`(--[a-z-]+)`") | {"--config", "--quiet"}
    numbers, labels = known("observing.md", r"`((?:pulse|process)_[a-z_]+)`"), labelled()
    for file in map(HERE.joinpath, files.split()):
        if not file.exists() or file == Path(__file__).resolve():
            continue
        name, text = file.relative_to(HERE.parent), file.read_text()
        for found in sorted(set(VARIABLE.findall(OWN.sub("", text))) - settings):
            if not re.search(rf"\$\{{{found}\b", text):
                wrong.append(f"{name}: `{found}` is no variable that docs/settings.md has")
        for found in sorted(set(pulses_options(text)) - options):
            wrong.append(f"{name}: `{found}` is no option that docs/settings.md has")
        if file.suffix == ".json":
            targets = [target for panel in json.loads(text)["panels"] for target in panel.get("targets", [])]
            if all("rawSql" in target for target in targets):
                # A test asks Pulse for what stands there.
                continue
            text = "\n".join(target["expr"] for target in targets)
            if len(NUMBER.findall(text)) < 20:
                wrong.append(f"{name}: hardly any number is asked for")
            for missing in sorted(numbers - UNSHOWN - {base(one) for one in NUMBER.findall(text)}):
                wrong.append(f"{name}: no panel shows `{missing}`, which docs/observing.md has")
        elif file.name == "alerts.yaml":
            alerts, sections = set(re.findall(r"- alert: (\w+)", text)), known("operations.md", r"(?m)^## (Pulse\w+)$")
            tried = set(re.findall(r"alertname: (\w+)", file.with_name("alerts_test.yaml").read_text()))
            for lacking in sorted(alerts ^ tried):
                wrong.append(f"{name}: `{lacking}` is an alert that no test has fire, or of a test and no alert")
            if len(alerts) < 10:
                wrong.append(f"{name}: hardly any alert is there")
            for lacking in sorted(alerts ^ sections):
                wrong.append(f"{name}: `{lacking}` is an alert without a section in docs/operations.md, or a section without an alert")
        else:
            continue
        asked = questions(file, file.read_text())
        for label in sorted(set().union(*(unknown_labels(question, shown, labels) for question, shown in asked))):
            wrong.append(f"{name}: `{label}` is no label of a number that is asked for with it")
        for found in sorted({base(one) for one in NUMBER.findall(text)} - numbers):
            wrong.append(f"{name}: `{found}` is no number that docs/observing.md has")
    for page in [DOCS.parent / "README.md", *sorted(DOCS.glob("*.md"))]:
        for found in sorted({base(one) for one in NUMBER.findall(page.read_text())} - numbers - NO_NUMBERS):
            wrong.append(f"{page.relative_to(DOCS.parent)}: `{found}` is no number that docs/observing.md has")
    for one in wrong:
        print(f"docker/names.py: {one}", file=sys.stderr)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
