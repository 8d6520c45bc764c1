// Compares the order in which voxels to explain are found with all of them sorted; built and run by
// test_checks.py.
#include <cstdio>

#include "../cpp/order.hpp"
#include "scene.hpp"

using namespace kimimaro;

namespace {

// Which check failed, or 0. Distances are in buckets two to the power of bits wide.
template <class Address>
int agrees(const Scene& scene, u32 bits, std::mt19937& random, u64& compared) {
  const Objects& objects = scene.objects;
  const Component& c = scene.largest();
  Block<Address> block;
  block.enter(objects, c);
  Unexplained<Address> unexplained;
  unexplained.enter(block, objects.size);
  std::vector<std::pair<u64, Address>> voxels;
  const u64 end = (u64{1} << bits) * (1 + random() % 20);
  const u64 dropped = u64{1} << (bits - std::min(bits, 16u));
  // Now and then many are level, or differ by less than is kept of them.
  const u64 step = random() % 2 ? u64{1} << (bits - 3) : dropped;
  for (const Run& run : objects.runs_of(c))
    for (u32 x = run.begin; x < run.end; x++)
      voxels.push_back({random() % end / step * step + random() % dropped,
                        static_cast<Address>(block.grid.address(objects.place(run, x)))});
  Order<Address> order;
  order.enter(block.voxels, bits);
  for (u64 bucket = 0; bucket << bits < end; bucket++) {
    // As two threads leave them. Empty buckets have no end.
    Pile<Settled<Address>> settled[2];
    for (const auto& [distance, address] : voxels)
      if (distance >> bits == bucket)
        settled[random() % 2].push({address, static_cast<u32>(distance & ((u64{1} << bits) - 1))});
    const u64 place = order.extend(settled[0].size() + settled[1].size());
    order.put(place + settled[0].size(), settled[1]);
    order.put(place, settled[0]);
    if (settled[0].size() + settled[1].size()) order.end_bucket();
  }
  if (order.end() != block.voxels) return 1;
  for (auto& [distance, address] : voxels) distance = distance / dropped * dropped;
  std::sort(voxels.begin(), voxels.end());
  // The next voxel to explain from a place on is the last of those before a limit, which it
  // becomes.
  auto finds = [&](u64& place, std::pair<u64, Address>& limit) {
    const auto after = std::lower_bound(voxels.begin(), voxels.end(), limit);
    Address found;
    do {
      if (!order.step_back(place, found, unexplained)) return after == voxels.begin();
    } while (!unexplained.has(found));
    if (after == voxels.begin() || after[-1].second != found) return false;
    limit = after[-1];
    compared++;
    return true;
  };
  u64 place = order.end(), ahead = place;
  std::pair<u64, Address> limit{~u64{0}, Address{}}, limit_ahead = limit;
  while (!voxels.empty()) {
    if (!finds(place, limit)) return 2;
    const Address target = limit.second;
    // Somebody else looks farther, from a place of his own.
    ahead = std::min(ahead, place);
    limit_ahead = std::min(limit_ahead, limit);
    for (u64 n = random() % 4; n; n--)
      if (!finds(ahead, limit_ahead)) return 3;
    // With the target some others are explained, now and then most of them.
    unexplained.take(target);
    for (u64 n = random() % 10 ? random() % 3 : voxels.size(); n; n--)
      unexplained.take(voxels[random() % voxels.size()].second);
    std::erase_if(voxels, [&](const auto& v) { return !unexplained.has(v.second); });
  }
  if (!finds(place, limit) || unexplained.count()) return 4;
  return 0;
}

}  // namespace

int main() {
  std::mt19937 random(1);
  u64 compared = 0;
  for (u32 round = 0; round < 60; round++) {
    const Scene scene({1 + random() % 40, 1 + random() % 20, 1 + random() % 10}, 0.6, random);
    const u32 bits = std::array{3u, 12u, 16u, 20u}[round % 4];
    int failed = agrees<u32>(scene, bits, random, compared);
    if (!failed) failed = agrees<Packed>(scene, bits, random, compared);
    if (failed) return failed;
  }
  std::printf("%llu\n", static_cast<unsigned long long>(compared));
}
