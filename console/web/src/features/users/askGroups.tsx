import { Button, Checkbox, Group, Stack, Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import i18next from "i18next";
import { useState } from "react";
import { Empty } from "../../ui/Page";
import { begun, type Choice, changeOf, type GroupChange, next } from "./memberships";

interface Question {
  title: string;
  /** Who is meant; empty: the title says it. */
  body: string;
  /** All groups by name. */
  all: readonly string[];
  /** In which each of the users is. */
  of: readonly (readonly string[])[];
}

/** Ask in which groups users are to be. Resolves to what differs, or to undefined: nothing is to be done. */
export function askGroups(question: Question): Promise<GroupChange | undefined> {
  return new Promise((resolve) => {
    const id = modals.open({
      title: question.title,
      onClose: () => resolve(undefined),
      children: (
        <Form
          question={question}
          onDone={(change) => {
            resolve(change);
            modals.close(id);
          }}
        />
      ),
    });
  });
}

function Form({ question, onDone }: { question: Question; onDone: (change: GroupChange | undefined) => void }) {
  const { t } = i18next;
  const [before] = useState(() => begun(question.all, question.of));
  const [choices, setChoices] = useState<Record<string, Choice>>(before);
  const change = changeOf(before, choices);
  const isSame = change.add.length + change.remove.length === 0;
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    onDone(change);
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        {question.body && (
          <Text size="sm" className="foreign">
            {question.body}
          </Text>
        )}
        {question.all.length === 0 && <Empty title={t("groups.none")}>{t("groups.noneHere")}</Empty>}
        {question.all.map((name) => (
          <Checkbox
            key={name}
            label={<span className="foreign">{name}</span>}
            checked={choices[name] === "all"}
            indeterminate={choices[name] === "some"}
            onChange={() => setChoices((now) => ({ ...now, [name]: next(now[name], before[name]) }))}
          />
        ))}
        <Group justify="flex-end">
          <Button variant="default" onClick={() => onDone(undefined)}>
            {t("common.back")}
          </Button>
          <Button type="submit" disabled={isSame}>
            {t("users.saveGroups")}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
