type Child = Node | string | undefined;
type Properties<K extends keyof HTMLElementTagNameMap> = Partial<
  Omit<HTMLElementTagNameMap[K], 'style' | 'dataset' | 'children'>
> & {
  readonly aria?: Readonly<Record<string, string>>;
  readonly data?: Readonly<Record<string, string>>;
};

/** Makes an element. Texts become text nodes: no name is ever taken for mark-up. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  { aria = {}, data = {}, ...properties }: Properties<K> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  Object.assign(element, properties);
  for (const [name, value] of Object.entries(aria)) element.setAttribute(`aria-${name}`, value);
  for (const [name, value] of Object.entries(data)) element.dataset[name] = value;
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

export function button(
  text: string,
  onclick: () => void,
  more: Properties<'button'> = {},
): HTMLButtonElement {
  return el('button', { type: 'button', onclick, ...more }, text);
}

/** A picture that says who it shows; where it is missing, a silhouette of CSS stands in. */
export function portrait(address: string | undefined, alt: string): HTMLElement {
  const frame = el('span', { className: 'fp-portrait' });
  if (address === undefined) {
    // Without words it is decoration: what stands beside it says who it is.
    if (alt !== '') {
      frame.setAttribute('role', 'img');
      frame.setAttribute('aria-label', alt);
    }
    return frame;
  }
  const image = el('img', { src: address, alt, loading: 'lazy', decoding: 'async', width: 128, height: 128 });
  image.addEventListener('error', () => frame.classList.add('fp-missing'));
  frame.append(image);
  return frame;
}

/** "1 face", "2 faces". */
export function facesText(count: number): string {
  return `${count} ${count === 1 ? 'face' : 'faces'}`;
}
