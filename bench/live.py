"""A PostgreSQL of the benchmark's own, and a client that reads and writes single rows on it meanwhile."""

import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

CREATE = "CREATE TABLE events (id bigserial PRIMARY KEY, user_id int, payload text, created_at timestamptz DEFAULT now());\n"
ROWS = ("INSERT INTO events (user_id, payload, created_at) SELECT (random() * 100000)::int, 'payload ' || md5(i::text), "
        "now() - i * interval '1 second' FROM generate_series(1, {}) i")
# what the client does: single rows, old ones by chance and new ones
CLIENT = r"""\set id random(1, {rows})
\set user random(1, 100000)
\set what random(1, 2)
\if :what = 1
UPDATE events SET payload = 'changed' WHERE id = :id;
\else
INSERT INTO events (user_id, payload) VALUES (:user, 'from the client');
\endif
"""


class Failed(Exception):
    """A command did not do what it was to do."""


class Postgres:
    def __init__(self, folder, settings):
        self.folder, self.account = folder, []
        if os.geteuid() == 0:
            self.account = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
            shutil.chown(folder, "postgres", "postgres")
        found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))
        self.bin = pathlib.Path(os.environ.get("SEGUE_PG_BIN") or (found[-1] if found else "."))
        self.port = 50000 + os.getpid() % 10000
        data = f"{folder}/data"
        self.run("initdb", "-D", data, "-U", "bench", "-A", "trust", "--no-sync")
        options = [word for setting in settings for word in ("-c", setting)]
        self.server = subprocess.Popen(
            self.account + [str(self.bin / "postgres"), "-D", data, "-p", str(self.port), "-k", folder,
                            "-c", "listen_addresses=127.0.0.1", *options],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/")
        while subprocess.run([self.bin / "pg_isready", "-qp", str(self.port), "-h", "127.0.0.1"]).returncode:
            time.sleep(0.1)
        self.pid = int(pathlib.Path(data, "postmaster.pid").read_text().split()[0])
        self.number = int(self.sql("postgres", "SHOW server_version_num"))

    def run(self, tool, *arguments):
        subprocess.run(self.account + [str(self.bin / tool), *arguments], check=True, stdout=subprocess.DEVNULL,
                       cwd="/")

    def url(self, name):
        return f"postgresql://bench@127.0.0.1:{self.port}/{name}"

    def psql(self, name):
        return ["psql", "-qXAtv", "ON_ERROR_STOP=1", self.url(name)]

    def sql(self, name, script, ends_with=None):
        """What the script gives; with `ends_with` an error of these words is what it is to end with."""
        done = subprocess.run([*self.psql(name), "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode and not (ends_with and ends_with in done.stderr):
            raise Failed(f"{script}: {done.stderr}")
        return done.stdout.strip()

    def copy(self, name, of):
        self.sql("postgres", f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        strategy = " STRATEGY file_copy" if self.number >= 150000 else ""
        self.sql("postgres", f"CREATE DATABASE {name} TEMPLATE {of}{strategy}")
        self.sql("postgres", "CHECKPOINT")
        # the files that are read first by chance must not count
        self.sql(name, "SELECT count(*), sum(length(payload)) FROM events")
        return self.url(name)

    def wal(self):
        """Bytes of the log so far."""
        return int(self.sql("postgres", "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')"))

    def use_log(self):
        """Has the log's files made once, as they are on a server that has run for a while: whoever makes a new one keeps all that
        commit waiting, and who that is would be chance."""
        self.sql("postgres", "SELECT count(pg_logical_emit_message(false, 'used', repeat('x', 1000000))) FROM generate_series(1, 4000)")
        self.sql("postgres", "CHECKPOINT")

    def cpu(self):
        """Seconds of CPU of all processes that have served and ended: the one that waits for them knows."""
        # the one that has just been left by its client has yet to end
        time.sleep(0.5)
        words = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(words[13]) + int(words[14])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        # the fast way, which ends the clients that a failure has left behind
        self.server.send_signal(signal.SIGINT)
        self.server.wait()


class Client:
    """200 statements a second on the database `run`, whether the ones before have been answered or not."""

    def __init__(self, server, script, rows, seconds=3600):
        self.log = pathlib.Path(server.folder, f"client.{time.monotonic_ns()}")
        file = pathlib.Path(f"{self.log}.sql")
        file.write_text(script.format(rows=rows))
        command = [str(server.bin / "pgbench"), "-n", "-M", "prepared", "-c", "8", "-j", "1", "-R", "200", "-T", str(seconds),
                   "-f", str(file), "-l", "--log-prefix", str(self.log), server.url("run")]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def finish(self, stop=True):
        """Of each statement how long it took, in ms from the moment at which it was to be sent, in order of size; and the
        errors with which sessions ended."""
        if stop:
            self.process.terminate()
        said, _ = self.process.communicate()
        files = self.log.parent.glob(self.log.name + ".*")
        lines = [line.split() for file in files if file.suffix != ".sql" for line in file.read_text().splitlines()]
        # the last line of a client that was stopped may be half of one
        waits = sorted(int(words[2]) / 1000 for words in lines if len(words) == 7)
        if not waits:
            raise Failed(f"the client did nothing: {said}")
        errors = [line for line in said.splitlines() if "ERROR" in line or "aborted" in line]
        return waits, errors


def measured(command, **options):
    """Wall seconds and peak RSS in MB. GNU time, as a child of Python begins with Python's own peak."""
    with tempfile.NamedTemporaryFile("r") as report:
        start = time.monotonic()
        done = subprocess.run(["time", "-f", "%M", "-o", report.name, *command], stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, **options)
        wall = time.monotonic() - start
        if done.returncode:
            raise Failed(f"{' '.join(command)}: exit {done.returncode}: {done.stderr[-2000:]}")
        return wall, int(report.read().split()[-1]) * 1024 / 1e6, done.stderr


class Project:
    """A folder of migrations in segue's own layout, and the commands on it."""

    def __init__(self, folder, segue):
        self.folder, self.binary = pathlib.Path(folder, "app"), segue
        (self.folder / "migrations").mkdir(parents=True)
        (self.folder / ".git").mkdir()

    def files(self):
        return sorted((self.folder / "migrations").glob("*"))

    def empty(self):
        for file in self.files():
            file.unlink()

    def write(self, text):
        number = len(self.files()) + 1
        (self.folder / f"migrations/{number:04}_events.sql").write_text(text)

    def segue(self, command, url, *arguments):
        return measured([self.binary, command, "--url", url, "--events", *arguments], cwd=self.folder)
