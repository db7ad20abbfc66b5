"""The migrations that bench/run deploys: small ones, of the four kinds that projects have most of."""

from dataclasses import dataclass
from pathlib import Path


@dataclass
class Folders:
    sqlx: Path
    refinery: Path
    # A script that runs the files of `sqlx`, each in a transaction with its record.
    psql: Path


def tables(count):
    """How many tables so many migrations make."""
    return (count + 3) // 4


def migration(number):
    """Its name and SQL; from 1. Four in a row work on one table."""
    table = f"bench_{(number - 1) // 4 + 1:04}"
    return [
        (
            f"create_{table}",
            f"CREATE TABLE {table} (\n    id bigint PRIMARY KEY,\n    name text NOT NULL,\n"
            "    created_at timestamptz NOT NULL DEFAULT now()\n);\n",
        ),
        (f"add_state_to_{table}", f"ALTER TABLE {table} ADD COLUMN state text NOT NULL DEFAULT 'new';\n"),
        (f"index_{table}", f"CREATE INDEX {table}_name ON {table} (name);\n"),
        (f"fill_{table}", f"INSERT INTO {table} (id, name) VALUES (1, 'one'), (2, 'two'), (3, 'three');\n"),
    ][(number - 1) % 4]


def write(folder, count):
    folders = Folders(folder / "sqlx", folder / "refinery", folder / "psql.sql")
    folders.sqlx.mkdir(parents=True)
    folders.refinery.mkdir()
    script = [
        "CREATE TABLE history (version bigint PRIMARY KEY, name text NOT NULL, "
        "applied_at timestamptz NOT NULL DEFAULT now(), checksum bytea NOT NULL);\n"
    ]
    for number in range(1, count + 1):
        name, sql = migration(number)
        file = folders.sqlx / f"{number:04}_{name}.sql"
        file.write_text(sql)
        (folders.refinery / f"V{number}__{name}.sql").write_text(sql)
        script.append(
            f"BEGIN;\n\\i {file}\nINSERT INTO history (version, name, checksum) "
            f"VALUES ({number}, '{name}', decode('{number:096x}', 'hex'));\nCOMMIT;\n"
        )
    folders.psql.write_text("".join(script))
    return folders
