// Labels and reviewers of a pull request: what GitHub refuses of them is told in a sentence and stops nothing.
import type { Client } from "./github-access.ts";
import { isRefusal, wordsOf } from "./github-errors.ts";
import type { Place } from "./github-place.ts";

/** Returns the labels that GitHub took. */
export async function addLabels(
  { client, owner, repo }: Place,
  number: number,
  labels: readonly string[],
  notes: string[],
): Promise<string[]> {
  return eachThatIsTaken(labels, {
    ask: (names) => client.issues.addLabels({ owner, repo, issue_number: number, labels: [...names] }),
    refused: (name, words) => notes.push(`GitHub did not take the label "${name}": ${words}.`),
  });
}

/** Logins, and teams as `owner/team`. */
export async function askReviewers(
  place: Place,
  { number }: { number: number },
  names: readonly string[],
  notes: string[],
): Promise<void> {
  const isForeign = (name: string) => {
    const [owner = ""] = name.includes("/") ? name.split("/") : [place.owner];
    return owner.toLowerCase() !== place.owner.toLowerCase();
  };
  for (const name of names.filter(isForeign)) {
    notes.push(`${name} was not asked for a review: it is not a team of ${place.owner}.`);
  }
  await eachThatIsTaken(
    names.filter((name) => !isForeign(name)),
    {
      ask: (some) => requestReviewers(place, number, some),
      refused: (name, words) => notes.push(`GitHub did not ask ${name} for a review: ${words}.`),
    },
  );
}

function requestReviewers({ client, owner, repo }: Place, number: number, names: readonly string[]) {
  const wanted: Parameters<Client["pulls"]["requestReviewers"]>[0] = {
    owner,
    repo,
    pull_number: number,
    reviewers: names.filter((name) => !name.includes("/")),
    team_reviewers: names.flatMap((name) => name.split("/").slice(1)),
  };
  return client.pulls.requestReviewers(wanted);
}

/** GitHub takes all of them or none; where it takes none, each is asked for alone. */
async function eachThatIsTaken(
  names: readonly string[],
  how: {
    ask: (names: readonly string[]) => Promise<unknown>;
    refused: (name: string, words: string) => void;
  },
): Promise<string[]> {
  if (names.length === 0) return [];
  try {
    await how.ask(names);
    return [...names];
  } catch (error) {
    if (!isRefusal(error)) throw error;
    if (names.length > 1) {
      const taken: string[] = [];
      for (const name of names) taken.push(...(await eachThatIsTaken([name], how)));
      return taken;
    }
    for (const name of names) how.refused(name, wordsOf(error).replace(/\.$/, ""));
    return [];
  }
}
