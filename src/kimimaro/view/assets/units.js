// Numbers and lengths as people write them.

const METRIC = [["nm", 1], ["µm", 1e3], ["mm", 1e6]];

function number(value, digits = 4) {
  if (!Number.isFinite(value)) return "unknown";
  return value.toLocaleString("en-US", { maximumSignificantDigits: digits });
}

/** Write a value of a power of the unit of length: 1 for lengths, 2 for areas, 0 for others. */
function quantity(value, unit, power = 1, digits = 4) {
  if (!Number.isFinite(value)) return "unknown";
  if (power === 0) return number(value, digits);
  const suffix = power === 2 ? "²" : "";
  const own = METRIC.find(([name]) => name === unit);
  if (!own) return `${number(value, digits)} ${unit}${suffix}`;
  const plain = Math.abs(value) * own[1] ** power;
  const fitting = METRIC.filter(([, size]) => plain >= size ** power).pop() ?? METRIC[0];
  const scaled = (value * own[1] ** power) / fitting[1] ** power;
  return `${number(scaled, digits)} ${fitting[0]}${suffix}`;
}

/** Return the largest of 1, 2, 5, 10, ... that is at most a value. */
function roundDown(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([5, 2, 1].find((step) => step * power <= value * 1.0000001) ?? 1) * power;
}

function counted(count, one, many = `${one}s`) {
  return `${count.toLocaleString("en-US")} ${count === 1 ? one : many}`;
}
