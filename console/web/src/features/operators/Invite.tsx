import { Button, NativeSelect, Stack } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { api, read } from "../../api/client";
import { Dialog } from "../../ui/Dialog";
import { Problem } from "../../ui/Problem";
import { Once } from "./Once";
import { LINK_LASTS, linkTo, ROLES } from "./queries";

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
      const made = await read(api.POST("/api/v1/operators/links", { body: { operator: null, role, lasts: LINK_LASTS } }));
      setLink(linkTo(made.secret));
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
    <Dialog opened={isOpen} onClose={close} title={t("operators.invite")}>
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
    </Dialog>
  );
}
