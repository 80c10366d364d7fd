import { expect, test } from "vitest";
import { begun, changeOf, next } from "./memberships";
import { ofUser } from "./queries";

const BEFORE = begun(["crew", "guests", "rescue"], [["crew", "rescue"], ["crew"]]);

test("a group holds all of several users, some or none", () => {
  expect(BEFORE).toEqual({ crew: "all", guests: "none", rescue: "some" });
});

test("presses go around, and lead back to how it was", () => {
  expect(["all", "none", "some"].map((choice) => next(choice as never, "some"))).toEqual(["none", "some", "all"]);
  expect(["all", "none"].map((choice) => next(choice as never, "none"))).toEqual(["none", "all"]);
});

test("only what was changed is asked for: who is in some groups stays there", () => {
  expect(changeOf(BEFORE, BEFORE)).toEqual({ add: [], remove: [] });
  expect(changeOf(BEFORE, { crew: "none", guests: "all", rescue: "some" })).toEqual({ add: ["guests"], remove: ["crew"] });
  expect(changeOf(BEFORE, { ...BEFORE, rescue: "none" })).toEqual({ add: [], remove: ["rescue"] });
});

test("a user of another network is asked for by it", () => {
  expect(ofUser("irc/ann")).toEqual({ path: { user_id: "ann" }, query: { realm: "irc" } });
  expect(ofUser("12345")).toEqual({ path: { user_id: "12345" }, query: { realm: "" } });
});
