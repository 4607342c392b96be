// FindFreePorts: TCP ports of this machine for the replicas of a job, which talk to each other.
#pragma once

#include <set>
#include <string_view>
#include <vector>

namespace mlengine::executor {

struct PortRange {
  // Below the ports that the kernel hands out by itself.
  int first = 28000;
  int last = 31999;
};

// `count` ports of the range on which nobody listens, none of `taken`; fewer when there are no
// more. Nothing holds them afterwards: another program may still take one. `seed`, any text, says
// where in the range the search begins, so that two servers of one machine seldom choose the same.
std::vector<int> FindFreePorts(const PortRange& range, int count, const std::set<int>& taken,
                               std::string_view seed);

}  // namespace mlengine::executor
