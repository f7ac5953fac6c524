// Asks Cody's address what Slack asks of a new one, as Slack signs it: whoever gives the challenge back has the same secret.
import { createHmac, randomUUID } from "node:crypto";

/** A process that has to start first takes some seconds. */
const timeoutMs = 15_000;

/** It changes nothing there. Throws where nobody answers. */
export async function slackChallenge(
  publicUrl: string,
  signingSecret: string,
): Promise<"taken" | { status: number }> {
  const challenge = randomUUID();
  const body = JSON.stringify({ type: "url_verification", challenge });
  const timestamp = String(Math.floor(Date.now() / 1_000));
  const digest = createHmac("sha256", signingSecret).update(`v0:${timestamp}:${body}`).digest("hex");
  const answer = await fetch(`${publicUrl}/slack/events`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "user-agent": "cody",
      "x-slack-request-timestamp": timestamp,
      "x-slack-signature": `v0=${digest}`,
    },
    body,
    redirect: "manual",
    signal: AbortSignal.timeout(timeoutMs),
  });
  const text = await answer.text();
  return answer.status === 200 && text.includes(challenge) ? "taken" : { status: answer.status };
}
