import { Button, Checkbox, Group, NativeSelect, NumberInput, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { modals } from "@mantine/modals";
import i18next from "i18next";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Problem } from "../../ui/Problem";
import { initial, valuesOf } from "./inputs";
import type { Input } from "./queries";

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
          <Field key={name} name={name} input={input} isRequired={question.required} value={texts[name] ?? ""} onChange={(value) => setTexts((before) => ({ ...before, [name]: value }))} />
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

function Field({ name, input, isRequired, value, onChange }: { name: string; input: Input; isRequired?: boolean; value: string; onChange: (value: string) => void }) {
  const { t } = useTranslation();
  const words = name.replaceAll("_", " ");
  const hint = { text: "", number: "", boolean: "", list: t("workflows.listHint"), object: t("workflows.jsonHint"), any: t("workflows.jsonHint") }[input.type];
  const how = {
    label: input.label ?? words.charAt(0).toUpperCase() + words.slice(1),
    description: [input.description, hint].filter(Boolean).join(". ") || undefined,
    required: input.default === undefined && (isRequired || input.required),
  };
  const typed = { ...how, value, onChange: (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value) };
  if (input.choices)
    return <NativeSelect {...typed} data={[...(input.names ? [] : [""]), ...input.choices.map((choice, index) => ({ value: String(choice), label: input.names?.[index] ?? String(choice) }))]} />;
  if (input.type === "boolean") return <Checkbox {...how} required={false} checked={value === "true"} onChange={(event) => onChange(String(event.currentTarget.checked))} />;
  if (input.type === "number") return <NumberInput {...how} value={value} onChange={(next) => onChange(String(next))} />;
  if (input.type === "text" && String(input.default ?? "").length < 60) return <TextInput {...typed} />;
  return <Textarea {...typed} autosize minRows={2} maxRows={8} />;
}
