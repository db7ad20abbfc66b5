"""The part of bench/run about SQLite: a file beside what the sqlite3 shell and sqlx-cli make of the same migrations."""

import shutil
import sqlite3
import sys
from pathlib import Path

import migrations


class NoServer:
    """Whoever works on a file has no backend."""

    def backends(self):
        return set()

    def cpu(self):
        return 0.0

    def settle(self, before):
        pass


class Contender:
    """A tool that deploys the migrations to a file; `table` is its history."""

    def __init__(self, name, command, table):
        self.name = name
        self.command = command
        self.table = table


def write(folder, count):
    """The migrations as a folder of sqlx's, and a script for the shell that runs each in a transaction with its record."""
    files = folder / "migrations"
    files.mkdir(parents=True)
    lines = [
        ".bail on\nCREATE TABLE history (version bigint PRIMARY KEY, name text NOT NULL, "
        "applied_at timestamp NOT NULL DEFAULT current_timestamp, checksum blob NOT NULL);\n"
    ]
    for number in range(1, count + 1):
        name, sql = migrations.migration(number)
        file = files / f"{number:04}_{name}.sql"
        file.write_text(sql.replace("timestamptz NOT NULL DEFAULT now()", "text NOT NULL DEFAULT current_timestamp"))
        lines.append(
            f"BEGIN;\n.read {file}\nINSERT INTO history (version, name, checksum) "
            f"VALUES ({number}, '{name}', x'{number:096x}');\nCOMMIT;\n"
        )
    script = folder / "shell.sql"
    script.write_text("".join(lines))
    return files, script


def contenders(args, files, script):
    def segue(binary):
        return lambda file: [binary, "deploy", "--dir", str(files), "--url", f"sqlite:{file}?mode=rwc"]

    shell = shutil.which("sqlite3")
    if not shell:
        sys.exit("there is no sqlite3: apt-get install sqlite3")
    found = [
        Contender("sqlite3", lambda file: [shell, str(file), f".read {script}"], "history"),
        Contender("segue", segue(args.slim), "_sqlx_migrations"),
    ]
    if args.full:
        found.append(Contender("segue full", segue(args.full), "_sqlx_migrations"))
    if args.sqlx_sqlite:
        command = [args.sqlx_sqlite, "migrate", "run", "--source", str(files), "--database-url"]
        found.append(Contender("sqlx-cli", lambda file: [*command, f"sqlite:{file}?mode=rwc"], "_sqlx_migrations"))
    return found


def check(args, tool, file):
    connection = sqlite3.connect(file)
    rows = connection.execute(f"SELECT count(*) FROM {tool.table}").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name LIKE 'bench%'").fetchone()[0]
    connection.close()
    wanted = (args.migrations, migrations.tables(args.migrations))
    if (rows, tables) != wanted:
        sys.exit(f"{tool.name} has made {rows} rows and {tables} tables rather than {wanted}")


def run(args, measure, rotate, progress, log):
    """Samples of a deploy of everything, and of one with nothing to do."""
    folder = Path(args.server).parent / "sqlite"
    files, script = write(folder, args.migrations)
    tools = contenders(args, files, script)
    server = NoServer()
    everything = {tool.name: [] for tool in tools}
    for number in range(args.rounds):
        for tool in rotate(tools, number):
            file = folder / f"{tool.name.replace(' ', '-')}.db"
            file.unlink(missing_ok=True)
            everything[tool.name].append(measure(server, tool.command(file), log))
            check(args, tool, file)
        progress(f"SQLite, deploy: round {number + 1} of {args.rounds}")
    tools = [tool for tool in tools if tool.name != "sqlite3"]
    nothing = {tool.name: [] for tool in tools}
    memory = {}
    for number in range(args.repeats + 1):
        for tool in rotate(tools, number):
            file = folder / f"{tool.name.replace(' ', '-')}.db"
            sample = measure(server, tool.command(file), log, peak=number == 0)
            # The first round warms up, and tells the memory.
            if number == 0:
                memory[tool.name] = sample.rss
            else:
                sample.rss = memory[tool.name]
                nothing[tool.name].append(sample)
    progress(f"SQLite, nothing to do: {args.repeats} rounds")
    return everything, nothing


def goals_of(goals, everything, nothing, ratio, median, ms):
    for name in (name for name in everything if name.startswith("segue")):
        value = ratio(everything[name], everything["sqlite3"], "wall")
        goals.add(f"SQLite, {name}, wall as × sqlite3", value, 1.1, "{:.2f}".format)
        if "sqlx-cli" in nothing:
            goals.add(
                f"SQLite, {name}, nothing to do, wall as sqlx-cli",
                median(nothing[name], "wall"),
                median(nothing["sqlx-cli"], "wall"),
                ms,
                strict=True,
            )
