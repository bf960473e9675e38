"""What forecasts rest on, how likely their days are and how they have done, computed a second time without SQL and without a line of Pulse.

usage: forecasts.py FOLDER FIRST_DAY DAY_AFTER_THE_LAST TIME_ZONE NOW GRAIN

All as for `metrics.py`; of the span and the grain nothing here depends. `facts.forecasts` in the folder has the frozen ones. Prints under `projects`
what was open and what had happened in each project on each day on which any was made, and what came of it by the day of NOW; under `played` of
each forecast how many of RUNS futures, played with other random numbers, were over by the days that it tells, and before each of them; and under
`scores` how those of each kind have done. Working days are those of each forecast's own calendar, and of histories Monday to Friday.
"""

import json
from collections import defaultdict
from datetime import date, timedelta
from itertools import takewhile
from random import Random

from metrics import NOW, ZONE, datetime, read, timezone

RUNS = 4_000
LEVELS = ["p50", "p70", "p85", "p95"]
DAY = timedelta(days=1)


def day(at):
    return None if at is None else datetime.fromtimestamp(at / 1e6, timezone.utc).astimezone(ZONE).date()


def on(told):
    return None if told is None else date.fromisoformat(told)


def is_working(d, calendar=None):
    """As a frozen forecast tells its working days: the weekdays, and each holiday with a `-`."""
    told = (calendar or "mon tue wed thu fri").split()
    return ("mon", "tue", "wed", "thu", "fri", "sat", "sun")[d.weekday()] in told and f"-{d}" not in told


def from_on(d):
    while True:
        yield d
        d += DAY


TODAY = day(NOW)
MADE = sorted({on(r.made_on) for r in read("facts.forecasts")})


def happened(items, done, gone, left):
    """What was done, and what was added less what went out, on each day up to today: how each item stood at its end is held against how it
    stood a day before."""
    told = defaultdict(lambda: [0, 0])
    for r in items:
        came, went, stood = day(r.created_at), gone.get(r.id), "out"
        was_done = False
        for d in takewhile(lambda d: d <= TODAY, from_on(came)):
            is_done = any(a <= d and (b is None or d < b) for a, b in done[r.id])
            is_out = (went is not None and went <= d) or any(a <= d < b for a, b in left[r.id])
            stands = "out" if is_out else "done" if is_done else "open"
            if stands == "open" and stood != "open":
                told[d][1] += 1
            elif stood == "open" and stands == "out":
                told[d][1] -= 1
            elif stood == "open" and stands == "done":
                told[d][0] += 1
            elif (stood, stands) == ("out", "done") and not was_done:
                told[d][0] += 1
                told[d][1] += 1
            stood, was_done = stands, is_done
    return {d: both for d, both in told.items() if both != [0, 0]}


def known(told, made):
    """What is open at the beginning of a day, and what had happened on the working days before it, but for those of the first day."""
    before = {d: both for d, both in told.items() if d < made}
    begins = max(min(before) + DAY, made - 26 * 7 * DAY) if before else made
    days = {d: [0, 0] for d in takewhile(lambda d: d < made, from_on(begins)) if is_working(d)}
    for d, both in before.items():
        working = max((w for w in days if w <= d), default=None)
        if working is not None:
            days[working] = [a + b for a, b in zip(days[working], both)]
    history = " ".join(f"{done}{added:+}" for done, added in days.values())
    return sum(added - done for done, added in before.values()), begins, history


def came(told, left, r):
    """What came of a forecast, as far as it was over before today."""
    made, finished = on(r.made_on), None
    for d in sorted(d for d in told if made <= d < TODAY):
        left += told[d][1] - told[d][0]
        if left <= 0:
            finished = d
            break
    by = lambda d: None if d is None or d >= TODAY else finished is not None and finished <= d
    until = on(r.by_on)
    done = None if until is None or until >= TODAY else sum(told[d][0] for d in told if made <= d <= until)
    return {f"in_{level}": by(on(r.get(f"{level}_on"))) for level in LEVELS} | {"by_done": done}


def projects():
    done, left = defaultdict(list), defaultdict(list)
    for r in read("facts.work_item_stays"):
        if r.status_category == "done" and r.excluded != "abandoned":
            done[r.work_item_id].append((day(r.entered_at), day(r.left_at)))
        elif r.status_category == "done" and r.left_at is not None:
            # It was taken up again.
            left[r.work_item_id].append((day(r.entered_at), day(r.left_at)))
    gone = {r.id: day(r.deleted_at) for r in read("core.work_items")}
    # What was closed without being done goes out on that day, and is done on none.
    for r in read("facts.work_items"):
        if r.abandoned_at is not None:
            gone[r.id] = min(at for at in (gone.get(r.id), day(r.abandoned_at)) if at is not None)
    frozen = {r.id: r for r in read("facts.forecasts")}
    wanted = [r for r in read("facts.work_items") if r.level == "item" and r.excluded is None]
    for project in read("core.projects"):
        if project.deleted_at is None:
            told = happened([r for r in wanted if r.project_id == project.id], done, gone, left)
            for made in MADE:
                remaining, begins, history = known(told, made)
                if remaining > 0:
                    id = f"project:{project.id}:{made}"
                    row = {"remaining": remaining, "history_from": str(begins), "history": history}
                    yield id, row | (came(told, remaining, frozen[id]) if id in frozen else {})


def lacks(days, r):
    return sum(done for done, _ in days) < 30 or (on(r.made_on) - on(r.history_from)).days // 7 < 5


def run(days, r, ahead, until, chance):
    """After how many working days nothing is open, and how many items are done by the end of another day, which are no more than are there. Blocks of
    days are drawn in a circle from what is first drawn in the same way from the last 6, 12 or 26 weeks."""
    span = (on(r.made_on) - on(r.history_from)).days
    weeks = chance.choice([6, 12, 26])
    newest = days[-min(len(days), -(-len(days) * weeks * 7 // span)) :]
    length = max(1, round(len(newest) ** (1 / 3)))

    def drawn(days):
        while True:
            at = chance.randrange(len(days))
            for further in range(length):
                yield days[(at + further) % len(days)]

    source = drawn(newest)
    believed = [next(source) for _ in newest]
    left, over, finished, there = r.remaining, None, 0, r.remaining
    for n, (done, added) in zip(range(1, ahead + 1), drawn(believed)):
        left += added - done
        if left <= 0 and over is None:
            over = n
        if n <= until:
            finished += done
            there += max(added, -max(there, 0)) - done
        if over is not None and n >= until:
            break
    return over, finished + min(there, 0)


def played(r):
    days = [(int(text[:at]), int(text[at:])) for text in (r.history or "").split() for at in [max(text.rfind("+"), text.rfind("-"))]]
    if lacks(days, r):
        return None
    made = on(r.made_on)
    end = made.replace(year=made.year + 5)
    ahead = [d for d in takewhile(lambda d: d < end, from_on(made)) if is_working(d, r.calendar)]
    until = sum(1 for d in ahead if d <= on(r.by_on))
    chance = Random(r.id)
    ends = [run(days, r, len(ahead), until, chance) for _ in range(RUNS)]
    finished = [ahead[over - 1] for over, _ in ends if over is not None]
    by = lambda d: sum(1 for one in finished if one <= d)
    told = {level: on(r.get(f"{level}_on")) for level in LEVELS}
    least = lambda n: sum(1 for _, done in ends if done >= n)
    return {
        "levels": [[by(d - DAY), by(d)] if d else [len(finished), RUNS] for d in told.values()],
        "never": RUNS - len(finished),
        # A day that is over is missed, and not forecast.
        "due": None if r.due_on is None or on(r.due_on) < made else by(on(r.due_on)),
        "by": [[least(n + 1), least(n)] for n in (r.by_p50, r.by_p85)],
    }


def scores(rows):
    told = [r for r in rows if r.runs is not None]
    inside = [[r.get(f"in_{level}") for r in told if r.get(f"in_{level}") is not None] for level in LEVELS]
    over = [(r.due_runs / r.runs, r.made_due, bool(r.mean_makes_due)) for r in told if None not in (r.due_runs, r.made_due)]
    due, n = None, len(over)
    if over:
        hits = sum(made for _, made, _ in over)
        base = hits / n if 0 < hits < n else (hits + 1) / (n + 2)
        error = lambda said: sum((p - made) ** 2 for p, made in said) / n
        brier = error((p, made) for p, made, _ in over)
        skill = lambda reference: None if reference == 0 else 1 - brier / reference
        bins = [[(p, made) for p, made, _ in over if min(int(p * 10), 9) == place] for place in range(10)]
        due = {
            "made": [hits, n],
            "brier": brier,
            "skill": skill(error((base, made) for _, made, _ in over)),
            "skill_over_mean": skill(error((mean, made) for _, made, mean in over)),
            "bins": [[sum(p for p, _ in rows) / max(len(rows), 1), sum(made for _, made in rows), len(rows)] for rows in bins],
        }
    counted = [r for r in told if r.rules >= 2 and None not in (r.by_p50, r.by_p85, r.by_done)]
    counts = [[sum(1 for r in counted if r.by_done >= r.get(by)), len(counted)] for by in ("by_p50", "by_p85")]
    return {"inside": [[sum(held), len(held)] for held in inside], "counts": counts, "waiting": sum(1 for r in told if r.in_p85 is None), "due": due}


def main():
    frozen = read("facts.forecasts")
    kinds = sorted({r.subject_kind for r in frozen if r.runs is not None})
    return {
        "runs": RUNS,
        "projects": dict(projects()),
        "played": {r.id: played(r) for r in frozen},
        "scores": {kind: scores([r for r in frozen if r.subject_kind == kind]) for kind in kinds},
    }


if __name__ == "__main__":
    print(json.dumps(main()))
