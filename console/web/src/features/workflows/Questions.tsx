import { Button, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { perform } from "../../app/perform";
import { useActionContext } from "../../app/useActionContext";
import { api, read } from "../../api/client";
import { Ago } from "../../ui/Ago";
import { approvalsQuery, WORKFLOWS } from "./waiting";
import type { Approval } from "./queries";
import classes from "./Workflows.module.css";

/** Questions of workflows that wait for a person, each with its answers as buttons. */
export function Questions({ execution, workflow }: { /** Only those of one execution. */ execution?: number; workflow?: string }) {
  const { t } = useTranslation();
  const found = useQuery(approvalsQuery);
  const open = (found.data ?? []).filter((one) => (execution === undefined || one.execution_id === execution) && (workflow === undefined || one.process === workflow));
  if (open.length === 0) return null;
  return (
    <ul className={classes.questions} aria-label={t("workflows.questions")}>
      {open.map((one) => (
        <Question key={one.id} one={one} />
      ))}
    </ul>
  );
}

function Question({ one }: { one: Approval }) {
  const { t } = useTranslation();
  const context = useActionContext();
  const answer = (text: string) =>
    perform(context, WORKFLOWS, async () => {
      await read(api.POST("/api/processes/approvals/{id}/answer", { params: { path: { id: one.id } }, body: { answer: text } }));
      return t("workflows.answered", { answer: text });
    });
  return (
    <li className={classes.question}>
      <p className={`${classes.asked} foreign`}>{one.question}</p>
      <p className={`${classes.faint} foreign`}>
        <Link to="/workflows/executions/$id" params={{ id: String(one.execution_id) }}>
          {one.process} #{one.execution_id}
        </Link>
        , {t("workflows.askedAt")} <Ago at={one.asked_at} />; {t("workflows.expires")} <Ago at={one.expires_at} isDue />
      </p>
      {context.may("processes:execute") && <Answers one={one} onAnswer={answer} />}
    </li>
  );
}

function Answers({ one, onAnswer }: { one: Approval; onAnswer: (answer: string) => Promise<boolean> }) {
  const { t } = useTranslation();
  const [text, setText] = useState("");
  const [isSent, setSent] = useState(false);
  const send = async (answer: string) => {
    setSent(true);
    if (!(await onAnswer(answer))) setSent(false);
  };
  if (one.options.length > 0)
    return (
      <div className={classes.answers}>
        {one.options.map((option) => (
          <Button key={option} variant="default" disabled={isSent} onClick={() => void send(option)}>
            <span className="foreign">{option}</span>
          </Button>
        ))}
      </div>
    );
  return (
    <form
      className={classes.answers}
      onSubmit={(event) => {
        event.preventDefault();
        void send(text.trim());
      }}
    >
      <TextInput aria-label={t("workflows.answer")} placeholder={t("workflows.answer")} value={text} onChange={(event) => setText(event.target.value)} maxLength={1000} required />
      <Button type="submit" disabled={isSent}>
        {t("workflows.answerIt")}
      </Button>
    </form>
  );
}
