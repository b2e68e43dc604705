// Numbers with their spread, and rows of the table.

export class Spread {
  #values = [];

  add(value) {
    this.#values.push(value);
  }

  get size() {
    return this.#values.length;
  }

  /** The value below which this share of all lies. */
  quantile(share) {
    const sorted = this.#values.toSorted((a, b) => a - b);
    return sorted[Math.round((sorted.length - 1) * share)] ?? NaN;
  }

  row(what, goal = '') {
    const [median, p95, least, most] = [0.5, 0.95, 0, 1].map((share) => this.quantile(share).toFixed(1));
    console.log(`| ${what} | ${goal} | ${median} | ${p95} | ${least} | ${most} | ${this.size} |`);
  }
}

export function head() {
  console.log('| what | goal | median | p95 | least | most | runs |');
  console.log('|---|---|---|---|---|---|---|');
}

/** One number, measured once. */
export function single(what, value, goal = '') {
  console.log(`| ${what} | ${goal} | ${typeof value === 'number' ? value.toFixed(1) : value} | | | | 1 |`);
}
