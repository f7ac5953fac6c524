// Branches and git references over REST: read, made, moved and deleted.
import type { components } from "@octokit/openapi-types";
import { type Answer, json, list, noContent, type RepositoryCall, type WriteCall } from "./answer.ts";
import { boolean, required } from "./body.ts";
import { commitAt } from "./commits.ts";
import { emptyRepository, GitHubError, notFound, refused } from "./errors.ts";
import { GitError } from "./git.ts";
import { branchProtection } from "./protection-answers.ts";
import { referencesMoved } from "./pulls.ts";
import { isReferenceName, type ReferenceMove } from "./repository.ts";
import { changeRoute, type Route, readRoute } from "./route.ts";

const SHA_PATTERN = /^[0-9a-f]{40}$/;

export const referenceRoutes: Route[] = [
  readRoute("/branches", listBranches),
  readRoute("/branches/:branch*", getBranch),
  readRoute("/git/ref/:reference*", getReference),
  readRoute("/git/matching-refs/:prefix*", listReferences),
  changeRoute("POST", "/git/refs", "write", createReference),
  changeRoute("PATCH", "/git/refs/:reference*", "write", updateReference),
  changeRoute("DELETE", "/git/refs/:reference*", "write", deleteReference),
];

async function listBranches(call: RepositoryCall): Promise<Answer> {
  const { site, repository } = call;
  const branches = [...(await repository.references())].filter(([name]) => name.startsWith("refs/heads/"));
  return list(call, branches, ([name, sha]): components["schemas"]["short-branch"] => ({
    name: name.slice("refs/heads/".length),
    commit: { sha, url: `${site.apiUrl}/repos/${repository.fullName}/commits/${sha}` },
    protected: repository.protections.has(name.slice("refs/heads/".length)),
  }));
}

async function getBranch({ site, repository, params }: RepositoryCall): Promise<Answer> {
  const name = params.branch ?? "";
  const sha = await repository.objectOf(`refs/heads/${name}`);
  if (sha === undefined) throw notFound("Branch not found");
  const self = `${site.apiUrl}/repos/${repository.fullName}/branches/${encodeURIComponent(name)}`;
  const branch: components["schemas"]["branch-with-protection"] = {
    name,
    commit: await commitAt(site, repository, sha),
    _links: { self, html: `${site.url}/${repository.fullName}/tree/${name}` },
    ...branchProtection(repository, name),
    protection_url: `${self}/protection`,
  };
  return json(branch);
}

async function getReference(call: RepositoryCall): Promise<Answer> {
  await refuseEmpty(call);
  const reference = `refs/${call.params.reference}`;
  const sha = await call.repository.objectOf(reference);
  if (sha === undefined) throw notFound();
  return json(await referenceAnswer(call, reference, sha));
}

async function listReferences(call: RepositoryCall): Promise<Answer> {
  await refuseEmpty(call);
  const prefix = `refs/${call.params.prefix}`;
  const found = [...(await call.repository.references())].filter(([name]) => name.startsWith(prefix));
  return list(call, found, ([name, sha]) => referenceAnswer(call, name, sha));
}

async function createReference(call: WriteCall): Promise<Answer> {
  const { repository, body } = call;
  const { ref: reference, sha } = required(body, "ref", "sha");
  await refuseEmpty(call);
  if (!/^refs\/[^/]+\/./.test(reference) || !isReferenceName(reference)) {
    throw refused(`${reference} is not a valid ref name.`);
  }
  if (reference.startsWith("refs/pull/")) throw refused("Reference update failed");
  await refuseUnknownObject(call, sha);
  if ((await repository.objectOf(reference)) !== undefined) throw refused("Reference already exists");
  await move(call, { reference, before: undefined, after: sha });
  const headers = { location: `${call.site.apiUrl}/repos/${repository.fullName}/git/${reference}` };
  return { ...json(await referenceAnswer(call, reference, sha), 201), headers };
}

async function updateReference(call: WriteCall): Promise<Answer> {
  const { repository, body } = call;
  const { sha } = required(body, "sha");
  const force = boolean(body, "force") ?? false;
  const { reference, before } = await existing(call);
  await refuseUnknownObject(call, sha);
  if (!force && !(await repository.isAncestor(before, sha))) throw refused("Update is not a fast forward");
  await move(call, { reference, before, after: sha });
  return json(await referenceAnswer(call, reference, sha));
}

async function deleteReference(call: WriteCall): Promise<Answer> {
  const { reference, before } = await existing(call);
  if (reference === `refs/heads/${call.repository.defaultBranch}`) {
    throw refused("Cannot delete the default branch");
  }
  await move(call, { reference, before, after: undefined });
  return noContent();
}

async function existing(call: WriteCall): Promise<{ reference: string; before: string }> {
  await refuseEmpty(call);
  const reference = `refs/${call.params.reference}`;
  const before = reference.startsWith("refs/pull/") ? undefined : await call.repository.objectOf(reference);
  if (before === undefined) throw refused("Reference does not exist");
  return { reference, before };
}

async function refuseEmpty({ site, repository }: RepositoryCall): Promise<void> {
  if (!repository.isReady(site.now()) || (await repository.isEmpty())) throw emptyRepository();
}

async function refuseUnknownObject({ repository }: RepositoryCall, sha: string): Promise<void> {
  if (!SHA_PATTERN.test(sha)) {
    throw refused("The sha parameter must be exactly 40 characters and contain only [0-9a-f].");
  }
  if ((await repository.commitOf(sha)) === undefined) throw refused("Object does not exist");
}

/** git itself refuses `a` beside `a/b`; GitHub passes that on as a 422. */
async function move(call: WriteCall, change: ReferenceMove): Promise<void> {
  try {
    await call.repository.moveReference(change);
  } catch (error) {
    if (error instanceof GitError) throw new GitHubError(422, "Reference update failed");
    throw error;
  }
  await referencesMoved(call.site, call.repository, call.account, [change]);
}

async function referenceAnswer(
  { site, repository }: RepositoryCall,
  reference: string,
  sha: string,
): Promise<components["schemas"]["git-ref"]> {
  const type = (await repository.git(["cat-file", "-t", sha])).text.trim();
  const api = `${site.apiUrl}/repos/${repository.fullName}/git`;
  return {
    ref: reference,
    node_id: `REF_${Buffer.from(`${repository.id} ${reference}`).toString("base64url")}`,
    url: `${api}/${reference}`,
    object: { type, sha, url: `${api}/${type}s/${sha}` },
  };
}
