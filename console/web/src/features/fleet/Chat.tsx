import { Button, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { api } from "../../api/client";
import { parsePlain } from "../../api/plain";
import type { LiveEvent } from "../../live/stream";
import { useSession } from "../../session/session";
import { Section } from "../../ui/Page";
import { Problem } from "../../ui/Problem";
import { actorName } from "../../ui/actor";
import { clock, dayAndClock } from "../../ui/times";
import classes from "./Fleet.module.css";
import { chatQuery, MESSAGES, type MeshHealth } from "./queries";

const LONGEST = 2000;

/** What is said in a mesh, and the way to say something. */
export function Chat({ mesh }: { mesh: MeshHealth }) {
  const { t } = useTranslation();
  const { may } = useSession();
  const [isFollowed, setFollowed] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const past = useQuery(chatQuery(mesh.mesh_id));
  const live = useMessages(mesh.mesh_id, isFollowed);
  const messages = joined(past.data?.events ?? [], live);
  const last = messages.at(-1)?.seq;
  useEffect(() => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [last]);
  return (
    <Section
      title={t("fleet.chat")}
      aside={
        <Button size="compact-sm" variant="default" aria-pressed={isFollowed} onClick={() => setFollowed(!isFollowed)}>
          {t(isFollowed ? "fleet.chatStop" : "fleet.chatFollow")}
        </Button>
      }
    >
      {past.error && <Problem error={past.error} onRetry={() => void past.refetch()} />}
      {messages.length === 0 && past.data && <p className={classes.hint}>{t(isFollowed ? "fleet.chatQuiet" : "fleet.chatHint")}</p>}
      {messages.length > 0 && (
        <div className={classes.chat} ref={box} role="log" aria-label={t("fleet.chat")} tabIndex={0}>
          {messages.map((message) => (
            <Message key={message.seq} message={message} />
          ))}
        </div>
      )}
      {may("fleet:operate") && <Say mesh={mesh} />}
    </Section>
  );
}

function Message({ message }: { message: Said }) {
  const { t, i18n } = useTranslation();
  const isOurs = message.kind === "message.said";
  const name = isOurs ? t("fleet.botFor", { name: actorName(message.actor ?? "") }) : String(message.data.user_name || message.subject || "");
  const at = new Date(message.at);
  return (
    <p data-ours={isOurs || undefined}>
      <time dateTime={message.at} title={dayAndClock(at, i18n.language)}>
        {clock(at, i18n.language)}
      </time>
      <span className={`${classes.who} foreign`}>{name}</span>
      <span className="foreign">{String(message.data.text ?? "")}</span>
    </p>
  );
}

function Say({ mesh }: { mesh: MeshHealth }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [text, setText] = useState("");
  const [isSaying, setSaying] = useState(false);
  const [error, setError] = useState<unknown>();
  const isThere = mesh.state === "connected";

  async function say(event: React.FormEvent) {
    event.preventDefault();
    setError(undefined);
    setSaying(true);
    try {
      await api.POST("/api/v1/fleet/meshes/{mesh_id}/say", { params: { path: { mesh_id: mesh.mesh_id } }, body: { text } });
      setText("");
      await queries.invalidateQueries({ queryKey: chatQuery(mesh.mesh_id).queryKey });
    } catch (problem) {
      setError(problem);
    }
    setSaying(false);
  }

  return (
    <form onSubmit={(event) => void say(event)}>
      <div className={classes.say}>
        <TextInput
          aria-label={t("fleet.sayWhat", { mesh: mesh.mesh_id })}
          placeholder={t(isThere ? "fleet.sayWhat" : "fleet.sayNot", { mesh: mesh.mesh_id })}
          value={text}
          maxLength={LONGEST}
          disabled={!isThere}
          onChange={(event) => setText(event.target.value)}
        />
        <Button type="submit" loading={isSaying} disabled={!isThere || text.trim() === ""}>
          {t("fleet.say")}
        </Button>
      </div>
      {error !== undefined && <Problem error={error} />}
    </form>
  );
}

type Said = Pick<LiveEvent, "seq" | "at" | "kind" | "subject" | "actor" | "data">;

function joined(past: readonly Said[], live: readonly Said[]): Said[] {
  const all = new Map([...past, ...live].map((one) => [one.seq, one]));
  return [...all.values()].sort((one, other) => one.seq - other.seq);
}

/** What is said in a mesh from now on: bots tell of it only while somebody reads along. */
function useMessages(id: string, isFollowed: boolean): Said[] {
  const [messages, setMessages] = useState<Said[]>([]);
  useEffect(() => {
    if (!isFollowed) return undefined;
    const source = new EventSource(`/api/v1/events/stream?${new URLSearchParams({ kinds: MESSAGES, mesh_id: id })}`);
    source.onmessage = ({ data }) => setMessages((before) => [...before.slice(-MOST_KEPT), parsePlain(data as string) as LiveEvent]);
    return () => source.close();
  }, [id, isFollowed]);
  return messages;
}

/** Messages that came live and are kept on the page. */
const MOST_KEPT = 499;
