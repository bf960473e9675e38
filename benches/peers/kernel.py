"""What the kernel tells of the machine, and of processes: memory, and what they read by read calls."""

import time
from pathlib import Path


def family(pid):
    """A process and those that it started."""
    return [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]


def peak(pid):
    """The most memory that a process had at once since this was last asked, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    kilobytes = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    Path(f"/proc/{pid}/clear_refs").write_text("5")
    return kilobytes / 1024


def proportional(pids):
    """The memory of processes together, in MB: what they share counts once."""
    total = 0
    for pid in pids:
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except (FileNotFoundError, ProcessLookupError):
            continue
        total += next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
    return total / 1024


def was_read(pids):
    """How many read calls processes have made so far, and how many bytes these gave; what is mapped into memory is not told. Those of a
    process that ended are its parent's."""
    calls = total = 0
    for pid in pids:
        try:
            told = dict(line.split(": ") for line in Path(f"/proc/{pid}/io").read_text().splitlines())
        except (FileNotFoundError, ProcessLookupError):
            continue
        calls, total = calls + int(told["syscr"]), total + int(told["rchar"])
    return {"calls": calls, "bytes": total}


def since(now, before):
    """What was counted between."""
    return {name: count - before[name] for name, count in now.items()}


def machine():
    """What this machine is."""
    cpu = next(line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name"))
    memory = next(int(line.split()[1]) for line in Path("/proc/meminfo").read_text().splitlines() if line.startswith("MemTotal")) >> 20
    kernel = Path("/proc/sys/kernel/osrelease").read_text().strip()
    return {"cpu": cpu, "memory_gb": memory, "kernel": kernel, "load": load(), "at": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())}


def load():
    """How much the machine has to do: the processes that ran or waited to, over one, five and fifteen minutes."""
    return " ".join(Path("/proc/loadavg").read_text().split()[:3])
