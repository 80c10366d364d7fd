import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { fleetQuery } from "../features/fleet/queries";
import { stateSentence } from "../features/fleet/sentence";
import { useFleetRefresh } from "../features/fleet/useFleetRefresh";
import { useSession } from "../session/session";
import { StateShape } from "../ui/StateMark";
import classes from "./StateLine.module.css";

/** Whether everything is all right, in one sentence; leads to what is not. Keeps meshes live for every page. */
export function StateLine() {
  const { t } = useTranslation();
  const { may } = useSession();
  const fleet = useQuery({ ...fleetQuery, enabled: may("fleet:view") });
  useFleetRefresh();
  if (!fleet.data) return <p className={classes.line} />;
  const { tone, text } = stateSentence(fleet.data.meshes, t);
  const wanted = tone === "ok" || tone === "idle" ? {} : { tone: tone === "busy" ? ["busy"] : ["bad", "warn", "shut"] };
  return (
    <p className={classes.line} role="status">
      <Link to="/fleet" search={wanted as never} className={classes.link}>
        <StateShape tone={tone} size={12} />
        <span>{text}</span>
      </Link>
    </p>
  );
}
