// Runs rounds with threads that come and go, and counts who does which share; built and run by
// test_checks.py.
#include <cstdio>
#include <stdexcept>
#include <thread>

#include "../cpp/rounds.hpp"

using namespace kimimaro;

int main() {
  constexpr unsigned kSeats = 4;
  u64 compared = 0;
  Rounds rounds(kSeats);
  std::vector<std::vector<u32>> done(kSeats);
  for (u64 session = 0; session < 20; session++) {
    std::vector<std::thread> others;
    {
      const Rounds::Session open(rounds);
      // In some sessions nobody else takes part.
      for (unsigned seat = 1; seat < kSeats && session % 4; seat++)
        others.emplace_back([&, seat] { rounds.attend(seat); });
      for (u64 round = 0; round < 200; round++) {
        auto shares = [&](u64 lane) { return (round * 7 + lane * 11 + session) % 31; };
        for (u64 lane = 0; lane < kSeats; lane++) done[lane].assign(shares(lane), 0);
        rounds.run(shares, [&](u64 lane, u64 share, unsigned seat) {
          // Each share is done by one thread, so that nobody else writes here.
          done.at(lane).at(share) += seat < kSeats ? 1 : 100;
        });
        for (const auto& lane : done) {
          for (u32 times : lane)
            if (times != 1) return 1;
          compared += lane.size();
        }
        std::vector<u32> items(round % 50);
        rounds.for_each(items.size(), [&](u64 item) { items.at(item)++; });
        for (u32 times : items)
          if (times != 1) return 4;
      }
      // What is thrown by a share does not keep the others from being done, and is thrown on.
      std::atomic<u64> others_done{0};
      bool thrown = false;
      try {
        rounds.run([](u64) { return u64{5}; },
                   [&](u64 lane, u64 share, unsigned) {
                     if (lane == 2 && share == 3) throw std::runtime_error("share 3");
                     others_done++;
                   });
      } catch (const std::runtime_error&) {
        thrown = true;
      }
      if (!thrown || others_done != 5 * kSeats - 1) return 2;
    }
    for (std::thread& other : others) other.join();
    if (rounds.attended()) return 3;
  }
  std::printf("%llu\n", static_cast<unsigned long long>(compared));
}
