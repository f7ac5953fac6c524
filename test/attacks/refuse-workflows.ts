// Makes a bare repository refuse pushes of Cody's branches in the words of GitHub's rule about workflows.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";

/** `file` is what the refusal names. */
export function refuseWorkflows(bare: string, file: string): void {
  execFileSync("git", ["--git-dir", bare, "config", "receive.procReceiveRefs", "refs/heads/cody"]);
  const hook = path.join(bare, "hooks", "proc-receive");
  const reason = `refusing to allow a GitHub App to create or update workflow \`${file}\` without \`workflows\` permission`;
  mkdirSync(path.dirname(hook), { recursive: true });
  writeFileSync(hook, program(reason));
  chmodSync(hook, 0o755);
}

/** Only this hook of git's can give a reason of its own for one reference; it speaks in packets with their length. */
function program(reason: string): string {
  return `#!${process.execPath}
const reason = ${JSON.stringify(reason)};
const packet = (text) => (Buffer.byteLength(text) + 4).toString(16).padStart(4, "0") + text;
let input = Buffer.alloc(0);
let greeted = false;
let reference = "";
process.stdin.on("data", (data) => {
  input = Buffer.concat([input, data]);
  while (input.length >= 4) {
    const length = Number.parseInt(input.subarray(0, 4).toString(), 16);
    if (input.length < length) return;
    const text = input.subarray(4, Math.max(4, length)).toString();
    input = input.subarray(Math.max(4, length));
    if (length > 0) reference = text.trim().split(" ")[2] ?? "";
    else if (greeted) process.stdout.write(packet("ng " + reference + " " + reason) + "0000");
    else process.stdout.write(packet("version=1") + "0000");
    if (length === 0) greeted = true;
  }
});
`;
}
