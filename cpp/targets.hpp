// Border targets: where an object crosses a face of the image, the middle of its section, chosen
// so that two images that share this plane choose the same voxel without talking to each other.
#pragma once

#include <cmath>
#include <limits>

#include "distance.hpp"

namespace kimimaro {

namespace detail {

// One face of the image: axis 0, 1 or 2, at its low or its high end. Its pixels (u, v) lie along
// the other two axes, in their order.
struct Face {
  u32 axis;
  u32 at;
  u32 u_axis() const { return axis == 0 ? 1 : 0; }
  u32 v_axis() const { return axis == 2 ? 1 : 2; }
  Voxel voxel(u32 u, u32 v) const {
    if (axis == 0) return {at, u, v};
    if (axis == 1) return {u, at, v};
    return {u, v, at};
  }
};

// The face as an image of its own whose labels are the components' numbers, plus one.
inline Spans cut_face(const Spans& s, Face face) {
  const std::array<u64, 3> n{s.shape.x, s.shape.y, s.shape.z};
  Spans plane{
      .shape = {n[face.u_axis()], n[face.v_axis()], 1}, .first = {}, .spans = {}, .labels = {}};
  auto add = [&](u32 begin, u32 end, u32 component) {
    const bool continues = plane.spans.size() > plane.first.back() &&
                           plane.spans.back().end == begin &&
                           plane.labels.back() == u64{component} + 1;
    if (continues) {
      plane.spans.back().end = end;
    } else {
      plane.spans.push_back({begin, end, kNoComponent});
      plane.labels.push_back(u64{component} + 1);
    }
  };
  for (u32 v = 0; v < plane.shape.y; v++) {
    if (face.axis == 0) {
      for (u32 y = 0; y < s.shape.y; y++) {
        const std::span<const Span> row = s.row(y + v * s.shape.y);
        if (row.empty()) continue;
        const Span& outer = face.at == 0 ? row.front() : row.back();
        if (outer.begin <= face.at && face.at < outer.end) add(y, y + 1, outer.component);
      }
    } else {
      const u64 row = face.axis == 1 ? face.at + v * s.shape.y : v + face.at * s.shape.y;
      for (const Span& span : s.row(row)) add(span.begin, span.end, span.component);
    }
    plane.first.end_row(plane.spans.size());
  }
  return plane;
}

// The forbidden steps within a face.
inline Barriers cut_barriers(const Barriers& barriers, Face face, const Spans& plane) {
  Barriers cut{.shape = plane.shape, .first = {}, .list = {}};
  auto add = [&](u32 u, u32 steps) {
    u32 within = 0;
    for (u32 j = 0; j < kDirections; j++) {
      if (!(steps >> j & 1)) continue;
      const Offset o = offset_of(j);
      const std::array<int, 3> d{o.x, o.y, o.z};
      if (d[face.axis] == 0) within |= 1u << (kCentre + d[face.u_axis()] + 3 * d[face.v_axis()]);
    }
    if (within) cut.list.push_back({u, within});
  };
  for (u32 v = 0; v < plane.shape.y; v++) {
    if (face.axis == 0) {
      for (u32 u = 0; u < plane.shape.x; u++) add(u, barriers.steps_at(face.voxel(u, v)));
    } else {
      const Voxel first = face.voxel(0, v);
      for (const Barrier& b : barriers.row(first.y + first.z * barriers.shape.y)) add(b.x, b.steps);
    }
    cut.first.end_row(cut.list.size());
  }
  return cut;
}

struct Pixel {
  u32 u, v;
};

// Keeps the pixels for which the measure is least, but for rounding.
template <class Measure>
void keep_least(std::vector<Pixel>& pixels, Measure&& measure) {
  if (pixels.size() < 2) return;
  std::vector<double> values;
  for (const Pixel& p : pixels)
    values.push_back(measure(static_cast<double>(p.u), static_cast<double>(p.v)));
  const double most = *std::min_element(values.begin(), values.end()) * (1 + 1e-9);
  u64 kept = 0;
  for (u64 i = 0; i < pixels.size(); i++)
    if (values[i] <= most) pixels[kept++] = pixels[i];
  pixels.resize(kept);
}

// Which of several equally deep pixels is taken. Users join volumes that were skeletonized by
// other versions, so this reproduces what Kimimaro 5 does to the letter: the centre of the plane
// is taken in physical units against pixels, and the third corner lies at (0, n_u).
inline Pixel choose(std::vector<Pixel> deepest, double mean_u, double mean_v, double n_u,
                    double n_v, double w_u, double w_v) {
  auto square = [](double x) { return x * x; };
  auto snap = [](double mean, double n) { return std::floor(mean) + (mean < n / 2 ? 1 : 0); };
  const double c_u = snap(mean_u, n_u), c_v = snap(mean_v, n_v);
  keep_least(deepest,
             [&](double u, double v) { return square((u - c_u) * w_u) + square((v - c_v) * w_v); });
  keep_least(deepest, [&](double u, double v) {
    return square((u - n_u / 2 * w_u) * w_u) + square((v - n_v / 2 * w_v) * w_v);
  });
  keep_least(deepest, [&](double u, double v) {
    auto corner = [&](double a, double b) { return square(u + 0.5 - a) + square(v + 0.5 - b); };
    return std::min({corner(0, 0), corner(n_u, 0), corner(0, n_u), corner(n_u, n_v)});
  });
  keep_least(deepest, [&](double u, double v) { return std::min({u, v, n_u - u, n_v - v}); });
  return deepest.front();
}

}  // namespace detail

struct BorderTarget {
  u32 component;
  Voxel voxel;
};

// One target for each 2D component (8-connected) of each component on each face: its pixel that is
// deepest inside, where the edges of the face count as boundary. A face across an axis along which
// the image is one voxel thick is no border. The spans are those of the objects.
inline std::vector<BorderTarget> border_targets(const Spans& s, const Objects& objects,
                                                unsigned threads, Control& control) {
  const std::array<u64, 3> n{s.shape.x, s.shape.y, s.shape.z};
  const std::array<float, 3> w{objects.size.x, objects.size.y, objects.size.z};
  std::array<std::vector<BorderTarget>, 6> found;  // on each face
  parallel_for(threads, found.size(), [&](u64 f, unsigned) {
    const u32 axis = static_cast<u32>(f / 2);
    if (n[axis] <= 1) return;
    const detail::Face face{axis, f % 2 ? static_cast<u32>(n[axis] - 1) : 0};
    const VoxelSize size{w[face.u_axis()], w[face.v_axis()], 1};
    Spans plane = detail::cut_face(s, face);
    Barriers barriers;
    if (objects.barriers.any()) {
      barriers = detail::cut_barriers(objects.barriers, face, plane);
      split_spans(plane, barriers);
    }
    const u32 count = label_components(plane, Connectivity::full, 1, control, barriers);
    Objects sections = collect_objects(plane, count, 0, size);
    sections.barriers = std::move(barriers);
    sections.edges = {true, true, false};
    Control unseen{.outer = &control};
    measure_distance(plane, sections, 1u, unseen);
    for (const Component& section : sections.components) {
      control.check();
      std::vector<detail::Pixel> deepest;
      double sum_u = 0, sum_v = 0;
      for (const Run& run : sections.runs_of(section)) {
        const float* dbf = sections.dbf.data() + sections.storage(run);
        for (u32 u = run.begin; u < run.end; u++) {
          sum_u += u;
          sum_v += run.row;
          if (dbf[u - run.begin] == section.max_dbf) deepest.push_back({u, run.row});
        }
      }
      const double pixels = static_cast<double>(section.voxels);
      const detail::Pixel p = detail::choose(std::move(deepest), sum_u / pixels, sum_v / pixels,
                                             static_cast<double>(plane.shape.x),
                                             static_cast<double>(plane.shape.y), size.x, size.y);
      found[f].push_back({static_cast<u32>(section.label - 1), face.voxel(p.u, p.v)});
    }
  });
  std::vector<BorderTarget> targets;
  for (u32 f = 6; f-- > 0;) targets.insert(targets.end(), found[f].begin(), found[f].end());
  return targets;
}

}  // namespace kimimaro
