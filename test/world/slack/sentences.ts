// The sentences Slack shows a person when an app did not do its part.
import type { Answer } from "./delivery.ts";

/** Written into a form whenever the app's answer to it is of no use. */
export const troubleSentence = "We had some trouble connecting. Try again?";

/** Shown when an app did not take a press, a choice or a shortcut. */
export function failureSentence(answer: Answer): string {
  if (answer.failure === "operation_timeout") {
    return "Operation timed out. Apps need to respond within three seconds.";
  }
  const { status } = answer.delivery;
  return status === 0 ? "This app could not be reached." : `This app responded with Status Code ${status}.`;
}
