// Which vertex lies under a pixel: a search through all strokes, as a click can wait for it.

const REACH = 7;

/** Return the vertex that is nearest to a pixel of the view, or -1 if there is none close by. */
function pick(scene, camera, states, x, y, { tubes, hairline }) {
  const flat = projectAll(scene, camera);
  const best = { vertex: -1, rank: Infinity };
  const { strokes, strokeOwner, radius } = scene;
  for (let s = 0; s < strokeOwner.length; s++) {
    const state = states[strokeOwner[s]];
    if (state === HIDDEN) continue;
    const p = 4 * strokes[2 * s], q = 4 * strokes[2 * s + 1];
    const reach = tubes ? Math.max(radius?.[p / 4] * flat[p + 3] || 0, REACH) : REACH;
    if (Math.min(flat[p], flat[q]) > x + reach || Math.max(flat[p], flat[q]) < x - reach) continue;
    if (Math.min(flat[p + 1], flat[q + 1]) > y + reach) continue;
    if (Math.max(flat[p + 1], flat[q + 1]) < y - reach) continue;
    const [away, t] = distanceTo(flat, p, q, x, y);
    if (away > reach || (camera.perspective && flat[p + 3] < 0)) continue;
    const wide = mixed(radius?.[p / 4], radius?.[q / 4], t) * mixed(flat[p + 3], flat[q + 3], t);
    const inside = away <= Math.max(tubes ? wide || 0 : 0, hairline);
    const nearness = mixed(flat[p + 2], flat[q + 2], t) / (4 * camera.reach + camera.span);
    // What is selected comes before what is faded, a hit before a near miss, then the nearest.
    const rank = 1000 * (state === FADED) + (inside ? 0.5 - 0.5 * nearness : 100 + away);
    if (rank < best.rank) {
      best.rank = rank;
      best.vertex = (t < 0.5 ? p : q) / 4;
    }
  }
  return best.vertex;
}

/** Return x, y in pixels, nearness, and pixels per unit, of every vertex: (N, 4). */
function projectAll({ points }, camera) {
  const flat = new Float32Array((points.length / 3) * 4);
  const [across, up, near] = camera.rows;
  const [cx, cy, cz] = camera.center;
  const { k } = camera.projection();
  const [width, height] = camera.pixels;
  for (let i = 0, j = 0; i < points.length; i += 3, j += 4) {
    const x = points[i] - cx, y = points[i + 1] - cy, z = points[i + 2] - cz;
    const depth = near[0] * x + near[1] * y + near[2] * z;
    const scale = 1 / ((1 - k * depth) * camera.pixel);
    flat[j] = width / 2 + (across[0] * x + across[1] * y + across[2] * z) * scale;
    flat[j + 1] = height / 2 - (up[0] * x + up[1] * y + up[2] * z) * scale;
    flat[j + 2] = depth;
    flat[j + 3] = scale;
  }
  return flat;
}

function distanceTo(flat, p, q, x, y) {
  const dx = flat[q] - flat[p], dy = flat[q + 1] - flat[p + 1];
  const ox = x - flat[p], oy = y - flat[p + 1];
  const t = Math.min(Math.max((ox * dx + oy * dy) / Math.max(dx * dx + dy * dy, 1e-9), 0), 1);
  return [Math.hypot(ox - t * dx, oy - t * dy), t];
}

function mixed(a, b, t) {
  return a + (b - a) * t;
}
