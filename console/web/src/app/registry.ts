/** The features of the console, in the order of the navigation: one line for each. */
import type { ConsoleFeature } from "./features";
import { fleet } from "../features/fleet";
import { jobs } from "../features/jobs";
import { operators } from "../features/operators";
import { overview } from "../features/overview";
import { schedules } from "../features/schedules";

export const FEATURES: readonly ConsoleFeature[] = [overview, fleet, jobs, schedules, operators];
