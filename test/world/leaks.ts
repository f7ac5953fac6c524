// Looks for the world's secrets wherever they should not be: Slack, GitHub, the model, the table, logs.
import { openStore } from "@cody/core/adapters/table/store.ts";
import { clientEnvironment } from "./aws/client-settings.ts";
import { tableName } from "./deployment.ts";
import { people, team } from "./people.ts";
import type { World } from "./world.ts";

/** A piece of a secret this long is no accident. */
const pieceChars = 12;

/** How many places hold a piece of a secret, plainly, in base64, in hex or reversed. */
export async function countLeaks(world: World): Promise<number> {
  const pieces = new Set(secretsOf(world).flatMap(piecesOf));
  const places = [...said(world), ...(await published(world)), ...(await stored(world))];
  return places.filter((place) => holdsAny(place, pieces)).length;
}

/** What the programs were given, and the tokens that were made for them since: the part that nobody can guess. */
function secretsOf({ secrets, github }: World): string[] {
  const { githubKey = "", ...given } = secrets;
  const lines = githubKey.split("\n").filter((line) => line && !line.startsWith("-----"));
  return [
    ...Object.values(given).map((secret) => secret.slice(secret.lastIndexOf("-") + 1).replace(/^ghp_/, "")),
    ...lines,
    ...github.record.tokens.map(({ token }) => token.slice(token.lastIndexOf(".") + 1)),
  ];
}

/** There are tens of thousands of pieces, so each part of the text is looked up and not the other way round. */
function holdsAny(text: string, pieces: ReadonlySet<string>): boolean {
  for (let at = 0; at + pieceChars <= text.length; at += 1) {
    if (pieces.has(text.slice(at, at + pieceChars))) return true;
  }
  return false;
}

/** What went to Slack and to the model, and what the programs logged. */
function said({ slack, claude, logged }: World): string[] {
  const files = people.flatMap(({ id }) =>
    slack
      .as(id)
      .state()
      .messages.flatMap((message) => message.files),
  );
  return [
    ...slack.record.calls.map(({ args }) => JSON.stringify({ ...args, token: undefined })),
    ...new Set(files.map(({ id }) => id)).values().map((id) => slack.fileBytes(id).toString("latin1")),
    ...claude.record.requests.map(({ body }) => JSON.stringify(body ?? null)),
    ...logged.map(({ line }) => line),
  ];
}

/** Pull requests, and every object that was pushed. */
async function published({ github }: World): Promise<string[]> {
  const pulls = await github.record.pullRequests();
  const pushes = github.record.pushes.map((push) => JSON.stringify(push));
  return [...pulls.map((pull) => JSON.stringify(pull)), ...pushes];
}

/** Everything that the table keeps of every job. */
async function stored({ addresses }: World): Promise<string[]> {
  Object.assign(process.env, { ...clientEnvironment, AWS_ENDPOINT_URL_DYNAMODB: addresses.dynamoDb });
  const store = openStore(tableName);
  const places: string[] = [];
  for (const { id } of await store.jobs.newest(team.id, 100)) {
    const record = await store.jobs.read(id);
    places.push(JSON.stringify(record));
    for (const run of record?.runs ?? []) {
      const work = store.work(id, run.number);
      for (const turn of await work.turns(run.round)) places.push(JSON.stringify(turn));
      places.push((await work.patch(run.round))?.toString("latin1") ?? "");
    }
  }
  return places;
}

/** A secret in overlapping pieces, in every form that hides nothing. */
function piecesOf(random: string): string[] {
  const forms = [random, [...random].reverse().join(""), Buffer.from(random).toString("hex")];
  // Base64 looks different by where in a group of three the secret begins; its ends depend on the neighbours.
  for (const before of ["", "x", "xx"]) {
    forms.push(
      Buffer.from(before + random)
        .toString("base64")
        .slice(4, -4),
    );
  }
  return forms.flatMap((form) =>
    Array.from({ length: Math.max(0, form.length - pieceChars + 1) }, (_, at) =>
      form.slice(at, at + pieceChars),
    ),
  );
}
