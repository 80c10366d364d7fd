import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Empty } from "../ui/Page";

export function NotThere() {
  const { t } = useTranslation();
  return (
    <Empty title={t("common.notThere")}>
      <Link to="/">{t("common.home")}</Link>
    </Empty>
  );
}
