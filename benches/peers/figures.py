"""What the times come to: medians, ratios, their geometric means, and whether the goals are met."""

import math
import statistics

DASHBOARD_DUCKDB, DASHBOARD_POSTGRES, ANALYSTS_DUCKDB, NO_WORSE, PAGE_MS = 2.0, 20.0, 1.0, 0.5, 50.0
SETS = ("dashboard", "analysts")


def at(times, percent):
    """The time at that share of all."""
    ordered = sorted(times)
    return ordered[min(len(ordered) * percent // 100, len(ordered) - 1)]


def median(result, peer, question):
    """A peer's median for a question; nothing when it has no answer."""
    asked = result["peers"].get(peer, {"questions": {}})["questions"].get(question.name, {})
    return statistics.median(asked["warm"]) if asked.get("warm") and "failed" not in asked else None


def cold(result, peer, question):
    return result["peers"].get(peer, {"questions": {}})["questions"].get(question.name, {}).get("cold")


def ratio(result, peer, question, of=median):
    """How many times as long as Pulse a peer takes."""
    theirs, ours = of(result, peer, question), of(result, "pulse", question)
    return theirs / ours if theirs and ours else None


def mean(result, peer, questions, of=median):
    """The geometric mean of the ratios of those questions that both answered, and how many those are."""
    ratios = [found for question in questions if (found := ratio(result, peer, question, of))]
    return (math.exp(statistics.fmean(map(math.log, ratios))), len(ratios)) if ratios else (None, 0)


def best(result, question):
    """The quickest of those that are not Pulse, and how many times as long as Pulse it takes."""
    others = [(found, peer) for peer in result["peers"] if not peer.startswith("pulse") if (found := ratio(result, peer, question))]
    return min(others, default=(None, None))


def of_set(questions, name):
    return [question for question in questions if question.set == name]


def goals(result, questions):
    """Each goal: what it is, what was measured, and whether it is met. One that was not measured is not among them."""
    if "pulse" not in result["peers"]:
        return []
    found = []
    dashboard, analysts = of_set(questions, "dashboard"), of_set(questions, "analysts")
    for peer, asked, least, what in [
        ("duckdb-files", dashboard, DASHBOARD_DUCKDB, "dashboard set ÷ DuckDB over the same files"),
        ("duckdb", dashboard, DASHBOARD_DUCKDB, "dashboard set ÷ DuckDB over its own tables"),
        ("postgres", dashboard, DASHBOARD_POSTGRES, "dashboard set ÷ PostgreSQL"),
        ("duckdb-files", analysts, ANALYSTS_DUCKDB, "analysts' set ÷ DuckDB over the same files"),
        ("duckdb", analysts, ANALYSTS_DUCKDB, "analysts' set ÷ DuckDB over its own tables"),
    ]:
        if peer in result["peers"] and asked:
            measured, n = mean(result, peer, asked)
            shown = f"{measured:.2f} over {n} of {len(asked)}" if measured else "no answer"
            found.append((what, shown, f"≥ {least:g}", bool(measured) and measured >= least))
    held = [(found, peer, question.name) for question in analysts for found, peer in [best(result, question)] if found]
    if held:
        worst, peer, name = min(held)
        found.append(("the worst of the analysts' questions ÷ the best peer", f"{worst:.2f} ({name}, {peer})", f"≥ {NO_WORSE:g}", worst >= NO_WORSE))
    unanswered = [question.name for question in questions if median(result, "pulse", question) is None]
    found.append(("questions that Pulse answers as all others", f"all but {', '.join(unanswered)}" if unanswered else "all", "all", not unanswered))
    times = [time for page in result["pages"].values() for time in page.get("warm", [])]
    if times:
        found.append(("a dashboard that was asked for before, p95", f"{at(times, 95):.1f} ms", f"≤ {PAGE_MS:g} ms", at(times, 95) <= PAGE_MS))
    return found
