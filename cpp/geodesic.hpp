// Distance from the root (DAF): exact geodesic distances inside one component, over 26 neighbours
// with physical step lengths. Buckets one shortest step wide need no order inside: whatever a
// bucket's voxel reaches lies in a later one (Denardo and Fox 1979). Most of the 26 steps are
// pruned by the direction a voxel was reached from (neighbors.hpp), but not next to forbidden ones.
#pragma once

#include "block.hpp"
#include "queue.hpp"

namespace kimimaro {

template <class Address>
struct Seed {
  Address address;
  float distance;
};

template <class Address>
class Geodesic {
 public:
  explicit Geodesic(const Steps& steps)
      : steps_(steps),
        buckets_(std::bit_ceil(static_cast<u64>(steps.longest / steps.shortest) + 3)) {}

  static constexpr u32 kUnreached = 0x7f80'0000u;  // infinity

  struct Measured {
    Address farthest;
    u64 voxels;
  };

  // Makes every voxel unreached.
  void forget(Block<Address>& block) const {
    std::fill_n(block.record.data(), block.voxels, kUnreached);
  }

  // Leaves the distance from the nearest seed in the record of every voxel that has none nearer
  // yet, and returns the farthest of these and how many they are. Fills order with them, nearest
  // first, if given. Calls visit(address, index, direction) for each once its distance is final,
  // after the voxel that it was reached from by a step in that direction; kCentre for a seed.
  template <class Visit>
  Measured measure(Block<Address>& block, std::vector<Seed<Address>> seeds, Buffer<Address>* order,
                   Control& control, Visit&& visit) {
    const float per_width = 1 / steps_.shortest;
    // Seeds farther off than the ring is long wait, sorted, for their turn.
    std::sort(seeds.begin(), seeds.end(), [](const auto& a, const auto& b) {
      return a.distance != b.distance ? a.distance < b.distance : a.address < b.address;
    });
    u64 waiting = 0, pending = 0;
    Measured measured{seeds.front().address, 0};
    for (u64 bucket = 0; pending || waiting < seeds.size(); bucket++) {
      for (; waiting < seeds.size(); waiting++) {
        const Seed<Address>& seed = seeds[waiting];
        if (static_cast<u64>(seed.distance * per_width) > bucket) break;
        const u64 index = block.index(seed.address);
        if (!(seed.distance < std::bit_cast<float>(block.record[index]))) continue;
        block.record[index] = std::bit_cast<u32>(seed.distance);
        at(bucket).push({seed.address, static_cast<Address>(index), seed.distance, kCentre});
        pending++;
      }
      Pile<Entry>& entries = at(bucket);
      if (entries.empty()) continue;
      control.check();
      pending -= entries.size();
      settle(block, entries, bucket, per_width, pending, visit);
      entries.clear();
      if (settled_.empty()) continue;
      const auto nearer = [](const Settled& a, const Settled& b) {
        return a.distance < b.distance;
      };
      if (order) {
        bin_sort(
            settled_.data(), settled_.size(), sorted_, counts_,
            [&](const Settled& s) { return s.distance * per_width - static_cast<float>(bucket); },
            nearer);
        for (u64 i = 0; i < settled_.size(); i++)
          (*order)[measured.voxels + i] = settled_[i].address;
      }
      measured.farthest = std::max_element(settled_.begin(), settled_.end(), nearer)->address;
      measured.voxels += settled_.size();
      settled_.clear();
    }
    // A large object leaves long piles behind, and the search for paths is about to need memory.
    if (block.voxels > kLargeObject) release();
    return measured;
  }
  Measured measure(Block<Address>& block, std::vector<Seed<Address>> seeds, Buffer<Address>* order,
                   Control& control) {
    return measure(block, std::move(seeds), order, control, [](Address, Address, u32) {});
  }

 private:
  struct Entry {
    Address address, index;
    float distance;
    u32 direction;  // that it was reached by
  };
  struct Settled {
    Address address;
    float distance;
  };
  static constexpr u64 kBatch = 64;

  void release() {
    for (Pile<Entry>& pile : buckets_) pile.release();
    settled_.release();
    sorted_.release();
  }

  Pile<Entry>& at(u64 bucket) { return buckets_[bucket & (buckets_.size() - 1)]; }

  // Relaxes the bucket's voxels in batches: which neighbours a batch needs is listed, and their
  // records are fetched, while the batch before it is relaxed.
  template <class Visit>
  void settle(Block<Address>& block, Pile<Entry>& entries, u64 bucket, float per_width,
              u64& pending, Visit& visit) {
    const u64 size = entries.size();
    u64 listed = list(block, entries, 0, touches_[0], visit);
    for (u64 from = 0, turn = 0; from < size; from += kBatch, turn ^= 1) {
      const u64 count = listed;
      if (from + kBatch < size)
        listed = list(block, entries, from + kBatch, touches_[turn ^ 1], visit);
      for (Pile<Entry>& pile : buckets_) pile.ensure(count);
      for (u64 t = 0; t < count; t++) {
        const Entry& touch = touches_[turn][t];
        u32& record = block.record[touch.index];
        const float known = std::bit_cast<float>(record);
        const bool nearer = touch.distance < known;
        record = std::bit_cast<u32>(nearer ? touch.distance : known);
        // Rounding must not put it into the bucket that is being emptied.
        const u64 to = std::max(static_cast<u64>(touch.distance * per_width), bucket + 1);
        at(to).push_if(nearer, touch);
        pending += nearer;
      }
    }
  }

  // Settles up to a batch of entries and lists the neighbours they must relax.
  template <class Visit>
  u64 list(Block<Address>& block, Pile<Entry>& entries, u64 from, Entry* touches, Visit& visit) {
    const u64 size = std::min(kBatch, entries.size() - from);
    const u64 ahead = std::min(kBatch, entries.size() - from - size);
    const Entry* entry = entries.data() + from;
    for (u64 i = size; i < size + ahead; i++) {
      prefetch(&block.record[entry[i].index]);
      block.component.prefetch_window(block.grid, entry[i].address);
    }
    u64 count = 0;
    settled_.ensure(size);
    for (u64 i = 0; i < size; i++) {
      const Entry& e = entry[i];
      if (std::bit_cast<float>(block.record[e.index]) != e.distance) continue;  // reached nearer
      settled_.push_if(1, {e.address, e.distance});
      visit(e.address, e.index, e.direction);
      const u32 window = block.component.window(block.grid, e.address) & kNeighbors;
      u32 needed =
          window == kNeighbors ? steps_.interior[e.direction] : steps_.needed(e.direction, window);
      // What is pruned relies on detours around the voxel, which must not be forbidden.
      if (block.barred.any() && block.barred.near(e.address))
        needed = block.barred.passable(e.address, window);
      u8 directions[32];
      const u32 neighbors = set_bits(needed, directions);
      for (u32 n = 0; n < neighbors; n++) {
        const u32 j = directions[n];
        const u64 a = e.address + static_cast<u64>(block.grid.step[j]);
        const u64 index = block.index(a);
        prefetch(&block.record[index]);
        touches[count++] = {static_cast<Address>(a), static_cast<Address>(index),
                            e.distance + steps_.length[j], j};
      }
    }
    return count;
  }

  const Steps& steps_;
  std::vector<Pile<Entry>> buckets_;
  Pile<Settled> settled_, sorted_;
  std::vector<u32> counts_;
  Entry touches_[2][kBatch * kDirections];
};

}  // namespace kimimaro
