/** Which project, as the options of the command of the same names. */
export interface Where {
  /** The folder of migrations, or the project folder in which it is found. */
  dir?: string;
  /** The segue.toml, where it is not the one that would be found. */
  config?: string;
  /** The `[[project]]` of segue.toml. */
  project?: string;
  /** The folder that the command runs in. */
  cwd?: string;
}

/** Which project and which database: that of `url`, or of the section `env` of segue.toml; without them the project's own. */
export interface Target extends Where {
  url?: string;
  env?: string;
}

export interface Problem {
  message: string;
  place: { file: string; line: number; column: number; label: string } | null;
  notes: string[];
  help: string | null;
}

/** A document of the command: docs/json.md. */
export interface Document {
  version: 1;
  command: string;
  ok: boolean;
  [field: string]: unknown;
}

export class SegueError extends Error {
  /** `input`, `refused`, `statement`, `locked`, `connection`, `interrupted`…; null where the command printed no document. */
  readonly kind: string | null;
  readonly problems: Problem[];
  /** Null where a test server has refused a request. */
  readonly exitCode: number | null;
  readonly document: Document | null;
}

/** Applies what is pending; `to` is the last migration. Throws a {@link SegueError}. */
export function migrate(target?: Target & { to?: string; strategy?: "online" | "direct" }): Promise<Document>;

/** Takes back the plan that waits for contract, or that of a migration. Throws a {@link SegueError}. */
export function rollback(target?: Target & { migration?: string }): Promise<Document>;

export interface TestDatabase {
  readonly name: string;
  readonly url: string;
  /** Applies what it does not have yet. */
  migrate(to?: string): Promise<{ applied: string[] }>;
  /** Takes back the last migration; `different` has what is not as it was before. */
  rollback(): Promise<{ migration: string; way: "down" | "derived"; different: string[] }>;
  drop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * A database with the project's migrations, up to `to` or all: on the server of `server` (a role that may create databases), else
 * on a throwaway one. Throws a {@link SegueError}.
 */
export function testDatabase(where?: Where & { to?: string; server?: string }): Promise<TestDatabase>;

/** The path of the command: of `SEGUE_BINARY`, of this platform's package, or in PATH. */
export function binary(): string;
