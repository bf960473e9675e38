/** Puts a text where it can be pasted from. It fails where the browser does not let it, and where there is no such place: off HTTPS there is none. */
export async function copy(text: string): Promise<void> {
  const clipboard = navigator.clipboard as Clipboard | undefined;
  if (!clipboard) throw new Error("There is no clipboard off HTTPS");
  await clipboard.writeText(text);
}
