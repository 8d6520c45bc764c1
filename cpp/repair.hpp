// Holes: background inside a component. A hole is a 6-connected piece of what is not the component
// (4-connected in 2D) that does not reach the edge of the image.
#pragma once

#include "distance.hpp"

namespace kimimaro {

// One component alone, in the frame of its bounding box with a voxel around it where the image
// has one. Its spans carry label 1.
struct Cutout {
  Spans spans;
  Voxel origin;
};

inline Cutout cut_out(const Objects& objects, const Component& c) {
  auto below = [](u32 lo) { return lo ? lo - 1 : 0; };
  const Voxel lo{below(c.lo.x), below(c.lo.y), below(c.lo.z)};
  const Shape shape{std::min<u64>(u64{c.hi.x} + 1, objects.shape.x) - lo.x,
                    std::min<u64>(u64{c.hi.y} + 1, objects.shape.y) - lo.y,
                    std::min<u64>(u64{c.hi.z} + 1, objects.shape.z) - lo.z};
  Cutout cut{.spans = {.shape = shape, .first = {}, .spans = {}, .labels = {}}, .origin = lo};
  cut.spans.first.reserve(shape.rows() + 1);
  for (const Run& run : objects.runs_of(c)) {
    const Voxel v = objects.place(run, run.begin);
    const u64 row = v.y - lo.y + (v.z - lo.z) * shape.y;
    cut.spans.first.resize(std::max<u64>(cut.spans.first.size(), row + 1), cut.spans.spans.size());
    cut.spans.spans.push_back({run.begin - lo.x, run.end - lo.x, 0});
  }
  cut.spans.first.resize(shape.rows() + 1, cut.spans.spans.size());
  cut.spans.labels.assign(cut.spans.spans.size(), 1);
  return cut;
}

// The spans between those of s, with label 1.
inline Spans complement(const Spans& s) {
  Spans gaps{.shape = s.shape, .first = {0}, .spans = {}, .labels = {}};
  gaps.first.reserve(s.shape.rows() + 1);
  for (u64 row = 0; row < s.shape.rows(); row++) {
    u32 begin = 0;
    for (const Span& span : s.row(row)) {
      if (span.begin > begin) gaps.spans.push_back({begin, span.begin, 0});
      begin = span.end;
    }
    const u32 end = static_cast<u32>(s.shape.x);
    if (begin < end) gaps.spans.push_back({begin, end, 0});
    gaps.first.push_back(gaps.spans.size());
  }
  gaps.labels.assign(gaps.spans.size(), 1);
  return gaps;
}

// The holes of a cutout, as spans of label 1 in its frame.
inline Spans find_holes(const Spans& s, Control& control) {
  Spans gaps = complement(s);
  const u32 pieces = label_components(gaps, Connectivity::faces, 1, control);
  std::vector<bool> open(pieces);
  const Shape shape = s.shape;
  // An axis along which the image is one voxel thick has no edge to reach.
  auto at_edge = [](u64 i, u64 extent) { return extent > 1 && (i == 0 || i + 1 == extent); };
  for (u64 row = 0; row < shape.rows(); row++) {
    const bool edge = at_edge(row % shape.y, shape.y) || at_edge(row / shape.y, shape.z);
    for (const Span& span : gaps.row(row))
      if (edge || (shape.x > 1 && (span.begin == 0 || span.end == shape.x)))
        open[span.component] = true;
  }
  Spans holes{.shape = shape, .first = {0}, .spans = {}, .labels = {}};
  for (u64 row = 0; row < shape.rows(); row++) {
    for (const Span& span : gaps.row(row))
      if (!open[span.component]) holes.spans.push_back(span);
    holes.first.push_back(holes.spans.size());
  }
  holes.labels.assign(holes.spans.size(), 1);
  return holes;
}

// Both together, which do not overlap; touching spans become one.
inline Spans unite(const Spans& a, const Spans& b) {
  Spans both{.shape = a.shape, .first = {0}, .spans = {}, .labels = {}};
  for (u64 row = 0; row < a.shape.rows(); row++) {
    const std::span<const Span> p = a.row(row), q = b.row(row);
    for (u64 i = 0, j = 0; i < p.size() || j < q.size();) {
      const bool from_a = j == q.size() || (i < p.size() && p[i].begin < q[j].begin);
      const Span next = from_a ? p[i++] : q[j++];
      if (both.spans.size() > both.first.back() && both.spans.back().end == next.begin)
        both.spans.back().end = next.end;
      else
        both.spans.push_back(next);
    }
    both.first.push_back(both.spans.size());
  }
  both.labels.assign(both.spans.size(), 1);
  return both;
}

// The component with its holes filled and measured anew, in a frame of its own.
inline Objects fill_component(const Objects& objects, const Component& c, Control& control) {
  Cutout cut = cut_out(objects, c);
  Spans filled = unite(cut.spans, find_holes(cut.spans, control));
  const u32 components = label_components(filled, Connectivity::full, 1, control);
  Objects result = collect_objects(filled, components, 0, objects.size);
  result.origin = cut.origin;
  result.bound_if_solid(result.voxels() == objects.shape.voxels());
  result.components.front().label = c.label;
  Control unseen;
  measure_distance(filled, result, 1, unseen);
  return result;
}

}  // namespace kimimaro
