/** Whether everything is all right, in one sentence. */
export function StateLine() {
  return <p />;
}
