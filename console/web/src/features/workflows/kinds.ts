/** What can be done with workflows and their executions. */
import type { Kind } from "../../app/features";
import { perform } from "../../app/perform";
import { api, read } from "../../api/client";
import { confirm, failed } from "../../ui/confirm";
import { askInputs } from "./askInputs";
import { chosen, shipped } from "./templates";
import { WORKFLOWS } from "./waiting";
import { type Definition, type Execution, isOpen, type Template, type WorkflowInfo } from "./queries";

/** Those that have a button; the others are in a menu. */
export const FIRST = ["workflows.run", "workflows.edit", "workflows.activate", "workflows.deactivate"];
export const FURTHER = ["workflows.revisions", "workflows.export", "workflows.asTemplate"];

type One = Pick<WorkflowInfo, "id" | "name" | "is_active">;

const of = ({ id }: { id: number }) => ({ params: { path: { id: String(id) } } });
const activate = (one: One) => read(api.POST("/api/processes/{id}/activate", of(one)));
const deactivate = (one: One) => read(api.DELETE("/api/processes/{id}", of(one)));

export const workflow: Kind<One> = {
  name: "workflow",
  scope: "processes:view",
  all: async () => (await read(api.GET("/api/processes", { params: { query: {} } }))).processes,
  nameOf: ({ name }) => name,
  pathOf: ({ id }) => `/workflows/${id}`,
  actions: [
    {
      id: "workflows.run",
      label: "workflows.run",
      sentence: "workflows.do.run",
      scope: "processes:execute",
      keywords: "execute start",
      isMain: true,
      isPossible: () => true,
      async run([one], context) {
        if (!one) return false;
        const { t, go } = context;
        const { document } = await read(api.GET("/api/processes/{id}", of(one)));
        const { inputs = {} } = document as unknown as Definition;
        const given = Object.keys(inputs).length > 0 ? await askInputs({ title: t("workflows.runTitle", { name: one.name }), inputs, button: t("workflows.run") }) : {};
        if (given === undefined) return false;
        return perform(context, WORKFLOWS, async () => {
          const begun = await read(api.POST("/api/processes/{id}/execute", { params: { ...of(one).params, header: { "idempotency-key": `console-${crypto.randomUUID()}` } }, body: { trigger_data: given } }));
          go(`/workflows/executions/${begun.execution_id}`);
          return t("workflows.begun", { number: begun.execution_id });
        });
      },
    },
    {
      id: "workflows.edit",
      label: "workflows.edit",
      sentence: "workflows.do.edit",
      scope: "processes:edit",
      keywords: "change yaml",
      isPossible: () => true,
      run: async ([one], { go }) => {
        if (one) go(`/workflows/${one.id}?open=edit`);
        return one !== undefined;
      },
    },
    {
      id: "workflows.activate",
      label: "workflows.activate",
      sentence: "workflows.do.activate",
      scope: "processes:publish",
      keywords: "enable on",
      isPossible: ({ is_active }) => !is_active,
      run: (all, context) =>
        perform(context, WORKFLOWS, async () => {
          for (const one of all) await activate(one);
          return { message: context.t("workflows.activated", { names: all.map(({ name }) => name).join(", ") }), undo: () => Promise.all(all.map(deactivate)) };
        }),
    },
    {
      id: "workflows.deactivate",
      label: "workflows.deactivate",
      sentence: "workflows.do.deactivate",
      scope: "processes:delete",
      keywords: "disable off",
      isPossible: ({ is_active }) => is_active,
      run: (all, context) =>
        perform(context, WORKFLOWS, async () => {
          for (const one of all) await deactivate(one);
          return { message: context.t("workflows.deactivated", { names: all.map(({ name }) => name).join(", ") }), undo: () => Promise.all(all.map(activate)) };
        }),
    },
    {
      id: "workflows.revisions",
      label: "workflows.revisions",
      sentence: "workflows.do.revisions",
      scope: "processes:view",
      keywords: "history compare diff restore",
      isPossible: () => true,
      run: async ([one], { go }) => {
        if (one) go(`/workflows/${one.id}/revisions`);
        return one !== undefined;
      },
    },
    {
      id: "workflows.export",
      label: "workflows.export",
      sentence: "workflows.do.export",
      scope: "processes:view",
      keywords: "yaml json download file",
      isPossible: () => true,
      async run([one]) {
        if (!one) return false;
        try {
          const [{ document }, { showExport }] = await Promise.all([read(api.GET("/api/processes/{id}/export", of(one))), import("./askExport")]);
          showExport(one.name, document);
          return true;
        } catch (error) {
          failed(error);
          return false;
        }
      },
    },
    {
      id: "workflows.asTemplate",
      label: "workflows.asTemplate",
      sentence: "workflows.do.asTemplate",
      scope: "processes:create",
      keywords: "template reuse",
      isPossible: () => true,
      async run([one], context) {
        if (!one) return false;
        const { t, go } = context;
        const { document } = await read(api.GET("/api/processes/{id}", of(one)));
        const asked = chosen(document as unknown as Definition);
        const inputs: Definition["inputs"] = {
          name: { type: "text", label: t("workflows.name"), default: one.name },
          description: { type: "text", label: t("workflows.description"), default: "" },
          category: { type: "text", label: t("workflows.category"), default: "communication", choices: [...CATEGORIES], names: CATEGORIES.map((category) => t(`workflows.categories.${category}`)) },
          ...Object.fromEntries(Object.entries(asked).map(([name, value]) => [`${ASK}${name}`, { type: "boolean" as const, default: false, label: t("workflows.askFor", { name, value: String(value) }) }])),
        };
        const given = await askInputs({ title: t("workflows.asTemplateTitle", { name: one.name }), body: t("workflows.asTemplateBody"), inputs, button: t("workflows.asTemplate") });
        if (given === undefined) return false;
        return perform(context, WORKFLOWS, async () => {
          const { name, description = "", category } = given as { name: string; description?: string; category: (typeof CATEGORIES)[number] };
          const wanted = Object.entries(asked).filter(([input]) => given[`${ASK}${input}`] === true);
          const of = Object.fromEntries(wanted.map(([input, value]) => [input, { value, description: "", required: false }]));
          const made = await read(api.POST("/api/processes/templates", { body: { process_id: one.id, name, description, category, inputs: of } }));
          go("/workflows/templates");
          return t("workflows.templateMade", { name: made.name });
        });
      },
    },
  ],
};

/** What the names of questions begin with whether a template asks for a value. */
const ASK = "ask ";

/** What a workflow may be for, as the API has it. */
const CATEGORIES = ["emergency", "communication", "monitoring", "maintenance"] as const;

type Run = Pick<Execution, "id" | "process" | "status">;

export const execution: Kind<Run> = {
  name: "execution",
  scope: "processes:view",
  numbered: (id) => read(api.GET("/api/processes/executions/{id}", { params: { path: { id } } })),
  nameOf: ({ id, process }) => `#${id} ${process}`,
  pathOf: ({ id }) => `/workflows/executions/${id}`,
  actions: [
    {
      id: "executions.cancel",
      label: "workflows.cancel",
      sentence: "workflows.do.cancel",
      scope: "processes:execute",
      keywords: "stop end",
      isPossible: ({ status }) => isOpen(status),
      async run(all, context) {
        const { t } = context;
        const names = all.map(execution.nameOf).join(", ");
        if (!(await confirm({ title: t("workflows.cancelTitle", { count: all.length }), body: t("workflows.cancelBody", { names }), button: t("workflows.cancel") }))) return false;
        return perform(context, WORKFLOWS, async () => {
          for (const { id } of all) await read(api.POST("/api/processes/executions/{id}/cancel", { params: { path: { id } } }));
          return t("workflows.cancelled", { names });
        });
      },
    },
    {
      id: "executions.replay",
      label: "workflows.replay",
      sentence: "workflows.do.replay",
      scope: "processes:execute",
      keywords: "again retry",
      isPossible: ({ status }) => !isOpen(status),
      run: ([one], context) => replay(one, {}, context),
    },
    {
      id: "executions.replayNewest",
      label: "workflows.replayNewest",
      sentence: "workflows.do.replayNewest",
      scope: "processes:execute",
      keywords: "again retry revision",
      isPossible: ({ status }) => !isOpen(status),
      run: ([one], context) => replay(one, { newest: true }, context),
    },
  ],
};

/** Begin it anew with what it was given: from a step, or as the newest revision. It does its effects again, so it asks. */
export async function replay(one: Run | undefined, how: { newest?: boolean; from_step?: string }, context: Parameters<Kind<Run>["actions"][number]["run"]>[1]): Promise<boolean> {
  const { t, go } = context;
  if (!one) return false;
  const title = how.from_step ? t("workflows.replayFromTitle", { name: execution.nameOf(one), step: how.from_step }) : t("workflows.replayTitle", { name: execution.nameOf(one) });
  if (!(await confirm({ title, body: t(how.newest ? "workflows.replayNewestBody" : "workflows.replayBody"), button: t("workflows.replay") }))) return false;
  return perform(context, WORKFLOWS, async () => {
    const begun = await read(api.POST("/api/processes/executions/{id}/replay", { params: { path: { id: one.id } }, body: { newest: false, ...how } }));
    go(`/workflows/executions/${begun.execution_id}`);
    return t("workflows.begun", { number: begun.execution_id });
  });
}

export const template: Kind<Template> = {
  name: "template",
  scope: "processes:view",
  all: async () => (await read(api.GET("/api/processes/templates"))).templates,
  nameOf: ({ name }) => name,
  pathOf: () => "/workflows/templates",
  actions: [
    {
      id: "templates.use",
      label: "workflows.use",
      sentence: "workflows.do.use",
      scope: "processes:create",
      keywords: "instantiate new",
      isPossible: () => true,
      async run([one], context) {
        if (!one) return false;
        const { t, go, may } = context;
        const { workflow: made } = one.template_data as { workflow: { name?: string } };
        const said = shipped(one, t);
        const inputs = { name: { type: "text", required: true, default: made.name ?? one.name, description: t("workflows.itsName") }, ...said.inputs } as Definition["inputs"];
        const given = await askInputs({ title: t("workflows.useTitle", { name: said.name }), body: said.description, inputs: inputs ?? {}, required: true, button: t("workflows.make") });
        if (given === undefined) return false;
        // A name that is as the template has it may be taken: the server finds a free one.
        const { name, ...values } = given;
        const customizations = { ...values, ...(name === made.name ? {} : { name }), is_active: may("processes:publish") };
        return perform(context, WORKFLOWS, async () => {
          const saved = await read(api.POST("/api/processes/templates/{id}/instantiate", { params: { path: { id: String(one.id) } }, body: { customizations } }));
          go(`/workflows/${saved.process_id}`);
          return t(saved.is_active ? "workflows.madeActive" : "workflows.made", { name: saved.name });
        });
      },
    },
    {
      id: "templates.export",
      label: "workflows.export",
      sentence: "workflows.do.exportTemplate",
      scope: "processes:view",
      keywords: "yaml json download file",
      isPossible: () => true,
      async run([one], { t }) {
        if (!one) return false;
        try {
          const [{ document }, { showExport }] = await Promise.all([read(api.GET("/api/processes/templates/{id}/export", of(one))), import("./askExport")]);
          showExport(one.name, document, t("workflows.exportTemplateBody"));
          return true;
        } catch (error) {
          failed(error);
          return false;
        }
      },
    },
    {
      id: "templates.remove",
      label: "workflows.removeTemplate",
      sentence: "workflows.do.removeTemplate",
      scope: "processes:delete",
      keywords: "delete",
      isPossible: ({ created_by }) => created_by !== null,
      async run(all, context) {
        const { t } = context;
        const names = all.map(({ name }) => name).join(", ");
        if (!(await confirm({ title: t("workflows.removeTemplateTitle", { names }), body: t("workflows.removeTemplateBody"), button: t("workflows.removeTemplate") }))) return false;
        return perform(context, WORKFLOWS, async () => {
          for (const one of all) await read(api.DELETE("/api/processes/templates/{id}", of(one)));
          return t("workflows.templateRemoved", { names });
        });
      },
    },
  ],
};

export const kinds = [workflow, execution, template];
