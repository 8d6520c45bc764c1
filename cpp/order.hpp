// The voxels of an object by distance from its root, for those who look for the farthest one that
// is not explained. They come in buckets, the nearest first, and a bucket is sorted when somebody
// gets to it: by then most of its voxels are explained and need no place. Those of a sparse object
// are sorted at once, so that no distances must be kept.
#pragma once

#include "invalidate.hpp"

namespace kimimaro {

// By distance from where its bucket begins.
template <class Address>
using Settled = Keyed<Address, u32>;

template <class Address>
class Order {
 public:
  // Begins with an object of so many voxels, and buckets two to the power of bits wide. Of
  // distances that differ by less than 2^-16 of that none is the larger.
  void enter(u64 voxels, u32 bits) {
    dropped_ = bits - std::min(bits, 16u);
    voxels_.clear();
    voxels_.ensure(voxels);
    distances_.clear();
    if (kLazy) distances_.ensure(voxels);
    bucket_.clear();
    buckets_.clear();
  }

  // Makes room for so many voxels that are as far as the last ones, or farther; returns the place
  // of the first, which put() gets with them. Threads may put theirs at the same time.
  u64 extend(u64 count) {
    auto extend = [&](auto& pile) {
      pile.ensure(count);
      pile.resize(pile.size() + count);
      return pile.size() - count;
    };
    if (!kLazy) return extend(bucket_);
    extend(distances_);
    return extend(voxels_);
  }
  // Two threads that queued a voxel at the same time may have settled it at the same time; that it
  // stands here twice does no harm.
  void put(u64 place, const Pile<Settled<Address>>& settled) {
    if (!kLazy) {
      for (const auto& s : settled) bucket_[place++] = {s.address, s.key >> dropped_};
      return;
    }
    Address* voxel = voxels_.begin() + place;
    u16* distance = distances_.begin() + place;
    for (const auto& s : settled) {
      *voxel++ = s.address;
      *distance++ = static_cast<u16>(s.key >> dropped_);
    }
  }
  // What is added from now on is farther.
  void end_bucket() {
    if (kLazy) return buckets_.push_back(voxels_.size());
    sort_bucket();
    for (const auto& s : bucket_) voxels_.push(s.address);
    bucket_.clear();
  }

  // The place behind the farthest voxel.
  u64 end() const { return voxels_.size(); }

  // Goes back from a place to the next nearer voxel, maybe an explained one; false if there is
  // none. Whoever goes on from his own place finds the same voxels to explain.
  bool step_back(u64& place, Address& voxel, const Unexplained<Address>& unexplained) {
    while (!buckets_.empty() && place == buckets_.back()) place = sort_last(unexplained);
    if (place == 0) return false;
    voxel = voxels_[--place];
    return true;
  }

 private:
  static constexpr bool kLazy = kBoxed<Address>;

  // Sorts what is to explain of the farthest bucket that is not sorted, and returns where it ends.
  u64 sort_last(const Unexplained<Address>& unexplained) {
    const u64 end = buckets_.back();
    buckets_.pop_back();
    const u64 begin = buckets_.empty() ? 0 : buckets_.back();
    bucket_.clear();
    bucket_.ensure(end - begin);
    u64 explained = begin;
    for (u64 i = begin; i < end; i++) {
      const u32 has = unexplained.has(voxels_[i]);
      bucket_.push_if(has, {voxels_[i], distances_[i]});
      explained = has ? explained : i;
    }
    const Address dull = voxels_[explained];
    sort_bucket();
    for (u64 i = 0; i < bucket_.size(); i++) voxels_[begin + i] = bucket_[i].address;
    std::fill(voxels_.begin() + begin + bucket_.size(), voxels_.begin() + end, dull);
    return begin + bucket_.size();
  }

  void sort_bucket() {
    bin_sort(
        bucket_, sorted_, counts_,
        [](const Settled<Address>& s) { return static_cast<float>(s.key) * 0x1p-16f; },
        std::less<Settled<Address>>());
  }

  Pile<Address> voxels_;
  Pile<u16> distances_;       // of each
  std::vector<u64> buckets_;  // where those end that are not sorted
  u32 dropped_ = 0;           // bits of a distance
  Pile<Settled<Address>> bucket_, sorted_;
  std::vector<u32> counts_;
};

}  // namespace kimimaro
