/** A line over the picture. */
export interface Toast {
  /** Says something for a few seconds. */
  say(text: string): void;
  /** Says something until there is something else to say. */
  hold(text: string): void;
}

const TOAST_MS = 5000;

export function createToast(line: HTMLElement): Toast {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const hold = (text: string): void => {
    clearTimeout(timer);
    line.textContent = text;
  };
  return {
    say: (text) => {
      hold(text);
      timer = setTimeout(() => line.replaceChildren(), TOAST_MS);
    },
    hold,
  };
}
