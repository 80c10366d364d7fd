import { Button, Modal, NativeSelect, Stack } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, read } from "../../api/client";
import { Problem } from "../../ui/Problem";
import { Once } from "./Once";
import { ROLES } from "./queries";

/** Seconds for which an invitation can be used: a day. */
const LASTS = 86_400;

/** Make a link by which somebody becomes an operator, once. */
export function Invite({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const [role, setRole] = useState<string>("operator");
  const [link, setLink] = useState<string>();
  const [error, setError] = useState<unknown>();

  async function submit(event: React.FormEvent) {
    event.preventDefault();
    setError(undefined);
    try {
      const made = await read(api.POST("/api/v1/operators/links", { body: { operator: null, role, lasts: LASTS } }));
      setLink(`${location.origin}/welcome#${made.secret}`);
    } catch (problem) {
      setError(problem);
    }
  }

  function close() {
    setLink(undefined);
    setError(undefined);
    onClose();
  }

  return (
    <Modal opened={isOpen} onClose={close} title={t("operators.invite")}>
      {link ? (
        <Once words={t("operators.linkMade")} secret={link} />
      ) : (
        <form onSubmit={(event) => void submit(event)}>
          <Stack>
            <NativeSelect data-autofocus label={t("operators.role")} value={role} onChange={(event) => setRole(event.target.value)} data={ROLES.map((value) => ({ value, label: t(`operators.roles.${value}`) }))} />
            {error !== undefined && <Problem error={error} />}
            <Button type="submit">{t("operators.makeLink")}</Button>
          </Stack>
        </form>
      )}
    </Modal>
  );
}
