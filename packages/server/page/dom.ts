type Child = Node | string | undefined;
type Properties<K extends keyof HTMLElementTagNameMap> = Partial<
  Omit<HTMLElementTagNameMap[K], 'style' | 'dataset' | 'children'>
> & { readonly aria?: Readonly<Record<string, string>> };

/** Makes an element; texts become text nodes. */
export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  { aria = {}, ...properties }: Properties<K> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  Object.assign(element, properties);
  for (const [name, value] of Object.entries(aria)) element.setAttribute(`aria-${name}`, value);
  element.append(...children.filter((child) => child !== undefined));
  return element;
}

export function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no #${id}`);
  return element;
}

let hiding: ReturnType<typeof setTimeout> | undefined;

/** Says something for a moment. */
export function toast(text: string): void {
  byId('toast').textContent = text;
  clearTimeout(hiding);
  hiding = setTimeout(() => (byId('toast').textContent = ''), 6000);
}
