import { useQuery } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { ApiError, api, read } from "../../api/client";
import { type Gathered, NOTHING, withNewer, withOlder } from "./lines";
import { logQuery } from "./queries";

/** Lines of a page that is read from the files. */
const PAGE = 1000;

/** What a mesh or a lane has logged, or with an empty id everything: the newest lines as they come, and older ones on demand. */
export function useLog(id: string, isFollowed: boolean) {
  const newest = useQuery(logQuery(id, isFollowed));
  const [gathered, setGathered] = useState<Gathered>(NOTHING);
  const [olderError, setOlderError] = useState<unknown>();
  const isReading = useRef(false);
  const known = useRef(gathered);
  known.current = gathered;
  useEffect(() => setGathered(NOTHING), [id]);
  useEffect(() => {
    if (newest.data) setGathered((before) => withNewer(before, newest.data.lines));
  }, [id, newest.data]);

  const readOlder = useCallback(async () => {
    if (isReading.current || known.current.isAll) return;
    isReading.current = true;
    setOlderError(undefined);
    try {
      const first = known.current.lines[0];
      // Files know milliseconds; those of the same one come again and are left out.
      const before = first ? Math.round(first.ts * 1000) / 1000 : Date.now() / 1000;
      const page = await read(api.GET("/api/v1/logs", { params: { query: { mesh_id: id || undefined, lines: PAGE, before } } }));
      setGathered((now) => withOlder(now, page.lines, PAGE));
    } catch (error) {
      setOlderError(error);
    }
    isReading.current = false;
  }, [id]);

  // One that has logged nothing lately is not known to the log; its files may be.
  const isNone = newest.error instanceof ApiError && newest.error.status === 404;
  const isRead = newest.data !== undefined || isNone;
  const isEmpty = isNone || newest.data?.lines.length === 0;
  useEffect(() => {
    if (isEmpty) void readOlder();
  }, [isEmpty, readOlder]);
  return { ...gathered, isRead, readOlder, error: isNone ? olderError : (newest.error ?? olderError), retry: () => void newest.refetch() };
}
