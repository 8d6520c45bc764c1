// Compares the nearest sites of voxels with a look at all sites; built and run by test_checks.py.
#include <cmath>
#include <cstdio>
#include <random>

#include "../cpp/nearest.hpp"

using namespace kimimaro;

int main() {
  std::mt19937 random(1);
  auto below = [&](u32 end) { return static_cast<u32>(random() % end); };
  u64 compared = 0, ties = 0;
  for (int round = 0; round < 400; round++) {
    // Paths, sites that have nothing to do with each other, and heaps of eight or seven. Sums of
    // squares are exact, so that ties are.
    const VoxelSize size{1.f + static_cast<float>(below(2)), 1, 1.f + static_cast<float>(below(3))};
    const u32 edge = round % 3 == 1 ? 4 : 10 + below(300);
    std::vector<Voxel> sites(1 + below(round % 4 ? 60 : 2000));
    Voxel at{edge + below(edge), edge + below(edge), edge + below(edge)};
    NearestSites nearest(size);
    nearest.add({0, 0, 0});  // forgotten
    nearest.clear();
    for (u64 i = 0; i < sites.size(); i++) {
      if (round % 3 == 0 || (round % 3 == 1 && (i % 8 == 0 || i % 16 == 15)))
        at = {below(2 * edge), below(2 * edge), below(2 * edge)};
      sites[i] = at;
      nearest.add(at);
      if (round % 3 == 2) at = {at.x + below(3) - 1, at.y + below(3) - 1, at.z + below(2)};
    }
    nearest.finish();
    if (nearest.size() != sites.size()) return 1;
    for (int question = 0; question < 40; question++) {
      const Voxel first{below(3 * edge), below(3 * edge), below(3 * edge)};
      const u32 lanes = 1 + below((1u << kLanes) - 1);
      const auto [site, distance] = nearest.ask(first, lanes);
      for (u32 lane = 0; lane < kLanes; lane++) {
        if (!(lanes >> lane & 1)) continue;
        const Voxel v{first.x + lane, first.y, first.z};
        u64 best = 0, as_near = 0;
        auto squared = [&](u64 i) { return squared_distance(v, sites[i], size); };
        for (u64 i = 1; i < sites.size(); i++)
          if (squared(i) < squared(best)) best = i;
        for (u64 i = 0; i < sites.size(); i++) as_near += squared(i) == squared(best);
        if (static_cast<u64>(site[lane]) != best) return 2;
        if (distance[lane] != std::sqrt(squared(best))) return 3;
        ties += as_near > 1;
        compared++;
      }
      // Whatever is nearest to a voxel near a place is among the candidates.
      const u32 reach = below(edge);
      std::vector<bool> candidate(sites.size());
      const float apart = nearest.for_each_candidate(
          {static_cast<float>(first.x), static_cast<float>(first.y), static_cast<float>(first.z)},
          size.x * static_cast<float>(reach), [&](u64 i) { candidate[i] = true; });
      for (u32 x : {first.x - std::min(first.x, reach), first.x, first.x + reach}) {
        const Voxel v{x, first.y, first.z};
        float least = squared_distance(v, sites[0], size);
        for (const Voxel& s : sites) least = std::min(least, squared_distance(v, s, size));
        for (u64 i = 0; i < sites.size(); i++)
          if (squared_distance(v, sites[i], size) == least && !candidate[i]) return 5;
        if (x == first.x && std::abs(apart - std::sqrt(least)) > 1e-5f * apart) return 6;
      }
    }
  }
  if (!ties || ties == compared) return 4;
  std::printf("%llu\n", static_cast<unsigned long long>(compared));
}
