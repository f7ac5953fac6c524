// Every scenario that `npm start -- --scenario NAME` plays.
import type { Scenario } from "../scenario.ts";
import { upgrade } from "./upgrade.ts";

export const scenarios: Scenario[] = [upgrade];
