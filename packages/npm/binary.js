// Where the command is: named, in the package of this platform, or in PATH.

import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, join } from "node:path";

const require = createRequire(import.meta.url);

/** Platforms that a package with the command is released for. */
export const PLATFORMS = ["darwin-arm64", "darwin-x64", "linux-arm64", "linux-arm64-musl", "linux-x64", "linux-x64-musl", "win32-x64"];

function isMusl() {
  if (process.platform !== "linux") return false;
  const { glibcVersionRuntime } = process.report?.getReport().header ?? {};
  if (glibcVersionRuntime !== undefined) return false;
  try {
    return readFileSync("/usr/bin/ldd", "utf8").includes("musl");
  } catch {
    return existsSync("/lib/ld-musl-x86_64.so.1") || existsSync("/lib/ld-musl-aarch64.so.1");
  }
}

/** This platform, as the packages are named. */
export function platform() {
  return `${process.platform}-${process.arch}${isMusl() ? "-musl" : ""}`;
}

function inPath() {
  const names = process.platform === "win32" ? ["segue.exe"] : ["segue"];
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    // the shim of this very package is no command
    if (folder === "" || folder.endsWith(join("node_modules", ".bin"))) continue;
    for (const name of names) {
      try {
        const path = join(folder, name);
        accessSync(path, constants.X_OK);
        return path;
      } catch {}
    }
  }
}

/** The path of the command. Throws where there is none, and says what to do. */
export function binary(here = platform()) {
  const named = process.env.SEGUE_BINARY;
  if (named) {
    if (!existsSync(named)) throw new Error(`SEGUE_BINARY names ${named}, and nothing is there`);
    return named;
  }
  try {
    return require.resolve(`segue-migrate-${here}/segue${process.platform === "win32" ? ".exe" : ""}`);
  } catch {}
  const found = inPath();
  if (found) return found;
  throw new Error(
    PLATFORMS.includes(here)
      ? `the command segue is missing: install segue-migrate-${here}, put segue into PATH, or name it in SEGUE_BINARY`
      : `there is no release of segue for ${here} (there are ${PLATFORMS.join(", ")}): build it from source (cargo install --locked ` +
          "--path crates/cli --no-default-features), and put it into PATH or name it in SEGUE_BINARY",
  );
}
