// Every limit of Cody, once, with the reason for its number.

/** A job works on at most this many repositories: what one person can review in one thread. */
export const maxRepositories = 5;
/** Slack's own bound of a plain_text_input; a longer prompt cannot come out of the form. */
export const maxPromptChars = 3_000;
/** Fits the title of the board beside its counters on one line. */
export const maxNameChars = 80;
/** Git's own bound of a reference is near 250 bytes; GitHub refuses longer ones. */
export const maxBranchChars = 200;

/** DynamoDB refuses items over 400 KB, keys and names included. */
export const maxChunkBytes = 350 * 1024;
/** A larger patch is not uploaded; the branch holds it. */
export const maxPatchUploadBytes = 5 * 1024 * 1024;
/** A patch over this is not kept in the table either: sixty chunks, read back in one query of a few pages. */
export const maxPatchBytes = 20 * 1024 * 1024;
/** GitHub shows at most 300 files of one diff; what nobody can see there, a person has to allow before. */
export const maxUnheldFiles = 300;
/** Larger files are not written by hand. GitHub shows no text file over this size, and warns from 50 MB on. */
export const maxUnheldFileBytes = 5 * 1024 * 1024;
/** Why a change is held, in sentences for one message; more of them would not be read. */
export const maxHoldReasons = 20;
/** Lines of the diff that a result message shows; the file holds the rest. */
export const diffPreviewLines = 30;
/** Leaves room beside it in a section or rich text block of 3,000 characters. */
export const diffPreviewChars = 2_400;

/** Runs in Batch at once where `MAX_RUNS` does not say otherwise. */
export const defaultMaxRuns = 10;
/** Dollars a job may spend where its requester does not say otherwise: three dollars a repository is usual. */
export const defaultBudgetPerRepositoryUsd = 3;
/** Turns of one round: well-known harnesses stop between 150 and 250. */
export const maxTurns = 200;
/**
 * Minutes of one round, over all machines that work on it. Batch's timeout of an attempt stands above it, so that the
 * runner ends the round itself.
 */
export const maxRoundMs = 55 * 60_000;
/** How long one answer of Claude is waited for in all: the service's troubles last minutes; more is told as a failure. */
export const claudePatienceMs = 15 * 60_000;
/** An answer that is late by this is told in the thread; shorter troubles are over before anybody has read of them. */
export const claudeLateMs = 60_000;
/** Attempts of one round in all, whoever starts them. */
export const maxAttempts = 5;

/** Part of a run's turns, dollars or minutes after which the agent is told, once, to come to an end. */
export const wrapUpShare = 0.85;
/** Steps of a plan: more are no overview on the board. */
export const maxPlanSteps = 7;
/** Characters of a step, which stands beside a repository's name on the board. */
export const maxPlanStepChars = 80;
/** Answers that a question offers: a row of buttons on a phone. */
export const maxQuestionOptions = 4;

/** A repository's own check is given up after this long, which is also the longest that a command may take. */
export const maxCheckMs = 10 * 60_000;
/** Of what is left of the round, one measurement takes at most this share: two, each tried twice, still leave some. */
export const checkShareOfTimeLeft = 0.15;
/** With less left of the round, nothing is measured any more. */
export const minCheckMs = 5_000;
/** The end of a failing check's output that is kept: errors stand there. */
export const maxCheckTailChars = 2_000;

/** How often a runner renews its lease, tells what is new, and reads what people asked. */
export const heartbeatMs = 5_000;
/** How often a runner tells how long it has worked, where nothing else is new: a machine that dies takes no more along. */
export const workToldEveryMs = 60_000;
/** A lease outlives many lost heartbeats: DynamoDB may be slow for half a minute. */
export const leaseMs = 60_000;
/** What people write in the thread is looked for before a call of the model, at most this often. */
export const messagesEveryMs = 2_000;
/** A submitted job that has not started by then never will: the queue itself gives up after thirty minutes. */
export const submittedTooLongMs = 45 * 60_000;

/** Threads of a run's tools: a Gradle build with its daemons has about three hundred; a fork bomb ends here. */
export const maxToolThreads = 1_024;
/** One file that a tool writes: more than an artefact of a build, less than a container's disk. */
export const maxToolFileBytes = 2 * 1024 ** 3;
/**
 * The share of the machine's memory that a run's tools may hold together. It is watched, and no rlimit: those count
 * addresses that are only reserved, and sanitizers, Go's race detector among them, reserve terabytes.
 */
export const toolMemoryShare = 0.75;
/** Less free disk than this ends the tools: the runner needs some to commit what was done. */
export const minFreeDiskBytes = 512 * 1024 ** 2;
/** How often memory and disk are looked at: a greedy process takes about a gigabyte in that time. */
export const toolWatchMs = 500;
/** Hosts that were refused to a run's tools, as many as a person reads. */
export const maxDeniedShown = 20;

/** An effect that was claimed and not recorded by then is looked up and taken over. */
export const claimMs = 60_000;
/** Slack allows about 50 edits a minute and workspace; five are left for everything else. */
export const maxEditsPerMinute = 45;
/** One job's board is never redrawn sooner than this. */
export const redrawEveryMs = 3_000;
/** A drawer works this long, under the function's timeout of a minute. */
export const drawerMs = 50_000;
/** The drawer's lease outlives its work by a little. */
export const drawerLeaseMs = 60_000;

/** The list of repositories is read anew this often. */
export const repositoriesFreshMs = 15 * 60_000;
/** Over this, asking for repositories asks for a refresh as well. */
export const repositoriesStaleMs = 60 * 60_000;
/** Options that Slack takes in one answer. */
export const maxOptions = 100;
/** Characters of an option's text and value that Slack takes. */
export const maxOptionChars = 75;

/** Rounds that failing checks may start by themselves in one run: a third rarely helps where two did not. */
export const maxAutomaticRounds = 2;
/** GitHub's secondary limits of changes that make content, by account. */
export const maxContentPerMinute = 80;
export const maxContentPerHour = 500;
/** A limit that is over by then is waited for; for a longer one the machine is given back. */
export const shortLimitMs = 20_000;
/** How long GitHub is waited for while a change is published: its troubles last minutes; more is told as a failure. */
export const githubPatienceMs = 15 * 60_000;
/** How often a change is put on top of a branch that goes on moving. */
export const maxMoves = 5;
/** How long a link to one's account on GitHub can be made, and how long the consent page may lie open. */
export const linkMs = 10 * 60_000;
/** Without a webhook an open pull request is looked at in growing steps, from the first to the last of these. */
export const lookEveryMs = { first: 60_000, last: 60 * 60_000 };
/** After this long nobody waits for it any more; using the thread looks again. */
export const lookForMs = 7 * 24 * 60 * 60_000;
/** A thread that is used looks at its pull requests at most this often. */
export const lookAgainMs = 15_000;
/** One minute looks at the pull requests of this many jobs, those that wait longest first; the rest has the next one. */
export const maxLooksPerMinute = 50;
/** Somebody who pushes commit after commit is told of at most this often. */
export const headNewsEveryMs = 10 * 60_000;
/** Commits of one of Cody's branches that are looked at one by one; more on it are taken for people's. */
export const maxComparedCommits = 300;
/** Conversations of a pull request that are read: more do not fit into one round. */
export const maxReviewThreads = 200;
/** Failing checks that a round is told of: the first ones are usually what the others follow from. */
export const maxFailedChecks = 10;
/** The end of a failing job's log that a round is told, beside the other jobs' ends. */
export const maxCheckLogBytes = 20 * 1024;
/** A longer summary of a check is cut. */
export const maxCheckSummaryChars = 4_000;
/** Labels and reviewers of a pull request: what a form line holds and a person reads. */
export const maxLabels = 10;
export const maxReviewers = 10;

/** Conversations, patches and jobs are kept this long. */
export const retentionMs = 30 * 24 * 60 * 60_000;
/** Slack takes five answers on a response URL within thirty minutes; older ones are not tried. */
export const responseUrlMs = 30 * 60_000;
/** GitHub allows 65,536 characters in a body; the rest is room for what GitHub adds. */
export const maxPullRequestBodyChars = 58_000;
