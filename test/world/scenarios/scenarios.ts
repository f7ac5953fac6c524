// Every scenario that `npm start -- --scenario NAME` plays.
import type { Scenario } from "../scenario.ts";
import { approve } from "./approve.ts";
import { budget } from "./budget.ts";
import { checks } from "./checks.ts";
import { hostile } from "./hostile.ts";
import { humanCommits } from "./human-commits.ts";
import { large } from "./large.ts";
import { limited } from "./limited.ts";
import { patch } from "./patch.ts";
import { question } from "./question.ts";
import { resume } from "./resume.ts";
import { upgrade } from "./upgrade.ts";

export const scenarios: Scenario[] = [
  upgrade,
  approve,
  checks,
  humanCommits,
  patch,
  limited,
  hostile,
  question,
  budget,
  resume,
  large,
];
