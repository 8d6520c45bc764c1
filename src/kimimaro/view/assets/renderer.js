// Draws the strokes: each edge is a capsule that always faces the viewer, wide as its radii or a
// hairline. All data lie in textures, so that a change of colors sends nothing but colors, and
// the six corners of a stroke find it by their number: instances of so few corners are slow.

const HIDDEN = 0, SHOWN = 1, FADED = 2;

const PROJECT = `
uniform vec3 center;
uniform mat3 rows;
uniform vec2 scale;
uniform vec3 depth;  // a, b, k of Camera.projection
vec3 toEye(vec3 point) { return rows * (point - center); }
vec4 toClip(vec3 eye) {
  return vec4(eye.xy * scale, depth.x - depth.y * eye.z, 1.0 - depth.z * eye.z);
}
`;

const strokeVertex = (tubes) => `#version 300 es
#define TUBES ${Number(tubes)}
precision highp float;
precision highp int;
precision highp sampler2D;
precision highp usampler2D;
${PROJECT}
uniform sampler2D points;
uniform sampler2D colors;
uniform usampler2D strokes;  // two vertices and their label
uniform usampler2D states;
uniform vec2 view;       // pixels
uniform float hairline;  // pixels
uniform float near;
uniform vec2 fog;        // e.z where it begins, and the length over which it grows
uniform uint wanted;
flat out vec4 ends;
flat out vec2 widths;
flat out vec3 colorA;
flat out vec3 colorB;
flat out vec4 depths;  // e.z of the ends, and their radii in physical units
out vec2 place;
out float haze;

ivec2 cell(uint index) {
  uint width = uint(textureSize(points, 0).x);
  return ivec2(int(index % width), int(index / width));
}

void main() {
  gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
  uvec4 stroke = texelFetch(strokes, cell(uint(gl_VertexID) / 6u), 0);
  if (texelFetch(states, cell(stroke.z), 0).r != wanted) return;
  vec4 p = texelFetch(points, cell(stroke.x), 0);
  vec4 q = texelFetch(points, cell(stroke.y), 0);
  vec3 eyeP = toEye(p.xyz), eyeQ = toEye(q.xyz);
  if (min(eyeP.z, eyeQ.z) >= near) return;
  if (eyeP.z > near) eyeP = mix(eyeQ, eyeP, (near - eyeQ.z) / (eyeP.z - eyeQ.z));
  if (eyeQ.z > near) eyeQ = mix(eyeP, eyeQ, (near - eyeP.z) / (eyeQ.z - eyeP.z));
  vec4 clipP = toClip(eyeP), clipQ = toClip(eyeQ);
  vec2 a = clipP.xy / clipP.w * view * 0.5, b = clipQ.xy / clipQ.w * view * 0.5;
  vec2 magnified = vec2(scale.y * view.y * 0.5) / vec2(clipP.w, clipQ.w);
  vec2 r = max(vec2(p.w, q.w) * magnified * float(TUBES), vec2(0.5 * hairline));
  float far = distance(a, b);
  vec2 along = far > 1e-4 ? (b - a) / far : vec2(1.0, 0.0);
  vec2 aside = vec2(-along.y, along.x);
  float wide = max(r.x, r.y) + 1.0;
  int corner = gl_VertexID % 6;  // of the triangles 0 1 2 and 1 2 3
  corner = corner > 2 ? corner - 2 : corner;
  bool last = (corner & 1) == 1;
  float side = corner < 2 ? -1.0 : 1.0;
  place = (last ? b + along * wide : a - along * wide) + aside * side * wide;
  vec4 clip = last ? clipQ : clipP;
  gl_Position = vec4(place / (view * 0.5) * clip.w, clip.zw);
  ends = vec4(a, b);
  widths = r;
  depths = vec4(eyeP.z, eyeQ.z, r / magnified);
  colorA = texelFetch(colors, cell(stroke.x), 0).rgb;
  colorB = texelFetch(colors, cell(stroke.y), 0).rgb;
  haze = clamp((fog.x - (last ? eyeQ.z : eyeP.z)) / fog.y, 0.0, 1.0);
}`;

// Tubes write their depth, so that they meet where their surfaces do; hairlines need not.
const strokeFragment = (tubes) => `#version 300 es
#define TUBES ${Number(tubes)}
precision highp float;
uniform vec3 depth;
uniform vec3 ground;
uniform float fading;
uniform float fogginess;
flat in vec4 ends;
flat in vec2 widths;
flat in vec3 colorA;
flat in vec3 colorB;
flat in vec4 depths;
in vec2 place;
in float haze;
out vec4 fragment;

void main() {
  vec2 line = ends.zw - ends.xy, off = place - ends.xy;
  float t = clamp(dot(off, line) / max(dot(line, line), 1e-8), 0.0, 1.0);
  float r = mix(widths.x, widths.y, t);
  float away = length(off - t * line);
  float cover = clamp(r - away + 0.5, 0.0, 1.0);
  if (cover <= 0.0) discard;
  vec3 color = mix(colorA, colorB, t);
#if TUBES
  float lit = sqrt(max(1.0 - away * away / (r * r), 0.0));
  color *= mix(1.0, 0.45 + 0.6 * lit, clamp((r - 1.5) / 2.0, 0.0, 1.0));
  float z = mix(depths.x, depths.y, t) + lit * mix(depths.z, depths.w, t);
  gl_FragDepth = 0.5 + 0.5 * (depth.x - depth.y * z) / (1.0 - depth.z * z);
#endif
  fragment = vec4(mix(mix(color, ground, fogginess * haze), ground, fading), cover);
}`;

const BOX_VERTEX = `#version 300 es
precision highp float;
${PROJECT}
in vec3 corner;
void main() { gl_Position = toClip(toEye(corner)); }`;

const BOX_FRAGMENT = `#version 300 es
precision highp float;
uniform vec3 ink;
out vec4 fragment;
void main() { fragment = vec4(ink, 1.0); }`;

class Renderer {
  constructor(canvas, scene) {
    const gl = canvas.getContext("webgl2", { antialias: true, alpha: false });
    if (!gl) throw new Error("This browser offers no WebGL 2, which the view needs.");
    this.gl = gl;
    this.count = scene.strokes.length / 2;
    this.width = Math.min(gl.getParameter(gl.MAX_TEXTURE_SIZE), 4096);
    this.hairlines = makeProgram(gl, strokeVertex(false), strokeFragment(false));
    this.tubes = makeProgram(gl, strokeVertex(true), strokeFragment(true));
    this.box = makeProgram(gl, BOX_VERTEX, BOX_FRAGMENT);
    this.noArray = gl.createVertexArray();
    this.boxArray = this.#boxArray(scene);
    this.points = this.#texture(gl.RGBA32F, gl.RGBA, gl.FLOAT, packPoints(scene));
    this.colors = this.#texture(gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
    this.strokes = this.#texture(
      gl.RGBA32UI, gl.RGBA_INTEGER, gl.UNSIGNED_INT, packStrokes(scene));
    this.states = this.#texture(gl.R8UI, gl.RED_INTEGER, gl.UNSIGNED_BYTE, new Uint8Array(1));
  }

  setColors(bytes) {
    const gl = this.gl;
    this.#fill(this.colors, gl.RGBA8, gl.RGBA, gl.UNSIGNED_BYTE, bytes);
  }

  setStates(bytes) {
    const gl = this.gl;
    this.#fill(this.states, gl.R8UI, gl.RED_INTEGER, gl.UNSIGNED_BYTE, bytes);
  }

  /** Draw; style holds ground, ink (0 to 1), hairline (device pixels), tubes, selected, faded. */
  draw(camera, style) {
    const gl = this.gl;
    gl.viewport(0, 0, gl.drawingBufferWidth, gl.drawingBufferHeight);
    gl.clearColor(...style.ground, 1);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    gl.enable(gl.DEPTH_TEST);
    const lens = camera.projection();
    this.#drawBox(camera, lens, style);
    const { uniforms } = this.#use(style.tubes ? this.tubes : this.hairlines, camera, lens);
    gl.bindVertexArray(this.noArray);
    ["points", "colors", "strokes", "states"].forEach((name, unit) => {
      gl.activeTexture(gl.TEXTURE0 + unit);
      gl.bindTexture(gl.TEXTURE_2D, this[name]);
      gl.uniform1i(uniforms[name], unit);
    });
    gl.uniform2f(uniforms.view, gl.drawingBufferWidth, gl.drawingBufferHeight);
    gl.uniform1f(uniforms.hairline, style.hairline);
    gl.uniform1f(uniforms.near, lens.near);
    gl.uniform2f(uniforms.fog, lens.front + 0.6 * camera.reach, 1.6 * camera.reach);
    gl.uniform1f(uniforms.fogginess, camera.flat ? 0 : 0.45);
    gl.uniform3f(uniforms.ground, ...style.ground);
    gl.enable(gl.SAMPLE_ALPHA_TO_COVERAGE);
    if (style.faded) {
      this.#drawStrokes(uniforms, FADED, 0.75);
      gl.clear(gl.DEPTH_BUFFER_BIT);  // what is selected lies above all else
    }
    gl.uniform1f(uniforms.hairline, style.hairline * (style.selected ? 1.6 : 1));
    this.#drawStrokes(uniforms, SHOWN, 0);
    gl.disable(gl.SAMPLE_ALPHA_TO_COVERAGE);
    gl.bindVertexArray(null);
  }

  #drawStrokes(uniforms, wanted, fading) {
    const gl = this.gl;
    gl.uniform1ui(uniforms.wanted, wanted);
    gl.uniform1f(uniforms.fading, fading);
    gl.drawArrays(gl.TRIANGLES, 0, 6 * this.count);
  }

  #drawBox(camera, lens, style) {
    const gl = this.gl;
    const { uniforms } = this.#use(this.box, camera, lens);
    gl.bindVertexArray(this.boxArray);
    gl.uniform3f(uniforms.ink, ...style.ground.map((value, i) => 0.8 * value + 0.2 * style.ink[i]));
    gl.depthMask(false);  // a skeleton along the box covers it
    gl.drawArrays(gl.LINES, 0, 24);
    gl.depthMask(true);
  }

  #use(shader, camera, lens) {
    const gl = this.gl;
    const { program, uniforms } = shader;
    gl.useProgram(program);
    gl.uniform3f(uniforms.center, ...camera.center);
    gl.uniformMatrix3fv(uniforms.rows, true, camera.rows.flat());
    gl.uniform2f(uniforms.scale, lens.scaleX, lens.scaleY);
    gl.uniform3f(uniforms.depth, lens.a, lens.b, lens.k);
    return shader;
  }

  #boxArray({ low, high }) {
    const gl = this.gl;
    const ends = [];
    for (let corner = 0; corner < 8; corner++) {
      for (let axis = 0; axis < 3; axis++) {
        if ((corner >> axis) & 1) continue;
        for (const end of [corner, corner | (1 << axis)]) {
          ends.push(...[0, 1, 2].map((i) => ((end >> i) & 1 ? high : low)[i]));
        }
      }
    }
    const array = gl.createVertexArray();
    gl.bindVertexArray(array);
    gl.bindBuffer(gl.ARRAY_BUFFER, gl.createBuffer());
    gl.bufferData(gl.ARRAY_BUFFER, new Float32Array(ends), gl.STATIC_DRAW);
    const at = gl.getAttribLocation(this.box.program, "corner");
    gl.enableVertexAttribArray(at);
    gl.vertexAttribPointer(at, 3, gl.FLOAT, false, 0, 0);
    gl.bindVertexArray(null);
    return array;
  }

  #texture(...format) {
    const texture = this.gl.createTexture();
    this.#fill(texture, ...format);
    return texture;
  }

  /** Lay values out in rows of a texture. */
  #fill(texture, internal, format, type, values) {
    const gl = this.gl;
    const parts = format === gl.RED_INTEGER ? 1 : 4;
    const width = this.width;
    const height = Math.max(Math.ceil(values.length / parts / width), 1);
    const padded = new values.constructor(width * height * parts);
    padded.set(values);
    gl.bindTexture(gl.TEXTURE_2D, texture);
    gl.pixelStorei(gl.UNPACK_ALIGNMENT, 1);
    gl.texImage2D(gl.TEXTURE_2D, 0, internal, width, height, 0, format, type, padded);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MIN_FILTER, gl.NEAREST);
    gl.texParameteri(gl.TEXTURE_2D, gl.TEXTURE_MAG_FILTER, gl.NEAREST);
  }
}

function packPoints({ points, radius }) {
  const packed = new Float32Array((points.length / 3) * 4);
  for (let i = 0, j = 0; i < points.length; i += 3, j += 4) {
    packed[j] = points[i];
    packed[j + 1] = points[i + 1];
    packed[j + 2] = points[i + 2];
    packed[j + 3] = radius?.[i / 3] || 0;
  }
  return packed;
}

function packStrokes({ strokes, strokeOwner }) {
  const packed = new Uint32Array(4 * strokeOwner.length);
  for (let i = 0; i < strokeOwner.length; i++) {
    packed[4 * i] = strokes[2 * i];
    packed[4 * i + 1] = strokes[2 * i + 1];
    packed[4 * i + 2] = strokeOwner[i];
  }
  return packed;
}

function makeProgram(gl, vertex, fragment) {
  const program = gl.createProgram();
  for (const [type, source] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
    const shader = gl.createShader(type);
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  if (!gl.getProgramParameter(program, gl.LINK_STATUS)) {
    throw new Error(`The graphics driver refuses the view's shader: ${gl.getProgramInfoLog(program)}`);
  }
  const uniforms = {};
  for (let i = 0; i < gl.getProgramParameter(program, gl.ACTIVE_UNIFORMS); i++) {
    const { name } = gl.getActiveUniform(program, i);
    uniforms[name] = gl.getUniformLocation(program, name);
  }
  return { program, uniforms };
}
