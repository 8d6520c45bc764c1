// Distance from the root (DAF): exact geodesic distances inside one component, over 26 neighbours
// with physical step lengths. Buckets one shortest step wide need no order inside: whatever a
// bucket's voxel reaches lies in a later one (Denardo and Fox 1979), so that threads may share a
// bucket. Most of the 26 steps are pruned by the direction a voxel was reached from
// (neighbors.hpp), but not next to forbidden ones.
#pragma once

#include "order.hpp"
#include "rounds.hpp"

namespace kimimaro {

// By distance.
template <class Address>
using Seed = Keyed<Address, float>;

template <class Address>
class Geodesic {
 public:
  explicit Geodesic(const Steps& steps) : steps_(steps) {
    const u64 most = steps.longest >> steps.shortest_bits;
    hands_.push_back(std::make_unique<Hand>(std::bit_ceil(most + 3)));
    for (u32 length : steps.length)
      if (length)
        for (u64 whole = length >> steps.shortest_bits; u64 ahead : {whole, whole + 1})
          if (std::find(ahead_.begin(), ahead_.end(), ahead) == ahead_.end())
            ahead_.push_back(ahead);
  }

  static constexpr u32 kUnreached = ~u32{0};

  // Makes every voxel unreached; those who attend the rounds take part.
  void forget(Block<Address>& block, Rounds& rounds) const {
    constexpr u64 kPiece = u64{1} << 18;
    u32* const records = block.record.data();
    rounds.for_each_stretch(block.voxels, kPiece, [&](u64 from, u64 to) {
      std::fill(records + from, records + to, kUnreached);
    });
  }

  // Leaves the distance from the nearest seed, as a float, in the record of every voxel that is
  // unreached, and returns the farthest of these, or a seed if there are none; fills order with
  // them, if given. Those who attend the rounds, if given, take part.
  Address measure(Block<Address>& block, Pile<Seed<Address>> seeds, Order<Address>* order,
                  Rounds* rounds, Control& control) {
    while (rounds && hands_.size() < rounds->lanes())
      hands_.push_back(std::make_unique<Hand>(hands_[0]->buckets.size()));
    return measure(block, std::move(seeds), order, rounds, control, kNoVisit);
  }

  // The same alone, and calls visit(address, index, direction) for each once its distance is
  // final, after the voxel that it was reached from by a step in that direction; kCentre for a
  // seed.
  template <class Visit>
  void measure(Block<Address>& block, Pile<Seed<Address>> seeds, Control& control, Visit&& visit) {
    measure(block, std::move(seeds), nullptr, nullptr, control, visit);
  }

 private:
  // While a voxel is queued its record is its distance in units beyond base_, plus kQueued: larger
  // than that of any settled voxel, a float, and smaller than that of an unreached one. All queued
  // distances are within a quarter of kQueued, see Steps.
  static constexpr u32 kQueued = 0x8000'0000u, kRebase = kQueued / 2;

  struct Entry {
    Address address, index;
    u32 distance;   // as in its record
    u32 direction;  // that it was reached by
  };
  static constexpr u64 kBatch = 32;
  static constexpr u64 kShare = 1024;  // entries of a bucket
  static constexpr u64 kWide = 512;    // entries of a bucket
  static constexpr u64 kMostBins = u64{1} << 13;
  static constexpr auto kNoVisit = [](Address, Address, u32) {};

  // What one thread writes to.
  struct Hand {
    explicit Hand(u64 ring) : buckets(ring) {}
    Pile<Entry>& at(u64 bucket) { return buckets[bucket & (buckets.size() - 1)]; }

    std::vector<Pile<Entry>> buckets;
    u64 queued = 0;                        // so far
    Pile<Settled<Address>> settled, last;  // of the bucket in work, of the last one before it
    u64 place = 0;                         // in the order, of what was settled
    u32 unused = 0;
    Entry touches[2][kBatch * kDirections];
    // Of gather().
    Pile<Entry> scratch;
    std::vector<u32> counts;
  };

  // Inlined, it takes 1.05 times as long.
  template <class Visit>
  [[gnu::noinline]] Address measure(Block<Address>& block, Pile<Seed<Address>> seeds,
                                    Order<Address>* order, Rounds* rounds, Control& control,
                                    Visit&& visit) {
    // Seeds farther off than the ring is long wait, by their buckets, for their turn.
    sort(seeds);
    for (auto& hand : hands_) {
      hand->queued = 0;
      hand->last.clear();
    }
    base_ = 0;
    const u32 full = neighbors_within(block.grid.lo, block.grid.hi);
    if (full != std::exchange(full_, full))
      for (u32 i = 0; i < kDirections; i++) inner_[i] = steps_.needed(i, full, full);
    if (order) order->enter(block.voxels, steps_.shortest_bits);
    Hand& own = *hands_[0];
    u64 waiting = 0, emptied = 0;
    auto queued = [&] {
      u64 count = 0;
      for (auto& hand : hands_) count += hand->queued;
      return count;
    };
    for (u64 bucket = 0; waiting < seeds.size() || emptied < queued(); bucket++) {
      if ((bucket << steps_.shortest_bits) - base_ >= kRebase) rebase(block);
      for (; waiting < seeds.size(); waiting++) {
        const auto [address, distance] = seeds[waiting];
        const u64 units = units_of(distance);
        if (units >> steps_.shortest_bits > bucket) break;
        const Address index = static_cast<Address>(block.index(address));
        const u32 code = kQueued + static_cast<u32>(units - base_);
        if (code >= block.record[index]) continue;
        block.record[index] = code;
        own.at(bucket).push({address, index, code, kCentre});
        own.queued++;
      }
      u64 size = 0;
      for (auto& hand : hands_) size += hand->at(bucket).size();
      if (!size) continue;
      control.check();
      emptied += size;
      bucket_ = bucket;
      collect(order, rounds);
      if (is_shared(rounds, size)) {
        share(block, *rounds);
      } else {
        for (auto& hand : hands_) {
          gather(block, *hand);
          const Pile<Entry>& entries = hand->at(bucket);
          settle(block, own, {entries.begin(), entries.size()}, visit);
        }
      }
      for (auto& hand : hands_) hand->at(bucket).clear();
    }
    collect(order, rounds);
    const Address found = farthest(seeds[0].address);
    // A large object leaves long piles behind, and the search for paths is about to need memory,
    // which counts for a sparse one.
    if (!kBoxed<Address> || block.voxels > kLargeObject) release();
    return found;
  }

  u64 units_of(float distance) const { return static_cast<u64>(distance / steps_.unit + 0.5); }
  u64 bucket_of(float distance) const { return units_of(distance) >> steps_.shortest_bits; }

  // So that they are in the order of their buckets.
  void sort(Pile<Seed<Address>>& seeds) const {
    const auto [least, most] = std::minmax_element(seeds.begin(), seeds.end());
    const u64 first = bucket_of(least->key), buckets = bucket_of(most->key) - first + 1;
    if (buckets > kMostBins) return std::sort(seeds.begin(), seeds.end());
    Pile<Seed<Address>> scratch;
    std::vector<u32> counts;
    put_in_bins(seeds, scratch, counts, static_cast<u32>(buckets),
                [&](const Seed<Address>& s) { return static_cast<u32>(bucket_of(s.key) - first); });
  }

  // Takes kRebase off all queued distances: their new range does not overlap the old one.
  void rebase(Block<Address>& block) {
    base_ += kRebase;
    for (auto& hand : hands_) {
      for (Pile<Entry>& pile : hand->buckets) {
        for (Entry& e : pile) {
          u32& record = block.record[e.index];
          if (record == e.distance) record -= kRebase;
          e.distance -= kRebase;
        }
      }
    }
  }

  void release() {
    for (auto& hand : hands_) {
      for (Pile<Entry>& pile : hand->buckets) pile.release();
      hand->settled.release();
      hand->last.release();
      hand->scratch.release();
    }
  }

  // Whether work on so many voxels is worth a round.
  static bool is_shared(const Rounds* rounds, u64 voxels) {
    return rounds && rounds->attended() && voxels > 2 * kShare;
  }

  // Keeps what was settled in a bucket until there is a farther one.
  void collect(Order<Address>* order, Rounds* rounds) {
    u64 count = 0;
    for (auto& hand : hands_) count += hand->settled.size();
    if (!count) return;
    if (order) {
      u64 place = order->extend(count);
      for (auto& hand : hands_) {
        hand->place = place;
        place += hand->settled.size();
      }
      auto put = [&](Hand& hand) { order->put(hand.place, hand.settled); };
      if (is_shared(rounds, count)) {
        rounds->run([](u64) { return u64{1}; },
                    [&](u64 lane, u64, unsigned) { put(*hands_[lane]); });
      } else {
        for (auto& hand : hands_) put(*hand);
      }
      order->end_bucket();
    }
    for (auto& hand : hands_) {
      std::swap(hand->settled, hand->last);
      hand->settled.clear();
    }
  }

  // The farthest voxel, or the given one if none was reached.
  Address farthest(Address otherwise) const {
    const Settled<Address>* farthest = nullptr;
    for (auto& hand : hands_)
      for (const auto& settled : hand->last)
        if (!farthest || *farthest < settled) farthest = &settled;
    return farthest ? farthest->address : otherwise;
  }

  // Puts those of a large bucket together that are near each other in memory: a wide front keeps
  // the order in which it set out, which has nothing to do with where they are.
  void gather(const Block<Address>& block, Hand& hand) const {
    Pile<Entry>& entries = hand.at(bucket_);
    if (entries.size() <= kWide) return;
    const u32 bins = std::bit_ceil(static_cast<u32>(std::min(entries.size() / 16, kMostBins)));
    const int bits = static_cast<int>(std::bit_width(block.voxels) - std::bit_width(bins - 1));
    const int shift = std::max(bits, 0);
    put_in_bins(entries, hand.scratch, hand.counts, bins,
                [&](const Entry& e) { return static_cast<u32>(u64{e.index} >> shift); });
  }

  // Settles the bucket together with others.
  void share(Block<Address>& block, Rounds& rounds) {
    auto shares = [&](u64 lane) {
      return (hands_[lane]->at(bucket_).size() + kShare - 1) / kShare;
    };
    auto entries = [&](u64 lane, u64 share) {
      Pile<Entry>& all = hands_[lane]->at(bucket_);
      const u64 first = share * kShare;
      return std::span<const Entry>(all.begin() + first, std::min(kShare, all.size() - first));
    };
    rounds.run([](u64) { return u64{1}; },
               [&](u64 lane, u64, unsigned) { gather(block, *hands_[lane]); });
    rounds.run(shares, [&](u64 lane, u64 share, unsigned) { check(block, entries(lane, share)); });
    rounds.run(shares, [&](u64 lane, u64 share, unsigned seat) {
      settle(block, *hands_[seat], entries(lane, share), kNoVisit);
    });
  }

  // Of threads that lowered a record at the same time the last one has won: now the least does.
  void check(Block<Address>& block, std::span<const Entry> entries) const {
    for (u64 i = 0; i < entries.size(); i++) {
      if (i + kBatch < entries.size()) prefetch(&block.record[entries[i + kBatch].index]);
      u32& record = block.record[entries[i].index];
      u32 known = peek(record);
      while (entries[i].distance < known &&
             !__atomic_compare_exchange_n(&record, &known, entries[i].distance, true,
                                          __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
      }
    }
  }

  // Relaxes voxels of the bucket in batches: which neighbours a batch needs is listed, and their
  // records are fetched, while the batch before it is relaxed.
  template <class Visit>
  void settle(Block<Address>& block, Hand& hand, std::span<const Entry> entries, Visit&& visit) {
    const u32 bits = steps_.shortest_bits;
    const u32 start = kQueued + static_cast<u32>((bucket_ << bits) - base_);
    Pile<Entry>* const ring = hand.buckets.data();
    u32* const records = block.record.data();
    const u64 last = hand.buckets.size() - 1;
    u64 queued = 0;
    u64 listed = list(block, hand, entries, 0, hand.touches[0], visit);
    for (u64 from = 0, turn = 0; from < entries.size(); from += kBatch, turn ^= 1) {
      const u64 count = listed;
      if (from + kBatch < entries.size())
        listed = list(block, hand, entries, from + kBatch, hand.touches[turn ^ 1], visit);
      // Nothing is added to the bucket itself, which is being read.
      for (u64 ahead : ahead_) ring[(bucket_ + ahead) & last].ensure(count);
      const Entry* const touches = hand.touches[turn];
      for (u64 t = 0; t < count; t++) {
        Entry touch = touches[t];
        const u64 to = (bucket_ + (touch.distance >> bits)) & last;
        touch.distance += start;
        // Only a record that gets nearer is written to: another thread may be writing to others.
        u32& record = records[touch.index];
        const u32 fresh = touch.distance < peek(record);
        put(fresh ? record : hand.unused, touch.distance);
        ring[to].push_if(fresh, touch);
        queued += fresh;
      }
    }
    hand.queued += queued;
  }

  // Settles up to a batch of entries and lists the neighbours they must relax, with their
  // distances from where the bucket begins.
  template <class Visit>
  u64 list(Block<Address>& block, Hand& hand, std::span<const Entry> entries, u64 from,
           Entry* touches, Visit&& visit) {
    const u64 size = std::min(kBatch, entries.size() - from);
    const u64 ahead = std::min(kBatch, entries.size() - from - size);
    const Entry* entry = entries.data() + from;
    for (u64 i = size; i < size + ahead; i++) {
      prefetch(&block.record[entry[i].index]);
      block.component.prefetch_window(block.grid, entry[i].address);
    }
    const u64 units = bucket_ << steps_.shortest_bits;
    const u32 start = kQueued + static_cast<u32>(units - base_);
    const float unit = static_cast<float>(steps_.unit);
    Ways<kBatch> ways;
    u64 count = 0;
    std::array<typename Grid<Address>::Place, kBatch> places;
    const auto& guide = block.grid.guide();
    const Bits::Windows windows = block.component.windows();
    u32* const records = block.record.data();
    hand.settled.ensure(size);
    Settled<Address>* settled = hand.settled.end();
    for (u64 i = 0; i < size; i++) {
      const Entry& e = entry[i];
      u32& record = records[e.index];
      if (peek(record) != e.distance) continue;  // reached nearer
      const u32 beyond = e.distance - start;
      const float distance = static_cast<float>(units + beyond) * unit;
      put(record, std::bit_cast<u32>(distance));
      *settled++ = {e.address, beyond};
      visit(e.address, e.index, e.direction);
      const auto around = guide.around(e.address);
      places[i] = around.place();
      count = ways.add(steps_needed(block, e, windows.of(around) & kNeighbors), i, count);
    }
    hand.settled.resize(static_cast<u64>(settled - hand.settled.begin()));
    const auto indices = block.indices();
    for (u64 t = 0; t < count; t++) {
      const u8 i = ways.voxel(t), j = ways.direction(t);
      const Address a = static_cast<Address>(block.grid.beside(places[i], j));
      indices.prefetch(a);
      touches[t] = {a, Address{}, entry[i].distance - start + steps_.length[j], j};
    }
    block.look_up(touches, count);
    return count;
  }

  // The directions that a voxel must relax. What is pruned relies on steps that begin where it was
  // reached from, and on detours around it, which must not be forbidden.
  u32 steps_needed(const Block<Address>& block, const Entry& e, u32 window) const {
    if constexpr (kBoxed<Address>)
      if (block.barred.any()) [[unlikely]]
        if (block.barred.near(e.address)) return steps_needed_near(block, e, window);
    if (window == full_) return inner_[e.direction];
    return steps_.needed(e.direction, window, window);
  }
  // The same near forbidden steps.
  [[gnu::noinline]] u32 steps_needed_near(const Block<Address>& block, const Entry& e,
                                          u32 window) const {
    window = block.barred.passable(e.address, window);
    const u32 detours = window & ~block.barred.tangled(block.grid, e.address, window);
    const u32 hidden =
        window & block.barred.hidden(block.grid, e.address, kDirections - 1 - e.direction);
    if (detours == full_) return inner_[e.direction];
    return steps_.needed(e.direction, window, detours) | hidden;
  }

  const Steps& steps_;
  std::vector<u64> ahead_;  // the buckets that steps lead to, counted from the one they begin in
  std::vector<std::unique_ptr<Hand>> hands_;  // by seat; the first one is the caller's
  u32 full_ = 0;                              // the neighbours that a voxel of the object can have
  std::array<u32, kDirections> inner_{};      // directions to relax where it has them all
  u64 bucket_ = 0, base_ = 0;
};

}  // namespace kimimaro
