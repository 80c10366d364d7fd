import { Menu, useMantineColorScheme } from "@mantine/core";
import { IconCheck, IconLogout, IconUserCircle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { choose, LANGUAGES } from "../i18n";
import { useConnection } from "../live/hooks";
import { useSession } from "../session/session";
import classes from "./AccountMenu.module.css";
import { useHighContrast } from "./contrast";
import { useActions } from "./useActions";

const SCHEMES = ["light", "dark", "auto"] as const;

/** Who is signed in, how the console looks to them, and the way out. */
export default function AccountMenu() {
  const { t, i18n } = useTranslation();
  const { session } = useSession();
  const { actions } = useActions();
  const run = (id: string) => actions.find((action) => action.id === id)?.run;
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const high = useHighContrast();
  const paused = useConnection().state === "paused";
  const chosen = <IconCheck size={14} />;
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <button type="button" className={classes.button} aria-label={t("frame.account", { name: session.name })}>
          <IconUserCircle size={20} stroke={1.6} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t("frame.account", { name: session.name })}</Menu.Label>
        <Menu.Item onClick={run("console.pause")}>{t(paused ? "frame.resume" : "frame.pause")}</Menu.Item>
        <Menu.Item onClick={run("console.help")}>{t("help.title")}</Menu.Item>
        <Menu.Divider />
        <Menu.Label>{t("frame.theme")}</Menu.Label>
        {SCHEMES.map((scheme) => (
          <Menu.Item key={scheme} rightSection={colorScheme === scheme && chosen} onClick={() => setColorScheme(scheme)}>
            {t(`frame.themes.${scheme}`)}
          </Menu.Item>
        ))}
        <Menu.Item rightSection={high && chosen} onClick={run("console.contrast")}>
          {t("frame.contrast")}
        </Menu.Item>
        <Menu.Divider />
        <Menu.Label>{t("frame.language")}</Menu.Label>
        {Object.entries(LANGUAGES).map(([code, language]) => (
          <Menu.Item key={code} rightSection={i18n.language === code && chosen} onClick={() => void choose(code)}>
            {language.name}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={run("console.signOut")}>
          {t("frame.signOut")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
