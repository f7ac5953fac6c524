// Files and folders of a commit, read over REST.
import type { components } from "@octokit/openapi-types";
import { type Answer, json, mediaOf, plain, type RepositoryCall } from "./answer.ts";
import { forbidden, GitHubError, notFound } from "./errors.ts";
import { isPath, type Repository } from "./repository.ts";
import { type Route, readRoute } from "./route.ts";

/** Above this GitHub leaves `content` empty, and above the second it refuses (1 MB and 100 MB, documented). */
const MAX_INLINE_BYTES = 1024 * 1024;
const MAX_FILE_BYTES = 100 * 1024 * 1024;
/** A folder's listing ends here. */
const MAX_FOLDER_ENTRIES = 1_000;

interface Entry {
  mode: string;
  sha: string;
  size: number;
  path: string;
}

export const contentRoutes: Route[] = [
  readRoute("/contents/?", (call) => contentsAt(call, "")),
  readRoute("/contents/:path*", (call) => contentsAt(call, (call.params.path ?? "").replace(/\/$/, ""))),
];

async function contentsAt(call: RepositoryCall, path: string): Promise<Answer> {
  const { repository, query } = call;
  if (await repository.isEmpty()) throw notFound("This repository is empty.");
  const reference = query.get("ref") ?? repository.defaultBranch;
  const commit = await repository.commitOf(reference);
  if (commit === undefined) throw notFound(`No commit found for the ref ${reference}`);
  if (path === "") return json(await folder(call, commit, ""));
  if (!isPath(path)) throw notFound();
  const [entry] = await entriesOf(repository, commit, [path]);
  if (entry === undefined || entry.path !== path) throw notFound();
  if (entry.mode === "040000") return json(await folder(call, commit, `${path}/`));
  return file(call, entry, reference);
}

async function file(call: RepositoryCall, entry: Entry, reference: string): Promise<Answer> {
  if (entry.mode === "160000") {
    return json({ ...about(call, entry, reference), type: "submodule", submodule_git_url: null });
  }
  if (entry.size > MAX_FILE_BYTES) {
    throw new GitHubError(403, "This API returns blobs up to 100 MB in size.", {
      errors: [{ resource: "Blob", field: "data", code: "too_large" }],
    });
  }
  const { bytes, text } = await call.repository.git(["cat-file", "blob", entry.sha]);
  if (mediaOf(call) === "raw") return plain(bytes, "application/vnd.github.raw; charset=utf-8");
  if (entry.mode === "120000") {
    const link: components["schemas"]["content-symlink"] = {
      ...about(call, entry, reference),
      type: "symlink",
      target: text,
    };
    return json(link);
  }
  const inline = entry.size <= MAX_INLINE_BYTES;
  const content: components["schemas"]["content-file"] = {
    ...about(call, entry, reference),
    type: "file",
    encoding: inline ? "base64" : "none",
    content: inline ? wrapped(bytes.toString("base64")) : "",
  };
  return json(content);
}

async function folder(
  call: RepositoryCall,
  commit: string,
  path: string,
): Promise<components["schemas"]["content-directory"]> {
  if (mediaOf(call) === "raw") throw forbidden("A folder has no raw form.");
  const entries = await entriesOf(call.repository, commit, path === "" ? [] : [path]);
  const reference = call.query.get("ref") ?? call.repository.defaultBranch;
  return entries.slice(0, MAX_FOLDER_ENTRIES).map((entry) => ({
    ...about(call, entry, reference),
    type: TYPE_OF_MODE[entry.mode] ?? "file",
  }));
}

const TYPE_OF_MODE: Record<string, "dir" | "file" | "submodule" | "symlink"> = {
  "040000": "dir",
  "120000": "symlink",
  "160000": "submodule",
};

/** `git ls-tree`, with `-z` so that any name is told as it is. */
async function entriesOf(repository: Repository, commit: string, paths: string[]): Promise<Entry[]> {
  const args = ["ls-tree", "-z", "--long", commit, "--", ...paths];
  const lines = (await repository.git(args)).text.split("\0").filter((line) => line !== "");
  return lines.map((line) => {
    const tab = line.indexOf("\t");
    const [mode = "", , sha = "", size = ""] = line.slice(0, tab).split(/ +/);
    return { mode, sha, size: Number(size) || 0, path: line.slice(tab + 1) };
  });
}

function about({ site, repository }: RepositoryCall, entry: Entry, reference: string) {
  const path = entry.path.split("/").map(encodeURIComponent).join("/");
  const query = `?ref=${encodeURIComponent(reference)}`;
  const self = `${site.apiUrl}/repos/${repository.fullName}/contents/${path}${query}`;
  const kind = entry.mode === "040000" ? "trees" : "blobs";
  const git = `${site.apiUrl}/repos/${repository.fullName}/git/${kind}/${entry.sha}`;
  const html = `${site.url}/${repository.fullName}/blob/${reference}/${path}`;
  return {
    name: entry.path.slice(entry.path.lastIndexOf("/") + 1),
    path: entry.path,
    sha: entry.sha,
    size: entry.size,
    url: self,
    git_url: git,
    html_url: html,
    download_url:
      entry.mode === "040000" ? null : `${site.url}/${repository.fullName}/raw/${reference}/${path}`,
    _links: { self, git, html },
  };
}

/** GitHub breaks base64 into lines of 60. */
function wrapped(base64: string): string {
  return base64.replace(/.{60}/g, "$&\n").concat(base64.length % 60 === 0 ? "" : "\n");
}
