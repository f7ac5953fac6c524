// The page as the workspace server gets it: whole, and without a way out of this machine.
import { expect, test } from "vitest";
import { buildPage } from "./bundle.ts";

test("has a document, a script and a style sheet, and nothing else", async () => {
  const page = await buildPage();
  expect(page("/")).toBe(page("/index.html"));
  expect(page("/")?.type).toContain("text/html");
  expect(page("/page.js")?.type).toContain("text/javascript");
  expect(page("/page.css")?.type).toContain("text/css");
  expect(page("/page.tsx")).toBeUndefined();
});

test("is built once", async () => {
  expect(await buildPage()).toBe(await buildPage());
});

test("lets the browser fetch from the workspace server only", async () => {
  const page = await buildPage();
  const html = String(page("/")?.body);
  expect(html).toContain("default-src 'none'");
  expect(html.match(/(?:src|href)="https?:/g)).toBeNull();
  expect(String(page("/page.css")?.body).match(/@import|url\((?!["']?data:)/g)).toBeNull();
});
