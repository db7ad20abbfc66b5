"""The measurements of bench/run, which prepares everything and starts this.

Whatever is compared runs alternately, in an order that rotates from round to round, so that other load
on the machine meets all of them alike.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import migrations
import sqlite

USER = "bench"
TICK = os.sysconf("SC_CLK_TCK")

# The real histories in layouts that segue has, below SEGUE_CORPUS.
CORPORA = [
    "crates.io-diesel",
    "langfuse-prisma",
    "hoppscotch-prisma",
    "homarr-drizzle/postgresql",
    "docs.rs-sqlx",
]


@dataclass
class Sample:
    """What one process took."""

    wall: float
    cpu: float  # user and system, of the client
    rss: float  # bytes, at its highest; NaN where it was not asked for
    server: float  # user and system, of the backends that served it; in steps of 1 / TICK, so see its mean


class Server:
    """The PostgreSQL that bench/run has started."""

    def __init__(self, args):
        self.psql = args.psql
        self.port = args.port
        self.pid = int(Path(args.server, "postmaster.pid").read_text().split()[0])

    def url(self, database):
        return f"postgres://{USER}@127.0.0.1:{self.port}/{database}"

    def query(self, sql, database="postgres"):
        command = [self.psql, "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", self.url(database)]
        done = subprocess.run([*command, "-c", sql], check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def new_database(self, name):
        self.query(f"DROP DATABASE IF EXISTS {name}")
        self.query(f"CREATE DATABASE {name}")
        # What was written before shall not be flushed while the next one is measured.
        self.query("CHECKPOINT")

    def backends(self):
        return set(Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split())

    def cpu(self):
        """Of the backends that have ended."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[13]) + int(fields[14])) / TICK

    def settle(self, before):
        """Waits until the backends of a client are gone: until then nobody has counted their time."""
        end = time.monotonic() + 5
        while self.backends() - before and time.monotonic() < end:
            time.sleep(0.001)


def measure(server, command, log, peak=True):
    """Runs a command to its end, which must be a good one.

    `peak` asks for the RSS too, by GNU time, which is small and costs about a millisecond: a child of this
    process begins with the peak of Python's own memory as its own.
    """
    rss_file = f"{log}.rss"
    if peak:
        command = ["/usr/bin/time", "-q", "-f", "%M", "-o", rss_file, *command]
    before = server.backends()
    server_before = server.cpu()
    with open(log, "wb") as out, open(os.devnull, "rb") as nothing:
        start = time.perf_counter()
        pid = os.posix_spawn(
            command[0],
            command,
            {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "LANG": "C.UTF-8"},
            file_actions=[
                (os.POSIX_SPAWN_DUP2, nothing.fileno(), 0),
                (os.POSIX_SPAWN_DUP2, out.fileno(), 1),
                (os.POSIX_SPAWN_DUP2, out.fileno(), 2),
            ],
        )
        _, status, usage = os.wait4(pid, 0)
        wall = time.perf_counter() - start
    if status != 0:
        sys.exit(f"failed ({status}): {' '.join(command)}\n{Path(log).read_text()[-3000:]}")
    server.settle(before)
    return Sample(
        wall=wall,
        cpu=usage.ru_utime + usage.ru_stime,
        rss=int(Path(rss_file).read_text()) * 1024 if peak else math.nan,
        server=server.cpu() - server_before,
    )


class Contender:
    """A tool that deploys the migrations; `rows` counts what its history then has."""

    def __init__(self, name, command, rows):
        self.name = name
        self.command = command
        self.rows = rows
        self.database = "b_" + "".join(c if c.isalnum() else "_" for c in name)


def contenders(args, server, folders):
    work = Path(args.work)
    sqlx_rows = "SELECT count(*) FROM _sqlx_migrations WHERE success"

    def segue(name, binary):
        return Contender(
            name,
            lambda url: [binary, "deploy", "--dir", str(folders.sqlx), "--url", url],
            sqlx_rows,
        )

    def refinery(url):
        config = work / "refinery.toml"
        database = url.rsplit("/", 1)[1]
        config.write_text(
            '[main]\ndb_type = "Postgres"\ndb_host = "127.0.0.1"\n'
            f'db_port = "{server.port}"\ndb_user = "{USER}"\ndb_name = "{database}"\n'
        )
        return [args.refinery, "migrate", "-c", str(config), "-p", str(folders.refinery)]

    found = [
        Contender(
            "psql",
            lambda url: [args.psql, "-Xq", "-v", "ON_ERROR_STOP=1", "-d", url, "-f", str(folders.psql)],
            "SELECT count(*) FROM history",
        ),
        segue("segue", args.slim),
    ]
    if args.full:
        found.append(segue("segue full", args.full))
    if args.sqlx:
        command = [args.sqlx, "migrate", "run", "--source", str(folders.sqlx), "--database-url"]
        found.append(Contender("sqlx-cli", lambda url: [*command, url], sqlx_rows))
    if args.refinery:
        rows = "SELECT count(*) FROM refinery_schema_history"
        found.append(Contender("refinery", refinery, rows))
    return found


def rotate(items, by):
    by %= len(items)
    return items[by:] + items[:by]


def deploy(args, server, tools, log):
    """Everything into an empty database, each round a new one for each tool."""
    samples = {tool.name: [] for tool in tools}
    for number in range(args.rounds):
        for tool in rotate(tools, number):
            server.new_database(tool.database)
            url = server.url(tool.database)
            samples[tool.name].append(measure(server, tool.command(url), log))
            check(args, server, tool)
        progress(f"deploy: round {number + 1} of {args.rounds}")
    return samples


def check(args, server, tool):
    rows = server.query(tool.rows, tool.database)
    tables = server.query("SELECT count(*) FROM pg_tables WHERE tablename ~ '^bench_'", tool.database)
    wanted = (str(args.migrations), str(migrations.tables(args.migrations)))
    if (rows, tables) != wanted:
        sys.exit(f"{tool.name} has made {rows} rows and {tables} tables rather than {wanted}")


def nothing(args, server, tools, log):
    """Once more, with nothing to do: on the databases of `deploy`, or on new ones."""
    tools = [tool for tool in tools if tool.name != "psql"]
    for tool in tools:
        server.new_database(tool.database)
        measure(server, tool.command(server.url(tool.database)), log)
        check(args, server, tool)
    samples = {tool.name: [] for tool in tools}
    # The first round warms up, and tells the memory.
    memory = {}
    for number in range(args.repeats + 1):
        for tool in rotate(tools, number):
            sample = measure(server, tool.command(server.url(tool.database)), log, peak=number == 0)
            if number == 0:
                memory[tool.name] = sample.rss
            else:
                sample.rss = memory[tool.name]
                samples[tool.name].append(sample)
    progress(f"nothing to do: {args.repeats} rounds")
    return samples


def corpus(args, server, log):
    samples = {}
    for name in CORPORA:
        folder = Path(args.corpus, name)
        if not folder.is_dir():
            progress(f"corpus: there is no {folder}")
            continue
        server.new_database("b_corpus")
        url = server.url("b_corpus")
        command = [args.slim, "deploy", "--dir", str(folder), "--url", url]
        samples[name] = [measure(server, command, log)]
        again = subprocess.run([args.slim, "status", "--dir", str(folder), "--url", url], capture_output=True)
        if again.returncode != 0:
            sys.exit(f"{name} is not up to date after its deploy:\n{again.stdout.decode()[-3000:]}")
    progress(f"corpus: {len(samples)} histories")
    return samples


# ---- what is printed


def progress(text):
    print(f"== {text} (load {os.getloadavg()[0]:.1f})", file=sys.stderr)


def median(samples, key):
    return statistics.median(getattr(sample, key) for sample in samples)


def least(samples, key):
    return min(getattr(sample, key) for sample in samples)


def ratio(samples, base, key):
    """The median of the rounds' own ratios: load that comes and goes meets both sides of one."""
    pairs = [(getattr(a, key), getattr(b, key)) for a, b in zip(samples, base)]
    ratios = [a / b for a, b in pairs if b > 0]
    return statistics.median(ratios) if ratios else float("nan")


def mb(size):
    return f"{size / 2**20:.1f} MiB"


def ms(seconds):
    return f"{seconds * 1000:.1f} ms"


def table(title, head, rows):
    widths = [max(len(str(row[i])) for row in [head, *rows]) for i in range(len(head))]
    print(f"\n{title}\n")
    for row in [head, ["-" * width for width in widths], *rows]:
        cells = [str(cell).ljust(w) if i == 0 else str(cell).rjust(w) for i, (cell, w) in enumerate(zip(row, widths))]
        print("| " + " | ".join(cells) + " |")


def timing_table(title, samples, base):
    head = ["", "wall", "least", f"× {base}", "client CPU", "server CPU", "max RSS"]
    rows = []
    for name, own in samples.items():
        has_base = samples.get(base)
        rows.append(
            [
                name,
                ms(median(own, "wall")),
                ms(least(own, "wall")),
                f"{ratio(own, samples[base], 'wall'):.2f}" if has_base else "–",
                ms(median(own, "cpu")),
                ms(statistics.mean(sample.server for sample in own)),
                mb(median(own, "rss")),
            ]
        )
    table(title, head, rows)


class Goals:
    """Prints whether each is met; remembers whether one is not."""

    def __init__(self):
        self.missed = False
        self.lines = []

    def add(self, what, value, limit, show, strict=False):
        met = value < limit if strict else value <= limit
        self.missed |= not met
        sign = "<" if strict else "≤"
        self.lines.append(f"{'met   ' if met else 'MISSED'}  {what}: {show(value)} (goal {sign} {show(limit)})")

    def print(self):
        print("\nGoals\n")
        for line in self.lines:
            print(f"    {line}")


def goals_of_deploy(goals, samples):
    for name in (name for name in samples if name.startswith("segue")):
        own = samples[name]
        goals.add(f"{name}, wall as × psql", ratio(own, samples["psql"], "wall"), 1.05, "{:.2f}".format)
        if "refinery" in samples:
            other = samples["refinery"]
            goals.add(f"{name}, client CPU as refinery", median(own, "cpu"), median(other, "cpu"), ms)
            goals.add(f"{name}, RSS as refinery", median(own, "rss"), median(other, "rss"), mb)


def goals_of_nothing(goals, samples):
    for name in (name for name in samples if name.startswith("segue")):
        if "sqlx-cli" in samples:
            goals.add(
                f"{name}, nothing to do, wall as sqlx-cli",
                median(samples[name], "wall"),
                median(samples["sqlx-cli"], "wall"),
                ms,
                strict=True,
            )


def sizes(args, goals):
    rows = []
    for name, path, limit in [("without the embedded server", args.slim, 20), ("with it", args.full, 60)]:
        if path:
            size = os.path.getsize(path)
            rows.append([name, f"{size / 1e6:.1f} MB"])
            goals.add(f"size {name}", size / 1e6, limit, "{:.1f} MB".format, strict=True)
    table("Size of the release binary", ["", "size"], rows)


def arguments():
    parser = argparse.ArgumentParser()
    for name in ["slim", "full", "sqlx", "sqlx-sqlite", "refinery", "psql", "port", "server", "work", "corpus", "json", "place"]:
        parser.add_argument(f"--{name}")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=30)
    parser.add_argument("--migrations", type=int, default=1000)
    parser.add_argument("--only", default="deploy,nothing,sqlite,corpus,size")
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    for name in ["slim", "full", "corpus", "json"]:
        path = getattr(args, name)
        setattr(args, name, path and os.path.abspath(path))
    return args


def main():
    args = arguments()
    parts = args.only.split(",")
    server = Server(args)
    log = os.path.join(args.work, "output.log")
    folders = migrations.write(Path(args.work, "migrations"), args.migrations)
    os.chdir(args.work)
    tools = contenders(args, server, folders)
    goals = Goals()
    kept = {}
    print(f"PostgreSQL {server.query('SHOW server_version')} on {args.place}, {os.cpu_count()} cores, fsync "
          f"{server.query('SHOW fsync')}; load average {' '.join(f'{load:.1f}' for load in os.getloadavg())}")
    if "deploy" in parts:
        kept["deploy"] = samples = deploy(args, server, tools, log)
        timing_table(f"{args.migrations} migrations into an empty database ({args.rounds} rounds)", samples, "psql")
        goals_of_deploy(goals, samples)
    if "nothing" in parts:
        kept["nothing"] = samples = nothing(args, server, tools, log)
        timing_table(f"Nothing to do, {args.migrations} applied ({args.repeats} rounds)", samples, "sqlx-cli")
        goals_of_nothing(goals, samples)
    if "sqlite" in parts:
        everything, again = sqlite.run(args, measure, rotate, progress, log)
        kept["sqlite"], kept["sqlite nothing"] = everything, again
        timing_table(f"SQLite: {args.migrations} migrations into a new file ({args.rounds} rounds)", everything, "sqlite3")
        timing_table(f"SQLite: nothing to do, {args.migrations} applied ({args.repeats} rounds)", again, "sqlx-cli")
        sqlite.goals_of(goals, everything, again, ratio, median, ms)
    if "corpus" in parts:
        kept["corpus"] = samples = corpus(args, server, log)
        rows = [[name, ms(own[0].wall), ms(own[0].cpu), mb(own[0].rss)] for name, own in samples.items()]
        table("Real histories, each into an empty database (once)", ["", "wall", "client CPU", "max RSS"], rows)
        for name, own in samples.items():
            goals.add(f"RSS, {name}", own[0].rss / 1e6, 30, "{:.1f} MB".format, strict=True)
    if "size" in parts:
        sizes(args, goals)
    goals.print()
    print(f"\nload average at the end: {' '.join(f'{load:.1f}' for load in os.getloadavg())}")
    if args.json:
        Path(args.json).write_text(json.dumps(kept, default=vars, indent=1))
    sys.exit(1 if args.check and goals.missed else 0)


if __name__ == "__main__":
    main()
