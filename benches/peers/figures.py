"""What the times come to: medians, ratios, their geometric means, and whether the goals are met."""

import math
import statistics

DASHBOARD_DUCKDB, DASHBOARD_POSTGRES, ANALYSTS_DUCKDB, NO_WORSE, PAGE_MS = 2.0, 20.0, 1.0, 0.5, 50.0
SETS = ("dashboard", "analysts")
# The goals that are means over a set: what is told of each, how Pulse is asked, the peer, the set, and how many times as quick as that Pulse
# is to be. Analysts ask what nobody asked before; a dashboard asks the same of everybody who opens it.
MEANS = [
    ("dashboard set, asked before ÷ DuckDB over the same files", "pulse-kept", "duckdb-files", "dashboard", DASHBOARD_DUCKDB),
    ("dashboard set, asked before ÷ DuckDB over its own tables", "pulse-kept", "duckdb", "dashboard", DASHBOARD_DUCKDB),
    ("dashboard set, asked before ÷ PostgreSQL", "pulse-kept", "postgres", "dashboard", DASHBOARD_POSTGRES),
    ("dashboard set ÷ DuckDB over the same files", "pulse", "duckdb-files", "dashboard", DASHBOARD_DUCKDB),
    ("dashboard set ÷ DuckDB over its own tables", "pulse", "duckdb", "dashboard", DASHBOARD_DUCKDB),
    ("dashboard set ÷ PostgreSQL", "pulse", "postgres", "dashboard", DASHBOARD_POSTGRES),
    ("analysts' set ÷ DuckDB over the same files", "pulse", "duckdb-files", "analysts", ANALYSTS_DUCKDB),
    ("analysts' set ÷ DuckDB over its own tables", "pulse", "duckdb", "analysts", ANALYSTS_DUCKDB),
]
WORST = "the worst of the analysts' questions ÷ the best peer"


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


def noted(asked, what, *when):
    """What was noted of a question at the first of these times that it was noted at."""
    told = asked.get(what, {})
    return next((told[time] for time in when if time in told), None)


def requests(costs):
    """How many requests to the object store, whatever for."""
    return sum(costs[name] for name in ("reads", "writes", "lists", "deletes"))


def ratio(result, peer, question, of=median, ours="pulse"):
    """How many times as long as Pulse a peer takes."""
    theirs, taken = of(result, peer, question), of(result, ours, question)
    return theirs / taken if theirs and taken else None


def mean(result, peer, questions, of=median, ours="pulse"):
    """The geometric mean of the ratios of those questions that both answered, and how many those are."""
    ratios = [found for question in questions if (found := ratio(result, peer, question, of, ours))]
    return (math.exp(statistics.fmean(map(math.log, ratios))), len(ratios)) if ratios else (None, 0)


def spread(result, peer, question, ours="pulse"):
    """Between what a question's ratio may lie: from the peer at its quickest against Pulse at its slowest, to the other way round, each
    at the 10th and 90th percentile of its times."""
    if not ratio(result, peer, question, ours=ours):
        return None
    theirs, taken = (result["peers"][name]["questions"][question.name]["warm"] for name in (peer, ours))
    return at(theirs, 10) / at(taken, 90), at(theirs, 90) / at(taken, 10)


def mean_spread(result, peer, questions, ours="pulse"):
    """The same of a geometric mean. Questions vary each by itself, so that in their mean they even out: logarithms of how far each may be
    off add up as squares."""
    middle, n = mean(result, peer, questions, ours=ours)
    if not n:
        return None
    both = [(found, question) for question in questions if (found := ratio(result, peer, question, ours=ours))]
    known = [(found, *spread(result, peer, question, ours)) for found, question in both]
    below = math.hypot(*(math.log(found / low) for found, low, _ in known)) / n
    above = math.hypot(*(math.log(high / found) for found, _, high in known)) / n
    return middle / math.exp(below), middle * math.exp(above)


def best(result, question):
    """The quickest of those that are not Pulse, and how many times as long as Pulse it takes."""
    others = [(found, peer) for peer in result["peers"] if not peer.startswith("pulse") if (found := ratio(result, peer, question))]
    return min(others, default=(None, None))


def worst(result, questions):
    """Of the analysts' questions that which Pulse is the furthest behind at: the ratio, whose, and which."""
    held = [(found, peer, question) for question in of_set(questions, "analysts") for found, peer in [best(result, question)] if found]
    return min(held, key=lambda one: one[0], default=None)


def between(measured, spread):
    """A ratio with its spread."""
    return f"{measured:.2f} ({spread[0]:.2f}–{spread[1]:.2f})"


def of_set(questions, name):
    return [question for question in questions if question.set == name]


def errors(result, peers):
    """Where Pulse gave an error in the place of an answer, and which. An answer that is wrong is among the differences."""
    wrong = {(each["question"], each["peer"]) for each in result["differences"]}
    found = []
    for peer in peers:
        told = result["peers"].get(peer.name)
        if peer.dialect != "pulse" or told is None:
            continue
        if "failed" in told:
            found.append((peer.title, told["failed"]))
        for question, asked in told["questions"].items():
            if "failed" in asked and (question, peer.title) not in wrong:
                found.append((f"{peer.title}, {question}", asked["failed"]))
            if "failed_cold" in asked:
                found.append((f"{peer.title}, {question} cold", asked["failed_cold"]))
    return found + [(f"dashboard {page}", told["failed"]) for page, told in result["pages"].items() if "failed" in told]


def goals(result, questions):
    """Each goal: what it is, what was measured, and whether it is met. One that was not measured is not among them."""
    if "pulse" not in result["peers"]:
        return []
    found = []
    for what, ours, peer, name, least in MEANS:
        asked = of_set(questions, name)
        if {ours, peer} <= set(result["peers"]) and asked:
            measured, n = mean(result, peer, asked, ours=ours)
            shown = f"{between(measured, mean_spread(result, peer, asked, ours))} over {n} of {len(asked)}" if measured else "no answer"
            found.append((what, shown, f"≥ {least:g}", bool(measured) and measured >= least))
    if held := worst(result, questions):
        measured, peer, question = held
        shown = f"{between(measured, spread(result, peer, question))} ({question.name}, {peer})"
        found.append((WORST, shown, f"≥ {NO_WORSE:g}", measured >= NO_WORSE))
    unanswered = [question.name for question in questions if median(result, "pulse", question) is None]
    found.append(("questions that Pulse answers as all others", f"all but {', '.join(unanswered)}" if unanswered else "all", "all", not unanswered))
    times = [time for page in result["pages"].values() for time in page.get("warm", [])]
    if times:
        found.append(("a dashboard that was asked for before, p95", f"{at(times, 95):.1f} ms", f"≤ {PAGE_MS:g} ms", at(times, 95) <= PAGE_MS))
    return found
