// The steps of a path search from voxels whose turn it is to what it has not touched yet.
#pragma once

#include "block.hpp"
#include "queue.hpp"

namespace kimimaro {

// By the fraction of a bucket that its key is beyond where its own begins.
template <class Address>
using Queued = Keyed<Address, float>;

template <class Address>
struct Touch {
  Address address, index;
  float fraction;  // of the voxel that the step begins at
  u32 direction;
};

template <class Address>
class Touches {
 public:
  void clear() { touches_.clear(); }
  std::span<const Touch<Address>> all() const { return {touches_.begin(), touches_.size()}; }

  // Adds the steps from these voxels to available ones, and fetches the records of those.
  void add(const Block<Address>& block, const Bits& available,
           std::span<const Queued<Address>> voxels) {
    for (u64 i = 0; i < voxels.size(); i += kBatch) {
      const u64 next = std::min<u64>(i + kBatch, voxels.size());
      for (u64 ahead = next; ahead < std::min<u64>(next + kBatch, voxels.size()); ahead++)
        available.prefetch_window(block.grid, voxels[ahead].address);
      add_batch(block, available, voxels.subspan(i, next - i));
    }
  }

  // Takes what they lead to. Of the steps to one voxel that from the first one stays.
  void take(Bits& available) {
    Touch<Address>* const touches = touches_.begin();
    u32* const slots = slots_.data();
    u8* const bytes = available.bytes();
    Touch<Address> unused;
    u64 count = 0;
    for (u64 t = 0, listed = touches_.size(); t < listed; t++) {
      const Touch<Address> touch = touches[t];
      u32& slot = slots[(touch.address ^ touch.address >> kSlotBits) % kSlots];
      const u32 fresh = Bits::take_from(bytes, touch.address);
      u64 at = fresh ? count : slot;
      if (!fresh && (at >= count || touches[at].address != touch.address)) [[unlikely]]
        for (at = 0; touches[at].address != touch.address;) at++;
      const Touch<Address> other = touches[at];
      // Of two that are level the one from the lower address, whose direction is the higher.
      const bool level = touch.fraction == other.fraction;
      const bool sooner =
          (touch.fraction < other.fraction) | (level & (touch.direction > other.direction));
      ((fresh | sooner) ? touches[at] : unused) = touch;
      slot = static_cast<u32>(at);
      count += fresh;
    }
    touches_.resize(count);
  }
  void give_back(Bits& available) const {
    for (const Touch<Address>& touch : touches_) available.set(touch.address);
  }

 private:
  static constexpr u64 kBatch = 32;
  static constexpr u32 kSlotBits = 10, kSlots = 1 << kSlotBits;

  void add_batch(const Block<Address>& block, const Bits& available,
                 std::span<const Queued<Address>> voxels) {
    Ways<kBatch> ways;
    u64 count = 0;
    std::array<typename Grid<Address>::Place, kBatch> places;
    const auto& guide = block.grid.guide();
    const Bits::Windows windows = available.windows();
    const bool barred = block.barred.any();
    for (u64 i = 0; i < voxels.size(); i++) {
      const Address a = voxels[i].address;
      const auto around = guide.around(a);
      u32 window = windows.of(around);
      if (barred) [[unlikely]]
        window = block.barred.passable(a, window);
      places[i] = around.place();
      count = ways.add(window, i, count);
    }
    touches_.ensure(count);
    Touch<Address>* const touches = touches_.end();
    const auto indices = block.indices();
    for (u64 t = 0; t < count; t++) {
      const u8 i = ways.voxel(t), j = ways.direction(t);
      const Address a = static_cast<Address>(block.grid.beside(places[i], j));
      indices.prefetch(a);
      touches[t] = {a, Address{}, voxels[i].key, j};
    }
    block.look_up(touches, count);
    touches_.resize(touches_.size() + count);
  }

  Pile<Touch<Address>> touches_;
  // Where a voxel was last among them, by the last bits of its address.
  std::array<u32, kSlots> slots_{};
};

}  // namespace kimimaro
