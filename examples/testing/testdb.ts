// Databases for tests, from `segue testdb serve`: one server for a test file, a database for each test.

import { spawn, type ChildProcess } from "node:child_process";
import { createInterface } from "node:readline";

/** What takes back a migration: `different` has what is not as it was before. */
export type TakenBack = { migration: string; way: "down" | "derived"; different: string[] };

export type TestDatabase = { name: string; url: string };

export class TestServer {
  private constructor(
    private readonly process: ChildProcess,
    private readonly url: string,
  ) {}

  /** Starts it; `SEGUE` names the program where it is not in PATH. It ends with us, however we end. */
  static async start(dir: string): Promise<TestServer> {
    const program = process.env.SEGUE ?? "segue";
    const child = spawn(program, ["testdb", "serve", "--json", "--until-stdin-closes", "--dir", dir], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const started = new Promise<never>((_, reject) => {
      child.once("error", reject);
      child.once("exit", (code) => reject(new Error(`segue ended with exit code ${code}`)));
    });
    const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    const line = await Promise.race([lines.next(), started]);
    const said = JSON.parse(line.value ?? "{}");
    if (!said.ok) throw new Error(JSON.stringify(said.error?.problems));
    started.catch(() => {});
    return new TestServer(child, said.url);
  }

  /** A new database with all migrations, or up to `to`. */
  create(to?: string): Promise<TestDatabase> {
    return this.ask("POST", "databases", to === undefined ? {} : { to });
  }

  migrate(database: TestDatabase, to?: string): Promise<{ applied: string[] }> {
    return this.ask("POST", `databases/${database.name}/migrate`, to === undefined ? {} : { to });
  }

  rollback(database: TestDatabase): Promise<TakenBack> {
    return this.ask("POST", `databases/${database.name}/rollback`, {});
  }

  drop(database: TestDatabase): Promise<unknown> {
    return this.ask("DELETE", `databases/${database.name}`, {});
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.stdin!.end();
    await ended;
  }

  private async ask<T>(method: string, path: string, body: object): Promise<T> {
    const response = await fetch(`${this.url}/${path}`, { method, body: JSON.stringify(body) });
    const document = await response.json();
    if (!document.ok) {
      throw new Error(document.error.problems.map((problem: { message: string }) => problem.message).join("\n"));
    }
    return document as T;
  }
}
