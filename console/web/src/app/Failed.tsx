import { Button } from "@mantine/core";
import type { ErrorComponentProps } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Empty } from "../ui/Page";
import { sentence } from "../ui/Problem";
import { OldPagesError } from "./release";

/** A page that cannot be shown: why, and what helps. */
export function Failed({ error }: ErrorComponentProps) {
  const { t } = useTranslation();
  const why = error instanceof OldPagesError ? t("frame.notLoaded") : sentence(error, t("errors.offline"));
  return (
    <Empty title={why}>
      <Button variant="default" onClick={() => location.reload()}>
        {t("frame.reload")}
      </Button>
    </Empty>
  );
}
