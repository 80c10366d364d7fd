import { geoMercator, geoPath } from "d3-geo";
import { useMemo } from "react";
import { feature } from "topojson-client";
import type { Topology } from "topojson-specification";
import atlas from "world-atlas/land-110m.json";
import classes from "./Map.module.css";
import type { View } from "./view";

const topology = atlas as unknown as Topology;
const LAND = feature(topology, topology.objects.land!);
/** Beyond the map, so that no border of a cut is seen, in pixels. */
const BEYOND = 10;

/** Outlines of land, coarse: by them one finds the country in which something is. */
export default function Land({ view }: { view: View }) {
  const { center, scale, width, height } = view;
  const path = useMemo(() => {
    const projection = geoMercator()
      .rotate([-center.longitude, 0])
      .center([0, center.latitude])
      .scale(scale)
      .translate([width / 2, height / 2])
      .clipExtent([[-BEYOND, -BEYOND], [width + BEYOND, height + BEYOND]]);
    return geoPath(projection)(LAND) ?? "";
  }, [center.longitude, center.latitude, scale, width, height]);
  return <path className={classes.land} d={path} aria-hidden />;
}
