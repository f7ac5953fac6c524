// The web pages: a pull request with its story and its coloured diff, and a repository with its pull requests.
import type { ServerResponse } from "node:http";
import { latestCheckRuns, latestStatuses } from "./checks.ts";
import { commitsIn } from "./commits.ts";
import { changedFiles, diffText, type FileChange, patchText } from "./diff.ts";
import { GitHubError } from "./errors.ts";
import { markdown } from "./markdown.ts";
import { type Markup, markup, page } from "./markup.ts";
import { mergedTree } from "./merge.ts";
import { patchLines } from "./patch-lines.ts";
import { diffBase } from "./pull-answers.ts";
import { type PullView, viewPull } from "./pulls.ts";
import type { PullRequest } from "./records.ts";
import type { Repository } from "./repository.ts";
import { isoTime, type Site } from "./site.ts";

/** Answers `/owner/name`, `/owner/name/pull/7`, its `.diff` and `.patch`. Whoever looks is taken to be signed in. */
export async function answerPage(
  site: Site,
  url: URL,
  method: string,
  response: ServerResponse,
): Promise<void> {
  const [, owner, name, kind = "", place = ""] = url.pathname.split("/");
  const repository = site.repositories.byName(`${owner}/${name}`);
  const [, number, form] = /^(\d+)(\.diff|\.patch)?$/.exec(place) ?? [];
  const pull = repository?.pulls.find((each) => String(each.number) === number);
  if (method === "GET" && repository !== undefined && kind === "") {
    send(response, 200, repositoryPage(repository));
  } else if (method === "GET" && repository !== undefined && kind === "pull" && pull !== undefined) {
    const view = await viewPull(repository, pull);
    if (form === undefined) send(response, 200, await pullPage(site, repository, view));
    else sendText(response, await textForm(repository, view, form));
  } else {
    send(response, 404, page("Not found", NOT_FOUND));
  }
}

const NOT_FOUND = markup`<h1>Not found</h1>
<p>The local GitHub shows repositories and their pull requests; it has no page at this address.</p>`;

function send(response: ServerResponse, status: number, html: Markup): void {
  response.writeHead(status, {
    "content-type": "text/html; charset=utf-8",
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'",
  });
  response.end(html.text);
}

function sendText(response: ServerResponse, { status, text }: { status: number; text: string }): void {
  response.writeHead(status, { "content-type": "text/plain; charset=utf-8" }).end(text);
}

async function textForm(repository: Repository, view: PullView, form: string) {
  try {
    if (form === ".patch") {
      return { status: 200, text: await patchText(repository, view.baseSha, view.headSha) };
    }
    return { status: 200, text: await diffText(repository, await diffBase(repository, view), view.headSha) };
  } catch (error) {
    if (error instanceof GitHubError) return { status: error.status, text: `${error.message}\n` };
    throw error;
  }
}

function repositoryPage(repository: Repository): Markup {
  const pulls = [...repository.pulls].reverse();
  const note = repository.archived ? markup`<p class="note">This repository is archived.</p>` : markup``;
  const rows = pulls.map(
    (
      pull,
    ) => markup`<li>${badge(pull)} <a href="/${repository.fullName}/pull/${pull.number}">${pull.title}</a>
      <span class="quiet">#${pull.number} by ${pull.author.login}</span></li>`,
  );
  return page(
    repository.fullName,
    markup`<h1>${repository.fullName}</h1><p>${repository.description ?? ""}</p>${note}
<h2>Pull requests</h2>${rows.length === 0 ? markup`<p class="quiet">None yet.</p>` : markup`<ul class="plain">${rows}</ul>`}`,
  );
}

async function pullPage(site: Site, repository: Repository, view: PullView): Promise<Markup> {
  const { pull, headSha, baseSha } = view;
  const files = await changedFiles(repository, await diffBase(repository, view), headSha);
  const commits = await commitsIn(site, repository, ["--reverse", `${baseSha}..${headSha}`]);
  const additions = files.reduce((total, file) => total + file.additions, 0);
  const deletions = files.reduce((total, file) => total + file.deletions, 0);
  const labels = pull.labels.map((label) => markup`<span class="label">${label}</span> `);
  return page(
    `${pull.title} · #${pull.number}`,
    markup`<p class="quiet"><a href="/${repository.fullName}">${repository.fullName}</a></p>
<h1>${pull.title} <span class="quiet">#${pull.number}</span></h1>
<p>${badge(pull)} <b>${pull.author.login}</b> ${pull.closed?.merge ? "merged" : "wants to merge"}
${count(commits.length, "commit")} into <code>${pull.base}</code> from <code>${pull.head}</code>
<span class="quiet">· ${isoTime(pull.createdAtMs).replace("T", " ").replace("Z", " UTC")}</span></p>
<p>${labels}</p>
<section class="box"><h2>Description</h2>${markdown(pull.body?.trim() || "No description.")}</section>
${story(pull)}
${await checks(repository, view)}
<section class="box"><h2>${count(commits.length, "commit")}</h2><ul class="plain">${commits.map(
      ({ sha, commit }) =>
        markup`<li><code>${sha.slice(0, 7)}</code> ${commit.message.split("\n")[0] ?? ""}
        <span class="quiet">${commit.author?.name ?? ""}</span></li>`,
    )}</ul></section>
<h2>${count(files.length, "file")} changed <span class="added">+${additions}</span> <span class="removed">−${deletions}</span></h2>
${files.map(fileDiff)}`,
  );
}

function story({ reviews, comments, reviewComments }: PullRequest): Markup {
  const said = [
    ...reviews
      .filter(({ state }) => state !== "PENDING")
      .map(({ author, state, body, commit, submittedAtMs }) => ({
        atMs: submittedAtMs ?? 0,
        html: markup`<li><b>${author.login}</b> ${REVIEW_WORDS[state] ?? state} <code>${commit.slice(0, 7)}</code>
          ${markdown(body)}</li>`,
      })),
    ...reviewComments.map(({ review, body, path, line, createdAtMs }) => ({
      atMs: createdAtMs,
      html: markup`<li><b>${review.author.login}</b> on <code>${path}:${line}</code>${markdown(body)}</li>`,
    })),
    ...comments.map(({ author, body, createdAtMs }) => ({
      atMs: createdAtMs,
      html: markup`<li><b>${author.login}</b>${markdown(body)}</li>`,
    })),
  ].sort((a, b) => a.atMs - b.atMs);
  if (said.length === 0) return markup``;
  const items = said.map(({ html }) => html);
  return markup`<section class="box"><h2>Conversation</h2><ul class="plain">${items}</ul></section>`;
}

const REVIEW_WORDS: Record<string, string> = {
  APPROVED: "approved",
  CHANGES_REQUESTED: "asked for changes on",
  COMMENTED: "reviewed",
  DISMISSED: "gave a review, since dismissed, on",
};

async function checks(repository: Repository, { pull, headSha, baseSha }: PullView): Promise<Markup> {
  const reports = [
    ...latestCheckRuns(repository, headSha).map((run) => [run.name, run.conclusion ?? run.status] as const),
    ...latestStatuses(repository, headSha).map((status) => [status.context, status.state] as const),
  ];
  const rows = reports.map(
    ([name, state]) => markup`<li>${MARKS[state] ?? "●"} ${name} <span class="quiet">${state}</span></li>`,
  );
  const conflict = !pull.closed && (await mergedTree(repository, baseSha, headSha)) === undefined;
  const merge = pull.closed
    ? markup``
    : conflict
      ? markup`<li>✖ This branch has conflicts with <code>${pull.base}</code>.</li>`
      : markup`<li>✔ This branch has no conflicts with <code>${pull.base}</code>.</li>`;
  const none = reports.length === 0 ? markup`<li class="quiet">No checks were reported.</li>` : markup``;
  return markup`<section class="box"><h2>Checks</h2><ul class="plain">${rows}${none}${merge}</ul></section>`;
}

const MARKS: Record<string, string> = {
  success: "✔",
  failure: "✖",
  error: "✖",
  timed_out: "✖",
  skipped: "○",
};

function fileDiff(file: FileChange): Markup {
  const name = file.previousPath === undefined ? file.path : `${file.previousPath} → ${file.path}`;
  const rows = file.patch === undefined ? [] : [...patchLines(file.patch)];
  const body =
    rows.length === 0
      ? markup`<p class="quiet">No lines to show: the file is binary, too large, or only its name or mode changed.</p>`
      : markup`<table>${rows.map(
          (row) =>
            markup`<tr class="${row.kind}"><td>${row.oldLine ?? ""}</td><td>${row.newLine ?? ""}</td><td>${SIGNS[row.kind] ?? ""}${row.text}</td></tr>`,
        )}</table>`;
  return markup`<details open class="box file"><summary><code>${name}</code> <span class="quiet">${file.status}</span>
<span class="added">+${file.additions}</span> <span class="removed">−${file.deletions}</span></summary>${body}</details>`;
}

const SIGNS: Record<string, string> = { addition: "+", deletion: "-", context: " " };

function badge(pull: PullRequest): Markup {
  const state = pull.closed ? (pull.closed.merge ? "Merged" : "Closed") : pull.draft ? "Draft" : "Open";
  return markup`<span class="badge ${state.toLowerCase()}">${state}</span>`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
