// What a program asks of AWS, by the commands in the sources that are part of it.
import path from "node:path";
import { build } from "esbuild";
import { repository } from "../platform.ts";

/** The services of the clients, as permissions call them. */
const services = { "lib-dynamodb": "dynamodb", "client-batch": "batch", "client-ssm": "ssm" };

/** Actions that the program at this entry point may come to ask for: `dynamodb:GetItem`, `batch:SubmitJob`. */
export async function askedBy(entry: string): Promise<string[]> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    absWorkingDir: repository,
    bundle: true,
    write: false,
    platform: "node",
    format: "esm",
    // Cody's own packages are followed, and what nothing calls is left out; their dependencies stay imports.
    packages: "external",
    alias: Object.fromEntries(
      ["core", "bot", "runner"].map((name) => [
        `@cody/${name}`,
        path.join(repository, "packages", name, "src"),
      ]),
    ),
  });
  return [...new Set(outputFiles.flatMap(({ text }) => actionsIn(text)))].sort();
}

/** By the commands that are both imported from a client and made: an import alone stays behind where nothing uses it. */
function actionsIn(text: string): string[] {
  return Object.entries(services).flatMap(([client, service]) => {
    const from = [`from "@aws-sdk/${client}"`, `= await import\\("@aws-sdk/${client}"\\)`];
    const lists = from.flatMap((each) => [...text.matchAll(new RegExp(`\\{([^{}]*)\\} ${each}`, "g"))]);
    const commands = lists.flatMap(([, list = ""]) => [...list.matchAll(/\b(\w+)Command\b/g)]);
    const made = commands.map(([, name = ""]) => name).filter((name) => text.includes(`new ${name}Command(`));
    return made.map((name) => `${service}:${service === "dynamodb" ? itemAction(name) : name}`);
  });
}

/** The document client calls GetItem a GetCommand. */
function itemAction(command: string): string {
  return command === "Query" ? command : `${command}Item`;
}
