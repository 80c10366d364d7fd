import { Button, Group, Stack, Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import i18next from "i18next";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { InputField } from "../../ui/InputField";
import { initial, valuesOf, type Input } from "../../ui/inputs";
import { Problem } from "../../ui/Problem";

interface Question {
  title: string;
  body?: string;
  inputs: Record<string, Input>;
  /** Whether all of them are needed that have no default. */
  required?: boolean;
  button: string;
}

/** Ask for values, each by its type. Resolves to them, or to undefined: it is not to be done. */
export function askInputs(question: Question): Promise<Record<string, unknown> | undefined> {
  return new Promise((resolve) => {
    const id = modals.open({
      title: question.title,
      onClose: () => resolve(undefined),
      children: (
        <InputsForm
          question={question}
          onDone={(values) => {
            resolve(values);
            modals.close(id);
          }}
        />
      ),
    });
  });
}

function InputsForm({ question, onDone }: { question: Question; onDone: (values: Record<string, unknown> | undefined) => void }) {
  const { t } = useTranslation();
  const [texts, setTexts] = useState(() => initial(question.inputs));
  const [error, setError] = useState<unknown>();
  const submit = (event: React.FormEvent) => {
    event.preventDefault();
    try {
      onDone(valuesOf(question.inputs, texts, t));
    } catch (problem) {
      setError(problem);
    }
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        {question.body && (
          <Text size="sm" className="foreign">
            {question.body}
          </Text>
        )}
        {Object.entries(question.inputs).map(([name, input]) => (
          <InputField key={name} name={name} input={input} isRequired={question.required} value={texts[name] ?? ""} onChange={(value) => setTexts((before) => ({ ...before, [name]: value }))} />
        ))}
        {error !== undefined && <Problem error={error} />}
        <Group justify="flex-end">
          <Button variant="default" onClick={() => onDone(undefined)}>
            {i18next.t("common.back")}
          </Button>
          <Button type="submit">{question.button}</Button>
        </Group>
      </Stack>
    </form>
  );
}
