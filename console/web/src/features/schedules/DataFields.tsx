import { Textarea } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { InputField } from "../../ui/InputField";
import { type Inputs, shownOf, writtenOf } from "./data";

interface DataFieldsProps {
  inputs: Inputs;
  /** JSON. */
  data: string;
  /** What the supervisor says of an input. */
  errorOf: (input: string) => string | undefined;
  onChange: (data: string) => void;
}

/** A field for each input that the action declares; JSON where its data has what these do not show. */
export function DataFields({ inputs, data, errorOf, onChange }: DataFieldsProps) {
  const { t } = useTranslation();
  /** As typed, beside the data that it has become: other data from elsewhere takes its place. */
  const [typed, setTyped] = useState<{ data: string; texts: Record<string, string>; wrong?: Record<string, string> }>();
  /** Who has begun to write JSON goes on with it. */
  const [isJson, setJson] = useState(() => shownOf(inputs, data) === undefined);
  const own = typed?.data === data ? typed : undefined;
  const texts = own?.texts ?? shownOf(inputs, data);
  if (isJson || !texts) {
    const typeJson = (text: string) => {
      setJson(true);
      onChange(text);
    };
    return <JsonField data={data} onChange={typeJson} />;
  }

  function change(name: string, text: string) {
    const next = { ...texts, [name]: text };
    try {
      const written = writtenOf(inputs, next, t);
      setTyped({ data: written, texts: next });
      onChange(written);
    } catch (problem) {
      // No JSON yet: it stands in the data as it is, so that nothing saves it.
      setTyped({ data: text, texts: next, wrong: { [name]: (problem as Error).message } });
      onChange(text);
    }
  }

  return Object.entries(inputs).map(([name, input]) => (
    <InputField key={name} name={name} input={input} value={texts[name] ?? ""} error={own?.wrong?.[name] ?? errorOf(name)} onChange={(text) => change(name, text)} />
  ));
}

export function JsonField({ data, onChange }: { data: string; onChange: (data: string) => void }) {
  const { t } = useTranslation();
  return <Textarea label={t("jobs.data")} description={t("jobs.dataHint")} value={data} onChange={(event) => onChange(event.currentTarget.value)} autosize minRows={1} maxRows={8} />;
}
