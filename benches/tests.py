"""What the report rests on: `python3 -m unittest discover --start-directory benches --pattern tests.py`."""

import contextlib
import io
import re
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

import lineage
import report
from report import HERE, Step

# These are run by others: the data of the peers, and the walk of the lineage.
PARTS = {"company", "lineage_walk"}


def printing(title, code=0, out="", err="", writes=None):
    program = f"import sys; print({out!r}); print({err!r}, file=sys.stderr); sys.exit({code})"
    return Step(title, [sys.executable, "-c", program], writes)


def about(titles, quick=False):
    return {"quick": quick, "versions": ["Pulse 1 at abc"], "titles": titles}


def done(title, at, machine="2 × one", versions=("Pulse 1 at abc",)):
    return report.Done(title, 0, 1.0, "it took 1 ms", [], "", at, "1 2 3", machine, list(versions))


class Steps(unittest.TestCase):
    def test_every_bench_is_among_them_whole_and_in_small(self):
        there = {path.stem for path in (HERE / "src/bin").iterdir()} - PARTS | {"lineage", "peers"}
        for quick in (True, False):
            steps = report.steps(quick, Path("release"), Path("python"), ["../api"])
            self.assertEqual({step.name for step in steps}, there)
            self.assertEqual(len({step.title for step in steps}), len(steps))
            self.assertIn("lineage: this repository", [step.title for step in steps])
        self.assertIn("lineage: api", [step.title for step in steps])

    def test_the_peers_are_held_against_an_earlier_report_where_one_is_named(self):
        def asked(quick, *against):
            return next(step.command for step in report.steps(quick, Path("release"), Path("python"), [], *against) if step.title == "peers")

        for quick in (True, False):
            self.assertEqual(asked(quick, Path("first.json")), [*asked(quick), "--against", Path("first.json")])


class Report(unittest.TestCase):
    def made(self, steps, titles=None, folder=None):
        with contextlib.ExitStack() as stack:
            folder = folder or stack.enter_context(tempfile.TemporaryDirectory())
            shown = stack.enter_context(contextlib.redirect_stdout(io.StringIO()))
            stack.enter_context(contextlib.redirect_stderr(io.StringIO()))
            path = Path(folder) / "report.md"
            failed = report.all_of(steps, about(titles or [step.title for step in steps]), path)
            return path.read_text(), failed, shown.getvalue()

    def test_whatever_becomes_of_one_the_others_run_and_it_stands_first(self):
        steps = [printing("model", 1, "| a | b |", "Error: goals are missed: time"), printing("risks", 0, "it took 1 ms"), printing("jobs", 3, "", "it broke")]
        text, failed, shown = self.made(steps)
        self.assertEqual(failed, ["model", "jobs"])
        self.assertIn("1 of 3 ended well", text)
        self.assertIn("- **model**, code 1: Error: goals are missed: time\n- **jobs**, code 3: it broke\n", text)
        self.assertLess(text.index("## Ended with an error"), text.index("## model"))
        self.assertIn("it took 1 ms", text)
        self.assertIn("it took 1 ms", shown)

    def test_its_head_tells_the_machines_the_days_and_the_versions_and_each_bench_its_own(self):
        all_of_them = [done("model", "day 2"), done("risks", "day 1", versions=["Pulse 1 at abc", "git 2"]), done("start", "day 3", "4 × two", ["Pulse 1 at def"])]
        text = report.report(all_of_them, about(["model", "jobs", "risks", "start"]))
        self.assertIn("\n- machine: 2 × one\n- machine: 4 × two\n- date: day 1 to day 3\n- versions: Pulse 1 at abc, git 2, Pulse 1 at def\n", text)
        self.assertIn("\n- 3 of 4 ended well; not run: jobs\n", text)
        self.assertIn("## start\n\nIn 1 s until day 3, load 1 2 3 after it; Pulse 1 at def; 4 × two.\n\nit took 1 ms\n", text)

    def test_what_it_is_written_with_is_this_machine_and_what_is_on_it(self):
        versions = report.versions(sys.executable)
        self.assertRegex(versions[0], r"^Pulse \d+\.\d+\.\d+ at \S")
        self.assertIn(f"Python {sys.version.split()[0]}", versions)
        with contextlib.redirect_stdout(io.StringIO()):
            ran = report.run(printing("risks"), about([]))
        self.assertRegex(ran.at, r"^\d{4}-\d\d-\d\d \d\d:\d\d UTC$")
        self.assertRegex(ran.machine, r"^\d+ × .+ GB, Linux ")
        self.assertEqual(len(ran.load.split()), 3)

    def test_some_are_run_again_and_of_the_others_it_tells_what_came_of_them_before(self):
        titles = ["model", "risks", "gone"]
        with tempfile.TemporaryDirectory() as folder:
            self.made([printing("model", 1, "40 s"), printing("risks", 1, "2 s"), printing("gone")], titles, folder)
            text, failed, _ = self.made([printing("risks", 0, "1 s")], titles[:2], folder)
        self.assertEqual(failed, [], "what ended with an error before is told, and is no error of this run")
        self.assertIn("- **model**, code 1: 40 s\n", text)
        self.assertIn("1 of 2 ended well\n", text)
        self.assertIn("1 s\n", text)
        for before in ("2 s\n", "gone"):
            self.assertNotIn(before, text)
        self.assertLess(text.index("## model"), text.index("## risks"))

    def test_what_pulse_gave_an_error_for_is_told_where_a_bench_ended_with_one(self):
        text, failed, _ = self.made([printing("peers", 1, "no answer: Pulse, a15: it broke\nand then"), printing("risks")])
        self.assertEqual(failed, ["peers"])
        self.assertIn("- **peers**, code 1: no answer: Pulse, a15: it broke\n", text)

    def test_goals_that_are_only_told_stand_before_the_rest(self):
        text, failed, _ = self.made([printing("access", 0, "checking takes 50 µs: missed"), printing("risks", 0, "within 10 ms: met")])
        self.assertEqual(failed, [])
        self.assertIn("## Goals that were missed\n\n- **access**: checking takes 50 µs: missed\n\n## access", text)

    def test_the_questions_to_others_come_before_the_other_benches_and_in_what_they_wrote(self):
        with tempfile.TemporaryDirectory() as folder:
            written = Path(folder) / "peers.md"
            written.write_text("of the run before")
            program = f"from pathlib import Path; Path({str(written)!r}).write_text('# Beside\\n\\n## Goals\\n\\n| a |\\n')"
            steps = [printing("access", 0, "1 µs"), Step("peers", [sys.executable, "-c", program], written)]
            text, _, _ = self.made(steps)
            self.assertLess(text.index("## peers"), text.index("## access"))
            self.assertIn("### Beside\n\n#### Goals\n\n| a |", text)
            text, _, _ = self.made([printing("peers", 1, "no disk", writes=written)])
            self.assertNotIn("of the run before", text)

    def test_a_run_that_was_stopped_tells_how_far_it_came(self):
        class Stopped(Exception):
            pass

        def stops(step, _):
            if step.title == "model":
                raise Stopped
            return done(step.title, "a day")

        with tempfile.TemporaryDirectory() as folder:
            with mock.patch.object(report, "run", stops), self.assertRaises(Stopped):
                self.made([printing("access"), printing("model")], folder=folder)
            self.assertIn("1 of 2 ended well; not run: model\n", (Path(folder) / "report.md").read_text())

    def test_lines_stay_lines_and_tables_tables(self):
        self.assertEqual(report.below("told\ntoo\n| a |\n|---|\n- one\n  more\n- two\n\nend\n"), "told\n\ntoo\n\n| a |\n|---|\n\n- one\n  more\n- two\n\nend")


class Page(unittest.TestCase):
    def test_each_test_that_holds_a_goal_is_there(self):
        named = set(re.findall(r"`([a-z0-9]+(?:_[a-z0-9]+){4,})`", (HERE / "README.md").read_text()))
        self.assertIn("a_table_that_did_not_change_costs_one_small_request_or_none", named)
        files = [path for crate in ("engine", "connectors", "server") for part in ("src", "tests") for path in (HERE.parent / crate / part).rglob("*.rs")]
        there = {name for path in files for name in re.findall(r"\bfn (\w+)\(", path.read_text())}
        self.assertEqual(named - there, set())


def spent(wall):
    return lineage.Spent(wall, wall, 0.0, lineage.MEGABYTE, lineage.MEGABYTE)


class Lineage(unittest.TestCase):
    def test_a_commit_graph_is_written_beside_a_repository_and_not_into_it(self):
        with tempfile.TemporaryDirectory() as folder:
            source = Path(folder) / "source.git"
            lineage.synthetic(source, 100)
            before = {path: path.stat().st_mtime_ns for path in source.rglob("*")}
            git, graphed = lineage.Git(source), lineage.graphed(source, Path(folder) / "graphed.git")
            self.assertTrue(graphed.has_commit_graph())
            self.assertFalse(git.has_commit_graph())
            self.assertEqual({path: path.stat().st_mtime_ns for path in source.rglob("*")}, before)
            commits = git("rev-list", "--all").split()
            self.assertGreaterEqual(len(commits), 100)
            self.assertEqual(sorted(graphed("rev-list", "--all").split()), sorted(commits))
            # Of a shallow clone git writes none.
            shallow = Path(folder) / "shallow.git"
            subprocess.run(["git", "clone", "--quiet", "--bare", "--depth", "3", f"file://{source}", shallow], check=True, capture_output=True)
            self.assertIsNone(lineage.graphed(shallow, Path(folder) / "none.git"))

    def test_all_are_measured_by_turns_after_one_to_warm_up(self):
        ran = []
        whole, graphed = lineage.Git("whole"), lineage.Git("graphed")
        pulse = SimpleNamespace(model=lambda: ran.append("model"), replay=lambda: ran.append("replay"))
        with mock.patch.object(lineage, "run", lambda command: ran.append(command[2])):
            times = lineage.measure(whole, graphed, pulse, {}, 2, 0)
            self.assertEqual(ran, ["whole", "graphed"] + ["whole", "graphed", "model", "replay"] * 2)
            self.assertEqual(len(times[lineage.GRAPHED]), 2)
            self.assertNotIn(lineage.GRAPHED, lineage.measure(whole, None, pulse, {}, 2, 0))

    def test_both_ways_of_git_are_told_beside_each_other(self):
        times = {lineage.WHOLE: [spent(4.0)], lineage.GRAPHED: [spent(0.5)], "pulse model": [spent(1.0), spent(1.0), spent(9.0)]}
        told = list(lineage.table(times, [[100.0, 2.0]]))
        self.assertEqual(len({line.count("|") for line in told}), 1)
        self.assertIn("| pulse model | 3 | 1.000 s (1.000 to 9.000) | 1.000 s | 0.25 | 0.25 | 2.00 | 1 MB | 1 MB |", told)
        self.assertIn("| the walk alone, all tags | 1 | 2.000 ms | | 0.0005 | | 0.0040 | | |", told)
        del times[lineage.GRAPHED]
        self.assertIn("| pulse model | 3 | 1.000 s (1.000 to 9.000) | 1.000 s | 0.25 | 0.25 |  | 1 MB | 1 MB |", list(lineage.table(times, [])))


if __name__ == "__main__":
    unittest.main()
