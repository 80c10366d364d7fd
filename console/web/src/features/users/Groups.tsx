import { Button, Stack, Textarea, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { ActionButton } from "../../app/ActionButton";
import { Buttons } from "../../app/ActionsOn";
import { api } from "../../api/client";
import { Dialog } from "../../ui/Dialog";
import { said } from "../../ui/confirm";
import { Empty, Section } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { type Column, Table } from "../../ui/Table";
import { group as kind } from "./kinds";
import { type Group, groupsQuery, USERS } from "./queries";
import classes from "./Users.module.css";

interface GroupsProps {
  open?: string;
  /** The name of the one that is edited; none: a new one. */
  edited?: string;
  /** The one whose members are listed. */
  chosen?: string;
  onClose: () => void;
}

/** Into what users are sorted; a row lists who is in it. */
export function Groups({ open, edited, chosen, onClose }: GroupsProps) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const groups = useQuery(groupsQuery);
  const rows = groups.data ?? [];
  const columns: Column<Group>[] = [
    { key: "name", title: t("users.group"), width: "minmax(7rem, 1fr)", cell: (one) => <span className="foreign">{one.name}</span> },
    { key: "description", title: t("groups.description"), width: "minmax(8rem, 2.5fr)", wide: true, cell: (one) => <span className="foreign">{one.description || "–"}</span> },
    { key: "members", title: t("groups.members"), width: "6rem", narrow: "3rem", numeric: true, cell: (one) => one.members },
    { key: "do", title: t("common.actions"), isBare: true, width: "11rem", narrow: "9.5rem", numeric: true, cell: (one) => <Row group={one} /> },
  ];
  const seen = rows.find(({ name }) => name === edited);
  return (
    <Section title={t("groups.title")} aside={<ActionButton id="groups.add" size="compact-sm" variant="default" />}>
      {groups.error && !groups.data && <Problem error={groups.error} onRetry={() => void groups.refetch()} />}
      {groups.data && rows.length === 0 && <Empty title={t("groups.none")}>{t("groups.noneBody")}</Empty>}
      {rows.length > 0 && (
        <Table
          label={t("groups.title")}
          columns={columns}
          rows={rows}
          rowKey={(one) => one.name}
          onOpen={(one) => void navigate({ to: "/users", search: { group: one.name === chosen ? undefined : one.name } as never })}
        />
      )}
      <Dialog opened={open === "group" && (edited === undefined || seen !== undefined)} onClose={onClose} title={seen ? t("groups.editTitle", { name: seen.name }) : t("groups.add")}>
        <GroupForm seen={seen} onDone={onClose} />
      </Dialog>
    </Section>
  );
}

function Row({ group }: { group: Group }) {
  return (
    <span className={classes.row} onClick={(event) => event.stopPropagation()}>
      <Buttons isRow kind={kind} thing={group} />
    </span>
  );
}

function GroupForm({ seen, onDone }: { seen?: Group; onDone: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [name, setName] = useState("");
  const [description, setDescription] = useState(seen?.description ?? "");
  const [error, setError] = useState<unknown>();

  async function submit(event: React.FormEvent) {
    event.preventDefault();
    setError(undefined);
    try {
      if (seen) await api.PUT("/api/v1/station/groups/{name}", { params: { path: { name: seen.name } }, body: { description: description.trim() } });
      else await api.POST("/api/v1/station/groups", { body: { name: name.trim(), description: description.trim() } });
      said(t("groups.saved", { name: seen?.name ?? name.trim() }));
      await queries.invalidateQueries({ queryKey: USERS });
      onDone();
    } catch (problem) {
      setError(problem);
    }
  }

  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack>
        {!seen && <TextInput label={t("groups.name")} value={name} onChange={(event) => setName(event.target.value)} maxLength={64} required data-autofocus />}
        <Textarea label={t("groups.description")} description={t("groups.descriptionHint")} value={description} onChange={(event) => setDescription(event.target.value)} maxLength={500} autosize minRows={2} maxRows={6} />
        {error !== undefined && <Problem error={error} />}
        <Button type="submit">{t(seen ? "groups.save" : "groups.add")}</Button>
      </Stack>
    </form>
  );
}
