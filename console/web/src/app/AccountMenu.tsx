import { Menu, useMantineColorScheme } from "@mantine/core";
import { IconCheck, IconLogout, IconUserCircle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { choose, LANGUAGES } from "../i18n";
import { stream } from "../live/stream";
import { useConnection } from "../live/hooks";
import { useSession } from "../session/session";
import classes from "./AccountMenu.module.css";
import { setHighContrast, useHighContrast } from "./contrast";

const SCHEMES = ["light", "dark", "auto"] as const;

/** Who is signed in, how the console looks to them, and the way out. */
export function AccountMenu() {
  const { t, i18n } = useTranslation();
  const { session, signOut } = useSession();
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
        <Menu.Item onClick={() => (paused ? stream.resume() : stream.pause())}>{t(paused ? "frame.resume" : "frame.pause")}</Menu.Item>
        <Menu.Divider />
        <Menu.Label>{t("frame.theme")}</Menu.Label>
        {SCHEMES.map((scheme) => (
          <Menu.Item key={scheme} rightSection={colorScheme === scheme && chosen} onClick={() => setColorScheme(scheme)}>
            {t(`frame.themes.${scheme}`)}
          </Menu.Item>
        ))}
        <Menu.Item rightSection={high && chosen} onClick={() => setHighContrast(!high)}>
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
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void signOut()}>
          {t("frame.signOut")}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
