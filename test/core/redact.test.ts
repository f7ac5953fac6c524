// Redaction: known values and everything that looks like a secret are hidden, ordinary text is left alone.
import { detector, hidden, KnownSecrets, looksSecret, redactor } from "@cody/core/redact.ts";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const redact = redactor([]);

/** In parts, so that no scanner takes the examples of this file for secrets. */
const secrets = {
  "a GitHub token": `ghp_${"a1B2".repeat(9)}`,
  "an installation token": `ghs_${"A1b2".repeat(9)}`,
  "a long installation token with dots and dashes": `ghs_${"eyJhbGciOi.JSUzI1Ni-IsInR5_".repeat(12)}`,
  "an installation token with its App's number": `ghs_123456_${[
    "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9",
    "eyJqdGkiOiIwMSJ9".repeat(7),
    `${"aB3_-x".repeat(57)}`,
  ].join(".")}`,
  "a user token": `ghu_${"a1B2".repeat(9)}`,
  "a fine-grained token": `github_pat_${"11AAAA_bbbb".repeat(7)}`,
  "an Anthropic key": `sk-ant-${"api03-"}${"aB3_-".repeat(18)}`,
  "a bot token": `xoxb${"-1234567890"}-abcdefGHIJ`,
  "a configuration token": `xoxe.xoxp${"-1-Mi0yLTEyMzQ1Njc4OTA"}`,
  "an app-level token": `xapp${"-1-A0123-456789-abcdef"}`,
  "an access key": `AKIA${"IOSFODNN7EXAMPLE"}`,
  "a session's access key": `ASIA${"IOSFODNN7EXAMPLE"}`,
};

describe("what looks like a secret", () => {
  test.each(Object.entries(secrets))("%s is hidden wherever it stands", (_name, secret) => {
    for (const around of [
      (text: string) => text,
      (text: string) => `token=${text}&x=1`,
      (text: string) => `{"token":"${text}"}`,
      (text: string) => `https://x-access-token:${text}@github.com/acme/shop`,
      (text: string) => `url=https%3A%2F%2Fx-access-token%3A${text}%40github.com`,
      (text: string) => `TOKEN_${text}`,
      (text: string) => `first line\n${text}\nlast line`,
    ]) {
      const clean = redact(around(secret));
      expect(clean).toContain(hidden);
      for (let from = 0; from + 12 <= secret.length; from += 1) {
        expect(clean).not.toContain(secret.slice(from, from + 12));
      }
    }
  });

  test("two of them in one text are both hidden", () => {
    expect(redact(`${secrets["a GitHub token"]} and ${secrets["a user token"]}`)).toBe(
      `${hidden} and ${hidden}`,
    );
  });

  test("a header's credentials are hidden, whatever the scheme", () => {
    for (const scheme of ["Bearer", "basic", "token"]) {
      expect(redact(`authorization: ${scheme} eC1hY2Nlc3MtdG9rZW46c2VjcmV0`)).toBe(
        `authorization: ${hidden}`,
      );
    }
  });

  const begin = "-----BEGIN RSA PRIVATE " + "KEY-----";
  const end = "-----END RSA PRIVATE " + "KEY-----";
  test("a private key is hidden whole, one that is cut off to the end of the text", () => {
    expect(redact(`before\n${begin}\nMIIEow\nIBAAK\n${end}\nafter`)).toBe(`before\n${hidden}\nafter`);
    expect(redact(`before\n${begin}\nMIIEow\nIBAAK`)).toBe(`before\n${hidden}`);
  });

  test.each([
    "ghp_short",
    "The token is in the file.",
    "Basic authentication",
    "sk-ant-",
    "Use xoxb tokens.",
    "weighs_more_than_anything_else_in_here",
    "3f786850e387550fdab836ed7e6dc881de23001b",
    "import { tokenOf } from './authentication.ts';",
  ])("%j is left alone", (text) => {
    expect(redact(text)).toBe(text);
  });
});

describe("known values", () => {
  const value = "correct horse battery staple";

  test("are hidden as they are", () => {
    expect(redactor([value])(`password: ${value}!`)).toBe(`password: ${hidden}!`);
  });

  test("are hidden in base64, padded or not", () => {
    const encoded = Buffer.from(value).toString("base64");
    expect(redactor([value])(`value ${encoded}.`)).not.toContain(encoded.replace(/=+$/, ""));
  });

  test("are hidden as git sends them", () => {
    const header = Buffer.from(`x-access-token:${value}`).toString("base64");
    const clean = redactor([value])(header);
    expect(clean).not.toContain(Buffer.from(value).toString("base64").replace(/=+$/, ""));
  });

  test("are hidden in base64, wherever in a longer text they stand", () => {
    for (const before of ["", "x", "xy", "xyz", "x-access-token:"]) {
      const text = `${before}${value}`;
      for (const form of ["base64", "base64url"] as const) {
        const clean = redactor([value])(`'${Buffer.from(`${text}, and more`).toString(form)}'`);
        const left = Buffer.from(clean.replaceAll(hidden, ""), "base64").toString();
        expect(clean).toContain(hidden);
        expect(left).not.toMatch(/corr|hors|batt|stap/);
      }
    }
  });

  test("are hidden as an address has them", () => {
    expect(redactor(["p:ss/w rd+"])(`https://x:${encodeURIComponent("p:ss/w rd+")}@h/`)).toBe(
      `https://x:${hidden}@h/`,
    );
  });

  test("that become known later are hidden from then on, until many more have come", () => {
    const known = new KnownSecrets([value]);
    const [clean, holds] = [redactor(known), detector(known)];
    expect(clean("a-late-one")).toBe("a-late-one");
    known.add("a-late-one");
    known.add("short");
    expect(clean(`a-late-one, ${value}, short`)).toBe(`${hidden}, ${hidden}, short`);
    expect(holds(Buffer.from("an a-late-one").toString("base64"))).toBe(true);
    for (let token = 0; token < 200; token += 1) known.add(`another-${token}`);
    expect(holds("a-late-one")).toBe(false);
    expect(holds(value)).toBe(true);
    expect(clean("another-0 another-199")).toBe(`${hidden} ${hidden}`);
  });

  test("one that contains another is hidden whole", () => {
    expect(redactor(["12345678", "12345678-and-more"])("12345678-and-more 12345678")).toBe(
      `${hidden} ${hidden}`,
    );
  });

  test("are text and no pattern", () => {
    expect(redactor(["a.c$1*(x)"])("a.c$1*(x) abc")).toBe(`${hidden} abc`);
  });

  test("under eight characters are left out, for they would hide ordinary words", () => {
    expect(redactor(["", "test", "1234567"])("a test of 1234567")).toBe("a test of 1234567");
  });

  test("never appear, whatever is around them", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8 }), fc.string(), fc.string(), (secret, before, after) => {
        // A secret that is part of what stands in its place cannot be hidden.
        fc.pre(!hidden.includes(secret) && !`${before}${hidden}${after}`.includes(secret));
        expect(redactor([secret])(`${before}${secret}${after}`)).not.toContain(secret);
      }),
    );
  });
});

describe("whether there is a secret", () => {
  test.each(Object.entries(secrets))("%s looks like one", (_name, secret) => {
    expect(looksSecret(`token=${secret}&x=1`)).toBe(true);
    // Asked twice, it says the same.
    expect(looksSecret(`token=${secret}&x=1`)).toBe(true);
  });

  test("a token as git sends it to GitHub looks like one, whatever stands around it", () => {
    const sent = Buffer.from(`x-access-token:${secrets["an installation token with its App's number"]}`);
    expect(sent.length).toBeGreaterThan(500);
    const text = sent.toString("base64");
    expect(looksSecret(`x = "${text}"`)).toBe(true);
    expect(redact(`x = "${text}"`)).toBe(`x = "${hidden}"`);
    expect(redact(text.replace(/=+$/, ""))).toBe(hidden);
  });

  test("a header's credentials look like one, a long word after such a name does not", () => {
    expect(looksSecret("authorization: Bearer eC1hY2Nlc3MtdG9rZW46c2VjcmV0")).toBe(true);
    expect(looksSecret("private Token currentlyParsedTokenOfInput;")).toBe(false);
  });

  test("a known value is found as it is and in base64, a short one never", () => {
    const holds = detector(["correct horse", "test"]);
    expect(holds("a correct horse!")).toBe(true);
    expect(holds(Buffer.from("correct horse").toString("base64"))).toBe(true);
    expect(holds("a test of a correct house")).toBe(false);
  });

  test("a long row of beginnings takes no longer than any text", () => {
    const started = Date.now();
    redact("xox.".repeat(500_000));
    looksSecret("token ".repeat(300_000));
    expect(Date.now() - started).toBeLessThan(3_000);
  });
});
