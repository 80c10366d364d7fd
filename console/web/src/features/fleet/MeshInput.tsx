import { Autocomplete, type AutocompleteProps } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useSession } from "../../session/session";
import { fleetQuery } from "./queries";

/** Meshes that are offered at once. */
const MOST = 8;

/** The name of a mesh: those that there are, are offered while one types. */
export function MeshInput(props: AutocompleteProps) {
  const { may } = useSession();
  const fleet = useQuery({ ...fleetQuery, enabled: may("fleet:view") });
  return <Autocomplete data={fleet.data?.meshes.map((mesh) => mesh.mesh_id) ?? []} limit={MOST} {...props} />;
}
