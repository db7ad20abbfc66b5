// migrate, rollback and testDatabase: the command is run with --json, and its failures are exceptions.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

import { binary } from "./binary.js";

export { binary } from "./binary.js";

/** What the command refused or could not do. */
export class SegueError extends Error {
  constructor(document, exitCode, said = "") {
    const problems = document?.error?.problems ?? [];
    super(problems.map(told).join("\n") || said.trim() || `segue ended with exit code ${exitCode}`);
    this.name = "SegueError";
    this.kind = document?.error?.kind ?? null;
    this.problems = problems;
    this.exitCode = exitCode;
    this.document = document ?? null;
  }
}

function told({ message, place, help }) {
  const where = place ? ` (${place.file}:${place.line}:${place.column})` : "";
  return message + where + (help ? `; ${help}` : "");
}

// What would lead to another database than the one that is named.
const LEADING = [
  "DATABASE_URL_FILE", "SEGUE_ENV", "DIRECT_URL", "DIRECT_DATABASE_URL", "POSTGRES_URL_NON_POOLING", "DATABASE_URL_UNPOOLED",
];

function environment(url) {
  const variables = { ...process.env };
  if (url === undefined) return variables;
  for (const name of LEADING) delete variables[name];
  // not as an argument: other processes could read it there
  return { ...variables, DATABASE_URL: url };
}

function options({ dir, config, project, env, url }) {
  if (url !== undefined && env !== undefined) throw new TypeError("either `url` or `env` says which database");
  const given = { "--dir": dir, "--config": config, "--project": project, "--env": env };
  return Object.entries(given).flatMap(([name, value]) => (value === undefined ? [] : [name, String(value)]));
}

function run(words, given) {
  return new Promise((resolve, reject) => {
    const child = spawn(binary(), [...words, "--json", ...options(given)], {
      env: environment(given.url),
      cwd: given.cwd,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let [out, said] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text) => (out += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (said += text));
    child.once("error", reject);
    child.once("close", (code) => {
      let document;
      try {
        document = JSON.parse(out);
      } catch {}
      if (code === 0 && document?.ok) resolve(document);
      else reject(new SegueError(document, code, said));
    });
  });
}

/** Applies what is pending. */
export function migrate(given = {}) {
  const { to, strategy } = given;
  return run(["deploy", ...(to ? ["--to", to] : []), ...(strategy ? ["--strategy", strategy] : [])], given);
}

/** Takes back what waits for contract, or what `migration` names. */
export function rollback(given = {}) {
  return run(["rollback", ...(given.migration ? [given.migration] : [])], given);
}

/** One server for each folder and options, for as long as this process runs. */
const servers = new Map();

function serve(given) {
  const words = ["testdb", "serve", "--json", "--until-stdin-closes", ...options({ ...given, url: undefined })];
  if (given.server !== undefined) words.push("--shadow-url", given.server);
  const key = JSON.stringify([words, given.cwd]);
  if (!servers.has(key)) {
    const starting = start(words, given.cwd);
    servers.set(key, starting);
    starting.catch(() => servers.delete(key));
  }
  return servers.get(key);
}

async function start(words, cwd) {
  // It ends with us, however we end: its standard input closes.
  const child = spawn(binary(), words, { cwd, stdio: ["pipe", "pipe", "pipe"] });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (said += text));
  const ended = new Promise((_, reject) => {
    child.once("error", reject);
    child.once("close", (code) => reject(new SegueError(null, code, said)));
  });
  ended.catch(() => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const { value } = await Promise.race([lines.next(), ended]);
  if (value === undefined) await ended;
  const document = JSON.parse(value);
  if (!document.ok) throw new SegueError(document, await new Promise((resolve) => child.once("close", resolve)));
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.unref?.();
  child.unref();
  return document.url;
}

async function ask(server, method, path, body = {}) {
  const response = await fetch(`${server}/${path}`, { method, body: JSON.stringify(body) });
  const document = await response.json();
  if (!response.ok) throw new SegueError(document, null);
  return document;
}

/** A database of one's own with the project's migrations, on a throwaway server or on the one of `server`. */
export async function testDatabase(given = {}) {
  const server = await serve(given);
  const made = await ask(server, "POST", "databases", given.to === undefined ? {} : { to: given.to });
  const of = (what, body) => ask(server, "POST", `databases/${made.name}/${what}`, body);
  const drop = async () => void (await ask(server, "DELETE", `databases/${made.name}`));
  return {
    name: made.name,
    url: made.url,
    migrate: (to) => of("migrate", to === undefined ? {} : { to }),
    rollback: () => of("rollback"),
    drop,
    [Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose")]: drop,
  };
}
