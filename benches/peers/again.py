"""Whether what one run found is found again by another: each of the second's ratios held against the first's spread.

    python3 benches/peers/again.py target/peers/first.json target/peers/report.json
"""

import json
import sys
from pathlib import Path

import figures
from figures import ratio
from questions import Question


def held(first, second):
    """Of each ratio that both have: what it is of, whose, what was found first, between what it may lie, what was found then, and whether
    that is within."""
    questions = common(first, second)
    goals = []
    for what, ours, peer, name, _ in figures.MEANS:
        asked = figures.of_set(questions, name)
        before, now = (figures.mean(result, peer, asked, ours=ours)[0] for result in (first, second))
        if before and now:
            goals.append(_held(what, peer, before, figures.mean_spread(first, peer, asked, ours), now))
    if worst := figures.worst(first, questions):
        before, peer, question = worst
        if now := ratio(second, peer, question):
            goals.append(_held(f"{figures.WORST}: {question.name}", peer, before, figures.spread(first, peer, question), now))
    single = []
    for question in questions:
        for peer in first["peers"]:
            before, now = ratio(first, peer, question), ratio(second, peer, question)
            if before and now and peer != "pulse":
                single.append(_held(question.name, peer, before, figures.spread(first, peer, question), now))
    return goals, single


def _held(what, peer, before, spread, now):
    # As they are shown, so that nothing is out that looks as if it were in.
    low, high, shown = round(spread[0], 2), round(spread[1], 2), round(now, 2)
    return what, peer, before, spread, now, low <= shown <= high


def common(first, second):
    """The questions that both runs asked Pulse. A mean over others would be of something else."""
    answered = [set(result["peers"].get("pulse", {"questions": {}})["questions"]) for result in (first, second)]
    return [Question(name, "", {}) for name in sorted(answered[0] & answered[1])]


def unlike(first, second):
    """Why two runs cannot be held against each other; nothing when they can."""
    names = ("part", "times", "threads", "memory_mb")
    other = [name for name in names if first["about"].get(name) != second["about"].get(name)]
    if first["about"]["machine"]["cpu"] != second["about"]["machine"]["cpu"]:
        other.append("machine")
    return f"they differ in {', '.join(other)}" if other else None


def text(first, second):
    """What came of it, in Markdown: goals, how many ratios of each peer, and each question."""
    machine = first["about"]["machine"]
    head = f"## Beside an earlier run\n\nThat of {machine['at']}, load {machine['load']} at its end."
    if why := unlike(first, second):
        return f"{head} They cannot be held against each other: {why}."
    goals, single = held(first, second)
    within = sum(one[-1] for one in single)
    parts = [
        f"{head} Within the spread that it states: **{sum(one[-1] for one in goals)} of {len(goals)}** ratios of goals, "
        f"**{within} of {len(single)}** of single questions.",
        _table(["goal", "peer"], goals),
        _table(["question", "peer"], single),
    ]
    return "\n\n".join(parts)


def _table(head, all):
    lines = ["| " + " | ".join([*head, "first", "now", "within"]) + " |", "|---|---|--:|--:|---|"]
    for what, peer, before, spread, now, within in all:
        lines.append(f"| {what} | {peer} | {figures.between(before, spread)} | {now:.2f} | {'yes' if within else '**no**'} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(text(*(json.loads(Path(path).read_text()) for path in sys.argv[1:3])))
