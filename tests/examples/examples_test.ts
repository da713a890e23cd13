import { assert, assertEquals } from "@std/assert";
import { inflateSync } from "node:zlib";
import { drawRow } from "../../examples/mandelbrot.ts";
import { REPOSITORY, succeed } from "../support/process.ts";

const TIMEOUT = 60_000;

async function run(path: string): Promise<string[]> {
  const output = await succeed(["run", "-R=.", "--no-prompt", path]);
  return output.trimEnd().split("\n");
}

/** The lines without their order. */
function sorted(lines: string[]): string[] {
  return [...lines].sort();
}

Deno.test({
  name:
    "seat_booking oversells without a lock and not with one, in 4 of 4 runs",
  timeout: 2 * TIMEOUT,
  async fn() {
    let left = 4;
    const runs = async () => {
      while (left-- > 0) {
        assertEquals(await run("examples/seat_booking.ts"), [
          "without a lock: 10 seats, 15 bookings sold: oversold by 5",
          "with a lock: 10 seats, 10 bookings sold, 5 refused",
        ]);
      }
    };
    await Promise.all([runs(), runs()]);
  },
});

Deno.test({
  name: "travel_package books all packages with three customers inside at once",
  timeout: TIMEOUT,
  async fn() {
    const lines = await run("examples/travel_package.ts");
    assertEquals(
      sorted(lines.slice(0, 9)),
      Array.from(
        { length: 9 },
        (_, i) => `customer ${i + 1} has booked a flight, a hotel and a car`,
      ),
    );
    assertEquals(lines.slice(9), [
      "",
      "9 packages booked, never more than 3 at once",
    ]);
  },
});

Deno.test({
  name: "flight_landing has nobody picked up before the flight has landed",
  timeout: TIMEOUT,
  async fn() {
    const lines = await run("examples/flight_landing.ts");
    const landing = lines.indexOf("tower: the flight has landed");
    for (const driver of ["taxi", "hotel bus"]) {
      const waits = lines.indexOf(`${driver}: waits for the passengers`);
      const meets = lines.indexOf(`${driver}: picks them up`);
      assert(waits >= 0 && waits < meets, lines.join("\n"));
      assert(landing >= 0 && landing < meets, lines.join("\n"));
    }
    assert(lines.includes("board: landed"), lines.join("\n"));
    assertEquals(lines.at(-1), "2 of 2 drivers met their passengers");
  },
});

Deno.test({
  name: "tour lets nobody leave a stop before all five are there",
  timeout: TIMEOUT,
  async fn() {
    const people = ["the guide", "Ada", "Barbara", "Edsger", "Tony"];
    const lines = await run("examples/tour.ts");
    const arrivals = lines.filter((line) => line.includes(" arrives at "));
    const at = (stop: string) =>
      sorted(people.map((who) => `${who} arrives at the ${stop}`));
    assertEquals(sorted(arrivals.slice(0, 5)), at("castle"));
    assertEquals(sorted(arrivals.slice(5)), at("harbour"));
    for (const stop of ["castle", "harbour"]) {
      const last = lines.filter((line) =>
        line.endsWith(`came last to the ${stop} and buys the ice cream`)
      );
      assertEquals(last.length, 1, lines.join("\n"));
    }
    assertEquals(lines.at(-1), "5 people, 2 stops, 0 left early");
  },
});

Deno.test({
  name: "counter loses additions without a lock, and none with one, in 2 runs",
  timeout: TIMEOUT,
  async fn() {
    for (let i = 0; i < 2; i++) {
      const [racing, ...right] = await run("examples/counter.ts");
      const counted = /^without a lock: ([\d,]+) of 100,000$/.exec(racing!);
      assert(counted !== null, racing);
      assert(Number(counted[1]!.replace(",", "")) < 100_000, racing);
      assertEquals(right, [
        "with a Lock: 100,000 of 100,000",
        "with an AtomicInt32: 100,000 of 100,000",
      ]);
    }
  },
});

Deno.test({
  name: "recursion moves money, and every clerk always finds all of it",
  timeout: TIMEOUT,
  async fn() {
    assertEquals(await run("examples/recursion.ts"), [
      "2000 moves, 0 wrong sums, 1500 in 15 accounts",
    ]);
  },
});

Deno.test({
  name: "travel_agent serves all five customers in the order they came",
  timeout: TIMEOUT,
  async fn() {
    const people = ["Ada", "Barbara", "Edsger", "Grace", "Tony"];
    const lines = await run("examples/travel_agent.ts");
    const of = (pattern: RegExp) =>
      lines.flatMap((line) => pattern.exec(line)?.[1] ?? []);
    const come = of(/^(\w+) stands in line$/);
    assertEquals(sorted(come), people);
    assertEquals(of(/^the agent serves (\w+)$/), come);
    assertEquals(sorted(of(/^(\w+) leaves with a journey$/)), people);
    assert(lines.includes("the agent goes home"), lines.join("\n"));
    assertEquals(lines.slice(-2), [
      "",
      "5 customers served, in the order they came",
    ]);
  },
});

Deno.test({
  name: "request_scope answers each request in the name of who asked",
  timeout: TIMEOUT,
  async fn() {
    const lines = await run("examples/request_scope.ts");
    const people = ["Ada", "Barbara", "Edsger", "Grace", "Tony"];
    const steps = ["looks into the database", "is answered"];
    assertEquals(
      sorted(lines.slice(0, -2)),
      sorted(
        Array.from(
          { length: 12 },
          (_, i) =>
            steps.map((step) =>
              `request ${i + 1} of ${people[i % 5]}: ${step}`
            ),
        ).flat(),
      ),
    );
    assertEquals(lines.slice(-2), [
      "",
      "12 of 12 requests answered right, by 3 workers with 3 connections",
    ]);
  },
});

Deno.test({
  name: "own_lock finds the lost wake-up, and none in the mended lock",
  timeout: TIMEOUT,
  async fn() {
    const lines = await run("examples/own_lock.ts");
    assert(/T\d visit sleeps on word\[0\]/.test(lines[0]!), lines.join("\n"));
    assert(/^as it was: lost wake-up, in execution \d+$/.test(lines.at(-2)!));
    assert(
      /^mended: no failure in \d+ executions, which are all /.test(
        lines.at(-1)!,
      ),
    );
  },
});

Deno.test({
  name: "quick_start sells ten of fifteen bookings in eighteen lines",
  timeout: TIMEOUT,
  async fn() {
    const source = await Deno.readTextFile(
      new URL("examples/quick_start.ts", REPOSITORY),
    );
    assertEquals(source.trimEnd().split("\n").length, 18);
    assertEquals(await run("examples/quick_start.ts"), [
      "10 of 15 bookings sold",
    ]);
  },
});

Deno.test({
  name: "README.md shows quick_start.ts as it is",
  timeout: TIMEOUT,
  async fn() {
    const source = await Deno.readTextFile(
      new URL("examples/quick_start.ts", REPOSITORY),
    );
    const readme = await Deno.readTextFile(new URL("README.md", REPOSITORY));
    const blocks = [...readme.matchAll(/^```ts(?: ignore)?\n(.*?)^```$/gms)];
    assert(
      blocks.some(([, block]) => block === source),
      "no ts block of README.md is examples/quick_start.ts",
    );
  },
});

Deno.test({
  name: "demo runs every example",
  timeout: TIMEOUT,
  async fn() {
    // All of it is run as README's first command; each example is, above.
    const folder = new URL("examples/", REPOSITORY);
    const demo = await Deno.readTextFile(new URL("demo.ts", folder));
    for await (const { isFile, name } of Deno.readDir(folder)) {
      if (!isFile) continue; // web/ needs a browser
      const example = name.replace(/\.ts$/, "");
      if (example !== "demo") assert(demo.includes(`"${example}"`), example);
    }
  },
});

Deno.test({
  name: "kitchen cooks every order once",
  timeout: TIMEOUT,
  async fn() {
    assertEquals(await run("examples/kitchen.ts"), [
      "all orders are cooked",
      "",
      "12 dishes cooked, 12 different ones",
    ]);
  },
});

Deno.test({
  name: "messages loses none, and keeps the money together",
  timeout: TIMEOUT,
  async fn() {
    const lines = await run("examples/messages.ts");
    assertEquals(
      lines.at(-1),
      "60 of 60 wishes answered, the bank has 200, no message could be changed",
    );
  },
});

Deno.test({
  name: "pipeline takes all reports through its stages",
  timeout: TIMEOUT,
  async fn() {
    const lines = await run("examples/pipeline.ts");
    assertEquals(
      sorted(lines.slice(0, -2)),
      sorted([
        "Cairo is hot at 31",
        "Cairo is hot at 33",
        "Cairo is hot at 35",
        "Lima is mild at 19",
        "Lima is mild at 20",
        "Lima is mild at 21",
        "Oslo is freezing at -1",
        "Oslo is freezing at -3",
        "Oslo is mild at 1",
      ]),
    );
    assertEquals(lines.slice(-2), [
      "",
      "9 reports went through three stages, 1 dropped",
    ]);
  },
});

Deno.test({
  name: "word_count counts with four threads what one loop counts",
  timeout: TIMEOUT,
  async fn() {
    const lines = await run("examples/word_count.ts");
    const files = ["README.md", "CONTRIBUTING.md"];
    for (
      const { name } of Deno.readDirSync(new URL("primitives", REPOSITORY))
    ) {
      files.push(`primitives/${name}`);
    }
    const counts = new Map<string, number>();
    let total = 0;
    for (const file of files) {
      const text = await Deno.readTextFile(new URL(file, REPOSITORY));
      for (const [word] of text.toLowerCase().matchAll(/\p{Letter}{4,}/gu)) {
        counts.set(word, (counts.get(word) ?? 0) + 1);
        total++;
      }
    }
    assertEquals(
      lines.at(-1),
      `${total} words, ${counts.size} different ones, in ${files.length} files`,
    );
    const most = [...counts.values()].sort((a, b) => b - a).slice(0, 10);
    const shown = lines.slice(0, 10).map((line) => line.trim().split(" "));
    assertEquals(shown.map(([count]) => Number(count)), most);
    for (const [count, word] of shown) {
      assertEquals(Number(count), counts.get(word!), word);
    }
  },
});

Deno.test({
  name: "scope gives back what it has of a journey that cannot be whole",
  timeout: TIMEOUT,
  async fn() {
    const lines = await run("examples/scope.ts");
    const parts = ["flight", "car", "hotel"].map((part) => `${part} to Rome`);
    assertEquals(lines[0], `reserved: ${parts.join(", ")}`);
    assertEquals(sorted(lines.slice(1, 3)), [
      "car to Oslo: given back",
      "flight to Oslo: given back",
    ]);
    assertEquals(lines.slice(3), [
      "no journey to Oslo: no hotel is free in Oslo",
      "",
      "3 reservations, all of them of one journey",
    ]);
  },
});

Deno.test({
  name: "best_offer takes the first offer that is cheap enough",
  timeout: TIMEOUT,
  async fn() {
    const lines = await run("examples/best_offer.ts");
    assertEquals(lines, [
      "Sunny Tours: 940",
      "Moon Travel: RangeError: we are booked out",
      "Globe & Sons: 620",
      "Fair Wind: 480",
      "",
      "the traveller books with Fair Wind",
    ]);
  },
});

Deno.test({
  name: "merge_sort sorts with tasks that wait for tasks of their pool",
  timeout: TIMEOUT,
  async fn() {
    assertEquals(await run("examples/merge_sort.ts"), [
      "1,000,000 numbers, sorted in 64 parts by 2 threads, are in order",
    ]);
  },
});

Deno.test({
  name: "mandelbrot writes the picture that one loop draws",
  timeout: TIMEOUT,
  async fn() {
    const file = await Deno.makeTempFile({ suffix: ".png" });
    try {
      const path = "examples/mandelbrot.ts";
      const output = await succeed(["run", "-R=.", `-W=${file}`, path, file]);
      const [speedUp, written] = output.trimEnd().split("\n");
      assert(
        /^\d+\.\d times as fast by \d+ threads as by one$/.test(speedUp!),
        output,
      );
      assertEquals(written, `900 x 600 points are in ${file}`);

      const pixels = new Uint8Array(new SharedArrayBuffer(900 * 600));
      for (let row = 0; row < 600; row++) drawRow(row, pixels);
      const rows = inflateSync(pngData(await Deno.readFile(file)));
      assertEquals(rows.length, 901 * 600);
      const wrong = pixels.findIndex((light, i) =>
        light !== rows[i + Math.floor(i / 900) + 1] // a row begins with a 0
      );
      assertEquals(wrong, -1);
    } finally {
      await Deno.remove(file);
    }
  },
});

Deno.test({
  name: "trace_contention shows for whom the others wait",
  timeout: TIMEOUT,
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      const path = "examples/trace_contention.ts";
      const files = [`${folder}/trace.svg`, `${folder}/trace.json`];
      const allowed = ["-R=.", `-W=${folder}`];
      const output = await succeed(["run", ...allowed, path, ...files]);
      const lines = output.trimEnd().split("\n");
      assertEquals(
        lines[0],
        `the timeline is ${files[0]}, for Perfetto ${files[1]}`,
      );
      assertEquals(lines.at(-1), "20 seats sold; the others wait for Tony");

      const [svg, json] = await Promise.all(
        files.map((file) => Deno.readTextFile(file)),
      );
      assert(svg!.startsWith("<svg ") && svg!.includes("20 holds"), svg);
      const names: string[] = JSON.parse(json!).traceEvents
        .map(({ name }: { name: string }) => name);
      const holds = names.filter((name) => name === "hold: seats");
      assertEquals(holds.length, 20);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

/** What is in the IDAT part of a PNG file, which is its second one here. */
function pngData(bytes: Uint8Array): Uint8Array {
  assertEquals(new TextDecoder().decode(bytes.subarray(1, 4)), "PNG");
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  assertEquals([view.getUint32(16), view.getUint32(20)], [900, 600]);
  const length = view.getUint32(33), begin = 33 + 8;
  return bytes.subarray(begin, begin + length);
}
