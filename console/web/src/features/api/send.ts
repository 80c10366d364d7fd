/** Sending a request as it was written, and reading its answer as it comes. */
import { csrfHeader } from "../../api/client";

export interface Answer {
  status: number;
  /** The status in words. */
  words: string;
  milliseconds: number;
  body: string;
}

/** The most that is shown of an answer, in characters; streams never end. */
const MOST = 200_000;

/** How long a stream is listened to, in milliseconds. */
const LISTENED = 3_000;

/** Send a request with the session of who is signed in. */
export async function send(method: string, where: string, headers: Record<string, string>, body: string): Promise<Answer> {
  const began = performance.now();
  const type: Record<string, string> = body ? { "Content-Type": "application/json" } : {};
  const all = { ...headers, ...type, ...(method === "GET" ? {} : csrfHeader()) };
  const response = await fetch(where, { method, headers: all, body: body || undefined });
  const isStream = response.headers.get("Content-Type")?.startsWith("text/event-stream");
  const text = isStream ? await listened(response) : await response.text();
  return {
    status: response.status,
    words: response.statusText,
    milliseconds: Math.round(performance.now() - began),
    body: shown(text.slice(0, MOST)),
  };
}

async function listened(response: Response): Promise<string> {
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
  const end = setTimeout(() => void reader.cancel(), LISTENED);
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    text += value;
    if (text.length > MOST) await reader.cancel();
  }
  clearTimeout(end);
  return text;
}

function shown(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
