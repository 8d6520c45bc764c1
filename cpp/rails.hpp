// Cheapest paths from a target to the nearest rail, that is to a voxel that is already drawn.
// Costs sit on voxels, so a voxel is final when it is first touched: each is queued once, nothing
// is ever decreased, and the search ends at the first rail it touches. Penalties come in units of
// a bucket; a queued key is kept as its bucket and the fraction within it, so that it never loses
// precision however long the path (cf. Dial 1969). A bucket is sorted only where a rail is touched,
// or what belongs into it turns up: else all that depends on the order of its voxels is which of
// two has a voxel that both touch. The first path, between two voxels, is searched from both ends
// (cf. Pohl 1971).
#pragma once

#include "touches.hpp"
#include "trail.hpp"

namespace kimimaro {

constexpr u64 kPathBuckets = 512;
// The largest penalty, in buckets: a push reaches less than the whole ring ahead.
constexpr float kMostBuckets = kPathBuckets - 2;

template <class Address>
class RailSearch {
 public:
  // Makes every voxel of the block available.
  void enter(const Block<Address>& block) {
    available_.reserve(block.grid);
    block.copy_rows(block.component, available_);
    // Beyond so many touched voxels it is quicker to copy all rows than to restore each.
    most_touched_ = 16 + block.words_of_rows();
    touched_.reserve(most_touched_);
  }
  void leave(const Block<Address>& block) {
    block.clear_rows(available_);
    if (block.voxels > kLargeObject) {
      ring_.release();
      beyond_ = {};
    }
  }

  // Fills path with the addresses from a rail to the target, both included; a target that is a
  // rail itself is the whole path. No voxel is left out that a cheapest path leads through.
  void find(Block<Address>& block, Bounds<Address>& bounds, Address target, Pile<Address>& path,
            Control& control) {
    if (!start_from(block, target, path)) return;
    spread(block, InRecord{*this}, bounds, nullptr, [] { return false; }, control);
    follow(block, target, path);
  }

  // The same while the root is the only rail. Another search spreads from there, in turn with this
  // one, and tells how far it is from a voxel to the root; when the two have met, this one goes on
  // along the cheapest paths only. Nothing of these is reached otherwise than in find().
  void find_first(Block<Address>& block, Address target, Address root, RailSearch& other,
                  Pile<Address>& path, Control& control) {
    if (!start_from(block, target, path)) return;
    other.enter(block);
    other.beyond_.reserve(block.voxels);
    other.begin(root);
    double most = std::numeric_limits<double>::infinity();  // that the path may cost
    while (!found_ && ring_.next(bucket_)) {
      control.check();
      // Then the other one has touched what this one has yet to reach of the cheapest paths.
      const bool met = static_cast<double>(bucket_ + other.bucket_) > most;
      if (!met && other.waiting() < waiting() && other.ring_.next(other.bucket_)) {
        other.drain();
        other.spread_bucket(block, FromRoot{other});
      } else {
        drain();
        if (met)
          turn_.drop_if([&](const Entry& e) {
            return other.available_.has(e.address) ||
                   static_cast<double>(bucket_) + double{other.beyond_[block.index(e.address)]} >
                       most;
          });
        spread_bucket(block, ToRoot{{*this}, other, most});
      }
    }
    other.forget();
    other.leave(block);
    follow(block, target, path);
  }

  // The same search, which leaves a trail instead and changes no record, so that others may search
  // or draw at the same time. Ends without a rail, and returns false, if the trail grows too long
  // or unwanted() says so.
  template <class Unwanted>
  bool scout(Block<Address>& block, Bounds<Address>& bounds, Address target, Trail<Address>& trail,
             u64 longest, Unwanted&& unwanted, Control& control) {
    trail.clear();
    trail.push({target, kCentre, 0, false});
    begin(target);
    try {
      auto end = [&] { return trail.size() > longest || unwanted(); };
      spread(block, OnTrail{trail}, bounds, &trail.left_out, end, control);
    } catch (...) {
      restore(trail);
      throw;
    }
    restore(trail);
    return found_;
  }

  // Leaves in every record the direction it is cheapest reached by from the root.
  void grow_tree(Block<Address>& block, Address root, Control& control) {
    u32& record = block.record[block.index(root)];
    const u32 rail = record;
    record = kCentre;
    begin(root);
    touched_[count_++] = root;
    spread(block, InRecord{*this}, [&] { return control.check(), false; });
    block.record[block.index(root)] = rail;
    restore(block);
  }

  // Follows that tree from the target to the first rail.
  void follow_tree(const Block<Address>& block, Address target, Pile<Address>& path) const {
    path.clear();
    for (Address a = target;;) {
      path.push(a);
      const u32 record = block.record[block.index(a)];
      if (record & Block<Address>::kRail) break;
      a = static_cast<Address>(block.grid.back(a, record & 31u));
    }
    std::reverse(path.begin(), path.end());
  }

 private:
  using Entry = Queued<Address>;
  using Touch = kimimaro::Touch<Address>;
  static constexpr u64 kTogether = 512;  // entries at most, as a rule

  // Where the direction goes that a voxel is touched from, and, if it is no rail, the buckets that
  // it is touched from and queued in. remember() gets all that was touched at one time, in order or
  // in any.
  struct InRecord {
    RailSearch& search;
    void note(const Touch& t, u32& record, u32 old) { put(record, (old & ~31u) | t.direction); }
    void queue(const Touch&, u64, u64) {}
    void remember(std::span<const Touch> touches, bool) { search.remember(touches); }
  };
  struct OnTrail {
    Trail<Address>& trail;
    void note(const Touch&, u32&, u32) {}
    void queue(const Touch&, u64, u64) {}
    void remember(std::span<const Touch> touches, bool in_order) {
      trail.ensure(touches.size());
      Touched<Address>* to = trail.end();
      bool together = false;
      for (const Touch& t : touches) {
        // Exact, as a key of at least 1 has no smaller part; what comes in order needs none.
        const u32 fraction = static_cast<u32>(t.fraction * 0x1p23f);
        *to++ = {t.address, t.direction, fraction, together};
        together = !in_order;
      }
      trail.resize(trail.size() + touches.size());
    }
  };
  // What is left to pay beyond a voxel on the way to the root.
  struct FromRoot {
    RailSearch& search;
    void note(const Touch&, u32&, u32) {}
    void remember(std::span<const Touch> touches, bool) { search.count_ += touches.size(); }
    void queue(const Touch& t, u64 from, u64) {
      search.beyond_[t.index] = static_cast<float>(from);
    }
  };
  // What a path costs at most that leads through a voxel which the other search has touched.
  struct ToRoot : InRecord {
    const RailSearch& other;
    double& most;
    void queue(const Touch& t, u64, u64 to) {
      if (other.available_.has(t.address)) [[likely]]
        return;
      most = std::min(most, surely(static_cast<double>(to) + double{other.beyond_[t.index]}));
    }
  };

  // Begins at a target; one that is a rail is the whole path, and there is nothing to search.
  bool start_from(Block<Address>& block, Address target, Pile<Address>& path) {
    path.clear();
    u32& record = block.record[block.index(target)];
    if (record & Block<Address>::kRail) {
      path.push(target);
      return false;
    }
    put(record, (record & ~31u) | kCentre);
    begin(target);
    touched_[count_++] = target;
    return true;
  }
  void begin(Address start) {
    found_ = false;
    count_ = drained_ = bucket_ = 0;
    available_.clear(start);
    ring_.push(0, {start, 0.f});
  }

  // The path back from the rail that was touched.
  void follow(const Block<Address>& block, Address target, Pile<Address>& path) {
    if (!found_) throw std::logic_error("a target has no way to the root");
    for (Address a = rail_;;) {
      path.push(a);
      const u32 j = block.record[block.index(a)] & 31u;
      if (j == kCentre || a == target) break;
      a = static_cast<Address>(block.grid.back(a, j));
    }
    restore(block);
  }

  void remember(std::span<const Touch> touches) {
    const u64 before = count_;
    count_ += touches.size();
    if (count_ > most_touched_) return;
    Address* const to = touched_.data() + before;
    for (u64 t = 0; t < touches.size(); t++) to[t] = touches[t].address;
  }

  void forget() {
    ring_.clear();
    soon_.clear();
  }
  void restore(const Block<Address>& block) {
    forget();
    if (count_ > most_touched_) {
      block.copy_rows(block.component, available_);
    } else {
      for (u64 i = 0; i < count_; i++) available_.set(touched_[i]);
    }
  }

  void restore(Trail<Address>& trail) {
    forget();
    for (const auto& touched : trail) available_.set(touched.address);
  }

  // Asks end() now and then whether to go on.
  template <class Notes, class End>
  void spread(Block<Address>& block, Notes notes, End&& end) {
    while (!found_ && ring_.next(bucket_)) {
      if (end()) break;
      drain();
      spread_bucket(block, notes);
    }
  }
  // The same, without what the bounds say is on no cheapest path, once they are worth it.
  template <class Notes, class End>
  void spread(Block<Address>& block, Notes notes, Bounds<Address>& bounds,
              Pile<LeftOut<Address>>* left_out, End&& end, Control& control) {
    const u64 most = bounds.needed_from();
    spread(block, notes, [&] {
      control.check();
      return drained_ > most || end();
    });
    if (found_ || drained_ <= most) return;
    bounds.update(control);
    Limit<Address> limit{bounds, left_out};
    while (!found_ && ring_.next(bucket_) && !end()) {
      control.check();
      drain();
      limit.apply(turn_, bucket_);
      spread_bucket(block, notes);
    }
  }

  void drain() {
    ring_.drain(bucket_, turn_);
    drained_ += turn_.size();
  }
  // How wide the front is, which says how many voxels will be touched next.
  u64 waiting() const { return count_ - drained_; }

  template <class Notes>
  void spread_bucket(Block<Address>& block, Notes notes) {
    // A large one in parts, one after the other.
    const u32 parts = std::bit_ceil(static_cast<u32>(turn_.size() / kTogether + 1));
    if (parts > 1)
      put_in_bins(turn_, scratch_, ends_, parts, [&](const Entry& e) {
        return static_cast<u32>(e.key * static_cast<float>(parts));
      });
    for (u64 part = 0, from = 0; part < parts; part++) {
      const u64 to = parts > 1 ? ends_[part] : turn_.size();
      if (!spread_together(block, from, to, notes)) return spread_in_order(block, from, notes);
      from = to;
    }
  }

  // Spreads from these entries, whatever their order. If a rail is touched, or a voxel that belongs
  // into this very bucket, nothing is done and false returned.
  template <class Notes>
  bool spread_together(Block<Address>& block, u64 from, u64 to, Notes& notes) {
    touches_.clear();
    touches_.add(block, available_, {turn_.data() + from, to - from});
    touches_.take(available_);
    const std::span<const Touch> touches = touches_.all();
    keys_.clear();
    keys_.ensure(touches.size());
    float* const keys = keys_.begin();
    u32* const records = block.record.data();
    float least = 1;
    for (u64 t = 0; t < touches.size(); t++) {
      keys[t] = key_of(touches[t], peek(records[touches[t].index]));
      least = std::min(least, keys[t]);
    }
    if (least < 1) [[unlikely]] {
      touches_.give_back(available_);
      return false;
    }
    const u64 bucket = bucket_;
    for (u64 t = 0; t < touches.size(); t++) {
      u32& record = records[touches[t].index];
      notes.note(touches[t], record, peek(record));
      queue(touches[t], keys[t], bucket, notes);
    }
    notes.remember(touches, false);
    return true;
  }

  // Spreads from the entries from here on and what turns up in their bucket, whichever comes first.
  template <class Notes>
  void spread_in_order(Block<Address>& block, u64 left, Notes& notes) {
    // Those before are less, and stay there.
    bin_sort(turn_, scratch_, ends_, [](const Entry& e) { return e.key; }, std::less<Entry>());
    auto later = [](const Entry& a, const Entry& b) { return b < a; };
    while (left < turn_.size() || !soon_.empty()) {
      Entry next;
      if (soon_.empty() || (left < turn_.size() && turn_[left] < soon_[0])) {
        next = turn_[left++];
      } else {
        std::pop_heap(soon_.begin(), soon_.end(), later);
        next = soon_[soon_.size() - 1];
        soon_.pop();
      }
      touches_.clear();
      touches_.add(block, available_, {&next, 1});
      const std::span<const Touch> touches = touches_.all();
      for (u64 t = 0; t < touches.size(); t++) {
        const Touch& touch = touches[t];
        available_.clear(touch.address);
        u32& record = block.record[touch.index];
        const u32 old = peek(record);
        notes.note(touch, record, old);
        if (old & Block<Address>::kRail) {
          found_ = true;
          rail_ = touch.address;
          return notes.remember(touches.first(t + 1), true);
        }
        const float key = key_of(touch, old);
        if (key < 1) {
          notes.queue(touch, bucket_, bucket_);
          soon_.push({touch.address, key});
          std::push_heap(soon_.begin(), soon_.end(), later);
        } else {
          queue(touch, key, bucket_, notes);
        }
      }
      notes.remember(touches, true);
    }
  }

  // How far a voxel is from where this bucket begins, by its record; a rail less than one bucket.
  // The direction bits are left out: they tell of an earlier search.
  static float key_of(const Touch& touch, u32 record) {
    return touch.fraction + std::bit_cast<float>(record & ~31u);
  }
  template <class Notes>
  void queue(const Touch& touch, float key, u64 bucket, Notes& notes) {
    const u32 ahead = static_cast<u32>(static_cast<i32>(key));
    notes.queue(touch, bucket, bucket + ahead);
    ring_.push(bucket + ahead, {touch.address, key - static_cast<float>(ahead)});
  }

  Bits available_;  // voxels that the search has not touched
  Ring<Entry, kPathBuckets, kChunk<Address>> ring_;
  Pile<Entry> turn_, scratch_, soon_;
  Buffer<float> beyond_;   // cost from the root to before each touched voxel, in buckets
  std::vector<u32> ends_;  // of the parts of a large bucket
  Buffer<Address> touched_;
  u64 count_ = 0, most_touched_ = 0, drained_ = 0;
  u64 bucket_ = 0;  // whose turn it is
  bool found_ = false;
  Address rail_{};
  Touches<Address> touches_;
  Pile<float> keys_;  // of what is touched, from where the bucket begins
};

}  // namespace kimimaro
