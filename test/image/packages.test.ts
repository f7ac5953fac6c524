// Debian 13 has every package of the image, and they can be installed together.
import { describe, expect, test } from "vitest";
import { fullPackages, slimPackages } from "../../packages/runner/image/stages.ts";
import { processors, simulateInstall, whyNoLists } from "./debian.ts";
import { whyNoPackages } from "./machine.ts";

const timeout = 60_000;
const whyNot = whyNoPackages() ?? (await whyNoLists());

describe.skipIf(whyNot)(`Debian 13${whyNot ? ` (skipped: ${whyNot})` : ""}`, { timeout }, () => {
  test.each(processors)("has all packages of the full image for %s", async (processor) => {
    const packages = [...slimPackages, ...fullPackages];
    expect(await simulateInstall(packages, processor)).toEqual(expect.arrayContaining(packages));
  });

  test("lacks what does not exist", async () => {
    await expect(simulateInstall(["openjdk-20-jdk-headless"], "amd64")).rejects.toThrow(
      "openjdk-20-jdk-headless",
    );
  });
});
