import { Button, Group, Stack, Text, Textarea } from "@mantine/core";
import { modals } from "@mantine/modals";
import i18next from "i18next";
import { useState } from "react";

/** The longest note that is kept, in characters. */
const LONGEST = 2000;

interface Question {
  title: string;
  /** What it is about. */
  body: string;
  label: string;
  button: string;
  /** Without a text there is nothing to do. */
  isNeeded?: boolean;
}

/** Ask for a few words before something is done. Resolves to them, or to undefined: it is not to be done. */
export function askNote(question: Question): Promise<string | undefined> {
  return new Promise((resolve) => {
    const id = modals.open({
      title: question.title,
      onClose: () => resolve(undefined),
      children: (
        <NoteForm
          question={question}
          onDone={(note) => {
            resolve(note);
            modals.close(id);
          }}
        />
      ),
    });
  });
}

function NoteForm({ question, onDone }: { question: Question; onDone: (note: string | undefined) => void }) {
  const [note, setNote] = useState("");
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    onDone(note.trim());
  };
  const isSent = (event: React.KeyboardEvent) => event.key === "Enter" && (event.ctrlKey || event.metaKey);
  return (
    <form onSubmit={submit} onKeyDown={(event) => isSent(event) && event.currentTarget.requestSubmit()}>
      <Stack>
        <Text size="sm" className="foreign">
          {question.body}
        </Text>
        <Textarea label={question.label} value={note} onChange={(event) => setNote(event.target.value)} required={question.isNeeded} maxLength={LONGEST} autosize minRows={2} maxRows={8} data-autofocus />
        <Group justify="flex-end">
          <Button variant="default" onClick={() => onDone(undefined)}>
            {i18next.t("common.back")}
          </Button>
          <Button type="submit" disabled={question.isNeeded && note.trim() === ""}>
            {question.button}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
