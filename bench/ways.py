"""What each way of giving all rows another shape takes at the least: alone, with nobody beside, so that no online tool that goes that
way can be faster."""

import statistics
import time

import live

BESIDE = "ALTER TABLE events ADD COLUMN wide bigint"
COPY = "CREATE TABLE copied (LIKE events INCLUDING DEFAULTS); ALTER TABLE copied ALTER COLUMN user_id TYPE bigint"
KEY = "CREATE UNIQUE INDEX CONCURRENTLY copied_pkey ON copied (id)"
# batches of as many pages as take some ten milliseconds
BATCHES = """CREATE PROCEDURE fill() LANGUAGE plpgsql AS $$
DECLARE page bigint := 0; pages bigint := pg_relation_size('events') / 8192;
BEGIN
  WHILE page <= pages LOOP
    {} WHERE ctid >= format('(%s,0)', page)::tid AND ctid < format('(%s,0)', page + 100)::tid;
    page := page + 100;
    COMMIT;
  END LOOP;
END $$"""
INSERT = "INSERT INTO copied SELECT id, user_id, payload, created_at FROM events"
WAYS = {
    "naive: ALTER TABLE, all wait": ["ALTER TABLE events ALTER COLUMN user_id TYPE bigint"],
    "a column beside, one UPDATE": [BESIDE, "UPDATE events SET wide = user_id"],
    "a column beside, in batches": [BESIDE, BATCHES.format("UPDATE events SET wide = user_id"), "CALL fill()"],
    "a table beside, one INSERT, then its key": [COPY, INSERT, KEY],
    "a table beside, in batches, then its key": [COPY, BATCHES.format(INSERT), "CALL fill()", KEY],
    # what apps write meanwhile has to find its row in the copy, also before the end
    "a table beside with its key, in batches": [COPY, KEY, BATCHES.format(INSERT), "CALL fill()"],
}


class Ways:
    def __init__(self, args, server, project):
        self.args, self.server, self.project, self.missed = args, server, project, []

    def measure(self):
        self.server.sql("postgres", "DROP DATABASE IF EXISTS base WITH (FORCE)")
        self.server.sql("postgres", "CREATE DATABASE base")
        self.server.sql("base", live.CREATE)
        self.server.sql("base", live.ROWS.format(self.args.rows))
        self.server.sql("base", "VACUUM (ANALYZE, FREEZE) events")
        print(f"\nSeconds to give a column of {self.args.rows:,} rows another type, alone on the server\n")
        print("| way | seconds | × naive | WAL, MB |\n| --- | ---: | ---: | ---: |")
        naive = None
        for name, statements in WAYS.items():
            seconds, wal = zip(*(self.once(statements) for _ in range(self.args.rounds)))
            seconds = statistics.median(seconds)
            naive = naive or seconds
            print(f"| {name} | {seconds:.1f} | {seconds / naive:.1f} | {statistics.median(wal) / 1e6:.0f} |", flush=True)

    def once(self, statements):
        self.server.copy("run", "base")
        before, start = self.server.wal(), time.monotonic()
        for statement in statements:
            self.server.sql("run", statement)
        return time.monotonic() - start, self.server.wal() - before
