// Compares searches for paths with Dijkstra's algorithm on a plain queue, step by step: also where
// many keys are level, or fall into the bucket that is being emptied. Built and run by
// test_checks.py.
#include <cstdio>
#include <set>

#include "../cpp/rails.hpp"
#include "scene.hpp"

using namespace kimimaro;

namespace {

template <class Address>
struct Plain {
  const Block<Address>& block;
  std::vector<Address> rails;  // sorted

  struct Reached {
    Address address, from;
    u32 direction;
  };
  bool is_rail(Address a) const { return std::binary_search(rails.begin(), rails.end(), a); }

  // All that a search touches until it touches a rail, which is the last then.
  std::vector<Reached> search(Address target) const {
    std::vector<Reached> reached{{target, target, kCentre}};
    std::vector<bool> touched(block.voxels);
    touched[block.index(target)] = true;
    std::set<std::tuple<u64, float, Address>> queue{{0, 0.f, target}};
    while (!queue.empty()) {
      const auto [bucket, fraction, a] = *queue.begin();
      queue.erase(queue.begin());
      for (u32 window = block.component.window(block.grid, a); window; window &= window - 1) {
        const u32 j = static_cast<u32>(std::countr_zero(window));
        const Address beside = static_cast<Address>(block.grid.beside(a, j));
        const u64 index = block.index(beside);
        if (touched[index]) continue;
        touched[index] = true;
        reached.push_back({beside, a, j});
        if (is_rail(beside)) return reached;
        const float key = fraction + std::bit_cast<float>(block.record[index] & ~31u);
        const u64 ahead = static_cast<u64>(key);
        queue.insert({bucket + ahead, key - static_cast<float>(ahead), beside});
      }
    }
    return reached;
  }
  std::vector<Address> path(Address target) const {
    if (is_rail(target)) return {target};
    const auto reached = search(target);
    std::vector<Address> path;
    Address next = reached.back().address;
    for (auto at = reached.rbegin(); at != reached.rend(); ++at) {
      if (at->address != next) continue;
      path.push_back(next);
      next = at->from;
    }
    return path;
  }
};

template <class Address>
int agrees(const Scene& scene, auto&& penalty, std::mt19937& random, u64& compared, u64& outdated) {
  const Component& c = scene.largest();
  Control control;
  Block<Address> block;
  block.enter(scene.objects, c);
  std::vector<Address> voxels;
  for (const Run& run : scene.objects.runs_of(c))
    for (u32 x = run.begin; x < run.end; x++)
      voxels.push_back(static_cast<Address>(block.grid.address(block.place(run, x))));
  for (u64 i = 0; i < block.voxels; i++)
    block.record[i] = std::bit_cast<u32>(static_cast<float>(penalty())) & ~31u;
  auto any = [&] { return voxels[random() % voxels.size()]; };
  auto same = [&](Pile<Address>& path, const std::vector<Address>& expected) {
    compared += expected.size();
    return std::equal(path.begin(), path.end(), expected.begin(), expected.end());
  };

  RailSearch<Address> search, other;
  search.enter(block);
  Pile<Address> path;
  const Address root = any();
  Plain<Address> plain{block, {}};
  // Before there are rails, which cost nothing.
  search.grow_tree(block, root, control);
  for (const auto& reached : plain.search(root)) {
    const u32 direction = block.record[block.index(reached.address)] & 31;
    if (direction != reached.direction && reached.address != root) return 1;
  }
  Address target = any();
  std::vector<Trail<Address>> trails(3);
  std::vector<Address> targets;
  plain.rails = {root};
  u32& record = block.record[block.index(root)];
  record = Block<Address>::kRail;
  if (target != root) {
    search.find_first(block, target, root, other, path, control);
    if (!same(path, plain.path(target))) return 2;
  }
  // Bounds of half of the objects, from the first voxels on.
  Bounds<Address> bounds;
  Rounds alone(1);
  bounds.enter(block, root, alone, control,
               {random() % 2 ? 0 : block.voxels + 1, 0, random() % 20});
  for (auto& trail : trails) {
    do targets.push_back(any());
    while (targets.back() == root);
    auto unwanted = [] { return false; };
    if (!search.scout(block, bounds, targets.back(), trail, ~u64{0}, unwanted, control)) return 3;
  }
  // Rails here and there, or some that touch each other.
  Bits rails;
  rails.reserve(block.grid);
  for (u32 n = random() % 30, step = random() % 2; n > 0; n--)
    plain.rails.push_back(step ? voxels[std::min<u64>(voxels.size() - 1, 100 + n)] : any());
  std::sort(plain.rails.begin(), plain.rails.end());
  for (Address a : plain.rails) {
    rails.set(a);
    block.record[block.index(a)] |= Block<Address>::kRail;
    bounds.draw({&a, 1});
  }
  for (u64 i = 0; i < trails.size(); i++) {
    if (!follow_trail(trails[i], block.grid, rails, path)) return 4;
    if (!is_cheapest(path, trails[i], block, bounds, control)) {
      outdated++;
      continue;
    }
    if (!same(path, plain.path(targets.end()[static_cast<i64>(i) - 3]))) return 5;
  }
  for (int n = 0; n < 5; n++) {
    target = any();
    search.find(block, bounds, target, path, control);
    if (!same(path, plain.path(target))) return 6;
  }
  search.leave(block);
  return 0;
}

}  // namespace

int main() {
  std::mt19937 random(1);
  auto share = [&] { return std::uniform_real_distribution<double>()(random); };
  const std::vector<double> few{0.25, 1, 2.5, 300};
  u64 compared = 0, outdated = 0;
  for (int round = 0; round < 60; round++) {
    Shape shape{5 + random() % 30, 5 + random() % 20, 1 + random() % 12};
    // Flat ones with all keys level fill buckets of thousands, wide ones have a middle.
    if (round % 6 == 0) shape = {60, 60, 6};
    const bool wide = round % 6 == 3;
    if (wide) shape = {60, 40, 30};
    const Scene scene(shape, round % 3 ? 0.4 + 0.5 * share() : 1, random);
    auto penalty = [&]() -> double {
      if (wide) return round % 4 == 1 ? 100 : 100 + 20 * share();
      switch (round % 5) {
        case 0:
          return 3;
        case 1:
          return few[random() % few.size()];
        case 2:
          return share() * (kMostBuckets - 1);
        case 3:
          return 3 * share();
        default:
          return 0.01 * share();
      }
    };
    int failed = agrees<u32>(scene, penalty, random, compared, outdated);
    if (!failed) failed = agrees<u64>(scene, penalty, random, compared, outdated);
    if (!failed) failed = agrees<Packed>(scene, penalty, random, compared, outdated);
    if (failed) return failed;
  }
  if (!outdated) return 7;
  std::printf("%llu\n", static_cast<unsigned long long>(compared));
}
