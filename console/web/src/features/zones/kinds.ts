/** What can be done with zones. */
import type { ActionOn, Kind } from "../../app/features";
import { perform } from "../../app/perform";
import { api } from "../../api/client";
import { confirm } from "../../ui/confirm";
import { definitionOfZone } from "./draft";
import { type Zone, ZONES, zonesQuery } from "./queries";

const of = ({ name }: Zone) => ({ params: { path: { name } } });
const save = (zone: Zone, enabled = zone.enabled) => api.PUT("/api/v1/station/zones/{name}", { ...of(zone), body: { ...definitionOfZone(zone), enabled } });
const path = (name: string) => `/zones?zone=${encodeURIComponent(JSON.stringify(name))}`;

function enabling(isOn: boolean): ActionOn<Zone> {
  const verb = isOn ? "enable" : "disable";
  return {
    id: `zones.${verb}`,
    label: `zones.${verb}`,
    sentence: `zones.do.${verb}`,
    scope: "station:edit",
    isPossible: ({ enabled }) => enabled !== isOn,
    run: (zones, context) =>
      perform(context, ZONES, async () => {
        for (const zone of zones) await save(zone, isOn);
        const names = zones.map(({ name }) => name).join(", ");
        return { message: context.t(`zones.did.${verb}`, { names }), undo: () => Promise.all(zones.map((zone) => save(zone))) };
      }),
  };
}

export const zone: Kind<Zone> = {
  name: "zone",
  scope: "station:view",
  all: (queries) => queries.fetchQuery(zonesQuery),
  nameOf: ({ name }) => name,
  pathOf: ({ name }) => path(name),
  actions: [
    {
      id: "zones.edit",
      label: "zones.edit",
      sentence: "zones.do.edit",
      scope: "station:edit",
      isPossible: () => true,
      run: async ([one], { go }) => {
        if (one) go(`${path(one.name)}&open=edit`);
        return one !== undefined;
      },
    },
    enabling(true),
    enabling(false),
    {
      id: "zones.remove",
      label: "zones.remove",
      sentence: "zones.do.remove",
      scope: "station:edit",
      isPossible: () => true,
      async run(zones, context) {
        const { t } = context;
        const names = zones.map(({ name }) => name).join(", ");
        const users = zones.reduce((sum, one) => sum + one.users, 0);
        if (!(await confirm({ title: t("zones.removeTitle", { count: zones.length, names }), body: t("zones.removeBody", { count: users }), button: t("zones.remove") }))) return false;
        return perform(context, ZONES, async () => {
          for (const one of zones) await api.DELETE("/api/v1/station/zones/{name}", of(one));
          return { message: t("zones.did.remove", { names }), undo: () => Promise.all(zones.map((one) => save(one))) };
        });
      },
    },
  ],
};

export const kinds = [zone];
