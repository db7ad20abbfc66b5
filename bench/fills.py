"""Rows that segue writes in batches beside a single UPDATE of the whole table."""

import json
import pathlib
import statistics
import sys
import time

import live

# the rows of a column that is there: nothing but batches; and those of a new one, which a trigger keeps filled meanwhile
CASES = {
    "a column that is there": (["ALTER TABLE events ADD COLUMN score int;\n"],
                               "-- segue: batch keep=none\n"
                               "UPDATE events SET score = user_id % 1000 + 1 WHERE score IS NULL;\n"),
    "a column whose values are kept": (["ALTER TABLE events ADD COLUMN score int;\n"],
                                       "UPDATE events SET score = user_id % 1000 + 1 WHERE score IS NULL;\n"),
    "a new column": ([], "ALTER TABLE events ADD COLUMN score int;\nUPDATE events SET score = user_id % 1000 + 1;\n"),
}
# a trigger like that one, for the statement beside it: that there is one makes an UPDATE slower, though it calls nothing
TRIGGER = """CREATE FUNCTION filled() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER filled BEFORE INSERT OR UPDATE ON events FOR EACH ROW WHEN (
  pg_catalog.current_setting('bench.fill', true) IS DISTINCT FROM 'events'::pg_catalog.regclass::pg_catalog.oid::pg_catalog.text
  OR pg_catalog.pg_trigger_depth() > 0) EXECUTE FUNCTION filled();
ALTER TABLE events ENABLE ALWAYS TRIGGER filled"""
SKIPPED = "SELECT set_config('bench.fill', 'events'::regclass::oid::text, true); "
HAND = """DO $$ BEGIN FOR low IN 1..{} BY 5000 LOOP
  PERFORM set_config('bench.fill', 'events'::regclass::oid::text, true);
  UPDATE events SET score = user_id % 1000 + 1 WHERE id BETWEEN low AND low + 4999 AND score IS NULL;
  COMMIT;
END LOOP; END $$"""
GOALS = {1: 0.9, 2: 1.4}


def filled(events):
    """Seconds and rows of the steps that write rows, from the events of a deploy."""
    seconds, rows, is_fill = 0, 0, False
    for line in events.splitlines():
        event = json.loads(line) if line.startswith("{") else {}
        if event.get("event") == "filling":
            is_fill, rows = True, event["rows"]
        elif event.get("event") == "step_done" and is_fill:
            seconds, is_fill = seconds + event["milliseconds"] / 1000, False
    return seconds, rows


class Fills:
    def __init__(self, args, server, project):
        self.args, self.server, self.project, self.missed = args, server, project, []

    def prepare(self, name, rows, case):
        """A database in which the table was made by segue, with rows in it; what is to fill it is pending."""
        before, fill = CASES[case]
        self.project.empty()
        self.server.sql("postgres", f"DROP DATABASE IF EXISTS {name}")
        self.server.sql("postgres", f"CREATE DATABASE {name}")
        for text in [live.CREATE, *before]:
            self.project.write(text)
            self.project.segue("deploy", self.server.url(name))
        self.server.sql(name, live.ROWS.format(rows))
        self.server.sql(name, "VACUUM (ANALYZE, FREEZE) events")
        self.project.write(fill)

    def single(self, case):
        """Wall and CPU seconds of one UPDATE; with a trigger in place where there is one for the batches."""
        url = self.server.copy("run", "base")
        *first, update = CASES[case][1].splitlines()
        for statement in first:
            self.server.sql("run", statement)
            self.server.sql("run", TRIGGER)
            update = SKIPPED + update
        before = self.server.cpu()
        wall, _, _ = live.measured(["psql", "-qX1", "-c", update, url])
        return wall, self.server.cpu() - before

    def batches(self, of, workers, *options):
        """Wall and CPU seconds, rows, and peak RSS."""
        url = self.server.copy("run", of)
        before = self.server.cpu()
        _, rss, events = self.project.segue("deploy", url, "--workers", str(workers), *options)
        cpu = self.server.cpu() - before
        wall, rows = filled(events)
        left = self.server.sql("run", "SELECT count(*) FROM events WHERE score IS NULL")
        if left != "0":
            raise live.Failed(f"{left} rows are not filled")
        return wall, cpu, rows, rss

    def speed(self):
        for case in CASES:
            self.prepare("base", self.args.rows, case)
            self.speed_of(case)

    def speed_of(self, case):
        walls, cpus, peak = {0: [], 1: [], 2: []}, {0: [], 1: [], 2: []}, 0
        for turn in range(self.args.rounds):
            order = [0, 1, 2]
            for kind in order[turn % 3:] + order[:turn % 3]:
                if kind == 0:
                    wall, cpu = self.single(case)
                else:
                    wall, cpu, _, rss = self.batches("base", kind)
                    peak = max(peak, rss)
                walls[kind].append(wall)
                cpus[kind].append(cpu)
            print(f"  round {turn + 1}: " + ", ".join(f"{walls[w][-1]:.1f} s ({cpus[w][-1]:.1f} CPU)" for w in walls),
                  file=sys.stderr)
        print(f"\n{case}: {self.args.rows:,} rows, {self.args.rounds} rounds (medians; × is that of a round's own runs)\n")
        print("| | seconds | rows/s | × one UPDATE | goal | server CPU | × |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
        for kind, name in {0: "one UPDATE", 1: "segue, 1 worker", 2: "segue, 2 workers"}.items():
            wall = statistics.median(walls[kind])
            ratio = statistics.median(one / other for one, other in zip(walls[0], walls[kind]))
            of_cpu = statistics.median(one / max(other, 0.01) for one, other in zip(cpus[0], cpus[kind]))
            goal = GOALS[kind] if kind else ""
            print(f"| {name} | {wall:.1f} | {self.args.rows / wall:,.0f} | {ratio:.2f} | {goal} "
                  f"| {statistics.median(cpus[kind]):.1f} s | {of_cpu:.2f} |", flush=True)
            if kind and ratio < GOALS[kind]:
                self.missed.append(f"{case}, {name}: {ratio:.2f} of one UPDATE's rows a second")
        print(f"\npeak RSS of segue: {peak:.1f} MB (goal: 30)", flush=True)
        if peak > 30:
            self.missed.append(f"RSS {peak:.1f} MB")

    def growth(self):
        print("\n| rows | µs per row, 1 worker | µs of server CPU |\n| ---: | ---: | ---: |")
        costs = []
        for rows in (self.args.rows // 5, self.args.rows * 2):
            self.prepare("base", rows, "a column that is there")
            wall, cpu, written, _ = self.batches("base", 1)
            costs.append(wall / written * 1e6)
            print(f"| {rows:,} | {costs[-1]:.2f} | {cpu / written * 1e6:.2f} |", flush=True)
        if costs[1] > costs[0] * 1.25:
            self.missed.append(f"time per row grows with the table: {costs[0]:.2f} µs, {costs[1]:.2f} µs")

    def clients(self):
        if not pathlib.Path(self.server.bin / "pgbench").exists():
            return print("\n(no pgbench: the client is left out)")
        self.prepare("base", self.args.rows, "a new column")
        runs = {name: [] for name in BESIDE}
        for _ in range(self.args.rounds):
            for name, beside in BESIDE.items():
                self.server.copy("run", "base")
                client = live.Client(self.server, live.CLIENT, self.args.rows)
                time.sleep(2)
                beside(self)
                runs[name].append(client.finish()[0])
        print("\n200 single-row updates and inserts a second, ms from when each was due\n")
        print("| | statements | median | p99 | × alone | longest |\n| --- | ---: | ---: | ---: | ---: | ---: |")
        shares = {}
        for name, waits in runs.items():
            values = [statistics.median(of(run) for run in waits) for of in
                      (len, statistics.median, lambda run: run[len(run) * 99 // 100], lambda run: run[-1])]
            shares[name] = values[2] / shares.get("p99", values[2])
            shares.setdefault("p99", values[2])
            print(f"| {name} | {values[0]:.0f} | {values[1]:.1f} | {values[2]:.1f} | {shares[name]:.1f} | {values[3]:.1f} |",
                  flush=True)
        if shares["beside a deploy"] > 2:
            self.missed.append(f"p99 of the client {shares['beside a deploy']:.1f} × beside a deploy; "
                               f"{shares['beside a session that only computes']:.1f} × beside one that only computes")

    def deploys(self, *options):
        _, _, events = self.project.segue("deploy", self.server.url("run"), *options)
        seconds, rows = filled(events)
        print(f"  beside the client: {rows:,} rows in {seconds:.1f} s", file=sys.stderr)

    def computes(self):
        """A session that takes a core and nothing else: what any second session costs the client on so many cores."""
        self.server.sql("run", "SET statement_timeout = '20s'; SELECT FROM (SELECT generate_series(1, 4000000000) AS i) s WHERE i = 0",
                        ends_with="statement timeout")

    def writes_by_hand(self, trigger=""):
        """The loop that people write: so many rows by their keys, and again."""
        self.server.sql("run", "ALTER TABLE events ADD COLUMN score int;" + trigger)
        self.server.sql("run", HAND.format(self.args.rows))


# who is at work beside the client
BESIDE = {
    "alone": lambda _: time.sleep(20),
    "beside a session that only computes": Fills.computes,
    "beside batches of 5,000 keys by hand": Fills.writes_by_hand,
    "the same, where a trigger keeps the column right for the app": lambda fills: fills.writes_by_hand(TRIGGER),
    "beside a deploy, its batches in one piece (--no-slices)": lambda fills: fills.deploys("--no-slices"),
    "beside a deploy": Fills.deploys,
}
