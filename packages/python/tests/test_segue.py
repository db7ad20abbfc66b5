import pathlib
import shutil
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent / "src"))

import segue_migrate  # noqa: E402
from segue_migrate import SegueError, migrate, rollback, test_database  # noqa: E402


def migration(folder, name, sql):
    (folder / name).mkdir(parents=True)
    (folder / name / "migration.sql").write_text(sql)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("with a space") / "migrations"
    migration(folder, "0001_users", "CREATE TABLE users (id int PRIMARY KEY, name text);")
    return folder


@pytest.fixture(scope="module")
def database(folder):
    with test_database(folder, to="0001_users") as database:
        yield database


def test_migrations_are_applied_and_nothing_is_pending_then(folder, database, monkeypatch):
    migration(folder, "0002_mail", "ALTER TABLE users ADD COLUMN mail text;")
    # what leads elsewhere does not count where a URL is given
    monkeypatch.setenv("DIRECT_URL", "postgres://nobody@127.0.0.1:1/elsewhere")
    assert [one["name"] for one in migrate(database.url, folder)["applied"]] == ["0002_mail"]
    assert migrate(database.url, folder)["applied"] == []


def test_a_failure_is_an_exception_with_what_the_command_says_of_it(folder, database):
    migration(folder, "0003_wrong", "CREATE TABLE wrong (\n  id nonsense);")
    with pytest.raises(SegueError, match='type "nonsense" does not exist') as failed:
        migrate(database.url, folder)
    shutil.rmtree(folder / "0003_wrong")
    assert (failed.value.kind, failed.value.exit_code) == ("input", 1)
    assert "0003_wrong" in failed.value.problems[0]["place"]["file"]
    with pytest.raises(SegueError):
        rollback(database.url, folder, migration="0009_nobody")
    with pytest.raises(SegueError) as failed:
        migrate("postgres://nobody:secret@127.0.0.1:1/x", folder)
    assert failed.value.kind == "connection" and "secret" not in str(failed.value)


def test_a_test_database_goes_back_and_forth(folder):
    with test_database(folder, to="0001_users") as database:
        assert database.migrate()["applied"] == ["0002_mail"]
        back = database.rollback()
        assert (back["migration"], back["different"]) == ("0002_mail", [])
    with pytest.raises(SegueError):
        database.migrate()


def test_where_the_command_is_missing_it_is_said_what_to_do(monkeypatch):
    monkeypatch.delenv("SEGUE_BINARY", raising=False)
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr("platform.machine", lambda: "sparc")
    with pytest.raises(FileNotFoundError, match="no release of segue for .* sparc .*build it from source"):
        segue_migrate.binary()
    monkeypatch.setenv("SEGUE_BINARY", "/nowhere/segue")
    with pytest.raises(FileNotFoundError, match="SEGUE_BINARY names /nowhere/segue"):
        segue_migrate.binary()
