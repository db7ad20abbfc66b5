"""Migrations of PostgreSQL and SQLite by the command `segue`: it is run with `--json`, and its failures are exceptions."""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import threading
import urllib.error
import urllib.request
from typing import Any, Dict, List, Optional, Tuple, Union

from .binary import binary

__all__ = ["SegueError", "TestDatabase", "binary", "migrate", "rollback", "test_database"]

Path = Union[str, "os.PathLike[str]"]
Document = Dict[str, Any]

# What would lead to another database than the one that is named.
_LEADING = (
    "DATABASE_URL_FILE",
    "SEGUE_ENV",
    "DIRECT_URL",
    "DIRECT_DATABASE_URL",
    "POSTGRES_URL_NON_POOLING",
    "DATABASE_URL_UNPOOLED",
)


class SegueError(Exception):
    """What the command refused or could not do.

    `kind` is `input`, `refused`, `statement`, `locked`, `connection`, `interrupted`…, or None where the command printed no
    document; `problems` are as docs/json.md describes them; `exit_code` is None where a test server has refused a request.
    """

    def __init__(self, document: Optional[Document], exit_code: Optional[int], said: str = "") -> None:
        error = (document or {}).get("error") or {}
        self.kind: Optional[str] = error.get("kind")
        self.problems: List[Dict[str, Any]] = error.get("problems") or []
        self.exit_code = exit_code
        self.document = document
        told = "\n".join(_told(problem) for problem in self.problems)
        super().__init__(told or said.strip() or f"segue ended with exit code {exit_code}")


def _told(problem: Dict[str, Any]) -> str:
    place, help_ = problem.get("place"), problem.get("help")
    where = f" ({place['file']}:{place['line']}:{place['column']})" if place else ""
    return str(problem["message"]) + where + (f"; {help_}" if help_ else "")


def _options(**given: Optional[Path]) -> List[str]:
    return [word for name, value in given.items() if value is not None for word in (f"--{name}", os.fspath(value))]


def _environment(url: Optional[str]) -> Dict[str, str]:
    if url is None:
        return dict(os.environ)
    kept = {name: value for name, value in os.environ.items() if name not in _LEADING}
    # not as an argument: other processes could read it there
    return {**kept, "DATABASE_URL": url}


def _run(words: List[str], url: Optional[str], env: Optional[str], cwd: Optional[Path]) -> Document:
    if url is not None and env is not None:
        raise TypeError("either `url` or `env` says which database")
    command = [binary(), *words, "--json"]
    ran = subprocess.run(command, env=_environment(url), cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8")
    document: Optional[Document] = None
    try:
        document = json.loads(ran.stdout)
    except ValueError:
        pass
    if ran.returncode == 0 and document and document["ok"]:
        return document
    raise SegueError(document, ran.returncode, ran.stderr)


def migrate(
    url: Optional[str] = None,
    dir: Optional[Path] = None,
    *,
    to: Optional[str] = None,
    strategy: Optional[str] = None,
    env: Optional[str] = None,
    config: Optional[Path] = None,
    project: Optional[str] = None,
    cwd: Optional[Path] = None,
) -> Document:
    """Applies what is pending, up to `to`; the document of `segue deploy`."""
    options = _options(to=to, strategy=strategy, dir=dir, env=env, config=config, project=project)
    return _run(["deploy", *options], url, env, cwd)


def rollback(
    url: Optional[str] = None,
    dir: Optional[Path] = None,
    *,
    migration: Optional[str] = None,
    env: Optional[str] = None,
    config: Optional[Path] = None,
    project: Optional[str] = None,
    cwd: Optional[Path] = None,
) -> Document:
    """Takes back the plan that waits for contract, or that of a migration; the document of `segue rollback`."""
    options = _options(dir=dir, env=env, config=config, project=project)
    return _run(["rollback", *([migration] if migration else []), *options], url, env, cwd)


class TestDatabase:
    """A database of one's own with the project's migrations. As a context manager it is removed at the end."""

    __test__ = False

    def __init__(self, server: str, made: Document) -> None:
        self._server = server
        self.name: str = made["name"]
        self.url: str = made["url"]

    def migrate(self, to: Optional[str] = None) -> Document:
        """Applies what it does not have yet: `applied` has the names."""
        return _ask(self._server, "POST", f"databases/{self.name}/migrate", {"to": to} if to else {})

    def rollback(self) -> Document:
        """Takes back the last migration: `different` has what is not as it was before."""
        return _ask(self._server, "POST", f"databases/{self.name}/rollback", {})

    def drop(self) -> None:
        """Removes it."""
        _ask(self._server, "DELETE", f"databases/{self.name}", {})

    def __enter__(self) -> "TestDatabase":
        return self

    def __exit__(self, *_: object) -> None:
        self.drop()


# One server for each folder and options, for as long as this process runs.
_servers: Dict[Tuple[Any, ...], str] = {}
_starting = threading.Lock()


def _serve(words: List[str], cwd: Optional[Path]) -> str:
    key = (*words, cwd and os.fspath(cwd))
    with _starting:
        if key not in _servers:
            # It ends with us, however we end: its standard input closes.
            command = [binary(), "testdb", "serve", "--json", "--until-stdin-closes", *words]
            server = subprocess.Popen(command, cwd=cwd, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
            assert server.stdin and server.stdout
            line = server.stdout.readline()
            document = json.loads(line) if line else None
            if not document or not document["ok"]:
                raise SegueError(document, server.wait())
            atexit.register(_end, server)
            _servers[key] = document["url"]
        return _servers[key]


def _end(server: "subprocess.Popen[str]") -> None:
    if server.stdin and server.stdout:
        server.stdin.close()
        server.stdout.close()
    server.wait()


def _ask(server: str, method: str, path: str, body: Document) -> Document:
    request = urllib.request.Request(f"{server}/{path}", json.dumps(body).encode(), method=method)
    try:
        with urllib.request.urlopen(request) as response:
            document: Document = json.load(response)
            return document
    except urllib.error.HTTPError as error:
        raise SegueError(json.load(error), None) from None


def test_database(
    dir: Optional[Path] = None,
    *,
    to: Optional[str] = None,
    server: Optional[str] = None,
    config: Optional[Path] = None,
    project: Optional[str] = None,
    cwd: Optional[Path] = None,
) -> TestDatabase:
    """A database with the migrations up to `to`, or all: on the server of `server` (the URL of a role that may create databases),
    else on a throwaway one."""
    options = _options(dir=dir, config=config, project=project)
    at = _serve(options + (["--shadow-url", server] if server else []), cwd)
    return TestDatabase(at, _ask(at, "POST", "databases", {"to": to} if to else {}))


test_database.__test__ = False  # type: ignore[attr-defined]  # pytest takes it for a test where it is imported
