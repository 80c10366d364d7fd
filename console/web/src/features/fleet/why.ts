import type { TFunction } from "i18next";
import { worded } from "../../i18n/worded";
import { distance } from "../../ui/Ago";
import { lasting } from "../../ui/format";
import { shortDayAndClock } from "../../ui/times";
import type { MeshHealth } from "./queries";

/** Why a mesh is silent, from what must hold first to what follows from it; empty: it is not. */
export function reasonsOf(mesh: MeshHealth, waitingFor: string | null | undefined, language: string, t: TFunction): string[] {
  const reasons: (string | null | undefined)[] = [
    mesh.block && blockedBecause(mesh.block, language, t),
    waits(mesh, waitingFor, t),
    mesh.trouble && t(`fleet.whyTrouble.${mesh.trouble}`),
    mesh.losses && t("fleet.whyLosses", { count: mesh.losses.times, within: lasting(mesh.losses.within_seconds, language), last: mesh.losses.last }),
    mesh.state === "connected" && mesh.is_healthy ? null : leadsTo(mesh),
    mesh.starts_in_seconds ? t("fleet.whyStarts", { when: distance(mesh.starts_in_seconds, language) }) : null,
    mesh.tries_again_in_seconds ? t("fleet.whyTries", { when: distance(mesh.tries_again_in_seconds, language), count: mesh.connection_attempts }) : null,
  ];
  return [...new Set(reasons.filter((reason): reason is string => Boolean(reason)))];
}

/** What ends its silence.  A block, a trouble and a stop have a sentence of their own. */
function waits(mesh: MeshHealth, waitingFor: string | null | undefined, t: TFunction): string | null {
  if (!waitingFor || mesh.block || mesh.trouble) return null;
  if (mesh.state === "stopped" && waitingFor.startsWith("an operator")) return t("fleet.whyStopped");
  return t(`fleet.waits.${mesh.state}`, { defaultValue: t("fleet.whyWaits", { what: worded(waitingFor) }) });
}

/** The last error, in words; nothing where the block above is for that very reason. */
function leadsTo(mesh: MeshHealth): string {
  return mesh.last_error === mesh.block?.reason ? "" : worded(mesh.last_error ?? "");
}

function blockedBecause(block: NonNullable<MeshHealth["block"]>, language: string, t: TFunction): string {
  const reason = t(`fleet.reason.${block.reason}`, { defaultValue: block.reason });
  if (!block.blocked_until) return t("fleet.whyBlocked", { reason });
  return t("fleet.whyBlockedUntil", { reason, until: shortDayAndClock(block.blocked_until, language) });
}
