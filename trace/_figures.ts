/**
 * Times, ticks and text as a timeline shows them.
 *
 * @module
 */

/** The units of time, in milliseconds. */
const UNITS = [["s", 1000], ["ms", 1], ["µs", 0.001], ["ns", 1e-6]] as const;

/** A time of so many milliseconds, with its unit. */
export function duration(ms: number): string {
  if (ms <= 0) return "0 ms";
  const [name, size] = UNITS.find(([, size]) => ms >= size) ?? UNITS[3];
  const value = ms / size;
  return `${value >= 100 ? Math.round(value) : +value.toPrecision(3)} ${name}`;
}

/** A place on a time axis. */
interface Tick {
  readonly time: number;
  readonly label: string;
}

/** About eight round places between two times, and their unit. */
export function ticksOf(
  from: number,
  to: number,
): { ticks: Tick[]; unit: string } {
  const rough = (to - from) / 8, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough)!;
  const [unit, size] = UNITS.find(([, size]) => to - from >= 2 * size) ??
    UNITS[3];
  const digits = Math.max(0, Math.ceil(-Math.log10(step / size) - 1e-9));
  const ticks: Tick[] = [];
  for (let n = Math.ceil(from / step); n * step <= to; n++) {
    const time = n * step;
    ticks.push({ time, label: (time / size).toFixed(digits) });
  }
  return { ticks, unit };
}

/** A colour of six hexadecimal digits, with so much of it on white. */
export function tint(colour: string, share: number): string {
  const parts = [1, 3, 5].map((i) => {
    const part = parseInt(colour.slice(i, i + 2), 16);
    return Math.round(255 + (part - 255) * Math.min(1, share));
  });
  return `#${parts.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
}

/** Text of at most so many characters. */
export function shorten(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}…` : text;
}

/** Text as XML has it, without the characters that it cannot have. */
export function escapeText(text: string): string {
  return text
    // deno-lint-ignore no-control-regex
    .replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, "\ufffd")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
