// One cold start, in a process of its own: loads a bundle, answers the first signed /cody, prints the milliseconds.
import { pathToFileURL } from "node:url";
import { slashCommand } from "./slack-request.ts";

const [, , bundle = ""] = process.argv;
const { handler } = await import(pathToFileURL(bundle).href);
const answer = await handler(slashCommand(), {});
// Counted from the start of the process, which performance.now() does.
const answeredMs = performance.now();
if (answer.statusCode !== 200) throw new Error(`the handler answered ${answer.statusCode}`);
process.stdout.write(JSON.stringify({ answeredMs }));
process.exit(0);
