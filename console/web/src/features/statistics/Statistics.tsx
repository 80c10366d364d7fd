import { Button, Menu, SegmentedControl, VisuallyHidden } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Page, Section } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { Days, Week } from "./Charts";
import { type About, bounds, daysQuery, type Rank, SPANS, topQuery, weekQuery } from "./queries";
import classes from "./Statistics.module.css";

const FIGURES = ["messages", "commands", "joins", "leaves", "errors", "active_users", "new_users"] as const;

const FORMATS = ["csv", "json", "parquet", "svg", "png"] as const;

/** Who uses which mesh, when and how; a name in a list leads to its own statistics. */
export default function Statistics() {
  const { t, i18n } = useTranslation();
  const navigate = useNavigate();
  const about = useSearch({ strict: false }) as About;
  // The newest day of all; a longer span ends there as well.
  const newest = useQuery(daysQuery({})).data?.last;
  const days = useQuery(daysQuery(about, newest));
  const week = useQuery({ ...weekQuery(about, newest), enabled: !about.user });
  const number = new Intl.NumberFormat(i18n.language);
  const found = days.data;
  const who = about.user ?? about.mesh;
  const show = (next: About) => void navigate({ to: "/statistics", search: next as never });
  const span = String(about.days ?? SPANS[0]);
  return (
    <Page
      title={who ? t("statistics.of", { who }) : t("statistics.title")}
      lead={
        <>
          {found && t(found.pending_hours > 0 ? "statistics.pending" : "statistics.lead")} {who && <Link to="/statistics">{t("statistics.everything")}</Link>}
        </>
      }
      actions={
        <>
          <SegmentedControl
            aria-label={t("statistics.span")}
            value={span}
            onChange={(value) => show({ ...about, days: Number(value) })}
            data={SPANS.map((count) => ({ value: String(count), label: t("statistics.days", { count }) }))}
          />
          <Menu position="bottom-end">
            <Menu.Target>
              <Button variant="default">{t("statistics.export")}</Button>
            </Menu.Target>
            <Menu.Dropdown>
              {FORMATS.map((format) => (
                <Menu.Item key={format} className={classes.format} component="a" href={fileOf(format, about, newest)} download>
                  {t(`statistics.${format}`)}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
        </>
      }
    >
      {days.error && <Problem error={days.error} onRetry={() => void days.refetch()} />}
      {found && (
        <>
          <dl className={classes.figures}>
            {FIGURES.filter((name) => found.totals[name] !== undefined && found.totals[name] !== null).map((name) => (
              <div key={name} className={classes.figure}>
                <dt>{t(`statistics.${name}`)}</dt>
                <dd>
                  {number.format(found.totals[name] ?? 0)}
                  <Change now={found.totals[name] ?? 0} before={found.before?.[name]} days={found.days.length} />
                </dd>
              </div>
            ))}
          </dl>
          {found.before && <p className={classes.compared}>{t("statistics.compared", { days: found.days.length })}</p>}
          <Section title={t("statistics.byDay")}>
            <Days days={found.days} since={found.recorded_since} label={t("statistics.byDay")} />
          </Section>
        </>
      )}
      {week.data && !about.user && (
        <Section title={t("statistics.byHour")}>
          <Week week={week.data.week} label={t("statistics.byHour")} />
        </Section>
      )}
      <div className={classes.tops}>
        {!about.mesh && <Top of="meshes" about={about} newest={newest} to={(name) => ({ ...about, mesh: name })} />}
        {!about.user && <Top of="users" about={about} newest={newest} to={(name) => ({ ...about, user: name })} />}
        {!about.user && <Top of="commands" about={about} newest={newest} />}
      </div>
    </Page>
  );
}

/** By how much a figure has grown since the same number of days before; nothing where there is nothing to compare with. */
function Change({ now, before, days }: { now: number; before?: number | null; days: number }) {
  const { t, i18n } = useTranslation();
  if (!before) return null;
  const share = new Intl.NumberFormat(i18n.language, { style: "percent", maximumFractionDigits: 0, signDisplay: "exceptZero" });
  const words = t("statistics.before", { number: new Intl.NumberFormat(i18n.language).format(before), days });
  return (
    <small title={words}>
      {share.format(now / before - 1)}
      <VisuallyHidden>{words}</VisuallyHidden>
    </small>
  );
}

/** Who or what has most. */
function Top({ of, about, newest, to }: { of: "meshes" | "users" | "commands"; about: About; newest?: string; to?: (name: string) => About }) {
  const { t, i18n } = useTranslation();
  const found = useQuery(topQuery(of, about, newest));
  const number = new Intl.NumberFormat(i18n.language);
  const rows: readonly Rank[] = found.data?.top ?? [];
  const most = rows[0]?.count ?? 1;
  return (
    <Section title={t(`statistics.top.${of}`)}>
      {found.error && <Problem error={found.error} onRetry={() => void found.refetch()} />}
      {found.data && rows.length === 0 && <p className={classes.faint}>{t("statistics.none")}</p>}
      <ol className={classes.list}>
        {rows.map((row) => (
          <li key={row.name}>
            {to ? (
              <Link to="/statistics" search={to(row.name) as never} className="foreign">
                {row.name}
              </Link>
            ) : (
              <span className="foreign">{row.name}</span>
            )}
            <span className="numbers">{number.format(row.count)}</span>
            <svg className={classes.share} viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
              <rect width={(100 * row.count) / most} height="4" />
            </svg>
          </li>
        ))}
      </ol>
    </Section>
  );
}

function fileOf(format: string, about: About, newest?: string): string {
  const query = new URLSearchParams({ format, ...bounds(about, newest) });
  if (about.mesh) query.set("mesh_id", about.mesh);
  if (about.user) query.set("user", about.user);
  return `/api/v1/statistics/export?${query}`;
}
