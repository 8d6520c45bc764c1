// The skeletons as Python packed them: typed arrays in one block, gzip, then base64.

const ARRAYS = { f4: Float32Array, f8: Float64Array, u1: Uint8Array, u4: Uint32Array };

async function readScene() {
  if (!("DecompressionStream" in globalThis)) {
    throw new Error("This browser is too old for the page; any of 2023 or later will do.");
  }
  const header = JSON.parse(document.getElementById("header").textContent);
  const holder = document.getElementById("data");
  const packed = fromBase64(holder.textContent);
  holder.remove();
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"));
  const buffer = await new Response(unpacked).arrayBuffer();
  const scene = { ...header, attributes: [] };
  for (const { name, type, start, count } of header.arrays) {
    scene[name] = new ARRAYS[type](buffer, start, count);
  }
  for (const attribute of header.attributes) {
    scene.attributes.push({ ...attribute, values: scene[attribute.array] });
  }
  scene.radius = scene.attributes.find((attribute) => attribute.name === "radius")?.values;
  scene.owner = ownersOf(scene.firstVertex);
  scene.strokeOwner = ownersOf(scene.firstStroke);
  return scene;
}

function fromBase64(text) {
  const bytes = atob(text);
  const result = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) result[i] = bytes.charCodeAt(i);
  return result;
}

/** Turn where each label begins into the label's number at every place. */
function ownersOf(first) {
  const owner = new Uint32Array(first[first.length - 1]);
  for (let label = 0; label + 1 < first.length; label++) {
    owner.fill(label, first[label], first[label + 1]);
  }
  return owner;
}
