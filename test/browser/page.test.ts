// A person in front of the page: from /cody to the finished thread, by mouse and by keyboard, in a real Chromium.
import { existsSync } from "node:fs";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { scriptOf } from "../world/scenario.ts";
import { upgrade } from "../world/scenarios/upgrade.ts";
import { buildPage } from "../world/slack-page/bundle.ts";
import { startWorld, type World } from "../world/world.ts";

/** Debian's place for it; CHROMIUM_PATH names another. */
const executablePath = process.env.CHROMIUM_PATH ?? "/usr/bin/chromium";
const hasChromium = existsSync(executablePath);
if (!hasChromium) {
  process.stderr.write(
    `Skipped: there is no Chromium at ${executablePath}. Install it, or set CHROMIUM_PATH.\n`,
  );
}

/** Where to keep the picture of the thread for the README; nowhere if left out. */
const picture = process.env.CODY_PICTURE;
/** The same for the filled form, which the guide shows. */
const formPicture = process.env.CODY_FORM_PICTURE;

const quiet = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

describe.skipIf(!hasChromium)("the page", () => {
  let world: World;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  const elsewhere: string[] = [];
  const complaints: string[] = [];

  beforeAll(async () => {
    world = await startWorld({ script: scriptOf(upgrade), assets: await buildPage() });
    browser = await chromium.launch({ executablePath, args: quiet });
    context = await browser.newContext({ viewport: { width: 1440, height: 1060 }, deviceScaleFactor: 1 });
    context.on("request", (request) => {
      const { hostname, protocol } = new URL(request.url());
      if (hostname !== "127.0.0.1" && !["data:", "blob:"].includes(protocol)) elsewhere.push(request.url());
    });
    page = await context.newPage();
    page.on("console", (message) => {
      if (message.type() === "error") complaints.push(message.text());
    });
    page.on("pageerror", (error) => complaints.push(error.message));
    await page.goto(world.slack.url);
  });

  afterAll(async () => {
    await browser?.close();
    await world?.close();
  });

  const dialog = () => page.getByRole("dialog");

  test("an empty form says at its fields what is missing, and keeps what was typed", async () => {
    await page.getByRole("textbox", { name: /Message/ }).fill("/cody Upgrade Log4j past CVE-2021-44228.");
    await page.keyboard.press("Enter");
    await dialog().getByText("What should change?").waitFor();
    await dialog().getByRole("button", { name: "Start" }).click();
    await dialog()
      .getByText(/required/)
      .first()
      .waitFor();
    expect(await dialog().getByLabel("What should change?").inputValue()).toBe(
      "Upgrade Log4j past CVE-2021-44228.",
    );
  });

  test("repositories are found by typing, with the keyboard alone", async () => {
    const search = dialog().getByRole("combobox", { name: /Repositories/ });
    for (const [typed, name] of [
      ["shop", "acme/shop-service"],
      ["legacy", "acme/legacy-batch"],
      ["check", "acme/checkout"],
    ]) {
      await search.fill(typed ?? "");
      await page.getByRole("option", { name }).waitFor({ timeout: 20_000 });
      await page.keyboard.press("ArrowDown");
      await page.keyboard.press("Enter");
      await dialog()
        .getByText(name ?? "", { exact: true })
        .first()
        .waitFor();
    }
    await search.fill("not-ours");
    await page.getByText(/No (results|matches|options)/i).waitFor();
    await search.fill("");
  });

  test("the form is submitted and the board follows the job to its end", async () => {
    await page.keyboard.press("Escape");
    if (!(await dialog().isVisible())) throw new Error("Escape in the list of a picker closed the form");
    await dialog().getByLabel(/^Name/).fill("Upgrade Log4j past CVE-2021-44228");
    if (formPicture) await dialog().screenshot({ path: formPicture });
    await dialog().getByRole("button", { name: "Start" }).click();
    await dialog().waitFor({ state: "hidden" });
    await page.getByText(/by .*@ann · done/).waitFor({ timeout: 60_000 });
    for (const card of [
      "acme/shop-service · changed",
      "acme/legacy-batch · changed",
      "acme/checkout · no change needed",
    ]) {
      await page.getByText(card).first().waitFor();
    }
    await page.getByText("(scripted)").first().waitFor();
  });

  test("the thread holds the results, and a patch opens with its lines coloured", async () => {
    await page
      .getByText(/\d+ replies/)
      .first()
      .click();
    const thread = page
      .getByRole("complementary")
      .or(page.getByRole("region", { name: /Thread/ }))
      .first();
    await thread.getByText(/Done: 2 changed and 1 needed no change/).waitFor();
    await thread.getByText("Raised Log4j from 2.14.1 to 2.17.1").first().scrollIntoViewIfNeeded();
    if (picture) await page.screenshot({ path: picture });
    await thread.getByText("acme-legacy-batch.patch").first().click();
    await dialog().getByText("+log4jVersion=2.17.1").waitFor();
    await page.keyboard.press("Escape");
    await dialog().waitFor({ state: "hidden" });
  });

  test("the button leads to the pull request", async () => {
    const [opened] = await Promise.all([
      context.waitForEvent("page"),
      page.getByText("Pull request #1").first().click(),
    ]);
    await opened.getByText("wants to merge 1 commit").waitFor();
    await opened.close();
  });

  test("Conversation puts the whole conversation into the thread", async () => {
    await page.getByRole("button", { name: "Conversation" }).first().click();
    await page.getByText("acme-checkout-conversation.md").first().waitFor({ timeout: 20_000 });
    await page.getByText("The conversation is in the thread.").first().waitFor();
  });

  test("it is readable on a phone", async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBeLessThanOrEqual(390);
  });

  test("no request left the machine, and nothing broke in the page", () => {
    expect(elsewhere).toEqual([]);
    expect(complaints).toEqual([]);
  });
});
