import { Button, Group, NativeSelect, Text } from "@mantine/core";
import { modals } from "@mantine/modals";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import type { ActionContext } from "../../app/features";
import { perform } from "../../app/perform";
import { namesOf } from "./names";
import { FLEET } from "./queries";

/** Seconds, by name; empty: until an operator unblocks it. */
const LENGTHS = { hour: 3600, day: 86_400, week: 604_800, ever: null } as const;
type Length = keyof typeof LENGTHS;

/** Ask for how long meshes are to be kept from being started, and do it. Resolves to whether it was done. */
export async function askBlock(ids: string[], context: ActionContext): Promise<boolean> {
  const { t } = context;
  const length = await new Promise<Length | undefined>((resolve) => {
    const id = modals.open({
      title: t("fleet.ask.block", { count: ids.length }),
      children: (
        <BlockForm
          ids={ids}
          onAnswer={(answer) => {
            resolve(answer);
            modals.close(id);
          }}
        />
      ),
      onClose: () => resolve(undefined),
    });
  });
  if (!length) return false;
  return perform(context, FLEET, async () => {
    for (const mesh_id of ids) await api.POST("/api/v1/blocklist", { body: { mesh_id, duration: LENGTHS[length] } });
    return { message: t("fleet.did.block", { names: namesOf(ids, t) }), undo: () => Promise.all(ids.map(unblock)) };
  });
}

const unblock = (mesh_id: string) => api.DELETE("/api/v1/blocklist/{mesh_id}", { params: { path: { mesh_id } } });

function BlockForm({ ids, onAnswer }: { ids: string[]; onAnswer: (length?: Length) => void }) {
  const { t } = useTranslation();
  const [length, setLength] = useState<Length>("ever");
  return (
    <>
      <Text size="sm" mb="sm" className="foreign">
        {t("fleet.ask.blockBody", { names: namesOf(ids, t) })}
      </Text>
      <NativeSelect
        label={t("fleet.howLong")}
        value={length}
        onChange={(event) => setLength(event.target.value as Length)}
        data={(Object.keys(LENGTHS) as Length[]).map((value) => ({ value, label: t(`fleet.length.${value}`) }))}
      />
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={() => onAnswer()}>
          {t("common.cancel")}
        </Button>
        <Button onClick={() => onAnswer(length)}>{t("fleet.block")}</Button>
      </Group>
    </>
  );
}
