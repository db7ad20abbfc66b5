#!/usr/bin/env node
import { spawnSync } from "node:child_process";

import { binary } from "./binary.js";

const { status, signal, error } = spawnSync(binary(), process.argv.slice(2), { stdio: "inherit" });
if (error) throw error;
if (signal) process.kill(process.pid, signal);
process.exit(status ?? 1);
