import { Menu } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { Link, useLocation } from "@tanstack/react-router";
import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import type { Place } from "./features";
import { grouped } from "./groups";
import classes from "./Navigation.module.css";

/** Where else one can go on a telephone. */
export default function More({ places }: { places: Place[] }) {
  const { t } = useTranslation();
  const { pathname } = useLocation();
  const isHere = places.some((place) => pathname.startsWith(place.path));
  return (
    <Menu position="top-end" width={220}>
      <Menu.Target>
        <button type="button" className={classes.place} data-active={isHere ? "" : undefined}>
          <IconDots size={18} stroke={1.7} />
          <span>{t("frame.more")}</span>
        </button>
      </Menu.Target>
      <Menu.Dropdown className={classes.menu}>
        {grouped(places).map(([group, its]) => (
          <Fragment key={group}>
            {group !== "first" && <Menu.Label>{t(`frame.groups.${group}`)}</Menu.Label>}
            {its.map((place) => (
              <Menu.Item key={place.path} component={Link} to={place.path as never} leftSection={<place.icon size={18} stroke={1.7} />} className={classes.further}>
                {t(place.label)}
              </Menu.Item>
            ))}
          </Fragment>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
