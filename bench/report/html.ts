/**
 * HTML in templates: what is put in is escaped, unless it is HTML from a template.
 *
 * @module
 */

/** HTML that is put in as it is. */
export class Html {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** What can be put into a template; of a list, all. */
export type Part = Html | string | number | readonly Part[];

/** A template: html`<b>${text}</b>`. */
export function html(
  texts: TemplateStringsArray,
  ...parts: readonly Part[]
): Html {
  return new Html(
    texts.map((text, i) => i === 0 ? text : textOf(parts[i - 1]!) + text)
      .join(""),
  );
}

function textOf(part: Part): string {
  if (part instanceof Html) return part.toString();
  if (typeof part === "object") return part.map(textOf).join("");
  return String(part).replace(
    /[&<>"']/g,
    (sign) => `&#${sign.charCodeAt(0)};`,
  );
}
