// The paths that decide what other machines run, who has to look at a change, or who may get in.

interface Rule {
  /** Matched against the whole path in lower case, with slashes. */
  pattern: RegExp;
  /** What such a file is, after "adds <path>, ". */
  what: string;
}

const ci = "which says what the CI runs";
const packages = "which says where packages come from";
const key = "which by its name is a key or a secret";

const rules: Rule[] = [
  { pattern: /^\.(github|gitea|forgejo)\/(workflows|actions)(\/|$)/, what: ci },
  { pattern: /(^|\/)action\.ya?ml$/, what: ci },
  { pattern: /^\.(circleci|buildkite|teamcity|woodpecker)(\/|$)/, what: ci },
  { pattern: /(^|\/)\.(gitlab-ci|travis|drone|cirrus|woodpecker|appveyor)\.ya?ml$/, what: ci },
  { pattern: /(^|\/)(azure-pipelines|bitbucket-pipelines|appveyor)\.ya?ml$/, what: ci },
  { pattern: /(^|\/)jenkinsfile(\.[^/]*)?$/, what: ci },
  { pattern: /^((docs|\.github|\.gitlab)\/)?codeowners$/, what: "which says who has to review" },
  { pattern: /(^|\/)\.(gitmodules|gitattributes|lfsconfig)$/, what: "which says how git treats files" },
  { pattern: /(^|\/)\.(npmrc|yarnrc[^/]*|pnpmrc|pypirc|pnpmfile\.[cm]?js)$/, what: packages },
  { pattern: /(^|\/)(pip\.(conf|ini)|nuget\.config)$/, what: packages },
  { pattern: /(^|\/)\.(mvn|m2)\/(.*\/)?settings\.xml$/, what: packages },
  { pattern: /(^|\/)gradle-wrapper\.jar$/, what: "which every build runs" },
  { pattern: /\.(pem|key|p12|pfx|jks|keystore)$/, what: key },
  { pattern: /(^|\/)id_(rsa|dsa|ecdsa|ed25519)[^/]*$/, what: key },
  { pattern: /(^|\/)\.env(?!\.example$)(\.[^/]*)?$/, what: key },
];

/** What the file of this path is, where a person has to look at it; undefined where nobody has to. */
export function protectedAs(path: string): string | undefined {
  const plain = normalized(path).join("/");
  return rules.find(({ pattern }) => pattern.test(plain))?.what;
}

/** Whether part of the path is git's own folder, also by a name that another system takes for it. */
export function isInsideGit(path: string): boolean {
  return normalized(path).some((part) => part === ".git" || part === "git~1");
}

/** Characters that a Mac leaves out of names. */
const ignored = /[\u200C-\u200F\u202A-\u202E\u206A-\u206F\uFEFF]/g;

/** The parts of a path as the most careless system would read them: without case, streams, and dots at the end. */
function normalized(path: string): string[] {
  const parts = path.normalize("NFC").replace(ignored, "").toLowerCase().split(/[/\\]/);
  return parts.map((part) => part.replace(/(?<=.):.*$/s, "").replace(/(?<=[^. ])[. ]+$/, ""));
}
