// Work on one object that is shared in rounds: short pieces between which one thread goes on alone.
#pragma once

#include "team.hpp"

namespace kimimaro {

class Rounds {
 public:
  // For so many threads; each has a lane of its own, numbered like its seat.
  explicit Rounds(unsigned threads) : lanes_(threads) {}

  // While a session lasts, those who attend wait for rounds.
  class Session {
   public:
    explicit Session(Rounds& rounds) : rounds_(rounds) { rounds_.open_ = true; }
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;
    ~Session() { rounds_.open_ = false; }

   private:
    Rounds& rounds_;
  };

  unsigned lanes() const { return static_cast<unsigned>(lanes_.size()); }
  bool open() const { return open_.load(std::memory_order_relaxed); }
  // Whether others take part.
  bool attended() const { return attending_.load(std::memory_order_relaxed); }

  // Takes part until the session is over.
  void attend(unsigned seat) {
    attending_++;
    for (Pause pause; open();)
      if (!take(seat)) pause();
    attending_--;
  }

  // Calls work(lane, share, seat) for the shares [0, shares(lane)) of all lanes, each once, here
  // and in those who attend, for less than 2^24 of a lane. Everyone begins with the first of his
  // own lane, whose memory is in his cache, and goes on with the last of others, so that each keeps
  // to one part of it. The seat of this thread is 0. What work throws is thrown on at the end.
  template <class Shares, class Work>
  void run(Shares&& shares, Work&& work) {
    work_ = &work;
    call_ = [](void* called, u64 lane, u64 share, unsigned seat) {
      (*static_cast<std::remove_reference_t<Work>*>(called))(lane, share, seat);
    };
    done_.store(0, std::memory_order_relaxed);
    round_ += kRound;
    u64 all = 0;
    for (u64 lane = 0; lane < lanes_.size(); lane++) {
      const u64 count = shares(lane);
      assert(count < kFirst);
      lanes_[lane].store(round_ | count, std::memory_order_release);
      all += count;
    }
    while (take(0)) {
    }
    for (Pause pause; done_.load(std::memory_order_acquire) < all;) pause();
    if (error_) std::rethrow_exception(std::exchange(error_, nullptr));
  }
  // Calls work(i) for each of so many items, each in whatever thread.
  template <class Work>
  void for_each(u64 items, Work&& work) {
    auto begin = [&](u64 lane) { return items * lane / lanes_.size(); };
    run([&](u64 lane) { return begin(lane + 1) - begin(lane); },
        [&](u64 lane, u64 share, unsigned) { work(begin(lane) + share); });
  }
  // The same by stretches of so many items: calls work(from, to) for each.
  template <class Work>
  void for_each_stretch(u64 items, u64 length, Work&& work) {
    for_each((items + length - 1) / length,
             [&](u64 stretch) { work(stretch * length, std::min((stretch + 1) * length, items)); });
  }

 private:
  // The round, the first share that nobody has taken, and the end of these. The round is part of
  // what is compared, so that nobody takes a share of a later one unseen. What others poll lies in
  // a line of the cache of its own, far from what this thread writes.
  struct alignas(64) Lane : std::atomic<u64> {};
  static constexpr u64 kFirst = u64{1} << 24, kRound = kFirst << 24;

  // Does a share that nobody has taken; returns whether there was one.
  bool take(unsigned seat) {
    for (u64 n = 0; n < lanes_.size(); n++) {
      const u64 from = (seat + n) % lanes_.size();
      Lane& lane = lanes_[from];
      u64 open = lane.load(std::memory_order_acquire);
      for (;;) {
        const u64 first = open / kFirst % kFirst, end = open % kFirst;
        if (first == end) break;
        const u64 left = n == 0 ? open + kFirst : open - 1;
        if (!lane.compare_exchange_weak(open, left, std::memory_order_acquire)) continue;
        attempt([&] { call_(work_, from, n == 0 ? first : end - 1, seat); });
        done_.fetch_add(1, std::memory_order_release);
        return true;
      }
    }
    return false;
  }

  // What it throws is kept for the end of the round.
  template <class Step>
  void attempt(Step&& step) {
    try {
      step();
    } catch (...) {
      const std::lock_guard lock(guard_);
      error_ = std::current_exception();
    }
  }

  std::vector<Lane> lanes_;
  void (*call_)(void*, u64, u64, unsigned) = nullptr;
  void* work_ = nullptr;
  u64 round_ = 0;
  std::mutex guard_;
  std::exception_ptr error_;
  alignas(64) std::atomic<u64> done_{0};  // shares of this round
  alignas(64) std::atomic<bool> open_{false};
  std::atomic<unsigned> attending_{0};
};

}  // namespace kimimaro
