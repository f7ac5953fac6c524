// Who may use Cody at all: full members of its own workspace. Pure. What they may do on GitHub is asked elsewhere.
import type { Member } from "@cody/core/ports/chat.ts";
import type { Job } from "@cody/core/schema.ts";

/** Undefined where this person may use Cody; otherwise why not, in a sentence for that person. */
export function mayUse(member: Member | undefined, team: string): string | undefined {
  if (!member) return "Cody could not find out who you are in this workspace, so it does nothing for you.";
  if (member.isBot) return "Cody works for people and not for other apps.";
  if (member.isDeactivated) return "This Slack account is deactivated, so Cody does nothing for it.";
  if (member.isStranger || !member.teams.includes(team))
    return "Cody works for the people of its own workspace. You are here from another one; ask somebody of this workspace.";
  if (member.isGuest)
    return "Cody works for full members of the workspace, and you are a guest. Ask a full member to do this.";
  return undefined;
}

/** Whether a list of jobs shows this one to a person who looks at it from a channel: no name leaves a private channel. */
export function mayBeListed(
  { isPrivate, requester, channel }: Job,
  looking: { user: string; channel: string },
): boolean {
  return !isPrivate || requester === looking.user || channel === looking.channel;
}
