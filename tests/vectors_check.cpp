// Compares what is done in vectors with plain loops; built and run by test_checks.py.
#include <cstdio>
#include <random>

#include "../cpp/teasar.hpp"

using namespace kimimaro;

namespace {

u64 compared = 0;

u32 random_bits() {
  static std::mt19937 engine(1);
  return static_cast<u32>(engine());
}

bool ways_are_the_set_bits() {
  constexpr u64 kVoxels = 32;
  for (u32 round = 0; round < 200; round++) {
    std::vector<std::pair<u64, u32>> expected;  // voxel and direction
    Ways<kVoxels> ways;
    u64 count = 0;
    for (u64 voxel = 0; voxel < kVoxels; voxel++) {
      u32 window = random_bits() & kNeighbors;
      if (round % 4 == 0) window &= random_bits() & random_bits();
      if (round == 1) window = kNeighbors;
      count = ways.add(window, voxel, count);
      for (u32 j = 0; j < kDirections; j++)
        if (window >> j & 1) expected.emplace_back(voxel, j);
    }
    if (count != expected.size()) return false;
    for (u64 i = 0; i < expected.size(); i++, compared++)
      if (ways.voxel(i) != expected[i].first || ways.direction(i) != expected[i].second)
        return false;
  }
  return true;
}

bool straight_distances_are_straight() {
  const VoxelSize size{16, 17, 40};
  auto squared = [](u32 a, u32 b, float width) {
    const double steps = static_cast<double>(a) - b;
    return width * width * steps * steps;
  };
  for (u32 round = 0; round < 2000; round++) {
    auto somewhere = [] {
      return Voxel{random_bits() % 500, random_bits() % 500, random_bits() % 500};
    };
    const Voxel centre = somewhere(), first = somewhere();
    const u32 length = 1 + random_bits() % 70, untouched = 12345;
    std::vector<u32> record(length + 1, untouched);
    detail::record_straight(centre, first, length, size, record.data());
    if (record[length] != untouched) return false;
    for (u32 i = 0; i < length; i++, compared++) {
      const double distance =
          std::sqrt(squared(first.x + i, centre.x, size.x) + squared(first.y, centre.y, size.y) +
                    squared(first.z, centre.z, size.z));
      if (std::abs(std::bit_cast<float>(record[i]) - distance) > 1e-6 * distance) return false;
    }
  }
  return true;
}

}  // namespace

int main() {
  if (!ways_are_the_set_bits()) return 1;
  if (!straight_distances_are_straight()) return 2;
  std::printf("%llu\n", static_cast<unsigned long long>(compared));
}
