/** How the pages talk to the API: typed by its own document, errors as the API's sentences. */
import createClient, { type Middleware } from "openapi-fetch";
import type { paths } from "./schema";

/** An answer that says in `problem+json` why not. */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly status: number,
    readonly type: string,
  ) {
    super(message);
  }
}

let csrfToken = "";

/** What the session says must be sent with every change. */
export function setCsrfToken(token: string): void {
  csrfToken = token;
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
    return request;
  },
  async onResponse({ response, request }) {
    if (response.ok) return undefined;
    if (response.status === 401 && !request.url.endsWith("/session")) for (const listener of ended) listener();
    const problem = (await response.clone().json().catch(() => ({}))) as { detail?: string; title?: string; type?: string };
    throw new ApiError(problem.detail ?? problem.title ?? response.statusText, response.status, problem.type ?? "");
  },
};

export const api = createClient<paths>({ baseUrl: "" });
api.use(middleware);

/** Unwrap an answer of the client: errors have been thrown already. */
export async function read<T>(answer: Promise<{ data?: T }>): Promise<T> {
  return (await answer).data as T;
}
