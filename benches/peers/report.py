"""The report, in Markdown."""

import figures
import questions as asking
from figures import SETS, best, cold, mean, median, of_set, ratio


def text(result, questions, peers, about):
    """All of it."""
    parts = [
        "# Pulse beside what people would use instead",
        _about(result, about),
        _goals(result, questions),
        _lost(result, questions, peers),
        _means(result, questions, peers),
        *(_times(result, of_set(questions, name), peers, name) for name in SETS if of_set(questions, name)),
        _pages(result),
        _cold(result, questions, peers),
        _weights(result, peers),
        _requests(result, questions),
        _reads(result, questions, peers),
        _setups(result, peers, about),
        _questions(questions),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _table(head, rows, left=1):
    lines = ["| " + " | ".join(head) + " |", "|" + "|".join(["---"] * left + ["--:"] * (len(head) - left)) + "|"]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def _about(result, about):
    machine = about["machine"]
    lines = [
        f"- machine: {about['threads']} × {machine['cpu']}, {machine['memory_gb']} GB, Linux {machine['kernel']}; load {machine['load']} at the end",
        f"- date: {machine['at']}",
        f"- data: {scale(about)}: " + ", ".join(f"{rows:,} {name}" for name, rows in about["rows"].items()),
        f"- {about['rounds']} rounds, alternating, after one that warms up; where a question takes long, fewer",
        *(f"- **{peer}** could not be set up: {told['failed']}" for peer, told in result["peers"].items() if "failed" in told),
        "- times are those of whoever asks, until the whole answer is there, in Arrow or for PostgreSQL in pandas",
    ]
    if result["differences"]:
        wrong = [f"`{d['question']}`: {d['peer']} against {d['against']}: {d['how']}" for d in result["differences"]]
        lines.append("- **answers differ**:\n" + "\n".join(f"  - {line}" for line in wrong))
    else:
        lines.append("- **answers: no difference** between those who answered")
    if result["empty"]:
        lines.append(f"- **no rows** in the answers to {', '.join(result['empty'])}: they say nothing")
    return "\n".join(lines)


def scale(about):
    """How large the company is."""
    return f"{about['times']} times the whole" if about["times"] > 1 else f"1/{about['part']} of the whole"


def _goals(result, questions):
    rows = [[what, shown, goal, "yes" if met else "**no**"] for what, shown, goal, met in figures.goals(result, questions)]
    return "## Goals\n\n" + _table(["what", "measured", "goal", "met"], rows) if rows else ""


def _lost(result, questions, peers):
    if "pulse" not in result["peers"]:
        return ""
    titles = {peer.name: peer.title for peer in peers}
    found = sorted((share, question.name, peer, question) for question in questions for share, peer in [best(result, question)] if share and share < 1)
    if not found:
        return "## Where Pulse is slower than the quickest other\n\nNowhere."
    rows = [
        [
            name, question.title, titles[peer], _why(result, question), _ms(median(result, peer, question)),
            _ms(median(result, "pulse", question)), figures.between(share, figures.spread(result, peer, question)),
        ]
        for share, name, peer, question in found
    ]
    head = ["question", "what it asks", "quickest", "why", "ms", "Pulse, ms", "÷"]
    told = (
        "The worst first. Why: what is known of the question; what of Pulse's time any answer takes (the same again, which is kept: REST, the right to ask, "
        "and the look whether tables still stand); and how long the engine below takes without Pulse."
    )
    return f"## Where Pulse is slower than the quickest other\n\n{told}\n\n" + _table(head, rows, 4)


def _why(result, question):
    """What is known of why a question takes as long as it does."""
    kept, below = median(result, "pulse-kept", question), median(result, "datafusion", question)
    known = [question.why, kept and f"any answer: {_ms(kept)} ms", below and f"DataFusion: {_ms(below)} ms"]
    return "; ".join(part for part in known if part) or "not known"


def _means(result, questions, peers):
    if "pulse" not in result["peers"]:
        return ""
    others = [peer for peer in peers if peer.name != "pulse"]
    rows = []
    for peer in others:
        row = [peer.title]
        for name in SETS:
            found, n = mean(result, peer.name, of_set(questions, name))
            row.append(f"{figures.between(found, figures.mean_spread(result, peer.name, of_set(questions, name)))} of {n}" if found else "")
        for name in SETS:
            found, n = mean(result, peer.name, of_set(questions, name), cold)
            row.append(f"{found:.2f} of {n}" if found else "")
        rows.append(row)
    head = ["peer", "dashboard, warm", "analysts', warm", "dashboard, cold", "analysts', cold"]
    told = (
        "How many times as long as Pulse each takes, the geometric mean of so many questions that both answered. More than 1: Pulse is quicker. "
        "In brackets the spread, within which another run should be: of one question from the peer's 10th percentile ÷ Pulse's 90th to its 90th ÷ "
        "Pulse's 10th, and of a mean what these come to when questions vary each by itself. Cold each is asked once, and has none."
    )
    return f"## Ratios\n\n{told}\n\n" + _table(head, rows)


def _times(result, asked, peers, name):
    rows = []
    for question in asked:
        quickest = min((found for peer in peers if peer.name != "pulse-kept" if (found := median(result, peer.name, question))), default=None)
        row = [question.name]
        for peer in peers:
            found = median(result, peer.name, question)
            if found is None:
                failed = result["peers"][peer.name]["questions"].get(question.name, {}).get("failed", "")
                row.append("wrong" if failed.startswith("its answer") else "failed")
                continue
            warm = result["peers"][peer.name]["questions"][question.name]["warm"]
            shown = f"**{_ms(found)}**" if found == quickest else _ms(found)
            row.append(f"{shown} ({_ms(figures.at(warm, 10))}–{_ms(figures.at(warm, 90))})")
        rows.append(row)
    told = "Warm, in milliseconds: the median (p10–p90); the quickest that computes its answer in bold."
    title = {"dashboard": "The dashboard set", "analysts": "The analysts' set"}[name]
    return f"## {title}\n\n{told}\n\n" + _table(["", *(peer.title for peer in peers)], rows)


def _cold(result, questions, peers):
    asked = [peer for peer in peers if any(cold(result, peer.name, question) for question in questions)]
    if not asked:
        return ""
    rows = [[question.name, *(_ms(cold(result, peer.name, question)) for peer in asked)] for question in questions]
    told = (
        "The first question of a fresh process, a server's included, in milliseconds; its start and the opening of the data are not in it. "
        "The kernel may still hold the files in its cache. Nobody was asked cold what they took over a minute for."
    )
    return f"## Cold\n\n{told}\n\n" + _table(["", *(peer.title for peer in asked)], rows)


def _pages(result):
    rows = []
    for page, told in result["pages"].items():
        if "failed" in told:
            rows.append([page, told["failed"], "", "", "", ""])
        else:
            asked = (f"{figures.requests(told['requests'][when]):,}" for when in ("first", "warm"))
            rows.append([page, _ms(told["first"]), *(_ms(figures.at(told["warm"], share)) for share in (50, 95)), *asked])
    head = ["page", "first", "again: median", "p95", "requests to the object store: first", "again"]
    return "## Dashboards\n\n`GET /api/v1/dashboards/…`, in milliseconds.\n\n" + _table(head, rows) if rows else ""


def _weights(result, peers):
    rows = []
    for peer in peers:
        told = result["peers"][peer.name]
        read = [found for asked in told["questions"].values() if (found := figures.noted(asked, "read", "cold", "first"))]
        load, kept = told.get("load_ms"), peer.name == "pulse-kept"
        rows.append([
            peer.title,
            f"{load / 1e3:.1f} s" if load else "",
            f"{told['peak_mb']:,.0f} MB" if told.get("peak_mb") else "",
            f"{sum(found['bytes'] for found in read) / 1e6:,.0f} MB" if read and not kept else "",
            f"{sum(found['calls'] for found in read):,}" if read and not kept else "",
        ])
    told = (
        "The most memory at once while the warm rounds ran (VmHWM; of PostgreSQL the proportional sizes of all its processes, over a round "
        "that was not timed), and what all questions together read by read calls when each was cold, or else the first time. What is mapped into memory is in the first "
        "and not in the second."
    )
    return f"## Memory and reading\n\n{told}\n\n" + _table(["peer", "loading", "memory", "read", "read calls"], rows)


def _requests(result, questions):
    """What Pulse asks the object store for: of the others nobody has one."""
    answered = {name: result["peers"].get(name, {"questions": {}})["questions"] for name in ("pulse", "pulse-kept")}
    moments = [("pulse", "cold"), ("pulse", "first"), ("pulse", "warm"), ("pulse-kept", "warm")]
    rows, sums = [], [0] * 8
    for question in questions:
        row = []
        for name, when in moments:
            costs = figures.noted(answered[name].get(question.name, {}), "requests", when)
            row += [figures.requests(costs), costs["bytes_read"]] if costs else [None, None]
        if any(found is not None for found in row):
            rows.append([question.name, *_counts(row)])
            sums = [all + (found or 0) for all, found in zip(sums, row)]
    if not rows:
        return ""
    rows.append(["all", *_counts(sums)])
    opening = result.get("opening")
    told = (
        "Requests and bytes that Pulse asks its object store for, as its engine counts them: what would be paid for over S3. The lake lies in a folder "
        "here, and is asked as a bucket would be; parts of one file that are read at once count each, though a bucket's client asks for neighbours "
        "together. Cold is the first question of a fresh process that knows the versions of its tables and nothing else"
        + (f", for which it asked {figures.requests(opening):,} times" if opening else "")
        + "; first is the first time in a process that was asked others before; again is a new question over tables that it knows; kept is the same "
        "question again. No peer has an object store here: what they read from files is in the next table."
    )
    head = ["", *(f"{when}{what}" for when in ("cold", "first", "again", "kept") for what in (": requests", ", MB"))]
    return f"## Requests to the object store\n\n{told}\n\n" + _table(head, rows)


def _counts(row):
    """Requests and bytes by turns, as they are shown."""
    shown = []
    for place, found in enumerate(row):
        shown.append("" if found is None else f"{found / 1e6:,.1f}" if place % 2 else f"{found:,}")
    return shown


def _reads(result, questions, peers):
    asked = [peer for peer in peers if peer.name != "pulse-kept"]
    rows = []
    for question in questions:
        row = [question.name]
        for peer in asked:
            read = figures.noted(result["peers"][peer.name]["questions"].get(question.name, {}), "read", "cold", "first")
            row.append(f"{read['calls']:,} ({read['bytes'] / 1e6:,.1f})" if read else "")
        rows.append(row)
    told = (
        "Read calls, and in brackets the MB that they gave, as the kernel counts them (`syscr` and `rchar` of `/proc/PID/io`) of the process that computes the "
        "answer, of PostgreSQL all of its processes, whatever they read meanwhile: when the question was cold, or else the first time. A read call is not a request: "
        "over an object store each of these would ask in its own way. What is mapped into memory is read without one, and a few are the counting's own."
    )
    return f"## Read calls\n\n{told}\n\n" + _table(["", *(peer.title for peer in asked)], rows)


def _setups(result, peers, about):
    lines = [f"- **{peer.title}** {result['peers'][peer.name].get('version', '')}: {peer.setup}." for peer in peers]
    own = [f"- `{question}` for {dialect}: {why}" for question, dialect, why in asking.variants()]
    told = f"{about['threads']} threads and {about['memory_mb']} MiB of memory each, where that can be set."
    return f"## How each was set up\n\n{told}\n\n" + "\n".join(lines) + ("\n\nQuestions that a peer is asked in its own way:\n\n" + "\n".join(own) if own else "")


def _questions(questions):
    return "## The questions\n\n" + "\n".join(f"- `{question.name}` {question.title}" for question in questions)


def _ms(time):
    if time is None:
        return ""
    return f"{time:,.0f}" if time >= 100 else f"{time:.1f}" if time >= 10 else f"{time:.2f}"


def screen(result, questions, peers):
    """What is told on the screen: goals, ratios, and where Pulse is slower."""
    parts = [_goals(result, questions), _means(result, questions, peers), _lost(result, questions, peers)]
    return "\n\n".join(part for part in parts if part)
