// What color a vertex has: by category, or by a number on a scale of growing lightness.

// Viridis (CC0), in ten steps; each ground swallows one end of it.
const VIRIDIS = ["440154", "482878", "3e4989", "31688e", "26828e", "1f9e89", "35b779", "6ece58",
  "b5de2b", "fde725"].map((code) => [0, 2, 4].map((at) => parseInt(code.slice(at, at + 2), 16)));
const RAMP_ENDS = { light: [0, 0.88], dark: [0.18, 1] };
const GOLDEN_ANGLE = 2.399963;
const LIGHTNESS = { light: [0.56, 0.47, 0.64], dark: [0.74, 0.64, 0.84] };
const UNKNOWN = [150, 150, 150];
const TYPES = ["undefined", "soma", "axon", "basal dendrite", "apical dendrite", "fork", "end",
  "custom"];

/** Return a color that neighbours in number do not have. */
function categoryColor(index, theme) {
  const lightness = LIGHTNESS[theme][index % 3];
  const hue = 0.45 + index * GOLDEN_ANGLE;
  return fromOklab(lightness, 0.13 * Math.cos(hue), 0.13 * Math.sin(hue));
}

// Ottosson, "A perceptual color space for image processing" (2020).
function fromOklab(lightness, a, b) {
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ].map((value) => {
    const light = Math.min(Math.max(value, 0), 1);
    const coded = light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055;
    return Math.round(255 * coded);
  });
}

function rampColor(position, theme) {
  const [low, high] = RAMP_ENDS[theme];
  const place = (low + (high - low) * Math.min(Math.max(position, 0), 1)) * (VIRIDIS.length - 1);
  const step = Math.min(Math.floor(place), VIRIDIS.length - 2);
  return VIRIDIS[step].map((from, i) =>
    Math.round(from + (VIRIDIS[step + 1][i] - from) * (place - step)));
}

function css(color) {
  return `rgb(${color.join(" ")})`;
}

/** Color every vertex; return the bytes (N, 4) and what a legend has to say. */
function colorVertices(scene, by, theme) {
  const attribute = scene.attributes.find(({ name }) => name === by);
  if (attribute && attribute.name !== "vertex_types") return byNumber(attribute, theme);
  const index = { label: scene.owner, component: scene.component }[by] ?? attribute.values;
  const known = new Map();
  const bytes = new Uint8Array(4 * index.length);
  for (let i = 0; i < index.length; i++) {
    let color = known.get(index[i]);
    if (!color) known.set(index[i], (color = categoryColor(index[i], theme)));
    bytes.set(color, 4 * i);
  }
  const types = attribute ? [...known].sort(([a], [b]) => a - b) : [];
  return { bytes, kinds: types.map(([type, color]) => [TYPES[type] ?? `type ${type}`, color]) };
}

function byNumber({ values, power }, theme) {
  const ends = limits(values);
  // Somata beside spine necks: where numbers differ that much, their ratio is what one sees.
  const logarithmic = ends[0] > 0 && ends[1] > 20 * ends[0];
  const measure = logarithmic ? Math.log : (value) => value;
  const low = measure(ends[0]), breadth = measure(ends[1]) - low || 1;
  const ramp = Array.from({ length: 256 }, (_, i) => rampColor(i / 255, theme));
  const bytes = new Uint8Array(4 * values.length);
  for (let i = 0; i < values.length; i++) {
    const place = Math.round((255 * (measure(values[i]) - low)) / breadth);
    bytes.set(ramp[Math.min(Math.max(place, 0), 255)] ?? UNKNOWN, 4 * i);
  }
  return { bytes, limits: ends, power, ramp, logarithmic };
}

/** Return the values that one hundredth of all lie below and above. */
function limits(values) {
  const known = values.filter((value) => !Number.isNaN(value)).sort();
  if (!known.length) return [0, 1];
  const at = (share) => known[Math.round(share * (known.length - 1))];
  return at(0.99) > at(0.01) ? [at(0.01), at(0.99)] : [known[0], known[known.length - 1]];
}
