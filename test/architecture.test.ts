// The rules of the house, held against the text of every source; each is shown to find what it forbids.
import { describe, expect, test } from "vitest";
import {
  cycles,
  misplacedKits,
  outwardImports,
  undeclaredImports,
  zodByName,
} from "./architecture/direction.ts";
import { readSources, type Source } from "./architecture/source.ts";
import {
  barrels,
  consoleCalls,
  environmentOutsideOfRoots,
  forbiddenSyntax,
  tooLong,
  withoutFirstSentence,
  workAtImport,
} from "./architecture/text.ts";

const packages = readSources("packages");
const tests = readSources("test");

const view = "packages/bot/src/views/board.ts";
const story = "packages/bot/src/stories/start-job.ts";
const effect = "packages/bot/src/effects/attend.ts";
const listener = "packages/bot/src/listeners/command.ts";
const adapter = "packages/bot/src/adapters/slack-web.ts";
const root = "packages/bot/src/slack.ts";
const round = "packages/runner/src/round.ts";
const core = "packages/core/src/job.ts";

/** Sources by path. */
function plant(texts: Record<string, string>): Source[] {
  return Object.entries(texts).map(([path, text]) => ({ path, text }));
}

test("the sources are found", () => {
  expect(packages.map(({ path }) => path)).toEqual(
    expect.arrayContaining([view, story, effect, listener, adapter, root, core, "packages/bot/package.json"]),
  );
});

describe("imports go inwards only", () => {
  holds(outwardImports);

  const files = {
    [view]: "",
    [story]: "",
    [effect]: "",
    [listener]: "",
    [adapter]: "",
    [root]: "",
    [round]: "",
    [core]: "",
    "packages/bot/src/app.ts": "",
    "packages/bot/src/program.ts": "",
    "packages/core/src/adapters/github.ts": "",
    "packages/runner/src/adapters/git.ts": "",
    "packages/runner/src/agent/loop.ts": "",
    "packages/runner/src/tools/process.ts": "",
    "packages/runner/src/publish/guard.ts": "",
  };

  test.each([
    [view, "../effects/attend.ts", "views may not know effects"],
    [view, "../stories/start-job.ts", "views may not know stories"],
    [story, "../effects/attend.ts", "stories may not know effects"],
    [effect, "../listeners/command.ts", "effects may not know listeners"],
    [listener, "../effects/attend.ts", "listeners may not know effects"],
    [listener, "../adapters/slack-web.ts", "listeners may not know adapters"],
    [effect, "../adapters/slack-web.ts", "effects may not know adapters"],
    [effect, "@cody/core/adapters/github.ts", "effects may not know adapters"],
    [core, "./adapters/github.ts", "core may not know adapters"],
    [adapter, "../effects/attend.ts", "adapters may not know effects"],
    [adapter, "../views/board.ts", "adapters may not know views"],
    [effect, "../program.ts", "effects may not know program"],
    [listener, "../slack.ts", "listeners may not know root"],
    ["packages/bot/src/app.ts", "./adapters/slack-web.ts", "app may not know adapters"],
    ["packages/bot/src/program.ts", "./slack.ts", "program may not know root"],
    [round, "./adapters/git.ts", "round may not know adapters"],
    [round, "./tools/process.ts", "round may not know root"],
    ["packages/runner/src/agent/loop.ts", "../round.ts", "agent may not know round"],
    ["packages/runner/src/agent/loop.ts", "../publish/guard.ts", "agent may not know publish"],
    [core, "@cody/bot/views/board.ts", "core may know core alone"],
    [round, "@cody/bot/views/board.ts", "runner may know core alone"],
    [view, "@cody/runner/round.ts", "bot may know core alone"],
    [view, "../../../core/src/job.ts", "by a path"],
    [view, "../../../../test/world/start.ts", "may know the tests"],
    [view, "./gone.ts", "which is not there"],
  ])("%s may not import %s", (path, specifier, says) => {
    for (const statement of [
      `import { x } from "${specifier}";`,
      `import type { X } from "${specifier}";`,
      `export { x } from "${specifier}";`,
      `import "${specifier}";`,
      `const x = await import("${specifier}");`,
    ]) {
      const found = outwardImports(plant({ ...files, [path]: `// It plants.\n${statement}\n` }));
      expect(found).toEqual([expect.stringContaining(`${path}:2 imports`)]);
      expect(found[0]).toContain(says);
    }
  });

  test.each([
    [root, "./adapters/slack-web.ts"],
    [root, "@cody/core/adapters/github.ts"],
    [root, "./program.ts"],
    ["packages/bot/src/program.ts", "./adapters/slack-web.ts"],
    ["packages/bot/src/app.ts", "./listeners/command.ts"],
    [listener, "../stories/start-job.ts"],
    [effect, "../views/board.ts"],
    [adapter, "@cody/core/job.ts"],
    ["packages/core/src/adapters/github.ts", "../job.ts"],
    [round, "./agent/loop.ts"],
    [view, "zod"],
  ])("%s may import %s", (path, specifier) => {
    expect(outwardImports(plant({ ...files, [path]: `import { x } from "${specifier}";` }))).toEqual([]);
  });

  test("an import that cannot be read is none that can be allowed", () => {
    for (const specifier of ["name", "`./${name}.ts`"]) {
      expect(outwardImports(plant({ [view]: `await import(${specifier});` }))).toEqual([
        `${view}:1 imports something that cannot be read from the text`,
      ]);
    }
  });
});

describe("no files import each other", () => {
  holds(cycles);

  const a = "packages/core/src/a.ts";
  const b = "packages/core/src/b.ts";
  const c = "packages/core/src/c.ts";

  test("by way of others, dynamically, or for a type alone", () => {
    const sources = plant({
      [a]: 'import { x } from "./b.ts";',
      [b]: 'import type { X } from "./c.ts";',
      [c]: 'const x = () => import("./a.ts");',
      "packages/core/src/d.ts": 'import "./a.ts";',
    });
    expect(cycles(sources)).toEqual([`${a}, ${b}, ${c} import each other`]);
  });

  test("nor itself, and two circles are two", () => {
    const sources = plant({
      [a]: 'import "./a.ts";',
      [b]: 'import "./c.ts";',
      [c]: 'export * from "@cody/core/b.ts";',
    });
    expect(cycles(sources)).toEqual([`${a} import each other`, `${b}, ${c} import each other`]);
  });

  test("but may share what they import", () => {
    expect(
      cycles(plant({ [a]: 'import "./c.ts"; import "./b.ts";', [b]: 'import "./c.ts";', [c]: "" })),
    ).toEqual([]);
  });
});

describe("kits of the outside stay in adapters and roots", () => {
  holds(misplacedKits);

  test.each([
    [effect, 'import { WebClient } from "@slack/web-api";'],
    [effect, 'import type { KnownBlock } from "@slack/types";'],
    [view, 'import { x } from "@slack/types";'],
    [view, 'import { App } from "@slack/bolt";'],
    [story, 'import type { App } from "@slack/bolt";'],
    [listener, 'import { WebClient } from "@slack/web-api";'],
    [core, 'const { Octokit } = await import("@octokit/rest");'],
    [round, 'import Anthropic from "@anthropic-ai/sdk";'],
    [round, 'import type { Message } from "@anthropic-ai/sdk/resources/messages";'],
    [round, 'import { simpleGit } from "simple-git";'],
    [core, 'import { DynamoDBClient } from "@aws-sdk/client-dynamodb";'],
  ])("%s may not: %s", (path, text) => {
    expect(misplacedKits(plant({ [path]: text }))).toEqual([
      expect.stringMatching(/it belongs into an adapter$/),
    ]);
  });

  test.each([
    [view, 'import type { KnownBlock } from "@slack/types";'],
    [view, 'import { type Button, type KnownBlock } from "@slack/types";'],
    [listener, 'import type { App } from "@slack/bolt";'],
    ["packages/bot/src/app.ts", 'import { App } from "@slack/bolt";'],
    [root, 'import { AwsLambdaReceiver } from "@slack/bolt";'],
    [adapter, 'import { WebClient } from "@slack/web-api";'],
    ["packages/core/src/adapters/github.ts", 'import { Octokit } from "@octokit/rest";'],
  ])("%s may: %s", (path, text) => {
    expect(misplacedKits(plant({ [path]: text }))).toEqual([]);
  });
});

describe("every import is declared", () => {
  holds(undeclaredImports);

  const manifest =
    '{"dependencies":{"zod":"4","@slack/web-api":"8"},"devDependencies":{"@types/aws-lambda":"8"}}';
  const found = (text: string) =>
    undeclaredImports(plant({ "packages/bot/package.json": manifest, [view]: text }));

  test("by the package itself, for what runs", () => {
    expect(found('import { x } from "left-pad";')).toEqual([
      `${view}:1 imports left-pad, which the package.json of bot does not name`,
    ]);
    expect(found('import { x } from "@slack/bolt/dist/x";')).toHaveLength(1);
    expect(found('import { x } from "aws-lambda";')).toHaveLength(1);
    expect(found('import { x } from "@cody/core/job.ts";')).toHaveLength(1);
  });

  test("or for types alone, where nothing else is used", () => {
    expect(found('import type { X } from "aws-lambda";\nimport "node:fs";\nimport "./x.ts";\n')).toEqual([]);
    expect(found('import * as z from "zod";\nimport { x } from "@slack/web-api/dist/x";')).toEqual([]);
  });
});

describe("zod is imported as a whole", () => {
  holds(zodByName);

  test.each([
    'import { z } from "zod";',
    'import z from "zod";',
    'import * as zod from "zod";',
    'import "zod/v4";',
  ])("and not by %s", (text) => {
    expect(zodByName(plant({ [core]: text }))).toEqual([expect.stringContaining(`${core}:1 imports zod`)]);
  });

  test("for its types as well", () => {
    expect(zodByName(plant({ [core]: 'import * as z from "zod";\nimport type * as z from "zod";' }))).toEqual(
      [],
    );
  });
});

describe("only roots read the environment and exit", () => {
  holds(environmentOutsideOfRoots);

  test.each([
    "const name = process.env.NAME;",
    "const name = process?.env?.NAME;",
    "const name = globalThis.process.env.NAME;",
    "const { env, argv } = process;",
    "process.exit(1);",
    "process.exitCode = 1;",
    "process.abort();",
    'process["env"];',
    'import { env } from "node:process";',
    'import process from "process";',
  ])("and not an effect by %s", (text) => {
    expect(environmentOutsideOfRoots(plant({ [effect]: text }))).toEqual([expect.stringMatching(/:1 /)]);
    expect(environmentOutsideOfRoots(plant({ [root]: text }))).toEqual([]);
  });

  test("words about it are free", () => {
    const text = '// process.env\nconst words = "process.exit(1)";\nprocess.stdout.write(`process.env`);\n';
    expect(environmentOutsideOfRoots(plant({ [effect]: text }))).toEqual([]);
  });
});

describe("importing a file does nothing", () => {
  holds(workAtImport);

  test.each([
    ["const client = new DynamoDBClient({});", "makes a client at import"],
    ["const context = { client: new WebClient(token) };", "makes a client at import"],
    ["start(new BatchClient({}));", "makes a client at import"],
    ["export const github = new Octokit();", "makes a client at import"],
    ['const text = await readFile("x");', "waits at import"],
    ["for await (const line of lines) use(line);", "waits at import"],
    ["function one() {\n  return 1;\n}\nawait one();", "waits at import"],
    ["const one = () => {\n  return 1;\n};\nawait one();", "waits at import"],
  ])("and not %s", (text, says) => {
    expect(workAtImport(plant({ [effect]: text }))).toEqual([expect.stringContaining(says)]);
  });

  test.each([
    "function make() {\n  return new WebClient(token);\n}",
    "export async function read(): Promise<{ a: string }> {\n  return await load();\n}",
    "const make = () => new WebClient(token);",
    "const make = async () => {\n  await load();\n};",
    "export class Table {\n  readonly client = new DynamoDBClient({});\n}",
    "// await new WebClient()\nconst words = 'await new WebClient()';",
  ])("but %j is free", (text) => {
    expect(workAtImport(plant({ [effect]: text }))).toEqual([]);
  });

  test("a program that is run waits, and makes its clients in functions all the same", () => {
    const main = "packages/runner/src/main.ts";
    expect(workAtImport(plant({ [main]: "process.exit(await main());" }))).toEqual([]);
    expect(workAtImport(plant({ [main]: "const client = new S3Client();" }))).toHaveLength(1);
  });
});

describe("every file begins with one sentence that says its job", () => {
  holds(withoutFirstSentence);

  test("in the tests, too", () => {
    expect(withoutFirstSentence(tests)).toEqual([]);
  });

  test.each([
    'import { x } from "./x.ts";',
    "// Words without an end",
    "//No space after the slashes.",
    "/* Another kind of comment. */",
    "// A first line.\n// A second line.",
    "\n// Not the first line.",
  ])("and not with %j", (text) => {
    expect(withoutFirstSentence(plant({ [core]: `${text}\n` }))).toHaveLength(1);
  });
});

test("no file is longer than four hundred lines", () => {
  expect(tooLong(packages)).toEqual([]);
  expect(tooLong(plant({ [core]: "x\n".repeat(401) }))).toEqual([
    `${core}:401 has 401 lines; 400 are the most`,
  ]);
  expect(tooLong(plant({ [core]: "x\n".repeat(400) }))).toEqual([]);
});

describe("Node runs the source as it is, and names are imported from where they are", () => {
  holds(forbiddenSyntax);
  holds(barrels);

  test("in the tests, too", () => {
    expect([...forbiddenSyntax(tests), ...barrels(tests)]).toEqual([]);
  });

  test.each([
    ["export default function () {}", "has a default export"],
    ["const x = 1;\nexport { x as default };", "has a default export"],
    ['export { default } from "./x.ts";\nexport default 1;', "has a default export"],
    ["export enum Color { Red }", "has an enum"],
    ["const enum Color { Red }", "has an enum"],
    ["declare enum Color { Red }", "has an enum"],
    ["namespace Words { export const x = 1; }", "has a namespace"],
    ["export namespace A.B {}", "has a namespace"],
    ["module Words {}", "has a namespace"],
  ])("no %j", (text, says) => {
    expect(forbiddenSyntax(plant({ [core]: text }))).toEqual([expect.stringContaining(says)]);
  });

  test("words about them are free", () => {
    const text =
      '// export default enum X {}\nconst words = "namespace X {}";\nconst shape = z.enum([`enum A {`]);\n';
    expect(forbiddenSyntax(plant({ [core]: text }))).toEqual([]);
  });

  test.each([
    'export * from "./job.ts";',
    '// Everything.\nexport { job } from "./job.ts";\nexport type { Run } from "./run.ts";\n',
    'import { job } from "./job.ts";\nexport { job };\n',
  ])("no file of nothing but %j", (text) => {
    expect(barrels(plant({ [core]: text }))).toEqual([`${core}:1 only passes on what others export`]);
  });

  test.each([
    'import { job } from "./job.ts";\njob();\n',
    'export { job } from "./job.ts";\nexport const more = 1;\n',
    'import "./job.ts";\n',
    "",
  ])("%j is none", (text) => {
    expect(barrels(plant({ [core]: text }))).toEqual([]);
  });
});

describe("nothing is written to the console", () => {
  holds(consoleCalls);

  test.each([
    'console.log("x");',
    "globalThis.console.error(x);",
    'console["log"](x);',
    "console\n  .table(x);",
  ])("not by %j", (text) => {
    expect(consoleCalls(plant({ [core]: text }))).toEqual([`${core}:1 uses console`]);
  });

  test("words about it are free", () => {
    const text =
      '// console.log\nconst words = "console.log(1)";\nmyconsole.log(1);\nthis.$console.log(1);\n';
    expect(consoleCalls(plant({ [core]: text }))).toEqual([]);
  });
});

/** The rule finds nothing in the packages as they are. */
function holds(rule: (sources: readonly Source[]) => string[]): void {
  test(`packages: ${rule.name}`, () => {
    expect(rule(packages)).toEqual([]);
  });
}
