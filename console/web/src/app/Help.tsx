import { useTranslation } from "react-i18next";
import { Dialog } from "../ui/Dialog";
import classes from "./Help.module.css";
import { closeHelp, useIsHelpOpen } from "./help";
import { useActions } from "./useActions";
import { useKinds } from "./useOffers";

/** What can be done, and by which keys: from the registry that the palette has it from. */
export default function Help() {
  const { t } = useTranslation();
  const isOpen = useIsHelpOpen();
  const { actions, places } = useActions();
  const inLists = ["j", "k", "x", "Enter"] as const;
  return (
    <Dialog opened={isOpen} onClose={closeHelp} title={t("help.title")} size="lg">
      <div className={classes.parts}>
        <section>
          <h3>{t("help.go")}</h3>
          <Keys rows={places.filter((place) => place.shortcut).map((place) => [`g ${place.shortcut}`, t(place.label)])} />
        </section>
        <section>
          <h3>{t("help.lists")}</h3>
          <Keys rows={inLists.map((key) => [key, t(`help.list.${key}`)])} />
          <h3>{t("help.do")}</h3>
          <Keys rows={[["Ctrl K", t("frame.search")], ...actions.filter((action) => action.shortcut).map((action): [string, string] => [action.shortcut!, action.label])]} />
        </section>
      </div>
      <h3>{t("help.palette")}</h3>
      <ul className={classes.others}>
        {actions
          .filter((action) => !action.shortcut)
          .map((action) => (
            <li key={action.id}>{action.label}</li>
          ))}
      </ul>
      <h3>{t("help.each")}</h3>
      <WithEach isWanted={isOpen} />
    </Dialog>
  );
}

/** What can be done with one of each kind. */
function WithEach({ isWanted }: { isWanted: boolean }) {
  const { t } = useTranslation();
  const { may } = useActions().context;
  const kinds = useKinds(isWanted).map((kind) => ({ name: kind.name, words: [...new Set(kind.actions.filter((action) => may(action.scope)).map((action) => t(action.label)))] }));
  return (
    <dl className={classes.kinds}>
      {kinds
        .filter(({ words }) => words.length > 0)
        .map(({ name, words }) => (
          <div key={name}>
            <dt>{t(`help.kinds.${name}`)}</dt>
            <dd>{words.join(", ")}</dd>
          </div>
        ))}
    </dl>
  );
}

function Keys({ rows }: { rows: [string, string][] }) {
  return (
    <dl className={classes.keys}>
      {rows.map(([keys, what]) => (
        <div key={keys}>
          <dt>
            {keys.split(" ").map((key) => (
              <kbd key={key}>{key}</kbd>
            ))}
          </dt>
          <dd>{what}</dd>
        </div>
      ))}
    </dl>
  );
}
