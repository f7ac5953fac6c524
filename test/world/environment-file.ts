// Writes an environment as a file that Node reads with --env-file.
import { writeFile } from "node:fs/promises";

/** For its owner alone: it holds the world's secrets. Values of more than one line are not for such a file. */
export async function writeEnvironment(file: string, env: Record<string, string>): Promise<void> {
  const lines = Object.entries(env).map(([name, value]) => `${name}='${value}'\n`);
  const wrong = Object.entries(env).find(([, value]) => /['\r\n]/.test(value));
  if (wrong) throw new Error(`${wrong[0]} cannot be written to an environment file.`);
  await writeFile(file, lines.join(""), { mode: 0o600 });
}
