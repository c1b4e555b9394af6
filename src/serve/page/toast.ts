const TOAST_MS = 5000;

/** Shows a line for a few seconds. */
export function createToast(line: HTMLElement): (text: string) => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return (text) => {
    line.textContent = text;
    clearTimeout(timer);
    timer = setTimeout(() => line.replaceChildren(), TOAST_MS);
  };
}
