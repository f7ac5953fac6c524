// Looks for the world's secrets wherever they should not be: Slack, GitHub, the model, logs.
import { people } from "./people.ts";
import type { World } from "./world.ts";

/** A piece of a secret this long is no accident. */
const pieceChars = 12;

/** How many places hold a piece of a secret, plainly or in base64. */
export async function countLeaks({ slack, github, claude, secrets, logged }: World): Promise<number> {
  const pieces = Object.values(secrets).flatMap(piecesOf);
  const shared = people.flatMap(({ id }) =>
    slack
      .as(id)
      .state()
      .messages.flatMap(({ files }) => files.map((file) => file.id)),
  );
  const places: string[] = [
    ...slack.record.calls.map(({ args }) => JSON.stringify({ ...args, token: undefined })),
    ...shared.map((id) => slack.fileBytes(id).toString("latin1")),
    ...claude.record.requests.map(({ body }) => JSON.stringify(body ?? null)),
    ...(await github.record.pullRequests()).map((pull) => JSON.stringify(pull)),
    ...logged.map(({ line }) => line),
  ];
  return places.filter((place) => pieces.some((piece) => place.includes(piece))).length;
}

/** The secret's part after its prefix in overlapping pieces, and the same of its base64 form. */
function piecesOf(secret: string): string[] {
  const random = secret.slice(secret.lastIndexOf("-") + 1).replace(/^ghp_/, "");
  return [random, Buffer.from(random).toString("base64").replace(/=+$/, "")].flatMap((form) =>
    Array.from({ length: form.length - pieceChars + 1 }, (_, at) => form.slice(at, at + pieceChars)),
  );
}
