/** Who has done something, as people call them: operators of the console by their names alone. */
export function actorName(actor: string): string {
  return actor.replace(/^web:/, "");
}
