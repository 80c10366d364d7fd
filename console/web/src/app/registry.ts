/** The features of the console, in the order of the navigation: one line for each. */
import { events } from "../features/events";
import { fleet } from "../features/fleet";
import { jobs } from "../features/jobs";
import { operators } from "../features/operators";
import { overview } from "../features/overview";
import { people } from "../features/people";
import { schedules } from "../features/schedules";
import { settings } from "../features/settings";
import type { ConsoleFeature } from "./features";

export const FEATURES: readonly ConsoleFeature[] = [overview, fleet, jobs, schedules, people, events, settings, operators];
