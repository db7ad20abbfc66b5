"""What a trigger that keeps two columns the same costs whoever updates single rows."""

import re
import statistics
import subprocess
import sys

import live

# a column that the app updates, with its second shape; and another one of the same table
CHANGES = {
    "RENAME COLUMN": "ALTER TABLE events RENAME COLUMN user_id TO account;\n",
    "TYPE int to bigint": "ALTER TABLE events ALTER COLUMN user_id TYPE bigint;\n",
}
UPDATES = {
    "of the column": "\\set id random(1, {rows})\n\\set user random(1, 100000)\nUPDATE events SET user_id = :user WHERE id = :id;\n",
    "of another one": "\\set id random(1, {rows})\nUPDATE events SET payload = 'changed' WHERE id = :id;\n",
}
SECONDS = 5
GOAL = 1.5


class Triggers:
    def __init__(self, args, server, project):
        self.args, self.server, self.project, self.missed = args, server, project, []
        self.rows = min(args.rows, 500_000)

    def measure(self):
        if not (self.server.bin / "pgbench").exists():
            return print("\n(no pgbench: triggers are left out)")
        print("\nms of an UPDATE of one row, one client, as fast as it can\n")
        print("| beside | UPDATE | without | with the trigger | × |\n| --- | --- | ---: | ---: | ---: |")
        for change, text in CHANGES.items():
            self.prepare(text)
            for name, script in UPDATES.items():
                self.compare(change, name, script.format(rows=self.rows))

    def prepare(self, text):
        """Two databases with the same rows: `plain`, and `synced`, where a deploy waits for contract."""
        self.project.empty()
        for name in ("plain", "synced"):
            self.server.sql("postgres", f"DROP DATABASE IF EXISTS {name}")
        self.server.sql("postgres", "CREATE DATABASE plain")
        self.project.write(live.CREATE)
        self.project.segue("deploy", self.server.url("plain"))
        self.server.sql("plain", live.ROWS.format(self.rows))
        self.server.copy("synced", "plain")
        self.project.write(text)
        self.project.segue("deploy", self.server.url("synced"))
        for name in ("plain", "synced"):
            self.server.sql(name, "VACUUM (FULL, ANALYZE) events")

    def compare(self, change, name, script):
        times = {"plain": [], "synced": []}
        for turn in range(self.args.rounds * 2):
            for database in sorted(times, reverse=turn % 2 == 1):
                times[database].append(self.latency(database, script))
        ratio = statistics.median(there / here for here, there in zip(times["plain"], times["synced"]))
        plain, synced = (statistics.median(times[of]) for of in ("plain", "synced"))
        print(f"| {change} | {name} | {plain:.3f} | {synced:.3f} | {ratio:.2f} |", flush=True)
        if ratio > GOAL:
            self.missed.append(f"{change}: an UPDATE {name} takes {ratio:.2f} × as long with the trigger")

    def latency(self, database, script):
        """Milliseconds of an update, from pgbench."""
        command = [self.server.bin / "pgbench", "-nM", "prepared", "-c1", "-T", str(SECONDS), "-f", "-", self.server.url(database)]
        done = subprocess.run(command, input=script, capture_output=True, text=True)
        found = re.search(r"latency average = ([\d.]+) ms", done.stdout)
        if done.returncode or not found:
            sys.exit(f"pgbench: {done.stderr}")
        return float(found.group(1))
