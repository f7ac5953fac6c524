// The few plain pages that people see in a browser: no script, nothing loaded from anywhere, nothing kept.
import { createHash } from "node:crypto";
import type { WebAnswer } from "./http.ts";

export interface Page {
  status: number;
  title: string;
  paragraphs: string[];
  form?: {
    action: string;
    button: string;
    fields: Record<string, string> /** Where its answer may lead. */;
    to: string;
  };
  cookies?: string[];
}

const style =
  "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:36rem;margin:4rem auto;padding:0 1rem}" +
  "button{font:inherit;padding:.6rem 1.2rem}";
const styleHash = createHash("sha256").update(style).digest("base64");

/** The page as an answer. Every text is shown as it is, whatever it holds. */
export function pageAnswer({ status, title, paragraphs, form, cookies = [] }: Page): WebAnswer {
  const shown = [
    `<h1>${escaped(title)}</h1>`,
    ...paragraphs.map((text) => `<p>${escaped(text)}</p>`),
    ...(form ? [formOf(form)] : []),
  ];
  return {
    statusCode: status,
    headers: { ...pageHeaders(form?.to), "content-type": "text/html; charset=utf-8" },
    cookies,
    body: `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escaped(title)} · Cody</title><style>${style}</style></head><body><main>${shown.join("")}</main></body></html>`,
  };
}

/** Leads the browser on. */
export function seeOther(location: string, cookies: string[]): WebAnswer {
  return { statusCode: 303, headers: { ...pageHeaders(), location }, cookies, body: "" };
}

/** An address with a request or a code in it must not be kept, framed, or told to the next site. */
function pageHeaders(formTo?: string): Record<string, string> {
  const forms = formTo ? `'self' ${new URL(formTo).origin}` : "'none'";
  return {
    "cache-control": "no-store",
    "content-security-policy": `default-src 'none'; style-src 'sha256-${styleHash}'; form-action ${forms}; frame-ancestors 'none'; base-uri 'none'`,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
  };
}

function formOf({ action, button, fields }: NonNullable<Page["form"]>): string {
  const inputs = Object.entries(fields).map(
    ([name, value]) => `<input type="hidden" name="${escaped(name)}" value="${escaped(value)}">`,
  );
  return `<form method="post" action="${escaped(action)}">${inputs.join("")}<button>${escaped(button)}</button></form>`;
}

const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => entities[character] ?? character);
}
