#!/usr/bin/env python3
"""Whether the units let a process do what it does, by systemd's own groups of system calls, and hold processes of both kinds in alike.
Needs systemd-analyze."""

import re
import subprocess
import sys
from pathlib import Path

UNITS = sorted((Path(__file__).resolve().parent / "systemd").glob("*.service"))
# What a process asks the system for that one of the groups which are taken away would take, and what for.
NEEDED = {
    "sched_setscheduler": "threads of jobs let others have the processor first (engine/src/threads.rs)",
    "setpriority": "the same",
}
# What none has any business with, a call of each kind.
NEVER = {"bpf", "chroot", "init_module", "iopl", "mount", "ptrace", "reboot", "sched_setaffinity", "setrlimit", "swapon"}


def groups():
    """The names in each group, of which some are groups."""
    told, of = {}, None
    for line in subprocess.check_output(["systemd-analyze", "syscall-filter"], text=True, stderr=subprocess.DEVNULL).splitlines():
        line = re.sub(r"\x1b\[[0-9;]*m", "", line).rstrip()
        if line.startswith("@"):
            of = told.setdefault(line, set())
        elif of is not None and line.startswith("    ") and not line.lstrip().startswith("#"):
            of.add(line.strip())
        elif line and not line.startswith(" "):
            of = None
    return told


def calls(name, known):
    if not name.startswith("@"):
        return {name}
    return set().union(*(calls(one, known) for one in known[name]))


def let_through(text, known):
    """What is let through after all lines of a unit: the first says all that there is, each that follows adds or takes away."""
    through = set()
    for words in re.findall(r"(?m)^SystemCallFilter=(.*)$", text):
        takes, these = words.startswith("~"), set()
        for word in words.lstrip("~").split():
            these |= calls(word, known)
        through = through - these if takes else through | these
    return through


def holds_in(text):
    """The lines of a unit that hold a process in."""
    return text.split("# It writes to its folder", 1)[-1].split("[Install]", 1)[0].strip()


def main():
    wrong, known = [], groups()
    texts = {unit.name: unit.read_text() for unit in UNITS}
    for name, text in texts.items():
        through = let_through(text, known)
        wrong += [f"{name}: `{call}` is not let through: {why}" for call, why in NEEDED.items() if call not in through]
        wrong += [f"{name}: `{call}` is let through" for call in sorted(NEVER & through)]
    if len({holds_in(text) for text in texts.values()}) != 1:
        wrong.append(f"{', '.join(texts)} do not hold a process in alike")
    for one in wrong:
        print(f"docker/units.py: {one}", file=sys.stderr)
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
