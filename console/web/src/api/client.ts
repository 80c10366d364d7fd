/** How the pages talk to the API: typed by its own document, errors as the API's sentences. */
import i18next from "i18next";
import createClient, { type Middleware } from "openapi-fetch";
import { begin, end } from "./pending";
import { plain, plainAnswer } from "./plain";
import { fieldProblem, said, worded } from "../i18n/worded";
import type { components, paths } from "./schema";

type Problem = components["schemas"]["Problem"];

/** An answer that says in `problem+json` why not. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
    /** What has happened, for programs; empty: it has no name. */
    readonly code: string,
    /** Which field of what was sent is wrong, such as `data.text`; empty: no single one. */
    readonly field = "",
  ) {
    super(message);
  }
}

/** Times that a question is asked again which might have an answer by then. */
const AGAIN = 1;

/** Whether asking again may help: never where the console has understood the question and says no. */
export function mayHelp(failures: number, error: unknown): boolean {
  return failures < AGAIN && !(error instanceof ApiError && error.status < 500);
}

/** Whether what one page is about is not there, or has a name that nothing can have. */
export function isMissing(error: unknown): boolean {
  return error instanceof ApiError && (error.status === 404 || error.status === 422);
}

let csrfToken = "";

/** What the session says must be sent with every change. */
export function setCsrfToken(token: string): void {
  csrfToken = token;
}

/** The same as a header, for requests that do not go through `api`. */
export function csrfHeader(): Record<string, string> {
  return { "X-CSRF-Token": csrfToken };
}

const ended = new Set<() => void>();

/** Call something when the API says that nobody is signed in any more. */
export function onSessionEnd(listener: () => void): () => void {
  ended.add(listener);
  return () => ended.delete(listener);
}

const middleware: Middleware = {
  onRequest({ request }) {
    if (request.method !== "GET") request.headers.set("X-CSRF-Token", csrfToken);
    begin();
    return request;
  },
  onError() {
    end();
  },
  async onResponse({ response }) {
    end();
    if (response.ok) return plainAnswer(response);
    // Without the header it is a wrong password, which ends nothing.
    if (response.status === 401 && response.headers.has("WWW-Authenticate")) {
      for (const listener of ended) listener();
      // What the API says is for programs; people read this when they have signed in again.
      throw new ApiError(i18next.t("errors.ended"), response.status, "");
    }
    const problem = (await response.clone().json().catch(() => ({}))) as Partial<Problem>;
    throw new ApiError(plain(sentenceOf(problem) || response.statusText), response.status, problem.code ?? "", problem.errors?.[0]?.field);
  },
};

/** Why not, in the language of the reader: by its code, or as the API says it. */
function sentenceOf(problem: Partial<Problem>): string {
  const [first] = problem.errors ?? [];
  const fields = { ...problem.fields, ...(first && { field: first.field, detail: fieldProblem(first) }) };
  const sentence = problem.code ? said(problem.code, fields) : undefined;
  return sentence ?? worded(problem.detail ?? problem.title ?? "");
}

export const api = createClient<paths>({ baseUrl: "" });
api.use(middleware);

/** Unwrap an answer of the client: errors have been thrown already. */
export async function read<T>(answer: Promise<{ data?: T }>): Promise<T> {
  return (await answer).data as T;
}
