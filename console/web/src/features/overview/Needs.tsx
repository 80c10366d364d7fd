import { Button } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { ActionContext } from "../../app/features";
import { useActionContext } from "../../app/useActionContext";
import { said, worded } from "../../i18n/worded";
import { useRefresh } from "../../live/hooks";
import { useSession } from "../../session/session";
import { Ago } from "../../ui/Ago";
import { StateShape } from "../../ui/StateMark";
import { ALERTS, CHANGES as ALERT_CHANGES, openQuery } from "../alerts/queries";
import { fleetQuery } from "../fleet/queries";
import { namesOf } from "../fleet/names";
import { recoveryQuery } from "../jobs/queries";
import { CHANGES, channelsQuery, NOTIFICATIONS } from "../notifications/queries";
import { approvalsQuery, CHANGES as WORKFLOW_CHANGES, WORKFLOWS } from "../workflows/waiting";
import { type Need, needs } from "./troubles";
import classes from "./Overview.module.css";
import { type Concern, concernsQuery, schedulesQuery } from "./queries";
import { remedyOf } from "./remedies";

/** Lines that are shown at first: what is most urgent, and no page full of it. */
const MOST_SHOWN = 3;

/** What does not mend itself; undefined: not yet known. */
export function useNeeds(): Need[] | undefined {
  const { may } = useSession();
  const recovery = useQuery({ ...recoveryQuery, enabled: may("jobs:view") });
  const fleet = useQuery({ ...fleetQuery, enabled: may("fleet:view") });
  const schedules = useQuery({ ...schedulesQuery, enabled: may("schedules:view") });
  const channels = useQuery({ ...channelsQuery, enabled: may("notifications:view"), refetchOnMount: "always" });
  const alerts = useQuery({ ...openQuery, enabled: may("station:view"), refetchOnMount: "always" });
  const approvals = useQuery({ ...approvalsQuery, enabled: may("processes:view"), refetchOnMount: "always" });
  useRefresh(CHANGES, NOTIFICATIONS);
  useRefresh(WORKFLOW_CHANGES, WORKFLOWS);
  useRefresh(ALERT_CHANGES, ALERTS);
  const concerns = useQuery({ ...concernsQuery, enabled: may("supervisor:view") });
  if (concerns.isLoading || recovery.isLoading || fleet.isLoading || schedules.isLoading || channels.isLoading || alerts.isLoading || approvals.isLoading) return undefined;
  return needs({
    concerns: concerns.data ?? [],
    alerts: alerts.data ?? [],
    questions: (approvals.data ?? []).map(({ question }) => question),
    interrupted: recovery.data?.interrupted ?? [],
    meshes: fleet.data?.meshes ?? [],
    schedules: schedules.data?.schedules ?? [],
    channels: channels.data?.channels ?? [],
  });
}

/** Each with the button that helps. */
export function Needs({ found }: { found: readonly Need[] }) {
  const { t } = useTranslation();
  const [isWhole, setWhole] = useState(false);
  if (found.length === 0) return null;
  const more = isWhole ? 0 : found.length - MOST_SHOWN;
  const shown = more > 0 ? found.slice(0, MOST_SHOWN) : found;
  return (
    <>
      <ul className={classes.needs} aria-label={t("overview.needs")}>
        {shown.map((need) => (
          <Line key={need.concern?.text ?? need.kind} need={need} />
        ))}
      </ul>
      {more > 0 && (
        <Button size="compact-sm" variant="subtle" onClick={() => setWhole(true)}>
          {t("overview.more", { count: more })}
        </Button>
      )}
    </>
  );
}

/** What it is about has words of people or of other programs, as long as they like. */
const WRITTEN: readonly Need["kind"][] = ["alerts", "approvals"];

function Line({ need }: { need: Need }) {
  const { t } = useTranslation();
  const words = need.concern ? sentence(need.concern) : t(`overview.need.${need.kind}`, { count: need.names.length, names: namesOf(need.names, t) });
  const isWritten = WRITTEN.includes(need.kind);
  return (
    <li className={classes.need}>
      <StateShape tone={need.tone} size={12} />
      <span className={isWritten ? `${classes.written} foreign` : "foreign"} title={isWritten ? words : undefined}>
        {words}
      </span>
      {need.since && (
        <span className={classes.since}>
          <Ago at={need.since} />
        </span>
      )}
      <Help need={need} />
    </li>
  );
}

/** In the reader's language where it is known, else as the supervisor says it; with a stop in any case. */
function sentence({ code, fields, text }: Concern): string {
  const words = (code && said(code, fields ?? {})) || worded(text);
  return /[.!?]$/.test(words) ? words : `${words}.`;
}

const SCOPES: Record<Exclude<Need["kind"], "problem" | "notice">, string> = {
  alerts: "station:view",
  approvals: "processes:view",
  interrupted: "jobs:operate",
  failed: "fleet:operate",
  refused: "fleet:view",
  blocked: "blocklist:view",
  schedules: "schedules:view",
  channels: "notifications:view",
};

/** What can be done is loaded when it is done: the first page needs none of it. */
const recover = async (count: number, context: ActionContext) => (await import("../jobs/kinds")).recover("resume", count, context);

async function restart(names: readonly string[], context: ActionContext) {
  const { mesh } = await import("../fleet/kinds");
  const action = mesh.actions.find(({ id }) => id === "fleet.restart")!;
  return action.run(names.map((mesh_id) => ({ mesh_id, state: "failed" })), context);
}

function Help({ need }: { need: Need }) {
  const { t } = useTranslation();
  const context = useActionContext();
  const navigate = useNavigate();
  if (need.kind === "problem" || need.kind === "notice") {
    const remedy = remedyOf(need.concern!);
    return context.may(remedy.scope) && <HelpButton label={t(remedy.label)} onClick={() => remedy.run(context)} />;
  }
  const [first = ""] = need.names;
  const isOne = need.names.length === 1;
  const show = (tone: string) => (isOne ? navigate({ to: "/fleet/$id", params: { id: first } }) : navigate({ to: "/fleet", search: { tone: [tone] } as never }));
  const help: Record<typeof need.kind, () => unknown> = {
    alerts: () => navigate({ to: "/alerts" }),
    approvals: () => navigate({ to: "/workflows/approvals" }),
    interrupted: () => recover(need.names.length, context),
    failed: () => restart(need.names, context),
    refused: () => show("warn"),
    blocked: () => show("shut"),
    schedules: () => (isOne ? navigate({ to: "/schedules/$name", params: { name: first } as never }) : navigate({ to: "/schedules" })),
    channels: () => navigate({ to: "/notifications" }),
  };
  return context.may(SCOPES[need.kind]) && <HelpButton label={t(need.kind === "schedules" && isOne ? "overview.remedy.why" : `overview.help.${need.kind}`)} onClick={help[need.kind]} />;
}

function HelpButton({ label, onClick }: { label: string; onClick: () => unknown }) {
  return (
    <Button size="compact-sm" variant="default" onClick={() => void onClick()}>
      {label}
    </Button>
  );
}
