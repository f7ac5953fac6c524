// Refuses what is pushed into .github/workflows without the right for it, as GitHub does it.
import type { ReferenceMove, Repository } from "./repository.ts";

const FOLDER = ".github/workflows";
/** What git calls a tree with nothing in it. */
const EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/** What is lacking: an App's permission `workflows`, or the scope `workflow` of a personal token. */
export type WorkflowLack = "permission" | "scope";

/** Why a reference may not move, by its name. Those that may are left out. */
export async function workflowRefusals(
  repository: Repository,
  moves: ReferenceMove[],
  lack: WorkflowLack,
): Promise<Map<string, string>> {
  const refusals = new Map<string, string>();
  for (const { reference, before, after } of moves) {
    const file = after === undefined ? undefined : await firstWorkflow(repository, before, after);
    if (file === undefined) continue;
    refusals.set(
      reference,
      lack === "permission"
        ? `refusing to allow a GitHub App to create or update workflow \`${file}\` without \`workflows\` permission`
        : `refusing to allow a Personal Access Token to create or update workflow \`${file}\` without \`workflow\` scope`,
    );
  }
  return refusals;
}

/** The first workflow that differs from what the branch held, or from where a new branch began. */
async function firstWorkflow(
  repository: Repository,
  before: string | undefined,
  after: string,
): Promise<string | undefined> {
  const main = await repository.commitOf(repository.defaultBranch);
  const start = before ?? (main && (await repository.mergeBase(main, after))) ?? EMPTY_TREE;
  const what = ["diff-tree", "-r", "--name-only", "--diff-filter=d"];
  const { text } = await repository.git([...what, start, after, "--", FOLDER]);
  return text.split("\n").find((line) => line !== "");
}

/** A packet of git's protocol: its bytes, or the mark that ends a list. */
type Packet = Buffer | "flush";

/** The answer to a push, with `ok` turned into a refusal for these references. */
export function withRefusals(body: Buffer, refusals: Map<string, string>): Buffer {
  const packets = packetsOf(body).map((packet) => {
    if (packet === "flush") return packet;
    // In the first band is the report, itself made of packets; without bands the report is all there is.
    if (packet[0] === 1)
      return Buffer.concat([packet.subarray(0, 1), withRefusals(packet.subarray(1), refusals)]);
    const [, reference = ""] = /^ok (\S+)\n?$/.exec(packet.toString("utf8")) ?? [];
    const reason = refusals.get(reference);
    return reason === undefined ? packet : Buffer.from(`ng ${reference} ${reason}\n`);
  });
  return Buffer.concat(packets.map(framed));
}

function packetsOf(body: Buffer): Packet[] {
  const packets: Packet[] = [];
  for (let at = 0; at + 4 <= body.length; ) {
    const length = Number.parseInt(body.toString("latin1", at, at + 4), 16);
    packets.push(length < 4 ? "flush" : body.subarray(at + 4, at + length));
    at += Math.max(length, 4);
  }
  return packets;
}

function framed(packet: Packet): Buffer {
  if (packet === "flush") return Buffer.from("0000");
  const length = (packet.length + 4).toString(16).padStart(4, "0");
  return Buffer.concat([Buffer.from(length), packet]);
}
