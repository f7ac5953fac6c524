// `npm run sst`: the SST that this project locks, with these arguments; it asks and answers by itself.
import { spawn } from "node:child_process";
import { project, withSst } from "./real-outside.ts";

const child = spawn("sst", process.argv.slice(2), {
  cwd: project,
  env: withSst(process.env),
  stdio: "inherit",
});
child.on("error", () => {
  process.stderr.write("SST is not installed. Install it: npm ci --prefix infra/sst\n");
  process.exitCode = 127;
});
child.on("exit", (code, signal) => {
  process.exitCode = code ?? (signal ? 1 : 0);
});
