"""What the bench itself rests on: `python3 -m unittest discover --start-directory benches/peers --pattern tests.py`."""

import copy
import contextlib
import datetime
import decimal
import importlib.util
import io
import json
import os
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import again
import figures
import kernel
import measure
import pyarrow
import pyarrow.feather
import pyarrow.parquet
import questions
import report
import servers
from answers import difference, rows
from peers import ALL as PEERS
from questions import DIALECTS, Question
from worker import Failed


def answer(**columns):
    return rows(pyarrow.table(columns))


class Answers(unittest.TestCase):
    def test_rows_may_come_in_any_order_and_floats_nearly(self):
        one = answer(team=["a", "b"], p50=[1.0, 0.1 + 0.2])
        other = answer(team=["b", "a"], p50=[0.3, 1.0])
        self.assertIsNone(difference(one, other, 1e-9))
        self.assertIn("0.31", difference(one, answer(team=["b", "a"], p50=[0.31, 1.0]), 1e-9))

    def test_numbers_are_the_same_in_whatever_type(self):
        one = answer(n=[3, None], p=[decimal.Decimal("2.50"), None])
        self.assertIsNone(difference(one, answer(n=[3.0, float("nan")], p=[2.5, float("nan")]), 1e-9))
        self.assertIsNotNone(difference(one, answer(n=[4, None], p=[2.5, None]), 1e-9))
        self.assertIsNotNone(difference(one, answer(n=[3, 0], p=[2.5, None]), 1e-9), "what is not known is not 0")

    def test_whole_numbers_and_times_are_exact(self):
        self.assertIsNotNone(difference(answer(n=[10**12]), answer(n=[10**12 + 1]), 1e-9))
        naive = datetime.datetime(2026, 1, 1, 12)
        zoned = naive.replace(tzinfo=datetime.UTC).astimezone(datetime.timezone(datetime.timedelta(hours=2)))
        self.assertIsNone(difference(answer(at=[naive]), answer(at=[zoned]), 1e-9))
        later = naive + datetime.timedelta(microseconds=1)
        self.assertIsNotNone(difference(answer(at=[naive]), answer(at=[later]), 1e-9))

    def test_a_row_more_is_a_difference(self):
        self.assertEqual(difference(answer(n=[1]), answer(n=[1, 1]), 1e-9), "1 rows and 2")


class Questions(unittest.TestCase):
    def setUp(self):
        self.all = {question.name: question for question in questions.load(datetime.datetime(2026, 3, 15))}

    def test_there_are_as_many_as_there_should_be_and_all_are_told(self):
        sets = [question.set for question in self.all.values()]
        self.assertEqual((sets.count("analysts"), sets.count("dashboard")), (22, 16))
        for question in self.all.values():
            self.assertTrue(question.title.endswith((".", "?")), question.name)
            for dialect, text in question.texts.items():
                if not text.startswith("#"):
                    self.assertNotIn("{", text, f"{question.name} for {dialect}")

    def test_days_before_the_end_are_instants(self):
        self.assertIn("TIMESTAMP '2025-12-15 00:00:00'", self.all["a04"].texts["pulse"])

    def test_months_are_the_twelve_up_to_the_last_one_that_began(self):
        text = self.all["d10"].texts["postgres"]
        self.assertEqual(text.count("TIMESTAMP"), 12)
        self.assertIn("(TIMESTAMP '2026-03-01 00:00:00'), (TIMESTAMP '2026-02-01", text)
        self.assertIn("(TIMESTAMP '2025-04-01 00:00:00')) AS months(border)", text)

    def test_what_others_call_otherwise_is_put_in(self):
        self.assertIn("quantileExactInclusive(0.9)(lead_seconds)", self.all["d01"].texts["clickhouse"])
        self.assertIn("quantile_cont(lead_seconds, 0.9)", self.all["d01"].texts["polars"])
        self.assertIn("JOIN core_teams AS departments", self.all["a19"].texts["polars"])
        self.assertIn("FROM facts_incidents AS incidents", self.all["a19"].texts["polars"])


    def test_what_is_known_of_why_another_is_quicker_is_of_the_question_and_nobody_is_asked_it(self):
        self.assertIn("a third is planning", self.all["d15"].why)
        self.assertIsNone(self.all["a16"].why)
        for question in self.all.values():
            self.assertNotIn("|", question.why or "", "it stands in a table")
            self.assertFalse([dialect for dialect, text in question.texts.items() if "Slower" in text], question.name)


class Figures(unittest.TestCase):
    def setUp(self):
        self.questions = [Question(name, "", {}) for name in ("a01", "a02", "d01")]
        times = {"pulse": [10, 10, 10], "duckdb-files": [20, 5, 80], "duckdb": [40, 4, 20], "postgres": [100, 100, 210]}
        peers = {
            peer: {"questions": {q.name: {"warm": [t, t, t]} for q, t in zip(self.questions, ms)}} for peer, ms in times.items()
        }
        self.result = {"peers": peers, "pages": {"dora": {"warm": [1.0] * 94 + [60.0] * 6}}}

    def test_means_are_geometric_over_what_both_answered(self):
        self.assertEqual(figures.mean(self.result, "duckdb-files", self.questions), (2.0, 3))
        self.result["peers"]["duckdb-files"]["questions"]["d01"]["failed"] = "it is wrong"
        self.assertEqual(figures.mean(self.result, "duckdb-files", self.questions), (1.0, 2))

    def test_the_goals_are_those_of_each_set(self):
        met = {what: (shown, met) for what, shown, _, met in figures.goals(self.result, self.questions)}
        self.assertEqual(met["dashboard set ÷ DuckDB over the same files"], ("8.00 (8.00–8.00) over 1 of 1", True))
        self.assertEqual(met["dashboard set ÷ PostgreSQL"], ("21.00 (21.00–21.00) over 1 of 1", True))
        self.assertEqual(met["analysts' set ÷ DuckDB over the same files"], ("1.00 (1.00–1.00) over 2 of 2", True))
        self.assertEqual(met["the worst of the analysts' questions ÷ the best peer"], ("0.40 (0.40–0.40) (a02, duckdb)", False))
        self.assertEqual(met["a dashboard that was asked for before, p95"], ("60.0 ms", False))
        self.assertFalse([what for what in met if "set, asked before" in what], "Pulse was not asked the same again")

    def test_a_dashboards_questions_are_held_against_others_as_new_ones_and_as_those_that_were_asked_before(self):
        self.result["peers"]["pulse-kept"] = {"questions": {question.name: {"warm": [5.0, 4.0, 8.0]} for question in self.questions}}
        met = {what: (shown, met) for what, shown, _, met in figures.goals(self.result, self.questions)}
        self.assertEqual(met["dashboard set, asked before ÷ DuckDB over the same files"], ("16.00 (10.00–20.00) over 1 of 1", True))
        self.assertEqual(met["dashboard set, asked before ÷ DuckDB over its own tables"], ("4.00 (2.50–5.00) over 1 of 1", True))
        self.assertEqual(met["dashboard set, asked before ÷ PostgreSQL"], ("42.00 (26.25–52.50) over 1 of 1", True))
        self.assertEqual(met["dashboard set ÷ DuckDB over the same files"], ("8.00 (8.00–8.00) over 1 of 1", True))

    def test_a_ratio_lies_between_the_quickest_of_one_and_the_slowest_of_the_other(self):
        asked = self.result["peers"]["duckdb"]["questions"]
        asked["a01"]["warm"], asked["a02"]["warm"] = [20, 40, 80], [4, 4, 4]
        self.result["peers"]["pulse"]["questions"]["a01"]["warm"] = [5, 10, 20]
        first, second, _ = self.questions
        self.assertEqual(figures.spread(self.result, "duckdb", first), (1.0, 16.0))
        self.assertEqual(figures.spread(self.result, "duckdb", second), (0.4, 0.4))
        # The geometric mean of 4 and 0.4: one question may be off by four times, the other is not, and the root of four is two.
        low, high = figures.mean_spread(self.result, "duckdb", [first, second])
        self.assertAlmostEqual(low, 1.6**0.5 / 2)
        self.assertAlmostEqual(high, 1.6**0.5 * 2)
        self.assertIsNone(figures.spread(self.result, "chdb", first))


class Again(unittest.TestCase):
    """Two runs, of which the second differs where a test says so."""

    def setUp(self):
        peers = {
            "pulse": {"a01": [10, 10, 12], "a02": [10, 10, 10], "d01": [10, 10, 10]},
            "duckdb": {"a01": [10, 12, 15], "a02": [5, 6, 7], "d01": [20, 20, 20]},
        }
        about = {"part": 1, "times": 1, "threads": 2, "memory_mb": 2048, "machine": {"cpu": "one", "at": "a day", "load": "0 0 0"}}
        asked = {peer: {"questions": {name: {"warm": times} for name, times in told.items()}} for peer, told in peers.items()}
        self.first = {"about": about, "peers": asked, "pages": {}}
        self.second = copy.deepcopy(self.first)

    def within(self):
        goals, single = again.held(self.first, self.second)
        return {one[0]: one[-1] for one in goals}, {one[0]: one[-1] for one in single}

    def test_the_same_again_is_within(self):
        goals, single = self.within()
        self.assertEqual(len(goals), 3)
        self.assertTrue(all(goals.values()) and all(single.values()), (goals, single))

    def test_what_varies_may_do_so_again_and_what_does_not_may_not(self):
        now = self.second["peers"]["duckdb"]["questions"]
        now["a01"]["warm"], now["d01"]["warm"] = [14, 14, 14], [21, 21, 21]
        goals, single = self.within()
        self.assertEqual(single, {"a01": True, "a02": True, "d01": False})
        self.assertFalse(goals["dashboard set ÷ DuckDB over its own tables"])
        told = again.text(self.first, self.second)
        self.assertIn("**2 of 3** ratios of goals, **2 of 3** of single questions", told)
        self.assertIn("| d01 | duckdb | 2.00 (2.00–2.00) | 2.10 | **no** |", told)

    def test_the_worst_question_is_that_of_the_first_run(self):
        self.second["peers"]["duckdb"]["questions"]["a02"]["warm"] = [9, 9, 9]
        goals, _ = self.within()
        self.assertFalse(goals[f"{figures.WORST}: a02"])

    def test_a_question_that_one_run_did_not_ask_is_in_no_mean(self):
        del self.second["peers"]["pulse"]["questions"]["a02"]
        goals, single = self.within()
        self.assertEqual(set(single), {"a01", "d01"})
        self.assertTrue(goals["analysts' set ÷ DuckDB over its own tables"])

    def test_runs_of_other_sizes_or_machines_are_not_held_against_each_other(self):
        self.second["about"] = {**self.first["about"], "part": 50, "machine": {**self.first["about"]["machine"], "cpu": "another"}}
        self.assertIn("they differ in part, machine", again.text(self.first, self.second))


class Asked:
    """In the place of a peer's process: it answers questions as `answers` has it by its name, other orders by its name and the order, and
    notes who was ordered what."""

    def __init__(self, answers, ordered, peer):
        self.answers, self.ordered, self.peer, self.is_there = answers, ordered, peer, True
        self.ordered.append((peer, "begins", None))

    def order(self, do, patience=None, **more):
        self.ordered.append((self.peer, do, more.get("text")))
        told = self.answers.get(self.peer if do == "ask" else (self.peer, do), [1])
        told = told() if callable(told) else told
        if isinstance(told, Failed):
            raise told
        if "keep" in more:
            pyarrow.feather.write_feather(pyarrow.table({"n": told}), more["keep"])
        return {"ms": self.answers.get("ms", 1.0), "rows": len(told), "version": "1", "mb": 7.0}

    def close(self):
        self.ordered.append((self.peer, "ends", None))


class Order(unittest.TestCase):
    """Runs in which nobody is asked in earnest."""

    def ran(self, answers, peers=("pulse", "duckdb-files", "polars"), rounds=3, cold=False, pages=0):
        self.peers = [peer for peer in PEERS if peer.name in peers]
        self.ordered = []
        asked = [Question(name, "", dict.fromkeys(DIALECTS, name)) for name in ("a01", "a02")]

        def again():
            self.ordered.append(("pulse", "again", None))
            answers.update(answers.get("started again", {}))

        company = SimpleNamespace(told={"rest": "", "token": ""}, pid=os.getpid(), costs=lambda: {"reads": 1}, restart=again)
        options = SimpleNamespace(version="1", patience=1, rounds=rounds, cold=cold, pages=pages)
        fake = lambda peer, patience: Asked(answers, self.ordered, peer)
        with tempfile.TemporaryDirectory() as scratch, mock.patch("measure.Worker", fake), contextlib.redirect_stderr(io.StringIO()):
            return measure.Bench(list(self.peers), asked, company, None, {"scratch": scratch}, options).run()

    def asked(self, of):
        """Who was asked this, in which order."""
        return [peer for peer, do, text in self.ordered if do == "ask" and text == of]

    def test_a_wrong_answer_is_a_difference_and_has_no_time(self):
        for wrong, right, title in (("polars", "pulse", "Polars"), ("pulse", "polars", "Pulse")):
            result = self.ran({wrong: [1, 2], right: [2, 3], "duckdb-files": [3, 2]})
            told = {"peer": title, "against": "DuckDB, same files", "how": "row 1 is (2,) and (1,)"}
            self.assertEqual(result["differences"], [{"question": name, **told} for name in ("a01", "a02")])
            self.assertEqual(result["peers"][wrong]["questions"]["a01"]["warm"], [])
            self.assertEqual(len(result["peers"][right]["questions"]["a01"]["warm"]), 3)
            self.assertEqual(figures.errors(result, PEERS), [], "a wrong answer is told once")

    def test_what_is_kept_is_compared_as_it_is_given_again(self):
        given = iter([[1], *[[2]] * 9])
        result = self.ran({"pulse-kept": lambda: next(given)}, peers=("pulse-kept", "duckdb-files"))
        self.assertEqual([each["question"] for each in result["differences"]], ["a01", "a02"])
        self.assertEqual(self.asked("a01"), ["duckdb-files", "pulse-kept", "pulse-kept"] + ["duckdb-files"] * 3)

    def test_where_the_first_gives_no_answer_the_next_is_what_others_are_held_against(self):
        result = self.ran({"duckdb-files": Failed("no memory"), "polars": [1], "pulse": [2]})
        self.assertEqual({(each["peer"], each["against"]) for each in result["differences"]}, {("Pulse", "Polars")})
        self.assertEqual(self.asked("a01").count("duckdb-files"), 1, "who failed is not asked again")
        self.assertEqual(result["empty"], [])
        self.assertEqual(self.ran({"duckdb-files": [], "polars": [], "pulse": []})["empty"], ["a01", "a02"])

    def test_each_is_asked_once_to_warm_up_and_then_in_turn_another_first_each_time(self):
        result = self.ran({})
        files = "duckdb-files"
        warmed, rounds = self.asked("a01")[:3], self.asked("a01")[3:]
        self.assertEqual(warmed, [files, "polars", "pulse"])
        self.assertEqual(rounds, ["pulse", files, "polars", files, "polars", "pulse", "polars", "pulse", files])
        self.assertEqual(result["peers"]["pulse"]["questions"]["a02"]["warm"], [1.0, 1.0, 1.0])
        self.assertEqual(result["peers"]["polars"]["peak_mb"], 7.0)
        self.assertGreater(result["peers"]["pulse"]["peak_mb"], 0)

    def test_what_takes_long_is_asked_less_often(self):
        self.ran({"ms": 15_000.0}, rounds=5)
        self.assertEqual(len(self.asked("a01")), 3 * (1 + 2))

    def test_a_cold_question_is_the_first_of_a_fresh_process_and_its_server(self):
        result = self.ran({}, peers=("pulse", "pulse-kept", "polars"), rounds=1, cold=True)
        cold = self.ordered[max(place for place, (_, do, _) in enumerate(self.ordered) if do == "peak") + 1 :]
        one = [("begins", None), ("open", None), ("ask", "a01"), ("ends", None)]
        self.assertEqual([each for each in cold if each[0] == "pulse"][1:6], [("pulse", "again", None), *(("pulse", *each) for each in one)])
        self.assertEqual([each for each in cold if each[0] == "polars"][1:5], [("polars", *each) for each in one])
        self.assertEqual([each for each in cold if each[0] == "pulse-kept"], [("pulse-kept", "ends", None)])
        self.assertEqual(result["peers"]["pulse"]["questions"]["a01"]["cold"], 1.0)

    def test_an_error_of_pulse_in_the_place_of_an_answer_is_told_and_one_of_another_is_not(self):
        lost = Failed("it broke")
        result = self.ran({"pulse": lost, "polars": lost, ("pulse", "page"): lost}, pages=1)
        told = figures.errors(result, PEERS)
        self.assertEqual(told[:3], [("Pulse, a01", "it broke"), ("Pulse, a02", "it broke"), ("dashboard overview", "it broke")])
        self.assertEqual(len(told), 2 + len(measure.PAGES))
        result = self.ran({("pulse", "open"): lost, ("polars", "open"): lost})
        self.assertEqual(figures.errors(result, PEERS), [("Pulse", "it broke")])
        self.assertEqual(set(self.asked("a01")), {"duckdb-files"})
        result = self.ran({"started again": {"pulse": lost, "polars": lost}}, cold=True)
        self.assertEqual(figures.errors(result, PEERS), [("Pulse, a01 cold", "it broke"), ("Pulse, a02 cold", "it broke")])


class Ends(unittest.TestCase):
    """With which code a run ends."""

    def setUp(self):
        # A module of that name is the one that was started.
        found = importlib.util.spec_from_file_location("peers_main", Path(__file__).parent / "__main__.py")
        self.main = importlib.util.module_from_spec(found)
        found.loader.exec_module(self.main)
        ended = signal.getsignal(signal.SIGTERM)
        self.addCleanup(signal.signal, signal.SIGTERM, ended)

    def ended(self, *arguments, **change):
        one = {"questions": {"a15": {"warm": [5.0]}}}
        result = {"peers": {"pulse": copy.deepcopy(one), "duckdb-files": copy.deepcopy(one)}, "differences": [], "empty": [], "pages": {}}
        result["peers"]["pulse"]["questions"]["a15"].update(change.pop("pulse", {}))
        result.update(change)
        company = SimpleNamespace(told={"ends": 0, "tables": []}, stop=lambda: None)
        with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as put:
            report = Path(folder) / "report.md"
            put.enter_context(mock.patch.dict(os.environ))
            put.enter_context(mock.patch.object(servers, "Company", lambda *_: company))
            put.enter_context(mock.patch.object(servers, "link", lambda *_: ({}, {})))
            put.enter_context(mock.patch.object(self.main, "Bench", lambda *_: SimpleNamespace(run=lambda: result)))
            options = ["--company", "company", "--peers", "pulse", "duckdb-files", "--questions", "a15", "--report", str(report)]
            put.enter_context(mock.patch.object(sys, "argv", ["peers", *options, *arguments]))
            shown = put.enter_context(contextlib.redirect_stdout(io.StringIO()))
            put.enter_context(contextlib.redirect_stderr(io.StringIO()))
            code = self.main.main()
            self.assertEqual(json.loads(report.with_suffix(".json").read_text())["peers"], result["peers"])
        return code, shown.getvalue()

    def test_right_answers_and_goals_that_are_met_are_no_error(self):
        self.assertEqual(self.ended()[0], 0)

    def test_a_missed_goal_is_one_unless_goals_are_only_told(self):
        slow = {"warm": [50.0]}
        for arguments, expected in (((), 1), (("--no-goals",), 0)):
            code, shown = self.ended(*arguments, pulse=slow)
            self.assertEqual(code, expected)
            self.assertIn("goals that are missed: analysts' set ÷ DuckDB over the same files", shown)

    def test_a_wrong_answer_and_an_error_of_pulse_are_errors_also_where_goals_are_only_told(self):
        wrong = {"question": "a15", "peer": "Pulse", "against": "DuckDB, same files", "how": "1 rows and 2"}
        code, shown = self.ended("--no-goals", differences=[wrong])
        self.assertEqual(code, 1)
        self.assertIn("answers differ: a15, Pulse and DuckDB, same files: 1 rows and 2", shown)
        code, shown = self.ended("--no-goals", pulse={"failed": "no memory"})
        self.assertEqual(code, 1)
        self.assertIn("no answer: Pulse, a15: no memory\n", shown)


class Files(unittest.TestCase):
    def test_peers_read_the_very_files_of_the_newest_version_in_the_order_of_their_rows(self):
        with tempfile.TemporaryDirectory() as folder:
            lake, scratch = Path(folder) / "lake", Path(folder) / "scratch"
            lake.mkdir()
            day = lambda number: datetime.datetime(2026, 1, number, tzinfo=datetime.UTC)
            for name, days in (("late", [3, 4]), ("early", [1, 2]), ("older-version", [1])):
                pyarrow.parquet.write_table(pyarrow.table({"id": ["x"] * len(days), "at": [day(number) for number in days]}), lake / name)
            table = {"name": "core.builds", "sort": ["at"], "files": [str(lake / "late"), str(lake / "early")]}
            told = {"tables": [table, {"name": "core.other", "sort": [], "files": []}]}
            # What another run has left there goes.
            left = scratch / "tables" / "core.builds"
            left.mkdir(parents=True)
            (left / "00009.parquet").touch()
            patterns, sort = servers.link(told, ["core.builds"], scratch)
            self.assertEqual((patterns, sort), ({"core.builds": f"{left}/*.parquet"}, {"core.builds": ["at"]}))
            self.assertEqual([(path.name, path.readlink().name) for path in sorted(left.iterdir())], [("00000.parquet", "early"), ("00001.parquet", "late")])
            with self.assertRaisesRegex(SystemExit, "no rows in facts.changes"):
                servers.link(told, ["core.builds", "facts.changes"], scratch)


class Ingest(unittest.TestCase):
    """`ingest.py`, which takes DuckDB as these tests do."""

    def test_it_tells_the_bytes_and_the_rows_of_each_stream(self):
        with tempfile.TemporaryDirectory() as folder:
            streams = {"github issues": ['{"id": 1, "labels": [{"name": "bug"}]}', '{"id": 2, "closed": true}'], "jira issues": ['{"key": "A-1"}']}
            for name, lines in streams.items():
                (Path(folder) / f"{name}.ndjson").write_text("".join(f"{line}\n" for line in lines))
            script = Path(__file__).parents[1] / "ingest.py"
            told = json.loads(subprocess.run([sys.executable, script, folder], check=True, capture_output=True).stdout)["files"]
            self.assertEqual({path.suffix for path in Path(folder).iterdir()}, {".ndjson"})
        self.assertEqual({name: made["rows"] for name, made in told.items()}, {"github issues": 2, "jira issues": 1})
        self.assertEqual(told["jira issues"]["bytes"], 15)
        self.assertEqual(set(told["jira issues"]), {"bytes", "rows", "snappy", "zstd"})


class Kernel(unittest.TestCase):
    def test_read_calls_are_counted_with_their_bytes_and_those_of_children_that_ended(self):
        with tempfile.NamedTemporaryFile() as file:
            file.write(bytes(30_000))
            file.flush()
            before = kernel.was_read([os.getpid()])
            with open(file.name, "rb", buffering=0) as read:
                while read.read(10_000):
                    pass
            own = kernel.since(kernel.was_read([os.getpid()]), before)
            before = kernel.was_read(kernel.family(os.getpid()))
            subprocess.run(["cat", file.name], stdout=subprocess.DEVNULL, check=True)
            child = kernel.since(kernel.was_read(kernel.family(os.getpid())), before)
        self.assertGreaterEqual(own["bytes"], 30_000)
        self.assertLess(own["bytes"], 32_000)
        self.assertIn(own["calls"], range(4, 10))
        self.assertGreaterEqual(child["bytes"], 30_000)


COMPANY = """
import json, sys
print(json.dumps({"rest": "", "token": ""}), flush=True)
for count, _ in enumerate(sys.stdin):
    print(json.dumps({"reads": 3 * count, "writes": 0, "lists": count, "deletes": 0, "bytes_read": 1000 * count}), flush=True)
"""


class Requests(unittest.TestCase):
    def test_what_pulse_asks_for_while_it_answers_is_what_lies_between_two_lines(self):
        with tempfile.TemporaryDirectory() as folder:
            script = Path(folder) / "company"
            script.write_text(f"#!{sys.executable}\n{COMPANY}")
            script.chmod(0o755)
            company = servers.Company(str(script), folder, 1)
            bench = measure.Bench([], [], company, None, {}, None)
            worker = SimpleNamespace(order=lambda do, **more: {"ms": 1.0})
            told = bench.counted(SimpleNamespace(dialect="pulse"), "ask", worker, text="SELECT 1")
            other = bench.counted(SimpleNamespace(dialect="duckdb"), "ask", worker, text="SELECT 1")
            company.process.kill()
            company.process.wait()
            with self.assertRaisesRegex(SystemExit, "ended with code -9"):
                company.costs()
            company.process.stdout.close()
        self.assertEqual(figures.requests(told["requests"]), 4)
        self.assertEqual(told["requests"]["bytes_read"], 1000)
        self.assertNotIn("requests", other)

    def test_what_was_read_cold_is_told_before_what_was_read_first(self):
        asked = {}
        measure.note(asked, "first", {"read": {"calls": 9, "bytes": 9}})
        measure.note(asked, "warm", {"read": {"calls": 1, "bytes": 1}})
        self.assertEqual(figures.noted(asked, "read", "cold", "first")["calls"], 9)
        measure.note(asked, "cold", {"read": {"calls": 20, "bytes": 20}})
        self.assertEqual(figures.noted(asked, "read", "cold", "first")["calls"], 20)
        self.assertIsNone(figures.noted(asked, "requests", "cold", "first"))


class Report(unittest.TestCase):
    def test_how_large_the_company_is_is_told(self):
        self.assertEqual(report.scale({"part": 20, "times": 1}), "1/20 of the whole")
        self.assertEqual(report.scale({"part": 1, "times": 10}), "10 times the whole")

    def test_it_tells_the_machine_the_day_the_data_the_versions_and_how_each_was_set_up(self):
        result = {**self.result(), "differences": [], "empty": ["d04"]}
        result["peers"]["pulse"]["version"], result["peers"]["duckdb"]["version"] = "0.1.0", "2.0.1"
        result["peers"]["chdb"] = {"questions": {}, "failed": "no disk"}
        machine = {"cpu": "AMD EPYC", "memory_gb": 23, "kernel": "6.18", "load": "0.1 0.2 0.3", "at": "2026-11-30 06:24 UTC"}
        about = {"machine": machine, "threads": 2, "memory_mb": 2048, "part": 50, "times": 1, "rounds": 3, "rows": {"facts.changes": 20_000}}
        peers = [peer for peer in PEERS if peer.name in ("pulse", "duckdb")]
        told = report.text(result, [Question("a15", "What was last?", {})], peers, about)
        head = told[: told.index("## Goals")]
        for line in (
            "- machine: 2 × AMD EPYC, 23 GB, Linux 6.18; load 0.1 0.2 0.3 at the end\n",
            "- date: 2026-11-30 06:24 UTC\n",
            "- data: 1/50 of the whole: 20,000 facts.changes\n",
            "- 3 rounds, alternating, after one that warms up; where a question takes long, fewer\n",
            "- **chdb** could not be set up: no disk\n",
            "- **answers: no difference** between those who answered\n",
            "- **no rows** in the answers to d04: they say nothing\n",
        ):
            self.assertIn(line, head)
        self.assertIn("## How each was set up\n\n2 threads and 2048 MiB of memory each, where that can be set.\n\n- **Pulse** 0.1.0: over REST", told)
        self.assertIn("\n- **DuckDB, own tables** 2.0.1: a database file", told)
        self.assertIn("\n- `a15` for duckdb: It has a join as of a time.\n", told)
        self.assertIn("\n- `a15` What was last?\n", told)
        result["differences"] = [{"question": "a15", "peer": "Pulse", "against": "DuckDB, own tables", "how": "1 rows and 2"}]
        self.assertIn("- **answers differ**:\n  - `a15`: Pulse against DuckDB, own tables: 1 rows and 2\n", report.text(result, [], peers, about))

    def result(self, **read):
        costs = {"reads": 1200, "writes": 0, "lists": 34, "deletes": 0, "bytes_read": 5_600_000}
        pulse = {"warm": [10, 10], "read": {"cold": {"calls": 77, "bytes": 2_000_000}}, "requests": {"cold": costs, "warm": {**costs, "reads": 0}}}
        duckdb = {"warm": [5, 5], "read": {"first": {"calls": 88, "bytes": 1_000_000}}}
        peers = {"pulse": {"questions": {"a15": pulse}}, "duckdb": {"questions": {"a15": duckdb}}}
        opening = {"reads": 7, "writes": 0, "lists": 1, "deletes": 0, "bytes_read": 70}
        return {"peers": peers, "pages": {}, "opening": opening, **read}

    def test_requests_to_the_object_store_and_read_calls_stand_apart(self):
        asked = [Question("a15", "", {})]
        told = report._requests(self.result(), asked)
        self.assertIn("| a15 | 1,234 | 5.6 |  |  | 34 | 5.6 |  |  |", told)
        self.assertIn("| all | 1,234 |", told)
        self.assertIn("for which it asked 8 times", told)
        peers = [peer for peer in PEERS if peer.name in ("pulse", "duckdb")]
        self.assertIn("| a15 | 77 (2.0) | 88 (1.0) |", report._reads(self.result(), asked, peers))

    def test_where_pulse_is_slower_it_is_told_why(self):
        asked = [Question("a15", "What was last?", {}, why="others have a join as of a time")]
        result = self.result()
        result["peers"]["pulse-kept"] = {"questions": {"a15": {"warm": [2.0]}}}
        told = report._lost(result, asked, PEERS)
        self.assertIn("| DuckDB, own tables | others have a join as of a time; any answer", told)
        self.assertIn("any answer: 2.00 ms | 5.00 | 10.0 | 0.50 (0.50–0.50) |", told)
        self.assertEqual(report._why(self.result(), Question("a15", "", {})), "not known")
        for question in questions.load(datetime.datetime(2026, 3, 15), ["a"]):
            self.assertNotIn("--", question.texts["pulse"], "what is said of a question is not asked")


if __name__ == "__main__":
    unittest.main()
