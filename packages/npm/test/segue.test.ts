import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";

import { binary as locate } from "../binary.js";
import { migrate, rollback, SegueError, testDatabase, type TestDatabase } from "../index.js";

const folder = mkdtempSync(join(tmpdir(), "segue npm "));
const dir = join(folder, "migrations");
let database: TestDatabase;

function migration(name: string, sql: string) {
  mkdirSync(join(dir, name), { recursive: true });
  writeFileSync(join(dir, name, "migration.sql"), sql);
}

beforeAll(async () => {
  migration("0001_users", "CREATE TABLE users (id int PRIMARY KEY, name text);");
  database = await testDatabase({ dir });
}, 60_000);
afterAll(async () => {
  await database?.drop();
  rmSync(folder, { recursive: true });
});
afterEach(() => vi.unstubAllEnvs());

test("migrations are applied, and nothing is pending then", async () => {
  migration("0002_mail", "ALTER TABLE users ADD COLUMN mail text;");
  // what leads elsewhere does not count where a URL is given
  vi.stubEnv("DIRECT_URL", "postgres://nobody@127.0.0.1:1/elsewhere");
  const { applied } = (await migrate({ url: database.url, dir })) as any;
  expect(applied.map((one: any) => one.name)).toEqual(["0002_mail"]);
  const again = (await migrate({ url: database.url, dir })) as any;
  expect(again.applied).toEqual([]);
});

test("a failure is an exception with what the command says of it", async () => {
  migration("0003_wrong", "CREATE TABLE wrong (\n  id nonsense);");
  const failure = await migrate({ url: database.url, dir }).then(() => undefined, (error) => error);
  rmSync(join(dir, "0003_wrong"), { recursive: true });
  expect(failure).toBeInstanceOf(SegueError);
  expect(failure.kind).toBe("input");
  expect(failure.exitCode).toBe(1);
  expect(failure.problems[0].place).toMatchObject({ line: 2, file: expect.stringContaining("0003_wrong") });
  expect(failure.message).toContain('type "nonsense" does not exist');
  await expect(rollback({ url: database.url, dir, migration: "0009_nobody" })).rejects.toThrow(SegueError);
  await expect(migrate({ url: "postgres://nobody:secret@127.0.0.1:1/x", dir })).rejects.toThrow(
    expect.objectContaining({ kind: "connection", message: expect.not.stringContaining("secret") }),
  );
});

test("a test database goes back and forth, and has a server in common with others", async () => {
  const other = await testDatabase({ dir, to: "0001_users" });
  expect((await other.migrate()).applied).toEqual(["0002_mail"]);
  expect(await other.rollback()).toMatchObject({ migration: "0002_mail", different: [] });
  expect(other.url.split("/").slice(0, -1)).toEqual(database.url.split("/").slice(0, -1));
  await other.drop();
  await expect(other.migrate()).rejects.toThrow(SegueError);
});

test("where the command is missing it is said what to do", () => {
  vi.stubEnv("SEGUE_BINARY", "");
  vi.stubEnv("PATH", "/nowhere");
  expect(() => locate("sunos-sparc")).toThrow(/no release of segue for sunos-sparc .*linux-x64.*build it from source/);
  expect(() => locate("linux-x64")).toThrow(/install segue-migrate-linux-x64/);
  vi.stubEnv("SEGUE_BINARY", "/nowhere/segue");
  expect(() => locate()).toThrow(/SEGUE_BINARY names \/nowhere\/segue/);
});
