// Slack's text as people read it.

/** Slack keeps `&`, `<` and `>` as entities. */
export function decoded(text: string): string {
  return text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");
}
