"""Ageing work, cycle times and Little's law, computed a second time from the facts alone, without SQL and without a line of Pulse.

usage: flow.py FOLDER FIRST_DAY DAY_AFTER_THE_LAST TIME_ZONE NOW GRAIN

All as for `metrics.py`; of the grain nothing here depends. Prints for each project, and under "" for all together, what the three
answers of `/api/v1/flow` have to hold.
"""

import json

from metrics import COUNTS, FIRST, LAST, METRICS, NOW, ended, keys, midnight, percentile, read, stage

FROM, UNTIL = midnight(FIRST), min(midnight(LAST), NOW)
MINIMUM = 10
# The stages in the order in which work goes through them; what is in none comes last.
ORDER = ["todo", "doing", "done"]


def within(metric, is_of):
    """What is counted of a metric, and happened within the span: its row and value."""
    _, observations = METRICS[metric]
    return [(r, a, at) for at, state, a, _, r in observations() if state == COUNTS and FROM <= at < UNTIL and is_of(r)]


def ageing(is_of):
    ages, there = {}, {}
    for r, age, _ in within("stage_exit_age", is_of):
        ages.setdefault(stage(r), []).append(age)
    items = {r.id: r for r in read("facts.work_items") if r.excluded is None and not r.is_done and r.abandoned_at is None and is_of(r)}
    for stay in read("facts.work_item_stays"):
        item = items.get(stay.work_item_id)
        if item and stay.left_at is None and item.started_at is not None and item.started_at <= NOW:
            there.setdefault(stage(stay), []).append((item.started_at, item.id, stay.entered_at))
    place = lambda name: (name is None, ORDER.index(name) if name in ORDER else len(ORDER), name or "")
    return {"stages": [in_stage(name, ages.get(name, []), there.get(name, [])) for name in sorted({*ages, *there}, key=place)]}


def in_stage(name, ages, items):
    bands = {f"p{percent}": percentile(ages, percent) for percent in (50, 70, 85)}

    def band(age):
        if len(ages) >= MINIMUM:
            return next((band for band, most in bands.items() if age <= most), "over")

    def told(started_at, item, entered_at):
        age = (NOW - started_at) / 1e6
        return {"id": item, "started_at": started_at, "entered_at": entered_at, "age_seconds": age, "band": band(age)}

    listed = [told(*item) for item in sorted(items)[:500]]
    return {"stage": name, "n": len(ages), "in_progress": len(items), "items": listed} | bands


def cycle_times(is_of):
    done = within("cycle_time", is_of)
    times = [time for _, time, _ in done]
    items = [{"id": r.id, "done_at": at, "cycle_seconds": time} for r, time, at in sorted(done, key=lambda d: (d[2], d[0].id))]
    return {"n": len(done), "items": items} | {f"p{percent}": percentile(times, percent) for percent in (50, 85, 95)}


def littles_law(is_of):
    begun = [r for r in read("facts.work_items") if r.excluded is None and r.started_at is not None and is_of(r)]
    ends = [(r.started_at, UNTIL if ended(r) is None else min(ended(r), UNTIL)) for r in begun]
    in_progress = sum(max(end - max(start, FROM), 0) for start, end in ends)
    times = [r.cycle_seconds for r in begun if r.done_at is not None and FROM <= r.done_at < UNTIL and r.cycle_seconds is not None]
    done, span = len(times), UNTIL - FROM
    measured = sum(times) / done if done else None
    expected = in_progress / 1e6 / done if done else None
    return {
        "from": FROM,
        "until": UNTIL,
        "n": done,
        "work_in_progress": in_progress / span,
        "throughput_per_day": done * 86_400e6 / span,
        "cycle_seconds": measured,
        "expected_cycle_seconds": expected,
        "ratio": expected / measured if measured else None,
    }


if __name__ == "__main__":
    everything = {"": lambda r: True}
    projects = {project: lambda r, project=project: project in keys("project", r) for r in read("facts.work_items") for project in keys("project", r)}
    answers = {"ageing": ageing, "cycle_times": cycle_times, "littles_law": littles_law}
    told = {of: {name: answer(is_of) for name, answer in answers.items()} for of, is_of in (projects | everything).items()}
    print(json.dumps(told))
