"""What runs beside: Pulse with the company's lake, and PostgreSQL."""

import glob
import json
import os
import random
import shutil
import subprocess
from pathlib import Path

import pyarrow.parquet

from kernel import family


class Company:
    """The program `company`: a made-up company's lake, and Pulse over it."""

    def __init__(self, program, folder, part, times=1):
        self.command = [program, str(folder), *(["--times", str(times)] if times > 1 else ["--part", str(part)])]
        self.start()

    def start(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.told = self._line()
        self.pid = self.process.pid
        return self

    def costs(self):
        """What Pulse has asked the object store for since it was started."""
        try:
            self.process.stdin.write("\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            pass  # It has ended, which the empty line below says.
        return self._line()

    def _line(self):
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"{' '.join(self.command)} ended with code {self.process.wait()}")
        return json.loads(line)

    def stop(self):
        self.process.stdin.close()
        self.process.wait(60)

    def restart(self):
        self.stop()
        return self.start()


def link(told, names, scratch):
    """A folder for each table with its files of the newest version alone, named in the order of their rows. Their patterns, and the
    columns that rows are sorted by."""
    patterns, sort = {}, {}
    for table in told["tables"]:
        if table["name"] not in names:
            continue
        folder = Path(scratch) / "tables" / table["name"]
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for place, file in enumerate(sorted(table["files"], key=lambda file: _first(file, table["sort"]))):
            (folder / f"{place:05}.parquet").symlink_to(file)
        patterns[table["name"]] = f"{folder}/*.parquet"
        sort[table["name"]] = table["sort"]
    missing = sorted(set(names) - set(patterns))
    if missing:
        raise SystemExit(f"the lake has no rows in {', '.join(missing)}")
    return patterns, sort


def _first(file, columns):
    """The least values of a file's first rows by these columns, as texts that sort as they do."""
    group = pyarrow.parquet.ParquetFile(file).metadata.row_group(0)
    statistics = {}
    for place in range(group.num_columns):
        column = group.column(place)
        if column.is_stats_set and column.statistics.has_min_max:
            statistics[column.path_in_schema] = column.statistics.min
    return [str(statistics.get(column, "")) for column in columns]


class Postgres:
    """A PostgreSQL of our own, tuned for questions over much data, which ends with us."""

    def __init__(self, folder, threads, memory_mb):
        binaries = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
        if not binaries:
            raise SystemExit("there is no PostgreSQL: apt-get install postgresql, or leave it out with --peers")
        self.binaries, self.folder = binaries[-1], Path(folder).resolve()
        self.folder.mkdir(parents=True)
        # PostgreSQL refuses to be run by root.
        self.user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"] if os.getuid() == 0 else []
        if self.user:
            shutil.chown(self.folder, "nobody")
        self.port = random.randint(20000, 60000)
        self.settings = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": self.folder,
            "shared_buffers": f"{memory_mb}MB",
            "work_mem": f"{memory_mb // 8}MB",
            "maintenance_work_mem": f"{memory_mb // 2}MB",
            "effective_cache_size": f"{memory_mb * 4}MB",
            "max_parallel_workers_per_gather": threads,
            "max_parallel_workers": threads,
            "max_worker_processes": 2 * threads + 4,
            "random_page_cost": 1.1,
            "effective_io_concurrency": 100,
            "default_statistics_target": 500,
            "wal_level": "minimal",
            "max_wal_senders": 0,
            "max_wal_size": "8GB",
            "synchronous_commit": "off",
            "timezone": "UTC",
        }
        self._run("initdb", "-D", self.folder / "data", "-U", "pulse", "--auth=trust", "--encoding=UTF8", "--locale=C")
        with open(self.folder / "data" / "postgresql.auto.conf", "a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in self.settings.items())
        self.start()

    @property
    def address(self):
        return f"host={self.folder} port={self.port} user=pulse dbname=postgres"

    def start(self):
        self._run("pg_ctl", "-w", "-t", "120", "-D", self.folder / "data", "-l", self.folder / "log", "start")

    def restart(self):
        self._run("pg_ctl", "-w", "-t", "120", "-D", self.folder / "data", "-l", self.folder / "log", "-m", "fast", "restart")

    def stop(self):
        self._run("pg_ctl", "-w", "-D", self.folder / "data", "-m", "immediate", "stop")

    def processes(self):
        """All of its processes."""
        return family(self.pid)

    @property
    def pid(self):
        return int((self.folder / "data" / "postmaster.pid").read_text().split()[0])

    def _run(self, program, *arguments):
        command = [*self.user, f"{self.binaries}/{program}", *map(str, arguments)]
        done = subprocess.run(command, cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        if done.returncode:
            raise SystemExit(f"{' '.join(command)}: {done.stderr or done.stdout}")
