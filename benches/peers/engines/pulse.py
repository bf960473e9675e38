"""Pulse over REST: each answer as an Arrow stream, read whole."""

import http.client
import itertools
import json
import pyarrow
from urllib.parse import urlsplit


class Pulse:
    """Every question is a new one to it (`kept` is false), so that no answer is given that it has kept; or it is the same again."""

    dialect = "pulse"
    numbers = itertools.count()

    def __init__(self, kept):
        self.kept = kept
        self.asked = set()

    def open(self, given):
        self.version = given["pulse"]["version"]
        address = urlsplit(given["pulse"]["rest"])
        self.connection = http.client.HTTPConnection(address.hostname, address.port, timeout=600)
        self.headers = {"Authorization": f"Bearer {given['pulse']['token']}"}

    def ask(self, text):
        # An answer is kept for the same text: a comment makes it another, and costs nothing.
        text = text if self.kept else f"{text}\n-- {next(self.numbers)}"
        body = json.dumps({"sql": text})
        headers = {"Content-Type": "application/json", "Accept": "application/vnd.apache.arrow.stream"}
        answer, content = self._send("POST", "/api/v1/sql", body, headers)
        told = answer.headers["pulse-cache"]
        if told == "hit" and text not in self.asked:
            raise RuntimeError("a fresh question was answered by a kept answer")
        if told != "hit" and text in self.asked:
            raise RuntimeError("a question that was asked before was computed again")
        self.asked.add(text)
        return pyarrow.ipc.open_stream(content).read_all()

    def arrow(self, answer):
        return answer

    def page(self, path):
        """Reads a page of the API."""
        self._send("GET", path, None, {})

    def _send(self, method, path, body, headers):
        self.connection.request(method, path, body, {**self.headers, **headers})
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {content[:500].decode(errors='replace')}")
        return answer, content
