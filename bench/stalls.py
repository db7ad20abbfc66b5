"""What a client on the table waits for while it is changed: by segue, by the naive statement, by the form that people write by
hand to keep it going, and by reshape."""

import json
import pathlib
import subprocess
import time
from dataclasses import dataclass, field

import live

USERS = "CREATE TABLE users (id int PRIMARY KEY)"
# the batches that people write: by ranges of the key, each committed
BY_HAND = """CREATE PROCEDURE fill() LANGUAGE plpgsql AS $$
DECLARE last bigint := 0; upper bigint := (SELECT max(id) FROM events);
BEGIN
  WHILE last < upper LOOP
    UPDATE events SET {} WHERE id > last AND id <= last + 5000;
    last := last + 5000;
    COMMIT;
  END LOOP;
END $$"""
READER = "BEGIN; SELECT id FROM events LIMIT 1; SELECT pg_sleep(15); COMMIT"


@dataclass
class Recipe:
    sql: str  # what one would write, one statement a line
    hand: list = field(default_factory=list)  # the safe form; one string is what one try for locks holds
    setup: str = ""  # what the table is like before
    reshape: list = field(default_factory=list)  # actions
    after: str = ""  # the client of contract, where that of expand no longer fits
    check: str = ""  # a query that says `t` once it is done


RECIPES = {
    "CREATE INDEX": Recipe(
        "CREATE INDEX events_user_id ON events (user_id);",
        ["CREATE INDEX CONCURRENTLY events_user_id ON events (user_id)"],
        reshape=[{"type": "add_index", "table": "events", "index": {"name": "events_user_id", "columns": ["user_id"]}}],
        check="SELECT indisvalid FROM pg_index WHERE indexrelid = 'events_user_id'::regclass",
    ),
    "ADD UNIQUE": Recipe(
        "ALTER TABLE events ADD CONSTRAINT events_once UNIQUE (user_id, id);",
        ["CREATE UNIQUE INDEX CONCURRENTLY events_once ON events (user_id, id)",
         "ALTER TABLE events ADD CONSTRAINT events_once UNIQUE USING INDEX events_once"],
        check="SELECT true FROM pg_constraint WHERE conname = 'events_once'",
    ),
    "ADD PRIMARY KEY": Recipe(
        "ALTER TABLE events ADD CONSTRAINT events_key PRIMARY KEY (id);",
        ["CREATE UNIQUE INDEX CONCURRENTLY events_key ON events (id)",
         "ALTER TABLE events ADD CONSTRAINT present CHECK (id IS NOT NULL) NOT VALID",
         "ALTER TABLE events VALIDATE CONSTRAINT present",
         "ALTER TABLE events ALTER COLUMN id SET NOT NULL, DROP CONSTRAINT present",
         "ALTER TABLE events ADD CONSTRAINT events_key PRIMARY KEY USING INDEX events_key"],
        setup="CREATE INDEX events_id ON events (id); ALTER TABLE events DROP CONSTRAINT events_pkey; "
              "ALTER TABLE events ALTER COLUMN id DROP NOT NULL",
        check="SELECT true FROM pg_constraint WHERE conname = 'events_key'",
    ),
    "ADD FOREIGN KEY": Recipe(
        "ALTER TABLE events ADD CONSTRAINT events_user FOREIGN KEY (user_id) REFERENCES users (id);",
        ["ALTER TABLE events ADD CONSTRAINT events_user FOREIGN KEY (user_id) REFERENCES users (id) NOT VALID",
         "ALTER TABLE events VALIDATE CONSTRAINT events_user"],
        reshape=[{"type": "add_foreign_key", "table": "events",
                  "foreign_key": {"columns": ["user_id"], "referenced_table": "users", "referenced_columns": ["id"]}}],
        check="SELECT convalidated FROM pg_constraint WHERE conname = 'events_user'",
    ),
    "ADD CHECK": Recipe(
        "ALTER TABLE events ADD CONSTRAINT events_positive CHECK (user_id >= 0);",
        ["ALTER TABLE events ADD CONSTRAINT events_positive CHECK (user_id >= 0) NOT VALID",
         "ALTER TABLE events VALIDATE CONSTRAINT events_positive"],
        check="SELECT convalidated FROM pg_constraint WHERE conname = 'events_positive'",
    ),
    "SET NOT NULL": Recipe(
        "ALTER TABLE events ALTER COLUMN user_id SET NOT NULL;",
        ["ALTER TABLE events ADD CONSTRAINT present CHECK (user_id IS NOT NULL) NOT VALID",
         "ALTER TABLE events VALIDATE CONSTRAINT present",
         "ALTER TABLE events ALTER COLUMN user_id SET NOT NULL, DROP CONSTRAINT present"],
        reshape=[{"type": "alter_column", "table": "events", "column": "user_id", "up": "user_id", "down": "user_id",
                  "changes": {"nullable": False}}],
        check="SELECT attnotnull FROM pg_attribute WHERE attrelid = 'events'::regclass AND attname = 'user_id'",
    ),
    "ADD COLUMN": Recipe(
        "ALTER TABLE events ADD COLUMN score int NOT NULL DEFAULT 7;",
        ["ALTER TABLE events ADD COLUMN score int NOT NULL DEFAULT 7"],
        reshape=[{"type": "add_column", "table": "events",
                  "column": {"name": "score", "type": "INTEGER", "nullable": False, "default": "7"}}],
        check="SELECT count(*) = 0 FROM events WHERE score <> 7",
    ),
    "ADD COLUMN, volatile default": Recipe(
        "ALTER TABLE events ADD COLUMN token uuid DEFAULT gen_random_uuid();",
        ["ALTER TABLE events ADD COLUMN token uuid", "ALTER TABLE events ALTER COLUMN token SET DEFAULT gen_random_uuid()",
         BY_HAND.format("token = gen_random_uuid()")],
        check="SELECT count(*) = 0 FROM events WHERE token IS NULL",
    ),
    "ADD COLUMN and UPDATE": Recipe(
        "ALTER TABLE events ADD COLUMN score int;\nUPDATE events SET score = user_id % 1000 + 1;",
        ["ALTER TABLE events ADD COLUMN score int", BY_HAND.format("score = user_id % 1000 + 1")],
        reshape=[{"type": "add_column", "table": "events", "up": "user_id % 1000 + 1",
                  "column": {"name": "score", "type": "INTEGER"}}],
        check="SELECT count(*) = 0 FROM events WHERE score IS NULL AND payload <> 'from the client'",
    ),
    "UPDATE": Recipe(
        "UPDATE events SET user_id = 1 WHERE user_id <> 1;",
        [BY_HAND.format("user_id = 1")],
        check="SELECT count(*) = 0 FROM events WHERE user_id <> 1 AND payload <> 'from the client'",
    ),
    "DROP COLUMN": Recipe(
        "ALTER TABLE events DROP COLUMN created_at;",
        ["ALTER TABLE events DROP COLUMN created_at"],
        reshape=[{"type": "remove_column", "table": "events", "column": "created_at"}],
        check="SELECT count(*) = 0 FROM pg_attribute WHERE attrelid = 'events'::regclass AND attname = 'created_at'",
    ),
    "DROP INDEX": Recipe(
        "DROP INDEX events_user_id;",
        ["DROP INDEX CONCURRENTLY events_user_id"],
        setup="CREATE INDEX events_user_id ON events (user_id)",
        reshape=[{"type": "remove_index", "index": "events_user_id"}],
        check="SELECT to_regclass('events_user_id') IS NULL",
    ),
    "DROP TABLE that references it": Recipe(
        "DROP TABLE notes;",
        ["ALTER TABLE notes DROP CONSTRAINT notes_event_id_fkey", "DROP TABLE notes"],
        setup="CREATE TABLE notes (event_id bigint REFERENCES events (id)); INSERT INTO notes SELECT generate_series(1, 20000)",
        reshape=[{"type": "remove_table", "table": "notes"}],
        check="SELECT to_regclass('notes') IS NULL",
    ),
    "ATTACH PARTITION": Recipe(
        "ALTER TABLE log ATTACH PARTITION events FOR VALUES FROM (1) TO (1000000000);",
        ["ALTER TABLE events ADD CONSTRAINT bounds CHECK (id IS NOT NULL AND id >= 1 AND id < 1000000000) NOT VALID",
         "ALTER TABLE events VALIDATE CONSTRAINT bounds",
         "ALTER TABLE log ATTACH PARTITION events FOR VALUES FROM (1) TO (1000000000)",
         "ALTER TABLE events DROP CONSTRAINT bounds"],
        setup="CREATE TABLE log (LIKE events) PARTITION BY RANGE (id)",
        check="SELECT true FROM pg_inherits WHERE inhrelid = 'events'::regclass",
    ),
    "DETACH PARTITION": Recipe(
        "ALTER TABLE events DETACH PARTITION events_old;",
        ["ALTER TABLE events DETACH PARTITION events_old CONCURRENTLY"],
        setup="ALTER TABLE events RENAME TO events_new; CREATE TABLE events (LIKE events_new INCLUDING DEFAULTS) PARTITION BY "
              "RANGE (id); CREATE TABLE events_old PARTITION OF events FOR VALUES FROM (MINVALUE) TO (0); "
              "ALTER TABLE events ATTACH PARTITION events_new FOR VALUES FROM (0) TO (MAXVALUE)",
        check="SELECT count(*) = 0 FROM pg_inherits WHERE inhrelid = 'events_old'::regclass",
    ),
}

CHILDREN = [f"CREATE TABLE child_{n} (id int PRIMARY KEY, event_id int REFERENCES events (id)); "
            f"INSERT INTO child_{n} SELECT i, i FROM generate_series(1, {{rows}} / 5) i" for n in (1, 2, 3)]
RECIPES |= {
    "RENAME COLUMN": Recipe(
        "ALTER TABLE events RENAME COLUMN payload TO body;",
        after=live.CLIENT.replace("payload", "body"),
        check="SELECT count(*) = 1 FROM pg_attribute WHERE attrelid = 'events'::regclass AND attname = 'body'",
    ),
    "TYPE int to bigint": Recipe(
        "ALTER TABLE events ALTER COLUMN user_id TYPE bigint;",
        ["ALTER TABLE events ADD COLUMN wide bigint",
         "CREATE FUNCTION widen() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.wide := NEW.user_id; RETURN NEW; END'",
         "CREATE TRIGGER widen BEFORE INSERT OR UPDATE ON events FOR EACH ROW EXECUTE FUNCTION widen()",
         BY_HAND.format("wide = user_id"),
         "BEGIN; DROP TRIGGER widen ON events; DROP FUNCTION widen(); ALTER TABLE events DROP COLUMN user_id; "
         "ALTER TABLE events RENAME COLUMN wide TO user_id; COMMIT"],
        reshape=[{"type": "alter_column", "table": "events", "column": "user_id", "up": "user_id", "down": "user_id",
                  "changes": {"type": "BIGINT"}}],
        check="SELECT atttypid = 'bigint'::regtype FROM pg_attribute WHERE attrelid = 'events'::regclass AND attname = 'user_id'",
    ),
    "TYPE of a primary key and of three columns that refer to it": Recipe(
        "\n".join(["ALTER TABLE events ALTER COLUMN id TYPE bigint;"]
                  + [f"ALTER TABLE child_{n} ALTER COLUMN event_id TYPE bigint;" for n in (1, 2, 3)]),
        setup="ALTER TABLE events ALTER COLUMN id TYPE int; " + "; ".join(CHILDREN) + "; ANALYZE",
        check="SELECT count(*) = 4 FROM pg_attribute WHERE attname IN ('id', 'event_id') AND atttypid = 'bigint'::regtype "
              "AND attrelid IN ('events'::regclass, 'child_1'::regclass, 'child_2'::regclass, 'child_3'::regclass)",
    ),
    "enum replaced by another one": Recipe(
        "CREATE TYPE kind_new AS ENUM ('a', 'b');\n"
        "ALTER TABLE events ALTER COLUMN kind TYPE kind_new USING kind::text::kind_new;\n"
        "DROP TYPE kind;\nALTER TYPE kind_new RENAME TO kind;",
        setup="CREATE TYPE kind AS ENUM ('a', 'b', 'c'); ALTER TABLE events ADD COLUMN kind kind DEFAULT 'a'; "
              "ALTER TABLE events ALTER COLUMN kind DROP DEFAULT; ANALYZE events",
        check="SELECT count(*) = 2 FROM pg_enum WHERE enumtypid = 'kind'::regtype",
    ),
}


@dataclass
class Outcome:
    seconds: float
    wal: int
    waits: list
    errors: list
    rss: float = 0


class Stalls:
    def __init__(self, args, server, project):
        self.args, self.server, self.project, self.missed = args, server, project, []

    def measure(self):
        if not pathlib.Path(self.server.bin / "pgbench").exists():
            return print("\n(no pgbench: the stalls are left out)")
        self.prepare()
        quiet = self.quiet()
        print(f"\nThe longest wait of a client of 200 statements a second, {self.args.rows:,} rows. Alone in a quiet minute: longest "
              f"{quiet[-1]:.0f} ms, p99 {at(quiet, 99):.1f} ms. Goal for segue: under 150 ms more, and no error\n")
        print("| change | how | longest wait, ms | p99, ms | errors | seconds | WAL, MB |\n| --- | --- | ---: | ---: | ---: | ---: | ---: |")
        for name, recipe in RECIPES.items():
            if self.args.recipe and self.args.recipe not in name:
                continue
            for how, run in self.ways(recipe):
                clients = []
                try:
                    self.report(name, how, quiet[-1], self.beside_client(recipe, how, run, clients))
                except live.Failed as why:
                    for client in clients:
                        client.process.kill()
                    print(f"| {name} | {how} | failed | | | | |", flush=True)
                    self.missed.append(f"{name}, {how}: {why}")

    def prepare(self):
        self.project.empty()
        self.server.sql("postgres", "DROP DATABASE IF EXISTS base WITH (FORCE)")
        self.server.sql("postgres", "CREATE DATABASE base")
        for text in [live.CREATE, USERS + ";\n"]:
            self.project.write(text)
            self.project.segue("deploy", self.server.url("base"))
        self.server.sql("base", "INSERT INTO users SELECT generate_series(0, 100000)")
        self.server.sql("base", live.ROWS.format(self.args.rows))
        self.server.sql("base", "VACUUM (ANALYZE, FREEZE) events, users")
        # in its place stands, for each recipe, what it changes
        self.project.write("")

    def quiet(self):
        self.server.copy("run", "base")
        return live.Client(self.server, live.CLIENT, self.args.rows, self.args.quiet).finish(stop=False)[0]

    def ways(self, recipe):
        yield "naive", lambda client: self.naive(recipe)
        if recipe.hand:
            yield "by hand", lambda client: self.by_hand(recipe)
        if self.args.reshape and recipe.reshape:
            yield "reshape", lambda client: self.reshape(recipe)
        yield "segue", lambda client: self.segue(recipe, client)
        yield "segue, behind a reader of 15 s", lambda client: self.segue(recipe, client)

    def beside_client(self, recipe, how, run, client):
        self.server.copy("run", "base")
        if recipe.setup:
            self.server.sql("run", recipe.setup.replace("{rows}", str(self.args.rows)))
        self.server.sql("run", "CHECKPOINT")
        client.append(live.Client(self.server, live.CLIENT, self.args.rows))
        time.sleep(2)
        reader = None
        if "reader" in how:
            reader = subprocess.Popen([*self.server.psql("run"), "-c", READER], stdout=subprocess.DEVNULL)
            time.sleep(0.5)
        before, start = self.server.wal(), time.monotonic()
        rss = run(client) or 0
        seconds, wal = time.monotonic() - start, self.server.wal() - before
        if reader and reader.wait():
            raise live.Failed(f"{how}: the reader was ended")
        time.sleep(1)
        waits, errors = [], []
        for one in client:
            more = one.finish()
            waits, errors = sorted(waits + more[0]), errors + more[1]
        if recipe.check and self.server.sql("run", recipe.check) != "t":
            raise live.Failed(f"{how} did not do it: {recipe.sql}")
        return Outcome(seconds, wal, waits, errors, rss)

    def naive(self, recipe):
        # as it would run in one migration; an app that still writes the old name fails from there on
        self.server.sql("run", recipe.sql)

    def by_hand(self, recipe):
        """With a lock timeout, and again until it is had; statements that wait by their nature have none."""
        for statement in recipe.hand:
            timeout = 0 if "CONCURRENTLY" in statement or "PROCEDURE" in statement else 100
            while True:
                words = ["-c", f"SET lock_timeout = {timeout}", "-c", statement]
                if "PROCEDURE" in statement:
                    words += ["-c", "CALL fill()", "-c", "DROP PROCEDURE fill"]
                done = subprocess.run([*self.server.psql("run"), *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                      text=True)
                if done.returncode == 0:
                    break
                if "lock timeout" not in done.stderr:
                    raise live.Failed(f"{statement}: {done.stderr}")
                time.sleep(0.5)

    def reshape(self, recipe):
        folder = pathlib.Path(self.server.folder, "reshape")
        (folder / "migrations").mkdir(parents=True, exist_ok=True)
        (folder / "migrations/1.json").write_text(json.dumps({"actions": recipe.reshape}))
        for command in ["start", "complete"]:
            live.measured([self.args.reshape, "migration", command, "--url", self.server.url("run")], cwd=folder)

    def segue(self, recipe, client):
        self.project.files()[-1].write_text(recipe.sql + "\n")
        _, rss, events = self.project.segue("deploy", self.server.url("run"))
        if recipe.after:
            first = client[0]
            first.process.terminate()
            client.append(live.Client(self.server, recipe.after, self.args.rows))
            time.sleep(2)
        return max(rss, self.project.segue("contract", self.server.url("run"))[1])

    def report(self, name, how, quiet, outcome):
        print(f"| {name} | {how} | {outcome.waits[-1]:.0f} | {at(outcome.waits, 99):.1f} | {len(outcome.errors)} "
              f"| {outcome.seconds:.1f} | {outcome.wal / 1e6:.0f} |", flush=True)
        if not how.startswith("segue"):
            return
        if outcome.waits[-1] - quiet >= 150:
            self.missed.append(f"{name}, {how}: {outcome.waits[-1]:.0f} ms, {quiet:.0f} ms alone")
        if outcome.errors:
            self.missed.append(f"{name}, {how}: {outcome.errors[0]}")
        if outcome.rss > 30:
            self.missed.append(f"{name}, {how}: RSS {outcome.rss:.1f} MB")


def at(waits, percent):
    return waits[len(waits) * percent // 100]
