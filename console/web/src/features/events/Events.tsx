import { Button, SegmentedControl, TextInput } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "../../session/session";
import { FilterBar, FilterButton } from "../../ui/FilterBar";
import { Empty, Page } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { Views } from "../../ui/Views";
import type { Filter } from "./entries";
import classes from "./Events.module.css";
import { type Family, FAMILY_NAMES } from "./families";
import { Timeline } from "./Timeline";
import { type Source, useTimeline } from "./useTimeline";

interface EventSearch {
  source?: Source;
  family?: Family[];
  mesh?: string;
  actor?: string;
  text?: string;
  from?: string;
  to?: string;
}

/** What has happened, and who has done it; the filters are in the address. */
export default function Events() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const search = useSearch({ strict: false }) as EventSearch;
  const set = (changed: EventSearch) => void navigate({ to: "/events", search: { ...search, ...changed } as never, replace: true });
  const filter = useFilter(search);
  const timeline = useTimeline(filter, search.source ?? "all");
  const { older, rows } = timeline;
  const isFiltered = filter.families.length > 0 || filter.mesh || filter.actor || filter.text || filter.from || filter.to;
  const pause = timeline.isHeld ? timeline.release : timeline.hold;
  return (
    <Page
      title={t("events.title")}
      lead={t("events.lead")}
      actions={
        <Button variant="default" aria-pressed={timeline.isHeld} onClick={pause}>
          {timeline.isHeld ? t("events.goOn", { count: timeline.waiting }) : t("events.pause")}
        </Button>
      }
    >
      <Filters search={search} set={set} />
      {timeline.error && <Problem error={timeline.error} onRetry={() => void older.refetch()} />}
      {!timeline.isLoading && !timeline.error && rows.length === 0 && (
        <Empty title={t(isFiltered ? "events.noneLikeThat" : "events.none")}>{t(isFiltered ? "events.noneLikeThatBody" : "events.noneBody")}</Empty>
      )}
      {rows.length > 0 && <Timeline rows={rows} onScrolled={timeline.hold} />}
      {older.hasNextPage && search.source !== "audit" && (
        <div>
          <Button variant="default" loading={older.isFetchingNextPage} onClick={() => void older.fetchNextPage()}>
            {t("events.older")}
          </Button>
        </div>
      )}
    </Page>
  );
}

function useFilter({ family, mesh = "", actor = "", text = "", from = "", to = "" }: EventSearch): Filter {
  const families = JSON.stringify(family ?? []);
  // Numbers in the address are read as such; ids of users are words.
  return useMemo(
    () => ({ families: JSON.parse(families) as Family[], mesh: String(mesh), actor: String(actor), text: String(text), from, to }),
    [families, mesh, actor, text, from, to],
  );
}

function Filters({ search, set }: { search: EventSearch; set: (changed: EventSearch) => void }) {
  const { t } = useTranslation();
  const { may } = useSession();
  const chosen = search.family ?? [];
  const toggle = (one: Family) => set({ family: chosen.includes(one) ? chosen.filter((other) => other !== one) : [...chosen, one] });
  const sources = (["all", "events", "audit"] as const).map((value) => ({ value, label: t(`events.sources.${value}`) }));
  return (
    <FilterBar>
      {may("audit:view") && (
        <SegmentedControl size="xs" aria-label={t("events.source")} data={sources} value={search.source ?? "all"} onChange={(source) => set({ source: source as Source })} />
      )}
      {FAMILY_NAMES.map((one) => (
        <FilterButton key={one} isChosen={chosen.includes(one)} onToggle={() => toggle(one)}>
          {t(`events.families.${one}`)}
        </FilterButton>
      ))}
      {(["text", "mesh", "actor"] as const).map((name) => (
        <TextInput
          key={name}
          size="xs"
          className={classes.field}
          aria-label={t(`events.by.${name}`)}
          placeholder={t(`events.by.${name}`)}
          value={String(search[name] ?? "")}
          onChange={(event) => set({ [name]: event.target.value || undefined })}
        />
      ))}
      {(["from", "to"] as const).map((name) => (
        <label key={name} className={classes.day}>
          {t(`events.by.${name}`)}
          <input type="date" value={search[name] ?? ""} max={name === "from" ? search.to : undefined} min={name === "to" ? search.from : undefined} onChange={(event) => set({ [name]: event.target.value || undefined })} />
        </label>
      ))}
      <Views />
    </FilterBar>
  );
}
