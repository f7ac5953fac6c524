// The doctor's remedy for variables that are missing: where to set them depends on whether anything is deployed.
import { expect, test } from "vitest";
import { doctorMeans } from "../../packages/bot/src/adapters/doctor-means.ts";
import { lookAtVariables } from "../../packages/bot/src/doctor/variables.ts";

async function remedyOf(env: Record<string, string>, isDeployed: boolean): Promise<string> {
  const remedies = new Set((await lookAtVariables(doctorMeans(env, isDeployed))).map(({ remedy }) => remedy));
  expect(remedies.size).toBe(1);
  return [...remedies].join();
}

test("who names nothing of a deployment hears how to look at one", async () => {
  const remedy = await remedyOf({}, true);
  expect(remedy).toContain("in the environment or in .env");
  expect(remedy).toContain("npm run doctor -- --env .sst/production.env");
});

test("who names a deployment does not", async () => {
  const remedy = await remedyOf({ CODY_TABLE: "cody" }, true);
  expect(remedy).toContain("SLACK_BOT_TOKEN");
  expect(remedy).not.toContain(".sst");
});

test("before a deployment nobody is told to put a secret into .env", async () => {
  const remedy = await remedyOf({}, false);
  expect(remedy).toContain("Set SLACK_BOT_TOKEN, SLACK_SIGNING_SECRET, GITHUB_TOKEN and ANTHROPIC_API_KEY;");
  expect(remedy).not.toContain("in .env;");
});
