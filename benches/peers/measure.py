"""The order of things: open and load, compare, measure warm, measure cold, weigh."""

import sys
import threading
import time
from pathlib import Path

import pyarrow.feather

import answers
from kernel import peak, proportional, since
from worker import Failed, Worker

LOADING = 3600
PAGES = ("overview", "dora", "flow", "change", "reliability", "projects", "teams", "forecast")
# A question that takes long is not asked as often: its runs together take about so many milliseconds, and there are at least two.
LONG = 20_000
# One that takes longer than this is not asked once more only to be weighed, or cold.
TOO_LONG = 60_000


def say(text):
    print(text, file=sys.stderr, flush=True)


class Bench:
    """One run. `result` is all that it finds, as JSON would have it."""

    def __init__(self, peers, questions, company, postgres, given, options):
        self.peers, self.questions, self.options = peers, questions, options
        self.company, self.postgres, self.given = company, postgres, given
        self.workers = {}
        self.result = {"peers": {peer.name: {"questions": {}} for peer in peers}, "differences": [], "empty": [], "pages": {}}

    def run(self):
        self.open()
        self.compare()
        self.warm()
        self.weigh()
        self.pages()
        for worker in self.workers.values():
            worker.close()
        if self.options.cold:
            self.cold()
        return self.result

    def of(self, peer):
        return self.result["peers"][peer.name]

    def given_to(self):
        """Where things are now: Pulse has another address after each start."""
        told = self.company.told
        pulse = {"rest": told["rest"], "token": told["token"], "version": self.options.version}
        pulse["pid"] = told.get("pid", self.company.pid)
        postgres = {"address": self.postgres.address, "pid": self.postgres.pid} if self.postgres else None
        return {**self.given, "pulse": pulse, "postgres": postgres}

    def worker(self, peer):
        """One that has the data open; a new one where the last was lost."""
        there = self.workers.get(peer.name)
        if there is None or not there.is_there:
            self.workers[peer.name] = there = Worker(peer.name, self.options.patience)
            self.of(peer).update(there.order("open", LOADING, given=self.given_to()))
        return there

    def open(self):
        """Whoever cannot be set up takes no part, and the report says so."""
        for peer in list(self.peers):
            try:
                worker = self.worker(peer)
                if peer.loads:
                    say(f"{peer.title}: loading")
                    self.of(peer)["load_ms"] = worker.order("load", LOADING, given=self.given_to())["ms"]
                say(f"{peer.title}: ready")
            except Failed as failed:
                self.of(peer)["failed"] = str(failed)
                self.peers.remove(peer)
                say(f"{peer.title} cannot be set up: {failed}")

    def ask(self, peer, question, **more):
        """Asks once. A question that a peer could not answer is not asked again."""
        asked = self.of(peer)["questions"].setdefault(question.name, {"warm": []})
        if "failed" in asked:
            return None
        try:
            return self.counted(peer, "ask", text=question.texts[peer.dialect], **more)
        except Failed as failed:
            asked["failed"] = str(failed)
            say(f"{peer.title} does not answer {question.name}: {failed}")
            return None

    def counted(self, peer, do, worker=None, **more):
        """Orders, and counts what Pulse asks the object store for meanwhile."""
        worker = worker or self.worker(peer)
        before = self.company.costs() if peer.dialect == "pulse" else None
        told = worker.order(do, **more)
        if before:
            told["requests"] = since(self.company.costs(), before)
        return told

    def compare(self):
        """Each peer's answer against the first peer's that is not Pulse. It warms up, too."""
        keep = Path(self.given["scratch"]) / "answer.arrow"
        order = sorted(self.peers, key=lambda peer: peer.dialect == "pulse")
        for question in self.questions:
            first = None
            for peer in order:
                told = self.ask(peer, question, keep=str(keep))
                if not told:
                    continue
                asked = self.of(peer)["questions"][question.name]
                asked.update(first_ms=told["ms"], rows=told["rows"])
                note(asked, "first", told)
                # What is kept is what is given to whoever asks again.
                if peer.name == "pulse-kept" and not self.ask(peer, question, keep=str(keep)):
                    continue
                found = answers.rows(pyarrow.feather.read_table(keep, memory_map=False))
                if first is None:
                    first = (peer, found)
                elif difference := answers.difference(first[1], found, peer.tolerance):
                    asked["failed"] = f"its answer is not that of {first[0].title}: {difference}"
                    wrong = {"question": question.name, "peer": peer.title, "against": first[0].title, "how": difference}
                    self.result["differences"].append(wrong)
                    say(f"{question.name}: {peer.title} {asked['failed']}")
            if first and not first[1]:
                self.result["empty"].append(question.name)
            say(f"{question.name}: compared, {len(first[1]) if first else 'no'} rows")

    def warm(self):
        """Round after round, each question by each peer in turn, another peer first each time."""
        for peer in self.peers:
            self.peak(peer)
        for turn in range(self.options.rounds):
            for question in self.questions:
                place = turn % len(self.peers)
                for peer in self.peers[place:] + self.peers[:place]:
                    asked = self.of(peer)["questions"][question.name]
                    most = max(2, int(LONG / max(asked.get("first_ms", 0), 1)))
                    if turn < most and (told := self.ask(peer, question)):
                        asked["warm"].append(told["ms"])
                        note(asked, "warm", told)
            say(f"round {turn + 1} of {self.options.rounds}")
        for peer in self.peers:
            self.of(peer)["peak_mb"] = self.peak(peer)

    def peak(self, peer):
        """The most memory of whatever computes a peer's answers; of PostgreSQL's many processes `weigh` tells it."""
        if peer.dialect == "postgres":
            return None
        if peer.dialect == "pulse":
            return peak(self.given_to()["pulse"]["pid"]) if peer.name == "pulse" else None
        return self.worker(peer).order("peak")["mb"]

    def weigh(self):
        """PostgreSQL's memory, over a round that is not timed."""
        peer = next((peer for peer in self.peers if peer.dialect == "postgres"), None)
        if not peer:
            return
        most, done = [0.0], threading.Event()

        def look():
            while not done.wait(0.05):
                most[0] = max(most[0], proportional(self.postgres.processes()))

        looking = threading.Thread(target=look)
        looking.start()
        for question in self.questions:
            if self.of(peer)["questions"][question.name].get("first_ms", TOO_LONG) < TOO_LONG:
                self.ask(peer, question)
        done.set()
        looking.join()
        self.of(peer)["peak_mb"] = most[0]

    def pages(self):
        """The pages of the dashboard: the first time, and again."""
        peer = next((peer for peer in self.peers if peer.dialect == "pulse"), None)
        if not peer or not self.options.pages:
            return
        for page in PAGES:
            ask = lambda: self.counted(peer, "page", path=f"/api/v1/dashboards/{page}")
            try:
                first, again = ask(), [ask() for _ in range(self.options.pages)]
                self.result["pages"][page] = {
                    "first": first["ms"], "warm": [told["ms"] for told in again],
                    "requests": {"first": first["requests"], "warm": again[-1]["requests"]},
                }
            except Failed as failed:
                self.result["pages"][page] = {"failed": str(failed)}
            say(f"dashboard {page}: asked")

    def cold(self):
        """Each question as the first of a fresh process, a server's included. The kernel may still hold the files in its cache."""
        for question in self.questions:
            for peer in self.peers:
                asked = self.of(peer)["questions"][question.name]
                if "failed" in asked or peer.name == "pulse-kept" or asked.get("first_ms", 0) > TOO_LONG:
                    continue
                if peer.dialect == "pulse":
                    self.company.restart()
                    self.result["opening"] = self.company.costs()
                if peer.dialect == "postgres":
                    self.postgres.restart()
                worker = Worker(peer.name, self.options.patience)
                try:
                    opened = worker.order("open", LOADING, given=self.given_to())
                    told = self.counted(peer, "ask", worker, text=question.texts[peer.dialect])
                    asked.update(cold=told["ms"], opened=opened["ms"])
                    note(asked, "cold", told)
                except Failed as failed:
                    asked["failed_cold"] = str(failed)
                    say(f"{peer.title} does not answer {question.name} cold: {failed}")
                worker.close()
            say(f"{question.name}: asked cold")


def note(asked, when, told):
    """What was read for an answer, and of Pulse what the object store was asked for; of several the last."""
    for what in ("read", "requests"):
        if what in told:
            asked.setdefault(what, {})[when] = told[what]
