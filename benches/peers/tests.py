"""What the bench itself rests on: `python3 -m unittest discover --start-directory benches/peers --pattern tests.py`."""

import datetime
import decimal
import unittest

import figures
import pyarrow
import questions
import report
from answers import difference, rows
from questions import Question


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
        self.assertEqual(met["dashboard set ÷ DuckDB over the same files"], ("8.00 over 1 of 1", True))
        self.assertEqual(met["dashboard set ÷ PostgreSQL"], ("21.00 over 1 of 1", True))
        self.assertEqual(met["analysts' set ÷ DuckDB over the same files"], ("1.00 over 2 of 2", True))
        self.assertEqual(met["the worst of the analysts' questions ÷ the best peer"], ("0.40 (a02, duckdb)", False))
        self.assertEqual(met["a dashboard that was asked for before, p95"], ("60.0 ms", False))


class Report(unittest.TestCase):
    def test_how_large_the_company_is_is_told(self):
        self.assertEqual(report.scale({"part": 20, "times": 1}), "1/20 of the whole")
        self.assertEqual(report.scale({"part": 1, "times": 10}), "10 times the whole")


if __name__ == "__main__":
    unittest.main()
