// What Slack checks in an app's manifest: what has to be there, lengths, and addresses.
import { isRecord, type Json, records } from "./json.ts";

export interface ManifestFault {
  message: string;
  /** Where, as a JSON pointer. */
  pointer: string;
}

/** The parts that this workspace knows; Slack refuses a name that it does not know. */
const known: Record<string, readonly string[]> = {
  "": ["_metadata", "display_information", "features", "oauth_config", "settings"],
  "/display_information": ["name", "description", "long_description", "background_color"],
  "/features": ["app_home", "bot_user", "shortcuts", "slash_commands", "unfurl_domains"],
  "/features/app_home": ["home_tab_enabled", "messages_tab_enabled", "messages_tab_read_only_enabled"],
  "/features/bot_user": ["display_name", "always_online"],
  "/oauth_config": ["redirect_urls", "scopes", "token_management_enabled"],
  "/oauth_config/scopes": ["bot", "user", "bot_optional", "user_optional"],
  "/settings": [
    "event_subscriptions",
    "interactivity",
    "org_deploy_enabled",
    "socket_mode_enabled",
    "token_rotation_enabled",
  ],
  "/settings/event_subscriptions": ["request_url", "bot_events", "user_events"],
  "/settings/interactivity": ["is_enabled", "request_url", "message_menu_options_url"],
};

/** Characters that each text may have. */
const lengths: Record<string, number> = {
  "/display_information/name": 35,
  "/display_information/description": 140,
  "/display_information/long_description": 4_000,
  "/features/bot_user/display_name": 80,
};

const maxCommands = 50;
const maxCommandChars = 32;
const maxEvents = 100;

export function manifestFaults(manifest: Json): ManifestFault[] {
  const at = (pointer: string) =>
    pointer
      .split("/")
      .slice(1)
      .reduce<unknown>((value, name) => (isRecord(value) ? value[name] : undefined), manifest);
  return [
    ...Object.entries(known).flatMap(([pointer, names]) => unknownNames(pointer, at(pointer), names)),
    ...Object.entries(lengths).flatMap(([pointer, max]) => tooLong(pointer, at(pointer), max)),
    ...(typeof at("/display_information/name") === "string"
      ? []
      : [{ message: "must provide a name", pointer: "/display_information/name" }]),
    ...commandFaults(at("/features/slash_commands"), at("/settings/socket_mode_enabled") === true),
    ...addressFaults(at),
  ];
}

function unknownNames(pointer: string, value: unknown, names: readonly string[]): ManifestFault[] {
  if (value === undefined) return [];
  if (!isRecord(value)) return [{ message: "must be an object", pointer: pointer || "/" }];
  return Object.keys(value)
    .filter((name) => !names.includes(name))
    .map((name) => ({ message: `unknown property: ${name}`, pointer: pointer || "/" }));
}

function tooLong(pointer: string, value: unknown, max: number): ManifestFault[] {
  if (typeof value !== "string" || value.length <= max) return [];
  return [{ message: `must be less than ${max + 1} characters`, pointer }];
}

function commandFaults(value: unknown, isSocketMode: boolean): ManifestFault[] {
  const pointer = "/features/slash_commands";
  const commands = records(value);
  if (commands.length > maxCommands) return [{ message: `at most ${maxCommands} commands`, pointer }];
  return commands.flatMap(({ command, description, url }, index) => {
    const place = `${pointer}/${index}`;
    const name = typeof command === "string" ? command : "";
    return [
      ...(/^\/\S+$/.test(name) && name.length <= maxCommandChars
        ? []
        : [
            {
              message: `must be a command of at most ${maxCommandChars} characters`,
              pointer: `${place}/command`,
            },
          ]),
      ...(typeof description === "string" && description
        ? []
        : [{ message: "must provide a description", pointer: `${place}/description` }]),
      ...(isSocketMode || isSecure(url)
        ? []
        : [{ message: "Slash Command requires a Request URL", pointer: `${place}/url` }]),
    ];
  });
}

function addressFaults(at: (pointer: string) => unknown): ManifestFault[] {
  const faults: ManifestFault[] = [];
  if (at("/settings/socket_mode_enabled") === true) return faults;
  const events = at("/settings/event_subscriptions/bot_events");
  const eventsAt = "/settings/event_subscriptions";
  if (Array.isArray(events) && events.length > maxEvents)
    faults.push({ message: `at most ${maxEvents} events`, pointer: `${eventsAt}/bot_events` });
  if (at(eventsAt) !== undefined && !isSecure(at(`${eventsAt}/request_url`)))
    faults.push({
      message: "Event Subscription requires either Request URL or Socket Mode Enabled",
      pointer: eventsAt,
    });
  const interactivityAt = "/settings/interactivity";
  if (at(`${interactivityAt}/is_enabled`) === true && !isSecure(at(`${interactivityAt}/request_url`)))
    faults.push({ message: "Interactivity requires a Request URL", pointer: interactivityAt });
  const options = at(`${interactivityAt}/message_menu_options_url`);
  if (options !== undefined && !isSecure(options))
    faults.push({ message: "must be a secure URL", pointer: `${interactivityAt}/message_menu_options_url` });
  return faults;
}

/** Slack calls nothing that is not encrypted. */
function isSecure(url: unknown): boolean {
  return typeof url === "string" && URL.canParse(url) && new URL(url).protocol === "https:";
}
