/** What templates are called and ask for, and what one that is made of a workflow may ask for. */
import type { TFunction } from "i18next";
import type { Input } from "../../ui/inputs";
import type { Definition, Template, Tree } from "./queries";

/** A template as its reader understands it: those that come with Meshvisor in the reader's language. */
export function shipped({ name, description, inputs, created_by }: Pick<Template, "name" | "description" | "inputs" | "created_by">, t: TFunction) {
  const own = inputs as Record<string, Input>;
  if (created_by !== null) return { name, description, inputs: own };
  const said = (part: string, usual: string) => t(`workflows.shipped.${name}.${part}`, { defaultValue: usual });
  return {
    name: said("name", name),
    description: said("description", description),
    inputs: Object.fromEntries(Object.entries(own).map(([key, input]) => [key, { ...input, description: said(`inputs.${key}`, input.description ?? "") }])),
  };
}

/** Fields of steps that say how one works, and not with what. */
const FIXED = ["on_timeout", "on_expiry", "join", "as", "method", "event", "workflow", "kind", "action", "severity"];
const LONGEST = 60;
const MOST = 20;

/** Values of a workflow that a template of it could ask for, by names made of their fields. */
export function chosen(document: Definition): Record<string, string | number> {
  const found: Record<string, string | number> = {};
  const add = (field: string, value: unknown) => {
    if (typeof value !== "number" && (typeof value !== "string" || value === "" || value.length > LONGEST || value.includes("{{"))) return;
    if (FIXED.includes(field) || Object.values(found).includes(value) || Object.keys(found).length >= MOST) return;
    const name = field.split(".").at(-1)!.replaceAll(/[^A-Za-z0-9_-]/g, "_");
    let free = name;
    for (let number = 2; free in found; number++) free = `${name}_${number}`;
    found[free] = value;
  };
  const condition = (tree: Tree | undefined): void => {
    if (!tree) return;
    if ("field" in tree) (Array.isArray(tree.value) ? tree.value : [tree.value]).forEach((one) => add(tree.field, one));
    else if ("not" in tree) condition(tree.not);
    else ("all" in tree ? tree.all : tree.any).forEach(condition);
  };
  const steps = (all: Definition["steps"] | undefined): void =>
    all?.forEach((step) => {
      condition(step.when);
      condition(step.if);
      Object.entries(step.with ?? {}).forEach(([field, value]) => (Array.isArray(value) ? value : [value]).forEach((one) => add(field, one)));
      for (const part of [step.then, step.else, step.steps, ...(step.branches ?? []), typeof step.on_failure === "object" ? step.on_failure : undefined]) steps(part);
    });
  document.triggers.forEach(({ config, when }) => {
    Object.entries(config ?? {}).forEach(([field, value]) => add(field, value));
    condition(when);
  });
  condition(document.when);
  steps(document.steps);
  steps(document.on_failure);
  return found;
}
