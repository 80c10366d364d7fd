import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Ago } from "../../ui/Ago";
import { Example } from "../../ui/Example";
import { Empty, Page, Section } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { StateMark } from "../../ui/StateMark";
import { type Column, Table } from "../../ui/Table";
import { lasting } from "../../ui/format";
import classes from "./Background.module.css";
import { Progress } from "./Progress";
import { type Command, listQuery, TONES } from "./queries";
import { reason } from "./reason";

/** Commands that go on without a terminal: how far they are, and how they have ended. */
export default function Background() {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const list = useQuery(listQuery);
  const commands = list.data?.commands ?? [];
  const columns: Column<Command>[] = [
    { key: "name", title: t("background.name"), width: "minmax(8rem, 2fr)", cell: (one) => <span className="foreign">{one.name}</span> },
    { key: "status", title: t("background.status"), width: "9rem", narrow: "6.5rem", cell: (one) => <StateMark tone={TONES[one.status] ?? "idle"}>{t(`background.is.${one.status}`)}</StateMark> },
    { key: "progress", title: t("background.progress"), width: "11rem", narrow: "6rem", cell: (one) => <Progress command={one} isShort /> },
    { key: "task", title: t("background.task"), width: "minmax(8rem, 3fr)", wide: "medium", cell: (one) => <span className="foreign">{reason(one, t) ?? one.current_task ?? "–"}</span> },
    { key: "runtime", title: t("background.runtime"), width: "8rem", wide: true, numeric: true, cell: (one) => lasting(one.runtime, i18n.language) },
    { key: "started", title: t("background.started"), width: "8rem", wide: true, numeric: true, cell: (one) => <Ago at={one.started_at} /> },
  ];
  return (
    <Page title={t("background.title")} lead={list.data && sentence(commands, t)}>
      {list.error && <Problem error={list.error} onRetry={() => void list.refetch()} />}
      {list.data && commands.length === 0 && (
        <Empty title={t("background.none")}>
          <p>{t("background.noneBody")}</p>
          <Example>meshvisor background start nightly -- rsync -a /data /backup</Example>
        </Empty>
      )}
      {commands.length > 0 && (
        <Section title={t("background.all")} aside={<span className={`${classes.faint} foreign`}>{list.data?.folder}</span>}>
          <Table
            label={t("background.all")}
            columns={columns}
            rows={commands}
            rowKey={(one) => one.name}
            onOpen={(one) => void navigate({ to: "/background/$name", params: { name: one.name } })}
          />
        </Section>
      )}
    </Page>
  );
}

/** What runs and what has gone wrong, in one sentence. */
function sentence(commands: readonly Command[], t: ReturnType<typeof useTranslation>["t"]): string {
  const running = commands.filter((one) => one.status === "running").length;
  const wrong = commands.filter((one) => TONES[one.status] === "bad").map((one) => one.name);
  const said = [t("background.lead.running", { count: running })];
  if (wrong.length > 0) said.push(t("background.lead.wrong", { count: wrong.length, names: wrong.slice(0, 3).join(", ") }));
  return said.join(" ");
}
