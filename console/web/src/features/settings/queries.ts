import { queryOptions } from "@tanstack/react-query";
import { api, read } from "../../api/client";
import type { components } from "../../api/schema";

export type Report = components["schemas"]["SettingsReport"];

export const settingsQuery = queryOptions({ queryKey: ["settings"], queryFn: () => read(api.GET("/api/v1/settings")) });
