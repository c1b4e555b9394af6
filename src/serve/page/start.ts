import { areComparable, TOLD_APART } from '../pair.ts';
import type { WorldCard } from '../worldCard.ts';
import { element } from './elements.ts';
import { playAddress, withToken } from './worlds.ts';

/** Shows the worlds to choose from, and lets two be compared. */
export function showStart(worlds: readonly WorldCard[]): void {
  document.body.dataset.state = 'start';
  element('state', HTMLElement).textContent = `${worlds.length} worlds`;
  const chosen = new Set<WorldCard>();
  const compare = element('compare', HTMLButtonElement);
  const hint = element('compare-hint', HTMLElement);
  const update = (): void => {
    const [a, b, ...more] = chosen;
    const pair = a && b && more.length === 0 ? ([a, b] as const) : undefined;
    const comparable = pair !== undefined && areComparable(...pair);
    const toldApart = pair !== undefined && pair[0].footage !== pair[1].footage;
    compare.disabled = !comparable;
    compare.textContent = toldApart ? 'Compare' : 'Compare blind';
    hint.textContent = !pair
      ? 'Tick two worlds to play them side by side under the same keys, without knowing which is which.'
      : comparable
        ? toldApart
          ? TOLD_APART
          : 'Which one is left changes from round to round.'
        : 'These two differ in picture size or in what their keys do, so they cannot be compared.';
  };
  compare.addEventListener('click', () => location.assign(playAddress([...chosen].map(({ id }) => id))));
  element('worlds', HTMLElement).replaceChildren(
    ...worlds.map((world) =>
      drawCard(world, (on) => {
        if (on) chosen.add(world);
        else chosen.delete(world);
        update();
      }),
    ),
  );
  update();
  element('start', HTMLElement).hidden = false;
}

function drawCard(world: WorldCard, ticked: (on: boolean) => void): HTMLElement {
  const item = document.createElement('li');
  const link = document.createElement('a');
  link.href = playAddress([world.id]).href;
  const poster = document.createElement('img');
  poster.src = withToken(`worlds/${world.id}/poster.png`).href;
  poster.alt = '';
  poster.width = world.frame.width;
  poster.height = world.frame.height;
  const name = document.createElement('strong');
  name.textContent = world.name;
  const about = document.createElement('span');
  about.textContent = world.description;
  link.append(poster, name, about);
  const label = document.createElement('label');
  const box = document.createElement('input');
  box.type = 'checkbox';
  box.setAttribute('aria-label', `Compare ${world.name}`);
  box.addEventListener('change', () => ticked(box.checked));
  label.append(box, 'compare');
  item.append(link, label);
  return item;
}
