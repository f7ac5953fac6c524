// The Home tab: who somebody is on GitHub, their latest jobs, what the team's jobs begin with.
import { jobStatus } from "@cody/core/job.ts";
import type { JobRecord } from "@cody/core/schema.ts";
import type { Person, TeamDefaults } from "@cody/core/team-schema.ts";
import type { ActionsBlock, Button, HomeView, KnownBlock, ModalView } from "@slack/types";
import { actions, clipped, context, escaped, plain, section } from "./blocks.ts";
import { count, list } from "./words.ts";

/** Buttons of the Home tab, by their action ids. */
export const homeActions = {
  connect: "connect-github",
  unlink: "unlink-github",
  /** Leads to a page; Slack reports the press all the same. */
  continueToGitHub: "continue-to-github",
  editDefaults: "edit-defaults",
} as const;

export interface HomeParts {
  /** Whether accounts can be linked at all. */
  canLink: boolean;
  access: "linked" | "members";
  person: Person | undefined;
  /** Newest first. */
  jobs: JobRecord[];
  defaults: TeamDefaults;
  isAdmin: boolean;
}

export function homeView(parts: HomeParts): HomeView {
  return {
    type: "home",
    blocks: [
      ...gitHubBlocks(parts),
      { type: "divider" },
      ...jobBlocks(parts.jobs),
      { type: "divider" },
      ...defaultBlocks(parts),
    ],
  };
}

/** For who may not use Cody. */
export function closedHome(why: string): HomeView {
  return { type: "home", blocks: [section(escaped(why))] };
}

function gitHubBlocks({ canLink, access, person }: HomeParts): KnownBlock[] {
  const head = section("*GitHub*");
  if (!canLink) {
    return [
      head,
      section(
        "Linking accounts is not set up here, so *Approve* and *Merge* lead to GitHub, where you press them yourself. Every full member of the workspace can start jobs.",
      ),
    ];
  }
  if (!person) {
    const need =
      access === "linked"
        ? "You need it to start jobs, approve and merge."
        : "You need it to approve and merge.";
    return [
      head,
      section(
        `You have not linked a GitHub account. ${need} Cody then does what you press in your name, and never more than your own rights allow.`,
      ),
      ...actions("home-github", [{ ...button(homeActions.connect, "Connect GitHub"), style: "primary" }]),
    ];
  }
  const { login } = person.account;
  return [
    head,
    section(`You are *${escaped(login)}* on GitHub. Linked ${dateOf(person.linkedAt)}.`),
    ...actions("home-github", [
      {
        ...button(homeActions.unlink, "Unlink"),
        confirm: {
          title: plain("Unlink GitHub?"),
          text: plain(`Cody forgets its tokens of ${login} and can no longer do anything in your name.`),
          confirm: plain("Unlink"),
          deny: plain("Keep"),
          style: "danger",
        },
      },
    ]),
  ];
}

function jobBlocks(jobs: JobRecord[]): KnownBlock[] {
  const head = section("*My latest jobs*");
  if (jobs.length === 0) return [head, section("None yet. Type `/cody` in a channel to start one.")];
  return [head, ...jobs.map((record) => section(jobLines(record)))];
}

/** The job with its thread, and each pull request that it has. */
function jobLines({ job, runs }: JobRecord): string {
  const name = escaped(clipped(job.name, 80));
  const title = job.thread?.link ? `<${job.thread.link}|${name}>` : name;
  const done = runs.filter(({ state }) => state === "done").length;
  const progress = runs.length > 0 ? ` · ${done} of ${count(runs.length, "run")} done` : "";
  const pulls = runs.flatMap(({ pullRequest, repository }) => {
    if (!pullRequest) return [];
    const state = pullRequest.standing?.state ?? "open";
    return [`<${pullRequest.url}|${escaped(repository.fullName)}#${pullRequest.number}> ${state}`];
  });
  const line = `${title} · ${jobStatus(job, runs)}${progress} · ${dateOf(job.createdAt)}`;
  return [line, ...(pulls.length > 0 ? [pulls.join(" · ")] : [])].join("\n");
}

const deliveryWords = {
  "pull-request": "a pull request",
  draft: "a draft pull request",
  patch: "a patch file only",
};

function defaultBlocks({ defaults, isAdmin }: HomeParts): KnownBlock[] {
  const { deliver = "pull-request", labels = [], reviewers = [], autoMerge, fixChecks } = defaults;
  const lines = [
    `• Deliver as ${deliveryWords[deliver]}`,
    `• Labels: ${named(labels)}`,
    `• Reviewers: ${named(reviewers)}`,
    `• Merge by itself when GitHub's rules allow: ${autoMerge ? "yes" : "no"}`,
    `• Fix failing checks, at most twice: ${fixChecks ? "yes" : "no"}`,
  ];
  return [
    section("*What this team's jobs begin with*"),
    section(lines.join("\n")),
    ...(isAdmin
      ? actions("home-defaults", [button(homeActions.editDefaults, "Edit")])
      : [context("Admins of the workspace can change this.")]),
  ];
}

function named(names: readonly string[]): string {
  return names.length > 0 ? list(names.map((name) => `\`${escaped(name)}\``)) : "none";
}

/** In the reader's own time zone. */
function dateOf(time: number): string {
  const day = new Date(time).toISOString().slice(0, 10);
  return `<!date^${Math.floor(time / 1000)}^{date_short_pretty}|${day}>`;
}

function button(actionId: string, text: string): Button {
  return { type: "button", action_id: actionId, text: plain(text) };
}

/** Leads to the page where somebody agrees to the link; the address is that person's alone. */
export function connectModal(url: string, minutes: number): ModalView {
  const buttons: ActionsBlock[] = actions("connect", [
    { ...button(homeActions.continueToGitHub, "Continue in the browser"), url, style: "primary" },
  ]);
  return {
    type: "modal",
    title: plain("Connect GitHub"),
    close: plain("Close"),
    blocks: [
      section(
        `In your browser, Cody shows whom it links, and GitHub asks you whether Cody may act in your name. The address is for you alone: it is good once, for ${count(minutes, "minute")}.`,
      ),
      ...buttons,
    ],
  };
}
