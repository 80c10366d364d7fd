/** The features of the console, in the order of the navigation: one line for each. */
import { alerts } from "../features/alerts";
import { api } from "../features/api";
import { background } from "../features/background";
import { events } from "../features/events";
import { fleet } from "../features/fleet";
import { jobs } from "../features/jobs";
import { notifications } from "../features/notifications";
import { operators } from "../features/operators";
import { overview } from "../features/overview";
import { people } from "../features/people";
import { reports } from "../features/reports";
import { schedules } from "../features/schedules";
import { settings } from "../features/settings";
import { statistics } from "../features/statistics";
import { users } from "../features/users";
import { workflows } from "../features/workflows";
import { zones } from "../features/zones";
import type { ConsoleFeature } from "./features";
import { own } from "./own";

export const FEATURES: readonly ConsoleFeature[] = [
  overview,
  fleet,
  jobs,
  schedules,
  background,
  alerts,
  users,
  zones,
  workflows,
  statistics,
  reports,
  events,
  notifications,
  people,
  settings,
  operators,
  api,
  own,
];
