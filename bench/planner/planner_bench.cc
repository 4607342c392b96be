// planner_bench QUEUED NODES: empties a queue of so many jobs through so many simulated nodes, turn
// by turn, and prints as JSON how many decisions (a job placed, a job's room released) it made a
// second of its own time: first by the planner, then by a plain scan of the whole queue at each
// turn, which is what the planner stands against. Both see the same jobs; the scan stops at the
// first that does not fit, and places onto one number of slots, not onto nodes.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "scheduler/planner.h"

namespace mlengine::scheduler {
namespace {

constexpr int kSlots = 16;  // of a node
constexpr int kGpus = 8;    // of every fourth node

struct Job {
  Demand demand;
  int length = 1;  // turns
  int priority = 0;
};

std::vector<Job> MakeJobs(int count) {
  std::mt19937 random(1);
  const auto up_to = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  std::vector<Job> jobs;
  for (int i = 0; i < count; ++i) {
    Job job;
    const int kind = up_to(20);
    if (kind < 12) {
      job.demand.replicas = {{1, 0}};
    } else if (kind < 17) {
      job.demand.replicas = {{1 + up_to(8), 0}};
    } else if (kind < 19) {
      job.demand.replicas = {{8 + up_to(24), 0}};
    } else {
      job.demand.replicas = {{1, 1 << up_to(4)}};
    }
    job.length = 1 + up_to(100);
    job.priority = up_to(10) == 0 ? up_to(5) : 0;
    jobs.push_back(std::move(job));
  }
  return jobs;
}

struct Outcome {
  long long decisions = 0;
  int turns = 0;
  double seconds = 0;

  double rate() const { return seconds > 0 ? static_cast<double>(decisions) / seconds : 0; }
};

class Stopwatch {
 public:
  double Seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

Rank RankOf(const std::vector<Job>& jobs, std::size_t i) {
  return {-jobs[i].priority, static_cast<std::int64_t>(i)};
}

Outcome ByPlanner(const std::vector<Job>& jobs, int nodes) {
  std::vector<Node> shapes;
  for (int i = 0; i < nodes; ++i) shapes.push_back({kSlots, i % 4 == 0 ? kGpus : 0});
  JobQueue queue;
  for (std::size_t i = 0; i < jobs.size(); ++i)
    queue.Add(RankOf(jobs, i), {{"p", std::to_string(i)}, jobs[i].demand});
  Outcome out;
  const Stopwatch watch;
  PoolRoom room(shapes);
  AccountRoom accounts;
  std::multimap<int, Placement> ends;
  while (queue.size() > 0 || !ends.empty()) {
    for (; !ends.empty() && ends.begin()->first <= out.turns; ++out.decisions) {
      room.Release(ends.begin()->second);
      ends.erase(ends.begin());
    }
    for (Admission& admission : PlanAdmissions(queue, room, accounts)) {
      const auto i = static_cast<std::size_t>(std::atoll(admission.key.job_id.c_str()));
      queue.Remove(RankOf(jobs, i));
      ends.emplace(out.turns + jobs[i].length, std::move(admission.placement));
      ++out.decisions;
    }
    ++out.turns;
  }
  out.seconds = watch.Seconds();
  return out;
}

Outcome ByScan(const std::vector<Job>& jobs, int nodes) {
  std::vector<std::size_t> waiting;
  for (std::size_t i = 0; i < jobs.size(); ++i) waiting.push_back(i);
  Outcome out;
  const Stopwatch watch;
  int free = nodes * kSlots;
  std::multimap<int, std::size_t> ends;
  while (!waiting.empty() || !ends.empty()) {
    for (; !ends.empty() && ends.begin()->first <= out.turns; ++out.decisions) {
      free += jobs[ends.begin()->second].demand.slots();
      ends.erase(ends.begin());
    }
    std::ranges::sort(waiting, {}, [&](std::size_t i) { return RankOf(jobs, i); });
    std::size_t taken = 0;
    while (taken < waiting.size() && jobs[waiting[taken]].demand.slots() <= free) {
      const std::size_t i = waiting[taken++];
      free -= jobs[i].demand.slots();
      ends.emplace(out.turns + jobs[i].length, i);
      ++out.decisions;
    }
    waiting.erase(waiting.begin(), waiting.begin() + static_cast<std::ptrdiff_t>(taken));
    ++out.turns;
  }
  out.seconds = watch.Seconds();
  return out;
}

void Print(const char* name, const Outcome& outcome, const char* end) {
  std::printf("\"%s\":{\"decisions\":%lld,\"turns\":%d,\"seconds\":%.4f,\"perSecond\":%.0f}%s",
              name, outcome.decisions, outcome.turns, outcome.seconds, outcome.rate(), end);
}

}  // namespace
}  // namespace mlengine::scheduler

int main(int argc, char** argv) {
  using namespace mlengine::scheduler;
  const int queued = argc > 1 ? std::atoi(argv[1]) : 0;
  const int nodes = argc > 2 ? std::atoi(argv[2]) : 0;
  if (queued <= 0 || nodes <= 0) {
    std::fprintf(stderr, "usage: planner_bench QUEUED NODES\n");
    return 2;
  }
  const std::vector<Job> jobs = MakeJobs(queued);
  std::printf("{");
  Print("planner", ByPlanner(jobs, nodes), ",");
  Print("scan", ByScan(jobs, nodes), "}\n");
  return 0;
}
