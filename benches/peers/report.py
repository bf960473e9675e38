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
        [name, question.title, titles[peer], _ms(median(result, peer, question)), _ms(median(result, "pulse", question)), f"{share:.2f}"]
        for share, name, peer, question in found
    ]
    return "## Where Pulse is slower than the quickest other\n\n" + _table(["question", "what it asks", "quickest", "ms", "Pulse, ms", "÷"], rows, 3)


def _means(result, questions, peers):
    if "pulse" not in result["peers"]:
        return ""
    others = [peer for peer in peers if peer.name != "pulse"]
    rows = []
    for peer in others:
        row = [peer.title]
        for of in (median, cold):
            for name in SETS:
                found, n = mean(result, peer.name, of_set(questions, name), of)
                row.append(f"{found:.2f} ({n})" if found else "")
        rows.append(row)
    head = ["peer", "dashboard, warm", "analysts', warm", "dashboard, cold", "analysts', cold"]
    told = "How many times as long as Pulse each takes, the geometric mean over the questions that both answered (how many). More than 1: Pulse is quicker."
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
            rows.append([page, told["failed"], "", ""])
        else:
            rows.append([page, _ms(told["first"]), *(_ms(figures.at(told["warm"], share)) for share in (50, 95))])
    return "## Dashboards\n\n`GET /api/v1/dashboards/…`, in milliseconds.\n\n" + _table(["page", "first", "again: median", "p95"], rows) if rows else ""


def _weights(result, peers):
    rows = []
    for peer in peers:
        told = result["peers"][peer.name]
        read = [asked["read"] for asked in told["questions"].values() if asked.get("read") is not None]
        load = told.get("load_ms")
        rows.append([
            peer.title,
            f"{load / 1e3:.1f} s" if load else "",
            f"{told['peak_mb']:,.0f} MB" if told.get("peak_mb") else "",
            f"{sum(read) / 1e6:,.0f} MB" if read and peer.name != "pulse-kept" else "",
        ])
    told = (
        "The most memory at once while the warm rounds ran (VmHWM; of PostgreSQL the proportional sizes of all its processes, over a round "
        "that was not timed), and what all questions together read by read calls when each was cold, or else the first time. What is mapped into memory is in the first "
        "and not in the second."
    )
    return f"## Memory and reading\n\n{told}\n\n" + _table(["peer", "loading", "memory", "read"], rows)


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
