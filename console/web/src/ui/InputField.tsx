import { Checkbox, NativeSelect, NumberInput, Textarea, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { worded } from "../i18n/worded";
import { hasDefault, type Input } from "./inputs";

interface Props {
  name: string;
  input: Input;
  /** Whether it is needed also where it does not say so. */
  isRequired?: boolean;
  value: string;
  /** What is wrong with it. */
  error?: string;
  onChange: (value: string) => void;
}

/** The field for one value, by its type. */
export function InputField({ name, input, isRequired, value, error, onChange }: Props) {
  const { t } = useTranslation();
  const words = name.replaceAll("_", " ");
  const hint = { text: "", number: "", boolean: "", list: t("inputs.listHint"), object: t("inputs.jsonHint"), any: t("inputs.jsonHint") }[input.type];
  const how = {
    label: input.label ?? words.charAt(0).toUpperCase() + words.slice(1),
    description: [worded(input.description ?? "").replace(/\.$/, ""), hint].filter(Boolean).join(". ") || undefined,
    error,
    required: !hasDefault(input) && (isRequired || input.required),
  };
  const typed = { ...how, value, onChange: (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value) };
  if (input.choices)
    return <NativeSelect {...typed} data={[...(input.names ? [] : [""]), ...input.choices.map((choice, index) => ({ value: String(choice), label: input.names?.[index] ?? String(choice) }))]} />;
  if (input.type === "boolean") return <Checkbox {...how} required={false} checked={value === "true"} onChange={(event) => onChange(String(event.currentTarget.checked))} />;
  if (input.type === "number") return <NumberInput {...how} value={value} onChange={(next) => onChange(String(next))} />;
  if (input.type === "text" && String(input.default ?? "").length < 60) return <TextInput {...typed} />;
  return <Textarea {...typed} autosize minRows={2} maxRows={8} />;
}
