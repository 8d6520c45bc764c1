// Connected components of spans, by union-find over the spans of neighbouring rows.
#pragma once

#include "barriers.hpp"
#include "sets.hpp"
#include "spans.hpp"

namespace kimimaro {

enum class Connectivity { faces, full };  // 4 in 2D and 6 in 3D; 8 in 2D and 26 in 3D

namespace detail {

// Joins the spans of two neighbouring rows that carry one label and overlap when the first ones
// are widened by reach voxels.
inline void join_rows(const Spans& s, u64 row, u64 other, u32 reach, DisjointSets& sets) {
  u64 a = s.first[row], b = s.first[other];
  const u64 a_end = s.first[row + 1];
  if (a == a_end) return;
  const u64 b_end = s.first[other + 1];
  while (a < a_end && b < b_end) {
    const Span &p = s.spans[a], &q = s.spans[b];
    if (p.begin < q.end + reach && q.begin < p.end + reach && s.labels[a] == s.labels[b])
      sets.join(static_cast<u32>(a), static_cast<u32>(b));
    if (p.end < q.end)
      a++;
    else if (q.end < p.end)
      b++;
    else if (reach && a + 1 < a_end && s.spans[a + 1].begin == p.end) {
      // Both end here: each may still touch the other row's next span at a corner.
      if (b + 1 < b_end && s.spans[b + 1].begin == q.end) {
        if (s.labels[a] == s.labels[b + 1]) sets.join(static_cast<u32>(a), static_cast<u32>(b + 1));
        if (s.labels[a + 1] == s.labels[b]) sets.join(static_cast<u32>(a + 1), static_cast<u32>(b));
        a++, b++;
      } else {
        a++;
      }
    } else {
      b++;
    }
  }
}

// Joins the spans of two neighbouring rows that carry one label and that an allowed step leads
// between; across is the direction from the row to the other one.
inline void join_passable(const Spans& s, u64 row, u64 other, u32 across, const Barriers& barriers,
                          DisjointSets& sets) {
  std::span<const Barrier> barred = barriers.row(row);
  u64 first = s.first[other];
  const u64 end = s.first[other + 1];
  const u64 last = s.first[row + 1];
  for (u64 a = s.first[row]; a < last; a++) {
    const Span& p = s.spans[a];
    while (first < end && s.spans[first].end < p.begin) first++;
    for (u64 b = first; b < end && s.spans[b].begin <= p.end; b++)
      if (s.labels[a] == s.labels[b] && passable(p, s.spans[b], barred, across))
        sets.join(static_cast<u32>(a), static_cast<u32>(b));
  }
}

}  // namespace detail

// Sets every span's component, numbered in the order of their first voxels, and returns how many
// there are. With barriers, connectivity is full and the spans are split where barriers cut them.
inline u32 label_components(Spans& s, Connectivity connectivity, unsigned threads, Control& control,
                            const Barriers& barriers = {}) {
  const u32 reach = connectivity == Connectivity::full ? 1 : 0;
  const u64 ny = s.shape.y, nz = s.shape.z;
  DisjointSets sets(s.spans.size());
  // The other row is so many rows before this one, in the direction across.
  auto join = [&](u64 row, u64 before, u32 across) {
    if (barriers.any())
      detail::join_passable(s, row, row - before, across, barriers, sets);
    else
      detail::join_rows(s, row, row - before, reach, sets);
  };
  auto join_plane = [&](u64 z) {
    for (u64 y = 0; y < ny; y++) {
      const u64 row = y + z * ny;
      join(row, ny, kCentre - 9);
      if (reach && y > 0) join(row, ny + 1, kCentre - 12);
      if (reach && y + 1 < ny) join(row, ny - 1, kCentre - 6);
    }
  };
  // Slabs touch only their own sets; their seams are joined afterwards. Some more than there are
  // threads, as some have more spans than others.
  const u64 slabs = std::min<u64>(nz, threads > 1 ? 4 * u64{threads} : 1),
            depth = slabs ? (nz + slabs - 1) / slabs : 1;
  parallel_for(threads, slabs, [&](u64 slab, unsigned) {
    const u64 z0 = std::min(nz, slab * depth), z1 = std::min(nz, z0 + depth);
    for (u64 z = z0; z < z1; z++) {
      control.check();
      for (u64 y = 1; y < ny; y++) join(y + z * ny, 1, kCentre - 3);
      if (z > z0) join_plane(z);
    }
  });
  for (u64 z = depth; z < nz; z += depth) join_plane(z);
  u32 components = 0;
  for (u64 i = 0; i < s.spans.size(); i++) {
    const u32 root = sets.find(static_cast<u32>(i));
    s.spans[i].component = root == i ? components++ : s.spans[root].component;
  }
  return components;
}

}  // namespace kimimaro
