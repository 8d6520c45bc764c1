// The 26 neighbours of a voxel: directions, step lengths, and which of them a geodesic needs.
//
// Direction j goes to (dx, dy, dz) = (j % 3 - 1, j / 3 % 3 - 1, j / 9 - 1); 13 is the voxel itself,
// and 26 - j is the way back. A window is the 27 bits of a neighbourhood, bit j for direction j.
#pragma once

#include <cmath>

#include "common.hpp"
#include "simd.hpp"

namespace kimimaro {

constexpr u32 kCentre = 13;
constexpr u32 kDirections = 27;
constexpr u32 kNeighbors = ((1u << kDirections) - 1) & ~(1u << kCentre);

// Directions from each of several voxels, one voxel's behind the other's. They are listed without a
// branch on how many there are, which nobody can predict.
template <u64 kVoxels>
class Ways {
 public:
  // Adds them after so many, and returns how many there are then: a value of the caller's, for
  // loops to keep in a register.
  u64 add(u32 window, u64 voxel, u64 count) {
    std::memset(voxels_ + count, static_cast<u8>(voxel), kWritten);
    return count + set_bits(window, directions_ + count);
  }
  u8 direction(u64 i) const { return directions_[i]; }
  u8 voxel(u64 i) const { return voxels_[i]; }

 private:
  static_assert(kVoxels <= 256);
  static constexpr u64 kWritten = 32;  // bytes, whatever the window
  u8 directions_[kVoxels * kDirections + kWritten], voxels_[kVoxels * kDirections + kWritten];
};

struct Offset {
  int x, y, z;
};
constexpr Offset offset_of(u32 j) {
  return {static_cast<int>(j % 3) - 1, static_cast<int>(j / 3 % 3) - 1,
          static_cast<int>(j / 9) - 1};
}

// Whether a step and another one after it end beside where they began, or there.
constexpr bool stays_beside(Offset a, Offset b) {
  auto near = [](int from, int on) { return -1 <= from + on && from + on <= 1; };
  return near(a.x, b.x) && near(a.y, b.y) && near(a.z, b.z);
}

// After a step in direction i, the steps that stay beside where that one began.
constexpr std::array<u32, kDirections> kBeside = [] {
  std::array<u32, kDirections> beside{};
  for (u32 i = 0; i < kDirections; i++)
    for (u32 j = 0; j < kDirections; j++)
      if (stays_beside(offset_of(i), offset_of(j))) beside[i] |= 1u << j;
  return beside;
}();

// Step lengths, and for a voxel reached from direction i which outgoing directions j can lie on a
// shortest path (cf. jump point search, Harabor and Grastien 2011). A direction j is dropped if
// the neighbour is adjacent to where i came from, or if one of the voxels in detour[i][j] belongs
// to the object: through it there is a path at least as short that is not dropped itself.
//
// Lengths are whole numbers of a unit, the shortest one a power of two, so that the length of a
// path is exact and does not depend on the order of its steps.
struct Steps {
  std::array<u32, kDirections> length{};  // in units
  std::array<u32, kDirections> always{};  // directions that are never dropped
  alignas(64) std::array<std::array<i32, 32>, kDirections> detour{};
  u32 shortest_bits = 20;  // the shortest step is two to the power of this
  u32 longest = 0;
  double unit = 0;

  explicit Steps(VoxelSize size) {
    auto physical = [&](int x, int y, int z) {
      return std::hypot(double{size.x} * x, double{size.y} * y, double{size.z} * z);
    };
    const double shortest = std::min({size.x, size.y, size.z});
    // All that is queued at one time must differ by less than 2^29 units.
    while (shortest_bits > 1 && std::ldexp(physical(1, 1, 1) / shortest + 3, shortest_bits) > 5e8)
      shortest_bits--;
    unit = std::ldexp(shortest, -static_cast<int>(shortest_bits));
    // Zero where it is no step.
    auto step = [&](int x, int y, int z) -> u64 {
      if (std::abs(x) > 1 || std::abs(y) > 1 || std::abs(z) > 1) return 0;
      return static_cast<u64>(std::llround(physical(x, y, z) / unit));
    };
    for (u32 j = 0; j < kDirections; j++) {
      const Offset o = offset_of(j);
      length[j] = static_cast<u32>(step(o.x, o.y, o.z));
    }
    longest = length[0];
    for (u32 i = 0; i < kDirections; i++) {
      detour[i].fill(-1);  // every voxel is a detour: dropped
      for (u32 j = 0; j < kDirections; j++) {
        if (j == kCentre) continue;
        const Offset a = offset_of(i), b = offset_of(j);
        auto follows = [](int in, int out) { return out == 0 || in == out; };
        if (i == kCentre || (follows(a.x, b.x) && follows(a.y, b.y) && follows(a.z, b.z))) {
          always[i] |= 1u << j;
          continue;
        }
        if (stays_beside(a, b)) continue;
        const Offset end{a.x + b.x, a.y + b.y, a.z + b.z};
        const u64 into = step(a.x, a.y, a.z), direct = into + step(b.x, b.y, b.z);
        u32 detours = 0;
        for (u32 k = 0; k < kDirections; k++) {
          const Offset c = offset_of(k);
          const u64 first = step(a.x + c.x, a.y + c.y, a.z + c.z);
          const u64 second = step(end.x - a.x - c.x, end.y - a.y - c.y, end.z - a.z - c.z);
          if (k == kCentre || first == 0 || second == 0) continue;
          // Of two equally short ways the one with the longer first step stays.
          const u64 way = first + second;
          if (way < direct || (way == direct && first > into)) detours |= 1u << k;
        }
        detour[i][j] = static_cast<i32>(detours);
      }
    }
  }

  // The directions of a window that a voxel reached from direction i must relax. Of the window's
  // voxels only some, as a rule all, may be detours.
  u32 needed(u32 i, u32 window, u32 ways) const {
    const Ints around = static_cast<i32>(ways) - Ints{};
    u32 open = 0;
    for (u64 j = 0; j < 32; j += kLanes) {
      const Ints detours = load(detour[i].data() + j);
      open |= bits_of((detours & around) == 0) << j;
    }
    return window & (always[i] | open);
  }
};

}  // namespace kimimaro
