// Disjoint sets: union-find with path halving.
#pragma once

#include <utility>

#include "common.hpp"

namespace kimimaro {

// Disjoint sets of numbers; the lowest of a set represents it.
class DisjointSets {
 public:
  explicit DisjointSets(u64 size) : parent_(size) {
    for (u64 i = 0; i < size; i++) parent_[i] = static_cast<u32>(i);
  }
  u32 find(u32 i) {
    while (parent_[i] != i) i = parent_[i] = parent_[parent_[i]];
    return i;
  }
  // False if the two were in one set already.
  bool join(u32 a, u32 b) {
    a = find(a);
    b = find(b);
    if (a == b) return false;
    if (b < a) std::swap(a, b);
    parent_[b] = a;
    return true;
  }

 private:
  std::vector<u32> parent_;
};

}  // namespace kimimaro
