// Idle threads search the paths to targets that are probably next, while the last path is
// explained.
//
// A search depends on the rails only in that it ends at the first it touches. So a search that was
// made with fewer of them is the same up to that voxel: whatever was drawn since, its trail gives
// the path. If bounds left voxels out, that is checked after each path that is drawn, so that one
// that must be searched once more is so before its turn.
#pragma once

#include <condition_variable>

#include "order.hpp"
#include "rails.hpp"
#include "rounds.hpp"

namespace kimimaro {

// The next targets, as far as one can tell: voxels that are not explained and have no such
// neighbour farther from the root. Of those near each other only the farthest counts: its path is
// about to explain the others, or to end their searches soon.
template <class Address>
class Tips {
 public:
  explicit Tips(VoxelSize size) : size_(size) {}

  void leave(const Block<Address>& block) {
    if (left_ != kEverywhere) block.clear_rows(shadow_);
    tips_.clear();
    left_ = kEverywhere;
  }

  // The tips after the present target, farthest first; those from left on in the order are
  // explained. reach(address) tells how far a path explains what is around its end.
  template <class Reach>
  std::span<const Address> look(const Block<Address>& block,
                                const Unexplained<Address>& unexplained, Order<Address>& order,
                                u64 left, Address target, u64 most, Reach&& reach) {
    if (left_ == kEverywhere) shadow_.reserve(block.grid);
    std::erase_if(tips_, [&](Address a) { return a == target || !unexplained.has(a); });
    left_ = std::min(left_, left);
    shadow_.set(target);
    ends_.assign(1, {block.grid.voxel(target), reach(target)});
    next_.clear();
    auto consider = [&](Address a) {
      const Voxel v = block.grid.voxel(a);
      for (const End& end : ends_)
        if (squared_distance(v, end.voxel, size_) < kNearby * kNearby * end.reach * end.reach)
          return;
      ends_.push_back({v, reach(a)});
      next_.push_back(a);
    };
    for (u64 i = 0; i < tips_.size() && next_.size() < most; i++) consider(tips_[i]);
    const u64 end = left_ - std::min(left_, kLooked);
    for (Address a; next_.size() < most && left_ > end && order.step_back(left_, a, unexplained);) {
      if (!unexplained.has(a) || a == target) continue;
      if (!(shadow_.window(block.grid, a) & kNeighbors)) {
        tips_.push_back(a);
        consider(a);
      }
      shadow_.set(a);
    }
    return next_;
  }

 private:
  static constexpr u64 kEverywhere = std::numeric_limits<u64>::max();
  // Voxels at a time: where tips are few, a path would wait until the whole order was looked at.
  static constexpr u64 kLooked = u64{1} << 18;
  static constexpr float kNearby = 2;  // times as far as a path explains
  struct End {
    Voxel voxel;
    float reach;
  };

  VoxelSize size_;
  Bits shadow_;  // of what was looked at
  std::vector<Address> tips_, next_;
  std::vector<End> ends_;
  u64 left_ = kEverywhere;  // those from here on in the order were looked at
};

template <class Address>
class Scouts {
 public:
  static constexpr unsigned kMost = 32;

  // Begins with a block that so many threads may work on; the search is that of the first one.
  void enter(Block<Address>& block, Bounds<Address>& bounds, RailSearch<Address>& search,
             unsigned threads, Control& control) {
    for (Task& task : tasks_) task.state = State::free;
    longest_ = std::max(kLongest, block.voxels / 16);
    block_ = &block;
    bounds_ = &bounds;
    own_ = &search;
    searches_.resize(threads);
    rails_.reserve(block.grid);
    control_ = &control;
  }
  // Once nobody works on it any more.
  void leave() {
    if (!block_) return;
    searches_.clear();
    block_->clear_rows(rails_);
    if (block_->voxels > kLargeObject)
      for (Task& task : tasks_) task.trail = {};
    block_ = nullptr;
  }

  // These are rails from now on, as the bounds know.
  void draw(std::span<const Address> path) {
    if (!block_) return;
    {
      const std::lock_guard lock(drawing_);
      for (Address a : path) rails_.set(a);
      drawn_++;
    }
    changed_.notify_all();
  }

  // What an idle thread does until the work is over, between the rounds that it attends.
  void work(const Team::Offer& own, unsigned seat, Rounds& rounds) {
    std::unique_lock lock(guard_);
    while (!own.over()) {
      if (rounds.open()) {
        lock.unlock();
        rounds.attend(seat);
        lock.lock();
      } else if (!do_task(seat, lock)) {
        changed_.wait_for(lock, std::chrono::milliseconds(1));
      }
    }
  }

  // Lets them search from the next targets, in this order, and from no others any more; who is
  // under way to the present one goes on.
  void send(Address present, std::span<const Address> next) {
    const std::lock_guard lock(guard_);
    for (Task& task : tasks_) {
      if (task.state == State::free) continue;
      const auto wanted = std::find(next.begin(), next.end(), task.target);
      task.rank = static_cast<u64>(wanted - next.begin());
      task.unwanted = wanted == next.end() && task.target != present;
      if (task.unwanted && task.state != State::taken) task.state = State::free;
    }
    for (u64 rank = 0; rank < next.size(); rank++) {
      auto has = [&](const Task& task) {
        return task.state != State::free && task.target == next[rank];
      };
      if (std::any_of(tasks_.begin(), tasks_.end(), has)) continue;
      for (Task& task : tasks_) {
        if (task.state != State::free) continue;
        task.target = next[rank];
        task.rank = rank;
        task.unwanted = false;
        task.state = State::waiting;
        break;
      }
    }
    changed_.notify_all();
  }

  // Fills path from a rail to the target, if somebody has searched it or is about to have;
  // meanwhile this thread does another task.
  bool fetch(Address target, Pile<Address>& path) {
    if (!block_) return false;
    std::unique_lock lock(guard_);
    auto task = std::find_if(tasks_.begin(), tasks_.end(), [&](const Task& t) {
      return t.state != State::free && t.target == target && !t.unwanted;
    });
    if (task == tasks_.end()) return false;
    while (task->state == State::taken)
      if (!do_task(0, lock)) changed_.wait(lock);
    if (task->state != State::done) {
      // Under the same lock: once it is released, somebody may begin what is still waiting.
      task->state = State::free;
      return false;
    }
    task->state = State::taken;
    lock.unlock();
    const bool found = holds(*task, path);
    lock.lock();
    task->state = State::free;
    return found;
  }

 private:
  enum class State { free, waiting, taken, done, failed };  // taken: somebody works on it
  struct Task {
    State state = State::free;
    Address target{};
    u64 rank = 0;
    std::atomic<bool> unwanted{false};
    Trail<Address> trail;
    u64 checked = 0;  // its path was the cheapest one when so many were drawn, if not 0
  };
  static constexpr u64 kLongest = u64{1} << 20;  // trail, at least

  RailSearch<Address>& search_of(unsigned seat) {
    if (seat == 0) return *own_;
    if (!searches_[seat]) {
      searches_[seat] = std::make_unique<RailSearch<Address>>();
      searches_[seat]->enter(*block_);
    }
    return *searches_[seat];
  }

  // Whether its path may not be the cheapest one any more, as something was drawn since.
  bool is_doubtful(const Task& task) const {
    return task.state == State::done && !task.trail.left_out.empty() && task.checked != drawn_;
  }

  // Does the task of the lowest rank that is waiting or doubtful, the lock released meanwhile;
  // false if there is none.
  bool do_task(unsigned seat, std::unique_lock<std::mutex>& lock) {
    Task* next = nullptr;
    for (Task& task : tasks_)
      if ((task.state == State::waiting || is_doubtful(task)) && (!next || task.rank < next->rank))
        next = &task;
    if (!next) return false;
    const bool doubtful = next->state == State::done;
    next->state = State::taken;
    // The roomiest trail that nobody needs, so that few have to grow.
    for (Task& task : tasks_)
      if (!doubtful && (task.state == State::free || task.state == State::waiting) &&
          task.trail.room() > next->trail.room())
        std::swap(task.trail, next->trail);
    lock.unlock();
    bool found = false;
    std::exception_ptr error;
    try {
      Pile<Address> path;
      found = (doubtful && holds(*next, path)) || search(*next, seat);
    } catch (...) {
      error = std::current_exception();
    }
    lock.lock();
    next->state = next->unwanted ? State::free : found ? State::done : State::failed;
    changed_.notify_all();
    if (error) std::rethrow_exception(error);
    return true;
  }
  bool search(Task& task, unsigned seat) {
    task.checked = 0;
    return search_of(seat).scout(
        *block_, *bounds_, task.target, task.trail, longest_,
        [&] { return task.unwanted.load(std::memory_order_relaxed); }, *control_);
  }
  // Whether the path to its target, which it fills, is a cheapest one. What is drawn meanwhile may
  // spoil the costs of the path; then it is doubtful again.
  bool holds(Task& task, Pile<Address>& path) {
    {
      const std::lock_guard lock(drawing_);
      if (!follow_trail(task.trail, block_->grid, rails_, path)) return false;
      if (task.checked == drawn_) return true;
      task.checked = drawn_;
    }
    return is_cheapest(path, task.trail, *block_, *bounds_, *control_);
  }

  Block<Address>* block_ = nullptr;
  Bounds<Address>* bounds_ = nullptr;
  RailSearch<Address>* own_ = nullptr;
  Control* control_ = nullptr;
  u64 longest_ = 0;
  Bits rails_;  // sooner read than records are
  std::mutex drawing_;
  std::atomic<u64> drawn_{0};  // paths that are in rails_
  std::mutex guard_;
  std::condition_variable changed_;
  std::array<Task, kMost> tasks_;
  std::vector<std::unique_ptr<RailSearch<Address>>> searches_;  // by seat
};

}  // namespace kimimaro
