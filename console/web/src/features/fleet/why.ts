import type { TFunction } from "i18next";
import { distance } from "../../ui/Ago";
import { lasting } from "../../ui/format";
import type { MeshHealth } from "./queries";

/** Why a mesh is silent, from what must hold first to what follows from it; empty: it is not. */
export function reasonsOf(mesh: MeshHealth, waitingFor: string | null | undefined, language: string, t: TFunction): string[] {
  const reasons: (string | null | undefined)[] = [
    mesh.block && blockedBecause(mesh.block, language, t),
    mesh.state === "stopped" && !mesh.block ? t("fleet.whyStopped") : null,
    waitingFor && t("fleet.whyWaits", { what: waitingFor }),
    mesh.trouble && t(`fleet.whyTrouble.${mesh.trouble}`),
    mesh.losses && t("fleet.whyLosses", { count: mesh.losses.times, within: lasting(mesh.losses.within_seconds, language), last: mesh.losses.last }),
    mesh.state === "connected" && mesh.is_healthy ? null : mesh.last_error,
    mesh.starts_in_seconds ? t("fleet.whyStarts", { when: distance(mesh.starts_in_seconds, language) }) : null,
    mesh.tries_again_in_seconds ? t("fleet.whyTries", { when: distance(mesh.tries_again_in_seconds, language), count: mesh.connection_attempts }) : null,
  ];
  return [...new Set(reasons.filter((reason): reason is string => Boolean(reason)))];
}

function blockedBecause(block: NonNullable<MeshHealth["block"]>, language: string, t: TFunction): string {
  const reason = t(`fleet.reason.${block.reason}`, { defaultValue: block.reason });
  if (!block.blocked_until) return t("fleet.whyBlocked", { reason });
  return t("fleet.whyBlockedUntil", { reason, until: new Date(block.blocked_until).toLocaleString(language) });
}
