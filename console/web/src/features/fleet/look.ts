import type { Action } from "../../app/features";
import { perform } from "../../app/perform";
import { api, read } from "../../api/client";
import { FLEET, foundQuery } from "./queries";

/** Ask every source for meshes at once; what was found is shown on the page of discovery. */
export const look: Action["run"] = (context) =>
  perform(context, FLEET, async () => {
    const found = await read(api.POST("/api/v1/fleet/discover"));
    context.queries.setQueryData(foundQuery.queryKey, found);
    context.go("/discovery");
  });
