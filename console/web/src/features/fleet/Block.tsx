import { Button, Group, Modal, NativeSelect, Text } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { failed, said } from "../../ui/confirm";
import { FLEET } from "./queries";
import { useNames } from "./useAct";

/** Seconds, by name; empty: until somebody unblocks it. */
const LENGTHS = { hour: 3600, day: 86_400, week: 604_800, ever: null } as const;
type Length = keyof typeof LENGTHS;

/** Keep meshes from being started: which ones, and for how long. */
export function Block({ ids, isOpen, onClose }: { ids: string[]; isOpen: boolean; onClose: (isDone: boolean) => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const names = useNames();
  const [length, setLength] = useState<Length>("ever");

  async function block() {
    try {
      for (const mesh_id of ids) await api.POST("/api/v1/blocklist", { body: { mesh_id, duration: LENGTHS[length] } });
      said(t("fleet.did.block", { names: names(ids) }));
    } catch (error) {
      failed(error);
    }
    onClose(true);
    await queries.invalidateQueries({ queryKey: FLEET });
  }

  return (
    <Modal opened={isOpen} onClose={() => onClose(false)} title={t("fleet.ask.block", { count: ids.length })}>
      <Text size="sm" mb="sm" className="foreign">
        {t("fleet.ask.blockBody", { names: names(ids) })}
      </Text>
      <NativeSelect
        label={t("fleet.howLong")}
        value={length}
        onChange={(event) => setLength(event.target.value as Length)}
        data={(Object.keys(LENGTHS) as Length[]).map((value) => ({ value, label: t(`fleet.length.${value}`) }))}
      />
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={() => onClose(false)}>
          {t("common.cancel")}
        </Button>
        <Button onClick={() => void block()}>{t("fleet.block")}</Button>
      </Group>
    </Modal>
  );
}
