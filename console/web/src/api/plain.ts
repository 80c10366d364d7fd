/** What others have written, without what would turn a line around or colour a terminal. */

/** Escape sequences, other control characters but line ends and tabs, and marks of direction. */
const UNSEEN = /\u001b\[[0-9;?]*[ -/]*[@-~]|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;
/** Whether the text of a JSON document holds some: there control characters are written as escapes. */
const SOME = /\\u00[01][0-9a-f]|[\u007f-\u009f\u202a-\u202e\u2066-\u2069]/i;

export function plain(text: string): string {
  return text.replace(UNSEEN, "");
}

/** The value of a JSON document, all of whose texts can be shown. */
export function parsePlain(json: string): unknown {
  if (!SOME.test(json)) return JSON.parse(json);
  return JSON.parse(json, (_, value: unknown) => (typeof value === "string" ? plain(value) : value));
}

/** The same answer, fit to be shown; most are as they are. */
export async function plainAnswer(response: Response): Promise<Response | undefined> {
  if (!response.headers.get("Content-Type")?.includes("json")) return undefined;
  const text = await response.clone().text();
  if (!SOME.test(text)) return undefined;
  return new Response(JSON.stringify(parsePlain(text)), { status: response.status, headers: response.headers });
}
