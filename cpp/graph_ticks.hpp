// Ticks: terminal branches shorter than a threshold, removed shortest first.
#pragma once

#include <queue>

#include "graph.hpp"

namespace kimimaro::graph {
namespace detail {

constexpr u32 kNone = ~0u;

// The graph of branches between posts: the vertices with other than two edges. A branch has two
// ends, numbered 2 * branch and 2 * branch + 1; the ends at a post form a linked list, so that a
// branch is taken out in constant time however many meet there.
class Branches {
 public:
  struct Branch {
    std::array<u32, 2> post{};
    double length = 0;
    u64 first = 0, last = 0;                   // its inner vertices, in inner_
    std::array<u32, 2> part = {kNone, kNone};  // two branches that became this one ...
    u32 joint = kNone;                         // ... and the vertex between them
  };

  Branches(const Graph& graph, const Control& control)
      : degree_(graph.vertices.size()), head_(graph.vertices.size(), kNone) {
    const Adjacency adjacency(graph);
    std::vector<bool> walked(graph.edges.size());
    for (u32 post = 0; post < graph.vertices.size(); post++) {
      control.check();
      if (adjacency.degree(post) == 2) continue;
      for (const auto& step : adjacency.at(post))
        if (!walked[step.edge]) walk(graph, adjacency, post, step, walked);
    }
  }

  u32 count() const { return static_cast<u32>(branches_.size()); }
  const Branch& operator[](u32 branch) const { return branches_[branch]; }

  // The end of the branch that is a tip while the other is a fork; kNone if it is no twig.
  u32 tip(u32 branch) const {
    const auto [a, b] = branches_[branch].post;
    if (degree_[a] == 1 && degree_[b] > 2) return a;
    if (degree_[b] == 1 && degree_[a] > 2) return b;
    return kNone;
  }

  // Takes a twig out; where its fork is no fork any more, the two branches left there become
  // one. Returns that one, or kNone.
  u32 prune(u32 branch) {
    const u32 outer = tip(branch);
    const auto [a, b] = branches_[branch].post;
    const u32 fork = outer == a ? b : a;
    unlink(branch);
    if (degree_[fork] != 2) return kNone;
    const u32 one = head_[fork], other = next_[one];
    if (one / 2 == other / 2) return kNone;  // a ring is left
    return join(one, other, fork);
  }

  // Unmarks the vertices of a branch other than its posts.
  void erase_inner(u32 branch, std::vector<bool>& kept) const {
    std::vector<u32> todo{branch};
    while (!todo.empty()) {
      const Branch& b = branches_[todo.back()];
      todo.pop_back();
      for (u64 i = b.first; i < b.last; i++) kept[inner_[i]] = false;
      if (b.joint == kNone) continue;
      kept[b.joint] = false;
      todo.insert(todo.end(), b.part.begin(), b.part.end());
    }
  }

 private:
  void walk(const Graph& graph, const Adjacency& adjacency, u32 post, Adjacency::Step step,
            std::vector<bool>& walked) {
    Branch branch{.first = inner_.size()};
    u32 at = post;
    for (;;) {
      walked[step.edge] = true;
      branch.length += distance(graph.vertices[at], graph.vertices[step.vertex]);
      at = step.vertex;
      if (adjacency.degree(at) != 2) break;
      inner_.push_back(at);
      const auto steps = adjacency.at(at);
      step = steps[0].edge == step.edge ? steps[1] : steps[0];
    }
    branch.last = inner_.size();
    branch.post = {post, at};
    link(branch);
  }

  u32 link(const Branch& branch) {
    const u32 number = count();
    branches_.push_back(branch);
    for (u32 side = 0; side < 2; side++) {
      const u32 post = branch.post[side], end = 2 * number + side;
      next_.push_back(head_[post]);
      previous_.push_back(kNone);
      if (head_[post] != kNone) previous_[head_[post]] = end;
      head_[post] = end;
      degree_[post]++;
    }
    return number;
  }

  void unlink(u32 branch) {
    for (u32 side = 0; side < 2; side++) {
      const u32 post = branches_[branch].post[side], end = 2 * branch + side;
      if (previous_[end] == kNone)
        head_[post] = next_[end];
      else
        next_[previous_[end]] = next_[end];
      if (next_[end] != kNone) previous_[next_[end]] = previous_[end];
      degree_[post]--;
    }
  }

  u32 join(u32 one, u32 other, u32 joint) {
    const Branch &p = branches_[one / 2], &q = branches_[other / 2];
    const Branch joined{.post = {p.post[1 - one % 2], q.post[1 - other % 2]},
                        .length = p.length + q.length,
                        .part = {one / 2, other / 2},
                        .joint = joint};
    unlink(one / 2);
    unlink(other / 2);
    return link(joined);
  }

  std::vector<Branch> branches_;
  std::vector<u32> inner_;
  std::vector<u32> next_, previous_;  // of each end
  std::vector<u32> degree_, head_;    // of each post
};

}  // namespace detail

// Removes the branches between a tip and a fork that are shorter than the threshold, shortest
// first. Where a fork loses all but two of its branches, these two count as one from then on. A
// component that is one path, or became one, has no fork and stays.
inline Subgraph remove_ticks(const Graph& graph, double threshold, const Control& control) {
  detail::Branches branches(graph, control);
  // Ties: the lowest tip first.
  using Twig = std::tuple<double, u32, u32>;
  std::priority_queue<Twig, std::vector<Twig>, std::greater<>> queue;
  auto consider = [&](u32 branch) {
    const u32 tip = branches.tip(branch);
    const double length = branches[branch].length;
    if (tip != detail::kNone && length < threshold) queue.emplace(length, tip, branch);
  };
  const u32 count = branches.count();
  for (u32 branch = 0; branch < count; branch++) consider(branch);
  std::vector<bool> kept(graph.vertices.size(), true);
  while (!queue.empty()) {
    control.check();
    const auto [length, tip, branch] = queue.top();
    queue.pop();
    if (branches.tip(branch) != tip) continue;  // it has become part of a longer one
    const u32 joined = branches.prune(branch);
    kept[tip] = false;
    branches.erase_inner(branch, kept);
    if (joined != detail::kNone) consider(joined);
  }
  return keep_vertices(graph.edges, kept);
}

}  // namespace kimimaro::graph
