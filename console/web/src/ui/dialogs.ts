/** Dialogs: loaded after the first page is shown, since they are large and it needs none. */
let become: () => void = () => undefined;
const shown = new Promise<void>((resolve) => {
  become = resolve;
});

/** They can be opened from now on: `DialogLayer` says so. */
export const dialogsAreThere = (): void => become();

/** What opens dialogs, once they can be shown. */
export async function dialogs() {
  const [{ modals }] = await Promise.all([import("@mantine/modals"), shown]);
  return modals;
}

/** Load a part that opens dialogs at a click: it comes when they can be shown. */
export function withDialogs<T>(load: () => Promise<T>): () => Promise<T> {
  return async () => (await Promise.all([load(), dialogs()]))[0];
}
