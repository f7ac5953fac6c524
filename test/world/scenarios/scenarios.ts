// Every scenario that `npm start -- --scenario NAME` plays.
import type { Scenario } from "../scenario.ts";
import { budget } from "./budget.ts";
import { hostile } from "./hostile.ts";
import { large } from "./large.ts";
import { question } from "./question.ts";
import { resume } from "./resume.ts";
import { upgrade } from "./upgrade.ts";

export const scenarios: Scenario[] = [upgrade, hostile, question, budget, resume, large];
