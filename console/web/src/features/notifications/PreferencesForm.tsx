import { Autocomplete, Button, Checkbox, NativeSelect, Stack, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { Dialog } from "../../ui/Dialog";
import { said } from "../../ui/confirm";
import { Problem } from "../../ui/Problem";
import { ZONES, MOST_ZONES } from "../../ui/zones";
import classes from "./Notifications.module.css";
import { type Channel, NOTIFICATIONS, preferencesOfQuery, SEVERITIES } from "./queries";
import { type Said, useMeaning } from "./useMeaning";

interface PreferencesFormProps {
  /** Whose; empty: of somebody new. */
  user: string;
  isOpen: boolean;
  onClose: () => void;
  channels: Channel[];
}

/** How somebody wants to be notified; while one chooses it says what that means. */
export function PreferencesForm({ user, isOpen, onClose, channels }: PreferencesFormProps) {
  const { t } = useTranslation();
  const known = useQuery({ ...preferencesOfQuery(user), enabled: isOpen && user !== "" });
  const before = user === "" ? NEW : known.data;
  return (
    <Dialog opened={isOpen} onClose={onClose} title={user ? t("notifications.do.preferences", { name: user }) : t("notifications.preferences.add")}>
      {known.error && <Problem error={known.error} onRetry={() => void known.refetch()} />}
      {before && <Fields key={user} before={before} isNew={user === ""} onClose={onClose} names={channels.filter((one) => one.enabled).map((one) => one.name)} />}
    </Dialog>
  );
}

const NEW: Said = { user_id: "", channels: ["chat"], severity: "info", quiet_hours: "", timezone: "" };

function Fields({ before, isNew, onClose, names }: { before: Said; isNew: boolean; onClose: () => void; names: string[] }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const meaningOf = useMeaning();
  const [draft, setDraft] = useState(before);
  const [error, setError] = useState<unknown>();
  const set = (changed: Partial<Said>) => setDraft({ ...draft, ...changed });
  const user_id = draft.user_id.trim();

  async function submit(event: React.FormEvent) {
    event.preventDefault();
    setError(undefined);
    const body = { channels: draft.channels, severity: draft.severity as (typeof SEVERITIES)[number], quiet_hours: draft.quiet_hours ?? "", timezone: draft.timezone ?? "" };
    try {
      await api.PATCH("/api/v1/notifications/preferences/{user_id}", { params: { path: { user_id } }, body });
    } catch (problem) {
      setError(problem);
      return;
    }
    said(meaningOf({ ...draft, user_id }));
    await queries.invalidateQueries({ queryKey: NOTIFICATIONS });
    onClose();
  }

  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack>
        {isNew && <TextInput label={t("notifications.user")} description={t("people.userHint")} value={draft.user_id} onChange={(event) => set({ user_id: event.target.value })} required data-autofocus />}
        <Checkbox.Group label={t("notifications.where")} value={draft.channels} onChange={(channels) => set({ channels })}>
          <div className={classes.choices}>
            {[...new Set([...names, ...before.channels])].map((name) => (
              <Checkbox key={name} value={name} label={name} />
            ))}
          </div>
        </Checkbox.Group>
        <NativeSelect label={t("notifications.severity")} value={draft.severity} onChange={(event) => set({ severity: event.target.value })} data={SEVERITIES.map((value) => ({ value, label: t(`notifications.from.${value}`) }))} />
        <div className={classes.pair}>
          <TextInput label={t("notifications.preferences.quietHours")} description={t("notifications.preferences.quietHint")} value={draft.quiet_hours ?? ""} onChange={(event) => set({ quiet_hours: event.target.value })} />
          <Autocomplete label={t("schedules.zone")} description={t("schedules.zoneHint")} data={ZONES} limit={MOST_ZONES} value={draft.timezone ?? ""} onChange={(timezone) => set({ timezone })} />
        </div>
        <p className={`${classes.means} foreign`} role="status">
          {meaningOf({ ...draft, user_id })}
        </p>
        {error !== undefined && <Problem error={error} />}
        <Button type="submit" disabled={user_id === ""}>
          {t("schedules.save")}
        </Button>
      </Stack>
    </form>
  );
}
