import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useRefresh } from "../../live/hooks";
import { useSession } from "../../session/session";
import { Empty, Page, Section } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { Strip } from "../../ui/Strip";
import { fleetQuery } from "../fleet/queries";
import { byName, toneOf } from "../fleet/tones";
import { Lanes } from "../jobs/Lanes";
import { JOBS } from "../jobs/queries";
import { Alerts } from "./Alerts";
import { Fires } from "./Fires";
import { Needs, useNeeds } from "./Needs";
import classes from "./Overview.module.css";
import { Today } from "./Today";

/** Whether all is well; what needs a person; what comes next. */
export default function Overview() {
  const { t } = useTranslation();
  const { may } = useSession();
  const found = useNeeds();
  useRefresh(["job."], JOBS);
  return (
    <Page title={found ? t("overview.lead", { count: found.length }) : t("overview.title")}>
      <Needs found={found ?? []} />
      {may("fleet:view") && <Meshes />}
      <div className={classes.columns}>
        {may("jobs:view") && (
          <Section title={t("jobs.lanes")}>
            <Lanes />
          </Section>
        )}
        {may("schedules:view") && <Fires />}
      </div>
      {may("events:view") && (
        <div className={classes.columns}>
          <Today />
          <Alerts />
        </div>
      )}
    </Page>
  );
}

function Meshes() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const fleet = useQuery(fleetQuery);
  if (fleet.error && !fleet.data) return <Problem error={fleet.error} onRetry={() => void fleet.refetch()} />;
  if (!fleet.data) return null;
  // In the order of names: a mesh is found where it was yesterday.
  const meshes = fleet.data.meshes.toSorted(byName);
  const cells = meshes.map((mesh) => ({
    id: mesh.mesh_id,
    tone: toneOf(mesh),
    label: `${mesh.mesh_id}: ${t(mesh.trouble ? `fleet.trouble.${mesh.trouble}` : `fleet.states.${mesh.state}`)}`,
  }));
  return (
    <Section title={t("overview.meshes")} aside={<span className={classes.wide}>{t("overview.keys")}</span>}>
      {cells.length === 0 && <Empty title={t("fleet.none")}>{t("fleet.noneBody")}</Empty>}
      <Strip label={t("overview.meshes")} cells={cells} onOpen={(id) => void navigate({ to: "/fleet/$id", params: { id } })} />
    </Section>
  );
}
