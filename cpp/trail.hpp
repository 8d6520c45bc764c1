// What a search for a path touched, from which the path to any rail follows that is drawn later.
#pragma once

#include <tuple>

#include "bounds.hpp"

namespace kimimaro {

// A voxel that was touched and the direction of the step to it. What is touched together, with the
// one before it on the trail, is in any order: there the fraction of the key that a step set out
// with, in units of 2^-23, tells which was the first.
template <class Address>
struct Touched {
  Address address;
  u32 direction : 5, fraction : 24, together : 1;
};

// Voxels in the order in which they were touched; the target comes first.
template <class Address>
struct Trail : Pile<Touched<Address>> {
  Pile<LeftOut<Address>> left_out;

  void clear() {
    Pile<Touched<Address>>::clear();
    left_out.clear();
  }
};

// Fills path from the first rail on the trail to the target; false if there is none.
template <class Address>
bool follow_trail(const Trail<Address>& trail, const Grid<Address>& grid, const Bits& rails,
                  Pile<Address>& path) {
  auto source = [&](const Touched<Address>& t) {
    return static_cast<Address>(grid.back(t.address, t.direction));
  };
  auto turn = [&](const Touched<Address>& t) {
    return std::tuple(u32{t.fraction}, source(t), u32{t.direction});
  };
  auto is_rail = [&](const Touched<Address>& t) { return rails.has(t.address); };
  const Touched<Address>* at = std::find_if(trail.begin(), trail.end(), is_rail);
  if (at == trail.end()) return false;
  for (auto other = at + 1; other != trail.end() && other->together; ++other)
    if (is_rail(*other) && turn(*other) < turn(*at)) at = other;
  path.clear();
  path.push(at->address);
  while (at != trail.begin()) {
    const Address from = source(*at);
    while (at->address != from) --at;
    path.push(from);
  }
  return true;
}

// Whether such a path is the cheapest one although voxels were left out by bounds that were known
// at that time, whatever was drawn since.
template <class Address>
bool is_cheapest(const Pile<Address>& path, const Trail<Address>& trail,
                 const Block<Address>& block, Bounds<Address>& bounds, const Control& control) {
  if (trail.left_out.empty()) return true;
  bounds.update(control);
  double cost = 0;
  for (u64 i = 1; i + 1 < path.size(); i++)
    cost += std::bit_cast<float>(peek(block.record[block.index(path.begin()[i])]) & ~31u);
  return std::none_of(trail.left_out.begin(), trail.left_out.end(), [&](const auto& voxel) {
    return voxel.key + bounds.least(voxel.address) <= surely(cost);
  });
}

}  // namespace kimimaro
