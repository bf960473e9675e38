"""A process of each peer's own, so that its memory is its own: it reads orders, one line of JSON each, and answers each with one.

    open    opens the data; tells the version, and how long it took
    load    makes the peer's own copy of the data
    ask     asks a question: milliseconds, rows, and what was read; `keep` names a file for the answer
    page    reads a page of Pulse's API
    peak    the most memory that the process had since this was last asked, in MB
"""

import json
import os
import select
import subprocess
import sys
import time
from pathlib import Path

import pyarrow
import pyarrow.feather

from kernel import family, peak, since, was_read


class Failed(Exception):
    """What a peer says when it does not answer."""


class Worker:
    """The process, as the one who orders sees it."""

    def __init__(self, peer, patience):
        self.patience = patience
        command = [sys.executable, str(Path(__file__)), peer]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def order(self, do, patience=None, **more):
        try:
            self.process.stdin.write(json.dumps({"do": do, **more}) + "\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise Failed("its process is gone") from None
        patience = patience or self.patience
        if not select.select([self.process.stdout], [], [], patience)[0]:
            self.process.kill()
            raise Failed(f"no answer within {patience} s")
        line = self.process.stdout.readline()
        if not line:
            raise Failed(f"its process ended with code {self.process.wait()}")
        told = json.loads(line)
        if "error" in told:
            raise Failed(told["error"])
        return told

    @property
    def is_there(self):
        return self.process.poll() is None

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Doing:
    """The process itself."""

    def __init__(self, engine):
        self.engine = engine
        self.server = None

    def open(self, given):
        # What is asked over a socket is read by another process.
        self.server = (given.get(self.engine.dialect) or {}).get("pid")
        start = time.perf_counter()
        self.engine.open(given)
        return {"version": self.engine.version, "ms": ms(start)}

    def was_read(self):
        return was_read(family(self.server) if self.server else [os.getpid()])

    def load(self, given):
        start = time.perf_counter()
        self.engine.load(given)
        return {"ms": ms(start)}

    def ask(self, text, keep=None):
        before = self.was_read()
        start = time.perf_counter()
        answer = self.engine.ask(text)
        told = {"ms": ms(start), "read": since(self.was_read(), before)}
        if keep:
            answer = self.engine.arrow(answer)
            told["rows"] = answer.num_rows
            pyarrow.feather.write_feather(answer, keep, compression="uncompressed")
        return told

    def page(self, path):
        start = time.perf_counter()
        self.engine.page(path)
        return {"ms": ms(start)}

    def peak(self):
        return {"mb": peak(os.getpid())}


def ms(start):
    return (time.perf_counter() - start) * 1e3


def main(peer):
    # Whatever libraries print is not an answer.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    from peers import PEERS

    doing = Doing(PEERS[peer].engine())
    for line in sys.stdin:
        order = json.loads(line)
        try:
            told = getattr(doing, order.pop("do"))(**order)
        except Exception as error:  # whatever it is, it is the peer's answer
            told = {"error": f"{type(error).__name__}: {error}"[:2000]}
        print(json.dumps(told), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
