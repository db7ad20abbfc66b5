"""Databases for tests, from `segue testdb serve`: one server for the run, a database for each test."""

import json
import os
import pathlib
import subprocess
import urllib.error
import urllib.request

import psycopg
import pytest

HERE = pathlib.Path(__file__).parent


class Database:
    """A database, and what is done to its migrations."""

    def __init__(self, ask, made):
        self._ask, self.name, self.url = ask, made["name"], made["url"]

    def migrate(self, to=None):
        return self._ask("POST", f"databases/{self.name}/migrate", {"to": to} if to else {})

    def rollback(self):
        return self._ask("POST", f"databases/{self.name}/rollback", {})

    def drop(self):
        return self._ask("DELETE", f"databases/{self.name}", {})

    def rows(self, sql):
        with psycopg.connect(self.url) as connection:
            return connection.execute(sql).fetchall()

    def columns(self, table):
        listed = "SELECT column_name FROM information_schema.columns WHERE table_name = '{}' ORDER BY ordinal_position"
        return [name for (name,) in self.rows(listed.format(table))]


@pytest.fixture(scope="session")
def ask():
    """Asks a server that ends with us, however we end. `SEGUE` names the program where it is not in PATH."""
    program = os.environ.get("SEGUE", "segue")
    command = [program, "testdb", "serve", "--json", "--until-stdin-closes", "--dir", HERE]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        said = json.loads(server.stdout.readline())
        assert said["ok"], said

        def ask(method, path, body):
            request = urllib.request.Request(f"{said['url']}/{path}", json.dumps(body).encode(), method=method)
            try:
                with urllib.request.urlopen(request) as response:
                    return json.load(response)
            except urllib.error.HTTPError as error:
                problems = json.load(error)["error"]["problems"]
                raise AssertionError("\n".join(problem["message"] for problem in problems)) from error

        yield ask
        server.stdin.close()


@pytest.fixture
def at(ask):
    """Makes databases with the migrations up to one, or all; they are removed behind the test."""
    made = []

    def at(to=None):
        made.append(Database(ask, ask("POST", "databases", {"to": to} if to else {})))
        return made[-1]

    yield at
    for database in made:
        database.drop()
