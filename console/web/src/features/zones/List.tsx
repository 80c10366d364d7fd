import { useTranslation } from "react-i18next";
import { StateMark } from "../../ui/StateMark";
import { type Column, Table } from "../../ui/Table";
import { length } from "./length";
import type { Zone } from "./queries";
import classes from "./Zones.module.css";

/** All zones; a row is looked at, here and on the map. */
export function ZoneList({ zones, chosen, onChoose }: { zones: readonly Zone[]; chosen?: string; onChoose: (name: string | undefined) => void }) {
  const { t } = useTranslation();
  const columns: Column<Zone>[] = [
    { key: "name", title: t("zones.zone"), width: "minmax(6rem, 1.5fr)", cell: (one) => <Name zone={one} /> },
    { key: "shape", title: t("zones.shape"), width: "minmax(6rem, 1fr)", cell: (one) => <Size zone={one} /> },
    { key: "users", title: t("zones.inside"), width: "4.5rem", numeric: true, cell: (one) => one.users },
  ];
  return (
    <Table
      label={t("zones.all")}
      columns={columns}
      rows={[...zones]}
      rowKey={(one) => one.name}
      selected={new Set(chosen ? [chosen] : [])}
      onOpen={(one) => onChoose(one.name === chosen ? undefined : one.name)}
    />
  );
}

function Name({ zone }: { zone: Zone }) {
  const { t } = useTranslation();
  return (
    <span className="foreign" title={zone.name}>
      {zone.enabled ? zone.name : <StateMark tone="idle">{t("zones.offName", { name: zone.name })}</StateMark>}
    </span>
  );
}

/** What it is and how large, in words. */
export function Size({ zone }: { zone: Zone }) {
  const { t, i18n } = useTranslation();
  const words = zone.circle ? t("zones.size.circle", { radius: length(zone.circle.radius_m, i18n.language) }) : t("zones.size.polygon", { count: zone.polygon?.length ?? 0 });
  return <span className={classes.soft}>{words}</span>;
}
