"""What forecasts rest on, how likely their days are and how they have done, computed a second time without SQL and without a line of Pulse.

usage: forecasts.py FOLDER FIRST_DAY DAY_AFTER_THE_LAST TIME_ZONE NOW GRAIN

All as for `metrics.py`; of the span and the grain nothing here depends. `facts.forecasts` in the folder has the frozen ones. Prints under `subjects`
what was open and what had happened in each project, each epic that is not over, each sprint that runs and each release that is not out, on each day on
which any was made, and what came of it by the day of NOW; under `played` of each forecast how many of RUNS futures, played with other random numbers,
were over by the days that it tells, and before each of them; and under `scores` how those of each kind have done. Working days are those of each
forecast's own calendar, and of histories Monday to Friday. What its source has no more, facts have not, and neither has this.
"""

import json
from bisect import bisect_right
from collections import defaultdict
from datetime import date, timedelta
from functools import cache
from itertools import takewhile
from random import Random

from metrics import NOW, ZONE, datetime, first, of_sprints, present, read, timezone

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


def holds(spans, d):
    return any(a <= d and (b is None or d < b) for a, b in spans)


@cache
def closed():
    """When each item was done, and when it was closed without being done, until it was taken up again."""
    done, shut = defaultdict(list), defaultdict(list)
    for r in read("facts.work_item_stays"):
        if r.status_category == "done":
            of = shut if r.excluded == "abandoned" else done
            of[r.work_item_id].append((day(r.entered_at), day(r.left_at)))
    return done, shut


@cache
def gone():
    """When each item was deleted, or closed for good without being done: it goes out on that day, and is done on none."""
    gone = {r.id: day(r.deleted_at) for r in read("core.work_items")}
    for r in read("facts.work_items"):
        if r.abandoned_at is not None:
            gone[r.id] = min(at for at in (gone.get(r.id), day(r.abandoned_at)) if at is not None)
    return gone


def is_out(r, d):
    went = gone().get(r.id)
    return (went is not None and went <= d) or holds(closed()[1][r.id], d)


@cache
def wanted():
    return [r for r in read("facts.work_items") if r.level == "item" and r.excluded is None]


def days_of(r):
    """The days from when an item was made."""
    return takewhile(lambda d: d <= TODAY, from_on(day(r.created_at)))


def happened(held):
    """What was done, and what was added less what went out, on each day up to today, of items each with whether it is in on a day: how each stood at
    its end is held against how it stood a day before."""
    told, done = defaultdict(lambda: [0, 0]), closed()[0]
    for r, is_in in held:
        stood, was_done = "out", False
        for d in days_of(r):
            is_done = holds(done[r.id], d)
            stands = "out" if not is_in(d) else "done" if is_done else "open"
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
    """What happened in each project."""
    for project in read("core.projects"):
        if project.deleted_at is None:
            own = [r for r in wanted() if r.project_id == project.id]
            told = happened((r, lambda d, r=r: not is_out(r, d)) for r in own)
            yield f"project:{project.id}", told, told


PARENT = ("parent", "epic link", "parent link", "issueparentassociation")


def parents():
    """What each item was below, from each day on: its history names what it was below until then by its key."""
    ids = {(r.connection, r.key): r.id for r in read("core.work_items")}
    moves = defaultdict(list)
    for r in sorted(present("core.work_item_transitions"), key=lambda r: (r.changed_at, r.position or 0)):
        if r.field in PARENT:
            moves[r.work_item_id].append((day(r.changed_at), ids.get((r.connection, r.from_value))))
    for r in wanted():
        yield r, [day(r.created_at), *(d for d, _ in moves[r.id])], [*(epic for _, epic in moves[r.id]), r.parent_id]


def days_below(epic, r, days, below):
    """The days at whose end an item stood below an epic. What goes out of one that is done was left in it, but for what is abandoned on the very
    day on which that is done."""
    done, shut = closed()
    inside, was, is_left = set(), False, False
    begins = lambda spans, d: holds(spans, d) and not holds(spans, d - DAY)
    for d in days_of(r):
        now = below[bisect_right(days, d) - 1] == epic and not is_out(r, d)
        if was and not now and holds(done[epic], d):
            is_left |= not (begins(done[epic], d) and begins(shut[r.id], d))
        if now or is_left:
            inside.add(d)
        was = now
    return inside


def epics():
    """What happened below each epic that is not over."""
    items = list(parents())
    for epic in read("facts.work_items"):
        is_over = gone().get(epic.id) is not None or any(until is None for _, until in closed()[0][epic.id])
        if epic.level == "epic" and not is_over:
            own = [(r, days_below(epic.id, r, days, below)) for r, days, below in items if epic.id in below]
            told = happened((r, inside.__contains__) for r, inside in own)
            yield f"epic:{epic.id}", told, told


def sprints():
    """What happened in each sprint that runs, and in the sprints of its project, whose pace it has: what comes in or goes out on the days on which one
    begins or ends was planned, and is no growth."""
    items, named = {r.id: r for r in wanted()}, {r.id: of_sprints()[r.id] for r in present("core.sprints")}
    stays, known_sprints, held, of = defaultdict(list), {}, defaultdict(lambda: defaultdict(list)), defaultdict(set)
    for r in present("core.sprint_items"):
        stays[r.sprint_id, r.work_item_id].append(r)
    for r in read("facts.sprint_items"):
        has_begun = r.sprint_state in ("active", "closed") and None not in (r.sprint_starts_at, r.sprint_ends_at)
        if has_begun and r.work_item_id in items:
            known_sprints[r.sprint_id] = r
            of[r.sprint_id].add(r.project_id)
            made = day(items[r.work_item_id].created_at)
            spans = [(first(day(stay.added_at), made), day(stay.removed_at)) for stay in stays[r.sprint_id, r.work_item_id] or [r]]
            held[r.sprint_id][r.work_item_id] += spans

    def happened_in(held):
        return happened((items[id], lambda d, r=items[id], spans=spans: holds(spans, d) and not is_out(r, d)) for id, spans in held.items())

    ran, planned = defaultdict(lambda: defaultdict(list)), defaultdict(set)
    projects = {sprint: first(named.get(sprint), *(of[sprint] if len(of[sprint]) == 1 else ())) for sprint in known_sprints}
    for sprint, r in known_sprints.items():
        begins, ends = day(r.sprint_starts_at), day(r.sprint_ends_at)
        planned[projects[sprint]] |= {begins, ends, ends + DAY}
        over = None if r.sprint_state == "active" else ends + DAY
        for id, spans in held[sprint].items():
            within = [(max(a, begins), min((d for d in (b, over) if d is not None), default=None)) for a, b in spans]
            ran[projects[sprint]][id] += within
    for sprint, r in known_sprints.items():
        if r.sprint_state == "active":
            own, project = happened_in(held[sprint]), projects[sprint]
            paced = own
            if project is not None:
                told = happened_in(ran[project])
                paced = {d: [done, 0 if d in planned[project] else added] for d, (done, added) in told.items()}
            yield f"sprint:{sprint}", own, paced


def home(r):
    return first(r.project_id, r.repository_id)


def stays_in(changes, is_in):
    """Whether an item was in a release at the end of a day, by when it came in and went out; before the first of these it was as that found it. Where
    they end otherwise than it stands now, it always was in, or did not come in when it last did."""
    days = [d for d, _ in changes]
    stood = [not changes[0][1] if changes else is_in, *(comes_in for _, comes_in in changes)]
    if is_in and not stood[-1]:
        return lambda d: True
    for place in takewhile(lambda place: not is_in and stood[place], reversed(range(len(stood)))):
        stood[place] = False
    return lambda d: stood[bisect_right(days, d)]


def held_in_releases():
    """Whether each item was in each release on a day. Its history names releases of where it is now, as they are called now."""
    named, changes, held = defaultdict(list), defaultdict(list), defaultdict(dict)
    for r in present("core.versions"):
        named[home(r), r.name].append(r.id)
    homes = {r.id: home(r) for r in read("core.work_items")}
    for r in sorted(present("core.work_item_transitions"), key=lambda r: (r.changed_at, r.position or 0)):
        if r.field == "fix version" and r.from_value != r.to_value:
            for name, comes_in in ((r.from_value, False), (r.to_value, True)):
                for release in named.get((homes.get(r.work_item_id), name), ()):
                    changes[release, r.work_item_id].append((day(r.changed_at), comes_in))
    now = {(r.version_id, r.work_item_id) for r in present("core.work_item_versions") if r.relation == "fix"}
    for release, item in changes.keys() | now:
        held[release][item] = stays_in(changes.get((release, item), []), (release, item) in now)
    return held


def runs_of(train):
    """The first and the last day of each release of a project or repository, as far as they are known: where nothing says when it begins, it does after
    the one that is out before it."""
    runs, ends = {}, {on(r.release_on) for r in train} - {None}
    for r in train:
        end = on(r.release_on)
        if end is not None:
            begins = on(r.starts_on)
            if begins is None or begins > end:
                begins = max((d + DAY for d in ends if d < end), default=None)
            if begins is not None:
                runs[r.id] = (begins, end)
    return runs


def releases():
    """What happened in each release that is not out, and in those of its project or repository, whose pace the next one has where no other runs beside
    it: what comes in or goes out on the days on which one begins or ends was planned, and is no growth."""
    items, held, trains = {r.id: r for r in wanted()}, held_in_releases(), defaultdict(list)
    for r in present("core.versions"):
        trains[home(r)].append(r)

    def happened_in(held):
        return happened((items[id], lambda d, r=items[id], is_in=is_in: is_in(d) and not is_out(r, d)) for id, is_in in held.items() if id in items)

    for train in trains.values():
        runs, over = runs_of(train), {r.id for r in train if r.is_released or r.is_archived}
        has_any = lambda id: any(gone().get(item) is None for item in held.get(id, ()))
        ahead = sorted((*runs[id], id) for id in runs if id not in over and has_any(id))
        is_alone = len(ahead) == 1 or (len(ahead) > 1 and ahead[1][0] > ahead[0][1])
        upcoming = ahead[0][2] if is_alone else None
        ran, planned = defaultdict(list), set()
        for id, (begins, ends) in runs.items():
            if id in over or id == upcoming:
                planned |= {begins, ends, ends + DAY}
                for item, is_in in held.get(id, {}).items():
                    ran[item].append(([(begins, ends + DAY if id in over else None)], is_in))
        within = {item: lambda d, spans=spans: any(holds(span, d) and is_in(d) for span, is_in in spans) for item, spans in ran.items()}
        paced = {d: [done, 0 if d in planned else added] for d, (done, added) in happened_in(within).items()}
        for id in (r.id for r in train if r.id not in over):
            own = happened_in(held.get(id, {}))
            yield f"release:{id}", own, paced if id == upcoming else own


def subjects():
    """What was open of each subject on each day on which forecasts were made, what had happened, and what came of it."""
    frozen = {r.id: r for r in read("facts.forecasts")}
    for subject, own, paced in (*projects(), *epics(), *sprints(), *releases()):
        for made in MADE:
            remaining, (_, begins, history) = known(own, made)[0], known(paced, made)
            if remaining > 0:
                id = f"{subject}:{made}"
                row = {"remaining": remaining, "history_from": str(begins), "history": history}
                yield id, row | (came(own, remaining, frozen[id]) if id in frozen else {})


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
        "subjects": dict(subjects()),
        "played": {r.id: played(r) for r in frozen},
        "scores": {kind: scores([r for r in frozen if r.subject_kind == kind]) for kind in kinds},
    }


if __name__ == "__main__":
    print(json.dumps(main()))
