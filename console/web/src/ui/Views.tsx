import { Button, Menu, TextInput } from "@mantine/core";
import { queryOptions, useQuery, useQueryClient } from "@tanstack/react-query";
import { useLocation, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, read } from "../api/client";
import { failed, said } from "./confirm";
import classes from "./Views.module.css";

const viewsQuery = queryOptions({ queryKey: ["views"], queryFn: () => read(api.GET("/api/v1/views")), staleTime: 60_000 });

/** Filters of the page that somebody has given a name: kept with the operator, so they are there in every browser. */
export function Views() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { pathname, searchStr } = useLocation();
  const [name, setName] = useState("");
  const all = useQuery(viewsQuery);
  const views = (all.data?.views ?? []).filter((view) => view.page === pathname);
  const search = searchStr.replace(/^\?/, "");

  async function change(work: () => Promise<typeof all.data>, message: string, undo?: () => Promise<unknown>) {
    try {
      queries.setQueryData(viewsQuery.queryKey, await work());
      said(message, undo);
    } catch (error) {
      failed(error);
    }
  }
  const keep = (view: { name: string; search: string }) => read(api.PUT("/api/v1/views", { body: { page: pathname, ...view } }));
  const forget = (view: string) => read(api.DELETE("/api/v1/views", { params: { query: { page: pathname, name: view } } }));
  const forgotten = async (view: { name: string; search: string }) => queries.setQueryData(viewsQuery.queryKey, await keep(view));

  async function save(event: React.FormEvent) {
    event.preventDefault();
    await change(() => keep({ name: name.trim(), search }), t("views.kept", { name: name.trim() }));
    setName("");
  }

  return (
    <Menu position="bottom-end" width={280} trapFocus={false}>
      <Menu.Target>
        <Button size="xs" variant="default">
          {t("views.title")}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {views.length === 0 && <Menu.Label>{t("views.none")}</Menu.Label>}
        {views.map((view) => (
          <div key={view.name} className={classes.view}>
            <Menu.Item onClick={() => void navigate({ to: `${view.page}?${view.search}` })}>
              <span className="foreign">{view.name}</span>
            </Menu.Item>
            <Button size="compact-xs" variant="subtle" aria-label={t("views.forget", { name: view.name })} onClick={() => void change(() => forget(view.name), t("views.forgotten", { name: view.name }), () => forgotten(view))}>
              {t("views.remove")}
            </Button>
          </div>
        ))}
        <Menu.Divider />
        <form className={classes.form} onSubmit={(event) => void save(event)}>
          <TextInput size="xs" aria-label={t("views.name")} placeholder={t("views.name")} value={name} maxLength={64} onChange={(event) => setName(event.target.value)} onKeyDown={(event) => event.stopPropagation()} />
          <Button type="submit" size="xs" disabled={name.trim() === "" || search === ""}>
            {t("views.save")}
          </Button>
        </form>
      </Menu.Dropdown>
    </Menu>
  );
}
