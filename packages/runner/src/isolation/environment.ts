// The environment of the tools, made from nothing: what a build needs, and the proxy.
import { markVariable } from "../tools/left-behind.ts";

export interface EnvironmentParts {
  /** The search path and the language: all that is taken over from the runner's own environment. */
  inherited: { PATH: string; LANG?: string };
  home: string;
  temporary: string;
  /** With the tools' own name and password. */
  proxyUrl?: string;
  /** Of this round alone, to know its processes by. */
  mark: string;
}

/** Everything that the tools' programs find in their environment. */
export function toolEnvironment({
  inherited,
  home,
  temporary,
  proxyUrl,
  mark,
}: EnvironmentParts): Record<string, string> {
  return {
    PATH: inherited.PATH,
    LANG: inherited.LANG ?? "C.UTF-8",
    HOME: home,
    TMPDIR: temporary,
    USER: "tools",
    LOGNAME: "tools",
    CI: "1",
    TERM: "dumb",
    NO_COLOR: "1",
    PAGER: "cat",
    GIT_PAGER: "cat",
    GIT_TERMINAL_PROMPT: "0",
    PIP_PROGRESS_BAR: "off",
    TQDM_DISABLE: "1",
    ...(proxyUrl ? proxyVariables(proxyUrl) : {}),
    [markVariable]: mark,
  };
}

/** Programs read one or the other spelling. */
function proxyVariables(proxyUrl: string): Record<string, string> {
  const direct = "localhost,127.0.0.1,::1";
  const variables = { HTTP_PROXY: proxyUrl, HTTPS_PROXY: proxyUrl, ALL_PROXY: proxyUrl, NO_PROXY: direct };
  return Object.fromEntries(
    Object.entries(variables).flatMap(([name, value]) => [
      [name, value],
      [name.toLowerCase(), value],
    ]),
  );
}

/** Files in the tools' home for build tools that read no environment: path → content. */
export function proxySettings(proxyUrl: string): Record<string, string> {
  const { hostname, port, username, password } = new URL(proxyUrl);
  const maven = ["http", "https"].map(
    (protocol) => `    <proxy>
      <id>${protocol}</id>
      <protocol>${protocol}</protocol>
      <host>${hostname}</host>
      <port>${port}</port>
      <username>${username}</username>
      <password>${password}</password>
      <nonProxyHosts>localhost|127.0.0.1</nonProxyHosts>
    </proxy>`,
  );
  const gradle = ["http", "https"].flatMap((protocol) => [
    `systemProp.${protocol}.proxyHost=${hostname}`,
    `systemProp.${protocol}.proxyPort=${port}`,
    `systemProp.${protocol}.proxyUser=${username}`,
    `systemProp.${protocol}.proxyPassword=${password}`,
  ]);
  return {
    ".m2/settings.xml": `<settings>\n  <proxies>\n${maven.join("\n")}\n  </proxies>\n</settings>\n`,
    // Java refuses to send a password to a proxy in front of https unless it is told to.
    ".gradle/gradle.properties": `${gradle.join("\n")}\nsystemProp.jdk.http.auth.tunneling.disabledSchemes=\n`,
  };
}
