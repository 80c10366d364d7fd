import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Buttons } from "../../app/ActionsOn";
import { useSession } from "../../session/session";
import { Ago } from "../../ui/Ago";
import { Section } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { type Column, Table } from "../../ui/Table";
import classes from "./Fleet.module.css";
import { mesh } from "./kinds";
import { type Blocked as BlockedMesh, blockedQuery } from "./queries";

/** The blocklist: who is kept away, why, and until when. */
export function Blocked() {
  const { t } = useTranslation();
  const { may } = useSession();
  const blocked = useQuery({ ...blockedQuery, enabled: may("blocklist:view") });
  const rows = blocked.data?.blocked ?? [];
  const columns: Column<BlockedMesh>[] = [
    { key: "mesh", title: t("fleet.mesh"), width: "minmax(6rem, 2fr)", cell: (one) => <span className="foreign">{one.mesh_id}</span> },
    { key: "why", title: t("fleet.why"), width: "minmax(7rem, 2fr)", cell: (one) => t(`fleet.reason.${one.reason}`, { defaultValue: one.reason }) },
    { key: "since", title: t("fleet.since"), width: "minmax(7rem, 1fr)", wide: true, cell: (one) => <Ago at={one.blocked_at} /> },
    { key: "until", title: t("fleet.ends"), width: "minmax(7rem, 1fr)", wide: "medium", cell: (one) => (one.blocked_until ? <Ago at={one.blocked_until} /> : t("fleet.length.ever")) },
    {
      key: "button",
      title: t("common.actions"),
      isBare: true,
      width: "7rem",
      cell: (one) => <Buttons isRow kind={mesh} thing={{ mesh_id: one.mesh_id, state: "blocked" }} only={["fleet.unblock"]} />,
    },
  ];
  if (!may("blocklist:view")) return null;
  return (
    <Section title={t("fleet.blocklist")}>
      {blocked.error && <Problem error={blocked.error} onRetry={() => void blocked.refetch()} />}
      {blocked.data && rows.length === 0 && <p className={classes.hint}>{t("fleet.noneBlocked")}</p>}
      {rows.length > 0 && <Table label={t("fleet.blocklist")} columns={columns} rows={rows} rowKey={(one) => one.mesh_id} />}
    </Section>
  );
}
