// Steps between neighbouring voxels of one label that a voxel connectivity graph forbids. They are
// few, as a rule, and kept as a list by rows; images without any cost nothing.
//
// The graph has a word for each voxel, in which a bit is set if a step is allowed; the bits are
// those of cc3d.voxel_connectivity_graph. What is drawn has no direction, so a step is forbidden if
// it is from either side. Steps between two labels, or to background, are not looked at.
#pragma once

#include <bit>
#include <utility>

#include "neighbors.hpp"
#include "simd.hpp"
#include "spans.hpp"

namespace kimimaro {

struct Barrier {
  u32 x;
  u32 steps;  // bit j: the step in direction j is forbidden
};

struct Barriers {
  Shape shape;
  Rows first;  // row r has barriers [first[r], first[r + 1])
  std::vector<Barrier> list;

  bool any() const { return !list.empty(); }
  std::span<const Barrier> row(u64 r) const {
    return {list.data() + first[r], list.data() + first[r + 1]};
  }
  // Those of a row from x on.
  std::span<const Barrier> row(u64 r, u32 x) const {
    const std::span<const Barrier> all = row(r);
    const auto begin = std::lower_bound(all.begin(), all.end(), x,
                                        [](const Barrier& b, u32 at) { return b.x < at; });
    return {begin, all.end()};
  }
  u32 steps_at(Voxel v) const {
    const std::span<const Barrier> from = row(v.y + v.z * shape.y, v.x);
    return !from.empty() && from.front().x == v.x ? from.front().steps : 0;
  }
};

namespace detail {

// Which bit of the graph's word says that the step in direction j is allowed.
constexpr std::array<u32, kDirections> kGraphBit{25, 17, 24, 15, 5, 14, 23, 16, 22,  //
                                                 9,  3,  8,  1,  0, 0,  7,  2,  6,   //
                                                 21, 13, 20, 11, 4, 10, 19, 12, 18};
// The word with nothing but that bit; none for the voxel itself.
constexpr std::array<i32, kDirections> kGraphWord = [] {
  std::array<i32, kDirections> words{};
  for (u32 j = 0; j < kDirections; j++)
    if (j != kCentre) words[j] = i32{1} << kGraphBit[j];
  return words;
}();
constexpr i32 kGraphWords = (i32{1} << (kDirections - 1)) - 1;

// The rows of some planes at one y.
struct GraphRows {
  u64 length, width;
  std::vector<u32> words;  // of the graph, one row behind the other
  // The voxels' labels, and the forbidden steps found so far, with nothing on either side of a row
  // and after its last vector.
  std::vector<u32> numbers, steps;

  GraphRows(u64 length, u64 planes)
      : length(length),
        width((length + kLanes - 1) / kLanes * kLanes + 2),
        words(length * planes + kLanes),
        numbers(width * planes + kLanes),
        steps(width * planes) {}
  u64 at(u64 plane) const { return plane * width + 1; }

  // Enters the number of each voxel of a row, by whole vectors: what these write beyond a span
  // belongs to the next one.
  void number(u64 plane, std::span<const Span> spans, const u64* labels) {
    u32* const row = numbers.data() + at(plane);
    auto fill = [&](u64 begin, u64 end, u32 number) {
      for (u64 x = begin; x < end; x += kLanes) store(row + x, static_cast<i32>(number) - Ints{});
    };
    u64 before = 0;
    for (const Span& span : spans) {
      fill(before, span.begin, 0);
      fill(span.begin, span.end, number_of(*labels++));
      before = span.end;
    }
    fill(before, width - 1, 0);
  }

 private:
  // Labels that are one number in 32 bits add steps to the list that nobody asks for; background
  // is 0.
  static u32 number_of(u64 label) { return std::max(1u, static_cast<u32>(label ^ label >> 32)); }
};

inline void add(u32* at, Ints bits) { store(at, load(at) | bits); }
inline bool any(Ints values) { return bits_of(values != 0); }

// Forbids what a row of voxels does not allow, on either side; the row lies in the second of the
// rows, and only steps to the planes from first to last, of three, are looked at. Most vectors of
// voxels allow all steps, or all within their labels.
inline void find_barriers(const std::array<GraphRows*, 3>& rows, u64 plane, u32 first, u32 last) {
  GraphRows& own = *rows[1];
  std::array<u32*, 9> numbers, steps;
  for (u32 n = 3 * first; n < 3 * last + 3; n++) {
    GraphRows& across = *rows[n % 3];
    const u64 there = own.at(plane + n / 3) - own.width - 1;
    numbers[n] = across.numbers.data() + there;
    steps[n] = across.steps.data() + there;
  }
  const u64 here = own.at(plane);
  const u32* const words = own.words.data() + plane * own.length;
  for (u64 x = 0; x < own.length; x += kLanes) {
    const Ints number = load(own.numbers.data() + here + x);
    const Ints missing = ~load(words + x) & kGraphWords & (number != 0);
    if (!any(missing)) continue;
    Ints forbidden{};
    for (u32 n = 3 * first; n < 3 * last + 3; n++)
      for (u32 d = 0; d < 3; d++)
        forbidden |= missing & kGraphWord[3 * n + d] & (number == load(numbers[n] + x + d));
    if (!any(forbidden)) continue;
    Ints onward{};
    for (u32 n = 3 * first; n < 3 * last + 3; n++) {
      for (u32 d = 0; d < 3; d++) {
        const u32 j = 3 * n + d;
        const Ints found = (forbidden & kGraphWord[j]) != 0;
        if (!bits_of(found)) continue;
        onward |= found & i32{1} << j;
        add(steps[n] + x + d, found & i32{1} << (kDirections - 1 - j));
      }
    }
    add(own.steps.data() + here + x, onward);
  }
}

}  // namespace detail

// Reads the graph once, in its own memory order; the spans still have their labels.
inline Barriers read_barriers(const Volume<u32>& graph, const Spans& s, unsigned threads,
                              Control& control) {
  const Shape shape = s.shape;
  const u64 depth = std::max<u64>(graph.planes_at_once(), 16);
  const u64 slabs = (shape.z + depth - 1) / depth;
  struct Plane {
    std::vector<Barrier> list;
    Rows first;
  };
  std::vector<Plane> planes(shape.z);
  parallel_for(threads, slabs, [&](u64 index, unsigned) {
    const u64 z0 = index * depth, z1 = std::min(z0 + depth, shape.z);
    const u64 low = z0 ? z0 - 1 : 0, high = std::min(z1 + 1, shape.z);
    std::vector<detail::GraphRows> ring(3, detail::GraphRows(shape.x, z1 - z0 + 2));
    // Plane z is the one of number z + 1 - z0 of the rows.
    auto load = [&](u64 y) {
      detail::GraphRows& rows = ring[y % 3];
      if (y >= shape.y) return std::fill(rows.numbers.begin(), rows.numbers.end(), 0);
      graph.read_rows(y, low, high - low, rows.words.data() + (low + 1 - z0) * shape.x);
      for (u64 z = low; z < high; z++) {
        const u64 row = y + z * shape.y;
        rows.number(z + 1 - z0, s.row(row), s.labels.data() + s.first[row]);
      }
    };
    // Lists what is forbidden in the rows of one y, once those of the next one are known.
    auto list = [&](u64 y) {
      detail::GraphRows& rows = ring[y % 3];
      for (u64 z = z0; z < z1; z++) {
        Plane& plane = planes[z];
        u32* steps = rows.steps.data() + rows.at(z + 1 - z0);
        for (u32 x = 0; x < shape.x; x += kLanes) {
          if (!detail::any(kimimaro::load(steps + x))) continue;
          for (u32 at = x; at < x + kLanes; at++)
            if (u32 found = std::exchange(steps[at], 0)) plane.list.push_back({at, found});
        }
        plane.first.end_row(plane.list.size());
      }
    };
    load(0);
    for (u64 y = 0; y < shape.y; y++) {
      control.check();
      load(y + 1);
      const std::array<detail::GraphRows*, 3> rows{&ring[(y + 2) % 3], &ring[y % 3],
                                                   &ring[(y + 1) % 3]};
      // Of the planes next to the slab's only the steps that lead into it are looked at.
      for (u64 z = low; z < high; z++)
        if (!s.row(y + z * shape.y).empty())
          detail::find_barriers(rows, z + 1 - z0, z < z0 ? 2 : 0, z < z1 ? 2 : 0);
      if (y) list(y - 1);
    }
    list(shape.y - 1);
  });
  Barriers barriers{.shape = shape, .first = {}, .list = {}};
  for (Plane& plane : planes) {
    const u64 before = barriers.list.size();
    for (u64 y = 1; y <= shape.y; y++) barriers.first.end_row(before + plane.first[y]);
    barriers.list.insert(barriers.list.end(), plane.list.begin(), plane.list.end());
    plane = Plane();
  }
  return barriers;
}

// Cuts the spans where a step along x is forbidden.
inline void split_spans(Spans& s, const Barriers& barriers) {
  constexpr u32 kOnward = kCentre + 1;
  Spans cut{.shape = s.shape, .first = {}, .spans = {}, .labels = {}};
  cut.first.reserve(s.shape.rows(), s.first.rows_with_some());
  cut.spans.reserve(s.spans.size());
  cut.labels.reserve(s.labels.size());
  for (u64 row = 0; row < s.shape.rows(); row++) {
    const std::span<const Barrier> all = barriers.row(row);
    auto barrier = all.begin();
    for (u64 i = s.first[row]; i < s.first[row + 1]; i++) {
      Span span = s.spans[i];
      for (; barrier != all.end() && barrier->x + 1 < span.end; ++barrier) {
        if (barrier->x < span.begin || !(barrier->steps >> kOnward & 1)) continue;
        cut.spans.push_back({span.begin, barrier->x + 1, span.component});
        cut.labels.push_back(s.labels[i]);
        span.begin = barrier->x + 1;
      }
      cut.spans.push_back(span);
      cut.labels.push_back(s.labels[i]);
    }
    cut.first.end_row(cut.spans.size());
  }
  s = std::move(cut);
}

// Whether any step is allowed from a span to a span of a neighbouring row; across is the direction
// of that row, and the barriers are those of the first span's row. Drops those of them that lie
// before both spans.
inline bool passable(const Span& from, const Span& to, std::span<const Barrier>& row, u32 across) {
  const u32 begin = std::max(from.begin, to.begin ? to.begin - 1 : 0);
  const u32 end = std::min(from.end, to.end + 1);
  while (!row.empty() && row.front().x < begin) row = row.subspan(1);
  auto barrier = row.begin();
  for (u32 x = begin; x < end; x++) {
    u32 steps = 0;
    if (x > to.begin) steps |= 1u << (across - 1);
    if (x >= to.begin && x < to.end) steps |= 1u << across;
    if (x + 1 < to.end) steps |= 1u << (across + 1);
    if (barrier != row.end() && barrier->x == x) steps &= ~(barrier++)->steps;
    if (steps) return true;
  }
  return false;
}

// Which of the steps from a voxel lead to voxels of the spans.
inline u32 steps_within(const Spans& s, Voxel from, u32 steps) {
  u32 within = 0;
  for (u32 left = steps; left; left &= left - 1) {
    const u32 j = static_cast<u32>(std::countr_zero(left));
    const Offset o = offset_of(j);
    const Voxel to{from.x + static_cast<u32>(o.x), from.y + static_cast<u32>(o.y),
                   from.z + static_cast<u32>(o.z)};
    if (to.y < s.shape.y && to.z < s.shape.z && span_at(s, to)) within |= 1u << j;
  }
  return within;
}

// Lifts the barriers around voxels of the given spans.
inline void lift_barriers(Barriers& barriers, const Spans& filled) {
  Barriers left{.shape = barriers.shape, .first = {}, .list = {}};
  for (u64 row = 0; row < barriers.shape.rows(); row++) {
    const u32 y = static_cast<u32>(row % barriers.shape.y),
              z = static_cast<u32>(row / barriers.shape.y);
    for (const Barrier& b : barriers.row(row)) {
      const Voxel v{b.x, y, z};
      const u32 steps = span_at(filled, v) ? 0 : b.steps & ~steps_within(filled, v, b.steps);
      if (steps) left.list.push_back({b.x, steps});
    }
    left.first.end_row(left.list.size());
  }
  barriers = std::move(left);
}

// The barriers between voxels of the given spans, in whose frame the image's voxel lo is the first.
inline Barriers barriers_within(const Barriers& barriers, const Spans& own, Voxel lo) {
  Barriers inner{.shape = own.shape, .first = {}, .list = {}};
  for (u64 row = 0; row < own.shape.rows(); row++) {
    const u32 y = static_cast<u32>(row % own.shape.y), z = static_cast<u32>(row / own.shape.y);
    const u64 image_row = y + lo.y + (z + u64{lo.z}) * barriers.shape.y;
    for (const Span& span : own.row(row)) {
      for (const Barrier& b : barriers.row(image_row, span.begin + lo.x)) {
        if (b.x >= span.end + lo.x) break;
        const u32 x = b.x - lo.x, steps = steps_within(own, {x, y, z}, b.steps);
        if (steps) inner.list.push_back({x, steps});
      }
    }
    inner.first.end_row(inner.list.size());
  }
  return inner;
}

}  // namespace kimimaro
