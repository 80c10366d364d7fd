import "@fontsource-variable/inter/wght.css";
import "@mantine/core/styles.layer.css";
import "@mantine/notifications/styles.layer.css";
import "@mantine/spotlight/styles.layer.css";
import "./design/tokens.css";
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { setNonce } from "get-nonce";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { mayHelp } from "./api/client";
import { applyContrast } from "./app/contrast";
import { cssVariables, theme } from "./design/theme";
import { FeaturesOf } from "./app/features";
import { FEATURES } from "./app/registry";
import { router } from "./app/router";
import { start } from "./i18n";
import { SessionGate } from "./session/SessionGate";
import { sessionQuery } from "./session/session";

/** The server puts a fresh one into each page; style sheets that are made here carry it. */
const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";

const queries = new QueryClient({
  defaultOptions: { queries: { staleTime: 5_000, retry: mayHelp, refetchOnWindowFocus: true } },
});

/** Asked for while the words of the language come, and not behind them: each would wait for the one before. */
function ahead(): void {
  void queries.prefetchQuery(sessionQuery);
  void router.preloadRoute({ to: location.pathname }).catch(() => undefined); // the page says so itself
}

async function main() {
  ahead();
  setNonce(nonce); // for the style that keeps a page from scrolling behind a dialog
  applyContrast();
  await start();
  createRoot(document.getElementById("root")!).render(
    <StrictMode>
      <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto" getStyleNonce={() => nonce}>
        <QueryClientProvider client={queries}>
          <FeaturesOf value={FEATURES}>
            <SessionGate />
          </FeaturesOf>
        </QueryClientProvider>
      </MantineProvider>
    </StrictMode>,
  );
}

void main();
