// The sample job: upgrade Log4j in three repositories, of which two use it, each in its own way.

import { type Reply, steps } from "../claude/script.ts";
import type { Scenario } from "../scenario.ts";

const fixed = "2.17.1";

const shopService = steps(
  {
    thinking: "A Maven project names its versions in pom.xml. I look for every mention first.",
    calls: [
      { name: "search_code", input: { pattern: "log4j", ignoreCase: true } },
      { name: "read_file", input: { path: "pom.xml" } },
    ],
  },
  {
    thinking: "One property holds the version, and the README repeats it.",
    calls: [
      {
        name: "edit_file",
        input: {
          path: "pom.xml",
          oldText: "<log4j2.version>2.14.1</log4j2.version>",
          newText: `<log4j2.version>${fixed}</log4j2.version>`,
        },
      },
      {
        name: "edit_file",
        input: { path: "README.md", oldText: "| Log4j | 2.14.1 |", newText: `| Log4j | ${fixed} |` },
      },
    ],
  },
  {
    calls: [
      {
        name: "run_command",
        input: { command: "grep -rn '2\\.14\\.1' . --exclude-dir=.git || echo 'no old version left'" },
      },
    ],
  },
  ...finish(
    `Raised Log4j from 2.14.1 to ${fixed}: the property \`log4j2.version\` serves both log4j-api and log4j-core, and the README names the new version.`,
    "Searched for the old version: none left. `mvn verify` was not run, because it needs the network.",
  ),
);

/** What the importer's messages say before and after; the layout already puts the batch into every line. */
const messages = [
  ['"batch ${ctx:batchId}: read {} lines', '"read {} lines'],
  ['"batch ${ctx:batchId}: done,', '"done,'],
  ['"batch ${ctx:batchId}: skipped', '"skipped'],
];

const importer = "importer/src/main/java/com/example/batch/Importer.java";
const layout = "importer/src/main/resources/log4j2.xml";

const legacyBatch = steps(
  {
    thinking: "Gradle can name a version in several places.",
    calls: [
      {
        name: "search_code",
        input: { pattern: "log4j|2\\.14\\.1|\\{lookups\\}|\\$\\{ctx", ignoreCase: true },
      },
    ],
  },
  {
    thinking:
      "The property serves the importer; report/ has its own copy of the number; the layout asks for lookups.",
    calls: [
      { name: "read_file", input: { path: "gradle.properties" } },
      { name: "read_file", input: { path: "report/build.gradle" } },
      { name: "read_file", input: { path: layout } },
      { name: "read_file", input: { path: importer } },
    ],
  },
  {
    thinking: "Newer versions do not look anything up in messages, so the messages must not count on it.",
    calls: [
      edit("gradle.properties", "log4jVersion=2.14.1", `log4jVersion=${fixed}`),
      edit(
        "report/build.gradle",
        "'org.apache.logging.log4j:log4j-core:2.14.1'",
        '"org.apache.logging.log4j:log4j-core:${log4jVersion}"',
      ),
      edit(layout, "%m{lookups}%n", "%m%n"),
      edit(
        layout,
        "<!-- The importer writes ${ctx:batchId} into its messages; lookups put the number in. -->",
        "<!-- The batch comes from the thread's context and stands in front of every message. -->",
      ),
      ...messages.map(([before = "", after = ""]) => edit(importer, before, after)),
    ],
  },
  {
    calls: [
      {
        name: "run_command",
        input: {
          command: "grep -rnE '2\\.14\\.1|lookups}|: \"batch' . --exclude-dir=.git || echo 'nothing left'",
        },
      },
    ],
  },
  ...finish(
    `Raised Log4j from 2.14.1 to ${fixed}. \`report/build.gradle\` had the old version written out and now uses \`log4jVersion\` like the importer. The layout asked for lookups in messages, which is the door of CVE-2021-44228 and gone from newer versions; it no longer does. The messages relied on that for the batch id, which the layout already puts in front of every line, so they no longer repeat it.`,
    "Searched for the old version and for lookups in messages: none left. `gradle build` was not run, because it needs the network.",
  ),
);

const checkout = steps(
  {
    thinking: "A Node package. Log4j is a Java library, so I look for any trace of it.",
    calls: [
      { name: "search_code", input: { pattern: "log4j|slf4j|org\\.apache\\.logging", ignoreCase: true } },
      { name: "list_files", input: {} },
      { name: "run_command", input: { command: "node --test" } },
    ],
  },
  {
    calls: [
      {
        name: "finish",
        input: {
          summary: "Log4j is not used here: a Node module without dependencies.",
          verification: "`node --test` passes; nothing was changed.",
          noChangeNeeded:
            "Searched every file for log4j, slf4j and org.apache.logging: no match. There is no Java and package.json has no dependencies.",
        },
      },
    ],
  },
);

function edit(path: string, oldText: string, newText: string) {
  return { name: "edit_file", input: { path, oldText, newText } };
}

/** The model looks over its diff once: the first call shows it, the second ends the round. */
function finish(summary: string, verification: string): Reply[] {
  const reply = { calls: [{ name: "finish", input: { summary, verification } }] };
  return [reply, reply];
}

export const upgrade: Scenario = {
  name: "upgrade",
  says: "Log4j in three repositories: two use it, each in its own way, one does not",
  request: {
    repositories: ["acme/shop-service", "acme/legacy-batch", "acme/checkout"],
    prompt: "Upgrade Log4j past CVE-2021-44228.",
    name: "Upgrade Log4j past CVE-2021-44228",
    kind: "vulnerability",
  },
  scripts: { "acme/shop-service": shopService, "acme/legacy-batch": legacyBatch, "acme/checkout": checkout },
  expected: {
    status: "done",
    outcomes: {
      "acme/shop-service": "changed",
      "acme/legacy-batch": "changed",
      "acme/checkout": "unchanged",
    },
  },
};
