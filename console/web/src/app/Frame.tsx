import { useQueryClient } from "@tanstack/react-query";
import { Outlet } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { stream } from "../live/stream";
import { withDialogs } from "../ui/dialogs";
import classes from "./Frame.module.css";
import { useIsHelpOpen } from "./help";
import { Navigation } from "./Navigation";
import { checkRelease, part } from "./release";
import { SearchButton } from "./SearchButton";
import { Shortcuts } from "./Shortcuts";
import { StateLine } from "./StateLine";
import { StreamLine } from "./StreamLine";
import { WaitLine } from "./WaitLine";

/** Menus are not needed to see the first page, and what opens them is large. */
const AccountMenu = lazy(part(() => import("./AccountMenu")));
const Help = lazy(part(() => import("./Help")));
/** What it offers may ask first. */
const Palette = lazy(part(withDialogs(() => import("./Palette"))));

/** What is around every page: the places, the sentence of state, what needs a person. */
export function Frame() {
  const { t } = useTranslation();
  const queries = useQueryClient();
  useEffect(() => {
    const forget = stream.onGap(() => {
      void queries.invalidateQueries();
      void checkRelease();
    });
    stream.open();
    return () => {
      forget();
      stream.close();
    };
  }, [queries]);
  return (
    <div className={classes.frame}>
      <a className={classes.skip} href="#content">
        {t("frame.skip")}
      </a>
      <Navigation />
      <div className={classes.main}>
        <StreamLine />
        <header className={classes.top}>
          <StateLine />
          <SearchButton />
          <Suspense fallback={<span className={classes.account} />}>
            <AccountMenu />
          </Suspense>
        </header>
        <main id="content" className={classes.content} tabIndex={-1}>
          <Outlet />
        </main>
      </div>
      <WaitLine />
      <Suspense>
        <Palette />
      </Suspense>
      <Shortcuts />
      <HelpOnceOpened />
    </div>
  );
}

/** It stays when it was closed, so that it can go as it came. */
function HelpOnceOpened() {
  const isOpen = useIsHelpOpen();
  const wasOpen = useRef(false);
  wasOpen.current ||= isOpen;
  return <Suspense>{wasOpen.current && <Help />}</Suspense>;
}
