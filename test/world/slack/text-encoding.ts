// How Slack writes down what a person typed: entities escaped, names turned into ids, addresses into links.
import type { Context } from "./context.ts";

const tokens = /(<(?:[@#!][^<>\s]+|https?:\/\/[^<>\s]+)>)/;

/**
 * What becomes of `@ann` and `#in`: `<@U1>` in messages, `<@U1|ann>` in commands whose manifest says `should_escape`,
 * and nothing in other commands; addresses become links where names become ids. Ready-made `<@U1>` stays as it is, and
 * `&`, `<` and `>` are always escaped.
 */
export type Names = "id" | "id-and-name" | "as-typed";

export function encodeText(context: Context, typed: string, names: Names): string {
  return typed
    .split(tokens)
    .map((part, index) => (index % 2 === 1 ? part : encodePart(context, part, names)))
    .join("");
}

function encodePart(context: Context, part: string, names: Names): string {
  const escaped = part.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  if (names === "as-typed") return escaped;
  return escaped
    .split(addresses)
    .map((part, index) => (index % 2 === 1 ? linkTo(part) : withIds(context, part, names)))
    .join("");
}

/** `README.md` is one as well: there is a domain of that name. */
const addresses =
  /((?<![\w@./-])(?:https?:\/\/[^\s|]*[^\s|.,:;!?)'"*_~]|(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|md)(?![\w-]|\.\w)(?:\/[^\s|]*[^\s|.,:;!?)'"*_~])?))/i;

/** An address without its beginning keeps what was typed as its label. */
function linkTo(address: string): string {
  return /^https?:/i.test(address) ? `<${address}>` : `<http://${address}|${address}>`;
}

function withIds(context: Context, text: string, names: Names): string {
  return text
    .replace(/(?<!\w)@([a-z0-9](?:[a-z0-9._-]*[a-z0-9])?)/gi, (whole, name: string) => {
      if (["channel", "here", "everyone"].includes(name)) return `<!${name}>`;
      const id = personId(context, name);
      return id ? `<@${id}${names === "id-and-name" ? `|${name}` : ""}>` : whole;
    })
    .replace(/(?<!\w)#([a-z0-9][a-z0-9_-]*)/gi, (whole, name: string) => {
      const channel = [...context.state.channels.values()].find(
        (one) => one.kind !== "direct" && one.name === name.toLowerCase(),
      );
      return channel ? `<#${channel.id}|${channel.name}>` : whole;
    });
}

function personId(context: Context, name: string): string | undefined {
  const people = [...context.state.people.values()];
  return people.find((person) => person.name.toLowerCase() === name.toLowerCase())?.id;
}
