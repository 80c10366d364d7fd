import { Button } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { useSession } from "../../session/session";
import { failed, said } from "../../ui/confirm";
import { StateShape } from "../../ui/StateMark";
import { fleetQuery } from "../fleet/queries";
import { useAct, useNames } from "../fleet/useAct";
import { JOBS, recoveryQuery } from "../jobs/queries";
import { type Need, needs } from "./troubles";
import classes from "./Overview.module.css";
import { schedulesQuery } from "./queries";

/** What does not mend itself; undefined: not yet known. */
export function useNeeds(): Need[] | undefined {
  const { may } = useSession();
  const recovery = useQuery({ ...recoveryQuery, enabled: may("jobs:view") });
  const fleet = useQuery({ ...fleetQuery, enabled: may("fleet:view") });
  const schedules = useQuery({ ...schedulesQuery, enabled: may("schedules:view") });
  const interrupted = (recovery.data?.interrupted ?? []).map((job) => `#${job.job_id} ${job.action}`);
  if (recovery.isLoading || fleet.isLoading || schedules.isLoading) return undefined;
  return needs(interrupted, fleet.data?.meshes ?? [], schedules.data?.schedules ?? []);
}

/** Each with the button that helps. */
export function Needs({ found }: { found: readonly Need[] }) {
  const { t } = useTranslation();
  if (found.length === 0) return null;
  return (
    <ul className={classes.needs} aria-label={t("overview.needs")}>
      {found.map((need) => (
        <Line key={need.kind} need={need} />
      ))}
    </ul>
  );
}

function Line({ need }: { need: Need }) {
  const { t } = useTranslation();
  const names = useNames();
  return (
    <li className={classes.need}>
      <StateShape tone={need.tone} size={12} />
      <span className="foreign">{t(`overview.need.${need.kind}`, { count: need.names.length, names: names(need.names) })}</span>
      <Help need={need} />
    </li>
  );
}

const SCOPES: Record<Need["kind"], string> = {
  interrupted: "jobs:operate",
  failed: "fleet:operate",
  refused: "fleet:view",
  blocked: "blocklist:view",
  schedules: "schedules:view",
};

function Help({ need }: { need: Need }) {
  const { t } = useTranslation();
  const { may } = useSession();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const act = useAct();

  async function goOn() {
    try {
      await api.POST("/api/v1/jobs/recover", { body: { decision: "resume" } });
      said(t("jobs.recovery.resumed", { count: need.names.length }));
    } catch (error) {
      failed(error);
    }
    await queries.invalidateQueries({ queryKey: JOBS });
  }

  const show = (tone: string[]) => navigate({ to: "/fleet", search: { tone } as never });
  const help: Record<Need["kind"], () => Promise<unknown>> = {
    interrupted: goOn,
    failed: () => act("restart", need.names),
    refused: () => (need.names.length === 1 ? navigate({ to: "/fleet/$id", params: { id: need.names[0]! } }) : show(["warn"])),
    blocked: () => (need.names.length === 1 ? navigate({ to: "/fleet/$id", params: { id: need.names[0]! } }) : show(["shut"])),
    schedules: () => navigate({ to: "/schedules" }),
  };
  if (!may(SCOPES[need.kind])) return null;
  return (
    <Button size="compact-sm" variant="default" onClick={() => void help[need.kind]()}>
      {t(`overview.help.${need.kind}`)}
    </Button>
  );
}
